"""Tell code and settings that count in production from those of development and tests."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from statelint.program.names.conditions import ARMS, texts_in, words_in
from statelint.survey.summary import Compare, Const, Either, Not

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.names.nodes import Class, Module
    from statelint.survey.summary import Expr, Guard

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
_DEVELOPMENT_NAME: Final = re.compile(
    r"\b(?:DEBUG|TESTING|IS_DEV\w*|DEV|DEVELOPMENT|IS_LOCAL|LOCAL|TEST|RUNNING_TESTS|IS_TEST\w*|TEST_MODE|DEV_MODE|is_dev\w*|debug|testing)\b"
    r"|pytest|^sys\.argv\b"
)
"""In a name, or in the text by which one is looked up."""
_DEVELOPMENT_WORDS: Final = frozenset({"dev", "develop", "development", "local", "test", "tests", "testing"})
"""What a stage is compared with."""
_PRODUCTION_NAME: Final = re.compile(r"\b(?:(?:IS_|IN_)?PROD(?:UCTION)?|is_prod(?:uction)?|in_prod(?:uction)?)\b", re.IGNORECASE)
_PRODUCTION_WORDS: Final = frozenset({"prod", "production", "live"})
_NEGATIVE: Final = frozenset({"!=", "not in", "is not"})


def holds_in_production(test: Expr) -> bool | None:
    """Say whether a condition holds in production as far as it asks for the stage; None where that does not decide."""
    if isinstance(test, Either) and test.kind != "if":
        found = {holds_in_production(option) for option in test.options}
        decides = test.kind == "or"  # one that holds is enough, or one that does not
        return decides if decides in found else None if None in found else not decides
    if isinstance(test, Not):
        inner = stage_asked(test.operand)
        return None if inner is None else inner != "production"
    asked = stage_asked(test)
    return None if asked is None else (asked == "production") != _is_negative(test)


def stage_asked(question: Expr) -> Literal["production", "development"] | None:
    """Return the stage that a single question is about, whatever answer it wants."""
    texts, said = frozenset([text.lower() for text in texts_in(question)]), words_in(question)
    if texts & _PRODUCTION_WORDS and isinstance(question, Compare) and question.operator in ("in", "not in"):
        return "production"  # one of several
    if texts & _DEVELOPMENT_WORDS or any(map(_DEVELOPMENT_NAME.search, said)):
        return "development"
    return "production" if texts & _PRODUCTION_WORDS or any(map(_PRODUCTION_NAME.search, said)) else None


def _is_negative(question: Expr) -> bool:
    """`stage != "dev"`, `debug is False`, `debug is None`."""
    if not isinstance(question, Compare):
        return False
    refused = any(isinstance(side, Const) and (side.value is None or side.value is False) for side in (question.left, question.right))
    return (question.operator in _NEGATIVE) != refused


def development_arm(guards: Iterable[Guard]) -> bool:
    """Whether code under these guards runs in development or under tests only."""
    return any(guard.kind in ARMS and _is_development(guard) for guard in guards)


@lru_cache(maxsize=16_384)
def _is_development(guard: Guard) -> bool:
    """Whether a guard does not hold in production; every place below it asks."""
    return holds_in_production(guard.test) is False


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
