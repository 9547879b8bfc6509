"""A small project, and a real client that edits it over the standard streams of `statelint server`."""

from __future__ import annotations

import ast
import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Union

import pytest
from tests.cli.project_fixture import environment

pytest.importorskip("pygls")

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.protocol import default_converter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from cattrs import Converter

WAIT: Final = 60
"""Seconds until an answer that does not come is a failure."""
VIEWS: Final = '''\
"""Sitzungen 🍪."""

from flask import Flask, request
from flask_limiter import Limiter

from app.store import remember

app = Flask(__name__)
limiter = Limiter(lambda: "🍪", app=app)


@app.post("/login")
def login():
    remember(request.form["token"], request.form["user"])
    return "ok"


@app.get("/healthz")
def healthz():
    return "ok"
'''
STORE: Final = """\
SESSIONS = {}


def remember(token, user):
    SESSIONS[token] = user


def whose(token):
    return SESSIONS[token]
"""


def write(folder: Path) -> Path:
    """Write the project and return its root."""
    (folder / ".git").mkdir(parents=True)
    (folder / "app").mkdir()
    (folder / "app" / "__init__.py").write_text("")
    (folder / "app" / "views.py").write_text(VIEWS)
    (folder / "app" / "store.py").write_text(STORE)
    (folder / "requirements.txt").write_text("flask\nFlask-Limiter\n")
    return folder


def _converter() -> Converter:
    """Return pygls's, which would take an action with a command for a bare command."""
    converter: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls's
    converter.register_structure_hook(
        Union[types.Command, types.CodeAction],  # noqa: UP007 - the very object that pygls asks for
        lambda given, _: converter.structure(given, types.CodeAction),
    )
    return converter


class Editor:
    """An editor with the project open."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.client: Any = LanguageClient("editor", "1", converter_factory=_converter)
        self.diagnostics: dict[str, types.PublishDiagnosticsParams] = {}
        self.messages: list[str] = []
        self.log: list[str] = []
        self.shown: list[str] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self._news = asyncio.Event()
        for feature, note in (
            (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, lambda given: self.diagnostics.update({given.uri: given})),
            (types.WINDOW_SHOW_MESSAGE, lambda given: self.messages.append(given.message)),
            (types.WINDOW_LOG_MESSAGE, lambda given: self.log.append(given.message)),
        ):
            self.client.feature(feature)(self._noting(note))

        def show(given: types.ShowDocumentParams) -> types.ShowDocumentResult:
            self.shown.append(given.uri)
            return types.ShowDocumentResult(success=True)

        self.client.feature(types.WINDOW_SHOW_DOCUMENT)(show)

    def _noting(self, note: Callable[[Any], None]) -> Callable[[Any], None]:
        def noted(given: Any) -> None:
            note(given)
            self._news.set()

        return noted

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds that the server's messages decide."""
        async with asyncio.timeout(WAIT):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    def open(self, path: str) -> None:
        """Open a file."""
        self.texts[path], self.versions[path] = (self.root / path).read_text(), 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(self.uri(path), "python", 1, self.texts[path]))
        )

    def type(self, path: str, text: str) -> None:
        """Change what stands in an open file, without saving it."""
        self.versions[path] += 1
        self.texts[path] = text
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[path], self.uri(path)),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def save(self, path: str) -> None:
        (self.root / path).write_text(self.texts[path])
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(self.uri(path))))

    def found(self, path: str) -> list[types.Diagnostic]:
        """Return what is shown of a file."""
        published = self.diagnostics.get(self.uri(path))
        return list(published.diagnostics) if published is not None else []

    def codes(self, path: str) -> list[str]:
        return [str(one.code) for one in self.found(path)]

    async def actions(self, path: str, at: types.Range, **more: Any) -> list[types.CodeAction]:
        asked = types.CodeActionParams(types.TextDocumentIdentifier(self.uri(path)), at, types.CodeActionContext([], **more))
        return list(await self.client.text_document_code_action_async(asked) or [])

    async def hover(self, path: str, at: types.Position) -> types.Hover | None:
        found: types.Hover | None = await self.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(self.uri(path)), at)
        )
        return found

    def apply(self, edit: types.WorkspaceEdit) -> None:
        """Do what an editor does with an action; what comes of it must be Python."""
        for change in edit.document_changes or ():
            assert isinstance(change, types.TextDocumentEdit)
            path = next(path for path in self.texts if self.uri(path) == change.text_document.uri)
            assert change.text_document.version == self.versions[path]
            text = edited(self.texts[path], [one for one in change.edits if isinstance(one, types.TextEdit)])
            ast.parse(text)
            self.type(path, text)


def edited(text: str, edits: list[types.TextEdit]) -> str:
    """Return a text with edits, whose columns count UTF-16 units."""
    lines = text.splitlines(keepends=True)

    def offset(position: types.Position) -> int:
        before = sum(map(len, lines[: position.line]))
        line = lines[position.line] if position.line < len(lines) else ""
        return before + len(line.encode("utf-16-le")[: 2 * position.character].decode("utf-16-le"))

    for edit in sorted(edits, key=lambda one: offset(one.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


CAPABILITIES: Final = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=True),
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
    ),
    workspace=types.WorkspaceClientCapabilities(workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)),
    window=types.WindowClientCapabilities(show_document=types.ShowDocumentClientCapabilities(support=True)),
)


@asynccontextmanager
async def editing(
    root: Path, *arguments: str, capabilities: types.ClientCapabilities = CAPABILITIES, with_folder: bool = True
) -> AsyncIterator[Editor]:
    """Start a server and an editor, and end both as editors do; the server must end well and print nothing."""
    editor = Editor(root)
    client = editor.client
    await client.start_io(sys.executable, "-m", "statelint", "server", *arguments, cwd=root.parent, env=environment())
    try:
        folders = [types.WorkspaceFolder(root.as_uri(), "project")] if with_folder else None
        await client.initialize_async(types.InitializeParams(capabilities, workspace_folders=folders))
        client.initialized(types.InitializedParams())
        yield editor
        async with asyncio.timeout(WAIT):
            await client.shutdown_async(None)
            client.exit(None)
            assert await client._server.wait() == 0
            assert (await client._server.stderr.read()).decode() == ""
    finally:
        if client._server.returncode is None:
            client._server.kill()
        await client.stop()
