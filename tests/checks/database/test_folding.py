"""A database that several places open is reported once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.checks.analysed import found

if TYPE_CHECKING:
    from pathlib import Path


def test_a_database_that_each_method_opens_is_told_once(tmp_path: Path) -> None:
    methods = "".join(f'    def {name}(self):\n        return sqlite3.connect("shop.db").execute("select 1")\n' for name in "abc")
    routes = "".join(f'@app.get("/{name}")\ndef get_{name}(): return Store().{name}()\n' for name in "abc")
    source = f"import sqlite3\nfrom flask import Flask\napp = Flask(__name__)\nclass Store:\n{methods}{routes}"
    (told,) = found(tmp_path, source, "SL0902")
    assert (told.line, [span.line for span in told.spans if span.label == "and here"]) == (6, [8, 10])
