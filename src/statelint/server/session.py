"""A session with an editor: when to analyse, what to publish, and what questions are answered from.

Everything here runs in the thread of the event loop, but for the functions that a `Worker` is given.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import time
import tokenize
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec
from lsprotocol import types
from pygls import uris

from statelint import __version__
from statelint.discover import find_root
from statelint.errors import StatelintError
from statelint.files.read import MOST_SOURCE
from statelint.fixes.source import parsed
from statelint.model import FailedCheck
from statelint.report.text import one_line
from statelint.report.words import count
from statelint.server.actions import Documents, actions_at, findings_at
from statelint.server.diagnostics import diagnostics_of
from statelint.server.hover import Tracer, hover_of
from statelint.server.markup import Markup
from statelint.server.places import Places, real_path
from statelint.server.project import Fixes, Options, Project, Snapshot
from statelint.server.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pygls.lsp.server import LanguageServer

PAUSE: Final = 0.4
"""Seconds without a change before an analysis begins."""


class _Document(msgspec.Struct, frozen=True):
    """A document that the editor shows."""

    uri: str
    version: int | None
    content: bytes
    is_typed: bool
    """Whether it was changed since it was opened or saved."""


class _Analysed(msgspec.Struct, frozen=True):
    """The last analysis of a project that succeeded."""

    snapshot: Snapshot
    tracer: Tracer
    fixes: Fixes


class _State(msgspec.Struct):
    """A project of the session."""

    project: Project
    analysed: _Analysed | None = None
    published: dict[str, list[types.Diagnostic]] = {}
    told: tuple[str, ...] = ()
    """What was said of failures, so that each is said once as long as it lasts."""


class Session:
    """Keeps the projects of one editor."""

    def __init__(self, server: LanguageServer, options: Options) -> None:
        """Take the server, which knows the documents, and what the command line says."""
        self._server = server
        self._options = options
        self._states: dict[str, _State] = {}
        self._typed: set[str] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._round: asyncio.Task[None] | None = None
        self._is_wanted = False
        self._analyses, self._questions = Worker("analysis"), Worker("questions")

    # -- what happens in the editor

    def begin(self, folders: Iterable[str]) -> None:
        """Take the folders of the workspace, by URI, in the place of those before; of two that lie in each other the outer one."""
        paths = {real: uris.to_fs_path(uri) or real for uri in folders if (real := real_path(uri)) is not None}
        outer = {real: path for real, path in paths.items() if not any(_is_below(real, other) for other in paths if other != real)}
        for real in self._states.keys() - outer.keys():
            self._publish(self._states.pop(real), {})
        for real, path in outer.items():
            self._states.setdefault(real, _State(Project(Path(path), self._options)))
        self.wake()

    def opened(self, uri: str) -> None:
        """Note a document that was opened; where the editor has opened no folder, the first brings its own project along."""
        self._typed.discard(uri)
        real = _python_file(uri)
        if real is not None and not self._states:
            root = find_root([real])
            self._states[root] = _State(Project(Path(root), self._options))
        if real is not None and not self._is_as_analysed(uri):
            self.wake()

    def changed(self, uri: str) -> None:
        """Note a document that was changed and is not saved; of others than Python files, only what is saved counts."""
        if _python_file(uri) is not None:
            self._typed.add(uri)
            self.wake()

    def saved(self, uri: str) -> None:
        """Note a document that is on disk as it is shown."""
        self._typed.discard(uri)
        if not self._is_as_analysed(uri):
            self.wake(0)

    def closed(self, uri: str) -> None:
        """Note a document that is shown no more, so that the disk counts."""
        self._typed.discard(uri)
        if _python_file(uri) is not None and not self._is_as_analysed(uri):
            self.wake()

    def changed_on_disk(self, uris_: Iterable[str]) -> None:
        """Note files that somebody has changed; that the editor has saved what it shows, it tells besides."""
        shown = set(self._server.workspace.text_documents)
        if any(unquote(uri) not in shown for uri in uris_):
            self.wake()

    def wake(self, pause: float = PAUSE) -> None:
        """Analyse soon."""
        if self._pause is not None:
            self._pause.cancel()
        self._pause = asyncio.get_running_loop().call_later(pause, self._start)

    def _start(self) -> None:
        self._is_wanted = True
        if self._round is None or self._round.done():
            self._round = asyncio.get_running_loop().create_task(self._analyse_all())

    # -- analyses

    async def _analyse_all(self) -> None:
        """Analyse every project, and again if something was changed meanwhile."""
        while self._is_wanted:
            self._is_wanted = False
            for state in list(self._states.values()):
                await self._analyse(state)

    async def _analyse(self, state: _State) -> None:
        documents = self._documents(state)
        began = time.monotonic()
        try:
            snapshot = await self._analyses.run(_analysed, state.project, documents, state.analysed is not None)
        except StatelintError as error:
            self._tell(state, types.MessageType.Warning, [f"statelint: {error}" + (f" ({error.help})" if error.help else "")])
            return
        except Exception as error:  # noqa: BLE001 - the editor goes on, and so does the server
            self._tell(state, types.MessageType.Error, [_fault(error)])
            return
        if snapshot is None or state not in self._states.values():
            return
        failed = [f"statelint: {one.message}" for one in snapshot.judgement.result.diagnostics if isinstance(one, FailedCheck)]
        self._tell(state, types.MessageType.Error, failed)
        analysed = state.analysed = _Analysed(snapshot, Tracer(snapshot), Fixes(snapshot))
        files = count(snapshot.judgement.result.project.files, "file")
        said = f"{snapshot.root}: {count(len(snapshot.findings), 'finding')}, {files} read, {time.monotonic() - began:.1f} s"
        self._server.window_log_message(types.LogMessageParams(types.MessageType.Info, said))
        self._publish(state, self._diagnostics(state, analysed), documents)

    def _diagnostics(self, state: _State, analysed: _Analysed) -> dict[str, list[types.Diagnostic]]:
        shows = self._server.client_capabilities.text_document
        related = shows is not None and shows.publish_diagnostics is not None and bool(shows.publish_diagnostics.related_information)
        return diagnostics_of(analysed.snapshot, self._places(state, analysed), related=related)

    def _publish(self, state: _State, found: dict[str, list[types.Diagnostic]], documents: Mapping[str, _Document] | None = None) -> None:
        """Publish what differs from what was published before; of a document that is another version by now, nothing."""
        versions = {one.uri: one.version for one in (documents or {}).values()}
        for uri in sorted(found.keys() | state.published.keys()):
            diagnostics = found.get(uri, [])
            version = versions.get(uri)
            if uri in versions and self._version(uri) != version:
                found[uri] = state.published.get(uri, [])
                continue
            if diagnostics != state.published.get(uri, []) or version is not None:
                self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))
        state.published = {uri: diagnostics for uri, diagnostics in found.items() if diagnostics}

    def _tell(self, state: _State, level: types.MessageType, messages: list[str]) -> None:
        """Say what has failed, once: not again while it is so."""
        for message in dict.fromkeys(map(one_line, messages)):
            if message not in state.told:
                self._server.window_show_message(types.ShowMessageParams(level, message))
        state.told = tuple(map(one_line, messages))

    # -- questions

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        """Return what is known of the findings at a position."""
        state, path = self._asked(params.text_document.uri)
        if state is None or state.analysed is None:
            return None
        analysed = state.analysed
        places = self._places(state, analysed)
        here = types.Range(params.position, params.position)
        markup = Markup(is_markdown=self._shows_markdown())

        def answer() -> tuple[str, types.Range] | None:
            findings = findings_at(analysed.snapshot, places, path, here)
            if not findings:
                return None
            findings = [analysed.fixes.of(one) for one in findings]
            return hover_of(findings, analysed.snapshot, places, analysed.tracer, markup), places.range(findings[0])

        answered = await self._questions.run(answer)
        if answered is None:
            return None
        kind = types.MarkupKind.Markdown if markup.is_markdown else types.MarkupKind.PlainText
        return types.Hover(types.MarkupContent(kind, answered[0]), answered[1])

    async def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """Return what can be done about the findings of a range."""
        state, path = self._asked(params.text_document.uri)
        only = params.context.only
        if state is None or state.analysed is None or (only and not any(_asks_for_quick_fixes(kind) for kind in only)):
            return []
        places = self._places(state, state.analysed)
        shown = self._documents(state)
        edits = self._server.client_capabilities.workspace
        versioned = edits is not None and edits.workspace_edit is not None and bool(edits.workspace_edit.document_changes)
        contents = {name: one.content for name, one in shown.items()}
        documents = Documents(contents, {name: one.version for name, one in shown.items()}, versioned=versioned)
        return await self._questions.run(actions_at, state.analysed.fixes, places, documents, path, params.range)

    def rule_of(self, code: str) -> tuple[str, str] | None:
        """Return a rule's summary and the URL of its page, "" where it has none."""
        from statelint.report.links import rule_url  # noqa: PLC0415 - seldom asked

        for state in self._states.values():
            if state.analysed is not None and (rule := state.analysed.snapshot.settings.book.rule(code)) is not None:
                return f"{rule.code} {rule.name}: {one_line(rule.summary)}", rule_url(code, state.analysed.snapshot.settings.book)
        return None

    # -- documents

    def _is_as_analysed(self, uri: str) -> bool:
        """Whether a document, or the file where it is not open, is what was analysed last."""
        state, path = self._asked(uri)
        if state is None or state.analysed is None:
            return False
        document = self._server.workspace.text_documents.get(unquote(uri))
        return state.analysed.snapshot.is_unchanged(path, encoded(document.source) if document is not None else None)

    def _asked(self, uri: str) -> tuple[_State | None, str]:
        """Return the project that a document belongs to, and its path below the root."""
        real = real_path(uri)
        state = self._state_of(real) if real is not None else None
        if state is None or state.analysed is None or real is None:
            return None, ""
        return state, os.path.relpath(real, state.analysed.snapshot.root).replace(os.sep, "/")

    def _state_of(self, real: str) -> _State | None:
        return next((state for folder, state in self._states.items() if _is_below(real, folder)), None)

    def _documents(self, state: _State) -> dict[str, _Document]:
        """Return the Python documents of a project that the editor shows, by path below the root."""
        found: dict[str, _Document] = {}
        root: Path | None = None
        for document in list(self._server.workspace.text_documents.values()):
            real = _python_file(document.uri)
            if real is None or self._state_of(real) is not state:
                continue
            root = root or state.project.root
            content = encoded(document.source)
            if len(content) <= MOST_SOURCE and _is_below(real, os.fspath(root)):
                path = Path(real).relative_to(root).as_posix()
                found[path] = _Document(document.uri, document.version, content, document.uri in self._typed)
        return found

    def _version(self, uri: str) -> int | None:
        document = next((one for one in self._server.workspace.text_documents.values() if one.uri == uri), None)
        return document.version if document is not None else None

    def _places(self, state: _State, analysed: _Analysed) -> Places:
        documents = self._server.workspace.text_documents.values()
        opened = {real: one.uri for one in documents if (real := real_path(one.uri)) is not None}
        return Places(analysed.snapshot, state.project.folder, self._server.workspace.position_codec, opened)

    def _shows_markdown(self) -> bool:
        text = self._server.client_capabilities.text_document
        kinds = text.hover.content_format if text is not None and text.hover is not None else None
        return not kinds or types.MarkupKind.Markdown in kinds


