"""Log files that servers are told to write: in gunicorn's configuration file and on command lines."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from statelint.inspect.context import Report, finding
from statelint.inspect.rows.patterns import any_matches
from statelint.inspect.rows.wording import hint_of, message_of
from statelint.inspect.spans import line_span
from statelint.program.evaluation.evaluator import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.rulebook.schema import Api, Rule

_RULE: Final = "log-file"
_GUNICORN_FILE: Final = re.compile(r"(?:^|/)gunicorn(?:[._-][\w.-]+)?\.py$")


def check(context: Context) -> Iterator[Report]:
    """Report rows of the log rule that speak of a server's configuration file or of its command line."""
    rule = context.book.rule(_RULE)
    for row in rule.api if rule is not None else ():
        if rule is not None and row.framework == "gunicorn":
            yield from _configuration(rule, row, context)
        elif rule is not None and row.framework == "command-line":
            yield from _commands(rule, row, context)


def _configuration(rule: Rule, row: Api, context: Context) -> Iterator[Report]:
    """Variables of gunicorn's configuration file; the last binding counts."""
    for module in sorted(context.program.modules.values(), key=lambda module: module.path):
        if not _GUNICORN_FILE.search(module.path):
            continue
        last = {binding.name: binding for binding in module.body.summary.bindings if binding.name in row.names}
        for name, binding in sorted(last.items(), key=lambda item: item[1].line):
            for value in context.program.evaluator.values(module.body, binding.value):
                if _is_wrong(value, row, context):
                    yield _report(rule, row, name, value, path=module.path, line=binding.line, context=context)
                    break


def _commands(rule: Rule, row: Api, context: Context) -> Iterator[Report]:
    """Options of the commands that production runs, each place once."""
    seen = set()
    for process in context.deployment.processes if context.deployment is not None else ():
        place = process.place
        if process.stage != "production":
            continue
        for name, given in _options(process.command, row.names):
            value = Value("const", const=given)
            if (place.path, place.line, name) not in seen and _is_wrong(value, row, context):
                seen.add((place.path, place.line, name))
                yield _report(rule, row, name, value, path=place.path, line=place.line, context=context)


def _options(command: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Options with their values, as `--name value` or `--name=value`; a value from a variable is left out."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    for index, word in enumerate(words):
        name, joined, value = word.partition("=")
        value = value if joined else words[index + 1] if index + 1 < len(words) else ""
        if name in names and value and "$" not in value:
            yield name, value


def _is_wrong(value: Value, row: Api, context: Context) -> bool:
    vocabulary = context.program.vocabulary
    return not any_matches(value, row.ignores, vocabulary) and any_matches(value, row.violates, vocabulary)


def _report(rule: Rule, row: Api, name: str, value: Value, *, path: str, line: int, context: Context) -> Report:
    return finding(
        rule,
        line_span(context, path, line, "written to the disk of this instance"),
        symbol=name.lstrip("-"),
        message=message_of(rule, row, name, value, name),
        hint=hint_of(rule, row, value),
        scope="settings",
        api=row.id,
    )
