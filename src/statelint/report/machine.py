"""The project's own JSON, version 1, and its findings one a line.

The shape is that of `statelint.results`, a contract with other programs. Everything beyond ASCII is escaped, so that the text
survives any encoding and holds no control character.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from statelint.report.document import document, findings
from statelint.results import Result as Document

if TYPE_CHECKING:
    from statelint.model import Result
    from statelint.report.context import Context


def render_json(result: Result, context: Context) -> str:
    """Return the whole result as one JSON document."""
    return json.dumps(msgspec.to_builtins(document(result, context)), indent=2) + "\n"


def render_jsonl(result: Result, context: Context) -> str:
    """Return one finding a line."""
    return "".join(json.dumps(msgspec.to_builtins(finding)) + "\n" for finding in findings(result, context.book))


def schema() -> dict[str, Any]:
    """Return the JSON schema of the report."""
    (top,), definitions = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    report = definitions.pop(top["$ref"].rpartition("/")[2])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "statelint report, version 1",
        **{key: value for key, value in report.items() if key != "title"},
        "$defs": definitions,
    }


def schema_text() -> str:
    """Return the schema as the checked-in file holds it."""
    return json.dumps(schema(), indent=2) + "\n"
