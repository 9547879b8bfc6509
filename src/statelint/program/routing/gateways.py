"""Gateways and hooks that no registration names: ASGI and WSGI callables, what a server is handed, hooks of servers and life cycles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import Function, Instance
from statelint.program.routing.points import PUBLIC_PARTS
from statelint.survey.summary import Call, Ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.program.calls.callgraph import CallGraph
    from statelint.program.names.resolver import Resolver
    from statelint.program.routing.points import PointBook
    from statelint.program.vocabulary import Vocabulary
    from statelint.rulebook.schema import Role
    from statelint.survey.summary import Expr

_SERVER_FILE: Final = re.compile(r"(?:^|/)[\w.-]*gunicorn[\w.-]*\.py$")
_SERVER_HOOKS: Final[dict[str, Role]] = {
    "on_starting": "startup",
    "when_ready": "startup",
    "pre_fork": "startup",
    "post_fork": "startup",
    "post_worker_init": "startup",
    "pre_request": "middleware",
    "post_request": "middleware",
    "worker_int": "shutdown",
    "worker_abort": "shutdown",
    "worker_exit": "shutdown",
    "on_exit": "shutdown",
}
"""What gunicorn calls in its configuration file."""
_GATEWAYS: Final = {2: "WSGI application", 3: "ASGI application"}
"""What a server calls with so many arguments."""


class Gateways:
    """Finds what servers call, whatever framework is below."""

    def __init__(
        self, resolver: Resolver, vocabulary: Vocabulary, graph: CallGraph, functions: Sequence[Function], book: PointBook
    ) -> None:
        """Take the functions to look through, and the book that collects what is found."""
        self._resolver = resolver
        self._vocabulary = vocabulary
        self._graph = graph
        self._functions = functions
        self._book = book

    def find(self) -> None:
        """Add gateways and hooks to the entry points."""
        self._raw_gateways()
        self._served()
        self._server_hooks()
        self._assigned_hooks()

    def _raw_gateways(self) -> None:
        """ASGI and WSGI callables: their parameters give them away."""
        for function in self._functions:
            names = [param.name for param in function.summary.params]
            if function.owner is not None:
                names = names[1:]
            if function.module.part != "app" or function.name.rpartition(".")[2] == "__init__":
                continue
            if names == ["scope", "receive", "send"]:
                self._book.add(function, "middleware", "ASGI application")
            elif names in (["environ", "start_response"], ["env", "start_response"]):
                self._book.add(function, "middleware", "WSGI application")
            else:
                continue
            if function.owner is not None:
                self._book.hold(function.owner, function.module, function.owner.summary.line, "ASGI or WSGI application")

    def _served(self) -> None:
        """What a server is handed and is called as a gateway is, whatever its parameters are called."""
        serve = self._vocabulary.role("serve")
        for name, calls in self._graph.library_calls.items():
            for call in calls if name in serve else ():
                if call.function.module.part in PUBLIC_PARTS:
                    for expr in (*call.site.call.args, *(value for _, value in call.site.call.keywords)):
                        self._gateway(call.function, expr)

    def _gateway(self, function: Function, expr: Expr) -> None:
        for entity in self._resolver.value(function, expr).objects if isinstance(expr, (Ref, Call)) else ():
            called = entity.cls.find_method("__call__") if isinstance(entity, Instance) else entity
            if not isinstance(called, Function):
                continue
            label = _GATEWAYS.get(len(called.summary.params) - (called.owner is not None))
            if label:
                self._book.add(called, "middleware", label)
                if called.owner is not None:
                    self._book.hold(called.owner, called.module, called.owner.summary.line, label)

    def _server_hooks(self) -> None:
        for function in self._functions:
            role = _SERVER_HOOKS.get(function.name)
            if role is not None and _SERVER_FILE.search(function.module.path):
                self._book.add(function, role, "gunicorn")

    def _assigned_hooks(self) -> None:
        """`app.router.lifespan_context = lifespan`."""
        names = self._vocabulary.words("startup-attribute")
        for function in self._functions:
            for write in function.summary.writes if function.module.part in PUBLIC_PARTS else ():
                prefix, _, last = write.target.rpartition(".")
                if last in names and prefix and isinstance(write.value, Ref):
                    for target in self._resolver.walk(function, write.value.path).objects:
                        if isinstance(target, Function):
                            self._book.add(target, "startup", last)
