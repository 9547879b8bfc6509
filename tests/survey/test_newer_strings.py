"""f-strings as Python 3.12 has them, and t-strings, on any Python: what is in them is surveyed, with the lines and columns of the file."""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checks.analysed import found, marked
from tests.survey.notation import show

from statelint.survey.comments import directives
from statelint.survey.module import survey
from statelint.survey.newer_strings import Field, hidden, strings_of
from statelint.survey.newer_tree import with_templates
from statelint.verdict.layout import layout

if TYPE_CHECKING:
    import random

CONSTRUCTS: Final = {
    "the same quotes": ('x = f"a {get(d["key"])} b"\n', "<a |'a ' get(d[key]) ' b'>", [("get", 1, 10)]),
    "a template in a template": ('x = f"{f"{f"{go()}"}"}"\n', "<|<|<|go()>>>", [("go", 1, 14)]),
    "a backslash": ("x = f\"{'\\n'.join(rows())}\"\n", "<|?.join(rows())>", [("rows", 1, 18), ("?.join", 1, 8)]),
    "several lines": ('x = f"{\n    go(\n        1\n    )\n}" + stay()\n', None, [("go", 2, 5), ("stay", 5, 6)]),
    "a comment": ('x = f"{\n    go()  # a "quote" and a }\n}"\n', "<|go()>", [("go", 2, 5)]),
    "a comment behind what is shown": ('x = f"{go() = # why\n  }"\n', None, [("go", 1, 8)]),
    "quotes in the format": ('x = f"{go():{width["all"]}}"; stay()\n', "<|go()>", [("go", 1, 8), ("stay", 1, 31)]),
    "the format of a format": ('x = f"{a:{b:{c():{d}}}}"\n', "<|a>", [("c", 1, 14)]),
    "three quotes": ('x = f"""\n{d["""a"""]} {go("b")}\n"""\ny = stay()\n', None, [("go", 2, 15), ("stay", 4, 5)]),
    "joined strings": ('x = ("one "\n    f"{go(d["a"])}"  # two\n    "three")\n', "<one |'one ' go(d[a]) 'three'>", [("go", 2, 8)]),
    "characters of several bytes": ('x = f"äöü{go(d["é"])}"; stay()\n', "<äöü|'äöü' go(d[])>", [("go", 1, 11), ("stay", 1, 25)]),
    "a raw template": ('x = rf"\\d{go(d["a"])}"\n', "<\\d|'\\\\d' go(d[a])>", [("go", 1, 11)]),
    "doubled braces and a name": ('x = f"{{}} \\N{BULLET} {go(d["a"])}"\n', "<{} • |'{} • ' go(d[a])>", [("go", 1, 24)]),
    "a lambda": ('x = f"{(lambda: d["a"])()}"\n', None, [("<lambda:1:9>", 1, 8)]),
    "a generator": ('def f():\n    x = f"{(yield d["a"])}"\n', None, []),
    "a t-string": ('x = t"a {go(name)!r:>{width()}} b"\n', "<a |'a ' go(name) ' b'>", [("go", 1, 10), ("width", 1, 23)]),
    "a raw t-string": ('x = rt"\\d{go()}" t"{stay()}"\n', "<\\d|'\\\\d' go() stay()>", [("go", 1, 11), ("stay", 1, 21)]),
    "a t-string with the same quotes": ('x = T"{d["a"]} {go()}"\n', "<|d[a] ' ' go()>", [("go", 1, 17)]),
}
"""The source, what `x` is ("None" where the table does not say), and the calls with their lines and columns."""
BROKEN: Final = {
    "behind a newer string": ('x = f"{d["a"]}"\ny = = 2\n', 2),
    "in a newer string": ('x = f"{d["a"]}"\ny = 1\nz = f"{d["a"] b}"\n', 3),
    "in the second line of a newer string": ('x = f"{d["a"]}"\nz = f"{\n    d["a"] b\n}"\n', 3),
    "an empty field": ('x = f"{d["a"]}"\nz = f"{}"\n', 2),
    "a brace too much": ('x = f"{d["a"]}"\nz = f"{a}}"\n', 2),
    "no end": ('x = f"{d["a"]}"\nz = f"{a\n', 2),
    "a t-string beside a string": ('y = 1\nx = t"{d["a"]}" "b"\n', 2),
    "an assignment to a template": ('y = 1\nf"{d["a"]}" = 2\n', 2),
}
HANDLER: Final = """
from flask import Flask, request

app = Flask(__name__)
counts = {{}}  # here


@app.get("/health")
def health():
    return "ok"


@app.get("/<name>")
def show(name):
    {}
    return message
"""
WRITES: Final = {
    "the same quotes": 'message = f"{counts.setdefault(request.args["name"], [])}"; counts[name] = 1',
    "a backslash": "message = f\"{'\\n'.join(counts)}\"; counts[name] = 1",
    "several lines": 'message = f"{\n        request.args["name"]  # who\n    }"\n    counts[name] = message',
    "a t-string": 'message = t"{name}"; counts[name] = message',
    "in the string alone": 'message = f"{counts.update({request.args["name"]: 1})}"',
    "an exception": 'try:\n        message = "{}"\n    except KeyError, ValueError:\n        counts[name] = message = 1',
    "a generic function": "def put[T](value: T) -> T:\n        counts[name] = value\n        return value\n    message = put(1)",
}


