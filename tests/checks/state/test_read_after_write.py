"""What one request leaves in the process and another looks for. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import state_lines

if TYPE_CHECKING:
    from pathlib import Path

AWAITED = {
    "a table of jobs": """
        jobs = {}  # here

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"

        @app.get("/jobs/{key}")
        def state(key: str):
            return jobs.get(key)
        """,
    "asked for by the same handler before": """
        seen = set()  # here

        @app.post("/events/{key}")
        def event(key: str):
            if key in seen:
                return {"again": True}
            seen.add(key)
            return {}
        """,
}
NOT_AWAITED = {
    "messages of a talk are no look-up": """
        conversations = {}

        @app.post("/talks/{key}")
        def say(key: str, text: str):
            conversations[key] = text

        @app.get("/talks/{key}")
        def read(key: str):
            return conversations.get(key)
        """,
    "a table that only its writer reads": """
        jobs = {}

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"
            return jobs.get(key)
        """,
}


@pytest.mark.parametrize("body", AWAITED.values(), ids=AWAITED)
def test_awaited(tmp_path: Path, body: str) -> None:
    lines, expected = state_lines(tmp_path, body, ("SL1201",))
    assert expected
    assert lines == expected


@pytest.mark.parametrize("body", NOT_AWAITED.values(), ids=NOT_AWAITED)
def test_not_awaited(tmp_path: Path, body: str) -> None:
    assert state_lines(tmp_path, body, ("SL1201",)) == ([], [])
