"""Cells: what is bound, what it contains, and every form in which it is written and read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.program.project import cases, cells, program
from tests.survey.notation import show

if TYPE_CHECKING:
    from statelint.program.lifetimes.cells import Cell


def written(cell: Cell) -> str:
    """Return every write: how and by which method, the key, the value."""
    return ", ".join(f"{a.how}{'.' + a.method if a.method else ''} {show(a.key)} {show(a.value)}" for a in cell.writes)


CONTAINERS = cases("""
## dict
x = {}
=> mapping

## dict by its name
x = dict()
=> mapping

## annotated
x: dict[str, int] = {}
=> mapping

## annotated alone, filled by an initialiser
x: dict[str, int]
def init():
    global x
    x = {}
=> mapping

## under a condition
if DEBUG:
    x = None
else:
    x = {}
=> mapping

## either
x = {} if DEBUG else None
=> mapping

## or
x = None or {}
=> mapping

## list
x = []
=> sequence

## comprehension
x = [y for y in z]
=> sequence

## dict comprehension
x = {y: [] for y in z}
=> mapping

## set
x = {1}
=> set

## set by its name
x = set()
=> set

## deque
from collections import deque
x = deque(maxlen=10)
=> sequence

## defaultdict
from collections import defaultdict
x = defaultdict(list)
=> mapping

## OrderedDict
import collections
x = collections.OrderedDict()
=> mapping

## Counter
from collections import Counter
x = Counter()
=> counter

## WeakSet
import weakref
x = weakref.WeakSet()
=> set

## WeakValueDictionary
import weakref
x = weakref.WeakValueDictionary()
=> mapping

## queue
import queue
x = queue.Queue()
=> queue

## asyncio queue
import asyncio
x = asyncio.Queue(maxsize=10)
=> queue

## own subclass
class Table(dict):
    pass
x = Table()
=> mapping

## own subclass of a subclass
from collections import OrderedDict
class Table(OrderedDict): pass
class Better(Table): pass
x = Better()
=> mapping

## UserDict
from collections import UserDict
class Table(UserDict): pass
x = Table()
=> mapping

## made by a helper
def make():
    return {}
x = make()
=> mapping

## made by a helper of a helper
def inner() -> dict:
    return {}
def make():
    return inner()
x = make()
=> mapping

## alias
y = {}
x = y
=> mapping

## bounded cache
from cachetools import TTLCache
x = TTLCache(100, 60)
=> bounded

## LRUCache
import cachetools
x = cachetools.LRUCache(maxsize=10)
=> bounded

## number
x = 0
=> scalar

## text
x = "a"
=> scalar

## tuple
x = (1, 2)
=> scalar

## None
x = None
=> scalar

## count
import itertools
x = itertools.count()
=> counter

## started generator
def ids():
    n = 0
    while True:
        n += 1
        yield n
x = ids()
=> counter

## object of the project
class Store: pass
x = Store()
=> object

## something of a library
import lib
x = lib.thing()
=> unknown
""")


@pytest.mark.parametrize(("files", "expected"), CONTAINERS)
def test_containers(files: dict[str, str], expected: list[str]) -> None:
    found = program(f"{files['app.py']}\ndef touch():\n    global x\n    x = x\n")
    own = {name: cell for name, cell in cells(found).items() if name in ("app.x", "app.y")}
    assert [str(cell.container) for cell in own.values()] == expected


WRITES = cases("""
## item
def f(k, v): d[k] = v
=> app.d: item k v

## nested item
def f(k, j): d[k][j] = 1
=> app.d: nested j 1

## attribute of an item
def f(k): d[k].n = 1
=> app.d: nested - 1

## augmented item
def f(k): d[k] += 1
=> app.d: augment k 1

## deletion
def f(k): del d[k]
=> app.d: delete k ?

## slice
def f(): d[:] = []
=> app.d: item ? []

## append
def f(x): l.append(x)
=> app.l: mutate.append - x

## extend
def f(x): l.extend([x])
=> app.l: mutate.extend - [x]

## add
def f(x): s.add(x)
=> app.s: mutate.add x x

## update
def f(x): d.update(a=x)
=> app.d: mutate.update - -

## setdefault
def f(k): d.setdefault(k, [])
=> app.d: mutate.setdefault k []

## append to what setdefault gives
def f(k, x): d.setdefault(k, []).append(x)
=> app.d: mutate.setdefault k [], nested.append - x

## append to an item
def f(k, x): d[k].append(x)
=> app.d: nested.append - x

