from fastapi import HTTPException
from slowapi import Limiter
from slowapi.util import get_remote_address
from starlette.requests import HTTPConnection

from .settings import get_settings
from .shared import redis

limiter = Limiter(key_func=get_remote_address, storage_uri=get_settings().redis_url)

LIMIT = 300
WINDOW_SECONDS = 60


async def throttle(connection: HTTPConnection) -> None:
    """At most so many requests in a window from one address, counted for all instances together."""
    key = f"requests:{connection.client.host if connection.client else 'unknown'}"
    async with redis.pipeline(transaction=True) as pipeline:
        count, _ = await pipeline.incr(key).expire(key, WINDOW_SECONDS, nx=True).execute()
    if count > LIMIT:
        raise HTTPException(429, "slow down")
