"""Reading libraries without importing them, and judging what rows say of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.discover.test_discover import lay_out

from benchmarks.knowledge.judge import Case, RowReport, judge
from benchmarks.knowledge.report import make, page, share
from benchmarks.knowledge.same import AliasReport
from benchmarks.knowledge.seen import Param, Seen
from benchmarks.knowledge.signature import look, same
from benchmarks.knowledge.source import Packages, top_level
from benchmarks.knowledge.static import Static
from benchmarks.knowledge.texts import Texts
from statelint.rulebook.schema import Api, Decider

if TYPE_CHECKING:
    from collections.abc import Callable

PROBE = Path(__file__).resolve().parents[2] / "benchmarks" / "knowledge" / "probe.py"
LIBRARY = {
    "lib/__init__.py": """
from typing import TYPE_CHECKING
from .core import Cache as PublicCache, make
from .stars import *
try:
    from .fast import loads
except ImportError:
    loads = None
_modules = {"Late": ".late", "Later": ("lib.late", "Later")}
client = PublicCache()
def __getattr__(name):
    return _modules[name]
""",
    "lib/core.py": """
from dataclasses import dataclass, field
from otherlib import Base
LIMIT = 10
class Root:
    def __init__(self, url=None, *, size: int = LIMIT, **options): self.store = {}; self.kind = "memory"
    def close(self): ...
    @classmethod
    def from_url(cls, url, timeout=1.5): return cls(url)
    @property
    def pool(self) -> "Pool": ...
class Cache(Root):
    backend = "simple"
    def __call__(self, key, default=False): ...
class Pool:
    def acquire(self, block=True): ...
class Foreign(Base):
    own = 1
@dataclass
class Options:
    name: str
    retries: int = 3
    store: object = field(default_factory=Cache)
def make(backend=Cache, mode="r") -> Cache: ...
""",
    "lib/stars.py": "def starred(): ...\n",
    "lib/late.py": "class Late:\n    def __init__(self, n=1): ...\nclass Later: ...\n",
    "pairs/__init__.py": "from .core import One\nfrom .shadow import shadow\nshade = shadow\n",
    "pairs/core.py": """
class One:
    def go(self): ...
class Other(One): ...
Same = One
first = One().go
second = One().go
""",
    "pairs/shadow.py": "def shadow(): ...\n",
    "lib/only_comment.py": "# nothing\n",
    "namespace/part/module.py": "x = 1\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("site"), LIBRARY)


@pytest.fixture(scope="module")
def read(library: Path) -> Callable[[str], Seen]:
    static = Static(Packages(library, top_level([library])))
    return lambda name: look(static, name)


@pytest.mark.parametrize(
    "name",
    [
        *("lib", "lib.core", "lib.PublicCache", "lib.core.Cache.close", "lib.PublicCache.backend", "lib.PublicCache.kind", "lib.starred"),
        *("lib.loads", "lib.Late", "lib.Later", "lib.client.close", "lib.core.Root.from_url.close", "lib.core.Cache.pool.acquire"),
        *("lib.make.close", "lib.core.Foreign.own", "namespace.part.module.x", "lib.only_comment"),
    ],
)
def test_names_that_exist(read: Callable[[str], Seen], name: str) -> None:
    assert read(name).exists == "yes"


@pytest.mark.parametrize(
    "name",
    ["lib.Gone", "lib.core.Cache.gone", "lib.core.gone.x", "lib.client.gone", "namespace.gone", "lib.only_comment.x", "lib.make.gone"],
)
def test_names_that_do_not_exist(read: Callable[[str], Seen], name: str) -> None:
    assert read(name).exists == "no"


@pytest.mark.parametrize(
    ("name", "why"), [("lib.core.Foreign.inherited", "otherlib is not at hand"), ("nolib.x", "no package at hand provides nolib")]
)
def test_what_reading_cannot_tell(read: Callable[[str], Seen], name: str, why: str) -> None:
    assert (read(name).exists, read(name).how) == ("unknown", why)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("lib.PublicCache", [("url", "positional", "none"), ("size", "keyword", "10"), ("options", "**", "")]),
        ("lib.core.Root.from_url", [("url", "positional", ""), ("timeout", "positional", "1.5")]),
        ("lib.core.Options", [("name", "positional", ""), ("retries", "positional", "3"), ("store", "positional", "call:Cache")]),
        ("lib.make", [("backend", "positional", "call:Cache"), ("mode", "positional", "r")]),
        ("lib.client", [("key", "positional", ""), ("default", "positional", "false")]),
    ],
)
def test_signatures(read: Callable[[str], Seen], name: str, params: list[tuple[str, str, str]]) -> None:
    assert [(param.name, param.kind, param.default) for param in read(name).params or ()] == params


def test_importing_says_the_same_as_reading(read: Callable[[str], Seen], library: Path) -> None:
    (library / "otherlib.py").write_text("class Base:\n    inherited = 1\n")
    names = [
        "lib.PublicCache",
        "lib.core.Options",
        "lib.core.Root.from_url",
        "lib.core.Root.from_url.close",
        "lib.client",
        "lib.Gone",
        "open",
    ]
    command = [sys.executable, "-S", str(PROBE), str(library)]
    answers = json.loads(subprocess.run(command, input=json.dumps(names), capture_output=True, text=True, check=True).stdout)
    assert {name: answer["exists"] for name, answer in answers.items()} == dict.fromkeys(names, "yes") | {"lib.Gone": "unknown"}
    for name in ("lib.PublicCache", "lib.core.Root.from_url", "lib.client"):
        assert tuple(Param(**param) for param in answers[name]["params"]) == read(name).params


def test_settings_in_the_text(tmp_path: Path) -> None:
    source = """
    storage = config.get("RATE_STORAGE", "memory://")
    config.setdefault('RATE_ON', True)
