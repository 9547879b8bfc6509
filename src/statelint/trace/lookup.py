"""Find what a person means by a name or by a place in a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError
from statelint.program.names.nodes import Class, Function, Instance, Location, Module
from statelint.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.nodes import PointsTo
    from statelint.program.program import Program

Subject = Location | Function | Class
_QUOTED: Final = re.compile(r"\[(['\"])(.*?)\1\]")
_HELP: Final = "name a global, an attribute (`JobStore._jobs`), a function, a class, or a place (`app/stores.py:5`)"


def subjects_named(query: str, program: Program) -> list[Subject]:
    """Return everything that a qualified name, or a suffix of one, stands for: cells first.

    Raises:
        StatelintError: there is nothing of that name.
    """
    wanted = _QUOTED.sub(r"[\2]", query.strip()).removesuffix("()")
    wanted = wanted if "<lambda" in wanted else wanted.replace(":", ".")
    index = _index(program)
    found = _matching(wanted, index) or _followed(wanted, index, program)
    if found:
        return found
    raise StatelintError(f"no cell, function or class is called {query!r}{_suggestion(wanted, index)}", help=_HELP)


def _matching(wanted: str, index: dict[str, list[Subject]]) -> list[Subject]:
    exact = index.get(wanted)
    if exact:
        return exact
    by_suffix = [subject for name, subjects in index.items() if name.endswith(f".{wanted}") for subject in subjects]
    # a name that says more than is known: the folder that the application is imported from
    longer = [subject for name, subjects in index.items() if "." in name and wanted.endswith(f".{name}") for subject in subjects]
    return by_suffix or longer


def _index(program: Program) -> dict[str, list[Subject]]:
    """Return every subject by qualified name; cells stand first."""
    index: dict[str, list[Subject]] = {}
    for subject in _subjects(program):
        known = index.setdefault(qualified(subject), [])
        if subject not in known:
            known.append(subject)
    return index


def _subjects(program: Program) -> Iterator[Subject]:
    yield from (cell.location for cell in program.cells)
    for key in program.resolver.flows.application:
        yield Location("application", None, key)
    for module in sorted(program.modules.values(), key=lambda module: module.path):
        for name in (*module.body.locals, *module.body.global_writes):
            yield Location("global", module, name)
        for cls in module.classes.values():
            yield cls
            for name in (*cls.bindings, *cls.attribute_writes):
                holder = next((base for base in reversed(cls.lineage) if name in base.bindings or name in base.attribute_writes), cls)
                yield Location("attribute", holder, name)
        yield from (function for function in module.functions.values() if not function.is_body)


def qualified(subject: Subject) -> str:
    """Return the name that is unique in the project."""
    return subject.qualified if isinstance(subject, Location) else f"{subject.module.name}.{subject.name}"


def _followed(wanted: str, index: dict[str, list[Subject]], program: Program) -> list[Subject]:
    """Follow a path from a name that is known: `api.store._jobs`, where `store` is imported into `api`."""
    parts = wanted.split(".")
    for count in range(len(parts) - 1, 0, -1):
        head, rest = ".".join(parts[:count]), ".".join(parts[count:])
        for module in program.modules.values():
            if module.name == head or module.name.endswith(f".{head}"):
                found = _meant(program.resolver.walk(module.body, rest))
                if found:
                    return found
        for subject in _matching(head, index):
            if isinstance(subject, Location) and isinstance(subject.owner, Module):
                found = _meant(program.resolver.walk(subject.owner.body, f"{subject.name}.{rest}"))
                if found:
                    return found
    return []


def _meant(view: PointsTo) -> list[Subject]:
    kept = [place.location for place in view.places if not place.inner and place.location.kind not in ("local", "parameter")]
    found: list[Subject] = [location for location in kept if _exists(location)]
    named = (entity.cls if isinstance(entity, Instance) else entity for entity in view.objects)
    return found or [entity for entity in named if isinstance(entity, (Function, Class))]


def _exists(location: Location) -> bool:
    """Whether anything is bound to a place: attributes of instances are given out for every name."""
    owner = location.owner
    if isinstance(owner, Class):
        return any(location.name in cls.bindings or location.name in cls.attribute_writes for cls in owner.lineage or [owner])
    return not isinstance(owner, Module) or location.name in owner.body.locals or location.name in owner.body.global_writes


def _suggestion(wanted: str, index: Iterable[str]) -> str:
    """Return the nearest name, compared by as many of its last parts as were given."""
    count = wanted.count(".") + 1
    tails: dict[str, str] = {}
    for name in index:
        tails.setdefault(".".join(name.split(".")[-count:]), name)
    near = nearest(wanted, tails) or nearest(wanted.rpartition(".")[2], tails)
    return f"; did you mean {tails[near]!r}?" if near else ""


def subjects_at(path: str, line: int, program: Program) -> list[Subject]:
    """Return what stands on a line of a file: cells made or changed there, else the function or class around it.

    Raises:
        StatelintError: the file is not part of the project, or nothing that can be traced stands there.
    """
    module = next((module for module in program.modules.values() if module.path == path), None)
    if module is None:
        near = nearest(path, [known.path for known in program.modules.values()])
        raise StatelintError(
            f"{path} is not among the files that were read" + (f"; did you mean {near!r}?" if near else ""),
            help="`statelint check --show-files` lists them",
        )
    found = _made_or_changed_at(module, line, program.cells) or _bound_at(module, line) or _around(module, line)
    if not found:
        raise StatelintError(f"{path}:{line}: no cell, function or class stands here", help=_HELP)
    return found


def _made_or_changed_at(module: Module, line: int, cells: Iterable[Cell]) -> list[Subject]:
    found: dict[Subject, None] = {}
    for cell in cells:
        places = [(origin.function, origin.line, origin.end_line) for origin in cell.origins]
        places += [(access.function, access.line, access.end_line) for access in (*cell.writes, *cell.reads)]
        if any(function.module is module and first <= line <= last for function, first, last in places):
            found[cell.location] = None
    return list(found)


def _bound_at(module: Module, line: int) -> list[Subject]:
    """Names and attributes that are bound on a line but are no cells: nothing changes them, or they do not live long."""
    found: dict[Subject, None] = {}
    for name, bindings in module.body.locals.items():
        if any(binding.line <= line <= binding.end_line for binding in bindings):
            found[Location("global", module, name)] = None
    for cls in module.classes.values():
        for name, bindings in cls.bindings.items():
            if any(binding.line <= line <= binding.end_line for binding in bindings):
                found[Location("attribute", cls, name)] = None
        for name, writes in cls.attribute_writes.items():
            if any(write.line <= line <= write.end_line for _, write in writes):
                found[Location("attribute", cls, name)] = None
    return list(found)


def _around(module: Module, line: int) -> list[Subject]:
    inside: list[Function | Class] = [*module.functions.values(), *module.classes.values()]
    inside = [one for one in inside if one.summary.line <= line <= one.summary.end_line and one is not module.body]
    smallest = min(inside, key=lambda one: one.summary.end_line - one.summary.line, default=None)
    return [] if smallest is None else [smallest]
