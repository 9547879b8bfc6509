"""Edges of every kind: who may run whom."""

from __future__ import annotations

import pytest
from tests.program.project import cases, edges, function, program

from statelint import limits

TARGETS = "def a(): pass\ndef b(): pass\nclass K:\n    def __init__(self): pass\n    def m(self): pass\n    def n(self): self.m()\n"

PLAIN = cases("""
## function
def f(): a(); b(); a()
=> app:a
=> app:b

## constructor
def f(): K()
=> app:K.__init__

## method
def f(): K().m()
=> app:K.__init__
=> app:K.m

## through a local
def f():
    k = K()
    k.m()
=> app:K.__init__
=> app:K.m

## through a parameter
def f(k: K): k.m()
=> app:K.m

## through an argument
def f(k): k.m()
f(K())
=> app:K.m

## class method
class C:
    @classmethod
    def make(cls): return cls.go()
    @classmethod
    def go(cls): pass
def f(): C.make()
=> app:C.make

## nested function
def f():
    def g(): a()
    g()
=> app:f.g

## awaited
async def g(): pass
async def f(): await g()
=> app:g

## called instance
class C:
    def __call__(self): pass
c = C()
def f(): c()
=> app:C.__call__

## dispatch table
TABLE = {'a': a, 'b': b}
def f(k): TABLE[k]()
=> app:a
=> app:b

## dispatch by get
TABLE = {'a': a, 'b': b}
def f(k): TABLE.get(k)()
=> app:a
=> app:b

## dispatch over a list
STEPS = [a, b]
def f():
    for step in STEPS: step()
=> app:a
=> app:b

## registered by a decorator
HOOKS = {}
def hook(name):
    def keep(g):
        HOOKS[name] = g
        return g
    return keep
@hook('x')
def g(): pass
def f(): HOOKS['x']()
=> app:g

## either
def f():
    g = a if x else b
    g()
=> app:a
=> app:b

## getattr
def f(): getattr(K(), 'm')()
=> app:K.__init__
=> app:K.m

## super
class L(K):
    def m(self): super().m()
def f(): L().m()
=> app:K.__init__
=> app:L.m

## overrides
class L(K):
    def m(self): pass
def f(k: K): k.m()
=> app:K.m
=> app:L.m

## metaclass
class M(type):
    def __call__(cls): pass
class C(metaclass=M): pass
def f(): M()
=> app:M.__call__

## dataclass
@dataclass
class C:
    x: int
    def __post_init__(self): a()
def f(): C(1)
=> app:C.__post_init__

## inside a lambda
def f(): return (lambda: a())()
=> app:f.<lambda:7:18>

## inside a comprehension
def f(): return [a() for _ in x if b()]
=> app:b
=> app:a
""")


@pytest.mark.parametrize(("files", "expected"), PLAIN)
def test_calls(files: dict[str, str], expected: list[str]) -> None:
    assert edges(program({**files, "app.py": TARGETS + files["app.py"]}), "f") == expected


