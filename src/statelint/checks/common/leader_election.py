"""What keeps work that starts with the process to one instance: claims, shared locks, elections, a switch in the environment."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from statelint.checks.common.feature_switches import switch_of
from statelint.checks.common.naming import names_and_texts
from statelint.checks.common.transitive import Transitive
from statelint.program.evaluation.conditions import outcome_of
from statelint.program.flow import sources
from statelint.program.names.conditions import ARMS, said_in
from statelint.program.names.nodes import Function
from statelint.survey.summary import Const

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from statelint.inspect.context import Context
    from statelint.survey.summary import CallSite, Guard

_CLAIM: Final = re.compile(
    r"(?:^|[._])claim(?:ed|s)?(?:_|$|\()|(?:^|_|\.)leader|(?<![a-z])elect(?:ion|ed|_)|advisory|skip_?locked|acquire_?(?:\w+_)?lock"
    r"|try_?(?:acquire|lock)|redlock|setnx|redis_?lock|(?:^|_|\.)lease|distributed_?lock|single_?instance",
    re.IGNORECASE,
)
_STATEMENT: Final = re.compile(r"advisory|skip\s+locked|get_lock\s*\(|sp_getapplock", re.IGNORECASE)
_TAKEN: Final = frozenset(
    {
        "blpop", "brpop", "lpop", "rpop", "brpoplpush", "blmove", "lmove", "bzpopmin", "zpopmin", "spop", "xreadgroup", "xautoclaim",
        "receive_message", "receive_messages", "find_one_and_update", "find_one_and_delete", "find_and_modify", "reserve",
    }
)  # fmt: skip
"""Calls that hand each piece of work to one caller."""
_ELSEWHERE: Final = sources.SHARED | sources.UNKNOWN
"""What a condition asks that another instance may have answered; a flag that is set here alone says nothing of others."""
_COUNTED: Final = re.compile(r"\b(?:rowcount|modified_count|matched_count|rows_affected|affected_rows|n_modified)\b")
_CHOICE: Final = re.compile(r"SCHEDUL|CRON|WORKER|BEAT|JOBS?\b|LEADER|PRIMARY|MASTER|RUN_|BACKGROUND|SINGLE|REPLICA|ORDINAL", re.IGNORECASE)
_ASKED: Final = re.compile(r"environ|getenv|settings|config|\benv\b|[A-Z]{4,}")
_ENVIRONMENT: Final = re.compile(r"environ|getenv")
_RELOADER: Final = re.compile(r"(?:WERKZEUG_)?RUN_MAIN|is_running_from_reloader")
_OTHER_NAME: Final = re.compile(r"[A-Z][A-Z_]{3,}|settings\.\w|config\.\w")
_CREDENTIAL: Final = re.compile(r"TOKEN|SECRET|PASSWORD|_KEY|URL|URI|DSN|WEBHOOK|API|HOST|PORT|CONFIGURED|_ID\b")


class Gate(NamedTuple):
    """What stands before a start: nothing, a choice that may hold on one instance alone, or a feature that is off unless asked for."""

    kind: Literal["", "choice", "open", "feature"]
    """`open`: a choice of which the default could not be told."""
    text: str = ""


def claim(function: Function, context: Context) -> str:
    """Return the shared lock, election or claim on the way of some work, "" if there is none.

    Reading a column before working is none: two instances read the same.
    """
    return context.once(_Claims).of(function) or ""


class _Claims(Transitive["Function", str]):
    """The nearest claim of each function: its own, or one in what it calls."""

    def __init__(self, context: Context) -> None:
        edges = context.program.graph.edges
        super().__init__(
            lambda function: own_claim(function, context) or None,
            lambda function: [edge.callee for edge in edges.get(function, ()) if edge.kind != "guess"],
        )


def own_claim(function: Function, context: Context) -> str:
    """Return the claim in a function's own body, "" if there is none."""
    for site in function.summary.calls:
        found = _claims(function, site, context)
        if found:
            return found
    for index, guard in enumerate(function.summary.guards):
        said = said_in(guard, function.summary)
        if _any(_CLAIM, said) and context.program.provenance.of_guard(function, index) & _ELSEWHERE:
            return guard.text
        if guard.kind in ("if", "else", "while") and (_any(_COUNTED, said) or _updated(function, said)):
            return f"a conditional update ({guard.text})"
    return ""


def _claims(function: Function, site: CallSite, context: Context) -> str:
    func = site.call.func
    shared = context.program.vocabulary.role("shared-lock")
    names = context.program.resolver.library_names(function, func)
    if any(shared.calls(name) for name in (*names, func) if "." in name):
        return func
    if _CLAIM.search(func) and not any(isinstance(one, Function) for one in context.program.resolver.walk(function, func).objects):
        return func  # what a function of the project does is looked up in its body
    if "." in func and func.rpartition(".")[2] in _TAKEN:
        return func
    for keyword, value in site.call.keywords:
        if keyword in ("skip_locked", "nx") and not (isinstance(value, Const) and value.value in (False, None)):
            return f"{func}({keyword}=...)"
    for arg in site.call.args[:2]:
        match = _STATEMENT.search(names_and_texts(arg))
        if match:
            return match.group().lower()
    return ""


def _updated(function: Function, said: Collection[str]) -> bool:
    """`if not Job.objects.filter(done=False).update(done=True)`: the count of changed rows decides."""
    if any(name.endswith(".update") and ".filter(" in name for name in said):
        return True
    return any(site.bound in said and site.call.func.endswith(".update") and "filter" in site.call.func for site in function.summary.calls)


def gate(chain: Sequence[Function], site: CallSite, context: Context) -> Gate:
    """Weigh the conditions on the way to a start; the reloader's variable tells nothing about instances."""
    feature: Gate | None = None
    for function, guard in _conditions(chain, site, context):
        said = said_in(guard, function.summary)
        asked = [text for text in said if not _RELOADER.search(text)]
        if not _any(_ASKED, asked) or (len(asked) < len(said) and not _any(_OTHER_NAME, asked)):
            continue
        of_credential = _any(_CREDENTIAL, asked)
        if _any(_CHOICE, asked) or (_any(_ENVIRONMENT, asked) and not of_credential):
            default = outcome_of([guard], function, context.program.evaluator.values).holds
            if default:  # an opt-out: it runs unless somebody says no
                feature = feature or Gate("feature", guard.text)
                continue
            return Gate("open" if default is None else "choice", guard.text)
        feature = feature or Gate("feature" if of_credential else "", guard.text if of_credential else "")
    switch = switch_of(chain, site.guards, context)
    if switch.state == "off" and switch.variable and not _CREDENTIAL.search(switch.variable):
        return Gate("choice", switch.variable)
    return feature or Gate("")


def _any(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    return any(map(pattern.search, texts))


def _conditions(chain: Sequence[Function], site: CallSite, context: Context) -> Iterator[tuple[Function, Guard]]:
    """Yield the conditions around the start and around the calls that lead to it."""
    for caller, callee in pairwise(chain):
        lines = {edge.line for edge in context.program.graph.edges.get(caller, ()) if edge.callee is callee}
        for call in caller.summary.calls:
            if call.call.line in lines:
                yield from _around(caller, call.guards)
    yield from _around(chain[-1], site.guards)


def _around(function: Function, guards: Iterable[int]) -> Iterator[tuple[Function, Guard]]:
    for index in guards:
        guard = function.summary.guards[index]
        if guard.kind in ARMS or guard.kind == "case":
            yield function, guard
