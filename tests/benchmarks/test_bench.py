"""The figures of speed: how they are measured, told and compared."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from benchmarks import trees
from benchmarks.bench import BANDIT, COLD, CORE, KEPT, LEAF, MARGIN, PAGE, RUFF, UNCHANGED, Kept, Measured, page, slower, table
from benchmarks.measured import Run, build, median, timed

if TYPE_CHECKING:
    from pathlib import Path


def measured(lines: int, **seconds: float) -> Measured:
    names = {"cold": COLD, "ruff": RUFF, "bandit": BANDIT, "unchanged": UNCHANGED, "leaf": LEAF, "core": CORE}
    return Measured(lines, 10, 3, {names[name]: Run(2 * value, value, 50.0) for name, value in seconds.items()})


BEFORE = measured(40_000, cold=4.0, ruff=2.0, bandit=8.0, unchanged=0.2, leaf=2.0, core=2.4)


def test_a_process_is_measured_with_its_children() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(3_000_000)); x = bytearray(60_000_000)'])"
    run = timed([sys.executable, "-c", code])
    assert run.wall >= 0.01
    assert run.processor > 0.02
    assert run.memory > 50
    with pytest.raises(RuntimeError, match="no such thing"):
        timed([sys.executable, "-c", "import sys; sys.stderr.write('no such thing'); sys.exit(3)"])


def test_medians_are_of_each_figure() -> None:
    assert median([Run(1, 9, 5), Run(2, 1, 6), Run(3, 5, 1)]) == Run(2, 5, 5)


def test_only_what_has_grown_beyond_its_margin_is_told() -> None:
    small = measured(200_000, cold=1.0, ruff=1.0)
    assert slower(measured(41_000, cold=400.0, ruff=200.0, unchanged=20.0), [small, BEFORE]) == [], "another machine, the same ratios"
    just = measured(40_000, cold=4.0, ruff=2.0 / MARGIN + 0.01, unchanged=0.2)
    assert slower(just, [BEFORE]) == []
    grown = measured(40_000, cold=4.0, ruff=2.0 / MARGIN - 0.01, unchanged=0.2 * MARGIN + 0.01, leaf=2.0, core=2.4)
    told = slower(grown, [BEFORE])
    assert [line.partition(" took ")[0] for line in told] == [f"error: {COLD}", f"error: {UNCHANGED}"]


def test_a_table_has_every_run() -> None:
    text = "\n".join(table(BEFORE))
    assert "| statelint, cold | 4.00 s | 8.00 s | 50 MiB | 2.00 | 1.00 |" in text
    assert "| `bandit -q -r` | 8.00 s | 16.00 s | 50 MiB | 4.00 | 2.00 |" in text


def test_the_page_is_that_of_the_kept_figures() -> None:
    kept = msgspec.json.decode(KEPT.read_bytes(), type=Kept)
    assert PAGE.read_text(encoding="utf-8") == page(kept), "both are written by `make bench ARGS=--write`"
    assert all(one.ratio(COLD, RUFF) is not None and one.ratio(UNCHANGED, COLD) is not None for one in kept.trees)


def test_the_build_is_told() -> None:
    assert re.match(r"Python 3\.\d+\.\d+\S*, built with(out)? ", build())


def test_a_tree_is_as_large_as_it_is_asked_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source" / "superset"
    (source / "models").mkdir(parents=True)
    texts = {
        "__init__.py": "",
        "app.py": "from superset.models import core\nfrom superset import other\n\n\ndef make():\n    return core\n",
        "other.py": "import superset.models.core\n\n\ndef run():\n    return 1\n",
        "models/__init__.py": "",
        "models/core.py": "X = 1\n",
    }
    for name, text in texts.items():
        (source / name).write_text(text)
    monkeypatch.setattr(trees, "unpacked", lambda *_: source.parent)
    size = sum(text.count("\n") for text in texts.values())
    one = trees.tree(size, tmp_path)
    assert (one.lines, one.files) == (size, 5)
    assert one.leaf.name == "app.py"
    assert one.core.name == "core.py"
    three = trees.tree(3 * size, tmp_path)
    assert (three.lines, three.files) == (3 * size, 15)
    assert (three.folder / "superset_3" / "other.py").read_text().startswith("import superset_3.models.core\n")
    trees.changed(one.leaf, 1)
    trees.changed(one.leaf, 2)
    assert one.leaf.read_text() == texts["app.py"] + "\n# measured: 2\n_MEASURED = 2\n"
