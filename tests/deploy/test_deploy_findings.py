"""What the deployment gives reason to report: each finding, its silent neighbour, and the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statelint.checks.deployment.findings import deployment_findings
from statelint.checks.deployment.inputs import DeploymentFacts, LocalWrite, RouteInfo
from statelint.checks.deployment.route_match import answering, is_catch_all, nearest, segments
from statelint.config import Scaling
from statelint.deploy.model import SourceRange, fixed
from statelint.model import Evidence, Finding
from statelint.rulebook.load import load_rulebook
from statelint.sizing.engines import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.deploy.model import Deployment
    from statelint.model import Diagnostic

    Read = Callable[[Mapping[str, str]], tuple[Deployment, tuple[Diagnostic, ...]]]

RULES = {rule.code: rule for rule in load_rulebook().rules}
CODE = SourceRange("shop/db.py", 5, 10, 40)


def route(path: str, *methods: str, database: bool | None = None, handler: str = "handler") -> RouteInfo:
    return RouteInfo(path, methods, handler, "shop/views.py", 7, database)


def reports(facts: DeploymentFacts) -> tuple[list[Finding], list[Evidence]]:
    found = deployment_findings(facts, RULES)
    return [each for each in found if isinstance(each, Finding)], [each for each in found if isinstance(each, Evidence)]


def shown(findings: list[Finding]) -> list[str]:
    return [f"{finding.code} {finding.severity} {finding.path}:{finding.line} {finding.message}" for finding in findings]


def web(extra: str = "", replicas: int | None = 1, command: str = "gunicorn -b :8000 app:app") -> str:
    count = f"\n    deploy: {{replicas: {replicas}}}" if replicas is not None else ""
    return f"services:\n  web:\n    image: registry.example.com/shop/web\n    command: {command}{count}\n{extra}"


def probed(path: str, port: int = 8000) -> str:
    return web(f'    healthcheck: {{test: ["CMD", "curl", "-f", "http://localhost:{port}{path}"]}}\n')


# -- probes


@pytest.mark.parametrize(
    ("path", "routes", "expected"),
    [
        ("/healthz", [route("/healthz")], []),
        ("/healthz/", [route("/healthz", "GET", "HEAD")], []),
        ("/healthz?full=1", [route("^healthz/$")], []),
        ("/api/v1/health", [route("/api/{version}/health", "GET")], []),
        ("/api/v1/health", [route("/api/<string:version>/health", "GET")], []),
        (
            "/health",
            [route("/healthz", "GET")],
            ["SL0602 error compose.yaml:6 the healthcheck probe of web asks for `/health`, which no route answers"],
        ),
        (
            "/health",
            [route("/api/health", "GET")],
            ["SL0602 error compose.yaml:6 the healthcheck probe of web asks for `/health`, which no route answers"],
        ),
        (
            "/health",
            [route("/health", "POST")],
            ["SL0602 error compose.yaml:6 the healthcheck probe of web asks for `/health` with GET, but its route takes POST only"],
        ),
    ],
)
def test_probes_against_routes(path: str, routes: list[RouteInfo], expected: list[str], read: Read) -> None:
    deployment, _ = read({"compose.yaml": probed(path)})
    findings, _ = reports(DeploymentFacts(deployment=deployment, routes=tuple(routes), routes_complete=True))
    assert shown(findings) == expected


def test_a_missing_path_points_at_the_route_that_was_perhaps_meant(read: Read) -> None:
    deployment, _ = read({"compose.yaml": probed("/health")})
    findings, _ = reports(DeploymentFacts(deployment=deployment, routes=(route("/items"), route("/api/health")), routes_complete=True))
    assert [(span.path, span.line, span.label) for span in findings[0].spans] == [
        ("shop/views.py", 7, "/api/health: perhaps this one is meant")
    ]
    line = probed("/health").splitlines()[5]
    assert line[findings[0].column - 1 : findings[0].end_column - 1] == line.strip()


def test_a_probe_that_matches_is_evidence(read: Read) -> None:
    deployment, _ = read({"compose.yaml": probed("/healthz")})
    _, evidence = reports(DeploymentFacts(deployment=deployment, routes=(route("/healthz", handler="healthz"),), routes_complete=True))
    assert [(each.kind, each.text) for each in evidence if each.item == "health"] == [
        ("pass", "the healthcheck probe of web asks for /healthz, which healthz answers (shop/views.py:7)")
    ]


@pytest.mark.parametrize(
    ("path", "port", "routes", "complete", "words"),
    [
        ("/health", 8000, [route("/items")], False, "could not all be followed"),
        ("/health", 8000, [], True, "could not all be followed"),
        ("/health", 9090, [route("/items")], True, "on port 9090"),
        ("/health", 8000, [route("/{path:path}")], True, "only the catch-all route"),
        ("/$NAME/health", 8000, [route("/items")], True, "only known at run time"),
    ],
)
def test_what_cannot_be_told_is_no_finding(
    path: str, port: int, routes: list[RouteInfo], *, complete: bool, words: str, read: Read
) -> None:
    deployment, _ = read({"compose.yaml": probed(path.replace("$", "$$"), port)})
    findings, evidence = reports(DeploymentFacts(deployment=deployment, routes=tuple(routes), routes_complete=complete))
    assert findings == []
    assert [words in each.text and each.kind == "unknown" for each in evidence if each.item == "health"] == [True]


def test_the_root_page_is_no_proof_of_health(read: Read) -> None:
    deployment, _ = read({"compose.yaml": probed("/")})
    findings, evidence = reports(DeploymentFacts(deployment=deployment, routes=(route("/"),), routes_complete=True))
    assert findings == []
    assert [each.kind for each in evidence if each.item == "health"] == ["used"]


def test_a_prefix_that_the_server_is_told_may_stand_before_the_path(read: Read) -> None:
    command = "uvicorn app:app --port 8000 --root-path /shop"
    text = web("    healthcheck: {test: curl http://localhost:8000/shop/healthz}\n", command=command)
    deployment, _ = read({"compose.yaml": text})
    findings, _ = reports(DeploymentFacts(deployment=deployment, routes=(route("/healthz"),), routes_complete=True))
    assert findings == []


def test_several_instances_without_a_probe(read: Read) -> None:
    deployment, _ = read({"compose.yaml": web(replicas=3)})
    findings, _ = reports(DeploymentFacts(deployment=deployment))
    assert shown(findings) == ["SL0603 warning compose.yaml:2 3 instances of web run and no health check is declared"]
    deployment, _ = read({"compose.yaml": web(replicas=None)})
    assert reports(DeploymentFacts(deployment=deployment))[0] == []
    assert [finding.code for finding in reports(DeploymentFacts(deployment=deployment, instances=4))[0]] == ["SL0603"]
    assert [finding.code for finding in reports(DeploymentFacts(deployment=deployment, scaling=Scaling(instances=4)))[0]] == ["SL0603"]
    assert reports(DeploymentFacts(deployment=deployment, instances=4, has_web=False))[0] == []


def test_a_platform_without_probes_is_not_blamed(read: Read) -> None:
    deployment, _ = read({"Procfile": "web: gunicorn app:app\n", "app.json": '{"formation": {"web": {"quantity": 4}}}'})
    assert reports(DeploymentFacts(deployment=deployment))[0] == []


K8S = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {{name: web}}
    spec:
      replicas: 2
      template:
        spec:
          containers:
            - name: web
              image: registry.example.com/shop/web
              command: [gunicorn, -b, ":8000", "app:app"]
              {probe}
"""


