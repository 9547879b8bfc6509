"""One source of settings, a file, the environment or the options, checked against the shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from statelint.configuration.places import Path_
from statelint.errors import StatelintError
from statelint.suggest import did_you_mean

_TYPES: Final = {
    "array": "a list",
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "null": "nothing",
}
_ENTRY_POINT: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


class Layer(msgspec.Struct, frozen=True):
    """Settings from one source: `values` by their kebab-case keys, already of the right types."""

    values: dict[str, Any]
    base: Path
    """The folder that relative paths start from."""
    where: Callable[[Path_], str]
    """Say where a key, or a member of a list, was written: `pyproject.toml:12`, `--select`, `STATELINT_SELECT`."""
    is_file: bool = False
    """Whether it is a file, which the project brings with it: its paths stay below `base`."""


def checked(table: Mapping[str, Any], kind: type[msgspec.Struct], where: Callable[[Path_], str], title: str) -> dict[str, Any]:
    """Convert a table's values to the types of the struct's fields.

    Raises:
        StatelintError: an unknown key or a wrong value; the message begins with the place.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    values = {}
    for key, value in table.items():
        if key not in fields:
            message = f"{where((key,))}: unknown key {key!r} in {title}{did_you_mean(key, fields)}"
            raise StatelintError(message, help=_unknown_help(key))
        values[key] = _converted(key, value, fields[key].type, where)
    for number, name in enumerate(values.get("entry-points", ())):
        if not _ENTRY_POINT.fullmatch(name):
            message = f"{where(('entry-points', number))}: entry-points: {name!r} is no function's name"
            raise StatelintError(message, help="write module and function, divided by a colon: `app.hooks:on_message`")
    return values


def _unknown_help(key: str) -> str:
    if key == "tool":
        return "in statelint.toml the keys stand at the top, without `[tool.statelint]`"
    return "`statelint check --show-settings` lists every key"


def _converted(key: str, value: Any, kind: Any, where: Callable[[Path_], str]) -> Any:
    """Convert one value, table by table so that an error names its own key."""
    plain = _unwrapped(kind)
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct) and isinstance(value, Mapping):
        inner = checked(value, plain, lambda path: where((key, *path)), f"the table {key!r}")
        return msgspec.convert(inner, plain)
    if getattr(plain, "__origin__", None) is dict and isinstance(value, Mapping):
        return {name: _converted(name, entry, plain.__args__[1], lambda path: where((key, *path))) for name, entry in value.items()}
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text, path = _plain(error)
        found = value
        for step in path:
            found = found[step]
        raise StatelintError(f"{where((key, *path))}: {key}: {_in_words(text, found, kind)}") from error


def _unwrapped(kind: Any) -> Any:
    """Return the type below `Annotated`."""
    return getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind


def _plain(error: msgspec.ValidationError) -> tuple[str, Path_]:
    """Divide `Expected `str`, got `int` - at `$[1].name`` into the text and the path."""
    text, _, place = str(error).partition(" - at ")
    steps = re.findall(r"\[(\d+)\]|\.([\w-]+)", place)
    return text, tuple(int(index) if index else name for index, name in steps)


def _in_words(text: str, found: Any, kind: Any) -> str:
    """Say what was expected, without the parser's words."""
    if text.startswith("Invalid enum value"):
        options = get_args(_unwrapped(kind))
        listed = ", ".join(repr(option) for option in options)
        return f"expected one of {listed}, got {found!r}{did_you_mean(str(found), options)}"
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", text)
    if unknown:
        return f"unknown key {unknown[1]!r}; `name` and `reason` are known"
    missing = re.fullmatch(r"Object missing required field `(.*)`", text)
    if missing:
        return f"the key {missing[1]!r} is missing"
    wrong = re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", text)
    if wrong:
        expected = " or ".join(_TYPES.get(name, name) for name in wrong[1].split(" | ") if name != "null")
        return f"expected {expected}, got {_TYPES.get(wrong[2], wrong[2])}"
    least = re.fullmatch(r"Expected `int` (>=|<=) (-?\d+)", text)
    if least:
        return f"expected a whole number {'from' if least[1] == '>=' else 'up to'} {least[2]}, got {found!r}"
    return text[:1].lower() + text[1:]
