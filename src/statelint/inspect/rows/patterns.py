"""Compare values with the patterns of `[[api]]` rows."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from statelint.program.evaluation.evaluator import PATH, Value
from statelint.program.evaluation.value import OPTION
from statelint.survey.summary import Display

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statelint.program.vocabulary import Vocabulary

ABSENT: Final = Value("unknown", name="absent")
"""What nothing decides and no default fills."""
_WORDS: Final = {"none": None, "true": True, "false": False}


def matches(value: Value, pattern: str, vocabulary: Vocabulary) -> bool:
    """Whether one value fits one pattern (see `rulebook.schema`)."""
    if value is ABSENT or pattern == "absent":
        return value is ABSENT and pattern == "absent"
    if pattern in ("any", "env", "literal"):
        return _of_sort(value, pattern)
    if pattern.startswith("call:"):
        return value.kind == "object" and _names(value, pattern[5:])
    if pattern.startswith("role:"):
        return value.kind == "object" and vocabulary.role(pattern[5:]).calls(value.name)
    if value.kind == "display":
        return pattern in ("[]", "{}") and isinstance(value.expr, Display) and not value.expr.items
    return _literal(value, pattern)


def _of_sort(value: Value, sort: str) -> bool:
    """Whether a value is any at all, from the environment, or written in the code."""
    if sort == "env":
        return bool(value.variable) or value.kind == "env"
    return sort == "any" or (value.kind in ("const", "head", "display") and not value.variable)


def _names(value: Value, pattern: str) -> bool:
    return fnmatchcase(value.name, pattern) if "*" in pattern else value.name == pattern


def _literal(value: Value, pattern: str) -> bool:
    if value.kind == "unknown":
        return pattern == "*" and value.name == PATH
    if value.kind not in ("const", "head"):
        return False
    if pattern in _WORDS:
        wanted = _WORDS[pattern]
        return value.const is wanted or (isinstance(value.const, str) and value.const.lower() == pattern)
    if value.const is None:
        return False  # no string that a glob speaks of
    text = str(value.const).lower()
    if value.kind == "head":
        # only the beginning is known: the pattern's constant part must lie within it
        fixed = pattern.lower().partition("*")[0]
        # and nothing may be asked of the rest: `sqlite*mode=ro*` is not settled by `sqlite:///`
        return pattern == "*" or (pattern.endswith("*") and pattern.count("*") == 1 and bool(fixed) and text.startswith(fixed))
    return fnmatchcase(text, pattern.lower())


def any_matches(value: Value, patterns: Iterable[str], vocabulary: Vocabulary) -> bool:
    """Whether a value fits one of several patterns."""
    return any(matches(value, pattern, vocabulary) for pattern in patterns)


def pattern_value(pattern: str) -> Value:
    """Turn a row's `default`, written as a pattern, into the value it stands for."""
    if pattern in ("", "absent"):
        return ABSENT
    if pattern in _WORDS:
        return Value("const", const=_WORDS[pattern])
    if pattern.startswith("call:"):
        return Value("object", name=pattern[5:])
    try:
        return Value("const", const=int(pattern))
    except ValueError:
        return Value("const", const=pattern)


def shown(value: Value) -> str:
    """Return a value as a person would write it."""
    if value is ABSENT:
        return "nothing"
    if value.kind == "object":
        return value.name.rpartition(".")[2] if value.name.count(".") > 3 else value.name
    if value.kind == "head":
        return f"{value.const}..."
    if value.kind == "env":
        name = value.variable if value.name == OPTION else f"${value.variable}"
        return name if value.variable else "the environment"
    if value.kind == "const":
        return repr(value.const) if isinstance(value.const, str) else str(value.const)
    if value.kind == "unknown":
        return "a path" if value.name == PATH else "a value that could not be followed"
    return "a literal"
