"""Secrets made when a process starts, kept in a local file, and work at start-up that races."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.context import Report, finding
from statelint.inspect.spans import line_span
from statelint.program.nodes import Class, External, Function
from statelint.program.settings import development_arm
from statelint.survey.summary import Binding, Call, Const, Either, Expr, Ref, Template, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.rulebook.schema import Rule

_SECRET: Final = re.compile(
    r"(?i)(?:^|[_.\[])(?:secret|secrets|secret_?key|secret_?token|signing_?key|sign_?key|encrypt(?:ion)?_?key|enc_?key|cookie_?secret|cookie_?key|jwt_?(?:secret|key)\w*|"
    r"csrf_?(?:secret|key|token)?|fernet_?key|fernet|session_?(?:secret|key)|auth_?(?:secret|key)|private_?key|hmac_?(?:key|secret)|password_?salt|"
    r"security_password_salt|token_?(?:secret|key)|master_?key|app_?key|api_?secret|crypt_?key|pepper|\w+_secret|\w+_secret_key)\]?$"
)
_DEPTH: Final = 5


class _Sink(NamedTuple):
    """Somewhere a secret is set."""

    name: str
    function: Function
    value: Expr
    line: int
    column: int
    end_line: int
    end_column: int
    guards: tuple[int, ...]


def check(context: Context) -> Iterator[Report]:
    """Report secrets that every process draws for itself."""
    rule = context.book.rule("secret-made-at-start")
    local = context.book.rule("secret-in-local-file")
    if rule is None:
        return
    finder = RandomSources(context)
    seen: set[tuple[str, int]] = set()
    for sink in _sinks(context):
        if development_arm(sink.function.summary.guards[index] for index in sink.guards):
            continue
        where = context.context_of(sink.function, sink.guards)
        if where not in ("startup", "serving", "unreached") or (where == "serving" and not _lasts(sink)):
            continue
        source = finder.source(sink.function, sink.value)
        if source is None or (sink.function.module.path, sink.line) in seen:
            continue
        if where == "unreached" and not sink.function.is_body:
            continue
        seen.add((sink.function.module.path, sink.line))
        stored = finder.stored_in_file(source[1])
        yield _finding(local if stored and local is not None else rule, sink, source[0], context, stored=stored)


def _finding(rule: Rule, sink: _Sink, source: str, context: Context, *, stored: bool) -> Report:
    span = line_span(context, sink.function.module.path, sink.line, f"drawn from {source} by each process", sink.column)
    notes = []
    variable = _variable(sink.value, context, sink.function)
    if variable:
        notes.append(f"{variable} replaces it where it is set on every instance")
    if stored:
        notes.append("the value is kept in a file of this instance")
    symbol = sink.name.rpartition(".")[2].strip("]").rpartition("[")[2]
    message = rule.messages.get("drawn", rule.summary).replace("{symbol}", symbol).replace("{name}", source).replace("{value}", source)
    return finding(
        rule,
        span,
        symbol=symbol,
        message=message,
        confidence="medium" if variable or stored else "high",
        notes=notes,
        scope=sink.function.name,
    )


def _lasts(sink: _Sink) -> bool:
    """A write in a request counts where its target outlives the request."""
    return sink.name.startswith(("app.", "current_app.", "self.app", "settings.", "config."))


def _sinks(context: Context) -> Iterator[_Sink]:
    program = context.program
    for function in program.functions:
        if function.module.part in ("test", "script", "command", "migration"):
            continue
        summary = function.summary
        for binding in summary.bindings:
            if (function.is_body or _becomes_secret(function, binding)) and _SECRET.search(binding.name):
                yield _from_binding(binding, function)
        for write in summary.writes:
            if write.how == "=" and _SECRET.search(write.target):
                yield _from_write(write, function)
        for site in summary.calls:
            for keyword, value in site.call.keywords:
                if (
                    _SECRET.search(keyword)
                    and isinstance(value, (Call, Either, Ref))
                    and function.is_body | (context.context_of(function) == "startup")
                ):
                    call = site.call
                    yield _Sink(keyword, function, value, call.line, call.column, call.end_line, call.end_column, site.guards)
    for cls in program.classes:
        if cls.module.part not in ("test", "script", "migration"):
            yield from (_from_binding(b, cls.scope) for name, bound in cls.bindings.items() if _SECRET.search(name) for b in bound)


def _becomes_secret(function: Function, binding: Binding) -> bool:
    """A local name counts where it is set on the application or returned by a start-up function."""
    name = binding.name
    if any(isinstance(w.value, Ref) and w.value.path == name and _SECRET.search(w.target) for w in function.summary.writes):
        return False  # the write itself is the sink
    returned = any(isinstance(expr, Ref) and expr.path == name for expr in function.summary.returns)
    return returned and not function.params


def _from_binding(binding: Binding, function: Function) -> _Sink:
    return _Sink(binding.name, function, binding.value, binding.line, binding.column, binding.end_line, binding.end_column, binding.guards)


def _from_write(write: Write, function: Function) -> _Sink:
    return _Sink(write.target, function, write.value, write.line, write.column, write.end_line, write.end_column, write.guards)


class RandomSources:
    """Finds the random draw that a value comes from."""

    def __init__(self, context: Context) -> None:
        self._program = context.program
        self._random = context.program.vocabulary.role("random-secret")
        self._environment = context.program.vocabulary.role("env-read")

    def source(self, function: Function, expr: Expr | None, depth: int = 0) -> tuple[str, Function] | None:
        """Return the library name drawn from and the function that draws, None if the value is no random one."""
        if expr is None or depth > _DEPTH:
            return None
        match expr:
            case Call():
                return self._call(function, expr, depth)
            case Either():
                return self._first(function, expr.options, depth)
            case Template():
                return self._first(function, expr.parts, depth)
            case Ref():
                return self._ref(function, expr, depth)
        return None

    def _first(self, function: Function, exprs: tuple[Expr, ...], depth: int) -> tuple[str, Function] | None:
        found = (self.source(function, expr, depth + 1) for expr in exprs)
        return next((source for source in found if source is not None), None)

    def _call(self, function: Function, call: Call, depth: int) -> tuple[str, Function] | None:
        for entity in self._program.resolver.walk(function, call.func).entities:
            if isinstance(entity, External) and self._random.calls(entity.name):
                return entity.name, function
            if isinstance(entity, Function):
                found = self._first_return(entity, depth)
                if found is not None:
                    return found
            if isinstance(entity, Class):
                return None
        factory = dict(call.keywords).get("default_factory")
        if isinstance(factory, Ref):
            for entity in self._program.resolver.walk(function, factory.path).entities:
                if isinstance(entity, External) and self._random.calls(entity.name):
                    return entity.name, function
                if isinstance(entity, Function):
                    return self._first_return(entity, depth)
        found = self._first(function, (*call.args, *(v for k, v in call.keywords if k in ("default", "key", "value", "secret"))), depth)
        if found is not None:
            return found
        prefix = call.func.rpartition(".")[0]
        return self._ref(function, Ref(prefix), depth) if prefix.endswith("()") else None

    def _first_return(self, function: Function, depth: int) -> tuple[str, Function] | None:
        found = self._first(function, function.summary.returns[:4], depth + 1)
        return (found[0], function) if found is not None else None

    def _ref(self, function: Function, ref: Ref, depth: int) -> tuple[str, Function] | None:
        path = ref.path
        if path.endswith("()"):
            for site in function.summary.calls:
                if site.call.func == path[:-2]:
                    return self._call(function, site.call, depth + 1)
            return None
        if "()." in path:
            head = path.partition("().")[0]
            for site in function.summary.calls:
                if site.call.func == head:
                    return self._call(function, site.call, depth + 1)
        scope: Function | None = function
        while scope is not None:
            for binding in scope.locals.get(path.partition(".")[0], ()):
                if not isinstance(binding.value, Const):
                    found = self.source(scope, binding.value, depth + 1)
                    if found is not None:
                        return found
            scope = scope.parent
        for place in self._program.resolver.walk(function, path).places:
            if not place.inner and place.location.kind in ("global", "attribute"):
                for where, value in self._program.resolver.values_of(place.location)[:4]:
                    if where is not function:
                        found = self.source(where, value, depth + 2)
                        if found is not None:
                            return found
        return None

    def stored_in_file(self, function: Function) -> bool:
        """Whether the function that draws also writes a file."""
        for site in function.summary.calls:
            mode = site.call.args[1] if len(site.call.args) > 1 else dict(site.call.keywords).get("mode")
            writes = isinstance(mode, Const) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax"))
            if (site.call.func.endswith("open") and writes) or site.call.func.endswith((".write_text", ".write_bytes")):
                return True
        return False


def _variable(expr: Expr, context: Context, function: Function) -> str:
    for value in context.program.evaluator.values(function, expr):
        if value.variable:
            return value.variable
    if isinstance(expr, Either):
        for option in expr.options:
            found = _variable(option, context, function)
            if found:
                return found
    return ""
