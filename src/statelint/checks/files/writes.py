"""Local files: does a later request, or anybody but this call, need what is written?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.checks.files import file_database
from statelint.checks.files.call_sites import NamedFile, files_named
from statelint.checks.files.contents import sources_of_file
from statelint.checks.files.path_sources import FilePaths, FileReader, named_path, path_argument, path_symbol, shared_paths
from statelint.checks.files.temporary import TemporaryFiles, destination, is_moved, mentions
from statelint.inspect.context import Report, evidence, finding, worded
from statelint.inspect.rows.patterns import shown
from statelint.inspect.rows.wording import hint_of, notes_of
from statelint.inspect.spans import line_span, span_of_call, span_of_use
from statelint.model import Step
from statelint.program.flow import sources
from statelint.program.names.conditions import ARMS, names_in
from statelint.survey.summary import Call, Const, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.model import Confidence, Evidence, Finding
    from statelint.program.names.nodes import Function


class _Written(NamedTuple):
    """A file that stays, and what is known of it."""

    file: NamedFile
    case: str
    """Of the rule's messages: `served`, `upload`, `escapes` or `write`."""
    confidence: Confidence
    reader: FileReader | None


def refine_write(candidate: Candidate, context: Context) -> Iterator[Report]:
    """Report a write of a file that outlives the request, at the call that names the file."""
    use, function = candidate.use, candidate.use.function
    if _is_log_or_test(function, context) or _is_lock_file(function, context):
        return
    paths = context.once(shared_paths)
    temporary = TemporaryFiles(context.program, paths)
    if "tempfile." in use.name:
        kept_as = _bound_names(function, candidate)
        reason = temporary.is_cleaned(function, kept_as)
        if reason:
            yield _harmless(candidate, reason)
        elif _escapes(function, kept_as, use.call):
            one = NamedFile(function, path_argument(candidate.row, candidate.use.call))
            yield _finding(candidate, _judged(one, "escapes", paths, temporary, context), paths, context)
        return
    written = path_argument(candidate.row, candidate.use.call)
    if written is None and use.call is not None and any(keyword == "**" for keyword, _ in use.call.keywords):
        return  # `frame.to_csv(**options)` gives the text, unless the options name a file
    if isinstance(written, Ref) and any(binding.how == "with" for binding in function.locals.get(written.path, ())):
        return  # a file that is open already: what opened it is told, if it is of this disk
    path = destination(function, written) or written
    reading = file_database.reread(function, path, use.line, context)
    record = file_database.report(candidate, reading, path, context) if reading is not None else None
    if record is not None and not temporary.is_temporary(function, written):
        yield record
        return
    for one in files_named(function, path, context):
        yield _told(candidate, one, written, temporary, context)


def _told(candidate: Candidate, one: NamedFile, written: Expr | None, temporary: TemporaryFiles, context: Context) -> Report:
    """Report one of the files that a write may make, or say why it is none that others need."""
    paths = context.once(shared_paths)
    reason = temporary.is_temporary(one.function, one.path if one.site is not None else written)
    reason = reason or _named_by_content(one.function, one.path, paths, context)
    named, content = _sources(candidate, one, written, context)
    if not reason and sources.is_same_everywhere(named) and sources.is_same_everywhere(content):
        reason = "the same name and content on every instance"
    if reason:
        return _harmless(candidate, reason)
    judged = _judged(one, "", paths, temporary, context)
    if sources.is_same_everywhere(named) and not content & ~(sources.SHARED | sources.EVERYWHERE) and _asks_first(one.function):
        judged = judged._replace(confidence="low")  # a copy of something shared, fetched again where it is missing
    return _finding(candidate, judged, paths, context)


def _sources(candidate: Candidate, one: NamedFile, written: Expr | None, context: Context) -> tuple[int, int]:
    """Return where the name of a file and its content come from."""
    use, provenance = candidate.use, context.program.provenance
    if use.call is None:
        return sources.UNKNOWN, sources.UNKNOWN
    named, content = sources_of_file(use.function, use.call, written, provenance)
    return (provenance.of(one.function, one.path) if one.site is not None else named), content


