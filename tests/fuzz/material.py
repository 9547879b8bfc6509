"""What inputs are made of: projects of the repository, the examples of the rules, real code, and files of every kind that is read."""

from __future__ import annotations

import ast
import sysconfig
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from tests.metamorphic.cases import projects as named_projects
from tests.metamorphic.project import ROOT, parses

if TYPE_CHECKING:
    import random

    from tests.metamorphic.project import Files

_LARGEST: Final = 40_000
"""Bytes of a file of real code: what is made of it has to be analysed in a moment."""

DEPLOYMENT: Final = {
    "Dockerfile": 'FROM python:3.13\nENV WORKERS=4\nCMD ["gunicorn", "-w", "4", "app:app"]\n',
    "Procfile": "web: gunicorn app:app --workers ${WEB_CONCURRENCY:-2}\nworker: celery -A tasks worker -c 3\n",
    "compose.yaml": (
        "x-base: &base\n  build: .\nservices:\n  web:\n    <<: *base\n    command: uvicorn app:app --workers 4\n"
        "    deploy: {replicas: 3}\n"
        "    environment:\n      - DATABASE_URL=postgresql://db/x\n    healthcheck: {test: curl -f localhost/healthz}\n"
        "  db:\n    image: postgres\n"
    ),
    "k8s/web.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n"
        '      - name: web\n        command: [gunicorn, "-w", "2", "app:app"]\n        readinessProbe: {httpGet: {path: /healthz}}\n'
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\n"
        "spec: {minReplicas: 2, maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: web}}\n"
    ),
    "fly.toml": 'app = "shop"\n[processes]\nweb = "gunicorn -w 2 app:app"\n[[vm]]\ncount = 2\n[[http_service.checks]]\npath = "/healthz"\n',
    "gunicorn.conf.py": "import multiprocessing\nworkers = multiprocessing.cpu_count() * 2 + 1\nthreads = 4\npreload_app = True\n",
    "uwsgi.ini": "[uwsgi]\nmodule = app:app\nprocesses = 4\nthreads = 2\n%(x)s = 1\n",
    "supervisord.conf": "[program:web]\ncommand=gunicorn app:app -w 2\nnumprocs=2\nenvironment=A=\"1\",B='2'\n",
    "web.service": "[Service]\nExecStart=/usr/bin/gunicorn -w 2 \\\n  app:app\nEnvironment=A=1\n",
    "app.yaml": "runtime: python313\nentrypoint: gunicorn -b :$PORT app:app\nautomatic_scaling: {max_instances: 5}\n",
    "render.yaml": "services:\n- type: web\n  name: w\n  startCommand: gunicorn app:app\n  numInstances: 2\n  healthCheckPath: /healthz\n",
    ".env": "DATABASE_URL=postgresql://a:b@c/d\nexport WORKERS='3'\n",
    "nginx.conf": "upstream app { ip_hash; server a:80; server b:80; }\nserver { location / { proxy_pass http://app; } }\n",
    "requirements.txt": "flask>=2,<4 ; python_version > '3.8'\nredis[hiredis]==5.0 --hash=sha256:00\n-r more.txt\n-e .\n",
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["flask>=3", "redis"]\n[tool.poetry.dependencies]\npython = "^3.11"\n',
    "Pipfile.lock": '{"_meta": {}, "default": {"flask": {"version": "==3.0.0"}}}\n',
    "package.json": '{"name": "x", "scripts": {"start": "python app.py"}}\n',
    ".gitignore": "build/\n*.pyc\n!keep.py\n[a-z]?.py\n**/x/**\n",
    "crontab": "*/5 * * * * python tasks.py\n",
}
"""A file of each kind that says how a project is run or what it needs."""

CONFIGURATION: Final = {
    "statelint.toml": (
        'select = ["ALL"]\nignore = ["SL0101", "caches"]\nexclude = ["build/**"]\nfail-on = "warning"\ninstances = 3\n'
        'entry-points = ["app:main"]\nsafe = ["app.CACHE"]\n[per-file-ignores]\n"tests/*" = ["ALL"]\n[severity]\nSL0401 = "note"\n'
    ),
    "pyproject.toml": '[tool.statelint]\nextend-select = ["state"]\nmin-confidence = "medium"\noutput-format = "concise"\n',
    "rules/own.toml": (
        'code = "SL0390"\nname = "own"\nitem = "caches"\nseverity = "warning"\nsummary = "s"\nwhy = "w"\nfix = "f"\n[[api]]\nid = "own"\n'
        'package = "flask"\nversion = "3"\nnames = ["flask.Flask"]\nmessage = "`{name}`"\nfix.text = "x"\nsources = ["a:1"]\n'
    ),
}
"""Files that say what statelint itself is to do."""


@cache
def projects() -> dict[str, Files]:
    """Return the projects of the repository by name: golden ones, the shops, generated ones, the examples of the rules."""
    return named_projects()


@cache
def real_code() -> tuple[Path, ...]:
    """Return modules of statelint and of the standard library, in a fixed order."""
    library = Path(sysconfig.get_path("stdlib"))
    found = [*sorted((ROOT / "src").rglob("*.py")), *sorted(library.glob("*.py")), *sorted((library / "asyncio").glob("*.py"))]
    return tuple(path for path in found if 200 < path.stat().st_size < _LARGEST)


def code_of(pick: random.Random) -> str:
    """Return the text of a module of real code that this Python can parse."""
    while True:
        text = pick.choice(real_code()).read_text(encoding="utf-8", errors="replace")
        if parses(text):
            return text


def donor(pick: random.Random) -> ast.Module:
    """Return the tree of a module to take parts from: half of them real code, half projects. Nobody may change it."""
    if pick.random() < 0.5:
        return ast.parse(code_of(pick))
    while True:
        files = projects()[pick.choice(sorted(projects()))]
        texts = [text for path, text in files.items() if path.endswith(".py") and parses(text)]
        if texts:
            return ast.parse(pick.choice(texts))


@cache
def keys() -> tuple[str, ...]:
    """Return the keys of the configuration."""
    schema = msgspec.json.decode((ROOT / "statelint.schema.json").read_bytes())
    return tuple(sorted(schema.get("properties", {})))
