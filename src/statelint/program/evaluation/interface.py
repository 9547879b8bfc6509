"""What the parts of the evaluation ask of each other: names lead to expressions, expressions to names, both to settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.program.evaluation.value import Value
    from statelint.program.names.nodes import Function
    from statelint.program.settings.assignments import SettingValue
    from statelint.program.settings.options import Options
    from statelint.survey.summary import Expr


class Evaluator(Protocol):
    """Follows expressions to values."""

    def follow(self, function: Function, expr: Expr) -> Iterable[Value]:
        """Follow an expression without joining what several ways give."""

    def returned(self, callee: Function) -> Iterable[Value]:
        """Return what a project function gives, whoever calls it."""

    def given(self, variable: str) -> Value | None:
        """Return what the deployment sets a variable to."""


class Settings(Protocol):
    """Knows the settings of the project."""

    def lookup(self, dotted: str) -> Sequence[SettingValue]:
        """Return the values of a setting that count in production."""

    @property
    def options(self) -> Options:
        """The options of the command line."""
