import httpx

from .settings import get_settings
from .shared import cache


async def exchange_rates() -> dict[str, float]:
    """Return the rates of the last hour."""
    rates = await cache.get("rates")
    if rates is None:
        async with httpx.AsyncClient(timeout=5) as client:
            rates = (await client.get(get_settings().rates_url)).raise_for_status().json()
        await cache.set("rates", rates, ttl=3600)
    return rates
