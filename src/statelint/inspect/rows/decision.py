"""What decides a row, and what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.inspect.rows.patterns import ABSENT, any_matches
from statelint.inspect.source_spans import key_span
from statelint.inspect.spans import line_span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.inspect.context import Context
    from statelint.model import Span
    from statelint.program.evaluation.evaluator import Value
    from statelint.program.vocabulary import Vocabulary
    from statelint.rulebook.schema import Api

ANY_TEXT: Final = "*"
"""The pattern of a row for which each string violates: a path, whatever it is."""
Verdict = Literal["violates", "satisfies", "ignored", "unknown"]


class Decided(NamedTuple):
    """One value that decides, and where it is written."""

    value: Value
    source: str
    """`argument storage_uri`, `setting SESSION_TYPE of ProductionConfig`, `the default of flask-limiter` ..."""
    path: str = ""
    line: int = 0
    """Of the deciding setting or later call; 0 where it is the use itself, or nothing."""
    keys: tuple[str, ...] = ()
    """The way to the value within the statement of that line."""
    name: str = ""
    """Of a setting: its dotted path."""
    reason: str = ""
    """Why the value is not known."""


class Decision(NamedTuple):
    """All values that may decide; several settings, or several values of one."""

    options: tuple[Decided, ...]
    note: str = ""

    @property
    def values(self) -> tuple[Value, ...]:
        """The values alone."""
        return tuple(option.value for option in self.options)


def span_of_option(option: Decided, context: Context, label: str) -> Span:
    """Return the span of the setting or argument that decides: of the nested key where there is one."""
    found = key_span(context.concrete, option.path, option.line, option.keys, label) if option.keys else None
    return found or line_span(context, option.path, option.line, label)


class Judged(NamedTuple):
    """A verdict and the value that gave it."""

    verdict: Verdict
    option: Decided


def judge_options(row: Api, options: Iterable[Decided], vocabulary: Vocabulary) -> Judged:
    """Judge alternatives together: one that violates is enough, unless a condition that is not known chooses a good one."""
    judged = [
        Judged("unknown" if option.reason and not _always_violates(row) else _verdict(row, option.value, vocabulary), option)
        for option in options
    ]
    by_verdict: dict[Verdict, list[Decided]] = {}
    for verdict, option in judged:
        by_verdict.setdefault(verdict, []).append(option)
    wrong = by_verdict.get("violates", [])
    if wrong:
        chosen = next((option for option in wrong if option.value.choice), None)
        if chosen is not None and len(wrong) < len(judged) and all(option.value.choice for option in wrong):
            return Judged("unknown", chosen._replace(reason=f"it depends on `{chosen.value.choice}`"))
        other = next((option for verdict, option in judged if verdict != "violates" and option.value.choice), None)
        first = (
            wrong[0]
            if other is None or wrong[0].value.choice
            else wrong[0]._replace(value=wrong[0].value._replace(choice=other.value.choice))
        )
        return Judged("violates", first)
    right = by_verdict.get("satisfies", [])
    if right and len(right) < len(judged) and all(option.value.choice for option in right):
        return Judged("unknown", right[0]._replace(reason=f"it depends on `{right[0].value.choice}`"))
    for verdict in ("ignored", "satisfies", "unknown"):
        if by_verdict.get(verdict):
            return Judged(verdict, by_verdict[verdict][0])
    return Judged("ignored", Decided(ABSENT, "nothing"))


def _verdict(row: Api, value: Value, vocabulary: Vocabulary) -> Verdict:
    if any_matches(value, row.ignores, vocabulary):
        return "ignored"
    if any_matches(value, row.violates, vocabulary):
        return "violates"
    if any_matches(value, row.satisfies, vocabulary):
        return "satisfies"
    if value is ABSENT or not (row.violates or row.satisfies):
        return "ignored"
    if _always_violates(row):
        return "violates"
    # a value that is required is the same on every instance, unless any value is wrong
    return "satisfies" if value.kind == "env" and value.required and ANY_TEXT not in row.violates else "unknown"


def _always_violates(row: Api) -> bool:
    """Whether a row is violated without a value as with any: what the value is need not be known then."""
    return ANY_TEXT in row.violates and "absent" in row.violates and not row.satisfies
