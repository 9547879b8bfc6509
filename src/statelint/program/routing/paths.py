"""The text of a route's path: constants, f-strings, concatenations, names in other modules, and small helper functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.program.names.loop_rows import looped
from statelint.program.names.nodes import Function
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Parameter

UNKNOWN_PART: Final = "{}"
"""Stands in a path for a part that only the running program knows."""
_HOLE: Final = re.compile(r"%[sd]|\{\w*\}")
_LATER: Final = "\0"
"""An unknown part while the holes of a template are filled."""
_DEPTH: Final = 6
_VARIANTS: Final = 40
_STRIPPING: Final = frozenset({"strip", "rstrip", "lstrip", "removesuffix", "removeprefix", "lower"})
_JOINING: Final = frozenset({"url_path_join", "urljoin", "join_paths", "path_join", "url_join", "join_url"})


def text_of(expr: Expr | None) -> str | None:
    """Return a constant string, the known parts of a partial one with `{}` for the rest, or None."""
    if isinstance(expr, Const) and isinstance(expr.value, str):
        return expr.value
    if isinstance(expr, Template):
        return "".join(text_of(part) or UNKNOWN_PART for part in expr.parts)
    return None


def _fill(template: str, text: str) -> str:
    """Put a value into the first hole of a template."""
    return _HOLE.sub(lambda _: text.replace(UNKNOWN_PART, _LATER), template, count=1)


def join(prefix: str, path: str) -> str:
    """Put a prefix before a path, with one slash between them; `^` stays at the very front."""
    if not prefix:
        return path
    if not path:
        return prefix
    if prefix.endswith(UNKNOWN_PART) and path.startswith(UNKNOWN_PART):
        return prefix + path.removeprefix(UNKNOWN_PART)
    return f"{prefix.rstrip('/').removesuffix('$')}/{path.removeprefix('^').lstrip('/')}"


def normalised_path(path: str) -> str:
    """Strip the marks of a regular expression around a path, and let it begin with a slash."""
    path = path.removeprefix("^").removesuffix("$").removesuffix(r"\Z").removesuffix("/?")
    return path if path.startswith(("/", UNKNOWN_PART)) else f"/{path}"


def path_for_people(path: str) -> str:
    """Return the path as it is shown: an ellipsis where a part is known at run time only."""
    return re.sub(f"(?:{re.escape(UNKNOWN_PART)})+", "…", path)


class PathReader:
    """Reads the strings that an expression may stand for."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[tuple[Function, str], list[str]] = {}
        """What names stand for; a name that is being read adds nothing to itself."""

    def text(self, function: Function, expr: Expr | None) -> str | None:
        """Return the first string that an expression may be, None where nothing of it is known."""
        found = self.texts(function, expr)
        return found[0] if found else None

    def texts(self, function: Function, expr: Expr | None) -> list[str]:
        """Return the strings that an expression may be; a list or tuple gives its elements."""
        return list(dict.fromkeys(self._texts(function, expr, {}, 0)))[:_VARIANTS]

    def _texts(self, function: Function, expr: Expr | None, handed: Mapping[str, list[str]], depth: int) -> list[str]:
        if depth > _DEPTH:
            return []
        match expr:
            case Const(value=str(text)):
                return [text]
            case Template():
                return self._template(function, expr, handed, depth)
            case Either() | Display():
                inner = expr.options if isinstance(expr, Either) else expr.items
                return [text for item in inner for text in self._texts(function, item, handed, depth + 1)]
            case Ref():
                return handed[expr.path] if expr.path in handed else self._named(function, expr, depth)
            case Call():
                return self._called(function, expr, handed, depth)
        return []

    def _template(self, function: Function, expr: Template, handed: Mapping[str, list[str]], depth: int) -> list[str]:
        """Every known combination; all parts unknown is nothing known."""
        parts = [self._texts(function, part, handed, depth + 1) for part in expr.parts]
        if not any(parts):
            return [expr.head] if expr.head else []
        found = [""]
        if parts[0] and len(parts) > 1 and isinstance(expr.parts[0], Const) and _HOLE.search(parts[0][0]):
            found = parts[0]
            for part in parts[1:]:  # `"%s/health" % PREFIX`, `"/{}/all".format(name)`
                found = [_fill(before, text) for before in found for text in (part or [_LATER])][:_VARIANTS]
            return [_HOLE.sub(UNKNOWN_PART, text).replace(_LATER, UNKNOWN_PART) for text in found]
        for part in parts:
            found = [before + text for before in found for text in (part or [UNKNOWN_PART])][:_VARIANTS]
        return found

    def _named(self, function: Function, expr: Ref, depth: int) -> list[str]:
        key = (function, expr.path)
        known = self._known.get(key)
        if known is None:
            self._known[key] = []
            known = self._known[key] = list(dict.fromkeys(self._bound(function, expr, depth)))
        return known

    def _bound(self, function: Function, expr: Ref, depth: int) -> list[str]:
        texts: list[str] = []
        rows = looped(self._resolver, function, expr, line=10**9)
        if rows is not None:
            return [text for scope, value in rows.elements for text in self._texts(scope, value, {}, depth + 1)]
        for place in self._resolver.walk(function, expr.path).places:
            if not place.inner:
                values = self._resolver.values_of(place.location)
                texts += [text for scope, value in values for text in self._texts(scope, value, {}, depth + 1)]
        if not texts:
            texts = self._defaults(function, expr.path)
        return texts

    def _defaults(self, function: Function, name: str) -> list[str]:
        """The default of a parameter that nobody is seen to hand anything to."""
        scope: Function | None = function
        while scope is not None and name not in scope.params:
            scope = scope.parent
        default = scope.params[name].default if scope is not None else None
        return [default.value] if isinstance(default, Const) and isinstance(default.value, str) else []

    def _called(self, function: Function, call: Call, handed: Mapping[str, list[str]], depth: int) -> list[str]:
        receiver, _, method = call.func.rpartition(".")
        if method in _STRIPPING and receiver:
            return [text.rstrip("/") if method == "rstrip" else text for text in self._texts(function, Ref(receiver), handed, depth + 1)]
        if method in _JOINING:
            parts = [self._texts(function, arg, handed, depth + 1) for arg in call.args]
            texts = [found[0] if found else UNKNOWN_PART for found in parts]
            joined = ""
            for text in texts:
                joined = join(joined, text)
            return [joined] if any(parts) else []
        for entity in self._resolver.walk(function, call.func).objects:
            if isinstance(entity, Function):
                given = self._handed(function, call, entity, handed, depth)
                found = [text for expr in entity.summary.returns[:4] for text in self._texts(entity, expr, given, depth + 1)]
                if found:
                    return found
        return self._default_of_lookup(function, call, handed, depth)

    def _default_of_lookup(self, function: Function, call: Call, handed: Mapping[str, list[str]], depth: int) -> list[str]:
        """`os.environ.get("PREFIX", "/api")`, `settings.get("prefix", "")`: the default."""
        if call.func.rpartition(".")[2] in ("get", "getenv", "config", "env", "str") and len(call.args) == 2:
            return self._texts(function, call.args[1], handed, depth + 1)
        default = dict(call.keywords).get("default")
        return self._texts(function, default, handed, depth + 1) if default is not None else []

    def _handed(
        self, function: Function, call: Call, callee: Function, handed: Mapping[str, list[str]], depth: int
    ) -> dict[str, list[str]]:
        """What a helper function's parameters stand for in one call of it."""
        params: tuple[Parameter, ...] = callee.summary.params
        if callee.owner is not None and params and "." in call.func:
            params = params[1:]
        pairs = [(param.name, arg) for param, arg in zip(params, call.args, strict=False)]
        pairs += [(keyword, value) for keyword, value in call.keywords]
        given = {name: self._texts(function, value, handed, depth + 1) or [UNKNOWN_PART] for name, value in pairs}
        for param in params:
            if param.name not in given:
                given[param.name] = self._texts(callee, param.default, {}, depth + 1) or [UNKNOWN_PART]
        return given