def _asks_first(function: Function) -> bool:
    """Whether a function asks if a file is there before it writes it."""
    return any(guard.kind in ARMS and any("exist" in name for name in names_in(guard.test)) for guard in function.summary.guards)


def _harmless(candidate: Candidate, reason: str) -> Evidence:
    use = candidate.use
    return evidence("files", "pass", use.function.module.path, use.line, f"{use.name}: {reason}")


def _named_by_content(function: Function, path: Expr | None, paths: FilePaths, context: Context) -> str:
    names = " ".join(paths.names_in(function, path))
    found = context.program.vocabulary.pattern("content-address").search(names)
    return "named by its content, so a miss makes it anew" if found else ""


def _judged(one: NamedFile, case: str, paths: FilePaths, temporary: TemporaryFiles, context: Context) -> _Written:
    """Tell which case a write is, and how sure it is that somebody needs the file later."""
    function, path = one.function, one.path
    vocabulary = context.program.vocabulary
    names = " ".join(paths.names_in(function, path))
    reader = paths.reader(function, path)
    if not case:
        case = "served" if reader else "upload" if vocabulary.pattern("upload").search(names) else "write"
    confidence: Confidence = "high" if reader or case == "upload" else "medium"
    looks_temporary = reader is None and vocabulary.pattern("temporary-path").search(names)
    if context.program.reach["serving"].is_guessed(function) or looks_temporary or temporary.may_be_temporary(function, path):
        confidence = "low"  # perhaps scratch: nothing seen needs it later
    return _Written(one, case, confidence, reader)


def _finding(candidate: Candidate, written: _Written, paths: FilePaths, context: Context) -> Finding:
    use, row, rule = candidate.use, candidate.row, candidate.rule
    one, reader = written.file, written.reader
    function, path = one.function, one.path
    target = _shown_path(candidate, path) if one.site is None else named_path(path)
    helpers = (Step(helper.module.path, helper.summary.line, helper.name) for helper in one.helpers)
    route = (
        *context.route_steps(context.program.reach["serving"].route(function)),
        *paths.folder(function, path),
        *helpers,
        Step(use.function.module.path, use.line, f"writes {target}"),
    )
    spans = []
    if reader is not None:
        text = f"read by {reader.function.name}, which may run on another instance"
        spans.append(line_span(context, reader.function.module.path, reader.line, text))
    label = "written to the disk of this instance"
    if one.site is not None:
        spans.append(line_span(context, use.function.module.path, use.line, label))
        label = f"{one.helpers[0].name.rpartition('.')[2]} writes it to the disk of this instance"
    return finding(
        rule,
        span_of_use(use, context, label) if one.site is None else span_of_call(function, one.site.call, context, label),
        symbol=path_symbol(path, use.name),
        message=worded(rule, written.case, value=target),
        hint=hint_of(rule, row, candidate.value),
        confidence=written.confidence,
        route=route,
        spans=spans,
        notes=notes_of(row, candidate.decision, candidate.value) if one.site is None else (),
        scope=function.name,
        api=row.id,
    )


def _shown_path(candidate: Candidate, path: Expr | None) -> str:
    if candidate.value.kind in ("const", "head") and isinstance(candidate.value.const, str):
        text = shown(candidate.value).strip("'")
        if text.strip("./"):
            return text
    return named_path(path)


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
    kept_values = (write.value for write in function.summary.writes if "." in write.target)
    return is_moved(function, parts) or mentions(function.summary.returns, parts) or mentions(kept_values, parts)


def _is_lock_file(function: Function, context: Context) -> bool:
    """Whether the function locks what it opens: it is told as a lock of one machine."""
    locks = context.program.vocabulary.role("host-shared")
    paths = (site.call.func for site in function.summary.calls if site.call.func.rpartition(".")[2] in ("flock", "lockf", "locking"))
    return any(name in locks for path in paths for name in context.program.resolver.library_names(function, path))


def _is_log_or_test(function: Function, context: Context) -> bool:
    last = function.name.rpartition(".")[2].lower()
    return not context.program.vocabulary.words("log-function").isdisjoint(last.split("_"))
