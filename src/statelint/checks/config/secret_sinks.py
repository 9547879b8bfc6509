"""Where a program sets a secret: names, attributes, keywords, environment variables, files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.common.naming import identifier_words, names_and_texts
from statelint.inspect.arguments import argument, written_path
from statelint.program.names.conditions import inside
from statelint.program.names.nodes import Class, Module
from statelint.survey.summary import Binding, Call, Const, Either, Expr, Ref, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.names.nodes import Function, Location
    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import CallSite

_SETTINGS_CLASS: Final = re.compile(r"(?:Settings|Config|Configuration|Options)$")
_STRONG: Final = ("os.urandom", "secrets.")
"""What is drawn where it must not be guessed."""
_LASTING: Final = ("app.", "current_app.", "self.app", "settings.", "config.")


class Sink(NamedTuple):
    """Somewhere a secret is set."""

    name: str
    function: Function
    value: Expr
    line: int
    column: int
    guards: tuple[int, ...]
    file: bool = False
    """A file is written."""
    is_default: bool = False
    """A trait's own default, made by whichever object is first asked for it."""
    kept: bool = False
    """It lasts, whatever its name: a decorator keeps what a function gives, or the name is the module's (`global`)."""

    @property
    def symbol(self) -> str:
        """The last part of the name: `SECRET_KEY` of `app.config[SECRET_KEY]`."""
        return self.name.rpartition(".")[2].strip("]").rpartition("[")[2]

    @property
    def lasts(self) -> bool:
        """Whether what a request sets here outlives the request."""
        return self.kept or self.name.startswith(_LASTING)


class SecretNames:
    """Tells names that hold a secret which instances must share."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._ends = re.compile(rf"(?:^|[_.\[])(?:{vocabulary.pattern('secret').pattern})\]?$", re.IGNORECASE)
        self._private = vocabulary.words("private-secret")
        self._file = vocabulary.pattern("secret-file")
        self._known: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        last = name[name.rfind(".") + 1 :]
        known = self._known.get(last)
        if known is None:
            known = self._known[last] = self._ends.search(last) is not None and not identifier_words(last) & self._private
        return known

    def in_file(self, text: str) -> bool:
        """Whether what stands around a write speaks of a secret."""
        return self._file.search(text) is not None


def sinks(context: Context) -> Iterator[Sink]:
    """Yield every place in the serving code where a secret is set, files last."""
    names = SecretNames(context.program.vocabulary)
    functions = [
        function for function in context.program.functions if function.module.part not in ("test", "script", "command", "migration")
    ]
    for function in functions:
        yield from _bound(function, names)
        yield from (_of_write(write, function) for write in function.summary.writes if write.how == "=" and write.target in names)
        yield from _remembered(function, names)
        yield from _of_trait(function, names, context)
        if function.is_body or context.context_of(function) == "startup":
            yield from _handed(function, names)
            yield from _options(function, names)
    for cls in context.program.classes:
        if cls.module.part not in ("test", "script", "migration"):
            yield from _of_class(cls, names)
    yield from _keys(context)
    for function in functions:
        yield from _written(function, names)


def _keys(context: Context) -> Iterator[Sink]:
    """Yield what is bound to a name or attribute that signs or encrypts, whatever it is called: `jwt.encode(claims, _key)`."""
    program, role = context.program, context.program.vocabulary.role("keyed-call")
    calls = [call for name in sorted(program.graph.library_calls) if name in role for call in program.graph.library_calls[name]]
    seen: set[Location] = set()
    for call in calls:
        if call.function.module.part in ("test", "script", "command", "migration"):
            continue
        made = call.site.call
        position = 1 if call.name.rpartition(".")[2] in ("encode", "decode") else 0
        given = argument(made, "key", position) or argument(made, "secret_key", None)
        for place in program.resolver.value(call.function, given).places if isinstance(given, (Ref, Call)) else ():
            location = place.location
            if location.kind in ("global", "attribute") and not place.inner and location not in seen:
                seen.add(location)
                yield from _bound_at(location)


def _bound_at(location: Location) -> Iterator[Sink]:
    """Yield what is bound to a module's name, to a class attribute, or to `self.key` in a constructor."""
    owner = location.owner
    if isinstance(owner, Module):
        yield from (_of_binding(binding, owner.body) for binding in owner.body.locals.get(location.name, ()))
        for writer, write in owner.body.global_writes.get(location.name, ()):
            yield _of_write(write, writer)
    elif isinstance(owner, Class):
        yield from (_of_binding(binding, owner.scope) for binding in owner.bindings.get(location.name, ()))
        for writer, write in owner.attribute_writes.get(location.name, ()):
            yield _of_write(write, writer)


def _bound(function: Function, names: SecretNames) -> Iterator[Sink]:
    for binding in function.summary.bindings:
        if binding.name in names and (function.is_body or _returned(function, binding, names)):
            yield _of_binding(binding, function)


def _remembered(function: Function, names: SecretNames) -> Iterator[Sink]:
    """`@cached_property def secret(self): return token_bytes(32)`: drawn once, and kept."""
    if function.name not in names or not any(_keeps(decorator) for decorator in function.summary.decorators):
        return
    for expr in function.summary.returns:
        if isinstance(expr, Call):
            yield Sink(function.name, function, expr, expr.line, expr.column, (), kept=True)


