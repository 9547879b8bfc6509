"""The comparison of reports with labels, and the labels themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.compare import compare, read_report
from benchmarks.labelled import Application, Labels, Negative, Positive, Status, read_labels
from benchmarks.tables import count, markdown, total_line
from statelint.model import ITEM_KEYS

LABELS = Path(__file__).resolve().parents[2] / "benchmarks" / "labels"
APP = Application("shop", "shop", "1.0", "wheel", "shop.whl", "0", ("flask",), 2, 20, "shop", "app.py")


def finding(line: int, **other: Any) -> dict[str, Any]:
    return {
        "code": "SL0401",
        "item": "state",
        "severity": "error",
        "confidence": "high",
        "symbol": "X",
        "message": "m",
        "path": "app.py",
        "line": line,
        "route": [],
        **other,
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "app.py").touch()
    (tmp_path / "shop" / "views.py").touch()
    return tmp_path


def outcome(source: Path, labels: Labels, *findings: dict[str, Any], verdicts: dict[str, str] | None = None) -> Any:
    checklist = [{"item": item, "verdict": verdict} for item, verdict in (verdicts or {}).items()]
    report = {"project": {"root": str(source / "shop")}, "findings": list(findings), "checklist": checklist}
    return compare(labels, *read_report(report, source, source / "shop"), seconds=1.0)


def positive(line: int, **other: Any) -> Positive:
    return Positive(
        **{"path": "shop/app.py", "line": line, "item": "state", "symbol": "A.b()", "why": "", "confidence": "certain", **other}
    )


def found(source: Path, label: Positive, reported: dict[str, Any]) -> tuple[bool, bool]:
    (hit,) = outcome(source, Labels(APP, positive=(label,)), reported).hits
    return hit.found, hit.exact


def test_a_fault_is_hit_within_two_lines(source: Path) -> None:
    assert found(source, positive(10), finding(12)) == (True, True)
    assert found(source, positive(10), finding(13)) == (False, False)
    assert found(source, positive(10), finding(10, path="views.py")) == (False, False)


def test_a_fault_is_hit_at_its_other_places_by_the_route_and_by_its_symbol(source: Path) -> None:
    assert found(source, positive(10, also=("shop/views.py:5",)), finding(6, path="views.py")) == (True, True)
    assert found(source, positive(10), finding(50, route=[{"path": "app.py", "line": 11, "text": ""}])) == (True, True)
    assert found(source, positive(10), finding(50, symbol="C.b")) == (True, True)
    assert found(source, positive(10, symbol=""), finding(50, symbol="")) == (False, False)


def test_the_item_decides_whether_a_hit_is_exact(source: Path) -> None:
    assert found(source, positive(10), finding(10, item="caches")) == (True, False)
    assert found(source, positive(10, item_alt=("caches",)), finding(10, item="caches")) == (True, True)


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ({}, 1),
        ({"line": 11}, 1),
        ({"line": 12}, 0),
        ({"severity": "note"}, 0),
        ({"confidence": "low"}, 0),
        ({"line": 90, "symbol": "x.REGISTRY"}, 1),
    ],
)
def test_a_look_alike_counts_when_it_is_reported_loudly(source: Path, change: dict[str, Any], reported: int) -> None:
    negative = Negative("shop/app.py", 10, "state", "REGISTRY", "")
    assert len(outcome(source, Labels(APP, negative=(negative,)), {**finding(10), **change}).reported) == reported


def test_a_finding_that_hits_a_fault_reports_no_look_alike(source: Path) -> None:
    labels = Labels(APP, positive=(positive(10),), negative=(Negative("shop/app.py", 11, "state", "Y", ""),))
    result = outcome(source, labels, finding(10), finding(40))
    assert (len(result.reported), len(result.unlabelled)) == (0, 1)


@pytest.mark.parametrize(
    ("status", "got", "agreement"),
    [
        ("pass", "pass", "right"),
        ("n/a", "pass", "right"),
        ("pass", "not-used", "right"),
        ("fail", "unknown", "undecided"),
        ("unknown", "fail", "undecided"),
        ("fail", "pass", "wrong"),
        ("n/a", "fail", "wrong"),
    ],
)
def test_verdicts(source: Path, status: Any, got: str, agreement: str) -> None:
    result = outcome(source, Labels(APP, checklist={"files": Status(status, "")}), verdicts={"files": got})
    assert [verdict[3] for verdict in result.verdicts] == [agreement]


def test_sums_and_tables(source: Path) -> None:
    labels = Labels(
        APP, positive=(positive(10), positive(30, symbol="q", switch="Q")), negative=(Negative("shop/app.py", 50, "files", "Y", ""),)
    )
    result = outcome(source, labels, finding(10), finding(50), finding(99))
    sums = count([result])
    assert (sums.faults, sums.found, sums.core, sums.core_found, sums.look_alikes, sums.reported) == (2, 1, 1, 1, 1, 1)
    assert count([result], "files").faults == 0
    assert "recall 50.0% (1/2)" in total_line([result])
    page = markdown([result], {"shop": APP})
    assert "| shop 1.0 | 2 | 1 | 1 | 1/1 | 1/1 | 0 / 0 / 0 | 3 |" in page
    assert "- shop `shop/app.py:30` state `q`" in page


def test_every_label_can_be_read() -> None:
    labels = read_labels(LABELS)
    assert len(labels) == 21
    assert (sum(len(one.positive) for one in labels), sum(len(one.negative) for one in labels)) == (233, 395)
    for one in labels:
        assert tuple(one.checklist) == ITEM_KEYS
        assert {label.item for label in one.positive} | {label.item for label in one.negative} <= set(ITEM_KEYS)
        assert len(one.app.sha256) == 64
