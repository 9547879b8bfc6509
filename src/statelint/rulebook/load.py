"""Find, read and validate the rule set; a compiled copy makes the second start fast."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from statelint import __version__
from statelint.errors import StatelintError
from statelint.model import ANALYSIS_ITEM, ITEMS
from statelint.rulebook.read import read
from statelint.rulebook.schema import Framework, Roles, Rule, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

_FRAMEWORKS, _ROLES, _WORDS = "frameworks", "roles", "words"


class Rulebook(msgspec.Struct, frozen=True):
    """The whole rule set, in a fixed order."""

    rules: tuple[Rule, ...]
    frameworks: tuple[Framework, ...]
    roles: tuple[Roles, ...]
    digest: str
    """Changes whenever any file of the rule set does."""
    words: tuple[Words, ...] = ()

    def rule(self, code_or_name: str) -> Rule | None:
        """Return the rule with this code or name, whatever the case."""
        wanted = code_or_name.lower()
        return next((rule for rule in self.rules if wanted in (rule.code.lower(), rule.name)), None)

    def names_of(self, role: str) -> tuple[str, ...]:
        """Return the library names that play a role."""
        return tuple(name for roles in self.roles if roles.role == role for name in roles.names)

    def words_of(self, topic: str) -> tuple[str, ...]:
        """Return the words of a topic."""
        return tuple(word for words in self.words if words.topic == topic for word in words.words)

    def patterns_of(self, topic: str) -> tuple[str, ...]:
        """Return the regular expressions of a topic."""
        return tuple(pattern for words in self.words if words.topic == topic for pattern in words.patterns)


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


def load_rulebook(extra: Iterable[Path] = (), cache: Path | None = None) -> Rulebook:
    """Read the shipped rule set and the user's folders.

    `cache` is a folder for the compiled copy; its content is validated like the sources, so a tampered copy can name
    other rules but never run code.
    """
    sources = list(_sources(rules_folder(), extra))
    digest = _digest(sources)
    compiled = cache / f"rules-{__version__}-{digest[:20]}.msgpack" if cache else None
    if compiled is not None and compiled.is_file():
        try:
            return msgspec.msgpack.decode(compiled.read_bytes(), type=Rulebook)
        except (msgspec.DecodeError, OSError):
            pass
    book = _parse(sources, digest)
    if compiled is not None:
        _store(compiled, msgspec.msgpack.encode(book))
    return book


def _store(path: Path, content: bytes) -> None:
    """Write the compiled copy whole or not at all; a folder that cannot be written is no error."""
    temporary = path.with_suffix(f".{id(content)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)


def _sources(shipped: Traversable, extra: Iterable[Path]) -> Iterator[tuple[str, str, bytes]]:
    """Yield (group, shown name, content) of every rule file, sorted within its folder."""
    yield from _folder(shipped, "rules")
    for folder in extra:
        if not folder.is_dir():
            message = f"extend-rules: {folder} is not a folder"
            raise StatelintError(message, help="name a folder of rule files, laid out as <item>/<name>.toml")
        yield from _folder(folder, str(folder))


def _folder(root: Traversable | Path, shown: str) -> Iterator[tuple[str, str, bytes]]:
    for group in sorted((entry for entry in root.iterdir() if entry.is_dir()), key=lambda entry: entry.name):
        for entry in sorted(group.iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".toml"):
                yield group.name, f"{shown}/{group.name}/{entry.name}", entry.read_bytes()


def _digest(sources: list[tuple[str, str, bytes]]) -> str:
    state = hashlib.blake2b(digest_size=16)
    for group, shown, content in sources:
        state.update(f"{group}\0{shown}\0{len(content)}\0".encode())
        state.update(content)
    return state.hexdigest()


def _parse(sources: list[tuple[str, str, bytes]], digest: str) -> Rulebook:
    rules: list[Rule] = []
    frameworks: list[Framework] = []
    roles: list[Roles] = []
    words: list[Words] = []
    seen: dict[str, str] = {}
    for group, shown, content in sources:
        if group == _FRAMEWORKS:
            frameworks.append(read(shown, content, Framework))
        elif group == _ROLES:
            roles.append(read(shown, content, Roles))
        elif group == _WORDS:
            words.append(_checked(read(shown, content, Words), shown))
        else:
            rule = read(shown, content, Rule)
            _check(rule, group, shown, seen)
            rules.append(rule)
    rules.sort(key=lambda rule: rule.code)
    return Rulebook(tuple(rules), tuple(frameworks), tuple(roles), digest, tuple(words))


def _checked(words: Words, shown: str) -> Words:
    """Refuse words that say nothing and patterns that cannot be compiled."""
    if not words.words and not words.patterns:
        raise StatelintError(f"{shown}: words: expected words or patterns")
    for index, pattern in enumerate(words.patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            raise StatelintError(f"{shown}: patterns[{index}]: {error}") from error
    return words


def _check(rule: Rule, group: str, shown: str, seen: dict[str, str]) -> None:
    """Refuse what the shapes alone cannot: wrong folder, wrong hundred, doubled codes, names or row ids."""
    prefixes = {item.key: item.prefix for item in ITEMS} | {ANALYSIS_ITEM: "SL00"}
    problem = ""
    if rule.item not in prefixes:
        problem = f"item: {rule.item!r} is none of {', '.join(prefixes)}"
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