@pytest.mark.parametrize(("source", "value", "calls"), CONSTRUCTS.values(), ids=CONSTRUCTS)
def test_a_construct(source: str, value: str | None, calls: list[tuple[str, int, int]]) -> None:
    found = survey(source.encode())
    assert not found.error
    known = [(site.call.func, site.call.line, site.call.column) for function in found.functions for site in function.calls]
    assert [call for call in calls if call not in known] == []
    (bound,) = [one for function in found.functions for one in function.bindings if one.name == "x"]
    assert value is None or show(bound.value) == value


@pytest.mark.parametrize(("source", "line"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_told_with_its_line(source: str, line: int) -> None:
    found = survey(source.encode())
    assert found.error
    assert found.error_line == line


@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES)
def test_a_file_with_it_is_analysed(tmp_path: Path, statement: str) -> None:
    source = HANDLER.format(statement)
    findings = found(tmp_path, source, "SL0401")
    assert [finding.line for finding in findings] == marked(source)


def test_a_file_without_a_write_is_silent(tmp_path: Path) -> None:
    assert not found(tmp_path, HANDLER.format('message = f"{counts.get(request.args["name"], [])}"'), "SL0401")


@pytest.mark.parametrize("source", [source for source, _, _ in CONSTRUCTS.values()], ids=CONSTRUCTS)
def test_what_hides_a_template_has_its_lines_and_columns(source: str) -> None:
    plain = hidden(source, strings_of(source))
    assert [len(line) for line in plain.splitlines()][-1] == [len(line) for line in source.splitlines()][-1]
    assert plain.count("\n") == source.count("\n")
    ast.parse(plain)
    assert not [token for token in tokenize.generate_tokens(StringIO(plain).readline) if token.type == tokenize.ERRORTOKEN]


def test_comments_behind_and_inside_speak() -> None:
    first = 'x = f"{d["\\""]}"  # statelint: ignore[SL0401]\n'
    source = first + 'y = f"{\n    # statelint: ignore[SL0402]\n    a["b"]  # statelint: ignore[SL0403]\n}"\n'
    assert [(one.line, one.column, one.own_line) for one in directives(source.encode())] == [(1, 19, False), (3, 5, True), (4, 13, False)]


@pytest.mark.parametrize(("between", "columns"), [("y = 1\n", [8, 8]), ("y = 1 \0\n", [8]), ("def f():\n  y\n \0z\n", [8])])
def test_comments_speak_as_far_as_there_is_no_null(between: str, columns: list[int]) -> None:
    source = f"x = 1  # statelint: ignore[SL0401]\n{between}z = 1  # statelint: ignore[SL0402]\n"
    assert [one.column for one in directives(source.encode())] == columns
    assert layout(source).statement(1) == (1, 1)


def test_the_layout_is_that_of_the_file() -> None:
    source = 'x = f"{\n    d["a"]  # why\n}"\n# alone\ny = f"{d["\'"]}"\nz = 1\n'
    read = layout(source)
    assert read.statements == {1: (1, 3), 2: (1, 3), 3: (1, 3), 5: (5, 5), 6: (6, 6)}
    assert read.comments == {4}
    assert read.carriers >= {3, 4, 5, 6}


def test_more_levels_than_anybody_writes() -> None:
    assert survey(("x = " + 'f"{' * 30 + "go()" + '}"' * 30 + "\n").encode()).functions[0].calls[0].call.column == 5 + 30 * 3
    assert survey(("x = " + 'f"{' * 5000 + "a" + '}"' * 5000 + "\n").encode()).error
    with pytest.raises(RecursionError):
        strings_of("x = " + 'f"{' * 50 + "a" + '}"' * 50)


# -- real sources

SOURCES: Final = [
    path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[2] / "src").rglob("*.py"))
    if len(re.findall(r"[^\w]f\"", path.read_text(encoding="utf-8"))) > 2
]


