"""Transformations that add code which has nothing to do with the rest."""

from __future__ import annotations

import ast
import random
from typing import TYPE_CHECKING, Final

import libcst as cst
from tests.metamorphic.names import bound_by, dotted, functions_of
from tests.metamorphic.project import Changed, Files, added, concrete, modules, paired, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERBS: Final = frozenset({"delete", "get", "patch", "post", "put", "route"})
_READS: Final = frozenset({"casefold", "fetch", "get", "json", "load", "lower", "read", "scalar", "strip", "upper"})
_CLASSES: Final = """\
class Quoll:
    def __init__(self, size):
        self.size = size

    def get(self, key, default=None):
        return default if key else self.size

    def put(self, key, value):
        return (key, value)

    def save(self):
        return self.size

    def add(self, item):
        return [item]

    def pop(self, key):
        return key

    def run(self):
        return self.get("a")

    def clear(self):
        return None


class Numbat(Quoll):
    def get(self, key, default=None):
        return super().get(key, self.size)

    def load(self, key):
        return self.put(key, self.size)

    def delete(self, key):
        return self.pop(key)

    def update(self, key, value):
        return self.put(key, value)

    def send(self, message):
        return len(message)


def bilby(size):
    quoll = Quoll(size)
    numbat = Numbat(size)
    quoll.put("a", 1)
    numbat.load("b")
    numbat.update("c", quoll.get("a"))
    return numbat.save()
"""


def add_module(files: Files, seed: int) -> Changed | None:
    """Add a module that nothing imports: a chain of helpers, and classes that keep nothing.

    Their methods have names that are common, and those of the project's own methods.
    """
    places = [path for path in modules(files) if not path.startswith("tests/")]
    if not places:
        return None
    pick = random.Random(seed)
    folder = pick.choice(places).rpartition("/")[0]
    path = f"{folder}/bandicoot.py" if folder else "bandicoot.py"
    return Changed(files | {path: f"# added\n{_CLASSES}{_chain('bilby(3)')}{_namesakes(files)}"})


def _namesakes(files: Files) -> str:
    """Return classes whose methods are called as those of the project are, and which nobody uses."""
    classes = [node for path in modules(files) for node in ast.walk(tree_of(files[path])) if isinstance(node, ast.ClassDef)]
    methods = {method.name for node in classes for method in node.body if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef))}
    names = sorted(name for name in methods if not name.startswith("__"))
    body = "".join(f"\n    def {name}(self, *given):\n        return given\n" for name in names) or "    pass\n"
    return "".join(f"\n\nclass Potoroo{number}:\n{body.removeprefix(chr(10))}" for number in range(5))


def add_handler(files: Files, seed: int) -> Changed | None:
    """Add a handler to a file that has some; it answers with a constant."""
    places = [*_handlers(files), *((path, "", None) for path in modules(files) if _has_urls(files[path]))]
    if not places:
        return None
    path, router, node = random.Random(seed).choice(places)
    if node is None:  # a table of routes of Django
        view = 'from django.http import HttpResponse\n\n\ndef bettong(request):\n    return HttpResponse("ok")\n'
        return Changed(files | {path: files[path] + added(f'{view}\n\nurlpatterns += [path("bettong/", bettong)]\n')})
    head = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return Changed(files | {path: files[path] + added(f'@{router}.get("/bettong")\n{head} bettong():\n    return "ok"\n')})


def copy_handler(files: Files, seed: int) -> Changed | None:
    """Add a handler that does by a chain of eight functions, `bettong -> f0 -> f1 ... -> f7`, what a handler does already.

    What is found in the one may be found in the other; what was found before must still be.
    """
    places = [place for place in _handlers(files) if _may_be_copied(place[2])]
    if not places:
        return None
    path, _, node = random.Random(seed).choice(places)
    text = files[path]
    original = next(statement for statement, nodes in paired(text) if isinstance(statement, cst.FunctionDef) and nodes[0] is node)
    assert isinstance(original, cst.FunctionDef)
    bare = original.with_changes(decorators=(), leading_lines=(), name=cst.Name("f7"))
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    head, back = ("async def", "return await") if isinstance(node, ast.AsyncFunctionDef) else ("def", "return")
    chain = [f"\n\n{head} f{number}({', '.join(names)}):\n    {back} f{number + 1}({', '.join(names)})\n" for number in reversed(range(7))]
    signature = concrete(text).code_for_node(original.params)
    decorators = "".join(f"@{_moved(decorator)}\n" for decorator in node.decorator_list)
    handler = f"\n\n{decorators}{head} bettong({signature}):\n    {back} f0({', '.join(names)})\n"
    return Changed(files | {path: text + added(concrete(text).code_for_node(bare) + "".join(chain) + handler)}, copied=True)


