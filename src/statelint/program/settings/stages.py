"""Tell code and settings that count in production from those of development and tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.nodes import Class, Module
    from statelint.survey.summary import Guard

Stage = Literal["production", "base", "development"]

_DEVELOPMENT: Final = re.compile(
    r"(?:^|[._])(?:dev|devel|develop|development|devserver|local|localhost|tests?|testing|ci|debug|staging|examples?|samples?|docs?)(?:$|[._])",
    re.IGNORECASE,
)
_PRODUCTION: Final = re.compile(r"(?:^|[._])(?:prod|production|live|deploy|deployment|heroku)(?:$|[._])", re.IGNORECASE)
_DEVELOPMENT_CLASS: Final = re.compile(
    r"^(?:Dev|Develop|Development|Test|Tests|Testing|Local|Debug|CI|Unit|Staging)(?=[A-Z_0-9]|$)"
    r"|(?:Dev|Develop|Development|Test|Tests|Testing|Local)(?:Config|Configuration|Settings)?$"
)
_PRODUCTION_CLASS: Final = re.compile(
    r"^(?:Prod|Production|Live|Deploy|Deployment)(?=[A-Z_0-9]|$)|(?:Prod|Production)(?:Config|Configuration|Settings)?$"
)
_DEVELOPMENT_TEST: Final = re.compile(
    r"\b(?:DEBUG|TESTING|IS_DEV\w*|DEV|DEVELOPMENT|IS_LOCAL|LOCAL|TEST|RUNNING_TESTS|IS_TEST\w*|TEST_MODE|DEV_MODE|is_dev\w*|debug|testing)\b"
    r"|pytest|['\"](?:dev|develop|development|local|test|tests|testing)['\"]|sys\.argv"
)
_PRODUCTION_TEST: Final = re.compile(
    r"\b(?:(?:IS_|IN_)?PROD(?:UCTION)?|is_prod(?:uction)?|in_prod(?:uction)?)\b|['\"](?:prod|production|live)['\"]", re.IGNORECASE
)
_NEGATED: Final = re.compile(r"^\s*not\b|!=|\bnot in\b|\bis False\b|== ?False\b|\bis not True\b")


def holds_in_production(test: str) -> bool | None:
    """Say whether a condition that asks for the stage holds in production; None where it asks for something else.

    `test` is the source of the condition.
    """
    negated = bool(_NEGATED.search(test))
    if _DEVELOPMENT_TEST.search(test):
        return negated
    if _PRODUCTION_TEST.search(test):
        return not negated
    return None


def development_arm(guards: Iterable[Guard]) -> bool:
    """Whether code under these guards runs in development or under tests only."""
    for guard in guards:
        if guard.kind in ("if", "else", "past"):
            holds = holds_in_production(guard.text)
            if holds is not None and holds != (guard.kind == "if"):
                return True
    return False


def stage_of_module(module: Module) -> Stage:
    """Tell production settings from development ones by the module's last names."""
    tail = ".".join(module.name.split(".")[-2:])
    if module.part == "test" or _DEVELOPMENT.search(tail):
        return "development"
    return "production" if _PRODUCTION.search(tail) else "base"


def stage_of_class(cls: Class) -> Stage:
    """Tell production configuration classes from development ones by name."""
    name = cls.name.rpartition(".")[2]
    if _DEVELOPMENT_CLASS.search(name) or cls.module.part == "test":
        return "development"
    return "production" if _PRODUCTION_CLASS.search(name) else "base"
