"""What all instances share through Redis."""

from aiocache import Cache
from broadcaster import Broadcast
from redis.asyncio import Redis

from .settings import get_settings

redis: Redis = Redis.from_url(get_settings().redis_url, decode_responses=True)
cache = Cache.from_url(get_settings().redis_url)
broadcast = Broadcast(get_settings().redis_url)
