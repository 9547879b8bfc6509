"""Local paths that are handed to a task queue: the worker may run on a machine that does not have the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.files.call_sites import NamedFile
from statelint.checks.files.path_sources import named_path
from statelint.checks.files.temporary import names_of
from statelint.checks.files.told import Told
from statelint.inspect.context import finding, worded
from statelint.inspect.spans import span_of_call
from statelint.model import Step
from statelint.program.names.nodes import Class, Function
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Display, Either, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from statelint.inspect.context import Context
    from statelint.model import Finding
    from statelint.rulebook.schema import Rule
    from statelint.survey.summary import CallSite, Expr

RULE: Final = "local-file-write"
_SAME: Final = frozenset({"str", "fspath", "Path", "PurePath", "abspath", "realpath", "resolve", "as_posix", "absolute", "dict", "list"})
"""Calls whose result is the path that they are given, or asked of, or holds it."""
_MAKERS: Final = ("mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory", "mktemp")
_TASKS: Final = ("task", "job")


def handed_over(written: Sequence[NamedFile], context: Context) -> Iterator[Told]:
    """Report each file whose path a request or a task hands to another task; `written` is what is seen written."""
    tasks = frozenset(point.function for point in context.program.entry_points.points if point.role in _TASKS)
    rule = context.book.rule(RULE)
    if rule is None:
        return
    files: dict[Function, list[NamedFile]] = {}
    for file in written:
        files.setdefault(file.function, []).append(file)
    for function in context.program.functions:
        if context.context_of(function) not in ("serving", "worker"):
            continue
        told: list[set[str]] = []
        for site in function.summary.calls:
            if not _hands_over(function, site, tasks, context):
                continue
            for path in _paths_in(function, site.call, context):
                names = names_of(function, path)
                if any(not names.isdisjoint(known) for known in told):
                    continue
                made = _made_at(function, path, files.get(function, ()), context)
                if made is not None:
                    told.append(names)
                    yield Told(_finding(rule, site, NamedFile(function, path), made, context), NamedFile(function, path), is_handed=True)


def given_back(writes: AbstractSet[tuple[Function, int]], context: Context) -> Iterator[Told]:
    """Report the path of a file that a task makes and returns: whoever asks for its result may not have the file.

    `writes` are the functions and lines of the calls that write files.
    """
    rule = context.book.rule(RULE)
    tasks = dict.fromkeys(point.function for point in context.program.entry_points.points if point.role in _TASKS)
    for function in tasks if rule is not None else ():
        returned = [path for path in function.summary.returns if isinstance(path, Ref)]
        for path in returned if context.context_of(function) == "worker" else ():
            names = names_of(function, path)
            sites = (site for site in function.summary.calls if site.bound in names or any(arg == path for arg in site.call.args))
            made = next((site for site in sites if (function, site.call.line) in writes), None)
            if made is not None and rule is not None:
                file = NamedFile(function, path)
                yield Told(_finding(rule, made, file, None, context), file, is_handed=True)


def _hands_over(function: Function, site: CallSite, tasks: frozenset[Function], context: Context) -> bool:
    """Whether a call hands its arguments to a worker: by a library's name, or as a method of a function that is a task."""
    role = context.program.vocabulary.role("task-hand-over")
    receiver, step = split(site.call.func)
    if step[:1] == "." and step[1:] in role.methods:
        objects = context.program.resolver.walk(function, receiver).objects
        if any(one in tasks for one in objects if isinstance(one, Function)):
            return True
    return any(name in role for name in context.program.resolver.library_names(function, site.call.func))


def _paths_in(function: Function, call: Call, context: Context) -> Iterator[Expr]:
    """Yield what may be a path in the arguments: themselves, in containers, in objects of the project that are made to carry them."""
    pending: list[Expr] = [*call.args, *(value for _, value in call.keywords)]
    seen: set[Expr] = set()
    for expr in pending:  # grows while it is gone through
        if expr in seen:
            continue
        seen.add(expr)
        match expr:
            case Ref(path):
                yield expr
                carried = [binding.value for binding in function.locals.get(path, ())] if path not in function.params else []
                pending += [value for value in carried if isinstance(value, (Call, Display)) and _carries(function, value, context)]
            case Template():
                yield expr
            case Call(func, args, keywords) if _carries(function, expr, context):
                receiver, step = split(func)
                pending += [*args, *(value for _, value in keywords)]
                if step[1:] in _SAME and not args:
                    pending.append(Ref(receiver))
            case Display(_, items):
                pending += items
            case Either(_, options):
                pending += options


def _carries(function: Function, expr: Expr, context: Context) -> bool:
    """Whether what a call gives is, or holds, what it is given: `str(path)`, an object of a class of the project."""
    if not isinstance(expr, Call):
        return True
    if expr.func.rpartition(".")[2] in _SAME:
        return True
    return any(isinstance(one, Class) for one in context.program.resolver.walk(function, expr.func).objects)


def _made_at(function: Function, path: Expr, written: Sequence[NamedFile], context: Context) -> Step | None:
    """Return where a path is made that this function writes, or that lies in a temporary place of this activity; None for any other."""
    names = names_of(function, path)
    itself = Step(function.module.path, path.line if isinstance(path, Call) else function.summary.line, f"makes {named_path(path)}")
    nodes = context.program.paths.all_of(function, path)[0]
    for where, expr, _ in nodes:
        called = expr.func if isinstance(expr, Call) else split(expr.path)[0].removesuffix("()") if isinstance(expr, Ref) else ""
        found = context.program.resolver.library_names(where, called) if called else ()
        if any(name.startswith("tempfile.") and name.endswith(_MAKERS) for name in found):
            line = expr.line if isinstance(expr, Call) else itself.line
            return Step(where.module.path, line, "makes a temporary place on this machine")
    return itself if any(not names.isdisjoint(names_of(function, file.path)) for file in written) else None


def _finding(rule: Rule, site: CallSite, file: NamedFile, made: Step | None, context: Context) -> Finding:
    """Make the finding of a path that is handed to a task, or of one that a task gives back: then it is `made` at the site itself."""
    function, path = file.function, file.path
    target = named_path(path)
    reach = context.program.reach["worker" if context.context_of(function) == "worker" else "serving"]
    does, label = f"hands {target} to a task", "the worker may run on a machine that does not have the file"
    if made is None:
        does, label = f"makes {target}", "whoever asks for the result may run on a machine that does not have the file"
    steps = (made,) if made is not None else ()
    return finding(
        rule,
        span_of_call(function, site.call, context, label),
        symbol=path.path if isinstance(path, Ref) else target,
        message=worded(rule, "handed" if made is not None else "returned", value=target),
        confidence="low" if reach.is_guessed(function) else "high",
        route=(*context.route_steps(reach.route(function)), *steps, Step(function.module.path, site.call.line, does)),
        scope=function.name,
    )
