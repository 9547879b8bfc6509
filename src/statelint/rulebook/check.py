"""What the shapes of rule files alone cannot refuse: wrong folders and codes, doubles, names of what does not exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.errors import StatelintError
from statelint.model import ANALYSIS_ITEM, ITEMS
from statelint.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from statelint.rulebook.schema import Api, Roles, Rule, Words

_ROLE: Final = "role:"


def check_rule(rule: Rule, group: str, shown: str, seen: dict[str, str]) -> None:
    """Refuse a wrong folder, a wrong hundred, doubled codes, names or row ids; `seen` keeps them from file to file."""
    prefixes = {item.key: item.prefix for item in ITEMS} | {ANALYSIS_ITEM: "SL00"}
    problem = ""
    if rule.item not in prefixes:
        problem = f"item: {rule.item!r} is none of {', '.join(prefixes)}{did_you_mean(rule.item, prefixes)}"
    elif group != rule.item:
        problem = f"item: the file lies in {group}/ but says {rule.item!r}"
    elif not rule.code.startswith(prefixes[rule.item]) or not rule.code[2:].isdigit() or len(rule.code) != len("SL0101"):
        problem = f"code: expected {prefixes[rule.item]} and two digits, got {rule.code!r}"
    elif not shown.endswith(f"/{rule.name}.toml"):
        problem = f"name: expected the file's name, got {rule.name!r}"
    for key in (rule.code, rule.name, *(f"api {row.id}" for row in rule.api)):
        if key in seen and not problem:
            problem = f"{key!r} is already used by {seen[key]}"
        seen[key] = shown
    if problem:
        raise StatelintError(f"{shown}: {problem}")


def check_words(words: Words, shown: str) -> None:
    """Refuse words that say nothing and patterns that cannot be compiled."""
    if not words.words and not words.patterns:
        raise StatelintError(f"{shown}: words: expected words or patterns")
    for index, pattern in enumerate(words.patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            raise StatelintError(f"{shown}: patterns[{index}]: {error}") from error


def check_topics(shipped: Collection[str], further: Iterable[tuple[str, Words]]) -> None:
    """Refuse words of a user's folder on a topic that nothing asks for."""
    for shown, words in further:
        if words.topic not in shipped:
            message = f"{shown}: topic: expected a topic of rules/words, got {words.topic!r}{did_you_mean(words.topic, shipped)}"
            raise StatelintError(message)


def check_roles(shipped: Collection[str], further: Iterable[tuple[str, Roles]], rules: Iterable[tuple[str, Rule]]) -> None:
    """Refuse rows that name a role without names, and a role of a user's folder that neither the analysis nor a row asks for."""
    further = tuple(further)
    known = {*shipped, *(roles.role for _, roles in further)}
    named: set[str] = set()
    for shown, rule in rules:
        for place, role in _roles_named(rule):
            if role not in known:
                raise StatelintError(f"{shown}: {place}: expected a role of rules/roles, got {role!r}{did_you_mean(role, known)}")
            named.add(role)
    for shown, roles in further:
        if roles.role not in shipped and roles.role not in named:
            message = f"{shown}: role: expected a role of rules/roles, or one that a row names as `role:{roles.role}`, got {roles.role!r}"
            raise StatelintError(message + did_you_mean(roles.role, shipped))


def _roles_named(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield the place and the name of each role in a rule's value patterns."""
    for index, row in enumerate(rule.api):
        for key, patterns in _patterns(row):
            for pattern in patterns:
                if pattern.startswith(_ROLE):
                    yield f"api[{index}].{key}", pattern.removeprefix(_ROLE)


def _patterns(row: Api) -> Iterator[tuple[str, Iterable[str]]]:
    yield from (("default", (row.default,)), ("defaults", [one.value for one in row.defaults]))
    yield from (("violates", row.violates), ("satisfies", row.satisfies), ("ignores", row.ignores))
    for number, condition in enumerate(row.requires):
        yield from ((f"requires[{number}].matches", condition.matches), (f"requires[{number}].excludes", condition.excludes))
