"""What `mkdocs build` does to a page besides: links out of `docs/` lead to the host of the repository, and to nothing that is not there."""

from __future__ import annotations

import logging
import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).resolve().parents[1]
REPOSITORY: Final = "STATELINT_REPOSITORY"
"""The variable that holds the URL of the repository on its host, `https://github.com/OWNER/statelint`."""
VERSION: Final = "STATELINT_VERSION"
"""The variable that holds the branch, tag or commit that links lead to; `main` without it."""
_LINK: Final = re.compile(r"(?P<text>\[(?:[^\[\]]|\[[^\[\]]*\])*\])\((?P<path>\.\./[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")
_log = logging.getLogger("mkdocs.hooks.site")


class _File(Protocol):
    src_uri: str


class _Page(Protocol):
    file: _File


def on_page_markdown(markdown: str, page: _Page, **_: object) -> str:
    """Return the page's text with such links rewritten; without a repository their text alone is left. A missing target is a warning."""
    return rewritten(markdown, page.file.src_uri, os.environ)


def rewritten(markdown: str, page: str, environ: Mapping[str, str]) -> str:
    """Return a page's Markdown; `page` is its path below `docs/`."""
    repository = (environ.get(REPOSITORY) or environ.get("READTHEDOCS_GIT_CLONE_URL", "")).rstrip("/").removesuffix(".git")
    version = environ.get(VERSION) or environ.get("READTHEDOCS_GIT_COMMIT_HASH") or "main"

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), match["path"]))
        if target.startswith("docs/"):
            return match[0]
        if not (ROOT / target).exists():
            _log.warning("%s links to %s, which is not there", page, target)
        if not repository:
            return match["text"][1:-1]
        kind = "tree" if (ROOT / target).is_dir() else "blob"
        return f"{match['text']}({repository}/{kind}/{version}/{target}{match['anchor'] or ''})"

    return _LINK.sub(link, markdown)