OTHERS = cases("""
## callback
def f(): run(a, key=b)
=> app:a callback
=> app:b callback

## lambda as callback
def f(): run(lambda: a())
=> app:f.<lambda:7:14> callback

## method as callback
def f(k: K): run(k.m)
=> app:K.m callback

## partial
from functools import partial
def f(): run(partial(a, 1))
=> app:a callback

## in a list
def f(): run([a, b])
=> app:a callback
=> app:b callback

## executor
def f(loop): loop.run_in_executor(None, a, 1)
=> app:a callback

## thread
import threading
def f(): threading.Thread(target=a).start()
=> app:a callback

## thread of a subclass
import threading
class T(threading.Thread):
    def run(self): a()
def f(): T().start()
=> app:T.run callback

## wrapper
def deco(g):
    def inner(*args): return g(*args)
    return inner
@deco
def f(): pass
=> app:deco.inner wraps

## wrapper with arguments
def deco(x):
    def outer(g):
        def inner(): return g()
        return inner
    return outer
@deco(1)
def f(): pass
=> app:deco.outer.inner wraps

## wrapper with its name mended
from functools import wraps
def deco(g):
    @wraps(g)
    def inner(): return g()
    return inner
@deco
def f(): pass
=> app:deco.inner wraps

## wrapper that is made over
def deco(g):
    def inner(): return g()
    return wraps(g)(inner)
@deco
def f(): pass
=> app:deco.inner wraps

## decorator that only registers
ALL = {}
def deco(name):
    def keep(g):
        ALL[name] = g
        return g
    return keep
@deco('x')
def f(): pass
@deco('y')
def h(): pass

## wrapper class
class D:
    def __init__(self, g): pass
    def __call__(self): pass
@D
def f(): pass
=> app:D.__call__ wraps

## property
class C:
    @property
    def p(self): return 1
def f(c: C): return c.p
=> app:C.p implicit

## cached property
class C:
    @cached_property
    def p(self): return 1
def f(c: C): return c.p + 1
=> app:C.p implicit

## item
class C:
    def __getitem__(self, k): pass
def f(c: C): return c[1]
=> app:C.__getitem__ implicit

## item assignment
class C:
    def __setitem__(self, k, v): pass
def f(c: C): c[1] = 2
=> app:C.__setitem__ implicit

## item deletion
class C:
    def __delitem__(self, k): pass
def f(c: C): del c[1]
=> app:C.__delitem__ implicit

## membership
class C:
    def __contains__(self, k): pass
def f(c: C): return 1 in c
=> app:C.__contains__ implicit

## iteration
class C:
    def __iter__(self): pass
def f(c: C):
    for x in c: pass
=> app:C.__iter__ implicit

## with
class C:
    def __enter__(self): pass
    def __exit__(self, *a): pass
def f():
    with C(): pass
=> app:C.__enter__ implicit
=> app:C.__exit__ implicit

## with something kept
class C:
    def __enter__(self): pass
    def __exit__(self, *a): pass
c = C()
def f():
    with c: pass
=> app:C.__enter__ implicit
=> app:C.__exit__ implicit

## Depends
from fastapi import Depends
def f(x=Depends(a)): pass
=> app:a dependency

## Annotated Depends
from fastapi import Depends
from typing import Annotated
def f(x: Annotated[int, Depends(a)]): pass
=> app:a dependency

## alias of Annotated
from fastapi import Depends
from typing import Annotated
X = Annotated[int, Depends(a)]
def f(x: X): pass
=> app:a dependency

## Depends on a class
from fastapi import Depends
def f(x=Depends(K)): pass
=> app:K.__init__ dependency

## bare Depends
from fastapi import Depends
def f(x: K = Depends()): pass
=> app:K.__init__ dependency

## Depends on an instance
from fastapi import Depends
class C:
    def __call__(self): pass
c = C()
def f(x=Depends(c)): pass
=> app:C.__call__ dependency

## guess by an uncommon name
class C:
    def mark_abandoned(self): pass
def f(x): x.mark_abandoned()
=> app:C.mark_abandoned guess

## no guess by a common name
class C:
    def save(self): pass
def f(x): x.save()

## each method of a name is a guess of its own
class C0:
    def mark_abandoned(self): pass
class C1:
    def mark_abandoned(self): pass
class C2:
    def mark_abandoned(self): pass
def f(x): x.mark_abandoned()
=> app:C0.mark_abandoned guess
=> app:C1.mark_abandoned guess
=> app:C2.mark_abandoned guess

## no guess of what cannot be called so
class C:
    def mark_abandoned(self): pass
class TwoMore:
    def mark_abandoned(self, a, b): pass
class OneByName:
    def mark_abandoned(self, *, why): pass
def f(x): x.mark_abandoned(1)

## a guess takes what can be called so
class Any:
    def mark_abandoned(self, *args): pass
class Default:
    def mark_abandoned(self, a, b=None, *, why=""): pass
class Static:
    @staticmethod
    def mark_abandoned(a): pass
class Wrapped:
    @unknown
    def mark_abandoned(self): pass
class Keywords:
    def mark_abandoned(self, a, **more): pass
class Other:
    def mark_abandoned(self, a, key): pass
def f(x): x.mark_abandoned(1)
=> app:Any.mark_abandoned guess
=> app:Default.mark_abandoned guess
=> app:Static.mark_abandoned guess
=> app:Wrapped.mark_abandoned guess
=> app:Keywords.mark_abandoned guess

## a guess with keywords
class C:
    def mark_abandoned(self, a, why): pass
class Keywords:
    def mark_abandoned(self, a, **more): pass
class Other:
    def mark_abandoned(self, a, when=None): pass
def f(x): x.mark_abandoned(1, why=2)
=> app:C.mark_abandoned guess
=> app:Keywords.mark_abandoned guess

## a guess with what is unpacked
class C:
    def mark_abandoned(self, a, why): pass
class Nothing:
    def mark_abandoned(self): pass
def f(x, *args, **more): x.mark_abandoned(*args, **more)
=> app:C.mark_abandoned guess
=> app:Nothing.mark_abandoned guess

## no guess where it is known
class C:
    def mark_abandoned(self): pass
import lib
def f(): lib.mark_abandoned()

## registration is no call
from flask import Flask
app = Flask('x')
def f(): app.add_url_rule('/', 'x', a)
""")


