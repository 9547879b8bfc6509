"""Judge the rows that speak of settings: each place that sets one is judged, or the place that leaves the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.inspect.context import Report, evidence, finding
from statelint.inspect.rows.decision import Decided, Decision, judge_options, span_of_option
from statelint.inspect.rows.patterns import ABSENT
from statelint.inspect.rows.selectors import decide, decide_setting, default_decision, holds
from statelint.inspect.rows.wording import doubt, hint_of, is_placeholder, label_of, message_of, notes_of, spoken
from statelint.inspect.spans import line_span, span_of_use, symbol_of
from statelint.model import Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.inspect.rows.decision import Judged
    from statelint.inspect.rows.usage import Usage
    from statelint.model import Span
    from statelint.rulebook.schema import Api, Rule

_MAX_ASKING: Final = 8
"""Places that rely on one setting; more would fill the screen."""


class SettingRows:
    """Judges rows of kind `setting`."""

    def __init__(self, context: Context, usage: Usage) -> None:
        self._context = context
        self._usage = usage

    def judge(self, rule: Rule, row: Api) -> Iterator[Report]:
        """Judge what the project sets: a finding for each place that violates, evidence for the first that does not."""
        context = self._context
        if not self._framework_in_use(row) or (row.uses and not self._usage.any_of(row.uses)):
            return
        if not all(holds(condition, None, context) for condition in row.requires):
            return
        decision = decide(row, None, context) if row.decides else self._by_names(row)
        if decision is None:
            return
        told: set[str] = set()
        for options in _by_setting(decision):
            judged = judge_options(row, options, context.program.vocabulary)
            if judged.verdict == "violates":
                yield from self._findings(rule, row, decision, options)
            elif judged.verdict in ("satisfies", "unknown") and judged.verdict not in told:
                told.add(judged.verdict)
                yield from self._evidence(rule, row, judged, options)

    def _by_names(self, row: Api) -> Decision | None:
        for name in row.names:
            found = decide_setting(name, self._context)
            if found is not None:
                return found
        out_of_sight = bool(row.uses) and any(self._context.program.settings.hidden(name, row.framework) for name in row.names)
        if row.default or row.defaults or "absent" in (*row.violates, *row.satisfies) or out_of_sight:
            return default_decision(row, self._context)
        return None

    def _framework_in_use(self, row: Api) -> bool:
        program = self._context.program
        return not row.framework or row.framework in program.imported_packages or row.framework in program.frameworks

    def _findings(self, rule: Rule, row: Api, decision: Decision, options: list[Decided]) -> Iterator[Report]:
        seen: set[tuple[str, int, tuple[str, ...]]] = set()
        for option in options:
            alone = judge_options(row, [option], self._context.program.vocabulary)
            place = (option.path, option.line, option.keys)
            if alone.verdict != "violates" or place in seen:
                continue
            seen.add(place)
            span = self._span(row, option)
            if span is None:
                continue
            value = option.value
            if not value.choice:  # another may count instead
                value = value._replace(choice=next((other.value.choice for other in options if other.value.choice), ""))
            yield finding(
                rule,
                span,
                symbol=option.name or row.names[0],
                message=message_of(rule, row, row.names[0], value, row.names[0].partition(".")[0]),
                hint=hint_of(rule, row, value),
                severity=row.severity,
                confidence=row.confidence or ("medium" if doubt(value) or not option.path else "high"),
                route=self._asking(row, option, span),
                spans=self._further(row, option, span),
                notes=notes_of(row, decision, value),
                scope="settings",
                api=row.id,
            )

    def _asking(self, row: Api, option: Decided, span: Span) -> tuple[Step, ...]:
        """What relies on a setting that decides for it: another setting, classes of the project."""
        if all(option.name != decider.setting for decider in row.decides) or option.name in row.names:
            return ()
        settings = [found for name in row.names if (found := decide_setting(name, self._context)) is not None]
        steps = [Step(one.path, one.line, f"{one.name} relies on it") for found in settings for one in found.options[:1] if one.path]
        steps += [Step(use.function.module.path, use.line, f"{symbol_of(use)} relies on it") for use in self._usage.inheriting(row.uses)]
        return tuple(step for step in dict.fromkeys(steps) if (step.path, step.line) != (span.path, span.line))[:_MAX_ASKING]

    def _further(self, row: Api, option: Decided, span: Span) -> tuple[Span, ...]:
        """The place of the value, where a setting names it from elsewhere; the place of the use, where nothing is set."""
        value = option.value
        if not option.path:
            use = self._usage.first(row.uses)
            found = span_of_use(use, self._context, "used here") if use is not None else None
            return (found,) if found is not None and (found.path, found.line) != (span.path, span.line) else ()
        path = value.path or (value.function.module.path if value.function is not None else "")
        if not path or not value.line or (path, value.line) == (span.path, span.line):
            return ()
        return (line_span(self._context, path, value.line, "the value comes from here"),)

    def _evidence(self, rule: Rule, row: Api, judged: Judged, options: list[Decided]) -> Iterator[Report]:
        option = judged.option
        chosen = option
        if judged.verdict == "satisfies":  # a placeholder beside a real value is that of another environment
            chosen = next((one for one in (option, *options) if not self._is_placeholder(row, one)), option)
        span = self._span(row, chosen)
        if span is None:
            return
        name = row.names[0] if not chosen.name else ""
        kind, text = spoken(row, name, chosen, judged.verdict, self._context.program.vocabulary, item=rule.item)
        yield evidence(rule.item, kind, span.path, span.line, text)

    def _is_placeholder(self, row: Api, option: Decided) -> bool:
        return is_placeholder(row, option.value, self._context.program.vocabulary)

    def _span(self, row: Api, option: Decided) -> Span | None:
        label = label_of(option)
        if option.path:
            return span_of_option(option, self._context, label)
        return self._anchor(row, label if option.value is not ABSENT else f"{row.names[0]} is not set")

    def _anchor(self, row: Api, label: str) -> Span | None:
        """Where to put a finding about what is not set: a setting that asks for it, the code that uses it, the settings."""
        names = [*row.names, *(condition.setting for condition in row.requires if condition.setting)]
        for name in names:
            found = decide_setting(name, self._context)
            if found is not None and found.options[0].path:
                return span_of_option(found.options[0], self._context, label)
        use = self._usage.first(row.uses)
        if row.framework == "django" or use is None:
            return self._settings_at(label) or (span_of_use(use, self._context, label) if use is not None else None)
        return span_of_use(use, self._context, label)

    def _settings_at(self, label: str) -> Span | None:
        """Where the settings that count begin, else where the application is made."""
        program = self._context.program
        for name in ("INSTALLED_APPS", "ROOT_URLCONF", "DATABASES", "SECRET_KEY"):
            settings = program.settings.lookup(name)
            if settings:
                return line_span(self._context, settings[0].module.path, settings[0].line, label)
        for name in sorted(program.vocabulary.applications):
            for call in program.graph.library_calls.get(name, ()):
                return line_span(self._context, call.function.module.path, call.site.call.line, label)
        return None


def _by_setting(decision: Decision) -> Iterator[list[Decided]]:
    """Group the options that are alternatives of one setting."""
    groups: dict[str, list[Decided]] = {}
    for option in decision.options:
        groups.setdefault(option.name or option.source, []).append(option)
    yield from groups.values()
