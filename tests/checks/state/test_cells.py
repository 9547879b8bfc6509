"""Which places outlive a request and are written by requests. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import state_lines

if TYPE_CHECKING:
    from pathlib import Path

SAFE = {
    "a copy is changed, not the original": """
        DEFAULTS = {"size": 10}

        @app.post("/search")
        def search(size: int):
            options = DEFAULTS.copy()
            options["size"] = size
            return options
        """,
    "a script's own names hold nothing": """
        class Token:
            def __init__(self):
                self.details = {}

            def add(self, key, value):
                self.details[key] = value

        @app.post("/tokens")
        def make(name: str):
            token = Token()
            token.add("name", name)
            return token.details

        if __name__ == "__main__":
            text = Token()
        """,
    "a callback's result is no content": """
        from typing import Callable

        class Report:
            def __init__(self):
                self.rows = []

        class Project:
            make: Callable[[], Report]

            def __init__(self, make):
                self.make = make

        PROJECTS = [Project(Report)]

        @app.post("/reports")
        def run(row: str):
            report = PROJECTS[0].make()
            report.rows.append(row)
            return report.rows
        """,
    "a default that every caller replaces": """
        def collect(row, rows=[]):
            rows.append(row)
            return rows

        @app.post("/rows")
        def add(row: str):
            return collect(row, [])
        """,
}

SHARED = {
    "an annotated mapping, asked by get": """
        from typing import Dict, Optional

        class Job:
            def __init__(self):
                self.log = []  # here

            def add(self, line):
                self.log.append(line)

        jobs: Optional[Dict[str, Job]] = None

        @app.on_event("startup")
        def init():
            global jobs
            jobs = {"main": Job()}

        @app.post("/jobs/{key}/log")
        def add(key: str, line: str):
            jobs.get(key).add(line)
        """,
    "held through a protocol": """
        from typing import Protocol

        class Store(Protocol):
            def put(self, key, value): ...
            def get(self, key): ...

        class Memory:
            def __init__(self):
                self.rows = {}  # here

            def put(self, key, value):
                self.rows[key] = value

            def get(self, key):
                return self.rows.get(key)

        store: Store | None = None

        def configure(made: Store) -> None:
            global store
            store = made

        @app.put("/rows/{key}")
        def put(key: str, value: str):
            store.put(key, value)
        """,
    "a default that a caller leaves out": """
        def collect(row, rows=[]):  # here
            rows.append(row)
            return rows

        @app.post("/rows")
        def add(row: str):
            return collect(row)
        """,
}


@pytest.mark.parametrize("body", SAFE.values(), ids=SAFE)
def test_what_belongs_to_the_process(tmp_path: Path, body: str) -> None:
    lines, expected = state_lines(tmp_path, body)
    assert lines == expected == []


@pytest.mark.parametrize("body", SHARED.values(), ids=SHARED)
def test_what_requests_share(tmp_path: Path, body: str) -> None:
    lines, expected = state_lines(tmp_path, body)
    assert expected
    assert lines == expected
