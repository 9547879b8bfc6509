"""What part a file plays, by where it lies and what it is called.

Only folders below the one that was handed in count: `check examples/shop` looks at an application, not at an example.
The part is a first guess; entry points found in the code say more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from statelint.discover.files import Part

_TEST_FOLDER: Final = re.compile(
    r"(tests?|testing|unit_?tests?|test_?suite|test_?(utils|helpers|support|data|app|project|fixtures|files)|__tests__|e2e|tests[_.-].+"
    r"|(unit|integration|functional|api|e2e|smoke|acceptance|system|regression|load|performance|contract)[_-]tests?)\Z",
    re.IGNORECASE,
)
_TEST_FILE: Final = re.compile(r"(tests?|testing|conftest|test_.+|.+_tests?)\Z")
_MIGRATION_FOLDERS: Final = frozenset({"migrations", "migration", "alembic", "south_migrations"})
_SCRIPT_FOLDERS: Final = frozenset(
    {
        "scripts",
        "script",
        "examples",
        "example",
        "samples",
        "docs",
        "doc",
        "benchmarks",
        "benchmark",
        "tools",
        "bin",
        "hack",
        "devtools",
        "ci",
        ".ci",
    }
)
_PACKAGED_SCRIPT_FOLDERS: Final = frozenset({"scripts", "examples", "benchmarks"})
"""Scripts even where the folder is a package; a package `tools` or `docs` is the application's own."""
_SCRIPT_FILES: Final = frozenset({"setup", "noxfile", "fabfile", "dodo", "toxfile", "duties", "conf"})
_COMMAND_FILES: Final = {"cli": frozenset({"__init__", "__main__", "cli", "main"}), "commands": frozenset({"__main__", "cli", "main"})}
"""By folder: files that are the command line itself."""
_SETTINGS_FILE: Final = re.compile(
    r"(settings|settings_.+|(app|base|common|default|dev|development|django|docker|global|local|prod|production|project|site|staging)_settings)\Z"
)
_HANDLER_FOLDERS: Final = frozenset(
    {
        "api",
        "apis",
        "blueprints",
        "controllers",
        "endpoints",
        "handlers",
        "pages",
        "resources",
        "routers",
        "routes",
        "views",
        "web",
        "models",
    }
    | {"schemas", "services", "serializers", "forms", "crud", "repositories"}
)
"""In these, `settings.py` is about the product's settings."""
_APPLICATION_FILES: Final = frozenset(
    {"admin.py", "apps.py", "forms.py", "models.py", "routes.py", "router.py", "routers.py", "serializers.py", "urls.py", "views.py"}
)
"""Beside these, a folder called `settings` is one of the product's applications."""


class Parts:
    """The parts of one folder's files, as far as the folder decides."""

    __slots__ = ("_folders", "_loose", "_names", "whole")

    def __init__(self, folders: list[str], names: Collection[str], *, packages: list[bool], migration_home: bool) -> None:
        """Judge a folder.

        Args:
            folders: the names of the folders below the one handed in, the folder itself last.
            names: what lies in the folder.
            packages: for each of `folders` whether it has an `__init__.py`.
            migration_home: whether the folder above has an Alembic environment.
        """
        self._folders = folders
        self._names = names
        self._loose = "__init__.py" not in names
        self.whole = self._whole(packages, migration_home=migration_home)
        """The part of everything in the folder, or None where the file's name decides."""

    def _whole(self, packages: list[bool], *, migration_home: bool) -> Part | None:
        is_application = not _APPLICATION_FILES.isdisjoint(self._names)
        for index, folder in enumerate(self._folders):
            last = index == len(self._folders) - 1
            if _TEST_FOLDER.match(folder) and not (last and is_application and folder == "testing"):
                return "test"
            if folder in _MIGRATION_FOLDERS:
                return "migration"
            if folder in _SCRIPT_FOLDERS and (folder in _PACKAGED_SCRIPT_FOLDERS or not any(packages[: index + 1])):
                return "script"
            if folder == "commands" and index and self._folders[index - 1] == "management":
                return "command"
        if (migration_home and self._folders[-1:] == ["versions"]) or "script.py.mako" in self._names:
            return "migration"
        return None

    def of(self, stem: str) -> Part:
        """Return the part of the file `stem`.py."""
        if _TEST_FILE.match(stem):
            return "test"
        if self.whole is not None:
            return self.whole
        folder = self._folders[-1] if self._folders else ""
        if stem in _SCRIPT_FILES and self._loose and (stem != "conf" or "index.rst" in self._names):
            return "script"
        if (stem == "manage" and self._loose) or stem in _COMMAND_FILES.get(folder, ()):
            return "command"
        return self._by_topic(stem, folder)

    def _by_topic(self, stem: str, folder: str) -> Part:
        if folder in _HANDLER_FOLDERS:
            return "app"
        is_application = not _APPLICATION_FILES.isdisjoint(self._names)
        is_settings = _SETTINGS_FILE.match(stem) or (not is_application and "settings" in self._folders[-2:])
        return "settings" if is_settings else "app"
