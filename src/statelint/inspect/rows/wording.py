"""Messages, hints, notes and labels of what rows find."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Final

from statelint.inspect.context import filled
from statelint.inspect.rows.patterns import ABSENT, shown

if TYPE_CHECKING:
    from statelint.inspect.rows.decision import Decided, Decision, Verdict
    from statelint.model import EvidenceKind
    from statelint.program.evaluation.evaluator import Value
    from statelint.program.vocabulary import Vocabulary
    from statelint.rulebook.schema import Api, Rule


_DRAWN: Final = "role:random-secret"
"""What a row about secrets finds wrong."""


def message_of(rule: Rule, row: Api, name: str, value: Value, symbol: str) -> str:
    """Fill a row's message, or the rule's summary."""
    return filled(row.message or rule.summary, name=name, value=shown(value), symbol=symbol or name)


def hint_of(rule: Rule, row: Api, value: Value) -> str:
    """Write the repair in the library's words: the switch, then, indented as reports expect code, what to install and the code."""
    fix = row.fix
    text, switch = fix.text.strip(), f"set {fix.switch}" if fix.switch else ""
    if value.variable and value.kind != "env" and not value.path:
        switch = f"set {value.variable} on every instance, or make it required"
    prose = f"{text.removesuffix('.')}; {switch}" if text and switch else text or switch or rule.fix.strip()
    code = [f"pip install '{fix.install}'"] if fix.install else []
    if fix.code:
        code.append(fix.code.strip("\n").rstrip())
    shown_code = indent("\n".join(code), "    ")
    return f"{prose}\n\n{shown_code}" if code else prose


def notes_of(row: Api, decision: Decision, value: Value) -> tuple[str, ...]:
    """Caveats: the row's own, the version judged by, the variable that would change the value."""
    notes = [note for note in (row.note, decision.note) if note]
    if value.path:
        notes.append(f"{value.variable} is set in {value.path}:{value.line}")
    elif value.variable and value.kind != "env":
        notes.append(f"this is the default; {value.variable} replaces it where it is set")
    if value.choice:
        notes.append(f"it depends on `{value.choice}`, which could not be decided")
    return tuple(notes)


def label_of(option: Decided) -> str:
    """Return what stands under the finding's span."""
    value = option.value
    if option.source == "use":
        return ""
    if option.source.startswith("the default of") or option.source == "nothing":
        return f"{option.source} decides: {shown(value)}" if value is not ABSENT else "nothing says otherwise"
    return f"{option.source} is {shown(value)}{_set_in(value)}"


def spoken(row: Api, name: str, option: Decided, verdict: Verdict, vocabulary: Vocabulary, *, item: str) -> tuple[EvidenceKind, str]:
    """Return what a use speaks for that satisfies its row or stays an open question, and the words for it."""
    if verdict != "satisfies":
        return "unknown", _evidence_text(name, option, verdict, item)
    if is_placeholder(row, option.value, vocabulary):
        return "unknown", _placeholder_text(name, option)
    return "pass", _evidence_text(name, option, verdict, item)


def _evidence_text(name: str, option: Decided, verdict: Verdict, item: str) -> str:
    """Return what the checklist shows of a use that satisfies its row or stays an open question; a secret's value is not told."""
    value = option.value
    start = f"{name}: " if name else ""
    if value is ABSENT:
        return f"{name} is not set"
    if verdict == "satisfies" and option.source == "nothing" and value.kind == "unknown":
        return f"{name}: nothing says otherwise"
    if verdict == "satisfies" and item == "config" and value.kind == "const":
        return f"{start}{option.source} is the same constant on every instance{_set_in(value)}"
    if verdict == "satisfies":
        said = "comes from the environment" if value.kind == "env" and not value.path else f"is {shown(value)}"
        return name if option.source == "use" else f"{start}{option.source} {said}{_set_in(value)}"
    if option.reason:
        reason = option.reason
    elif value.variable:
        reason = f"falls back to its default when {value.variable} is not set"
    else:
        reason = "could not be followed"
    return f"{start}{option.source} {reason}" if not option.reason else f"{start}{option.source}: {reason}"


def is_placeholder(row: Api, value: Value, vocabulary: Vocabulary) -> bool:
    """Tell whether a row about secrets is satisfied by a word that stands for a secret which nobody has chosen yet."""
    if _DRAWN not in row.violates or value.kind != "const" or not isinstance(value.const, str) or value.path:
        return False
    return vocabulary.pattern("placeholder-secret").search(value.const) is not None


def _placeholder_text(name: str, option: Decided) -> str:
    """Return what is said of a placeholder; its text is not told, since a pattern may recognise a part of a real secret."""
    value = option.value
    start = f"{name}: {option.source}" if name else option.source
    if value.variable:
        return f"{start} is a placeholder where {value.variable} is not set"
    return f"{start} is a placeholder, and nothing that was read replaces it"


def _set_in(value: Value) -> str:
    return f" ({value.variable} in {value.path}:{value.line})" if value.path else ""


def doubt(value: Value) -> bool:
    """Whether another value may decide instead."""
    return value.conditional or bool(value.choice)
