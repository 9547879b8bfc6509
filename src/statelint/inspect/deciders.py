"""What decides a use of a library: the first decider of its row that is present, else the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.inspect.patterns import ABSENT, any_matches, pattern_value
from statelint.inspect.uses import Use, argument
from statelint.program.nodes import External, Made
from statelint.program.resolve import split
from statelint.program.values import UNKNOWN_VALUE, Value
from statelint.survey.summary import Call, Const, Display, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.nodes import Function
    from statelint.rulebook.schema import Api, Condition, Decider


class Decision(NamedTuple):
    """The values that decide, and where they are written."""

    values: tuple[Value, ...]
    source: str
    """`argument storage_uri`, `setting SESSION_TYPE`, `the library's default` ..."""
    path: str = ""
    line: int = 0
    """Of the deciding setting or later call; 0 where it is the use itself."""
    note: str = ""


def decide(row: Api, use: Use | None, context: Context) -> Decision:
    """Evaluate a row's deciders for one use."""
    hidden: Decision | None = None
    for decider in row.decides:
        found = _decide(decider, row, use, context)
        if found is None:
            continue
        if not decider.inner or found.values != (UNKNOWN_VALUE,):
            return found
        hidden = hidden or found  # a mapping that cannot be read; another place may still decide
    if hidden is not None:
        return hidden
    if not row.decides:
        return Decision((Value("const", const=True),), "use")
    return default_decision(row, context)


def default_decision(row: Api, context: Context) -> Decision:
    """Return what the library does when nothing decides, by the version in use."""
    pattern, note = row.default, ""
    if row.defaults:
        pinned = context.versions.get(row.package.lower().replace("_", "-"))
        newest = row.defaults[-1]
        pattern = newest.value
        if pinned is None:
            note = f"the version of {row.package} is not known; judged by {newest.since} and newer"
        else:
            for versioned in row.defaults:
                if _version(versioned.since) <= _version(pinned.version):
                    pattern = versioned.value
                    note = f"judged by {row.package} {pinned.version} ({pinned.path}:{pinned.line})"
            if _version(pinned.version) < _version(row.defaults[0].since):
                pattern = row.default or row.defaults[0].value
    return Decision((pattern_value(pattern),), f"the default of {row.package}" if pattern else "nothing", note=note)


def _version(text: str) -> tuple[int, ...]:
    parts = []
    for piece in text.split("."):
        digits = "".join(char for char in piece if char.isdigit())
        parts.append(int(digits) if digits else 0)
    return tuple(parts)


def _decide(decider: Decider, row: Api, use: Use | None, context: Context) -> Decision | None:
    if decider.contains:
        return _members(decider.contains, context)
    if decider.setting:
        return decide_setting(decider.setting, context)
    if decider.env:
        return _environment(decider, context)
    if use is None:
        return None
    if decider.attribute:
        return _attribute(decider.attribute, row, use, context)
    if decider.method:
        return _later_call(decider, row, use, context)
    given = argument(use.call, decider.argument, decider.position)
    if given is None:
        starred = use.call is not None and any(name == "**" for name, _ in use.call.keywords)
        return Decision((UNKNOWN_VALUE,), f"argument {decider.argument}, hidden in **") if starred and decider.argument else None
    name = f"argument {decider.argument}" if decider.argument else f"argument {decider.position}"
    if decider.inner:
        inside = _inner(given, decider.inner, use.function, context)
        return Decision(inside, f"{name}, {decider.inner}") if inside else None
    values = context.program.evaluator.values(use.function, given)
    values = tuple(value for value in values if not (value.kind == "const" and value.const is None and row.default)) or values
    if all(value.kind == "const" and value.const is None for value in values) and row.default and "none" not in row.violates:
        return None  # `storage_uri=None` is the library's default
    return Decision(values, name)


def _inner(given: Expr, inner: str, function: Function, context: Context) -> tuple[Value, ...]:
    """The keyword of a call, or the key of a mapping, inside an argument; dots lead deeper, `*` is each.

    Empty where the mapping is known and has no such key; unknown where it is made by a call or has computed keys.
    """
    evaluator = context.program.evaluator
    found: list[Value] = []
    whole = False
    for scope, expr in _followed(given, function, context):
        whole = isinstance(expr, Const) or (isinstance(expr, Display) and all(isinstance(key, Const) for key in expr.keys))
        for where, item in _reach_in(expr, inner, scope, context):
            found.extend(evaluator.values(where, item))
    return tuple(found) if found or whole else (UNKNOWN_VALUE,)


def _followed(expr: Expr, function: Function, context: Context) -> Iterator[tuple[Function, Expr]]:
    if isinstance(expr, Ref):
        for value in context.program.evaluator.values(function, expr):
            if isinstance(value.expr, (Display, Call)) and value.function is not None:
                yield value.function, value.expr
    else:
        yield function, expr


