"""Compiles the rule set into the wheel, so that no run has to read its files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RulesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled rule set beside its files; not into an editable install, where they are edited."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the compiled rule set and name it to the builder."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root, "src")))
        try:
            from statelint.rulebook.load import COMPILED, compiled  # noqa: PLC0415 - from the tree that is built
        finally:
            del sys.path[0]
        file = Path(self.directory, COMPILED)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(compiled())
        build_data["force_include"][str(file)] = f"statelint/rules/{COMPILED}"

    def finalize(self, version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """Remove what was written beside the wheel."""
        if version != "editable":
            Path(self.directory, "compiled.msgpack").unlink(missing_ok=True)
