"""Local files: does a later request, or anybody but this call, need what is written?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.checks.files import file_database
from statelint.checks.files.call_sites import NamedFile, files_named
from statelint.checks.files.contents import content_of, is_keyed, is_upload, sources_of
from statelint.checks.files.healing import Healing
from statelint.checks.files.later import looked_for_later
from statelint.checks.files.path_sources import named_path, path_argument, path_symbol, shared_paths
from statelint.checks.files.readers import FileReaders
from statelint.checks.files.temporary import TemporaryFiles, destination, is_moved, mentions
from statelint.checks.files.told import Told
from statelint.inspect.context import evidence, finding, worded
from statelint.inspect.rows.patterns import shown
from statelint.inspect.rows.wording import hint_of, notes_of
from statelint.inspect.spans import line_span, span_of_call, span_of_use
from statelint.model import Step
from statelint.program.flow import sources, uses
from statelint.program.names.conditions import inside, names_in
from statelint.survey.summary import Call, Const, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.checks.files.contents import Content
    from statelint.checks.files.readers import FileReader
    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.model import Confidence, Evidence, Finding
    from statelint.program.names.nodes import Function
    from statelint.program.program import Program


class _Written(NamedTuple):
    """A file that stays, and what is known of it."""

    file: NamedFile
    case: str
    """Of the rule's messages: `served`, `upload`, `escapes` or `write`."""
    confidence: Confidence
    reader: FileReader | None
    is_needed: bool = True
    """False where nobody is seen to need the file, and its name goes nowhere."""


class FileFacts:
    """What decides about files, made once for a context."""

    def __init__(self, context: Context) -> None:
        self.paths = context.once(shared_paths)
        self.readers = FileReaders(context)
        self.temporary = TemporaryFiles(context.program, self.paths, self.readers)
        self.healing = Healing(context)


def judge_write(candidate: Candidate, context: Context) -> Iterator[Told]:
    """Judge a write of a file that outlives the request, at the call that names the file."""
    use, function = candidate.use, candidate.use.function
    if _is_log_or_test(function, context) or _is_lock_file(function, context):
        return
    facts = context.once(FileFacts)
    temporary = facts.temporary
    if "tempfile." in use.name:
        kept_as = _bound_names(function, candidate)
        reason = temporary.is_cleaned(function, kept_as)
        one = NamedFile(function, path_argument(candidate.row, candidate.use.call))
        if reason:
            yield Told(_harmless(candidate, reason), one)
        elif _escapes(function, kept_as, use.call):
            yield Told(_finding(candidate, _judged(candidate, one, "escapes", context), context), one)
        return
    written = _archive(candidate) or path_argument(candidate.row, candidate.use.call)
    if written is None and use.call is not None and any(keyword == "**" for keyword, _ in use.call.keywords):
        return  # `frame.to_csv(**options)` gives the text, unless the options name a file
    if isinstance(written, Ref) and any(binding.how == "with" for binding in function.locals.get(written.path, ())):
        return  # a file that is open already: what opened it is told, if it is of this disk
    path = destination(function, written, use.line) or written
    reading = file_database.reread(function, path, use.line, context)
    is_record = reading is not None and candidate.activity != "worker"
    record = file_database.report(candidate, reading, path, context) if reading is not None and is_record else None
    if record is not None and not temporary.is_temporary(function, written):
        yield Told(record, NamedFile(function, path))
        return
    for one in files_named(function, path, context, candidate.activity):
        told = _told(candidate, one, written, context)
        if told is not None:
            yield told


