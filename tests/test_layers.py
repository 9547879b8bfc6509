"""The import contract: no import upwards or sideways between the layers, no circle of modules or of rooms."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
from tests.layers import HOUSE, PROGRAM, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parents[1]
SOURCES: Final = ROOT / "src"
FLOORS: Final = {"statelint": HOUSE, "statelint.program": PROGRAM}
"""The layers of each package that has any."""


class Import(NamedTuple):
    """One import of a module of the house by another."""

    importer: str
    imported: str
    place: str
    """`path:line`."""


def modules_of(sources: Path) -> dict[str, Path]:
    """Return every module below a folder by its dotted name; a package is its `__init__`."""
    found = {}
    for path in sorted(sources.rglob("*.py")):
        name = ".".join(path.relative_to(sources).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


def imports_of(sources: Path) -> list[Import]:
    """Return every import between modules below a folder: at the top, inside functions, for type checkers alone."""
    modules = modules_of(sources)
    found = []
    for name, path in modules.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                place = f"{path.relative_to(sources.parent)}:{node.lineno}"
                targets = {target for text in _named(node, package) if (target := _module(text, modules)) not in ("", name)}
                found += [Import(name, target, place) for target in sorted(targets)]
    return found


def _named(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    parts = package.split(".")
    base = ".".join((*parts[: len(parts) - node.level + 1], *([node.module] if node.module else []))) if node.level else node.module
    yield from (f"{base}.{alias.name}" for alias in node.names)


def _module(text: str, modules: Mapping[str, Path]) -> str:
    """Return the module that an imported name is, or is in; "" for one of another distribution."""
    while text and text not in modules:
        text = text.rpartition(".")[0]
    return text


def broken(imports: Iterable[Import], floors: Mapping[str, tuple[tuple[str, ...], ...]]) -> list[str]:
    """Return a line for each import that does not lead down, and for each module that stands in no layer."""
    found = []
    for package, layers in floors.items():
        level = {room: number for number, layer in enumerate(layers) for room in layer}
        for one in imports:
            above, below = _room(one.importer, package), _room(one.imported, package)
            if not above or not below or above == below:
                continue
            missing = [room for room in (above, below) if room not in level]
            if missing:
                found.append(f"{one.place}: {package}.{missing[0]} stands in no layer")
            elif level[below] >= level[above]:
                where = f"layer {level[below]} ({', '.join(layers[level[below]])})"
                found.append(f"{one.place}: {one.importer} of layer {level[above]} imports {one.imported} of {where}")
    return found


def _room(module: str, package: str) -> str:
    """Return the part of a package that a module belongs to; "" for the package itself and for what is outside."""
    return module.removeprefix(f"{package}.").partition(".")[0] if module.startswith(f"{package}.") else ""


def circles(edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one node, each in order."""
    below: dict[str, set[str]] = defaultdict(set)
    for above, under in edges:
        below[above].add(under)
    reached = {node: _reached(node, below) for node in list(below)}
    found = {tuple(sorted({node, *(other for other in reached[node] if node in reached.get(other, ()))})) for node in reached}
    return [list(circle) for circle in sorted(found) if len(circle) > 1]


def _reached(start: str, below: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = below.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


def rooms(imports: Iterable[Import], packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the edges between the parts of each package: its folders, and the modules that stand in it."""
    for one in imports:
        for package in packages:
            above, below = _room(one.importer, package), _room(one.imported, package)
            if above and below and above != below:
                yield f"{package}.{above}", f"{package}.{below}"


@cache
def house() -> tuple[Import, ...]:
    """Return the imports of statelint itself."""
    return tuple(imports_of(SOURCES))


def test_imports_lead_down() -> None:
    found = broken(house(), FLOORS)
    assert not found, "\n".join(found)


def test_every_room_stands_in_a_layer() -> None:
    for package, layers in FLOORS.items():
        there = {room for module in modules_of(SOURCES) if (room := _room(module, package))}
        assert there <= {room for layer in layers for room in layer}, package


def test_no_circle_of_modules() -> None:
    assert not circles((one.importer, one.imported) for one in house())


def test_no_circle_of_rooms() -> None:
    packages = [name for name, path in modules_of(SOURCES).items() if path.name == "__init__.py"]
    assert not circles(rooms(house(), packages))


def test_the_page_draws_the_same_layers() -> None:
    page = " ".join((ROOT / "docs" / "architecture.md").read_text().split())
    for layers in FLOORS.values():
        assert sentence(layers) in page


# -- the contract itself


@pytest.mark.parametrize(
    ("source", "line", "imported"),
    [
        ("from house.attic import trunk", 1, "house.attic"),
        ("import house.attic", 1, "house.attic"),
        ("from .attic import trunk", 1, "house.attic"),
        ("from . import attic", 1, "house.attic"),
        ("def f():\n    from house import attic", 2, "house.attic"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.loft.beam import Beam", 3, "house.loft.beam"),
    ],
)
def test_an_import_upwards_breaks_it(tmp_path: Path, source: str, line: int, imported: str) -> None:
    _built(tmp_path, {"cellar.py": source, "attic.py": "import house.cellar", "loft/__init__.py": "", "loft/beam.py": ""})
    found = broken(imports_of(tmp_path / "src"), {"house": (("cellar",), ("attic", "loft"))})
    assert found == [f"src/house/cellar.py:{line}: house.cellar of layer 0 imports {imported} of layer 1 (attic, loft)"]


def test_imports_downwards_and_from_elsewhere_keep_it(tmp_path: Path) -> None:
    _built(tmp_path, {"cellar.py": "import json\nfrom house import name", "attic.py": "from house.cellar import shelf"})
    assert broken(imports_of(tmp_path / "src"), {"house": (("cellar",), ("attic",))}) == []


def test_a_room_without_a_layer_breaks_it(tmp_path: Path) -> None:
    _built(tmp_path, {"cellar.py": "from house.shed import door", "shed.py": ""})
    assert broken(imports_of(tmp_path / "src"), {"house": (("cellar",),)}) == ["src/house/cellar.py:1: house.shed stands in no layer"]


def test_an_import_between_rooms_of_one_layer_breaks_it(tmp_path: Path) -> None:
    _built(tmp_path, {"attic.py": "", "loft/__init__.py": "", "loft/beam.py": "from house.attic import trunk"})
    found = broken(imports_of(tmp_path / "src"), {"house": (("attic", "loft"),)})
    assert found == ["src/house/loft/beam.py:1: house.loft.beam of layer 0 imports house.attic of layer 0 (attic, loft)"]


def test_circles_are_found(tmp_path: Path) -> None:
    _built(
        tmp_path,
        {
            "hall.py": "import house.wing.door",
            "wing/__init__.py": "",
            "wing/door.py": "",
            "wing/lamp.py": "import house.hall",
            "a.py": "import house.b",
            "b.py": "import house.c",
            "c.py": "def f():\n    import house.a",
            "d.py": "import house.a",
        },
    )
    found = imports_of(tmp_path / "src")
    assert circles((one.importer, one.imported) for one in found) == [["house.a", "house.b", "house.c"]]
    assert circles(rooms(found, ["house", "house.wing"])) == [["house.a", "house.b", "house.c"], ["house.hall", "house.wing"]]


def _built(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in {"__init__.py": "", **files}.items():
        target = folder / "src" / "house" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text))
