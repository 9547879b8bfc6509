import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

_results: dict[tuple[Any, ...], tuple[float, Any]] = {}


def remember(seconds: float) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Keep what a function returned for a while."""

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        @wraps(function)
        def wrapper(*args: Any) -> T:
            key = (function.__qualname__, *args)
            if key in _results and time.monotonic() - _results[key][0] < seconds:
                return _results[key][1]
            value = function(*args)
            _results[key] = (time.monotonic(), value)
            return value

        return wrapper

    return decorate
