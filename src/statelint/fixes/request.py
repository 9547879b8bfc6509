"""What a fixer is given and what it gives."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from statelint.fixes.imports import Imports
from statelint.fixes.tree import Tree
from statelint.model import Edit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.fixes.source import Text
    from statelint.model import Finding
    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Api, AutoFix


class File:
    """A file that is fixed; parsed when first asked for."""

    def __init__(self, text: Text) -> None:
        """Take the text; nothing is parsed yet."""
        self.text = text

    @cached_property
    def tree(self) -> Tree:
        """The concrete tree; NotEditable where there is none."""
        return Tree(self.text)

    @cached_property
    def imports(self) -> Imports:
        """The imports at the top of the file."""
        return Imports(self.text)


class Project(NamedTuple):
    """What a fixer may ask about everything else."""

    book: Rulebook
    variables: frozenset[str]
    """Environment variables that a deployment file sets."""
    modules: Mapping[str, str]
    """The paths of the project's files, by module."""
    file: Callable[[str], File]
    """Reads a file of the project; NotEditable where it is left alone."""


class Request(NamedTuple):
    """One finding that is to be fixed."""

    finding: Finding
    how: AutoFix
    row: Api | None
    file: File
    project: Project


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a fixer wants done; imports are still to be added."""

    edits: tuple[Edit, ...]
    safe: bool
    imports: tuple[str, ...] = ()
    message: str = ""
    """Instead of the one of the rule file."""
