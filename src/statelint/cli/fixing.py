"""`check --fix` and `--diff`: fix, look again, and fix what that lets through, until nothing is left to fix; then write, or show."""

from __future__ import annotations

import difflib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.checked import with_fixes
from statelint.cli.outputs import show
from statelint.cli.say import say
from statelint.files import Reader, UnreadableError, digest, write_whole
from statelint.files.read import MOST_SOURCE
from statelint.fixes.apply import apply
from statelint.fixes.offer import CHANGED
from statelint.fixes.requirements import with_requirements
from statelint.report.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sized

    from statelint.checked import Asked, Checked
    from statelint.model import Finding
    from statelint.verdict.judge import Judgement

_MOST_ROUNDS: Final = 10
"""Fixes that touch each other are made one after the other; more than a few at one place are not known."""


class State(NamedTuple):
    """A project as it was analysed."""

    parts: tuple[Checked, ...]
    judgement: Judgement


class Wish(NamedTuple):
    """What is to be fixed."""

    asked: Asked
    check: Callable[[Asked], State]
    """Analyses again."""
    unsafe: bool
    """Whether fixes are wanted, too, that may change what one instance does."""


class _Fixed(NamedTuple):
    """What came of fixing."""

    state: State
    """As it is with the fixes."""
    contents: dict[str, bytes]
    """New contents by path below the root."""
    findings: tuple[Finding, ...]
    """What was fixed."""


def fixed(state: State, wish: Wish) -> State:
    """Fix what can be fixed, each file in one step, and return what is there afterwards.

    A file that changed since it was read is left alone, and with it all that the same fixes change.

    Raises:
        StatelintError: a file cannot be written.
    """
    root = Path(state.judgement.result.project.root)
    done = _fix(state, wish)
    changed = _changed(done, state, Reader(root))
    kept = tuple(one for one in done.findings if not changed & _paths(one))
    for path, content in done.contents.items():
        if path not in changed:
            write_whole(root / path, content, root=root)
    for path, text in _manifests(kept, root, unsafe=wish.unsafe).items():
        write_whole(root / path, text.encode(), root=root)
        say("note", f"{path}: added what the fixes need")
    files = {path for one in kept for path in _paths(one)}
    say("note", f"fixed {_count(kept, 'finding')} in {_count(files, 'file')}" if kept else "there is nothing to fix")
    return done.state if not changed else wish.check(wish.asked)


def show_diff(state: State, wish: Wish) -> bool:
    """Write to standard output what `fixed` would change, as a unified diff; whether there is anything."""
    root = Path(state.judgement.result.project.root)
    overlay = wish.asked.options.get("overlay") or {}
    done = _fix(state, wish)
    reader = Reader(root)
    texts = {path: content.decode("utf-8", "replace") for path, content in done.contents.items()}
    texts |= _manifests(done.findings, root, unsafe=wish.unsafe)
    lines: list[str] = []
    for path, text in sorted(texts.items()):
        lines += _unified(path, _content(overlay, reader, path).decode("utf-8", "replace"), text)
    show("".join(lines))
    sys.stdout.flush()
    say("note", f"{_count(done.findings, 'finding')} would be fixed in {_count(done.contents, 'file')}")
    return bool(lines)


def _fix(state: State, wish: Wish) -> _Fixed:
    """Apply the fixes in memory, until there are none."""
    root, asked = Path(state.judgement.result.project.root), wish.asked
    overlay: dict[str, bytes] = dict(asked.options.get("overlay") or {})
    contents: dict[str, bytes] = {}
    done: list[Finding] = []
    tried: set[tuple[str, str, str]] = set()
    reader = Reader(root)
    for number in range(_MOST_ROUNDS):
        judgement, left_alone = with_fixes(state.parts, state.judgement, overlay)
        for path, why in left_alone.items() if not number else ():
            say("warning", f"{path}: nothing is fixed here: {why}")
        able = [one for one in judgement.result.findings if one.fix is not None and (wish.unsafe or one.fix.applicability == "safe")]
        wanted = [one for one in able if (one.fingerprint, one.path, one.code) not in tried]
        outcome = apply(wanted, partial(_content, overlay, reader))
        if not outcome.fixed:
            break
        tried |= {(one.fingerprint, one.path, one.code) for one in outcome.fixed}
        done += outcome.fixed
        contents |= outcome.contents
        overlay |= outcome.contents
        state = wish.check(asked._replace(options={**asked.options, "overlay": dict(overlay)}))
    return _Fixed(state, contents, tuple(done))


def _content(overlay: Mapping[str, bytes], reader: Reader, path: str) -> bytes:
    return overlay[path] if path in overlay else reader.read(path, MOST_SOURCE)


def _changed(done: _Fixed, before: State, reader: Reader) -> set[str]:
    """Return the files that are not any more what was analysed, and those that the same fixes change; say which."""
    digests = {path: known for one in before.parts for path, known in one.part.analysis.digests.items()}
    changed = {path for path in done.contents if _is_other(reader, path, digests)}
    for path in sorted(changed):
        say("warning", f"{path}: nothing is fixed here: {CHANGED}")
    while beside := {path for one in done.findings if changed & _paths(one) for path in _paths(one)} - changed:
        changed |= beside
    return changed


def _unified(path: str, old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(_lines(old), _lines(new), harmless(path), harmless(path))
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]


def _lines(text: str) -> list[str]:
    """Divide a text at line feeds alone: what else ends a line for Python is part of it for a patch."""
    return [f"{line}\n" for line in text.split("\n")[:-1]] + ([text.rpartition("\n")[2]] if not text.endswith("\n") else [])


def _manifests(findings: Iterable[Finding], root: Path, *, unsafe: bool) -> dict[str, str]:
    """Return the new texts of the manifests, by path; without leave to change them, and where there is none, say what is needed."""
    needs = tuple(dict.fromkeys(need for one in findings if one.fix is not None for need in one.fix.needs))
    if not needs:
        return {}
    texts, missing = with_requirements(needs, lambda path: _manifest(root, path))
    if not texts and not missing:
        return {}
    if unsafe and texts:
        return texts
    say("note", f"the fixes need {', '.join(needs)}: add it to what the project installs")
    return {}


def _manifest(root: Path, path: str) -> str | None:
    try:
        return Reader(root).read(path, MOST_SOURCE).decode("utf-8")
    except (UnreadableError, UnicodeDecodeError):
        return None


def _is_other(reader: Reader, path: str, digests: Mapping[str, bytes]) -> bool:
    try:
        return digests.get(path) != digest(reader.read(path, MOST_SOURCE))
    except UnreadableError:
        return True


def _paths(finding: Finding) -> set[str]:
    return {edit.span.path for edit in finding.fix.edits} if finding.fix is not None else set()


def _count(things: Sized, word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
