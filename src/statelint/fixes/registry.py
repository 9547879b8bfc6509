"""The fixers by the kind that rule files name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.fixes import health, memoize, release, secrets, shared_cache, values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.fixes.request import Draft, Request

FIXERS: Final[Mapping[str, Callable[[Request], Draft | None]]] = {
    "value": values.fix,
    "secret": secrets.fix,
    "health": health.fix,
    "release": release.fix,
    "memoize": memoize.fix,
    "shared-cache": shared_cache.fix,
}
