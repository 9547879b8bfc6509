"""The kind of state that a cell is. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, contextual, state_lines

from statelint.checks.state.cells import judge_cells

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


DRAINED = """
import asyncio
from fastapi import FastAPI
app = FastAPI()
mails = asyncio.Queue()
async def again(work):
    while True:
        await work()
async def send_next():
    mail = await mails.get()
    print(mail)
@app.on_event("startup")
async def start():
    asyncio.create_task(again(send_next))
@app.post("/")
async def index(text: str):
    mails.put_nowait(text)
"""
ASKED_FOR = """
import asyncio
from fastapi import FastAPI
app = FastAPI()
mails = asyncio.Queue()
@app.post("/")
async def index(text: str):
    mails.put_nowait(text)
@app.get("/")
async def newest():
    return await mails.get()
"""


def test_a_queue_whose_consumer_is_called_by_a_loop_holds_jobs(tmp_path: Path) -> None:
    assert {one.code for one in analysed(tmp_path, DRAINED).findings if one.symbol == "mails"} == {"SL0703"}


def test_a_queue_that_requests_take_from_holds_none(tmp_path: Path) -> None:
    assert "SL0703" not in {one.code for one in analysed(tmp_path, ASKED_FOR).findings}


MADE = """
from fastapi import FastAPI
app = FastAPI()
class Tunnel:
    def __init__(self, hosts):
        self.hosts = []
        for host in hosts:
            self.hosts.append(host)
    @LATER@
tunnels = []
@app.post("/")
def index(host: str):
    tunnel = Tunnel([host])
    tunnels.append(tunnel)
    @CALL@
@app.get("/")
def hosts():
    return [host for tunnel in tunnels for host in tunnel.hosts]
"""


def _state_of(folder: Path, later: str, call: str) -> list[str]:
    source = MADE.replace("@LATER@", later).replace("@CALL@", call)
    judged = judge_cells(contextual(folder, source))
    return [access.function.name for one in judged if one.cell.location.symbol == "Tunnel.hosts" for access in one.cell.writes]


def test_what_an_object_fills_while_it_is_made_is_no_change(tmp_path: Path) -> None:
    assert _state_of(tmp_path, "", "") == []


def test_what_an_object_fills_later_is_one(tmp_path: Path) -> None:
    later = "def further(self, host): self.hosts.append(host)"
    assert _state_of(tmp_path, later, "tunnel.further(host)") == ["Tunnel.further"]
