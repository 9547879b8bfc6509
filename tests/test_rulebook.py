"""The rule set as a whole: every rule is documented, numbered in its item's range, and every row of it is tried by an example."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from statelint.model import ITEMS
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
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
