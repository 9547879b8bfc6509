"""Small projects that are fixed as `check --fix` does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from statelint.checked import Asked, check_programs, joined, with_fixes
from statelint.cli.fixing import State, Wish, fixed
from statelint.configuration import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model import Finding


class Outcome(NamedTuple):
    """A project after it was fixed."""

    before: tuple[Finding, ...]
    """What was reported, with the fixes."""
    after: tuple[Finding, ...]
    folder: Path

    def text(self, path: str = "app.py") -> str:
        return (self.folder / path).read_bytes().decode()

    def codes(self, *, after: bool = True) -> list[str]:
        return sorted(one.code for one in (self.after if after else self.before))

    def contents(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and ".git" not in path.parts
        }


def lay_out(folder: Path, files: dict[str, str]) -> Path:
    """Write the files; the project ends at the folder."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.removeprefix("\n").encode())
    return folder


def wish(folder: Path, *, unsafe: bool) -> tuple[State, Wish]:
    settings = load_settings(folder, isolated=True, paths=(folder,), keep=False)
    asked = Asked((folder,), settings, lambda _: settings, options={"jobs": 1})

    def check(again: Asked) -> State:
        parts = check_programs(again)
        return State(parts, joined(parts))

    return check(asked), Wish(asked, check, unsafe)


def offers(folder: Path) -> tuple[Finding, ...]:
    """Return the findings with their fixes."""
    state, _ = wish(folder, unsafe=True)
    return with_fixes(state.parts, state.judgement)[0].result.findings


def fix(folder: Path, *, unsafe: bool = True) -> Outcome:
    """Fix a project that lies in a folder."""
    state, wanted = wish(folder, unsafe=unsafe)
    before = with_fixes(state.parts, state.judgement)[0].result.findings
    after = fixed(state, wanted).judgement.result.findings
    return Outcome(before, after, folder)
