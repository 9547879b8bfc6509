"""State beside a shared store: its copy, and what only looks like one. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import state_lines

if TYPE_CHECKING:
    from pathlib import Path

SAFE = {
    "handles beside a status that all instances see": """
        import redis.asyncio as redis
        store = redis.from_url(os.environ["REDIS_URL"])
        tasks = {}

        async def work(): ...

        @app.post("/start")
        async def start(sid: str):
            await store.hset("jobs", sid, "running")
            tasks[sid] = asyncio.create_task(work())
        """,
}

SHARED = {
    "a statement that mentions the key keeps no copy": """
        import asyncpg
        tasks = {}  # here

        async def work(): ...

        @app.post("/start")
        async def start(sid: str):
            async with asyncpg.create_pool(os.environ["DSN"], max_size=2) as pool:
                await pool.execute("UPDATE users SET seen = now() WHERE sid = $1", sid)
            tasks[sid] = asyncio.create_task(work())

        @app.post("/cancel")
        async def cancel(sid: str):
            tasks.pop(sid).cancel()
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
