"""`statelint server` as an editor tries it, over its standard streams."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import environment, process

pytest.importorskip("pygls")

from lsprotocol import types
from tests.server.server_fixture import CAPABILITIES, STORE, VIEWS, WAIT, Editor, editing, write

if TYPE_CHECKING:
    from pathlib import Path

START = types.Range(types.Position(0, 0), types.Position(0, 0))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "project")


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines()) if words in line)


def test_findings_are_shown_with_the_places_that_they_rest_on(project: Path) -> None:
    async def edit() -> None:
        async with editing(project, "--stdio") as editor:
            await editor.until(lambda: bool(editor.codes("app/store.py") and editor.codes("app/views.py")))
            (state,) = editor.found("app/store.py")
            assert (state.source, state.code, state.severity) == ("statelint", "SL0103", types.DiagnosticSeverity.Error)
            assert state.range == types.Range(types.Position(0, 0), types.Position(0, 8))
            assert state.code_description is not None
            assert state.code_description.href.endswith("/rules/SL0103/")
            assert isinstance(state.data, dict) or hasattr(state.data, "fingerprint")
            assert "help: " in state.message
            places = [(one.location.uri, one.location.range.start.line, one.message) for one in state.related_information or ()]
            assert (editor.uri("app/store.py"), line_of(STORE, "= user"), "written by remember, on POST /login") in places
            steps = [place for place in places if place[2].startswith("route ")]
            assert steps[0] == (editor.uri("app/views.py"), line_of(VIEWS, "def login"), "route 1/3: POST /login -> login")
            assert [uri for uri, _, _ in steps] == [editor.uri("app/views.py"), editor.uri("app/store.py"), editor.uri("app/store.py")]
            (limiter,) = editor.found("app/views.py")
            line = line_of(VIEWS, "Limiter(")
            end = len(VIEWS.splitlines()[line].encode("utf-16-le")) // 2
            assert limiter.range == types.Range(types.Position(line, 10), types.Position(line, end)), "in units of UTF-16"
            assert end == len(VIEWS.splitlines()[line]) + 1

    asyncio.run(edit())


def test_what_is_typed_counts_before_it_is_saved(project: Path) -> None:
    async def edit() -> None:
        async with editing(project) as editor:
            editor.open("app/store.py")
            await editor.until(lambda: editor.codes("app/store.py") == ["SL0103"])
            editor.type("app/store.py", STORE.replace("    SESSIONS[token] = user", "    return None"))
            await editor.until(lambda: editor.codes("app/store.py") == [])
            assert editor.diagnostics[editor.uri("app/store.py")].version == 2
            assert (project / "app" / "store.py").read_text() == STORE, "the server writes nothing"
            editor.type("app/store.py", STORE)
            await editor.until(lambda: editor.codes("app/store.py") == ["SL0103"])
            analyses = len(editor.log)
            editor.save("app/store.py")
            editor.open("app/views.py")
            editor.type("app/views.py", VIEWS.replace("remember(", "print("))
            await editor.until(lambda: editor.codes("app/store.py") == [])
            assert len(editor.log) == analyses + 1, "saving or opening what was analysed is no reason to analyse"

    asyncio.run(edit())


def test_half_a_statement_leaves_the_findings_alone_until_it_is_saved(project: Path) -> None:
    async def edit() -> None:
        async with editing(project) as editor:
            editor.open("app/store.py")
            editor.open("app/views.py")
            await editor.until(lambda: bool(editor.codes("app/store.py") and editor.codes("app/views.py")))
            analyses = len(editor.log)
            editor.type("app/store.py", STORE + "\ndef broken(:\n")
            await asyncio.sleep(1)
            assert (len(editor.log), editor.codes("app/store.py")) == (analyses, ["SL0103"])
            editor.save("app/store.py")
            await editor.until(lambda: editor.codes("app/store.py") == ["SL0004"])

    asyncio.run(edit())


def test_after_a_fix_or_a_comment_the_finding_is_gone(project: Path) -> None:
    async def edit() -> None:
        async with editing(project) as editor:
            editor.open("app/views.py")
            await editor.until(lambda: editor.codes("app/views.py") == ["SL0501"])
            (finding,) = editor.found("app/views.py")
            fix = next(one for one in await editor.actions("app/views.py", finding.range) if one.is_preferred)
            assert (fix.kind, fix.title.endswith("(SL0501)")) == (types.CodeActionKind.QuickFix, True)
            assert [one.code for one in fix.diagnostics or ()] == ["SL0501"]
            assert fix.edit is not None
            editor.apply(fix.edit)
            assert 'storage_uri=os.environ.get("REDIS_URL")' in editor.texts["app/views.py"]
            assert not [one for one in await editor.actions("app/views.py", finding.range) if one.edit], "of what was analysed alone"
            await editor.until(lambda: editor.codes("app/views.py") == [])
            assert await editor.actions("app/views.py", finding.range) == []
            editor.open("app/store.py")
            ignore = next(one for one in await editor.actions("app/store.py", START) if one.title.startswith("Ignore"))
            assert ignore.edit is not None
            editor.apply(ignore.edit)
            assert editor.texts["app/store.py"].splitlines()[0] == "SESSIONS = {}  # statelint: ignore[SL0103]"
            await editor.until(lambda: editor.codes("app/store.py") == [])
            assert await editor.actions("app/store.py", START, only=[types.CodeActionKind.Refactor]) == []

    asyncio.run(edit())


def test_hovering_explains_a_finding_and_an_action_its_rule(project: Path) -> None:
    async def edit() -> None:
        async with editing(project) as editor:
            editor.open("app/store.py")
            await editor.until(lambda: bool(editor.codes("app/store.py")))
            shown = await editor.hover("app/store.py", types.Position(0, 3))
            assert shown is not None
            assert isinstance(shown.contents, types.MarkupContent)
            page = shown.contents.value
            assert page.startswith("**SL0103 session-store-in-process** (error, confidence high)")
            for words in (
                "**Why**: ",
                "**Repair**: ",
                "2. ",
                "**Trace** of `app.store.SESSIONS`",
                "lives as long as the process",
                "SL0103/)",
            ):
                assert words in page
            assert f"({editor.uri('app/store.py')}#L{line_of(STORE, '= user') + 1})" in page
            assert await editor.hover("app/store.py", types.Position(3, 3)) is None
            assert await editor.hover("app/views.py", types.Position(0, 3)) is None
            show = next(one for one in await editor.actions("app/store.py", START) if one.command)
            assert show.command is not None
            asked = types.ExecuteCommandParams(show.command.command, arguments=show.command.arguments)
            await editor.client.workspace_execute_command_async(asked)
            assert [one.rpartition("/rules/")[2] for one in editor.shown] == ["SL0103/"]
            await editor.client.workspace_execute_command_async(types.ExecuteCommandParams(show.command.command, arguments=["../x"]))
            assert len(editor.shown) == 1

    asyncio.run(edit())


def test_a_wrong_setting_is_told_once_and_the_findings_stay(project: Path) -> None:
    async def edit() -> None:
        async with editing(project) as editor:
            editor.open("app/store.py")
            await editor.until(lambda: bool(editor.codes("app/store.py")))
            (project / "statelint.toml").write_text('selct = ["state"]\n')
            changed = [types.FileEvent(editor.uri("statelint.toml"), types.FileChangeType.Created)]
            for _ in range(2):
                editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changed))
                await asyncio.sleep(1)
            await editor.until(lambda: bool(editor.messages))
            (message,) = editor.messages
            assert "selct" in message
            assert editor.codes("app/store.py") == ["SL0103"]
            (project / "statelint.toml").write_text('ignore = ["sessions"]\n')
            editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changed))
            await editor.until(lambda: editor.codes("app/store.py") == [])

    asyncio.run(edit())


def test_a_simple_editor_without_folders_is_served_too(project: Path) -> None:
    plain = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.PlainText]))
    )

    async def edit() -> None:
        async with editing(project, capabilities=plain, with_folder=False) as editor:
            editor.open("app/store.py")
            await editor.until(lambda: editor.codes("app/store.py") == ["SL0103"])
            assert editor.found("app/store.py")[0].related_information is None
            shown = await editor.hover("app/store.py", types.Position(0, 3))
            assert shown is not None
            assert isinstance(shown.contents, types.MarkupContent)
            assert (shown.contents.kind, "**" in shown.contents.value) == (types.MarkupKind.PlainText, False)
            actions = await editor.actions("app/store.py", START)
            edits = [one.edit for one in actions if one.edit is not None]
            assert [list(edit.changes or {}) for edit in edits] == [[editor.uri("app/store.py")]]

    asyncio.run(edit())


def test_folders_come_and_go(project: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other")

    async def edit() -> None:
        async with editing(project) as editor:
            await editor.until(lambda: bool(editor.codes("app/store.py")))
            second = types.WorkspaceFolder(other.as_uri(), "other")
            editor.client.workspace_did_change_workspace_folders(
                types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent(added=[second], removed=[]))
            )
            uri = (other / "app" / "store.py").as_uri()
            await editor.until(lambda: uri in editor.diagnostics)
            assert len(editor.diagnostics[uri].diagnostics) == 1

    asyncio.run(edit())


def test_a_link_to_the_project_is_named_as_the_editor_names_it(project: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(project)

    async def edit() -> None:
        async with editing(link) as editor:
            await editor.until(lambda: editor.codes("app/store.py") == ["SL0103"])
            assert all(uri.startswith(link.as_uri()) for uri in editor.diagnostics)

    asyncio.run(edit())


def test_an_editor_that_goes_without_a_word_leaves_no_server(project: Path) -> None:
    done = process("server", folder=project)
    assert (done.status, done.out) == (1, "")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_ends_it_though_the_editor_is_still_there(project: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "statelint", "server"], cwd=project, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        body = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()
        assert server.stdout.readline().startswith(b"Content-Length: ")
        server.terminate()
        assert server.wait(timeout=WAIT) == -signal.SIGTERM


def test_a_server_without_pygls_says_what_to_install(project: Path) -> None:
    code = "import sys; sys.modules['pygls'] = None; from statelint.cli import main; main(['server'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=project, env=environment(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("error: `statelint server` needs pygls, which is not installed\n  = help: pip install 'statelint-web[server]'\n")


@pytest.mark.parametrize(("given", "said"), [("7998", "HOST:PORT"), ("localhost:x", "HOST:PORT"), ("localhost:70000", "HOST:PORT")])
def test_an_address_has_a_host_and_a_port(project: Path, given: str, said: str) -> None:
    done = process("server", "--tcp", given, folder=project)
    assert done.status == 2
    assert said in done.err


def test_it_can_be_reached_over_tcp(project: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def edit() -> None:
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "statelint", "server", "--tcp", f"127.0.0.1:{port}", cwd=project, env=environment()
        )
        editor = Editor(project)
        try:
            async with asyncio.timeout(WAIT):
                while True:
                    try:
                        await editor.client.start_tcp("127.0.0.1", port)
                        break
                    except OSError:
                        await asyncio.sleep(0.1)
                await editor.client.initialize_async(types.InitializeParams(CAPABILITIES, root_uri=project.as_uri()))
                editor.client.initialized(types.InitializedParams())
                await editor.until(lambda: editor.codes("app/store.py") == ["SL0103"])
                await editor.client.shutdown_async(None)
                editor.client.exit(None)
                assert await server.wait() == 0
        finally:
            if server.returncode is None:
                server.kill()
                await server.wait()
            await editor.client.stop()

    asyncio.run(edit())


def test_the_help_imports_no_pygls(project: Path) -> None:
    code = "import sys; from statelint.cli import _run; _run(['server', '--help']); print(sorted({'pygls', 'libcst'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=project, env=environment(), capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]"
    assert done.returncode == 0
