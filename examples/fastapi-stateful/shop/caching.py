from functools import lru_cache
from typing import ClassVar

import httpx
from aiocache import Cache

from .settings import get_settings

product_cache = Cache(namespace="products")


class SearchCache:
    """Search results by query; emptied when a product changes."""

    entries: ClassVar[dict[str, list[dict[str, object]]]] = {}

    @classmethod
    def get(cls, query: str) -> list[dict[str, object]] | None:
        return cls.entries.get(query)

    @classmethod
    def put(cls, query: str, results: list[dict[str, object]]) -> None:
        cls.entries[query] = results

    @classmethod
    def clear(cls) -> None:
        cls.entries.clear()


@lru_cache(maxsize=1)
def exchange_rates() -> dict[str, float]:
    return httpx.get(get_settings().rates_url, timeout=5).raise_for_status().json()
