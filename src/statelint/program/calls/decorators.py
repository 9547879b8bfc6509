"""What decorators put around functions, and what is called by a name that is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import Class, External, Function, Instance, Module
from statelint.survey.summary import Call, Display, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.names.resolver import Resolver

_HANDLERS: Final = frozenset({"get", "post", "put", "delete", "patch", "head", "options", "dispatch_request"})
_LISTS: Final = ("decorators", "method_decorators")
"""Class attributes by which views name decorators for all their handlers."""
_LEAST_HEAD: Final = 2
_NAMED_ARGUMENTS: Final = 2


class Decoration(NamedTuple):
    """A decorator of the project is called with what it decorates, where that is defined."""

    scope: Function
    decorator: Function
    line: int
    name: str
    """What is decorated, as its scope calls it."""


def decorations(functions: Iterable[Function], resolver: Resolver) -> Iterator[Decoration]:
    """Yield every use of a decorator of the project, on functions and then on the classes of their modules."""
    functions = list(functions)
    for function in functions:
        yield from decorations_of(function, resolver)
    for module in dict.fromkeys(function.module for function in functions):
        for cls in module.classes.values():
            yield from decorations_of_class(cls, resolver)


def decorations_of(function: Function, resolver: Resolver) -> Iterator[Decoration]:
    """Yield what a function is decorated with."""
    name = function.name if function.owner is not None else function.name.rpartition(".")[2]
    scope = function.owner.scope if function.owner is not None else function.parent or function
    yield from _applied(function.summary.decorators, scope, name, function.summary.line, resolver)


def decorations_of_class(cls: Class, resolver: Resolver) -> Iterator[Decoration]:
    """Yield what a class is decorated with."""
    yield from _applied(cls.summary.decorators, cls.scope, cls.name, cls.summary.line, resolver)


def _applied(decorators: Iterable[Expr], scope: Function, name: str, line: int, resolver: Resolver) -> Iterator[Decoration]:
    for decorator in decorators:
        path = decorator.path if isinstance(decorator, Ref) else decorator.func + "()" if isinstance(decorator, Call) else ""
        for entity in resolver.walk(scope, path).objects if path else ():
            if isinstance(entity, Function):
                yield Decoration(scope, entity, line, name)


def wrappers_of(function: Function, resolver: Resolver) -> Iterator[Function]:
    """Yield what runs around a function: what its decorators return in its place."""
    for decorator in (*function.summary.decorators, *_of_class(function)):
        path = decorator.path if isinstance(decorator, Ref) else decorator.func if isinstance(decorator, Call) else ""
        for entity in resolver.walk(function.parent or function, path).objects if path else ():
            if isinstance(entity, Function):
                yield from _returned(entity, resolver, called=isinstance(decorator, Call))
            elif isinstance(entity, (Class, Instance)):
                cls = entity if isinstance(entity, Class) else entity.cls
                method = cls.find_method("__call__")
                if method is not None:
                    yield from (method, *nested(method))


def callers_inside(function: Function, resolver: Resolver) -> Iterator[tuple[Function, int]]:
    """Yield what calls a function in its decorators, and where, if they leave the function in its place.

    `def endpoint(f): @app.route("/x") def view(): return f() ...; return f` registers the view and leaves `f` as it is; a decorator
    may also call what it decorates at once, or start a thread for it. What it puts in the function's place calls the function on
    behalf of whoever calls the name, and is told by `wrappers_of`.
    """
    for decoration in decorations_of(function, resolver):
        decorator = decoration.decorator
        params = decorator.summary.params[1 if decorator.owner is not None else 0 :]
        if not params:
            continue
        name = params[0].name
        leaves = all(isinstance(expr, Ref) and expr.path == name for expr in decorator.summary.returns)
        for inner in (decorator, *nested(decorator)):
            if not leaves and not _is_registered(inner, resolver):
                continue  # it puts something else in the place
            if inner is decorator or not _binds(inner, name):
                yield from ((inner, line) for line in _calls_of(inner, name, resolver))


def _is_registered(function: Function, resolver: Resolver) -> bool:
    """Whether a decorator of a library makes an entry point of a function, which then calls all that it stands for."""
    for decorator in function.summary.decorators:
        path = decorator.func if isinstance(decorator, Call) else decorator.path if isinstance(decorator, Ref) else ""
        for entity in resolver.walk(function.parent or function, path).objects if path else ():
            if isinstance(entity, External) and entity.name in resolver.vocabulary.registrations:
                return True
    return False


def _binds(function: Function, name: str) -> bool:
    return name in function.params or name in function.locals


def _calls_of(function: Function, name: str, resolver: Resolver) -> Iterator[int]:
    """Yield where a function calls a name, or hands it to a library to be called."""
    starts = resolver.vocabulary.role("task-start")
    for site in function.summary.calls:
        call = site.call
        given = (*call.args, *(value for _, value in call.keywords))
        if call.func == name:
            yield call.line
        elif any(isinstance(expr, Ref) and expr.path == name for expr in given):
            callees = resolver.walk(function, call.func).objects
            if any(isinstance(callee, External) and starts.calls(callee.name) for callee in callees):
                yield call.line


def _of_class(function: Function) -> Iterator[Expr]:
    """Yield the decorators that a view names for its handlers: `decorators = [login_required]`."""
    if function.owner is None or function.name.rpartition(".")[2] not in _HANDLERS:
        return
    for cls in function.owner.lineage:
        for binding in (binding for name in _LISTS for binding in cls.bindings.get(name, ())):
            if isinstance(binding.value, Display):
                yield from binding.value.items


def _returned(decorator: Function, resolver: Resolver, *, called: bool) -> list[Function]:
    """Return what a decorator, or what the call of one, puts in a function's place; what only registers it puts nothing there."""
    inside = list(nested(decorator))
    returned = resolver.returned(decorator).objects
    outer = [one for one in returned if isinstance(one, Function) and one in inside]
    if called:
        return [inner for one in outer for inner in _returned(one, resolver, called=False)] if outer else inside
    return outer if returned else inside


