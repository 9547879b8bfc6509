"""`--add-ignores` writes comments and nothing else: the tree stays, the findings fall silent, every other byte is the same."""

from __future__ import annotations

import ast
import io
import tokenize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.cli.cli_fixture import COUNTER, ORDER, STATE, finding, small_book

from statelint.survey.comments import decode, directives
from statelint.verdict.add_ignores import CannotComment, with_comments
from statelint.verdict.layout import layout
from statelint.verdict.suppress import silence

BOOK = small_book()


def added(source: str, *lines: int, reason: str = "why", code: str = STATE) -> str:
    return with_comments(source.encode(), [finding(line, code) for line in lines], reason, BOOK).decode()


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        ("x = {}\n", 1, "x = {}  # statelint: ignore[SL0401] why\n"),
        ("x = {}", 1, "x = {}  # statelint: ignore[SL0401] why"),
        ("x = {}  # old\n", 1, "x = {}  # old  # statelint: ignore[SL0401] why\n"),
        ("x = {}   \n", 1, "x = {}   # statelint: ignore[SL0401] why\n"),
        # the comment that is there gets the code, whatever else stands in it
        (
            "x = {}  # a # statelint: ignore[counter-in-process] old  # b\n",
            1,
            "x = {}  # a # statelint: ignore[counter-in-process, SL0401] old  # b\n",
        ),
        ("x = {}  # noqa: SL0402\n", 1, "x = {}  # noqa: SL0402  # statelint: ignore[SL0401] why\n"),
        ("x = {}  # statelint: ignore\n", 1, "x = {}  # statelint: ignore  # statelint: ignore[SL0401] why\n"),
        # inside a statement of several lines
        ("x = f(\n    1,\n)\n", 1, "x = f(  # statelint: ignore[SL0401] why\n    1,\n)\n"),
        ("x = f(\n    1,\n)\n", 2, "x = f(\n    1,  # statelint: ignore[SL0401] why\n)\n"),
        # strings and continuations cannot carry a comment
        ('x = """\n  a\n"""\n', 1, 'x = """\n  a\n"""  # statelint: ignore[SL0401] why\n'),
        ('x = f("""\n  a\n""", 1)\n', 2, 'x = f("""\n  a\n""", 1)  # statelint: ignore[SL0401] why\n'),
        ("x = 1 + \\\n    2\n", 1, "x = 1 + \\\n    2  # statelint: ignore[SL0401] why\n"),
        ('x = """\n"""; y = \\\n """\n"""\n', 2, 'x = """\n"""; y = \\\n """\n"""  # statelint: ignore[SL0401] why\n'),
    ],
)
def test_places(before: str, line: int, after: str) -> None:
    assert added(before, line) == after


def test_a_line_of_its_own_where_no_line_can_carry_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # every statement ends on a line that can carry a comment; only a layout that knows of none gets here
    monkeypatch.setattr("statelint.verdict.add_ignores._place", lambda finding, plan: (plan.statement(finding.line)[0], True))
    source = "if 1:\r\n    x = 1\r\n"
    assert added(source, 2) == "if 1:\r\n    # statelint: ignore[SL0401] why\r\n    x = 1\r\n"
    again = with_comments(added(source, 2).encode(), [finding(3, COUNTER)], "why", BOOK).decode()
    assert again == "if 1:\r\n    # statelint: ignore[SL0401, SL0402] why\r\n    x = 1\r\n"


def test_two_rules_on_a_line_share_a_comment() -> None:
    content = with_comments(b"x = {}\n", [finding(1, COUNTER), finding(1, STATE)], "", BOOK)
    assert content == b"x = {}  # statelint: ignore[SL0401, SL0402]\n"


def test_the_code_of_a_finding_silences_what_it_breaks_besides() -> None:
    content = with_comments(b"x = {}\n", [finding(1, also=(ORDER,))], "", BOOK)
    assert content == b"x = {}  # statelint: ignore[SL0401]\n"


def test_nothing_is_said_twice() -> None:
    assert added(added("x = {}\n", 1), 1) == added("x = {}\n", 1)


