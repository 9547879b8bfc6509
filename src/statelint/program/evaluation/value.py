"""What an expression is worth, as far as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.survey.summary import UNKNOWN

if TYPE_CHECKING:
    from statelint.program.names.nodes import Function
    from statelint.survey.summary import Expr


class Value(NamedTuple):
    """One value that an expression may have."""

    kind: Literal["const", "head", "object", "env", "display", "unknown"]
    """`head`: a string known by its beginning. `object`: a library or project name, made or referred to. `env`: whatever
    the environment says, with no default."""
    const: str | int | float | bool | None = None
    name: str = ""
    """Qualified name of an object; of an `env` value `OPTION` or nothing."""
    variable: str = ""
    """The environment variable that would replace this value, or that gives it."""
    function: Function | None = None
    """Where the deciding expression stands."""
    expr: Expr = UNKNOWN
    line: int = 0
    """Of the binding or call that decided; 0 when it is the expression asked for."""
    path: str = ""
    """Of the deployment file whose line `line` sets the variable."""
    conditional: bool = False
    """Only one of several values."""
    choice: str = ""
    """The source of a condition that chooses between them and could not be decided."""
    required: bool = False
    """An `env` value whose absence is an error, not None."""


UNKNOWN_VALUE: Final = Value("unknown")
PATH: Final = "path"
"""The name of an unknown value that is the path of a file."""
OPTION: Final = "option"
"""The name of an `env` value that an option of a configuration file gives: it is there, and may be left empty."""


class Outcome(NamedTuple):
    """Whether a condition holds, as far as known, and what would change that."""

    holds: bool | None
    variable: str = ""
    """The environment variable that decides it."""
    text: str = ""
    """The source of the condition that could not be decided."""
