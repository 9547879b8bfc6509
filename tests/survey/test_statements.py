"""What the survey keeps of statements: imports, bindings, writes, guards, definitions."""

from __future__ import annotations

from textwrap import dedent

import pytest
from tests.survey.notation import body, class_, function, module, show

from statelint.survey.module import survey
from statelint.survey.summary import Const, Ref

IMPORTS = (
    ("import a", ["a=a"]),
    ("import a as b", ["b=a"]),
    ("import a.b.c", ["a=a", "a.b.c=a.b.c"]),
    ("import a.b as c", ["c=a.b"]),
    ("import a, b.c as d", ["a=a", "d=b.c"]),
    ("from a import b", ["b=a:b"]),
    ("from a.b import c as d, e", ["d=a.b:c", "e=a.b:e"]),
    ("from . import a", ["a=.:a"]),
    ("from .. import a as b", ["b=..:a"]),
    ("from ..a.b import c", ["c=..a.b:c"]),
    ("from a import *", ["*=a star"]),
    ("from .a import *", ["*=.a star"]),
    ("if TYPE_CHECKING:\n    from a import b", ["b=a:b type-checking"]),
    ("if typing.TYPE_CHECKING:\n    import a\nelse:\n    import b", ["a=a type-checking", "b=b"]),
    ("try:\n    import a\nexcept ImportError:\n    a = None", ["a=a try"]),
    ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    import b as a", ["a=a try", "a=b except"]),
    ("try:\n    import a\nexcept ValueError:\n    import b", ["a=a", "b=b"]),
    ("with x:\n    import a", ["a=a"]),
    ("for i in x:\n    import a", ["a=a"]),
    ("match x:\n    case 1:\n        import a", ["a=a"]),
)


@pytest.mark.parametrize(("source", "expected"), IMPORTS)
def test_imports(source: str, expected: list[str]) -> None:
    shown = []
    for one in body(source).imports:
        attr = f":{one.attr}" if one.attr else ""
        shown.append(f"{one.name}={'.' * one.level}{one.module}{attr}{f' {one.how}' if one.how else ''}")
    assert shown == expected


def test_an_import_belongs_to_the_function_around_it() -> None:
    source = "def f():\n    from a import b\nclass C:\n    import d\n    def m(self):\n        import e\n"
    assert [one.name for one in function(source).imports] == ["b"]
    assert [one.name for one in function(source, "C.m").imports] == ["e"]
    assert [one.name for one in body(source).imports] == ["d"]


BINDINGS = (
    ("x = 1", ["x = 1"]),
    ("x = y = {}", ["x = {}", "y = {}"]),
    ("x: int = 1", ["x = 1 : int"]),
    ("x: dict[str, 'Job'] = {}", ["x = {} : (dict, str, Job)"]),
    ("x: 'dict[str, Job] | None' = None", ["x = None : ((dict, str, Job) or None)"]),
    ("x: int", ["x annotated ? : int"]),
    ("x: 'not an annotation' = 1", ["x = 1"]),
    ("x += 1", ["x aug 1"]),
    ("a, b = 1, {}", ["a = 1", "b = {}"]),
    ("(a, [b, c]) = x, y", ["a = x", "b unpack y[0]", "c unpack y[1]"]),
    ("a, b = make()", ["a unpack make()[0]", "b unpack make()[1]"]),
    ("a, (b, c) = x", ["a unpack x[0]", "b unpack x[1][0]", "c unpack x[1][1]"]),
    ("a, *b, c = x", ["a unpack x[0]", "b unpack x.copy()", "c unpack ?"]),
    ("a, b = 1 + 2j, 3", ["a = <|1 ?>", "b = 3"]),
    ("for x in y: pass", ["x for y[]"]),
    ("for k, v in d.items(): pass", ["k unpack d.items()[][0]", "v unpack d.items()[][1]"]),
    ("for x in make(): pass", ["x for make()[]"]),
    ("for x in list(d.values()): pass", ["x for d.values()[]"]),
    ("for x in sorted(reversed(d)): pass", ["x for d[]"]),
    ("for i, x in enumerate(d): pass", ["i for ?", "x for d[]"]),
    ("for pair in enumerate(d): pass", ["pair for enumerate()[]"]),
    ("for x in [1]: pass", ["x for 1"]),
    ("for x in (a, b): pass", ["x for (a or b)"]),
    ("with open(p) as f: pass", ["f with open(p)"]),
    ("with a as x, b() as (y, z): pass", ["x with a", "y unpack b()[0]", "z unpack b()[1]"]),
    ("(x := make())", ["x = make()"]),
    ("if (x := y): pass", ["x = y"]),
    ("[x for x in y]", ["x for y[]"]),
    ("{k: v for k, v in y.items() if k}", ["k unpack y.items()[][0]", "v unpack y.items()[][1]"]),
    ("try:\n    pass\nexcept E as e:\n    pass", ["e unpack ?"]),
    ("match q:\n    case dict() as d: pass", ["d unpack q : dict"]),
    ("match q:\n    case other: pass", ["other unpack q"]),
    ("match q:\n    case [a, *rest]: pass", ["a unpack ?", "rest unpack ?"]),
    ("match q:\n    case {'k': v, **rest}: pass", ["rest unpack ?", "v unpack ?"]),
    ("match q:\n    case C(x=1 | 2 as n): pass", ["n unpack ?"]),
)


