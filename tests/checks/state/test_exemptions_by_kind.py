"""Locks, caches and sockets: which of them may stay in the process. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import state_lines

if TYPE_CHECKING:
    from pathlib import Path

SHARED = {
    "a cool-down": """
        last_sent = {}  # here

        @app.post("/alerts/{key}")
        def alert(key: str):
            now = datetime.datetime.now()
            if key in last_sent and (now - last_sent[key]).total_seconds() < 60:
                return {}
            last_sent[key] = now
            return {}
        """,
}


@pytest.mark.parametrize("body", SHARED.values(), ids=SHARED)
def test_what_requests_share(tmp_path: Path, body: str) -> None:
    lines, expected = state_lines(tmp_path, body)
    assert expected
    assert lines == expected
