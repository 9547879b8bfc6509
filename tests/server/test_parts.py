"""What the server's answers are made of, without a server: snapshots, places, diagnostics, actions, explanations."""

from __future__ import annotations

import ast
import asyncio
import os
import time
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("pygls")

from lsprotocol import types
from pygls.workspace import PositionCodec
from tests.server.server_fixture import STORE, VIEWS, edited, write

from statelint.cache import Store
from statelint.errors import StatelintError
from statelint.server.actions import SHOW_RULE, Documents, actions_at, findings_at
from statelint.server.diagnostics import diagnostics_of
from statelint.server.hover import Tracer, hover_of
from statelint.server.kept import Kept
from statelint.server.markup import Markup
from statelint.server.places import Places, real_path
from statelint.server.project import Fixes, Options, Project
from statelint.server.session import _asks_for_quick_fixes, encoded
from statelint.server.worker import Worker
from statelint.survey.module import survey

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.server.project import Snapshot
    from statelint.survey.summary import ModuleSummary

FIRST = types.Range(types.Position(0, 0), types.Position(0, 0))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "project")


def snapshot_of(root: Path, **overlay: str) -> Snapshot:
    contents = {f"app/{name}.py": text.encode() for name, text in overlay.items()}
    return Project(root, Options(isolated=True, keep=False)).analyse(contents)


def places_of(snapshot: Snapshot, encoding: str = "utf-16", **opened: str) -> Places:
    return Places(snapshot, snapshot.root, PositionCodec(encoding), opened)


def nothing_open() -> Documents:
    return Documents({}, {}, versioned=False)


# -- projects


def test_the_rule_set_is_read_once_and_a_setting_each_time(root: Path) -> None:
    project = Project(root, Options(keep=False))
    first = project.analyse({})
    assert sorted(one.code for one in first.findings) == ["SL0103", "SL0501"]
    (root / "statelint.toml").write_text('ignore = ["sessions"]\n')
    second = project.analyse({})
    assert [one.code for one in second.findings] == ["SL0501"]
    assert second.settings.book is first.settings.book
    (root / "statelint.toml").write_text('extend-rules = ["rules"]\n')
    with pytest.raises(StatelintError, match="rules"):
        project.analyse({})


def test_files_that_did_not_change_are_not_surveyed_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed: list[bytes] = []

    def counted(content: bytes) -> ModuleSummary:
        surveyed.append(content)
        return survey(content)

    monkeypatch.setattr("statelint.survey.survey.survey", counted)
    project = Project(root, Options(isolated=True, keep=False))
    project.analyse({})
    assert len(surveyed) == len({b"", VIEWS.encode(), STORE.encode()})
    changed = STORE.replace("SESSIONS[token] = user", "pass").encode()
    project.analyse({"app/store.py": changed})
    assert surveyed[3:] == [changed]


def test_what_is_kept_goes_to_disk_once(tmp_path: Path) -> None:
    disk = Store(tmp_path / "cache", tmp_path / "secret", "project")
    (tmp_path / "secret").mkdir()
    disk.write("survey", "1", b"before")
    kept = Kept.over(disk)
    assert kept.read("survey", "1") == b"before"
    for content in (b"first", b"second"):
        kept.write("survey", "1", content)
        assert kept.read("survey", "1") == content
    assert disk.read("survey", "1") == b"first"
    assert kept.read("survey", "2") is None
    assert Kept.over(None).read("survey", "1") is None


