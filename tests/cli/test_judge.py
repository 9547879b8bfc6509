"""What is shown, silenced, left out and known, and what the checklist makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.cli.cli_fixture import COUNTER, ORDER, finding, small_book

from statelint.config import Config, Safe
from statelint.discover.files import SourceFile
from statelint.engine import Analysis
from statelint.model import Diagnostic, Project
from statelint.survey.comments import directives
from statelint.verdict.baseline import Entry, entries_for
from statelint.verdict.judge import Judgement, fails, judge

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model import Confidence, Finding, Severity

BOOK = small_book()
SOURCE = "SESSIONS = {}\nCOUNT = 0\nSAFE = {}  # statelint: ignore[SL0401] filled at import\n"
FINDINGS = (finding(1), finding(2, COUNTER, symbol="COUNT"), finding(3, symbol="SAFE"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(SOURCE)
    return tmp_path


def analysis(root: Path, *findings: Finding, diagnostics: tuple[Diagnostic, ...] = ()) -> Analysis:
    content = (root / "app.py").read_bytes()
    return Analysis(
        root=str(root),
        project=Project(str(root), ("flask",), 1, 3, 1),
        findings=findings or FINDINGS,
        evidence=(),
        diagnostics=diagnostics,
        directives={"app.py": directives(content)},
        sources=(SourceFile("app.py", "app", "app", is_package=False),),
        deploy_files=(),
        has_web=True,
    )


def shown(judgement: Judgement) -> list[str]:
    return [one.symbol or one.code for one in judgement.result.findings]


def verdict(judgement: Judgement, item: str = "state") -> str:
    return next(one.verdict for one in judgement.result.checklist if one.item == item)


def test_comments(root: Path) -> None:
    judgement = judge(analysis(root), Config(), BOOK)
    assert shown(judgement) == ["SESSIONS", "COUNT"]
    assert [one.symbol for one in judgement.suppressed] == ["SAFE"]
    assert judgement.result.summary.findings == 2
    assert judgement.result.summary.suppressed == 1
    assert len({one.fingerprint for one in (*judgement.result.findings, *judgement.suppressed)}) == 3
    assert verdict(judgement) == "fail"


def test_what_is_silenced_does_not_fail_its_item(root: Path) -> None:
    judgement = judge(analysis(root, FINDINGS[2]), Config(), BOOK)
    assert shown(judgement) == []
    assert verdict(judgement) == "pass"


def test_what_is_known_fails_its_item_and_not_the_run(root: Path) -> None:
    first = judge(analysis(root), Config(), BOOK)
    judgement = judge(analysis(root), Config(), BOOK, entries_for(first.result.findings))
    assert shown(judgement) == []
    assert [one.symbol for one in judgement.baselined] == ["SESSIONS", "COUNT"]
    assert judgement.result.summary.baselined == 2
    assert verdict(judgement) == "fail"
    assert not fails(judgement.result, "note")


def test_what_is_left_out_leaves_its_item_open(root: Path) -> None:
    for config in (Config(ignore=("SL04",)), Config(select=("SL00",)), Config(select=("jobs",))):
        judgement = judge(analysis(root), config, BOOK)
        assert shown(judgement) == []
        assert len(judgement.left_out) == 2
        assert verdict(judgement) == "unknown"


def test_layers_decide_over_the_merged_configuration(root: Path) -> None:
    judgement = judge(analysis(root), Config(select=("SL00",)), BOOK, chosen=frozenset({COUNTER}))
    assert shown(judgement) == ["COUNT"]


def test_confidence(root: Path) -> None:
    found = (finding(1, confidence="high"), finding(2, confidence="medium"), finding(2, COUNTER, confidence="low"))

    def count(least: Confidence) -> int:
        return len(judge(analysis(root, *found), Config(min_confidence=least), BOOK).result.findings)

    # the comment on line 3 silences nothing here, and says so with high confidence
    assert (count("high"), count("medium"), count("low")) == (1 + 1, 2 + 1, 3 + 1)


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ({"*.py": ("SL0401",)}, ["COUNT"]),
        ({"app.py": ("counter-in-process",)}, ["SESSIONS"]),
        ({"app.py": ("state",), "other.py": ("ALL",)}, []),
        ({"/app.py": ("SL",)}, []),
        ({"tests/*": ("ALL",)}, ["SESSIONS", "COUNT"]),
        ({"!tests/*": ("SL0402",)}, ["SESSIONS"]),
        ({"!app.py": ("ALL",)}, ["SESSIONS", "COUNT"]),
    ],
)
def test_per_file_ignores(root: Path, patterns: dict[str, tuple[str, ...]], left: list[str]) -> None:
    judgement = judge(analysis(root), Config(per_file_ignores=patterns), BOOK)
    assert shown(judgement) == left
    assert judgement.result.summary.suppressed == 3 - len(left)


def test_per_file_ignores_start_from_the_folder_of_the_configuration(root: Path) -> None:
    config = Config(per_file_ignores={f"{root.name}/app.py": ("ALL",)})
    assert shown(judge(analysis(root), config, BOOK, base=root.parent)) == []
    assert shown(judge(analysis(root), config, BOOK, base=root / "elsewhere")) == ["SESSIONS", "COUNT"]


@pytest.mark.parametrize(
    ("safe", "left"),
    [
        ("SESSIONS", ["COUNT"]),
        ("app.SESSIONS", ["COUNT"]),
        ("app.*", []),
        ("*.COUNT", ["SESSIONS"]),
        ("other.SESSIONS", ["SESSIONS", "COUNT"]),
        ("app.sessions", ["SESSIONS", "COUNT"]),
    ],
)
def test_safe_names(root: Path, safe: str, left: list[str]) -> None:
    for entry in (safe, Safe(safe, "read only")):
        assert shown(judge(analysis(root), Config(safe=(entry,)), BOOK)) == left


def test_findings_about_comments_can_be_left_out_and_known(root: Path) -> None:
    (root / "app.py").write_text("x = 1  # statelint: ignore[SL0401]\n")
    about = judge(analysis(root, finding(9, path="other.py")), Config(require_reason=True), BOOK)
    assert [one.code for one in about.result.findings] == ["SL0001", "SL0003", "SL0401"]
    some = judge(analysis(root, finding(9, path="other.py")), Config(require_reason=True, ignore=("SL0003",)), BOOK)
    assert [one.code for one in some.result.findings] == ["SL0001", "SL0401"]
    known = judge(analysis(root, finding(9, path="other.py")), Config(), BOOK, entries_for(about.result.findings[:1]))
    assert [one.code for one in known.result.findings] == ["SL0401"]


def test_nothing_is_called_idle_in_a_file_that_was_not_analysed_to_the_end(root: Path) -> None:
    (root / "app.py").write_text("x = 1  # statelint: ignore[SL0401]\n")
    warned = analysis(root, finding(9, path="other.py"), diagnostics=(Diagnostic("warning", "app.py", 1, "a rule failed"),))
    assert [one.code for one in judge(warned, Config(), BOOK).result.findings] == ["SL0401"]


def test_stale_entries(root: Path) -> None:
    (root / "later.py").touch()
    entries = [Entry("SL0401", path, "X", f"{number}" * 20) for number, path in enumerate(("app.py", "gone.py", "later.py"))]
    config = Config(baseline=str(root / "known.jsonl"))
    judgement = judge(analysis(root), config, BOOK, entries)
    # later.py is there and was not looked at: nothing is known about its entry
    assert [entry.path for entry in judgement.stale] == ["app.py", "gone.py"]
    assert [(one.level, one.path) for one in judgement.result.diagnostics] == [("error", "known.jsonl")] * 2
    broken = analysis(root, diagnostics=(Diagnostic("error", "app.py", 1, "not parsed"),))
    assert [entry.path for entry in judge(broken, config, BOOK, entries).stale] == ["gone.py"]
    assert judge(analysis(root), config, BOOK, entries, only="app.py").stale == ()


def test_entries_of_rules_that_are_off_are_not_stale(root: Path) -> None:
    entries = entries_for(judge(analysis(root), Config(), BOOK).result.findings)
    assert judge(analysis(root), Config(select=("SL0402",)), BOOK, entries).stale == ()


def test_entries_of_silenced_findings_are_stale(root: Path) -> None:
    entries = entries_for(judge(analysis(root), Config(), BOOK).suppressed)
    assert judge(analysis(root), Config(), BOOK, entries).stale == entries


def test_only_one_file_is_shown_and_the_checklist_is_the_projects(root: Path) -> None:
    judgement = judge(analysis(root, finding(1), finding(1, COUNTER, path="b.py", symbol="B")), Config(), BOOK, only="b.py")
    assert shown(judgement) == ["B"]
    assert judgement.result.summary.findings == 1


def test_content_that_is_not_on_disk(root: Path) -> None:
    found = analysis(root, finding(1))
    one = judge(found, Config(), BOOK, overlay={"app.py": b"SESSIONS = {1}\n"})
    two = judge(found, Config(), BOOK)
    assert one.result.findings[-1].fingerprint != two.result.findings[-1].fingerprint


def test_comments_in_other_files(root: Path) -> None:
    (root / "compose.yml").write_text("a:\n  # statelint: ignore[SL0401] one instance\n  web:\n    b: x  # statelint: ignore[SL0402]\n")
    here = [finding(3, path="compose.yml"), finding(4, COUNTER, path="compose.yml"), finding(4, path="compose.yml", symbol="LEFT")]
    judgement = judge(analysis(root, FINDINGS[2], *here), Config(), BOOK)
    assert shown(judgement) == ["LEFT"]


def test_order_does_not_matter(root: Path) -> None:
    found: list[Any] = [*FINDINGS, finding(1, column=5), finding(1, path="b.py")]
    assert judge(analysis(root, *found), Config(), BOOK) == judge(analysis(root, *reversed(found)), Config(), BOOK)


@pytest.mark.parametrize(
    ("severity", "fail_on", "expected"),
    [
        ("error", "error", True),
        ("warning", "error", False),
        ("warning", "warning", True),
        ("note", "warning", False),
        ("note", "note", True),
    ],
)
def test_threshold(root: Path, severity: str, fail_on: Severity, expected: bool) -> None:
    judgement = judge(analysis(root, finding(1, severity=severity), FINDINGS[2]), Config(), BOOK)
    assert fails(judgement.result, fail_on) is expected


# -- what a finding breaks besides its own rule

BOTH = finding(1, also=(ORDER,))


def verdicts(judgement: Judgement) -> tuple[str, str]:
    return verdict(judgement), verdict(judgement, "ordering")


def test_a_finding_fails_each_item_of_which_it_breaks_a_rule(root: Path) -> None:
    judgement = judge(analysis(root, BOTH), Config(), BOOK)
    (shown_one,) = [one for one in judgement.result.findings if one.code == "SL0401"]
    assert shown_one.also == (ORDER,)
    assert verdicts(judgement) == ("fail", "fail")
    (ordering,) = [one for one in judgement.result.checklist if one.item == "ordering"]
    assert ordering.findings == (shown_one.fingerprint,)
    assert [(one.path, one.line, one.text) for one in ordering.evidence] == [("app.py", 1, "m")]
    assert verdicts(judge(analysis(root, finding(1)), Config(), BOOK)) == ("fail", "pass")


def test_a_guess_leaves_each_of_its_items_open(root: Path) -> None:
    doubtful = finding(1, severity="note", confidence="low", also=(ORDER,))
    assert verdicts(judge(analysis(root, doubtful), Config(), BOOK)) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("config", "expected", "found"),
    [
        (Config(ignore=(ORDER,)), ("fail", "unknown"), [("SL0401", ())]),
        (Config(select=("state", "SL00")), ("fail", "unknown"), [("SL0401", ())]),
        # "there is no other": what the finding breaks besides is a finding of its own
        (Config(ignore=("SL0401",)), ("unknown", "fail"), [("SL1201", ())]),
        (Config(select=("ordering",)), ("unknown", "fail"), [("SL1201", ())]),
        (Config(select=("SL0402",)), ("unknown", "unknown"), []),
        (Config(per_file_ignores={"app.py": (ORDER,)}), ("fail", "pass"), [("SL0401", ())]),
        (Config(per_file_ignores={"app.py": (ORDER,)}, ignore=("SL0401",)), ("unknown", "pass"), []),
        (Config(per_file_ignores={"app.py": ("SL0401",)}), ("pass", "pass"), []),
        (Config(per_file_ignores={"app.py": ("SL0401",)}, ignore=(ORDER,)), ("pass", "pass"), []),
        (Config(safe=("SESSIONS",)), ("pass", "pass"), []),
        (Config(safe=("OTHER",)), ("fail", "fail"), [("SL0401", (ORDER,))]),
    ],
)
def test_each_rule_is_silenced_or_left_out_by_itself(
    root: Path, config: Config, expected: tuple[str, str], found: list[tuple[str, tuple[str, ...]]]
) -> None:
    (root / "app.py").write_text("SESSIONS = {}\n")
    judgement = judge(analysis(root, BOTH), config, BOOK)
    assert verdicts(judgement) == expected
    assert [(one.code, one.also) for one in judgement.result.findings] == found


def test_below_the_confidence_both_items_are_open(root: Path) -> None:
    unsure = finding(1, confidence="medium", also=(ORDER,))
    assert verdicts(judge(analysis(root, unsure), Config(min_confidence="high"), BOOK)) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("comment", "expected"), [("SL0401", ("pass", "pass")), ("SL1201", ("fail", "pass")), ("SL0401, SL1201", ("pass", "pass"))]
)
def test_a_comment_accepts_for_the_items_of_what_it_silences(root: Path, comment: str, expected: tuple[str, str]) -> None:
    (root / "app.py").write_text(f"SESSIONS = {{}}  # statelint: ignore[{comment}] why\n")
    judgement = judge(analysis(root, BOTH), Config(), BOOK)
    assert verdicts(judgement) == expected
    assert [one.code for one in judgement.result.findings if one.code == "SL0001"] == []
    assert judgement.result.summary.suppressed == (1 if expected[0] == "pass" else 0)


def test_a_finding_in_the_words_of_what_it_breaks_besides(root: Path) -> None:
    whole = judge(analysis(root, BOTH), Config(), BOOK)
    (entry,) = entries_for([one for one in whole.result.findings if one.code == "SL0401"])
    judgement = judge(analysis(root, BOTH), Config(select=("ordering",)), BOOK)
    (one,) = judgement.result.findings
    assert (one.rule, one.item, one.path, one.line, one.fingerprint) == ("read-after-write", "ordering", "app.py", 1, entry.fingerprint)
    assert "SL0401" in [left.code for left in judgement.left_out]
    known = judge(analysis(root, BOTH), Config(select=("ordering",)), BOOK, [entry])
    assert shown(known) == []
    assert known.stale == ()


def test_an_entry_for_what_a_finding_breaks_besides_is_not_stale(root: Path) -> None:
    def stale(old: Entry, found: Finding, config: Config | None = None) -> tuple[Entry, ...]:
        judgement = judge(analysis(root, found), config or Config(), BOOK, [old])
        assert "SESSIONS" in shown(judgement) or config, "the entry makes nothing known"
        return judgement.stale

    old = Entry(ORDER, "app.py", "SESSIONS", "1" * 20)
    assert stale(old, BOTH) == ()
    assert stale(old, BOTH, Config(select=("SL0402",))) == (), "a rule that is off says nothing about its entries"
    assert stale(Entry(ORDER, "gone.py", "SESSIONS", "1" * 20), BOTH) == (), "a folder may have been renamed"
    assert stale(old, finding(1)) == (old,)
    others = [Entry(ORDER, "app.py", "OTHER", "1" * 20), Entry(COUNTER, "app.py", "SESSIONS", "1" * 20)]
    assert [stale(other, BOTH) for other in others] == [(other,) for other in others]


@pytest.mark.parametrize(
    ("item", "has_web", "expected"),
    [("health", True, "unknown"), ("health", False, "not-used"), ("jobs", True, "not-used")],
    ids=["whoever answers requests needs one", "nobody asks", "an item that may be unused"],
)
def test_an_application_without_routes_may_have_a_health_endpoint(root: Path, item: str, expected: str, *, has_web: bool) -> None:
    found = msgspec.structs.replace(analysis(root), has_web=has_web)
    assert verdict(judge(found, Config(), BOOK), item) == expected
