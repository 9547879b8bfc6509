"""Files that a request deletes or renames: does another instance still have them?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.checks.config.secret_sinks import writes_file
from statelint.checks.files.call_sites import files_named
from statelint.checks.files.path_sources import FilePaths, named_path, path_argument, path_symbol, shared_paths
from statelint.checks.files.temporary import answers_with, mentions, names_of
from statelint.checks.files.told import Told
from statelint.inspect.context import finding, worded
from statelint.inspect.rows.wording import hint_of
from statelint.inspect.spans import line_span, span_of_call, span_of_use
from statelint.model import Step
from statelint.program.names.nodes import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.checks.files.call_sites import NamedFile
    from statelint.inspect.context import Context
    from statelint.inspect.rows.judge import Candidate
    from statelint.model import Finding
    from statelint.rulebook.schema import Api
    from statelint.survey.summary import Call, CallSite

_CLEANUP: Final = re.compile(
    r"clean|purge|prune|expire|rollback|tear_?down|evict|tmp|temp(?!late)|scratch|cache|(?:^|_)lock|shut_?down|(?:^|_)(?:close|stop|exit|chunk)"
    r"|info_file|multiproc",
    re.IGNORECASE,
)
"""Names of functions that tidy up on this machine, and of what every machine has of its own."""
_UNDONE: Final = ("except", "finally")


def judge_removal(candidate: Candidate, context: Context) -> Iterator[Told]:
    """Judge a removal of a file that lasts, once for each function that asks for it."""
    use = candidate.use
    if use.site is None or _undoes(use.function, use.site.guards) or _makes_files(use.function) or _is_text(use.site.call, candidate.row):
        return
    if any(site.call.line < use.line and _removes(use.function, site, context) for site in use.function.summary.calls):
        return  # the first of a function stands for all
    paths = context.once(shared_paths)
    told: set[Function] = set()
    for one in files_named(use.function, path_argument(candidate.row, use.call), context):
        undone = _is_lent(one) or (one.site is not None and (_undoes(one.function, one.site.guards) or _makes_files(one.function)))
        undone = undone or _is_made_by_helper(one, context) or _is_answered(one, context)
        if one.function not in told and not undone and _lasts(one, paths, context) and not _written_beside(one, paths):
            told.add(one.function)
            yield Told(_finding(candidate, one, paths, context), one, is_removal=True)


def _is_lent(one: NamedFile) -> bool:
    """Whether the function gives the path to whoever goes through it, and removes the file when that is over."""
    return one.function.summary.is_generator and mentions(one.function.summary.returns, names_of(one.function, one.path))


def _removes(function: Function, site: CallSite, context: Context) -> bool:
    removes = context.program.vocabulary.role("remove-file").calls
    return any(map(removes, context.program.resolver.library_names(function, site.call.func)))


def _is_text(call: Call, row: Api) -> bool:
    """`text.replace(old, new)` takes two arguments, the method of a path one."""
    return not row.decides and len(call.args) + len(call.keywords) > 1


def _undoes(function: Function, guards: tuple[int, ...]) -> bool:
    """Whether a removal only takes back what did not come about."""
    return any(function.summary.guards[index].kind in _UNDONE for index in guards) or _CLEANUP.search(function.name) is not None


def _makes_files(function: Function) -> bool:
    """Whether the function writes files, which is told where it does, or makes temporary ones."""
    return writes_file(function) or any("tempfile" in site.call.func or "mkstemp" in site.call.func for site in function.summary.calls)


def _is_made_by_helper(one: NamedFile, context: Context) -> bool:
    """Whether a function that writes files was handed the path before: it was made for this call, or is told there."""
    names = names_of(one.function, one.path)
    handed = [site.call for site in one.function.summary.calls if mentions(site.call.args, names)]
    called = (entity for call in handed for entity in context.program.resolver.walk(one.function, call.func).objects)
    return any(isinstance(entity, Function) and writes_file(entity) for entity in called)


def _is_answered(one: NamedFile, context: Context) -> bool:
    """Whether the function answers with a file of that path: what it deletes is the last call's."""
    return answers_with(one.function, names_of(one.function, one.path), context.program.vocabulary.words("file-answer"))


def _lasts(one: NamedFile, paths: FilePaths, context: Context) -> bool:
    """Whether a path is below a folder that has a name, and is not temporary."""
    names = list(paths.names_in(one.function, one.path))
    text = " ".join(names)
    if not names or context.program.vocabulary.pattern("temporary-path").search(text) or _CLEANUP.search(text):
        return False
    if any("tempfile." in name or "mkdtemp" in name for _, name in paths.sources(one.function, one.path)):
        return False
    named = [name for name in names if "." in name or name.isupper() or name.startswith("'/")]
    return any(not name.startswith(("os.", "pathlib.", "str.", "shutil.")) and name != "Path" for name in named)


def _written_beside(one: NamedFile, paths: FilePaths) -> bool:
    """Whether another method of the class writes below the same attribute: the write is told, and mends both."""
    owner = one.function.owner
    methods = owner.methods.values() if owner is not None else ()
    called = {f"self.{method.name.rpartition('.')[2]}" for method in methods}
    anchors = {name for name in paths.names_in(one.function, one.path) if name.startswith("self.") and "(" not in name} - called
    return any(other is not one.function and writes_file(other) and not anchors.isdisjoint(other.summary.loads) for other in methods)


def _finding(candidate: Candidate, one: NamedFile, paths: FilePaths, context: Context) -> Finding:
    use, rule, function = candidate.use, candidate.rule, one.function
    target = named_path(one.path)
    moves = use.name.rpartition(".")[2].startswith(("rename", "replace"))
    reach = context.program.reach["serving"]
    last = Step(use.function.module.path, use.line, f"{'renames' if moves else 'deletes'} {target}")
    helpers = [Step(helper.module.path, helper.summary.line, helper.name) for helper in one.helpers]
    label = f"{'renamed' if moves else 'deleted'} on this instance alone"
    call = one.site.call if one.site is not None else None
    return finding(
        rule,
        span_of_use(use, context, label) if call is None else span_of_call(function, call, context, label),
        symbol=path_symbol(one.path, use.name),
        message=worded(rule, "move" if moves else "remove", value=target),
        hint=hint_of(rule, candidate.row, candidate.value),
        confidence="low" if reach.is_guessed(function) else "medium",
        route=(*context.route_steps(reach.route(function)), *paths.folder(function, one.path), *helpers, last),
        spans=[line_span(context, use.function.module.path, use.line, "does it")] if call is not None else [],
        scope=function.name,
        api=candidate.row.id,
    )
