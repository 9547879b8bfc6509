"""What mappings and lists hold: displays, `dict(...)`, copies, unions, spreads, and names that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.program.names.nodes import Class, External, Function, Location, Module
from statelint.program.names.resolver import split
from statelint.survey.summary import UNKNOWN, Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Binding, Guard

_DEPTH: Final = 6
_COPIES: Final = frozenset(
    {"dict", "copy.copy", "copy.deepcopy", "list", "tuple", "collections.OrderedDict", "OrderedDict", "types.SimpleNamespace"}
)
CONSTANT_KEYS: Final = {"DEFAULT_CACHE_ALIAS": "default", "DEFAULT_DB_ALIAS": "default", "DEFAULT_STORAGE_ALIAS": "default"}
"""Names of constants that stand for keys, by what they are worth."""
HIDDEN: Final = "?"
"""The key of what may hold any key: a spread that cannot be followed."""


class Part(NamedTuple):
    """An expression, and where it is written."""

    key: str
    """The key or index under which the mapping or list holds it."""
    expr: Expr
    function: Function
    """The scope to read it in."""
    line: int
    """Of the statement that writes it."""
    keys: tuple[str, ...] = ()
    """The way to it within that statement."""
    guards: tuple[Guard, ...] = ()


def parts_of(whole: Part, resolver: Resolver, depth: int = 0) -> list[Part] | None:
    """Return what a mapping or list holds, a later key in the place of an earlier one; None where it cannot be followed."""
    expr = whole.expr
    if depth > _DEPTH:
        return None
    match expr:
        case Display(kind="dict", comprehension=False):
            return _of_dict(expr, whole, resolver, depth)
        case Display(comprehension=False):
            return [_below(whole, str(index), item) for index, item in enumerate(expr.items)]
        case Either():
            found = [parts_of(whole._replace(expr=option), resolver, depth + 1) for option in expr.options]
            return _joined(found) if any(parts is not None for parts in found) else None
        case Template():
            found = [parts_of(whole._replace(expr=option), resolver, depth + 1) for option in expr.parts]
            return _joined(found) if any(parts is not None for parts in found) else None
        case Ref():
            return _of_name(expr, whole, resolver, depth)
        case Call():
            return _of_call(expr, whole, resolver, depth)
    return None


def _below(whole: Part, key: str, expr: Expr) -> Part:
    return whole._replace(key=key, expr=expr, keys=(*whole.keys, key))


def _joined(found: Iterable[list[Part] | None]) -> list[Part]:
    """Of parts with the same key the last wins, unless it is conditional; those of lists are all kept."""
    by_key: dict[str, list[Part]] = {}
    for parts in found:
        for part in parts or ():
            if part.guards or part.key.isdigit():
                by_key.setdefault(part.key, []).append(part)
            else:
                by_key[part.key] = [part]
    return [part for parts in by_key.values() for part in parts]


def _of_dict(expr: Display, whole: Part, resolver: Resolver, depth: int) -> list[Part]:
    found: list[list[Part] | None] = []
    for key, item in zip(expr.keys, expr.items, strict=False):
        name = _key(key)
        if name is not None:
            found.append([_below(whole, name, item)])
        elif key == UNKNOWN:  # `**item`
            spread = parts_of(whole._replace(expr=item), resolver, depth + 1)
            found.append(spread if spread is not None else [whole._replace(key=HIDDEN, expr=item)])
        else:
            found.append([whole._replace(key=HIDDEN, expr=item)])
    return _joined(found)


def _key(key: Expr) -> str | None:
    if isinstance(key, Const):
        return str(key.value)
    return CONSTANT_KEYS.get(key.path.rpartition(".")[2]) if isinstance(key, Ref) else None


def _of_name(ref: Ref, whole: Part, resolver: Resolver, depth: int) -> list[Part] | None:
    found: list[list[Part] | None] = []
    container, step = split(ref.path)
    if step[:1] == "[":
        return _of_item(container, step[1:-1], whole, resolver, depth)
    for place in resolver.walk(whole.function, ref.path).places:
        if not place.inner:
            found.extend(parts_of(bound, resolver, depth + 1) for bound in bound_at(place.location) if bound.expr != ref)
    known = [parts for parts in found if parts is not None]
    if not known:
        return None
    return [part for parts in known for part in parts] if len(known) > 1 else known[0]


def _of_item(container: str, key: str, whole: Part, resolver: Resolver, depth: int) -> list[Part] | None:
    """`DATABASES_ALL[name]`: what the key's mapping holds; with a key that is not known, all of them hold."""
    held = parts_of(whole._replace(expr=Ref(container)), resolver, depth + 1)
    chosen = [part for part in held or () if part.key == key] or (held or [])
    found = [parts_of(part, resolver, depth + 1) for part in chosen]
    if not any(parts is not None for parts in found):
        return None
    return [part for parts in found for part in parts or ()]


