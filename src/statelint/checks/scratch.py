"""Files that nobody needs when the call is over: removed again, or inside a temporary directory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.checks.naming import describe
from statelint.program.nodes import External, Function
from statelint.survey.summary import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.checks.file_paths import FilePaths
    from statelint.program.program import Program
    from statelint.survey.summary import CallSite, Expr

_CALLERS: Final = 8
_DEPTH: Final = 2
_MOVES: Final = ("replace", "rename", "move", "renames")


class Scratch:
    """Judges whether a written file stays."""

    def __init__(self, program: Program, paths: FilePaths) -> None:
        self._program = program
        self._paths = paths
        vocabulary = program.vocabulary
        self._remove = vocabulary.role("remove-file")
        self._buffers = vocabulary.role("buffer")
        self._passing = vocabulary.role("passing-file")
        self._removers = vocabulary.words("removing-call")
        self._no_file = vocabulary.pattern("no-file")
        self._temporary = vocabulary.pattern("temporary-path")

    def is_scratch(self, function: Function, path: Expr | None, depth: int = 0) -> str:
        """Return why the file is gone, or means nothing, when the call is over; "" if it stays."""
        names = set(self._paths.names_in(function, path))
        if any(name in self._buffers or self._no_file.search(name) for name in names):
            return "written to memory or to a stream"
        if any(name in self._passing for name in names):
            return "inside a temporary directory of this call"
        own = {name for name in names if "." not in name and (name in function.locals or name in function.params)}
        same = _names_of(function, path)
        if is_moved(function, same):
            return ""
        if self._is_removed(function, same, own):
            return "removed again by the same function"
        if own and self._is_removed_by_caller(function, own):
            return "removed by the caller"
        if any(self._is_scratch_of_callers(function, name, depth) for name in own & set(function.params)):
            return "the caller removes it, or made it in a temporary directory"
        return ""

    def _is_scratch_of_callers(self, function: Function, parameter: str, depth: int) -> bool:
        reach = self._program.reach["serving"]
        handed = self._program.resolver.arguments.get(function, {}).get(parameter, ())
        served = [(caller, expr) for caller, expr in handed if caller in reach]
        return bool(served) and depth < _DEPTH and all(self.is_scratch(caller, expr, depth + 1) for caller, expr in served)

    def may_be_scratch(self, function: Function, path: Expr | None) -> bool:
        """Whether some of those who hand the path in, through any number of functions, have made it in a temporary directory."""
        handed = any(name.partition(".")[0] in function.params for name in self._paths.names_in(function, path))
        return handed and any(self._temporary.search(name) for _, name in self._paths.sources(function, path))

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
        for edge in self._program.graph.callers.get(function, ())[:_CALLERS]:
            if edge.caller not in self._program.reach["serving"]:
                continue
            summary = edge.caller.summary
            bound = [{site.bound} for site in summary.calls if site.bound and site.call.line == edge.line]
            unpacked = {binding.name for binding in summary.bindings if binding.line == edge.line}
            if any(names and self._is_removed(edge.caller, names) for names in (*bound, unpacked)):
                return True
        return False

    def _is_removed(self, function: Function, names: set[str], folders: Iterable[str] = ()) -> bool:
        """Whether the function, or one handed to it as clean-up, removes the path, or a folder around it."""
        plain = {name for name in names if not name.startswith("'")}
        inner = (child for children in function.children.values() for child in children if isinstance(child, Function))
        return any(self._removes(scope, site, plain, set(folders)) for scope in (function, *inner) for site in scope.summary.calls)

    def _removes(self, function: Function, site: CallSite, names: set[str], folders: set[str]) -> bool:
        if not _always_runs(function, site.guards):
            return False
        call = site.call
        texts = [describe(arg) for arg in call.args]
        handed = {*texts, *" ".join(texts).split()}
        prefix, _, method = call.func.rpartition(".")
        if folders & handed and call.func.endswith(("rmtree", "cleanup")):
            return True
        if method in ("cleanup", "unlink", "rmtree") and prefix in names:
            return True
        if not (names & handed or prefix in names or prefix.removesuffix("()") in names):
            return False
        removers = (call.func, *(text for arg, text in zip(call.args, texts, strict=True) if isinstance(arg, Ref)))
        return any(self._is_removal(function, path) for path in removers)

    def _is_removal(self, function: Function, path: str) -> bool:
        """Whether a called path, or a function handed over for later, removes a file."""
        if not path or " " in path:
            return False
        if self._remove.calls(path) or path.rpartition(".")[2] in self._removers:
            return True
        for entity in self._program.resolver.walk(function, path).entities:
            if isinstance(entity, External) and self._remove.calls(entity.name):
                return True
            if isinstance(entity, Function) and any(self._remove.calls(site.call.func) for site in entity.summary.calls):
                return True
        return False


def is_moved(function: Function, names: set[str]) -> bool:
    """Whether the file is moved to its place when it is complete: written beside it, then renamed."""
    for site in function.summary.calls:
        prefix, _, method = site.call.func.rpartition(".")
        if method not in _MOVES:
            continue
        if prefix in names or (prefix in ("os", "shutil", "file_move") and site.call.args and describe(site.call.args[0]) in names):
            return True
    return False


def mentions(exprs: Iterable[Expr | None], names: set[str]) -> bool:
    """Whether one of the names is a part of a path in the expressions."""
    return any(not names.isdisjoint(re.split(r"[ .\[\]()]", describe(expr))) for expr in exprs)


def _names_of(function: Function, path: Expr | None) -> set[str]:
    """The path itself, as it is written or named: not what it is built from."""
    bindings = [binding for bound in function.locals.values() for binding in bound]
    if not isinstance(path, Ref):
        written = describe(path)
        return {written, *(binding.name for binding in bindings if describe(binding.value) == written)}
    head = path.path.partition(".")[0]
    aliases = {binding.value.path for binding in function.locals.get(head, ()) if isinstance(binding.value, Ref)}
    further = {binding.name for binding in bindings if isinstance(binding.value, Ref) and binding.value.path == path.path}
    return {path.path, head} | aliases | further


def _always_runs(function: Function, guards: tuple[int, ...]) -> bool:
    """Whether a removal is part of every run: not only of the failing ones, not only of some."""
    kinds = [function.summary.guards[index] for index in guards]
    if any(guard.kind == "finally" for guard in kinds):
        return True
    return not any(guard.kind in ("except", "case") or (guard.kind in ("if", "else") and "exist" not in guard.text) for guard in kinds)
