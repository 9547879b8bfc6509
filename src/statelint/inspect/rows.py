"""Judge every use of what the `[[api]]` rows know: finding, evidence, or an open question."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.context import Report, evidence, finding
from statelint.inspect.deciders import Decision, decide, decide_setting, default_decision, holds
from statelint.inspect.patterns import ABSENT, any_matches, shown
from statelint.inspect.spans import line_span, span_of_setting, span_of_use, symbol_of
from statelint.inspect.uses import Use, UseIndex
from statelint.model import Step
from statelint.program.nodes import Class, Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from statelint.inspect.context import Context
    from statelint.model import Confidence, Severity, Span
    from statelint.program.values import Value
    from statelint.rulebook.schema import Api, Rule

_RUNS: Final[dict[str, frozenset[str]]] = {
    "serving": frozenset({"serving", "startup", "unreached"}),
    "request": frozenset({"serving"}),
    "startup": frozenset({"startup", "serving"}),
    "anywhere": frozenset({"serving", "startup", "worker", "command", "unreached"}),
}


class Candidate(NamedTuple):
    """A use whose deciding value violates its row, for checks that look further."""

    rule: Rule
    row: Api
    use: Use
    decision: Decision
    value: Value
    context_name: str


class RowJudge:
    """Runs all rows; rules named in `refinements` hand their candidates to Python."""

    def __init__(
        self,
        context: Context,
        refinements: Mapping[str, Callable[[Candidate, Context], Iterator[Report]]],
        filters: Mapping[str, Callable[[Candidate, Context], bool]],
    ) -> None:
        self._context = context
        self._refinements = refinements
        self._filters = filters
        self.uses = UseIndex(context)

    def run_rule(self, rule: Rule) -> Iterator[Report]:
        """Judge every row of a rule."""
        for row in rule.api:
            if row.kind == "setting":
                yield from self._setting_row(rule, row)
            else:
                for use in self.uses.of(row):
                    yield from self.judge(rule, row, use)

    def judge(self, rule: Rule, row: Api, use: Use) -> Iterator[Report]:
        """Judge one use."""
        context = self._context
        where = self._where(row, use)
        if where is None or not all(holds(condition, use, context) for condition in row.requires):
            return
        if row.uses and not self._project_uses(row):
            return
        decision = decide(row, use, context)
        value, verdict = self._verdict(row, decision)
        refine = self._refinements.get(rule.name)
        if verdict == "violates" or (verdict == "unknown" and refine is not None):
            candidate = Candidate(rule, row, use, decision, value, where)
            keep = self._filters.get(rule.name)
            if keep is not None and not keep(candidate, context):
                return
            yield from refine(candidate, context) if refine is not None else (self._finding(candidate),)
        elif verdict in ("satisfies", "unknown") and where != "unreached":
            yield self._evidence(rule, row, use.function.module.path, use.line, decision, value, verdict, use.name)

    def _where(self, row: Api, use: Use) -> str | None:
        """Return in which context the use runs, None where the row does not speak of it."""
        context = self._context
        guards = use.site.guards if use.site is not None else ()
        found = context.context_of(use.function, guards)
        if isinstance(use.target, Function) and found == "startup":
            found = context.context_of(use.target) if row.kind == "decorator" else found
        if isinstance(use.target, (Function, Class)) and use.target.module.part in ("test", "script", "migration"):
            return None
        allowed = _RUNS[row.where]
        if found == "unreached" and row.where == "serving" and not row.violates:
            return None
        return found if found in allowed else None

    def _project_uses(self, row: Api) -> bool:
        program = self._context.program
        names = program.graph.library_calls
        packages = program.imported_packages
        for used in row.uses:
            if "." not in used:
                if used in packages or self._imported(used):
                    return True
            elif used in names or any(used in cls.external_bases for cls in program.classes) or self._imported(used):
                return True
        return False

    def _imported(self, name: str) -> bool:
        module, _, attribute = name.rpartition(".")
        for function in self._context.program.functions:
            if function.module.part == "test":
                continue
            for imported in function.summary.imports:
                if not imported.level and (imported.module == name or (imported.module == module and imported.attr == attribute)):
                    return True
                if not imported.level and imported.module.startswith(f"{name}."):
                    return True
        return any(
            value.text == name or value.text.startswith(f"{name}.")
            for setting in ("INSTALLED_APPS", "MIDDLEWARE")
            for value in self._context.program.settings.strings(setting)
        )

    def _verdict(self, row: Api, decision: Decision) -> tuple[Value, str]:
        vocabulary = self._context.program.vocabulary
        values = decision.values
        for value in values:
            if any_matches(value, row.ignores, vocabulary):
                continue
            if any_matches(value, row.violates, vocabulary):
                return value, "violates"
        for value in values:
            if any_matches(value, row.ignores, vocabulary):
                return value, "ignored"
        for value in values:
            if any_matches(value, row.satisfies, vocabulary):
                return value, "satisfies"
        value = values[0]
        if value is ABSENT or not (row.violates or row.satisfies):
            return value, "ignored"
        if value.kind == "env" and value.required:
            return value, "satisfies"  # from the environment, and required: the same on every instance
        return value, "unknown"

    # -- making reports

    def _finding(self, candidate: Candidate) -> Report:
        rule, row, use, decision, value, where = candidate
        context = self._context
        span = span_of_use(use, context, self._label(row, decision, value))
        # library state made where no request leads is there all the same when the module is imported
        confidence: Confidence = row.confidence or ("medium" if value.conditional or not use.certain else "high")
        severity: Severity | None = row.severity
        if where == "unreached" and context.has_entry_points:
            confidence = "low"
            severity = "note"
        reach = context.program.reach["serving"]
        route = context.route_steps(reach.route(use.function)) if where == "serving" else ()
        if value.line and value.function is not None and (value.function.module.path, value.line) != (span.path, span.line):
            # the way to the value belongs to it: a default in another module is where the repair goes
            route = (*route, Step(value.function.module.path, value.line, f"{decision.source} is {shown(value)}"))
        return finding(
            rule,
            span,
            symbol=symbol_of(use),
            message=message_of(rule, row, use.name, value, symbol_of(use)),
            hint=hint_of(rule, row, value),
            severity=severity,
            confidence=confidence,
            route=route,
            spans=self._deciding_span(decision, value),
            notes=notes_of(row, decision, value),
            scope=use.function.name,
            api=row.id,
        )

    def _label(self, row: Api, decision: Decision, value: Value) -> str:
        if decision.source == "use":
            return ""
        if decision.source.startswith("the default of"):
            return f"{decision.source} decides: {shown(value)}" if value is not ABSENT else "nothing says otherwise"
        return f"{decision.source} is {shown(value)}"

    def _deciding_span(self, decision: Decision, value: Value) -> tuple[Span, ...]:
        if decision.path and decision.line:
            return (line_span(self._context, decision.path, decision.line, f"{decision.source} is {shown(value)}"),)
        if value.line and value.function is not None and value.variable:
            return (line_span(self._context, value.function.module.path, value.line, f"used when {value.variable} is not set"),)
        return ()

    def _evidence(
        self, rule: Rule, row: Api, path: str, line: int, decision: Decision, value: Value, verdict: str, name: str
    ) -> Report:
        what = name or row.names[0]
        if verdict == "satisfies":
            said = "" if decision.source == "use" else f": {decision.source} is {shown(value)}"
            return evidence(rule.item, "pass", path, line, f"{what}{said}")
        reason = f"falls back to its default when {value.variable} is not set" if value.variable else "could not be followed"
        return evidence(rule.item, "unknown", path, line, f"{what}: {decision.source} {reason}")

    # -- settings

    def _setting_row(self, rule: Rule, row: Api) -> Iterator[Report]:
        context = self._context
        if not self._framework_in_use(row) or (row.uses and not self._project_uses(row)):
            return
        if not all(holds(condition, None, context) for condition in row.requires):
            return
        if row.decides:
            decision: Decision | None = decide(row, None, context)
        else:
            decision = self._by_names(row)
        if decision is None:
            return
        value, verdict = self._verdict(row, decision)
        path, line = decision.path, decision.line
        if not path:
            named = self._by_names(row)
            anchor = (named.path, named.line) if named is not None and named.path else self._anchor()
            if anchor is None:
                return
            path, line = anchor
        if verdict == "violates":
            deciding = decision.source.removeprefix("setting ") if decision.path else row.names[0]
            span = span_of_setting(path, line, deciding, value, context, self._label(row, decision, value))
            yield finding(
                rule,
                span,
                symbol=decision.source.removeprefix("setting ") if decision.path else row.names[0],
                message=message_of(rule, row, row.names[0], value, row.names[0].partition(".")[0]),
                hint=hint_of(rule, row, value),
                severity=row.severity,
                confidence=row.confidence or ("medium" if value.conditional or not decision.path else "high"),
                notes=notes_of(row, decision, value),
                scope="settings",
                api=row.id,
            )
        elif verdict in ("satisfies", "unknown"):
            yield self._evidence(rule, row, path, line, decision, value, verdict, row.names[0])

    def _by_names(self, row: Api) -> Decision | None:
        for name in row.names:
            found = decide_setting(name, self._context)
            if found is not None:
                return found
        return default_decision(row, self._context) if row.default or row.defaults or "absent" in (*row.violates, *row.satisfies) else None

    def _framework_in_use(self, row: Api) -> bool:
        if not row.framework:
            return True
        return row.framework in self._context.program.imported_packages or row.framework in self._context.program.frameworks

    def _anchor(self) -> tuple[str, int] | None:
        """Where to put a finding about a setting that is not there: the settings that count, else the application."""
        modules = self._context.program.modules
        for name in ("INSTALLED_APPS", "ROOT_URLCONF", "DATABASES", "SECRET_KEY"):
            found = self._context.program.settings.lookup(name)
            if found:
                return found[0].module.path, found[0].line
        for path in sorted(module.path for module in modules.values() if module.part == "settings"):
            return path, 1
        for name in sorted(self._context.program.vocabulary.applications):
            for call in self._context.program.graph.library_calls.get(name, ()):
                return call.function.module.path, call.site.call.line
        return None


def message_of(rule: Rule, row: Api, name: str, value: Value, symbol: str) -> str:
    """Fill a row's message, or the rule's summary."""
    text = row.message or rule.summary
    shown_value = shown(value)
    return text.replace("{name}", name).replace("{value}", shown_value).replace("{symbol}", symbol or name)


def hint_of(rule: Rule, row: Api, value: Value) -> str:
    """Write the repair in the library's words: the switch, then, indented as reports expect code, what to install and the code."""
    fix = row.fix
    text, switch = fix.text.strip(), f"set {fix.switch}" if fix.switch else ""
    if value.variable and (value.kind != "env"):
        switch = f"set {value.variable} on every instance, or make it required"
    prose = f"{text.removesuffix('.')}; {switch}" if text and switch else text or switch or rule.fix.strip()
    code = [f"pip install '{fix.install}'"] if fix.install else []
    if fix.code:
        code.append(fix.code.strip("\n").rstrip())
    shown_code = indent("\n".join(code), "    ")
    return f"{prose}\n\n{shown_code}" if code else prose


def notes_of(row: Api, decision: Decision, value: Value) -> tuple[str, ...]:
    """Caveats: the row's own, the version judged by, the variable that would change the value."""
    notes = [note for note in (row.note, decision.note) if note]
    if value.variable and value.kind != "env":
        notes.append(f"this is the default; {value.variable} replaces it where it is set")
    return tuple(notes)
