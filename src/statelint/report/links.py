"""Where to read on: the documentation, one page for each rule that is shipped, and the sources where somebody hosts them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError

if TYPE_CHECKING:
    from statelint.rulebook.load import Rulebook

DOCUMENTATION: Final = "https://statelint-web.readthedocs.io/en/stable/"
"""`mkdocs.yml` makes it of `docs/`; ends in a slash."""


def rule_url(code: str, book: Rulebook) -> str:
    """Return the URL of a rule's page; of somebody's own rule its first reference on the web, "" where it has none."""
    rule = book.rule(code)
    if rule is not None and rule.code in book.own:
        return next((reference for reference in rule.references if reference.startswith(("https://", "http://"))), "")
    return f"{DOCUMENTATION}rules/{code}/" if rule is not None else ""


_SCHEMES: Final = ("https", "http", "vscode", "vscodium", "idea", "pycharm")
"""Of source hosts and editors; a report is opened by others, so a link must not be able to run anything."""
_SOURCE_URL: Final = re.compile(rf"(?:{'|'.join(_SCHEMES)})://[^\s<>\"'`()\\]+")


def source_template(base: str, folder: str) -> str:
    """Return a URL with `{path}` and `{line}` for what somebody calls the address of the sources.

    Args:
        base: such a URL already, or one of a version's folder as GitHub, GitLab and Gitea have them, `https://host/owner/name/blob/v1`.
        folder: the project's folder within the repository, `.` where they are the same.

    Raises:
        StatelintError: it is no URL of a source host or an editor.
    """
    if not base:
        return ""
    if not _SOURCE_URL.fullmatch(base):
        help_ = "name the folder of a version, https://github.com/OWNER/NAME/blob/SHA, or a URL with {path} and {line}"
        raise StatelintError(f"{base!r} is no URL of sources", help=help_)
    whole = base if "{path}" in base else base.rstrip("/") + "/{path}#L{line}"
    return whole.replace("{path}", f"{folder}/{{path}}") if folder != "." else whole


def source_url(template: str, path: str, line: int | None = None) -> str:
    """Return where a line can be looked at, "" where nobody said where the sources are, or for a place without a path."""
    if not template or not path:
        return ""
    from urllib.parse import quote  # noqa: PLC0415 - rare, and slow to import

    return template.replace("{line}", str(line or 1)).replace("{path}", quote(path))
