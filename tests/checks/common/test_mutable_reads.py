"""What a function reads does not depend on who was asked about before, nor on how far away the read is."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import contextual, found

from statelint.checks.common.mutable_reads import MutableReads

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LENGTH = 40
_HEAD = (
    "import os\nimport redis\nfrom flask import Flask\n\napp = Flask(__name__)\nstore = redis.Redis.from_url(os.environ['REDIS_URL'])\n\n"
)


def _chain(length: int, last: str = 'store.get("price")') -> str:
    links = [f"def f{index}():\n    return f{index + 1}()\n" for index in range(length - 1)]
    return "\n".join([*links, f"def f{length - 1}():\n    return {last}\n"])


def _asked(folder: Path, source: str, names: Iterable[str]) -> dict[str, tuple[bool, bool]]:
    """Ask about functions in an order: what changes, what is shared."""
    context = contextual(folder, source)
    functions = {function.name: function for function in context.program.functions}
    reads = MutableReads(context)
    return {name: (reads.reads_mutable_state(functions[name]), reads.reads_shared(functions[name])) for name in names}


@pytest.mark.parametrize("order", list(permutations(["f0", "f5", "f7"])), ids="-".join)
def test_a_chain_of_calls_in_each_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    answers = _asked(tmp_path, _HEAD + _chain(8), order)
    assert answers == dict.fromkeys(order, (True, True))


@pytest.mark.parametrize("order", list(permutations(["one", "two", "three"])), ids="-".join)
@pytest.mark.parametrize(("last", "reads"), [("store.get('price')", True), ("len('price')", False)], ids=["reads", "does not"])
def test_a_circle_of_calls_in_each_order(tmp_path: Path, order: tuple[str, ...], last: str, reads: bool) -> None:
    circle = "def one():\n    two()\n\ndef two():\n    three()\n\ndef three():\n    one()\n    other()\n\n"
    answers = _asked(tmp_path, f"{_HEAD}{circle}def other():\n    return {last}\n", order)
    assert answers == dict.fromkeys(order, (reads, reads))


def test_no_distance_is_too_far(tmp_path: Path) -> None:
    assert _asked(tmp_path, _HEAD + _chain(_LENGTH), ["f0"]) == {"f0": (True, True)}


def test_a_chain_that_reads_nothing(tmp_path: Path) -> None:
    assert _asked(tmp_path, _HEAD + _chain(_LENGTH, '"price".upper()'), ["f0"]) == {"f0": (False, False)}


def _cache(name: str, route: str, source: str) -> str:
    return (
        f"\n{name} = None\n\n\n@app.get('/{route}')\ndef get_{route}():\n    global {name}\n"
        f"    if {name} is None:\n        {name} = {source}()\n    return {name}\n"
    )


def test_an_unrelated_handler_changes_no_finding(tmp_path: Path) -> None:
    prices, aliens = _cache("prices", "prices", "f5"), _cache("aliens", "aliens", "f0")
    for index, (body, symbols) in enumerate(
        [(prices, ["prices"]), (aliens, ["aliens"]), (prices + aliens, ["aliens", "prices"]), (aliens + prices, ["aliens", "prices"])]
    ):
        findings = found(tmp_path / str(index), f"{_HEAD}{_chain(8)}\n{body}", "SL0302")
        assert sorted(finding.symbol for finding in findings) == symbols