@pytest.mark.parametrize(("source", "expected"), BINDINGS)
def test_bindings(source: str, expected: list[str]) -> None:
    found = body(source).bindings
    shown = [
        f"{one.name} {one.how} {show(one.value)}" + (f" : {show(one.annotation)}" if one.annotation is not None else "") for one in found
    ]
    assert shown == expected


def test_a_value_on_two_lines_keeps_its_place() -> None:
    (one,) = body("\n  \nx = {\n  1: 2,\n}\n").bindings
    assert (one.line, one.column, one.end_line, one.end_column) == (3, 1, 3, 2)


WRITES: tuple[tuple[str, list[str]], ...] = (
    ("self.n = 1", ["self.n = 1"]),
    ("self.n += 1", ["self.n aug 1"]),
    ("d[k] = v", ["d[] = v @k"]),
    ("d['key'] = v", ["d[key] = v @'key'"]),
    ("d['a key'] = v", ["d[] = v @'a key'"]),
    ("app[JOBS] = v", ["app[JOBS] = v @JOBS"]),
    ("app[keys.JOBS] = v", ["app[JOBS] = v @keys.JOBS"]),
    ("d[a][b] = v", ["d[][] = v @b"]),
    ("d[a].n = v", ["d[].n = v"]),
    ("get().items[k] += 1", ["get().items[] aug 1 @k"]),
    ("d[1:2] = v", ["d[] = v @?"]),
    ("del d[k]", ["d[] del ? @k"]),
    ("del a.b, d[k]", ["a.b del ?", "d[] del ? @k"]),
    ("del x", []),
    ("a.b, d[k] = 1, 2", ["a.b = 1", "d[] = 2 @k"]),
    ("for d[k] in y: pass", ["d[] = y[] @k"]),
    ("with open(p) as self.f: pass", ["self.f = open(p)"]),
    ("self.x: dict[str, int] = {}", ["self.x = {}"]),
    ("self.x: int", []),
    ("setattr(a.b, 'n', v)", ["a.b.n = v"]),
    ("setattr(a, name, v)", []),
    ("{}[k] = v", ["?[] = v @k"]),
    ("(yield)[k] = v", ["?[] = v @k"]),
    ("(await q)[k] = v", ["q[] = v @k"]),
)


@pytest.mark.parametrize(("source", "expected"), WRITES)
def test_writes(source: str, expected: list[str]) -> None:
    found = function(f"async def f():\n    {source}\n").writes
    assert [f"{w.target} {w.how} {show(w.value)}" + (f" @{show(w.key)}" if w.key is not None else "") for w in found] == expected


