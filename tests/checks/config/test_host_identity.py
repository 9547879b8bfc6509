"""Names of the machine in what instances share. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import found, marked

if TYPE_CHECKING:
    from pathlib import Path

_SHARED = (
    "import os, socket\nimport redis\nfrom flask import Flask, jsonify\n\n"
    "app = Flask(__name__)\nstore = redis.Redis()\nHOST = socket.gethostname()\n"
)

NAMED = {
    "through a module's name": 'store.set(f"{HOST}:rates", 1)  # here',
    "the process id": 'store.incr("count:" + str(os.getpid()))  # here',
    "an address in an answer": 'return jsonify(url=f"http://{socket.getfqdn()}/files/1")  # here',
    "an address through a name": 'base = f"https://{HOST}:8000"  # here\n    return jsonify(url=base)',
    "the container's name from the environment": 'store.hset(f"{os.environ[\'HOSTNAME\']}:cart", "a", 1)  # here',
}

UNNAMED = {
    "a heartbeat": 'store.set(f"worker:{HOST}", 1, ex=30)',
    "a value, not a key": 'store.set("last", HOST)',
    "a log line": 'app.logger.info("on %s", HOST)',
    "another service": 'import requests\n    requests.get(f"http://{HOST}:9000/metrics")',
    "a key without it": 'store.set("rates", 1)',
}


@pytest.mark.parametrize("body", NAMED.values(), ids=NAMED)
def test_names_of_the_machine(tmp_path: Path, body: str) -> None:
    source = f'{_SHARED}\n\n@app.get("/rates")\ndef rates():\n    {body}\n    return ""\n'
    assert [finding.line for finding in found(tmp_path, source, "SL1105")] == marked(source)


@pytest.mark.parametrize("body", UNNAMED.values(), ids=UNNAMED)
def test_names_that_stay_with_the_machine(tmp_path: Path, body: str) -> None:
    source = f'{_SHARED}\n\n@app.get("/rates")\ndef rates():\n    {body}\n    return ""\n'
    assert found(tmp_path, source, "SL1105") == []


def test_rows(tmp_path: Path) -> None:
    source = (
        "import os, socket\nfrom fastapi import FastAPI\nfrom sqlalchemy.orm import Session\nfrom models import Order, engine\n"
        "\napp = FastAPI()\n\n\n"
        '@app.post("/orders")\ndef order() -> None:\n    with Session(engine) as session:\n'
        "        session.add(Order(number=f'{os.getpid()}-1', claimed_by=socket.gethostname()))  # here\n"
        "        session.add(Order(number='1', worker=socket.gethostname()))\n        session.commit()\n"
    )
    assert [finding.line for finding in found(tmp_path, source, "SL1105")] == marked(source)
