"""Which parameters the arguments of a call are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statelint.program.names.nodes import Class
from statelint.survey.summary import Ref

if TYPE_CHECKING:
    from statelint.program.names.interface import Resolver
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Call


def is_static(function: Function) -> bool:
    """Whether a method is given no object and no class."""
    return any(isinstance(one, Ref) and one.path == "staticmethod" for one in function.summary.decorators)


def bound_parameters(caller: Function, call: Call, callee: Function, resolver: Resolver) -> int:
    """Return how many parameters are filled by what a method is called on: 0 or 1.

    None is where the caller hands over its own object, `Base.__init__(self, name)`: the method is called on a class.
    """
    if callee.owner is None or is_static(callee):
        return 0
    own = caller.summary.params[0].name if caller.owner is not None and caller.summary.params else ""
    receiver = call.func.rpartition(".")[0]
    if own and receiver and call.args and call.args[0] == Ref(own):
        return 0 if any(isinstance(entity, Class) for entity in resolver.walk(caller, receiver).objects) else 1
    return 1
