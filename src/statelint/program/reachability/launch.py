"""What starts a server: the start-up of each instance begins there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.program.calls.callgraph import is_main_guarded
from statelint.program.names.nodes import External, Function
from statelint.program.routing.points import EntryPoint
from statelint.survey.summary import Call, Const, Display, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.calls.callgraph import CallGraph, Edge
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Expr, Guard

_WORD: Final = re.compile(r"[^\s/]+(?=\s|\Z)")
_PYTHON: Final = re.compile(r"python[0-9.]*\Z")
SERVER_START: Final = "server start"
"""What such an entry point is called in a route."""
DAEMON: Final = "python -m "
"""What the text of an entry point begins with that is a program of its own, and does not end."""
_OUTSIDE: Final = frozenset({"test", "migration"})


def launchers(functions: Iterable[Function], graph: CallGraph, resolver: Resolver) -> list[EntryPoint]:
    """Return the functions that start a server of the project's own accord, and what calls them.

    A server is started by a call (`uvicorn.run(app)`), by handing that on (`Process(target=uvicorn.run)`), or as a program
    (`os.execvp("gunicorn", ...)`).
    """
    serve = resolver.vocabulary.role("serve")
    pending = [call.function for name in sorted(graph.library_calls) if name in serve for call in graph.library_calls[name]]
    pending += [function for function in functions if _hands_on(function, resolver)]
    pending += _running_programs(graph, resolver)
    found: dict[Function, EntryPoint] = {}
    while pending:
        function = pending.pop()
        if function in found or function.is_body or function.module.part in _OUTSIDE:
            continue
        found[function] = EntryPoint(function, "startup", SERVER_START)
        pending.extend(edge.caller for edge in graph.callers.get(function, ()) if edge.kind == "call" or _is_started(edge, resolver))
    return sorted(found.values(), key=lambda point: (point.function.module.path, point.function.summary.line))


def _is_started(edge: Edge, resolver: Resolver) -> bool:
    """Whether a function is handed to a thread or process: `Thread(target=serve)`."""
    starts = resolver.vocabulary.role("task-start")
    sites = (site for site in edge.caller.summary.calls if edge.kind == "callback" and site.call.line == edge.line)
    return any(starts.calls(name) for site in sites for name in resolver.library_names(edge.caller, site.call.func))


def daemons(functions: Iterable[Function], serving: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Return the functions that a module runs as a program of its own, and that do not end: processes beside the server.

    `if __name__ == "__main__": main()`, where `main` goes round for ever and starts no server.
    """
    servers = {point.function for point in serving}
    found: dict[Function, EntryPoint] = {}
    for body in functions:
        if not body.is_body or body.module.part not in ("app", "command"):
            continue
        for site in body.summary.calls:
            name = site.call.func
            children = body.children.get(name, ()) if is_main_guarded(body, site.guards) else ()
            for function in children:
                if isinstance(function, Function) and function not in servers and _goes_on(function):
                    found[function] = EntryPoint(function, "job", f"{DAEMON}{body.module.name}")
    return list(found.values())


def _goes_on(function: Function) -> bool:
    """Whether a function goes round for ever: `while True` around calls, and no way out but an error."""
    unending = _unending(function)
    return any(unending.intersection(site.guards) for site in function.summary.calls)


def main_loops(serving: Iterable[EntryPoint], graph: CallGraph) -> list[EntryPoint]:
    """Return what a process goes on calling in its main thread while a thread of it serves.

    A loop without an end on the way to serving comes behind the start of the server, or nothing would ever be served.
    """
    pending = [point.function for point in serving]
    seen = set(pending)
    found: dict[Function, EntryPoint] = {}
    for function in pending:  # grows while it is gone through
        again = {site.call.line for index in _unending(function) for site in function.summary.calls if index in site.guards}
        for edge in graph.edges.get(function, ()):
            if edge.kind != "call" or edge.callee.module.part in _OUTSIDE:
                continue
            if edge.line in again:
                found.setdefault(edge.callee, EntryPoint(edge.callee, "background", f"the main loop, {function.name}"))
            elif edge.callee not in seen:
                seen.add(edge.callee)
                pending.append(edge.callee)
    return sorted(found.values(), key=lambda point: (point.function.module.path, point.function.summary.line))


def _unending(function: Function) -> set[int]:
    """The loops that nothing but an error ends."""
    guards = function.summary.guards
    endless = {index for index, guard in enumerate(guards) if is_endless(guard)}
    for leaving in function.summary.exits if endless else ():
        for index in endless.intersection(leaving.guards) if leaving.how in ("break", "return") else ():
            inner = leaving.guards[leaving.guards.index(index) + 1 :]
            if leaving.how == "return" or not any(guards[one].kind in ("while", "for") for one in inner):
                endless = endless - {index}
    return endless


def is_endless(guard: Guard) -> bool:
    """Whether a block is gone through again and again: `while True`."""
    return guard.kind == "while" and isinstance(guard.test, Const) and guard.test.value in (True, 1)


def _hands_on(function: Function, resolver: Resolver) -> bool:
    """Whether a function hands to another what starts a server."""
    serve = resolver.vocabulary.role("serve")
    for site in function.summary.calls:
        for given in (*site.call.args, *(value for _, value in site.call.keywords)):
            if isinstance(given, Ref) and "." in given.path and "(" not in given.path:
                found = resolver.walk(function, given.path).objects
                if any(isinstance(entity, External) and entity.name in serve for entity in found):
                    return True
    return False


def _running_programs(graph: CallGraph, resolver: Resolver) -> Iterator[Function]:
    runs, programs = resolver.vocabulary.role("child-process"), resolver.vocabulary.role("server-program")
    for name in sorted(graph.library_calls):
        if name in runs:
            for call in graph.library_calls[name]:
                if any(word.replace("-", "_") in programs for word in _first_words(call.site.call.args)):
                    yield call.function


def _first_words(args: Iterable[Expr]) -> Iterator[str]:
    """Yield the words by which a command may name its program: the first, and those behind `python -m`."""
    for arg in args:
        text = _text(arg)
        words = [match.group() for match in _WORD.finditer(text)]
        yield from words[:1]
        if words and (_PYTHON.match(words[0]) or words[0] == "-m") and "-m" in words[:-1]:
            yield words[words.index("-m") + 1]


def _text(expr: Expr) -> str:
    """Return a command as it is written, `?` for what is not known."""
    match expr:
        case Const(value=str() as value):
            return value
        case Display():
            return " ".join(_text(item) for item in expr.items)
        case Template():
            return expr.head or " ".join(_text(part) for part in expr.parts[:1])
        case Either():
            return _text(expr.options[0])
        case Ref(path="sys.executable"):
            return "python"
        case Ref() | Call():
            return "?"
    return "?"
