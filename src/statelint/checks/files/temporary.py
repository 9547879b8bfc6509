"""Files that nobody needs when the call is over: removed again, or inside a temporary directory."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import names_and_texts
from statelint.checks.common.transitive import Transitive
from statelint.program.flow.paths import own_name
from statelint.program.names.conditions import names_in
from statelint.program.names.nodes import Class, External, Function, Instance
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.checks.files.path_sources import FilePaths
    from statelint.checks.files.readers import FileReaders
    from statelint.program.flow.paths import PathNode
    from statelint.program.program import Program
    from statelint.survey.summary import CallSite, Expr, Guard

_STREAM_METHODS: Final = frozenset({"seek", "tell", "read", "readline", "getvalue", "getbuffer", "truncate", "flush", "fileno", "writable"})
"""What is asked of an open file, and of no path."""
_STREAM_TYPES: Final = ("IO", "BinaryIO", "TextIO", "BytesIO", "StringIO", "BufferedIOBase", "RawIOBase", "TextIOBase", "IOBase")
_MOVES: Final = ("replace", "rename", "move", "renames")
_MOVERS: Final = ("os", "shutil", "file_move")


class TemporaryFiles:
    """Judges whether a written file stays."""

    def __init__(self, program: Program, paths: FilePaths, readers: FileReaders) -> None:
        self._program = program
        self._paths = paths
        self._readers = readers
        vocabulary = program.vocabulary
        self._remove = vocabulary.role("remove-file")
        self._buffers = vocabulary.role("buffer")
        self._passing = vocabulary.role("passing-file")
        self._removers = vocabulary.words("removing-call")
        self._answers = vocabulary.words("file-answer")
        self._no_file = vocabulary.pattern("no-file")
        self._temporary = vocabulary.pattern("temporary-path")
        self._removing = Transitive(self._removes_itself, self._hands_on)

    def is_temporary(self, function: Function, path: Expr | None, line: int = 0) -> str:
        """Return why the file that is written at `line` is gone, or means nothing, when the call is over; "" if it stays."""
        reason = self._reason(function, path, line)
        if reason or path is None or is_moved(function, names_of(function, path)):
            return reason
        if self._program.paths.is_always(function, path, self._is_stream):
            return "written to memory or to a stream"
        if self._program.paths.is_always(function, path, lambda node: self._passes(node, line if node.function is function else 0)):
            return "the caller removes it, or made it in a temporary directory"
        return ""

    def _reason(self, function: Function, path: Expr | None, line: int = 0, *, is_helper: bool = False) -> str:
        """Return why a file is gone, seen from one function that knows its path, or gives it to those who write."""
        names = set(self._paths.names_in(function, path))
        if any(name in self._buffers or self._no_file.search(name) for name in names):
            return "written to memory or to a stream"
        same = names_of(function, path)
        if is_moved(function, same):
            return ""
        if any(name in self._passing for name in names):
            return "inside a temporary directory of this call"
        own = {name for name in names if "." not in name and (name in function.locals or name in function.params)}
        if _is_archive(function, path):
            own &= same  # it lies beside the folder that was packed, not in it
        if self._is_removed(function, same, own, line):
            return "removed again by the same function"
        if not is_helper and own and self._is_removed_by_caller(function, own):
            return "removed by the caller"
        return "what the same request is answered with" if self._is_answered(function, path, same) else ""

    def _passes(self, node: PathNode, line: int = 0) -> bool | None:
        """Whether what lies at, or below, a path is gone when the activity is over: no where it is moved away, None where it is open."""
        function, expr, how = node
        if is_moved(function, names_of(function, expr)) or _makes_archive(expr):
            return False
        if (
            how == "entered"
            and isinstance(expr, Call)
            and any(isinstance(value, Const) and value.value is False for _, value in expr.keywords)
        ):
            return False  # `with scratch(remove=False) as folder`
        if how == "entered" and isinstance(expr, Call) and self._is_removed_on_leaving(function, expr):
            return True
        if isinstance(expr, Ref) and self._goes_with_its_object(function, expr.path):
            return True
        if isinstance(expr, Const):
            return None
        if how in ("", "handed") or function.summary.is_generator:
            return True if self._reason(function, expr, line, is_helper=how not in ("", "handed")) else None
        # a helper that removes what it returns has made room before; what has left it is removed by nobody yet
        return True if any(name in self._passing for name in self._paths.names_in(function, expr)) else None

    def _is_removed_on_leaving(self, function: Function, made: Call) -> bool:
        """Whether a context manager of the project removes something when it is left: `with ScratchFolder() as folder`."""
        classes = (one for one in self._program.resolver.walk(function, made.func).objects if isinstance(one, Class))
        leaving = (cls.find_method("__exit__") or cls.find_method("__aexit__") for cls in classes)
        return any(method is not None and self._removing.of(method) for method in leaving)

    def _goes_with_its_object(self, function: Function, path: str) -> bool:
        """Whether a path is an attribute of an object that removes a file when it goes itself: `attachment.path`, with a `__del__`."""
        receiver, step = split(path)
        objects = self._program.resolver.walk(function, receiver).objects if step[:1] == "." else ()
        classes = {one.cls for one in objects if isinstance(one, Instance)}
        ends = [cls.find_method("__del__") for cls in classes]
        return bool(ends) and all(method is not None and self._removing.of(method) for method in ends)

    def _is_stream(self, node: PathNode) -> bool | None:
        """Whether what a file is written to is an open file or a buffer, by what it is, is declared as, or is asked for."""
        function, expr, _ = node
        if isinstance(expr, Call):
            names = self._program.resolver.library_names(function, expr.func)
            return True if any(name in self._buffers for name in names) else None
        if not isinstance(expr, Ref):
            return None
        head = expr.path.partition(".")[0]
        param = function.params.get(expr.path)
        if param is not None and not {name.rpartition(".")[2] for name in names_in(param.annotation)}.isdisjoint(_STREAM_TYPES):
            return True
        scopes = (
            [one for cls in function.owner.lineage for one in cls.methods.values()]
            if function.owner is not None and head == own_name(function)
            else [function]
        )
        asked = (split(site.call.func) for scope in scopes for site in scope.summary.calls)
        if any(receiver == expr.path and step[1:] in _STREAM_METHODS for receiver, step in asked):
            return True
        objects = self._program.resolver.walk(function, expr.path).objects
        return True if any(isinstance(one, Instance) and one.cls.find_method("write") is not None for one in objects) else None

    def _is_answered(self, function: Function, path: Expr | None, names: set[str]) -> bool:
        """Whether the function answers with the file that it has just written, and nobody asks for it again."""
        if self._readers.elsewhere(function, path) is not None:
            return False
        asked = [site.call for site in function.summary.calls if site.call.func.rpartition(".")[2] in ("exists", "is_file", "isfile")]
        if any(mentions([Ref(call.func), *call.args], names) for call in asked):
            return False  # an earlier request may have written it
        return answers_with(function, names, self._answers)

    def may_be_temporary(self, function: Function, path: Expr | None, *, is_found: bool = False) -> bool:
        """Whether a path lies in the temporary directory of the machine, on some of the ways by which it comes here.

        Others can find a file there by a text alone; where they do (`is_found`) that makes no scratch of it.
        """
        if path is None:
            return False
        for where, expr, _ in self._program.paths.all_of(function, path)[0]:
            if isinstance(expr, Const) and isinstance(expr.value, str) and expr.value.startswith(("/tmp/", "/var/tmp/")):  # noqa: S108
                return not is_found
            called = expr.func if isinstance(expr, Call) else split(expr.path)[0] if isinstance(expr, Ref) else ""
            names = self._program.resolver.library_names(where, called.removesuffix("()")) if called else ()
            if any(name.startswith("tempfile.") for name in names):
                return True
        return False

    def is_cleaned(self, function: Function, names: set[str]) -> str:
        """Return why a temporary file is gone when the call is over, "" if it stays."""
        if is_moved(function, names):
            return ""
        if self._is_removed(function, names):
            return "removed again by the same function"
        return "removed by the caller" if self._is_removed_by_caller(function, names) else ""

    def _is_removed_by_caller(self, function: Function, names: set[str]) -> bool:
        """Whether the function returns the path and a caller removes it."""
        if not mentions(function.summary.returns, {name.partition(".")[0] for name in names}):
            return False
        for edge in self._program.graph.callers.get(function, ()):
            if edge.caller not in self._program.reach["serving"] and edge.caller not in self._program.reach["worker"]:
                continue
            summary = edge.caller.summary
            bound = [{site.bound} for site in summary.calls if site.bound and site.call.line == edge.line]
            unpacked = {binding.name for binding in summary.bindings if binding.line == edge.line}
            if any(names and self._is_removed(edge.caller, names) for names in (*bound, unpacked)):
                return True
        return False

    def _is_removed(self, function: Function, names: set[str], folders: Iterable[str] = (), line: int = 0) -> bool:
        """Whether the function, or one handed to it as clean-up, removes the path, or a folder around it, after a line."""
        plain = {name for name in names if not name.startswith("'")}
        inner = (child for children in function.children.values() for child in children if isinstance(child, Function))
        sites = (
            (scope, site) for scope in (function, *inner) for site in scope.summary.calls if scope is not function or site.call.line >= line
        )
        return any(self._removes(scope, site, plain, set(folders)) for scope, site in sites)

    def _removes(self, function: Function, site: CallSite, names: set[str], folders: set[str]) -> bool:
        if not _always_runs(function, site.guards):
            return False
        call = site.call
        texts = [names_and_texts(arg) for arg in call.args]
        handed = {*texts, *" ".join(texts).split()}
        prefix, _, method = call.func.rpartition(".")
        if prefix in _MOVERS and method in _MOVES:
            return False  # what is moved is somewhere else then
        if folders & handed and call.func.endswith(("rmtree", "cleanup")):
            return True
        if method in ("cleanup", "unlink", "rmtree") and prefix in names:
            return True
        if not (names & handed or prefix in names or prefix.removesuffix("()") in names):
            return False
        removers = (call.func, *(text for arg, text in zip(call.args, texts, strict=True) if isinstance(arg, Ref)))
        return any(self._is_removal(function, path) for path in removers)

    def _removes_given(self, function: Function, call: Call) -> bool:
        """Whether a call removes what a function was handed, or what lies where it says."""
        if not self._remove.calls(call.func):
            return False
        prefix = call.func.rpartition(".")[0]
        if prefix in _MOVERS and call.func.rpartition(".")[2] in _MOVES:  # what is moved there is there afterwards
            named = {name.partition(".")[0] for name in names_and_texts(call.args[0]).split()} if call.args else set()
            return not function.params.keys().isdisjoint(named)
        return True

    def _is_removal(self, function: Function, path: str) -> bool:
        """Whether a called path, or a function handed over for later, removes a file."""
        if not path or " " in path:
            return False
        if self._remove.calls(path) or path.rpartition(".")[2] in self._removers:
            return True
        for entity in self._program.resolver.walk(function, path).objects:
            if isinstance(entity, External) and self._remove.calls(entity.name):
                return True
            if isinstance(entity, Function) and self._removing.of(entity):
                return True
        return False

    def _removes_itself(self, function: Function) -> bool | None:
        return any(self._removes_given(function, site.call) for site in function.summary.calls) or None

    def _hands_on(self, function: Function) -> Iterator[Function]:
        """Yield what a function always calls with something that it was handed; a method without more, on its own object."""
        given = _handed(function)
        own = "" if given else own_name(function)
        for site in function.summary.calls:
            call = site.call
            is_handed = mentions([*call.args, *(value for _, value in call.keywords)], given) or (
                own and call.func.rpartition(".")[0] == own
            )
            if is_handed and _always_runs(function, site.guards):
                yield from (one for one in self._program.resolver.walk(function, call.func).objects if isinstance(one, Function))


def is_moved(function: Function, names: set[str]) -> bool:
    """Whether the file is moved to its place when it is complete: written beside it, then renamed."""
    return _move(function, names) is not None


def destination(function: Function, path: Expr | None, line: int = 0) -> Expr | None:
    """Return where a file that is written at `line` is moved to when it is complete, None if it stays where it is written."""
    call = _move(function, names_of(function, path), line)
    if call is None:
        return None
    return next(iter(call.args[1:2] if call.func.rpartition(".")[0] in _MOVERS else call.args[:1]), None)


def _move(function: Function, names: set[str], line: int = 0) -> Call | None:
    for site in function.summary.calls:
        if site.call.line < line:
            continue
        prefix, _, method = site.call.func.rpartition(".")
        if method not in _MOVES or any(function.summary.guards[index].kind == "except" for index in site.guards):
            continue  # what is moved back where writing failed
        is_text = len(site.call.args) + len(site.call.keywords) > 1  # `text.replace(old, new)`; the method of a path takes one
        if (prefix in names and not is_text) or (prefix in _MOVERS and site.call.args and names_and_texts(site.call.args[0]) in names):
            return site.call
    return None


def _handed(function: Function) -> set[str]:
    """Return the parameters of a function but its object, and the names of what is made from them."""
    given = {*function.params} - {own_name(function)}
    bindings = [(name, binding.value) for name, bound in function.locals.items() for binding in bound]
    before = -1
    while before < len(given):
        before = len(given)
        given.update(name for name, value in bindings if mentions([value], given))
    return given


def mentions(exprs: Iterable[Expr | None], names: set[str]) -> bool:
    """Whether one of the names is a part of a path in the expressions."""
    return any(not names.isdisjoint(re.split(r"[ .\[\]()]", names_and_texts(expr))) for expr in exprs)


def answers_with(function: Function, names: set[str], answers: frozenset[str]) -> bool:
    """Whether the function hands a file that bears one of the names to a call that answers with files."""
    calls = [site.call for site in function.summary.calls if site.call.func.rpartition(".")[2] in answers]
    return any(mentions([*call.args, *(value for _, value in call.keywords)], names) for call in calls)


def _is_archive(function: Function, path: Expr | None) -> bool:
    """Whether a local name is what `shutil.make_archive(folder, "zip", folder)` gives."""
    bindings = function.locals.get(path.path, ()) if isinstance(path, Ref) else ()
    return any(_makes_archive(one.value) for one in bindings)


def _makes_archive(expr: Expr | None) -> bool:
    return isinstance(expr, Call) and expr.func.rpartition(".")[2] == "make_archive"


def names_of(function: Function, path: Expr | None) -> set[str]:
    """The path itself, as it is written or named: not what it is built from."""
    bindings = [binding for bound in function.locals.values() for binding in bound]
    if not isinstance(path, Ref):
        written = names_and_texts(path)
        return {written, *(binding.name for binding in bindings if names_and_texts(binding.value) == written)}
    head = path.path.partition(".")[0]
    aliases = {binding.value.path for binding in function.locals.get(head, ()) if isinstance(binding.value, Ref)}
    further = {binding.name for binding in bindings if isinstance(binding.value, Ref) and binding.value.path == path.path}
    return ({path.path, head} | aliases | further) - {own_name(function)}


def _always_runs(function: Function, guards: tuple[int, ...]) -> bool:
    """Whether a removal is part of every run: not only of the failing ones, not only of some."""
    around = [function.summary.guards[index] for index in guards]
    if any(guard.kind == "finally" for guard in around):
        return True
    return not any(guard.kind in ("except", "case") or (guard.kind in ("if", "else") and not _asks_for_file(guard)) for guard in around)


@lru_cache(maxsize=4096)
def _asks_for_file(guard: Guard) -> bool:
    """`if os.path.exists(path)`; asked again for each call below it."""
    return any("exist" in name or name.rpartition(".")[2] in ("isfile", "is_file", "isdir", "is_dir") for name in names_in(guard.test))
