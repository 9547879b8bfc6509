"""Facts carried back over a graph: the nearest, the first of those equally near, the same in every order of questions."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from statelint.checks.common.transitive import Transitive

GRAPHS = {  # by node, its successors in order
    "a chain": {"a": "b", "b": "c", "c": "d"},
    "a circle": {"a": "b", "b": "c", "c": "ad"},
    "two ways": {"a": "bc", "b": "d", "c": "d"},
    "a long and a short way": {"a": "bd", "b": "c", "c": "d"},
    "itself": {"a": "ab", "b": "bc", "c": "c"},
    "two circles": {"a": "b", "b": "ac", "c": "d", "d": "c"},
}


def _nearest(calls: dict[str, str], facts: dict[str, int], start: str) -> int | None:
    """Say the same by a plain search, breadth first."""
    reached = [start]
    for one in reached:  # grows
        if one in facts:
            return facts[one]
        reached.extend(callee for callee in dict.fromkeys(calls.get(one, "")) if callee not in reached)
    return None


@pytest.mark.parametrize("calls", GRAPHS.values(), ids=GRAPHS)
def test_like_a_plain_search_in_every_order(calls: dict[str, str]) -> None:
    for holders in product([False, True], repeat=4):
        facts = {name: number for number, (name, holds) in enumerate(zip("abcd", holders, strict=True)) if holds}
        expected = {name: _nearest(calls, facts, name) for name in "abcd"}
        for order in permutations("abcd"):
            transitive = Transitive(facts.get, lambda node: calls.get(node, ""))
            assert {name: transitive.of(name) for name in order} == expected


def test_each_function_is_looked_at_once() -> None:
    looked: list[int] = []
    transitive: Transitive[int, int] = Transitive(looked.append, lambda node: [node + 1] if node < 5_000 else [])
    assert [transitive.of(start) for start in (2_500, 0, 5_000)] == [None, None, None]
    assert sorted(looked) == list(range(5_001))