@pytest.mark.parametrize(("database", "count"), [(True, 1), (False, 0), (None, 0)])
def test_liveness_that_asks_the_database(database: bool | None, count: int, read: Read) -> None:
    deployment, _ = read({"k8s.yaml": K8S.format(probe="livenessProbe: {httpGet: {path: /healthz, port: 8000}}")})
    findings, _ = reports(DeploymentFacts(deployment=deployment, routes=(route("/healthz", database=database),), routes_complete=True))
    assert [finding.code for finding in findings] == ["SL0604"] * count
    deployment, _ = read({"k8s.yaml": K8S.format(probe="readinessProbe: {httpGet: {path: /healthz, port: 8000}}")})
    assert reports(DeploymentFacts(deployment=deployment, routes=(route("/healthz", database=database),), routes_complete=True))[0] == []


# -- schedules


@pytest.mark.parametrize(
    ("command", "replicas", "expected"),
    [
        ("celery -A shop worker -B", 3, ["SL0705 error", "queued 3 times"]),
        ("celery -A shop worker -B", None, ["SL0705 warning", "a second instance queues every periodic task twice"]),
        ("celery -A shop worker -B", 1, []),
        ("celery -A shop worker -B -S redbeat.RedBeatScheduler", 3, []),
        ("celery -A shop worker", 3, []),
        ("celery -A shop beat", 2, ["SL0705 error", "the scheduler web has 2 instances"]),
        ("celery -A shop beat", 1, []),
    ],
)
def test_schedules(command: str, replicas: int | None, expected: list[str], read: Read) -> None:
    deployment, _ = read({"compose.yaml": web(replicas=replicas, command=command)})
    findings, _ = reports(DeploymentFacts(deployment=deployment))
    assert len(findings) == (1 if expected else 0)
    assert all(word in shown(findings)[0] for word in expected)


