"""Methods that a decorator has marked, and that are looked for by the mark: `if hasattr(member, "command")`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import Class, Function, Instance, PointsTo
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.interface import Resolver

_ASKING: Final = frozenset({"hasattr", "getattr"})
_NAMED: Final = 2
"""The arguments of `hasattr(member, "command")`."""


def marked_members(resolver: Resolver, function: Function, owner: PointsTo) -> PointsTo:
    """Return the methods of an object that bear one of the marks that a function asks for, whatever names it looks at.

    A mark is an attribute that a decorator gives to what it decorates, `method.command = name`.
    """
    classes = [entity.cls if isinstance(entity, Instance) else entity for entity in owner.objects if isinstance(entity, (Class, Instance))]
    marks = _asked_for(function) if classes else frozenset()
    if not marks:
        return PointsTo()
    family = dict.fromkeys(base for cls in classes for base in (*cls.lineage, *cls.descendants()))
    methods = (method for cls in family for method in cls.methods.values() if method.summary.decorators)
    return PointsTo(tuple(method for method in methods if not marks.isdisjoint(_marks_of(resolver, method))))


def _asked_for(function: Function) -> frozenset[str]:
    """The attributes that a function asks its local names for."""
    summary = function.summary
    names = {path.rpartition(".")[2] for path in summary.loads if path.count(".") == 1 and path.partition(".")[0] in function.locals}
    for site in summary.calls:
        args = site.call.args
        if site.call.func in _ASKING and len(args) >= _NAMED and isinstance(args[1], Const) and isinstance(args[1].value, str):
            names.add(args[1].value)
    return frozenset(names)


def _marks_of(resolver: Resolver, method: Function) -> Iterator[str]:
    scope = method.owner.scope if method.owner is not None else method.module.body
    for decorator in method.summary.decorators:
        path = decorator.func if isinstance(decorator, Call) else decorator.path if isinstance(decorator, Ref) else ""
        for entity in resolver.walk(scope, path).objects if path else ():
            if isinstance(entity, Function):
                yield from _given(entity)


def _given(decorator: Function) -> Iterator[str]:
    """The attributes that a decorator gives to what it is handed, in the function that it returns too."""
    pending: list[Function | Class] = [decorator]
    for one in pending:  # grows while it is gone through
        if isinstance(one, Function):
            pending += [child for children in one.children.values() for child in children]
            for write in one.summary.writes:
                holder, _, name = write.target.rpartition(".")
                if holder in one.params:
                    yield name
            for site in one.summary.calls:
                args = site.call.args
                if site.call.func == "setattr" and len(args) > _NAMED and isinstance(args[1], Const) and isinstance(args[1].value, str):
                    yield args[1].value
