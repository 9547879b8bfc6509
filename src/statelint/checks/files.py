"""Local files: does a later request, or anybody but this call, need what is written?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.checks import records
from statelint.checks.naming import describe
from statelint.inspect.context import Report, evidence, finding
from statelint.inspect.patterns import shown
from statelint.inspect.rows import hint_of, notes_of
from statelint.inspect.spans import line_span, span_of_use
from statelint.inspect.uses import argument
from statelint.model import Step
from statelint.program.nodes import External, Function, Made, Module
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.inspect.rows import Candidate
    from statelint.model import Confidence

_CONTENT_ADDRESS: Final = re.compile(r"sha\d|md5|hash|digest|checksum|etag|cache_key", re.IGNORECASE)
_NOT_LOCAL: Final = re.compile(r"stdout|stderr|devnull|/dev/|/proc/|BytesIO|StringIO|buffer|\bbuf\b", re.IGNORECASE)
_TEMPORARY: Final = re.compile(r"tempfile\.|\btmp|temp_?(?:dir|folder|path|file)|_tmp\b|/tmp/", re.IGNORECASE)
_UPLOAD: Final = re.compile(r"\.files\b|upload|\bfile\b|filename", re.IGNORECASE)
_FOLDER: Final = re.compile(r"(?!application/|text/|image/|audio/|video/|font/|https?:|s3:)[\w./-]*/[\w./-]{3,}")
_READERS: Final = frozenset(
    {
        "send_file",
        "send_from_directory",
        "FileResponse",
        "StaticFiles",
        "sendfile",
        "static_file",
        "serve",
        "add_static",
        "open",
        "read_text",
        "read_bytes",
        "load",
    }
)
_DEPTH: Final = 5
_SOURCES: Final = 80


class FileJudge:
    """Follows the path of a written file."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._program = context.program
        self._scratch = context.program.vocabulary.role("scratch")
        self._remove = context.program.vocabulary.role("remove-file")
        self._buffers = context.program.vocabulary.role("buffer")

    def names_in(self, function: Function, expr: Expr | None, depth: int = 0) -> Iterator[str]:
        """Yield every path and library name that a file's path is built from, following local names."""
        if expr is None or depth > _DEPTH:
            return
        match expr:
            case Ref():
                yield expr.path
                head = expr.path.partition(".")[0].partition("[")[0].partition("(")[0]
                scope: Function | None = function
                while scope is not None and head not in scope.locals and head not in scope.params:
                    scope = scope.parent if scope.parent is not None and not scope.parent.is_body else None
                for binding in scope.locals.get(head, ())[:4] if scope is not None else ():
                    yield from self.names_in(scope or function, binding.value, depth + 1)
                if "()" in expr.path:
                    yield from self._library(function, expr.path.partition("()")[0])
            case Call():
                yield expr.func
                yield from self._library(function, expr.func)
                for arg in (*expr.args, *(value for _, value in expr.keywords)):
                    yield from self.names_in(function, arg, depth + 1)
                head = expr.func.partition(".")[0]
                if head in function.locals and depth < 3:
                    yield from self.names_in(function, Ref(head), depth + 1)
            case Template():
                for part in expr.parts:
                    yield from self.names_in(function, part, depth + 1)
            case Either():
                for option in expr.options:
                    yield from self.names_in(function, option, depth + 1)
            case Const():
                if isinstance(expr.value, str):
                    yield f"'{expr.value}'"
            case Display():
                for item in expr.items[:6]:
                    yield from self.names_in(function, item, depth + 1)
            case _:
                return

    def _library(self, function: Function, path: str) -> Iterator[str]:
        for entity in self._program.resolver.walk(function, path).entities:
            if isinstance(entity, (External, Made)):
                yield entity.name

    def is_scratch(self, function: Function, path: Expr | None, depth: int = 0) -> str:
        """Return why the file is gone, or means nothing, when the call is over; "" if it stays."""
        names = set(self.names_in(function, path))
        if any(name in self._buffers for name in names) or any(_NOT_LOCAL.search(name) for name in names):
            return "written to memory or to a stream"
        if any(name in ("tempfile.TemporaryDirectory", "tempfile.SpooledTemporaryFile", "tempfile.TemporaryFile") for name in names):
            return "inside a temporary directory of this call"
        own = {
            name for name in names if not name.startswith("'") and "." not in name and (name in function.locals or name in function.params)
        }
        if self.moved(function, self._path_names(function, path)):
            return ""
        if self._removed(function, self._path_names(function, path), own):
            return "removed again by the same function"
        if own and self._callers_remove(function, own):
            return "removed by the caller"
        for param in own & set(function.params):
            reach = self._program.reach["serving"]
            handed = [pair for pair in self._program.resolver.arguments.get(function, {}).get(param, ()) if pair[0] in reach]
            if handed and depth < 2 and all(self.is_scratch(caller, expr, depth + 1) for caller, expr in handed):
                return "the caller removes it, or made it in a temporary directory"
        return ""

    def may_be_scratch(self, function: Function, path: Expr | None) -> bool:
        """Whether some of those who hand the path in, through any number of functions, have made it in a temporary directory."""
        handed = any(name.partition(".")[0] in function.params for name in self.names_in(function, path))
        return handed and any(_TEMPORARY.search(name) for _, name in self._sources(function, path))

    def is_cleaned(self, function: Function, names: set[str]) -> str:
        """Return why a temporary file is gone when the call is over, "" if it stays."""
        if self.moved(function, names):
            return ""
        if self._removed(function, names):
            return "removed again by the same function"
        return "removed by the caller" if self._callers_remove(function, names) else ""

    def _callers_remove(self, function: Function, names: set[str]) -> bool:
        """Whether the function returns the path and a caller removes it."""
        plain = {name.partition(".")[0] for name in names}
        if not any(set(re.split(r"[ .\[\]()]", describe(expr))) & plain for expr in function.summary.returns):
            return False
        for edge in self._program.graph.callers.get(function, ())[:8]:
            if edge.caller not in self._program.reach["serving"]:
                continue
            for site in edge.caller.summary.calls:
                if site.bound and site.call.line == edge.line and self._removed(edge.caller, {site.bound}):
                    return True
            unpacked = {b.name for b in edge.caller.summary.bindings if b.line == edge.line}
            if unpacked and self._removed(edge.caller, unpacked):
                return True
        return False

    @staticmethod
    def moved(function: Function, names: set[str]) -> bool:
        """Whether the file is moved to its place when it is complete: written beside it, then renamed."""
        for site in function.summary.calls:
            prefix, _, method = site.call.func.rpartition(".")
            if method not in ("replace", "rename", "move", "renames"):
                continue
            if (prefix in ("os", "shutil", "file_move") and site.call.args and describe(site.call.args[0]) in names) or prefix in names:
                return True
        return False

    def _path_names(self, function: Function, path: Expr | None) -> set[str]:
        """The path itself, as it is written or named: not what it is built from."""
        if isinstance(path, Ref):
            head = path.path.partition(".")[0]
            aliases = [b.value.path for b in function.locals.get(head, ()) if isinstance(b.value, Ref)]
            further = [b.name for bound in function.locals.values() for b in bound if isinstance(b.value, Ref) and b.value.path == path.path]
            return {path.path, head, *aliases, *further}
        written = describe(path)
        named = [b.name for bound in function.locals.values() for b in bound if describe(b.value) == written]
        return {written, *named}

    def _removed(self, function: Function, names: set[str], folders: set[str] | None = None) -> bool:
        """Whether the function, or one handed to it as clean-up, removes the path, or a folder around it."""
        candidates = [function, *(child for children in function.children.values() for child in children if isinstance(child, Function))]
        plain = {name for name in names if not name.startswith("'")}
        for scope in candidates:
            for site in scope.summary.calls:
                call = site.call
                if not _always_runs(scope, site.guards):
                    continue
                handed = {describe(arg) for arg in call.args} | set(" ".join(describe(arg) for arg in call.args).split())
                prefix, _, method = call.func.rpartition(".")
                removes = self._is_removal(scope, call.func) or any(
                    self._is_removal(scope, describe(arg)) for arg in call.args if isinstance(arg, Ref)
                )
                if removes and (handed & plain or prefix in plain or prefix.removesuffix("()") in plain):
                    return True
                if folders and handed & folders and call.func.endswith(("rmtree", "cleanup")):
                    return True
                if method in ("cleanup", "unlink", "rmtree") and prefix in plain:
                    return True
        return False

    def _is_removal(self, function: Function, path: str) -> bool:
        if not path or " " in path:
            return False
        last = path.rpartition(".")[2]
        if self._remove.calls(path) or last in ("unlink", "rmtree", "remove_file", "delete_file", "cleanup_file", "remove_temp_file"):
            return True
        for entity in self._program.resolver.walk(function, path).entities:
            if isinstance(entity, External) and self._remove.calls(entity.name):
                return True
            if isinstance(entity, Function) and any(self._remove.calls(site.call.func) for site in entity.summary.calls):
                return True
        return False

    def reader(self, function: Function, path: Expr | None) -> tuple[Function, int, str] | None:
        """Find another function that requests reach and that reads below the same named folder."""
        anchors = {name.rpartition(".")[2] for name in self.names_in(function, path) if name.rpartition(".")[2].isupper() and len(name) > 3}
        anchors |= {text.strip("/") for name in self.names_in(function, path) if _FOLDER.fullmatch(text := name.strip("'"))}
        if not anchors:
            return None
        reach = self._program.reach["serving"]
        for other in self._program.functions:
            if other is function or other not in reach:
                continue
            for site in other.summary.calls:
                if site.call.func.rpartition(".")[2] in _READERS and not self._writes(site.call):
                    texts = {n.strip("'").strip("/") for arg in site.call.args[:2] for n in self.names_in(other, arg)}
                    texts |= {text.rpartition(".")[2] for text in texts}
                    if anchors & texts:
                        return other, site.call.line, site.call.func
        return None

    def folder(self, function: Function, path: Expr | None) -> Iterator[Step]:
        """Yield where the folder is named: a constant or setting that the path is built from."""
        for where, name in self._sources(function, path):
            last = name.removesuffix("]").replace("[", ".").rpartition(".")[2]
            if not last.isupper() or len(last) < 4 or name.startswith("'"):
                continue
            found = [(s.module.path, s.line) for s in self._program.settings.lookup(last)]
            for place in self._program.resolver.walk(where, name).places:
                owner = place.location.owner
                if isinstance(owner, Module) and place.location.name in owner.body.locals:
                    found.append((owner.path, owner.body.locals[place.location.name][0].line))
            if found:
                yield Step(*found[0], f"{last} names the folder")
                return

    def _sources(self, function: Function, path: Expr | None) -> Iterator[tuple[Function, str]]:
        """Yield the names behind a path, through attributes, helpers that return it, and parameters."""
        pending: list[tuple[Function, Expr]] = [(function, path)] if path is not None else []
        seen: set[tuple[Function, str]] = set()
        resolver = self._program.resolver
        while pending and len(seen) < _SOURCES:
            scope, expr = pending.pop(0)
            for name in self.names_in(scope, expr):
                if (scope, name) in seen or name.startswith("'"):
                    continue
                seen.add((scope, name))
                yield scope, name
                for place in resolver.walk(scope, name).places:
                    if place.location.kind in ("attribute", "parameter") and not place.inner:
                        pending.extend(resolver.values_of(place.location)[:3])
                for entity in resolver.walk(scope, name).entities:
                    if isinstance(entity, Function):
                        pending.extend((entity, returned) for returned in entity.summary.returns[:3])

    @staticmethod
    def _writes(call: Call) -> bool:
        mode = argument(call, "mode", 1)
        return isinstance(mode, Const) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax+"))