def _told(candidate: Candidate, one: NamedFile, written: Expr | None, context: Context) -> Told | None:
    """Report one of the files that a write may make, or say why it is none that others need; what a worker uses up is not spoken of."""
    use = candidate.use
    facts, program = context.once(FileFacts), context.program
    line = one.site.call.line if one.site is not None else use.line
    reason = facts.temporary.is_temporary(one.function, one.path if one.site is not None else written, line)
    if reason:
        return Told(_harmless(candidate, reason), one)
    judged = _judged(candidate, one, "", context)
    if candidate.activity == "worker" and judged.reader is None:
        return None  # what is seen to need it is the same task
    if candidate.activity == "worker" and one.site is None and isinstance(one.path, Ref) and one.path.path in one.function.params:
        return None  # a helper of so many that nothing is known of the file
    if use.call is None:
        return Told(_finding(candidate, judged, context), one, is_copy=judged.case == "copy" or not judged.is_needed)
    content = content_of(use.function, use.call, written)
    named = program.provenance.of(one.function, one.path)
    made = sources_of(use.function, content, program)
    if content.copies and not _is_shipped(use.function, content, program):
        made |= sources.UNKNOWN  # what lies there may have been changed since
    if sources.is_same_everywhere(named) and sources.is_same_everywhere(sources.settled(made)):
        return Told(_harmless(candidate, "the same name and content on every instance"), one)
    is_consumed = judged.reader is not None and judged.reader.function is one.function  # what an earlier run has left is used up
    if not is_consumed and not is_upload(use.function, content, program):
        again = _made_again(candidate, one, _Sources(written, content, named, made), context)
        if again and not made & (sources.SHARED | sources.UNKNOWN):
            return Told(_harmless(candidate, again), one)
        if again:
            judged = judged._replace(confidence="low", case="copy")
    return Told(_finding(candidate, judged, context), one, is_copy=judged.case == "copy" or not judged.is_needed)


class _Sources(NamedTuple):
    """What a write makes of what."""

    path: Expr | None
    """As the function that writes names it."""
    content: Content
    named: int
    """The sources of the path, as the function that names the file sees it."""
    made: int
    """The sources of the content."""


def _made_again(candidate: Candidate, one: NamedFile, what: _Sources, context: Context) -> str:
    """Return why every instance comes to the file by itself, "" where it may have to come from another."""
    use, program, facts = candidate.use, context.program, context.once(FileFacts)
    made = what.made
    once = program.reach["serving"].is_once(use.function) or program.filling.is_made_once(use.function)
    if once and not (what.named | made) & (sources.REQUEST | sources.PROCESS):
        return "made by each process when it starts"
    from_client = made & sources.REQUEST and not made & sources.FILE and not is_keyed(use.function, what.content, what.path, program)
    if candidate.activity == "worker" and made & sources.SHARED:
        from_client = 0  # what a task is told says which of it
    by_chance = made & sources.PROCESS and not made & sources.FILE
    if from_client or by_chance:
        return ""
    fillers = facts.healing.fillers(use.function, use.site.guards if use.site is not None else (), what.path)
    if not fillers:
        return ""
    needing = facts.readers.all_elsewhere(one.function, one.path)
    others = (reader for reader in needing if facts.readers.is_in_other_activity(reader.function, one.function))
    if all(facts.healing.is_behind(reader.function, reader.line, fillers) for reader in others):
        return "made again by each instance that does not find it"
    return ""


def _is_shipped(function: Function, content: Content, program: Program) -> bool:
    """Whether what is copied belongs to the code: it lies beside a module, or in a package."""
    for expr in content.exprs:
        nodes, complete = program.paths.all_of(function, expr)
        found = (name for node in nodes for name in names_in(node.expr))
        if not complete or not any(name == "__file__" or name.startswith(("importlib.resources", "pkg_resources")) for name in found):
            return False
    return True


def _harmless(candidate: Candidate, reason: str) -> Evidence:
    use = candidate.use
    return evidence("files", "pass", use.function.module.path, use.line, f"{use.name}: {reason}")


