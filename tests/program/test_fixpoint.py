"""The table of answers: least fixpoints, whatever is asked first and however deep it lies."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING

import pytest

from statelint.program.fixpoint import Fixpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

Graph = dict[int, tuple[frozenset[str], tuple[int, ...]]]
"""Own elements of each node, and the nodes whose elements it has as well."""


def table(graph: Graph, *, tracking: bool = False) -> Fixpoint[int, frozenset[str]]:
    def rule(key: int) -> frozenset[str]:
        own, others = graph[key]
        answers.read(-1 - key)  # the input behind the node
        return own.union(*(answers.ask(other) for other in others))

    answers: Fixpoint[int, frozenset[str]] = Fixpoint(
        rule,
        lambda _: frozenset(),
        join=lambda old, new: old | new,
        same=lambda old, new: old == new,
        settle=lambda value: value,
        widen=lambda value: value,
        tracking=tracking,
    )
    return answers


def random_graph(rng: random.Random, nodes: int) -> Graph:
    return {
        node: (
            frozenset({f"e{node}"} if rng.random() < 0.4 else ()),
            tuple(rng.randrange(nodes) for _ in range(rng.choice((0, 1, 1, 2, 3)))),
        )
        for node in range(nodes)
    }


def reached(graph: Graph) -> Mapping[int, frozenset[str]]:
    """The least fixpoint, by reachability."""
    found = {}
    for start in graph:
        seen, pending = {start}, [start]
        for node in pending:
            further = [other for other in graph[node][1] if other not in seen]
            seen.update(further)
            pending += further
        found[start] = frozenset().union(*(graph[node][0] for node in seen))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_every_order_of_questions_gives_the_least_fixpoint(seed: int) -> None:
    rng = random.Random(seed)
    graph = random_graph(rng, rng.choice((3, 8, 30, 120)))
    expected = reached(graph)
    for _ in range(4):
        order = rng.sample(sorted(graph), len(graph))
        answers = table(graph)
        assert {node: answers.ask(node) for node in order} == expected


@pytest.mark.parametrize("closed", [False, True])
def test_a_chain_far_longer_than_the_stack(closed: bool) -> None:
    length = 20_000
    graph: Graph = {node: (frozenset(), (node + 1,)) for node in range(length)}
    graph[length] = (frozenset({"end"}), (0,) if closed else ())
    answers = table(graph)
    assert answers.ask(0) == {"end"}
    assert answers.ask(length // 2) == {"end"}


@pytest.mark.parametrize("seed", range(60))
def test_answers_follow_their_inputs_and_those_who_asked_are_named(seed: int) -> None:
    rng = random.Random(seed)
    graph = random_graph(rng, 40)
    answers = table(graph, tracking=True)
    asked = {1000 + node for node in rng.sample(sorted(graph), 30)}
    for observer in asked:
        answers.observe(observer, partial(answers.ask, observer - 1000))
    for _ in range(3):
        before = reached(graph)
        changed = rng.sample(sorted(graph), 3)
        for node in changed:  # new elements, and new edges that may close a circle
            graph[node] = (graph[node][0] | {f"new{node}"}, (*graph[node][1], rng.randrange(40)))
        concerned = answers.update([-1 - node for node in changed])
        expected = reached(graph)
        assert {one for one in asked if before[one - 1000] != expected[one - 1000]} <= concerned <= asked
        for observer in concerned:
            assert answers.observe(observer, partial(answers.ask, observer - 1000)) == expected[observer - 1000]
        assert {node: answers.ask(node) for node in graph} == expected


def test_observers_are_named_when_what_they_asked_has_changed() -> None:
    graph: Graph = {0: (frozenset(), (1,)), 1: (frozenset({"a"}), ()), 2: (frozenset(), ())}
    answers = table(graph, tracking=True)
    answers.observe(100, partial(answers.ask, 0))
    answers.observe(200, partial(answers.ask, 2))
    graph[1] = (frozenset({"a", "b"}), ())
    assert answers.update([-2]) == {100}
    assert answers.ask(0) == {"a", "b"}


def test_an_answer_that_stays_the_same_concerns_nobody() -> None:
    graph: Graph = {0: (frozenset(), (1,)), 1: (frozenset({"a"}), ())}
    answers = table(graph, tracking=True)
    answers.observe(100, partial(answers.ask, 0))
    assert answers.update([-2]) == set()


def test_an_error_in_a_rule_leaves_no_half_answers() -> None:
    graph: Graph = {0: (frozenset({"a"}), (1, 2)), 1: (frozenset({"b"}), (0,)), 2: (frozenset(), (9,))}
    answers = table(graph)
    with pytest.raises(KeyError):
        answers.ask(0)
    graph[2] = (frozenset({"c"}), ())
    assert answers.ask(1) == {"a", "b", "c"}


def test_an_error_while_a_component_settles_leaves_nothing_open() -> None:
    held = {0: {"a"}, 1: {"b"}, 2: {"c"}}

    def rule(key: int) -> frozenset[str]:
        found = frozenset(held[key])
        if key == 0:
            return found | answers.ask(1)
        if key == 1:  # what it asks for further is known only when the answer to 0 is, that is when it is computed again
            seen = answers.ask(0)
            return found | seen | (answers.ask(2) if "a" in seen else frozenset())
        return found | (answers.ask(3) if key == 2 else frozenset())

    answers: Fixpoint[int, frozenset[str]] = Fixpoint(
        rule,
        lambda _: frozenset(),
        join=lambda old, new: old | new,
        same=lambda old, new: old == new,
        settle=lambda value: value,
        widen=lambda value: value,
    )
    with pytest.raises(KeyError):
        answers.ask(0)
    held[3] = {"d"}
    assert answers.ask(2) == {"c", "d"}
    assert answers.ask(0) == {"a", "b", "c", "d"}


def test_rules_that_alternate_come_to_an_end() -> None:
    answers: Fixpoint[str, frozenset[str]] = Fixpoint(
        lambda key: frozenset({key}) if not answers.ask("ab".replace(key, "")) else frozenset(),
        lambda _: frozenset(),
        join=lambda old, new: old | new,
        same=lambda old, new: old == new,
        settle=lambda value: value,
        widen=lambda value: value,
    )
    assert answers.ask("a") <= {"a"}
