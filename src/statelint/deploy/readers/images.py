"""What a container image is, by its name: a database, a pooler, a proxy, or perhaps the program itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from statelint.deploy.model import Database, Factor, Pooler, Service, SourceRange, fixed, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statelint.deploy.model import EnvValue

Kind = Literal["database", "cache", "queue", "proxy", "object-storage", "pooler", "search", "other"]

_KINDS: Final[dict[Kind, tuple[str, ...]]] = {
    "pooler": ("pgbouncer", "pgcat", "odyssey", "supavisor", "pgpool", "proxysql", "maxscale"),
    "other": (
        "postgres-exporter", "postgres_exporter", "redis-exporter", "redis_exporter", "pgadmin", "postgrest", "postgres-backup",
        "pg-backup", "mysqld-exporter", "redisinsight", "redis-commander", "nginx-exporter", "nginx-prometheus", "mongo-express", "node",
        "busybox", "alpine", "curl", "mailhog", "mailpit", "maildev", "adminer", "phpmyadmin", "flower", "prometheus", "grafana", "loki",
        "jaeger", "zipkin", "opentelemetry-collector", "otel", "cadvisor", "watchtower", "certbot", "selenium", "browserless", "ollama",
        "keycloak", "vault", "consul", "statsd", "gotenberg", "tika",
    ),
    "database": (
        "postgres", "postgresql", "postgis", "timescaledb", "pgvector", "cockroach", "citus", "alloydb", "mysql", "mariadb", "percona",
        "mongo", "mongodb", "cassandra", "clickhouse", "neo4j", "mssql",
    ),
    "cache": ("redis", "valkey", "keydb", "dragonfly", "memcached"),
    "queue": ("rabbitmq", "kafka", "nats", "activemq", "redpanda", "zookeeper", "mosquitto", "pulsar", "elasticmq"),
    "object-storage": ("minio", "localstack", "seaweedfs", "azurite", "garage", "fake-gcs-server"),
    "search": ("elasticsearch", "opensearch", "meilisearch", "typesense", "solr", "qdrant", "weaviate", "milvus", "chroma"),
    "proxy": ("nginx", "traefik", "caddy", "haproxy", "envoy", "httpd", "cloudflared", "oauth2-proxy", "varnish", "kong"),
}  # fmt: skip
_FOLLOWS: Final = re.compile(r"[-_.0-9]|$")
_SETTING: Final = re.compile(r"(?:--|-c[ \t]*)?max[_-]connections[ \t]*[=: \t][ \t]*'?\"?([0-9]{1,6})\b|(?:^|\s)-N[ \t]*([0-9]{1,6})\b")
_RESERVED: Final = re.compile(r"superuser_reserved_connections[ \t]*[=:][ \t]*'?([0-9]{1,5})\b")
_INITIALISED: Final = frozenset({"POSTGRES_HOST_AUTH_METHOD", "POSTGRES_INITDB_ARGS", "PGDATA"})
"""Variables that the official PostgreSQL image and those built on it read, and no client does."""
_MODES: Final[dict[str, Literal["session", "transaction", "statement"]]] = {
    "session": "session",
    "transaction": "transaction",
    "statement": "statement",
}


def image_kind(image: str) -> Kind | None:
    """Return the kind of a well-known image; None for any other, which may be the project's own."""
    name = image.lower().partition("@")[0].rpartition("/")[2].partition(":")[0]
    matches = [
        (word, kind) for kind, words in _KINDS.items() for word in words if name.startswith(word) and _FOLLOWS.match(name, len(word))
    ]
    # The longest word decides: `postgres-exporter` is no database.
    return max(matches, key=lambda match: len(match[0]))[1] if matches else None


def database_of(
    name: str, image: str, command: Sequence[tuple[str, SourceRange]], *, env: Mapping[str, EnvValue], target: str, place: SourceRange
) -> Database | None:
    """Return the database server that an image is, with the limits its command or environment sets; None when it is no SQL server."""
    lowered = image.lower()
    mysql = any(word in lowered for word in ("mysql", "mariadb", "percona"))
    known = any(word in lowered for word in ("postgres", "postgis", "timescale", "pgvector", "citus"))
    if not mysql and not known and not env.keys() & _INITIALISED:
        return None
    limit = reserved = None
    for text, where in command:
        if match := _SETTING.search(text):
            number = int(match[1] or match[2])
            limit = fixed(number, where, f"max_connections={number}")
        if match := _RESERVED.search(text):
            reserved = fixed(int(match[1]), where, f"superuser_reserved_connections={match[1]}")
    for key in (
        "POSTGRESQL_MAX_CONNECTIONS",
        "POSTGRES_MAX_CONNECTIONS",
        "MYSQL_MAX_CONNECTIONS",
        "MARIADB_MAX_CONNECTIONS",
        "MAX_CONNECTIONS",
    ):
        limit = limit or env_number(env, key)
    return Database(name, "mysql" if mysql else "postgresql", limit, reserved, target, place)


def env_number(env: Mapping[str, EnvValue], *names: str) -> Factor | None:
    """Return the number that the first of these variables gives; None when none is set."""
    for name in names:
        given = env.get(name)
        if given is not None:
            place = SourceRange(given.path, given.line)
            if given.value is not None and given.value.isdecimal() and len(given.value) < 7:
                return fixed(int(given.value), place, f"{name}={given.value}")
            return unknown(place, f"{name} is set at run time", None)
    return None


def pooler_of(name: str, image: str, env: Mapping[str, EnvValue], instances: Factor, *, target: str, place: SourceRange) -> Pooler:
    """Return the pooler that an image is, as its environment sets it up."""
    keys = {key.removeprefix("PGBOUNCER_").upper(): key for key in env}

    def of(*names: str) -> Factor | None:
        return env_number(env, *(keys[name] for name in names if name in keys))

    mode = env[keys["POOL_MODE"]].value if "POOL_MODE" in keys else None
    return Pooler(
        name,
        _MODES.get((mode or "").lower(), ""),
        of("DEFAULT_POOL_SIZE", "POOL_SIZE"),
        of("MAX_CLIENT_CONN", "MAX_CLIENT_CONNECTIONS"),
        of("MAX_PREPARED_STATEMENTS"),
        instances,
        target,
        place,
        image,
    )


def pool_mode(text: str) -> Literal["session", "transaction", "statement", ""]:
    """Return PgBouncer's pool mode as named in a file."""
    return _MODES.get(text.strip().lower(), "")


def service_of(name: str, image: str, env: Mapping[str, EnvValue], target: str, place: SourceRange) -> Service | None:
    """Return what a well-known image is for; one that is set up as PostgreSQL's is a database under any name."""
    kind = image_kind(image)
    if kind is None and env.keys() & _INITIALISED:
        kind = "database"
    return Service(name, kind, image, target, place) if kind is not None else None
