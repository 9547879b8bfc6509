"""`gunicorn.conf.py`: Python that is read, never run.

A number that depends on the machine or on the environment is worked out as far as it goes: `cpu_count() * 2 + 1` is at least three.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from statelint.deploy.model import Factor, SourceRange, between
from statelint.survey.parse import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.deploy.formats.sources import Source, SourceStore
    from statelint.deploy.model import EnvValue

MAX_CONFIG_BYTES: Final = 64 * 1024
_MAX_DEPTH: Final = 8
"""Names may lead to names: each level can multiply the work."""
_MAX_NUMBER: Final = 10**6
_CORES: Final = frozenset({"cpu_count", "process_cpu_count", "sched_getaffinity"})


@dataclass(frozen=True)
class GunicornConfig:
    """The names that a configuration file binds at its top level."""

    path: str
    bindings: dict[str, tuple[ast.expr, int]]
    """Name to expression and line; the last one of a name counts."""
    hooks: frozenset[str] = frozenset()
    """Functions it defines: `post_fork`, `on_starting` ..."""


@dataclass(frozen=True)
class _Range:
    """What an expression may be: bounds of a number, or a text."""

    low: int | None = None
    high: int | None = None
    text: str | None = None


_ANY: Final = _Range()


def read_gunicorn(source: Source, shelf: SourceStore) -> GunicornConfig | None:
    """Return what the file binds; None, with a diagnostic, when it is not Python."""
    if len(source.text) > MAX_CONFIG_BYTES:
        shelf.warn(source.path, None, f"not read: larger than {MAX_CONFIG_BYTES // 1024} KiB")
        return None
    try:
        tree = parsed(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        shelf.warn(source.path, line, "not read: not valid Python")
        return None
    bindings: dict[str, tuple[ast.expr, int]] = {}
    for statement in _statements(tree):
        if isinstance(statement, ast.Assign):
            names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            bindings |= dict.fromkeys(names, (statement.value, statement.lineno))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
            bindings[statement.target.id] = (statement.value, statement.lineno)
    hooks = frozenset(statement.name for statement in tree.body if isinstance(statement, ast.FunctionDef))
    return GunicornConfig(source.path, bindings, hooks)


def _statements(tree: ast.Module) -> list[ast.stmt]:
    """Return the statements at the top level, those under an `if` or `try` there included (the first arm last, so that it counts)."""
    found: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.If):
            found += [*statement.orelse, *statement.body]
        elif isinstance(statement, ast.Try):
            found += [*(inner for handler in statement.handlers for inner in handler.body), *statement.body]
        else:
            found.append(statement)
    return found


def number(config: GunicornConfig, name: str, env: Mapping[str, EnvValue]) -> Factor | None:
    """Return what the file says for a setting that is a number; None when it does not bind the name."""
    bound = config.bindings.get(name)
    if bound is None:
        return None
    expression, line = bound
    try:
        found = _evaluate(expression, config, env, 0)
        shown = f"{name} = {ast.unparse(expression)}"[:120]
    except (RecursionError, ValueError):
        found, shown = _ANY, name
    if found.text is not None and found.text.isdecimal() and len(found.text) <= 6:
        found = _Range(int(found.text), int(found.text))
    return between(found.low, found.high, SourceRange(config.path, line), shown)


def text(config: GunicornConfig, name: str, env: Mapping[str, EnvValue]) -> str | None:
    """Return what the file says for a setting that is text; "" when it cannot be told, None when the name is not bound."""
    bound = config.bindings.get(name)
    if bound is None:
        return None
    try:
        return _evaluate(bound[0], config, env, 0).text or ""
    except RecursionError:
        return ""


def _evaluate(node: ast.expr, config: GunicornConfig, env: Mapping[str, EnvValue], depth: int) -> _Range:
    """Work an expression out as far as it goes."""
    if depth > _MAX_DEPTH:
        return _ANY
    if isinstance(node, ast.Name):
        bound = config.bindings.get(node.id)
        return _evaluate(bound[0], config, env, depth + 1) if bound else _ANY
    if isinstance(node, ast.BinOp):
        return _arithmetic(node.op, _evaluate(node.left, config, env, depth + 1), _evaluate(node.right, config, env, depth + 1))
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        first = _evaluate(node.values[0], config, env, depth + 1)
        return first if first != _ANY and first.text != "" else _evaluate(node.values[-1], config, env, depth + 1)
    if isinstance(node, ast.IfExp):
        return _either([_evaluate(arm, config, env, depth + 1) for arm in (node.body, node.orelse)])
    if isinstance(node, ast.Call):
        return _call(node, config, env, depth + 1)
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
        return _variable(node.slice, None, config, env, depth + 1)
    return _constant(node.value) if isinstance(node, ast.Constant) else _ANY


def _constant(value: object) -> _Range:
    if isinstance(value, bool) or value is None:
        return _ANY
    if isinstance(value, int | float) and 0 <= value < _MAX_NUMBER:
        return _Range(int(value), int(value))
    return _Range(text=value) if isinstance(value, str) else _ANY


def _call(node: ast.Call, config: GunicornConfig, env: Mapping[str, EnvValue], depth: int) -> _Range:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    if name in _CORES:
        return _Range(low=1)
    if name in ("get", "getenv") and node.args:
        default = node.args[1] if len(node.args) > 1 else next((word.value for word in node.keywords if word.arg == "default"), None)
        return _variable(node.args[0], default, config, env, depth)
    given = [_evaluate(argument, config, env, depth) for argument in node.args[:4]]
    if name in ("int", "float", "str", "round") and given:
        value = given[0].text
        return _Range(int(value), int(value)) if value is not None and value.isdecimal() and len(value) <= 6 else given[0]
    if name in ("max", "min") and given:
        return _extreme(given, largest=name == "max")
    return _Range(low=1) if name == "len" else _ANY


def _variable(key: ast.expr, default: ast.expr | None, config: GunicornConfig, env: Mapping[str, EnvValue], depth: int) -> _Range:
    """Read the environment as the deployment sets it; a variable that nobody sets has its default."""
    name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
    given = env.get(name) if name is not None else None
    if given is not None:
        return _Range(text=given.value) if given.value is not None else _ANY
    return _evaluate(default, config, env, depth) if default is not None and name is not None else _ANY


def _extreme(given: list[_Range], *, largest: bool) -> _Range:
    lows = [item.low for item in given if item.low is not None]
    highs = [item.high for item in given if item.high is not None]
    if largest:
        return _Range(max(lows, default=None), max(highs) if len(highs) == len(given) else None)
    return _Range(min(lows) if len(lows) == len(given) else None, min(highs, default=None))


def _either(arms: list[_Range]) -> _Range:
    if arms[0] == arms[1]:
        return arms[0]
    lows = [arm.low for arm in arms if arm.low is not None]
    highs = [arm.high for arm in arms if arm.high is not None]
    return _Range(min(lows) if len(lows) == 2 else None, max(highs) if len(highs) == 2 else None)


def _arithmetic(operator: ast.operator, left: _Range, right: _Range) -> _Range:
    """Add, multiply, subtract and divide bounds; every number here is zero or more."""
    if isinstance(operator, ast.Add | ast.Mult):

        def work(a: int | None, b: int | None) -> int | None:
            if a is None or b is None:
                return None
            return min(a + b if isinstance(operator, ast.Add) else a * b, _MAX_NUMBER)

        return _Range(work(left.low, right.low), work(left.high, right.high))
    if isinstance(operator, ast.Sub) and right.low is not None and right.low == right.high:
        least = right.low
        return _mapped(left, lambda bound: max(bound - least, 0))
    if isinstance(operator, ast.FloorDiv | ast.Div) and right.low and right.low == right.high:
        divisor = right.low
        return _mapped(left, lambda bound: bound // divisor)
    return _ANY


def _mapped(given: _Range, work: Callable[[int], int]) -> _Range:
    return _Range(None if given.low is None else work(given.low), None if given.high is None else work(given.high))
