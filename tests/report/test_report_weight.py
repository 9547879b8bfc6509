"""What a reader meets first, and what is told once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.report.report_fixture import EXPORT, HEALTH, JOBS, LIMITER, RESULT, SECRET, book, context

from statelint.model import Evidence, Finding, Result, Step, Verdict
from statelint.report import render
from statelint.report.links import DOCUMENTATION, rule_url
from statelint.report.weight import by_weight, to_begin_with
from statelint.report.words import MOST_STEPS, folded, worst

if TYPE_CHECKING:
    from pathlib import Path

replace = msgspec.structs.replace


def result(*findings: Finding) -> Result:
    return replace(RESULT, findings=findings, checklist=(), diagnostics=())


def numbered(number: int, finding: Finding = JOBS) -> Finding:
    return replace(finding, path=f"app/m{number:02}.py", symbol=f"s{number}", fingerprint=f"{number:020}", spans=(), route=())


def test_errors_come_first_then_the_checklist_then_confidence_then_the_place() -> None:
    sure, doubtful = replace(JOBS, path="z.py"), replace(JOBS, path="a.py", confidence="low")
    note = replace(EXPORT, severity="note", path="0.py")
    assert by_weight((HEALTH, note, LIMITER, doubtful, sure, numbered(2), numbered(1), EXPORT, SECRET)) == (
        EXPORT,
        numbered(1),
        numbered(2),
        sure,
        doubtful,
        SECRET,
        LIMITER,
        note,
        HEALTH,
    )


@pytest.mark.parametrize("name", ["full", "grouped", "concise", "markdown", "github", "html"])
def test_what_people_read_is_by_weight_whatever_the_order(name: str, tmp_path: Path) -> None:
    text = render(name, RESULT, context(tmp_path))
    backwards = replace(RESULT, findings=RESULT.findings[::-1])
    assert text == render(name, backwards, context(tmp_path))
    if name == "html":  # its filter lists the files by name
        text = text[text.index("<main") :]
        text = text[text.index('id="finding-1"') :]
    else:
        text = render(name, replace(backwards, checklist=(), diagnostics=()), context(tmp_path, quiet=True))
    places = [text.index(finding.path) for finding in (EXPORT, JOBS, SECRET, LIMITER)]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["json", "jsonl", "sarif", "gitlab"])
def test_what_programs_read_keeps_the_order_of_places(name: str, tmp_path: Path) -> None:
    text = render(name, RESULT, context(tmp_path))
    places = [text.index(finding.fingerprint) for finding in RESULT.findings]
    assert places == sorted(places)


def test_the_repair_is_told_once_and_pointed_to_after_that(tmp_path: Path) -> None:
    other = replace(numbered(3), hint="another repair")
    text = render("full", result(numbered(1), numbered(2), other), context(tmp_path))
    assert text.count("keep jobs where every instance sees them") == 1
    assert "= help: as for SL0401 at app/m01.py:6, above\n" in text
    assert "= help: another repair\n" in text, "a repair of its own is no repetition"
    assert text.count(f"= see: {DOCUMENTATION}rules/SL0401/\n") == 1
    markdown = render("markdown", result(numbered(1), numbered(2), other), context(tmp_path))
    assert markdown.count("keep jobs where every instance sees them") == 1
    assert "**Help:** as for SL0401 at app/m01.py:6, above" in markdown


def test_a_long_route_is_folded_in_the_middle(tmp_path: Path) -> None:
    short, long = [[f"step {number}" for number in range(length)] for length in (MOST_STEPS, MOST_STEPS + 1)]
    assert folded(short) == short
    assert folded(long) == ["step 0", "step 1", "step 2", "... 3 more steps ...", "step 6", "step 7", "step 8"]
    steps = tuple(Step(f"f{number}.py", number + 1, f"step {number}") for number in range(30))
    one = result(replace(JOBS, route=steps))
    for name in ("full", "markdown", "github"):
        text = render(name, one, context(tmp_path))
        assert "24 more steps" in text
        assert "step 29" in text
        assert "step 15" not in text
    assert "step 15" in render("json", one, context(tmp_path))
    assert "step 15" in render("sarif", one, context(tmp_path))


def test_no_line_of_a_route_ends_in_its_arrow(tmp_path: Path) -> None:
    name = "a_function_with_a_name_that_takes_the_room_of_a_whole_line_on_many_terminals"
    route = (Step("a.py", 1, f"GET /{name} -> {name}"), Step("b.py", 2, name), Step("c.py", 3, f"holds {name} while it calls {name}"))
    for width in (40, 60, 80, 100, 120):
        assert not re.search(r"->$", render("full", result(replace(JOBS, route=route)), context(tmp_path, width=width)), re.MULTILINE)


def test_each_item_has_a_line_at_the_top(tmp_path: Path) -> None:
    findings = (numbered(1), numbered(2), replace(LIMITER, severity="note"))
    for name in ("full", "grouped"):
        text = render(name, result(*findings), context(tmp_path))
        assert text.startswith(
            "3 findings: 2 errors, 1 note\n"
            "  state       2 errors  each instance remembers something else\n"
            "  rate-limit  1 note    limits are multiplied by the number of processes\n\n"
        )
        assert not render(name, result(*findings), context(tmp_path, quiet=True)).startswith("3 findings")
    assert "| ❌ FAIL<br>1 error |" in render("markdown", RESULT, context(tmp_path))


def test_the_first_line_of_many_counts_the_worst_and_the_rest() -> None:
    notes = tuple(replace(numbered(number), severity="note") for number in range(3))
    assert worst((*notes, numbered(4), numbered(5))) == "2 errors, 3 more"
    assert worst(notes) == "3 notes"


def test_a_reason_that_holds_in_several_places_is_told_once(tmp_path: Path) -> None:
    def text(places: int) -> str:
        found = tuple(Evidence("health", "unknown", f"{number}.py", 3, "asks for /x") for number in range(places))
        verdict = Verdict("health", "A health endpoint exists", "unknown", found, ())
        return " ".join(render("full", replace(result(), checklist=(verdict,)), context(tmp_path)).split())

    assert "UNKNOWN health asks for /x (0.py:3, 1.py:3)" in text(2)
    assert "UNKNOWN health asks for /x (0.py:3, 1.py:3, 2.py:3 and 2 more)" in text(5)


def test_those_to_begin_with_are_one_of_each_rule_first() -> None:
    many = (*(numbered(number) for number in range(12)), SECRET, LIMITER)
    assert to_begin_with(many, 4) == (numbered(0), numbered(1), SECRET, LIMITER)
    assert to_begin_with(many, 2) == (numbered(0), SECRET)
    assert to_begin_with(many[:3], 10) == many[:3]


def test_a_terminal_shows_ten_of_many_and_says_how_to_see_the_rest(tmp_path: Path) -> None:
    few, many = result(*map(numbered, range(15))), result(*map(numbered, range(16)))
    heads = re.compile(r"^error\[", re.MULTILINE)
    assert len(heads.findall(render("full", few, context(tmp_path, fold=True)))) == 15
    text = render("full", many, context(tmp_path, fold=True))
    assert len(heads.findall(text)) == 10
    assert "10 of 16 findings, to begin with. `--all` shows every one, `-o report.txt` writes them into a file.\n" in text
    begin = f"{numbered(0).path}:{numbered(0).line}"
    assert text.startswith(f"16 findings: 16 errors\n  state  16 errors  each instance remembers something else: SL0401 {begin}\n")
    assert f"Begin with SL0401 at {begin}: `statelint rule SL0401`" in " ".join(text.split())
    whole = render("full", many, context(tmp_path))
    assert len(heads.findall(whole)) == 16
    assert "to begin with" not in whole


def test_a_rule_of_ones_own_has_the_page_that_it_names(tmp_path: Path) -> None:
    own = replace(book(), own=frozenset({"SL0401"}))
    assert rule_url("SL0401", own) == "https://12factor.net/processes"
    assert rule_url("SL0501", own) == f"{DOCUMENTATION}rules/SL0501/"
    assert rule_url("SL9999", own) == ""
    assert f"{DOCUMENTATION}rules/SL0401/" not in render("full", result(JOBS), context(tmp_path, book=own))


@pytest.mark.parametrize("name", ["full", "grouped", "concise", "markdown", "github", "gitlab", "junit", "html", "sarif"])
def test_every_format_leads_to_the_page_of_the_rule(name: str, tmp_path: Path) -> None:
    assert f"{DOCUMENTATION}rules/SL0401/" in render(name, result(JOBS), context(tmp_path))


def test_notes_stand_in_nobodys_way(tmp_path: Path) -> None:
    headline = re.compile(r"<h1>(.*?)</h1>")
    for findings, said in (
        ((JOBS, EXPORT, HEALTH), "2 findings stand in the way of a second instance."),
        ((JOBS, HEALTH), "One finding stands in the way of a second instance."),
        ((HEALTH,), "1 note, nothing that stands in the way of a second instance."),
    ):
        assert headline.findall(render("html", result(*findings), context(tmp_path))) == [said]