def _reach_in(expr: Expr, inner: str, function: Function, context: Context) -> Iterator[tuple[Function, Expr]]:
    pairs: list[tuple[str, Expr]] = []
    if isinstance(expr, Call):
        pairs = list(expr.keywords)
    elif isinstance(expr, Display) and expr.kind == "dict":
        pairs = [(str(key.value), item) for key, item in zip(expr.keys, expr.items, strict=False) if isinstance(key, Const)]
    elif isinstance(expr, Display):
        pairs = [(str(index), item) for index, item in enumerate(expr.items)]
    whole = [item for key, item in pairs if key == inner]
    if whole:
        yield from ((function, item) for item in whole)
        return
    key, _, rest = inner.partition(".")
    for name, item in pairs:
        if key in ("*", name):
            if not rest:
                yield function, item
            else:
                for scope, deeper in _followed(item, function, context):
                    yield from _reach_in(deeper, rest, scope, context)


def _members(name: str, context: Context) -> Decision | None:
    """The members of a setting that is a list."""
    texts = list(context.program.settings.strings(name))
    if not texts:
        return None
    values = tuple(Value("const", const=text.text, line=text.line) for text in texts)
    return Decision(values, f"setting {name}", texts[0].module.path, texts[0].line)


def decide_setting(name: str, context: Context) -> Decision | None:
    """Return what a setting, by dotted path, is set to; None where nothing sets it."""
    program = context.program
    found = program.settings.lookup(name)
    if not found:
        return None
    values: list[Value] = []
    for setting in found:
        if setting.name.endswith(".?"):
            values.append(_opaque(setting.function, setting.expr, name, context))
        else:
            values.extend(program.evaluator.values(setting.function, setting.expr))
    return Decision(tuple(values), f"setting {found[0].name}", found[0].module.path, found[0].line)


def _opaque(function: Function, expr: Expr, name: str, context: Context) -> Value:
    """A mapping made by a call: `DATABASES = {"default": dj_database_url.config(default="sqlite:///x")}`."""
    last = name.rpartition(".")[2]
    for value in context.program.evaluator.values(function, expr):
        if last in ("ENGINE", "BACKEND") and value.kind in ("const", "head") and isinstance(value.const, str):
            scheme = value.const.partition(":")[0]
            return value._replace(kind="head", const=f"{scheme}://")
        return value if value.kind == "env" else UNKNOWN_VALUE
    return UNKNOWN_VALUE


def _environment(decider: Decider, context: Context) -> Decision | None:
    """A variable that the library itself reads: what deployment files set."""
    deployment = context.deployment
    for process in deployment.processes if deployment is not None else ():
        given = process.env.get(decider.env)
        if given is not None:
            value = Value("env", variable=decider.env) if given.value is None else Value("const", const=given.value, variable=decider.env)
            return Decision((value,), f"variable {decider.env}", given.path, given.line)
    return None


def _attribute(attribute: str, row: Api, use: Use, context: Context) -> Decision | None:
    """`app.session_interface = X()` on the object that the use made."""
    program = context.program
    for function in program.functions:
        for write in function.summary.writes:
            prefix, step = split(write.target)
            if step != f".{attribute}" or function.module.part == "test":
                continue
            names = {e.name for e in program.resolver.walk(function, prefix).entities if isinstance(e, (Made, External))}
            if names & set(row.names) or use.name in names:
                return Decision(program.evaluator.values(function, write.value), f"attribute {attribute}", function.module.path, write.line)
    return None


def _later_call(decider: Decider, row: Api, use: Use, context: Context) -> Decision | None:
    """`limiter.init_app(app, storage_uri=...)` after `limiter = Limiter(...)`."""
    for name in dict.fromkeys((use.name, *row.names)):
        for call in context.program.graph.library_calls.get(f"{name}.{decider.method}", ()):
            given = argument(call.site.call, decider.argument, decider.position)
            if given is None or not _same_object(use, call.function, call.site.call.func, context):
                continue
            source = f"argument {decider.argument or decider.position} of {decider.method}()"
            if decider.inner:
                inside = _inner(given, decider.inner, call.function, context)
                if not inside:
                    continue
                return Decision(inside, source, call.function.module.path, call.site.call.line)
            values = context.program.evaluator.values(call.function, given)
            return Decision(values, source, call.function.module.path, call.site.call.line)
    return None


def _same_object(use: Use, function: Function, func: str, context: Context) -> bool:
    """Whether a method is called on what the use bound; unknown counts as yes."""
    if use.site is None or not use.site.bound:
        return True
    resolver = context.program.resolver
    made = {place.location for place in resolver.walk(use.function, use.site.bound).places}
    called = {place.location for place in resolver.walk(function, split(func)[0]).places}
    return not made or not called or bool(made & called)


def holds(condition: Condition, use: Use | None, context: Context) -> bool:
    """Whether a row's further condition is met."""
    evaluator, vocabulary = context.program.evaluator, context.program.vocabulary
    values: tuple[Value, ...] = ()
    if condition.setting:
        for setting in context.program.settings.lookup(condition.setting):
            values += evaluator.values(setting.function, setting.expr)
    elif use is not None:
        given = argument(use.call, condition.argument, condition.position)
        values = evaluator.values(use.function, given) if given is not None else ()
    values = values or (ABSENT,)
    if condition.matches and not any(any_matches(value, condition.matches, vocabulary) for value in values):
        return False
    return not any(any_matches(value, condition.excludes, vocabulary) for value in values)
