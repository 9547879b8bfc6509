"""Ways to keep state in objects of the process: a module each, and what handlers do with it.

Names are made up, so that no word in them says what a thing is for. What a handler does goes through helpers of a random
depth, and several classes have methods of the same names. `{p}` stands for the package and `{m}` for the module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import random


class Part(NamedTuple):
    """A module, and what handlers do with it; the names `key` and `text` are what a client sends."""

    source: str
    handlers: tuple[str, ...]
    """Statements of each handler; the last one is an expression, the answer. `{m}` is the module."""
    start: str = ""
    """A statement for the start of the process."""


class Names:
    """Makes up names."""

    def __init__(self, pick: random.Random) -> None:
        self.pick = pick
        self._used: set[str] = set()

    def __call__(self) -> str:
        while True:
            name = "".join(self.pick.choice("bdfgklmnprstvz") + self.pick.choice("aeiou") for _ in range(3)) + self.pick.choice("kmnrx")
            if name not in self._used:
                self._used.add(name)
                return name

    def chain(self, parameters: str, last: str, *, most: int = 5) -> tuple[str, str]:
        """Return functions that call one another, the last of which runs a statement, and the name of the first."""
        depth = self.pick.randrange(1, most + 1)
        names = [self() for _ in range(depth)]
        bodies = [f"return {name}({parameters})" for name in names[1:]] + [last]
        made = [f"def {name}({parameters}):\n    {body}" for name, body in zip(names, bodies, strict=True)]
        self.pick.shuffle(made)
        return "\n\n\n".join(made), names[0]


def plain_dict(new: Names) -> Part:
    store = new().upper()
    put, first = new.chain("key, value", f"{store}[key] = value")
    take, second = new.chain("key", f"return {store}.get(key)")
    return Part(f"{store} = {{}}\n\n\n{put}\n\n\n{take}\n", (f"{{m}}.{first}(key, text)\ntext", f"{{m}}.{second}(key)"))


def plain_list(new: Names) -> Part:
    store = new()
    put, first = new.chain("value", f"{store}.append(value)")
    return Part(f"{store} = []\n\n\n{put}\n", (f"{{m}}.{first}(text)\nlen({{m}}.{store})", f"{{m}}.{store}[-1]"))


def class_attribute(new: Names) -> Part:
    name, attribute = new().title(), new()
    source = f"""\
class {name}:
    {attribute} = {{}}

    @classmethod
    def put(cls, key, value):
        cls.{attribute}[key] = value

    @classmethod
    def get(cls, key):
        return cls.{attribute}[key]
"""
    return Part(source, (f"{{m}}.{name}.put(key, text)\ntext", f"{{m}}.{name}.get(key)"))


def _class_of_items(name: str, attribute: str) -> str:
    return f"""\
class {name}:
    def __init__(self):
        self.{attribute} = {{}}

    def put(self, key, value):
        self._save(key, value)

    def get(self, key):
        return self.{attribute}.get(key)

    def _save(self, key, value):
        self.{attribute}[key] = value
"""


def module_instance(new: Names) -> Part:
    name, thing = new().title(), new()
    source = f"{_class_of_items(name, new())}\n\n{thing} = {name}()\n"
    return Part(source, (f"{{m}}.{thing}.put(key, text)\ntext", f"{{m}}.{thing}.get(key)"))


def memoized_instance(new: Names) -> Part:
    name, make = new().title(), new()
    source = f"""\
from functools import lru_cache


{_class_of_items(name, new())}

@lru_cache(maxsize=1)
def {make}():
    return {name}()
"""
    return Part(source, (f"{{m}}.{make}().put(key, text)\ntext", f"{{m}}.{make}().get(key)"))


def late_instance(new: Names) -> Part:
    name, make, thing = new().title(), new(), f"_{new()}"
    source = f"""\
{_class_of_items(name, new())}

{thing} = None


def {make}():
    global {thing}
    if {thing} is None:
        {thing} = {name}()
    return {thing}
"""
    return Part(source, (f"{{m}}.{make}().put(key, text)\ntext", f"{{m}}.{make}().get(key)"))


def nested(new: Names) -> Part:
    inner, outer, thing, parts, things = new().title(), new().title(), new(), new(), new()
    source = f"""\
class {inner}:
    def __init__(self):
        self.{parts} = []

    def add(self, value):
        self.{parts}.append(value)


class {outer}:
    def __init__(self):
        self.{things} = {{}}

    def get(self, key):
        if key not in self.{things}:
            self.{things}[key] = {inner}()
        return self.{things}[key]


{thing} = {outer}()
"""
    return Part(source, (f"{{m}}.{thing}.get(key).add(text)\ntext", f"{{m}}.{thing}.get(key).{parts}"))


def chosen(new: Names) -> Part:
    base, one, other, make, thing, attribute = new().title(), new().title(), new().title(), new(), new(), new()
    source = f"""\
import os

from {{p}}.links import link


class {base}:
    def put(self, key, value):
        raise NotImplementedError

    def get(self, key):
        raise NotImplementedError


class {one}({base}):
    def put(self, key, value):
        link.set(key, value)

    def get(self, key):
        return link.get(key)


class {other}({base}):
    def __init__(self):
        self.{attribute} = {{}}

    def put(self, key, value):
        self.{attribute}[key] = value

    def get(self, key):
        return self.{attribute}[key]


def {make}():
    return {one}() if os.environ.get("{one.upper()}") else {other}()


{thing} = {make}()
"""
    return Part(source, (f"{{m}}.{thing}.put(key, text)\ntext", f"{{m}}.{thing}.get(key)"))


def swapped(new: Names) -> Part:
    name, one, other, swap = new().title(), new(), new(), new()
    source = f"""\
{_class_of_items(name, new())}

{one}, {other} = {name}(), {name}()


def {swap}():
    global {one}, {other}
    {one}, {other} = {other}, {one}
    return 2
"""
    return Part(source, (f"{{m}}.{one}.put(key, text)\ntext", f"{{m}}.{one}.get(key)", f"{{m}}.{swap}()"))


def mutual(new: Names) -> Part:
    name, thing, one, other, another = new().title(), new(), new(), new(), new()
    functions = [
        f"def {one}(depth):\n    return {other}(depth - 1) if depth else {thing}",
        f"def {other}(depth):\n    return {another}(depth)",
        f"def {another}(depth):\n    return {one}(depth)",
    ]
    new.pick.shuffle(functions)
    ways = new.pick.choices([one, other, another], k=2)
    body = "\n\n\n".join(functions)
    source = f"{_class_of_items(name, new())}\n\n{thing} = {name}()\n\n\n{body}\n"
    return Part(source, (f"{{m}}.{ways[0]}(3).put(key, text)\ntext", f"{{m}}.{ways[1]}(2).get(key)"))
