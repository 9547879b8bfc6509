"""Parameters of commands that a command line fills: what they are where nobody says another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.program.names.nodes import External
from statelint.survey.summary import Call, Const

if TYPE_CHECKING:
    from statelint.program.names.nodes import Function
    from statelint.program.names.resolver import Resolver
    from statelint.program.vocabulary import NameSet
    from statelint.survey.summary import Expr, Parameter

_REQUIRED: Final = "..."


def option_default(function: Function, param: Parameter, resolver: Resolver) -> Expr | None:
    """Return the default of an option, None for a parameter that is no option or has to be given."""
    stands_for, decorates = resolver.vocabulary.role("option-default"), resolver.vocabulary.role("option-decorator")
    if isinstance(param.default, Call):
        if not _is_in(function, param.default, stands_for, resolver):
            return None
        return _known(_keyword(param.default, "default") or (param.default.args[0] if param.default.args else None))
    for mark in function.summary.decorators:
        if isinstance(mark, Call) and param.name in _names(mark) and _is_in(function, mark, decorates, resolver):
            default = _keyword(mark, "default")
            is_flag = _keyword(mark, "is_flag") == Const(value=True) or any("/" in name for name in _texts(mark))
            return default if default is not None else Const(value=False) if is_flag else None
    return None


def _is_in(function: Function, call: Call, names: NameSet, resolver: Resolver) -> bool:
    found = resolver.walk(function.parent or function, call.func).objects
    return any(isinstance(entity, External) and names.calls(entity.name) for entity in found)


def _keyword(call: Call, name: str) -> Expr | None:
    return dict(call.keywords).get(name)


def _known(expr: Expr | None) -> Expr | None:
    return None if getattr(expr, "path", "") == _REQUIRED else expr


def _texts(call: Call) -> list[str]:
    return [arg.value for arg in call.args if isinstance(arg, Const) and isinstance(arg.value, str)]


def _names(call: Call) -> set[str]:
    """The parameters that an option may fill: `--keep-open/--close` fills `keep_open`, and a name without dashes is the very one."""
    return {name.partition("/")[0].lstrip("-").replace("-", "_") for name in _texts(call)}
