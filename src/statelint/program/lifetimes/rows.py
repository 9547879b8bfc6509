"""Classes whose instances stand for a row, a form or a message: each is made anew from its own store, for one request at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statelint.program.names.nodes import Class
    from statelint.program.vocabulary import Vocabulary


def is_mapped(owner: Class, vocabulary: Vocabulary) -> bool:
    """Whether instances of a class stand for rows, forms or messages."""
    mapped, names = vocabulary.role("row-or-form"), vocabulary.words("row-class")
    return any(base in mapped or base.rpartition(".")[2] in names for base in owner.external_bases)
