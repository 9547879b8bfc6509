"""Paths as the host of the repository counts them.

GitHub and GitLab take a path for one below the root of the repository. The project that was checked may be a folder of it, so the
formats that they read get that folder in front of every path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model import Edit, Finding, Result, Verdict

READ_BY_HOSTS: Final = frozenset({"github", "gitlab", "sarif"})


def repository_of(root: Path) -> Path:
    """Return the folder at or above the project that is a git checkout, the project itself where there is none."""
    return next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)


def relocated(result: Result, folder: str) -> Result:
    """Return the result with `folder`, a POSIX path below the repository's root or "", in front of every path."""
    if folder in ("", "."):
        return result

    def below(path: str) -> str:
        return f"{folder}/{path}" if path else path

    def edit(one: Edit) -> Edit:
        return replace(one, span=replace(one.span, path=below(one.span.path)))

    def finding(one: Finding) -> Finding:
        return replace(
            one,
            path=below(one.path),
            spans=tuple(replace(span, path=below(span.path)) for span in one.spans),
            route=tuple(replace(step, path=below(step.path)) for step in one.route),
            fix=None if one.fix is None else replace(one.fix, edits=tuple(map(edit, one.fix.edits))),
        )

    def verdict(one: Verdict) -> Verdict:
        return replace(one, evidence=tuple(replace(entry, path=below(entry.path)) for entry in one.evidence))

    return replace(
        result,
        findings=tuple(map(finding, result.findings)),
        checklist=tuple(map(verdict, result.checklist)),
        programs=tuple(
            replace(program, root=below(program.root).removesuffix("/."), checklist=tuple(map(verdict, program.checklist)))
            for program in result.programs
        ),
        diagnostics=tuple(replace(entry, path=below(entry.path)) for entry in result.diagnostics),
    )
