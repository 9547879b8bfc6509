"""The JSON schema of the configuration, for editors: `python -m statelint.configuration.schema > statelint.schema.json`."""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from statelint.config import Config


def schema() -> dict[str, Any]:
    """Return the schema of statelint.toml and of the table `[tool.statelint]`."""
    (top,), definitions = msgspec.json.schema_components([Config], ref_template="#/$defs/{name}")
    config = definitions.pop(top["$ref"].rpartition("/")[2])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "statelint",
        **{key: value for key, value in config.items() if key != "title"},
        "$defs": definitions,
    }


def schema_text() -> str:
    """Return the schema as the checked-in file holds it."""
    return json.dumps(schema(), indent=2, sort_keys=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
