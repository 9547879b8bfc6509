"""What an expression may be worth: constants, objects, environment variables and their defaults.

`a or b`, conditional expressions and several bindings give several values; an arm that runs in development or under
tests only is dropped where there is another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.evaluation.conditions import may_be_empty, tested
from statelint.program.evaluation.env_calls import (
    backend_of,
    declared_default,
    in_words,
    is_file_reader,
    is_url_function,
    is_url_parser,
    reading_of,
)
from statelint.program.evaluation.memo import Memo
from statelint.program.evaluation.name_values import NameValues, object_value, placed_at
from statelint.program.evaluation.value import PATH, UNKNOWN_VALUE, Outcome, Value
from statelint.program.names.conditions import names_in
from statelint.program.names.nodes import Class, External, ExternalValue, Function
from statelint.survey.summary import UNKNOWN, Call, Compare, Const, Display, Either, Not, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from statelint.model import KnownVariable
    from statelint.program.evaluation.interface import Settings
    from statelint.program.names.resolver import Resolver
    from statelint.program.settings.assignments import SettingValue
    from statelint.program.vocabulary import Vocabulary
    from statelint.survey.summary import Expr, Guard

__all__ = ["PATH", "UNKNOWN_VALUE", "Evaluator", "Value"]

_CASTS: Final = frozenset(
    {"str", "int", "float", "bool", "bytes", "repr", "pathlib.Path", "pathlib.PurePath", "os.fspath", "pydantic.SecretStr"}
)
_PATH_CALLS: Final = frozenset({"os.path.join", "os.path.abspath", "os.path.expanduser", "os.path.realpath", "os.path.normpath"})
_SAME_METHODS: Final = frozenset(
    {
        "strip",
        "lower",
        "upper",
        "casefold",
        "title",
        "capitalize",
        "encode",
        "decode",
        "rstrip",
        "lstrip",
        "replace",
        "resolve",
        "absolute",
        "expanduser",
        "get_secret_value",
        "as_posix",
        "split",
        "tag",
        "format",
        "removeprefix",
        "removesuffix",
    }
)
_MOST_TEXT: Final = 1_000
"""Characters of a text that is put together: eight nested f-strings of twelve parts would have 430 million."""
_MOST_RETURNS: Final = 6
"""How many returned values of a function are looked at."""
_ALTERNATIVES: Final = 4
"""How many strings a template may stand for."""
_TRAITS: Final = frozenset(f"traitlets.{kind}" for kind in ("Unicode", "Bool", "Int", "Integer", "Float", "Any", "Bytes"))
_FIELD_CALLS: Final = frozenset({"pydantic.Field", "pydantic.fields.Field", "dataclasses.field", "msgspec.field", "attr.ib", "attrs.field"})


class Evaluator:
    """Follows expressions to values."""

    def __init__(self, resolver: Resolver, vocabulary: Vocabulary, settings: Settings, environment: Mapping[str, KnownVariable]) -> None:
        self._resolver = resolver
        self._vocabulary = vocabulary
        self.memo = Memo()
        self._names = NameValues(resolver, self, settings, self.memo)
        self.environment = environment
        """What production sets, as far as deployment files say."""

    def values(self, function: Function, expr: Expr | None) -> tuple[Value, ...]:
        """Return every value that the expression may have, at least one."""
        if expr is None:
            return (UNKNOWN_VALUE,)
        found = tuple(dict.fromkeys(self.follow(function, expr)))
        if len(found) > 1:
            found = tuple(value._replace(conditional=True) for value in found)
        return found or (UNKNOWN_VALUE,)

    def text(self, function: Function, expr: Expr | None) -> str | None:
        """Return the one string or number that the expression is, as text; None where it is not certain."""
        values = self.values(function, expr)
        consts = {str(value.const) for value in values if value.kind == "const" and value.const is not None}
        return consts.pop() if len(consts) == 1 and all(value.kind == "const" for value in values) else None

    def setting(self, setting: SettingValue) -> tuple[Value, ...]:
        """Return the values of a setting; of one inside a mapping made from a URL, the class that the URL's scheme stands for."""
        values = self.values(setting.function, setting.expr)
        if setting.opaque:
            values = tuple(_inside_url(value, setting) for value in values)
        if setting.variable or setting.choice:
            values = tuple(v._replace(variable=v.variable or setting.variable, choice=v.choice or setting.choice) for v in values)
        return values

    def outcome(self, guards: tuple[Guard, ...], function: Function, line: int) -> Outcome:
        """Say whether the conditions around a line of a function hold with the environment that is known."""
        return self._names.outcome(guards, function, line)

    def given(self, variable: str) -> Value | None:
        """Return what the deployment sets a variable to."""
        found = self.environment.get(variable) if variable else None
        if found is None:
            return None
        if found.value is None:
            return Value("env", variable=variable, path=found.path, line=found.line, required=True)
        return Value("const", const=found.value, variable=variable, path=found.path, line=found.line)

    def follow(self, function: Function, expr: Expr) -> Iterable[Value]:
        """Follow an expression without joining what several ways give."""
        match expr:
            case Const():
                return (Value("const", const=expr.value, function=function, expr=expr),)
            case Template():
                return self._template(function, expr)
            case Either():
                return self._either(function, expr)
            case Display():
                return (Value("display", function=function, expr=expr),)
            case Call():
                return self._call(function, expr)
            case Ref():
                return self._names.follow(function, expr)
        return (Value("unknown", function=function, expr=expr),)

    def _template(self, function: Function, expr: Template) -> Iterable[Value]:
        """A string by its parts, as far as they are known; each alternative of a part gives one."""
        texts = [("", True, "")]
        for part in self._concatenated(function, expr):
            values = tuple(self.follow(function, part))
            known = [value for value in values if value.kind in ("const", "head") and isinstance(value.const, (str, int))]
            if not known:
                texts = [(text, False, variable) for text, _, variable in texts]
                break
            texts = [
                _lengthened(text, value, variable) if whole else (text, whole, variable)
                for text, whole, variable in texts
                for value in known
            ][:_ALTERNATIVES]
        if not texts[0][0]:
            consts = [part.value for part in expr.parts if isinstance(part, Const) and isinstance(part.value, str)]
            is_path = any("/" in text for text in consts) and not any("://" in text for text in consts)
            return (Value("unknown", name=PATH if is_path else "", function=function, expr=expr),)
        return [
            Value("const" if whole else "head", const=text, function=function, expr=expr, variable=variable)
            for text, whole, variable in dict.fromkeys(texts)
        ]

    def _concatenated(self, function: Function, expr: Template) -> Iterable[Expr]:
        """The parts that stand one after the other; of a path joined by `/` or a format, the head alone."""
        first = expr.parts[0] if expr.parts else Const(expr.head)
        is_format = isinstance(first, Const) and isinstance(first.value, str) and first.value != expr.head
        is_path = any(
            isinstance(entity, ExternalValue) and entity.name.startswith("pathlib.")
            for entity in self._resolver.value(function, first).objects
        )
        if is_format or is_path:
            return (Const(expr.head) if expr.head else first, UNKNOWN)
        return expr.parts

    def _either(self, function: Function, expr: Either) -> Iterable[Value]:
        if expr.kind == "if":
            return self._conditional(function, expr)
        if any(isinstance(option, (Compare, Not)) for option in expr.options) and not any(map(_is_object, expr.options)):
            return (Value("unknown", function=function, expr=expr),)  # a switch, for `conditions`
        found: list[Value] = []
        variable = ""
        for index, option in enumerate(expr.options):
            for value in self.follow(function, option):
                last = index == len(expr.options) - 1
                if value.kind == "env" and may_be_empty(value) and not last and expr.kind == "or":
                    variable = value.variable  # unset: the next option decides
                elif value.kind == "const" and not value.const and not last and expr.kind == "or":
                    variable = variable or value.variable
                elif variable and not value.variable and value.kind != "unknown":
                    found.append(value._replace(variable=variable))
                else:
                    found.append(value)
            if expr.kind == "or" and found and all(value.kind in ("const", "head", "object") and value.const != "" for value in found):
                break  # a true value: what follows is never reached
        return found

    def _conditional(self, function: Function, expr: Either) -> Iterable[Value]:
        body, otherwise = expr.options
        outcome = tested(expr.test or UNKNOWN, function, lambda scope, test: tuple(self.follow(scope, test)))
        if outcome.holds is None:
            both = (*self.follow(function, body), *self.follow(function, otherwise))
            return [value._replace(choice=value.choice or expr.text) for value in both]
        chosen = self.follow(function, body if outcome.holds else otherwise)
        return [value._replace(variable=value.variable or outcome.variable) for value in chosen]

    # -- calls

    def _call(self, function: Function, call: Call) -> Iterable[Value]:
        method = call.func.rpartition(".")[2]
        for entity in self._resolver.walk(function, call.func).objects:
            found = self._called(function, call, entity)
            if found is not None:
                return found
        if method == "get" and call.args and isinstance(call.args[0], Const):
            settled = self._names.setting_get(function, call)
            if settled is not None:
                return settled
        if method in _SAME_METHODS and "." in call.func:
            return self._through(function, call.func.rpartition(".")[0], call)
        return (Value("unknown", function=function, expr=call, line=call.line),)

    def _called(self, function: Function, call: Call, entity: object) -> Iterable[Value] | None:
        if isinstance(entity, External):
            return self._library_call(function, call, entity.name)
        if isinstance(entity, ExternalValue) and f"{entity.name}.__call__" in self._vocabulary.role("env-read"):
            return self._environment(function, call, f"{entity.name}.__call__")
        if isinstance(entity, Class):
            return (object_value(entity, function, call),)
        return self._returned(entity, function, call) if isinstance(entity, Function) else None

    def _through(self, function: Function, prefix: str, call: Call) -> Iterable[Value]:
        """A string method on a value: judged by the value."""
        if not prefix.endswith("()"):
            return self.follow(function, Ref(prefix))
        inner = [site.call for site in function.summary.calls if site.call.func == prefix[:-2] and site.call.line == call.line]
        for found in (*(one for one in inner if one.column == call.column), *inner):  # a chain begins where its first call does
            return self.follow(function, found)
        return (Value("unknown", function=function, expr=call, line=call.line),)

    def _library_call(self, function: Function, call: Call, name: str) -> Iterable[Value] | None:
        if self._vocabulary.role("env-read").calls(name) or is_url_function(name) or is_file_reader(name):
            return self._environment(function, call, name)
        if name in _PATH_CALLS and call.args:
            return self._path(function, call)
        if (name in _CASTS or is_url_parser(name)) and call.args:
            return self.follow(function, call.args[0])
        if name in _FIELD_CALLS:
            return self._field(function, call)
        if name in _TRAITS:
            return self.follow(function, call.args[0] if call.args else Const(""))
        if name.rpartition(".")[2] in _SAME_METHODS and "." in call.func:
            found = tuple(self._through(function, call.func.rpartition(".")[0], call))
            if any(value.kind not in ("unknown", "object") for value in found):
                return found
        return (Value("object", name=name, function=function, expr=call, line=call.line),)

    def _path(self, function: Function, call: Call) -> Iterable[Value]:
        """A path by its beginning; of an unknown one it is known at least that it is a path."""
        found = tuple(self.follow(function, call.args[0]))
        if len(call.args) > 1:
            found = tuple(value._replace(kind="head") if value.kind == "const" and value.const else value for value in found)
        unknown = Value("unknown", name=PATH, function=function, expr=call)
        return [value if value.kind in ("const", "head") and value.const else unknown._replace(variable=value.variable) for value in found]

    def _environment(self, function: Function, call: Call, name: str) -> Iterable[Value]:
        reading = reading_of(call, name)
        variable = reading.name or (self.text(function, reading.variable) if reading.variable is not None else None) or ""
        given = self.given(variable)
        if given is not None:
            truth = in_words(given.const) if reading.truth and isinstance(given.const, str) else None
            return (given if truth is None else given._replace(const=truth),)
        default = reading.default or self._declared(function, call, variable)
        if default is None:
            return (Value("env", variable=variable, function=function, expr=call, line=call.line, required=reading.required),)
        return [
            value._replace(variable=variable or value.variable) if value.kind != "unknown" else value
            for value in self.follow(function, default)
        ]

    def _declared(self, function: Function, call: Call, variable: str) -> Expr | None:
        """The default that `env = Env(NAME=(str, "..."))` declares."""
        reader = call.func if "." not in call.func else call.func.rpartition(".")[0]
        for place in self._resolver.walk(function, reader).places:
            for _, made in self._resolver.values_of(place.location):
                if isinstance(made, Call) and made.func.endswith("Env"):
                    return declared_default(made.keywords, variable)
        return None

    def _field(self, function: Function, call: Call) -> Iterable[Value]:
        keywords = dict(call.keywords)
        default = keywords.get("default") or (call.args[0] if call.args else None)
        if default is not None and default != Ref("..."):
            return self.follow(function, default)
        factory = keywords.get("default_factory")
        if isinstance(factory, Ref):
            made = [e for e in self._resolver.walk(function, factory.path).objects if isinstance(e, (External, Function))]
            for entity in made:
                if isinstance(entity, External):
                    return (Value("object", name=entity.name, function=function, expr=call, line=call.line),)
                return self._returned(entity, function, call)
        if isinstance(factory, Call) and (found := self._made_by(function, factory)):
            return found
        return (Value("env", function=function, expr=call, line=call.line, required=True),)

    def _made_by(self, function: Function, maker: Call) -> tuple[Value, ...]:
        """What the function gives that a call makes: `default_factory=from_env("KEY", "default")`, which returns a `lambda`."""
        makers = [one for one in self._resolver.walk(function, maker.func).objects if isinstance(one, Function)]
        for outer in makers if self.memo.may_frame else ():
            for expr in outer.summary.returns:
                for inner in self._resolver.value(outer, expr).objects:
                    if isinstance(inner, Function) and inner.parent is outer:
                        with self.memo.frame(outer, maker, function):
                            return tuple(placed_at(maker.line, self.returned(inner)))
        return ()

    def _returned(self, callee: Function, function: Function, call: Call) -> Iterable[Value]:
        """What a project function gives: with this call's arguments as long as the calls are few, and then what does not depend on them."""
        if self.memo.may_frame and callee.summary.params:
            with self.memo.frame(callee, call, function):
                found = self.returned(callee)
        else:
            found = () if _gives_parameters(callee) else self.returned(callee)
        return tuple(placed_at(call.line, found)) or (Value("unknown", function=function, expr=call, line=call.line),)

    def returned(self, callee: Function) -> tuple[Value, ...]:
        """Return what a project function gives, whoever calls it."""
        return self.memo.values(callee, "returned", lambda: self._returns(callee))

    def _returns(self, callee: Function) -> Iterator[Value]:
        """Each returned value; a variable that is not set makes way for what is returned otherwise."""
        found = [
            value._replace(variable=value.variable or variable)
            for expr, variable in self._reached_returns(callee)
            for value in self.follow(callee, expr)
        ]
        unset = [value for value in found if value.kind == "env" and not value.required]
        others = [value for value in found if value not in unset and not (value.kind == "unknown" and unset)]
        if not unset or not others:
            yield from found
            return
        for value in others:
            yield value._replace(variable=value.variable or unset[0].variable)

    def _reached_returns(self, callee: Function) -> list[tuple[Expr, str]]:
        """Return what is returned, each with the variable that would choose otherwise, but for what its conditions rule out."""
        summary = callee.summary
        found: list[tuple[Expr, str]] = []
        for expr, indices in zip(summary.returns, summary.return_guards, strict=True):
            guards = tuple(summary.guards[index] for index in indices)
            outcome = self.outcome(guards, callee, guards[-1].line + 1) if guards else Outcome(holds=True)
            if outcome.holds is not False:
                found.append((expr, outcome.variable if outcome.holds else ""))
        return found[:_MOST_RETURNS] or [(expr, "") for expr in summary.returns[:_MOST_RETURNS]]


