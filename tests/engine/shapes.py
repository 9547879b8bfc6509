"""Programs of hard shapes: circles, long chains, meshes, values that multiply, and many of one thing.

Each is a small Flask application with a fault in it that the shape must not hide.
"""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Sources = dict[str, str]
"""A project: the text of each file by its path."""

Expected = tuple[str, str]
"""A finding's code and symbol; the symbol is "" where any will do."""

HEAD = """\
import os
import subprocess
from flask import Blueprint, Flask, request

app = Flask(__name__)
ORDERS = {}


@app.post("/orders")
def create_order():
    ORDERS[request.form["id"]] = request.form["text"]
    return "ok"


@app.get("/orders/<oid>")
def read_order(oid):
    return ORDERS[oid]


@app.get("/healthz")
def healthz():
    return "ok"


"""
ORDERS: Expected = ("SL0401", "ORDERS")


class Shape(NamedTuple):
    """A program, and what `check` must find in it."""

    name: str
    sources: Callable[[], Sources]
    expected: tuple[Expected, ...] = ()
    is_large: bool = False
    """Whether only a thorough run tries it, beside a smaller one of its kind."""


def application(*lines: str) -> Sources:
    """Return a project of one module: the common application, and these lines."""
    return {"app.py": HEAD + "\n".join(lines) + "\n"}


def handlers(store: str) -> Iterator[str]:
    """Two handlers, one that writes into an expression and one that reads from it."""
    yield '@app.post("/things")'
    yield "def create_thing():"
    yield f'    {store}[request.form["id"]] = request.form["text"]'
    yield '    return "ok"'
    yield '@app.get("/things/<tid>")'
    yield "def read_thing(tid):"
    yield f"    return {store}[tid]"


# -- functions that call one another


def mesh(size: int) -> Sources:
    """Functions that call one another at random, with nested calls as arguments."""
    pick = random.Random(1)
    lines = ["STORE = {}"]
    for i in range(size):
        lines += [f"def f{i}(x, y):", "    STORE[x] = y"]
        lines += [f"    a{k} = f{pick.randrange(size)}(x, f{pick.randrange(size)}(y, x))" for k in range(5)]
        lines.append("    return a0")
    lines += ['@app.post("/mesh")', "def mesh():", '    return f0(request.form["x"], request.form["y"])']
    return application(*lines, '@app.get("/mesh/<x>")', "def read(x):", "    return STORE[x]")


def calls(size: int) -> Sources:
    """A chain of calls whose last link writes."""
    lines = ["STORE = {}", f"def f{size}(x):", '    STORE[x] = request.form["text"]']
    for i in range(size):
        lines += [f"def f{i}(x):", f"    return f{i + 1}(x)"]
    return application(*lines, '@app.post("/chain/<x>")', "def chain(x):", "    return f0(x)", '@app.get("/c/<x>")', *_reads("STORE"))


def _reads(store: str) -> Iterable[str]:
    return ("def read(x):", f"    return {store}[x]")


def handed_on(size: int) -> Sources:
    """A store that is handed from function to function as an argument."""
    lines = ["STORE = {}", f"def f{size}(s, k, v):", "    s[k] = v"]
    for i in range(size):
        lines += [f"def f{i}(s, k, v):", f"    f{i + 1}(s, k, v)"]
    lines += ['@app.post("/chain")', "def chain():", '    f0(STORE, request.form["k"], request.form["v"])', '    return "ok"']
    return application(*lines, '@app.get("/c/<x>")', *_reads("STORE"))


def handed_back(size: int) -> Sources:
    """A store that functions hand back as their results."""
    lines = ["STORE = {}", "def f0():", "    return STORE"]
    for i in range(size):
        lines += [f"def f{i + 1}():", f"    return f{i}()"]
    return application(*lines, *handlers(f"f{size}()"))


# -- names for names


def module_aliases(size: int) -> Sources:
    """`a1 = a0`, `a2 = a1` and so on in the module."""
    return application("a0 = {}", *(f"a{i + 1} = a{i}" for i in range(size)), *handlers(f"a{size}"))


