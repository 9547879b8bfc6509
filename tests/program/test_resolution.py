"""What a name stands for: followed through imports, scopes, calls and classes."""

from __future__ import annotations

import pytest
from tests.program.project import entities, function, program, stands_for

STORE = "class Store:\n    def put(self): pass\nstore = Store()\ndef make() -> Store: return Store()\n"

IMPORTS = (
    ("import module", "import pkg.store", "pkg.store.Store", ["pkg.store:Store"]),
    ("import as", "import pkg.store as s", "s.Store", ["pkg.store:Store"]),
    ("from import", "from pkg.store import Store", "Store", ["pkg.store:Store"]),
    ("from import as", "from pkg.store import Store as S", "S", ["pkg.store:Store"]),
    ("from import module", "from pkg import store", "store", ["pkg.store:"]),
    ("instance", "from pkg.store import store", "store", ["<Store>"]),
    ("method of an instance", "from pkg.store import store", "store.put", ["pkg.store:Store.put"]),
    ("result of a function", "from pkg.store import make", "make().put", ["pkg.store:Store.put"]),
    ("library module", "import redis.asyncio", "redis.asyncio.Redis", ["redis.asyncio.Redis"]),
    ("library name", "from redis import Redis as R", "R", ["redis.Redis"]),
    ("library instance", "from redis import Redis as R", "R().get", ["redis.Redis.get"]),
    ("star", "from pkg.store import *", "make", ["pkg.store:make"]),
    ("star of a library", "from flask import *", "Flask", ["flask.Flask"]),
    ("in a function", "def f():\n    from pkg.store import store\n    return store", "f()", ["<Store>"]),
    ("only while checking types", "if TYPE_CHECKING:\n    from pkg.store import Store", "Store", ["pkg.store:Store"]),
    ("tried", "try:\n    from redis import Redis\nexcept ImportError:\n    from pkg.store import Store as Redis", "Redis",
     ["redis.Redis", "pkg.store:Store"]),
    ("missing in the project", "from pkg.store import Nothing", "Nothing", []),
    ("assigned alias", "from pkg import store as s\nS = s.Store\nT = S", "T", ["pkg.store:Store"]),
    ("by name", "from importlib import import_module\nm = import_module('pkg.store')", "m.make", ["pkg.store:make"]),
)  # fmt: skip


@pytest.mark.parametrize(("source", "path", "expected"), [case[1:] for case in IMPORTS], ids=[case[0] for case in IMPORTS])
def test_imports_are_followed(source: str, path: str, expected: list[str]) -> None:
    assert stands_for({"app.py": source, "pkg/__init__.py": "", "pkg/store.py": STORE}, path) == expected


PACKAGES = (
    ("re-export", {"pkg/__init__.py": "from .store import Store"}, "from pkg import Store", "Store"),
    ("re-export under another name", {"pkg/__init__.py": "from .store import Store as S"}, "from pkg import S", "S"),
    ("re-export of a re-export", {"pkg/__init__.py": "from .a import Store", "pkg/a.py": "from .store import Store"}, "import pkg", "pkg.Store"),
    ("re-export by star", {"pkg/__init__.py": "from .store import *"}, "from pkg import Store", "Store"),
    ("star of a star", {"pkg/__init__.py": "from .a import *", "pkg/a.py": "from .store import *"}, "from pkg import *", "Store"),
    ("namespace package", {}, "from pkg.store import Store", "Store"),
    ("up one", {"pkg/__init__.py": "", "pkg/sub/__init__.py": "from ..store import Store"}, "from pkg.sub import Store", "Store"),
    ("up two", {"pkg/__init__.py": "", "pkg/a/b/c.py": "from ...store import Store"}, "from pkg.a.b.c import Store", "Store"),
    ("from the package itself", {"pkg/__init__.py": "", "pkg/a.py": "from . import store\nS = store.Store"}, "from pkg.a import S", "S"),
    ("a package's own part", {"pkg/__init__.py": "from . import store"}, "import pkg", "pkg.store.Store"),
    ("through a name with a default", {"pkg/__init__.py": "try:\n    from .store import Store\nexcept ImportError:\n    Store = None"},
     "from pkg import Store", "Store"),
    ("cycle", {"pkg/__init__.py": "from .a import x", "pkg/a.py": "from pkg import x, Store\nfrom .store import Store"}, "from pkg.a import Store",
     "Store"),
    ("stars that import each other", {"pkg/__init__.py": "from .a import *", "pkg/a.py": "from . import *\nfrom .store import *"},
     "from pkg import Store", "Store"),
)  # fmt: skip


