"""Judge every use of what the `[[api]]` rows know: finding, evidence, or an open question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.context import Report, evidence, finding
from statelint.inspect.rows.decision import ANY_TEXT, Decision, judge_options, span_of_option
from statelint.inspect.rows.escapes import escapes_request
from statelint.inspect.rows.patterns import shown
from statelint.inspect.rows.selectors import decide, holds
from statelint.inspect.rows.setting_rows import SettingRows
from statelint.inspect.rows.switches import Switches
from statelint.inspect.rows.usage import Usage
from statelint.inspect.rows.wording import doubt, hint_of, label_of, message_of, notes_of, spoken
from statelint.inspect.source_spans import key_span
from statelint.inspect.spans import line_span, span_of_use, symbol_of
from statelint.inspect.unreached import Unreached
from statelint.model import Step
from statelint.program.evaluation.value import OPTION, Outcome
from statelint.program.names.conditions import inside
from statelint.program.names.nodes import Class, Function
from statelint.survey.summary import Call, Const, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from statelint.inspect.context import Activity, Context
    from statelint.inspect.rows.decision import Decided
    from statelint.inspect.uses import Use
    from statelint.model import Confidence, Severity, Span
    from statelint.program.evaluation.evaluator import Value
    from statelint.rulebook.schema import Api, Rule
    from statelint.survey.summary import Expr

_RUNS: Final[dict[str, frozenset[Activity]]] = {
    "serving": frozenset({"serving", "startup", "unreached"}),
    "request": frozenset({"serving"}),
    "activity": frozenset({"serving", "worker"}),
    "startup": frozenset({"startup", "serving"}),
    "anywhere": frozenset({"serving", "startup", "worker", "command", "unreached"}),
}


class Candidate(NamedTuple):
    """A use whose deciding value violates its row, for checks that look further."""

    rule: Rule
    row: Api
    use: Use
    decision: Decision
    option: Decided
    activity: Activity
    runs: Outcome = Outcome(holds=True)
    """Whether the conditions around the use hold with the environment that is known."""

    @property
    def value(self) -> Value:
        """The value that decided."""
        return self.option.value


class RowJudge:
    """Runs all rows; rules named in `refinements` hand their candidates to Python."""

    def __init__(
        self,
        context: Context,
        refinements: Mapping[str, Callable[[Candidate, Context], Iterator[Report]]],
        filters: Mapping[str, Callable[[Candidate, Context], bool]] | None = None,
    ) -> None:
        self._context = context
        self._refinements = refinements
        self._filters = filters or {}
        self.uses = context.uses
        self._usage = Usage(context)
        self._switches = Switches(context)
        self._settings = SettingRows(context, self._usage)

    def run_rule(self, rule: Rule) -> Iterator[Report]:
        """Judge every row of a rule."""
        for row in rule.api:
            if row.kind == "setting":
                yield from self._settings.judge(rule, row)
            else:
                for use in self.uses.of(row):
                    yield from self.judge(rule, row, use)

    def judge(self, rule: Rule, row: Api, use: Use) -> Iterator[Report]:
        """Judge one use."""
        context = self._context
        where = self._where(row, use)
        if where is None and self._is_unreached(row, use) and self.speaks_against(rule, row, use):
            why = context.once(Unreached).why(use.function)
            text = f"{use.name} is called in {use.function.name}, to which no entry point that was found leads: {why.text}"
            yield evidence(rule.item, "unknown", use.function.module.path, use.line, text)
        if where is None or not all(holds(condition, use, context) for condition in row.requires):
            return
        if row.uses and not self._usage.any_of(row.uses):
            return
        decision = decide(row, use, context)
        verdict, option = judge_options(row, decision.options, context.program.vocabulary)
        runs = self._switches.around(use)
        if runs.holds and runs.variable and not option.value.variable:
            option = option._replace(value=option.value._replace(variable=runs.variable))
        refine = self._refinements.get(rule.name)
        switch = _switch(option, use) if verdict == "unknown" and refine is None and ANY_TEXT in row.violates else ""
        if switch:  # wrong as soon as somebody sets it, whatever to
            chosen = option._replace(
                value=option.value._replace(kind="env", variable=switch, name=option.value.name if option.value.kind == "env" else OPTION)
            )
            yield self._finding(Candidate(rule, row, use, decision, chosen, where, Outcome(holds=False, variable=switch)))
            return
        if verdict == "violates" or (verdict == "unknown" and refine is not None):
            candidate = Candidate(rule, row, use, decision, option, where, runs)
            keep = self._filters.get(rule.name)
            if keep is not None and not keep(candidate, context):
                return
            yield from refine(candidate, context) if refine is not None else (self._finding(candidate),)
        elif verdict == "satisfies" and runs.holds is False:
            reason = f"only where {runs.variable} is set" if runs.variable else "a condition switches it off"
            yield evidence(rule.item, "unknown", use.function.module.path, use.line, f"{use.name}: {reason}")
        elif verdict in ("satisfies", "unknown") and where != "unreached":
            kind, text = spoken(row, use.name, option, verdict, context.program.vocabulary, item=rule.item)
            yield evidence(rule.item, kind, use.function.module.path, use.line, text)

    def speaks_against(self, rule: Rule, row: Api, use: Use) -> bool:
        """Whether a use would be against its rule, or could be, if its function ran."""
        if not all(holds(condition, use, self._context) for condition in row.requires) or (row.uses and not self._usage.any_of(row.uses)):
            return False
        verdict, _ = judge_options(row, decide(row, use, self._context).options, self._context.program.vocabulary)
        return verdict == "violates" or (verdict == "unknown" and rule.name in self._refinements)

    def _where(self, row: Api, use: Use) -> Activity | None:
        """Return when the use runs, None where the row does not speak of it."""
        context = self._context
        guards = use.site.guards if use.site is not None else ()
        found = context.context_of(use.function, guards)
        if isinstance(use.target, Function) and found == "startup" and row.kind == "decorator" and row.where != "startup":
            found = context.context_of(use.target)  # it matters where what is decorated runs; a row for start-up speaks of the decorating
        if isinstance(use.target, (Function, Class)) and use.target.module.part in ("test", "script", "migration"):
            return None
        allowed = _RUNS[row.where]
        if found == "unreached" and row.where == "serving" and not row.violates:
            return None
        if row.where == "startup" and found == "serving" and not escapes_request(use, context):
            return None
        return found if found in allowed else None

    def _is_unreached(self, row: Api, use: Use) -> bool:
        """Whether a use would matter in a request, and the function around it may belong to one that was not found."""
        if row.where not in ("request", "activity") or not row.violates or not self._context.has_entry_points:
            return False
        guards = use.site.guards if use.site is not None else ()
        return self._context.context_of(use.function, guards) == "unreached"

    def _finding(self, candidate: Candidate) -> Report:
        rule, row, use, decision, option, where, runs = candidate
        context, value = self._context, option.value
        span = span_of_use(use, context, label_of(option))
        # library state made where no request leads is there all the same when the module is imported
        confidence: Confidence = row.confidence or ("medium" if doubt(value) or runs.text or not use.certain else "high")
        severity: Severity | None = row.severity
        reach, startup = context.program.reach["serving"], context.program.reach["startup"]
        certain = any(use.function in one and not one.is_guessed(use.function) for one in (reach, startup))
        guessed = where in ("serving", "startup") and not certain
        if (where == "unreached" and context.has_entry_points) or guessed:
            confidence = "low"
            severity = "note"
        notes = notes_of(row, decision, value)
        if runs.holds is False:  # somebody has to switch it on: a fault of that configuration, and no doubt about the default
            severity = "note"
            notes = (*notes, f"only where {runs.variable} is set" if runs.variable else "a condition in the code switches it off")
        elif runs.text:
            notes = (*notes, f"it depends on `{runs.text}`, which could not be decided")
        route = context.route_steps(reach.route(use.function)) if where == "serving" else ()
        causes: tuple[str, ...] = ()
        if value.line and value.function is not None and (value.function.module.path, value.line) != (span.path, span.line):
            # the way to the value belongs to it: a default in another module is where the repair goes
            route = (*route, Step(value.function.module.path, value.line, f"{option.source} is {shown(value)}"))
            causes = (f"value {value.function.module.path}:{value.line}",)
        deciding = self._deciding_span(option, use)
        told = {(step.path, step.line) for step in route} | {(span.path, span.line)}
        route = (*route, *(Step(one.path, one.line, one.label) for one in deciding if (one.path, one.line) not in told))
        return finding(
            rule,
            span,
            symbol=symbol_of(use),
            message=message_of(rule, row, use.name, value, symbol_of(use)),
            hint=hint_of(rule, row, value),
            severity=severity,
            confidence=confidence,
            route=route,
            spans=deciding,
            notes=notes,
            scope=use.function.name,
            api=row.id,
            causes=causes,
        )

    def _deciding_span(self, option: Decided, use: Use) -> tuple[Span, ...]:
        value = option.value
        if option.keys and not option.path and value.kind != "unknown":  # inside the call itself
            label = f"{option.source} is {shown(value)}"
            found = key_span(self._context.concrete, use.function.module.path, use.line, option.keys, label)
            return (found,) if found is not None and found.line != use.line else ()
        if option.path and option.line:
            return (span_of_option(option, self._context, f"{option.source} is {shown(value)}"),)
        if value.line and value.function is not None and value.variable and not value.path:
            return (line_span(self._context, value.function.module.path, value.line, f"used when {value.variable} is not set"),)
        return ()


def _switch(option: Decided, use: Use) -> str:
    """Return the variable or option without which a use does nothing, "" where there is none."""
    if option.value.kind == "env":
        return option.value.variable
    return _asked_before(use) if option.value.kind in ("unknown", "object") else ""


def _asked_before(use: Use) -> str:
    """Return what an argument of a call is called that a condition around asks for: `if log_file: FileHandler(log_file)`."""
    if use.site is None:
        return ""
    tests = [use.function.summary.guards[index].test for index in use.site.guards if use.function.summary.guards[index].kind == "if"]
    asked = {words for part in inside(*tests) if (words := _words(part))}
    given = (_words(expr) for expr in (*use.site.call.args, *(value for _, value in use.site.call.keywords)))
    return next((words[-1].rpartition(".")[2] for words in given if words in asked), "")


def _words(expr: Expr) -> tuple[str, ...]:
    """A path, or a call with its constant texts: `conf.get`, `general`, `log-file`."""
    if isinstance(expr, Ref):
        return (expr.path,)
    if not isinstance(expr, Call) or expr.keywords:
        return ()
    texts = tuple(arg.value for arg in expr.args if isinstance(arg, Const) and isinstance(arg.value, str))
    return (expr.func, *texts) if texts and len(texts) == len(expr.args) else ()
