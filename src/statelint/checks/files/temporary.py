"""Files that nobody needs when the call is over: removed again, or inside a temporary directory."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import names_and_texts
from statelint.checks.common.transitive import Transitive
from statelint.program.fixpoint import Fixpoint
from statelint.program.names.conditions import names_in
from statelint.program.names.nodes import External, Function
from statelint.survey.summary import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.checks.files.path_sources import FilePaths
    from statelint.program.program import Program
    from statelint.survey.summary import Call, CallSite, Expr, Guard

_MOVES: Final = ("replace", "rename", "move", "renames")
_MOVERS: Final = ("os", "shutil", "file_move")


class TemporaryFiles:
    """Judges whether a written file stays."""

    def __init__(self, program: Program, paths: FilePaths) -> None:
        self._program = program
        self._paths = paths
        vocabulary = program.vocabulary
        self._remove = vocabulary.role("remove-file")
        self._buffers = vocabulary.role("buffer")
        self._passing = vocabulary.role("passing-file")
        self._removers = vocabulary.words("removing-call")
        self._answers = vocabulary.words("file-answer")
        self._no_file = vocabulary.pattern("no-file")
        self._temporary = vocabulary.pattern("temporary-path")
        self._removing = Transitive(self._removes_itself, self._hands_on)
        self._for_callers: Fixpoint[tuple[Function, str], bool] = Fixpoint(
            self._is_temporary_for_callers,
            lambda _: False,
            join=lambda old, new: old or new,
            same=lambda old, new: old == new,
            settle=bool,
            widen=bool,
        )

    def is_temporary(self, function: Function, path: Expr | None) -> str:
        """Return why the file is gone, or means nothing, when the call is over; "" if it stays."""
        names = set(self._paths.names_in(function, path))
        if any(name in self._buffers or self._no_file.search(name) for name in names):
            return "written to memory or to a stream"
        same = names_of(function, path)
        if is_moved(function, same):
            return ""
        if any(name in self._passing for name in names):
            return "inside a temporary directory of this call"
        own = {name for name in names if "." not in name and (name in function.locals or name in function.params)}
        if self._is_removed(function, same, own):
            return "removed again by the same function"
        if own and self._is_removed_by_caller(function, own):
            return "removed by the caller"
        if self._is_answered(function, path, same):
            return "what the same request is answered with"
        if any(self._for_callers.ask((function, name)) for name in own & set(function.params)):
            return "the caller removes it, or made it in a temporary directory"
        return ""

    def _is_answered(self, function: Function, path: Expr | None, names: set[str]) -> bool:
        """Whether the function answers with the file that it has just written, and nobody asks for it again."""
        if self._paths.reader(function, path) is not None:
            return False
        asked = [site.call for site in function.summary.calls if site.call.func.rpartition(".")[2] in ("exists", "is_file", "isfile")]
        if any(mentions([Ref(call.func), *call.args], names) for call in asked):
            return False  # an earlier request may have written it
        return answers_with(function, names, self._answers)

    def _is_temporary_for_callers(self, parameter: tuple[Function, str]) -> bool:
        """Whether everybody who hands in a path removes it again, or has made it in a temporary directory, however far up.

        A wrapper that calls whatever it was put around is nobody who does: it runs on behalf of those who call the name.
        """
        function, name = parameter
        reach = self._program.reach["serving"]
        callers = {edge.caller for edge in self._program.graph.callers.get(function, ()) if edge.caller in reach}
        handed = self._program.resolver.flows.arguments.get(function, {}).get(name, ())
        served = [(caller, expr) for caller, expr in handed if caller in callers]
        return bool(served) and all(self.is_temporary(caller, expr) for caller, expr in served)

    def may_be_temporary(self, function: Function, path: Expr | None) -> bool:
        """Whether some of those who hand the path in, through any number of functions, have made it in a temporary directory."""
        own = _own_name(function)
        handed = any((head := name.partition(".")[0]) in function.params and head != own for name in self._paths.names_in(function, path))
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
        for edge in self._program.graph.callers.get(function, ()):
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
        texts = [names_and_texts(arg) for arg in call.args]
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
        own = "" if given else _own_name(function)
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


def destination(function: Function, path: Expr | None) -> Expr | None:
    """Return where a file is moved to when it is complete, None if it stays where it is written."""
    call = _move(function, names_of(function, path))
    if call is None:
        return None
    return next(iter(call.args[1:2] if call.func.rpartition(".")[0] in _MOVERS else call.args[:1]), None)


def _move(function: Function, names: set[str]) -> Call | None:
    for site in function.summary.calls:
        prefix, _, method = site.call.func.rpartition(".")
        if method not in _MOVES:
            continue
        if prefix in names or (prefix in _MOVERS and site.call.args and names_and_texts(site.call.args[0]) in names):
            return site.call
    return None


def _own_name(function: Function) -> str:
    """Return what a method calls its object, "" in a function."""
    return function.summary.params[0].name if function.owner is not None and function.summary.params else ""


def _handed(function: Function) -> set[str]:
    """Return the parameters of a function but its object, and the names of what is made from them."""
    given = {*function.params} - {_own_name(function)}
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


def names_of(function: Function, path: Expr | None) -> set[str]:
    """The path itself, as it is written or named: not what it is built from."""
    bindings = [binding for bound in function.locals.values() for binding in bound]
    if not isinstance(path, Ref):
        written = names_and_texts(path)
        return {written, *(binding.name for binding in bindings if names_and_texts(binding.value) == written)}
    head = path.path.partition(".")[0]
    aliases = {binding.value.path for binding in function.locals.get(head, ()) if isinstance(binding.value, Ref)}
    further = {binding.name for binding in bindings if isinstance(binding.value, Ref) and binding.value.path == path.path}
    return ({path.path, head} | aliases | further) - {_own_name(function)}


def _always_runs(function: Function, guards: tuple[int, ...]) -> bool:
    """Whether a removal is part of every run: not only of the failing ones, not only of some."""
    around = [function.summary.guards[index] for index in guards]
    if any(guard.kind == "finally" for guard in around):
        return True
    return not any(guard.kind in ("except", "case") or (guard.kind in ("if", "else") and not _asks_for_file(guard)) for guard in around)


@lru_cache(maxsize=4096)
def _asks_for_file(guard: Guard) -> bool:
    """`if os.path.exists(path)`; asked again for each call below it."""
    return any("exist" in name for name in names_in(guard.test))
