"""Show a finished result: one module a format, and a table that finds them by name.

A renderer is a pure function of the result and a `Context`; it reads no configuration, and of the disk only the
sources that it quotes. Modules are imported when their format is asked for.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError
from statelint.report.context import Context, Renderer
from statelint.report.sources import Sources

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


FORMATS: Final[Mapping[str, Renderer]] = MappingProxyType(
    {
        "full": _lazy("full"),
        "concise": _lazy("lists", "render_concise"),
        "grouped": _lazy("lists", "render_grouped"),
        "json": _lazy("machine", "render_json"),
        "jsonl": _lazy("machine", "render_jsonl"),
        "sarif": _lazy("sarif"),
        "github": _lazy("github"),
        "gitlab": _lazy("gitlab"),
        "junit": _lazy("junit"),
        "markdown": _lazy("markdown"),
        "html": _lazy("html"),
    }
)
"""Every output format by the name that users give; the first is the default."""


def render(name: str, result: Result, context: Context) -> str:
    """Return the result in a format: text that ends in a newline, or nothing at all.

    Raises:
        StatelintError: no format has this name.
    """
    renderer = FORMATS.get(name)
    if renderer is None:
        raise StatelintError(f"unknown output format {name!r}", help=f"choose one of {', '.join(FORMATS)}")
    return renderer(result, context)
