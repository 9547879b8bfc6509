"""Schema changes at start-up: what is reported, and what is evidence. `# here` marks what is reported."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, flask_app, found, marked

if TYPE_CHECKING:
    from pathlib import Path

_ALEMBIC = "from alembic import command\nfrom alembic.config import Config\n"

MIGRATIONS = {
    "behind a callback in a thread": """
        import asyncio
        from quart import Quart
        served = Quart(__name__)

        @served.before_serving
        async def start():
            await asyncio.to_thread(command.upgrade, Config("alembic.ini"), "head")  # here
        """,
    "a shell command": """
        os.system("flask db upgrade")  # here
        """,
    "arguments in a name": """
        import subprocess, sys
        ARGUMENTS = [sys.executable, "-m", "alembic", "upgrade", "head"]
        subprocess.check_call(ARGUMENTS)  # here
        """,
    "plain statements": """
        import psycopg

        def prepare():
            with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS orders (id int)")  # here
                connection.execute("ALTER TABLE orders ADD COLUMN article text")

        prepare()
        """,
    "before the server of the project's own command": """
        import click, uvicorn

        @click.command()
        def serve():
            command.upgrade(Config("alembic.ini"), "head")  # here
            uvicorn.run(app)
        """,
    "on by default": """
        if os.getenv("AUTO_MIGRATE", "true").lower() == "true":
            command.upgrade(Config("alembic.ini"), "head")  # here
        """,
}

CALM_STARTS = {
    "a statement on a local file": """
        import sqlite3
        connection = sqlite3.connect("cache.db")
        connection.execute("CREATE TABLE IF NOT EXISTS orders (id int)")
        """,
    "a statement that reads": """
        import psycopg
        psycopg.connect(os.environ["DATABASE_URL"]).execute("select created from orders")
        """,
    "another command": 'os.system("alembic current")\n',
    "a command of its own": """
        import typer

        cli = typer.Typer()

        def migrate():
            command.upgrade(Config("alembic.ini"), "head")

        cli.command(name="migrate")(migrate)
        """,
    "a database in memory": """
        from sqlalchemy import MetaData, create_engine
        engine = create_engine("sqlite://")
        MetaData().create_all(engine)
        """,
}


@pytest.mark.parametrize("body", MIGRATIONS.values(), ids=MIGRATIONS)
def test_schema_changes_at_start(tmp_path: Path, body: str) -> None:
    source = flask_app(f"{_ALEMBIC}{dedent(body)}")
    assert [finding.line for finding in found(tmp_path, source, "SL1102")] == marked(source)


@pytest.mark.parametrize("body", CALM_STARTS.values(), ids=CALM_STARTS)
def test_starts_without_schema_changes(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, flask_app(f"{_ALEMBIC}{dedent(body)}"), "SL1102") == []


SWITCHES = {
    "off by default": ('if os.getenv("RUN_MIGRATIONS"):', "unknown", "RUN_MIGRATIONS"),
    "a setting that nobody knows": ("from elsewhere import settings\nif settings.auto_migrate:", "unknown", "settings.auto_migrate"),
    "a lock of Redis": ('import redis\nwith redis.Redis().lock("migrate"):', "pass", "lock"),
}


@pytest.mark.parametrize(("condition", "kind", "says"), SWITCHES.values(), ids=SWITCHES)
def test_conditions_are_evidence(tmp_path: Path, condition: str, kind: str, says: str) -> None:
    source = flask_app(f'{_ALEMBIC}{condition}\n    command.upgrade(Config("alembic.ini"), "head")\n')
    analysis = analysed(tmp_path, source)
    assert [finding for finding in analysis.findings if finding.code == "SL1102"] == []
    spoken = [entry for entry in analysis.evidence if entry.item == "config" and "alembic" in entry.text]
    assert [entry.kind for entry in spoken] == [kind]
    assert says in spoken[0].text


def test_a_switch_that_is_on_is_named(tmp_path: Path) -> None:
    source = flask_app(f'{_ALEMBIC}if os.getenv("AUTO_MIGRATE", "1") == "1":\n    command.upgrade(Config("alembic.ini"), "head")\n')
    (finding,) = found(tmp_path, source, "SL1102")
    assert finding.confidence == "medium"
    assert finding.notes == ("AUTO_MIGRATE switches it off",)
