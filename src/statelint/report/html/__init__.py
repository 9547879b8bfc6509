"""One self-contained page: no network, no build step, readable from `file://` and without JavaScript.

Python turns the result into plain view data (`view.py`); the template escapes whatever it is given. The page's content
security policy allows its own style and script by their hashes, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from statelint import __version__
from statelint.report.html.view import page_of
from statelint.report.text import one_line
from statelint.report.words import count

if TYPE_CHECKING:
    from statelint.model import Result
    from statelint.report.context import Context


def render(result: Result, context: Context) -> str:
    """Return the page."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - 0.05 s that no other format needs
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2

    folder = files(__name__)
    template, style, script = ((folder / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "page.js"))
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters |= {"prose": _prose, "plain": one_line, "count": count}
    return environment.from_string(template).render(
        page=page_of(result, context),
        version=__version__,
        style=Markup(style),  # noqa: S704 - shipped with the program
        script=Markup(script),  # noqa: S704 - shipped with the program
        style_hash=_digest(style),
        script_hash=_digest(script),
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _prose(text: str) -> str:
    """Escape one line of text and set what stands between backticks as code."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with jinja2

    parts = one_line(text).split("`")
    if len(parts) % 2 == 0:  # an odd backtick means itself
        parts[-2:] = ["`".join(parts[-2:])]
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(part) if index % 2 else escape(part) for index, part in enumerate(parts))