def test_names_of_outer_scopes_are_written_not_bound() -> None:
    source = """
    def f():
        global n, m
        n = 1
        n += 2
        local = 3
        def g():
            nonlocal local
            local = 4
    """
    outer, inner = function(dedent(source)), function(dedent(source), "f.g")
    assert [(w.target, w.how) for w in outer.writes] == [("n", "="), ("n", "aug")]
    assert outer.global_names == ("n", "m")
    assert [b.name for b in outer.bindings] == ["local"]
    assert inner.nonlocal_names == ("local",)
    assert [w.target for w in inner.writes] == ["local"]
    assert not inner.bindings


GUARDS: tuple[tuple[str, list[str]], ...] = (
    ("if a > 1:\n    x()", ["if a > 1"]),
    ("if a:\n    pass\nelse:\n    x()", ["else a"]),
    ("if a:\n    pass\nelif b:\n    x()", ["else a", "if b"]),
    ("while a:\n    x()", ["while a"]),
    ("for i in a.b:\n    x()", ["for a.b"]),
    ("with lock, open(p) as f:\n    x()", ["with lock, open(p)"]),
    ("try:\n    x()\nexcept (A, B):\n    pass", ["try (A, B)"]),
    ("try:\n    pass\nexcept A:\n    x()", ["except A"]),
    ("try:\n    pass\nexcept:\n    x()", ["except BaseException"]),
    ("try:\n    pass\nfinally:\n    x()", ["finally "]),
    ("try:\n    pass\nexcept A:\n    pass\nelse:\n    x()", []),
    ("match q:\n    case {'a': 1} if b:\n        x()", ["case q: {'a': 1}"]),
    ("if (a and\n    b):\n    x()", ["if a and b"]),
    ("if a:\n    with b:\n        x()", ["if a", "with b"]),
    ("if a: pass\nx()", []),
    ("for i in q:\n    if a: continue\n    x()", ["for q", "early-exit a"]),
    ("for i in q:\n    if a:\n        y()\n        break\n    x()", ["for q", "early-exit a"]),
    ("if a: raise E\nx()", []),
)


@pytest.mark.parametrize(("source", "expected"), GUARDS)
def test_guards(source: str, expected: list[str]) -> None:
    found = body(source)
    (site,) = [site for site in found.calls if site.call.func == "x"]
    assert [f"{found.guards[index].kind} {found.guards[index].text}" for index in site.guards] == expected


def test_a_long_condition_is_cut() -> None:
    guard = body(f"if {'a' * 500}:\n    x()\n").guards[0]
    assert guard.text == "a" * 200


def test_definitions_are_named_by_what_they_stand_in() -> None:
    source = """
    def f():
        def g(): pass
        class C:
            def m(self):
                def h(): pass
            class D:
                async def n(self): pass
    class E:
        x = lambda self: 1
    def f(): pass
    """
    found = module(dedent(source))
    assert [(one.name, one.owner, one.parent) for one in found.functions] == [
        ("<module>", "", ""),
        ("f", "", "<module>"),
        ("f.g", "", "f"),
        ("f.C.m", "f.C", "f"),
        ("f.C.m.h", "", "f.C.m"),
        ("f.C.D.n", "f.C.D", "f"),
        ("<lambda:10:9>", "", "<module>"),
        ("f@11", "", "<module>"),
    ]
    assert [(one.name, one.parent, one.methods) for one in found.classes] == [
        ("f.C", "f", ("m",)),
        ("f.C.D", "f", ("n",)),
        ("E", "<module>", ()),
    ]


def test_a_property_and_its_setter_stay_apart() -> None:
    source = "class C:\n    @property\n    def x(self): return 1\n    @x.setter\n    def x(self, v): self._x = v\n"
    names = [one.name for one in module(source).functions]
    assert names == ["<module>", "C.x", "C.x@5"]
    assert [show(d) for d in function(source, "C.x").decorators] == ["property"]
    assert [show(d) for d in function(source, "C.x@5").decorators] == ["x.setter"]