## append to what get gives
def f(k, x): d.get(k).append(x)
=> app.d: nested.append - x

## pop
def f(k): return d.pop(k, None)
=> app.d: delete.pop k -

## clear
def f(): d.clear()
=> app.d: delete.clear - -

## union in place
def f(x):
    global d
    d |= x
=> app.d: augment - x

## global
def f():
    global n
    n = 2
=> app.n: rebind - 2

## global counted up
def f():
    global n
    n += 1
=> app.n: augment - 1

## global in a nested function
def f():
    def g():
        global n
        n += 1
    g()
=> app.n: augment - 1

## global deleted
def f():
    global n
    del n

## global by a loop
def f():
    global n
    for n in range(3): pass
=> app.n: rebind - range()[]

## global by walrus
def f():
    global n
    if (n := 5): pass
=> app.n: rebind - 5

## alias
def f(k, v):
    t = d
    t[k] = v
=> app.d: item k v

## alias of an alias
def f(k, v):
    t = d
    u = t
    u[k] = v
=> app.d: item k v

## alias of an item
def f(k, v):
    t = d[k]
    t["n"] = v
=> app.d: nested 'n' v

## alias by walrus
def f(k, v):
    if (t := d.get(k)): t["n"] = v
=> app.d: nested 'n' v

## alias that is bound anew is not written
def f(k, v):
    t = d
    t = {}

## loop variable
def f():
    for t in d.values(): t["n"] = 1
=> app.d: nested 'n' 1

## loop variable of items
def f():
    for k, t in list(d.items()): t.append(1)
=> app.d: nested.append - 1

## parameter
def f(): g(d)
def g(t): t["k"] = 1
=> app.d: item 'k' 1

## parameter of a parameter
def f(): g(d)
def g(t): h(t)
def h(u): u["k"] = 1
=> app.d: item 'k' 1

## parameter by keyword
def f(): g(t=d)
def g(*, t): t["k"] = 1
=> app.d: item 'k' 1

## returned
def get(): return d
def f(): get()["k"] = 1
=> app.d: item 'k' 1

## setattr on a module
-- app.py
d = {}
n = 0
-- other.py
import app
def f(): setattr(app, "n", 2)
=> app.n: rebind - 2

## attribute of a module
-- app.py
d = {}
n = 0
-- other.py
import app
def f(): app.n += 1
=> app.n: augment - 1

## item through a module
-- other.py
import app
def f(k): app.d[k] = 1
=> app.d: item k 1

## imported name
-- other.py
from app import d as table
def f(k): table[k] = 1
=> app.d: item k 1

## imported name bound anew is not written
-- other.py
from app import d
def f():
    global d
    d = {}
=> other.d: rebind - {}

## comprehension
def f(xs): return [d.update(x) for x in xs]
=> app.d: mutate.update - x

## lambda
f = lambda k: d.setdefault(k, 1)
=> app.d: mutate.setdefault k 1

## callback
def f(): run(d.append)

## next
import itertools
c = itertools.count()
def f(): return next(c)
=> app.c: mutate.next - -

## unpacked
def f(k): d[k], e = 1, 2
=> app.d: item k 1

## with target
def f(k):
    with open(k) as d[k]: pass
=> app.d: item k open(k)

## exchange
def f(a, b): d[a], d[b] = d[b], d[a]
=> app.d: item a d[], item b d[]

## operator function
import operator
def f(k): operator.setitem(d, k, 1)
=> app.d: item.setitem k 1

## of a class of the project, or of a plain container where there is none
class Shared:
    def update(self, x): pass
if REDIS:
    d = Shared()
def f(x): d.update(x)
=> app.d: mutate.update - x

## of a class of the project
class Shared:
    def update(self, x): pass
e = Shared()
def f(x): e.update(x)

## heap
import heapq
def f(x): heapq.heappush(l, x)
=> app.l: mutate.heappush - x

## sorted insertion
from bisect import insort
def f(x): insort(l, x)
=> app.l: mutate.insort - x

## a parameter of the same name is another
def f(d): d["k"] = 1

## a local of the same name is another
def f():
    d = {}
    d["k"] = 1

## a comprehension variable of the same name is another
def f(xs): return [d for d in xs]

