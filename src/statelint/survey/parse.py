"""Python's own tree of a source, in a grammar that may be newer than the running Python: up to that of 3.14."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from statelint.survey.newer_strings import String

_TEMPLATE: Final = re.compile(r"[ft]r?[\"']|r[ft][\"']", re.IGNORECASE)


def parsed(source: str | bytes) -> ast.Module:
    """Parse a source; lines are those of the source, and so are columns but for those behind an `except A, B:` on its line.

    Only what `ast` refuses is looked at any further. What of it is newer becomes what says the same in older words: a t-string is an
    f-string here, and parameters of types are left out.

    Raises:
        SyntaxError: It is no Python in either grammar; the line is that of what is none.
        ValueError, RecursionError, MemoryError: As `ast.parse` does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in the analysed code are its own business
        try:
            return ast.parse(source, type_comments=False)
        except SyntaxError as error:
            if sys.version_info >= (3, 14):
                raise
            try:
                return _newer(_text(source))
            except (SyntaxError, LookupError, UnicodeError) as other:
                if isinstance(other, SyntaxError) and (other.lineno or 0) > (error.lineno or 0):
                    raise other from None  # what is newer was understood, and what comes behind it is wrong
            raise


def readable(text: str) -> tuple[str, list[String]]:
    """Return a source that the running Python can divide into tokens, and the templates that plain strings hide in it for that."""
    if sys.version_info >= (3, 14) or not _TEMPLATE.search(text):
        return text, []
    from statelint.survey.newer_strings import hidden_where_newer  # noqa: PLC0415 - slow to import, for few files

    return hidden_where_newer(text)


def declared_encoding(content: bytes) -> str:
    """Return the normalised encoding, reading no more than the first two lines; `utf-8-sig` where a byte-order mark comes first."""
    if content.isascii() and b"coding" not in content[:200]:
        return "utf-8"
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return encoding


def _newer(text: str) -> ast.Module:
    from statelint.survey.newer_strings import hidden, strings_of  # noqa: PLC0415 - few files need it, and few runs
    from statelint.survey.newer_syntax import brought_down  # noqa: PLC0415 - as above
    from statelint.survey.newer_tree import with_templates  # noqa: PLC0415 - as above

    strings = strings_of(text)
    plain = hidden(text, strings)
    tree = ast.parse(brought_down(plain) or plain, type_comments=False)
    with_templates(tree, text, strings)
    return tree


def _text(source: str | bytes) -> str:
    return source if isinstance(source, str) else source.decode(declared_encoding(source))
