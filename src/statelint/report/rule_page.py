"""A rule's page and the table of all rules, made from the rule files: as text, Markdown and plain data.

Examples of rules are small projects; their marks (`# SL0101` at the end of a line) stay, for they show what is reported.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any, Final

import msgspec

from statelint.files import Reader, UnreadableError
from statelint.files.read import MOST_SOURCE
from statelint.model import ANALYSIS_ITEM, ITEMS
from statelint.rulebook.schema import Api

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from statelint.rulebook.load import Rulebook
    from statelint.rulebook.schema import Example, Rule

_STANDARD_LIBRARY: Final = "python"
_TITLES: Final = {item.key: item.title for item in ITEMS} | {ANALYSIS_ITEM: "The analysis itself"}
_MANIFESTS: Final = (
    *("pyproject.toml", "*requirements*.txt", "requirements/*.txt", "setup.cfg", "setup.py"),
    *("Pipfile", "environment.yml", "environment.yaml", "*.lock"),
)
MOST_LINES: Final = 60
_BOLD, _RESET = "\x1b[1m", "\x1b[0m"


class Library(msgspec.Struct, frozen=True):
    """What a rule says about one library, row by row."""

    package: str
    found: bool
    """The project that the command runs in names it."""
    rows: tuple[Api, ...]


def _manifest(reader: Reader, name: str) -> str:
    """Return a manifest's text; one that cannot be read names nothing, for it only decides on an order."""
    try:
        return reader.read(name, MOST_SOURCE).decode("utf-8", "replace")
    except UnreadableError:
        return ""


def libraries(rule: Rule, found: Collection[str] = ()) -> tuple[Library, ...]:
    """Return the libraries that a rule knows, those of the project first."""
    packages = {row.package for row in rule.api}
    ordered = sorted(packages, key=lambda package: (package not in found, package.lower()))
    return tuple(Library(name, name in found, tuple(row for row in rule.api if row.package == name)) for name in ordered)


