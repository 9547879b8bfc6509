"""Patterns as `.gitignore` has them, matched by pathspec, in time that grows with the path and not with a power of it.

pathspec makes a regular expression of each pattern, in which every `*` may give back what it took. That is never needed but for
the last `*` of a name and the last `**` of a path: what comes after an earlier one may as well be found where it first occurs.
So the earlier ones are made atomic. (A bracket may match no slash then, which is as git has it.) Patterns come from the project;
one with a dozen stars would keep its reader busy for ever.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pathspec

LONGEST: Final = 4096
"""Characters of a pattern: no path is longer."""
_STAR: Final = "[^/]*"
_NO_SLASH: Final = "(?!/)"
_BRACKET: Final = re.compile(r"\\.|\[\^/\]|(\[\^?\]?[^\]]*\])", re.DOTALL)
"""Whole brackets, which match no slash for git; and what only looks like the beginning of one."""
_STARS: Final = re.compile(r"(\(\?:\.\+/\)\?|\(\?:/\.\+\)\?)")
"""What pathspec makes of `**` at the beginning and within a pattern; nothing that a pattern spells out looks so."""


def compile_patterns(lines: Iterable[str], refuse: Callable[[str], None] | None = None) -> pathspec.GitIgnoreSpec:
    """Compile patterns. One that means nothing to git either matches nothing; `refuse` is told of it.

    Raises:
        ValueError: there is such a pattern, and no `refuse`.
    """
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - 30 ms, only where there are patterns

    kind = _pattern_class()
    compiled: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about `[[x]`, and with a path of the installation
        for line in lines:
            try:
                compiled.append(kind(line if len(line) <= LONGEST else _too_long()))
            except (ValueError, re.error, RecursionError, OverflowError) as error:
                if refuse is None:
                    raise ValueError(f"{line[:200]!r} is no pattern") from error
                refuse(line)
                compiled.append(kind(""))
    by_line = iter(compiled)
    return _from_lines(GitIgnoreSpec, [str(number) for number in range(len(compiled))], lambda _: next(by_line))


def _too_long() -> str:
    raise ValueError(LONGEST)


def _from_lines(spec: Any, lines: Sequence[str], factory: Callable[[str], Any]) -> pathspec.GitIgnoreSpec:
    """Put compiled patterns together; newer releases choose among engines, of which Python's own knows atomic groups."""
    if _knows_engines():
        return spec.from_lines(lines, factory, backend="simple")  # type: ignore[no-any-return]  # `spec` is of several releases
    return spec.from_lines(lines, factory)  # type: ignore[no-any-return]  # as above


@cache
def _knows_engines() -> bool:
    try:
        import pathspec.backend  # noqa: PLC0415, F401 - asked only whether it is there
    except ImportError:
        return False
    return True


@cache
def _pattern_class() -> Any:
    """Return the class of pathspec's own patterns with bounded expressions; its place differs between releases."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - as above

    (pattern,) = GitIgnoreSpec.from_lines(["x"]).patterns
    base: Any = type(pattern)

    class Bounded(base):  # type: ignore[misc]  # the class is found while running
        __slots__ = ()

        @classmethod
        def pattern_to_regex(cls, pattern: str) -> tuple[str | None, bool | None]:
            regex, include = super().pattern_to_regex(pattern)
            return (None if regex is None else bounded(regex)), include

    return Bounded


def bounded(regex: str) -> str:
    """Return an expression of pathspec's that matches the same and gives back only what a last star took."""
    parts = _STARS.split(regex)
    for index in range(0, len(parts), 2):
        parts[index] = _bounded_text(parts[index])
    found = parts[0]
    for index in range(1, len(parts), 2):
        stars, text, is_last = parts[index], parts[index + 1], index + 2 == len(parts)
        if is_last:
            found += stars + text
        elif stars.startswith("(?:.+"):
            found += f"(?>(?:.+?/)??{text}(?=/))"
        else:
            found += f"(?>(?:/.+?)??{text}(?=/))"
    return found


def _bounded_text(text: str) -> str:
    """Make every star atomic, with what follows it, that another star of the same name comes after."""
    first, *rest = _BRACKET.sub(lambda found: found[0] if found[1] is None else f"{_NO_SLASH}{found[1]}", text).split(_STAR)
    found = first
    for index, between in enumerate(rest):
        is_followed = index + 1 < len(rest) and "/" not in between.replace("[^/]", "").replace(_NO_SLASH, "")
        if not is_followed:
            found += _STAR + between
        elif between:  # of `**` within a name one star is enough
            found += f"(?>[^/]*?{between})"
    return found
