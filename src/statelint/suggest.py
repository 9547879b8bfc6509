"""The nearest word, for messages that refuse one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, options: Iterable[str]) -> str | None:
    """Return the option most like `word`, whatever the case; None when nothing is near."""
    import difflib  # noqa: PLC0415 - only for messages

    folded = {option.casefold().replace("_", "-"): option for option in options}
    close = difflib.get_close_matches(word.casefold().replace("_", "-"), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return `; did you mean 'x'?`, or nothing."""
    option = nearest(word, options)
    return f"; did you mean {option!r}?" if option else ""
