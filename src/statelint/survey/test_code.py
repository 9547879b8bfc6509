"""Whether a file is test code by what it defines: a helper of tests may lie in the package and have any name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.survey.summary import Ref

if TYPE_CHECKING:
    from statelint.survey.summary import ImportedName, ModuleSummary

_RUNNERS: Final = frozenset(
    {"pytest", "unittest", "flask_testing", "django", "rest_framework", "tornado", "aiohttp", "testtools", "twisted"}
)
"""Packages whose `TestCase` classes tests extend."""


def is_test_code(summary: ModuleSummary) -> bool:
    """Whether a module defines test cases, or runs nowhere but below a test runner, whose package it imports at its top."""
    if not summary.functions:
        return False
    imports = summary.functions[0].imports
    if any(_package(one) == "pytest" and not one.how for one in imports):
        return any(function.name.startswith("test_") or _is_fixture(function.decorators) for function in summary.functions)
    runners = {one.name for one in imports if _package(one) in _RUNNERS}
    bases = (base.path for cls in summary.classes for base in cls.bases if isinstance(base, Ref))
    return any(path.endswith("TestCase") and path.partition(".")[0] in runners for path in bases)


def _package(imported: ImportedName) -> str:
    return "" if imported.level else imported.module.partition(".")[0]


def _is_fixture(decorators: tuple[object, ...]) -> bool:
    paths = (getattr(one, "path", "") or getattr(one, "func", "") for one in decorators)
    return any(path.startswith("pytest.") for path in paths)