def add_memo(files: Files, seed: int) -> Changed | None:
    """Add a handler with a memo of its own, filled by a chain `f0 -> f1 ...` that ends in a function of the project.

    The function only hands on what others tell it, so that one more caller does no harm; the memo may be a fault of its own.
    """
    places = [(path, router, name) for path, router, _ in _handlers(files) for name in sorted(_readers(path, files))]
    if not places:
        return None
    pick = random.Random(seed)
    path, router, (source, name) = pick.choice(places)
    names = next(_parameters(node) for node in tree_of(files[source]).body if isinstance(node, ast.FunctionDef) and node.name == name)
    given = ", ".join(names)
    key = f"({given},)" if names else "0"
    folder, _, own = dotted(path, files).rpartition(".")
    other = pick.choice(["aa_bettong", "zz_bettong"])  # asked before and after the rest of the project
    text = f"""\
from {dotted(source, files)} import {name}
from {dotted(path, files)} import {router}

# added
known = {{}}


def bettong_memo({given}):
    if {key} not in known:
        known[{key}] = f0({given})
    return known[{key}]


@{router}.get("/bettong")
def bettong():
    return {{"answer": bettong_memo({", ".join(["'a'"] * len(names))})}}
{_chain(f"{name}({given})", given, length=pick.randrange(1, 9))}"""
    target = path.removesuffix(f"{own}.py") + f"{other}.py"
    absolute = f"{folder}.{other}".lstrip(".")
    return Changed(files | {path: files[path] + added(f"from {absolute} import bettong\n"), target: text}, faulty=frozenset({"caches"}))


def _readers(path: str, files: Files) -> set[tuple[str, str]]:
    """Return the functions, by file and name, that do nothing but hand on what a chain of others reads, and that `path` may import."""
    bodies: dict[tuple[str, str], ast.Return] = {}
    for other in modules(files):
        for node in tree_of(files[other]).body:
            match node:
                case ast.FunctionDef(body=[ast.Return(value=ast.Call()) as back], decorator_list=[]) if node.name in functions_of(
                    files[other]
                ):
                    bodies[other, node.name] = back
                case _:
                    pass
    return {key for key in bodies if key[0] != path and _only_reads(key, bodies, frozenset())}


def _only_reads(key: tuple[str, str], bodies: dict[tuple[str, str], ast.Return], seen: frozenset[tuple[str, str]]) -> bool:
    if key in seen or key not in bodies:
        return False
    for call in ast.walk(bodies[key]):
        if isinstance(call, ast.Call):
            plain = isinstance(call.func, ast.Name) and _only_reads((key[0], call.func.id), bodies, seen | {key})
            if not plain and not (isinstance(call.func, ast.Attribute) and call.func.attr in _READS):
                return False
    return True


def _parameters(node: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in node.args.args]


def _may_be_copied(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function can be called by another one with its own parameters, and nothing names it from inside."""
    arguments = node.args
    plain = arguments.vararg is None and arguments.kwarg is None and not arguments.posonlyargs and not arguments.kwonlyargs
    return plain and not any(isinstance(inner, (ast.Yield, ast.YieldFrom, ast.Global)) for inner in ast.walk(node))


def _moved(decorator: ast.expr) -> str:
    """Return a decorator with another path where it registers one."""
    match decorator:
        case ast.Call(func=ast.Attribute(attr=verb), args=[ast.Constant(value=str(path)), *others], keywords=keywords) if verb in _VERBS:
            given = [repr(f"/bettong{path}"), *map(ast.unparse, others), *map(ast.unparse, keywords)]
            return f"{ast.unparse(decorator.func)}({', '.join(given)})"
        case _:
            return ast.unparse(decorator)


def _chain(last: str, given: str = "", *, length: int = 8) -> str:
    lines = [f"\n\ndef f{length - 1}({given}):\n    return {last}\n"]
    lines += [f"\n\ndef f{number}({given}):\n    return f{number + 1}({given})\n" for number in reversed(range(length - 1))]
    return "".join(lines)


def _has_urls(text: str) -> bool:
    """Tell whether a module is a table of routes of Django that can be added to."""
    bound = [name for node in tree_of(text).body for name in bound_by(node)]
    return "urlpatterns" in bound and "path" in bound and not {"bettong", "HttpResponse"} & {*bound}


def _handlers(files: Files) -> Iterator[tuple[str, str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield each handler at the top of a file, with the application or router in it that registers it."""
    for path in modules(files):
        body = tree_of(files[path]).body
        if not {"bettong", *(f"f{number}" for number in range(8))} & {name for node in body for name in bound_by(node)}:
            for node in body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    yield from ((path, router, node) for router in _routers(node))


def _routers(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=router), attr=verb), args=[ast.Constant(value=str(path)), *_]):
                if verb in _VERBS and path.startswith("/"):
                    yield router
            case _:
                pass