def _judged(candidate: Candidate, one: NamedFile, case: str, context: Context) -> _Written:
    """Tell which case a write is, and how sure it is that somebody needs the file later."""
    function, path = one.function, one.path
    facts, program, use = context.once(FileFacts), context.program, candidate.use
    reader = facts.readers.elsewhere(function, path)
    sent = use.call is not None and is_upload(use.function, content_of(use.function, use.call, path), program)
    other = reader is not None and facts.readers.is_in_other_activity(reader.function, function)
    if candidate.activity == "worker":
        reader = reader if other else facts.readers.before(function, path, use.line)
        other = reader is not None
        case = case or "worker"
    if not case:
        case = "upload" if sent else "served" if other else "write"
    confidence: Confidence = "high" if other or sent else "medium"
    served = facts.readers.is_served(function, path) or case == "escapes"
    is_needed = reader is not None or sent or served or not _is_named_to_nobody(one, context)
    if not is_needed:
        confidence = "low"
    if program.reach["serving"].is_guessed(function) or (not sent and facts.temporary.may_be_temporary(function, path, is_found=other)):
        confidence = "low"
    return _Written(one, case, confidence, reader if other else None, is_needed)


def _is_named_to_nobody(one: NamedFile, context: Context) -> bool:
    """Whether a file lies in a place that nobody else asks for, and its name goes nowhere but to what writes it, as far as is seen."""
    if not context.once(FileFacts).readers.identities.of(one.function, one.path).anchors:
        return False  # where it lies is not known
    names = {part.path for part in inside(one.path) if isinstance(part, Ref) and part.path in one.function.locals}
    return not names or context.program.uses.of_names(one.function, names) == uses.NO


def _finding(candidate: Candidate, written: _Written, context: Context) -> Finding:
    use, row, rule = candidate.use, candidate.row, candidate.rule
    one, reader = written.file, written.reader
    function, path = one.function, one.path
    target = _shown_path(candidate, path) if one.site is None else named_path(path)
    helpers = (Step(helper.module.path, helper.summary.line, helper.name) for helper in one.helpers)
    reach = context.program.reach["worker" if candidate.activity == "worker" else "serving"]
    route = (
        *context.route_steps(reach.route(function)),
        *context.once(shared_paths).folder(function, path),
        *helpers,
        Step(use.function.module.path, use.line, f"writes {target}"),
    )
    spans = []
    if reader is not None:
        who = "an earlier run" if reader.function is function else reader.function.name
        text = f"needed by {who}, which may be on another machine"
        spans.append(line_span(context, reader.function.module.path, reader.line, text))
    label = "written to the disk of this instance"
    if one.site is not None:
        spans.append(line_span(context, use.function.module.path, use.line, label))
        label = f"{one.helpers[0].name.rpartition('.')[2]} writes it to the disk of this instance"
    made = finding(
        rule,
        span_of_use(use, context, label) if one.site is None else span_of_call(function, one.site.call, context, label),
        symbol=path_symbol(path, use.name),
        message=worded(rule, written.case, value=target),
        hint=hint_of(rule, row, candidate.value),
        severity="warning" if written.confidence == "medium" else None,  # that anybody else needs the file is likely, and not seen
        confidence=written.confidence,
        route=route,
        spans=spans,
        notes=notes_of(row, candidate.decision, candidate.value) if one.site is None else (),
        scope=function.name,
        api=row.id,
        causes=_causes(one, reader, context),
    )
    return made if reader is None or candidate.activity == "worker" else looked_for_later(made, target, context)


def _causes(one: NamedFile, reader: FileReader | None, context: Context) -> list[str]:
    """Files of one folder, and those that one place needs, move to the same store."""
    found = [f"folder {anchor} {part}" for anchor, part in context.once(FileFacts).readers.identities.of(one.function, one.path).below]
    if reader is not None:
        found.append(f"reader {reader.function.module.path}:{reader.line}")
    return sorted(found)


def _shown_path(candidate: Candidate, path: Expr | None) -> str:
    if candidate.value.kind in ("const", "head") and isinstance(candidate.value.const, str):
        text = shown(candidate.value).strip("'")
        if text.strip("./"):
            return text
    return named_path(path)


def _archive(candidate: Candidate) -> Expr | None:
    """The file that `shutil.make_archive(base, "zip", folder)` gives: its first argument is no file, and often the folder that goes in."""
    site = candidate.use.site
    return Ref(site.bound) if candidate.use.name == "shutil.make_archive" and site is not None and site.bound.isidentifier() else None


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
