"""Whatever a file holds, the survey answers, and its answer can be stored and read again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from statelint.survey.module import survey
from statelint.survey.summary import Binding, Call, CallSite, ModuleSummary, Read, Write

if TYPE_CHECKING:
    import random

ROOT = Path(__file__).parents[2]
SOURCES = [path.read_bytes() for path in sorted((ROOT / "src").rglob("*.py")) if path.stat().st_size < 12_000]
TOKENS = (
    *("(", ")", "[", "]", "{", "}", ":", ",", ".", "=", ":=", "+=", "->", "*", "**", "@", ";", "\\", "\n", "\n    ", "\t", "'"),
    *(" if ", " else ", " for x in y ", " lambda: ", " await ", " yield ", " async ", " import ", " from . ", " global x\n"),
    *(" def f(): ", " class C: ", " return ", " match x:\n", " case [a, *b]: ", " try:\n", " except* E: ", " with a as b: "),
    *('"""', "#", " del a[b]", "\0", "\r", "\x0c", "é", "\ud800", "\U0001f600", "\ufeff", "# coding: latin-1\n"),
    *("0x", "1e999", " nonlocal x\n", "9" * 30, "f'{a!r:>{b}}'", "b'\\xff'"),
)  # fmt: skip


def holds(content: bytes) -> None:
    """Survey, store, and compare."""
    found = survey(content)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=ModuleSummary) == found
    for function in found.functions:
        guards = len(function.guards)
        under: list[Binding | Write | Read | CallSite] = [*function.bindings, *function.writes, *function.reads, *function.calls]
        assert all(0 <= index < guards for one in under for index in one.guards)
        places: list[Binding | Write | Call] = [*function.bindings, *function.writes, *(site.call for site in function.calls)]
        for place in places:
            assert 1 <= place.line <= place.end_line
            assert place.column >= 1
            assert (place.line, place.column) <= (place.end_line, place.end_column)


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    holds(content)


@given(st.lists(st.sampled_from(TOKENS), max_size=25))
def test_any_tokens(tokens: list[str]) -> None:
    holds("".join(tokens).encode("utf-8", "surrogatepass"))


@given(st.randoms(use_true_random=False), st.sampled_from(SOURCES))
def test_source_that_was_damaged(chance: random.Random, content: bytes) -> None:
    lines = content.splitlines(keepends=True)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        match chance.randrange(4):
            case 0:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 1:
                lines[at] = lines[at].replace(b"(", b"[", 1)
            case 2:
                middle = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:middle] + chance.choice(TOKENS).encode("utf-8", "surrogatepass") + lines[at][middle:]
            case _:
                lines[at] = b""
    holds(b"".join(lines))


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.py"))[::3], ids=lambda path: path.stem)
def test_the_projects_own_files(path: Path) -> None:
    content = path.read_bytes()
    holds(content)
    assert not survey(content).error