def local_aliases(size: int) -> Sources:
    """The same in a handler."""
    lines = ["STORE = {}", '@app.post("/things")', "def create_thing():", "    a0 = STORE"]
    lines += [f"    a{i + 1} = a{i}" for i in range(size)]
    lines += [f'    a{size}[request.form["id"]] = request.form["text"]', '    return "ok"']
    return application(*lines, '@app.get("/things/<x>")', *_reads("STORE"))


def environment_aliases(size: int) -> Sources:
    """A value of the environment under many names."""
    lines = ["from sqlalchemy import create_engine", 'a0 = os.environ.get("DATABASE_URL", "sqlite:///shop.db")']
    return application(*lines, *(f"a{i + 1} = a{i}" for i in range(size)), f"engine = create_engine(a{size})")


def built_step_by_step(size: int) -> Sources:
    """A path that grows by a piece in each statement."""
    lines = ['a0 = "/data"', *(f'a{i + 1} = a{i} + "/x"' for i in range(size))]
    return application(*lines, '@app.post("/file")', "def file():", *_writes(f"a{size}"))


def _writes(path: str) -> Iterable[str]:
    return (f'    with open({path}, "w") as f:', '        f.write(request.form["text"])', '    return "ok"')


def re_exports(size: int) -> Sources:
    """A store that each module imports from the one before."""
    found = application(f"from m{size} import STORE", *handlers("STORE"))
    found |= {f"m{i + 1}.py": f"from m{i} import STORE\n" for i in range(size)}
    return found | {"m0.py": "STORE = {}\n"}


def properties(size: int) -> Sources:
    """Properties that return properties."""
    lines = [
        "class Book:",
        "    def __init__(self):",
        "        self.store = {}",
        "    @property",
        "    def p0(self):",
        "        return self.store",
    ]
    for i in range(size):
        lines += ["    @property", f"    def p{i + 1}(self):", f"        return self.p{i}"]
    return application(*lines, "book = Book()", *handlers(f"book.p{size}"))


# -- circles


def bases_in_a_circle(*, third: bool) -> Sources:
    """Classes that are bases of each other, which Python refuses and a file may hold."""
    lines = ["class A(B):", "    def m(self):", "        pass", "class B(A):", "    pass"]
    return application(*lines, *(("class C(A):", "    pass") if third else ()), "A().m()")


def in_terms_of_itself(alias: str) -> Sources:
    """A type alias of itself, and a handler that uses what is annotated with it."""
    lines = ["from typing import Annotated, Optional", alias, f"def f(x: {alias[0]}):", "    return x.get()"]
    return application(*lines, '@app.get("/alias")', "def use():", "    return f(ORDERS)")


def attribute_of_a_circle() -> Sources:
    """Two locals that are each other, kept in an attribute."""
    lines = ["class State:", "    last = None", "s = State()", '@app.get("/last")', "def last():", "    return s.last"]
    return application(*lines, '@app.post("/last")', "def put():", "    a = b", "    b = a", "    s.last = a", '    return "ok"')


def path_of_a_circle() -> Sources:
    """Two locals that are made of each other, as a path."""
    lines = ['@app.post("/file")', "def file():", "    a = str(b)", "    b = str(a)", *_writes("a")]
    return application(*lines)


def command_of_itself() -> Sources:
    """A command line that holds its own earlier value, beside work at start-up that must be told."""
    lines = ["def run(cmd):", '    cmd = ["sh", cmd]', "    subprocess.call(cmd)"]
    return application(*lines, 'subprocess.call(["alembic", "upgrade", "head"])')


# -- values that multiply


def multiplied(first: str, times: Callable[[str], str], *use: str) -> Sources:
    """Eight names, each of which holds the one before twelve times."""
    return application(f"a0 = {first}", *(f"a{i + 1} = {times(f'a{i}')}" for i in range(8)), *use)


def as_list(name: str) -> str:
    return f"[{', '.join([name] * 12)}]"


def as_text(name: str) -> str:
    return f"f'{f'{{{name}}}' * 12}'"


def as_sum(name: str) -> str:
    return " + ".join([name] * 12)


def as_choice(name: str) -> str:
    return " or ".join([name] * 12)


FILE = ('@app.post("/file")', "def file():", *_writes("a8"))
ENGINE = ("from sqlalchemy import create_engine", "engine = create_engine(a8)")
COMMAND = ("subprocess.call(a8)", 'subprocess.call(["alembic", "upgrade", "head"])')
BLUEPRINT = ("app.register_blueprint(a8)", *(line.replace("@app.", "@a0.") for line in ("STORE = {}", *handlers("STORE"))))


