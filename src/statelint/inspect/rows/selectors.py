"""What decides a use of a library: the first decider of its row that is present, else the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.inspect.arguments import argument
from statelint.inspect.rows.decision import Decided, Decision
from statelint.inspect.rows.nested_values import inside
from statelint.inspect.rows.own_backends import as_library
from statelint.inspect.rows.patterns import ABSENT, any_matches, pattern_value
from statelint.program.evaluation.evaluator import UNKNOWN_VALUE, Value
from statelint.program.names.nodes import Class, External, ExternalValue
from statelint.program.names.resolver import split

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.inspect.context import Context
    from statelint.inspect.uses import Use
    from statelint.program.names.nodes import Function
    from statelint.program.settings.assignments import SettingValue
    from statelint.rulebook.schema import Api, Condition, Decider
    from statelint.survey.summary import Expr


def decide(row: Api, use: Use | None, context: Context) -> Decision:
    """Evaluate a row's deciders for one use, or for the settings alone."""
    hidden: Decision | None = None
    for decider in row.decides:
        found = _decide(decider, row, use, context)
        if found is None:
            continue
        if decider.setting:
            found = _with_default(found, row)
        if not decider.inner or any(option.value != UNKNOWN_VALUE for option in found.options):
            return found
        hidden = hidden or found  # a mapping that cannot be read; another place may still decide
    if hidden is not None:
        return hidden
    if not row.decides:
        return Decision((Decided(Value("const", const=True), "use"),))
    return default_decision(row, context)


def _with_default(found: Decision, row: Api) -> Decision:
    """Put the library's default in the place of a setting that is None."""
    if not row.default:
        return found
    default = pattern_value(row.default)
    options = []
    for option in found.options:
        unset = option.value.kind == "const" and option.value.const is None
        options.append(option._replace(value=default._replace(choice=option.value.choice)) if unset else option)
    return found._replace(options=tuple(options))


def default_decision(row: Api, context: Context) -> Decision:
    """Return what the library does when nothing decides, by the version in use; unknown where settings are out of sight."""
    for name in (*(decider.setting for decider in row.decides), *(row.names if row.kind == "setting" else ())):
        reason = context.program.settings.hidden(name, row.framework) if name else ""
        if reason:
            return Decision((Decided(UNKNOWN_VALUE, f"setting {name}", reason=reason),))
    pattern, note = row.default, ""
    if row.defaults:
        pinned = context.versions.get(row.package.lower().replace("_", "-"))
        newest = row.defaults[-1]
        pattern = newest.value
        if pinned is None or not pinned.version:
            note = f"the version of {row.package} is not known; judged by {newest.since} and newer"
        else:
            reached = [versioned for versioned in row.defaults if version_of(versioned.since) <= version_of(pinned.version)]
            if reached:
                pattern = reached[-1].value
            elif pinned.exact:
                pattern = row.default or row.defaults[0].value
            note = f"judged by {row.package} {pinned.version} ({pinned.path}:{pinned.line})"
    source = f"the default of {row.package}" if pattern else "nothing"
    return Decision((Decided(pattern_value(pattern), source),), note)


def version_of(text: str) -> tuple[int, ...]:
    """Turn `1.2rc3` into numbers that compare."""
    parts = []
    for piece in text.split("."):
        digits = "".join(char for char in piece if char.isdigit())
        parts.append(int(digits) if digits else 0)
    return tuple(parts)


def _decide(decider: Decider, row: Api, use: Use | None, context: Context) -> Decision | None:
    if decider.contains or decider.setting or decider.env:
        return _outside(decider, context)
    return _at_use(decider, row, use, context) if use is not None else None


def _outside(decider: Decider, context: Context) -> Decision | None:
    """What decides wherever the use is: settings and variables."""
    if decider.contains:
        return _members(decider.contains, context)
    return decide_setting(decider.setting, context) if decider.setting else _environment(decider, context)


def _at_use(decider: Decider, row: Api, use: Use, context: Context) -> Decision | None:
    """What decides about one object: its arguments, attributes and later calls."""
    if decider.attribute:
        return _attribute(decider.attribute, row, use, context)
    if decider.method:
        return _later_call(decider, row, use, context)
    given = argument(use.call, decider.argument, decider.position)
    if given is None:
        starred = use.call is not None and any(name == "**" for name, _ in use.call.keywords)
        if starred and decider.argument:
            return Decision((Decided(UNKNOWN_VALUE, f"argument {decider.argument}", reason="it may hide in `**`"),))
        return None
    name = f"argument {decider.argument or decider.position}"
    if decider.inner:
        options = inside(given, decider.inner, use.function, context, source=f"{name}, {decider.inner}")
        return Decision(options) if options else None
    return _given(given, name, row, use.function, context)


def _given(given: Expr, name: str, row: Api, function: Function, context: Context) -> Decision | None:
    values = context.program.evaluator.values(function, given)
    values = tuple(value for value in values if not (value.kind == "const" and value.const is None and row.default)) or values
    if all(value.kind == "const" and value.const is None for value in values) and row.default and "none" not in row.violates:
        return None  # `storage_uri=None` is the library's default
    return Decision(tuple(Decided(value, name) for value in values))