@pytest.mark.parametrize(("files", "source", "path"), [case[1:] for case in PACKAGES], ids=[case[0] for case in PACKAGES])
def test_packages_are_followed(files: dict[str, str], source: str, path: str) -> None:
    assert stands_for({"pkg/store.py": STORE, **files, "app.py": source}, path) == ["pkg.store:Store"]


def test_modules_that_import_each_others_names_end() -> None:
    files = {"a.py": "from b import x", "b.py": "from a import x", "app.py": "from a import x\nfrom a import y"}
    assert stands_for(files, "x") == []
    assert stands_for({"a.py": "from a import *\nx = y\ny = x", "app.py": "from a import x"}, "x") == []


def test_a_name_of_the_project_hides_a_library() -> None:
    files = {"redis/__init__.py": "class Redis: pass", "app.py": "from redis import Redis"}
    assert stands_for(files, "Redis") == ["redis:Redis"]


EXPRESSIONS = (
    ("either", "x = A() if y else B()", "x", ["<A>", "<B>"]),
    ("or", "x = y or A()", "x", ["<A>"]),
    ("walrus", "(x := A())", "x", ["<A>"]),
    ("unpacked", "x, y = A(), B()", "y", ["<B>"]),
    ("unpacked from a call", "def f(): return A(), B()\nx, y = f()", "y", ["<B>"]),
    ("unpacked from an annotated call", "def f() -> tuple[A, B]: ...\nx, y = f()", "y", ["<B>"]),
    ("rebound", "x = A()\nx = B()", "x", ["<A>", "<B>"]),
    ("annotated", "x: A", "x", ["<A>"]),
    ("annotated as optional", "x: Optional[A] = None", "x", ["<A>"]),
    ("annotated as union", "x: 'A | None' = None", "x", ["<A>"]),
    ("cast", "from typing import cast\nx = cast(A, y)", "x", ["<A>"]),
    ("loop over a display", "for x in (A(), B()): pass", "x", ["<A>", "<B>"]),
    ("loop over a list", "xs = [A()]\nfor x in xs: pass", "x", ["<A>"]),
    ("loop over a sorted list", "xs = [A()]\nfor i, x in enumerate(sorted(xs)): pass", "x", ["<A>"]),
    ("loop over values", "xs = {'a': A()}\nfor x in xs.values(): pass", "x", ["<A>"]),
    ("loop over items", "xs = {'a': A()}\nfor k, x in list(xs.items()): pass", "x", ["<A>"]),
    ("item of a dict", "xs = {'a': A()}\nx = xs['a']", "x", ["<A>"]),
    ("got from a dict", "xs = {'a': A()}\nx = xs.get(key)", "x", ["<A>"]),
    ("typed dict", "xs: dict[str, A] = {}\nx = xs[key]", "x", ["<A>"]),
    ("put into a dict", "xs = {}\nxs['a'] = A()\nx = xs[key]", "x", ["<A>"]),
    ("appended to a list", "xs = []\nxs.append(A())\nx = xs[0]", "x", ["<A>"]),
    ("context manager", "class M:\n    def __enter__(self): return A()\nwith M() as x: pass", "x", ["<A>"]),
    ("item of an instance", "class M:\n    def __getitem__(self, k): return A()\nx = M()[1]", "x", ["<A>"]),
    ("called instance", "class M:\n    def __call__(self): return A()\nx = M()()", "x", ["<A>"]),
    ("static method", "class M:\n    @staticmethod\n    def make(): return A()\nx = M.make()", "x", ["<A>"]),
    ("class method", "class M:\n    @classmethod\n    def make(cls): return cls()\nx = M.make()", "x", ["<M>"]),
    ("property", "class M:\n    @property\n    def a(self): return A()\nx = M().a", "x", ["<A>"]),
    ("attribute", "class M:\n    def __init__(self): self.a = A()\nx = M().a", "x", ["<A>"]),
    ("attribute of the class", "class M:\n    a = A()\nx = M().a", "x", ["<A>"]),
    ("inherited attribute", "class M:\n    def __init__(self): self.a = A()\nclass N(M): pass\nx = N().a", "x", ["<A>"]),
    ("handed to a constructor", "class M:\n    def __init__(self, a): self.a = a\nm = M(A())\nx = m.a", "x", ["<A>"]),
    ("field of a dataclass", "@dataclass\nclass M:\n    a: A\nx = M(A()).a", "x", ["<A>"]),
    ("super", "class M:\n    def make(self): return A()\nclass N(M):\n    def go(self): return super().make()\nx = N().go()", "x", ["<A>"]),
    ("partial path", "class M:\n    class In:\n        a = A()\nx = M.In.a", "x", ["<A>"]),
    ("getattr", "class M:\n    a = A()\nx = getattr(M, 'a')", "x", ["<A>"]),
    ("generator", "def f(): yield A()\nfor x in f(): pass", "x", ["<A>"]),
    ("global bound in a function", "def f():\n    global x\n    x = A()", "x", ["<A>"]),
    ("recursion", "def f(n): return f(n - 1) if n else A()\nx = f(1)", "x", ["<A>"]),
    ("itself", "x = x", "x", []),
    ("each other", "x = y\ny = x", "x", []),
)


