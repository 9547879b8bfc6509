"""What a name stands for: followed through imports, scopes, calls and classes."""

from __future__ import annotations

import pytest
from tests.program.project import cases, function, objects, program, stands_for

from statelint.limits import TARGETS

STORE = "class Store:\n    def put(self): pass\nstore = Store()\ndef make() -> Store: return Store()\n"


def said(files: dict[str, str], expected: list[str]) -> list[str]:
    """Return what the expected lines should say: `path: what it stands for`."""
    paths = [line.partition(":")[0] for line in expected]
    return [f"{path}: {', '.join(stands_for(files, path))}".strip() for path in paths]


IMPORTS = cases("""
## import module
import pkg.store
=> pkg.store.Store: pkg.store:Store

## import as
import pkg.store as s
=> s.Store: pkg.store:Store

## from import
from pkg.store import Store
=> Store: pkg.store:Store

## from import as
from pkg.store import Store as S
=> S: pkg.store:Store

## from import module
from pkg import store
=> store: pkg.store:

## instance
from pkg.store import store
=> store: <Store>

## method of an instance
from pkg.store import store
=> store.put: pkg.store:Store.put

## result of a function
from pkg.store import make
=> make().put: pkg.store:Store.put

## library module
import redis.asyncio
=> redis.asyncio.Redis: redis.asyncio.Redis

## library name
from redis import Redis as R
=> R: redis.Redis

## library instance
from redis import Redis as R
=> R().get: redis.Redis.get

## library name by the module that declares it
from redis.client import Redis
from redis.cluster import RedisCluster as Cluster
from redis.commands.core import CoreCommands
=> Redis: redis.Redis
=> Redis().get: redis.Redis.get
=> Cluster: redis.RedisCluster
=> CoreCommands: redis.commands.core.CoreCommands

## library module that declares it
import redis.client
import asyncio.locks as locks
=> redis.client.Redis: redis.Redis
=> redis.client: redis.client
=> redis.client.Pipeline: redis.client.Pipeline
=> locks.Lock(): asyncio.Lock()

## star
from pkg.store import *
=> make: pkg.store:make

## star of a library
from flask import *
=> Flask: flask.Flask

## in a function
def f():
    from pkg.store import store
    return store
=> f(): <Store>

## only while checking types
if TYPE_CHECKING:
    from pkg.store import Store
=> Store: pkg.store:Store

## tried
try:
    from redis import Redis
except ImportError:
    from pkg.store import Store as Redis
=> Redis: redis.Redis, pkg.store:Store

## missing in the project
from pkg.store import Nothing
=> Nothing:

## assigned alias
from pkg import store as s
S = s.Store
T = S
=> T: pkg.store:Store

## by name
from importlib import import_module
m = import_module('pkg.store')
=> m.make: pkg.store:make
""")


@pytest.mark.parametrize(("files", "expected"), IMPORTS)
def test_imports_are_followed(files: dict[str, str], expected: list[str]) -> None:
    assert said({"pkg/__init__.py": "", "pkg/store.py": STORE, **files}, expected) == expected


PACKAGES = cases("""
## re-export
from pkg import Store
-- pkg/__init__.py
from .store import Store
=> Store: pkg.store:Store

## re-export under another name
from pkg import S
-- pkg/__init__.py
from .store import Store as S
=> S: pkg.store:Store

## re-export of a re-export
import pkg
-- pkg/__init__.py
from .a import Store
-- pkg/a.py
from .store import Store
=> pkg.Store: pkg.store:Store

## re-export by star
from pkg import Store
-- pkg/__init__.py
from .store import *
=> Store: pkg.store:Store

## star of a star
from pkg import *
-- pkg/__init__.py
from .a import *
-- pkg/a.py
from .store import *
=> Store: pkg.store:Store

## namespace package
from pkg.store import Store
=> Store: pkg.store:Store

## up one
from pkg.sub import Store
-- pkg/__init__.py
-- pkg/sub/__init__.py
from ..store import Store
=> Store: pkg.store:Store

## up two
from pkg.a.b.c import Store
-- pkg/__init__.py
-- pkg/a/b/c.py
from ...store import Store
=> Store: pkg.store:Store

## from the package itself
from pkg.a import S
-- pkg/__init__.py
-- pkg/a.py
from . import store
S = store.Store
=> S: pkg.store:Store

## a package's own part
import pkg
-- pkg/__init__.py
from . import store
=> pkg.store.Store: pkg.store:Store

## through a name with a default
from pkg import Store
-- pkg/__init__.py
try:
    from .store import Store
except ImportError:
    Store = None
=> Store: pkg.store:Store

## cycle
from pkg.a import Store
-- pkg/__init__.py
from .a import x
-- pkg/a.py
from pkg import x, Store
from .store import Store
=> Store: pkg.store:Store

## stars that import each other
from pkg import Store
-- pkg/__init__.py
from .a import *
-- pkg/a.py
from . import *
from .store import *
=> Store: pkg.store:Store
""")


