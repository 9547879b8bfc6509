"""A name decides nothing: one verdict on a program whatever its state is called, and the right one.

The cases that are known to fail are in `known.toml`, each with what decides instead. Findings of low confidence are suspicions
and no part of a verdict.
"""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest
import tomli
from tests.metamorphic.analysis import analysed
from tests.names.django_shapes import DJANGO_PAIRS
from tests.names.fastapi_shapes import FASTAPI_PAIRS
from tests.names.flask_shapes import FLASK_PAIRS
from tests.names.names import NAMES, NEUTRAL, TELLING
from tests.names.shapes import Shape, shapes_of

from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN: Final = Path(__file__).with_name("known.toml")
PAIRS: Final = (*FLASK_PAIRS, *FASTAPI_PAIRS, *DJANGO_PAIRS)
SHAPES: Final = {shape.name: shape for pair in PAIRS for shape in shapes_of(pair)}
_TELLING: Final = 5
"""Without `--thorough`, so many of the telling names are tried on a shape, and one that says nothing."""


class Case(NamedTuple):
    """A shape with a name in place."""

    shape: str
    name: str


def _sample() -> Iterator[Case]:
    for shape in SHAPES:
        pick = random.Random(shape)
        yield from (Case(shape, name) for name in (pick.choice(NEUTRAL), *pick.sample(TELLING, _TELLING)))


def _every() -> Iterator[Case]:
    return (Case(shape, name) for shape in SHAPES for name in NAMES)


@cache
def known() -> dict[Case, str]:
    """Return the cases that fail, each with the cause."""
    found: dict[Case, str] = {}
    for fault in tomli.loads(KNOWN.read_text(encoding="utf-8"))["fault"]:
        for shape, names in fault["cases"].items():
            found |= {Case(shape, name): fault["cause"] for name in _listed(names)}
    return found


def _listed(names: list[str]) -> set[str]:
    """Return the names that are meant: `*` are all, and `-name` all but that one."""
    every = set(NAMES) if "*" in names else set()
    return (every | {name for name in names if name[0] not in "*-"}) - {name[1:] for name in names if name[0] == "-"}


def verdict(shape: Shape, name: str) -> tuple[list[tuple[str, int, str]], list[tuple[str, int, str]]]:
    """Return file, line and severity of what is found in a shape with a name, and of what is to be found."""
    files = shape.named(name)
    report = analysed(files)
    assert report.failed == ()
    return sorted({(one.path, one.line, one.severity) for one in report.findings if one.confidence != "low"}), shape.expected(files)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" not in metafunc.fixturenames:
        return
    causes = known()
    cases = _every() if metafunc.config.getoption("--thorough") else _sample()
    metafunc.parametrize("case", [pytest.param(case, id="-".join(case), marks=_marks(causes.get(case))) for case in cases])


def _marks(cause: str | None) -> tuple[pytest.MarkDecorator, ...]:
    return (pytest.mark.xfail(strict=True, raises=AssertionError, reason=cause),) if cause else ()


def test_the_verdict_is_right_whatever_the_name(case: Case) -> None:
    found, expected = verdict(SHAPES[case.shape], case.name)
    assert found == expected


def test_known_cases_are_cases() -> None:
    assert set(known()) <= set(_every())


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_shape_is_a_program_with_a_place_for_names(shape: Shape) -> None:
    sources = [shape.named(name)[shape.head.file] for name in NEUTRAL]
    for source in sources:
        compile(source, shape.head.file, "exec")
        assert re.search(r"\$\w", source) is None
    assert len(set(sources)) == len(NEUTRAL)
    assert bool(shape.expected(shape.named(NEUTRAL[0]))) == bool(shape.severity)


def test_every_topic_of_words_in_names_is_tried() -> None:
    tried = {word for name in NAMES for word in name.split("_")}
    topics = [words for words in load_rulebook().words if words.about.startswith("Words in the names") and words.words]
    assert [words.topic for words in topics if tried.isdisjoint(words.words)] == []


def test_names_that_say_nothing_hold_no_word_of_a_topic_of_names() -> None:
    said = {word for name in NEUTRAL for word in name.split("_")}
    topics = [words for words in load_rulebook().words if words.about.startswith("Words in the names")]
    assert [words.topic for words in topics if not said.isdisjoint(words.words)] == []
