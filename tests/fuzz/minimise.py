"""A smaller input with the same fault: fewer files, fewer arguments, fewer statements, fewer lines."""

from __future__ import annotations

import ast
import time
from typing import TYPE_CHECKING, Any, TypeVar

from tests.fuzz.oracles import verdict
from tests.metamorphic.project import parses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.fuzz.case import Case

_T = TypeVar("_T")


def minimised(case: Case, signature: str, seconds: float) -> Case:
    """Return the smallest input that was found in the time and shows the fault with this signature."""
    ends = time.monotonic() + seconds

    def shows(candidate: Case) -> bool:
        if time.monotonic() > ends:
            return False
        found = verdict(candidate)
        return found is not None and found.signature == signature

    before = None
    while case != before and time.monotonic() < ends:
        before = case
        case = _once(case, shows)
    return case


def _once(case: Case, shows: Callable[[Case], bool]) -> Case:
    kept = _fewer([name for name in case.files if name != case.added], lambda names: shows(_with_files(case, names)))
    case = _with_files(case, kept)
    case = case._replace(arguments=tuple(_fewer(case.arguments, lambda words: shows(case._replace(arguments=tuple(words))))))
    for name in list(case.files):
        case = _smaller_file(case, name, shows)
    return case


def _smaller_file(case: Case, name: str, shows: Callable[[Case], bool]) -> Case:
    def with_text(text: str) -> Case:
        return case._replace(files=case.files | {name: text})

    text = case.files[name]
    if name.endswith(".py") and parses(text):
        text = _smaller_module(text, lambda less: shows(with_text(less)))
    lines = _fewer(text.splitlines(keepends=True), lambda some: shows(with_text("".join(some))))
    return with_text("".join(lines))


def _with_files(case: Case, names: Sequence[str]) -> Case:
    return case._replace(files={name: text for name, text in case.files.items() if name in names or name == case.added})


def _fewer(items: Sequence[_T], shows: Callable[[Sequence[_T]], bool]) -> Sequence[_T]:
    """Leave out what is not needed: halves first, single items last."""
    size = len(items)
    while size:
        at = 0
        while at < len(items):
            candidate = [*items[:at], *items[at + size :]]
            if shows(candidate):
                items = candidate
            else:
                at += size
        size //= 2
    return items


def _smaller_module(text: str, shows: Callable[[str], bool]) -> str:
    """Leave out statements, and put what a statement holds in its place."""
    at = 0
    while True:
        if at >= len(_places(ast.parse(text))):
            return text
        for keeps_inner in (False, True):
            candidate = _without(text, at, keeps_inner=keeps_inner)
            if len(candidate) < len(text) and shows(candidate):
                text = candidate
                break
        else:
            at += 1


def _bodies(node: ast.AST) -> list[list[ast.stmt]]:
    held: list[Any] = [getattr(node, field, None) for field in ("body", "orelse", "finalbody")]
    return [body for body in held if isinstance(body, list) and body and isinstance(body[0], ast.stmt)]


def _places(tree: ast.Module) -> list[tuple[list[ast.stmt], int]]:
    bodies = [body for node in ast.walk(tree) for body in _bodies(node)]
    return [(body, index) for body in bodies for index in range(len(body))]


def _without(text: str, at: int, *, keeps_inner: bool) -> str:
    """Return the module without one of its statements, or with what that one holds in its place."""
    tree = ast.parse(text)
    body, index = _places(tree)[at]
    inner = [one for some in _bodies(body[index]) for one in some] if keeps_inner else []
    body[index : index + 1] = inner or ([ast.Pass()] if len(body) == 1 and body is not tree.body else [])
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
