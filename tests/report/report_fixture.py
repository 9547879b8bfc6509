"""A tiny project, what an analysis could have said about it, and a rulebook made by hand."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

import msgspec

from statelint.model import ITEMS, Diagnostic, Edit, Evidence, Finding, Fix, Project, Result, Span, Step, Summary, Verdict, VerdictKind
from statelint.report import Context
from statelint.rulebook.load import Rulebook
from statelint.rulebook.schema import Rule

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = {
    "app/stores.py": '''"""Jobs that clients wait for."""


class JobStore:
    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def put(self, job: Job) -> None:
        job.touch()
        self._jobs[job.id] = job

    def get(self, key: str) -> Job | None:
        return self._jobs.get(key)


STORE = JobStore()
''',
    "app/api.py": """from fastapi import FastAPI

from app.stores import STORE

app = FastAPI()


@app.post("/jobs/{id}")
def create(id: str) -> None:
    STORE.put(Job(id))


@app.get("/jobs/{id}")
def show(id: str) -> Job | None:
    return STORE.get(id)
""",
    "app/limits.py": """from slowapi import Limiter

def make():
\tif True:
\t\treturn Limiter(
\t\t\tkey_func=remote,
\t\t\tdefault_limits=["200/day"],
\t\t)
""",
    "app/exports.py": '# -*- coding: utf-8 -*-\ndef export(name): open("/var/data/报告-" + name, "w").write("数据"); log("written")\n',
    "app/minified.py": "X = ["
    + ", ".join(f"value_{number}" for number in range(60))
    + "]; SECRET = secrets.token_hex(); "
    + "; ".join(f"y_{number} = {number}" for number in range(40))
    + "\n",
}

JOBS = Finding(
    code="SL0401",
    rule="process-state",
    item="state",
    severity="error",
    confidence="high",
    path="app/stores.py",
    line=6,
    column=9,
    end_line=6,
    end_column=19,
    symbol="JobStore._jobs",
    scope="JobStore.__init__",
    message="`JobStore._jobs` is filled by requests, and every instance fills its own",
    hint="""keep jobs where every instance sees them: in Redis or the database

    import redis

    jobs = redis.Redis.from_url(os.environ["REDIS_URL"])
    jobs.set(job.id, job.to_json(), ex=3600)
