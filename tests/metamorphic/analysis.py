"""A project in memory, analysed: the one place of these tests that knows the analyser."""

from __future__ import annotations

import random
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

import msgspec
import tomli

from statelint import engine
from statelint.config import Config
from statelint.discover import discover
from statelint.rulebook.load import Rulebook, load_rulebook
from statelint.verdict.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statelint.discover.files import Discovery


class Found(NamedTuple):
    """One of the rules that a finding breaks, as far as a change that means nothing must leave it alone, and its confidence."""

    path: str
    line: int
    code: str
    severity: str
    symbol: str
    confidence: str


class Report(NamedTuple):
    """What the analysis says of a project."""

    findings: tuple[Found, ...]
    verdicts: dict[str, str]
    """The verdict on each item of the checklist."""
    failed: tuple[str, ...]
    """Checks that ended with an exception."""


@cache
def rules() -> Rulebook:
    """Return the rules that come with the program."""
    return load_rulebook()


def examples() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the examples of the rules: small projects, with the mistake that a rule is about or its nearest look-alike."""
    for rule in rules().rules:
        for number, example in enumerate(rule.example):
            files = dict(example.files)
            if example.source or not files:
                files["app.py"] = example.source
            yield f"{rule.code}-{number}", {path: text.removeprefix("\n") for path, text in files.items()}


def analysed(files: Mapping[str, str], *, order: int | None = None) -> Report:
    """Write a project to disk, in the order of its mapping, and analyse it; `order` shuffles the sources once more."""
    settings = files.get("statelint.toml")
    config = msgspec.convert(tomli.loads(settings), Config) if settings else Config()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        (root / ".git").mkdir(parents=True)  # the project ends here
        for name, text in files.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode(errors="surrogateescape"))
        with patch.object(engine, "discover", lambda *arguments: _shuffled(discover(*arguments), order)):
            analysis = engine.analyse(engine.RunOptions([root], config, rules(), jobs=1))
        result = judge(analysis, config, rules()).result
    return Report(
        findings=tuple(
            Found(one.path, one.line, code, one.severity, one.symbol, one.confidence)
            for one in result.findings
            for code in (one.code, *one.also)
        ),
        verdicts={verdict.item: verdict.verdict for verdict in result.checklist},
        failed=tuple(one.message for one in result.diagnostics if "failed" in one.message),
    )


def _shuffled(found: Discovery, order: int | None) -> Discovery:
    if order is None:
        return found
    sources: list[Any] = list(found.sources)
    random.Random(order).shuffle(sources)
    return msgspec.structs.replace(found, sources=tuple(sources))
