"""Settings that Dynaconf reads: which variables set them, and that files outside the code may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.survey.summary import Call, Const

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.names.nodes import Module

READERS: Final = {
    "dynaconf.Dynaconf": "DYNACONF",
    "dynaconf.LazySettings": "DYNACONF",
    "dynaconf.base.LazySettings": "DYNACONF",
    "dynaconf.DjangoDynaconf": "DJANGO",
    "dynaconf.contrib.DjangoDynaconf": "DJANGO",
    "dynaconf.FlaskDynaconf": "FLASK",
    "dynaconf.contrib.FlaskDynaconf": "FLASK",
}
"""Qualified names, and the prefix of the variables that they read when none is given."""
_PREFIX_KEYWORDS: Final = frozenset({"envvar_prefix", "ENVVAR_PREFIX_FOR_DYNACONF", "ENVVAR_PREFIX"})


class Opaque(NamedTuple):
    """A place where settings are read from something that is not code."""

    module: Module
    line: int
    reason: str
    prefix: str = ""
    """Environment variables that begin so set settings: `FLASK_`."""
    hides: bool = False
    """The settings are meant to stand there: that the code does not set one says nothing."""


def prefix_of(name: str, call: Call | None) -> str:
    """Return what the variables begin with that a reader made by this call reads: `SHOP_`."""
    given = [value for key, value in call.keywords if key in _PREFIX_KEYWORDS] if call is not None else []
    prefix = given[0].value if given and isinstance(given[0], Const) else READERS.get(name, "DYNACONF")
    return f"{prefix}_" if isinstance(prefix, str) and prefix else ""


def readers(graph: CallGraph) -> Iterator[Opaque]:
    """Yield where Dynaconf takes over the settings of Django or Flask."""
    for name in READERS:
        for call in graph.library_calls.get(name, ()) if "Django" in name or "Flask" in name else ():
            if call.function.module.part != "test":
                reason = "Dynaconf reads them from files and variables"
                yield Opaque(call.function.module, call.site.call.line, reason, prefix_of(name, call.site.call), hides="Flask" in name)
