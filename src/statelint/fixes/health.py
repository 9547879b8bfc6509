"""A health endpoint, `GET /healthz`, beside the application that has none."""

from __future__ import annotations

import ast
import re
from textwrap import indent
from typing import TYPE_CHECKING, Final

import libcst as cst

from statelint.fixes.members import argument
from statelint.fixes.request import Draft
from statelint.fixes.source import NotEditable, parsed
from statelint.fixes.tree import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.fixes.request import File, Request
    from statelint.fixes.tree import Placed, Tree
    from statelint.model import Edit
    from statelint.rulebook.schema import HealthRoute

_DJANGO: Final = frozenset(
    {"django.core.wsgi.get_wsgi_application", "django.core.asgi.get_asgi_application", "django.core.handlers.wsgi.WSGIHandler"}
)
_VIEW: Final = 'path("healthz", lambda request: HttpResponse("ok")),'


def fix(request: Request) -> Draft | None:
    """Return the edits for the framework of the application that the finding stands at."""
    tree = request.tree
    made = tree.first(request.finding, cst.Call)
    if made is None:
        return _in_urls(request) if request.finding.symbol else None
    call, placed = made
    name = request.file.imports.qualified(dotted(call.func))
    if name in _DJANGO:
        return _in_urls(request)
    route = next((one for framework in request.project.book.frameworks for one in framework.health if name in one.names), None)
    if route is None or not all(map(request.file.imports.is_free, _defined(route))):
        return None
    edits = _edits(tree, call, placed, route)
    return None if edits is None else Draft(edits=tuple(edits), safe=False, imports=route.imports)


def _defined(route: HealthRoute) -> Iterator[str]:
    for name in re.findall(r"^(?:async )?(?:def|class) (\w+)", f"{route.before}\n{route.after}", re.MULTILINE):
        yield str(name)


def _edits(tree: Tree, call: cst.Call, placed: Placed, route: HealthRoute) -> list[Edit] | None:
    statement = next((one for one in reversed(placed.parents) if isinstance(one, cst.SimpleStatementLine)), None)
    if statement is None or len(statement.body) > 1:
        return None
    made = statement.body[0]
    target = _target(tree, made, call)
    if route.after and not target:
        return None
    text, place = tree.text, tree.place(statement)
    margin = text.indent(place.start)
    blank = "\n\n" if not margin else "\n"
    edits: list[Edit] = []
    if route.element:
        edits = _listed(tree, call, route)
        if not edits:
            return None
    if route.before:
        at = text.line_start(place.start)
        edits.append(text.edit(at, at, _code(route.before, target, margin) + "\n" + blank))
    if route.after:
        if "{app}.add_route" in route.after and "Mount(" in tree.code(call):
            return None  # what is mounted at the root comes first and answers for everything
        end = text.line_end(place.end)
        follows = text.text[end:].lstrip()
        gap = "" if not follows or _is_outside(text.text[end:], margin) else _missing(text.text[end:], len(blank))
        edits.append(text.edit(end, end, f"\n{blank}{_code(route.after, target, margin)}{gap}"))
    return edits


def _target(tree: Tree, made: cst.BaseSmallStatement, call: cst.Call) -> str:
    """Return what the application is called, "" where it is wrapped in something or has several names."""
    if isinstance(made, cst.Assign) and len(made.targets) == 1 and made.value is call:
        return tree.code(made.targets[0].target)
    if isinstance(made, cst.AnnAssign) and made.value is call:
        return tree.code(made.target)
    return ""


def _is_outside(rest: str, margin: str) -> bool:
    """Whether what follows belongs to no further statement of the block."""
    line = next((one for one in rest.splitlines() if one.strip()), "")
    return bool(margin) and not line.startswith(margin)


def _missing(rest: str, wanted: int) -> str:
    """Return the line ends that are missing between the code and what follows: `wanted` blank lines."""
    have = re.match(r"(?:[ \t]*(?:\r\n|\r|\n))*", rest)
    count = len(re.findall(r"\r\n|\r|\n", have[0])) - 1 if have else 0
    return "\n" * max(wanted - count, 0)


def _code(code: str, target: str, margin: str) -> str:
    return indent(code.strip("\n").replace("{app}", target), margin)


def _listed(tree: Tree, call: cst.Call, route: HealthRoute) -> list[Edit]:
    given = argument(call, route.argument, route.position)
    if given is None or not isinstance(given.value, cst.List):
        return []
    elements = given.value.elements
    place = tree.place(given.value)
    if not elements:
        return [tree.text.edit(place.start, place.end, f"[{route.element}]")]
    first = tree.place(elements[0])
    margin = tree.text.indent(first.start)
    is_own_line = tree.text.text[tree.text.line_start(first.start) : first.start] == margin
    return [tree.text.edit(first.start, first.start, f"{route.element}," + (f"\n{margin}" if is_own_line else " "))]


# -- Django: the URLs are in another file


def _in_urls(request: Request) -> Draft | None:
    """Put the route first into the `urlpatterns` of the root."""
    for module in _url_modules(request):
        path = _path(request, module)
        if path is None:
            continue
        try:
            file = request.project.file(path)
            edits = _patterns(file)
        except NotEditable:
            return None
        if edits is None:
            return None
        imports = file.imports.added(("django.http:HttpResponse", "django.urls:path"))
        return None if imports is None else Draft(edits=(*edits, *imports), safe=False)
    return None


def _path(request: Request, module: str) -> str | None:
    """Return the file of a module as Django imports it: a folder without `__init__.py` is a package for it, too."""
    modules = request.project.modules
    tail = f"{module.replace('.', '/')}.py"
    below = [path for path in modules.values() if path == tail or path.endswith(f"/{tail}")]
    return modules.get(module) or (below[0] if len(below) == 1 else None)


def _url_modules(request: Request) -> Iterator[str]:
    """Yield what `ROOT_URLCONF` names, in the modules called settings first."""
    for module, path in sorted(request.project.modules.items(), key=lambda one: ("settings" not in one[0], one[0])):
        if "test" in module:
            continue
        try:
            text = request.project.file(path).text.text
        except NotEditable:
            continue
        tree = parsed(text) if "ROOT_URLCONF" in text else None
        for node in ast.walk(tree) if tree is not None else ():
            match node:
                case ast.Assign(targets=[ast.Name(id="ROOT_URLCONF")], value=ast.Constant(value=str() as name)):
                    yield name


def _patterns(file: File) -> list[Edit] | None:
    tree = file.tree
    for statement in tree.module.body:
        made = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if isinstance(made, cst.AnnAssign) and made.value is not None:
            target, value = tree.code(made.target), made.value
        elif isinstance(made, cst.Assign):
            target, value = tree.code(made.targets[0].target), made.value
        else:
            continue
        if target != "urlpatterns":
            continue
        listed = next((one for one in _operands(value) if isinstance(one, cst.List)), None)
        if listed is None:
            return None
        if not listed.elements:
            place = tree.place(listed)
            return [tree.text.edit(place.start, place.end, f"[{_VIEW.removesuffix(',')}]")]
        first = tree.place(listed.elements[0])
        margin = tree.text.indent(first.start)
        is_own_line = tree.text.text[tree.text.line_start(first.start) : first.start] == margin
        return [tree.text.edit(first.start, first.start, _VIEW + (f"\n{margin}" if is_own_line else " "))]
    return None


def _operands(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if isinstance(value, cst.BinaryOperation):
        yield from _operands(value.left)
        yield from _operands(value.right)
    else:
        yield value