def refine_write(candidate: Candidate, context: Context) -> Iterator[Report]:
    """Report a write of a file that outlives the request."""
    use, row, rule = candidate.use, candidate.row, candidate.rule
    judge = FileJudge(context)
    path = _path_argument(candidate)
    function = use.function
    if _is_log_or_test(function):
        return
    temporary = "tempfile." in use.name
    kept_as = _bound_names(function, candidate) if temporary else set()
    reason = judge.is_scratch(function, path) if not temporary else judge.is_cleaned(function, kept_as)
    if reason:
        yield evidence("files", "pass", function.module.path, use.line, f"{use.name}: {reason}")
        return
    names = " ".join(judge.names_in(function, path))
    if _CONTENT_ADDRESS.search(names) and not temporary:
        yield evidence("files", "pass", function.module.path, use.line, f"{use.name}: named by its content, so a miss makes it anew")
        return
    if temporary and not _escapes(function, kept_as, use.call):
        return
    reading = None if temporary else records.reread(function, path, use.line, context)
    record = records.report(candidate, reading, path, context) if reading is not None else None
    if record is not None:
        yield record
        return
    reader = judge.reader(function, path)
    case = "escapes" if temporary else "served" if reader else "upload" if _UPLOAD.search(names) else "write"
    target = _shown_path(candidate, path)
    message = rule.messages.get(case, rule.summary).replace("{value}", target)
    reach = context.program.reach["serving"]
    confidence: Confidence = "high" if reader or case == "upload" else "medium"
    if reach.is_guessed(function) or (not reader and _TEMPORARY.search(names)) or judge.may_be_scratch(function, path):
        confidence = "low"  # perhaps scratch: nothing seen needs it later
    spans = []
    if reader is not None:
        spans.append(line_span(context, reader[0].module.path, reader[1], f"read by {reader[0].name}, which may run on another instance"))
    route = (
        *context.route_steps(reach.route(function)),
        *judge.folder(function, path),
        Step(function.module.path, use.line, f"writes {target}"),
    )
    yield finding(
        rule,
        span_of_use(use, context, "written to the disk of this instance"),
        symbol=_symbol(path, use.name),
        message=message,
        hint=hint_of(rule, row, candidate.value),
        confidence=confidence,
        route=route,
        spans=spans,
        notes=notes_of(row, candidate.decision, candidate.value),
        scope=function.name,
        api=row.id,
    )


