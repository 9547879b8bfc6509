"""Endless work that nothing is seen to start: whether it runs once is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed

if TYPE_CHECKING:
    from pathlib import Path

WEB = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef index():\n    return ''\n"
LOOP = """
import time

import httpx

LAST = []


def once():
    {work}


def main():
    while True:
        once()
        {again}


if __name__ == "__main__":
    main()
"""
POST = "httpx.post('https://example.org/orders')"


@pytest.mark.parametrize(
    ("work", "again", "is_open"),
    [
        (POST, "time.sleep(60)", True),
        ("LAST.append(time.time())", "time.sleep(60)", False),
        (POST, "break", False),
        ("httpx.get('https://example.org/orders')", "time.sleep(60)", False),
    ],
    ids=["changes what others see", "looks after itself", "ends", "only asks"],
)
def test_a_program_that_goes_on(tmp_path: Path, work: str, again: str, *, is_open: bool) -> None:
    files = {"shop/__init__.py": "", "shop/web.py": WEB, "shop/loop.py": LOOP.format(work=work, again=again)}
    found = analysed(tmp_path, files)
    told = [one for one in found.evidence if one.item == "jobs" and one.kind == "unknown"]
    assert bool(told) == is_open
    if told:
        assert (told[0].path, told[0].line) == ("shop/loop.py", 13)
