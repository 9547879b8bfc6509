"""Which places outlive a request and are written by requests. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import judged, state_lines

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
    "a container, and not what its elements hold": """
        class Seat:
            def __init__(self):
                self.taken_by = None

        class Room:
            def __init__(self):
                self.people = []
                self.seat = Seat()

            def enter(self, name):
                self.people.append(name)
                self.seat.taken_by = name

        rooms = {}  # here

        @app.post("/rooms/{room}")
        def open_room(room: str):
            rooms[room] = Room()

        @app.post("/rooms/{room}/people")
        def enter(room: str, name: str):
            rooms[room].enter(name)
        """,
    "what one object of the module holds": """
        class Seat:
            def __init__(self):
                self.taken_by = None  # here

        class Room:
            def __init__(self):
                self.people = []  # here
                self.seat = Seat()

            def enter(self, name):
                self.people.append(name)
                self.seat.taken_by = name

        room = Room()

        @app.post("/rooms/{room}")
        def enter(name: str):
            room.enter(name)

        @app.get("/rooms")
        def show():
            return [room.people, room.seat.taken_by]
        """,
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

        @app.get("/jobs/{key}/log")
        def read(key: str):
            return jobs.get(key).log
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


def test_a_part_of_an_element_names_the_container(tmp_path: Path) -> None:
    found = judged(tmp_path, SHARED["a container, and not what its elements hold"])
    said = {name: one.reason for name, one in found.items() if not one.is_evidence and one.finding is None}
    assert said == {
        "app.Room.people": "part of an element of module-level name rooms, which is judged as a whole",
        "app.Seat.taken_by": "part of an element of Room.seat (module-level name rooms, which contains it), which is judged as a whole",
    }


_NESTED = """
    class {note}:
        def __init__(self):
            self.lines = []

        def add(self, line):
            self.lines.append(line)

    class {box}:
        def __init__(self):
            self.notes = {{}}

        def put(self, key):
            self.notes[key] = {note}()

        def add(self, key, line):
            self.notes[key].add(line)

    boxes = [{box}(), {box}()]

    @app.post("/boxes/{{number}}/{{key}}")
    def put(number: int, key: str):
        boxes[number].put(key)

    @app.post("/boxes/{{number}}/{{key}}/lines")
    def add(number: int, key: str, line: str):
        boxes[number].add(key, line)
    """


@pytest.mark.parametrize(("box", "note"), [("Box", "Note"), ("Note", "Box")])
def test_containers_in_containers_whatever_their_names(tmp_path: Path, box: str, note: str) -> None:
    found = judged(tmp_path, _NESTED.format(box=box, note=note))
    assert {name for name, one in found.items() if one.finding is not None} == {f"app.{box}.notes"}