## at import only
d["k"] = 1
=> app.d: item 'k' 1
""")

TABLES = "d = {}\nl = []\ns = set()\nn = 0\n"


@pytest.mark.parametrize(("files", "expected"), WRITES)
def test_writes(files: dict[str, str], expected: list[str]) -> None:
    source = files.get("app.py", "")
    found = cells(program({**files, "app.py": source if source.startswith("d =") else TABLES + source}))
    assert [f"{name}: {written(cell)}" for name, cell in found.items()] == expected


OBJECTS = cases("""
## attribute
class C:
    def __init__(self): self.d = {}
    def f(self, k): self.d[k] = 1
c = C()
=> app.C.d: item k 1 | mapping | module-level name c

## scalar of an instance
class C:
    def __init__(self): self.n = 0
    def f(self): self.n += 1
c = C()
=> app.C.n: augment - 1 | scalar | module-level name c

## bound anew
class C:
    def __init__(self): self.d = {}
    def f(self): self.d = {}
c = C()
=> app.C.d: rebind - {} | mapping | module-level name c

## alias of an attribute
class C:
    def __init__(self): self.d = {}
    def f(self, k):
        d = self.d
        d[k] = 1
c = C()
=> app.C.d: item k 1 | mapping | module-level name c

## from outside
class C:
    def __init__(self): self.d = {}
c = C()
def f(k): c.d[k] = 1
=> app.C.d: item k 1 | mapping | module-level name c

## setattr
class C:
    def __init__(self): self.n = 0
    def f(self): setattr(self, "n", 1)
c = C()
=> app.C.n: rebind - 1 | scalar | module-level name c

## through the class
class C:
    n = 0
    d = {}
    def f(self, k):
        C.n += 1
        type(self).d[k] = 1
=> app.C.d: item k 1 | mapping | -
=> app.C.n: augment - 1 | scalar | -

## by a class method
class C:
    snapshot = None
    @classmethod
    def f(cls): cls.snapshot = load()
=> app.C.snapshot: rebind - load() | scalar | -

## container of the class, filled through an instance
class C:
    d = {}
    def f(self, k): self.d[k] = 1
=> app.C.d: item k 1 | mapping | -

## each instance has its own
class C:
    d = {}
    def __init__(self): self.d = {}
    def f(self, k): self.d[k] = 1

## scalar of the class, counted up on an instance that does not live long
class C:
    n = 0
    def f(self): self.n += 1

## instance that does not live long
class C:
    def __init__(self): self.d = {}
    def f(self, k): self.d[k] = 1
def g(): C().f(1)

## dataclass field is not shared
from dataclasses import dataclass
@dataclass
class C:
    d: dict = None
    def f(self, k): self.d[k] = 1
def g(): C().f(1)

## inherited
class B:
    def __init__(self): self.d = {}
class C(B):
    def f(self, k): self.d[k] = 1
c = C()
=> app.B.d: item k 1 | mapping | module-level name c

## written by a mixin
class M:
    def f(self, k): self.d[k] = 1
class C(M):
    def __init__(self): self.d = {}
c = C()
=> app.C.d: item k 1 | mapping | module-level name c

## attribute of an attribute
class In:
    def __init__(self): self.d = {}
    def f(self, k): self.d[k] = 1
class C:
    def __init__(self): self.inner = In()
c = C()
=> app.In.d: item k 1 | mapping | C.inner (module-level name c)

## own container class
class Table(dict):
    def put(self, k): self[k] = 1
t = Table()
def f(k): t.put(k)
=> app.Table.[]: item k 1 | mapping | module-level name t

## own container class, written by its users
class Table(dict): pass
t = Table()
def f(k): t[k] = 1
=> app.Table.[]: item k 1 | mapping | module-level name t

## container that is handed to a held object
d = {}
class C:
    def __init__(self, store): self.store = store
    def f(self, k): self.store[k] = 1
c = C(d)
=> app.C.store: item k 1 | mapping | module-level name c
=> app.d: item k 1 | mapping | -

## app.state
from fastapi import FastAPI, Request
app = FastAPI()
app.state.jobs = {}
def f(request: Request, k): request.app.state.jobs[k] = 1
=> app.state.jobs: rebind - {}, item k 1 | mapping | -

## app.config
from flask import Flask, current_app
app = Flask(__name__)
app.config["JOBS"] = {}
def f(k): current_app.config["JOBS"][k] = 1
=> app.config[JOBS]: rebind 'JOBS' {}, item k 1 | mapping | -

## app["x"]
from aiohttp import web
app = web.Application()
app["jobs"] = {}
async def f(request: web.Request): request.app["jobs"][1] = 1
=> app[jobs]: rebind 'jobs' {}, item 1 1 | mapping | -

