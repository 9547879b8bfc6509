"""Readers of the files that name dependencies; each yields (requirement, line), lines from 1.

A reader raises ValueError with a plain message where the file is not what its name says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from statelint.discover.requirement import Requirement, constraint, normalised, parse
from statelint.files.toml import parse_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LOCK_LINE: Final = re.compile(r"""^(?:(?P<table>\[.*)|(?P<key>name|version)\s*=\s*["'](?P<value>[^"']+)["'])""")
_CONDA_LINE: Final = re.compile(r"\s+-\s+(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*)\s*([=<>~!].*)?$")


_WORD: Final = re.compile(r"[\w.-]+")
_MOST_LINES: Final = 200
"""Of those that hold one word; what is asked for stands on one of the first."""


def lock_file(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read uv.lock, poetry.lock, pdm.lock and pylock.toml: every `[[package]]` with its name and version.

    They are long and machine-written, so their lines are scanned instead of parsed as TOML.
    """
    inside, keys, line_of_name = False, dict[str, str](), 0
    for number, line in enumerate(text.splitlines(), 1):
        match = _LOCK_LINE.match(line)
        if match is None:
            continue
        if match["table"]:
            inside, keys = match["table"].rstrip() in ("[[package]]", "[[packages]]"), {}
        elif inside:
            keys[match["key"]] = match["value"]
            line_of_name = number if match["key"] == "name" else line_of_name
            if len(keys) == 2:
                yield Requirement(normalised(keys["name"]), keys["version"], exact=True), line_of_name
                inside = False


def pipfile_lock(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read Pipfile.lock; the default group before the development group."""
    import msgspec  # noqa: PLC0415 - beside its only use

    try:
        content = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"not valid JSON: {error}") from error
    lines = _Lines(text)
    for group in ("default", "develop"):
        for name, entry in _table(content.get(group)).items():
            version, exact = constraint(str(_table(entry).get("version", "")))
            yield Requirement(normalised(name), version, exact), lines.find(name)


def requirements(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read a requirements or constraints file."""
    for number, line in _joined(text):
        if line and not line.startswith(("#", "-")):
            requirement = parse(line)
            if requirement is not None:
                yield requirement, number


def included(text: str) -> Iterator[str]:
    """Yield the files that a requirements file includes with `-r` or `-c`."""
    for _, line in _joined(text):
        match = re.match(r"(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)", line)
        if match:
            yield match[1]


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of the first line, stripped text) of each logical line."""
    begin, joined = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        begin = begin or number
        joined += line.rstrip().removesuffix("\\")
        if not line.rstrip().endswith("\\"):
            yield begin, joined.strip()
            begin, joined = 0, ""
    if joined:
        yield begin, joined.strip()


def pyproject(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read the dependencies of pyproject.toml: the standard tables, poetry's and pdm's."""
    content = parse_toml(text)
    lines = _Lines(text)
    project, tool = _table(content.get("project")), _table(content.get("tool"))
    lists = [
        project.get("dependencies"),
        *_table(project.get("optional-dependencies")).values(),
        *_table(content.get("dependency-groups")).values(),
        *_table(_table(tool.get("pdm")).get("dev-dependencies")).values(),
    ]
    for entry in (entry for entries in lists if isinstance(entries, list) for entry in entries):
        requirement = parse(entry) if isinstance(entry, str) else None
        if requirement is not None:
            yield requirement, lines.find(entry.strip())
    poetry = _table(tool.get("poetry"))
    groups = [_table(group).get("dependencies") for group in _table(poetry.get("group")).values()]
    for table in [poetry.get("dependencies"), poetry.get("dev-dependencies"), *groups]:
        yield from _name_to_version(_table(table), lines)


def pipfile(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read Pipfile."""
    content = parse_toml(text)
    lines = _Lines(text)
    for group in ("packages", "dev-packages"):
        yield from _name_to_version(_table(content.get(group)), lines)


def _name_to_version(table: dict[str, Any], lines: _Lines) -> Iterator[tuple[Requirement, int]]:
    for name, entry in table.items():
        if name != "python":
            text = _table(entry).get("version", "") if isinstance(entry, dict) else entry
            version, exact = constraint(text) if isinstance(text, str) else ("", False)
            yield Requirement(normalised(name), version, exact), lines.find(name)


def setup_cfg(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read install_requires and the extras of setup.cfg."""
    import configparser  # noqa: PLC0415 - rarely needed

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error).replace("\n", " ")) from error
    values = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        values += [value for _, value in parser.items("options.extras_require")]
    yield from _in_text((line.strip() for value in values for line in value.splitlines()), _Lines(text))