def test_a_function_keeps_its_signature() -> None:
    source = "@a.b\n@c(1)\nasync def f(p, /, q: int = 1, *r, s=None, **t) -> 'dict[str, J]':\n    '''Says.\n\n    More.'''\n    yield q\n"
    one = function(source)
    shown = [(p.name, show(p.annotation), show(p.default), p.kind) for p in one.params]
    assert shown == [("p", "-", "-", ""), ("q", "int", "1", ""), ("r", "-", "-", "*"), ("s", "-", "None", "kw"), ("t", "-", "-", "**")]
    assert [show(d) for d in one.decorators] == ["a.b", "c(1)"]
    assert show(one.returns_annotation) == "(dict, str, J)"
    assert (one.is_async, one.is_generator, one.docstring) == (True, True, "Says.")
    assert (one.line, one.column, one.end_line) == (3, 1, 7)
    assert [show(r) for r in one.returns] == ["q"]


def test_a_class_keeps_its_head_and_its_body() -> None:
    source = "@d\nclass C(Base, Generic[T], make(), metaclass=Meta):\n    '''Says.'''\n    x: int\n    y = []\n    if a:\n        z = {}\n"
    one = class_(source)
    assert [show(b) for b in one.bases] == ["Base", "Generic", "make()"]
    assert [(k, show(v)) for k, v in one.keywords] == [("metaclass", "Meta")]
    assert [show(d) for d in one.decorators] == ["d"]
    assert [(b.name, b.how, len(b.guards)) for b in one.bindings] == [("x", "annotated", 0), ("y", "=", 0), ("z", "=", 1)]
    assert one.docstring == "Says."
    assert not body(source).bindings, "names of a class are not the module's"


def test_what_a_class_body_does_belongs_to_the_function_around() -> None:
    found = body("class C:\n    x = make()\n    register(x)\n")
    assert [site.call.func for site in found.calls] == ["make", "register"]
    assert found.calls[0].bound == "x"


def test_raises_and_returns() -> None:
    one = function("def f():\n    if a: raise E\n    if b: raise m.F(1) from None\n    raise\n    return {}, x\n")
    assert one.raises == (("E", 2), ("m.F", 3))
    assert [show(r) for r in one.returns] == ["({}, x)"]


def test_what_leaves_a_block_is_kept_with_all_that_is_around_it() -> None:
    one = function(
        "def f():\n    while a:\n        if b: break\n        for x in y:\n            break\n        try: return 1\n"
        "        except E: return\n    else:\n        return 2\n    if c: return 3\n"
    )
    assert [(end.how, [one.guards[index].kind for index in end.guards]) for end in one.exits] == [
        ("break", ["while", "if"]),
        ("break", ["while", "early-exit", "for"]),
        ("return", ["while", "early-exit", "try"]),
        ("return", ["while", "early-exit", "except"]),
        ("return", ["if"]),
    ]


def test_comments_that_speak_to_statelint_are_kept() -> None:
    found = module("x = {}  # statelint: ignore[SL0401] why\n# statelint: ignore-file\ny = '# statelint: ignore'\n")
    assert [(d.line, d.column, d.own_line) for d in found.directives] == [(1, 9, False), (2, 1, True)]


def test_what_an_augmented_assignment_adds_has_its_sign() -> None:
    found = body("self.n += 2\nself.n -= 1\nself.n -= step\n")
    assert [write.value for write in found.writes] == [Const(2), Const(-1), Ref("step")]


def test_a_body_ends_with_what_follows_an_early_return() -> None:
    found = survey(b"def f(a):\n    if a:\n        return\n    x()\n").functions[1]
    (site,) = found.calls
    assert [found.guards[index].kind for index in site.guards] == ["early-exit"]


def test_each_target_of_an_assignment_has_a_value_of_its_own() -> None:
    """What is bound is told apart by identity, and a survey that is read back from the cache shares nothing."""
    first, second = body("self.a = self.b = make()\n").writes
    assert first.value == second.value
    assert first.value is not second.value
