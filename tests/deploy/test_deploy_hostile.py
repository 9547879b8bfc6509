"""Hostile and broken files: a diagnostic that names them, never an exception; bounds hold by construction, nothing is timed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statelint.deploy.commands.gunicorn import number, read_gunicorn
from statelint.deploy.commands.scripts import started
from statelint.deploy.formats.sources import MAX_BYTES, Source, SourceStore
from statelint.deploy.formats.tomldoc import read_toml
from statelint.deploy.formats.yamldoc import MAX_NODES, Node, read_documents
from statelint.deploy.read import MAX_FILES, read_deployment
from statelint.deploy.readers.dockerfile import read_dockerfile
from statelint.discover.deploy_files import classify
from statelint.discover.files import DeployFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from statelint.deploy.model import Deployment
    from statelint.model import Diagnostic

    Read = Callable[[Mapping[str, str]], tuple[Deployment, tuple[Diagnostic, ...]]]

KINDS = [
    "dockerfile",
    "compose",
    "kubernetes",
    "kustomize",
    "procfile",
    "gunicorn",
    "uwsgi",
    "supervisord",
    "service-run",
    "systemd",
    "fly",
    "render",
    "app-yaml",
    "app-json",
    "heroku",
    "railway",
    "cron-yaml",
    "env",
    "pgbouncer",
    "postgresql",
    "nginx",
    "haproxy",
    "helm-values",
    "helm-chart",
    "helm-template",
]
NAMES = {"railway": "railway.toml", "fly": "fly.toml", "gunicorn": "gunicorn.conf.py", "systemd": "web.service", "app-json": "app.json"}

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "a bomb of aliases": (LAUGHS, "aliases expanded"),
    "a bomb of merges": (
        "a: &a {" + ", ".join(f"k{n}: v" for n in range(900)) + "}\n" + "".join(f"x{n}: {{<<: *a}}\n" for n in range(900)),
        "aliases expanded",
    ),
    "long text under many aliases": ("a: &a " + "x" * 60_000 + "\n" + "b: [" + ", ".join(["*a"] * 5_000) + "]\n", "aliases expanded"),
    "an alias of itself": ("services: &s\n  web: *s\n", "names nothing that is complete"),
    "deep brackets": ("a: " + "[" * 5_000, "deep"),
    "deep indentation": ("".join(" " * n + f"k{n}:\n" for n in range(200)), "deep"),
    "more values than a person writes": ("\n".join(f"k{n}: v" for n in range(MAX_NODES)), "values"),
    "a tab": ("services:\n\tweb: {}\n", "not valid YAML"),
    "an open quote": ("services: 'web\n", "not valid YAML"),
    "a template": ("services:\n  {% if x %}\n  web: {{ image }}\n", "template"),
    "a control character": ("a: \x07\n", "not valid YAML"),
}


@pytest.mark.parametrize(("name", "kind"), [*((name, "compose") for name in HOSTILE), ("a tab", "render"), ("deep brackets", "heroku")])
def test_hostile_yaml_is_a_diagnostic(name: str, kind: str, tmp_path: Path) -> None:
    text, words = HOSTILE[name]
    (tmp_path / "file.yaml").write_text(text)
    deployment, diagnostics = read_deployment(tmp_path, [DeployFile("file.yaml", kind)])
    assert deployment.processes == ()
    assert [(diagnostic.path, words in diagnostic.message) for diagnostic in diagnostics] == [("file.yaml", True)]


def test_repeated_keys_are_named_with_both_lines(read: Read) -> None:
    deployment, diagnostics = read(
        {"compose.yaml": "services:\n  web:\n    image: a/b\n    command: gunicorn -w 2 a:b\n    command: gunicorn -w 5 a:b\n"}
    )
    assert deployment.processes[0].workers.value == 5
    assert [(diagnostic.line, diagnostic.message) for diagnostic in diagnostics] == [
        (5, "the key 'command' stands here and on line 4; the last one is used")
    ]


def test_a_broken_document_does_not_hide_the_next(read: Read) -> None:
    good = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\nspec:\n  replicas: 2\n"
        "  template:\n    spec:\n      containers: [{name: c, command: [gunicorn, 'a:b']}]\n"
    )
    deployment, diagnostics = read({"k8s/web.yaml": good % "one" + "---\nkind: Deployment\n  bad: [\n---\n" + good % "two"})
    assert [process.name for process in deployment.processes] == ["one", "two"]
    assert [(diagnostic.path, diagnostic.line) for diagnostic in diagnostics] == [("k8s/web.yaml", 11)]


def test_services_that_extend_in_a_circle(read: Read) -> None:
    _, diagnostics = read({"compose.yaml": "services:\n  a:\n    extends: b\n  b:\n    extends: a\n"})
    assert {diagnostic.message for diagnostic in diagnostics} <= {"the service 'a' extends itself", "the service 'b' extends itself"}
    assert diagnostics


def test_kustomizations_that_build_on_each_other(read: Read) -> None:
    files = {f"k/{name}/kustomization.yaml": "resources: [../a, ../b, ../c]\n" for name in "abc"}
    deployment, _ = read(files)
    assert deployment.processes == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"FROM a\0b", "binary"), (b"FROM \xff\xfe", "not valid UTF-8"), (b"#" * (MAX_BYTES + 1), "larger than"), (b"RUN x\n", "no FROM")],
)
def test_a_file_that_is_no_text(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(content)
    deployment, diagnostics = read_deployment(tmp_path, [DeployFile("Dockerfile", "dockerfile")])
    assert deployment.processes == ()
    assert [words in diagnostic.message for diagnostic in diagnostics] == [True]


def test_links_out_of_the_project_and_devices_are_not_read(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "Procfile").write_text("web: gunicorn secret:app\n")
    (project / "Procfile").symlink_to("../Procfile")
    os.mkfifo(project / "Dockerfile")
    (project / "fly.toml").symlink_to("fly.toml")
    files = [
        DeployFile("Procfile", "procfile"),
        DeployFile("Dockerfile", "dockerfile"),
        DeployFile("fly.toml", "fly"),
        DeployFile("gone", "env"),
    ]
    deployment, diagnostics = read_deployment(project, files)
    assert deployment.processes == ()
    assert [diagnostic.path for diagnostic in diagnostics] == ["Dockerfile", "Procfile", "fly.toml", "gone"]


def test_commands_do_not_lead_out_of_the_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "start.sh").write_text("#!/bin/sh\ngunicorn -w 9 secret:app\n")
    (project / "Procfile").write_text("web: ../start.sh\n")
    (project / "compose.yaml").write_text(
        "services:\n  web:\n    build: {context: .., dockerfile: ../../Dockerfile}\n    env_file: ../../../etc/passwd\n"
    )
    files = [DeployFile("Procfile", "procfile"), DeployFile("compose.yaml", "compose")]
    deployment, _ = read_deployment(project, files)
    assert [process.app for process in deployment.processes] == ["", ""]


def test_there_may_be_too_many_files(tmp_path: Path) -> None:
    names = [f"{number:04}.env" for number in range(MAX_FILES + 5)]
    for name in names:
        (tmp_path / name).write_text("A=1\n")
    deployment, diagnostics = read_deployment(tmp_path, [DeployFile(name, "env") for name in names])
    assert len(deployment.env) == MAX_FILES
    assert [diagnostic.path for diagnostic in diagnostics] == [names[MAX_FILES]]


def test_the_same_words_about_a_file_stand_once(tmp_path: Path) -> None:
    (tmp_path / "app.json").write_text("{")
    (tmp_path / "Procfile").write_text("web: gunicorn a:b\nweb: gunicorn c:d\n")
    files = [DeployFile("app.json", "app-json"), DeployFile("Procfile", "procfile")]
    deployment, diagnostics = read_deployment(tmp_path, files)
    assert len(deployment.processes) == 1
    assert len(diagnostics) == len(set(diagnostics)) == 2


GUNICORN_HOSTILE = [
    "(" * 3_000,
    "workers = " + "-" * 3_000 + "1",
    "workers = " + "+".join(["1"] * 20_000),
    "\0",
    "x" * 70_000,
    "workers = 9 ** 9 ** 9 ** 9\n",
]


@pytest.mark.parametrize("text", GUNICORN_HOSTILE, ids=range(len(GUNICORN_HOSTILE)))
def test_a_hostile_gunicorn_file_is_never_run(text: str, tmp_path: Path) -> None:
    shelf = SourceStore(tmp_path)
    config = read_gunicorn(source("gunicorn.conf.py", text), shelf)
    if config is None:
        assert len(shelf.diagnostics) == 1
    else:
        found = number(config, "workers", {})
        assert found is not None
        assert found.value is None


def test_names_that_lead_to_names_do_not_multiply_the_work(tmp_path: Path) -> None:
    text = "a0 = 1\n" + "".join(f"a{n} = max(a{n - 1}, a{n - 1}, a{n - 1}, a{n - 1})\n" for n in range(1, 40)) + "workers = a39\n"
    config = read_gunicorn(source("gunicorn.conf.py", text), SourceStore(tmp_path))
    assert config is not None
    found = number(config, "workers", {})
    assert found is not None
    assert found.value is None


@pytest.mark.parametrize("text", ["a = " + "[" * 5_000, "[" + ".".join("a" * 300) + "]\n", "a = 'x", "[processes]\nweb = 1\n[processes]\n"])
def test_hostile_toml_is_a_diagnostic(text: str, tmp_path: Path) -> None:
    shelf = SourceStore(tmp_path)
    assert read_toml(source("fly.toml", text), shelf) is None
    assert [diagnostic.path for diagnostic in shelf.diagnostics] == ["fly.toml"]


def source(path: str, text: str) -> Source:
    return Source(path, text, tuple(text.splitlines()))


YAML_LIKE = st.text(alphabet="ab:- \n{}[]&*<>|?'\"#!%,@~1\t", max_size=120)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=YAML_LIKE)
@example(text="<<: [*a, {b: c}]")
@example(text="? [a]\n: &a b\n<<: *a\n<<: *a")
@example(text="%YAML 9\n---\n!!binary |\n  x")
def test_no_text_breaks_the_yaml_reader(text: str, tmp_path: Path) -> None:
    shelf = SourceStore(tmp_path)
    documents = read_documents(source("x.yaml", text), shelf)
    assert all(isinstance(document, Node) and 0 < document.line <= text.count("\n") + 1 for document in documents)
    assert all(diagnostic.message and diagnostic.path == "x.yaml" for diagnostic in shelf.diagnostics)


SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70_000),
    st.sampled_from(["web", "a:b", "${X:-3}", "{{ x }}", "1:2:3", "gunicorn -w 3 a:b", "", "[::]"]),
)
KEY = st.sampled_from(
    [
        "services",
        "web",
        "command",
        "build",
        "image",
        "deploy",
        "replicas",
        "environment",
        "env_file",
        "volumes",
        "healthcheck",
        "test",
        "extends",
        "file",
        "service",
        "labels",
        "ports",
        "scale",
        "kind",
        "apiVersion",
        "metadata",
        "name",
        "spec",
        "template",
        "containers",
        "env",
        "envFrom",
        "valueFrom",
        "configMapKeyRef",
        "volumeMounts",
        "livenessProbe",
        "httpGet",
        "path",
        "port",
        "items",
        "data",
        "jobTemplate",
        "schedule",
        "scaleTargetRef",
        "maxReplicas",
        "strategy",
        "rollingUpdate",
        "maxSurge",
        "annotations",
        "processes",
        "http_service",
        "checks",
        "mounts",
        "cron",
        "run",
        "docker",
        "release",
        "patches",
        "target",
        "patch",
        "resources",
        "op",
        "value",
        "replicaCount",
        "autoscaling",
        "persistence",
        "scaling",
        "envVars",
        "key",
        "disk",
    ]
)
TREE = st.recursive(SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEY, inner, max_size=5)), max_leaves=25)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=(settings().max_examples + 3) // 4,  # each is read ten times
)
@given(
    tree=st.dictionaries(KEY, TREE, max_size=5),
    kind=st.sampled_from(["Deployment", "CronJob", "Service", "Kustomization", "List", "Pooler", "Ingress"]),
)
def test_no_tree_breaks_a_platform(tree: dict[str, object], kind: str, tmp_path: Path) -> None:
    import json  # noqa: PLC0415 - every JSON text is YAML, and the reader of both is the same

    (tmp_path / "a.yaml").write_text(json.dumps({"kind": kind, "apiVersion": "serving.knative.dev/v1", **tree}))
    (tmp_path / "b.yaml").write_text(
        json.dumps({"services": {"web": tree, "other": tree}, "spec": tree, "metadata": {"name": "x"}, "kind": kind})
    )
    for each in ("compose", "kubernetes", "kustomize", "render", "heroku", "app-yaml", "cron-yaml", "app-json", "railway", "helm-values"):
        deployment, _ = read_deployment(
            tmp_path, [DeployFile("a.yaml", each), DeployFile("b.yaml", each), DeployFile("Chart.yaml", "helm-chart")]
        )
        assert all(process.place.line > 0 for process in deployment.processes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    content=st.one_of(
        st.binary(max_size=80), YAML_LIKE.map(str.encode), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))
    ),
)
def test_no_content_breaks_any_kind(kind: str, content: bytes, tmp_path: Path) -> None:
    name = NAMES.get(kind, "file.yaml")
    (tmp_path / name).write_bytes(content)
    read_deployment(tmp_path, [DeployFile(name, kind)])
    classify(name, content)


@given(st.text(alphabet="FROMCDENVUHLTKA=\\\n\"'[]$ {}#-", max_size=120).map(lambda text: f"FROM x\n{text}"))
@example('FROM x\nHEALTHCHECK CMD ["')
@example("FROM x\nRUN <<EOF\nEOF\nCMD a")
@example("# escape=`\nFROM x\nCMD a `\n b")
def test_no_dockerfile_breaks_the_reader(text: str) -> None:
    from pathlib import Path  # noqa: PLC0415 - only a name here

    assert read_dockerfile(source("Dockerfile", text), SourceStore(Path())) is not None


@given(st.text(alphabet="ab(){};*\"'$@|\n ce#asi", max_size=120), st.lists(st.sampled_from(["a", "b", "*", "$@", "case"]), max_size=3))
@example("case $1 in\na) a ;;\nesac\na() {\nb\n}\n", ["a"])
@example("", [])
def test_no_script_breaks_the_reader(text: str, words: list[str]) -> None:
    for command, place in started(source("start.sh", text), words, {}):
        assert command.words
        assert place.line >= 1


def test_names_decide_before_content() -> None:
    assert classify("web/Dockerfile.prod", b"") == "dockerfile"
    assert classify("docker-compose.override.yml", b"") == "compose"
    assert classify("k8s/web.yaml", b"apiVersion: apps/v1\nkind: Deployment\n") == "kubernetes"
    assert classify("local.yml", b"volumes:\n  a:\nservices:\n  web:\n    image: x\n") == "compose"
    assert classify("conf/app.yaml", b"apiVersion: v1\nkind: Pod\n") == "kubernetes"
    assert classify("app.yaml", b"runtime: python\n") == "app-yaml"
    assert classify("k8s/cron.yaml", b"apiVersion: batch/v1\nkind: CronJob\n") == "kubernetes"
    assert classify("cron.yaml", b"cron:\n- url: /x\n") == "cron-yaml"
    assert classify("settings.yaml", b"debug: true\n") is None
    assert classify("Dockerfile.j2", b"") is None
    assert classify("README.md", b"[program:x]") is None
    assert classify("etc/web.conf", b"[program:x]\n") == "supervisord"
    assert classify("src/app.py", b"") is None
