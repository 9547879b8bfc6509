"""`--show-settings`: every key, its value and where it comes from, as TOML that can be pasted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from statelint.config import Config, Safe
from statelint.configuration.files import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.configuration import Settings


def settings_text(settings: Settings) -> str:
    """Return the settings; keys without a value stand in comments, the tables at the end as TOML wants it."""
    return "\n".join(_lines(settings)) + "\n"


def _lines(settings: Settings) -> Iterator[str]:
    yield f"# configuration file: {shown(settings.file) if settings.file else 'none'}"
    yield f"# rules that are on: {len(settings.selected)} of {len(settings.book.rules)}"
    if settings.packages:
        yield f"# packages of rules: {', '.join(f'{one.name} ({one.distribution})' for one in settings.packages)}"
    tables = []
    for field in msgspec.structs.fields(Config):
        value = getattr(settings.config, field.name)
        origin = settings.origins.get(field.encode_name, "default")
        if isinstance(value, dict | msgspec.Struct):
            tables.append((field.encode_name, value, origin))
        elif value is None:
            yield f"# {field.encode_name} is not set"
        else:
            yield f"{field.encode_name} = {toml(value)}  # {origin}"
    for name, table, origin in tables:
        yield f"\n[{name}]  # {origin}"
        for key, value in msgspec.to_builtins(table).items():
            if value is not None:
                yield f"{key if key.replace('-', '').isalpha() else json.dumps(key)} = {toml(value)}"


def toml(value: Any) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, Safe):
        return f"{{ name = {toml(value.name)}, reason = {toml(value.reason)} }}"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {toml(member)}' for key, member in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(member) for member in value)}]"
    return json.dumps(str(value), ensure_ascii=False)
