"""Compare what a row says with what was seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.knowledge.seen import Param, Seen
    from statelint.rulebook.schema import Api, Decider

Status = Literal["verified", "failed", "not-checkable"]
DefaultStatus = Literal["confirmed", "in the body", "where cited", "contradicted", "not stated", "not checkable"]
_PATTERNED: Final = ("any", "literal", "env", "role:")


class RowReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the check of one row says."""

    id: str
    rule: str
    package: str
    version: str
    status: Status
    names: dict[str, str]
    """How each name was seen: `source`, `import`, or why it was not."""
    default: DefaultStatus
    problems: tuple[str, ...] = ()
    """What is wrong with the row."""
    open: tuple[str, ...] = ()
    """What could not be checked."""


class Case(NamedTuple):
    """A row and everything that was seen for it."""

    row: Api
    rule: str
    version: str
    seen: dict[str, Seen]
    mentions: Callable[[str], bool]
    """Whether a word occurs in the package's source."""
    method: Callable[[str, str], Seen]
    """What is seen of a method of a name."""
    cited: str
    """The text around the places in the source that the row cites."""
    setting_defaults: Callable[[str], set[str]]
    """The defaults of a setting that the package's source writes down."""


def judge(case: Case) -> RowReport:
    """Check names, deciding arguments and the default."""
    problems: list[str] = []
    unknown: list[str] = []
    _names(case, problems, unknown)
    for decider in case.row.decides:
        _decider(case, decider, problems, unknown)
    default = _default(case, problems, unknown)
    status: Status = "failed" if problems else "verified"
    if not problems and any(seen.exists == "unknown" for seen in case.seen.values()):
        status = "not-checkable"
    return RowReport(
        id=case.row.id,
        rule=case.rule,
        package=case.row.package,
        version=case.version,
        status=status,
        names={name: seen.how for name, seen in case.seen.items()},
        default=default,
        problems=tuple(dict.fromkeys(problems)),
        open=tuple(dict.fromkeys(unknown)),
    )


def _names(case: Case, problems: list[str], unknown: list[str]) -> None:
    for name, seen in case.seen.items():
        if seen.exists == "no":
            problems.append(f"{name}: {seen.how}")
        elif seen.exists == "unknown":
            unknown.append(f"{name}: {seen.how}")


# -- what decides


def _decider(case: Case, decider: Decider, problems: list[str], unknown: list[str]) -> None:
    for word in filter(None, (decider.setting, decider.env, decider.contains, decider.attribute)):
        last = _word(word)
        if last and not case.mentions(last):
            problems.append(f"{last} occurs nowhere in the source")
    if not decider.argument and decider.position is None:
        return
    signatures = _signatures(case, decider)
    known = {name: seen.params for name, seen in signatures.items() if seen.params is not None}
    if not known:
        unknown.append(f"{decider.argument or decider.position}: no signature could be read")
    elif not any(_accepts(params, decider) for params in known.values()):
        what = f"argument {decider.argument}" if decider.argument else f"position {decider.position}"
        problems.append(f"{what}: not in the signature of {', '.join(known)}")
    elif decider.argument and decider.position is not None:
        _position(decider, known, problems)


def _signatures(case: Case, decider: Decider) -> dict[str, Seen]:
    """Return the signatures that an argument belongs to: those of the names, or of a later method."""
    if not decider.method:
        return case.seen
    return {f"{name}.{decider.method}": case.method(name, decider.method) for name in case.seen}


def _accepts(params: tuple[Param, ...], decider: Decider) -> bool:
    kinds = {param.kind for param in params}
    if decider.argument and ("**" in kinds or any(param.name == decider.argument for param in params)):
        return True
    if decider.position is None:
        return False
    positional = [param for param in params if param.kind == "positional"]
    return "*" in kinds or decider.position < len(positional)