def test_encodings_stay() -> None:
    before, after = "# coding: latin-1\nx = 'äöü'\n", "# coding: latin-1\nx = 'äöü'  # statelint: ignore[SL0401] müßig\n"
    assert with_comments(before.encode("latin-1"), [finding(2)], "müßig", BOOK) == after.encode("latin-1")
    marked = b"\xef\xbb\xbfx = {}\r\n"
    assert with_comments(marked, [finding(1)], "", BOOK) == b"\xef\xbb\xbfx = {}  # statelint: ignore[SL0401]\r\n"


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        ("# coding: latin-1\nx = 'ä'\n".encode("latin-1"), "日本", "the reason cannot be written in the file's encoding, iso-8859-1"),
        (b"x = '\xff'\n", "", "it cannot be decoded: "),
        (b"def f(:\n", "", "it cannot be parsed: "),
    ],
)
def test_what_cannot_be_done(content: bytes, reason: str, message: str) -> None:
    with pytest.raises(CannotComment) as caught:
        with_comments(content, [finding(1)], reason, BOOK)
    assert message in str(caught.value)


def test_a_reason_that_would_declare_an_encoding() -> None:
    # a comment on one of the first two lines that says "coding:" would be read as the file's encoding
    source = "x = 'ä'\n"
    with_comments(source.encode(), [finding(1)], "coding: latin-1", BOOK)  # behind code it is only a comment
    assert decode(added(source, 1, reason="coding: latin-1").encode()).startswith("x = 'ä'")


STATEMENTS = st.sampled_from(
    [
        "x = {}",
        "x = {}  # a comment",
        "x = {}  # statelint: ignore[SL0402] old",
        "# statelint: ignore[SL0402] old\nx = {}",
        "# statelint: ignore-file[SL0402] old",
        "x = '# statelint: ignore[SL0401]'",
        "x = (\n    1,\n    # inside\n    2,\n)",
        'x = """\n# no comment\n  text\\\n"""',
        'x = f"""{\n  y\n} # no comment\n"""',
        "x = f('''\na\n''', b\"\"\"\n\"\"\")",
        "x = 1 + \\\n  2 + \\\n  3",
        "x = 1; y = 2; z = [\n 3]",
        "@d\n@e(\n  1,\n)\nclass C:\n    a = {}\n\n    def f(self): return self.a",
        "def f(a={},\n      *b):  # open\n    '''doc\n    '''\n    global y; y = a",
        "if x:\n\tx = 1\nelif y: \\\n\ty = 2\nelse:\n\tz = '''\n'''",
        "for i in [\n 1]: pass",
        "x = lambda: {\n  'a': [1,\n   2]}",
        "x = 'ä€' ;",
        "\x0cx = 1",
        "",
        "# only a comment",
        "try:\n    x = {}\nexcept* (A, B):\n    pass",
        "match x:\n    case {'a': 1}:\n        y = {}",
        "type_ = 'äöü'  # type: ignore[x]  # noqa: E501, SL0402",
    ]
)
SOURCES = st.builds(
    lambda statements, end, last, mark: (mark + ("\n".join(statements) + ("\n" if last else "")).replace("\n", end)).encode("utf-8"),
    st.lists(STATEMENTS, min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.sampled_from(["", "\ufeff"]),
)


def statements(content: bytes) -> list[ast.stmt | ast.expr]:
    return [node for node in ast.walk(ast.parse(content)) if isinstance(node, ast.stmt | ast.expr)]


def words(content: bytes) -> list[tuple[int, str]]:
    text = io.StringIO(decode(content), newline=None).readline
    return [(one.type, one.string) for one in tokenize.generate_tokens(text) if one.type not in (tokenize.COMMENT, tokenize.NL)]


@given(SOURCES, st.data())
@example(b"x = 1", None)
def test_round_trip(content: bytes, data: st.DataObject | None) -> None:
    nodes = statements(content)
    if not nodes:
        return
    places = st.lists(st.tuples(st.integers(0, len(nodes) - 1), st.sampled_from([STATE, COUNTER])), min_size=1, max_size=5)
    chosen = data.draw(places) if data else [(0, STATE)]
    found = [finding(nodes[number].lineno, code, end_line=nodes[number].end_lineno) for number, code in chosen]
    changed = with_comments(content, found, "a reason", BOOK)

    assert ast.dump(ast.parse(changed)) == ast.dump(ast.parse(content))
    assert words(changed) == words(content), "only comments were added"
    # taking the comments that are new out again gives what was there
    text, new = decode(content), decode(changed)
    assert new.count("\r\n") >= text.count("\r\n")
    remaining = iter(new)
    assert all(character in remaining for character in text), "nothing was taken away"

    moved = [
        finding(node.lineno, code, end_line=node.end_lineno)
        for node, code in ((statements(changed)[number], code) for number, code in chosen)
    ]
    result = silence(moved, {"app.py": directives(changed)}, BOOK, lambda _: layout(decode(changed)))
    assert not result.kept, "everything is silenced"
    assert with_comments(changed, moved, "a reason", BOOK) == changed, "and stays so"
