"""Which paths may name the same file: the folder that both lie below, and the constant last part where there is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.flow.paths import PathNode, own_name
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

    below: frozenset[tuple[object, str | None]]
    """The places, settings and texts that name the folder, by which another function can name it too, each with the constant part of
    the path right below; None where that is computed, or the path is the folder itself."""
    itself: frozenset[object]
    """Those among them that name the very path, not only what it lies below."""
    tail: str | None
    """The last part of the path where it is a constant; None where it is computed."""

    def may_be(self, other: FileIdentity) -> bool:
        """Whether both may name one file, or one the folder of the other."""
        mine, theirs = self._parts, other._parts
        shared = mine.keys() & theirs.keys()
        if any(not _agree(mine[anchor], theirs[anchor]) for anchor in shared):
            return False  # where both are known they differ: other ways to the two tell nothing
        if not shared.isdisjoint(self.itself | other.itself):
            return True
        return bool(shared) and (self.tail is None or other.tail is None or self.tail == other.tail)

    @property
    def _parts(self) -> dict[object, set[str | None]]:
        found: dict[object, set[str | None]] = {}
        for anchor, part in self.below:
            found.setdefault(anchor, set()).add(part)
        return found

    @property
    def anchors(self) -> frozenset[object]:
        """The places, settings and texts alone."""
        return frozenset(anchor for anchor, _ in self.below)


def _agree(mine: set[str | None], theirs: set[str | None]) -> bool:
    return None in mine or None in theirs or not mine.isdisjoint(theirs)


class _Place(NamedTuple):
    """A step on the way from a path to its folder."""

    node: PathNode
    part: str | None
    call: PathNode | None
    """The call that hands the function its arguments on this way, as its caller sees it."""


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
            below, itself = self._anchors(function, path)
            found = self._known[key] = FileIdentity(frozenset(below), frozenset(itself), self._tail(function, path))
        return found

    # -- the folder

    def _anchors(self, function: Function, path: Expr) -> tuple[set[tuple[object, str | None]], set[object]]:
        below: set[tuple[object, str | None]] = set()
        itself: set[object] = set()
        pending = [_Place(PathNode(function, path), None, None)]
        plain = {pending[0].node}  # what the path is, and not what it lies below
        seen = {*pending}
        for place in pending:  # grows while it is gone through
            node = place.node
            found = [*self._of_node(node)]
            below.update((anchor, place.part) for anchor in found)
            if node in plain and isinstance(node.expr, (Const, Ref)):
                itself.update(found[:1] if isinstance(node.expr, Const) else found)
            if found or len(seen) > _MOST:
                continue
            part = self._part(place)
            fresh = [_Place(base, part, _call_on_way(place, base)) for base in self._program.paths.bases(node)]
            fresh = [one for one in fresh if one not in seen]
            if node in plain and isinstance(node.expr, (Ref, Either)):
                plain.update(one.node for one in fresh)
            seen.update(fresh)
            pending += fresh
        return below, itself

    def _part(self, place: _Place) -> str | None:
        """Return the constant part right below what a path is put together from."""
        function, expr, _ = place.node
        joined: Expr | None
        match expr:
            case Template(head="", parts=(_, second, *_)):
                joined = second
            case Call(func, (first, *_)) if func.endswith(".joinpath"):
                joined = first
            case Call(func, (_, second, *_)) if func.endswith("join"):
                joined = second
            case _:
                return place.part
        if isinstance(joined, Ref):
            given = self._given(place.call, function, joined.path) if place.call is not None else None
            if given:
                return given
        text = self._program.evaluator.text(function, joined)
        return text.strip("/").partition("/")[0] or None if text else None

    def _given(self, node: PathNode, helper: Function, name: str) -> str | None:
        """Return the constant that a call hands to a parameter of the helper that gives the path."""
        call = node.expr
        if not isinstance(call, Call):
            return None
        params = [param.name for param in helper.summary.params if param.name != own_name(helper)]
        named = [*zip(params, call.args, strict=False), *call.keywords]
        texts = (self._constant(node.function, value) for one, value in named if one == name and isinstance(value, (Const, Ref)))
        return next((text for text in texts if text), None)

    def _constant(self, function: Function, value: Const | Ref) -> str | None:
        """Return the text that an argument is; of what the function itself is handed its callers speak, one call further up."""
        if isinstance(value, Const):
            return value.value if isinstance(value.value, str) else None
        handed = value.path.partition(".")[0] in function.params
        return None if handed else self._program.evaluator.text(function, value)

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


def _call_on_way(place: _Place, base: PathNode) -> PathNode | None:
    """Return the call that leads from a path to what it is based on; inside one function that by which it was reached."""
    if base.function is place.node.function:
        return place.call
    return place.node if isinstance(place.node.expr, Call) else None


def _options(expr: Expr) -> tuple[Expr, ...]:
    return tuple(option for option in expr.options if option != Const(None)) if isinstance(expr, Either) else (expr,)