class Settings: model_config = dict(env_prefix="LIB_"); pool_size = 5
"""
    lay_out(
        tmp_path,
        {
            "lib/a.py": source,
            "lib/b.py": "CACHES = {'default': {'BACKEND': 'locmem'}}\nTIMEOUT: int = 30\n",
            "lib/tests/c.py": "RATE_ON = False\nONLY = 1",
        },
    )
    texts = Texts(tmp_path, ["APP_"], {"LIB_OLD_SIZE": ["env_prefix", "pool_size"]})
    assert [
        word for word in ("RATE_STORAGE", "APP_RATE_ON", "LIB_POOL_SIZE", "LIB_OLD_SIZE", "RATE", "ONLY", "OTHER") if texts.mentions(word)
    ] == [
        "RATE_STORAGE",
        "APP_RATE_ON",
        "LIB_POOL_SIZE",
        "LIB_OLD_SIZE",
    ]
    assert texts.setting_defaults("RATE_STORAGE") == {"memory://"}
    assert texts.setting_defaults("RATE_ON") == {"true"}
    assert texts.setting_defaults("CACHES.default.BACKEND") == {"locmem"}
    assert texts.setting_defaults("TIMEOUT") == {"30"}


def judged(row: Api, **seen: Seen) -> RowReport:
    named = {name.replace("__", "."): value for name, value in seen.items()}
    return judge(Case(row, "SL0999", "1.0", named, lambda word: word == "KNOWN", lambda *_: Seen("no"), "x = Elsewhere()", lambda _: set()))


def row(**keys: object) -> Api:
    return Api(id="x", package="lib", names=("lib.C",), **keys)  # type: ignore[arg-type]


MEMORY = Seen(
    "yes",
    "source",
    (Param("url", "positional"), Param("store", "positional", "memory"), Param("mode", "keyword", "none")),
    frozenset({"Store"}),
)


def test_a_row_is_verified_when_all_is_as_it_says() -> None:
    report = judged(row(decides=(Decider(argument="store", position=1), Decider(env="KNOWN")), default="memory"), lib__C=MEMORY)
    assert (report.status, report.default, report.problems) == ("verified", "confirmed", ())


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"decides": (Decider(argument="gone"),)}, "argument gone: not in the signature of lib.C"),
        ({"decides": (Decider(argument="store", position=0),)}, "lib.C: argument store is at position 1, not 0"),
        ({"decides": (Decider(argument="mode", position=2),)}, "lib.C: argument mode is keyword-only"),
        ({"decides": (Decider(position=5),)}, "position 5: not in the signature of lib.C"),
        ({"decides": (Decider(env="UNKNOWN"),)}, "UNKNOWN occurs nowhere in the source"),
        ({"decides": (Decider(argument="store"),), "default": "redis"}, "lib.C(store): the default is 'memory', not 'redis'"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(keys: dict[str, object], problem: str) -> None:
    report = judged(row(**keys), lib__C=MEMORY)
    assert (report.status, report.problems) == ("failed", (problem,))


def test_a_name_that_is_gone_fails_and_one_that_cannot_be_read_is_open() -> None:
    assert judged(row(), lib__C=Seen("no", "not in the source")).status == "failed"
    assert judged(row(), lib__C=Seen("unknown", "compiled")).status == "not-checkable"


def test_a_default_that_the_body_makes() -> None:
    report = judged(row(decides=(Decider(argument="mode"),), default="call:lib.stores.Store"), lib__C=MEMORY)
    assert (report.status, report.default) == ("verified", "in the body")
    report = judged(row(decides=(Decider(argument="mode"),), default="call:lib.Elsewhere"), lib__C=MEMORY)
    assert report.default == "where cited"
    report = judged(row(decides=(Decider(argument="mode"),), default="call:lib.stores.Other"), lib__C=MEMORY)
    assert (report.status, report.default) == ("verified", "not checkable")


def test_the_report_counts() -> None:
    rows = [judged(row(), lib__C=MEMORY), judged(row(), lib__C=Seen("no", "gone")), judged(row(), lib__C=Seen("unknown", "compiled"))]
    report = make(rows, {"lib": "1.0"})
    assert share(report) == pytest.approx(0.5)
    assert "**1 of 3 rows are verified, 1 failed, 1 could not be checked.**" in page(report)
    assert "- `x` (lib 1.0): lib.C: gone" in page(report)


@pytest.mark.parametrize(
    ("path", "name", "exists"),
    [
        ("lib.core.Cache", "lib.PublicCache", "yes"),
        ("lib.stars.starred", "lib.starred", "yes"),
        ("lib.late.Later", "lib.Later", "yes"),
        ("pairs.core.One", "pairs.One", "yes"),
        ("pairs.core.Same", "pairs.One", "yes"),  # a name bound to a class
        ("pairs.shade", "pairs.shadow", "yes"),  # the function, not the module of the same name
        ("pairs.core.Other", "pairs.One", "unknown"),
        ("pairs.core.first", "pairs.core.second", "unknown"),  # one method, bound to two objects
        ("pairs.core.Gone", "pairs.One", "no"),
        ("pairs.core.One", "pairs.Gone", "no"),
        ("thirdlib.Thing", "thirdlib.base.Thing", "unknown"),
    ],
)
def test_two_paths_of_one_object(library: Path, path: str, name: str, exists: str) -> None:
    assert same(Static(Packages(library, top_level([library]))), path, name).exists == exists


def test_importing_two_paths_tells_what_reading_cannot(library: Path) -> None:
    pairs = {
        "pairs.core.One is pairs.One": "yes",
        "pairs.core.Same is pairs.One": "yes",
        "pairs.shade is pairs.shadow": "yes",
        "pairs.core is pairs.core": "yes",
        "pairs.core.Other is pairs.One": "no",
        "pairs.core.first is pairs.core.second": "no",
        "pairs.core.Gone is pairs.One": "unknown",
    }
    command = [sys.executable, "-S", str(PROBE), str(library)]
    run = subprocess.run(command, input=json.dumps(list(pairs)), capture_output=True, text=True, check=True)
    assert {pair: answer["exists"] for pair, answer in json.loads(run.stdout).items()} == pairs


def test_the_report_names_aliases_that_lead_elsewhere() -> None:
    kept = AliasReport(path="lib.core.C", name="lib.C", package="lib", version="1.0", status="verified", how="source")
    gone = AliasReport(path="lib.old.C", name="lib.C", package="lib", version="1.0", status="failed", how="lib.old.C: not in the source")
    said = page(make([], {}, [kept, gone]))
    assert "very same object: 1 of 2 are, 1 failed,\n0 could not be checked." in said
    assert "- `lib.old.C` (failed): lib.old.C: not in the source" in said
    assert "lib.core.C" not in said