def packages_named_in(root: Path, book: Rulebook) -> frozenset[str]:
    """Return the packages of the rule set that the manifests in a project's root name."""
    reader = Reader(root)
    names = [manifest.relative_to(root).as_posix() for pattern in _MANIFESTS for manifest in sorted(root.glob(pattern))]
    text = "\n".join(re.sub(r"[-_.]+", "-", _manifest(reader, name).lower()) for name in names)
    packages = {row.package for rule in book.rules for row in rule.api} - {_STANDARD_LIBRARY}
    words = frozenset(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", text))
    return frozenset(package for package in packages if re.sub(r"[-_.]+", "-", package.lower()) in words)


def as_data(rule: Rule, found: Collection[str] = ()) -> dict[str, Any]:
    """Return the page as plain data, for `--output-format json`."""
    keys = ("code", "name", "item", "severity", "summary", "why", "fix", "limits", "since")
    return {
        **{key: getattr(rule, key).strip() for key in keys},
        "item_title": _TITLES[rule.item],
        "autofix": _autofix(rule),
        "references": list(rule.references),
        "libraries": [
            {
                "package": one.package,
                "found": one.found,
                "verified_with": verified_with(one),
                "names": _names(one),
                "repairs": _repairs(one),
            }
            for one in libraries(rule, found)
        ],
        "examples": [{"title": one.title, "bad": one.bad, "files": _files(one)} for one in rule.example],
    }


def _names(library: Library) -> list[str]:
    return sorted({name for row in library.rows for name in row.names})


def _repairs(library: Library) -> list[dict[str, str]]:
    """Return the different repairs of a library's rows, in the order of the rule file."""
    repairs = []
    for row in library.rows:
        repair = {key: value.strip() for key, value in msgspec.to_builtins(row.fix).items()}
        if repair and repair not in repairs:
            repairs.append(repair)
    return repairs


def _files(example: Example) -> dict[str, str]:
    files = {"app.py": example.source, **example.files} if example.source else example.files
    return {path: content.strip("\n") + "\n" for path, content in files.items()}


def as_markdown(rule: Rule, found: Collection[str] = (), *, examples: int | None = None) -> str:
    """Return the page in Markdown, with so many examples of each kind, all where it is None."""
    return "\n".join(_markdown(rule, found, examples)).rstrip() + "\n"


def _markdown(rule: Rule, found: Collection[str], most: int | None) -> Iterator[str]:
    yield from _markdown_head(rule)
    for library in libraries(rule, found):
        yield from _markdown_library(library)
    for bad, title in ((True, "Reported"), (False, "Not reported")):
        examples = [one for one in rule.example if one.bad is bad][:most]
        if examples:
            yield f"## {title}\n"
        for example in examples:
            yield from _markdown_example(example)
    if rule.limits:
        yield f"## What it does not see\n\n{rule.limits.strip()}\n"
    if rule.references:
        yield "## References\n\n" + "\n".join(f"- <{reference}>" for reference in rule.references) + "\n"


def _markdown_head(rule: Rule) -> Iterator[str]:
    yield f"# {rule.code} {rule.name}\n"
    fixes = _autofix(rule)
    yield f"{rule.severity} · {rule.item}: {_TITLES[rule.item]}{'' if fixes else ' · no automatic fix'}\n"
    yield f"{_sentence(rule.summary)}\n"
    yield f"## Why\n\n{rule.why.strip()}\n"
    yield f"## How to repair it\n\n{rule.fix.strip()}\n"
    if fixes:
        yield f"{fixes}\n"


def _autofix(rule: Rule) -> str:
    """Say which options mend what the rule reports, and for which libraries; "" where none does."""
    safe = sorted({row.package for row in rule.api if any(one.safe != "never" or one.value_if_set for one in row.autofix)})
    unsafe = sorted({row.package for row in rule.api if row.autofix} - set(safe))
    parts = [f"`--fix` for {', '.join(safe)}"] if safe else []
    parts += [f"`--fix --unsafe-fixes` for {', '.join(unsafe)}"] if unsafe else []
    parts += [f"`--fix --unsafe-fixes` can {one.message} where the code is plain" for one in rule.autofix]
    return f"Automatic fix: {'; '.join(parts)}." if parts else ""


def _markdown_library(library: Library) -> Iterator[str]:
    repairs = _repairs(library)
    if repairs:
        yield f"### {_title(library)}\n"
        for repair in repairs:
            yield from _markdown_repair(repair)


def _markdown_example(example: Example) -> Iterator[str]:
    yield f"{_sentence(example.title)}\n"
    for path, content in _files(example).items():
        head = f"# {path}\n" if path != "app.py" else ""
        yield f"```{_language(path)}\n{head}{content}```\n"


def as_brief(
    rule: Rule, found: Collection[str] = (), *, url: str = "", colour: bool = False, width: int = 100, most: int = MOST_LINES
) -> str:
    """Return the page for a terminal in at most `most` lines: why, repair and limits, an example of each kind and repairs as they fit.

    What a project of the reader's does not use comes last; the end says what was left out and how to see it. A rule whose own words
    take more lines is shown with them all.
    """
    kept: list[str] = []
    pieces = _optional(rule, found)
    for name in pieces:
        tried = [*kept, name]
        if len(_brief(rule, {one: pieces[one] for one in pieces if one in tried}, pieces, url, width, colour=False).splitlines()) <= most:
            kept = tried
    return _brief(rule, {one: pieces[one] for one in pieces if one in kept}, pieces, url, width, colour=colour)


def _optional(rule: Rule, found: Collection[str]) -> dict[str, str]:
    """Return what a brief page may leave out by kind and name, the most wanted first: repairs for the project, examples, other repairs."""
    repairs = {f"repair {one.package}": "\n".join(_markdown_library(one)) for one in libraries(rule, found) if _repairs(one)}
    examples: dict[str, str] = {}
    for bad, title in ((True, "Reported"), (False, "Not reported")):
        shown = sorted(("\n".join(_markdown_example(one)) for one in rule.example if one.bad is bad), key=lambda text: text.count("\n"))
        if shown:
            examples[f"example {title}"] = f"## {title}\n\n{shown[0]}"
    wanted = {name: text for name, text in repairs.items() if name.removeprefix("repair ") in found}
    return {**wanted, **examples, **repairs}


def _brief(rule: Rule, kept: dict[str, str], pieces: dict[str, str], url: str, width: int, *, colour: bool) -> str:
    parts = list(_markdown_head(rule))
    parts += [text for name, text in kept.items() if name.startswith("repair ")]
    parts += [text for name, text in kept.items() if name.startswith("example ")]
    if rule.limits:
        parts.append(f"## What it does not see\n\n{rule.limits.strip()}\n")
    examples = len(rule.example) - sum(name.startswith("example ") for name in kept)
    repairs = sum(name.startswith("repair ") for name in pieces.keys() - kept.keys())
    left = [f"{number} more {word}{'' if number == 1 else 's'}" for number, word in ((examples, "example"), (repairs, "repair")) if number]
    closing = f"`statelint rule {rule.code} --examples` shows {' and '.join(left)}." if left else ""
    parts.append("  ".join(filter(None, (closing, url))))
    return _as_terminal("\n".join(parts), colour=colour, width=width)


def _markdown_repair(repair: dict[str, str]) -> Iterator[str]:
    if "text" in repair:
        yield f"{repair['text']}\n"
    if "switch" in repair:
        yield f"Without a change of code: `{repair['switch']}`.\n"
    if "install" in repair:
        yield f"```console\n$ pip install {_quoted(repair['install'])}\n```\n"
    if "code" in repair:
        yield f"```python\n{repair['code']}\n```\n"


def as_text(rule: Rule, found: Collection[str] = (), *, colour: bool = False, width: int = 100) -> str:
    """Return the whole page for a terminal, every example in it."""
    return _as_terminal(as_markdown(rule, found), colour=colour, width=width)


def _as_terminal(markdown: str, *, colour: bool, width: int) -> str:
    """Return a page without the marks of Markdown, wrapped, code indented."""
    lines: list[str] = []
    in_code = False
    for line in markdown.rstrip().split("\n"):
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            lines.append(f"    {line}".rstrip())
        elif line.startswith("#"):
            title = line.lstrip("# ")
            lines.append(f"{_BOLD}{title}{_RESET}" if colour else title)
        elif line.startswith("- <"):
            lines.append(line.replace("- <", "  ").rstrip(">"))
        else:
            lines.append(line)
    return _wrapped(lines, min(width, 100))


def _wrapped(lines: list[str], width: int) -> str:
    """Wrap the paragraphs, leave what is indented alone, and put one empty line at most between them."""
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if not line or line.startswith(" ") != (paragraphs[-1][-1:] or [line])[0].startswith(" "):
            paragraphs.append([])
        if line:
            paragraphs[-1].append(line)
    shown = [
        "\n".join(paragraph) if paragraph[0].startswith(" ") else textwrap.fill(" ".join(paragraph), width, break_on_hyphens=False)
        for paragraph in paragraphs
        if paragraph
    ]
    return "\n\n".join(shown) + "\n"


def table_text(book: Rulebook, *, colour: bool = False) -> str:
    """Return every rule, item by item, for a terminal."""
    width = max((len(rule.name) for rule in book.rules), default=0)
    lines = []
    for item, title in _by_item():
        rules = [rule for rule in book.rules if rule.item == item]
        if rules:
            head = f"{item}: {title}"
            lines += ["", f"{_BOLD}{head}{_RESET}" if colour else head]
            lines += [f"  {rule.code}  {rule.name:<{width}}  {rule.severity:<7}  {rule.summary}" for rule in rules]
    lines += ["", f"{len(book.rules)} rules; `statelint rule CODE` explains one"]
    return "\n".join(lines[1:]) + "\n"


def table_markdown(book: Rulebook) -> str:
    """Return the table of every rule and every library that it knows, for the README."""
    lines = ["| code | rule | item | severity | reports | libraries |", "| --- | --- | --- | --- | --- | --- |"]
    for item, _ in _by_item():
        for rule in book.rules:
            if rule.item == item:
                known = ", ".join(library.package for library in libraries(rule))
                summary = rule.summary.replace("|", "\\|")
                lines.append(f"| {rule.code} | `{rule.name}` | {rule.item} | {rule.severity} | {summary} | {known} |")
    return "\n".join(lines) + "\n"


def _by_item() -> list[tuple[str, str]]:
    return list(_TITLES.items())


def _title(library: Library) -> str:
    name = "The standard library" if library.package == _STANDARD_LIBRARY else library.package
    versions = verified_with(library)
    remarks = ["found in this project"] * library.found + [f"verified with {' and '.join(versions)}"] * bool(versions)
    return f"{name} ({', '.join(remarks)})" if remarks else name


def verified_with(library: Library) -> list[str]:
    """Return the versions against which `make verify-knowledge` checks the rows: names and defaults, in the installed package."""
    return sorted({row.version for row in library.rows if row.version and not row.unverifiable})


def _sentence(clause: str) -> str:
    clause = clause.strip()
    return clause[:1].upper() + clause[1:] + ("" if clause.endswith((".", "?", "!")) else ".")


def _quoted(requirement: str) -> str:
    return " ".join(f"'{word}'" if "[" in word or ">" in word else word for word in requirement.split())


def _language(path: str) -> str:
    return {"py": "python", "toml": "toml", "yaml": "yaml", "yml": "yaml"}.get(path.rpartition(".")[2], "text")
