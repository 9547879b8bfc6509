"""Write the parts of the documentation that the program itself can say: `make docs`.

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
from statelint.model import ANALYSIS_ITEM, ITEMS
from statelint.report.rule_page import table_markdown
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = ("README.md", "docs/rules.md")
SHOWN: Final = ("SL0501 ", "SL0802 ")
"""The findings that the README's screen keeps: a library's default, and state by hand in another file than its route."""
_PART: Final = re.compile(r"(<!-- begin: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FINDING: Final = re.compile(r"(error|warning|note)\[")


def screen() -> str:
    """Return the report on the Flask shop with most of its findings left out, and said so where they are."""
    kept: list[str] = []
    left = 0
    for block in _blocks(run("check", "--isolated", "--no-cache", "--color", "never", "examples/flask-stateful")):
        if _FINDING.match(block) and not any(code in block.partition("\n")[0] for code in SHOWN):
            left += 1
            continue
        if left:
            kept.append(f"[... {left} {'finding' if left == 1 else 'findings'} not shown here ...]\n")
            left = 0
        kept.append(block)
    return fenced("console", "$ statelint check examples/flask-stateful\n" + "\n".join(kept))


def trace() -> str:
    """Return what is known of one attribute of the Flask shop."""
    options = ("--isolated", "--no-cache", "--color", "never", "--limit", "1")
    shown = run("trace", *options, "OrderFeed._listeners", "examples/flask-stateful")
    return fenced("console", f"$ statelint trace --limit 1 OrderFeed._listeners examples/flask-stateful\n{shown}")


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


def rules() -> str:
    """Return every rule in a line."""
    book = load_rulebook()
    rows = [f"| {rule.code} | `{rule.name}` | {rule.severity} | {rule.summary} |" for rule in book.rules if rule.item != ANALYSIS_ITEM]
    rows += [f"| {rule.code} | `{rule.name}` | {rule.severity} | {rule.summary} |" for rule in book.rules if rule.item == ANALYSIS_ITEM]
    return "\n".join(["| code | name | severity | reports |", "| --- | --- | --- | --- |", *rows]) + "\n"


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
    named = {"string": "string", "integer": "whole number", "boolean": "true or false"}
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties", {})
        return (
            "table of strings" if inner.get("type") == "string" else "table of strings or lists" if "anyOf" in inner else "table of lists"
        )
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


def knowledge() -> str:
    """Return the outcome of the last verification, as it stands in its report."""
    text = (ROOT / "docs" / "knowledge-report.md").read_text()
    written = re.search(r"on ([\d-]+) with (Python [\d.]+)", text)
    bold = re.search(r"^\*\*(.*?)\*\*", text, re.MULTILINE)
    assert written is not None and bold is not None, "docs/knowledge-report.md has another shape"  # noqa: S101, PT018
    return f"On {written[1]}, with {written[2]}: {bold[1]}\n"


def libraries() -> str:
    """Return every rule with the libraries that it knows."""
    return table_markdown(load_rulebook())


PARTS: Final[dict[str, Callable[[], str]]] = {
    "screen": screen,
    "trace": trace,
    "plan": plan,
    "checklist": checklist,
    "rules": rules,
    "counts": counts,
    "settings": settings,
    "help": help_texts,
    "accuracy": accuracy,
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