def test_jobs_that_run_once_are_evidence(read: Read) -> None:
    cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly}\nspec:\n  schedule: '0 3 * * *'\n"
    deployment, _ = read({"k8s/cron.yaml": cron, "compose.yaml": web(replicas=1, command="celery -A shop beat")})
    _, evidence = reports(DeploymentFacts(deployment=deployment))
    assert [(each.item, each.kind, each.path, each.line, each.text) for each in evidence] == [
        ("jobs", "pass", "k8s/cron.yaml", 5, "nightly is started by the platform: 0 3 * * *"),
        ("jobs", "pass", "compose.yaml", 2, "web is a process of its own with one instance"),
    ]


# -- affinity and volumes


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("svc.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  sessionAffinity: ClientIP\n", 5),
        (
            "ing.yaml",
            "apiVersion: networking/v1\nkind: Ingress\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/affinity: cookie\n",
            5,
        ),
        ("nginx.conf", "upstream web {\n  sticky cookie srv_id expires=1h;\n}\n", 2),
        ("compose.yaml", web("    labels:\n      - traefik.http.services.web.loadbalancer.sticky.cookie=true\n"), 7),
    ],
)
def test_sticky_sessions(name: str, text: str, line: int, read: Read) -> None:
    deployment, _ = read({name: text})
    findings, _ = reports(DeploymentFacts(deployment=deployment))
    assert [(finding.code, finding.severity, finding.path, finding.line) for finding in findings] == [("SL0105", "warning", name, line)]
    assert reports(DeploymentFacts(deployment=deployment, has_web=False))[0] == []


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  sessionAffinity: None\n",
        "apiVersion: networking/v1\nkind: Ingress\nmetadata:\n  annotations:\n    nginx.ingress.kubernetes.io/affinity: none\n",
    ],
)
def test_no_affinity(text: str, read: Read) -> None:
    deployment, _ = read({"k.yaml": text})
    assert reports(DeploymentFacts(deployment=deployment))[0] == []


WRITE = LocalWrite(("/data/uploads/x",), "shop/views.py", 12, "upload")


@pytest.mark.parametrize(
    ("volume", "write", "expected"),
    [
        ("volumes: ['uploads:/data']", WRITE, ["SL0205 warning"]),
        ("volumes: ['./uploads:/data']", WRITE, ["SL0205 warning"]),
        ("tmpfs: /data", WRITE, ["SL0205 error"]),
        ("volumes: ['uploads:/database']", WRITE, []),
        ("volumes: ['uploads:/tmp']", LocalWrite(("/tmp/x",), "a.py", 1), []),  # noqa: S108 - compared, never opened
        ("volumes: ['uploads:/srv/app/media']", LocalWrite(("media/x.png",), "a.py", 1), ["SL0205 warning"]),
        ("volumes: ['uploads:/srv/app/media']", LocalWrite(("mediathek/x.png",), "a.py", 1), []),
        ("working_dir: /srv/app\n    volumes: ['uploads:/srv/app/media']", LocalWrite(("./media/x",), "a.py", 1), ["SL0205 warning"]),
        ("working_dir: /srv/app\n    volumes: ['uploads:/other/media']", LocalWrite(("media/x",), "a.py", 1), []),
        ("volumes: ['uploads:/']", WRITE, []),
    ],
)
def test_volumes(volume: str, write: LocalWrite, expected: list[str], read: Read) -> None:
    deployment, _ = read({"compose.yaml": web(f"    {volume}\n    healthcheck: {{test: 'true'}}\n", replicas=3)})
    findings, _ = reports(DeploymentFacts(deployment=deployment, writes=(write,)))
    assert [f"{finding.code} {finding.severity}" for finding in findings] == expected


