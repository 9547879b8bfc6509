"""What the survey keeps of expressions: values, access paths, calls, reads and loads."""

from __future__ import annotations

import pytest
from tests.survey.notation import body, function, module, show

VALUES = (
    ("1", "1"),
    ("-1", "-1"),
    ("-1.5", "-1.5"),
    ("-True", "?"),
    ("+1", "?"),
    ("not a", "not a"),
    ("None", "None"),
    ("True", "True"),
    ("...", "?"),
    ("1j", "?"),
    ("'text'", "'text'"),
    ("b'\\xff'", "'ÿ'"),
    ("'a' 'b'", "'ab'"),
    ("'a' + 'b' + 'c'", "'abc'"),
    ("'a' + b + 'c'", "<a|'a' b 'c'>"),
    ("a + 'c'", "<|a 'c'>"),
    ("60 * 60 * 24", "86400"),
    ("10 - 3", "7"),
    ("60 / 2", "<|60 2>"),
    ("2 ** 70 * 2", "<|<|2 70> 2>"),
    ("9223372036854775807", "9223372036854775807"),
    ("9223372036854775808", "?"),
    ("9223372036854775807 + 1", "?"),
    ("f'plain'", "'plain'"),
    ("f''", "''"),
    ("f'redis://{host}:{port!r:>{width}}/0'", "<redis://|'redis://' host ':' port '/0'>"),
    ("f'{a}{b}'", "<|a b>"),
    ("'sqlite:///%s' % path", "<sqlite:///|'sqlite:///%s' path>"),
    ("'sqlite:///{}'.format(path)", "<sqlite:///|'sqlite:///{}' path>"),
    ("[1, *a, b.c]", "[1, a, b.c]"),
    ("(1,)", "(1)"),
    ("{1, 2}", "{1, 2}"),
    ("{'a': 1, **b}", "{'a': 1, ?: b}"),
    ("[f(x) for x in y if g(x)]", "[f(x) for]"),
    ("{x for x in y}", "{x for}"),
    ("(x for x in y)", "[x for]"),
    ("{k: v for k, v in y}", "{k: v for}"),
    ("a or {}", "(a or {})"),
    ("a and b and c", "(a and b and c)"),
    ("a | b", "(a or b)"),
    ("b if a > 1 else c", "(b if c ? a > 1)"),
    ("a == b", "a == b"),
    ("(x := f())", "f()"),
    ("a", "a"),
    ("a.b.c", "a.b.c"),
    ("a['key']", "a[key]"),
    ("a['key-2']", "a[key-2]"),
    ("a['two words']", "a[]"),
    ("a[KEY]", "a[KEY]"),
    ("a[m.KEY]", "a[KEY]"),
    ("a[Key]", "a[]"),
    ("a[0]", "a[]"),
    ("a[b:c]", "a.copy()"),
    ("a[b][c].d", "a[][].d"),
    ("a().b(1).c", "a().b().c"),
    ("a.b(c)[d].e()", "a.b()[].e()"),
    ("(a or b).c", "?.c"),
    ("'text'.join", "?.join"),
    ("{}.get", "?.get"),
    ("(FOLDER / name).open()", "FOLDER.open()"),
    ("getattr(a.b, 'c')", "a.b.c"),
    ("getattr(a, 'c', None)", "a.c"),
    ("getattr(a, name)", "getattr(a, name)"),
    ("getattr(f(), 'c')", "f().c"),
    ("getattr(a, 'c')()", "a.c()"),
    ("type(a.b)", "a.b.__class__"),
    ("type(self).c", "self.__class__.c"),
    ("type(a())", "type(a())"),
    ("type('C', (), {})", "type('C', (), {})"),
    ("getattr(a or b, 'c')", "getattr((a or b), 'c')"),
    ("f(1, *a, b=2, **c)", "f(1, ?, b=2, **=c)"),
    ("lambda: 1", "<lambda:1:5>"),
    ("Annotated[Session, Depends(get_db)]", "(Annotated, Session, Depends(get_db))"),
    ("a[*b]", "a[]"),
    ("a @ b", "<|a b>"),
    ("a < b < c", "(a < b and b < c)"),
    ("~a", "?"),
)


@pytest.mark.parametrize(("source", "expected"), VALUES)
def test_values(source: str, expected: str) -> None:
    (binding,) = [one for one in body(f"_ = {source}\n").bindings if one.name == "_"]
    assert show(binding.value) == expected


@pytest.mark.parametrize(("source", "expected"), [("await f(x)", "f(x)"), ("(await f()).b", "f().b"), ("yield x", "?")])
def test_values_inside_functions(source: str, expected: str) -> None:
    (binding,) = function(f"async def f():\n    v = {source}\n").bindings
    assert show(binding.value) == expected


def test_displays_and_texts_are_cut() -> None:
    found = body(f"a = [{'1,' * 1000}]\nb = {'x' * 1000!r}\nc = f'{'y' * 1000}{{z}}'\nd = {'x' * 300!r} + {'x' * 300!r}\n").bindings
    shown = [one.value for one in found]
    assert [len(getattr(value, name)) for value, name in zip(shown, ("items", "value", "head", "value"), strict=True)] == [400] * 4


