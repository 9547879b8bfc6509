"""What all tests of a process share: a rule set is read once, and arranged for linking once.

Both are values that depend on nothing else, and a run makes each of them once; a suite of thousands of runs would spend most of
its time on making them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

from statelint.program import program
from statelint.program.vocabulary import Vocabulary
from statelint.rulebook import load, parse

if TYPE_CHECKING:
    from statelint.rulebook.book import Rulebook, Source

_books: dict[str, Rulebook] = {}
_copies: dict[tuple[bytes, str], Rulebook] = {}
_vocabularies: dict[int, tuple[Rulebook, Vocabulary]] = {}
_parse, _decode = parse.parse, load.decoded


def _parsed(sources: list[Source], digest: str) -> Rulebook:
    """Return the rule set of these files; the digest is that of their names and contents."""
    if digest not in _books:
        _books[digest] = _parse(sources, digest)
    return _books[digest]


def _decoded(content: bytes | None, digest: str) -> Rulebook | None:
    """Return the rule set of a compiled copy, one and the same for the same bytes."""
    book = _copies.get((content, digest)) if content is not None else None
    if book is None:
        book = _decode(content, digest)
        if content is not None and book is not None:
            _copies[content, digest] = book
    return book


def _arranged(book: Rulebook) -> Vocabulary:
    """Return the vocabulary of a rule set, which is kept so that no other gets its identity."""
    if id(book) not in _vocabularies:
        _vocabularies[id(book)] = (book, Vocabulary(book))
    return _vocabularies[id(book)][1]


def share() -> None:
    """Let every run in this process share them."""
    mock.patch.object(parse, "parse", _parsed).start()
    mock.patch.object(load, "decoded", _decoded).start()
    mock.patch.object(program, "Vocabulary", _arranged).start()
