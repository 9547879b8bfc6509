"""Show a finished result: one module a format, and a table that finds them by name.

A renderer is a pure function of the result and a `Context`; it reads no configuration, and of the disk only the
sources that it quotes. Modules are imported when their format is asked for.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from statelint.errors import StatelintError
from statelint.report.context import Context, Renderer
from statelint.report.sources import Sources
from statelint.report.weight import by_weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model import Result

__all__ = ["FORMATS", "Context", "Renderer", "Sources", "render"]


def _lazy(module: str, function: str = "render") -> Renderer:
    """Return a renderer whose module is imported on its first call."""

    def call(result: Result, context: Context) -> str:
        renderer: Renderer = getattr(import_module(f"statelint.report.{module}"), function)
        return renderer(result, context)

    return call


def _for_readers(module: str, function: str = "render") -> Renderer:
    """Return a renderer that is given the findings in the order in which somebody reads them."""
    renderer = _lazy(module, function)

    def call(result: Result, context: Context) -> str:
        return renderer(replace(result, findings=by_weight(result.findings)), context)

    return call


FORMATS: Final[Mapping[str, Renderer]] = MappingProxyType(
    {
        "full": _for_readers("full"),
        "concise": _for_readers("lists", "render_concise"),
        "grouped": _for_readers("lists", "render_grouped"),
        "json": _lazy("machine", "render_json"),
        "jsonl": _lazy("machine", "render_jsonl"),
        "sarif": _lazy("sarif"),
        "github": _for_readers("github"),
        "gitlab": _lazy("gitlab"),
        "junit": _lazy("junit"),
        "markdown": _for_readers("markdown"),
        "agent": _for_readers("agent"),
        "html": _for_readers("html"),
    }
)
"""Every output format by the name that users give; the first is the default. What programs read keeps the order of places."""


def render(name: str, result: Result, context: Context) -> str:
    """Return the result in a format: text that ends in a newline, or nothing at all.

    Raises:
        StatelintError: no format has this name.
    """
    renderer = FORMATS.get(name)
    if renderer is None:
        raise StatelintError(f"unknown output format {name!r}", help=f"choose one of {', '.join(FORMATS)}")
    return renderer(result, context)
