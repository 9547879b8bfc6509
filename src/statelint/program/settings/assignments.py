"""Settings as they stand after each other: a later assignment replaces an earlier one, a guarded one stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.program.names.mappings import Part
from statelint.program.settings.stages import development_arm
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.program.names.nodes import Function, Module
    from statelint.program.settings.stages import Stage
    from statelint.survey.summary import Guard

_CONDITIONAL: Final = frozenset({"if", "else", "case", "except", "for", "while"})


class SettingValue(NamedTuple):
    """One place that sets a setting."""

    name: str
    """Dotted, with the keys of mappings: `CACHES.default.BACKEND`."""
    expr: Expr
    function: Function
    """The scope to read the expression in."""
    line: int
    """Of the statement that holds the value."""
    stage: Stage
    keys: tuple[str, ...] = ()
    """The way to the value within its statement."""
    guards: tuple[Guard, ...] = ()
    opaque: bool = False
    """The expression is a mapping around the value that cannot be looked into: `env.db()`."""
    how: Literal["=", "add", "default"] = "="
    """`add`: put in beside what is there (`+=`, `append`). `default`: counts where nothing else sets it."""
    variable: str = ""
    """The environment variable that a condition around it asks for: set otherwise, another value counts."""
    choice: str = ""
    """The source of a condition around it that could not be decided."""
    decider: str = ""
    """What decides whether its module or class is loaded at all, where several are and nothing says which."""
    holder: str = ""
    """The class that holds it and was judged, "" where a module or an application does."""

    @property
    def module(self) -> Module:
        """The module that the value is written in: the one that `line` counts in."""
        return self.function.module

    @property
    def part(self) -> Part:
        """The expression and its place, for looking into it."""
        return Part(self.name, self.expr, self.function, self.line, self.keys, self.guards)


class Assignments:
    """Values by name in the order in which they come into force."""

    def __init__(self) -> None:
        self.values: dict[str, list[SettingValue]] = {}

    def put(self, value: SettingValue) -> None:
        """Bring a value into force: in the place of earlier ones, unless it is guarded, added or built on them."""
        kept = self.values.setdefault(value.name, [])
        if value.stage == "development":
            kept.append(value)
            return
        if value.how == "=" and not any(guard.kind in _CONDITIONAL for guard in value.guards) and not mentions(value.expr, value.name):
            kept[:] = [known for known in kept if known.stage == "development"]
            below = [name for name in self.values if name.startswith(f"{value.name}.")]
            for name in below:
                self.values[name] = [known for known in self.values[name] if known.stage == "development"]
        kept.append(value)

    def merge(self, other: Assignments, *, guards: tuple[Guard, ...] = ()) -> None:
        """Bring everything of another sheet into force: `from .base import *`."""
        for name, values in other.values.items():
            if guards:
                self.values.setdefault(name, []).extend(value._replace(guards=(*guards, *value.guards)) for value in values)
            elif values:
                self.values[name] = list(values)

    def take(self, other: Assignments, theirs: str, name: str) -> bool:
        """Bring one setting of another sheet into force as `name`, with its keys; False where the other has no such setting."""
        taken = {key: values for key, values in other.values.items() if values and _is_below(key, theirs)}
        if not taken:
            return False
        for known in [known for known in self.values if _is_below(known, name)]:
            del self.values[known]
        for key, values in taken.items():
            ours = name + key[len(theirs) :]
            self.values[ours] = [value._replace(name=ours) for value in values]
        return True


def _is_below(key: str, name: str) -> bool:
    """Whether a dotted key is a setting or one inside it."""
    return key == name or key.startswith(f"{name}.")


def mentions(expr: Expr, name: str) -> bool:
    """Whether a value is built on the setting's earlier value: `MIDDLEWARE = ["x"] + MIDDLEWARE`."""
    match expr:
        case Ref(path=path):
            head = name.partition(".")[0]
            return path == head or path.startswith((f"{head}.", f"{head}["))
        case Either(options=options):
            return any(mentions(option, name) for option in options)
        case Template(parts=parts):
            return any(mentions(part, name) for part in parts)
        case Display(items=items):
            return any(mentions(item, name) for item in items)
        case Call(func=func, args=args, keywords=keywords):
            return any(mentions(arg, name) for arg in (Ref(func), *args, *(value for _, value in keywords)))
    return False


def guards_at(function: Function, indices: Iterable[int]) -> tuple[Guard, ...]:
    """Return the guards around a place of a function."""
    return tuple(function.summary.guards[index] for index in indices)


def staged(stage: Stage, guards: Iterable[Guard]) -> Stage:
    """Return the stage of a place under guards."""
    return "development" if development_arm(guards) else stage


def text_of(expr: Expr) -> str | None:
    """Return a constant string."""
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else None


def undecided(alternatives: Sequence[Sequence[SettingValue]], decider: str) -> Iterator[SettingValue]:
    """Yield what several objects or modules set of which one is loaded; what not all of them set is up to what decides."""
    places = [{_place(value) for value in values} for values in alternatives]
    for values in alternatives:
        for value in values:
            yield value if all(_place(value) in each for each in places) else value._replace(decider=decider)


def _place(value: SettingValue) -> tuple[object, ...]:
    return value.function, value.line, value.name, value.keys
