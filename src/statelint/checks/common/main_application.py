"""Which of several applications a project is about: the one that is deployed, else one that is mounted on no other.

Nothing here depends on the file that an application stands in, only on the names under which it can be loaded; nor on the
number of its routes, so that a finding does not move to another application when a route is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import Class, Function, Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.inspect.context import Context
    from statelint.program.calls.callgraph import LibraryCall
    from statelint.program.names.nodes import Module
    from statelint.program.program import Program

_PARTS: Final = ("app", "settings")


def main_application(calls: Sequence[LibraryCall], context: Context) -> LibraryCall | None:
    """Return the call that makes the main application, None where there is none."""
    if len(calls) < 2:
        return calls[0] if calls else None
    program = context.program
    deployed = [named for app in _deployed(context) if (named := _named(app, program)) is not None]
    names = _Names(program)
    mounted = program.entry_points.mounted

    def order(call: LibraryCall) -> tuple[int, bool, tuple[bool, str], tuple[str, int, int]]:
        place = (call.function.module.path, call.site.call.line, call.site.call.column)
        return _rank(call, deployed, program), place in mounted, names.best(call), place

    return min(calls, key=order)


# -- what is deployed


def _deployed(context: Context) -> Iterator[str]:
    for process in context.deployment.processes if context.deployment is not None else ():
        if process.kind == "web" and process.stage == "production" and process.app:
            yield process.app


def _named(app: str, program: Program) -> tuple[Module, str] | None:
    """Return the module and the name that a server is told to load: `shop.main:app`, `shop.main`, `shop/main.py`."""
    name, _, attribute = app.partition(":")
    name = name.removesuffix(".py").strip("./").replace("/", ".")
    exact = program.modules.get(name)
    ends = [module for key, module in program.modules.items() if key.endswith(f".{name}")]
    module = exact or (ends[0] if len(ends) == 1 else None)
    return (module, attribute.removesuffix("()")) if module is not None else None


def _rank(call: LibraryCall, deployed: Iterable[tuple[Module, str]], program: Program) -> int:
    """0: a server loads it by name. 1: it is made on the way there. 2: nothing says that it is deployed."""
    place = _place(call)
    rank = 2
    for module, attribute in deployed:
        view = program.resolver.walk(module.body, attribute) if attribute.isidentifier() else None
        if view is not None and place is not None and any(each.location == place for each in view.places):
            return 0
        starts = [entity for entity in view.objects if isinstance(entity, Function)] if view is not None else []
        if call.function in _called_from([module.body, *starts], program):
            rank = 1
    return rank


def _called_from(starts: Iterable[Function], program: Program) -> set[Function]:
    pending = list(starts)
    found = set(pending)
    for function in pending:  # grows while it is gone through
        new = [edge.callee for edge in program.graph.edges.get(function, ()) if edge.kind == "call" and edge.callee not in found]
        found.update(new)
        pending += new
    return found


# -- the names under which it can be loaded


class _Names:
    """Under which names the modules of a program know what is defined elsewhere; read once for all applications."""

    def __init__(self, program: Program) -> None:
        self._known: dict[object, list[str]] = {}
        for module in program.modules.values():
            for name in self._imported(module) if module.part in _PARTS else ():
                view = program.resolver.walk(module.body, name)
                for known in (*view.objects, *(place.location for place in view.places if not place.inner)):
                    self._known.setdefault(known, []).append(f"{module.name}:{name}")

    @staticmethod
    def _imported(module: Module) -> Iterator[str]:
        for name, imports in module.body.imports.items():
            if any(imported.attr for imported in imports):
                yield name

    def best(self, call: LibraryCall) -> tuple[bool, str]:
        """Return the first public name, and before it whether there is none."""
        holder = _holder(call)
        own, known = f"{call.function.module.name}:{call.site.bound}", []
        if isinstance(holder, Location):
            own, known = f"{call.function.module.name}:{holder.name}", self._known.get(holder, [])
        elif holder is not None:
            own, known = f"{holder.module.name}:{holder.name}", self._known.get(holder, [])
        return min((_is_private(name), name) for name in (own, *known))


def _is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.replace(":", ".").split("."))


def _place(call: LibraryCall) -> Location | None:
    """Return the module's name that the application is bound to, if it is bound to one."""
    if call.function.is_body and call.site.bound.isidentifier():
        return Location("global", call.function.module, call.site.bound)
    return None


def _holder(call: LibraryCall) -> Location | Function | Class | None:
    """Return what another module would import to get at the application: its name, or the function or class that makes it."""
    if call.function.is_body:
        return _place(call)
    outer = call.function
    while outer.parent is not None and not outer.parent.is_body:
        outer = outer.parent
    return outer.owner or outer
