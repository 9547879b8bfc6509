"""Settings from `STATELINT_*` variables: lists are divided by commas, `STATELINT_SCALING_INSTANCES` reaches into the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from statelint.config import Config, Scaling
from statelint.configuration.layer import Layer, checked
from statelint.errors import StatelintError
from statelint.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from statelint.configuration.places import Path_

_PREFIX: Final = "STATELINT_"
_WORDS: Final = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_FILES_ONLY: Final = frozenset({"facts", "programs"})
"""Tables of sentences and folders, which no variable can hold."""
_OTHERS: Final = frozenset({"STATELINT_DEBUG", "STATELINT_VERSION"})


def read_environment(environ: Mapping[str, str], base: Path) -> Layer:
    """Return the settings that variables give; an empty variable says nothing.

    Raises:
        StatelintError: a value is not of its setting's type.
    """
    known = _variables()
    values: dict[str, Any] = {}
    for name in sorted(environ.keys() & known.keys()):
        if environ[name]:
            path, kind = known[name]
            _put(values, path, _value(name, environ[name], kind, path[-1]))

    def where(path: Path_) -> str:
        steps = path if path[0] == "scaling" else path[:1]
        return _PREFIX + "_".join(str(step) for step in steps).upper().replace("-", "_")

    return Layer(checked(values, Config, where, "the environment"), base, where)


def misspelt(environ: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Yield variables that are nearly one of ours, and which; others of our prefix are somebody's own."""
    known = _variables()
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in known and name not in _OTHERS:
            meant = nearest(name.removeprefix(_PREFIX), [variable.removeprefix(_PREFIX) for variable in known])
            if meant:
                yield name, _PREFIX + meant


def _variables() -> dict[str, tuple[tuple[str, ...], Any]]:
    """Return every variable with the path and type of its setting."""
    settings: list[tuple[tuple[str, ...], Any]] = []
    for field in msgspec.structs.fields(Config):
        if field.encode_name in _FILES_ONLY:
            continue
        if field.name == "scaling":
            settings += [((field.encode_name, below.encode_name), below.type) for below in msgspec.structs.fields(Scaling)]
        else:
            settings.append(((field.encode_name,), field.type))
    return {_PREFIX + "_".join(path).upper().replace("-", "_"): (path, kind) for path, kind in settings}


def _put(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = value


def _value(name: str, text: str, kind: Any, key: str) -> Any:
    """Read a variable's text as its setting's type wants it."""
    schema = msgspec.json.schema(kind)
    wanted = schema.get("type") or next(option.get("type") for option in schema.get("anyOf", ({},)))
    if key == "severity":
        return levels(text.split(","), name)
    if key == "per-file-ignores":
        return pairs(text.split(","), name)
    if wanted == "array":
        return [part.strip() for part in text.split(",") if part.strip()]
    if wanted == "boolean":
        if text.lower() not in _WORDS:
            raise StatelintError(f"{name}: expected true or false, got {text!r}")
        return _WORDS[text.lower()]
    if wanted == "integer":
        try:
            return int(text)
        except ValueError as error:
            raise StatelintError(f"{name}: expected a whole number, got {text!r}") from error
    return text


def levels(texts: Iterable[str], name: str) -> dict[str, str]:
    """Read `RULE:SEVERITY` pairs; the severities are looked at later.

    Raises:
        StatelintError: a text without a colon; `name` says where it came from.
    """
    found = {}
    for text in texts:
        selector, colon, severity = text.strip().partition(":")
        if not colon or not selector or not severity:
            raise StatelintError(f"{name}: expected RULE:SEVERITY, got {text!r}", help=f"for example `{name}='SL0302:note'`")
        found[selector.strip()] = severity.strip()
    return found


def pairs(texts: Iterable[str], name: str) -> dict[str, list[str]]:
    """Read `PATTERN:RULE` pairs; a pattern may come several times, each with one rule.

    Raises:
        StatelintError: a text without a colon; `name` says where it came from.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        pattern, colon, selector = text.strip().rpartition(":")
        if not colon or not pattern or not selector:
            raise StatelintError(f"{name}: expected PATTERN:RULE, got {text!r}", help=f"for example `{name}='tests/*:SL02'`")
        found.setdefault(pattern, []).append(selector.strip())
    return found
