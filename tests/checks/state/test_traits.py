"""The table of kinds is whole, and each property in it decides something. `# here` marks what is reported."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent
from typing import TYPE_CHECKING, get_args

import pytest
from tests.checks.analysed import judged, state_lines

from statelint.checks.state.traits import TRAITS
from statelint.rulebook.load import load_rulebook
from statelint.rulebook.schema import Kind

if TYPE_CHECKING:
    from pathlib import Path


def test_every_kind_has_a_row() -> None:
    assert list(TRAITS) == list(get_args(Kind))


def test_one_rule_speaks_of_each_kind() -> None:
    assert Counter(kind for rule in load_rulebook().rules for kind in rule.kinds) == Counter(TRAITS.keys())


_STORE = 'import redis\nstore = redis.Redis.from_url(os.environ["REDIS_URL"])\n'
SILENT = {
    "a table whose truth the store keeps": """
        drafts = {}

        @app.put("/drafts/{key}")
        def put(key: str, text: str):
            store.set(key, text)
            drafts[key] = text
        """,
    "a flag that is set once": """
        warm = False

        @app.post("/warm")
        def prepare():
            global warm
            warm = True
        """,
}
REPORTED = {
    "a count decides by itself, whatever the store is told": """
        counts = collections.Counter()  # here

        @app.post("/hits/{key}")
        def hit(key: str):
            store.set(key, counts[key])
            counts[key] += 1
            return counts
        """,
    "a switch that is set once is set for everybody": """
        maintenance_enabled = False  # here

        @app.post("/maintenance")
        def begin():
            global maintenance_enabled
            maintenance_enabled = True

        @app.get("/")
        def front():
            return "later" if maintenance_enabled else "welcome"
        """,
}


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_excused_by_their_kind(tmp_path: Path, body: str) -> None:
    assert state_lines(tmp_path, f"{_STORE}{dedent(body)}") == ([], [])


@pytest.mark.parametrize("body", REPORTED.values(), ids=REPORTED)
def test_not_excused_by_their_kind(tmp_path: Path, body: str) -> None:
    lines, expected = state_lines(tmp_path, f"{_STORE}{dedent(body)}")
    assert expected
    assert lines == expected


def test_metrics_are_milder_and_less_sure_than_counts(tmp_path: Path) -> None:
    body = """
        calls = {}
        visits = {}

        @app.post("/hits/{key}")
        def hit(key: str):
            calls[key] = calls.get(key, 0) + 1
            visits[key] = visits.get(key, 0) + 1
            return visits[key]

        @app.get("/calls")
        def shown():
            return calls
        """
    findings = {name: one.finding for name, one in judged(tmp_path, body).items() if one.finding is not None}
    assert {name: (finding.severity, finding.confidence) for name, finding in findings.items()} == {
        "app.calls": ("warning", "medium"),
        "app.visits": ("error", "high"),
    }