@pytest.mark.parametrize(("source", "path", "expected"), [case[1:] for case in EXPRESSIONS], ids=[case[0] for case in EXPRESSIONS])
def test_expressions_are_followed(source: str, path: str, expected: list[str]) -> None:
    assert stands_for(f"class A: pass\nclass B: pass\n{source}\n", path) == expected


def test_parameters_stand_for_what_callers_hand_in() -> None:
    found = program("class A: pass\nclass B: pass\ndef f(x, *, y=None): pass\nf(A(), y=B())\nf(x=B())\n")
    assert entities(found.resolver.walk(function(found, "f"), "x")) == ["<A>", "<B>"]
    assert entities(found.resolver.walk(function(found, "f"), "y")) == ["<B>"]


def test_what_is_handed_on_is_followed_through_several_functions() -> None:
    found = program("class A: pass\ndef h(z): pass\ndef g(y): h(y)\ndef f(x): g(x)\nf(A())\n")
    assert entities(found.resolver.walk(function(found, "h"), "z")) == ["<A>"]


def test_a_local_hides_a_global_and_a_class_is_no_scope() -> None:
    found = program("class A: pass\nclass B: pass\nx = A()\ndef f():\n    x = B()\nclass C:\n    x = B()\n    def m(self): return x\n")
    assert entities(found.resolver.walk(function(found, "f"), "x")) == ["<B>"]
    assert entities(found.resolver.walk(function(found, "C.m"), "x")) == ["<A>"]


def test_a_method_of_a_base_may_be_its_override() -> None:
    source = "class A:\n    def m(self): pass\nclass B(A):\n    def m(self): pass\ndef f(a: A): pass\n"
    found = program(source)
    assert entities(found.resolver.walk(function(found, "f"), "a.m")) == ["app:A.m", "app:B.m"]


def test_no_more_than_a_handful_is_kept() -> None:
    classes = "".join(f"class C{n}: pass\n" for n in range(30))
    assert len(stands_for(f"{classes}x = [{', '.join(f'C{n}()' for n in range(30))}]\ny = x[0]\n", "y")) == 8