def _lengthened(text: str, value: Value, variable: str) -> tuple[str, bool, str]:
    """Add one more value to a text; what is longer than any name or address is known by its beginning only."""
    longer = f"{text}{value.const}"
    is_whole = value.kind == "const" and len(longer) <= _MOST_TEXT
    return longer[:_MOST_TEXT], is_whole, variable or value.variable


def _is_object(expr: Expr) -> bool:
    """Whether an expression is more than true or false: `debug == 1 and "sqlite://"`."""
    return isinstance(expr, (Template, Display)) or (isinstance(expr, Const) and isinstance(expr.value, str))


def _inside_url(value: Value, setting: SettingValue) -> Value:
    """What a mapping made from a URL holds under the setting's last key."""
    key = setting.name.rpartition(".")[2]
    if value.kind in ("const", "head") and isinstance(value.const, str):
        backend = backend_of(value.const, key)
        if backend is not None:
            return value._replace(kind="const", const=backend)
    if value.kind == "env" and key in ("ENGINE", "BACKEND"):
        return value
    return UNKNOWN_VALUE._replace(function=value.function, expr=value.expr, line=value.line)


def _gives_parameters(function: Function) -> bool:
    """Whether what a function returns is made of its parameters, directly or through its local names."""
    seen: set[str] = set()
    pending = [name.partition(".")[0] for expr in function.summary.returns for name in names_in(expr)]
    while pending:
        name = pending.pop()
        if name in function.params:
            return True
        if name not in seen:
            seen.add(name)
            pending += [one.partition(".")[0] for binding in function.locals.get(name, ()) for one in names_in(binding.value)]
    return False
