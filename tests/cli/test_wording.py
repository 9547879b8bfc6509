"""Sentences are a reader's: no stand-in in code quotes, no class path of the analysis, no echo; what is code stays."""

from __future__ import annotations

import pytest
from tests.cli.cli_fixture import finding

from statelint.engine import Analysis
from statelint.model import Evidence, Project, Span, Step
from statelint.verdict.wording import in_plain_words, plain


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("log records go to `a path` on this instance", "log records go to a path on this instance"),
        ("an upload is saved to `a file`", "an upload is saved to a file"),
        ("argument sink is `a value that could not be followed`", "argument sink is a value that could not be followed"),
        ("log records go to `'logs/shop.log'`", "log records go to `logs/shop.log`"),
        ("typing.Any.set is called beside a write", "`set()` is called beside a write"),
        ("while it calls typing.Any.execute", "while it calls `execute()`"),
        ("a request writes `typing.Any.mime`", "a request writes `mime`"),
        ("`self.folder.joinpath` is written by one request", "`self.folder.joinpath(...)` is written by one request"),
        ("writes file_path.with_suffix", "writes file_path.with_suffix(...)"),
        ("query.<lambda:708:18> calls it", "a lambda in query calls it"),
        ("<lambda:1:2>", "a lambda"),
    ],
)
def test_slips(said: str, wanted: str) -> None:
    assert plain(said) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "`a = 1` is code, and so is `a file.txt`",
        "`path` is written",
        "`f('x')` and `'a' + 'b'` are expressions",
        "my_typing.Any.set is somebody's own, `x.typing.Any.y` too",
        "annotated `typing.Any`",
        "`os.path.join` and `path.joinpath(name)` are whole, resolve as well",
        "nothing is seen to read it, in a file",
    ],
)
def test_the_harmless_ones_stay(said: str) -> None:
    assert plain(said) == said


def test_an_entry_point_without_a_path_is_named_once() -> None:
    route = (Step("a.py", 1, "Api.stop -> Api.stop"), Step("a.py", 2, "Api.stop -> Api.stopped"), Step("b.py", 3, "POST /x -> x"))
    one = finding(
        1,
        message="saved to `a file`",
        label="`'x'`",
        notes=("typing.Any.get is called",),
        spans=(Span("a.py", 1, 1, 1, 2, "by <lambda:1:1>"),),
        route=route,
    )
    project = Project("/p", (), 1, 1, 1)
    given = Analysis("/p", project, (one,), (Evidence("logs", "pass", "a.py", 1, "goes to `a path`"),), (), {}, (), (), has_web=True)
    mended = in_plain_words(given)
    (found,), (evidence,) = mended.findings, mended.evidence
    assert [step.text for step in found.route] == ["Api.stop", "Api.stop -> Api.stopped", "POST /x -> x"]
    assert (found.message, found.label, found.notes) == ("saved to a file", "`x`", ("`get()` is called",))
    assert (found.spans[0].label, evidence.text) == ("by a lambda", "goes to a path")
    assert (found.symbol, found.path, found.line, found.hint) == (one.symbol, one.path, one.line, one.hint)
