import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from loguru import logger
from slowapi import _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from sqlalchemy.exc import NoResultFound
from starsessions import InMemoryStore, SessionAutoloadMiddleware, SessionMiddleware

from .assistant import Assistant
from .database import Base, engine
from .jobs import cancel_unpaid_orders, deliver_mail, scheduler
from .realtime import broadcast
from .routers import accounts, admin, cart, catalogue, orders, support
from .settings import get_settings
from .throttle import RequestThrottle, limiter

logger.add("logs/shop.log", rotation="10 MB", retention=5)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    app.state.assistant = Assistant(get_settings().llm_url)
    app.state.recently_viewed = deque(maxlen=20)
    await broadcast.connect()
    scheduler.start()
    canceller = asyncio.create_task(cancel_unpaid_orders())
    mailer = asyncio.create_task(deliver_mail())
    yield
    canceller.cancel()
    mailer.cancel()
    scheduler.shutdown(wait=False)
    await broadcast.disconnect()
    await app.state.assistant.close()
    await engine.dispose()


app = FastAPI(title="Corner shop", lifespan=lifespan)
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)


@app.exception_handler(NoResultFound)
async def not_found(request: Request, error: NoResultFound) -> JSONResponse:
    return JSONResponse({"detail": "not found"}, status_code=404)


app.add_middleware(SessionAutoloadMiddleware)
app.add_middleware(SessionMiddleware, store=InMemoryStore(), lifetime=14 * 24 * 3600, cookie_https_only=False)
app.add_middleware(RequestThrottle)

for module in (accounts, admin, cart, catalogue, orders, support):
    app.include_router(module.router)
