"""Where what is written to a file comes from: a file with the same name and content on every instance is no fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.arguments import argument
from statelint.program.flow import sources
from statelint.program.names.conditions import inside
from statelint.program.names.nodes import External, ExternalValue
from statelint.program.names.resolver import split
from statelint.survey.summary import UNKNOWN, Call, Const, Expr, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.program.names.nodes import Function
    from statelint.program.program import Program

_TAKING: Final = frozenset(
    {"write_text", "write_bytes", "dump", "safe_dump", "writelines", "write", "writestr", "writerow", "writerows", "save"}
)
"""Calls that are given what they write."""
_COPYING: Final = frozenset({"copy", "copyfile", "copy2", "copytree", "move", "rename", "replace", "link", "symlink"})
"""Calls that are given another path first, and write what lies there."""
_OF_RECEIVER: Final = frozenset({
    "save", "savefig", "to_csv", "to_excel", "to_json", "to_parquet", "to_pickle", "to_file", "output", "extractall", "write_image",
})  # fmt: skip
"""Methods that write what they are called on."""
_ADDING: Final = frozenset({"add", "write"})
"""Methods of archives that are given the path of a file."""
_TIDYING: Final = frozenset({"flush", "close", "fileno", "seek", "truncate", "writeheader", "tell"})
_OPENING: Final = frozenset({
    "open", "fdopen", "NamedTemporaryFile", "TemporaryFile", "open_file", "async_open", "ZipFile", "TarFile",
})  # fmt: skip
_MOST: Final = 80
"""Expressions behind what is written that are asked whether a client has sent them."""


class Content(NamedTuple):
    """What is written to a file."""

    exprs: tuple[Expr, ...]
    """Unknown expressions among them are what could not be followed; nothing at all where nothing is seen written."""
    copies: bool = False
    """Whether the expressions are paths whose files are copied."""
    appends: bool = False
    opaque: bool = False
    """Whether it is an object that is written, which may have been changed since it was made."""


def content_of(function: Function, call: Call, path: Expr | None) -> Content:
    """Return what a call, or what it opens, writes to a file."""
    receiver, _, last = call.func.rpartition(".")
    if last in _COPYING and call.args:
        return Content(call.args[:1], copies=True)
    if last in _OPENING:
        return Content(tuple(_written(function, call)), appends=_appends(call))
    given = tuple(arg for arg in (*call.args, *(value for _, value in call.keywords)) if arg != path) if last in _TAKING else ()
    if last in _OF_RECEIVER and receiver:
        return Content((Ref(receiver),), opaque=True)
    return Content(given)


def sources_of(function: Function, content: Content, program: Program) -> int:
    """Return the sources of what is written; unknown where nothing is seen written.

    What is appended depends on how often that is done, and so on this process. What is copied from a file of this disk has the source
    `FILE` besides those of the path that it lies at.
    """
    if not content.exprs:
        return sources.UNKNOWN
    found = sources.FILE if content.copies else sources.CODE
    for expr in content.exprs:
        found |= program.provenance.unsettled(function, expr)
    return found | (sources.PROCESS if content.appends else sources.CODE) | (sources.UNKNOWN if content.opaque else sources.CODE)


def is_upload(function: Function, content: Content, program: Program) -> bool:
    """Whether what a client has sent as a file, or as a body, becomes the content."""
    pending: list[tuple[Function, Expr]] = [(function, expr) for expr in content.exprs]
    seen = {*pending}
    for scope, expr in pending:  # grows while it is gone through
        if isinstance(expr, (Ref, Call)) and _is_sent(scope, expr.path if isinstance(expr, Ref) else expr.func, program):
            return True
        fresh = [one for one in _made_of(scope, expr, program) if one not in seen]
        if len(seen) + len(fresh) > _MOST:
            break
        seen.update(fresh)
        pending += fresh
    return False


def is_keyed(function: Function, content: Content, path: Expr | None, program: Program) -> bool:
    """Whether all that a client says of the content is a part of the file's name too: the same name, the same content.

    A digest in the name is of what decides the content: what else the content takes from the request is who asks for it.
    """
    named, digested = _said(function, (path,) if path is not None else (), program)
    said, _ = _said(function, content.exprs, program)
    return said <= named or not said.isdisjoint(digested)


def _said(function: Function, exprs: tuple[Expr, ...], program: Program) -> tuple[set[str], set[str]]:
    """Return what expressions take from the request, each as it is written, through the names of the function; and what is digested."""
    found: set[str] = set()
    digested: set[str] = set()
    digests = program.vocabulary.role("digest")
    pending = list(exprs)
    seen: set[Expr] = set()
    for expr in pending:  # grows while it is gone through
        if expr in seen:
            continue
        seen.add(expr)
        path = expr.path if isinstance(expr, Ref) else expr.func if isinstance(expr, Call) else ""
        receiver, step = split(path)
        pending += _called_on(function, path)
        head = _head(receiver)
        bindings = function.locals.get(head, ()) if head not in function.params else ()
        if isinstance(expr, Call):
            if any(digests.calls(name) for name in program.resolver.library_names(function, expr.func)):
                digested |= _said(function, (*expr.args, *(value for _, value in expr.keywords)), program)[0]
            if bindings or head not in function.params:
                pending += [Ref(receiver)] if step else []
            elif program.provenance.unsettled(function, expr) & sources.REQUEST:
                found.add(f"{expr.func}({', '.join(str(part.value) for part in expr.args if isinstance(part, Const))})")
            pending += [*expr.args, *(value for _, value in expr.keywords)]
        elif isinstance(expr, Ref):
            pending += [binding.value for binding in bindings]
            if not bindings and program.provenance.unsettled(function, expr) & sources.REQUEST:
                found.add(expr.path)
        else:
            pending += inside(expr)[1:]
    return found, digested


def _called_on(function: Function, path: str) -> Iterator[Call]:
    """Yield the calls on whose results an access path goes on, with what they are given: of `sha256(text).hexdigest` the first."""
    if "()" in path:
        heads = {path[:index] for index in range(len(path)) if path.startswith("()", index)}
        yield from (site.call for site in function.summary.calls if site.call.func in heads)


def _is_sent(function: Function, path: str, program: Program) -> bool:
    sent = program.vocabulary.role("uploaded")
    step = " "
    while step:
        for entity in program.resolver.walk(function, path).objects:
            if isinstance(entity, (External, ExternalValue)) and sent.calls(entity.name):
                return True
        prefix, step = split(path)
        if step and step[1:] in sent.methods and step[0] == ".":
            return True
        path = prefix
    return False


def _made_of(function: Function, expr: Expr, program: Program) -> Iterator[tuple[Function, Expr]]:
    match expr:
        case Ref(path):
            yield from _bound_to(function, _head(path), program)
            for place in program.resolver.walk(function, path).places:
                if place.location.kind == "attribute" and not place.inner:
                    yield from program.resolver.values_of(place.location)
        case Call():
            receiver, step = split(expr.func)
            if not program.provenance.unsettled(function, expr) & sources.REQUEST:
                return  # what another service answers is not what it was sent
            if step:
                yield function, Ref(receiver)
            yield from ((function, part) for part in (*expr.args, *(value for _, value in expr.keywords)))
        case _:
            yield from ((function, part) for part in inside(expr)[1:])


def _bound_to(function: Function, head: str, program: Program) -> Iterator[tuple[Function, Expr]]:
    """Yield what a name of a function, or of one around it, is bound to; of a parameter what it is declared as and what callers hand in."""
    scope: Function | None = function
    while scope is not None and not scope.is_body and head not in scope.locals and head not in scope.params:
        scope = scope.parent
    if scope is None or scope.is_body:
        return
    yield from ((scope, binding.value) for binding in scope.locals.get(head, ()))
    param = scope.params.get(head)
    if param is not None:
        yield from ((scope, part) for part in (param.default, param.annotation) if part is not None)
        yield from program.resolver.flows.arguments.get(scope, {}).get(head, ())


def _head(path: str) -> str:
    while split(path)[1]:
        path = split(path)[0]
    return path


def _written(function: Function, call: Call) -> Iterator[Expr]:
    """Yield what is handed to an open file, or to what writes into it."""
    handles = {binding.name for bound in function.locals.values() for binding in bound if _is_made_by(binding.value, call)}
    handles |= {site.bound for site in function.summary.calls if site.call is call and site.bound}
    before = -1
    while before < len(handles):
        before = len(handles)
        for site in function.summary.calls:  # `rows = csv.writer(handle)`
            if site.bound and any(isinstance(arg, Ref) and arg.path in handles for arg in site.call.args):
                handles.add(site.bound)
    for site in function.summary.calls:
        args = (*site.call.args, *(value for _, value in site.call.keywords))
        head, _, method = site.call.func.rpartition(".")
        is_method = site.call.func.partition(".")[0] in handles
        if is_method and (
            method not in _TAKING | _TIDYING or (method in _ADDING and call.func.rpartition(".")[2] in ("ZipFile", "TarFile"))
        ):
            yield UNKNOWN  # `archive.add(folder)`
        elif (is_method and method in _TAKING) or (
            not site.bound and head not in handles and any(isinstance(arg, Ref) and arg.path in handles for arg in args)
        ):
            given = [arg for arg in args if not (isinstance(arg, Ref) and arg.path in handles)]
            yield from given or ([Ref(head)] if head and not is_method else [])  # `config.write(handle)`
    chained = f"{call.func}()."
    for site in function.summary.calls:  # `open(path, "w").write(text)`
        if site.call.func.startswith(chained) and site.call.line == call.line and site.call.func.removeprefix(chained) in _TAKING:
            yield from site.call.args


def _is_made_by(value: Expr, call: Call) -> bool:
    return any(
        isinstance(part, Call) and (part.line, part.column, part.func) == (call.line, call.column, call.func) for part in inside(value)
    )


def _appends(call: Call) -> bool:
    mode = argument(call, "mode", 1) or argument(call, "mode", 0)
    return isinstance(mode, Const) and isinstance(mode.value, str) and "a" in mode.value and len(mode.value) < len("a+bt!")
