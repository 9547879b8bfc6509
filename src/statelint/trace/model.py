"""What a trace says: plain data, the same for text and JSON. Lines count from 1, paths are relative to the project root."""

from __future__ import annotations

import msgspec

from statelint.model import Step


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A write or a read of a cell."""

    path: str
    line: int
    how: str
    """`item`, `delete`, `mutate`, `rebind`, `augment`, `nested`; for reads `item`, `in`, `iter`, `get`, `load`."""
    method: str
    """The method that does it, "" where it is a statement or operator."""
    function: str
    contexts: tuple[str, ...]
    """When the function runs: serving, startup, worker, command; or why it does not count: test, migration, script, unreached ..."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A route from an entry point."""

    role: str
    guessed: bool
    """A call on the way is only a guess by the method's name."""
    steps: tuple[Step, ...]


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """The shortest route from each entry point, as many as are shown."""

    shown: tuple[Way, ...]
    total: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A finding about the subject."""

    code: str
    rule: str
    severity: str
    confidence: str
    path: str
    line: int
    message: str
    standing: str
    """`reported`, or why it is not shown: `silenced`, `not selected`, `in the baseline`."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """An edge of the call graph, seen from the subject: the other function, and the line of the call."""

    function: str
    path: str
    line: int
    kind: str
    """`call`, `callback`, `wraps`, `implicit`, `dependency` or `guess`."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one of the four questions that decide about a cell."""

    question: str
    verdict: str
    """`yes`, `no` or `unknown`."""
    text: str
    """What the answer rests on."""


class CellTrace(msgspec.Struct, frozen=True, kw_only=True, tag="cell", tag_field="is"):
    """A place that keeps a value."""

    name: str
    path: str
    line: int
    container: str
    lifetime: str
    holder: Step | None
    holds: tuple[str, ...]
    """Cells of the objects that are kept here."""
    kind: str | None
    """What requests keep in it; None where no request writes it."""
    made: tuple[Step, ...]
    writes: tuple[Use, ...]
    reads: tuple[Use, ...]
    routes: Ways
    """Each ends in a write."""
    findings: tuple[Told, ...]
    reason: str
    """Why there is no finding; "" where there is one."""
    answers: tuple[Answer, ...] = ()
    """To the four questions; none where no request writes it."""


class FunctionTrace(msgspec.Struct, frozen=True, kw_only=True, tag="function", tag_field="is"):
    """A function or method."""

    name: str
    path: str
    line: int
    entry_points: tuple[str, ...]
    """What it is called by from outside: `POST /jobs`, `celery task`."""
    contexts: tuple[str, ...]
    callers: tuple[Call, ...]
    callees: tuple[Call, ...]
    library_calls: tuple[Step, ...]
    unresolved: tuple[Step, ...]
    """Calls that could not be followed."""
    writes: tuple[Use, ...]
    """Of cells; `function` is the cell's name here."""
    reads: tuple[Use, ...]
    routes: Ways
    findings: tuple[Told, ...]
    """Those that stand in the function, or whose route leads through it."""


class ClassTrace(msgspec.Struct, frozen=True, kw_only=True, tag="class", tag_field="is"):
    """A class: how long its instances live, and what they keep."""

    name: str
    path: str
    line: int
    lifetime: str
    holder: Step | None
    made: tuple[Step, ...]
    bases: tuple[str, ...]
    cells: tuple[str, ...]
    methods: tuple[str, ...]
    findings: tuple[Told, ...]


Trace = CellTrace | FunctionTrace | ClassTrace