def test_a_shared_volume_is_evidence(read: Read) -> None:
    text = web("    volumes: ['uploads:/data']\nvolumes:\n  uploads: {driver_opts: {type: nfs4}}\n")
    deployment, _ = read({"compose.yaml": text})
    findings, evidence = reports(DeploymentFacts(deployment=deployment, writes=(WRITE,)))
    assert findings == []
    assert [(each.item, each.kind) for each in evidence] == [("files", "pass")]


# -- pools


def engine(**more: Any) -> Engine:
    values: dict[str, Any] = {
        "name": "engine",
        "driver": "asyncpg",
        "kind": "asyncpg",
        "place": CODE,
        "pool_size": fixed(4, CODE, "max_size=4"),
        "prepares": True,
    }
    return Engine(**(values | more))


def test_the_budget_shows_its_arithmetic_and_places(read: Read) -> None:
    text = web(
        "    healthcheck: {test: 'true'}\n  db: {image: 'postgres:17', command: postgres -c max_connections=50}\n",
        3,
        "gunicorn -w 4 app:app",
    )
    deployment, _ = read({"compose.yaml": text})
    findings, _ = reports(DeploymentFacts(deployment=deployment, engines=(engine(pool_size=fixed(10, CODE, "max_size=10"), eager=True),)))
    message = "the pools may open 120 connections where 47 are left"
    arithmetic = "10 x 4 workers x 3 instances = 120 > 47 (max_connections 50 - 3 reserved)"
    assert shown(findings) == [f"SL0903 error shop/db.py:5 {message}: {arithmetic}"]
    assert [(span.path, span.line, span.label) for span in findings[0].spans] == [
        ("compose.yaml", 4, "gunicorn --workers 4"),
        ("compose.yaml", 5, "deploy.replicas: 3"),
        ("compose.yaml", 7, "max_connections=50"),
    ]
    fits = "3 connections in each process would fit (2 with 25 % more instances during a rolling update)"
    assert findings[0].notes == (
        "engine in web: 10 x 4 workers x 3 instances = 120",
        f"{fits}, pool and overflow of all engines together.",
    )
    assert findings[0].confidence == "high"


def test_a_pool_that_one_thread_cannot_fill_is_less_certain(read: Read) -> None:
    deployment, _ = read({"compose.yaml": web("    healthcheck: {test: 'true'}\n", 3, "gunicorn -w 4 app:app")})
    lazy = engine(kind="sqlalchemy", driver="psycopg2", pool_size=fixed(15, CODE, "15"), prepares=False)
    findings, _ = reports(DeploymentFacts(deployment=deployment, engines=(lazy,)))
    assert [(finding.code, finding.confidence) for finding in findings] == [("SL0903", "medium")]
    assert findings[0].notes[-1].startswith("Workers of one thread need one connection at a time")


def test_a_budget_that_holds_or_cannot_be_known_is_evidence(read: Read) -> None:
    deployment, _ = read({"compose.yaml": web("    healthcheck: {test: 'true'}\n", 3, "gunicorn -w 4 app:app")})
    findings, evidence = reports(DeploymentFacts(deployment=deployment, engines=(engine(),)))
    assert findings == []
    assert [(each.item, each.kind, each.path, each.line, each.text) for each in evidence] == [
        ("database", "pass", "compose.yaml", 5, "the pools fit: 4 x 4 workers x 3 instances = 48 <= 97 (max_connections 100 - 3 reserved)")
    ]
    deployment, _ = read({"compose.yaml": web(replicas=None, command="gunicorn -w 4 app:app")})
    _, evidence = reports(DeploymentFacts(deployment=deployment, engines=(engine(),)))
    assert [(each.kind, each.text) for each in evidence] == [
        (
            "unknown",
            "whether the pools fit is not known: the compose file does not say how many replicas run; as they are they fit 6 instances",
        )
    ]


POOLED = """
services:
  web:
    image: registry.example.com/shop/web
    command: uvicorn app:app
    environment: {{DATABASE_URL: "postgresql://shop@{host}/shop"}}
  bouncer:
    image: {image}
    environment: {{POOL_MODE: {mode}{more}}}
"""