def test_programs_of_a_repository_are_told_by_its_paths(tmp_path: Path) -> None:
    for name in ("shop", "billing"):
        write(tmp_path / name)
        (tmp_path / name / ".git").rmdir()
        (tmp_path / name / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
    (tmp_path / ".git").mkdir()
    snapshot = snapshot_of(tmp_path)
    assert {one.path for one in snapshot.findings} >= {"shop/app/store.py", "billing/app/store.py"}
    tracer = Tracer(snapshot)
    state = [one for one in snapshot.findings if one.code == "SL0103"]
    assert [cell.name for one in state if (cell := tracer.of(one)) is not None] == ["app.store.SESSIONS"] * 2
    assert snapshot.is_unchanged("shop/app/store.py", STORE.encode())


# -- places


@pytest.mark.parametrize(("encoding", "extra"), [("utf-8", 3), ("utf-16", 1), ("utf-32", 0)])
def test_columns_are_those_of_the_editor(root: Path, encoding: str, extra: int) -> None:
    snapshot = snapshot_of(root)
    found = next(one for one in snapshot.findings if one.code == "SL0501")
    line = VIEWS.splitlines()[found.line - 1]
    assert places_of(snapshot, encoding).range(found).end.character == len(line) + extra


def test_a_form_feed_ends_no_line_and_a_declared_encoding_is_read(root: Path) -> None:
    text = "# coding: latin-1\n\x0c\nNAME = 'Stra\xdfe'; " + STORE
    (root / "app" / "store.py").write_bytes(text.encode("latin-1"))
    snapshot = snapshot_of(root)
    found = next(one for one in snapshot.findings if one.code == "SL0103")
    assert places_of(snapshot).range(found).start == types.Position(2, len("NAME = 'Stra\xdfe'; "))
    assert encoded(text) == text.encode("latin-1")
    assert snapshot.is_unchanged("app/store.py", encoded(text))
    assert encoded("# coding: no-such\n") == b"# coding: no-such\n"
    assert encoded("# coding: ascii\n\xdf") == "# coding: ascii\n\xdf".encode()


def test_files_are_named_as_the_editor_names_them(root: Path) -> None:
    snapshot = snapshot_of(root)
    opened = {str(root / "app" / "store.py"): "file:///C%3A/store.py"}
    places = Places(snapshot, root, PositionCodec(), opened)
    assert places.uri("app/store.py") == "file:///C%3A/store.py"
    assert places.uri("app/views.py") == (root / "app" / "views.py").as_uri()
    assert real_path("untitled:Untitled-1") is None
    assert real_path("file:///a%00b") is None
    assert places.line("app/store.py", 99) == FIRST
    assert places.line("gone.py", 1).start == types.Position(0, 0)


def test_a_folder_of_a_project_is_told_from_its_root(root: Path) -> None:
    snapshot = Project(root / "app", Options(isolated=True, keep=False)).analyse({})
    assert (snapshot.root, {one.path for one in snapshot.findings}) == (root, {"app/store.py", "app/views.py"})


# -- findings and actions


def test_a_finding_about_the_whole_project_stands_in_its_first_file(root: Path) -> None:
    without = VIEWS[: VIEWS.index('@app.get("/healthz")')]
    (root / "app" / "views.py").write_text(without)
    found = diagnostics_of(snapshot_of(root), places_of(snapshot_of(root)), related=False)
    assert all(uri.endswith(".py") for uri in found)
    assert "SL0601" in {one.code for diagnostics in found.values() for one in diagnostics}
    assert {one.related_information for diagnostics in found.values() for one in diagnostics} == {None}


def test_fixes_and_comments_are_for_what_was_analysed(root: Path) -> None:
    snapshot = snapshot_of(root)
    places = places_of(snapshot)
    where = types.Range(types.Position(8, 10), types.Position(8, 10))
    actions = actions_at(Fixes(snapshot), places, nothing_open(), "app/views.py", where)
    assert [(one.kind, bool(one.edit), bool(one.command)) for one in actions] == [
        (types.CodeActionKind.QuickFix, True, False),
        (types.CodeActionKind.QuickFix, True, False),
        (types.CodeActionKind.QuickFix, False, True),
    ]
    for action in actions[:2]:
        assert action.edit is not None
        assert action.edit.changes is not None
        ((uri, edits),) = action.edit.changes.items()
        assert uri == places.uri("app/views.py")
        text = edited(VIEWS, list(edits))
        ast.parse(text)
        assert [one.code for one in snapshot_of(root, views=text).findings] == ["SL0103"]
    other = Documents({"app/views.py": b"other"}, {"app/views.py": 7}, versioned=True)
    assert [bool(one.edit) for one in actions_at(Fixes(snapshot), places, other, "app/views.py", where)] == [False]
    assert actions[2].command is not None
    assert (actions[2].command.command, actions[2].command.arguments) == (SHOW_RULE, ["SL0501"])


def test_an_unsafe_fix_says_so_and_is_not_preferred(root: Path) -> None:
    text = VIEWS.replace("app = Flask(__name__)\n", 'app = Flask(__name__)\napp.config["SECRET_KEY"] = os.urandom(24)\n').replace(
        "from flask import", "import os\n\nfrom flask import"
    )
    snapshot = snapshot_of(root, views=text)
    line = next(number for number, one in enumerate(text.splitlines()) if "urandom" in one)
    where = types.Range(types.Position(line, 0), types.Position(line, 60))
    shown = Documents({"app/views.py": text.encode()}, {"app/views.py": 3}, versioned=True)
    fix, *_ = actions_at(Fixes(snapshot), places_of(snapshot), shown, "app/views.py", where)
    assert "unsafe" in fix.title
    assert fix.is_preferred is False
    assert fix.edit is not None
    (change,) = fix.edit.document_changes or ()
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 3
    ast.parse(edited(text, [one for one in change.edits if isinstance(one, types.TextEdit)]))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_comment_goes_where_add_ignores_puts_it(root: Path, end: str) -> None:
    text = 'WORDS = """\n  x"""\nSESSIONS = \\\n    {}\n'.replace("\n", end) + STORE.replace("SESSIONS = {}\n", "").replace("\n", end)
    (root / "app" / "store.py").write_bytes(text.encode())
    snapshot = snapshot_of(root)
    places = places_of(snapshot)
    found = next(one for one in snapshot.findings if one.code == "SL0103")
    (ignore,) = [one for one in actions_at(Fixes(snapshot), places, nothing_open(), "app/store.py", places.range(found)) if one.edit]
    assert ignore.edit is not None
    (edits,) = (ignore.edit.changes or {}).values()
    after = edited(text, list(edits))
    assert after.count("statelint: ignore[SL0103]") == 1
    assert after.count("\r") == text.count("\r")
    assert [one.code for one in snapshot_of(root, store=after).findings] == ["SL0501"]


def test_a_file_that_is_no_python_gets_neither(root: Path) -> None:
    (root / "app" / "store.py").write_text("def broken(:\n")
    snapshot = snapshot_of(root)
    assert [one.code for one in findings_at(snapshot, places_of(snapshot), "app/store.py", FIRST)] == ["SL0004"]
    actions = actions_at(Fixes(snapshot), places_of(snapshot), nothing_open(), "app/store.py", FIRST)
    assert [one.edit for one in actions] == [None]


@pytest.mark.parametrize(("kind", "asks"), [("", True), ("quickfix", True), ("quickfix.x", False), ("source.fixAll", False)])
def test_actions_are_quick_fixes(kind: str, asks: bool) -> None:
    assert _asks_for_quick_fixes(kind) is asks


# -- explanations


def test_what_comes_of_the_project_means_nothing_but_itself() -> None:
    markdown, plain = Markup(is_markdown=True), Markup(is_markdown=False)
    assert markdown.words("a <b>*x*</b> `c_d` [e](f)\x1b") == "a \\<b>\\*x\\*\\</b> `c_d` \\[e\\](f)␛"
    assert markdown.words("> quoted") == "\\> quoted"
    assert plain.words("*x*\ny") == plain.words("*x* y")
    assert (markdown.code("a`b"), plain.code("a`b"), markdown.code("")) == ("`a'b`", "a`b", "")
    assert markdown.link("x", "file:///a) [b](c") == "x"
    assert markdown.link("x", "file:///a#L1") == "[x](file:///a#L1)"
    assert markdown.block(["a", "```"]) == "```python\na\n'''\n```"
    assert plain.block(["a"]) == "    a"


def test_of_what_is_no_state_there_is_no_trace(root: Path) -> None:
    snapshot = snapshot_of(root)
    found = [one for one in snapshot.findings if one.code == "SL0501"]
    page = hover_of(found, snapshot, places_of(snapshot), Tracer(snapshot), Markup(is_markdown=False))
    assert page.startswith("SL0501 ")
    assert "Trace" not in page
    assert "\n    " in page, "the repair in code"


# -- threads


def test_a_worker_gives_results_and_errors() -> None:
    async def ask() -> None:
        worker = Worker("test")
        assert await worker.run(os.path.join, "a", "b") == os.path.join("a", "b")  # noqa: PTH118 - any function
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 // 0)
        slow = asyncio.ensure_future(worker.run(time.sleep, 0.1))
        await asyncio.sleep(0)
        slow.cancel()
        assert await worker.run(lambda: 2) == 2

    asyncio.run(ask())
