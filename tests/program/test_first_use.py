"""What is made once, on first use, is start-up; what such a call hands over goes on beside the requests."""

from __future__ import annotations

import pytest
from tests.program.project import function, program

ONCE = """
from fastapi import FastAPI
app = FastAPI()

class Registry:
    def load(self): self.fill()
    def fill(self): pass
    def ask(self): pass

_registry = None

def registry():
    global _registry
    if _registry is None:
        _registry = Registry()
        _registry.load()
    return _registry

@app.get("/")
def home():
    registry().ask()
"""


def test_what_only_a_first_use_reaches() -> None:
    found = program(ONCE)
    reach = found.reach["serving"]
    assert [reach.is_once(function(found, name)) for name in ("Registry.load", "Registry.fill", "Registry.ask", "registry")] == [
        True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "is_once"),
    [
        ("if not _registry:", True),
        ("if _registry is None and ready:", True),
        ("if _registry is None or stale:", False),
        ("if _registry is not None:", False),
        ("if not _registry_on:", False),
        ("if _registry:\n        return _registry\n    if True:", True),
        ("if _registry is not None:\n        return _registry\n    if True:", True),
        ("if _registry is None:\n        return None\n    if True:", False),
        ("if _registry is not None:\n        pass\n    else:", True),
        ("if ready is None:", False),
    ],
)
def test_conditions_of_a_first_use(condition: str, is_once: bool) -> None:
    found = program(ONCE.replace("if _registry is None:", condition))
    assert found.reach["serving"].is_once(function(found, "Registry.load")) is is_once


def test_what_a_request_reaches_too_is_done_again() -> None:
    found = program(ONCE + '\n@app.post("/")\ndef again():\n    Registry().load()\n')
    assert not found.reach["serving"].is_once(function(found, "Registry.fill"))


def test_what_is_handed_over_goes_on_beside() -> None:
    source = ONCE.replace("_registry.load()", "threading.Thread(target=_registry.load).start()").replace(
        "from fastapi", "import threading\nfrom fastapi"
    )
    found = program(source)
    reach = found.reach["serving"]
    assert reach.is_beside(function(found, "Registry.load"))
    assert not reach.is_once(function(found, "Registry.load"))


def test_the_start_of_other_processes_is_no_call() -> None:
    source = (
        "from concurrent.futures import ProcessPoolExecutor\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        "def prepare(): pass\ndef work(): pass\n"
        '@app.post("/")\ndef start():\n    ProcessPoolExecutor(initializer=prepare).submit(work)\n'
    )
    found = program(source)
    reach = found.reach["serving"]
    assert function(found, "work") in reach
    assert function(found, "prepare") not in reach


@pytest.mark.parametrize(("decorator", "is_once"), [("cached_property", True), ("property", False)])
def test_a_property_that_the_one_object_computes_once(decorator: str, is_once: bool) -> None:
    found = program(f"""
from functools import cached_property
from fastapi import FastAPI
app = FastAPI()
class Shop:
    @{decorator}
    def store(self): return open_store()
def open_store(): pass
shop = Shop()
@app.get("/")
def home(): return shop.store
""")
    assert found.reach["serving"].is_once(function(found, "open_store")) is is_once
