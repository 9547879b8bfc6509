"""One cause, one finding: what is told once keeps what each of its members breaks."""

from __future__ import annotations

from typing import Any

from statelint.inspect.folding import fold
from statelint.model import Finding, Span, Step

ROUTE = (Step("app.py", 1, "POST /reset -> reset"), Step("app.py", 2, "clear"))


def _found(name: str, line: int, **changes: Any) -> Finding:
    finding = Finding(
        code="SL0401",
        rule="process-state",
        item="state",
        severity="error",
        confidence="high",
        path="app.py",
        line=line,
        column=1,
        end_line=line,
        end_column=2,
        symbol=name,
        message=f"`{name}` is kept",
        hint="",
        route=(*ROUTE, Step("app.py", 10 + line, f"writes {name}")),
    )
    return Finding(**{name: getattr(finding, name) for name in finding.__struct_fields__} | changes)


def test_what_one_of_many_breaks_besides_stays() -> None:
    looked_up = Span("app.py", 30, 1, 30, 9, "looked up by poll")
    awaited = _found("d", 6, also=("SL1201",), notes=("a later one looks for `d`",), spans=(looked_up,))
    (told,) = fold([*(_found(name, line) for line, name in enumerate("abc", 3)), awaited, _found("e", 7)])
    assert (told.symbol, told.also, told.spans) == ("a", ("SL1201",), (looked_up,))
    assert told.notes == ("`clear` does the same with `b`, `c`, `d`, `e`", "a later one looks for `d`")


def test_what_several_break_besides_is_said_once() -> None:
    findings = [_found(name, line, also=("SL1201",), notes=(f"a later one looks for `{name}`",)) for line, name in enumerate("abcde", 3)]
    (told,) = fold(findings)
    assert told.also == ("SL1201",)
    assert [note for note in told.notes if "looks for" in note] == ["a later one looks for `a`"]


def test_few_are_told_one_by_one() -> None:
    findings = [_found("a", 3), _found("b", 4, also=("SL1201",))]
    assert fold(findings) == findings


def _leak(index: int, **changes: Any) -> Finding:
    of_call = {"code": "SL0904", "item": "database", "severity": "warning", "api": "connection", "message": "not given back", "route": ()}
    return _found("connection", 1, path=f"api/v{index}.py", **(of_call | changes))


def test_a_habit_of_the_whole_project_is_told_once() -> None:
    (told,) = fold([_leak(index) for index in range(9)])
    assert told.path == "api/v0.py"
    assert told.notes[-1].startswith("the same in 8 more places, such as api/v1.py:1, api/v2.py:1")


def test_what_differs_or_is_an_error_stays_a_finding() -> None:
    errors = [_leak(index, severity="error") for index in range(9)]
    others = [_leak(index, message=f"{index} is not given back") for index in range(9)]
    assert (len(fold(errors)), len(fold(others))) == (9, 9)
    assert len(fold([_leak(index) for index in range(7)])) == 7, "few are gone through one by one"


def test_one_repair_is_one_error() -> None:
    first = _found("a", 3, code="SL0201", item="files", causes=("folder uploads", "reader x:1"))
    same_folder = _found("b", 4, code="SL0201", item="files", causes=("folder uploads",))
    same_reader = _found("c", 5, code="SL0203", item="files", causes=("folder exports", "reader x:1"))
    beside_that = _found("d", 6, code="SL0201", item="files", causes=("folder exports",))
    other = _found("e", 7, code="SL0201", item="files", causes=("folder avatars",))
    other_item = _found("f", 8, code="SL0902", item="database", causes=("folder uploads",))
    only_likely = _found("g", 9, code="SL0201", item="files", severity="warning", causes=("folder uploads",))
    found = fold([first, same_folder, same_reader, beside_that, other, other_item, only_likely])
    assert [one.severity for one in found] == ["error", "warning", "warning", "warning", "error", "error", "warning"]
    assert [one.symbol for one in found if one.notes] == ["b", "c", "d"]
    assert found[1].notes == ("what mends `a` (app.py:3) mends this",)


def test_without_a_cause_in_common_each_is_an_error() -> None:
    found = fold([_found("a", 3, causes=("folder uploads",)), _found("b", 4), _found("c", 5, causes=("folder exports",))])
    assert {one.severity for one in found} == {"error"}