def _analysed(project: Project, documents: Mapping[str, _Document], is_known: bool) -> Snapshot | None:  # noqa: FBT001 - a thread's task
    """Analyse; None where a document that is being typed is no Python at the moment, and what was found before still stands."""
    if is_known and any(one.is_typed and parsed(_text(one.content)) is None for one in documents.values()):
        return None
    return project.analyse({path: one.content for path, one in documents.items()})


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def encoded(text: str) -> bytes:
    """Return a document's bytes as its first lines declare them, since that is how they will be read."""
    plain = text.encode("utf-8", "replace")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(plain).readline)
        return text.encode(encoding)
    except (SyntaxError, LookupError, UnicodeError):
        return plain


def _python_file(uri: str) -> str | None:
    """Return the real path of a Python file, None for anything else."""
    real = real_path(uri)
    return real if real is not None and real.endswith((".py", ".pyw")) else None


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _asks_for_quick_fixes(kind: str) -> bool:
    """Whether a kind of actions is asked for that quick fixes are of."""
    wanted = str(getattr(kind, "value", kind))
    return wanted in ("", types.CodeActionKind.QuickFix.value)


def _fault(error: Exception) -> str:
    """Return a fault of the tool itself in one line; standard error has the rest."""
    traceback.print_exception(error, file=sys.stderr)
    return f"statelint {__version__} failed: {type(error).__name__}: {error}; this is a fault of statelint, the log has the traceback"
