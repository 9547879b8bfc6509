"""Findings, a small rule set and an analysis made by hand."""

from __future__ import annotations

from typing import Any

from statelint.model import Finding
from statelint.rulebook.load import Rulebook, load_rulebook
from statelint.rulebook.schema import Rule

STATE, COUNTER, ORDER = "SL0401", "SL0402", "SL1201"
"""Two rules of one item, and one of another, which the fixtures break besides."""


def rule(code: str, name: str, item: str = "state") -> Rule:
    return Rule(code=code, name=name, item=item, severity="error", summary="", why="", fix="Move it out.")


def small_book() -> Rulebook:
    """Return two rules of an item, one of another, and the shipped rules about comments."""
    shipped = [rule for rule in load_rulebook().rules if rule.item == "analysis"]
    rules = (rule(STATE, "process-state"), rule(COUNTER, "counter-in-process"), rule(ORDER, "read-after-write", "ordering"))
    return Rulebook((*shipped, *rules), (), (), "")


def finding(line: int, code: str = STATE, **changes: Any) -> Finding:
    """Return a finding that covers a whole line unless told otherwise."""
    given = {
        "code": code,
        "rule": "process-state" if code == STATE else "counter-in-process",
        "item": "state",
        "severity": "error",
        "confidence": "high",
        "path": "app.py",
        "line": line,
        "column": 1,
        "end_line": line,
        "end_column": 200,
        "symbol": "SESSIONS",
        "message": "m",
        "hint": "h",
    }
    return Finding(**{**given, **changes})