## closure of a factory
from flask import Flask
def create_app():
    app = Flask(__name__)
    d = {}
    n = 0
    @app.post("/")
    def f():
        nonlocal n
        n += 1
        d[1] = 1
    return app
=> app.create_app.d: item 1 1 | mapping | -
=> app.create_app.n: augment - 1 | scalar | -

## closure of a handler is the request's
from flask import Flask
app = Flask(__name__)
@app.post("/")
def f():
    d = {}
    def g(): d[1] = 1
    g()

## attribute of a function
def f():
    f.n += 1
    f.d[1] = 1
f.n = 0
f.d = {}
=> app.f.d: rebind - {}, item 1 1 | mapping | -
=> app.f.n: rebind - 0, augment - 1 | scalar | -

## mutable default
def f(k, d={}): d[k] = 1
=> app.f.d: item k 1 | mapping | -

## mutable default of a method
class C:
    def f(self, k, seen=[]): seen.append(k)
=> app.C.f.seen: mutate.append - k | sequence | -

## mutable default, replaced first
def f(k, d={}):
    d = {}
    d[k] = 1

## thread-local
import threading
local = threading.local()
def f(): local.d = {}

## context variable
from contextvars import ContextVar
current = ContextVar("current", default=None)
def f(): current.set({})

## g
from flask import g
def f(): g.d = {}

## request.state
from fastapi import Request
def f(request: Request): request.state.d = {}

## session of the request
from flask import session
def f(): session["k"] = 1

## a client's methods are not a container's
import redis
r = redis.Redis()
def f(k): r.append(k, "x")

## a session's add is not a container's
from sqlalchemy.orm import Session
db = Session()
def f(x): db.add(x)

## in a test
-- tests/test_x.py
d = {}
def f(k): d[k] = 1
""")


@pytest.mark.parametrize(("files", "expected"), OBJECTS)
def test_cells_of_objects(files: dict[str, str], expected: list[str]) -> None:
    found = program(files, parts={path: "test" for path in files if path.startswith("tests/")})
    said = [
        f"{name}: {written(cell)} | {cell.container} | {cell.holder.text if cell.holder else '-'}" for name, cell in cells(found).items()
    ]
    assert said == expected


READS = cases("""
## item
def f(k): return d[k]
=> item k

## membership
def f(k): return k in d
=> in k
=> load -

## membership in the keys
def f(k): return k in d.keys()
=> get.keys -
=> in k

## iteration
def f():
    for x in d: pass
=> iter -
=> load -

## iteration over values
def f(): return [x for x in d.values()]
=> get.values -
=> iter -

## get
def f(k): return d.get(k)
=> get.get k

## pop
def f(k): return d.pop(k)
=> get.pop k

## whole
def f(): return d
=> load -

## through an alias
def f(k):
    t = d
    return t[k]
=> item k
=> load -

## through an argument
def f(k): return g(d, k)
def g(t, k): return t[k]
=> item k
=> load -

## through a module
-- app.py
d = {}
-- other.py
import app
def f(k): return app.d[k]
=> item k

## a method of the project
-- app.py
class Table:
    def __init__(self): self.x = {}
    def get(self, k): pass
d = Table()
def f(k): return d.get(k)
""")


@pytest.mark.parametrize(("files", "expected"), READS)
def test_reads(files: dict[str, str], expected: list[str]) -> None:
    source = files["app.py"]
    head = "" if source.startswith(("d =", "class")) else "d = {}\n"
    found = cells(program({**files, "app.py": f"{head}{source}\ndef touch():\n    global d\n    d = 1\n"}))
    reads = found["app.d"].reads
    assert sorted(f"{read.how}{'.' + read.method if read.method else ''} {show(read.key)}" for read in reads) == expected


def test_a_cell_knows_where_it_is_made() -> None:
    source = """
    class C:
        d = None
        def __init__(self):
            self.d = {}
        def f(self):
            self.d[1] = 2
    c = C()
    """
    found = cells(program(source))["app.C.d"]
    assert [(one.line, one.column, one.function.name) for one in found.origins] == [(3, 5, "<module>"), (5, 9, "C.__init__")]


def test_cells_come_in_the_order_of_files_whatever_the_order_of_linking() -> None:
    files = {"b.py": "d = {}\ndef f(): d[1] = 1\n", "a.py": "import b\nd = {}\ndef f():\n    d[1] = 1\n    b.d[2] = 2\n"}
    assert list(cells(program(files))) == list(cells(program(dict(reversed(files.items()))))) == ["a.d", "b.d"]
