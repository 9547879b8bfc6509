"""Read after write: what one request leaves in the process and another looks for.

That is a consequence of state in the process, which is reported already, and no fault of its own: it joins that finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.common.naming import identifier_words, names_and_texts
from statelint.checks.state.report import Consequence
from statelint.checks.state.requests import requests_leading_to
from statelint.checks.state.traits import TRAITS
from statelint.inspect.context import worded
from statelint.inspect.spans import line_span
from statelint.program.names.nodes import External
from statelint.survey.summary import Call, Display, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from statelint.checks.state.judgement import Judgement
    from statelint.inspect.context import Context
    from statelint.program.calls.callgraph import Edge
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function, Location
    from statelint.program.program import Program
    from statelint.rulebook.schema import Rule
    from statelint.survey.summary import CallSite

_UNCONDITIONAL: Final = frozenset({"with", "try", "finally"})
"""Guards whose block is entered whenever it is come to."""


def flows(judged: Sequence[Judgement], context: Context) -> dict[Location, Consequence]:
    """Return what is to be said of reported cells that a handler reads by key after another, or an earlier call of it, has written them."""
    rule = context.book.rule("read-after-write-in-process")
    if rule is None:
        return {}
    awaited = [one for one in judged if _is_awaited(one, context)]
    functions = dict.fromkeys(access.function for one in awaited for access in (*one.writes, *_keyed_reads(one)))
    requests = requests_leading_to(functions, context.program)
    pairs = ((one, _pair(one, requests, context.program)) for one in awaited)
    return {one.cell.location: _consequence(rule, one, *pair, context) for one, pair in pairs if pair is not None}


def _is_awaited(one: Judgement, context: Context) -> bool:
    """Whether the cell is reported, and a later request may expect in it what an earlier one has left."""
    if one.finding is None or one.kind is None or not TRAITS[one.kind].is_awaited:
        return False
    if one.finding.confidence == "low" or one.cell.container == "sequence":
        return False
    if any(isinstance(origin.expr, Display) and origin.expr.items for origin in one.cell.origins):
        return False  # a table of the program, not what requests leave
    if any(write.how == "augment" for write in one.writes):
        return False  # a running total
    # of a session store, what one request hands out and the next gives back
    return one.kind != "session-store" or bool(identifier_words(one.cell.location.name) & context.program.vocabulary.words("handed-over"))


def _pair(one: Judgement, requests: Mapping[Function, int], program: Program) -> tuple[Access, Access] | None:
    """Return a write and a keyed read that different requests make: the first write that has one, with its first read.

    A read of what the same call has written before says nothing of other requests, whichever else write.
    """
    reads = sorted(_keyed_reads(one), key=lambda read: (read.function.module.path, read.line))
    if _first_pair(one, reads, requests, requests) is None:
        return None  # nearly always, and cheaper to find out
    writes: dict[Function, list[Access]] = {}
    for write in one.writes:
        if write.how != "delete":
            writes.setdefault(write.function, []).append(write)
    reads = [read for read in reads if not any(_is_written_before(read, write) for write in writes.get(read.function, ()))]
    looking = dict.fromkeys(read.function for read in reads)
    expecting = requests_leading_to(looking, program, lambda edge: _hands_on(edge, writes.get(edge.caller, ())))
    return _first_pair(one, reads, requests, expecting)


def _is_written_before(read: Access, write: Access) -> bool:
    """Whether a read finds what the same call of its function has written: under the same key, or without one."""
    is_same = names_and_texts(write.key or write.value) == names_and_texts(read.key) if read.key is not None else write.key is None
    return is_same and write.line < read.line and _always_before(read.function, write.guards, read.guards)


def _hands_on(edge: Edge, writes: Iterable[Access]) -> bool:
    """Whether a function hands the key of what it has written to the function that it calls, each time that it calls it."""
    calls = edge.caller.summary.calls
    called = {site.call.func for site in calls if site.call.line == edge.line}
    return any(all(_hands_key_on(edge.caller, site, writes) for site in calls if site.call.func == func) for func in called)


def _hands_key_on(function: Function, site: CallSite, writes: Iterable[Access]) -> bool:
    given = {names_and_texts(value) for value in (*site.call.args, *(value for _, value in site.call.keywords))}
    before = (write for write in writes if write.line < site.call.line and _always_before(function, write.guards, site.guards))
    return any(names_and_texts(write.key or write.value) in given - {""} for write in before)


def _always_before(function: Function, before: Iterable[int], after: Iterable[int]) -> bool:
    """Whether what stands under some guards is done whenever a later place of the same function is reached."""
    conditions = {index for index in before if function.summary.guards[index].kind not in _UNCONDITIONAL}
    return conditions <= set(after)


def _first_pair(
    one: Judgement, reads: Sequence[Access], requests: Mapping[Function, int], expecting: Mapping[Function, int]
) -> tuple[Access, Access] | None:
    """Return the first pair of a write and a read that differ in their requests: those that write, those that expect to find something."""
    tests: dict[tuple[Function, str], int] = {}
    """By function and key, the first read that asks whether the key is there."""
    reading = 0
    for index, read in enumerate(reads):
        reading |= expecting[read.function]
        if read.how == "in":
            tests.setdefault((read.function, names_and_texts(read.key)), index)
    for write in one.writes:
        if write.how == "delete":
            continue
        found = len(reads)
        asked = tests.get((write.function, names_and_texts(write.key or write.value)))
        if asked is not None and reads[asked].line < write.line:
            found = asked  # once only: the second call asks whether the first was here
        others = reading & ~requests[write.function]
        if others:
            found = next((index for index, read in enumerate(reads[:found]) if expecting[read.function] & others), found)
        if found < len(reads):
            return write, reads[found]
    return None


def _keyed_reads(one: Judgement) -> Iterator[Access]:
    # who asks whether it is there, or says what to do if not, expects to find it
    yield from (read for read in one.cell.reads if read.how in ("in", "get"))
    yield from (write for write in one.writes if write.how == "delete" and write.method == "pop" and write.key is not None)


def _consequence(rule: Rule, one: Judgement, write: Access, read: Access, context: Context) -> Consequence:
    case = "wait" if _waits(one, context) else "scalar" if one.cell.container == "scalar" else "container"
    written = line_span(context, write.function.module.path, write.line, f"written by {write.function.name}")
    looked_up = f"looked up by {read.function.name}, perhaps on another instance"
    return Consequence(
        rule.code,
        worded(rule, case, symbol=one.cell.location.shown),
        (written, line_span(context, read.function.module.path, read.line, looked_up)),
    )


def _waits(one: Judgement, context: Context) -> bool:
    """Whether the values are futures or events that one request waits on until another sets them."""
    for write in one.writes:
        path = write.value.func if isinstance(write.value, Call) else write.value.path if isinstance(write.value, Ref) else ""
        names = [e.name for e in context.program.resolver.walk(write.function, path).objects if isinstance(e, External)] if path else []
        if path.endswith(("create_future", "Future", "Event")) or any(
            name.endswith(("Future", "create_future", "Event")) for name in names
        ):
            return True
    return False
