"""Files that requests remove. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import file_lines

if TYPE_CHECKING:
    from pathlib import Path

REMOVED = {
    "a file by its name": """
        @app.delete("/books/<name>")
        def remove(name):
            os.remove(os.path.join("/srv/books", name))  # here
            return {}
        """,
    "a folder": """
        @app.delete("/shelves/<name>")
        def remove(name):
            shutil.rmtree("/srv/shelves/" + name)  # here
            return {}
        """,
}


@pytest.mark.parametrize("body", REMOVED.values(), ids=REMOVED)
def test_removals(tmp_path: Path, body: str) -> None:
    lines, expected = file_lines(tmp_path, body, ("SL0204",))
    assert expected
    assert lines == expected
