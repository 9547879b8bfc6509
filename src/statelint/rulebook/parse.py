"""Read and check the files of a rule set; slow, so that it is imported only where no compiled copy fits."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from statelint.rulebook import canonical
from statelint.rulebook.aliases import Aliases, joined
from statelint.rulebook.book import Rulebook, Source
from statelint.rulebook.check import check_roles, check_rule, check_topics, check_words
from statelint.rulebook.read import read
from statelint.rulebook.schema import AliasTable, Framework, Roles, Rule, Words

_FRAMEWORKS, _ALIASES, _ROLES, _WORDS = "frameworks", "aliases", "roles", "words"
_OTHER_THAN_RULES: Final = frozenset({_FRAMEWORKS, _ALIASES, _ROLES, _WORDS})
_T = TypeVar("_T", bound=msgspec.Struct)


def parse(sources: list[Source], digest: str) -> Rulebook:
    """Read and check every file, and put its libraries' names as the analysis knows them."""
    frameworks, tables = _all(sources, Framework, _FRAMEWORKS), _all(sources, AliasTable, _ALIASES)
    roles, words = _all(sources, Roles, _ROLES), _all(sources, Words, _WORDS)
    rules = [(source, read(source.shown, source.content, Rule)) for source in sources if source.group not in _OTHER_THAN_RULES]
    _check(rules, roles, words)
    table = joined(
        [
            *((source.shown, framework.packages, framework.aliases) for source, framework in frameworks),
            *((source.shown, one.packages, one.aliases) for source, one in tables),
        ]
    )
    aliases = Aliases(table)
    return Rulebook(
        rules=tuple(sorted((canonical.rule(rule, aliases) for _, rule in rules), key=lambda rule: rule.code)),
        frameworks=tuple(canonical.framework(framework, aliases) for _, framework in frameworks),
        roles=tuple(canonical.named(one, aliases) for _, one in roles),
        digest=digest,
        words=tuple(one for _, one in words),
        aliases=table,
        own=frozenset(rule.code for source, rule in rules if not source.is_shipped),
    )


def _all(sources: list[Source], kind: type[_T], group: str) -> list[tuple[Source, _T]]:
    return [(source, read(source.shown, source.content, kind)) for source in sources if source.group == group]


def _check(rules: list[tuple[Source, Rule]], roles: list[tuple[Source, Roles]], words: list[tuple[Source, Words]]) -> None:
    """Refuse what the shapes alone cannot."""
    seen: dict[str, str] = {}
    for source, rule in rules:
        check_rule(rule, source.group, source.shown, seen)
    for source, one in words:
        check_words(one, source.shown)
    check_topics({one.topic for source, one in words if source.is_shipped}, [(s.shown, one) for s, one in words if not s.is_shipped])
    shipped = {one.role for source, one in roles if source.is_shipped}
    check_roles(shipped, [(s.shown, one) for s, one in roles if not s.is_shipped], [(source.shown, rule) for source, rule in rules])
