"""An input and what must hold for it; every one is made from a kind and a number, and can be kept as a file."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.fuzz import material, texts
from tests.fuzz.trees import mutated
from tests.metamorphic.project import Files, modules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Case(NamedTuple):
    """An input."""

    oracle: str
    """The name in `oracles.ORACLES` of what must hold."""
    seed: int
    """Decides what the oracle itself leaves to chance."""
    files: Files
    arguments: tuple[str, ...] = ("check", ".")
    added: str = ""
    """The path of a file that has nothing to do with the others."""

    def text(self) -> str:
        """Return the case as JSON."""
        return json.dumps(self._asdict(), indent=1) + "\n"

    def write(self, folder: Path) -> None:
        """Write the files of the case into a folder that is there, in their order; what cannot be a file is left out."""
        for name, text in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode(errors="surrogatepass" if "\ud800" in text else "surrogateescape"))


def read(text: str) -> Case:
    """Read what `Case.text` gives."""
    held = json.loads(text)
    return Case(**held | {"arguments": tuple(held["arguments"])})


def make(kind: str, seed: int) -> Case:
    """Return the input of a kind with a number; the same for the same sources, rules and Python."""
    return KINDS[kind](random.Random(f"{kind} {seed}"))


def _project(pick: random.Random) -> Files:
    return dict(material.projects()[pick.choice(sorted(material.projects()))])


def _mutated(files: Files, pick: random.Random, most: int = 4) -> Files:
    """Return the project with up to `most` of its modules changed."""
    paths = modules(files)
    return files | {path: mutated(files[path], pick) for path in pick.sample(paths, min(len(paths), pick.randint(1, most)))}


def _trees(pick: random.Random) -> Case:
    files = _mutated(_project(pick), pick)
    if pick.random() < 0.3:
        files["grafted.py"] = mutated(material.code_of(pick), pick)
    return Case("ends-well", 0, files)


def _bytes(pick: random.Random) -> Case:
    files = _project(pick)
    path = pick.choice(sorted(files))
    donor = material.code_of(pick)
    files[path] = texts.damaged(files[path], pick, (donor,))
    return Case("ends-well", 0, files)


def _deployment(pick: random.Random) -> Case:
    files = _project(pick) if pick.random() < 0.5 else {"app.py": _APP}
    others = tuple(material.DEPLOYMENT.values())
    for name in pick.sample(sorted(material.DEPLOYMENT), pick.randint(1, 4)):
        files[name] = texts.damaged(material.DEPLOYMENT[name], pick, others)
    return Case("ends-well", 0, files, pick.choice((("check", "."), ("check", "."), ("plan", ".", "--peak", "100"), ("check", ".", "-v"))))


def _configuration(pick: random.Random) -> Case:
    files = {"app.py": _APP, "rules/own.toml": material.CONFIGURATION["rules/own.toml"]}
    others = tuple(material.CONFIGURATION.values())
    for name in pick.sample(sorted(material.CONFIGURATION), pick.randint(1, 2)):
        files[name] = texts.damaged(material.CONFIGURATION[name], pick, others)
    if pick.random() < 0.5:
        key, value = pick.choice(material.keys()), pick.choice(_VALUES)
        files["statelint.toml"] = f"{key} = {value}\n" + files.get("statelint.toml", "")
    if pick.random() < 0.4:
        files["statelint.toml"] = 'extend-rules = ["rules"]\n' + files.get("statelint.toml", "")
    return Case(
        "ends-well", 0, files, pick.choice((("check", "."), ("check", ".", "--show-settings"), ("rules",), ("check", ".", "--show-files")))
    )


def _baseline(pick: random.Random) -> Case:
    return Case("baseline", pick.randrange(1 << 30), _project(pick))


def _cache(pick: random.Random) -> Case:
    return Case("damaged-cache", pick.randrange(1 << 30), _project(pick))


def _arguments(pick: random.Random) -> Case:
    words = [pick.choice(_COMMANDS)]
    for _ in range(pick.randint(0, 5)):
        words += pick.choice((*_OPTIONS, (pick.choice(_WORDS),), (pick.choice(_WORDS),)))
    return Case("ends-well", 0, {"app.py": _APP, **_few(pick)}, tuple(words))


def _few(pick: random.Random) -> Files:
    return {name: material.CONFIGURATION[name] for name in material.CONFIGURATION if pick.random() < 0.2}


def _same(pick: random.Random) -> Case:
    return Case("same-bytes", pick.randrange(1 << 30), _mutated(_project(pick), pick))


def _changed(pick: random.Random) -> Case:
    return Case("changed-between", pick.randrange(1 << 30), _mutated(_project(pick), pick))


def _renamed(pick: random.Random) -> Case:
    return Case("renamed", pick.randrange(1 << 30), _mutated(_project(pick), pick, most=2))


def _untouched(pick: random.Random) -> Case:
    files, path = _project(pick), "unrelated_part.py"
    text = material.code_of(pick)
    if pick.random() < 0.5:
        text = texts.damaged(text, pick)
    return Case("untouched", 0, files | {path: text}, added=path)


_APP: Final = """\
from flask import Flask, request

