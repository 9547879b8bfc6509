"""Files as they lie about: encodings, line ends, white space, things that are no Python, things that are too much."""

from __future__ import annotations

import msgspec
import pytest
from tests.survey.notation import module

from statelint.survey.module import survey
from statelint.survey.summary import ModuleSummary

PLACES = (
    ("utf-8", "x = 'é'; y = 2\n".encode(), [("x", 1, 1), ("y", 1, 10)]),
    ("beyond the basic plane", "x = '\U0001f600'; y = 2\n".encode(), [("x", 1, 1), ("y", 1, 10)]),
    ("combining", "x = 'e\u0301'; y = 2\n".encode(), [("x", 1, 1), ("y", 1, 11)]),
    ("names", "é = 1; ñ = 2\n".encode(), [("é", 1, 1), ("ñ", 1, 8)]),
    ("byte-order mark", b"\xef\xbb\xbfx = 1; y = 2\n", [("x", 1, 1), ("y", 1, 8)]),
    ("byte-order mark and more", "\ufeffx = 'é'; y = 2\n".encode(), [("x", 1, 1), ("y", 1, 10)]),
    ("latin-1", "# coding: latin-1\nx = 'é'; y = 2\n".encode("latin-1"), [("x", 2, 1), ("y", 2, 10)]),
    ("cp1252", "# -*- coding: cp1252 -*-\nx = '€'; y = 2\n".encode("cp1252"), [("x", 2, 1), ("y", 2, 10)]),
    (
        "shift_jis",
        "#!/usr/bin/python\n# vim: set fileencoding=shift_jis :\nx = '日本'; y = 1\n".encode("shift_jis"),
        [("x", 3, 1), ("y", 3, 11)],
    ),
    ("utf-7", b"# coding: utf-7\nx='+AGE-'; y=1\n", [("x", 2, 1), ("y", 2, 8)]),
    ("a declaration too late", "\n\n# coding: latin-1\nx = 'é'; y = 2\n".encode(), [("x", 4, 1), ("y", 4, 10)]),
    ("crlf", b"x = 1\r\n\r\ny = 2\r\n", [("x", 1, 1), ("y", 3, 1)]),
    ("cr", b"x = 1\r\ry = 2\r", [("x", 1, 1), ("y", 3, 1)]),
    ("mixed line ends", "x = 'é'\r\ny = 'é'\rz = 1\n".encode(), [("x", 1, 1), ("y", 2, 1), ("z", 3, 1)]),
    ("form feed", "x = 'é'\n\x0cy = 'é'; z = 1\n".encode(), [("x", 1, 1), ("y", 2, 2), ("z", 2, 11)]),
    ("line separators in a string", "x = '''é\x85\u2028\x0b\x1c'''; y = 1\nz = 1\n".encode(), [("x", 1, 1), ("y", 1, 18), ("z", 2, 1)]),
    ("tabs", b"if a:\n\tx = 1\n\ty = 2\n", [("x", 2, 2), ("y", 3, 2)]),
    ("continuation", "x = 'é' \\\n  ; y = 1\n".encode(), [("x", 1, 1), ("y", 2, 5)]),
    ("no line end", b"x = 1", [("x", 1, 1)]),
)


@pytest.mark.parametrize(("content", "expected"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES])
def test_places_count_lines_and_characters(content: bytes, expected: list[tuple[str, int, int]]) -> None:
    assert [(one.name, one.line, one.column) for one in module(content).functions[0].bindings] == expected


@pytest.mark.parametrize(
    ("content", "lines"), [(b"", 0), (b"\n", 1), (b"x", 1), (b"x\n", 1), (b"x\ny", 2), (b"x\r\ny\r\n", 2), (b"x\ry\r", 2), (b"\n\n", 2)]
)
def test_lines_are_counted(content: bytes, lines: int) -> None:
    assert survey(content).lines == lines


def test_columns_of_ends_are_exclusive() -> None:
    (site,) = module("é = f('é', 1)\n").functions[0].calls
    assert (site.call.column, site.call.end_column) == (5, 14)


