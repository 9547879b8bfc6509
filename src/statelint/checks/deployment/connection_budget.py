"""The connection budget as a finding: the arithmetic, where each factor stands, and the pool that would fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.deployment.inputs import factor_span, span
from statelint.inspect.context import finding, worded
from statelint.model import Evidence
from statelint.sizing.budget import SURGE, budget
from statelint.sizing.engines import UNLIMITED, counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.checks.deployment.inputs import DeploymentFacts
    from statelint.deploy.model import Factor, SourceRange
    from statelint.model import Confidence, Finding, Span
    from statelint.rulebook.schema import Rule
    from statelint.sizing.budget import Budget
    from statelint.sizing.engines import Engine
    from statelint.sizing.shares import Term
_MAX_POINTED_AT: Final = 4
"""Terms of the sum whose workers and instances a finding underlines; the notes name more."""
_MAX_TERMS: Final = 6
"""Terms of the sum that notes write out, the first ones; the arithmetic in the message has the total."""


def budget_findings(facts: DeploymentFacts, rules: Mapping[str, Rule]) -> Iterator[Finding | Evidence]:
    """Report a sum that exceeds what the database allows; one that holds, or cannot be known, is evidence."""
    if not any(counts(engine) for engine in facts.engines):
        return
    result = budget(facts.held or facts.engines, facts.everything or facts.deployment, facts.scaling, facts.instances)
    if result is None:
        return
    engine = next(engine for engine in facts.engines if counts(engine))
    mine = [each for each in (result, *result.others) if _own(facts, each)]
    over = [each for each in mine if each.verdict == "fail" and each.target == mine[0].target]
    if over:  # of each database server of the description that is worst off
        yield from (_over(facts, each, rules["SL0903"]) for each in over)
        return
    for each in mine:
        if each is mine[0] or each.verdict == "pass":
            yield from _spoken(each, engine)


def over_together(facts: DeploymentFacts, result: Budget, rule: Rule) -> Finding:
    """Return the finding that what several programs open at one server is too much, at a pool of the one that `facts` are about."""
    return _over(facts, result, rule)


def _own(facts: DeploymentFacts, result: Budget) -> list[Term]:
    """Return the terms of a sum that are this program's; other programs have theirs at the same server, or all of it."""
    places = {engine.place for engine in facts.engines}
    return [term for term in result.terms if term.place in places]


def _spoken(result: Budget, engine: Engine) -> Iterator[Evidence]:
    where = result.terms[0].instances
    at = (where.path, where.line) if where.path else (engine.place.path, engine.place.line)
    if result.verdict == "pass":
        text = f"the pools fit: {result.text}"
        if result.surge is not None and result.high is not None and result.high + result.surge > result.available:
            text += f"; a rolling update may open {result.surge} more for a while"
        yield Evidence("database", "pass", *at, text)
        return
    missing = result.missing[0] if result.missing else where
    at = (missing.path, missing.line) if missing.path else at
    text = f"whether the pools fit is not known: {missing.text}"
    if result.instances_that_fit is not None and result.pooler is None:
        text += f"; as they are they fit {result.instances_that_fit} instance{'s' if result.instances_that_fit != 1 else ''}"
    yield Evidence("database", "unknown", *at, text)


def _over(facts: DeploymentFacts, result: Budget, rule: Rule) -> Finding:
    unlimited = result.high == UNLIMITED
    own = _own(facts, result)
    worst = max(own, key=lambda term: term.low if term.high is None else 10**9 if term.high == UNLIMITED else term.high)
    engine = next(engine for engine in facts.engines if engine.place == worst.place)
    case = "pooler" if result.pooler is not None and result.pooler.certain else "unlimited" if unlimited else "over"
    total = f"at least {result.low}" if result.high is None else str(result.high)
    one_at_a_time = _one_at_a_time(facts, result)
    each = worst.each.value if worst.each.value is not None and worst.each.value != UNLIMITED else worst.each.max
    label = "no limit in any process" if unlimited or each is None else f"{each} connections in every process"
    return finding(
        rule,
        span(engine.place, label),
        symbol=worst.engine,
        message=worded(rule, case, symbol=worst.engine, total=total, available=result.available, arithmetic=result.text),
        severity="warning" if result.high is None else None,  # a sum with an unknown part is likely, not certain
        confidence=_confidence(result, one_at_a_time=one_at_a_time),
        spans=_spans(result, engine.place),
        notes=tuple(_notes(result, one_at_a_time=one_at_a_time)),
        scope="deployment",
    )


def _one_at_a_time(facts: DeploymentFacts, result: Budget) -> bool:
    """Say whether every web worker is known to serve one request at a time, with pools that open a connection only when it is needed."""
    web = [process for process in facts.web() if process.target == result.target]
    lazy = not any(engine.eager for engine in facts.engines if counts(engine))
    return lazy and bool(web) and all(process.threads.value == 1 and not process.asynchronous for process in web)


def _confidence(result: Budget, *, one_at_a_time: bool) -> Confidence:
    """A pool that may open too many is certain; that it does, with one request at a time in each worker, is less so."""
    if one_at_a_time:
        return "medium"
    return "high" if "default" not in result.limit.text or (result.high or result.low) > 2 * result.available else "medium"


def _spans(result: Budget, place: SourceRange) -> tuple[Span, ...]:
    """Point at each factor once."""
    factors: dict[tuple[str, int, str], Factor] = {}
    for term in result.terms[:_MAX_POINTED_AT]:
        for factor in (term.workers, term.instances):
            factors.setdefault((factor.path, factor.line, factor.text), factor)
    if "default" not in result.limit.text:
        factors.setdefault((result.limit.path, result.limit.line, result.limit.text), result.limit)
    spans = [factor_span(factor) for factor in factors.values() if (factor.path, factor.line) != (place.path, place.line)]
    return tuple(span for span in spans if span is not None)


def _notes(result: Budget, *, one_at_a_time: bool) -> Iterator[str]:
    for term in result.terms[:_MAX_TERMS]:
        yield term.text
    if "default" in result.limit.text:
        yield f"{result.limit.text}; `max-connections` under [tool.statelint.scaling] states another."
    if result.fits is not None and result.pooler is None:
        if result.fits < 1:
            yield "Not even one connection for each process fits: put a pooler such as PgBouncer in front of the database."
        else:
            surge = f" ({result.fits_with_surge} with {SURGE} % more instances during a rolling update)" if result.fits_with_surge else ""
            yield f"{result.fits} connections in each process would fit{surge}, pool and overflow of all engines together."
    elif result.instances_that_fit is not None and result.pooler is None:
        yield f"As the pools are, {result.instances_that_fit} instances fit."
    if one_at_a_time:
        yield "Workers of one thread need one connection at a time; the sum is what their pools may open before anything stops them."