# -- many of one thing


def writers_of_one(size: int) -> Sources:
    """Routes that all write one global."""
    lines = ["STORE = {}"]
    for i in range(size):
        lines += [f'@app.post("/w{i}")', f"def w{i}():", f'    STORE[request.form["k"]] = {i}', '    return "ok"']
    return application(*lines, '@app.get("/w/<x>")', *_reads("STORE"))


def written_globals(size: int) -> Sources:
    """Globals with a route each that writes it."""
    lines = []
    for i in range(size):
        lines += [
            f"STORE{i} = {{}}",
            f'@app.post("/w{i}")',
            f"def w{i}():",
            f'    STORE{i}[request.form["k"]] = 1',
            f"    return str(STORE{i})",
        ]
    return application(*lines)


def written_files(size: int) -> Sources:
    """Routes that write a file each."""
    lines = []
    for i in range(size):
        lines += [f'@app.post("/w{i}")', f"def w{i}():", *_writes(f'"/data/{i}"')]
    return application(*lines)


def hierarchy(depth: int) -> Sources:
    """A line of inheritance whose first class keeps what the last is given."""
    lines = ["class C0:", "    def __init__(self):", "        self.store = {}", "    def put(self, k, v):", "        self.store[k] = v"]
    for i in range(depth):
        lines += [f"class C{i + 1}(C{i}):", "    def m(self, i):", "        return self.m(i - 1)()"]
    lines += [
        f"book = C{depth}()",
        '@app.post("/put")',
        "def put():",
        '    book.put(request.form["k"], request.form["v"])',
        '    return "ok"',
    ]
    return application(*lines, '@app.get("/m")', "def get():", '    return book.store[request.args["k"]]')


def one_method_name(size: int) -> Sources:
    """Classes that all have a method of one name, and a handler that calls it on each."""
    lines = []
    for i in range(size):
        lines += [f"class C{i}:", "    def m(self):", f"        return {i}"]
    return application(*lines, '@app.get("/m")', "def m():", f"    return [{', '.join(f'C{i}().m()' for i in range(0, size, 50))}]")


def alternatives(size: int) -> Sources:
    """Classes of which a name is bound to one or another; each keeps items of its own."""
    lines = []
    for i in range(size):
        lines += [f"class Store{i}:", "    def __init__(self):", "        self.items = {}"]
        lines += ["    def put(self, k, v):", f'        self.items[k] = "{i}" + v', "    def get(self, k):", "        return self.items[k]"]
    lines += ['kind = os.environ["KIND"]', "if kind == '0':", "    store = Store0()"]
    for i in range(1, size):
        lines += [f"elif kind == '{i}':", f"    store = Store{i}()"]
    lines += ['@app.post("/put")', "def put():", '    store.put(request.form["k"], request.form["v"])', '    return "ok"']
    return application(*lines, '@app.get("/get")', "def get():", '    return store.get(request.args["k"])')


def literal(size: int) -> Sources:
    """A long display."""
    return application("TABLE = {", *(f'    "key{i}": ("value{i}", {i}),' for i in range(size)), "}")


def import_ring(size: int) -> Sources:
    """Modules that import the next one, the last one the first."""
    found = {f"m{i}.py": f"import m{(i + 1) % size}\ndef f(x):\n    return m{(i + 1) % size}.f(x)\n" for i in range(size)}
    return found | application("import m0", '@app.get("/ring")', "def ring():", "    return m0.f(1)")


def star_cycle(size: int) -> Sources:
    """Modules that each import everything from the two after it."""
    found = {f"m{i}.py": f"from m{(i + 1) % size} import *\nfrom m{(i + 2) % size} import *\nx{i} = {{}}\n" for i in range(size)}
    return found | application(f"from m0 import x{size - 1} as STORE", *handlers("STORE"))


_STORE: Expected = ("SL0401", "STORE")
_FILE: Expected = ("SL0201", "")
_SQLITE: Expected = ("SL0902", "")
_MIGRATION: Expected = ("SL1102", "")