def _always_runs(function: Function, guards: tuple[int, ...]) -> bool:
    """Whether a removal is part of every run: not only of the failing ones, not only of some."""
    kinds = [function.summary.guards[index] for index in guards]
    if any(guard.kind == "finally" for guard in kinds):
        return True
    return not any(guard.kind in ("except", "case") or (guard.kind in ("if", "else") and "exist" not in guard.text) for guard in kinds)


def _path_argument(candidate: Candidate) -> Expr | None:
    call = candidate.use.call
    for decider in candidate.row.decides:
        given = argument(call, decider.argument, decider.position)
        if given is not None:
            return given
    if call is None:
        return None
    prefix = call.func.rpartition(".")[0]
    return Ref(prefix) if prefix and not candidate.row.decides else None


def _shown_path(candidate: Candidate, path: Expr | None) -> str:
    if candidate.value.kind in ("const", "head") and isinstance(candidate.value.const, str):
        text = shown(candidate.value).strip("'")
        if text.strip("./"):
            return text
    text = describe(path).partition(" ")[0] if isinstance(path, (Ref, Call)) else ""
    return text or "a file"


def _symbol(path: Expr | None, name: str) -> str:
    if isinstance(path, Ref):
        return path.path
    if isinstance(path, Call) and path.args:
        return describe(path.args[0]).partition(" ")[0] or name
    return name.rpartition(".")[2]


