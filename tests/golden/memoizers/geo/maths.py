from functools import cache, lru_cache
from pathlib import Path

from geo.countries import country_of
from geo.settings import Settings

SHAPES = Path(__file__).parent / "shapes"


@lru_cache
def get_settings():
    return Settings()


@cache
def factorial(n):
    return n * factorial(n - 1) if n else 1


@lru_cache(maxsize=1024)
def distance(a, b):
    return abs(a - b)


@lru_cache(maxsize=1024)
def describe(code):
    return f"in {country_of(code)}"
