"""Facts carried over the call graph: the nearest, the first of those equally near, the same in every order of questions."""

from __future__ import annotations

from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import pytest

from statelint.checks.common.transitive import Transitive
from statelint.program.calls.callgraph import CallGraph, Edge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GRAPHS = {  # by caller, the callees in order; letters stand for functions
    "a chain": {"a": "b", "b": "c", "c": "d"},
    "a circle": {"a": "b", "b": "c", "c": "ad"},
    "two ways": {"a": "bc", "b": "d", "c": "d"},
    "a long and a short way": {"a": "bd", "b": "c", "c": "d"},
    "itself": {"a": "ab", "b": "bc", "c": "c"},
    "two circles": {"a": "b", "b": "ac", "c": "d", "d": "c"},
}


def _transitive(calls: Mapping[str, Sequence[str]], own: Any, *, follows: bool = True) -> Any:
    edges: Any = {caller: [Edge(caller, callee, 1, "call") for callee in called] for caller, called in calls.items()}  # type: ignore[arg-type]
    return Transitive(CallGraph(edges=edges), own, lambda _: follows)


def _nearest(calls: Mapping[str, Sequence[str]], facts: dict[str, int], start: str) -> int | None:
    """Say the same by a plain search, breadth first."""
    reached = [start]
    for one in reached:  # grows
        if one in facts:
            return facts[one]
        reached.extend(callee for callee in dict.fromkeys(calls.get(one, ())) if callee not in reached)
    return None


@pytest.mark.parametrize("calls", GRAPHS.values(), ids=GRAPHS)
def test_like_a_plain_search_in_every_order(calls: dict[str, str]) -> None:
    for holders in product([False, True], repeat=4):
        facts = {name: number for number, (name, holds) in enumerate(zip("abcd", holders, strict=True)) if holds}
        expected = {name: _nearest(calls, facts, name) for name in "abcd"}
        for order in permutations("abcd"):
            transitive = _transitive(calls, facts.get)
            assert {name: transitive.of(name) for name in order} == expected


def test_only_edges_that_are_followed() -> None:
    assert _transitive({"a": "b"}, {"b": 1}.get, follows=False).of("a") is None


def test_each_function_is_looked_at_once() -> None:
    looked: list[str] = []
    transitive = _transitive({str(index): [str(index + 1)] for index in range(5_000)}, looked.append)
    assert [transitive.of(str(start)) for start in (2_500, 0, 5_000)] == [None, None, None]
    assert len(looked) == len(set(looked)) == 5_001
