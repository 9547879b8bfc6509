"""Which rules a list of selectors names, and which rules are on when all layers have spoken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError
from statelint.model import ANALYSIS_ITEM, ITEM_KEYS
from statelint.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from statelint.configuration.layer import Layer
    from statelint.rulebook.load import Rulebook

ALL: Final = "ALL"
_EVERY, _ITEM, _RULE = 0, 4, 6
"""How specific a selector is: the length of a code or prefix; an item is as specific as its prefix."""
_PREFIX: Final = re.compile(r"SL[0-9]{0,4}", re.IGNORECASE)
KEYS: Final = ("select", "ignore", "extend-select")


def expand(selector: str, book: Rulebook) -> tuple[int, frozenset[str]] | None:
    """Return how specific a selector is and the codes that it names; None when it names none."""
    rule = book.rule(selector)
    if rule is not None:
        return _RULE, frozenset((rule.code,))
    if selector.upper() == ALL:
        return _EVERY, frozenset(rule.code for rule in book.rules)
    if selector in (*ITEM_KEYS, ANALYSIS_ITEM):
        return _ITEM, frozenset(rule.code for rule in book.rules if rule.item == selector)
    if _PREFIX.fullmatch(selector):
        codes = frozenset(rule.code for rule in book.rules if rule.code.startswith(selector.upper()))
        return (len(selector), codes) if codes else None
    return None


def check_selectors(layers: Iterable[Layer], book: Rulebook) -> None:
    """Refuse selectors that name nothing.

    Raises:
        StatelintError: the first of them, with its place and what may have been meant.
    """
    for layer in layers:
        for key in KEYS:
            _check(layer, (key,), layer.values.get(key, ()), book)
        for pattern, selectors in layer.values.get("per-file-ignores", {}).items():
            _check(layer, ("per-file-ignores", pattern), selectors, book)
        _check_table(layer, ("severity",), layer.values.get("severity", {}), book)
        for pattern, table in layer.values.get("per-file-severity", {}).items():
            _check_table(layer, ("per-file-severity", pattern), table, book)


def _check(layer: Layer, path: tuple[str, ...], selectors: Sequence[str], book: Rulebook) -> None:
    for number, selector in enumerate(selectors):
        _check_one(layer, (*path, number), selector, book)


def _check_table(layer: Layer, path: tuple[str, ...], table: Iterable[str], book: Rulebook) -> None:
    for selector in table:
        _check_one(layer, (*path, selector), selector, book)


def _check_one(layer: Layer, path: tuple[str | int, ...], selector: str, book: Rulebook) -> None:
    if expand(selector, book) is None:
        where = layer.where(path)
        named = "" if where.startswith("--") else f"{path[0]}: "
        options = [ALL, *ITEM_KEYS, ANALYSIS_ITEM, *(word for rule in book.rules for word in (rule.code, rule.name))]
        message = f"{where}: {named}no rule, prefix or item is called {selector!r}{did_you_mean(selector, options)}"
        raise StatelintError(message, help="`statelint rules` lists every code, name and item")


def selected(layers: Iterable[Mapping[str, Any]], book: Rulebook) -> frozenset[str]:
    """Return the codes that are on.

    A layer with `select` starts afresh, one without goes on from what is on already. Within a layer the more specific
    selector wins, and `ignore` between equals.
    """
    on = frozenset(rule.code for rule in book.rules)
    for layer in layers:
        votes: list[tuple[int, bool, frozenset[str]]] = []
        for key in KEYS:
            for selector in layer.get(key, ()):
                level, codes = expand(selector, book) or (_EVERY, frozenset())
                votes.append((level, key == "ignore", codes))
        if layer.get("select"):
            on = frozenset()
        for _, off, codes in sorted(votes, key=lambda vote: vote[:2]):
            on = on - codes if off else on | codes
    return on
