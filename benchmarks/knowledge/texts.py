"""The source text of a package: which words occur in it, and what a setting's default is where it is written down."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from benchmarks.knowledge.seen import pattern

if TYPE_CHECKING:
    from pathlib import Path


class Texts:
    """The Python files of some folders as one text."""

    def __init__(self, folders: list[Path]) -> None:
        files = (
            file for folder in folders for file in sorted(folder.rglob("*")) if file.suffix in (".py", ".pyi", ".pyx", ".json", ".toml")
        )
        self._text = "\n".join(file.read_text(errors="replace") for file in files if file.is_file())

    def mentions(self, word: str) -> bool:
        """Tell whether a word occurs, as a whole and not in a longer one."""
        return re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", self._text) is not None

    def setting_default(self, setting: str) -> str:
        """Return the plain default of a setting as a value pattern: `NAME = x`, `.get("NAME", x)`, `setdefault("NAME", x)`, `"NAME": x`."""
        name = re.escape(setting.rpartition(".")[2])
        literal = r"""(?P<value>"[^"\n]*"|'[^'\n]*'|None|True|False|-?\d[\d_.]*)\s*[,)\n#}]"""
        for form in (rf"^\s*{name}(?:\s*:[^=\n]+)?\s*=\s*{literal}", rf"""["']{name}["']\s*[,:]\s*{literal}"""):
            match = re.search(form, self._text, re.MULTILINE)
            if match:
                try:
                    return pattern(ast.literal_eval(match["value"]))
                except (ValueError, SyntaxError):
                    continue
        return ""
