"""Who needs a file later: what reads, lists, serves or asks for it in another activity than the one that writes it."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.files.identity import FileIdentities, FileIdentity
from statelint.inspect.arguments import argument
from statelint.survey.summary import Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program
    from statelint.survey.summary import Call, CallSite, Expr

_ASKED_OF_PATHS: Final = frozenset({
    "open", "read_text", "read_bytes", "exists", "is_file", "isfile", "iterdir", "glob", "rglob", "listdir", "scandir", "walk", "stat",
    "getsize", "getmtime",
})  # fmt: skip
"""Calls by which a file, or a folder with what is in it, is asked for; `open` unless it writes."""
_LOOKS: Final = _ASKED_OF_PATHS - {"open", "read_text", "read_bytes"}
_MAKES_ROOM: Final = frozenset({"mkdir", "makedirs"})
_TAKEN_FROM: Final = frozenset({"copy", "copyfile", "copy2", "copytree", "move", "rename", "replace"})
"""Calls that read the file of their first argument."""
_SERVED: Final = {"flask": ("static", "flask.Flask.static_folder"), "quart": ("static",), "django": ("MEDIA_ROOT", "STATIC_ROOT")}
"""By framework the folders from which it, or the server before it, hands files to clients."""
_LIVE: Final = ("serving", "startup", "worker", "command")


class FileReader(NamedTuple):
    """A place that reads, lists, serves or asks for a file."""

    function: Function
    line: int
    identity: FileIdentity
    looks: bool = False
    """Whether it is only asked for, or listed, and not what is in it."""


class FileReaders:
    """All places of a program that need files, by what names the folder."""

    def __init__(self, context: Context) -> None:
        self._program: Program = context.program
        self.identities = context.once(identities)
        self._answers = context.program.vocabulary.words("file-answer", "file-reading-call")
        self._libraries = context.program.vocabulary.role("volatile-file")
        self._programs = context.program.vocabulary.role("child-process")
        self._removes = context.program.vocabulary.role("remove-file")
        self._entries: dict[Function, frozenset[Function]] = {}

    def elsewhere(self, function: Function, path: Expr | None) -> FileReader | None:
        """Find who needs the file that a function writes; of several the one that something else from outside leads to."""
        found = [*self.all_elsewhere(function, path)]
        return next((one for one in found if self.is_in_other_activity(one.function, function)), found[0] if found else None)

    def all_elsewhere(self, function: Function, path: Expr | None) -> Iterator[FileReader]:
        """Yield who needs the file that a function writes, one place of each other function."""
        identity = self.identities.of(function, path)
        told = {function}
        for reader in sorted((one for anchor in identity.anchors for one in self._index.get(anchor, ())), key=_place):
            if reader.function not in told and identity.may_be(reader.identity):
                told.add(reader.function)
                yield reader

    def before(self, function: Function, path: Expr | None, line: int) -> FileReader | None:
        """Find where a function itself reads the file that an earlier run of it has written, before it writes it at `line`."""
        identity = self.identities.of(function, path)
        for reader in sorted((one for anchor in identity.anchors for one in self._index.get(anchor, ())), key=_place):
            if reader.function is function and reader.line < line and not reader.looks and identity.may_be(reader.identity):
                return reader
        return None

    def is_served(self, function: Function, path: Expr | None) -> bool:
        """Whether a framework hands the file to clients by itself, from the folder that it is told, or takes, for that."""
        return not self.identities.of(function, path).anchors.isdisjoint(self._served)

    @cached_property
    def _served(self) -> frozenset[object]:
        return frozenset(folder for framework in self._program.frameworks for folder in _SERVED.get(framework, ()))

    def is_in_other_activity(self, reader: Function, writer: Function) -> bool:
        """Whether something from outside leads to the one and not to the other."""
        return not self.entries(reader) <= self.entries(writer)

    def entries(self, function: Function) -> frozenset[Function]:
        """Return the functions, called from outside, that lead to a function; modules are read by every start."""
        found = self._entries.get(function)
        if found is None:
            pending = [function]
            seen = {function}
            for one in pending:  # grows while it is gone through
                fresh = [edge.caller for edge in self._program.graph.callers.get(one, ()) if edge.caller not in seen]
                seen.update(fresh)
                pending += fresh
            found = self._entries[function] = frozenset(one for one in seen if one in self._points or one.is_body)
        return found

    @cached_property
    def _points(self) -> frozenset[Function]:
        return frozenset(point.function for point in self._program.entry_points.points)

    @cached_property
    def _index(self) -> dict[object, list[FileReader]]:
        found: dict[object, list[FileReader]] = defaultdict(list)
        reach = self._program.reach
        for function in self._program.functions:
            if function.module.part not in ("app", "settings", "command") or not any(function in reach[one] for one in _LIVE):
                continue
            removes = not function.summary.returns and any(self._removes.calls(site.call.func) for site in function.summary.calls)
            for index, site in enumerate(function.summary.calls):
                looks = site.call.func.rpartition(".")[2] in _LOOKS
                if looks and (removes or _makes_room(function, index)):
                    continue  # tidies up, or sees to it that there is a folder
                for path in self._needed(site):
                    identity = self.identities.of(function, path)
                    for anchor in identity.anchors:
                        found[anchor].append(FileReader(function, site.call.line, identity, looks))
        return found

    @cached_property
    def _library_reads(self) -> frozenset[int]:
        """Which calls are of libraries that read the files they are handed; of child processes it is not known which words are files."""
        calls = self._program.graph.library_calls
        own = {id(call.site) for name in calls if name in self._libraries for call in calls[name]}
        return frozenset(own - {id(call.site) for name in calls if self._programs.calls(name) for call in calls[name]})

    def _needed(self, site: CallSite) -> Sequence[Expr]:
        """Return the paths that a call needs a file at."""
        call = site.call
        receiver, _, last = call.func.rpartition(".")
        if last in _TAKEN_FROM:
            return call.args[:1] if len(call.args) > 1 else ((Ref(receiver),) if receiver else ())
        if last not in _ASKED_OF_PATHS and last not in self._answers and id(site) not in self._library_reads:
            return ()
        if last == "open" and _writes(call):
            return ()
        given = (*call.args[:2], *(value for _, value in call.keywords))
        if last in _ASKED_OF_PATHS and receiver and not given:
            return (Ref(receiver),)
        if (
            last in ("open", "read_text", "read_bytes", "glob", "rglob")
            and receiver
            and receiver not in ("os", "io", "aiofiles", "glob", "gzip")
        ):
            return (Ref(receiver), *given)
        return given


def _makes_room(function: Function, index: int) -> bool:
    """Whether what a call answers decides nothing but whether a folder is made."""
    summary = function.summary
    asking = {number for number, guard in enumerate(summary.guards) if index in guard.calls and guard.kind == "if"}
    inside = [site.call.func.rpartition(".")[2] for site in summary.calls if not asking.isdisjoint(site.guards)]
    return bool(asking) and bool(inside) and _MAKES_ROOM.issuperset(inside)


def _writes(call: Call) -> bool:
    modes = (argument(call, "mode", 1), argument(call, "mode", 0))
    texts = [mode.value for mode in modes if isinstance(mode, Const) and isinstance(mode.value, str) and len(mode.value) < len("rwb+t!")]
    return any(not set(text) <= set("rbtU") and set(text) <= set("rwaxbt+U") for text in texts)


def _place(reader: FileReader) -> tuple[str, int]:
    return reader.function.module.path, reader.line


def identities(context: Context) -> FileIdentities:
    """Return what tells files apart, for `Context.once`."""
    return FileIdentities(context.program)