def forced(source: str) -> ast.Module:
    """Parse as if the running Python knew no template."""
    strings = strings_of(source)
    tree = ast.parse(hidden(source, strings))
    with_templates(tree, source, strings)
    return tree


@pytest.mark.parametrize("source", SOURCES, ids=[str(number) for number in range(len(SOURCES))])
def test_a_tree_is_the_one_that_python_makes(source: str) -> None:
    assert ast.dump(without_empty_text(forced(source))) == ast.dump(without_empty_text(ast.parse(source)))


def without_empty_text(tree: ast.Module) -> ast.Module:
    """Take the empty texts out of templates: the first releases of Python 3.12 put one behind a field that ends a format."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = [value for value in node.values if not (isinstance(value, ast.Constant) and value.value == "")]
    return tree


@pytest.mark.skipif(sys.version_info < (3, 12), reason="before, the places inside of f-strings were those of no file")
@pytest.mark.parametrize("source", SOURCES[::4], ids=[str(number) for number in range(0, len(SOURCES), 4)])
def test_places_are_those_that_python_finds(source: str) -> None:
    def places(tree: ast.AST) -> list[tuple[int, int, int | None, int | None]]:
        named = [node for node in ast.walk(tree) if isinstance(node, (ast.Call, ast.Name, ast.Attribute))]
        return sorted((node.lineno, node.col_offset, node.end_lineno, node.end_col_offset) for node in named)

    assert places(forced(source)) == places(ast.parse(source))


def rewritten(source: str, chance: random.Random) -> str:
    """Write templates as Python 3.12 allows: strings in their fields with the quotes that are around them. Nothing moves."""
    edits: list[tuple[int, str]] = []
    for string in strings_of(source):
        for field in string.parts:
            for inner in field.strings if isinstance(field, Field) else ():
                text = source[inner.start + len(inner.prefix) + 1 : inner.end - 1]
                if len(string.quote) == 1 and len(inner.quote) == 1 and not re.search(r"[\"'\\]", text) and chance.random() < 0.8:
                    edits += [(inner.start + len(inner.prefix), string.quote), (inner.end - 1, string.quote)]
    characters = [*source]
    for at, quote in edits:
        characters[at] = quote
    return "".join(characters)


@given(st.randoms(use_true_random=False), st.sampled_from(SOURCES))
def test_quotes_change_nothing(chance: random.Random, source: str) -> None:
    other = rewritten(source, chance)
    one, two = survey(source.encode()), survey(other.encode())
    assert not two.error
    quotes = re.compile(r"[\"']")
    for before, after in zip(one.functions, two.functions, strict=True):
        assert [(site.call.func, site.call.line, site.guards) for site in before.calls] == [
            (site.call.func, site.call.line, site.guards) for site in after.calls
        ]
        assert [*map(show, before.returns)] == [*map(show, after.returns)]
        assert [(bound.name, show(bound.value), bound.line, bound.column) for bound in before.bindings] == [
            (bound.name, show(bound.value), bound.line, bound.column) for bound in after.bindings
        ]
        assert before.loads == after.loads
        assert [quotes.sub("", guard.text) for guard in before.guards] == [quotes.sub("", guard.text) for guard in after.guards]
    assert one.classes == two.classes


@given(st.randoms(use_true_random=False), st.sampled_from(SOURCES))
def test_lines_in_fields_move_lines_alone(chance: random.Random, source: str) -> None:
    parts = [part for string in strings_of(source) for part in string.parts]
    starts = [part.start for part in parts if isinstance(part, Field) and chance.random() < 0.3]
    other, at = [], 0
    for start in starts:
        other += [source[at:start], "  # it's \"}\n"]
        at = start
    found, known = survey("".join((*other, source[at:])).encode()), survey(source.encode())
    assert not found.error
    assert found.lines == known.lines + len(starts)
    for before, after in zip(known.functions, found.functions, strict=True):
        moved = sum(source.count("\n", 0, start) < before.line - 1 for start in starts)
        assert re.sub(r"\d+", "", after.name) == re.sub(r"\d+", "", before.name)
        assert before.name.count("<lambda") or after.line == before.line + moved
        assert [site.call.func for site in after.calls if "<" not in site.call.func] == [
            site.call.func for site in before.calls if "<" not in site.call.func
        ]
