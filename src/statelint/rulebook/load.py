"""Find, read and validate the rule set; a compiled copy makes the second start fast."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from statelint.errors import StatelintError
from statelint.files import Reader, UnreadableError
from statelint.files.read import MOST_SETTINGS
from statelint.rulebook import canonical
from statelint.rulebook.aliases import Aliases, joined
from statelint.rulebook.check import check_roles, check_rule, check_topics, check_words
from statelint.rulebook.read import read
from statelint.rulebook.schema import AliasTable, Framework, Roles, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

    from statelint.cache import Store

_FRAMEWORKS, _ALIASES, _ROLES, _WORDS = "frameworks", "aliases", "roles", "words"
_KIND: Final = "rules"
"""Under which the cache keeps the compiled rule set."""
_OTHER_THAN_RULES: Final = frozenset({_FRAMEWORKS, _ALIASES, _ROLES, _WORDS})
_T = TypeVar("_T", bound=msgspec.Struct)


class _Source(NamedTuple):
    """One file of the rule set."""

    group: str
    """Its folder's name."""
    shown: str
    """Its path, for messages."""
    content: bytes
    is_shipped: bool
    """Whether it is no user's own."""


class Rulebook(msgspec.Struct, frozen=True):
    """The whole rule set, in a fixed order."""

    rules: tuple[Rule, ...]
    frameworks: tuple[Framework, ...]
    roles: tuple[Roles, ...]
    digest: str
    """Changes whenever any file of the rule set does."""
    words: tuple[Words, ...] = ()
    aliases: dict[str, str] = {}
    """Further import paths of library names, and the name that everything else uses."""
    own: frozenset[str] = frozenset()
    """The codes of rules that are a user's own."""

    def rule(self, code_or_name: str) -> Rule | None:
        """Return the rule with this code or name, whatever the case."""
        wanted = code_or_name.lower()
        return next((rule for rule in self.rules if wanted in (rule.code.lower(), rule.name)), None)

    def names_of(self, role: str) -> tuple[str, ...]:
        """Return the library names that play a role.

        Raises:
            LookupError: no file is about this role.
        """
        return _found((roles.names for roles in self.roles if roles.role == role), "role", role)

    def words_of(self, topic: str) -> tuple[str, ...]:
        """Return the words of a topic.

        Raises:
            LookupError: no file has words on this topic.
        """
        return _found((words.words for words in self.words if words.topic == topic), "topic with words", topic)

    def patterns_of(self, topic: str) -> tuple[str, ...]:
        """Return the regular expressions of a topic.

        Raises:
            LookupError: no file has patterns on this topic.
        """
        return _found((words.patterns for words in self.words if words.topic == topic), "topic with patterns", topic)


def _found(parts: Iterable[tuple[str, ...]], sort: str, name: str) -> tuple[str, ...]:
    found = tuple(word for part in parts for word in part)
    if not found:  # a name that nothing answers to would silently mean none, or as a pattern everything
        message = f"no {sort} is called {name!r}"
        raise LookupError(message)
    return found


def rules_folder() -> Traversable:
    """Return the shipped rule set: inside the installed package, or in the checkout beside `src`."""
    packaged = files("statelint") / "rules"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parents[3] / "rules"
    if checkout.is_dir():
        return checkout
    message = f"the rule set is neither at {packaged} nor at {checkout}; install statelint-web again"
    raise StatelintError(message)


def load_rulebook(extra: Iterable[Path] = (), store: Store | None = None) -> Rulebook:
    """Read the shipped rule set and the user's folders; `store` keeps the compiled copy.

    Raises:
        StatelintError: a folder or file cannot be read, or is not what its place in the rule set says.
    """
    sources = list(_sources(rules_folder(), extra))
    digest = _digest(sources)
    compiled = store.read(_KIND, digest) if store is not None else None
    if compiled is not None:
        try:
            return msgspec.msgpack.decode(compiled, type=Rulebook)
        except (msgspec.DecodeError, RecursionError):
            pass
    book = _parse(sources, digest)
    if store is not None:
        store.write(_KIND, digest, msgspec.msgpack.encode(book))
    return book


def _sources(shipped: Traversable, extra: Iterable[Path]) -> Iterator[_Source]:
    """Yield every rule file, sorted within its folder."""
    for group, name, entry in _files(shipped):
        yield _Source(group, f"rules/{group}/{name}", entry.read_bytes(), is_shipped=True)
    for folder in extra:
        if not folder.is_dir():
            message = f"extend-rules: {folder} is not a folder"
            raise StatelintError(message, help="name a folder of rule files, laid out as <item>/<name>.toml")
        reader = Reader(folder)
        for group, name, _ in _files(folder):
            shown = f"{folder}/{group}/{name}"
            try:
                yield _Source(group, shown, reader.read(f"{group}/{name}", MOST_SETTINGS), is_shipped=False)
            except UnreadableError as error:
                raise StatelintError(f"extend-rules: {shown}: cannot be read: {error}") from error


def _files(root: Traversable | Path) -> Iterator[tuple[str, str, Traversable | Path]]:
    """Yield the folder, name and path of everything that is called as a rule file, sorted."""
    for group in sorted((entry for entry in root.iterdir() if entry.is_dir()), key=lambda entry: entry.name):
        for entry in sorted(group.iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".toml"):
                yield group.name, entry.name, entry


def _digest(sources: list[_Source]) -> str:
    state = hashlib.blake2b(digest_size=16)
    for source in sources:
        state.update(f"{source.group}\0{source.shown}\0{len(source.content)}\0".encode())
        state.update(source.content)
    return state.hexdigest()


def _parse(sources: list[_Source], digest: str) -> Rulebook:
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


def _all(sources: list[_Source], kind: type[_T], group: str) -> list[tuple[_Source, _T]]:
    return [(source, read(source.shown, source.content, kind)) for source in sources if source.group == group]


def _check(rules: list[tuple[_Source, Rule]], roles: list[tuple[_Source, Roles]], words: list[tuple[_Source, Words]]) -> None:
    """Refuse what the shapes alone cannot."""
    seen: dict[str, str] = {}
    for source, rule in rules:
        check_rule(rule, source.group, source.shown, seen)
    for source, one in words:
        check_words(one, source.shown)
    check_topics({one.topic for source, one in words if source.is_shipped}, [(s.shown, one) for s, one in words if not s.is_shipped])
    shipped = {one.role for source, one in roles if source.is_shipped}
    check_roles(shipped, [(s.shown, one) for s, one in roles if not s.is_shipped], [(source.shown, rule) for source, rule in rules])
