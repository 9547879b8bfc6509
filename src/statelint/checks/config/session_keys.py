"""A secret of each instance that signs sessions breaks the sessions as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from statelint.inspect.context import evidence, worded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statelint.inspect.context import Context
    from statelint.model import Evidence, Finding

_SECRETS: Final = frozenset({"secret-made-at-start", "secret-in-local-file"})
_OF_SESSIONS: Final = frozenset({"secret_key", "cookie_secret", "session_secret", "session_secret_key", "session_key"})
"""Names of keys by which frameworks sign sessions."""
_MAYBE: Final = frozenset({"secret", "app_secret", "signing_secret", "signing_key", "secret_token"})
_ITEM: Final = "sessions"
_STORED: Final = ("SESSION_TYPE", "flask_session")
"""What evidence names where only a random id is in the cookie."""


def with_sessions(findings: Iterable[Finding], spoken: Sequence[Evidence], context: Context) -> tuple[list[Finding], list[Evidence]]:
    """Return the findings, those about the key of sessions as findings about both; and what is open since a key may sign sessions."""
    rule = context.book.rule("session-key-of-one-instance")
    found: list[Finding] = []
    further: list[Evidence] = []
    of_sessions = [one for one in spoken if one.item == _ITEM]
    stored = any(word in one.text for one in of_sessions for word in _STORED)
    for one in findings:
        name = one.symbol.rpartition(".")[2].strip("_").lower()
        if rule is None or one.rule not in _SECRETS or one.severity == "note" or stored:
            found.append(one)
        elif name in _OF_SESSIONS and of_sessions:
            found.append(msgspec.structs.replace(one, also=(*one.also, rule.code), notes=(*one.notes, worded(rule, "signed"))))
        else:
            found.append(one)
            if name in _OF_SESSIONS | _MAYBE and not of_sessions:
                further.append(evidence(_ITEM, "unknown", one.path, one.line, worded(rule, "perhaps", symbol=one.symbol)))
    return found, further
