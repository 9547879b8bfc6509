"""Whether a project is an application, or a library that others build theirs with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.discover.deploy_files import stage
from statelint.files import Reader, UnreadableError
from statelint.files.read import MOST_SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.model import Persona
    from statelint.program.names.nodes import Module

_BACK_END: Final = re.compile(rb"^\[build-system\]", re.MULTILINE)
_PACKAGED: Final = re.compile(rb"^\[metadata\]", re.MULTILINE)
_PARTS: Final = frozenset({"app", "settings", "command"})
_SERVED: Final = frozenset({"wsgi", "asgi", "manage"})


def persona_of(context: Context) -> Persona:
    """Return `library` for what is built and published, makes no application outside of tests and examples, and is deployed by no file."""
    if context.config.persona != "auto":
        return context.config.persona
    deployed = any(stage(file.path) == "production" for file in context.discovery.deploy_files)
    if context.config.entry_points or deployed or not _is_built(context):
        return "application"
    return "application" if any(module.part in _PARTS for module in _with_application(context)) else "library"


def _is_built(context: Context) -> bool:
    """Tell whether the project's own folder declares how a distribution is built from it."""
    home = context.discovery.home
    prefix = f"{home}/" if home else ""
    here = {path.removeprefix(prefix) for path in context.discovery.manifests if path.startswith(prefix)}
    marks = (("pyproject.toml", _BACK_END), ("setup.cfg", _PACKAGED))
    reader = Reader(context.discovery.root)
    return "setup.py" in here or any(name in here and mark.search(_content(reader, prefix + name)) for name, mark in marks)


def _content(reader: Reader, path: str) -> bytes:
    try:
        return reader.read(path, MOST_SOURCE)
    except UnreadableError:
        return b""


def _with_application(context: Context) -> Iterator[Module]:
    """Yield the modules that make an application, serve one, or are how one is started."""
    program = context.program
    names = {*program.vocabulary.applications, *context.book.names_of("serve")}
    for name in names:
        yield from (call.function.module for call in program.graph.library_calls.get(name, ()))
    for module in program.modules.values():
        if module.name.rpartition(".")[2] in _SERVED:
            yield module
        yield from (module for one in module.classes.values() if not names.isdisjoint(one.external_bases))
    yield from (value.module for value in program.settings.lookup("ROOT_URLCONF"))
