"""What the survey keeps of conditions: questions joined by `and` and `or`, in the form in which they must hold."""

from __future__ import annotations

import msgspec
import pytest
from tests.survey.notation import body, module, show

from statelint.survey.module import condition
from statelint.survey.summary import UNKNOWN, Call, Compare, Const, Either, Guard, ModuleSummary, Ref, Template

CONDITIONS = (
    ("a", "a"),
    ("not a", "not a"),
    ("not not a", "a"),
    ("not not not a", "not a"),
    ("a is None", "a is None"),
    ("not a is None", "a is not None"),
    ("a is not None", "a is not None"),
    ("'k' not in a", "'k' not in a"),
    ("not a == 'x'", "a != 'x'"),
    ("not a < 3", "a >= 3"),
    ("not a > 3", "a <= 3"),
    ("a and not b or c", "((a and not b) or c)"),
    ("not (a and b == 1)", "(not a or b != 1)"),
    ("not (a or not b)", "(not a and b)"),
    ("not (a if b else c)", "not (a if c ? b)"),
    ("1 < a <= 3", "(1 < a and a <= 3)"),
    ("not 1 < a < 3", "(1 >= a or a >= 3)"),
    ("hasattr(o, 'x')", "hasattr(o, 'x')"),
    ("getattr(o, 'x', None)", "o.x"),
    ("(x := f())", "f()"),
    ("await f(a)", "f(a)"),
    ("os.environ['DEBUG'] == '1'", "os.environ[DEBUG] == '1'"),
    ("a not in (1, 'b')", "a not in (1, 'b')"),
    ("n % 10 == 0", "<|n 10> == 0"),
    ("(a\n  and\n  b)", "(a and b)"),
)


@pytest.mark.parametrize(("source", "expected"), CONDITIONS)
def test_conditions(source: str, expected: str) -> None:
    assert show(condition(source)) == expected


def test_what_cannot_be_parsed_is_unknown() -> None:
    assert condition("a b") is UNKNOWN


def test_arithmetic_keeps_its_operator_and_a_format_has_none() -> None:
    values = [binding.value for binding in body("a = n % 10\nb = x / y\nc = '%s' % x\nd = f'{x}'\n").bindings]
    assert [value.operator for value in values if isinstance(value, Template)] == ["%", "/", "", ""]


def test_a_condition_of_more_parts_than_people_write_is_unknown() -> None:
    chain = " < ".join(["x"] * 402)
    assert [condition(source) is UNKNOWN for source in (" or ".join(["x"] * 401), chain)] == [True, True]
    longest = condition(" or ".join(["x"] * 400))
    assert isinstance(longest, Either)
    assert len(longest.options) == 400


@pytest.mark.parametrize("source", [f"if {'not ' * 900}x: pass\n", f"if {'(x or (y and ' * 90}z{'))' * 90}: pass\nelse: f()\n"])
def test_deep_conditions_can_be_stored(source: str) -> None:
    found = module(source)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=ModuleSummary) == found


# -- guards


def around(source: str) -> list[Guard]:
    """Return the guards around the call of `x`, outermost first."""
    found = body(source)
    (site,) = [site for site in found.calls if site.call.func == "x"]
    return [found.guards[index] for index in site.guards]


MUST_HOLD = (
    ("if a > 1:\n    x()", ["if a > 1"]),
    ("if a:\n    pass\nelse:\n    x()", ["else not a"]),
    ("if a is None:\n    pass\nelif b:\n    x()", ["else a is not None", "if b"]),
    ("if a or b is None:\n    pass\nelse:\n    x()", ["else (not a and b is not None)"]),
    ("for i in q:\n    if a: continue\n    x()", ["for ?", "early-exit not a"]),
    ("for i in q:\n    if not a: break\n    x()", ["for ?", "early-exit a"]),
    ("while not a:\n    x()", ["while not a"]),
    ("with a:\n    x()", ["with ?"]),
)


@pytest.mark.parametrize(("source", "expected"), MUST_HOLD)
def test_a_guard_says_what_must_hold(source: str, expected: list[str]) -> None:
    assert [f"{guard.kind} {show(guard.test)}" for guard in around(source)] == expected


