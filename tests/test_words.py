"""The words by which names are judged: well-formed, free of doubles, and each one used."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

import statelint
from statelint.errors import StatelintError
from statelint.program.vocabulary import Vocabulary
from statelint.rulebook.load import Rulebook, load_rulebook

SOURCES: Final = Path(statelint.__file__).parent
GOOD: Final = 'topic = "tool"\nabout = "More tools."\nwords = ["wrench"]\n'


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="module")
def asked() -> dict[str, set[str]]:
    """Return the constants that the program asks a vocabulary for, by the method that it calls."""
    found: dict[str, set[str]] = {"words": set(), "pattern": set(), "role": set(), "_are": set()}
    for room in ("program", "checks", "inspect"):
        for path in (SOURCES / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in found:
                    given = (arg.value for arg in node.args if isinstance(arg, ast.Constant))
                    found[node.func.attr].update(value for value in given if isinstance(value, str))
    return found


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "tool.toml").write_text(text)
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
    assert asked["words"] <= {words.topic for words in book.words if words.words}
    assert asked["pattern"] <= {words.topic for words in book.words if words.patterns}
    assert asked["role"] <= {roles.role for roles in book.roles}


def test_every_topic_is_asked_for(book: Rulebook, asked: dict[str, set[str]]) -> None:
    assert {words.topic for words in book.words} - (asked["words"] | asked["pattern"] | asked["_are"]) == set()


def test_a_folder_of_the_user_adds_to_a_topic(tmp_path: Path, book: Rulebook) -> None:
    vocabulary = Vocabulary(load_rulebook([folder(tmp_path, GOOD)]))
    assert vocabulary.words("tool") == {*Vocabulary(book).words("tool"), "wrench"}


def test_patterns_are_sought_whatever_the_case(book: Rulebook) -> None:
    assert Vocabulary(book).pattern("shared-store-switch").search("settings.REDIS_HOST") is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('topic = "tool"\nabout = "More."\n', "words: expected words or patterns"),
        ('topic = "tool"\nabout = "More."\npatterns = ["ok", "(open"]\n', "patterns[1]: missing ), unterminated subpattern"),
        ('topic = "tool"\nabout = "More."\nwords = "wrench"\n', "words: Expected `array`, got `str`"),
        ('topic = "tool"\nabout = "More."\nword = ["wrench"]\n', "unknown field `word`"),
    ],
)
def test_a_bad_file_is_named_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(StatelintError) as raised:
        load_rulebook([folder(tmp_path, text)])
    assert "words/tool.toml: " in str(raised.value)
    assert said in str(raised.value)
