"""Wrap calls of the project's functions in helpers that do nothing else."""

from __future__ import annotations

import ast
import random
from functools import cache
from typing import TYPE_CHECKING, Final

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from tests.metamorphic.names import known_functions, local_names
from tests.metamorphic.project import Changed, Files, concrete, mark_of, modules, paired

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_FRAMES: Final = ("inspect", "_getframe", "currentframe", "stacklevel", "locals(", "globals(")
"""A project that looks at its own frames would notice a helper."""


_MANY: Final = 8


def wrap_calls(files: Files, seed: int) -> Changed | None:
    """Let some calls `f(x)` of functions of the project go through a helper `def _hop_001(x0): return f(x0)`."""
    return _through_helpers(files, seed, 1)


def wrap_deeply(files: Files, seed: int) -> Changed | None:
    """Let them go through eight helpers, each of which calls the next."""
    return _through_helpers(files, seed, _MANY)


def _through_helpers(files: Files, seed: int, layers: int) -> Changed | None:
    if any(word in files[path] for path in modules(files) for word in _FRAMES):
        return None
    changed, helpers = dict(files), dict[str, str]()
    for path in modules(files):
        known = known_functions(path, files)
        if known:
            pick = random.Random(f"{seed} {path}")
            changed[path] = _wrapped(files[path], known, _Wrapper(files[path], pick, helpers, layers))
    # a finding is called by what is written at its place, and there the helper is written now
    return Changed(changed, renamed=tuple(helpers.items())) if helpers else None


def _wrapped(text: str, known: frozenset[str], wrapper: _Wrapper) -> str:
    module, body = concrete(text), []
    for statement, nodes in paired(text):
        wrapper.known = known - _hidden(nodes)
        changed = statement.visit(wrapper)
        body += [*wrapper.helpers, changed]  # before what uses them, so that they are there whenever that runs
        wrapper.helpers.clear()
    return module.with_changes(body=body).code


def _hidden(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names that are local to a function in some statements."""
    found: frozenset[str] = frozenset()
    for node in nodes:
        inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        found |= local_names(node) if isinstance(node, inner) else _hidden(ast.iter_child_nodes(node))
    return found


@cache
def _ranges(text: str) -> Mapping[cst.CSTNode, CodeRange]:
    return MetadataWrapper(concrete(text), unsafe_skip_copy=True).resolve(PositionProvider)


class _Wrapper(cst.CSTTransformer):
    """Changes one statement of a module, and collects the helpers that it needs."""

    def __init__(self, text: str, pick: random.Random, names: dict[str, str], layers: int) -> None:
        super().__init__()
        self.known: frozenset[str] = frozenset()
        self.helpers: list[cst.FunctionDef] = []
        self._text = text
        self._pick = pick
        self._depth = 0
        self._names = names  # of the helpers, with the function that each stands for
        self._layers = layers
        self._awaited: set[cst.BaseExpression] = set()

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: ARG002, N802 - libcst's names
        self._depth += 1

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:  # noqa: ARG002, N802
        self._depth -= 1
        return updated_node

    def visit_Decorator(self, node: cst.Decorator) -> bool:  # noqa: ARG002, N802 - it runs with what is around the function
        return False

    visit_Parameters = visit_Decorator  # type: ignore[assignment]  # noqa: N815 - and so do defaults
    visit_Annotation = visit_Decorator  # type: ignore[assignment]  # noqa: N815

    def visit_Await(self, node: cst.Await) -> None:  # noqa: N802
        self._awaited.add(node.expression)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
        name = original_node.func.value if isinstance(original_node.func, cst.Name) else ""
        if not self._depth or name not in self.known or any(argument.star for argument in original_node.args) or self._pick.random() < 0.3:
            return updated_node
        mark = mark_of(self._text, _ranges(self._text)[original_node].start.line)
        helper = name
        for layer in range(self._layers):
            keywords = [argument.keyword.value if argument.keyword and not layer else "" for argument in original_node.args]
            inner, helper = helper, f"_hop_{len(self._names):03}"
            self._names[helper] = name
            self.helpers.append(_helper(helper, inner, keywords, mark, is_async=original_node in self._awaited))
        plain = [argument.with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT) for argument in updated_node.args]
        return updated_node.with_changes(func=cst.Name(helper), args=plain)


def _helper(name: str, function: str, keywords: Sequence[str], mark: str, *, is_async: bool) -> cst.FunctionDef:
    """Make a helper that is given by position what the function is given by keyword; both its lines stand for the line of the call."""
    parameters = ", ".join(f"x{number}" for number in range(len(keywords)))
    given = ", ".join(f"{keyword}=x{number}" if keyword else f"x{number}" for number, keyword in enumerate(keywords))
    head, back = ("async def", "return await") if is_async else ("def", "return")
    made = cst.parse_statement(f"\n\n{head} {name}({parameters}):  {mark}\n    {back} {function}({given})  {mark}\n")
    assert isinstance(made, cst.FunctionDef)
    return made