def nested(function: Function) -> Iterator[Function]:
    """Yield the functions that are defined in a function, at any depth."""
    for children in function.children.values():
        for child in children:
            if isinstance(child, Function):
                yield child
                yield from nested(child)


def named_by_head(function: Function, call: Call, resolver: Resolver) -> Iterator[Function]:
    """Yield what `getattr(self, f"on_{event}")` may name: the methods of the class, or functions of the module, with that head."""
    if call.func != "getattr" or len(call.args) < 2:
        return
    owner, name = call.args[:2]
    if not isinstance(owner, Ref) or not isinstance(name, Template) or len(name.head) < _LEAST_HEAD:
        return
    found: dict[str, Function] = {}
    for entity in resolver.walk(function, owner.path).objects:
        if isinstance(entity, Module):
            found |= {key: one for key, one in entity.functions.items() if one.parent is entity.body and one.owner is None}
        elif isinstance(entity, (Class, Instance)):
            cls = entity if isinstance(entity, Class) else entity.cls
            for base in reversed((*cls.lineage, *cls.subclasses)):
                found |= base.methods
    yield from (one for key, one in found.items() if key.startswith(name.head))


def named_by_variable(function: Function, call: Call, resolver: Resolver) -> Iterator[Function]:
    """Yield what `getattr(self.scheduler, method)(...)` may call: any public method of the object, as the request says."""
    if len(call.args) != _NAMED_ARGUMENTS or not isinstance(call.args[0], Ref) or not isinstance(call.args[1], Ref):
        return
    if not any(site.call.func == "getattr()" and site.call.line == call.line for site in function.summary.calls):
        return
    for entity in resolver.walk(function, call.args[0].path).objects:
        if isinstance(entity, Instance):
            named = {key: one for base in reversed(entity.cls.lineage) for key, one in base.methods.items() if not key.startswith("_")}
            yield from named.values()
