"""What one request leaves in the process and another looks for. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, flask_app, state_lines

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
    "written under another key": """
        jobs = {}  # here

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"

        @app.put("/jobs/{key}")
        def change(key: str, after: str):
            jobs[key] = "waiting"
            return jobs.get(after)
        """,
    "written perhaps": """
        jobs = {}  # here

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"

        @app.put("/jobs/{key}")
        def change(key: str, new: bool):
            if new:
                jobs[key] = "waiting"
            return jobs.get(key)
        """,
    "written afterwards": """
        jobs = {}  # here

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"

        @app.put("/jobs/{key}")
        def change(key: str):
            before = jobs.get(key)
            jobs[key] = "waiting"
            return before
        """,
    "handed on by one of two": """
        jobs = {}  # here

        def state(key): return jobs.get(key)

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"
            return state(key)

        @app.get("/jobs/{key}")
        def look(key: str):
            return state(key)
        """,
    "handed on, and another key too": """
        jobs = {}  # here

        def state(key): return jobs.get(key)

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"

        @app.put("/jobs/{key}")
        def change(key: str, after: str):
            jobs[key] = "waiting"
            return [state(key), state(after)]
        """,
    "a length": """
        from queue import Queue
        jobs = Queue()  # here

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs.put(key)

        @app.get("/jobs")
        def waiting():
            return jobs.qsize()
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
    "each of two handlers reads what it has written": """
        jobs = {}

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"
            return jobs.get(key)

        @app.put("/jobs/{key}")
        def change(key: str):
            with lock:
                jobs[key] = "waiting"
            if not key:
                return None
            return jobs.get(key)
        """,
    "each of two handlers hands on what it has written": """
        jobs = {}

        def state(name): return jobs.get(name)

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs[key] = "running"
            return state(key)

        @app.put("/jobs/{key}")
        def change(key: str):
            jobs[key] = "waiting"
            return state(name=key)
        """,
    "each of two handlers tells the length with its own": """
        from queue import Queue
        jobs = Queue()

        @app.post("/jobs/{key}")
        def begin(key: str):
            jobs.put(key)
            return jobs.qsize()

        @app.put("/jobs/{key}")
        def change(key: str):
            jobs.put(key)
            return jobs.qsize()
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


POLLED = """
jobs = {}


@app.post("/jobs/<key>")
def begin(key):
    jobs[key] = "running"
    return key


@app.get("/jobs/<key>")
def state(key):
    return jobs.get(key, "unknown")
"""


def test_it_is_told_in_the_finding_about_the_state(tmp_path: Path) -> None:
    findings = [finding for finding in analysed(tmp_path, flask_app(POLLED)).findings if finding.symbol == "jobs"]
    assert [(finding.code, finding.also) for finding in findings] == [("SL0703", ("SL1201",))]
    (finding,) = findings
    assert finding.items == ("jobs", "ordering")
    assert "what one request writes to `jobs`, a later one looks for in the memory of its own process" in finding.notes
    source = flask_app(POLLED).splitlines()
    places = [source[span.line - 1].strip() for span in finding.spans]
    assert places == ['jobs[key] = "running"', 'return jobs.get(key, "unknown")']


def test_state_that_nobody_looks_up_breaks_its_own_rule_only(tmp_path: Path) -> None:
    source = flask_app(POLLED.replace('jobs.get(key, "unknown")', "str(list(jobs))"))
    (finding,) = [finding for finding in analysed(tmp_path, source).findings if finding.symbol == "jobs"]
    assert (finding.also, finding.items) == ((), ("jobs",))


def test_a_place_is_pointed_at_once(tmp_path: Path) -> None:
    (finding,) = [finding for finding in analysed(tmp_path, flask_app(POLLED)).findings if finding.symbol == "jobs"]
    assert len({(span.path, span.line) for span in finding.spans}) == len(finding.spans)


def test_names_that_are_told_together_keep_it(tmp_path: Path) -> None:
    body = """
    first = None
    owner = None


    @app.post("/owner/<name>")
    def take(name):
        global first, owner
        first = owner = name
        return name


    @app.get("/owner/<name>")
    def is_owner(name):
        return str([first, owner is not None and name in owner])
    """
    findings = [finding for finding in analysed(tmp_path, flask_app(body)).findings if finding.symbol in ("first", "owner")]
    assert [(finding.symbol, finding.also) for finding in findings] == [("first", ("SL1201",))]
    assert "changed together with owner" in findings[0].notes
    assert any("`owner`" in note and "a later one looks for" in note for note in findings[0].notes)