@pytest.mark.parametrize(("files", "expected"), PACKAGES)
def test_packages_are_followed(files: dict[str, str], expected: list[str]) -> None:
    assert said({"pkg/store.py": STORE, **files}, expected) == expected


def test_modules_that_import_each_others_names_end() -> None:
    files = {"a.py": "from b import x", "b.py": "from a import x", "app.py": "from a import x\nfrom a import y"}
    assert stands_for(files, "x") == []
    assert stands_for({"a.py": "from a import *\nx = y\ny = x", "app.py": "from a import x"}, "x") == []


def test_a_name_of_the_project_hides_a_library() -> None:
    files = {"redis/__init__.py": "class Redis: pass", "app.py": "from redis import Redis"}
    assert stands_for(files, "Redis") == ["redis:Redis"]


EXPRESSIONS = cases("""
## either
x = A() if y else B()
=> x: <A>, <B>

## or
x = y or A()
=> x: <A>

## walrus
(x := A())
=> x: <A>

## unpacked
x, y = A(), B()
=> y: <B>

## unpacked from a call
def f(): return A(), B()
x, y = f()
=> y: <B>

## unpacked from an annotated call
def f() -> tuple[A, B]: ...
x, y = f()
=> y: <B>

## rebound
x = A()
x = B()
=> x: <A>, <B>

## annotated
x: A
=> x: <A>

## annotated as optional
x: Optional[A] = None
=> x: <A>

## annotated as union
x: 'A | None' = None
=> x: <A>

## cast
from typing import cast
x = cast(A, y)
=> x: <A>

## loop over a display
for x in (A(), B()): pass
=> x: <A>, <B>

## loop over a list
xs = [A()]
for x in xs: pass
=> x: <A>

## loop over a sorted list
xs = [A()]
for i, x in enumerate(sorted(xs)): pass
=> x: <A>

## loop over values
xs = {'a': A()}
for x in xs.values(): pass
=> x: <A>

## loop over items
xs = {'a': A()}
for k, x in list(xs.items()): pass
=> x: <A>

## item of a dict
xs = {'a': A()}
x = xs['a']
=> x: <A>

## got from a dict
xs = {'a': A()}
x = xs.get(key)
=> x: <A>

## typed dict
xs: dict[str, A] = {}
x = xs[key]
=> x: <A>

## put into a dict
xs = {}
xs['a'] = A()
x = xs[key]
=> x: <A>

## appended to a list
xs = []
xs.append(A())
x = xs[0]
=> x: <A>

## context manager
class M:
    def __enter__(self): return A()
with M() as x: pass
=> x: <A>

## item of an instance
class M:
    def __getitem__(self, k): return A()
x = M()[1]
=> x: <A>

## called instance
class M:
    def __call__(self): return A()
x = M()()
=> x: <A>

## static method
class M:
    @staticmethod
    def make(): return A()
x = M.make()
=> x: <A>

## class method
class M:
    @classmethod
    def make(cls): return cls()
x = M.make()
=> x: <M>

## property
class M:
    @property
    def a(self): return A()
x = M().a
=> x: <A>

## attribute
class M:
    def __init__(self): self.a = A()
x = M().a
=> x: <A>

## attribute of the class
class M:
    a = A()
x = M().a
=> x: <A>

## inherited attribute
class M:
    def __init__(self): self.a = A()
class N(M): pass
x = N().a
=> x: <A>

## handed to a constructor
class M:
    def __init__(self, a): self.a = a
m = M(A())
x = m.a
=> x: <A>

## field of a dataclass
@dataclass
class M:
    a: A
x = M(A()).a
=> x: <A>

## super
class M:
    def make(self): return A()
class N(M):
    def go(self): return super().make()
x = N().go()
=> x: <A>

## partial path
class M:
    class In:
        a = A()
x = M.In.a
=> x: <A>

## getattr
class M:
    a = A()
x = getattr(M, 'a')
=> x: <A>

## generator
def f(): yield A()
for x in f(): pass
=> x: <A>

## global bound in a function
def f():
    global x
    x = A()
=> x: <A>

## recursion
def f(n): return f(n - 1) if n else A()
x = f(1)
=> x: <A>

## itself
x = x
=> x:

## each other
x = y
y = x
=> x:
""")


