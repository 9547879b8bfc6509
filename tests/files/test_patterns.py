"""Bounded patterns match what pathspec's own do, and none of them takes long."""

from __future__ import annotations

import time
import warnings
from typing import Any

import pathspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statelint.files.patterns import bounded, compile_patterns

PARTS = st.sampled_from(["*", "**", "a", "b", "/", "/", "?", "[ab]", "*a", "a*", "\\*", ".", "/**/", "!", "-"])
PATTERNS = st.lists(PARTS, min_size=1, max_size=9).map("".join)
PATHS = st.lists(st.text("ab.*-", min_size=1, max_size=5), min_size=1, max_size=5).map("/".join)


@given(PATTERNS, st.lists(PATHS, min_size=1, max_size=6), st.booleans())
@example("*a*b", ["aab/b", "ab", "aXb"], False)
@example("a/**/b/**/b", ["a/b/b", "a/b", "a/x/b/b/y/b", "a/bb/b"], False)
@example("**/a*b/**/*a", ["ab/a", "x/ab/ab/ba", "ab"], True)
@example("x[*]*y*", ["x*y", "xy"], False)
def test_a_bounded_pattern_matches_the_same(pattern: str, paths: list[str], is_folder: bool) -> None:
    try:
        theirs = pathspec.GitIgnoreSpec.from_lines([pattern])
    except ValueError:
        with pytest.raises(ValueError, match="no pattern"):
            compile_patterns([pattern])
        return
    ours = compile_patterns([pattern])
    for path in paths:
        shown = f"{path}/" if is_folder else path
        assert ours.check_file(shown).include == theirs.check_file(shown).include, shown


def test_a_bracket_matches_no_slash() -> None:
    spec = compile_patterns(["x[!a]y", "[ -z]/b", "*[!a]*a"])
    assert [bool(spec.match_file(path)) for path in ("xby", "x/y", "xay", "q/b", "//b", "b/a", "ba")] == [
        *(True, False, False, True, False, False, True)
    ]


HARD = (
    "*a" * 13 + "*b",
    "**/" + "*a" * 13 + "*b/c",
    "a/" + "**/a/" * 12 + "b",
    "**/a" * 12 + "/b",
    "?*" * 60 + "b",
    "[a]*" * 60 + "b",
    "*" * 2000 + "b",
    ("*a" * 20 + "/") * 40 + "b",
    ("**/" + "*a" * 10 + "*/") * 12 + "b",
)


@pytest.mark.parametrize("pattern", HARD, ids=range(len(HARD)))
@pytest.mark.parametrize("path", ["a" * 250, "a/" * 800 + "c", ("a" * 90 + "/") * 40 + "c"], ids=["name", "deep", "both"])
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    spec = compile_patterns([pattern])
    began = time.monotonic()
    assert not spec.match_file(path)
    assert time.monotonic() - began < 5


def test_what_is_no_pattern_is_told_and_matches_nothing() -> None:
    refused: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spec = compile_patterns(["[z-a]", "*.log", "[[x]", "!", "x" * 5000], refused.append)
    assert "[z-a]" in refused
    assert "x" * 5000 in refused
    assert "*.log" not in refused
    assert spec.match_file("a.log")
    assert not spec.match_file("z-a")
    with pytest.raises(ValueError, match="is no pattern"):
        compile_patterns(["[z-a]"])


def test_what_is_made_of_a_pattern() -> None:
    def regex(pattern: str) -> str:
        patterns: Any = compile_patterns([pattern]).patterns
        return str(patterns[0].regex.pattern)

    assert "(?>" not in regex("*.py")
    assert "(?>" not in regex("a*/b*/c")
    assert "(?>[^/]*?a)[^/]*b" in regex("*a*b")
    assert bounded("^x$") == "^x$"