def _position(decider: Decider, known: dict[str, tuple[Param, ...]], problems: list[str]) -> None:
    for name, params in known.items():
        positional = [param.name for param in params if param.kind == "positional"]
        if decider.argument in positional and positional.index(decider.argument) != decider.position:
            problems.append(
                f"{name}: argument {decider.argument} is at position {positional.index(decider.argument)}, not {decider.position}"
            )
        elif any(param.name == decider.argument and param.kind == "keyword" for param in params):
            problems.append(f"{name}: argument {decider.argument} is keyword-only")


# -- the default


def _default(case: Case, problems: list[str], unknown: list[str]) -> DefaultStatus:
    row = case.row
    stated = row.defaults[-1].value if row.defaults else row.default
    if not stated or stated.startswith(_PATTERNED):
        return "not stated"
    answers = list(_actual(case))
    if any(_same(stated, actual) for _, actual, _ in answers):
        return "confirmed"
    if any(_in_body(stated, actual, words) for _, actual, words in answers):
        return "in the body"
    plain = [(where, actual) for where, actual, _ in answers if actual not in ("", "?", "none") and not actual.startswith("call:")]
    if len({actual for _, actual in plain}) == 1 and not stated.startswith("call:") and stated != "absent":
        problems.extend(f"{where}: the default is {actual!r}, not {stated!r}" for where, actual in plain)
        return "contradicted"
    if _is_cited(stated, case.cited):
        return "where cited"
    shown = "; ".join(f"{where} has {actual or 'none'}" for where, actual, _ in answers[:3])
    unknown.append(f"default {stated!r}: {shown or 'no signature shows it'}")
    return "not checkable"


def _actual(case: Case) -> list[tuple[str, str, frozenset[str]]]:
    """Return (where, default, words of the body) of what decides first."""
    found: list[tuple[str, str, frozenset[str]]] = []
    decider = next(iter(case.row.decides), None)
    if decider is None or decider.setting:
        names = [decider.setting] if decider else list(case.row.names) if case.row.kind == "setting" else []
        found += [(name, value, frozenset()) for name in names for value in sorted(case.setting_defaults(name))]
    elif (decider.argument or decider.position is not None) and not decider.inner:
        for name, seen in _signatures(case, decider).items():
            param = _param(seen.params or (), decider)
            if param is not None:
                found.append((f"{name}({param.name})", param.default, seen.words))
            elif seen.params is not None:
                found.append((name, "", seen.words))
    return found


def _param(params: tuple[Param, ...], decider: Decider) -> Param | None:
    named = next((param for param in params if param.name == decider.argument), None)
    positional = [param for param in params if param.kind == "positional"]
    if named is None and not decider.argument and decider.position is not None and decider.position < len(positional):
        return positional[decider.position]
    return named


def _same(stated: str, actual: str) -> bool:
    if stated == "absent":
        return actual in ("", "none")
    if stated.startswith("call:"):
        return actual.startswith("call:") and _tail(stated) == _tail(actual)
    try:
        return float(stated) == float(actual)
    except ValueError:
        return stated.casefold() == actual.casefold()


def _in_body(stated: str, actual: str, words: frozenset[str]) -> bool:
    """Tell whether the signature leaves it open and the body has the stated value."""
    return actual in ("", "none", "?") and (_tail(stated) if stated.startswith("call:") else stated) in words


def _is_cited(stated: str, text: str) -> bool:
    """Tell whether the stated default stands at a place that the row cites."""
    plain = {"none": "None", "true": "True", "false": "False"}.get(stated, stated)
    return re.search(rf"(?<![\w.]){re.escape(_tail(stated) if stated.startswith('call:') else plain)}(?![\w])", text) is not None


def _tail(pattern: str) -> str:
    return re.split(r"[.:*]", pattern)[-1]


def _word(dotted: str) -> str:
    """Return the last component of a dotted setting that is a word: `CACHES.default.BACKEND` is looked for as `BACKEND`."""
    return next((part for part in reversed(dotted.split(".")) if part not in ("*", "") and part.replace("-", "_").isidentifier()), "")
