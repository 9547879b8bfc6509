"""Which requests lead to a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from statelint.program.calls.callgraph import Edge
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program


def requests_leading_to(
    functions: Iterable[Function], program: Program, ignored: Callable[[Edge], bool] = lambda _: False
) -> dict[Function, int]:
    """Return for some functions, and for all that lead to them, the requests from which they are called.

    A set of requests is a number: each bit stands for one entry point of a request or a socket, so that thousands of
    routes that share a helper cost little. What calls a handler, such as a decorator around it, comes from no other
    request, and guessed calls and those that `ignored` names lead nowhere. A function that no request leads to has 0.
    """
    handlers: dict[Function, int] = {}
    for index, point in enumerate(program.entry_points.points):
        if point.role in ("request", "websocket"):
            handlers[point.function] = handlers.get(point.function, 0) | 1 << index
    callers: dict[Function, list[Function]] = {}
    order = list(_callers_first(functions, callers, handlers, lambda one: _calling(one, program, ignored)))
    found = dict.fromkeys(order, 0) | {function: handlers[function] for function in order if function in handlers}
    changed = True
    while changed:  # a second time for circles, and for each circle that leads into another one
        changed = False
        for function in order:
            before = after = found[function]
            for caller in callers[function]:
                after |= found[caller]
            if after != before:
                found[function], changed = after, True
    return found


def _calling(function: Function, program: Program, ignored: Callable[[Edge], bool]) -> list[Function]:
    return [edge.caller for edge in program.graph.callers.get(function, ()) if edge.kind != "guess" and not ignored(edge)]


def _callers_first(
    functions: Iterable[Function],
    callers: dict[Function, list[Function]],
    handlers: Mapping[Function, int],
    further: Callable[[Function], list[Function]],
) -> Iterator[Function]:
    """Yield the functions and all that leads to them, callers before callees where there is no circle; note who calls each."""

    def calling(function: Function) -> list[Function]:
        return [] if function in handlers else further(function)

    for start in functions:
        if start in callers:
            continue
        callers[start] = calling(start)
        path = [(start, iter(callers[start]))]
        while path:
            function, pending = path[-1]
            caller = next((one for one in pending if one not in callers), None)
            if caller is None:
                yield function
                path.pop()
            else:
                callers[caller] = calling(caller)
                path.append((caller, iter(callers[caller])))
