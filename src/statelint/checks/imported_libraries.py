"""Libraries of an item that the application imports: whoever imports a database driver uses a database, whatever else was seen of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from statelint.inspect.context import evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.inspect.context import Context, Report
    from statelint.rulebook.load import Rulebook

_TOLD_BY_IMPORTS: Final = frozenset({"rate-limit", "realtime", "database"})
"""Items that are used where one of their libraries is; what keeps files, caches or logs is seen by its calls."""
_BESIDE: Final = frozenset({"state", "config"})
"""Items that any library may belong to as well."""
_LIVE: Final = ("app", "settings")


def check(context: Context) -> Iterator[Report]:
    """Tell for each item the first place where a library is imported that is for nothing else."""
    heads = _heads(context.book)
    first: dict[str, tuple[str, int, str]] = {}
    for function in context.program.functions:
        if function.module.part in _LIVE:
            for imported in function.summary.imports:
                head = imported.module.partition(".")[0] if not imported.level else ""
                if head in heads:
                    place = (function.module.path, imported.line, head)
                    first[heads[head]] = min(first.get(heads[head], place), place)
    for item, (path, line, head) in sorted(first.items()):
        yield evidence(item, "used", path, line, f"`{head}` is imported, and nothing that was followed says how it is used")


def _heads(book: Rulebook) -> Mapping[str, str]:
    """Return the packages that rules of one item alone know, by the name that is imported, each with the item."""
    items: dict[str, set[str]] = {}
    for rule in (rule for rule in book.rules if rule.item not in _BESIDE):
        for name in (name for row in rule.api if row.kind != "setting" for name in row.names):
            items.setdefault(name.partition(".")[0], set()).add(rule.item)
    frameworks = {package for framework in book.frameworks for package in framework.packages}
    told = {head: next(iter(known)) for head, known in items.items() if len(known) == 1 and head not in frameworks}
    return {head: item for head, item in told.items() if item in _TOLD_BY_IMPORTS and head not in sys.stdlib_module_names}