def _bound_names(function: Function, candidate: Candidate) -> set[str]:
    """The names of a temporary file: what the call is bound to, its parts, and their `.name`."""
    call = candidate.use.call
    names = {candidate.use.site.bound} if candidate.use.site is not None and candidate.use.site.bound else set()
    if call is not None:
        names |= {b.name for b in function.summary.bindings if call.line <= b.line <= call.end_line and b.name not in function.params}
    return names | {f"{name}.name" for name in names}


def _escapes(function: Function, names: set[str], call: Call | None) -> bool:
    """Whether the name of a temporary file is returned, kept, or becomes another file."""
    if call is None:
        return False
    kept = dict(call.keywords).get("delete")
    if call.func.endswith("NamedTemporaryFile") and not (isinstance(kept, Const) and kept.value is False):
        return False
    parts = {name for name in names if name}
    if any(set(re.split(r"[ .\[\]()]", describe(expr))) & parts for expr in function.summary.returns):
        return True
    if FileJudge.moved(function, parts):
        return True
    return any(set(re.split(r"[ .\[\]()]", describe(w.value))) & parts and "." in w.target for w in function.summary.writes)


def _is_log_or_test(function: Function) -> bool:
    return bool(re.search(r"(?:^|_)(?:log|logs|logger|debug|profile)(?:_|$)", function.name.rpartition(".")[2].lower()))
