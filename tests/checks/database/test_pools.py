"""Pools of connections that requests make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import database_handler, found

if TYPE_CHECKING:
    from pathlib import Path

POOLS = {
    "the project's own database": (
        "",
        'engine = create_engine(os.environ["DATABASE_URL"], pool_size=int(os.environ["SIZE"]))\nreturn str(engine)',
        1,
    ),
    "by a helper with the project's address": (
        "def connect(url):\n    return create_engine(url, pool_size=int(os.environ['SIZE']))\n",
        'return str(connect(os.environ["DATABASE_URL"]))',
        1,
    ),
    "whose address a user gives": (
        "def connect(url):\n    return create_engine(url, pool_size=int(os.environ['SIZE']))\n",
        "return str(connect(request.json['url']))",
        0,
    ),
    "kept when made": (
        "MADE = None\n",
        "global MADE\nif MADE is None:\n    MADE = create_engine(os.environ['URL'], pool_size=int(os.environ['SIZE']))\nreturn str(MADE)",
        0,
    ),
    "under another condition": (
        "",
        "if not request.args:\n    return ''\nreturn str(create_engine(os.environ['URL'], pool_size=int(os.environ['SIZE'])))",
        1,
    ),
}


@pytest.mark.parametrize(("before", "body", "count"), POOLS.values(), ids=POOLS)
def test_pools_made_by_requests(tmp_path: Path, before: str, body: str, count: int) -> None:
    assert len(found(tmp_path, database_handler(body, before=before), "SL0906")) == count
