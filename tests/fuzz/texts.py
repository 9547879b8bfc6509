"""Text that is damaged: lines, words, numbers and bytes of any format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random

_WORD: Final = re.compile(r"[\w.-]+|[^\w\s]")
_PIECES: Final = (
    *("{", "}", "[", "]", "(", ")", ":", "- ", "&a ", "*a", "<<: *a", "|\n", ">\n", "'", '"', '"""', "#", "\\", "\\\n", "$"),
    *("${", "${X:-", "`", "$(", "\x00", "\r", "\x0b", "\x1b[31m", "\ufeff", "\u2028", "\u202e", "\u0301", "\ud800", "\udcff"),
    *("\udc80", "\U0001f600", "\t", "\xe9", "\u0130", "\u01c6", "9" * 30, "9" * 5000, "-1", "0", "1e999", "nan"),
    *("0x" + "f" * 40, ".inf", "null", "~", "true", "2026-02-30", "1:2:3", "!!python/object:os.system x", "[" * 300),
    *("{a: " * 150, "(" * 120, "a" * 4000, "a.b" * 900, "*a" * 40, "../" * 30, "/dev/zero", "[z-a]", "[[x]", "(a+)+$", "%(x)s"),
    *("%%", "{0.a}", "{{ x }}", "{% if %}"),
)  # fmt: skip


def damaged(text: str, pick: random.Random, others: tuple[str, ...] = ()) -> str:
    """Return the text with one to six faults; words and lines may come from other texts."""
    for _ in range(pick.randint(1, 6)):
        text = _once(text, pick, others)
    return text


def _once(text: str, pick: random.Random, others: tuple[str, ...]) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = pick.randrange(len(lines))
    source = pick.choice(others) if others and pick.random() < 0.5 else text
    match pick.randrange(9):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, pick.choice(source.splitlines(keepends=True) or [""]))
        case 2:
            other = pick.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = pick.choice(("  ", "    ", "\t", "- ")) + lines[at]
        case 4:
            lines[at] = lines[at].lstrip()
        case 5 | 6:
            words = list(_WORD.finditer(text))
            words_there: list[str] = _WORD.findall(source)
            if words and words_there:
                word = pick.choice(words)
                return text[: word.start()] + pick.choice([*words_there, pick.choice(_PIECES)]) + text[word.end() :]
        case 7:
            middle = pick.randint(0, len(text))
            return text[:middle] + pick.choice(_PIECES) * pick.choice((1, 1, 1, 3)) + text[middle:]
        case _:
            start, end = sorted((pick.randint(0, len(text)), pick.randint(0, len(text))))
            return text[:start] + text[end:] if end - start < 200 else text
    return "".join(lines)
