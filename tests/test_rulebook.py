"""The rule set as a whole: every rule is documented, numbered in its item's range, and every row of it is tried by an example."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, get_args

import pytest

from statelint.errors import StatelintError
from statelint.model import ITEMS
from statelint.program.vocabulary import Vocabulary
from statelint.rulebook.load import load_rulebook
from statelint.rulebook.schema import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.rulebook.schema import Rule

BOOK = load_rulebook()
BY_CODE = pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.code)


def test_codes_names_and_rows_are_unique() -> None:
    for found in (
        [rule.code for rule in BOOK.rules],
        [rule.name for rule in BOOK.rules],
        [row.id for rule in BOOK.rules for row in rule.api],
    ):
        assert len(found) == len(set(found))


@BY_CODE
def test_the_code_begins_with_the_number_of_the_item(rule: Rule) -> None:
    number = ["analysis", *(item.key for item in ITEMS)].index(rule.item)
    assert re.fullmatch(rf"SL{number:02}\d\d", rule.code)


@BY_CODE
def test_it_says_why_and_how(rule: Rule) -> None:
    assert rule.summary
    assert len(rule.why.split()) > 15
    assert len(rule.fix.split()) > 8


@BY_CODE
def test_it_has_an_example_that_is_wrong_and_one_that_is_right(rule: Rule) -> None:
    assert {example.bad for example in rule.example} == {True, False}


@BY_CODE
def test_every_row_is_tried(rule: Rule) -> None:
    named = {row for example in rule.example for row in example.api}
    assert {row.id for row in rule.api} <= named


@BY_CODE
def test_every_row_that_violates_is_tried_where_it_is_wrong(rule: Rule) -> None:
    named = {row for example in rule.example if example.bad for row in example.api}
    assert {row.id for row in rule.api if row.violates} <= named


@BY_CODE
def test_examples_name_rows_that_exist(rule: Rule) -> None:
    known = {row.id for each in BOOK.rules for row in each.api}
    assert {row for example in rule.example for row in example.api} <= known


@BY_CODE
def test_rows_that_violate_say_where_it_stands(rule: Rule) -> None:
    for row in rule.api:
        if row.violates:
            assert row.sources or row.unverifiable, row.id


RULE: Final = """
code = "SL0199"
name = "shelf"
item = "sessions"
severity = "warning"
summary = "a shelf"
why = "It stands in one process."
fix = "Move it."
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """Write rule files: `sessions__shelf` is `sessions/shelf.toml`."""
    for name, text in files.items():
        path = tmp_path / f"{name.replace('__', '/').replace('_', '-')}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def refused(where: Path) -> str:
    with pytest.raises(StatelintError) as raised:
        load_rulebook([where])
    return str(raised.value)


def test_a_kind_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    said = refused(folder(tmp_path, sessions__shelf=RULE + 'kinds = ["cache", "confg"]\n'))
    assert "sessions/shelf.toml: kinds[1]: expected one of 'cache', 'config', " in said
    assert said.endswith("got 'confg'; did you mean 'config'?")


def test_every_kind_that_is_judged_can_be_claimed(tmp_path: Path) -> None:
    claimed = {kind for rule in BOOK.rules for kind in rule.kinds}
    assert claimed == set(get_args(Kind))
    rest = ", ".join(f'"{kind}"' for kind in get_args(Kind))
    assert load_rulebook([folder(tmp_path, sessions__shelf=f"{RULE}kinds = [{rest}]\n")]).rule("SL0199") is not None


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("sessions__shelf", RULE.replace("warning", "warn"), "severity: expected one of 'error', 'note', 'warning', got 'warn'"),
        ("sessions__shelf", RULE + 'kind = ["cache"]\n', "Object contains unknown field `kind`; did you mean 'kinds'?"),
        (
            "frameworks__acme",
            'name = "acme"\npackages = ["acme"]\n[[register]]\nnames = ["acme.run"]\nrole = "requst"\n',
            "frameworks/acme.toml: register[0].role: expected one of 'background', ",
        ),
        (
            "frameworks__acme",
            'name = "acme"\npackages = ["acme"]\n[[routers]]\nnames = ["acme.R"]\nprefix = { keywrd = "p" }\n',
            "frameworks/acme.toml: routers[0].prefix: Object contains unknown field `keywrd`; did you mean 'keyword'?",
        ),
    ],
)
def test_a_wrong_word_is_named_with_the_nearest(tmp_path: Path, name: str, text: str, said: str) -> None:
    assert said in refused(folder(tmp_path, **{name: text}))


ROW: Final = '[[api]]\nid = "shelf-put"\npackage = "acme"\nnames = ["acme.put"]\n'
ROLE: Final = 'role = "shelf"\nabout = "Shelves."\nnames = ["acme.Shelf"]\n'


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ('violates = ["any", "role:randm-secret"]', "api[0].violates"),
        ('satisfies = ["role:randm-secret"]', "api[0].satisfies"),
        ('ignores = ["role:randm-secret"]', "api[0].ignores"),
        ('default = "role:randm-secret"', "api[0].default"),
        ('defaults = [{ since = "2", value = "role:randm-secret" }]', "api[0].defaults"),
        ('requires = [{ position = 0 }, { position = 1, matches = ["role:randm-secret"] }]', "api[0].requires[1].matches"),
        ('requires = [{ position = 1, excludes = ["role:randm-secret"] }]', "api[0].requires[0].excludes"),
    ],
)
def test_a_role_that_no_file_is_about_is_refused(tmp_path: Path, keys: str, place: str) -> None:
    said = refused(folder(tmp_path, sessions__shelf=f"{RULE}{ROW}{keys}\n"))
    assert f"sessions/shelf.toml: {place}: expected a role of rules/roles, got 'randm-secret'; did you mean 'random-secret'?" in said


def test_a_row_may_name_a_role_of_its_own_folder(tmp_path: Path) -> None:
    rule = f'{RULE}{ROW}violates = ["role:shelf", "role:random-secret"]\n'
    book = load_rulebook([folder(tmp_path, sessions__shelf=rule, roles__shelf=ROLE)])
    assert book.names_of("shelf") == ("acme.Shelf",)


def test_a_role_or_topic_that_nothing_asks_for_is_refused(tmp_path: Path) -> None:
    said = refused(folder(tmp_path / "one", roles__memoiser=ROLE.replace("shelf", "memoiser")))
    assert "roles/memoiser.toml: role: expected a role of rules/roles, or one that a row names" in said
    assert said.endswith("got 'memoiser'; did you mean 'memoizer'?")
    said = refused(folder(tmp_path / "two", words__sesion='topic = "sesion"\nabout = "More."\nwords = ["sitting"]\n'))
    assert said.endswith("words/sesion.toml: topic: expected a topic of rules/words, got 'sesion'; did you mean 'session'?")


def test_code_that_asks_for_what_does_not_exist_fails() -> None:
    vocabulary = Vocabulary(BOOK)
    with pytest.raises(LookupError, match="no role is called 'memoiser'"):
        vocabulary.role("memoiser")
    with pytest.raises(LookupError, match="no topic with words is called 'sesion'"):
        vocabulary.words("session", "sesion")
    with pytest.raises(LookupError, match="no topic with patterns is called 'session'"):  # it has words
        vocabulary.pattern("session")
