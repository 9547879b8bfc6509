"""The words by which names are judged: well-formed, free of doubles, and each one used."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

import statelint
from statelint.errors import StatelintError
from statelint.program.vocabulary import Vocabulary
from statelint.rulebook.load import Rulebook, load_rulebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCES: Final = Path(statelint.__file__).parent
GOOD: Final = 'topic = "session"\nabout = "More tools."\nwords = ["wrench"]\n'


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="module")
def asked() -> dict[str, set[str]]:
    """Return the constants that the program asks a vocabulary for, by the method that it calls.

    Under `tuples` are those of the modules that hand a variable to `role`: they keep the roles' names in tuples.
    """
    found: dict[str, set[str]] = {
        name: set() for name in ("words", "pattern", "role", "_matches_words", "_has_role", "_value_has_role", "tuples")
    }
    for path in SOURCES.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [(node, _called(node)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for call, name in calls:
            if name in found:
                found[name].update(_strings(call.args))
        if any(name == "role" and isinstance(call.args[0], ast.Name) for call, name in calls if call.args):
            found["tuples"].update(word for node in ast.walk(tree) if isinstance(node, ast.Tuple) for word in _strings(node.elts))
    return found


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _strings(nodes: Iterable[ast.expr]) -> Iterator[str]:
    return (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "session.toml").write_text(text)
    return tmp_path


def test_every_topic_lies_in_a_file_of_its_name(book: Rulebook) -> None:
    checkout = SOURCES.parents[1] / "rules" / "words"
    assert {path.stem for path in checkout.glob("*.toml")} == {words.topic for words in book.words}


def test_no_topic_says_anything_twice(book: Rulebook) -> None:
    topics = Counter(words.topic for words in book.words)
    assert [topic for topic, count in topics.items() if count > 1] == []
    doubled = [(w.topic, word) for w in book.words for word, count in Counter((*w.words, *w.patterns)).items() if count > 1]
    assert doubled == []


def test_what_the_program_asks_for_is_there(book: Rulebook, asked: dict[str, set[str]]) -> None:
    assert asked["words"] | asked["_matches_words"] <= {words.topic for words in book.words if words.words}
    assert asked["pattern"] <= {words.topic for words in book.words if words.patterns}
    assert asked["role"] | asked["_has_role"] | asked["_value_has_role"] <= {roles.role for roles in book.roles}


def test_every_topic_is_asked_for(book: Rulebook, asked: dict[str, set[str]]) -> None:
    assert {words.topic for words in book.words} - (asked["words"] | asked["pattern"] | asked["_matches_words"]) == set()


def test_every_role_is_asked_for(book: Rulebook, asked: dict[str, set[str]]) -> None:
    in_rows = {pattern.removeprefix("role:") for rule in book.rules for row in rule.api for pattern in (*row.violates, *row.satisfies)}
    by_code = asked["role"] | asked["_has_role"] | asked["_value_has_role"] | asked["tuples"]
    assert {roles.role for roles in book.roles} - (by_code | in_rows) == set()


def test_a_folder_of_the_user_adds_to_a_topic(tmp_path: Path, book: Rulebook) -> None:
    vocabulary = Vocabulary(load_rulebook([folder(tmp_path, GOOD)]))
    assert vocabulary.words("session") == {*Vocabulary(book).words("session"), "wrench"}


def test_patterns_are_sought_whatever_the_case(book: Rulebook) -> None:
    assert Vocabulary(book).pattern("shared-store-switch").search("settings.REDIS_HOST") is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('topic = "session"\nabout = "More."\n', "words: expected words or patterns"),
        ('topic = "session"\nabout = "More."\npatterns = ["ok", "(open"]\n', "patterns[1]: missing ), unterminated subpattern"),
        ('topic = "session"\nabout = "More."\nwords = "wrench"\n', "words: Expected `array`, got `str`"),
        ('topic = "session"\nabout = "More."\nword = ["wrench"]\n', "unknown field `word`"),
    ],
)
def test_a_bad_file_is_named_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(StatelintError) as raised:
        load_rulebook([folder(tmp_path, text)])
    assert "words/session.toml: " in str(raised.value)
    assert said in str(raised.value)