SHAPES = (
    Shape("mesh-120", partial(mesh, 120), (_STORE,)),
    Shape("mesh-750", partial(mesh, 750), (_STORE,), is_large=True),
    Shape("calls-2000", partial(calls, 2000), (_STORE,)),
    Shape("handed-on-130", partial(handed_on, 130), (_STORE,)),
    Shape("handed-back-130", partial(handed_back, 130), (_STORE,)),
    Shape("module-aliases-140", partial(module_aliases, 140), (("SL0401", "a0"),)),
    Shape("module-aliases-100000", partial(module_aliases, 100_000), (("SL0401", "a0"),)),
    Shape("local-aliases-140", partial(local_aliases, 140), (_STORE,)),
    Shape("local-aliases-100000", partial(local_aliases, 100_000), (_STORE,), is_large=True),
    Shape("environment-aliases-140", partial(environment_aliases, 140), (_SQLITE,)),
    Shape("built-step-by-step-130", partial(built_step_by_step, 130), (_FILE,)),
    Shape("re-exports-140", partial(re_exports, 140), (_STORE,)),
    Shape("properties-95", partial(properties, 95), (("SL0401", "Book.store"),)),
    Shape("two-bases-in-a-circle", partial(bases_in_a_circle, third=False)),
    Shape("three-bases-in-a-circle", partial(bases_in_a_circle, third=True)),
    Shape("tuple-of-itself", partial(in_terms_of_itself, "T = (T, int)")),
    Shape("annotated-itself", partial(in_terms_of_itself, "V = Annotated[V, 1]")),
    Shape("optional-of-itself", partial(in_terms_of_itself, "U = Optional[U]")),
    Shape("attribute-of-a-circle", attribute_of_a_circle),
    Shape("path-of-a-circle", path_of_a_circle, (_FILE,)),
    Shape("command-of-itself", command_of_itself, (_MIGRATION,)),
    Shape("lists-in-a-command", partial(multiplied, "['x']", as_list, *COMMAND), (_MIGRATION,)),
    Shape("texts-as-a-path", partial(multiplied, "'x'", as_text, *FILE), (_FILE,)),
    Shape("sums-as-a-path", partial(multiplied, "'x'", as_sum, *FILE), (_FILE,)),
    Shape("texts-as-a-database", partial(multiplied, "'sqlite:///x'", as_text, *ENGINE), (_SQLITE,)),
    Shape("texts-as-a-command", partial(multiplied, "'x'", as_text, *COMMAND), (_MIGRATION,)),
    Shape("choices-of-a-blueprint", partial(multiplied, "Blueprint('b', __name__)", as_choice, *BLUEPRINT), (_STORE,)),
    Shape("written-globals-4000", partial(written_globals, 4000), (("SL0401", "STORE0"), ("SL0401", "STORE3999")), is_large=True),
    Shape("written-files-2000", partial(written_files, 2000), (_FILE,), is_large=True),
    Shape("writers-of-one-10000", partial(writers_of_one, 10_000), (_STORE,), is_large=True),
    Shape("hierarchy-150", partial(hierarchy, 150), (("SL0401", "C0.store"),)),
    Shape("hierarchy-400", partial(hierarchy, 400), (("SL0401", "C0.store"),), is_large=True),
    Shape("hierarchy-1000", partial(hierarchy, 1000), (("SL0401", "C0.store"),)),
    Shape("one-method-name-10000", partial(one_method_name, 10_000), is_large=True),
    Shape("alternatives-9", partial(alternatives, 9), tuple(("SL0401", f"Store{i}.items") for i in range(9))),
    Shape("literal-100000", partial(literal, 100_000), is_large=True),
    Shape("import-ring-1000", partial(import_ring, 1000)),
    Shape("star-cycle-50", partial(star_cycle, 50), (("SL0401", "x49"),)),
)

GROWING: dict[str, tuple[Callable[[int], Sources], int]] = {
    "aliases": (local_aliases, 2500),
    "globals": (written_globals, 200),
    "files": (written_files, 200),
    "writers": (writers_of_one, 400),
    "methods": (one_method_name, 600),
    "literals": (literal, 5000),
    "hierarchies": (hierarchy, 40),
    "imports": (import_ring, 250),
}
"""Shapes that may take no more than in proportion to their size, and a size that tells."""
