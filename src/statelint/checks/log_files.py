"""Handlers of logging configurations that stand in files of their own: JSON, YAML and INI that the project loads."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.deploy.formats.ini import entries
from statelint.deploy.formats.sources import SourceStore, beside
from statelint.deploy.formats.yamldoc import read_document
from statelint.discover.deploy_files import stage
from statelint.inspect.context import Report, evidence, finding
from statelint.inspect.rows.patterns import any_matches
from statelint.inspect.rows.wording import hint_of, message_of
from statelint.inspect.spans import span_of_call
from statelint.model import Span, Step
from statelint.program.evaluation.evaluator import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.program.calls.callgraph import LibraryCall
    from statelint.rulebook.schema import Api, Rule

_RULE: Final = "log-file"
_ROW: Final = "logging-dict-config"
_LOADERS: Final = ("logging.config.dictConfig", "logging.config.fileConfig")
_NAMED: Final = re.compile(r"""["']([\w./-]{1,200}\.(?:json|ya?ml|ini|conf|cfg))["']""")
"""A file that the code which configures logging names."""
_DEVICE: Final = re.compile(r"""^[\s("']*(?:/dev/|/proc/)""")
_SHORT: Final = re.compile(r"^(?:handlers\.)?(\w*FileHandler)$")
"""As INI files write a class: seen from the module `logging`."""


class _Handler(NamedTuple):
    path: str
    line: int
    cls: str


def check(context: Context) -> Iterator[Report]:
    """Report each file once, at the call that loads it."""
    rule = context.book.rule(_RULE)
    row = next((row for row in rule.api if row.id == _ROW), None) if rule is not None else None
    if rule is None or row is None:
        return
    shelf, told = SourceStore(Path(context.discovery.root)), set()
    for name in _LOADERS:
        for call in context.program.graph.library_calls.get(name, ()):
            if context.context_of(call.function, call.site.guards) not in ("serving", "startup", "unreached"):
                continue
            for path in _files(call, shelf, context):
                handler = next(
                    (
                        one
                        for one in _handlers(path, shelf)
                        if any_matches(Value("const", const=one.cls), row.violates, context.program.vocabulary)
                    ),
                    None,
                )
                if handler is not None and path not in told:
                    told.add(path)
                    yield _report(rule, row, call, handler, context)
    for unread in shelf.diagnostics:
        yield evidence(rule.item, "unknown", unread.path, unread.line or 1, unread.message)


def _files(call: LibraryCall, shelf: SourceStore, context: Context) -> Iterator[str]:
    """Yield the files for production that the module of a call names: beside it, or seen from the root."""
    module = call.function.module.path
    for text in dict.fromkeys(_NAMED.findall("\n".join(context.concrete.lines(module)))):
        for path in (beside(module, text), str(PurePosixPath(text))):
            if shelf.exists(path):
                if stage(PurePosixPath(path).name) == "production":
                    yield path
                break


def _handlers(path: str, shelf: SourceStore) -> Iterator[_Handler]:
    source = shelf.read(path)
    if source is None:
        return
    if path.endswith((".ini", ".conf", ".cfg")):
        found = entries(source, shelf)
        devices = {entry.section for entry in found if entry.key == "args" and _DEVICE.match(entry.value)}
        for entry in found:
            short = _SHORT.match(entry.value)
            if entry.section.startswith("handler_") and entry.key == "class" and entry.section not in devices:
                cls = entry.value if short is None else f"logging.{'' if short[1] == 'FileHandler' else 'handlers.'}{short[1]}"
                yield _Handler(path, entry.line, cls)
        return
    document = read_document(source, shelf)
    for _, handler in document.pairs("handlers") if document is not None else ():
        named = handler.text("class") or handler.text("()")
        if named is not None and not _DEVICE.match(handler.text("filename") or ""):
            yield _Handler(path, handler.at("class"), named)


def _report(rule: Rule, row: Api, call: LibraryCall, handler: _Handler, context: Context) -> Report:
    function, value = call.function, Value("const", const=handler.cls)
    activity = context.context_of(function, call.site.guards)
    place = Span(handler.path, handler.line, 1, handler.line, 2, "the handler")
    return finding(
        rule,
        span_of_call(function, call.site.call, context, f"loads {handler.path}"),
        symbol=call.name.rpartition(".")[2],
        message=message_of(rule, row, call.name, value, call.name),
        hint=hint_of(rule, row, value),
        confidence="low" if activity == "unreached" and context.has_entry_points else "medium",
        route=(Step(handler.path, handler.line, f"the handler is {handler.cls}"),),
        spans=[place],
        scope=function.name,
        api=row.id,
    )
