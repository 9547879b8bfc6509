"""Which paths may name the same file: the folder that both lie below, and the constant last part where there is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.flow.paths import PathNode
from statelint.program.names.nodes import External, ExternalValue, Function
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.nodes import LocationPath
    from statelint.program.program import Program
    from statelint.survey.summary import Expr

_PLACE: Final = re.compile(r"(?!application/|text/|image/|audio/|video/|font/|https?:|s3:)[\w./ -]+")
"""A text that can be a path of this disk."""
_LASTING: Final = ("global", "attribute", "application", "function")
_SHORTEST: Final = 4
"""Letters of the shortest constant that names a folder wherever it stands: `settings.MEDIA_ROOT` is `MEDIA_ROOT`."""
_MOST: Final = 60
"""Expressions behind one path that are asked for a folder; the nearest folder is a handful of steps away."""


class FileIdentity(NamedTuple):
    """What is known of a file's place."""

    anchors: frozenset[object]
    """The places, settings and texts that name the folder, by which another function can name it too."""
    itself: frozenset[object]
    """Those among them that name the very path, not only what it lies below."""
    tail: str | None
    """The last part of the path where it is a constant; None where it is computed."""

    def may_be(self, other: FileIdentity) -> bool:
        """Whether both may name one file, or one the folder of the other."""
        shared = self.anchors & other.anchors
        if not shared.isdisjoint(self.itself | other.itself):
            return True
        return bool(shared) and (self.tail is None or other.tail is None or self.tail == other.tail)


class FileIdentities:
    """Finds what names a file, in one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._resolver = program.resolver
        self._known: dict[tuple[Function, Expr], FileIdentity] = {}

    def of(self, function: Function, path: Expr | None) -> FileIdentity:
        """Return what names the file that a path leads to, seen from a function."""
        if path is None:
            return FileIdentity(frozenset(), frozenset(), None)
        key = (function, path)
        found = self._known.get(key)
        if found is None:
            anchors, itself = self._anchors(function, path)
            found = self._known[key] = FileIdentity(frozenset(anchors), frozenset(itself), self._tail(function, path))
        return found

    # -- the folder

    def _anchors(self, function: Function, path: Expr) -> tuple[set[object], set[object]]:
        anchors: set[object] = set()
        itself: set[object] = set()
        pending = [PathNode(function, path)]
        plain = {*pending}  # what the path is, and not what it lies below
        seen = {*pending}
        for node in pending:  # grows while it is gone through
            found = [*self._of_node(node)]
            anchors.update(found)
            if node in plain and isinstance(node.expr, (Const, Ref)):
                itself.update(found[:1] if isinstance(node.expr, Const) else found)
            if found or len(seen) > _MOST:
                continue
            fresh = [base for base in self._program.paths.bases(node) if base not in seen]
            if node in plain and isinstance(node.expr, (Ref, Either)):
                plain.update(fresh)
            seen.update(fresh)
            pending += fresh
        return anchors, itself

    def _of_node(self, node: PathNode) -> Iterator[object]:
        function, expr, _ = node
        match expr:
            case Const(value=str(text)) | Template(head=text) if _PLACE.fullmatch(text):
                yield text.strip("/")
                if "/" in text.strip("/"):
                    yield text.rpartition("/")[0].strip("/")
            case Call(func, (Const(value=str(name)), *_)) if func.rpartition(".")[2] in ("getenv", "get", "config") and name.isupper():
                yield name
            case Ref(path):
                yield from self._of_path(function, path)

    def _of_path(self, function: Function, path: str) -> Iterator[object]:
        last = split(path)[1].strip(".[]") or path
        if last.isupper() and len(last) >= _SHORTEST:
            yield last
        view = self._resolver.walk(function, path)
        for place in view.places:
            if not place.inner and place.location.kind in _LASTING and self._names_folder(place):
                yield place.location
        for entity in view.objects:
            if isinstance(entity, (External, ExternalValue)) and entity.name.rpartition(".")[2] in (
                "static_folder",
                "instance_path",
                "root_path",
            ):
                yield entity.name

    def _names_folder(self, place: LocationPath) -> bool:
        """Whether a place is given a path that is made for it, not one that another place has or a function of the project gives."""
        values = self._resolver.values_of(place.location)
        return not values or any(self._is_made(function, part) for function, expr in values for part in _options(expr))

    def _is_made(self, function: Function, expr: Expr) -> bool:
        if isinstance(expr, Call):
            return not any(isinstance(one, Function) for one in self._resolver.walk(function, expr.func).objects)
        return not isinstance(expr, Ref)

    # -- the last part

    def _tail(self, function: Function, path: Expr) -> str | None:
        part: Expr | None = path
        seen: set[str] = set()
        while isinstance(part, Ref) and part.path in function.locals and part.path not in seen:
            seen.add(part.path)
            bindings = function.locals[part.path]
            if len(bindings) != 1 or part.path in function.params:
                return None
            part = bindings[0].value
        while isinstance(part, (Call, Template)):
            if isinstance(part, Template):
                part = part.parts[-1] if part.parts else Const(part.head)
            elif part.args:
                part = part.args[-1]
            else:
                return None
        text = self._program.evaluator.text(function, part) if part is not None else None
        return text.rpartition("/")[2] or None if text else None


def _options(expr: Expr) -> tuple[Expr, ...]:
    return tuple(option for option in expr.options if option != Const(None)) if isinstance(expr, Either) else (expr,)