def bound_at(location: Location) -> Iterator[Part]:
    """Yield what is bound to a name, an attribute or a parameter's default, each where it is written."""
    owner, name = location.owner, location.name
    if location.kind in ("global", "local"):
        scope = owner.body if isinstance(owner, Module) else owner
        if isinstance(scope, Function):
            yield from (_bound(binding, scope) for binding in scope.locals.get(name, ()) if binding.how in ("=", "aug"))
            for writer, write in scope.global_writes.get(name, ()):
                yield Part(name, write.value, writer, write.line)
    elif location.kind == "attribute" and isinstance(owner, Class):
        yield from (_bound(binding, owner.scope) for binding in owner.bindings.get(name, ()) if binding.how in ("=", "aug"))
        for writer, write in owner.attribute_writes.get(name, ()):
            yield Part(name, write.value, writer, write.line)
    elif location.kind == "parameter" and isinstance(owner, Function):
        default = owner.params[name].default if name in owner.params else None
        if default is not None:
            yield Part(name, default, owner.parent or owner, owner.summary.line)


def _bound(binding: Binding, scope: Function) -> Part:
    guards = tuple(scope.summary.guards[index] for index in binding.guards)
    return Part(binding.name, binding.value, scope, binding.line, (), guards)


def _of_call(call: Call, whole: Part, resolver: Resolver, depth: int) -> list[Part] | None:
    prefix, _, method = call.func.rpartition(".")
    if method == "copy" and not call.args:
        return parts_of(whole._replace(expr=Ref(prefix)), resolver, depth + 1)
    for entity in resolver.walk(whole.function, call.func).objects:
        if isinstance(entity, External) and (entity.name in _COPIES or entity.name.removeprefix("builtins.") in _COPIES):
            return _of_constructor(call, whole, resolver, depth)
        if isinstance(entity, Function):
            summary = entity.summary
            returned = [
                Part("", expr, entity, _line(expr, entity), (), tuple(summary.guards[index] for index in indices))
                for expr, indices in zip(summary.returns[:6], summary.return_guards, strict=False)
            ]
            found = [parts_of(part, resolver, depth + 1) for part in returned]
            return [part for parts in found for part in parts or ()] if any(parts is not None for parts in found) else None
    return None


def _line(expr: Expr, function: Function) -> int:
    return expr.line if isinstance(expr, Call) else function.summary.line


def _of_constructor(call: Call, whole: Part, resolver: Resolver, depth: int) -> list[Part] | None:
    found: list[list[Part] | None] = [parts_of(whole._replace(expr=arg), resolver, depth + 1) for arg in call.args[:1]]
    if found and found[0] is None:
        found[0] = [whole._replace(key=HIDDEN)]
    for keyword, value in call.keywords:
        if keyword == "**":
            spread = parts_of(whole._replace(expr=value), resolver, depth + 1)
            found.append(spread if spread is not None else [whole._replace(key=HIDDEN, expr=value)])
        else:
            found.append([_below(whole, keyword, value)])
    return _joined(found)
