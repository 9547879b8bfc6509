"""Which functions a call is given to run: by themselves, through wrappers and local names, as parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.inspect.arguments import written_path
from statelint.inspect.traversal import reached
from statelint.program.names.nodes import Function, Instance
from statelint.survey.summary import Call, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.program import Program
    from statelint.survey.summary import CallSite, Expr

CALLBACK_KEYWORDS: Final = ("target", "function", "func", "fn", "callback", "coro", "task")
_WRAPPERS: Final = frozenset({"partial", "wrap", "shield", "ensure_future", "create_task"})


class Callables:
    """Finds the functions that expressions stand for."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def targets(self, function: Function, call: Call) -> Iterator[Function]:
        """Yield the functions that a start hands over: `create_task(loop())`, `Thread(target=loop)`, `submit(self.work, 1)`."""
        for expr in (*call.args, *(value for key, value in call.keywords if key in CALLBACK_KEYWORDS)):
            yield from self.named(function, expr)

    def named(self, function: Function, expr: Expr) -> Iterator[Function]:
        """Yield the functions that an expression stands for, through wrappers and local names."""
        for scope, part in reached([(function, expr)], self._behind):
            yield from self._functions(scope, part)

    def _functions(self, function: Function, expr: Expr) -> Iterator[Function]:
        path = "" if _is_wrapper(expr) else written_path(expr)
        for entity in self._program.resolver.walk(function, path).objects if path else ():
            if isinstance(entity, Function):
                yield entity
            elif isinstance(entity, Instance) and isinstance(expr, Ref):
                method = entity.cls.find_method("__call__")
                if method is not None:
                    yield method
        scope = function.parent
        if isinstance(expr, Ref) and scope is not None and expr.path in scope.params and not scope.is_body:  # what a decorator wraps
            yield from (edge.caller for edge in self._program.graph.callers.get(function, ()) if edge.kind == "wraps")

    def _behind(self, at: tuple[Function, Expr]) -> Iterable[tuple[Function, Expr]]:
        """Return the first argument of a wrapper, or what a name that is no function was bound to: `coro = work()`."""
        function, expr = at
        if isinstance(expr, Call):
            return [(function, arg) for arg in expr.args[:1]] if _is_wrapper(expr) else []
        if not isinstance(expr, Ref) or any(self._functions(function, expr)):
            return []
        return [(function, binding.value) for binding in function.locals.get(expr.path, ())]


def _is_wrapper(expr: Expr) -> bool:
    """Whether a call gives its argument to be run: `partial(work, 1)`, `shield(work())`."""
    return isinstance(expr, Call) and expr.func.rpartition(".")[2] in _WRAPPERS


def arguments_of(call: Call) -> tuple[Expr, ...]:
    """Return the arguments of a call, by position and by keyword."""
    return (*call.args, *(value for _, value in call.keywords))


def site_with_argument(caller: Function, expr: Expr) -> CallSite | None:
    """Return the call that has this very expression among its arguments."""
    return next((site for site in caller.summary.calls if any(given is expr for given in arguments_of(site.call))), None)


def run_parameters(function: Function, call: Call) -> Iterator[str]:
    """Yield the parameters that are themselves what is started: `create_task(target())`, `Thread(target=run)`."""
    for expr in (*call.args[:1], *(value for key, value in call.keywords if key in CALLBACK_KEYWORDS)):
        path = written_path(expr)
        if path in function.params and path not in ("self", "cls"):
            yield path


def passed_parameters(function: Function, call: Call) -> Iterator[str]:
    """Yield the parameters of a function that it hands over to be run: `Thread(target=run, args=(target,))`, `create_task(coro)`."""
    for expr in arguments_of(call):
        for part in expr.items if isinstance(expr, Display) else (expr,):
            path = written_path(part)
            if path in function.params and path not in ("self", "cls"):
                yield path
