"""What is left out while walking: built-in folder names, the user's patterns, and `.gitignore` files.

Patterns are matched by pathspec, as git reads them; it is imported only where there is a pattern to match.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError
from statelint.files import Reader, UnreadableError, seen
from statelint.files.patterns import compile_patterns
from statelint.files.read import MOST_SETTINGS
from statelint.model import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pathspec

VERSION_CONTROL: Final = frozenset({".git", ".hg", ".svn", ".bzr", ".jj", "CVS"})
"""Never source, whatever `exclude` says."""

DEFAULT_EXCLUDE: Final = frozenset(
    {
        *(".direnv", ".env", ".pyenv", ".venv", "env", "venv", "virtualenv", ".virtualenv", "ENV"),
        *("__pycache__", "__pypackages__", ".cache", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".pytype"),
        *(".ruff_cache", ".statelint_cache", ".nox", ".tox", ".pants.d", ".eggs", ".idea", ".vscode", ".terraform", "htmlcov"),
        *("bower_components", "node_modules", "jspm_packages", "site-packages", "dist-packages"),
        *("_vendor", "_vendored", "vendor", "vendored", "third_party", "thirdparty", "third-party"),
        *("_build", "build", "buck-out", "dist"),
    }
)
"""Folder names left out unless `exclude` replaces them."""

MOST_PATTERNS: Final = 5000
"""Lines of one ignore file that are read: every file of the project is held against each."""
_PACKAGES_AFTER_ALL: Final = frozenset({"build", "dist", "env", "ENV"})
"""Of these, a folder with `__init__.py` is a package of the project that happens to have the name."""
_APPLICATIONS_AFTER_ALL: Final = frozenset({"vendor", "vendored"})
"""Of these, a folder with a web application's modules is one: a marketplace has vendors."""
_APPLICATION_FILES: Final = frozenset({"apps.py", "models.py", "routes.py", "router.py", "urls.py", "views.py"})


@dataclass(frozen=True, slots=True)
class Level:
    """One `.gitignore`: its patterns and the folder that they are relative to."""

    base: str
    """POSIX, relative to the walk's root, with a trailing slash; "" for the root. Patterns of folders above the root have `above`."""
    of_folders: pathspec.GitIgnoreSpec
    of_files: pathspec.GitIgnoreSpec
    """Without the patterns that match folders alone: the folders above a file were asked on the way."""
    above: str = ""
    """The way from the ignore file's folder down to the root, with a trailing slash."""

    def decides(self, path: str) -> bool | None:
        """Tell whether `path` (relative to the root, folders with a trailing slash) is ignored; None where no pattern matches."""
        spec = self.of_folders if path.endswith("/") else self.of_files
        return spec.check_file(self.above + path[len(self.base) :]).include


Levels = tuple[Level, ...]
"""Nearest folder last: git lets the nearest file that matches decide."""


def ignored(path: str, levels: Levels) -> bool:
    """Tell whether `.gitignore` files leave a path out."""
    for level in reversed(levels):
        answer = level.decides(path)
        if answer is not None:
            return answer
    return False


def read_level(content: Callable[[], bytes], base: str, above: str, problems: list[Diagnostic]) -> Levels:
    """Read one `.gitignore`; a file that cannot be read is a diagnostic and ignores nothing, like a pattern that is none."""
    name = f"{base}.gitignore"
    try:
        lines = content().decode("utf-8", "replace").splitlines()
    except UnreadableError as error:
        problems.append(Diagnostic("warning", name, None, f"ignore file not honoured: {error}"))
        return ()
    if len(lines) > MOST_PATTERNS:
        problems.append(Diagnostic("warning", name, None, f"ignore file not honoured beyond line {MOST_PATTERNS}"))
        del lines[MOST_PATTERNS:]
    refused: list[str] = []
    of_folders = compile_patterns(lines, refused.append)
    of_files = compile_patterns((line for line in lines if not line.rstrip().endswith("/")), lambda _: None)
    if refused:
        problems.append(
            Diagnostic("warning", name, lines.index(refused[0]) + 1, f"not a pattern, so it leaves nothing out{_more(refused)}")
        )
    return (Level(base, of_folders, of_files, above),) if of_folders.patterns else ()


def _more(refused: Sequence[str]) -> str:
    return "" if len(refused) == 1 else f", nor by {len(refused) - 1} more of this file"


def outer_levels(root: str, problems: list[Diagnostic]) -> Levels:
    """Read the ignore files that lie above the root, up to the repository's top, and the repository's own exclude file."""
    chain = [root]
    while not seen.is_there(os.path.join(chain[-1], ".git")):
        parent = os.path.dirname(chain[-1])
        if parent == chain[-1]:
            return ()
        chain.append(parent)
    found: list[Level] = []
    top = chain[-1]
    reader = Reader(top)
    for file, folder in [(os.path.join(top, ".git", "info", "exclude"), top)] + [
        (os.path.join(folder, ".gitignore"), folder) for folder in reversed(chain[1:])
    ]:
        if seen.is_file(file):
            above = os.path.relpath(root, folder).replace(os.sep, "/")
            inside = os.path.relpath(file, top).replace(os.sep, "/")
            found.extend(read_level(partial(reader.read, inside, MOST_SETTINGS), "", "" if above == "." else f"{above}/", problems))
    if any(level.of_folders.check_file(level.above).include for level in found if level.above):
        # the root itself is left out above: it was handed in all the same, and its own ignore files hold
        return ()
    return tuple(found)


def folder_filter(exclude: Sequence[str], extend_exclude: Sequence[str]) -> Callable[[str, str, str], bool]:
    """Return a test (name, path relative to the root, absolute path) that is true for folders to leave out.

    Raises:
        StatelintError: a pattern that git could not read either.
    """
    names = VERSION_CONTROL if exclude else VERSION_CONTROL | DEFAULT_EXCLUDE
    spec = path_filter(exclude, extend_exclude)

    def left_out(name: str, path: str, absolute: str) -> bool:
        if name in names:
            return not _is_code_after_all(name, absolute)
        if not exclude and name.endswith(".egg-info"):
            return True
        return spec is not None and spec.match_file(f"{path}/")

    return left_out


def path_filter(exclude: Sequence[str], extend_exclude: Sequence[str]) -> pathspec.GitIgnoreSpec | None:
    """Compile the user's patterns; None when there are none."""
    lines = [*exclude, *extend_exclude]
    if not lines:
        return None
    try:
        return compile_patterns(lines)
    except ValueError as error:
        raise StatelintError(f"exclude: {error}", help="write patterns as in .gitignore") from error


def _is_code_after_all(name: str, folder: str) -> bool:
    if name in _PACKAGES_AFTER_ALL:
        return seen.is_file(os.path.join(folder, "__init__.py"))
    if name in _APPLICATIONS_AFTER_ALL:
        return any(seen.is_file(os.path.join(folder, file)) for file in _APPLICATION_FILES)
    return False
