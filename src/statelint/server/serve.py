"""The server's life: its streams or socket, what it can do, and its exit status."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from statelint import __version__
from statelint.errors import StatelintError
from statelint.server.actions import SHOW_RULE
from statelint.server.session import Session

if TYPE_CHECKING:
    from statelint.server.project import Options

_WATCHED: Final = (
    "**/*.{py,pyw,toml,yaml,yml,json,ini,cfg,conf,env,txt,lock,jsonl,service}",
    "**/{Dockerfile,Containerfile,Procfile,Pipfile,.env,.gitignore}*",
)
"""What decides about findings; an editor tells of changes to it by others, such as git."""


def serve(options: Options, address: tuple[str, int] | None = None) -> int:
    """Serve one editor, on the standard streams or at an address, until it says goodbye or goes; return the exit status.

    Raises:
        StatelintError: nothing can listen at the address.
    """
    gc.enable()  # the command line turns it off for runs that end soon
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):  # a thread waits for the editor, and no exception would wake it
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    server = build(options)
    said_goodbye: list[bool] = []
    server.feature(types.SHUTDOWN)(lambda *_: said_goodbye.append(True))
    if address is None:
        _over_streams(server)
    else:
        try:
            with suppress(SystemExit):
                server.start_tcp(*address)
        except OSError as error:
            raise StatelintError(f"--tcp {address[0]}:{address[1]}: {error.strerror or error}") from error
    return 0 if said_goodbye else 1


def _over_streams(server: LanguageServer) -> None:
    """Serve on the standard streams; what anything else prints goes to standard error, where it does not break the protocol."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "wb", buffering=0) as out:
        os.dup2(2, 1)
        server.start_io(sys.stdin.buffer, out)


def build(options: Options) -> LanguageServer:
    """Return a server with everything that it can do."""
    # whole documents: an editor and `str.splitlines` do not agree on what ends a line
    server = LanguageServer("statelint", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
    session = Session(server, options)
    _follow_workspace(server, session)
    _follow_documents(server, session)
    _answer(server, session)
    return server


def _follow_workspace(server: LanguageServer, session: Session) -> None:
    @server.feature(types.INITIALIZED)
    def initialized(_: types.InitializedParams) -> None:
        session.begin(_folders(server))
        _watch(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders_changed(_: types.DidChangeWorkspaceFoldersParams) -> None:
        session.begin(_folders(server))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        session.changed_on_disk(change.uri for change in params.changes)


def _follow_documents(server: LanguageServer, session: Session) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        session.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        session.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        session.saved(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        session.closed(params.text_document.uri)


def _answer(server: LanguageServer, session: Session) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        return await session.hover(params)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]))
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        return await session.actions(params)

    @server.command(SHOW_RULE)
    def show_rule(code: str) -> None:
        _show_rule(server, session, code)


def _folders(server: LanguageServer) -> list[str]:
    """Return the URIs of the workspace's folders; an editor that knows none may name one root."""
    folders = list(server.workspace.folders.values())
    root = server.workspace.root_uri
    return [folder.uri for folder in folders] or ([root] if root else [])


def _watch(server: LanguageServer) -> None:
    """Ask to be told of changes that others make to files."""
    able = server.client_capabilities.workspace
    watching = able.did_change_watched_files if able is not None else None
    if watching is None or not watching.dynamic_registration:
        return
    wanted = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(pattern) for pattern in _WATCHED])
    registration = types.Registration("statelint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, wanted)
    server.client_register_capability(types.RegistrationParams([registration]))


def _show_rule(server: LanguageServer, session: Session, code: str) -> None:
    """Open a rule's page in the browser, or say where it is."""
    known = session.rule_of(code)
    if known is None:
        return
    said, url = known
    window = server.client_capabilities.window
    if url and window is not None and window.show_document is not None and window.show_document.support:
        server.window_show_document(types.ShowDocumentParams(url, external=True))
    else:
        server.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"{said} {url}".strip()))