def setup_py(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read install_requires and the extras of setup.py, as far as they are written out; nothing is executed."""
    import ast  # noqa: PLC0415 - rarely needed

    from statelint.survey.parse import parsed  # noqa: PLC0415 - as above

    try:
        tree = parsed(text)
    except (SyntaxError, RecursionError, MemoryError) as error:  # the last two for what is nested too deeply
        raise ValueError(f"not valid Python: {error}") from error
    lists = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("install_requires", "extras_require"):
            value = lists.get(node.value.id, node.value) if isinstance(node.value, ast.Name) else node.value
            for constant in ast.walk(value):
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                    requirement = parse(constant.value)
                    if requirement is not None and not _is_extra(constant, value):
                        yield requirement, constant.lineno


def _is_extra(constant: object, value: object) -> bool:
    """Tell whether a string is the name of an extra: a key of the mapping."""
    return constant in getattr(value, "keys", ())


def environment(text: str) -> Iterator[tuple[Requirement, int]]:
    """Read conda's environment.yml with its pip part."""
    for number, line in enumerate(text.splitlines(), 1):
        match = _CONDA_LINE.match(line.split(" #")[0])
        if match and match[1] not in ("pip", "python"):
            # conda: name=version=build; pip: name==version
            specifier = re.sub(r"(?<![=<>~!])=([^=]+)=.*", r"=\1", match[2] or "")
            yield Requirement(normalised(match[1]), *constraint(specifier)), number


READERS: Final[tuple[tuple[str, int, Callable[[str], Iterable[tuple[Requirement, int]]]], ...]] = (
    (r"(uv|poetry|pdm)\.lock|pylock(\..+)?\.toml", 0, lock_file),
    (r"Pipfile\.lock", 0, pipfile_lock),
    (r".*\.(txt|in)", 1, requirements),
    (r"environment\.ya?ml", 2, environment),
    (r"pyproject\.toml", 3, pyproject),
    (r"Pipfile", 3, pipfile),
    (r"setup\.cfg", 3, setup_cfg),
    (r"setup\.py", 3, setup_py),
)
"""File name, rank (what is pinned by a tool comes before what a person asks for), reader."""


class _Lines:
    """Finds the line on which something is written, by its first word, so that thousands of names take no longer than one."""

    def __init__(self, text: str) -> None:
        self._by_word: dict[str, list[tuple[int, str]]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            for word in dict.fromkeys(_WORD.findall(line)):
                found = self._by_word.setdefault(word, [])
                if len(found) < _MOST_LINES:
                    found.append((number, line))

    def find(self, text: str) -> int:
        word = _WORD.search(text)
        quoted = re.compile(rf"(?<![\w.-]){re.escape(text)}(?![\w.-])")
        candidates = self._by_word.get(word[0], ()) if word else ()
        return next((number for number, line in candidates if quoted.search(line)), 1)


def _in_text(entries: Iterable[str], lines: _Lines) -> Iterator[tuple[Requirement, int]]:
    for entry in entries:
        requirement = parse(entry) if entry and not entry.startswith("#") else None
        if requirement is not None:
            yield requirement, lines.find(entry)


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