CASES = (
    ("case 'a': x()", "q == 'a'"),
    ("case 'a' | 'b': x()", "(q == 'a' or q == 'b')"),
    ("case m.C: x()", "q == m.C"),
    ("case None: x()", "q is None"),
    ("case 'a' as b: x()", "q == 'a'"),
    ("case 'a' if b: x()", "(q == 'a' and b)"),
    ("case [a, b]: x()", "?"),
    ("case {'a': 1}: x()", "?"),
    ("case C(): x()", "?"),
    ("case _: x()", "True"),
    ("case 'a': pass\n    case None if b: pass\n    case _: x()", "(q != 'a' and (q is not None or not b))"),
    ("case [a]: pass\n    case other: x()", "(not ?)"),
    ("case _ if a: x()\n    case _: pass", "(True and a)"),
)


@pytest.mark.parametrize(("cases", "expected"), CASES)
def test_a_case_asks_whether_its_pattern_matches(cases: str, expected: str) -> None:
    (guard,) = around(f"match q:\n    {cases}\n")
    assert (guard.kind, show(guard.test)) == ("case", expected)


def test_what_a_match_asks_is_kept_as_long_as_it_is_short() -> None:
    short, longer = around("match f('a', b):\n    case 1: x()\n"), around("match f(1, 2, 3, 4, 5):\n    case 1: x()\n")
    assert [show(guard.test) for guard in (*short, *longer)] == ["f('a', b) == 1", "? == 1"]


SUBJECTS: tuple[tuple[str, list[str]], ...] = (
    ("with lock, open(p) as f:\n    x()", ["lock", "open(p)"]),
    ("async with a.b():\n    x()", ["a.b()"]),
    ("for i in a.b(c):\n    x()", ["a.b(c)"]),
    ("try:\n    x()\nexcept (A, m.B):\n    pass\nexcept C:\n    pass", ["A", "m.B", "C"]),
    ("try:\n    pass\nexcept (A, m.B):\n    x()", ["A", "m.B"]),
    ("try:\n    pass\nexcept:\n    x()", ["BaseException"]),
    ("try:\n    x()\nfinally:\n    pass", []),
    ("if a:\n    x()", []),
)


@pytest.mark.parametrize(("source", "expected"), SUBJECTS)
def test_what_is_held_caught_or_gone_through(source: str, expected: list[str]) -> None:
    (guard,) = around(source)
    assert [show(subject) for subject in guard.subjects] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("before()\nif f(g()).h(1): x()", ["g", "f", "f().h"]),
        ("before()\nif a: x(y())", []),
        ("before()\nif f(): pass\nelse: x()", ["f"]),
        ("before()\nwhile f(): x()", ["f"]),
        ("before()\nmatch f():\n    case g.A: pass\n    case 1 if h(): x()", ["f", "h"]),
    ],
)
def test_a_guard_knows_the_calls_that_asking_makes(source: str, expected: list[str]) -> None:
    found = body(source)
    (guard,) = around(source)
    assert [found.calls[index].call.func for index in guard.calls] == expected


def test_a_condition_and_its_opposite_are_stored_once_for_each_arm() -> None:
    first, second = body("if a == 1:\n    x()\n    y()\nelse:\n    z()\n").guards
    assert first.test == Compare(Ref("a"), "==", Const(1))
    assert second.test == Compare(Ref("a"), "!=", Const(1))


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("if TYPE_CHECKING:\n    import a", "type-checking"),
        ("if typing.TYPE_CHECKING:\n    import a", "type-checking"),
        ("if not TYPE_CHECKING:\n    import a", ""),
        ("if TYPE_CHECKING or b:\n    import a", ""),
        ("try:\n    import a\nexcept ImportError:\n    pass", "try"),
        ("try:\n    import a\nexcept (ValueError, builtins.ImportError):\n    pass", "try"),
        ("try:\n    import a\nexcept NotAnImportErrorAtAll:\n    pass", ""),
        ("try:\n    pass\nexcept ModuleNotFoundError:\n    import a", "except"),
    ],
)
def test_imports_under_a_condition(source: str, how: str) -> None:
    assert [imported.how for imported in body(source).imports] == [how]


def test_a_conditional_expression_keeps_its_condition_and_the_text_for_people() -> None:
    (binding,) = body("v = a if  b == 'x' else c\n").bindings
    assert isinstance(binding.value, Either)
    assert (show(binding.value.test), binding.value.text) == ("b == 'x'", "b == 'x'")


def test_a_call_inside_a_condition_is_the_call_that_is_listed() -> None:
    found = body("if f(1): pass\n")
    (guard,) = found.guards
    assert isinstance(guard.test, Call)
    assert guard.test == found.calls[guard.calls[0]].call
