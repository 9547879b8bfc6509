"""A golden project for each kind of file: what is read of it, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.deploy.model import Deployment, Factor, Process
    from statelint.model import Diagnostic

    Read = Callable[[Mapping[str, str]], tuple[Deployment, tuple[Diagnostic, ...]]]


def number(factor: Factor) -> str:
    if factor.value is not None:
        return f"{factor.value}@{factor.path}:{factor.line}"
    bounds = f"{factor.min if factor.min is not None else ''}-{factor.max if factor.max is not None else ''}"
    return f"{bounds}@{factor.path}:{factor.line}"


def line(process: Process) -> str:
    return (
        f"{process.target} | {process.name} | {process.kind} {process.server} {process.app}".rstrip()
        + f" | workers {number(process.workers)} | instances {number(process.instances)}"
    )


def extras(deployment: Deployment) -> list[str]:
    """Probes, volumes, jobs, databases, poolers, services, affinities."""
    found = []
    for process in deployment.processes:
        for probe in process.probes:
            asked = probe.path if probe.path is not None else probe.command
            found.append(f"probe {process.name} {probe.kind} {asked} port {probe.port} {probe.place.path}:{probe.place.line}")
        found += [
            f"volume {process.name} {volume.mount} {volume.kind} {volume.place.path}:{volume.place.line}" for volume in process.volumes
        ]
        found += [f"before {process.name} {step}" for step in process.startup]
    found += [f"job {job.name} {job.schedule} {job.place.path}:{job.place.line}" for job in deployment.jobs]
    for database in deployment.databases:
        limit = number(database.max_connections) if database.max_connections is not None else "default"
        found.append(f"database {database.name} {database.kind} {limit}")
    found += [f"pooler {pooler.name} {pooler.mode or '?'} {pooler.image}".rstrip() for pooler in deployment.poolers]
    found += [f"service {service.name} {service.kind}" for service in deployment.services]
    found += [f"affinity {affinity.text} {affinity.place.path}:{affinity.place.line}" for affinity in deployment.affinities]
    return found


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "dockerfile, last command of the last stage": (
        {
            "Dockerfile": """
                FROM python:3.13 AS build
                CMD ["gunicorn", "-w", "9", "old:app"]

                FROM python:3.13-slim
                ENV WEB_CONCURRENCY=3 \\
                    # a comment within
                    PORT=8000
                WORKDIR /app
                VOLUME ["/data"]
                EXPOSE 8000
                HEALTHCHECK --interval=5s CMD curl -fs http://localhost:${PORT}/healthz || exit 1
                CMD gunicorn -b 0.0.0.0:$PORT \\
                    shop.wsgi:application
            """,
        },
        [
            "docker Dockerfile | image | web gunicorn shop.wsgi:application | workers 3@Dockerfile:5 | instances 1-@Dockerfile:12",
            "probe image healthcheck /healthz port 8000 Dockerfile:11",
            "volume image /data anonymous Dockerfile:9",
        ],
    ),
    "dockerfile, services of runit": (
        {
            "Dockerfile": """
                FROM python:3.13-slim
                COPY root /
                ENTRYPOINT ["/sbin/runit"]
            """,
            "root/sv/web/run": """
                #!/command/with-contenv bash
                exec s6-setuidgid shop gunicorn -w 3 shop.wsgi
            """,
            "root/sv/clock/run": """
                #!/command/with-contenv bash
                if [ -n "$PLAIN" ]; then
                  exec celery -A shop beat
                else
                  exec s6-setuidgid shop celery -A shop beat
                fi
            """,
            "root/sv/web/notes": "gunicorn -w 9 other.wsgi",
        },
        [
            "docker Dockerfile | image: celery beat | beat celery shop | workers 1@root/sv/clock/run:3 | instances 1-@Dockerfile:3",
            "docker Dockerfile | image: gunicorn web | web gunicorn shop.wsgi | workers 3@root/sv/web/run:2 | instances 1-@Dockerfile:3",
        ],
    ),
    "dockerfile, entry point with a script of the project": (
        {
            "Dockerfile": """
                FROM python:3.13-slim
                COPY docker/start.sh /usr/local/bin/start.sh
                ENTRYPOINT ["/usr/local/bin/start.sh"]
                CMD ["server"]
            """,
            "docker/start.sh": """
                #!/bin/bash
                set -e
                worker() {
                  exec celery -A shop worker --concurrency 2
                }
                server() {
                  python manage.py migrate --noinput
                  : "${WORKERS:=6}"
                  exec gunicorn -w "$WORKERS" --threads 4 shop.wsgi
                }
                case "$1" in
                  server) shift; server "$@" ;;
                  worker) worker ;;
                  *) exec "$@" ;;
                esac
            """,
        },
        [
            "docker Dockerfile | image | web gunicorn shop.wsgi | workers 6@docker/start.sh:9 | instances 1-@Dockerfile:4",
            "before image python manage.py migrate --noinput",
        ],
    ),
    "a script that starts one of two servers": (
        {
            "Dockerfile": 'FROM python:3.13\nCOPY start.sh /start.sh\nCMD ["/start.sh"]\n',
            "start.sh": """
                #!/bin/sh
                if [ "$LIVE" = 1 ]; then
                  exec gunicorn -w 2 app:app
                else
                  exec flask run
                fi
            """,
        },
        ["docker Dockerfile | image | web gunicorn app:app | workers 2@start.sh:3 | instances 1-@Dockerfile:3"],
    ),
    "an entry point that hands over to the script that compose names": (
        {
            "compose/django/Dockerfile": """
                FROM docker.io/python:3.13-slim AS python
                FROM python AS run
                COPY ./compose/django/entrypoint /entrypoint
                COPY --chown=django:django ./compose/django/start /start
                COPY ./compose/beat/start /start-celerybeat
                ENTRYPOINT ["/entrypoint"]
            """,
            "compose/django/entrypoint": """
                #!/bin/bash
                set -o errexit
                export CELERY_BROKER_URL="${REDIS_URL}"
                wait-for-it "${POSTGRES_HOST}:${POSTGRES_PORT}" -t 30
                exec "$@"
            """,
            "compose/django/start": """
                #!/bin/bash
                python /app/manage.py collectstatic --noinput
                exec /usr/local/bin/gunicorn config.wsgi --bind 0.0.0.0:5000 --chdir=/app
            """,
            "compose/beat/start": """
                #!/bin/bash
                exec celery -A config.celery beat -l INFO
            """,
            "production.yml": """
                services:
                  django: &django
                    build:
                      context: .
                      dockerfile: ./compose/django/Dockerfile
                    env_file: [./.envs/.production/.django]
                    command: /start
                  beat:
                    <<: *django
                    command: /start-celerybeat
            """,
        },
        [
            "compose production.yml | django | web gunicorn config.wsgi | workers 1@compose/django/start:3 | instances 1-@production.yml:2",
            "compose production.yml | beat | beat celery config.celery | workers 1@compose/beat/start:2 | instances 1-@production.yml:8",
            "before django python /app/manage.py collectstatic --noinput",
        ],
    ),
    "dockerfile that compose builds at a stage": (
        {
            "app/Dockerfile.prod": """
                FROM python:3.13 AS web
                CMD ["uvicorn", "main:app", "--workers", "2"]
                FROM web AS worker
                CMD ["arq", "main.Settings"]
            """,
            "compose.yaml": """
                services:
                  web:
                    build: {context: app, dockerfile: Dockerfile.prod, target: web}
                    scale: 4
                  jobs:
                    build: {context: app, dockerfile: Dockerfile.prod}
            """,
        },
        [
            "compose compose.yaml | web | web uvicorn main:app | workers 2@app/Dockerfile.prod:2 | instances 4@compose.yaml:4",
            "compose compose.yaml | jobs | worker arq main.Settings | workers 1@app/Dockerfile.prod:4 | instances 1-@compose.yaml:5",
        ],
    ),
    "compose with anchors, an override, placeholders and a file of variables": (
        {
            ".env": "WORKERS=5\nSECRET_KEY=hush\n",
            "compose.yaml": """
                x-base: &base
                  image: registry.example.com/shop/web
                  environment: &env
                    DATABASE_URL: postgresql://shop:pw@pgbouncer:6432/shop
                services:
                  web:
                    <<: *base
                    command: gunicorn -w ${WORKERS:-2} shop:app
                    ports: ["8080:8000"]
                    volumes:
                      - uploads:/srv/uploads
                      - ./static:/srv/static:ro
                  db:
                    image: postgres:17
                    command: postgres -c max_connections=250 -c superuser_reserved_connections=5
                  pgbouncer:
                    image: edoburu/pgbouncer:1.23.1
                    environment: {POOL_MODE: transaction}
                  cache:
                    image: redis:7
                volumes:
                  uploads:
                    driver_opts: {type: nfs, o: addr=10.0.0.1, device: ":/uploads"}
            """,
            "compose.override.yaml": """
                services:
                  web:
                    deploy: {replicas: 3}
                    healthcheck: {test: [CMD, curl, -f, "http://localhost:8000/ping"]}
            """,
        },
        [
            "compose compose.yaml | web | web gunicorn shop:app | workers 5@compose.yaml:8 | instances 3@compose.override.yaml:3",
            "probe web healthcheck /ping port 8000 compose.override.yaml:4",
            "volume web /srv/uploads shared compose.yaml:11",
            "volume web /srv/static bind compose.yaml:12",
            "database db postgresql 250@compose.yaml:15",
            "pooler pgbouncer transaction edoburu/pgbouncer:1.23.1",
            "service db database",
            "service pgbouncer pooler",
            "service cache cache",
        ],
    ),
    "compose that extends a service of another file": (
        {
            "common/base.yaml": """
                services:
                  app:
                    image: registry.example.com/shop/web
                    command: gunicorn -w 2 shop:app
                    deploy: {replicas: 2}
            """,
            "compose.yaml": """
                services:
                  web:
                    extends: {file: common/base.yaml, service: app}
                    deploy: {replicas: 6}
            """,
            "compose.dev.yaml": """
                services:
                  web:
                    command: flask run
            """,
        },
        [
            "compose common/base.yaml | app | web gunicorn shop:app | workers 2@common/base.yaml:4 | instances 2@common/base.yaml:5",
            "compose compose.dev.yaml | web | web flask | workers 1@compose.dev.yaml:3 | instances 6@compose.yaml:4",
            "compose compose.yaml | web | web gunicorn shop:app | workers 2@common/base.yaml:4 | instances 6@compose.yaml:4",
        ],
    ),
    "kubernetes with an autoscaler, a config map, claims and probes": (
        {
            "k8s/all.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings}
                data:
                  WEB_CONCURRENCY: "3"
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: media}
                spec:
                  accessModes: [ReadWriteOnce]
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: shop
                spec:
                  replicas: 2
                  strategy:
                    rollingUpdate: {maxSurge: 1}
                  template:
                    metadata:
                      labels: {app: shop}
                    spec:
                      initContainers:
                        - name: migrate
                          command: [python, manage.py, migrate]
                      containers:
                        - name: web
                          image: registry.example.com/shop/web:1
                          command: [gunicorn, "-b", ":8000", shop.wsgi]
                          envFrom: [{configMapRef: {name: settings}}]
                          ports: [{name: http, containerPort: 8000}]
                          livenessProbe:
                            httpGet: {path: /livez, port: http}
                          readinessProbe:
                            exec:
                              command: [curl, "http://localhost:8000/readyz?full=1"]
                          volumeMounts:
                            - {name: media, mountPath: /media}
                            - {name: scratch, mountPath: /scratch}
                            - {name: settings, mountPath: /etc/settings}
                      volumes:
                        - {name: media, persistentVolumeClaim: {claimName: media}}
                        - {name: scratch, emptyDir: {}}
                        - {name: settings, configMap: {name: settings}}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: shop}
                spec:
                  selector: {app: shop}
                  sessionAffinity: ClientIP
                ---
                apiVersion: autoscaling/v2
                kind: HorizontalPodAutoscaler
                metadata: {name: shop}
                spec:
                  scaleTargetRef: {kind: Deployment, name: shop}
                  maxReplicas: 9
                ---
                apiVersion: batch/v1
                kind: CronJob
                metadata: {name: nightly}
                spec:
                  schedule: "0 3 * * *"
                  jobTemplate:
                    spec:
                      template:
                        spec:
                          containers: [{name: job, image: x/y, command: [python, manage.py, clean]}]
            """,
        },
        [
            "kubernetes k8s | shop | web gunicorn shop.wsgi | workers 3@k8s/all.yaml:5 | instances 1-9@k8s/all.yaml:60",
            "probe shop liveness /livez port 8000 k8s/all.yaml:35",
            "probe shop readiness /readyz port 8000 k8s/all.yaml:36",
            "volume shop /media pvc-rwo k8s/all.yaml:40",
            "volume shop /scratch emptyDir k8s/all.yaml:41",
            "before shop python manage.py migrate",
            "job nightly 0 3 * * * k8s/all.yaml:66",
            "affinity sessionAffinity: ClientIP k8s/all.yaml:53",
        ],
    ),
    "kustomize lays counts and patches over a base": (
        {
            "k/base/kustomization.yaml": "resources: [web.yaml]\n",
            "k/base/web.yaml": """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  replicas: 1
                  template:
                    spec:
                      containers:
                        - name: web
                          image: registry.example.com/shop/web
                          command: [uvicorn, "app:app"]
            """,
            "k/live/kustomization.yaml": """
                resources: [../base]
                replicas:
                  - name: web
                    count: 7
                patches:
                  - path: workers.yaml
            """,
            "k/live/workers.yaml": """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  template:
                    spec:
                      containers:
                        - name: web
                          command: [uvicorn, "app:app", --workers, "2"]
            """,
        },
        ["kubernetes k/live | web | web uvicorn app:app | workers 2@k/live/workers.yaml:9 | instances 7@k/live/kustomization.yaml:4"],
    ),
    "a chart's values, its templates left alone": (
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: shop\n",
            "chart/values.yaml": """
                replicaCount: 2
                image: {repository: registry.example.com/shop/web}
                args: [gunicorn, -w, "3", "shop:app"]
                service: {port: 80}
                autoscaling: {enabled: true, minReplicas: 2, maxReplicas: 11}
                worker:
                  replicas: 4
                  command: [celery, -A, shop, worker, -c, "2"]
                postgresql:
                  replicaCount: 1
            """,
            "chart/templates/web.yaml": "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: {{ .Values.replicaCount }}\n",
        },
        [
            "helm chart/values.yaml | chart | web gunicorn shop:app | workers 3@chart/values.yaml:3 | instances 2-11@chart/values.yaml:5",
            "helm chart/values.yaml | worker | worker celery shop | workers 2@chart/values.yaml:8 | instances 4@chart/values.yaml:7",
            "diagnostic chart/templates/web.yaml: 1 Helm template is not read, only rendered manifests can be; chart/values.yaml is used",
        ],
    ),
    "cloud run": (
        {
            "service.yaml": """
                apiVersion: serving.knative.dev/v1
                kind: Service
                metadata: {name: shop}
                spec:
                  template:
                    metadata:
                      annotations:
                        autoscaling.knative.dev/maxScale: "20"
                        run.googleapis.com/sessionAffinity: "true"
                    spec:
                      containers:
                        - image: registry.example.com/shop
                          command: [uvicorn, "app:app"]
            """,
        },
        [
            "kubernetes service.yaml | shop | web uvicorn app:app | workers 1@service.yaml:13 | instances 0-20@service.yaml:8",
            "affinity run.googleapis.com/sessionAffinity: true service.yaml:9",
        ],
    ),
    "procfile with app.json": (
        {
            "Procfile": """
                release: python manage.py migrate
                web: newrelic-admin run-program gunicorn --workers=$WEB_CONCURRENCY shop.wsgi
                worker: celery -A shop worker --autoscale=8,2
                clock: python manage.py rqscheduler
            """,
            "app.json": """
                {
                \t"env": {"WEB_CONCURRENCY": {"value": "4"}},
                \t"formation": {"web": {"quantity": 2, "size": "standard-1x"}}
                }
            """,
        },
        [
            "procfile Procfile | release | release migrate | workers 1@Procfile:1 | instances 1-@Procfile:1",
            "procfile Procfile | web | web gunicorn shop.wsgi | workers 4@Procfile:2 | instances 2@app.json:3",
            "procfile Procfile | worker | worker celery shop | workers 2-8@Procfile:3 | instances 1-@Procfile:3",
            "procfile Procfile | clock | scheduler rqscheduler | workers 1@Procfile:4 | instances 1-@Procfile:4",
        ],
    ),
    "heroku.yml": (
        {
            "Dockerfile": 'FROM python:3.13\nCMD ["hypercorn", "-w", "2", "app:app"]\n',
            "heroku.yml": """
                build:
                  docker:
                    web: Dockerfile
                run:
                  worker:
                    command: [rq worker high]
                    image: web
                release:
                  command: [alembic upgrade head]
            """,
        },
        [
            "heroku heroku.yml | web | web hypercorn app:app | workers 2@Dockerfile:2 | instances 1-@heroku.yml:3",
            "heroku heroku.yml | worker | worker rq | workers 1@heroku.yml:5 | instances 1-@heroku.yml:5",
            "heroku heroku.yml | release | release alembic | workers 1@heroku.yml:8 | instances 1@heroku.yml:8",
        ],
    ),
    "gunicorn.conf.py is read for the command that uses it": (
        {
            "Procfile": "web: gunicorn -c conf/gunicorn.conf.py shop.wsgi\n",
            "conf/gunicorn.conf.py": """
                import multiprocessing
                import os

                workers = int(os.environ.get("WORKERS", multiprocessing.cpu_count() * 2 + 1))
                threads = 4
                bind = "0.0.0.0:9000"
            """,
        },
        ["procfile Procfile | web | web gunicorn shop.wsgi | workers 3-@conf/gunicorn.conf.py:4 | instances 1-@Procfile:1"],
    ),
    "uwsgi": (
        {
            "uwsgi.ini": """
                [uwsgi]
                module = shop.wsgi:application
                processes = 8
                cheaper = 2
                threads = 2
            """,
        },
        ["uwsgi uwsgi.ini | uwsgi | web uwsgi shop.wsgi:application | workers 2-8@uwsgi.ini:3 | instances 1-@uwsgi.ini:1"],
    ),
    "supervisord starts two programs in one container": (
        {
            "Dockerfile": 'FROM python:3.13\nCOPY ops/supervisord.conf /srv/s.conf\nCMD ["supervisord", "-c", "/srv/s.conf"]\n',
            "ops/supervisord.conf": """
                [program:web]
                command=uvicorn app:app
                    --port 8000
                numprocs=3
                process_name=%(program_name)s_%(process_num)02d

                [program:beat]
                command=celery -A app beat
            """,
        },
        [
            "docker Dockerfile | image | web uvicorn app:app | workers 3@ops/supervisord.conf:2 | instances 1-@Dockerfile:3",
            "docker Dockerfile | image: celery beat | beat celery app | workers 1@ops/supervisord.conf:8 | instances 1-@Dockerfile:3",
        ],
    ),
    "systemd units and a timer": (
        {
            "ops/shop.service": """
                [Service]
                Environment=WEB_CONCURRENCY=4 MODE=live
                ExecStartPre=/usr/bin/true
                ExecStart=/srv/venv/bin/gunicorn \\
                    --bind unix:/run/shop.sock shop.wsgi
            """,
            "ops/clean.service": "[Service]\nType=oneshot\nExecStart=/srv/venv/bin/python manage.py clean\n",
            "ops/clean.timer": "[Timer]\nOnCalendar=daily\n",
        },
        [
            "systemd ops/shop.service | shop | web gunicorn shop.wsgi | workers 4@ops/shop.service:2 | instances 1-@ops/shop.service:4",
            "before shop /usr/bin/true",
            "job clean.service daily ops/clean.timer:2",
        ],
    ),
    "fly.toml": (
        {
            "fly.toml": """
                app = "shop"
                [env]
                WEB_CONCURRENCY = "2"
                [processes]
                web = "gunicorn shop:app"
                worker = "celery -A shop worker -B"
                [deploy]
                release_command = "alembic upgrade head"
                [http_service]
                internal_port = 8080
                min_machines_running = 2
                processes = ["web"]
                [[http_service.checks]]
                path = "/healthz"
                [[mounts]]
                source = "data"
                destination = "/data"
                processes = ["web"]
            """,
        },
        [
            "fly fly.toml | web | web gunicorn shop:app | workers 2@fly.toml:3 | instances 2-@fly.toml:11",
            "fly fly.toml | worker | worker celery shop | workers 1-@fly.toml:6 | instances 1-@fly.toml:6",
            "fly fly.toml | release | release alembic | workers 1@fly.toml:8 | instances 1@fly.toml:8",
            "probe web readiness /healthz port None fly.toml:14",
            "volume web /data disk fly.toml:17",
        ],
    ),
    "render.yaml": (
        {
            "render.yaml": """
                services:
                  - type: web
                    name: shop
                    runtime: python
                    startCommand: gunicorn -w 2 shop:app
                    preDeployCommand: flask db upgrade
                    scaling: {minInstances: 1, maxInstances: 5}
                    healthCheckPath: /healthz
                    disk: {name: data, mountPath: /data, sizeGB: 1}
                  - type: cron
                    name: nightly
                    schedule: "0 2 * * *"
                    startCommand: python clean.py
                databases:
                  - name: shopdb
            """,
        },
        [
            "render render.yaml | shop release | release flask | workers 1@render.yaml:6 | instances 1@render.yaml:6",
            "render render.yaml | shop | web gunicorn shop:app | workers 2@render.yaml:5 | instances 1-5@render.yaml:7",
            "probe shop readiness /healthz port None render.yaml:8",
            "volume shop /data disk render.yaml:9",
            "job nightly 0 2 * * * render.yaml:12",
            "database shopdb postgresql default",
        ],
    ),
    "railway": (
        {
            "railway.json": """
                {"deploy": {"startCommand": "hypercorn app:app -w 3",
                            "numReplicas": 2,
                            "healthcheckPath": "/health"}}
            """,
        },
        [
            "railway railway.json | web | web hypercorn app:app | workers 3@railway.json:1 | instances 2@railway.json:2",
            "probe web readiness /health port None railway.json:3",
        ],
    ),
    "app engine": (
        {
            "app.yaml": """
                runtime: python
                env: flex
                entrypoint: gunicorn -b :$PORT main:app
                automatic_scaling:
                  min_num_instances: 2
                  max_num_instances: 6
                liveness_check: {path: /livez}
                network: {session_affinity: true}
            """,
            "cron.yaml": """
                cron:
                  - description: nightly
                    url: /tasks/nightly
                    schedule: every 24 hours
            """,
        },
        [
            "app-yaml app.yaml | default | web gunicorn main:app | workers 1@app.yaml:3 | instances 2-6@app.yaml:6",
            "probe default liveness /livez port None app.yaml:7",
            "job nightly every 24 hours cron.yaml:2",
            "affinity session_affinity: true app.yaml:8",
        ],
    ),
    "proxies, pooler and database files": (
        {
            "etc/nginx.conf": "upstream app {\n    ip_hash;\n    server a:80;\n}\n",
            "etc/haproxy.cfg": "backend app\n    balance source\n    server a 10.0.0.1:80\n",
            "etc/pgbouncer.ini": "[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 15 ; a comment\n",
            "etc/postgresql.conf": "# max_connections = 10\nmax_connections = 300\t# (change requires restart)\n",
        },
        [
            "database postgresql postgresql 300@etc/postgresql.conf:2",
            "pooler pgbouncer transaction",
            "affinity ip_hash etc/nginx.conf:2",
            "affinity balance source etc/haproxy.cfg:2",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_read(name: str, read: Read) -> None:
    files, expected = CASES[name]
    deployment, diagnostics = read(files)
    found = [line(process) for process in deployment.processes] + extras(deployment)
    found += [f"diagnostic {diagnostic.path}: {diagnostic.message}" for diagnostic in diagnostics]
    assert found == expected


def test_every_process_is_told_apart(read: Read) -> None:
    files = {f"{index}/{name}": text for index, (case, _) in enumerate(CASES.values()) for name, text in case.items()}
    deployment, _ = read(files)
    assert len(deployment.processes) > 25
    assert len({(process.target, process.name) for process in deployment.processes}) == len(deployment.processes)


def test_secrets_are_known_by_name_only(read: Read) -> None:
    deployment, _ = read(
        {
            ".env": "API_TOKEN=abc\nDB_PASSWORD=abc\nPAGE_SIZE=20\nDATABASE_URL=postgres://shop:abc@db:5432/shop\n",
            "compose.yaml": "services:\n  web:\n    image: a/b\n    command: gunicorn app:app\n    env_file: .env\n",
        }
    )
    env = deployment.processes[0].env
    assert {name: value.value for name, value in env.items()} == {
        "API_TOKEN": None,
        "DB_PASSWORD": None,
        "PAGE_SIZE": "20",
        "DATABASE_URL": "postgres://***@db:5432/shop",
    }
    assert env["API_TOKEN"].secret
    assert (env["PAGE_SIZE"].path, env["PAGE_SIZE"].line) == (".env", 3)
    assert "abc" not in repr(deployment)


def test_a_file_for_developers_is_marked(read: Read) -> None:
    text = "services:\n  web:\n    image: a/b\n    command: gunicorn app:app\n"
    deployment, _ = read({"docker-compose.dev.yml": text, "live/compose.yaml": text, "examples/compose.yaml": text})
    assert {process.target: process.stage for process in deployment.processes} == {
        "compose docker-compose.dev.yml": "development",
        "compose examples/compose.yaml": "development",
        "compose live/compose.yaml": "production",
    }
