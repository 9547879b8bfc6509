"""One rule file into its shape; an error names the file, the key and what was expected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from statelint.errors import StatelintError
from statelint.files.toml import TomlError, parse_toml
from statelint.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

_T = TypeVar("_T", bound=msgspec.Struct)


def read(shown: str, content: bytes, kind: type[_T]) -> _T:
    """Read a TOML file.

    Raises:
        StatelintError: it is no TOML, or a key or value is not what `kind` says; the message begins with `shown`.
    """
    try:
        table = parse_toml(content.decode())
    except (TomlError, UnicodeDecodeError) as error:
        raise StatelintError(f"{shown}{_place(error)}: not valid TOML: {error}") from error
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise StatelintError(f"{shown}: {_in_words(str(error), table, kind)}") from error


def _place(error: TomlError | UnicodeDecodeError) -> str:
    return f":{error.line}" if isinstance(error, TomlError) and error.line else ""


def _in_words(message: str, table: dict[str, Any], kind: type[msgspec.Struct]) -> str:
    """Turn `Invalid enum value 'requst' - at `$.register[1].role`` into the key, what was expected, and the nearest word."""
    text, _, place = message.partition(" - at ")
    key = place.strip("`").removeprefix("$").removeprefix(".")
    steps = [int(index) if index else name for index, name in re.findall(r"\[(\d+)\]|\.([\w-]+)", place)]
    if text.startswith("Invalid enum value"):
        found: Any = table
        for step in steps:
            found = found[step]
        options = list(_options(_type_at(kind, steps)))
        text = f"expected one of {', '.join(map(repr, options))}, got {found!r}{did_you_mean(str(found), options)}"
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", text)
    if unknown:
        text += did_you_mean(unknown[1], _keys(_type_at(kind, steps)))
    return f"{key}: {text}" if key else text


def _type_at(kind: type[msgspec.Struct], steps: list[int | str]) -> Any:
    """Return the type, as `msgspec.inspect` has it, that a key of a file should be of."""
    import msgspec.inspect as types  # noqa: PLC0415 - only for messages

    found: Any = types.type_info(kind)
    for step in steps:
        for one in found.types if isinstance(found, types.UnionType) else (found,):
            if isinstance(one, types.StructType):
                found = next(field.type for field in one.fields if field.encode_name == step)
            elif isinstance(one, types.VarTupleType):
                found = one.item_type
            elif isinstance(one, types.DictType):
                found = one.value_type
    return found


def _options(kind: Any) -> Iterator[str]:
    """Yield the words that a type allows; a type that may be left out is a union with None."""
    for one in getattr(kind, "types", (kind,)):
        yield from (value for value in getattr(one, "values", ()) if isinstance(value, str))


def _keys(kind: Any) -> Iterator[str]:
    for one in getattr(kind, "types", (kind,)):
        yield from (field.encode_name for field in getattr(one, "fields", ()))
