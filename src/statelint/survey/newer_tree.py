"""The tree of a source with templates that the running Python cannot parse: their fields are parsed one by one and put in their places."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from statelint.survey.newer_strings import Field, hidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.survey.newer_strings import Part, String

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NOT_AS_IT_IS: Final = re.compile(r"\\(?:\r\n|.)?|\"|\r\n|\r|\n", re.DOTALL)


class _Places:
    """Lines from 1 and columns from 0, in bytes of UTF-8, of the offsets of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self._is_ascii = text.isascii()
        self._last = (0, 0)
        """An offset of the line that was asked for last, and its column: lines may be long, and are asked for from left to right."""

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_left(self._starts, offset + 1)
        start = self._starts[line - 1]
        if self._is_ascii:
            return line, offset - start
        known, column = self._last
        if not start <= known <= offset:
            known, column = start, 0
        column += len(self._text[known:offset].encode("utf-8", "surrogatepass"))
        self._last = (offset, column)
        return line, column


def with_templates(tree: ast.Module, text: str, strings: Sequence[String]) -> None:
    """Put into a tree what its templates are, which stand there as the plain strings that `hidden` put in their places.

    `text` is the source, and `strings` all of it. A t-string becomes what an f-string is.

    Raises:
        SyntaxError: A field holds no expression, or strings are joined that cannot be.
    """
    _Splice(text).into(tree, strings)


class _Splice:
    def __init__(self, text: str) -> None:
        self._text = text
        self._places = _Places(text)

    def into(self, tree: ast.AST, strings: Sequence[String]) -> None:
        """Replace the constants of a tree that hide templates."""
        if not any(string.is_template for string in strings):
            return
        starts = [self._places.place(string.start) for string in strings]
        for parent in ast.walk(tree):
            for name, value in ast.iter_fields(parent):
                if isinstance(value, ast.Constant):
                    setattr(parent, name, self._instead_of(value, starts, strings))
                elif isinstance(value, list) and any(isinstance(item, ast.Constant) for item in value):
                    value[:] = [self._instead_of(item, starts, strings) if isinstance(item, ast.Constant) else item for item in value]

    def _instead_of(self, node: ast.Constant, starts: Sequence[tuple[int, int]], strings: Sequence[String]) -> ast.expr:
        if not isinstance(node.value, str) or node.end_lineno is None or node.end_col_offset is None:
            return node
        first = bisect_left(starts, (node.lineno, node.col_offset))
        last = bisect_left(starts, (node.end_lineno, node.end_col_offset))
        joined = strings[first:last]
        if not any(string.is_template for string in joined):
            return node
        if len({"t" in string.prefix for string in joined}) > 1:
            raise SyntaxError(
                "cannot mix t-string literals with string or bytes literals", ("<string>", node.lineno, node.col_offset + 1, None)
            )
        values = [value for string in joined for value in self._values_of(string)]
        return ast.copy_location(ast.JoinedStr(_merged(values, node)), node)

    def _values_of(self, string: String) -> Iterator[str | ast.FormattedValue]:
        if string.is_template:
            yield from self._values(string.parts, is_raw=string.is_raw)
        else:
            yield str(ast.literal_eval(self._text[string.start : string.end]))

    def _values(self, parts: Sequence[Part], *, is_raw: bool, is_format: bool = False) -> Iterator[str | ast.FormattedValue]:
        for part in parts:
            if not isinstance(part, Field):
                source = self._text[part[0] : part[1]]
                yield _literal(source if is_format else source.replace("{{", "{").replace("}}", "}"), is_raw=is_raw)
                continue
            if part.shown > part.start:
                yield self._shown(part)
            value = self._expression(part)
            spec = None
            if part.spec is not None:
                spec = ast.copy_location(ast.JoinedStr([]), value)
                spec.values = _merged([*self._values(part.spec, is_raw=is_raw, is_format=True)], value)
            yield ast.copy_location(ast.FormattedValue(value, part.conversion, spec), value)

    def _shown(self, field: Field) -> str:
        """Return the source that a field with `=` shows, which is all but its comments."""
        source, at = "", field.start
        for start, end in field.comments:
            if start < field.shown:
                source, at = source + self._text[at:start], end
        return _LINE_END.sub("\n", source + self._text[at : field.shown])

    def _expression(self, field: Field) -> ast.expr:
        """Parse what stands in braces; a newline comes behind it, as it may end with a comment."""
        line, column = self._places.place(field.start)
        source = hidden(self._text, field.strings, field.start, field.end)
        if not source.strip():
            raise SyntaxError("f-string: valid expression required before '}'", ("<string>", line, column + 1, None))
        try:
            found = ast.parse(f"({source}\n)", mode="eval").body
        except SyntaxError as error:
            error.lineno = line + (error.lineno or 1) - 1
            raise
        for node in ast.walk(found):
            if isinstance(node, (ast.expr, ast.keyword, ast.arg)):
                _move(node, line, column)
        holder = ast.Expression(found)
        self.into(holder, field.strings)
        return holder.body


def _move(node: ast.expr | ast.keyword | ast.arg, line: int, column: int) -> None:
    """Move what was parsed by itself, behind a parenthesis, to a place of the file."""
    if node.lineno == 1:
        node.col_offset = max(node.col_offset + column - 1, 0)
    if node.end_lineno == 1:
        node.end_col_offset = (node.end_col_offset or 0) + column - 1
    node.lineno += line - 1
    node.end_lineno = (node.end_lineno or 1) + line - 1


def _literal(source: str, *, is_raw: bool) -> str:
    """Return what the literal text of a template says."""
    if is_raw or "\\" not in source:
        return _LINE_END.sub("\n", source)
    return str(ast.literal_eval('"' + _NOT_AS_IT_IS.sub(_escaped, source) + '"'))


def _escaped(match: re.Match[str]) -> str:
    """Return what stands for a piece of literal text between quotes of a single line."""
    found, behind = match[0], match[0][1:]
    if found == '"':
        return '\\"'
    if found[0] != "\\":
        return "\\n"
    if behind in ("\r\n", "\r", "\n"):
        return ""
    return found if behind and behind not in "{}" else "\\" + found


def _merged(values: Sequence[str | ast.FormattedValue], node: ast.expr) -> list[ast.expr]:
    """Return the values of a template, texts that follow each other as one."""
    found: list[ast.expr] = []
    texts: list[str] = []
    for value in (*values, None):
        if isinstance(value, str):
            texts.append(value)
            continue
        if any(texts):
            found.append(ast.copy_location(ast.Constant("".join(texts)), node))
        texts = []
        if value is not None:
            found.append(value)
    return found
