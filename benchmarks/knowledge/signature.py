"""How something is called, read from its source: parameters, and their defaults as value patterns."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from benchmarks.knowledge.seen import Param, Seen, pattern
from benchmarks.knowledge.source import Module, bindings
from benchmarks.knowledge.static import DEPTH, MISSING, Static, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FIELDS: Final = frozenset({"Field", "field", "attrib", "ib", "PrivateAttr", "FieldInfo"})
_MODELS: Final = frozenset({"BaseModel", "BaseSettings", "NamedTuple", "Struct", "TypedDict", "SQLModel", "BaseConfig"})
_MAKERS: Final = frozenset(
    {"dataclass", "define", "frozen", "mutable", "attrs", "s", "dataclass_transform", "attr.s", "pydantic_dataclass"}
)


def look(static: Static, name: str) -> Seen:
    """Say whether a qualified name exists and how it is called."""
    thing = static.thing(name)
    if thing.unknown:
        return Seen("unknown", thing.unknown)
    if thing == MISSING:
        return Seen("no", "not in the source")
    params, words = _called(static, thing, DEPTH)
    return Seen("yes", "source", params, words)


def same(static: Static, path: str, name: str) -> Seen:
    """Say whether two dotted paths lead to one class, function, value or module; what reads as two may be one all the same."""
    one, other = static.origin(path), static.origin(name)
    for wanted, thing in ((path, one), (name, other)):
        if thing.unknown:
            return Seen("unknown", f"{wanted}: {thing.unknown}")
        if thing == MISSING:
            return Seen("no", f"{wanted}: not in the source")
    if one.module is other.module and one.node is other.node:
        return Seen("yes", "source")
    return Seen("unknown", f"reads as another object than {name}")


def _called(static: Static, thing: Thing, depth: int) -> tuple[tuple[Param, ...] | None, frozenset[str]]:
    """Return the parameters, None where they cannot be read, and the words of the body."""
    module, node = thing.module, thing.node
    if module is None or node is None or depth <= 0:
        return None, frozenset()
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return _of_function(static, module, node, is_method=thing.owner is not None), _words(node)
    if isinstance(node, ast.ClassDef):
        return _of_class(static, module, node, depth)
    value = static.value(module, node, depth)
    if isinstance(node, ast.Call) and isinstance(value.node, ast.ClassDef):
        # an instance: what is called is its `__call__`
        value = static.member(value, "__call__", depth - 1)
    return _called(static, value, depth - 1) if value.node is not node else (None, frozenset())


def _of_class(static: Static, module: Module, cls: ast.ClassDef, depth: int) -> tuple[tuple[Param, ...] | None, frozenset[str]]:
    for name in ("__init__", "__new__"):
        maker = static.member(Thing(module, cls), name, depth)
        if not isinstance(maker.node, (ast.FunctionDef, ast.AsyncFunctionDef)) or maker.module is None:
            continue
        if maker.module.name.split(".")[0] not in ("pydantic", "pydantic_settings", "typing"):
            return _of_function(static, maker.module, maker.node, is_method=True), _words(cls)
    if _has_fields(static, module, cls, depth):
        return tuple(_fields(static, module, cls, depth)), _words(cls)
    unknown = any(base.unknown for base in static.bases(module, cls))
    return None if unknown else (), _words(cls)


def _has_fields(static: Static, module: Module, cls: ast.ClassDef, depth: int) -> bool:
    names = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in cls.bases}
    decorators = {ast.unparse(decorator).partition("(")[0].rpartition(".")[2] for decorator in cls.decorator_list}
    if names & _MODELS or decorators & _MAKERS:
        return True
    return depth > 0 and any(
        isinstance(base.node, ast.ClassDef) and base.module is not None and _has_fields(static, base.module, base.node, depth - 1)
        for base in static.bases(module, cls)
    )


def _fields(static: Static, module: Module, cls: ast.ClassDef, depth: int) -> Iterator[Param]:
    """Yield annotated fields, those of base classes first; a field that is declared again counts once."""
    found: dict[str, Param] = {}
    for base in static.bases(module, cls):
        if isinstance(base.node, ast.ClassDef) and base.module is not None and depth > 0:
            found.update((param.name, param) for param in _fields(static, base.module, base.node, depth - 1))
    for name, nodes in bindings(cls.body).items():
        node = nodes[-1]
        if (isinstance(node, ast.AnnAssign) and not ast.unparse(node.annotation).startswith(("ClassVar", "typing.ClassVar"))) or (
            isinstance(node, ast.Assign) and (name in found or isinstance(node.value, ast.Call))
        ):
            found[name] = Param(name, "positional", default(static, module, node.value))
    yield from found.values()


def _of_function(static: Static, module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef, *, is_method: bool) -> tuple[Param, ...]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: Sequence[ast.expr | None] = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
    params = [
        Param(argument.arg, "positional", default(static, module, value)) for argument, value in zip(positional, defaults, strict=True)
    ]
    if is_method and not any(ast.unparse(decorator).endswith("staticmethod") for decorator in node.decorator_list):
        params = params[1:]
    params += [Param(arguments.vararg.arg, "*")] if arguments.vararg else []
    params += [
        Param(argument.arg, "keyword", default(static, module, value))
        for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    params += [Param(arguments.kwarg.arg, "**")] if arguments.kwarg else []
    return tuple(params)


def default(static: Static, module: Module, node: ast.expr | None, depth: int = 6) -> str:
    """Write a default as a value pattern: "" for none, `?` for what cannot be read."""
    if node is None or (isinstance(node, ast.Constant) and node.value is ...):
        return ""
    try:
        return pattern(ast.literal_eval(node))
    except (ValueError, TypeError):
        pass
    if isinstance(node, ast.Call):
        return _of_call(static, module, node, depth)
    if isinstance(node, (ast.Name, ast.Attribute)) and depth > 0:
        thing = static.expression(module, node)
        if isinstance(thing.node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            return f"call:{ast.unparse(node)}"
        if isinstance(thing.node, ast.expr) and thing.module is not None:
            return default(static, thing.module, thing.node, depth - 1)
    return "?"


def _of_call(static: Static, module: Module, node: ast.Call, depth: int) -> str:
    name = ast.unparse(node.func)
    if name.rpartition(".")[2] not in _FIELDS:
        return f"call:{name}"
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if "default" in given or node.args:
        return default(static, module, given.get("default", node.args[0] if node.args else None), depth)
    factory = given.get("default_factory", given.get("factory"))
    if isinstance(factory, ast.Lambda):
        return default(static, module, factory.body, depth)
    return f"call:{ast.unparse(factory)}" if factory is not None else ""


def _words(node: ast.AST) -> frozenset[str]:
    """Collect the names and plain values in a body."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        elif isinstance(inner, ast.Attribute):
            found.add(inner.attr)
        elif isinstance(inner, ast.Constant):
            found.add(pattern(inner.value))
    return frozenset(found)