@pytest.mark.parametrize(("files", "expected"), EXPRESSIONS)
def test_expressions_are_followed(files: dict[str, str], expected: list[str]) -> None:
    assert said({"app.py": f"class A: pass\nclass B: pass\n{files['app.py']}"}, expected) == expected


def test_parameters_stand_for_what_callers_hand_in() -> None:
    found = program("class A: pass\nclass B: pass\ndef f(x, *, y=None): pass\nf(A(), y=B())\nf(x=B())\n")
    assert objects(found.resolver.walk(function(found, "f"), "x")) == ["<A>", "<B>"]
    assert objects(found.resolver.walk(function(found, "f"), "y")) == ["<B>"]


def test_what_is_handed_on_is_followed_through_several_functions() -> None:
    found = program("class A: pass\ndef h(z): pass\ndef g(y): h(y)\ndef f(x): g(x)\nf(A())\n")
    assert objects(found.resolver.walk(function(found, "h"), "z")) == ["<A>"]


def test_a_local_hides_a_global_and_a_class_is_no_scope() -> None:
    found = program("class A: pass\nclass B: pass\nx = A()\ndef f():\n    x = B()\nclass C:\n    x = B()\n    def m(self): return x\n")
    assert objects(found.resolver.walk(function(found, "f"), "x")) == ["<B>"]
    assert objects(found.resolver.walk(function(found, "C.m"), "x")) == ["<A>"]


def test_a_method_of_a_base_may_be_its_override() -> None:
    source = "class A:\n    def m(self): pass\nclass B(A):\n    def m(self): pass\ndef f(a: A): pass\n"
    found = program(source)
    assert objects(found.resolver.walk(function(found, "f"), "a.m")) == ["app:A.m", "app:B.m"]


def test_thirty_classes_bound_to_one_name_are_all_kept() -> None:
    classes = "".join(f"class C{n}: pass\n" for n in range(30))
    assert len(stands_for(f"{classes}x = [{', '.join(f'C{n}()' for n in range(30))}]\ny = x[0]\n", "y")) == 30


CONTENTS = cases("""
## an annotated mapping, asked by get
jobs: dict[str, A] = {}
x = jobs.get("a")
=> x: <A>

## filled later
jobs: dict[str, object] = {}
jobs["a"] = A()
x = jobs.pop("a")
=> x: <A>

## made by a library
from collections import OrderedDict
jobs = OrderedDict()
jobs["a"] = A()
x = jobs.get("a")
=> x: <A>

## optional, and given later
from typing import Dict, Optional
jobs: Optional[Dict[str, A]] = None
x = jobs.get("a")
=> x: <A>

## a union with None
jobs: dict[str, A] | None = None
x = jobs["a"]
=> x: <A>

## get or make
jobs: dict[str, object] = {}
x = jobs.setdefault("a", A())
=> x: <A>

## what a callback gives is not inside it
from typing import Callable
make: Callable[[], A] = B
x = make["a"]
=> x:

## the files of a request, by the name of their list
from flask import request
def f():
    files = request.files.getlist("book")
    return files[0].save
x = f()
=> x: flask.request.files.getlist[].save
""")


@pytest.mark.parametrize(("files", "expected"), CONTENTS)
def test_containers_give_what_is_in_them(files: dict[str, str], expected: list[str]) -> None:
    assert said({"app.py": f"class A: pass\nclass B: pass\n{files['app.py']}"}, expected) == expected


