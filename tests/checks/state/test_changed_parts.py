"""A container of objects that requests go on changing holds no remembered answers, however it is filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
import requests
from fastapi import FastAPI
app = FastAPI()
"""
CHANGED = {
    "a container of the object": """
class Room:
    def __init__(self, name):
        self.name = name
        self.members = set()
rooms = {}
def room(name):
    if name not in rooms:
        rooms[name] = Room(requests.get("https://rooms.example/" + name).json())
    return rooms[name]
@app.post("/{name}")
def join(name: str, user: str):
    room(name).members.add(user)
@app.get("/{name}")
def members(name: str):
    return sorted(room(name).members)
""",
    "what a request sends": """
class Room:
    def __init__(self, name):
        self.name = name
        self.topic = ""
rooms = {}
def room(name):
    if name not in rooms:
        rooms[name] = Room(requests.get("https://rooms.example/" + name).json())
    return rooms[name]
@app.post("/{name}")
def name_it(name: str, topic: str):
    room(name).topic = topic
@app.get("/{name}")
def topic(name: str):
    return room(name).topic
""",
}
AS_GIVEN = {
    "nothing changes it": """
class Room:
    def __init__(self, name):
        self.name = name
        self.members = set()
rooms = {}
def room(name):
    if name not in rooms:
        rooms[name] = Room(requests.get("https://rooms.example/" + name).json())
    return rooms[name]
@app.get("/{name}")
def members(name: str):
    return sorted(room(name).members)
""",
    "every request gives it the same": """
class Room:
    def __init__(self, name):
        self.name = name
        self.show = None
rooms = {}
def shown(name): return name.title()
def room(name):
    if name not in rooms:
        rooms[name] = Room(requests.get("https://rooms.example/" + name).json())
    return rooms[name]
@app.get("/{name}")
def members(name: str):
    found = room(name)
    found.show = shown
    return found.show(found.name)
""",
}


def codes(folder: Path, text: str) -> list[tuple[str, str]]:
    """Return the code and symbol of each finding about state."""
    return [(one.code, one.symbol) for one in analysed(folder, HEAD + text).findings if one.code in ("SL0302", "SL0401")]


@pytest.mark.parametrize("text", CHANGED.values(), ids=CHANGED)
def test_changed(tmp_path: Path, text: str) -> None:
    assert codes(tmp_path, text) == [("SL0401", "rooms")]


@pytest.mark.parametrize("text", AS_GIVEN.values(), ids=AS_GIVEN)
def test_as_given(tmp_path: Path, text: str) -> None:
    assert codes(tmp_path, text) == [("SL0302", "rooms")]
