"""Values that belong to each process by nature: clients, pools, compiled things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import bound_values
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance
from statelint.survey.summary import Call, Either, Ref

if TYPE_CHECKING:
    from statelint.program.names.nodes import AbstractObject
    from statelint.program.program import Program
    from statelint.survey.summary import Expr

_OF_THE_PROCESS: Final = ("per-process", "metrics", "connection-pool", "request-local", "buffer")


class Handles:
    """Tells what values are, by the models of the libraries that make them."""

    def __init__(self, program: Program) -> None:
        self._resolver = program.resolver
        self._vocabulary = program.vocabulary
        self._lifetimes = program.lifetimes

    def is_handle(self, function: Function, expr: Expr | None) -> bool:
        """Whether a value is a thing of the process itself; an object of the project that keeps one may keep other things too."""
        if self.has_role(function, expr, *_OF_THE_PROCESS):
            return True
        made = self._resolver.value(function, expr).objects if isinstance(expr, (Ref, Call, Either)) else ()
        names = [name for one in made if isinstance(one, (ExternalValue, Instance)) for name in _names_of(one)]
        return any(self._vocabulary.is_application(name, is_made=True) for name in names)

    def has_role(self, function: Function, expr: Expr | None, *roles: str) -> bool:
        """Whether a value, or what makes it, plays one of the roles."""
        if not isinstance(expr, (Ref, Call, Either)):
            return False
        names = [name for entity in self._resolver.value(function, expr).objects for name in _names_of(entity)]
        for call in (one for one in bound_values(function, expr) if isinstance(one, Call)):
            names.extend(self._resolver.library_names(function, call.func))
        return any(self._vocabulary.role(role).calls(name) for name in names for role in roles)

    def is_callback(self, function: Function, expr: Expr | None) -> bool:
        """Whether a value is code that each process has by itself: functions, methods of what lives as long, or a record of one.

        A function that a request defines, and a method of what it has made, belong to that request.
        """
        if isinstance(expr, Ref) and (made := [one for one in bound_values(function, expr) if isinstance(one, Call)]):
            return all(self._is_record(function, call) for call in made)
        if isinstance(expr, Call):
            return self._is_record(function, expr)
        objects = self._resolver.value(function, expr).objects if isinstance(expr, Ref) else ()
        found = [one for one in objects if not (isinstance(one, ExternalValue) and one.name.endswith(".Callable"))]  # declared as one
        return bool(found) and all(isinstance(one, Function) and self._is_of_process(one) for one in found)

    def _is_of_process(self, function: Function) -> bool:
        if function.owner is not None:
            return self._lifetimes.holder(function.owner) is not None
        return function.parent is None or function.parent.is_body

    def _is_record(self, function: Function, made: Call) -> bool:
        """`Listener(event, callback)`: an object that is handed a callback, and nothing else but names."""
        if not any(isinstance(one, Class) for one in self._resolver.walk(function, made.func).objects):
            return False
        given = [expr for expr in (*made.args, *(value for _, value in made.keywords)) if isinstance(expr, (Ref, Call))]
        called = [expr for expr in given if any(isinstance(one, Function) for one in self._resolver.value(function, expr).objects)]
        return bool(called) and all(self.is_callback(function, expr) for expr in called)

    def is_only(self, function: Function, expr: Expr | None, role: str) -> bool:
        """Whether a value can only be what calls of library names with a role give, directly or through local names."""
        calls: list[Call] = []
        names: dict[str, None] = {}
        pending = [expr]
        while pending:
            one = pending.pop()
            if isinstance(one, Call):
                calls.append(one)
            elif not isinstance(one, Ref) or one.path not in function.locals:
                return False
            elif one.path not in names:  # `a = b`, `b = a` says nothing more
                names[one.path] = None
                pending.extend(binding.value for binding in function.locals[one.path])
        known = self._vocabulary.role(role)
        views = [self._resolver.walk(function, call.func).objects for call in calls]
        return bool(views) and all(
            any(isinstance(one, (External, ExternalValue)) and known.calls(one.name) for one in view) for view in views
        )


def _names_of(entity: AbstractObject) -> list[str]:
    if isinstance(entity, (ExternalValue, External)):
        return [entity.name]
    return list(entity.cls.external_bases) if isinstance(entity, Instance) else []
