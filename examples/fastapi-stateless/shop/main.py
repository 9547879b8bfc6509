import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from arq import create_pool
from arq.connections import RedisSettings
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from loguru import logger
from slowapi import _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from sqlalchemy.exc import NoResultFound
from starlette.middleware.sessions import SessionMiddleware

from .assistant import Assistant
from .database import engine
from .routers import accounts, admin, cart, catalogue, health, orders, support
from .settings import get_settings
from .shared import broadcast, redis
from .throttle import limiter, throttle

logger.remove()
logger.add(sys.stdout, serialize=True)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.assistant = Assistant(get_settings().llm_url)
    app.state.queue = await create_pool(RedisSettings.from_dsn(get_settings().redis_url))
    await broadcast.connect()
    yield
    await broadcast.disconnect()
    await app.state.queue.aclose()
    await app.state.assistant.close()
    await redis.aclose()
    await engine.dispose()


app = FastAPI(title="Corner shop", lifespan=lifespan)
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)


@app.exception_handler(NoResultFound)
async def not_found(request: Request, error: NoResultFound) -> JSONResponse:
    return JSONResponse({"detail": "not found"}, status_code=404)


app.add_middleware(SessionMiddleware, secret_key=get_settings().secret_key)

app.include_router(health.router)
for module in (accounts, admin, cart, catalogue, orders, support):
    app.include_router(module.router, dependencies=[Depends(throttle)])
