"""Which files of a project say how it is run; asked for every file during the walk, so it is cheap."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from statelint.discover.files import Stage


_NAMES: Final = {
    "procfile": "procfile",
    "fly.toml": "fly",
    "render.yaml": "render",
    "render.yml": "render",
    "app.json": "app-json",
    "heroku.yml": "heroku",
    "heroku.yaml": "heroku",
    "railway.json": "railway",
    "railway.toml": "railway",
    "cron.yaml": "cron-yaml",
    "kustomization.yaml": "kustomize",
    "kustomization.yml": "kustomize",
    "chart.yaml": "helm-chart",
    "postgresql.conf": "postgresql",
    "haproxy.cfg": "haproxy",
    ".env": "env",
}
_PATTERNS: Final = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(docker|container)file(\.[\w.-]+)?|[\w.-]+\.(docker|container)file", "dockerfile"),
        (r"(docker-)?compose([._-][\w.-]+)?\.ya?ml|[\w-]+\.(docker-)?compose\.ya?ml|docker-stack[\w.-]*\.ya?ml", "compose"),
        (r"procfile\.[\w-]+", "procfile"),
        (r"gunicorn([._-][\w.-]+)?\.py", "gunicorn"),
        (r"([\w.-]+[._-])?uwsgi([._-][\w.-]+)?\.ini|uwsgi\.conf", "uwsgi"),
        (r"supervisord?([._-][\w.-]+)?\.(conf|ini)", "supervisord"),
        (r"[\w.@-]+\.(service|timer)", "systemd"),
        (r"fly\.[\w-]+\.toml", "fly"),
        (r"app(\.[\w-]+)?\.yaml", "app-yaml"),
        (r"railway\.[\w-]+\.(json|toml)", "railway"),
        (r"\.env\.[\w.-]+|[\w-]+\.env|\.envrc", "env"),
        (r"pgbouncer[\w.-]*\.ini", "pgbouncer"),
        (r"nginx[\w.-]*\.conf|[\w.-]+\.nginx(\.conf)?", "nginx"),
        (r"values([._-][\w.-]+)?\.ya?ml", "helm-values"),
    )
)
_TEMPLATE: Final = (".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".erb", ".orig", ".bak", ".swp", ".md", ".rst", ".dockerignore")
_DEVELOPMENT: Final = frozenset(
    [
        "dev",
        "develop",
        "development",
        "devel",
        "local",
        "localhost",
        "test",
        "tests",
        "testing",
        "ci",
        "e2e",
        "debug",
        "devcontainer",
        "devcontainers",
        "benchmark",
        "benchmarks",
        "example",
        "examples",
        "sample",
        "samples",
        "integration",
        "playground",
    ]
)
_SUPERVISED: Final = re.compile(r"/(s6-rc\.d|services\.d|runit|sv|service)/[^/]+/run\Z")
"""The script that starts one service of a container under s6 or runit."""
_WORDS: Final = re.compile(r"[A-Za-z0-9]+")

_API_VERSION: Final = re.compile(rb"^apiVersion:[ \t]*\S", re.MULTILINE)
_KIND: Final = re.compile(rb"^kind:[ \t]*\S", re.MULTILINE)
_SERVICES: Final = re.compile(rb"^services:[ \t]*(#.*)?\r?$", re.MULTILINE)
_IMAGE: Final = re.compile(rb"^[ \t]+(image|build):", re.MULTILINE)
_RUNTIME: Final = re.compile(rb"^(runtime|env|entrypoint):", re.MULTILINE)
_SHARED_NAMES: Final = {
    "app-yaml": _RUNTIME,
    "cron-yaml": re.compile(rb"^cron:", re.MULTILINE),
    "render": re.compile(rb"^(services|databases|envVarGroups|projects):", re.MULTILINE),
}
"""Names that Kubernetes manifests have too; their keys tell them apart."""
_TEMPLATED: Final = re.compile(rb"^[ \t]*(- )?\{\{|\{\{-? *[.$](Values|Release|Chart)", re.MULTILINE)
HEAD_BYTES: Final = 8192
"""How much of a YAML file `classify` wants to see."""


def classify(relative_path: str, head: bytes) -> str | None:
    """Return the kind of deployment file, None for any other file.

    `head` is the beginning of the file (`HEAD_BYTES` are plenty) and is looked at only for `*.yaml`, `*.yml`, `*.ini` and `*.conf`; it may
    be empty for all others.
    """
    name = relative_path.rpartition("/")[2].lower()
    if name.endswith(_TEMPLATE):
        return None
    if name == "run":
        return "service-run" if _SUPERVISED.search(f"/{relative_path}") else None
    kind = _NAMES.get(name) or next((kind for pattern, kind in _PATTERNS if pattern.fullmatch(name)), None)
    if name.endswith((".yaml", ".yml")):
        return _yaml(relative_path, kind, head[:HEAD_BYTES])
    if kind is None and name.endswith((".ini", ".conf")):
        return _ini(relative_path, head[:HEAD_BYTES])
    return kind


def _yaml(path: str, kind: str | None, head: bytes) -> str | None:
    """Decide by name where it is plain, else by the keys at the margin."""
    if kind in _SHARED_NAMES:
        return kind if _SHARED_NAMES[kind].search(head) else _manifest(path, head)
    return kind or _manifest(path, head)


def _manifest(path: str, head: bytes) -> str | None:
    if _API_VERSION.search(head) and _KIND.search(head):
        return "helm-template" if _TEMPLATED.search(head) and "/templates/" in f"/{path}" else "kubernetes"
    if "/templates/" in f"/{path}" and _TEMPLATED.search(head):
        return "helm-template"
    if _SERVICES.search(head) and _IMAGE.search(head):
        return "compose"
    return None


def _ini(path: str, head: bytes) -> str | None:
    if b"[uwsgi]" in head:
        return "uwsgi"
    if b"[program:" in head:
        return "supervisord"
    if b"[pgbouncer]" in head:
        return "pgbouncer"
    if path.endswith(".conf") and (b"upstream " in head or b"proxy_pass " in head):
        return "nginx"
    return None


def stage(path: str) -> Stage:
    """Say whether a file describes production, or a developer's machine, a test run or an example."""
    words = {word.lower() for word in _WORDS.findall(path)}
    return "development" if words & _DEVELOPMENT else "production"
