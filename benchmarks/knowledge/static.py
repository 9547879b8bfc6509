"""Look a qualified name up in unpacked sources: through re-exports, aliases, base classes and lazy imports."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.knowledge.source import Module, bindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.knowledge.source import Packages

DEPTH: Final = 40
_WRAPPERS: Final = frozenset({"Annotated", "AsyncContextManager", "Awaitable", "ContextManager", "Optional", "Union"})
FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_NO_BASES: Final = frozenset({"object", "Generic", "Protocol", "ABC", "ABCMeta", "type", "Exception", "dict", "list", "str", "NamedTuple"})


class Thing(NamedTuple):
    """What a name stands for: a module, a definition or value in one, or something that reading cannot tell."""

    module: Module | None
    node: ast.AST | None = None
    """A class, a function, or the expression of a value; None for the module itself."""
    unknown: str = ""
    owner: ast.ClassDef | None = None
    """Of a method: the class that it was looked up on."""


MISSING: Final = Thing(None)


class Static:
    """Answers from the sources of some packages."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages

    def thing(self, name: str) -> Thing:
        """Find what a qualified name stands for."""
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            module = self._packages.module(".".join(parts[:end]))
            if module is not None:
                return self.path(Thing(module), parts[end:])
            if not self._packages.is_folder(".".join(parts[:end])):
                break
        return MISSING if end > 1 else Thing(None, unknown=f"no package at hand provides {parts[0]}")

    def path(self, thing: Thing, names: Iterable[str], depth: int = DEPTH) -> Thing:
        """Follow attributes one after the other."""
        for name in names:
            thing = self.member(thing, name, depth)
        return thing

    def member(self, thing: Thing, name: str, depth: int) -> Thing:
        """Find an attribute."""
        if thing.unknown or thing == MISSING:
            return thing
        if depth <= 0:
            return Thing(None, unknown="too many steps")
        module, node = thing.module, thing.node
        if module is None or node is None:
            return self._of_module(module, name, depth) if module else MISSING
        if isinstance(node, ast.ClassDef):
            return self._of_class(module, node, name, depth)
        if isinstance(node, FUNCTION):
            found = self.member(self.returned(thing, depth - 1), name, depth - 1)
            guessed = node.returns is None
            return Thing(None, unknown=f"{name} of what {node.name} returns") if found == MISSING and guessed else found
        value = self.value(module, node, depth - 1)
        return Thing(None, unknown=f"{name} of a value made at run time") if value.node is node else self.member(value, name, depth - 1)

    def origin(self, name: str) -> Thing:
        """Find what a qualified name stands for, through names that are bound to it: `Cache = core.Cache`."""
        thing = self.thing(name)
        for _ in range(DEPTH):
            if thing.module is None or not isinstance(thing.node, (ast.Name, ast.Attribute)) or thing.unknown:
                break
            if isinstance(thing.node, ast.Attribute) and self.expression(thing.module, thing.node.value).node is not None:
                break  # what an object gives when it is asked: a method bound to it
            following = self.expression(thing.module, thing.node)
            if following.unknown or following == MISSING:
                break
            thing = following
        return thing

    # -- modules

    def _of_module(self, module: Module, name: str, depth: int) -> Thing:
        if not module.is_readable:
            return Thing(None, unknown=f"{module.name} is compiled")
        found = [self._bound(module, node, name, depth) for node in reversed(module.names.get(name, []))]
        inner = self._packages.module(f"{module.name}.{name}")
        if inner is not None:
            found.append(Thing(inner))
        if not found:
            found = [self._of_star(module, star, name, depth) for star in module.stars]
        if all(thing == MISSING for thing in found):
            found = [self._lazy(module, name, depth)]
        return next((thing for thing in found if not thing.unknown and thing != MISSING), max(found, key=lambda thing: thing.unknown))

    def _bound(self, module: Module, node: ast.stmt, name: str, depth: int) -> Thing:
        if isinstance(node, ast.ImportFrom):
            alias = next(alias for alias in node.names if (alias.asname or alias.name) == name)
            return self._imported(module.absolute(node.module or "", node.level), alias.name, depth)
        if isinstance(node, ast.Import):
            alias = next(alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) == name)
            target = alias.name if alias.asname else name
            inner = self._packages.module(target)
            return Thing(inner) if inner else Thing(None, unknown=f"{target} is not at hand")
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            return Thing(module, node.value or node)
        return Thing(module, node)

    def _imported(self, source: str, name: str, depth: int) -> Thing:
        inner = self._packages.module(source)
        if inner is not None:
            return self.member(Thing(inner), name, depth - 1)
        inner = self._packages.module(f"{source}.{name}")
        return Thing(inner) if inner else Thing(None, unknown=f"{source} is not at hand")

    def _of_star(self, module: Module, star: ast.ImportFrom, name: str, depth: int) -> Thing:
        source = module.absolute(star.module or "", star.level)
        inner = self._packages.module(source)
        if inner is None:
            return Thing(None, unknown=f"{source} is not at hand")
        return self.member(Thing(inner), name, depth - 1) if inner is not module else MISSING

    def _lazy(self, module: Module, name: str, depth: int) -> Thing:
        """Follow a module's `__getattr__`: tables that name the module of each attribute, whichever way round."""
        if "__getattr__" not in module.names and not any("lazy" in bound.lower() for bound in module.names):
            return MISSING
        for source in dict.fromkeys(_lazy_sources(module.tree, name)):
            dots = len(source) - len(source.lstrip("."))
            for target in (source, f"{module.name}.{source.lstrip('.')}", module.absolute(source.lstrip("."), dots)):
                inner = self._packages.module(target)
                found = self.member(Thing(inner), name, depth - 1) if inner is not None and inner is not module else MISSING
                if found != MISSING:
                    return found
        return Thing(None, unknown=f"{module.name} makes {name} when asked") if name in module.strings else MISSING

    # -- classes and values

    def _of_class(self, module: Module, cls: ast.ClassDef, name: str, depth: int) -> Thing:
        own = bindings(cls.body).get(name)
        if own:
            node = own[-1]
            value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value else node
            return Thing(module, value, owner=cls)
        given = _given_to_self(cls, name)
        if given is not None:
            return Thing(module, given)
        answer = MISSING
        for base in self.bases(module, cls, depth):
            found = self.member(base, name, depth - 1)
            if found != MISSING and not found.unknown:
                return found
            answer = found if found.unknown else answer
        return answer

    def bases(self, module: Module, cls: ast.ClassDef, depth: int = DEPTH) -> Iterator[Thing]:
        """Yield what a class inherits from, its metaclass last."""
        for base in [*cls.bases, *(keyword.value for keyword in cls.keywords if keyword.arg == "metaclass")]:
            text = ast.unparse(base).partition("[")[0]
            if isinstance(base, ast.Call):
                # `Manager(BaseManager.from_queryset(QuerySet))`: made of the class that is asked and of those handed over
                parts = [base.func.value if isinstance(base.func, ast.Attribute) else base.func, *base.args]
                yield from (self.expression(module, part, depth - 1) for part in parts)
            elif text.rpartition(".")[2] not in _NO_BASES:
                found = self.expression(module, base, depth - 1)
                yield found if found != MISSING else Thing(None, unknown=f"its base {text} is not at hand")

    def value(self, module: Module, node: ast.AST, depth: int) -> Thing:
        """Follow a value one step: an alias to what it names, a call to what it returns."""
        if isinstance(node, ast.AnnAssign):
            return self.expression(module, node.annotation, depth)
        if isinstance(node, ast.Call):
            made = self.expression(module, node.func, depth)
            if isinstance(made.node, FUNCTION):
                return self.returned(made, depth - 1)
            return made if isinstance(made.node, ast.ClassDef) else Thing(module, node)
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self.expression(module, node, depth)
        return Thing(module, node)

    def returned(self, thing: Thing, depth: int) -> Thing:
        """Find what a function returns: the class it is annotated with, or the one that makes it."""
        node, module = thing.node, thing.module
        if not isinstance(node, FUNCTION) or module is None or depth <= 0:
            return thing
        if node.returns is not None and ast.unparse(node.returns).strip("'\"") not in ("Self", "typing.Self", "T", "Any"):
            found = self.expression(module, node.returns, depth)
            if found != MISSING and not found.unknown:
                return found
        if thing.owner is not None and any(ast.unparse(decorator) == "classmethod" for decorator in node.decorator_list):
            return Thing(module, thing.owner)
        for made in (inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Call)):
            found = self.value(module, made, depth - 1)
            if isinstance(found.node, ast.ClassDef):
                return found
        return Thing(None, unknown=f"what {node.name} returns cannot be read")

    def expression(self, module: Module, node: ast.expr, depth: int = DEPTH) -> Thing:
        """Find what a dotted expression in a module stands for."""
        if depth <= 0:
            return Thing(None, unknown="too many steps")
        if isinstance(node, ast.Name):
            return self._of_module(module, node.id, depth - 1)
        if isinstance(node, ast.Attribute):
            return self.member(self.expression(module, node.value, depth - 1), node.attr, depth - 1)
        if isinstance(node, ast.Subscript):
            wrapped = ast.unparse(node.value).rpartition(".")[2] in _WRAPPERS
            inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            return self.expression(module, inner if wrapped else node.value, depth - 1)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.partition("[")[0].replace(".", "_").isidentifier():
            return self.expression(module, ast.parse(node.value.partition("[")[0], mode="eval").body, depth - 1)
        if isinstance(node, ast.BinOp):
            return self.expression(module, node.left, depth - 1)
        return Thing(None, unknown=f"cannot follow {ast.unparse(node)[:60]}")


def _given_to_self(cls: ast.ClassDef, name: str) -> ast.expr | None:
    """Return the value that a method assigns to `self.name`."""
    for node in ast.walk(cls):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        for target in targets:
            if isinstance(target, ast.Attribute) and target.attr == name and isinstance(target.value, ast.Name):
                assert isinstance(node, (ast.Assign, ast.AnnAssign))  # noqa: S101 - the only nodes with targets here
                return node.value or ast.Constant(None)
    return None


def _lazy_sources(tree: ast.Module, name: str) -> Iterator[str]:
    """Yield the modules that tables of a module name for an attribute: `{"Name": "module"}` or `{"module": ["Name"]}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                strings = [inner.value for inner in ast.walk(value) if isinstance(inner, ast.Constant) and isinstance(inner.value, str)]
                if isinstance(key, ast.Constant) and key.value == name:
                    yield from strings
                elif isinstance(key, ast.Constant) and isinstance(key.value, str) and name in strings:
                    yield key.value
        elif isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names):
            yield "." * node.level + (node.module or "")
