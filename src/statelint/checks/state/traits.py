"""The kinds of state, and what is true of all state of a kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.model import Confidence, Severity
    from statelint.rulebook.schema import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class KindTraits:
    """What decides about state of one kind; the defaults are those of plain data that a request leaves for later ones."""

    holds_sockets: bool = False
    """It belongs to connections that end in this process. No general exemption holds for it: what matters is whether messages
    from other instances reach the sockets. It is called a fallback only where a shared store is made in its place."""
    may_be_copy: bool = True
    """A write to a shared store beside each write excuses it, because the store keeps the truth. False where the value in the
    process decides by itself (a lock, a count) or is a copy by its nature, whose fault is that others keep an older one."""
    is_awaited: bool = False
    """A later request expects by key what an earlier one has left, so that it is read-after-write across instances as well."""
    expires: bool = False
    """Its entries end by time or are thrown away when the truth changes, and the message says which."""
    acts: bool = False
    """It works by being there: who holds the lock, who takes from the queue, whose socket it is. What is read from it does not say
    what depends on it."""
    exemption: Literal["backplane", "local-work"] | None = None
    """The reason of its own that may excuse it: its sockets get messages over a shared channel, what runs under it is the
    process's own, what it remembers never changes. None: only the reasons that hold for every kind."""
    may_be_likely: bool = False
    """Its findings are warnings where the flow of values does not prove the fault; the other kinds are known by what is done with them."""
    severity: Severity | None = None
    """The severity of its findings; None for the rule's own. Milder where a wrong value misleads people, but no request."""
    confidence: Confidence = "high"
    """How sure a finding is at best; "medium" for kinds that only a name tells apart, or nothing."""


TRAITS: Final[Mapping[Kind, KindTraits]] = {
    "session-store": KindTraits(is_awaited=True),
    "conversation": KindTraits(),
    "cache": KindTraits(may_be_copy=False, expires=True),
    "rate-counter": KindTraits(may_be_copy=False),
    "connection-registry": KindTraits(holds_sockets=True, acts=True, may_be_copy=False, exemption="backplane"),
    "pubsub": KindTraits(holds_sockets=True, acts=True, may_be_copy=False, exemption="backplane"),
    "job-table": KindTraits(is_awaited=True),
    "queue": KindTraits(is_awaited=True, acts=True),
    "lock": KindTraits(may_be_copy=False, acts=True, exemption="local-work"),
    "counter": KindTraits(may_be_copy=False),
    "metrics": KindTraits(severity="warning", confidence="medium"),
    "config": KindTraits(may_be_copy=False, may_be_likely=True, confidence="medium"),
    "other": KindTraits(is_awaited=True, may_be_likely=True, confidence="medium"),
}
"""The traits of each kind; a test holds it against `Kind`."""
