"""Write the parts of the documentation that the program itself can say: `make docs`; with `--rules`, the site's pages of rules too.

A part stands between `<!-- begin: NAME -->` and `<!-- end -->`; the rest of a page is written by hand. A test compares, so a page
cannot promise what the program does not do.
"""

from __future__ import annotations

import os
import re
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from click.testing import CliRunner

from statelint.cli import cli
from statelint.cli.settings import toml
from statelint.config import Config, Scaling
from statelint.model import ITEMS
from statelint.report.links import DOCUMENTATION
from statelint.report.rule_page import as_markdown, table_markdown
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = ("README.md", *(f"docs/{name}.md" for name in ("rules", "report", "commands", "formats", "configuration", "accuracy")))
SHOWN: Final = ("SL0103 ",)
"""The finding that the README's screen keeps: state by hand in another file than its route."""
_ITEMS_SHOWN: Final = 2
EXAMPLES: Final = 3
"""Of each kind, on the page of a rule; the command shows all."""
_PART: Final = re.compile(r"(<!-- begin: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FINDING: Final = re.compile(r"(error|warning|note)\[")


def screen() -> str:
    """Return the report on the Flask shop, most of it left out, and said so where it is."""
    head, *blocks = _blocks(run("check", "--isolated", "--no-cache", "--color", "never", "examples/flask-stateful"))
    findings = [block for block in blocks if _FINDING.match(block)]
    kept = [block for block in findings if any(code in block.partition("\n")[0] for code in SHOWN)]
    left = f"[... {len(findings) - len(kept)} more findings ...]\n"
    checklist_, *totals = blocks[-1].split("\n\n")
    return fenced("console", "$ statelint check examples/flask-stateful\n" + "\n".join([head, *kept, left, _cut(checklist_), *totals]))


def _cut(shown: str) -> str:
    """Return the checklist's first items, and how many more there are."""
    title, *lines = shown.splitlines()
    starts = [number for number, line in enumerate(lines) if line[2:3].strip()]
    return "\n".join([title, *lines[: starts[_ITEMS_SHOWN]], f"  [... {len(starts) - _ITEMS_SHOWN} more items ...]\n"])


def trace() -> str:
    """Return what is known of one attribute of the Flask shop."""
    options = ("--isolated", "--no-cache", "--color", "never", "--limit", "1")
    shown = run("trace", *options, "OrderFeed._listeners", "examples/flask-stateful")
    return fenced("console", f"$ statelint trace --limit 1 OrderFeed._listeners examples/flask-stateful\n{shown}")


def assistant() -> str:
    """Return what a coding assistant is given of two findings."""
    options = ("--isolated", "--no-cache", "--select", "sessions", "--output-format", "agent")
    shown = run("check", *options, "examples/flask-stateful")
    return fenced("console", f"$ statelint check --select sessions --output-format agent examples/flask-stateful\n{shown}")


def plan() -> str:
    """Return the sizing of the Flask shop, without its first and last tables."""
    shown = run("plan", "--isolated", "--color", "never", "--peak", "600", "--per-instance", "120", "examples/flask-stateful")
    middle = shown[shown.index("Worked out") : shown.index("\nOther numbers of instances")]
    command = "$ statelint plan --peak 600 --per-instance 120 examples/flask-stateful"
    before, after = "[... what it starts from, each number with its place ...]", "[... a table for other numbers of instances ...]"
    return fenced("console", f"{command}\n{before}\n\n{middle}\n{after}")


def _blocks(text: str) -> Iterator[str]:
    """Divide a report into its findings and what stands below them."""
    start = 0
    for match in re.finditer(r"^(?=(?:error|warning|note)\[|Checklist: )", text, re.MULTILINE):
        if match.start() > start:
            yield text[start : match.start()].rstrip("\n") + "\n"
            start = match.start()
    yield text[start:]


def checklist() -> str:
    """Return the twelve items."""
    rows = [f"| `{item.key}` | {item.prefix}xx | {item.title} |" for item in ITEMS]
    return "\n".join(["| item | rules | what PASS means |", "| --- | --- | --- |", *rows]) + "\n"


def counts() -> str:
    """Return how much the rule set knows, as a sentence."""
    book = load_rulebook()
    rows = [row for rule in book.rules for row in rule.api]
    packages = {row.package.lower() for row in rows} - {"python"}
    web = [framework for framework in book.frameworks if framework.web]
    examples = sum(len(rule.example) for rule in book.rules)
    return (
        f"{len(book.rules)} rules with more than {_below(examples, 50)} examples that the tests execute; more than {_below(len(rows), 10)}"
        f" rows about calls, classes, decorators and settings of {len(packages)} libraries; the entry points of {len(web)} web frameworks"
        f" and {len(book.frameworks) - len(web)} task queues, schedulers and libraries for commands and servers.\n"
    )


def _below(number: int, step: int) -> int:
    """Return a round number that is less: the page need not change with each example."""
    return (number - 1) // step * step


def settings() -> str:
    """Return every key of the configuration with its type, default and meaning."""
    rows = list(_keys(Config, ""))
    return "\n".join(["| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows]) + "\n"


def _keys(kind: type[msgspec.Struct], prefix: str) -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        if field.name == "scaling":
            yield from _keys(Scaling, "scaling.")
            continue
        schema = msgspec.json.schema(field.type)
        default = "-" if field.default is None or field.default is msgspec.NODEFAULT else toml(field.default)
        shown = default if default == "-" else f"`{default}`"
        yield f"| `{prefix}{field.encode_name}` | {_type(schema)} | {shown} | {escape(schema['description'], quote=False)} |"


def _type(schema: dict[str, Any]) -> str:
    """Say a JSON schema in a word."""
    if "enum" in schema:
        return " ".join(f"`{option}`" for option in sorted(schema["enum"]))
    if schema.get("type") == "object":
        below = schema.get("additionalProperties", {})
        words = {"array": "table of lists", "object": "table of tables", "string": "table of strings"}
        return "table of strings or lists" if "anyOf" in below else words.get(below.get("type", ""), "table")
    named = {"string": "string", "integer": "whole number", "boolean": "true or false"}
    if schema.get("type") == "array":
        return "list of strings or tables" if "anyOf" in schema["items"] else "list of strings"
    kinds = [schema] if "type" in schema else [option for option in schema["anyOf"] if option.get("type") != "null"]
    return " or ".join(named[kind["type"]] for kind in kinds)


def help_texts() -> str:
    """Return the help of the command and of `check`."""
    return fenced("console", f"$ statelint --help\n{run('--help')}\n$ statelint check --help\n{run('check', '--help')}")


def accuracy() -> str:
    """Return the figures of the last measurement, as they stand in its report."""
    text = (ROOT / "benchmarks" / "ACCURACY.md").read_text()
    written = re.search(r"Written by `make accuracy` on ([\d-]+) with statelint (\S+)\.", text)
    bold = re.search(r"^\*\*(recall .*)\*\*$", text, re.MULTILINE)
    assert written is not None and bold is not None, "benchmarks/ACCURACY.md has another shape"  # noqa: S101, PT018
    figures = re.sub(r", [\d.]+ s$", "", bold[1])  # the seconds are those of a busy machine
    return f"On {written[1]}, statelint {written[2]}: {figures}.\n"


def accuracy_in_short() -> str:
    """Return the two figures that say most, from the same report."""
    figures = accuracy()
    recall = re.search(r"recall ([\d.]+)% \(\d+/(\d+)\)", figures)
    alike = re.search(r"look-alikes reported ([\d.]+)% \(\d+/(\d+)\)", figures)
    assert recall is not None and alike is not None, "benchmarks/ACCURACY.md has another shape"  # noqa: S101, PT018
    applications = len(list((ROOT / "benchmarks" / "labels").glob("*.toml")))
    return (
        f"Of {recall[2]} faults in {applications} labelled applications from PyPI it reports **{recall[1]} %**, and of {alike[2]} places"
        f" that only look like one **{alike[1]} %** ([how that was measured](docs/accuracy.md)).\n"
    )


def knowledge() -> str:
    """Return the outcome of the last verification, as it stands in its report."""
    text = (ROOT / "docs" / "knowledge-report.md").read_text()
    written = re.search(r"on ([\d-]+) with (Python [\d.]+)", text)
    bold = re.search(r"^\*\*(.*?)\*\*", text, re.MULTILINE)
    assert written is not None and bold is not None, "docs/knowledge-report.md has another shape"  # noqa: S101, PT018
    return f"On {written[1]}, with {written[2]}: {bold[1]}\n"


def libraries() -> str:
    """Return every rule with the libraries that it knows, each code a link to its page."""
    return re.sub(r"^\| (SL\d+) \|", rf"| [\1]({DOCUMENTATION}rules/\1/) |", table_markdown(load_rulebook()), flags=re.MULTILINE)


def rule_pages() -> dict[str, str]:
    """Return the page of every rule by its path below `docs`, for the site alone: the checkout has the rules themselves."""
    pages = {}
    for rule in load_rulebook().rules:
        more = f"\n`statelint rule {rule.code} --examples` shows all {len(rule.example)} examples.\n" if rule.example else ""
        pages[f"rules/{rule.code}.md"] = as_markdown(rule, examples=EXAMPLES) + more
    return pages


PARTS: Final[dict[str, Callable[[], str]]] = {
    "screen": screen,
    "trace": trace,
    "assistant": assistant,
    "plan": plan,
    "checklist": checklist,
    "counts": counts,
    "settings": settings,
    "help": help_texts,
    "accuracy": accuracy,
    "accuracy-in-short": accuracy_in_short,
    "knowledge": knowledge,
    "libraries": libraries,
}


def run(*arguments: str) -> str:
    """Return what a command prints on standard output, 100 columns wide, in the checkout."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        result = CliRunner().invoke(cli, arguments, prog_name="statelint", terminal_width=80, env={"COLUMNS": "100", "FORCE_COLOR": ""})
    finally:
        os.chdir(before)
    return result.stdout


def fenced(language: str, text: str) -> str:
    """Return a code block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def rendered(text: str) -> str:
    """Return a page with its parts as they should be.

    Raises:
        KeyError: a part that nothing renders.
    """
    return _PART.sub(lambda match: f"{match[1]}{PARTS[match['name']]()}{match[3]}", text)


def parts_of(text: str) -> list[str]:
    """Return the names of a page's parts."""
    return [match["name"] for match in _PART.finditer(text)]


def main() -> int:
    """Write the pages."""
    for name in PAGES:
        page = ROOT / name
        old = page.read_text()
        new = rendered(old)
        if new != old:
            page.write_text(new)
            print(f"wrote {name}")
    if "--rules" in sys.argv[1:]:
        (ROOT / "docs" / "rules").mkdir(exist_ok=True)
        for name, text in rule_pages().items():
            (ROOT / "docs" / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