CALLS = (
    ("f()", ["f expr"]),
    ("x = f()", ["f  x"]),
    ("x.y = f()", ["f  x.y"]),
    ("x[0] = f()", ["f "]),
    ("x: T = f()", ["f  x"]),
    ("self.x: T = f()", ["f  self.x"]),
    ("x, y = f()", ["f "]),
    ("x = await f()", ["f await x"]),
    ("await f()", ["f await"]),
    ("return f()", ["f return"]),
    ("return await f()", ["f await"]),
    ("yield f()", ["f yield"]),
    ("with f() as x: pass", ["f with x"]),
    ("with f(): pass", ["f with"]),
    ("async with f() as x: pass", ["f with x"]),
    ("f(g())", ["g ", "f expr"]),
    ("f().g()", ["f ", "f().g expr"]),
    ("f(a)(b)", ["f ", "f() expr"]),
    ("a[f()].g()", ["f ", "a[].g expr"]),
    ("x = [f(y) for y in g()]", ["g ", "f "]),
    ("if f(): pass", ["f "]),
    ("while f(): pass", ["f "]),
    ("assert f(), g()", ["f "]),
    ("raise f()", ["f "]),
    ("del a[f()]", ["f "]),
    ("a[f()] = g()", ["g ", "f "]),
    ("x = f() if g() else h()", ["g ", "f ", "h "]),
    ("x = f'{f()}{g():{h()}}'", ["f ", "g ", "h "]),
    ("x = f() + g()", ["f ", "g "]),
    ("(x := f())", ["f  x"]),
    ("match f():\n        case g() if h(): pass", ["f ", "h "]),
    ("for x in f(): pass\n    else: g()", ["f ", "g expr"]),
    ("x = y = f()", ["f  x"]),
)


@pytest.mark.parametrize(("source", "expected"), CALLS)
def test_calls(source: str, expected: list[str]) -> None:
    found = function(f"async def f():\n    {source}\n").calls
    assert [f"{site.call.func} {site.how}" + (f" {site.bound}" if site.bound else "") for site in found] == expected


def test_every_call_is_recorded_once() -> None:
    found = body("@d(1)\ndef f(a=g(), b: h() = 1) -> i(): pass\nclass C(j(), k=l()):\n    m = n()\n")
    assert sorted(site.call.func for site in found.calls) == ["d", "g", "h", "i", "j", "l", "n"]


def test_a_lambda_is_a_function_of_its_own() -> None:
    source = "def f(x):\n    return sorted(x, key=lambda k, d={}: d.setdefault(k, g(k)))\n"
    one = function(source, "f.<lambda:2:26>")
    assert [site.call.func for site in one.calls] == ["g", "d.setdefault"]
    assert [(p.name, show(p.default)) for p in one.params] == [("k", "-"), ("d", "{}")]
    assert [show(r) for r in one.returns] == ["d.setdefault(k, g(k))"]
    assert one.parent == "f"
    assert show(function(source).calls[0].call.keywords[0][1]) == "<lambda:2:26>"


READS: tuple[tuple[str, list[str]], ...] = (
    ("d[k]", ["d item k"]),
    ("d[k].x", ["d item k"]),
    ("d[a][b]", ["d item a", "d[] item b"]),
    ("k in d", ["d in k"]),
    ("k not in d.x", ["d.x in k"]),
    ("k in d.keys()", ["d.keys() in k"]),
    ("k in (1, 2)", []),
    ("a < b in d", ["d in b"]),
    ("[x for x in d]", ["d iter -"]),
    ("[x for x in d.values()]", ["d.values() iter -"]),
    ("[x for x in list(d)]", ["d iter -"]),
    ("[x for i, x in enumerate(d)]", ["d iter -"]),
    ("d.get(k)", []),
    ("f(d[k])", ["d item k"]),
)


@pytest.mark.parametrize(("source", "expected"), READS)
def test_reads(source: str, expected: list[str]) -> None:
    assert [f"{read.target} {read.how} {show(read.key)}" for read in body(f"{source}\n").reads] == expected


def test_an_item_that_is_assigned_or_deleted_is_not_read() -> None:
    assert not body("d[k] = 1\ndel d[k]\nd[k] += 1\n").reads


def test_loads_keep_the_longest_path_and_its_first_line() -> None:
    found = body("x = a.b.c\ny = a.b.c + a\nz(a.b().d)\nfor i in e.f: pass\n").loads
    assert {path: line for path, line in found.items() if path != "i"} == {"a.b.c": 1, "a": 2, "a.b().d": 3, "e.f": 4}


def test_what_a_name_is_called_by_is_no_load() -> None:
    assert body("f(x)\na.b.c()\n").loads == {"x": 1}


def test_a_quoted_annotation_stands_where_the_string_stands() -> None:
    source = "def f(\n    a,\n    x: 'Annotated[T, Depends(get)]',\n): pass\n"
    (site,) = body(source).calls
    assert (site.call.func, site.call.line, site.call.column) == ("Depends", 3, 8)


def test_a_union_in_an_annotation_is_one_choice() -> None:
    one, other = module("x: A | B[int] | None = 1\ny: A | B = 1\n").functions[0].bindings
    assert [show(one.annotation), show(other.annotation)] == ["(A or (B, int) or None)", "(A or B)"]


def test_a_quoted_annotation_of_several_lines_is_read() -> None:
    (binding,) = module("x: 'Annotated[T,\\n\\n\\n\\n f(a if b else c)]' = 1\n").functions[0].bindings
    assert show(binding.annotation).startswith("(Annotated, T, f((a if c")
