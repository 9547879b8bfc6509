"""A program made of a dict of files, and short names for what is found in it."""

from __future__ import annotations

from functools import cache
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from statelint.discover.files import Part, SourceFile
from statelint.model import KnownVariable
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Module, Query, StateBag, Super, Wrapped
from statelint.program.program import Program, build_program
from statelint.rulebook.load import Rulebook, load_rulebook
from statelint.survey.module import survey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from _pytest.mark import ParameterSet

    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.nodes import AbstractObject, PointsTo


@cache
def book() -> Rulebook:
    """Return the shipped rules, read once."""
    return load_rulebook()


def program(
    files: Mapping[str, str] | str,
    *,
    parts: Mapping[str, Part] | None = None,
    entry_points: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Program:
    """Link files by path; a lone text is `app.py`. Every file is part of the application unless `parts` says otherwise.

    `environment` is what the deployment sets.
    """
    given = {"app.py": files} if isinstance(files, str) else files
    linked = []
    for path in sorted(given):
        summary = survey(dedent(given[path]).encode())
        assert not summary.error, f"{path}: {summary.error}"
        linked.append((_source(path, (parts or {}).get(path, "app")), summary))
    known = {name: KnownVariable(value, "compose.yaml", 1) for name, value in (environment or {}).items()}
    return build_program(linked, book(), entry_points, environment=known)


def _source(path: str, part: Part) -> SourceFile:
    is_package = path.endswith("__init__.py")
    name = path.removesuffix("/__init__.py" if is_package else ".py").replace("/", ".")
    return SourceFile(path, name, part, is_package)


def function(found: Program, name: str) -> Function:
    """Return a function by `module:dotted.name`; `module:` is the module's body, a name alone is looked for in `app`."""
    module, _, inner = name.rpartition(":")
    functions = found.modules[module or "app"].functions
    return functions[inner or "<module>"]


def objects(view: PointsTo) -> list[str]:
    """Return what a view stands for, as text."""
    return [label(entity) for entity in view.objects]


def label(entity: AbstractObject) -> str:
    """Return `module:name` for what is the project's own, `<name>` for an instance, `name` and `name()` for a library's."""
    match entity:
        case Module():
            return f"{entity.name}:"
        case Function() | Class():
            return f"{entity.module.name}:{entity.name}"
        case Instance():
            return f"<{entity.cls.name}>"
        case Super() | Query():
            return f"{type(entity).__name__.lower()}({entity.cls.name})"
        case External():
            return entity.name
        case ExternalValue():
            return f"{entity.name}()"
        case StateBag():
            return f"[{entity.name}]"
        case Wrapped():
            return f"wrapped({label(entity.inner)})"


def stands_for(files: Mapping[str, str] | str, path: str, where: str = "app:") -> list[str]:
    """Return what an access path stands for in a function."""
    found = program(files)
    return objects(found.resolver.walk(function(found, where), path))


def cells(found: Program) -> dict[str, Cell]:
    """Return the cells by qualified name."""
    return {cell.qualified: cell for cell in found.cells}


def edges(found: Program, name: str) -> list[str]:
    """Return whom a function calls, with the kind of each edge that is not a plain call."""
    made = found.graph.edges.get(function(found, name), [])
    return [f"{label(edge.callee)}{'' if edge.kind == 'call' else f' {edge.kind}'}" for edge in made]


def cases(text: str) -> list[ParameterSet]:
    """Return the parameters (files, expected lines) of a table of cases.

    `## title` begins a case, `-- path` a file (the first is `app.py` where no path is given), and each `=> line` is expected.
    """
    found = []
    for block in dedent(text).strip().split("\n## "):
        title, _, rest = block.removeprefix("## ").partition("\n")
        files: dict[str, str] = {}
        expected: list[str] = []
        path = "app.py"
        for line in rest.split("\n"):
            if line.startswith("-- "):
                path = line.removeprefix("-- ")
                files.setdefault(path, "")
            elif line.startswith("=>"):
                expected += [line.removeprefix("=>").strip()] if line != "=>" else []
            else:
                files[path] = f"{files.get(path, '')}{line}\n"
        found.append(pytest.param(files, expected, id=title.strip()))
    return found
