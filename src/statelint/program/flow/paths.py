"""Where the path of a file comes from: what an expression is a path below of, step by step, through the whole program.

A path is followed to its base: of `os.path.join(folder, name)`, `folder / name` and `f"{folder}/{name}"` to `folder`, of a name to
what it is bound to, of a parameter to what callers hand in, of an attribute to what is kept there, of a helper to what it returns
or yields. Each expression of a function is gone through once, so what leads back to itself ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Display, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Expr

_MOST: Final = 200
"""Expressions behind one path: a helper that everybody calls has many callers. What lies beyond leaves the answer open."""


Arrival = Literal["", "handed", "returned", "kept", "entered"]
"""How a path comes from one function into the next: as an argument of its caller, as a result (and all that a result is made from),
from a place that lasts, or for the time of a `with` block or of one request."""


class PathNode(NamedTuple):
    """An expression that a path is, or lies below, with the function to read it in."""

    function: Function
    expr: Expr
    how: Arrival = ""
    """How it came out of that function; the same for all that it is made from there."""


class PathFlow:
    """Follows paths to where they come from, in one program."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._programs = resolver.vocabulary.role("child-process")
        self._known: dict[PathNode, tuple[PathNode, ...]] = {}

    def all_of(self, function: Function, expr: Expr) -> tuple[list[PathNode], bool]:
        """Return a path and everything that it may be a path below of, nearest first, and whether that is all."""
        found = [PathNode(function, expr)]
        seen = {*found}
        for node in found:  # grows while it is gone through
            for step in self.bases(node):
                if step not in seen:
                    if len(found) >= _MOST:
                        return found, False
                    seen.add(step)
                    found.append(step)
        return found, True

    def is_always(self, function: Function, expr: Expr, holds: Callable[[PathNode], bool | None]) -> bool:
        """Whether a question is answered with yes on every way back from a path, and with no nowhere before; None leaves it open."""
        pending = [PathNode(function, expr)]
        seen = {*pending}
        answered = False
        for node in pending:  # grows while it is gone through
            answer = holds(node)
            answered = answered or answer is True
            if answer is None:
                bases = self.bases(node)
                if not bases or len(seen) + len(bases) > _MOST:
                    return False
                fresh = [base for base in bases if base not in seen]
                seen.update(fresh)
                pending += fresh
            elif not answer:
                return False
        return answered

    def bases(self, node: PathNode) -> tuple[PathNode, ...]:
        """Return what an expression is made from, or lies below, one step back; nothing where that is not known, or is a text."""
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = tuple(dict.fromkeys(base for base in self._bases(node) if base.expr != Const(None)))
        return found

    def _bases(self, node: PathNode) -> Iterator[PathNode]:
        function, expr, how = node
        match expr:
            case Ref(path):
                yield from self._of_path(function, path, how)
            case Call():
                yield from self._of_called(function, expr.func, expr, how)
            case Template(head, parts):
                if not head and parts:
                    yield PathNode(function, parts[1] if len(parts) > 1 and _is_placeholder(parts[0]) else parts[0], how)
            case Either(_, options):
                yield from (PathNode(function, option, how) for option in options)
            case Display(kind="tuple" | "list", items=items):
                # the texts among them are as often words of a command
                yield from (PathNode(function, item, how) for item in items if not isinstance(item, Const))

    # -- names

    def _of_path(self, function: Function, path: str, how: Arrival) -> Iterator[PathNode]:
        prefix, step = split(path)
        if not step:
            yield from self._of_name(function, path, how)
        elif step == "()":
            made = [site.call for site in function.summary.calls if site.call.func == prefix]
            yield from self._of_called(function, prefix, made[0] if len(made) == 1 else None, how)
        else:
            found = [*self._kept(function, path, prefix, step)]
            if found:
                yield from found
            elif prefix != "?":
                yield PathNode(function, Ref(prefix), how)  # `path.parent`, `file.name`, `parts[0]`

    def _of_name(self, function: Function, name: str, how: Arrival) -> Iterator[PathNode]:
        scope: Function | None = function
        while scope is not None and not scope.is_body:
            if name in scope.params or name in scope.locals:
                for binding in scope.locals.get(name, ()):
                    yield PathNode(scope, binding.value, "entered" if binding.how == "with" else how)
                if name in scope.params:
                    yield from self._handed_in(scope, name, "returned" if how == "returned" else "handed")
                return
            scope = scope.parent
        for place in self._resolver.walk(function, name).places:
            if not place.inner and place.location.kind == "global":
                yield from (PathNode(*value, "kept") for value in self._resolver.values_of(place.location))

    def _handed_in(self, function: Function, name: str, how: Arrival) -> Iterator[PathNode]:
        """Yield what a parameter is given: by callers, by a framework that calls what the default names, by the default itself."""
        param = function.params[name]
        if name == own_name(function):
            return
        outer = function.parent or function
        for call in _calls_in(param.default, param.annotation):
            for arg in (*call.args, *(value for _, value in call.keywords)):
                for entity in self._resolver.walk(outer, arg.path).objects if isinstance(arg, Ref) else ():
                    if isinstance(entity, Function):
                        yield from (PathNode(entity, returned, "entered") for returned in entity.summary.returns)
        if isinstance(param.default, (Ref, Template, Const)):
            yield PathNode(outer, param.default, "kept")
        for caller, expr in self._resolver.flows.arguments.get(function, {}).get(name, ()):
            if caller.module.part != "test":
                yield PathNode(caller, expr, how)

    def _kept(self, function: Function, path: str, prefix: str, step: str) -> Iterator[PathNode]:
        """Yield what is kept in an attribute or entry of the project, and what a property returns."""
        for place in self._resolver.walk(function, path).places:
            if not place.inner and place.location.kind != "parameter":
                yield from (PathNode(*value, "kept") for value in self._resolver.values_of(place.location))
        for entity in self._resolver.walk(function, prefix).objects if step[0] == "." else ():
            cls = entity.cls if isinstance(entity, Instance) else entity if isinstance(entity, Class) else None
            method = cls.find_method(step[1:]) if cls is not None else None
            if method is not None and method.summary.decorators:
                yield from (PathNode(method, returned, "returned") for returned in method.summary.returns)

    # -- calls

    def _of_called(self, function: Function, called: str, call: Call | None, how: Arrival) -> Iterator[PathNode]:
        objects = self._resolver.walk(function, called).objects
        own = [entity for entity in objects if isinstance(entity, (Function, Class))]
        for entity in own:
            if isinstance(entity, Function):
                yield from (
                    PathNode(entity, returned, "entered" if how == "entered" else "returned") for returned in entity.summary.returns
                )
            elif any(base.startswith("pathlib.") for base in entity.external_bases) and call is not None:
                yield from (PathNode(function, arg, how) for arg in call.args[:1])
        if own or any(isinstance(one, External) and self._programs.calls(one.name) for one in objects):
            return  # what another program prints has nothing to do with how it is called
        receiver, step = split(called)
        made = any(isinstance(one, ExternalValue) for one in self._resolver.walk(function, receiver).objects) if step else False
        if step[:1] == "." and (made or not any(isinstance(entity, External) for entity in objects)):
            inner = [one for one in _inside_of(function, call) if one.func == receiver.removesuffix("()")] if call is not None else []
            yield from (PathNode(function, one, how) for one in (*inner, *(() if inner else (Ref(receiver),))))
        elif call is not None and call.args:
            yield PathNode(function, call.args[0], how)


def _inside_of(function: Function, call: Call) -> Iterator[Call]:
    """Yield the calls of a function that stand on the lines of a call: `Path(text).resolve()` is one on the result of another."""
    for site in function.summary.calls:
        if site.call is not call and call.line <= site.call.line <= call.end_line:
            yield site.call


def own_name(function: Function) -> str:
    """Return what a method calls its object, or its class; "" in a function or a static method."""
    if function.owner is None or not function.summary.params or Ref("staticmethod") in function.summary.decorators:
        return ""
    return function.summary.params[0].name


def _is_placeholder(part: Expr) -> bool:
    """Whether a template begins with what is put in: `"%s/x" % folder`."""
    return isinstance(part, Const) and isinstance(part.value, str) and part.value.startswith(("%s", "{"))


def _calls_in(*exprs: Expr | None) -> Iterator[Call]:
    """Yield the calls in the default and the annotation of a parameter: `Depends(scratch)`, `Annotated[Path, Depends(scratch)]`."""
    pending = list(exprs)
    while pending:
        one = pending.pop()
        if isinstance(one, Call):
            yield one
        elif isinstance(one, Display):
            pending += one.items
