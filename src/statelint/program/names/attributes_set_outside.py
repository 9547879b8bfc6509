"""Attributes that objects are given from outside of their class: `cls._instance.store = Store()`, `manager.jobs = {}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names.flows import Flow
from statelint.program.names.nodes import Class, Function, Instance
from statelint.program.names.resolver import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.flows import FlowTable
    from statelint.program.names.resolver import Resolver


def attributes_from_outside(function: Function, resolver: Resolver, flows: FlowTable) -> Iterator[Flow]:
    """Yield what a function gives to objects of classes that say nothing of such an attribute themselves."""
    own = function.summary.params[0].name if function.owner is not None and function.summary.params else ""
    for write in function.summary.writes:
        prefix, step = split(write.target)
        if step[:1] != "." or write.how == "del" or prefix == own:
            continue
        for cls in _classes(function, prefix, resolver):
            if not flows.is_defined(cls, step[1:]):
                yield Flow("attribute", cls, step[1:], function, write)


def _classes(function: Function, path: str, resolver: Resolver) -> Iterator[Class]:
    for entity in resolver.walk(function, path).objects:
        if isinstance(entity, (Class, Instance)):
            yield entity.cls if isinstance(entity, Instance) else entity
