"""What deployment files of a folder say, with the repository's paths."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from statelint.deploy.model import EnvValue, Factor, SourceRange


def placed(value: Any, folder: str) -> Any:
    """Put a folder in front of every path in what deployment files say; a `path` of anything but a place is none of a file."""
    if isinstance(value, SourceRange | Factor | EnvValue):
        return replace(value, path=f"{folder}/{value.path}") if value.path else value
    if isinstance(value, tuple):
        return tuple(placed(one, folder) for one in value)
    if isinstance(value, dict):
        return {key: placed(one, folder) for key, one in value.items()}
    if not isinstance(value, msgspec.Struct):
        return value
    changed = {name: placed(getattr(value, name), folder) for name in value.__struct_fields__}
    kind, space, path = changed.get("target", "").partition(" ")
    return replace(value, **(changed | ({"target": f"{kind} {folder}/{path}"} if space else {})))
