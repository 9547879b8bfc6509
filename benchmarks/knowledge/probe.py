"""Runs inside the interpreter that has a package: imports names and writes down what they are, as JSON.

It stands alone: nothing but the standard library is imported, and the package's folder comes first on the path.
usage: python -S probe.py FOLDER < names.json
"""

from __future__ import annotations

import builtins
import contextlib
import enum
import importlib
import inspect
import io
import json
import os
import site
import sys
import typing
import warnings
from typing import Any

_UNKNOWN = object()
_OWN = frozenset({"self", "cls"})
_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def main() -> None:
    """Answer for every name, and every pair `path is name`, on standard input."""
    if len(sys.argv) > 1:
        sys.path.insert(0, sys.argv[1])
        site.addsitedir(sys.argv[1])
    names = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    answers: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        _configure_django()
        for name in names:
            try:
                answers[name] = _look(name)
            except BaseException as error:  # noqa: BLE001 - a package may raise anything, SystemExit included
                answers[name] = {"exists": "unknown", "how": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answers))
    sys.stdout.flush()
    os._exit(0)  # threads that a package started do not keep this process


def _configure_django() -> None:
    with contextlib.suppress(Exception):
        settings = importlib.import_module("django.conf").settings
        if not settings.configured:
            apps = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
            settings.configure(INSTALLED_APPS=apps, DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
            importlib.import_module("django").setup()


def _look(name: str) -> dict[str, Any]:
    path, is_pair, other = name.partition(" is ")
    if is_pair:
        same = _at(path) is _at(other)
        return {"exists": "yes" if same else "no", "how": "import" if same else f"another object than {other}"}
    parts = name.split(".")
    thing, rest = _imported(parts)
    for index, part in enumerate(rest):
        if inspect.isroutine(thing):
            thing = _returned(thing)
        if not hasattr(thing, part):
            if thing is _UNKNOWN:
                return {"exists": "unknown", "how": f"what {'.'.join(parts[: len(parts) - len(rest) + index])} returns is not annotated"}
            if inspect.isclass(thing) and index == len(rest) - 1 and part in _given_to_self(thing):
                return {"exists": "yes", "how": "import", "params": None}
            return {"exists": "no", "how": f"{'.'.join(parts[: len(parts) - len(rest) + index])} has no {part}"}
        holder, thing = thing, getattr(thing, part)
        if index == len(rest) - 1:
            return {"exists": "yes", "how": "import", "params": _params(thing, holder)}
    return {"exists": "yes", "how": "import", "params": _params(thing, None)}


def _at(path: str) -> Any:
    """Return what a dotted path leads to, as `from a.b import c` does: what `a.b` calls `c`, before its module of that name.

    Raises:
        ImportError: a module on the way is not there or cannot be imported.
        AttributeError: there is nothing of that name.
    """
    parts = path.split(".")
    thing = importlib.import_module(parts[0])
    for index, part in enumerate(parts[1:], 1):
        if not hasattr(thing, part) and inspect.ismodule(thing):
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(".".join(parts[: index + 1]))
        thing = getattr(thing, part)
    return thing


def _returned(function: Any) -> Any:
    """Return the class that a function says it returns; that of a classmethod is its class."""
    with contextlib.suppress(Exception):
        said = typing.get_type_hints(function).get("return")
        said = typing.get_origin(said) or said
        if inspect.isclass(said) and said is not type(None) and said.__module__ not in ("collections.abc", "contextlib", "typing"):
            return said
    owner = getattr(function, "__self__", None)
    return owner if inspect.isclass(owner) else _UNKNOWN


def _imported(parts: list[str]) -> tuple[Any, list[str]]:
    """Import as much of a dotted name as is a module.

    Raises:
        ImportError: the first part is none, or a module that is there fails to be imported.
    """
    if parts[0] in dir(builtins):
        return builtins, parts
    thing = importlib.import_module(parts[0])
    for index in range(1, len(parts)):
        name = ".".join(parts[: index + 1])
        try:
            thing = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            return thing, parts[index:]
    return thing, []


def _given_to_self(cls: type) -> str:
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):
        return ""


def _params(thing: Any, holder: Any) -> list[dict[str, str]] | None:
    if not callable(thing):
        return None
    try:
        signature = inspect.signature(thing)
    except (ValueError, TypeError):
        return None
    params = [
        {"name": param.name, "kind": _KINDS[param.kind], "default": _pattern(param.default)} for param in signature.parameters.values()
    ]
    if params and params[0]["name"] in _OWN and inspect.isclass(holder) and inspect.isfunction(thing):
        params = params[1:]
    return params


def _pattern(value: object) -> str:
    """Write a default as a value pattern, as `seen.pattern` does; repeated here because this file stands alone."""
    if value is inspect.Parameter.empty:
        return ""
    if isinstance(value, enum.Enum):
        value = value.value
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return value or "''"
    if inspect.isclass(value) or inspect.isfunction(value):
        return f"call:{value.__module__}.{value.__qualname__}"
    if type(value).__module__ in ("builtins", "pydantic_core._pydantic_core") or "missing" in type(value).__name__.lower():
        return "?"
    return f"call:{type(value).__module__}.{type(value).__qualname__}"


if __name__ == "__main__":
    main()
