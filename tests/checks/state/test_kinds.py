"""The kind of state that a cell is. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import state_lines

if TYPE_CHECKING:
    from pathlib import Path

SHARED = {
    "a class of rate limiters": """
        class LoginRateLimiter:
            def __init__(self):
                self._entries = {}  # here

            def reserve(self, name):
                self._entries[name] = self._entries.get(name, 0) + 1
                return self._entries[name] < 6

        limiter = LoginRateLimiter()

        @app.post("/login")
        def login(name: str):
            return "welcome" if limiter.reserve(name) else "later"
        """,
}


@pytest.mark.parametrize("body", SHARED.values(), ids=SHARED)
def test_what_requests_share(tmp_path: Path, body: str) -> None:
    lines, expected = state_lines(tmp_path, body)
    assert expected
    assert lines == expected
