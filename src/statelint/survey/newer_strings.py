"""The f-strings and t-strings of a text, by a scanner that knows PEP 701 and PEP 750 whatever Python runs it.

Before Python 3.12 an f-string is one token that ends at the first quote of its kind; since then what stands in braces is code like any
other: with the same quotes, backslashes, comments and several lines. Here each is found with its fields, and can be hidden behind a
plain string of the same lines and columns, so that what divides or parses Python reads the rest of the file.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PREFIXES: Final = frozenset({"f", "fr", "rf", "t", "tr", "rt", "r", "b", "br", "rb", "u"})
_STRANGE: Final = "t" if sys.version_info >= (3, 12) else "ft"
"""Of which strings the running Python may not find the end."""
_CODE: Final = re.compile(r"#[^\r\n]*|\"\"\"|'''|[\"']")
_FIELD: Final = re.compile(r"#[^\r\n]*|\"\"\"|'''|[=!<>]=|[\"'()\[\]{}:!=]")
_LITERAL: Final = re.compile(r"[\\{}\r\n]|\"\"\"|'''|[\"']")
_CONVERSION: Final = re.compile(r"!\s*([rsa])\b")
_SPACE: Final = re.compile(r"\s+|#[^\r\n]*")
_TO_THE_END: Final = {
    quote: re.compile(pattern, re.DOTALL)
    for quote, pattern in {
        '"': r'[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*"',
        "'": r"[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*'",
        '"""': r'[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""',
        "'''": r"[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''",
    }.items()
}
"""What is left of a plain string behind its opening quote."""
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_MOST_LEVELS: Final = 40
"""Templates inside of fields of templates. Python allows for 150, and what is written by people for two or three; each is parsed anew."""


class Field(NamedTuple):
    """What stands in braces. Offsets of the text, the end exclusive."""

    start: int
    end: int
    """Of the expression alone, without `=`, conversion and format."""
    strings: tuple[String, ...]
    """Those of the expression."""
    conversion: int
    """As `ast.FormattedValue` has it."""
    spec: tuple[Part, ...] | None
    """The format."""
    shown: int
    """Where the text ends that a field with `=` shows; `start` for any other."""
    comments: tuple[tuple[int, int], ...]


class String(NamedTuple):
    """One string, without those that it is joined with. Offsets of the text, the end exclusive."""

    start: int
    end: int
    prefix: str
    """In small letters."""
    quote: str
    parts: tuple[Part, ...] = ()
    """What a template consists of; literal text as the offsets of its source."""

    @property
    def is_template(self) -> bool:
        """Whether it has fields."""
        return "f" in self.prefix or "t" in self.prefix

    @property
    def is_raw(self) -> bool:
        """Whether backslashes are themselves."""
        return "r" in self.prefix


Part = tuple[int, int] | Field


def strings_of(text: str) -> list[String]:
    """Return the strings of a source in their order.

    Raises:
        SyntaxError: One does not end, or has a field that is none.
        RecursionError: More templates stand inside each other than anybody writes.
    """
    return [*_Scanner(text).code()]


def hidden(text: str, strings: Iterable[String], start: int = 0, end: int | None = None) -> str:
    """Return a stretch of a text with plain strings in the place of templates; lines and columns stay."""
    pieces, at = [], start
    for string in strings:
        if string.is_template:
            pieces += [text[at : string.start], _plain(text[string.start : string.end])]
            at = string.end
    return "".join((*pieces, text[at:end]))


def hidden_where_newer(text: str) -> tuple[str, list[String]]:
    """Return a source that the running Python can divide into tokens, and the templates that it hides for that.

    A source with nothing that is new to it, and one that is no Python either way, stays as it is.
    """
    try:
        newer = [
            string for string in strings_of(text) if string.is_template and string.prefix.strip("r") in _STRANGE and _is_newer(text, string)
        ]
    except (SyntaxError, RecursionError):
        return text, []
    return (hidden(text, newer), newer) if newer else (text, [])


def comments_in(string: String) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the comments in a template's fields, in their order."""
    waiting: list[Part] = [*reversed(string.parts)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Field):
            yield from part.comments
            waiting += [*reversed([*(inner for one in part.strings for inner in one.parts), *(part.spec or ())])]


def _is_newer(text: str, string: String) -> bool:
    """Whether an older Python takes a template to end elsewhere."""
    match = _TO_THE_END[string.quote].match(text, string.start + len(string.prefix) + len(string.quote))
    return match is None or match.end() != string.end


def _plain(source: str) -> str:
    """Return a plain string as wide as the source of a template, and with its lines."""
    inner = re.sub(r"[\\\"]", " ", source[1:-1])
    return f'"{_LINE_END.sub(lambda end: chr(92) + end[0], inner)}"'


