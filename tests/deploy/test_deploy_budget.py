"""The connection budget: sums that exceed, hold, or cannot be known, worked out by hand beside each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statelint.config import Scaling
from statelint.deploy.model import Deployment, Process, SourceRange, between, fixed, unknown
from statelint.sizing.budget import Budget, budget
from statelint.sizing.engines import UNLIMITED, Engine, default_for, driver_defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from statelint.deploy.model import Factor
    from statelint.model import Diagnostic

    Read = Callable[[Mapping[str, str]], tuple[Deployment, tuple[Diagnostic, ...]]]

CODE = SourceRange("shop/db.py", 5, 10, 40)
FILE = SourceRange("compose.yaml", 3)


def engine(pool: int | None = 5, overflow: int = 10, **more: Any) -> Engine:
    size = unknown(CODE, "DB_POOL_SIZE is set by no deployment file", 0) if pool is None else fixed(pool, CODE, f"pool_size={pool}")
    values: dict[str, Any] = {"name": "engine", "driver": "psycopg2", "kind": "sqlalchemy", "place": CODE, "pool_size": size}
    return Engine(**(values | {"max_overflow": fixed(overflow, CODE, f"max_overflow={overflow}")} | more))


def process(workers: Factor | int = 4, instances: Factor | int = 3, threads: int | None = 1, **more: Any) -> Process:
    values: dict[str, Any] = {
        "name": "web",
        "kind": "web",
        "target": "compose compose.yaml",
        "place": FILE,
        "workers": fixed(workers, FILE, "-w") if isinstance(workers, int) else workers,
        "instances": fixed(instances, FILE, "replicas") if isinstance(instances, int) else instances,
        "threads": fixed(threads, FILE, "threads") if threads is not None else unknown(FILE, "as many as arrive"),
    }
    return Process(**(values | more))


def worked_out(engines: list[Engine], *processes: Process, override: int | None = None, scaling: Scaling | None = None) -> Budget:
    found = budget(engines, Deployment(processes=processes), scaling or Scaling(), override)
    assert found is not None
    return found


def test_the_sum_of_the_article_fails() -> None:
    # (5 + 10) x 4 x 3 = 180; 100 - 3 = 97; 97 // 12 = 8; with a quarter more instances ceil(3.75) = 4: 97 // 16 = 6
    found = worked_out([engine()], process())
    assert (found.verdict, found.low, found.high, found.available) == ("fail", 180, 180, 97)
    assert (found.fits, found.fits_with_surge, found.instances_that_fit) == (8, 6, 1)
    assert found.text == "15 x 4 workers x 3 instances = 180 > 97 (max_connections 100 - 3 reserved)"
    assert "default" in found.limit.text


def test_a_sum_that_holds_says_what_a_rolling_update_adds() -> None:
    # 8 x 4 x 3 = 96 <= 97; a quarter more: 24
    found = worked_out([engine(8, 0)], process())
    assert (found.verdict, found.high, found.surge) == ("pass", 96, 24)


def test_an_autoscaler_counts_with_its_maximum() -> None:
    # 4 x 2 x 12 = 96 holds, 5 x 2 x 12 = 120 does not
    scaled = process(2, between(2, 12, FILE, "minReplicas: 2, maxReplicas: 12"))
    assert worked_out([engine(4, 0)], scaled).verdict == "pass"
    found = worked_out([engine(5, 0)], scaled)
    assert (found.verdict, found.low, found.high) == ("fail", 20, 120)
    assert "2-12 instances" in found.text


def test_a_missing_number_of_instances_is_named_with_what_fits() -> None:
    # 15 x 4 = 60 for one instance: one fits, two do not
    found = worked_out([engine()], process(4, unknown(FILE, "the compose file does not say how many replicas run")))
    assert (found.verdict, found.high, found.instances_that_fit) == ("unknown", None, 1)
    assert [factor.text for factor in found.missing] == ["the compose file does not say how many replicas run"]


def test_what_one_instance_alone_exceeds_is_certain() -> None:
    # 15 x 8 = 120 > 97 whatever the number of instances
    found = worked_out([engine()], process(8, unknown(FILE, "?")))
    assert (found.verdict, found.low, found.missing) == ("fail", 120, ())


def test_a_pool_size_that_no_file_sets_is_missing() -> None:
    found = worked_out([engine(None, 0)], process())
    assert (found.verdict, [factor.text for factor in found.missing]) == ("unknown", ["DB_POOL_SIZE is set by no deployment file"])


def test_cores_are_at_least_one() -> None:
    # gunicorn's cpu_count() * 2 + 1 is at least 3: 15 x 3 x 3 = 135 > 97
    found = worked_out([engine()], process(unknown(FILE, "workers = cpu_count() * 2 + 1", 3)))
    assert (found.verdict, found.low, found.high) == ("fail", 135, None)


def test_engines_add_up() -> None:
    # (5 + 4) x 4 x 3 = 108 > 97; each alone would hold
    both = [engine(5, 0), engine(4, 0, name="replica", place=SourceRange("shop/db.py", 9))]
    found = worked_out(both, process())
    assert (found.verdict, found.high, len(found.terms)) == ("fail", 108, 2)
    assert worked_out(both[:1], process()).verdict == "pass"
    # 97 // (12 + 12) = 4 for each of the two pools
    assert found.fits == 4


def test_queue_workers_hold_a_connection_for_each_task() -> None:
    # web 5 x 2 x 2 = 20; 8 children of 2 workers with one task each = 16
    queue = process(8, 2, name="worker", kind="worker")
    found = worked_out([engine(5, 0)], process(2, 2), queue)
    assert (found.verdict, found.high) == ("pass", 36)
    # a pool that opens at start has all its connections in every child: 5 x 8 x 2 = 80
    assert worked_out([engine(5, 0, eager=True)], process(2, 2), queue).high == 100


def test_a_queue_of_unknown_size_does_not_hide_what_is_known_of_the_web() -> None:
    queue = process(unknown(FILE, "cores"), unknown(FILE, "?"), name="worker", kind="worker")
    found = worked_out([engine(5, 0)], process(2, 2), queue)
    assert (found.verdict, found.high) == ("pass", 21)
    assert "counted as 1" in found.terms[1].workers.text


def test_django_opens_a_connection_for_each_thread() -> None:
    django = engine(1, 0, kind="django", per="thread", max_overflow=None)
    # 1 x 8 threads x 4 x 3 = 96
    assert worked_out([django], process(threads=8)).high == 96
    assert worked_out([django], process(threads=9)).verdict == "fail"
    found = worked_out([django], process(threads=None))
    assert (found.verdict, found.missing[0].text) == ("unknown", "as many as arrive")


@pytest.mark.parametrize(
    "boundless",
    [engine(0), engine(5, UNLIMITED), engine(UNLIMITED, 0), engine(5, 0, per="request")],
    ids=["pool 0", "overflow", "pool", "request"],
)
def test_no_limit_fails(boundless: Engine) -> None:
    found = worked_out([boundless], process(1, 1))
    assert (found.verdict, found.high) == ("fail", UNLIMITED)
    assert "no limit" in found.text


def test_sqlite_has_no_budget() -> None:
    assert budget([engine(driver="pysqlite")], Deployment(processes=(process(),)), Scaling()) is None
    assert budget([], Deployment(processes=(process(),)), Scaling()) is None


def test_mysql_has_its_own_limit() -> None:
    # 150 <= 151, nothing reserved
    found = worked_out([engine(5, 0, driver="pymysql", kind="mysql")], process(10, 3))
    assert (found.verdict, found.high, found.available) == ("pass", 150, 151)


def test_the_configuration_states_what_no_file_says() -> None:
    scaling = Scaling(instances=6, max_connections=500, reserved_connections=20)
    # 15 x 4 x 6 = 360 <= 480
    found = worked_out([engine()], process(4, unknown(FILE, "?")), scaling=scaling)
    assert (found.verdict, found.high, found.available) == ("pass", 360, 480)
    assert "[tool.statelint.scaling] instances = 6" in found.terms[0].instances.text
    alone = budget([engine()], Deployment(), Scaling(instances=2, workers=4))
    assert alone is not None
    assert (alone.verdict, alone.high) == ("fail", 120)


def test_what_if() -> None:
    # 5 x 4: 20 for each instance, four fit
    assert worked_out([engine(5, 0)], process()).verdict == "pass"
    found = worked_out([engine(5, 0)], process(), override=10)
    assert (found.verdict, found.high, found.instances_that_fit) == ("fail", 200, 4)


def test_descriptions_of_the_same_program_are_alternatives() -> None:
    small = process(2, 1)
    large = process(4, 3, target="kubernetes k8s")
    found = worked_out([engine()], small, large)
    assert (found.verdict, found.target, found.high) == ("fail", "kubernetes k8s", 180)
    assert [(other.verdict, other.high) for other in found.others] == [("pass", 30)]
    # a file that says nothing does not spoil what another one says
    silent = process(4, unknown(FILE, "?"), target="procfile Procfile")
    assert worked_out([engine(5, 0)], small, silent).verdict == "pass"
    # nor does a file for developers
    assert worked_out([engine()], small, process(9, 9, stage="development", target="compose dev.yaml")).verdict == "pass"


COMPOSE = """
    services:
      web:
        image: registry.example.com/shop/web
        command: uvicorn app:app --workers 4
        environment:
          DATABASE_URL: postgresql://shop@{host}/shop
        deploy: {{replicas: 20}}
      {pooler}
      db:
        image: postgres:17