@pytest.mark.parametrize(("files", "expected"), OTHERS)
def test_what_runs_without_being_called_by_name(files: dict[str, str], expected: list[str]) -> None:
    assert edges(program({**files, "app.py": TARGETS + files["app.py"]}), "f") == expected


def test_library_calls_are_kept_by_qualified_name() -> None:
    found = program("import redis.asyncio as r\nclass C(r.Redis): pass\ndef f():\n    r.Redis().get('x')\n    C()\n")
    assert sorted(found.graph.library_calls) == ["redis.asyncio.Redis", "redis.asyncio.Redis.get"]
    assert [call.site.call.line for call in found.graph.library_calls["redis.asyncio.Redis"]] == [4, 5]


def test_callers_are_the_edges_turned_round() -> None:
    found = program("def a(): pass\ndef b(): a()\ndef c(): a(); b()\n")
    turned = {(edge.caller.name, edge.callee.name) for edges_ in found.graph.callers.values() for edge in edges_}
    assert turned == {("b", "a"), ("c", "a"), ("c", "b")}
    assert turned == {(edge.caller.name, edge.callee.name) for edges_ in found.graph.edges.values() for edge in edges_}


def test_edges_do_not_depend_on_the_order_of_files() -> None:
    files = {"a.py": "import b\ndef f(): b.g()\n", "b.py": "import a\ndef g(): a.f()\n", "c.py": "from a import f\nf()\n"}
    one, other = program(files), program(dict(reversed(files.items())))
    assert {str(k): [str(e) for e in v] for k, v in one.graph.edges.items()} == {
        str(k): [str(e) for e in v] for k, v in other.graph.edges.items()
    }


FAMILY = """
class Resolver:
    def lookup(self): pass
class Ldap(Resolver):
    def lookup(self): pass
class Sql(Resolver):
    def lookup(self): pass
def f(name):
    unknown(name).lookup()
"""


def test_a_guess_takes_in_the_overrides_of_one_method() -> None:
    assert edges(program(FAMILY), "f") == ["app:Resolver.lookup guess", "app:Ldap.lookup guess", "app:Sql.lookup guess"]


def test_a_guess_takes_in_strangers() -> None:
    source = FAMILY.replace("class Sql(Resolver)", "class Sql")
    assert edges(program(source), "f") == ["app:Resolver.lookup guess", "app:Ldap.lookup guess", "app:Sql.lookup guess"]


def test_further_definitions_take_no_guess_away() -> None:
    alone = edges(program({"app.py": FAMILY}), "f")
    others = "".join(f"class Other{number}:\n    def lookup(self): pass\n" for number in range(20))
    assert set(alone) < set(edges(program({"app.py": FAMILY, "others.py": others}), "f"))


@pytest.mark.parametrize("more", [0, 1])
def test_a_guess_among_too_many_says_so(more: int) -> None:
    classes = "".join(f"class C{number}:\n    def lookup(self): pass\n" for number in range(limits.TARGETS.most + more))
    found = program(f"{classes}def f(x): x.lookup()\n")
    assert len(edges(found, "f")) == (0 if more else limits.TARGETS.most)
    assert [(one.limit.name, one.name, one.line) for one in found.resolver.limits] == ([("targets", "x.lookup", 323)] if more else [])


def test_what_tests_call_says_nothing() -> None:
    files = {"app.py": "def f(): pass\n", "test_app.py": "from app import f\ndef test_f(): f()\n"}
    called, alone = program(files), program(files, parts={"test_app.py": "test"})
    assert [edge.caller.name for edge in called.graph.callers[function(called, "f")]] == ["test_f"]
    assert function(alone, "f") not in alone.graph.callers
