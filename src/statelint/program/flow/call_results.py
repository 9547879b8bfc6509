"""Where the results of calls come from: a function's summary with the arguments put in, or what the model of a library reads."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Final, Protocol

from statelint.program.flow import sources
from statelint.program.flow.sources import DEPLOYMENT, PROCESS, REQUEST, SHARED, UNKNOWN, is_pure
from statelint.program.names.arguments import bound_parameters
from statelint.program.names.nodes import Class, External, ExternalValue, Function, Instance, Query
from statelint.program.names.resolver import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.program.flow.sources import LibrarySources
    from statelint.program.names.nodes import AbstractObject
    from statelint.program.names.resolver import Resolver
    from statelint.survey.summary import Call, Expr, Parameter

_ALLOCATING: Final = frozenset({"super().__new__", "object.__new__", "super().__call__", "type.__call__"})
"""Calls that make an object of the project; what it is made with is judged where it is kept."""
_DECISIVE: Final = SHARED | REQUEST | PROCESS
"""Sources beside which it does not matter what a library call is given."""


class SourcesOf(Protocol):
    """Sources of what else takes part in a call, each in terms of the parameters of the function that calls."""

    def expression(self, function: Function, expr: Expr | None) -> int:
        """Return the sources of an expression."""

    def union(self, function: Function, exprs: Iterable[Expr | None]) -> int:
        """Return the sources of several expressions."""

    def path(self, function: Function, path: str) -> int:
        """Return the sources of what an access path leads to."""

    def name(self, function: Function, name: str) -> int:
        """Return the sources of a name."""

    def summary(self, function: Function) -> int:
        """Return the sources of what a function returns, in terms of its own parameters."""


class CallResults:
    """Answers where results of calls come from."""

    def __init__(self, resolver: Resolver, libraries: LibrarySources, of: SourcesOf) -> None:
        self._resolver = resolver
        self._libraries = libraries
        self._settings = resolver.vocabulary.role("settings-model")
        self._of = of

    def of(self, function: Function, path: str, calls: Sequence[Call]) -> int:
        """Return the sources of what calling a path gives."""
        if path in _ALLOCATING:
            return sources.CODE
        results = [self._result_of(function, entity, path, calls) for entity in self._resolver.walk(function, path).objects]
        known = [found for found in results if found is not None]
        if known:
            return functools.reduce(operator.or_, known)
        receiver, step = split(path)
        if not step:  # a name that nothing is known of, or that a caller hands in
            return self._arguments(function, calls) | (self._of.name(function, path) or UNKNOWN)
        is_common = step[1:] in self._resolver.vocabulary.words("common-method")
        model = self._libraries.of(path) if "." in path and not is_common else None
        if model is not None:
            return model | (self._arguments(function, calls) if not model & _DECISIVE else sources.CODE)
        return self._of.path(function, receiver) | self._arguments(function, calls)

    def _result_of(self, function: Function, entity: AbstractObject, path: str, calls: Sequence[Call]) -> int | None:
        """Return the sources of what calling one thing gives that a path may stand for, None where that cannot be called."""
        match entity:
            case Function():
                return self._put_in(function, entity, calls)
            case Class():
                is_settings = any(base in self._settings for base in entity.external_bases)
                return self._arguments(function, calls) | (DEPLOYMENT if is_settings else sources.CODE)
            case Instance():
                method = entity.cls.find_method("__call__")
                return self._put_in(function, method, calls) if method is not None else self._arguments(function, calls)
            case External() | ExternalValue():
                return self._of_call(function, entity.name, path, calls)
            case Query():
                return SHARED
        return None

    def _of_call(self, function: Function, name: str, path: str, calls: Sequence[Call]) -> int:
        """Return the sources of what a library's call gives: what its model reads, else what it is given."""
        if name in ("request", "websocket"):
            return REQUEST
        model = self._libraries.of(name)
        if model is not None and model & _DECISIVE:
            return model
        receiver, step = split(path)
        given = self._arguments(function, calls) | (self._of.path(function, receiver) if step[:1] == "." else sources.CODE)
        if model is not None:
            return model | given
        return given if is_pure(name) else given | UNKNOWN

    def _arguments(self, function: Function, calls: Iterable[Call]) -> int:
        return self._of.union(function, (arg for call in calls for arg in (*call.args, *(value for _, value in call.keywords))))

    def _put_in(self, caller: Function, callee: Function, calls: Sequence[Call]) -> int:
        """Return the sources of what a function returns, with its parameters replaced by what these calls hand over."""
        summary = self._of.summary(callee)
        found = sources.without_parameters(summary)
        params = callee.summary.params
        for index in sources.parameters_in(summary):
            if index < len(params):
                for call in calls:
                    found |= self._argument(caller, callee, params[index], index, call)
        return found

    def _argument(self, caller: Function, callee: Function, param: Parameter, index: int, call: Call) -> int:
        is_method = bound_parameters(caller, call, callee, self._resolver) == 1
        if is_method and index == 0:
            receiver, step = split(call.func)
            return self._of.path(caller, receiver) if step[:1] == "." else sources.CODE
        named = [value for keyword, value in call.keywords if keyword == param.name]
        if named:
            return self._of.union(caller, named)
        position = index - is_method
        if param.kind in ("*", "**"):
            return self._arguments(caller, (call,))
        if position < len(call.args):
            return self._of.expression(caller, call.args[position])
        spread = any(keyword == "**" for keyword, _ in call.keywords)
        return UNKNOWN if spread else self._of.expression(callee.parent or callee, param.default)
