"""The source text of a package: which words occur in it, and what a setting's default is where it is written down."""

from __future__ import annotations

import ast
import contextlib
import re
from typing import TYPE_CHECKING, Final

from benchmarks.knowledge.seen import pattern
from benchmarks.knowledge.source import bindings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


_FOREIGN: Final = frozenset({"tests", "test", "testing", "examples", "example", "demo", "docs"})
_LITERAL: Final = r"""(?P<value>"[^"\n]*"|'[^'\n]*'|None|True|False|-?\d[\d_.]*)\s*[,)\n#}]"""


class Texts:
    """The Python files of one package."""

    def __init__(self, folder: Path, prefixes: Sequence[str], composed: Mapping[str, Sequence[str]]) -> None:
        """Read the files.

        Args:
            folder: where they are.
            prefixes: what projects put before the names of settings, `CELERY_`.
            composed: settings whose names a library puts together, and the words that it makes them of.
        """
        self._files = [file.read_text(errors="replace") for file in sorted(folder.rglob("*.py*")) if _is_own(file, folder)]
        self._text = "\n".join(self._files)
        self._prefixes = tuple(prefixes)
        self._composed = composed

    def mentions(self, word: str) -> bool:
        """Tell whether a word occurs, as a whole, or is put together of words that do."""
        if word in self._composed:
            return all(part in self._text for part in self._composed[word])
        bare = next((word.removeprefix(prefix) for prefix in self._prefixes if word.startswith(prefix)), word)
        head, _, rest = word.partition("_")
        # pydantic settings: a prefix for all, and the field's name
        return any(map(self._has, {word, bare, bare.lower()})) or (bool(rest) and self._quotes(f"{head}_") and self._has(rest.lower()))

    def _has(self, word: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self._text) is not None

    def _quotes(self, word: str) -> bool:
        return f'"{word}"' in self._text or f"'{word}'" in self._text

    def setting_defaults(self, setting: str) -> set[str]:
        """Return the plain defaults of a setting as value patterns.

        They are written `NAME = x`, `getattr(settings, "NAME", x)`, `.get("NAME", x)`, `setdefault("NAME", x)` or `{"NAME": x}`; a dotted
        setting is a path into a dictionary.
        """
        name, _, path = setting.partition(".")
        if path:
            assigned = re.compile(rf"^{re.escape(name)}\s*[:=]", re.MULTILINE)
            return {value for text in self._files if assigned.search(text) for value in _inside(text, name, path)}
        found = set()
        for form in (rf"^[ \t]*{re.escape(name)}(?:\s*:[^=\n]+)?\s*=\s*{_LITERAL}", rf"""["']{re.escape(name)}["']\s*[,:]\s*{_LITERAL}"""):
            for match in re.finditer(form, self._text, re.MULTILINE):
                with contextlib.suppress(ValueError, SyntaxError):
                    found.add(pattern(ast.literal_eval(match["value"])))
        return found


def _is_own(file: Path, folder: Path) -> bool:
    """Tell whether a file is the library's own: tests and examples set what no default is."""
    inner = file.relative_to(folder)
    if not _FOREIGN.isdisjoint(inner.parts) or inner.stem in ("tests", "conftest"):
        return False
    return file.is_file() and file.suffix in (".py", ".pyi", ".pyx")


def _inside(text: str, name: str, path: str) -> Iterator[str]:
    """Yield what a path leads to in the dictionaries assigned to a name."""
    with contextlib.suppress(SyntaxError, ValueError):
        for node in bindings(ast.parse(text).body).get(name, ()):
            value = ast.literal_eval(node.value) if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value else None
            for part in path.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            if value is not None:
                yield pattern(value)
