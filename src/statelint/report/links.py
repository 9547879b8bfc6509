"""Where the documentation lies on the web: one page for each rule that is shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