app = Flask(__name__)
SEEN = {}


@app.post("/seen")
def seen():
    SEEN[request.form["key"]] = request.form["text"]
    return "ok"
"""
_VALUES: Final = (
    *("1", "-1", "0", '""', '"x"', "[]", '["ALL"]', '["[z-a]"]', '["../.."]', '["/dev/zero"]', "true", "1.5", "{}", '{a = "b"}'),
    *('"json:../x"', '["(a+)+$"]'),
)
_COMMANDS: Final = (
    *("check", "check", "check", "check", "rules", "rule", "plan", "programs", "trace", "init", "clean", "completion"),
    *("chekc", "--version", ""),
)
_WORDS: Final = (
    *(".", "app.py", "..", "missing", "SL0101", "state", "ALL", "-", "--", "", "\udcff", "é", "-x", "--json", "app.py:7", "app:app"),
    *("SEEN", "a" * 300, "*", "rules", "--select", "-o", "-j", "--config", "--baseline", "--severity", "bash", "x\n::error::y"),
    *("\x1b[31m", "--help", "--isolated", "-n", "--all", "--statistics"),
)
_OPTIONS: Final[tuple[tuple[str, ...], ...]] = (
    *(("--select", "SL01,caches"), ("--ignore", "ALL"), ("--per-file-ignores", "*.py:ALL"), ("--severity", "state:note")),
    *(("--output-format", name) for name in ("json", "sarif", "html:out.html", "junit:a/b.xml", "github", "concise:", ":x", "gitlab:..")),
    *(("-o", "out.txt"), ("--fail-on", "note"), ("--fail-on-unknown=state",), ("--allow-no-app",), ("--min-confidence", "high")),
    *(("--fix",), ("--diff",), ("--fix", "--unsafe-fixes"), ("--color", "always"), ("--program", "app"), ("--exclude", "[z-a]")),
    *(("--baseline", "statelint-baseline.jsonl"), ("--new-since", "HEAD"), ("--write-baseline", "b.jsonl"), ("--prune-baseline",)),
    *(("--instances", "99999999999999999999"), ("--stdin-filename", "app.py", "-"), ("--cache-dir", "kept"), ("--peak", "1e9")),
    *(("-v",), ("--timing",), ("--config", "statelint.toml"), ("--exit-zero",), ("--add-ignores=why",)),
)

KINDS: Final[dict[str, Callable[[random.Random], Case]]] = {
    "trees": _trees,
    "bytes": _bytes,
    "deployment": _deployment,
    "configuration": _configuration,
    "baseline": _baseline,
    "cache": _cache,
    "arguments": _arguments,
    "same": _same,
    "changed": _changed,
    "renamed": _renamed,
    "untouched": _untouched,
}
"""How each kind of input is made."""