def _members(name: str, context: Context) -> Decision | None:
    """The members of a setting that is a list, each where it is written."""
    options = [
        Decided(value, f"setting {name}", found.function.module.path, found.line, found.keys, name)
        for whole in context.program.settings.lookup(name)
        for found in context.program.settings.members(whole)
        for value in context.program.evaluator.setting(found)
    ]
    return Decision(tuple(options)) if options else None


def decide_setting(name: str, context: Context) -> Decision | None:
    """Return what a setting, by dotted path, is set to; None where nothing sets it."""
    settings, evaluator = context.program.settings, context.program.evaluator
    given = evaluator.given(settings.variable_for(name))
    if given is not None:
        return Decision((Decided(given, f"variable {given.variable}", given.path, given.line, name=name),))
    options: list[Decided] = []
    for setting in settings.lookup(name):
        values = tuple(as_library(value, context.program) for value in evaluator.setting(setting))
        if setting.opaque and setting.how == "add" and all(value.kind == "env" and not value.required for value in values):
            # `DATABASES["default"].update(dj_database_url.config())`: empty while the variable is not set
            options = [option._replace(value=option.value._replace(variable=values[0].variable)) for option in options]
            continue
        if setting.opaque and setting.how == "add":
            options.clear()
        source = f"setting {setting.name}{_holder(setting)}"
        path = setting.function.module.path
        options.extend(Decided(value, source, path, setting.line, setting.keys, setting.name) for value in values)
    variable = settings.variable_for(name)
    return Decision(tuple(options), f"{variable} replaces it where it is set" if variable else "") if options else None


def _holder(setting: SettingValue) -> str:
    """Name the class that was judged, where a class holds the setting."""
    return f" of {setting.holder}" if setting.holder else ""


def _environment(decider: Decider, context: Context) -> Decision | None:
    """A variable that the library itself reads: what deployment files set."""
    value = context.program.evaluator.given(decider.env)
    return Decision((Decided(value, f"variable {decider.env}", value.path, value.line),)) if value is not None else None


def _attribute(attribute: str, row: Api, use: Use, context: Context) -> Decision | None:
    """`app.session_interface = X()` on the object that the use made, or `class X: session_interface = ...`."""
    program = context.program
    if isinstance(use.target, Class) and attribute in use.target.bindings:
        binding = use.target.bindings[attribute][-1]
        values = program.evaluator.values(use.target.scope, binding.value)
        return Decision(tuple(Decided(value, f"attribute {attribute}", use.target.module.path, binding.line) for value in values))
    ending = f".{attribute}"
    for function in program.functions:
        for write in function.summary.writes:
            if not write.target.endswith(ending) or function.module.part == "test":
                continue
            prefix = write.target.removesuffix(ending)
            names = {e.name for e in program.resolver.walk(function, prefix).objects if isinstance(e, (ExternalValue, External))}
            if names & {*row.names, use.name} and _same_object(use, function, prefix, context):
                values = program.evaluator.values(function, write.value)
                return Decision(tuple(Decided(value, f"attribute {attribute}", function.module.path, write.line) for value in values))
    return None


def _later_call(decider: Decider, row: Api, use: Use, context: Context) -> Decision | None:
    """`limiter.init_app(app, storage_uri=...)` after `limiter = Limiter(...)`."""
    for name in dict.fromkeys((use.name, *row.names)):
        for call in context.program.graph.library_calls.get(f"{name}.{decider.method}", ()):
            given = argument(call.site.call, decider.argument, decider.position)
            if call.function.module.part == "test" or not _same_object(use, call.function, split(call.site.call.func)[0], context):
                continue
            if given is None:
                continue
            source = f"argument {decider.argument or decider.position} of {decider.method}()"
            path, line = call.function.module.path, call.site.call.line
            if decider.inner:
                options = inside(given, decider.inner, call.function, context, source=source)
                if not options:
                    continue
            else:
                options = tuple(Decided(value, source) for value in context.program.evaluator.values(call.function, given))
            keys = (decider.argument,) if decider.argument else ()
            return Decision(tuple(option if option.path else option._replace(path=path, line=line, keys=keys) for option in options))
    return None


def _same_object(use: Use, function: Function, path: str, context: Context) -> bool:
    """Whether a path means what the use bound; unknown counts as yes."""
    if use.site is None or not use.site.bound:
        return True
    resolver = context.program.resolver
    made = {place.location for place in resolver.walk(use.function, use.site.bound).places}
    called = {place.location for place in resolver.walk(function, path).places}
    return not made or not called or bool(made & called)


def holds(condition: Condition, use: Use | None, context: Context) -> bool:
    """Whether a row's further condition is met."""
    vocabulary = context.program.vocabulary
    values: Iterable[Value] = ()
    if condition.setting:
        found = decide_setting(condition.setting, context)
        values = found.values if found is not None else ()
    elif use is not None:
        given = argument(use.call, condition.argument, condition.position)
        values = context.program.evaluator.values(use.function, given) if given is not None else ()
    values = tuple(values) or (ABSENT,)
    if condition.matches and not any(any_matches(value, condition.matches, vocabulary) for value in values):
        return False
    return not any(any_matches(value, condition.excludes, vocabulary) for value in values)
