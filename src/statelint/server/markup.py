"""Short texts in Markdown, or plain for an editor that shows none: what comes of the project means nothing but itself."""

from __future__ import annotations

import re
from typing import Final

from statelint.report.text import one_line

_SPAN: Final = re.compile(r"(`+)(.+?)(?<!`)\1(?!`)")
_MEANT: Final = re.compile(r"[\\`*_\[\]<#!|&]|^[>+-]")


class Markup:
    """Writes Markdown, or plain text."""

    def __init__(self, *, is_markdown: bool) -> None:
        self.is_markdown = is_markdown

    def words(self, text: str) -> str:
        """Return a sentence on one line; matched backticks stay code."""
        plain = one_line(text)
        if not self.is_markdown:
            return plain
        shown, at = "", 0
        for match in _SPAN.finditer(plain):
            shown += _escaped(plain[at : match.start()]) + self.code(match[2].strip())
            at = match.end()
        return shown + _escaped(plain[at:])

    def code(self, text: str) -> str:
        """Return a name or an expression."""
        plain = one_line(text)
        return f"`{plain.replace('`', chr(39))}`" if self.is_markdown and plain else plain

    def bold(self, text: str) -> str:
        """Return a title."""
        return f"**{_escaped(one_line(text))}**" if self.is_markdown else one_line(text)

    def link(self, text: str, uri: str) -> str:
        """Return a link; plain text has the words alone."""
        if not self.is_markdown or not re.fullmatch(r"[^\s<>()]+", uri):
            return one_line(text)
        return f"[{_escaped(one_line(text))}]({uri})"

    def block(self, lines: list[str]) -> str:
        """Return lines of Python."""
        if not self.is_markdown:
            return "\n".join(f"    {line}" for line in lines)
        return "\n".join(["```python", *(line.replace("```", "'''") for line in lines), "```"])


def _escaped(text: str) -> str:
    return _MEANT.sub(r"\\\g<0>", text)
