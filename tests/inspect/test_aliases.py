"""Rows find what they name by whatever path a project imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from tests.checks.analysed import marked

from statelint.config import Config
from statelint.engine import RunOptions, analyse
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from pathlib import Path

ALIASES: Final = (
    'packages = ["acme", "acmelib"]\n[aliases]\n"acme.core.Shelf" = "acme.Shelf"\n"acme.old" = "acme.new"\n"acmelib" = "acme"\n'
)
RULE: Final = """
code = "SL0199"
name = "shelf"
item = "sessions"
severity = "warning"
summary = "a shelf"
why = "It stands in one process."
fix = "Move it."
[[api]]
id = "shelf"
package = "acme"
message = "`{name}` stands here"
where = "anywhere"
"""


def found(folder: Path, row: str, *sources: str) -> list[list[int]]:
    """Return, for each of the modules of a project, the lines in which a row finds something."""
    rules, project = folder / "rules", folder / "project"
    row += "" if "violates" in row else '\nviolates = ["any"]\n'
    for path, text in ((rules / "aliases" / "acme.toml", ALIASES), (rules / "sessions" / "shelf.toml", RULE + row)):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (project / ".git").mkdir(parents=True)
    for number, source in enumerate(sources):
        (project / f"m{number}.py").write_text(source)
    analysis = analyse(RunOptions([project], Config(), load_rulebook([rules]), jobs=1))
    assert not [diagnostic for diagnostic in analysis.diagnostics if "failed" in diagnostic.message]
    reported = [finding for finding in analysis.findings if finding.code == "SL0199"]
    assert not [finding for finding in reported if "acme.core" in finding.message]
    return [[finding.line for finding in reported if finding.path == f"m{number}.py"] for number in range(len(sources))]


@pytest.mark.parametrize("known", ["acme.Shelf", "acme.core.Shelf"])
@pytest.mark.parametrize(
    ("row", "source"),
    [
        ('kind = "call"\nnames = ["KNOWN"]', "from WRITTEN import Shelf\nshelf = Shelf()  # here\n"),
        ('kind = "call"\nnames = ["KNOWN.stack"]', "import WRITTEN\nshelf = WRITTEN.Shelf()\nshelf.stack(1)  # here\n"),
        ('kind = "base"\nnames = ["KNOWN"]', "from WRITTEN import Shelf\n\nclass Own(Shelf):  # here\n    pass\n"),
        ('kind = "decorator"\nnames = ["KNOWN.on"]', "from WRITTEN import Shelf as S\n\n@S.on  # here\ndef put(): ...\n"),
        ('kind = "reference"\nnames = ["KNOWN"]', "from WRITTEN import Shelf\nshelves = {}\nkind = Shelf.kind  # here\n"),
        ('kind = "reference"\nnames = ["KNOWN"]', "import WRITTEN\nshelves = {}\nkind = WRITTEN.Shelf.kind  # here\n"),
        ('kind = "reference"\nnames = ["KNOWN"]', 'import acme\nacme.use("WRITTEN.Shelf")  # here\n'),
        ('names = ["acme.use"]\nuses = ["KNOWN"]', "from WRITTEN import Shelf\nimport acme\nacme.use()  # here\n"),
        (
            'names = ["acme.use"]\ndecides = [{ position = 0 }]\nviolates = ["call:KNOWN"]\n',
            "import acme, acme.core\nfrom WRITTEN import Shelf\nacme.use(Shelf())  # here\nacme.use(acme.core.Board())\n",
        ),
    ],
)
def test_a_row_finds_either_path_by_either(tmp_path: Path, row: str, source: str, known: str) -> None:
    written = [source.replace("WRITTEN", module) for module in ("acme", "acme.core", "acmelib", "acmelib.core")]
    assert found(tmp_path, row.replace("KNOWN", known), *written) == [marked(source)] * len(written)


@pytest.mark.parametrize("row", ['kind = "reference"\nnames = ["acme.core"]', 'names = ["acme.use"]\nuses = ["acme.core"]'])
def test_what_covers_a_module_covers_what_is_known_by_a_shorter_path(tmp_path: Path, row: str) -> None:
    source = "import acme\nfrom acme.core import Shelf\nacme.use(Shelf)  # here\n"
    assert found(tmp_path, row, source) == [marked(source)]


def test_a_module_of_another_name(tmp_path: Path) -> None:
    source = "import acme.old\nfrom acme.old import put\nfrom acme import older\nput()\nacme.old.put()\nolder.put()\nacme.new.put()\n"
    assert found(tmp_path, 'names = ["acme.new.put"]', source) == [[4, 5, 7]]


def test_what_only_resembles_it_is_something_else(tmp_path: Path) -> None:
    sources = [
        f"from {module} import {name}\n{name}()\n"
        for module, name in (("acme.core", "ShelfBase"), ("acme.hard", "Shelf"), ("other.core", "Shelf"))
    ]
    assert found(tmp_path, 'names = ["acme.Shelf"]', *sources) == [[], [], []]
