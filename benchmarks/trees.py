"""Trees of a given size, made of one pinned application, and the modules in them whose change is measured."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.artefacts import Artefact, unpacked

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION = Artefact(
    "apache-superset",
    "6.1.0",
    "wheel",
    "apache_superset-6.1.0-py3-none-any.whl",
    "4b5886b2d6389a32df790aeae2532ad72529bce1af93b6edf2d1b2a8bf658748",
)
PACKAGE = "superset"
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b[ \t(]*([\w, \t]*)|import[ \t]+([\w.]+))", re.MULTILINE)


class Tree(NamedTuple):
    """A project on disk."""

    folder: Path
    lines: int
    files: int
    leaf: Path
    """A module that no other imports, of middle size."""
    core: Path
    """The module that most others import."""


def tree(size: int, work: Path) -> Tree:
    """Make a project of about `size` lines: the application's modules in the order of their paths, then copies under further names."""
    source = unpacked(APPLICATION, work) / PACKAGE
    folder = work / f"tree-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    lines = copy = 0
    while lines < size and copy < 100:
        copy += 1
        name = PACKAGE if copy == 1 else f"{PACKAGE}_{copy}"
        lines += _copied(source, folder / name, name, size - lines)
    files = sorted(folder.rglob("*.py"))
    times = _imported(folder, files)
    alone = [
        file
        for file in files
        if not times[file] and file.name != "__init__.py" and "migrations" not in file.parts and b"\ndef " in file.read_bytes()
    ]
    leaf = sorted(alone, key=lambda file: (file.stat().st_size, str(file)))[len(alone) // 2]
    core = max((file for file in files if file.name != "__init__.py"), key=lambda file: (times[file], str(file)))
    return Tree(folder, lines, len(files), leaf, core)


def _copied(source: Path, target: Path, name: str, most: int) -> int:
    """Copy whole files until there are `most` lines, and return how many there are; the package calls itself by its new name."""
    lines = 0
    word = re.compile(rf"\b{PACKAGE}\b".encode())
    for file in sorted(source.rglob("*.py")):
        if lines >= most:
            break
        content = file.read_bytes()
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content if name == PACKAGE else word.sub(name.encode(), content))
        lines += content.count(b"\n")
    return lines


def _imported(folder: Path, files: list[Path]) -> Counter[Path]:
    """Count in how many files each module is imported."""
    names = {}
    for file in files:
        parts = file.relative_to(folder).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    found: Counter[Path] = Counter()
    for file in files:
        wanted: set[str] = set()
        for module, members, plain in _IMPORT.findall(file.read_text(encoding="utf-8", errors="replace")):
            wanted |= {plain or module, *(f"{module}.{member.strip().partition(' ')[0]}" for member in members.split(","))}
        found.update({names[name] for name in wanted if name in names})
    return found


def changed(file: Path, number: int) -> None:
    """Change a module in a way that means nothing, each time another."""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.partition("\n# measured: ")[0] + f"\n# measured: {number}\n_MEASURED = {number}\n", encoding="utf-8")
