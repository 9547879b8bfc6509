"""Findings that hang on what a condition asks: each beside the neighbour whose condition reads almost the same."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, found

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = """
import asyncio, os, threading, time
import httpx, requests
from fastapi import FastAPI
from sqlalchemy import create_engine
app = FastAPI()
"""

MADE_ONCE = """
    def make():
        return {{"tags": ["a", "b"]}}

    _table = None

    def table(tag):
        global _table
        {condition}
            _table = make()
        return _table

    @app.get("/table/{{tag}}")
    def show(tag: str):
        return table(tag)

    @app.get("/table")
    def now():
        return table("")
    """
LOCK = """
    lock = threading.Lock()
    _key = None

    @app.post("/pay")
    def pay(url: str):
        with lock:
            {condition}
                state = requests.get(url, timeout=5).json()
                requests.post(url, json=state, timeout=5)
        return ""
    """
POOL = """
    @app.get("/rows")
    def rows(engine=None, off=False):
        {condition}
            engine = create_engine(os.environ["URL"], pool_size=int(os.environ["SIZE"]))
        return str(engine.connect().scalar("select 1"))
    """
LOOP = """
    async def remind():
        while {condition}:
            async with httpx.AsyncClient() as client:
                await client.post("https://mail.example/send")
            await asyncio.sleep(60)

    @app.on_event("startup")
    async def start():
        asyncio.create_task(remind())
    """
CODES = {MADE_ONCE: {"SL0302", "SL0401"}, LOCK: {"SL0403"}, POOL: {"SL0906"}, LOOP: {"SL0702"}}

CASES = {
    "made where it is missing": (MADE_ONCE, "if _table is None:", 0),
    "made where it is there": (MADE_ONCE, "if _table is not None:", 1),
    "made where another is missing": (MADE_ONCE, "if not _table_on:", 1),
    "made after leaving early": (MADE_ONCE, "if _table:\n            return _table\n        if True:", 0),
    "made after leaving early where it is missing": (MADE_ONCE, "if not _table:\n            return None\n        if True:", 1),
    "locked for a first use": (LOCK, "if _key is None:", 0),
    "locked after leaving early": (LOCK, "if _key is not None:\n                return _key\n            if url:", 0),
    "locked where it was made": (LOCK, "if _key is not None:", 1),
    "a pool for want of one": (POOL, "if engine is None:", 0),
    "a pool in place of one": (POOL, "if engine is not None:", 1),
    "a loop without an end": (LOOP, "True", 1),
    "a loop that waits": (LOOP, "not stop.wait(60)", 1),
    "a loop with a count": (LOOP, "attempts", 0),
    "a loop up to a number": (LOOP, "len(done) < 3", 0),
    "a loop until a text comes": (LOOP, "word != '<end>'", 1),
}


@pytest.mark.parametrize(("source", "condition", "count"), CASES.values(), ids=CASES)
def test_conditions(tmp_path: Path, source: str, condition: str, count: int) -> None:
    body = dedent(source.format(condition=condition))
    findings = analysed(tmp_path, f"{_HEAD.strip()}\n{body}").findings
    assert len([finding for finding in findings if finding.code in CODES[source]]) == count


FALLBACK = """
    REDIS_URL = os.environ["REDIS_URL"]
    ROWS = {{}}

    def keep(key, text): pass

    @app.put("/rows/{{key}}")
    def put(key: str, text: str):
        {condition}
            ROWS[key] = text

    @app.get("/rows/{{key}}")
    def read(key: str):
        return ROWS.get(key)
    """


@pytest.mark.parametrize(
    ("condition", "is_told"),
    [
        ("if not REDIS_URL:", True),
        ("if REDIS_URL is None:", True),
        ("if REDIS_URL:", False),
        ("if REDIS_URL is not None:\n            keep(key, text)\n        else:", True),
        ("if not REDIS_URL:\n            keep(key, text)\n        else:", False),
        ("if REDIS_URL:\n            return\n        if True:", True),
        ("if not REDIS_URL:\n            return\n        if True:", False),
        ("if not text:", False),
    ],
)
def test_what_is_written_for_want_of_a_shared_store(tmp_path: Path, condition: str, is_told: bool) -> None:
    (finding,) = found(tmp_path, f"{_HEAD.strip()}\n{dedent(FALLBACK.format(condition=condition))}", "SL0401")
    assert any("a shared store takes its place" in note for note in finding.notes) is is_told


@pytest.mark.parametrize(
    ("caught", "count"), [("ConnectionError", 0), ("KeyError", 1), ("(KeyError, ValueError)", 1), ("(KeyError, ConnectionError)", 0)]
)
def test_what_is_written_while_a_shared_store_fails(tmp_path: Path, caught: str, count: int) -> None:
    body = f"""
    ROWS = {{}}

    @app.put("/rows/{{key}}")
    def put(key: str, text: str):
        try:
            requests.put("https://rows.example/" + key, data=text, timeout=5)
        except {caught}:
            ROWS[key] = text

    @app.get("/rows/{{key}}")
    def read(key: str):
        return ROWS.get(key)
    """
    assert len(found(tmp_path, f"{_HEAD.strip()}\n{dedent(body)}", "SL0401")) == count