@pytest.mark.parametrize(
    ("image", "mode", "more", "host", "prepares", "expected"),
    [
        ("edoburu/pgbouncer:1.22.1", "transaction", "", "bouncer:6432", True, ["high"]),
        ("edoburu/pgbouncer:latest", "transaction", "", "bouncer:6432", True, ["medium"]),
        ("edoburu/pgbouncer:v1.24.0", "transaction", "", "bouncer:6432", True, []),
        ("edoburu/pgbouncer:v1.24.0", "transaction", ", MAX_PREPARED_STATEMENTS: '0'", "bouncer:6432", True, ["high"]),
        ("edoburu/pgbouncer:1.22.1", "transaction", ", MAX_PREPARED_STATEMENTS: '100'", "bouncer:6432", True, []),
        ("edoburu/pgbouncer:1.22.1", "session", "", "bouncer:6432", True, []),
        ("edoburu/pgbouncer:1.22.1", "transaction", "", "bouncer:6432", False, []),
        ("edoburu/pgbouncer:1.22.1", "transaction", "", "postgres:5432", True, []),
    ],
)
def test_prepared_statements_behind_a_pooler(
    image: str, mode: str, more: str, host: str, *, prepares: bool, expected: list[str], read: Read
) -> None:
    deployment, _ = read({"compose.yaml": POOLED.format(image=image, mode=mode, more=more, host=host)})
    findings, _ = reports(DeploymentFacts(deployment=deployment, engines=(engine(prepares=prepares),)))
    assert [finding.confidence for finding in findings if finding.code == "SL0905"] == expected


def test_a_pooler_that_is_perhaps_not_used_is_a_note(read: Read) -> None:
    text = POOLED.format(image="edoburu/pgbouncer:latest", mode="transaction", more="", host="bouncer")
    deployment, _ = read({"compose.yaml": text.replace("DATABASE_URL", "LOG_URL")})
    findings, _ = reports(DeploymentFacts(deployment=deployment, engines=(engine(prepares=True),)))
    assert [(finding.severity, finding.confidence) for finding in findings if finding.code == "SL0905"] == [("note", "low")]


def test_session_features_behind_a_pooler(read: Read) -> None:
    deployment, _ = read(
        {"compose.yaml": POOLED.format(image="edoburu/pgbouncer:1.24.0", mode="transaction", more="", host="bouncer:6432")}
    )
    listening = engine(prepares=False, session_features=(SourceRange("shop/listen.py", 4),))
    findings, _ = reports(DeploymentFacts(deployment=deployment, engines=(listening,)))
    assert shown(findings) == ["SL0905 warning shop/db.py:5 `engine` needs the same connection again, and bouncer pools transactions"]
    assert findings[0].spans[0].path == "shop/listen.py"


def test_every_message_is_filled_in(read: Read) -> None:
    deployment, _ = read({"compose.yaml": web(replicas=3)})
    findings, _ = reports(DeploymentFacts(deployment=deployment, engines=(engine(pool_size=fixed(-1, CODE, "no limit")),)))
    assert {finding.code for finding in findings} == {"SL0603", "SL0903"}
    assert not any("{" in finding.message or not finding.hint for finding in findings)


# -- the comparison of paths


@pytest.mark.parametrize(
    ("pattern", "path", "answer"),
    [
        ("/a/<int:pk>/b", "/a/4/b", "yes"),
        ("/a/(?P<pk>[0-9]+)/b", "/a/4/b", "yes"),
        ("^a/(?P<pk>[^/]+)/$", "/a/x", "yes"),
        ("/a/:pk", "/a/x", "yes"),
        ("/a/{rest:path}", "/a/x/y/z", "yes"),
        ("/a/<path:rest>", "/a/x/y", "yes"),
        ("/a/{pk:int}", "/a/x/y", "no"),
        ("/static/*", "/static/app.css", "yes"),
        ("/a", "/b", "no"),
        ("/a", "/a/b", "no"),
        ("", "/", "yes"),
        ("/Health", "/health", "no"),
    ],
)
def test_patterns(pattern: str, path: str, answer: str) -> None:
    assert answering([route(pattern)], path)[0] == answer


def test_the_most_specific_route_answers() -> None:
    routes = [route("/{anything:path}", handler="spa"), route("/{name}", handler="page"), route("/healthz", handler="health")]
    found = answering(routes, "/healthz")[1]
    assert found is not None
    assert found.handler == "health"
    assert is_catch_all(routes[0])
    assert nearest([route("/about"), route("/api/healthz")], "/healthz") == route("/api/healthz")


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_pattern_breaks_the_comparison(pattern: str, path: str) -> None:
    assert answering([route(pattern)], path)[0] in ("yes", "no")
    assert all(segments(pattern))