def test_a_protocol_stands_for_what_has_its_methods() -> None:
    source = (
        "from typing import Protocol\n"
        "class Store(Protocol):\n    def put(self): ...\n    def get(self): ...\n"
        "class Memory:\n    def put(self): pass\n    def get(self): pass\n"
        "class Half:\n    def put(self): pass\n"
        "def f(store: Store): pass\n"
    )
    found = program(source)
    assert objects(found.resolver.walk(function(found, "f"), "store.put")) == ["app:Store.put", "app:Memory.put"]


def test_one_method_is_too_little_to_tell_an_implementation() -> None:
    source = (
        "from typing import Protocol\nclass P(Protocol):\n    def run(self): ...\nclass C:\n    def run(self): pass\ndef f(p: P): pass\n"
    )
    found = program(source)
    assert objects(found.resolver.walk(function(found, "f"), "p.run")) == ["app:P.run"]


def test_bases_are_asked_in_pythons_order() -> None:
    source = (
        "class Top:\n    def m(self): pass\nclass Left(Top): pass\n"
        "class Right(Top):\n    def m(self): pass\nclass Both(Left, Right): pass\nx = Both().m\n"
    )
    assert stands_for(source, "x") == ["app:Right.m"]


def test_bases_that_contradict_each_other_are_asked_one_after_the_other() -> None:
    source = "class A: pass\nclass B: pass\nclass P(A, B): pass\nclass Q(B, A): pass\nclass X(P, Q): pass\n"
    classes = {cls.name: cls for cls in program(source).classes}
    assert [cls.name for cls in classes["X"].lineage] == ["X", "P", "Q", "A", "B"]
    assert [cls.name for cls in classes["Q"].lineage] == ["Q", "B", "A"]


def test_a_long_line_of_inheritance_is_asked_from_the_last_to_the_first() -> None:
    source = "class C0: pass\n" + "".join(f"class C{i}(C{i - 1}): pass\n" for i in range(1, 300))
    lineages = {cls.name: [one.name for one in cls.lineage] for cls in program(source).classes}
    assert lineages["C299"] == [f"C{i}" for i in range(299, -1, -1)]


def test_the_names_of_a_library_are_told_apart_from_what_it_makes_and_from_the_project() -> None:
    found = program("import redis\nfrom json import dumps as write\ndef own(): pass\neither = own or redis.Redis\nclient = redis.Redis()\n")
    body = function(found, "app:")
    expected = {"write": "json.dumps", "redis.Redis": "redis.Redis", "either": "redis.Redis", "client.get": "redis.Redis.get"}
    for path in (*expected, "client", "own", "nothing"):
        assert ",".join(found.resolver.library_names(body, path)) == expected.get(path, ""), path


def test_a_call_of_too_many_things_says_so() -> None:
    functions = "".join(f"def f{n}(): pass\n" for n in range(TARGETS.most + 1))
    table = ", ".join(f"'{n}': f{n}" for n in range(TARGETS.most + 1))
    found = program(f"{functions}TABLE = {{{table}}}\ndef call(name):\n    TABLE[name]()\n")
    assert [(one.limit.name, one.path, one.name) for one in found.resolver.limits] == [("targets", "app.py", "TABLE[]")]
    fewer = program("def f(): pass\nTABLE = {'f': f}\ndef call(name):\n    TABLE[name]()\n")
    assert not list(fewer.resolver.limits)


def test_methods_of_classes_below_are_each_found_once_and_kept() -> None:
    found = program("""
        class Base:
            def run(self):
                self.step()
        class First(Base):
            def step(self): pass
        class Heir(First): pass
        class Second(Base):
            def step(self): pass
            def rest(self): pass
        """)
    base = function(found, "app:Base.run").owner
    assert base is not None
    steps = base.found_below("step")
    assert [method.name for method in steps] == ["First.step", "Second.step"]
    assert base.found_below("step") is steps
    assert [method.name for method in base.found_below("rest")] == ["Second.rest"]
    assert base.found_below("run") == (base.methods["run"],)
    assert base.found_below("nothing") == ()
