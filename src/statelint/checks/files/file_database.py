"""Files used as a database: the path that a request writes is read again, by this request's code or another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checks.files.later import looked_for_later
from statelint.inspect.arguments import argument
from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span, span_of_use
from statelint.model import Step
from statelint.survey.summary import Call, Const, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.program.names.nodes import Function

RULE: Final = "file-as-database"
_OPENERS: Final = ("open", "builtins.open", "io.open", "codecs.open", "gzip.open", "aiofiles.open", "anyio.open_file")
_READERS: Final = (
    "pandas.read_csv", "pandas.read_excel", "pandas.read_json", "pandas.read_pickle", "pandas.read_parquet", "numpy.load", "joblib.load",
)  # fmt: skip
_METHODS: Final = (
    "pathlib.Path.open", "pathlib.Path.read_text", "pathlib.Path.read_bytes", "anyio.Path.read_text", "anyio.Path.read_bytes",
)  # fmt: skip


class Reading(NamedTuple):
    """A place that reads what a request writes."""

    function: Function
    line: int


def reread(function: Function, path: Expr | None, line: int, context: Context) -> Reading | None:
    """Find who reads the very path that is written at `line`; only a path that is known whole, or named once, can be told again."""
    wanted = _identity(function, path, context)
    if wanted is None:
        return None
    readings = context.once(_readings).get(wanted, ())
    return next((reading for reading in readings if reading.function is not function or reading.line < line), None)


def _identity(function: Function, path: Expr | None, context: Context) -> object:
    """What two paths have in common if they are the same: the text, or the one module-level name that holds it."""
    if path is None:
        return None
    text = context.program.evaluator.text(function, path)
    if text or not isinstance(path, Ref):
        return text or None
    places = context.program.resolver.walk(function, path.path).places
    return places[0].location if len(places) == 1 and places[0].location.kind == "global" else None


def _readings(context: Context) -> Mapping[object, Sequence[Reading]]:
    """Return what the application reads, by what tells a path again; requests before modules, then by file and line."""
    reach = context.program.reach["serving"]
    found: dict[object, list[Reading]] = {}
    for name in (*_OPENERS, *_READERS, *_METHODS):
        for call in context.program.graph.library_calls.get(name, ()):
            function, made = call.function, call.site.call
            if function.module.part not in ("app", "settings") or not (function in reach or function.is_body):
                continue
            if name in _METHODS:
                path: Expr | None = Ref(made.func.rpartition(".")[0])
            else:
                path = argument(made, "file" if name in _OPENERS else "filename", 0)
            mode = argument(made, "mode", 0 if name in _METHODS else 1)
            if name not in _READERS and _writes(mode):
                continue
            found.setdefault(_identity(function, path, context), []).append(Reading(function, made.line))
    for readings in found.values():
        readings.sort(key=lambda reading: (reading.function.is_body, reading.function.module.path, reading.line))
    return found


def _writes(mode: Expr | None) -> bool:
    return isinstance(mode, Const) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax"))


def report(candidate: Candidate, reading: Reading, path: Expr | None, context: Context) -> Report | None:
    """Make the finding at the writing call; None where the rule is not loaded."""
    rule = context.book.rule(RULE)
    if rule is None:
        return None
    use = candidate.use
    text = context.program.evaluator.text(use.function, path) or _symbol(path)
    case = "import-write" if reading.function.is_body else "read-write"
    reach = context.program.reach["serving"]
    who = "when the process starts" if reading.function.is_body else f"by {reading.function.name}"
    route = context.route_steps(reach.route(use.function), Step(use.function.module.path, use.line, f"writes {text}"))
    other = line_span(context, reading.function.module.path, reading.line, f"read {who}: every instance reads its own copy")
    made = finding(
        rule,
        span_of_use(use, context, "written to the disk of this instance"),
        symbol=_symbol(path),
        message=worded(rule, case, value=text),
        confidence="low" if reach.is_guessed(use.function) else "high",
        route=route,
        spans=[other],
        scope=use.function.name,
        api=candidate.row.id,
    )
    return made if case == "import-write" else looked_for_later(made, text, context)


def _symbol(path: Expr | None) -> str:
    if isinstance(path, Ref):
        return path.path
    return path.func.rpartition(".")[2] if isinstance(path, Call) else "open"
