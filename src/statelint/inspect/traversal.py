"""Search that ends: whatever leads back to itself is gone through once, without recursion."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

Node = TypeVar("Node", bound="Hashable")


def reached(start: Iterable[Node], further: Callable[[Node], Iterable[Node]]) -> Iterator[Node]:
    """Yield what can be reached, the start included: each node once, depth first, in the order in which `further` names them.

    `further` is asked for a node after the node was yielded, so who stops early pays for no more.
    """
    seen: set[Node] = set()
    waiting = [*start][::-1]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            yield node
            waiting += [*further(node)][::-1]


def nearest(start: Iterable[Node], further: Callable[[Node], Iterable[Node]], *, steps: int) -> Iterator[Node]:
    """Yield what can be reached within a number of steps, the start included: each node once, the nearest first."""
    layer = dict.fromkeys(start)
    seen = set(layer)
    for step in range(steps + 1):
        yield from layer
        if step < steps:
            layer = {node: None for known in layer for node in further(known) if node not in seen}
            seen.update(layer)