UNREADABLE = (
    ("syntax", b"x = 1\ndef f(:\n", 2, "invalid syntax"),
    ("python 2", b"print 'hello'\n", 1, "Missing parentheses"),
    ("indentation", b"\tx = 1\n", 1, "unexpected indent"),
    ("tabs and spaces", b"if 1:\n\tx = 1\n        y = 2\n", 3, "inconsistent use of tabs"),
    ("null byte", b"x = 1\0\n", None, "null bytes"),
    ("null byte before a line that goes back too far", b"def f():\n  x\n \0y\n", None, "null bytes"),
    ("utf-16", "x = 1\n".encode("utf-16"), None, "null bytes"),
    ("not utf-8", b"x = 1\ny = '\xff'\n", 2, "utf-8"),
    ("no such encoding", b"# coding: nonsense\nx = 1\n", None, "nonsense"),
    ("an encoding of bytes", b"# coding: hex\nx = 1\n", None, "hex"),
    ("byte-order mark and another encoding", b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", None, "BOM"),
    ("a number without end", b"x = " + b"9" * 5000 + b"\n", 1, "4300 digits"),
    ("too many brackets", b"x = " + b"(" * 5000 + b")" * 5000, 1, "parentheses"),
    ("an operator chain without end", b"x = " + b"-" * 100_000 + b"1", None, "nested too deeply"),
    ("a sum without end", b"x = " + b"+".join([b"a"] * 50_000), None, "nested too deeply"),
    ("calls without end", b"x = a" + b"()" * 5000, None, "nested too deeply"),
    ("branches without end", b"if a: pass\n" + b"elif b: pass\n" * 3000, None, "nested too deeply"),
    ("an image", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None, "null bytes"),
)


@pytest.mark.parametrize(("content", "line", "words"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE])
def test_what_cannot_be_read_says_why(content: bytes, line: int | None, words: str) -> None:
    found = survey(content)
    assert words in found.error
    assert found.error_line == line
    assert not found.functions
    assert not found.classes


LARGE = (
    ("a long string", b"x = '" + b"a" * 1_000_000 + b"'"),
    ("a long display", b"x = [" + b"1," * 50_000 + b"]"),
    ("a large number", b"x = 0x" + b"f" * 50_000),
    ("an infinite number", b"x = 1e999; y = -1e999"),
    ("deep indentation", b"".join(b" " * depth + b"if a:\n" for depth in range(99)) + b" " * 99 + b"x = 1\n"),
    ("a long chain of branches", b"if a: pass\n" + b"elif b: pass\n" * 400 + b"x = 1\n"),
    ("a long sum", b"x = " + b"+".join([b"a"] * 2000)),
    ("a long path", b"x = a" + b".b" * 2000),
    ("a long union", b"x: " + b"|".join([b"a"] * 300) + b" = 1"),
    ("a quoted annotation that is too deep", b"x: '" + b"(" * 300 + b"' = 1"),
    ("many statements on a line", b"x = 1;" * 5000),
)


@pytest.mark.parametrize("content", [case[1] for case in LARGE], ids=[case[0] for case in LARGE])
def test_what_is_large_is_read_and_kept_small(content: bytes) -> None:
    found = survey(content)
    assert not found.error
    assert any(one.name == "x" for one in found.functions[0].bindings)
    assert len(msgspec.msgpack.encode(found)) < 40 * len(content) + 1000


@pytest.mark.parametrize(
    "source",
    [
        "x = '\\ud800'",
        "x = d['\\udfff']",
        "x = {'\\ud800': '\\udc00'}",
        "x = f'\\ud800{y}\\udfff'",
        "x = '\\ud800' + y",
        "x = '\\ud800%s' % y",
        "x = b'\\xed\\xa0\\x80'",
        "x = getattr(y, '\\ud800')",
        "setattr(x, '\\ud800', 1)",
        "x: '\\ud800' = 1",
        "def f():\n    '''\\ud800'''",
        "class C:\n    '''\\ud800'''",
        "if x == '\\ud800': pass",
    ],
)
def test_lone_surrogates_can_be_stored(source: str) -> None:
    found = module(source)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=ModuleSummary) == found