def _of_trait(function: Function, names: SecretNames, context: Context) -> Iterator[Sink]:
    """`@default("token")`: what the method gives, or makes on the way, is the value of a trait that nobody configures."""
    for decorator in function.summary.decorators:
        given = decorator.args[0] if isinstance(decorator, Call) and decorator.args else None
        if not isinstance(decorator, Call) or not isinstance(given, Const) or not isinstance(given.value, str):
            continue
        if "traitlets.default" not in context.program.resolver.library_names(function.parent or function, decorator.func):
            continue
        for site in function.summary.calls:
            drawn = context.program.resolver.library_names(function, site.call.func)
            if given.value in names or any(name.startswith(_STRONG) for name in drawn):
                yield Sink(given.value, function, site.call, site.call.line, site.call.column, site.guards, is_default=True)


def _keeps(decorator: Expr) -> bool:
    path = written_path(decorator)
    return path.rpartition(".")[2] in ("cached_property", "reify", "lru_cache", "cache", "cached")


def _returned(function: Function, binding: Binding, names: SecretNames) -> bool:
    """Whether a local name is what a function without parameters gives, and is not set elsewhere by a write of its own."""
    name = binding.name
    if any(isinstance(write.value, Ref) and write.value.path == name and write.target in names for write in function.summary.writes):
        return False
    return not function.params and any(isinstance(expr, Ref) and expr.path == name for expr in function.summary.returns)


def _handed(function: Function, names: SecretNames) -> Iterator[Sink]:
    for site in function.summary.calls:
        for keyword, value in site.call.keywords:
            if keyword in names and isinstance(value, (Call, Either, Ref)):
                yield Sink(keyword, function, value, site.call.line, site.call.column, site.guards)


def _options(function: Function, names: SecretNames) -> Iterator[Sink]:
    """`define("cookie_secret", default=token_urlsafe())`, `config.setdefault("SECRET_KEY", token_hex())`: the default of an option."""
    for site in function.summary.calls:
        first = site.call.args[0] if site.call.args else None
        if not isinstance(first, Const) or not isinstance(first.value, str):
            continue
        name = first.value.lstrip("-").replace("-", "_")
        given = dict(site.call.keywords).get("default")
        if given is None and site.call.func.endswith(".setdefault"):
            given = next(iter(site.call.args[1:2]), None)
        if isinstance(given, (Call, Either)) and name in names:
            yield Sink(name, function, given, site.call.line, site.call.column, site.guards)


def _of_class(cls: Class, names: SecretNames) -> Iterator[Sink]:
    """Yield class attributes; a factory runs for each instance, which counts where there is one of the settings."""
    settings = any(name.endswith("Settings") for name in cls.external_bases) or bool(_SETTINGS_CLASS.search(cls.name))
    for name, bound in cls.bindings.items():
        if name not in names:
            continue
        for binding in bound:
            factory = isinstance(binding.value, Call) and "default_factory" in dict(binding.value.keywords)
            if settings or not factory:
                yield _of_binding(binding, cls.scope)


def _written(function: Function, names: SecretNames) -> Iterator[Sink]:
    """Yield files that a secret is written to: by the name of the file, of what is written, or of the function."""
    for site in function.summary.calls:
        if not site.call.func.endswith((".write", ".write_text", ".write_bytes")):
            continue
        receiver, _, method = site.call.func.rpartition(".")
        if not site.call.args or not (method in ("write_text", "write_bytes") or (method == "write" and _opened(function, site, receiver))):
            continue
        value = site.call.args[0]
        text = f"{receiver} {names_and_texts(value)} {_opened(function, site, receiver)} {function.name}"
        if names.in_file(text):
            name = value.path if isinstance(value, Ref) and "()" not in value.path else receiver
            yield Sink(name, function, value, site.call.line, site.call.column, site.guards, file=True)


def _opened(function: Function, site: CallSite, receiver: str) -> str:
    """Return what the `open` that a handle comes from is given, "" where none is seen."""
    held = (subject for index in site.guards for subject in function.summary.guards[index].subjects)
    bound = (binding.value for binding in function.locals.get(receiver, ()))
    calls = (part for part in (*inside(*held), *bound) if isinstance(part, Call) and part.func.endswith("open"))
    return next((f"open({names_and_texts(call)})" for call in calls), "")


def writes_file(function: Function) -> bool:
    """Whether a function writes a file."""
    for site in function.summary.calls:
        mode = site.call.args[1] if len(site.call.args) > 1 else dict(site.call.keywords).get("mode")
        writes = isinstance(mode, Const) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax"))
        if (site.call.func.endswith("open") and writes) or site.call.func.endswith((".write_text", ".write_bytes")):
            return True
    return False


def _of_binding(binding: Binding, function: Function) -> Sink:
    return Sink(binding.name, function, binding.value, binding.line, binding.column, binding.guards)


def _of_write(write: Write, function: Function) -> Sink:
    kept = write.target in function.summary.global_names  # whoever asks first makes it for the whole process
    return Sink(write.target, function, write.value, write.line, write.column, write.guards, kept=kept)