class _Scanner:
    """Goes through a text once."""

    def __init__(self, text: str) -> None:
        self.text = text

    def code(self) -> Iterator[String]:
        at = 0
        while (match := _CODE.search(self.text, at)) is not None:
            if match[0][0] == "#":
                at = match.end()
            else:
                string = self.string(match, at, 0)
                yield string
                at = string.end

    def string(self, match: re.Match[str], floor: int, depth: int) -> String:
        """Read the string that has its opening quote at a match and its prefix behind `floor`."""
        text, quote, first = self.text, match[0], match.start()
        start = first
        while start > floor and first - start < 3 and _is_of_a_word(text[start - 1]):
            start -= 1
        prefix = text[start:first].lower()
        if prefix not in _PREFIXES:
            start, prefix = first, ""
        if "f" in prefix or "t" in prefix:
            parts, end = self.template(match.end(), quote, prefix, depth)
            return String(start, end, prefix, quote, tuple(parts))
        rest = _TO_THE_END[quote].match(text, match.end())
        if rest is None:
            raise self.error("unterminated string literal", start)
        return String(start, rest.end(), prefix, quote)

    def template(self, at: int, quote: str, prefix: str, depth: int) -> tuple[list[Part], int]:
        """Read a template from behind its opening quote to behind its closing one."""
        if depth > _MOST_LEVELS:
            raise RecursionError
        text, first, parts = self.text, at, list[Part]()
        while (match := _LITERAL.search(text, at)) is not None:
            mark, at = match[0], match.end()
            if mark == "\\":
                at = self.escaped(at, is_raw="r" in prefix)
            elif mark in "{}" and text.startswith(mark, at):
                at += 1
            elif mark == "{":
                field, end = self.field(at, quote, prefix, depth)
                parts += [(first, at - 1), field]
                first = at = end
            elif mark == "}":
                raise self.error(f"{prefix.strip('r')}-string: single '}}' is not allowed", match.start())
            elif mark in "\r\n":
                if len(quote) == 1:
                    break
            elif text.startswith(quote, match.start()):
                parts.append((first, match.start()))
                return parts, match.start() + len(quote)
            else:
                at = match.start() + 1
        raise self.error(f"unterminated {prefix.strip('r')}-string literal", first)

    def escaped(self, at: int, *, is_raw: bool) -> int:
        """Return what follows a backslash and the character that it takes with it; braces begin a field all the same."""
        if not is_raw and self.text.startswith("N{", at):
            end = self.text.find("}", at)
            return end + 1 if end >= 0 else len(self.text)
        if self.text.startswith(("{", "}"), at):
            return at
        return at + (2 if self.text.startswith("\r\n", at) else 1)

    def field(self, start: int, quote: str, prefix: str, depth: int) -> tuple[Field, int]:
        """Read a field from behind its opening brace to behind its closing one."""
        at, open_brackets, strings, comments = start, 0, list[String](), list[tuple[int, int]]()
        while (match := _FIELD.search(self.text, at)) is not None:
            mark, begin, at = match[0], match.start(), match.end()
            if mark[0] == "#":
                comments.append(match.span())
            elif mark[0] in "\"'":
                strings.append(self.string(match, max(start, strings[-1].end if strings else 0), depth + 1))
                at = strings[-1].end
            elif mark in "([{":
                open_brackets += 1
            elif open_brackets and mark in ")]}":
                open_brackets -= 1
            elif not open_brackets and mark in ("=", "!", ":", "}", ")", "]"):
                shown = self.space(at, comments) if mark == "=" else 0
                conversion, behind = self.conversion(shown or begin, comments)
                spec, end = self.rest_of_field(behind, quote, prefix, depth)
                if shown and conversion < 0 and spec is None:
                    conversion = ord("r")
                return Field(start, begin, tuple(strings), conversion, spec, shown or start, tuple(comments)), end
        raise self.error(f"{prefix.strip('r')}-string: expecting '}}'", start)

    def space(self, at: int, comments: list[tuple[int, int]]) -> int:
        """Return what follows the spaces, lines and comments of a field."""
        while (match := _SPACE.match(self.text, at)) is not None:
            at = match.end()
            if match[0][0] == "#":
                comments.append(match.span())
        return at

    def conversion(self, at: int, comments: list[tuple[int, int]]) -> tuple[int, int]:
        """Return the conversion of a field, -1 for none, and what follows it."""
        match = _CONVERSION.match(self.text, at)
        return (ord(match[1]), self.space(match.end(), comments)) if match is not None else (-1, at)

    def rest_of_field(self, at: int, quote: str, prefix: str, depth: int) -> tuple[tuple[Part, ...] | None, int]:
        """Return the format of a field, and what follows the brace that closes it."""
        if self.text.startswith("}", at):
            return None, at + 1
        if not self.text.startswith(":", at):
            raise self.error(f"{prefix.strip('r')}-string: expecting '}}'", at)
        return self.format(at + 1, quote, prefix, depth + 1)

    def format(self, at: int, quote: str, prefix: str, depth: int) -> tuple[tuple[Part, ...], int]:
        """Read the format of a field, to behind the brace that closes the field."""
        if depth > _MOST_LEVELS:
            raise RecursionError
        text, first, parts = self.text, at, list[Part]()
        while (match := _LITERAL.search(text, at)) is not None:
            mark, at = match[0], match.end()
            if mark == "\\":
                at = self.escaped(at, is_raw="r" in prefix)
            elif mark == "{":
                field, end = self.field(at, quote, prefix, depth)
                parts += [(first, at - 1), field]
                first = at = end
            elif mark == "}":
                parts.append((first, match.start()))
                return tuple(parts), at
            elif (mark in "\r\n" and len(quote) == 1) or text.startswith(quote, match.start()):
                break
            elif mark[0] in "\"'":
                at = match.start() + 1
        raise self.error(f"{prefix.strip('r')}-string: expecting '}}', or format specs", first)

    def error(self, message: str, offset: int) -> SyntaxError:
        """Return the error of a place."""
        line = sum(1 for _ in _LINE_END.finditer(self.text, 0, offset)) + 1
        return SyntaxError(message, ("<string>", line, 1, None))


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or character == "_"