""",
    label="one dict in each process",
    spans=(
        Span("app/stores.py", 10, 9, 10, 33, "written by `POST /jobs/{id}`"),
        Span("app/stores.py", 13, 16, 13, 35, "read by `show`"),
        Span("app/api.py", 15, 12, 15, 25, "another instance answers None here"),
    ),
    route=(
        Step("app/api.py", 9, "POST /jobs/{id} -> create"),
        Step("app/api.py", 10, "JobStore.put"),
        Step("app/stores.py", 10, "writes self._jobs"),
    ),
    also=("SL1201",),
    fingerprint="5f0c1a2b3c4d5e6f",
)
LIMITER = Finding(
    code="SL0501",
    rule="memory-limits",
    item="rate-limit",
    severity="warning",
    confidence="medium",
    path="app/limits.py",
    line=5,
    column=10,
    end_line=8,
    end_column=4,
    symbol="Limiter",
    message="`slowapi.Limiter` counts in memory, since no `storage_uri` is given: a client gets the limit once on every instance",
    hint='count in Redis: `Limiter(key_func=remote, storage_uri=os.environ["REDIS_URL"])`',
    label="`storage_uri` is absent, the default is `memory://`",
    notes=("slowapi reads no environment variable for this; the argument is the only way to name a store that all instances share",),
    fix=Fix(
        applicability="safe",
        message="read the address of the store from REDIS_URL",
        edits=(Edit(Span("app/limits.py", 7, 30, 7, 30), ' storage_uri=os.environ.get("REDIS_URL"),'),),
        needs=("limits[redis]",),
    ),
    fingerprint="aa11bb22cc33dd44",
)
EXPORT = Finding(
    code="SL0201",
    rule="local-file",
    item="files",
    severity="error",
    confidence="high",
    path="app/exports.py",
    line=2,
    column=19,
    end_line=2,
    end_column=52,
    symbol="open",
    message="a file is written to the disk of one instance",
    hint="put it into object storage",
    label="written here",
    spans=(Span("app/exports.py", 2, 59, 2, 63, "the content"), Span("app/gone.py", 7, 1, 7, 5, "read here by `GET /report`")),
    route=(Step("app/exports.py", 2, "GET /export -> export"),),
    fingerprint="0123456789abcdef",
)
SECRET = Finding(
    code="SL1101",
    rule="random-secret",
    item="config",
    severity="error",
    confidence="high",
    path="app/minified.py",
    line=1,
    column=606,
    end_line=1,
    end_column=625,
    symbol="SECRET",
    message="`SECRET` is made anew by every process",
    hint="read it from the environment",
    label="another value in each instance",
    fingerprint="feedfacecafebeef",
)
HEALTH = Finding(
    code="SL0601",
    rule="no-health-endpoint",
    item="health",
    severity="note",
    confidence="low",
    path="",
    line=0,
    column=0,
    end_line=0,
    end_column=0,
    symbol="",
    message="no route answers `/health` or `/healthz`",
    hint="add one that answers without the database",
    fingerprint="beadbeadbeadbead",
)

VERDICTS: dict[str, tuple[VerdictKind, tuple[Evidence, ...], tuple[str, ...]]] = {
    "sessions": (
        "pass",
        (Evidence("sessions", "pass", "app/api.py", 5, "signed cookies"), Evidence("sessions", "pass", "app/api.py", 9, "a JWT")),
        (),
    ),
    "files": ("fail", (), (EXPORT.fingerprint,)),
    "caches": ("not-used", (), ()),
    "state": ("fail", (), (JOBS.fingerprint,)),
    "rate-limit": ("fail", (), (LIMITER.fingerprint,)),
    "health": ("fail", (), (HEALTH.fingerprint,)),
    "jobs": ("not-used", (), ()),
    "realtime": ("not-used", (), ()),
    "database": (
        "unknown",
        (
            Evidence("database", "used", "app/db.py", 3, "SQLAlchemy engine"),
            Evidence(
                "database",
                "unknown",
                "app/db.py",
                17,
                "pool_size comes from a call that could not be followed, `settings.pool.size_for(environment)`",
            ),
            Evidence("database", "unknown", "app/broken.py", 3, "this file could not be parsed"),
        ),
        (),
    ),
    "logs": ("pass", (), ()),
    "config": ("fail", (), (SECRET.fingerprint, "hidden-by-baseline")),
    "ordering": ("pass", (Evidence("ordering", "pass", "app/api.py", 13, "reads go to the database"),), ()),
}

RESULT = Result(
    project=Project("/srv/shop", ("fastapi",), 41, 3120, 12),
    findings=(JOBS, EXPORT, LIMITER, SECRET, HEALTH),
    checklist=tuple(Verdict(item.key, item.title, *VERDICTS[item.key]) for item in ITEMS),
    diagnostics=(
        Diagnostic("error", "app/broken.py", 3, "not analysed: '(' was never closed"),
        Diagnostic("warning", "deploy/chart/templates/web.yaml", None, "a Helm template, which is not read"),
    ),
    summary=Summary(5, 1, 1),
)
CLEAN = Result(
    project=Project("/srv/shop", ("django", "celery"), 212, 20480, 96),
    findings=(),
    checklist=tuple(
        Verdict(item.key, item.title, "pass", (Evidence(item.key, "pass", "shop/settings.py", 12, "seen in use"),), ()) for item in ITEMS
    ),
    diagnostics=(),
    summary=Summary(0, 2, 0),
)

HOSTILE = (
    "\x1b[31m]]>`|<img src=x onerror=alert(1)>'\"\n::error::%0A*_[a](b)\\ \u202e @everyone </script><!-- ${{ 1 }} {{ 1 }} ```"
    "\x00\x9b\ud800\u2028 &amp;"
)
"""Whatever some reader of some format would obey."""


def hostile() -> Result:
    """Return a result in which every free text is hostile."""
    finding = msgspec.structs.replace(
        JOBS,
        path=f"app/{HOSTILE}.py",
        symbol=HOSTILE,
        message=HOSTILE,
        hint=f"{HOSTILE}\n\n{indent(HOSTILE, '    ')}",
        label=HOSTILE,
        notes=(HOSTILE,),
        spans=(Span("app/evil.py", 1, 1, 1, 9, HOSTILE),),
        route=(Step(f"app/{HOSTILE}", 1, HOSTILE), Step("app/evil.py", 1, HOSTILE)),
    )
    return Result(
        project=Project(HOSTILE, (HOSTILE,), 1, 1, 1),
        findings=(finding, msgspec.structs.replace(finding, path="app/evil.py", line=1, column=1, end_line=1, end_column=4)),
        checklist=(
            Verdict("state", HOSTILE, "fail", (), (JOBS.fingerprint,)),
            Verdict("files", HOSTILE, "unknown", (Evidence("files", "unknown", f"a/{HOSTILE}", 1, HOSTILE),), ()),
            Verdict("logs", HOSTILE, "pass", (Evidence("logs", "pass", f"a/{HOSTILE}", 1, HOSTILE),), ()),
        ),
        diagnostics=(Diagnostic("error", f"b/{HOSTILE}", 2, HOSTILE),),
        summary=Summary(2, 0, 0),
    )


def book(why: str = "Each instance has memory of its own: with three instances, two of three reads find nothing.") -> Rulebook:
    """Return a rulebook of the rules that the fixture names, but for one."""
    rules = tuple(
        Rule(
            code=finding.code,
            name=finding.rule,
            item=finding.item,
            severity=finding.severity,
            summary=f"{finding.item} that stays on one instance",
            why=why,
            fix="Move it to a store that every instance reaches.\n\nRedis will do.",
            limits="Stores behind a network file system are taken for local ones.",
            references=("https://12factor.net/processes",),
            since="0.0.1",
        )
        for finding in (JOBS, EXPORT, LIMITER, SECRET)
    )
    return Rulebook(tuple(sorted(rules, key=lambda rule: rule.code)), (), (), "0")


def context(root: Path, **fields: object) -> Context:
    """Write the sources below a folder and return how to show a result about them."""
    for path, text in SOURCES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    made = Context(root=root, book=book())
    return msgspec.structs.replace(made, **fields)
