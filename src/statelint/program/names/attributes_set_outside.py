"""Attributes that objects are given from outside of their class: `cls._instance.store = Store()`, `manager.jobs = {}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names.nodes import Class, Function, Instance
from statelint.program.names.resolver import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Write


def attributes_from_outside(functions: Iterable[Function], resolver: Resolver) -> None:
    """Enter them among the assignments of the class, where the class itself says nothing of such an attribute."""
    found: dict[Class, dict[str, list[tuple[Function, Write]]]] = {}
    for function in functions:
        if function.module.part == "test":
            continue
        own = function.summary.params[0].name if function.owner is not None and function.summary.params else ""
        for write in function.summary.writes:
            prefix, step = split(write.target)
            if step[:1] != "." or write.how == "del" or prefix == own:
                continue
            for cls in _classes(function, prefix, resolver):
                if not _says(cls, step[1:]):
                    found.setdefault(cls, {}).setdefault(step[1:], []).append((function, write))
    for cls, given in found.items():
        cls.attribute_writes.update(given)
    if found:
        resolver.forget()


def _classes(function: Function, path: str, resolver: Resolver) -> Iterator[Class]:
    for entity in resolver.walk(function, path).entities:
        if isinstance(entity, (Class, Instance)):
            yield entity.cls if isinstance(entity, Instance) else entity


def _says(cls: Class, name: str) -> bool:
    return any(name in one.bindings or name in one.attribute_writes or name in one.methods or name in one.nested for one in cls.lineage)
