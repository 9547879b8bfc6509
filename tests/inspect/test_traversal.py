"""Search that ends."""

from __future__ import annotations

from statelint.inspect.traversal import nearest, reached

GRAPH = {"a": "bc", "b": "da", "c": "de", "d": "f", "e": "a", "f": ""}


def test_each_node_once_and_depth_first() -> None:
    assert "".join(reached("a", GRAPH.__getitem__)) == "abdfce"
    assert "".join(reached("ca", GRAPH.__getitem__)) == "cdfeab"
    assert list(reached("", GRAPH.__getitem__)) == []


def test_nothing_is_asked_that_is_not_wanted() -> None:
    asked = []

    def further(node: str) -> str:
        asked.append(node)
        return GRAPH[node]

    assert next(node for node in reached("a", further) if node == "d") == "d"
    assert asked == ["a", "b"]


def test_the_nearest_first_and_no_further_than_asked() -> None:
    assert ["".join(nearest("a", GRAPH.__getitem__, steps=steps)) for steps in range(5)] == ["a", "abc", "abcde", "abcdef", "abcdef"]
    assert "".join(nearest("fb", GRAPH.__getitem__, steps=1)) == "fbda"
