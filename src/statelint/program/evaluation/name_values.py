"""What names, attributes and keys are worth: by their bindings, by settings, by the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.evaluation.command_options import option_default
from statelint.program.evaluation.conditions import outcome_of
from statelint.program.evaluation.env_calls import is_option_table
from statelint.program.evaluation.value import OPTION, Outcome, Value
from statelint.program.names.arguments import bound_parameters
from statelint.program.names.class_bodies import guards_from_outside, value_from_outside
from statelint.program.names.conditions import ARMS
from statelint.program.names.mappings import Part, parts_of
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Location, LocationPath, Module, StateBag
from statelint.program.names.resolver import split
from statelint.program.settings.assignments import mentions
from statelint.program.settings.dynaconf import READERS, prefix_of
from statelint.program.settings.env_fields import variable_of
from statelint.program.settings.stages import stage_of_class
from statelint.survey.summary import Call, Const, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.evaluation.interface import Evaluator, Settings
    from statelint.program.evaluation.memo import Memo
    from statelint.program.names.resolver import Resolver
    from statelint.program.settings.options import Option
    from statelint.survey.summary import Binding, Guard


class NameValues:
    """Follows access paths for an evaluator."""

    def __init__(self, resolver: Resolver, evaluator: Evaluator, settings: Settings | None, memo: Memo) -> None:
        self._resolver = resolver
        self._evaluator = evaluator
        self._settings = settings
        self._memo = memo

    def follow(self, function: Function, ref: Ref) -> Iterable[Value]:
        """Follow an access path as seen from a function."""
        prefix, step = split(ref.path)
        known = self._by_last_step(function, prefix, step, ref)
        if known:
            return known
        view = self._resolver.walk(function, ref.path)
        bound = self._bound(view.places)
        if bound:
            return bound
        for entity in view.objects:
            value = self._entity(entity, function, ref)
            if value:
                return value
        return (Value("unknown", function=function, expr=ref),)

    def _by_last_step(self, function: Function, prefix: str, step: str, ref: Ref) -> Sequence[Value] | None:
        """What the last step of a path alone tells: a plain name, a key, an attribute."""
        if not step:
            return self._in_scope(function, ref.path)
        if step[0] not in ".[":
            return None
        key = step[1:].removesuffix("]") if step[0] == "[" else step[1:]
        read = self._dynaconf(function, prefix, key, ref)
        if read is not None:
            return (read,)
        return self._item(function, prefix, key, ref) if step[0] == "[" else self._through_attribute(function, prefix, key)

    def _dynaconf(self, function: Function, prefix: str, name: str, ref: Ref) -> Value | None:
        """`settings.REDIS_URL`, `settings["REDIS_URL"]` of a Dynaconf object: a variable or a file says."""
        for entity in self._resolver.walk(function, prefix).objects:
            known = entity.name if isinstance(entity, (ExternalValue, External)) else ""
            if known in READERS or known == "dynaconf.settings":
                made = [
                    value for place in self._resolver.walk(function, prefix).places for _, value in self._resolver.values_of(place.location)
                ]
                variable = prefix_of(known, next((call for call in made if isinstance(call, Call)), None)) + name.upper()
                return self._evaluator.given(variable) or Value("env", variable=variable, function=function, expr=ref)
        return None

    def _in_scope(self, function: Function, name: str) -> tuple[Value, ...]:
        """A plain name by the bindings of the nearest scope that binds it."""
        scope: Function | None = function
        while scope is not None:
            if name in scope.params and name not in scope.locals:  # what it is an alias of was handed in by all callers
                return self._parameter(scope, name)
            if name in scope.params or name in scope.imports or name in scope.children:
                return ()
            if name in scope.locals:
                return self._bound_name(scope, name)
            scope = scope.parent
        return ()

    def _item(self, function: Function, prefix: str, key: str, ref: Ref) -> Sequence[Value] | None:
        """`os.environ["X"]`, `app.config["X"]`."""
        if any(isinstance(e, External) and e.name == "os.environ" for e in self._resolver.walk(function, prefix).objects):
            return [self._evaluator.given(key) or Value("env", variable=key, function=function, expr=ref, required=True)]
        settled = self._setting_item(function, prefix, key)
        if settled is not None or not key:
            return settled
        parsed = self._parsed(function, prefix, key)
        if parsed:
            return parsed
        option = self._option(function, prefix, key)
        if option:
            given = self._evaluator.given(option)
            return [given or Value("env", name=OPTION, variable=option, function=function, expr=ref, required=True)]
        return self._memo.values(function, ("item", prefix, key), lambda: self._held(function, prefix, key)) or None

    def _option(self, function: Function, prefix: str, key: str) -> str:
        """Return `section.key` of `config["section"]["key"]`, where `config` reads a configuration file; "" of everything else."""
        view = self._resolver.walk(function, prefix)
        if view.objects or not view.places:
            return ""
        tables = [pair for place in view.places if place.inner for pair in self._resolver.values_of(place.location)]
        made = (entity for scope, table in tables for entity in self._resolver.value(scope, table).objects)
        if not any(isinstance(entity, ExternalValue) and is_option_table(entity.name) for entity in made):
            return ""
        section = split(prefix)[1]
        return f"{section[1:-1]}.{key}" if section[:1] == "[" and len(section) > 2 else key

    def _held(self, function: Function, prefix: str, key: str) -> Iterator[Value]:
        """What a mapping of the project holds under a key."""
        for part in parts_of(Part("", Ref(prefix), function, 0), self._resolver) or ():
            if part.key == key:
                yield from self._evaluator.follow(part.function, part.expr)

    def _entity(self, entity: object, function: Function, ref: Ref) -> list[Value]:
        if isinstance(entity, External):
            name = entity.name.removeprefix("django.conf.settings.")
            values = self._setting(name) if name != entity.name else []
            values = values or [value for option in self._options(entity.name) for value in self._of_option(option)]
            return values or [Value("object", name=entity.name, function=function, expr=ref)]
        if isinstance(entity, Class):
            return [object_value(entity, function, ref)]
        if isinstance(entity, (ExternalValue, Instance)):
            name = entity.name if isinstance(entity, ExternalValue) else f"{entity.cls.module.name}.{entity.cls.name}"
            return [Value("object", name=name, function=function, expr=ref)]
        return []

    def _parsed(self, function: Function, prefix: str, key: str) -> list[Value]:
        """`vars(args)["storage"]`: an option of the command line, by its key."""
        tables = [pair for place in self._resolver.walk(function, prefix).places for pair in self._resolver.values_of(place.location)]
        given = [(scope, made.args[0]) for scope, made in tables if isinstance(made, Call) and made.func == "vars" and made.args]
        objects = [entity for scope, expr in given for entity in self._resolver.value(scope, expr).objects]
        names = [entity.name for entity in objects if isinstance(entity, (External, ExternalValue))]
        return [value for name in names for option in self._options(f"{name}.{key}") for value in self._of_option(option)]

    def _options(self, name: str) -> Sequence[Option]:
        return self._settings.options.read(name) if self._settings is not None else ()

    def _of_option(self, option: Option) -> Iterable[Value]:
        """What an option of the command line is: what the deployment sets its variable to, or its default."""
        given = self._evaluator.given(option.variable)
        if given is not None:
            return (given,)
        named, line = option.variable or option.flag, option.call.line
        if option.default is None:
            none = Value("env", name=OPTION, variable=named, function=option.function, expr=option.call, line=line)
            return (none._replace(required=option.required),)
        values = placed_at(line, self._evaluator.follow(option.function, option.default))
        return [value._replace(variable=value.variable or named) if value.kind != "unknown" else value for value in values]

    def _through_attribute(self, function: Function, prefix: str, name: str) -> list[Value]:
        """`settings.database.url`: by the nearest class that sets it; production's classes come first."""
        objects = self._resolver.walk(function, prefix).objects
        owners = [entity.cls if isinstance(entity, Instance) else entity for entity in objects if isinstance(entity, (Instance, Class))]
        live = [cls for cls in owners if stage_of_class(cls) != "development"]
        best = [cls for cls in live if stage_of_class(cls) == "production"]
        found: list[Value] = []
        for owner in best or live or owners:
            holder = next((cls for cls in owner.lineage or [owner] if name in cls.bindings or name in cls.attribute_writes), None)
            getter = owner.find_method(name)
            if holder is not None:
                found.extend(self._bound_attribute(holder, name, owner))
            elif getter is not None and self._is_property(getter):
                found.extend(self._evaluator.returned(getter))
        return found

    def _is_property(self, method: Function) -> bool:
        words = self._resolver.vocabulary.words("property-decorator")
        paths = (mark.func if isinstance(mark, Call) else mark.path for mark in method.summary.decorators if isinstance(mark, (Call, Ref)))
        return any(path.rpartition(".")[2] in words for path in paths)

    def _bound(self, places: Sequence[LocationPath]) -> list[Value]:
        return [value for place in places if not place.inner for value in self._at(place.location)]

    def _at(self, location: Location) -> Iterable[Value]:
        """Return what is bound at a location."""
        owner = location.owner
        if location.kind == "parameter" and isinstance(owner, Function):
            return self._parameter(owner, location.name)
        if location.kind == "attribute" and isinstance(owner, Class):
            return self._bound_attribute(owner, location.name, owner)
        if location.kind in ("global", "local"):
            scope = owner.body if isinstance(owner, Module) else owner
            if isinstance(scope, Function):
                return self._bound_name(scope, location.name)
        if location.kind == "application":
            found = [value for scope, expr in self._resolver.values_of(location)[:4] for value in self._evaluator.follow(scope, expr)]
            if location.name.startswith("app.config[") and self._settings is not None:
                return self._setting(location.name.removeprefix("app.config[").rstrip("]")) or found
            return found
        return ()

    def _bound_name(self, scope: Function, name: str) -> tuple[Value, ...]:
        return self._memo.values(scope, name, lambda: self._bindings(scope, name))

    def _bindings(self, scope: Function, name: str) -> Iterator[Value]:
        bindings = [binding for binding in scope.locals.get(name, ()) if binding.how in ("=", "with", "annotated", "for")]
        for binding, outcome in self._live(scope, [binding for binding in bindings if self._memo.counts(scope, binding.line)]):
            for value in placed_at(binding.line, self._value_of(binding, scope)):
                yield value._replace(variable=value.variable or outcome.variable, choice=value.choice or outcome.text)
        for writer, write in scope.global_writes.get(name, ())[:4] if not bindings else ():
            yield from placed_at(write.line, self._evaluator.follow(writer, write.value))

    def _value_of(self, binding: Binding, scope: Function) -> Iterable[Value]:
        """A binding's values; `url = url.replace(...)` speaks of what the name was before."""
        if not mentions(binding.value, binding.name):
            return self._evaluator.follow(scope, binding.value)
        with self._memo.before(scope, binding.line):
            return tuple(self._evaluator.follow(scope, binding.value))

    def _live(self, scope: Function, bindings: list[Binding], cls: Class | None = None) -> list[tuple[Binding, Outcome]]:
        """Drop bindings whose conditions do not hold with the environment that is known, and those that a later one replaces.

        `cls` is the class whose body binds them, if one does.
        """
        live: list[tuple[Binding, Outcome]] = []
        for binding in bindings:
            guards = tuple(scope.summary.guards[index] for index in binding.guards)
            guards = guards_from_outside(cls, guards) if cls is not None and guards else guards
            outcome = self.outcome(guards, scope, binding.line)
            if outcome.holds is False:
                continue
            firm = outcome.holds and all(guard.kind in ARMS or guard.kind in ("with", "try") for guard in guards)
            if firm and (scope.is_body or guards) and not mentions(binding.value, binding.name):
                live.clear()
            live.append((binding, outcome))
        return live or [(binding, Outcome(None)) for binding in bindings]

    def outcome(self, guards: tuple[Guard, ...], scope: Function, line: int) -> Outcome:
        """What guards come to with what the names in them were bound to before."""
        if not guards:
            return Outcome(holds=True)
        first = min(line, *(guard.line for guard in guards))
        with self._memo.before(scope, first):
            return self._memo.outcome(
                scope, guards, lambda: outcome_of(guards, scope, lambda where, test: tuple(self._evaluator.follow(where, test)))
            )

    def _bound_attribute(self, owner: Class, name: str, made: Class) -> tuple[Value, ...]:
        return self._memo.values(owner, (name, made), lambda: self._of_attribute(owner, name, made))

    def _of_attribute(self, owner: Class, name: str, made: Class) -> list[Value]:
        """Values of a class attribute as its subclass `made` has it: a settings model takes the variable of that name first."""
        defaulted = [*self._defaulted(made, name)]
        if defaulted:
            return defaulted
        from_environment = any(base in self._resolver.vocabulary.role("settings-model") for base in made.external_bases)
        found: list[Value] = []
        for binding, outcome in self._live(owner.scope, owner.bindings.get(name, []), owner):
            variable = variable_of(made, binding) if from_environment else ""
            given = self._evaluator.given(variable)
            if given is not None:
                found.append(given)
            elif binding.how != "annotated":
                values = placed_at(binding.line, self._evaluator.follow(owner.scope, value_from_outside(owner, binding)))
                variable = variable or outcome.variable
                found.extend(value._replace(variable=value.variable or variable, choice=value.choice or outcome.text) for value in values)
            elif from_environment:
                found.append(Value("env", variable=variable, function=owner.scope, line=binding.line, required=True))
            if given is None and from_environment:
                found.extend(value._replace(variable=value.variable or variable) for value in self._validated(made, name))
        for writer, write in owner.attribute_writes.get(name, ())[:4]:
            if write.how == "=":
                found.extend(placed_at(write.line, self._evaluator.follow(writer, write.value)))
        return found

    def _defaulted(self, made: Class, name: str) -> Iterator[Value]:
        """What a method gives that is the default of a trait: `@default("storage")`."""
        for method in made.methods.values() if made.external_bases else ():
            calls = [mark for mark in method.summary.decorators if isinstance(mark, Call) and mark.func.rpartition(".")[2] == "default"]
            if any(Const(name) in mark.args for mark in calls):
                yield from placed_at(method.summary.line, self._evaluator.returned(method))

    def _validated(self, made: Class, name: str) -> Iterator[Value]:
        """What a validator puts in the place of a field that nobody set: `@field_validator("database_url")`."""
        for method in (method for cls in made.lineage or [made] for method in cls.methods.values()):
            calls = (mark for mark in method.summary.decorators if isinstance(mark, Call))
            if any(_validates(mark, name) for mark in calls):
                for expr in method.summary.returns:
                    if not (isinstance(expr, Ref) and expr.path in method.params):
                        yield from placed_at(method.summary.line, self._evaluator.follow(method, expr))

    def _parameter(self, owner: Function, name: str) -> tuple[Value, ...]:
        return self._memo.values(owner, ("parameter", name), lambda: self._handed(owner, name))

    def _handed(self, owner: Function, name: str) -> Iterator[Value]:
        with self._memo.outside(owner) as frame:
            if frame is not None:
                yield from self._from_call(owner, name, *frame)
                return
        handed = [pair for pair in self._resolver.flows.arguments.get(owner, {}).get(name, ()) if pair[0].module.part != "test"]
        for caller, expr in handed:
            yield from self._evaluator.follow(caller, expr)
        yield from () if handed else self._from_option(owner, name)
        for value in self._from_default(owner, name):
            yield value if handed else value._replace(choice=value.choice or name)  # nobody knows who else calls

    def _from_call(self, owner: Function, name: str, call: Call, caller: Function) -> tuple[Value, ...]:
        """What one call hands over, or the default."""
        given = dict(call.keywords).get(name)
        positional = [param.name for param in owner.summary.params if param.kind == ""]
        if "." in call.func:
            positional = positional[bound_parameters(caller, call, owner, self._resolver) :]
        if given is None and name in positional and positional.index(name) < len(call.args):
            given = call.args[positional.index(name)]
        if given is not None:
            return tuple(self._evaluator.follow(caller, given))
        if any(keyword == "**" for keyword, _ in call.keywords):
            return ()
        return tuple(self._from_default(owner, name))

    def _from_option(self, owner: Function, name: str) -> Iterator[Value]:
        """What a command line leaves an option at; whoever wants another value says so by the option's name."""
        param = owner.params.get(name)
        default = option_default(owner, param, self._resolver) if param is not None else None
        for value in self._evaluator.follow(owner.parent or owner, default) if default is not None else ():
            yield value._replace(variable=value.variable or f"--{name.replace('_', '-')}")

    def _from_default(self, owner: Function, name: str) -> Iterator[Value]:
        param = owner.params.get(name)
        if param is not None and param.default is not None and not isinstance(param.default, Call):
            yield from self._evaluator.follow(owner.parent or owner, param.default)

    # -- settings

    def _setting(self, name: str) -> list[Value]:
        found: list[Value] = []
        if self._settings is not None:
            for setting in self._settings.lookup(name)[:4]:
                for value in self._evaluator.follow(setting.function, setting.expr):
                    placed = value if value.line else value._replace(line=setting.line)
                    found.append(placed._replace(variable=placed.variable or setting.variable, choice=placed.choice or setting.choice))
        return found

    def _setting_item(self, function: Function, prefix: str, key: str) -> list[Value] | None:
        bag = any(isinstance(e, StateBag) and e.name == "app.config" for e in self._resolver.walk(function, prefix).objects)
        if (bag or prefix.endswith(".config")) and key and self._settings is not None:
            return self._setting(key) or None
        return None

    def setting_get(self, function: Function, call: Call) -> list[Value] | None:
        """Follow `app.config.get("X", default)`; None where it is no such call and has no default."""
        key = call.args[0]
        found = self._setting_item(function, call.func.rpartition(".")[0], str(key.value)) if isinstance(key, Const) else None
        if found is None and len(call.args) > 1:
            return list(self._evaluator.follow(function, call.args[1]))
        return found


def object_value(cls: Class, function: Function, expr: Expr) -> Value:
    """Return the value that stands for an instance of a project class; one without methods is its library base."""
    name = cls.external_bases[0] if cls.external_bases and not cls.methods else f"{cls.module.name}.{cls.name}"
    line = expr.line if isinstance(expr, Call) else 0
    return Value("object", name=name, function=function, expr=expr, line=line)


def _validates(mark: Call, name: str) -> bool:
    return mark.func.rpartition(".")[2] in ("field_validator", "validator") and Const(name) in mark.args


def placed_at(line: int, values: Iterable[Value]) -> Iterator[Value]:
    """Give values the line of their binding where they have none of their own."""
    return (value if value.line else value._replace(line=line) for value in values)