"""
BOUNCER = """pgbouncer:
        image: edoburu/pgbouncer:1.23.1
        environment: {{POOL_MODE: transaction, DEFAULT_POOL_SIZE: "{pool}", MAX_CLIENT_CONN: "{clients}"}}"""


@pytest.mark.parametrize(
    ("pool", "clients", "host", "verdict", "words"),
    [
        (40, 2000, "pgbouncer:6432", "pass", "pgbouncer: 40 x 1 = 40 of 97 connections to the database; 1200 of 2000 clients"),
        (40, 500, "pgbouncer:6432", "fail", "1200 of 500 clients"),
        (120, 2000, "pgbouncer:6432", "fail", "120 x 1 = 120 of 97"),
        (40, 2000, "db:5432", "fail", "15 x 4 workers x 20 instances = 1200 > 97"),
    ],
)
def test_a_pooler_changes_the_sum(pool: int, clients: int, host: str, *, verdict: str, words: str, read: Read) -> None:
    deployment, _ = read({"compose.yaml": COMPOSE.format(host=host, pooler=BOUNCER.format(pool=pool, clients=clients))})
    found = budget([engine()], deployment, Scaling())
    assert found is not None
    assert found.verdict == verdict
    assert words in found.text


def test_a_pooler_that_is_in_no_file_leaves_the_sum_open(read: Read) -> None:
    deployment, _ = read({"compose.yaml": COMPOSE.format(host="aws-0.pooler.supabase.com:6543", pooler="")})
    found = budget([engine()], deployment, Scaling())
    assert found is not None
    assert (found.verdict, found.missing[0].text) == ("unknown", "the pooler's pool size is in no file")


def test_limits_come_from_the_database_of_the_files(read: Read) -> None:
    deployment, _ = read(
        {
            "compose.yaml": """
                services:
                  web: {image: a/b, command: gunicorn -w 4 --threads 8 app:app, deploy: {replicas: 3}}
                  db:
                    image: postgres:17
                    command: ["postgres", "-c", "max_connections=300", "-c", "superuser_reserved_connections=10"]
            """
        }
    )
    found = budget([engine()], deployment, Scaling())
    assert found is not None
    assert (found.verdict, found.high, found.available) == ("pass", 180, 290)
    assert (found.limit.path, found.limit.line) == ("compose.yaml", 5)


def test_the_defaults_are_whole() -> None:
    defaults = driver_defaults()
    assert len({default.id for default in defaults}) == len(defaults)
    names = [name for default in defaults for name in default.names]
    assert len(set(names)) == len(names)
    assert all(default.source and default.version for default in defaults)
    found = {name: default_for(name) for name in ("sqlalchemy.create_engine", "asyncpg.create_pool", "psycopg_pool.ConnectionPool")}
    assert {name: default and (default.pool, default.overflow, default.eager) for name, default in found.items()} == {
        "sqlalchemy.create_engine": (5, 10, False),
        "asyncpg.create_pool": (10, 0, True),
        "psycopg_pool.ConnectionPool": (4, 0, True),
    }
    assert default_for("os.environ") is None


@given(pool=st.integers(1, 50), workers=st.integers(1, 32), instances=st.integers(1, 60), limit=st.integers(10, 2000))
def test_what_is_said_to_fit_does_fit(pool: int, workers: int, instances: int, limit: int) -> None:
    scaling = Scaling(max_connections=limit, reserved_connections=3)
    found = worked_out([engine(pool, 0)], process(workers, instances), scaling=scaling)
    assert (found.verdict == "pass") == (pool * workers * instances <= limit - 3)
    assert found.fits is not None
    assert found.fits * workers * instances <= limit - 3 < (found.fits + 1) * workers * instances
    if found.fits:
        assert worked_out([engine(found.fits, 0)], process(workers, instances), scaling=scaling).verdict == "pass"
    if found.instances_that_fit:
        assert worked_out([engine(pool, 0)], process(workers, found.instances_that_fit), scaling=scaling).verdict == "pass"
