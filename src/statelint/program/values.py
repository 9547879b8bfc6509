"""What an expression may be worth: constants, objects, environment variables and their defaults.

`a or b`, conditional expressions and several bindings give several values; an arm that runs in development or under
tests only is dropped where there is another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.nodes import Class, External, Function, Instance, Location, Made, Module, StateBag
from statelint.program.resolve import split
from statelint.program.stages import development_arm
from statelint.survey.summary import UNKNOWN, Call, Const, Display, Either, Expr, Guard, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statelint.program.resolve import Resolver
    from statelint.program.settings import Settings
    from statelint.program.vocabulary import Vocabulary

_DEPTH: Final = 8
_CASTS: Final = frozenset({"str", "int", "float", "bool", "bytes", "repr", "pathlib.Path", "pathlib.PurePath", "os.fspath", "pydantic.SecretStr"})
_PATH_CALLS: Final = frozenset({"os.path.join", "os.path.abspath", "os.path.expanduser", "os.path.realpath", "os.path.normpath"})
_SAME_METHODS: Final = frozenset(
    {"strip", "lower", "upper", "encode", "decode", "rstrip", "lstrip", "replace", "resolve", "absolute", "expanduser", "get_secret_value",
     "as_posix", "split", "format", "removeprefix", "removesuffix"}
)
_FIELD_CALLS: Final = frozenset({"pydantic.Field", "pydantic.fields.Field", "dataclasses.field", "msgspec.field", "attr.ib", "attrs.field"})
_URL_CONFIG: Final = {
    "dj_database_url.config": "DATABASE_URL",
    "django_cache_url.config": "CACHE_URL",
    "dj_email_url.config": "EMAIL_URL",
    "dj_database_url.parse": "",
    "django_cache_url.parse": "",
}


class Value(NamedTuple):
    """One value that an expression may have."""

    kind: Literal["const", "head", "object", "env", "display", "unknown"]
    """`head`: a string known by its beginning. `object`: a library or project name, made or referred to. `env`: whatever
    the environment says, with no default."""
    const: str | int | float | bool | None = None
    name: str = ""
    """Qualified name of an object; of an `env` value, nothing."""
    variable: str = ""
    """The environment variable that would replace this value, or that gives it."""
    function: Function | None = None
    """Where the deciding expression stands."""
    expr: Expr = UNKNOWN
    line: int = 0
    """Of the binding or call that decided; 0 when it is the expression asked for."""
    path: str = ""
    """Of the deployment file whose line `line` sets the variable."""
    conditional: bool = False
    """Only one of several values."""
    required: bool = False
    """An `env` value whose absence is an error, not None."""


UNKNOWN_VALUE: Final = Value("unknown")


class Given(NamedTuple):
    """An environment variable that the deployment sets; `value` is None where the files do not tell it."""

    value: str | None
    path: str
    line: int


class Evaluator:
    """Follows expressions to values."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary, settings: Settings | None = None) -> None:
        self._resolver = resolver
        self._vocabulary = vocabulary
        self.settings = settings
        self.environment: Mapping[str, Given] = {}

    def values(self, function: Function, expr: Expr | None) -> tuple[Value, ...]:
        """Return every value that the expression may have, at least one."""
        if expr is None:
            return (UNKNOWN_VALUE,)
        found = tuple(dict.fromkeys(self._values(function, expr, 0)))
        if len(found) > 1:
            found = tuple(value._replace(conditional=True) for value in found)
        return found or (UNKNOWN_VALUE,)

    def text(self, function: Function, expr: Expr | None) -> str | None:
        """Return the one string or number that the expression is, as text; None where it is not certain."""
        consts = {str(value.const) for value in self.values(function, expr) if value.kind == "const"}
        return consts.pop() if len(consts) == 1 else None

    def _values(self, function: Function, expr: Expr, depth: int) -> Iterable[Value]:
        if depth > _DEPTH:
            return (UNKNOWN_VALUE,)
        match expr:
            case Const():
                return (Value("const", const=expr.value, function=function, expr=expr),)
            case Template():
                return self._template(function, expr, depth)
            case Either():
                return self._either(function, expr, depth)
            case Display():
                return (Value("display", function=function, expr=expr),)
            case Call():
                return self._call(function, expr, depth)
            case Ref():
                return self._ref(function, expr, depth)
        return (UNKNOWN_VALUE,)

    def _template(self, function: Function, expr: Template, depth: int) -> Iterable[Value]:
        """The beginning of a string, following names in front."""
        head, variable = expr.head, ""
        if expr.parts and not expr.head:
            texts = []
            for part in expr.parts:
                values = tuple(self._values(function, part, depth + 1))
                first = values[0] if len(values) >= 1 else UNKNOWN_VALUE
                if first.kind not in ("const", "head") or not isinstance(first.const, (str, int)):
                    break
                texts.append(str(first.const))
                variable = variable or first.variable
                if first.kind == "head":
                    break
            head = "".join(texts)
        return (Value("head", const=head, function=function, expr=expr, variable=variable),) if head else (Value("unknown", function=function, expr=expr),)

    def _either(self, function: Function, expr: Either, depth: int) -> Iterable[Value]:
        if expr.kind == "if":
            body, otherwise = expr.options
            for index, kind in enumerate(("if", "else")):
                if development_arm([Guard(kind, expr.test, 0)]):  # type: ignore[arg-type]
                    return self._values(function, (otherwise, body)[index], depth + 1)
            return (*self._values(function, body, depth + 1), *self._values(function, otherwise, depth + 1))
        found: list[Value] = []
        variable = ""
        for index, option in enumerate(expr.options):
            for value in self._values(function, option, depth + 1):
                last = index == len(expr.options) - 1
                if value.kind == "env" and not value.required and not last and expr.kind == "or":
                    variable = value.variable  # unset: the next option decides
                elif value.kind == "const" and not value.const and not last and expr.kind == "or":
                    variable = variable or value.variable
                elif variable and not value.variable and value.kind != "unknown":
                    found.append(value._replace(variable=variable))
                else:
                    found.append(value)
        return found

    # -- calls

    def _call(self, function: Function, call: Call, depth: int) -> Iterable[Value]:
        view = self._resolver.walk(function, call.func)
        method = call.func.rpartition(".")[2]
        for entity in view.entities:
            if isinstance(entity, External):
                found = self._library_call(function, call, entity.name, depth)
                if found is not None:
                    return found
            elif isinstance(entity, Class):
                return (self._object(entity, function, call),)
            elif isinstance(entity, Function):
                return self._returned(entity, function, call, depth)
        if method == "get" and call.args and isinstance(call.args[0], Const):
            settled = self._setting_get(function, call, depth)
            if settled is not None:
                return settled
        if method in _SAME_METHODS and "." in call.func:
            prefix = call.func.rpartition(".")[0]
            return self._through(function, prefix, call, depth)
        return (Value("unknown", function=function, expr=call, line=call.line),)

    def _through(self, function: Function, prefix: str, call: Call, depth: int) -> Iterable[Value]:
        """A string method on a value: judged by the value."""
        if not prefix.endswith("()"):
            return self._values(function, Ref(prefix), depth + 1)
        for site in function.summary.calls:
            if site.call.func == prefix[:-2] and site.call.line == call.line:
                return self._values(function, site.call, depth + 1)
        return (Value("unknown", function=function, expr=call, line=call.line),)

    def _library_call(self, function: Function, call: Call, name: str, depth: int) -> Iterable[Value] | None:
        if self._vocabulary.role("env-read").calls(name) or name in ("os.environ.get", "os.getenv", "os.environ.pop"):
            return self._environment(function, call, name, depth)
        if name in _URL_CONFIG and not name.endswith(".parse"):
            default = dict(call.keywords).get("default") or (call.args[0] if call.args else None)
            variable = _URL_CONFIG[name]
            if default is None:
                return (Value("env", variable=variable, function=function, expr=call, line=call.line),)
            return [value._replace(variable=variable) for value in self._values(function, default, depth + 1)]
        if (name in _CASTS or name in _PATH_CALLS or name in _URL_CONFIG) and call.args:
            return self._values(function, call.args[0], depth + 1)
        if name in _FIELD_CALLS:
            return self._field(function, call, depth)
        if name.rpartition(".")[2] in _SAME_METHODS and "." in call.func and name.rpartition(".")[0] in ("", "str", "os.environ"):
            return self._through(function, call.func.rpartition(".")[0], call, depth)
        return (Value("object", name=name, function=function, expr=call, line=call.line),)

    def _environment(self, function: Function, call: Call, name: str, depth: int) -> Iterable[Value]:
        variable = self.text(function, call.args[0]) if call.args else None
        keywords = dict(call.keywords)
        default = keywords.get("default") if "default" in keywords else call.args[1] if len(call.args) > 1 else None
        if default is None:
            required = not name.endswith((".get", ".getenv", ".pop"))
            return (Value("env", variable=variable or "", function=function, expr=call, line=call.line, required=required),)
        return [
            value._replace(variable=value.variable or variable or "") if value.kind != "unknown" else value
            for value in self._values(function, default, depth + 1)
        ]

    def _field(self, function: Function, call: Call, depth: int) -> Iterable[Value]:
        keywords = dict(call.keywords)
        default = keywords.get("default") or (call.args[0] if call.args else None)
        if default is not None:
            return self._values(function, default, depth + 1)
        factory = keywords.get("default_factory")
        if isinstance(factory, Ref):
            made = [e for e in self._resolver.walk(function, factory.path).entities if isinstance(e, (External, Function))]
            for entity in made:
                if isinstance(entity, External):
                    return (Value("object", name=entity.name, function=function, expr=call, line=call.line),)
                return self._returned(entity, function, call, depth)
        return (Value("env", function=function, expr=call, line=call.line, required=True),)

    def _returned(self, callee: Function, function: Function, call: Call, depth: int) -> Iterable[Value]:
        found: list[Value] = []
        for expr in callee.summary.returns[:6]:
            found.extend(self._values(callee, expr, depth + 2))
        return [value._replace(line=value.line or call.line) for value in found] or (Value("unknown", function=function, expr=call, line=call.line),)

    def _object(self, cls: Class, function: Function, expr: Expr) -> Value:
        name = cls.external_bases[0] if cls.external_bases and not cls.methods else f"{cls.module.name}.{cls.name}"
        line = expr.line if isinstance(expr, Call) else 0
        return Value("object", name=name, function=function, expr=expr, line=line)

    # -- names

    def _ref(self, function: Function, ref: Ref, depth: int) -> Iterable[Value]:
        prefix, step = split(ref.path)
        view = self._resolver.walk(function, ref.path)
        if step[:1] == "[":
            environ = any(isinstance(e, External) and e.name == "os.environ" for e in self._resolver.walk(function, prefix).entities)
            if environ:
                return (Value("env", variable=step[1:-1], function=function, expr=ref, required=True),)
            settled = self._setting_item(function, prefix, step[1:-1], depth)
            if settled is not None:
                return settled
        bound = self._bound(view.places, depth)
        if bound:
            return bound
        if step[:1] == "." and view.places and any(place.inner for place in view.places):
            inner = self._through_attribute(function, prefix, step[1:], depth)
            if inner:
                return inner
        for entity in view.entities:
            if isinstance(entity, External):
                if entity.name.startswith("django.conf.settings.") and self.settings is not None:
                    values = self._setting(entity.name.removeprefix("django.conf.settings."), depth)
                    if values:
                        return values
                return (Value("object", name=entity.name, function=function, expr=ref),)
            if isinstance(entity, Class):
                return (self._object(entity, function, ref),)
            if isinstance(entity, (Made, Instance)):
                name = entity.name if isinstance(entity, Made) else f"{entity.cls.module.name}.{entity.cls.name}"
                return (Value("object", name=name, function=function, expr=ref),)
        return (Value("unknown", function=function, expr=ref),)

    def _through_attribute(self, function: Function, prefix: str, name: str, depth: int) -> list[Value]:
        """`settings.database.url` where a model's field holds another."""
        found: list[Value] = []
        for entity in self._resolver.walk(function, prefix).entities:
            if isinstance(entity, Instance) and name in entity.cls.bindings:
                found.extend(self._bound_attribute(entity.cls, name, depth))
        return found

    def _bound(self, places: Sequence[object], depth: int) -> list[Value]:
        found: list[Value] = []
        for place in places:
            location, inner = place  # type: ignore[misc]
            if not inner:
                found.extend(self._at(location, depth))
        return found

    def _at(self, location: Location, depth: int) -> Iterable[Value]:
        """Return what is bound at a location."""
        owner = location.owner
        if location.kind == "parameter" and isinstance(owner, Function):
            return self._parameter(owner, location.name, depth)
        if location.kind == "attribute" and isinstance(owner, Class):
            return self._bound_attribute(owner, location.name, depth)
        if location.kind in ("global", "local"):
            scope = owner.body if isinstance(owner, Module) else owner
            if isinstance(scope, Function):
                return self._bound_name(scope, location.name, depth)
        if location.kind == "application":
            found = [value for scope, expr in self._resolver.values_of(location)[:4] for value in self._values(scope, expr, depth + 1)]
            if location.name.startswith("app.config[") and self.settings is not None:
                return self._setting(location.name.removeprefix("app.config[").rstrip("]"), depth) or found
            return found
        return ()

    def _bound_name(self, scope: Function, name: str, depth: int) -> list[Value]:
        found: list[Value] = []
        bindings = [binding for binding in scope.locals.get(name, ()) if binding.how in ("=", "with", "annotated")]
        live = [b for b in bindings if not development_arm(scope.summary.guards[index] for index in b.guards)]
        for binding in live or bindings:
            values = self._values(scope, binding.value, depth + 1)
            found.extend(value._replace(line=value.line or binding.line) for value in values)
        if not bindings:
            for writer, write in scope.global_writes.get(name, ())[:4]:
                found.extend(value._replace(line=value.line or write.line) for value in self._values(writer, write.value, depth + 1))
        return found

    def _bound_attribute(self, owner: Class, name: str, depth: int) -> list[Value]:
        from_environment = any(base in self._vocabulary.role("settings-model") for base in owner.external_bases)
        found: list[Value] = []
        for binding in owner.bindings.get(name, ()):
            if binding.how == "annotated":
                if from_environment:
                    found.append(Value("env", variable=name.upper(), function=owner.scope, line=binding.line, required=True))
                continue
            for value in self._values(owner.scope, binding.value, depth + 1):
                variable = value.variable or (_prefix(owner) + name.upper() if from_environment else "")
                found.append(value._replace(variable=variable, line=value.line or binding.line))
        for writer, write in owner.attribute_writes.get(name, ())[:4]:
            if write.how == "=":
                values = self._values(writer, write.value, depth + 1)
                found.extend(value._replace(line=value.line or write.line) for value in values)
        return found

    def _parameter(self, owner: Function, name: str, depth: int) -> list[Value]:
        found: list[Value] = []
        param = owner.params.get(name)
        for caller, expr in self._resolver.arguments.get(owner, {}).get(name, ()):
            found.extend(self._values(caller, expr, depth + 2))
        if param is not None and param.default is not None and not isinstance(param.default, Call):
            found.extend(self._values(owner.parent or owner, param.default, depth + 1))
        return found

    # -- settings

    def _setting(self, name: str, depth: int) -> list[Value]:
        found: list[Value] = []
        if self.settings is not None:
            for setting in self.settings.lookup(name)[:4]:
                values = self._values(setting.function, setting.expr, depth + 1)
                found.extend(value._replace(line=value.line or setting.line) for value in values)
        return found

    def _setting_item(self, function: Function, prefix: str, key: str, depth: int) -> list[Value] | None:
        bag = any(isinstance(e, StateBag) and e.name == "app.config" for e in self._resolver.walk(function, prefix).entities)
        if (bag or prefix.endswith(".config")) and key and self.settings is not None:
            return self._setting(key, depth) or None
        return None

    def _setting_get(self, function: Function, call: Call, depth: int) -> list[Value] | None:
        key = call.args[0]
        found = self._setting_item(function, call.func.rpartition(".")[0], str(key.value), depth) if isinstance(key, Const) else None
        if found is None and len(call.args) > 1:
            return list(self._values(function, call.args[1], depth + 1))
        return found


def _prefix(cls: Class) -> str:
    """Return pydantic's `env_prefix`, upper-case, "" where there is none."""
    for ancestor in cls.lineage:
        for binding in ancestor.bindings.get("model_config", ()):
            keywords = binding.value.keywords if isinstance(binding.value, Call) else ()
            for key, value in keywords:
                if key == "env_prefix" and isinstance(value, Const):
                    return str(value.value).upper()
        config = ancestor.nested.get("Config")
        for binding in config.bindings.get("env_prefix", ()) if config else ():
            if isinstance(binding.value, Const):
                return str(binding.value.value).upper()
    return ""
