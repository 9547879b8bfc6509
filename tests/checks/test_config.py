"""Secrets, schema changes at start-up, names of the machine: what is told, where, and what stays silent."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import analysed, found, marked

if TYPE_CHECKING:
    from pathlib import Path

_FLASK = "import os, secrets, uuid\nfrom flask import Flask, session\n\napp = Flask(__name__)\n"
_ROUTE = '\n\n@app.get("/")\ndef home():\n    session["seen"] = True\n    return "hello"\n'


def _app(body: str) -> str:
    return f"{_FLASK}{dedent(body)}{_ROUTE}"


SECRETS = {
    "made by the first who asks": """
        import jwt
        _mine = None

        def key():
            global _mine
            if _mine is None:
                drawn = os.environ.get("KEY")
                if not drawn:
                    drawn = secrets.token_urlsafe(32)
                _mine = drawn  # here
            return _mine

        @app.get("/login")
        def login():
            return jwt.encode({"sub": "a"}, key())
        """,
    "the default of an option": """
        from tornado.options import define
        define("cookie_secret", default=secrets.token_urlsafe(64))  # here
        """,
    "told by its use": """
        import jwt
        _mine = secrets.token_hex()  # here

        @app.get("/token")
        def token():
            return jwt.encode({"sub": "a"}, _mine)
        """,
    "told by its use in another object": """
        import jwt

        class Provider:
            def __init__(self, given=None):
                self._mine = given or secrets.token_hex()  # here

            def make(self):
                return jwt.encode({"sub": "a"}, self._mine)

        provider = Provider()
        """,
    "letters drawn one by one": """
        import string
        app.secret_key = "".join(secrets.choice(string.ascii_letters) for _ in range(50))  # here
        """,
    "told once, where it is set": """
        KEY = secrets.token_hex()
        app.secret_key = KEY  # here
        """,
    "a key of the application, used in a handler too": """
        from cryptography.fernet import Fernet
        app.enc_key = Fernet.generate_key()  # here

        @app.get("/link")
        def link():
            return Fernet(app.enc_key).encrypt(b"x")
        """,
    "an encoded draw": """
        import base64
        app.secret_key = base64.b64encode(os.urandom(32)).decode()  # here
        """,
    "a conditional expression": """
        app.secret_key = os.environ["KEY"] if "KEY" in os.environ else os.urandom(16)  # here
        """,
    "update of the configuration": """
        app.config.update(SECRET_KEY=os.urandom(16))  # here
        """,
}

SHARED_SECRETS = {
    "from the environment": 'app.secret_key = os.environ["SECRET_KEY"]\n',
    "an id of the instance": "INSTANCE = uuid.uuid4().hex\napp.secret_key = os.environ['SECRET_KEY']\n",
    "in development": "app.secret_key = os.environ['SECRET_KEY']\nif app.debug:\n    app.secret_key = os.urandom(8)\n",
    "a token in a handler": """
        app.secret_key = os.environ["SECRET_KEY"]

        @app.post("/invite")
        def invite():
            csrf_token = secrets.token_hex()
            session["csrf_token"] = csrf_token
            return csrf_token
        """,
    "kept in the database": """
        from sqlalchemy.orm import Session
        from models import Setting, engine

        def shared_key():
            with Session(engine) as session:
                row = session.get(Setting, "key")
                if row is None:
                    row = Setting(name="key", value=secrets.token_hex())
                    session.add(row)
                    session.commit()
                return row.value or secrets.token_hex()

        app.secret_key = shared_key()
        """,
}


@pytest.mark.parametrize("body", SECRETS.values(), ids=SECRETS)
def test_secrets_made_at_start(tmp_path: Path, body: str) -> None:
    source = _app(body)
    assert sorted({finding.line for finding in found(tmp_path, source, "SL1101")}) == marked(source)


@pytest.mark.parametrize("body", SHARED_SECRETS.values(), ids=SHARED_SECRETS)
def test_secrets_that_instances_share(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, _app(body), "SL1101") == []


def test_a_settings_class_is_told_and_its_users_are_not(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/settings.py": (
            "import uuid\nfrom pydantic import Field\nfrom pydantic_settings import BaseSettings\n\n\n"
            "class Settings(BaseSettings):\n    secret_key: str = Field(default_factory=lambda: uuid.uuid4().hex)\n"
            "\n\nsettings = Settings()\n"
        ),
        "shop/main.py": (
            "from fastapi import FastAPI\nfrom fastapi_users.authentication import JWTStrategy\nfrom shop.settings import settings\n\n"
            "app = FastAPI()\nstrategy = JWTStrategy(secret=settings.secret_key, lifetime_seconds=60)\n"
        ),
    }
    assert [(finding.path, finding.line) for finding in found(tmp_path, files, "SL1101")] == [("shop/settings.py", 7)]


def test_a_factory_of_rows_is_no_setting(tmp_path: Path) -> None:
    source = (
        "import secrets\nfrom fastapi import FastAPI\nfrom sqlmodel import Field, SQLModel\n\napp = FastAPI()\n\n\n"
        "class Client(SQLModel, table=True):\n    id: int = Field(primary_key=True)\n"
        "    api_secret: str = Field(default_factory=secrets.token_hex)\n"
        '\n\n@app.get("/")\ndef home() -> str:\n    return "hello"\n'
    )
    assert found(tmp_path, source, "SL1101") == []


KEY_FILES = {
    "kept by a helper that returns a pair": """
        from cryptography.fernet import Fernet

        def load(path):
            error = ""
            if os.path.exists(path):
                with open(path, "rb") as handle:
                    return handle.read(), error
            key = Fernet.generate_key()
            with open(path, "wb") as handle:
                handle.write(key)  # here
            return key, error

        encrypt, error = load("data/.key")
        """,
    "written by the command that starts the server": """
        import click, uvicorn
        from pathlib import Path

        KEY_FILE = Path(".secret_key")

        @click.command()
        def serve():
            if not KEY_FILE.exists():
                KEY_FILE.write_bytes(secrets.token_bytes(32))  # here
            os.environ["SECRET_KEY"] = KEY_FILE.read_text()
            uvicorn.run("app:app")
        """,
}


@pytest.mark.parametrize("body", KEY_FILES.values(), ids=KEY_FILES)
def test_key_files(tmp_path: Path, body: str) -> None:
    source = _app(body)
    assert [finding.line for finding in found(tmp_path, source, "SL1104")] == marked(source)
    assert found(tmp_path, source, "SL1101") == []


def test_a_command_that_writes_a_key_and_stops_is_no_start(tmp_path: Path) -> None:
    body = """
        import click
        from pathlib import Path

        @click.command()
        def make_key():
            Path("secret.key").write_bytes(secrets.token_bytes(32))
        """
    assert found(tmp_path, _app(body), "SL1104") == []


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
    source = _app(f"{_ALEMBIC}{dedent(body)}")
    assert [finding.line for finding in found(tmp_path, source, "SL1102")] == marked(source)


@pytest.mark.parametrize("body", CALM_STARTS.values(), ids=CALM_STARTS)
def test_starts_without_schema_changes(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, _app(f"{_ALEMBIC}{dedent(body)}"), "SL1102") == []


SWITCHES = {
    "off by default": ('if os.getenv("RUN_MIGRATIONS"):', "unknown", "RUN_MIGRATIONS"),
    "a setting that nobody knows": ("from elsewhere import settings\nif settings.auto_migrate:", "unknown", "settings.auto_migrate"),
    "a lock of Redis": ('import redis\nwith redis.Redis().lock("migrate"):', "pass", "lock"),
}


@pytest.mark.parametrize(("condition", "kind", "says"), SWITCHES.values(), ids=SWITCHES)
def test_conditions_are_evidence(tmp_path: Path, condition: str, kind: str, says: str) -> None:
    source = _app(f'{_ALEMBIC}{condition}\n    command.upgrade(Config("alembic.ini"), "head")\n')
    analysis = analysed(tmp_path, source)
    assert [finding for finding in analysis.findings if finding.code == "SL1102"] == []
    spoken = [entry for entry in analysis.evidence if entry.item == "config" and "alembic" in entry.text]
    assert [entry.kind for entry in spoken] == [kind]
    assert says in spoken[0].text


def test_a_switch_that_is_on_is_named(tmp_path: Path) -> None:
    source = _app(f'{_ALEMBIC}if os.getenv("AUTO_MIGRATE", "1") == "1":\n    command.upgrade(Config("alembic.ini"), "head")\n')
    (finding,) = found(tmp_path, source, "SL1102")
    assert finding.confidence == "medium"
    assert finding.notes == ("AUTO_MIGRATE switches it off",)


_SHARED = (
    "import os, socket\nimport redis\nfrom flask import Flask, jsonify\n\n"
    "app = Flask(__name__)\nstore = redis.Redis()\nHOST = socket.gethostname()\n"
)

NAMED = {
    "through a module's name": 'store.set(f"{HOST}:rates", 1)  # here',
    "the process id": 'store.incr("count:" + str(os.getpid()))  # here',
    "an address in an answer": 'return jsonify(url=f"http://{socket.getfqdn()}/files/1")  # here',
    "an address through a name": 'base = f"https://{HOST}:8000"  # here\n    return jsonify(url=base)',
    "the container's name from the environment": 'store.hset(f"{os.environ[\'HOSTNAME\']}:cart", "a", 1)  # here',
}

UNNAMED = {
    "a heartbeat": 'store.set(f"worker:{HOST}", 1, ex=30)',
    "a value, not a key": 'store.set("last", HOST)',
    "a log line": 'app.logger.info("on %s", HOST)',
    "another service": 'import requests\n    requests.get(f"http://{HOST}:9000/metrics")',
    "a key without it": 'store.set("rates", 1)',
}


@pytest.mark.parametrize("body", NAMED.values(), ids=NAMED)
def test_names_of_the_machine(tmp_path: Path, body: str) -> None:
    source = f'{_SHARED}\n\n@app.get("/rates")\ndef rates():\n    {body}\n    return ""\n'
    assert [finding.line for finding in found(tmp_path, source, "SL1105")] == marked(source)


@pytest.mark.parametrize("body", UNNAMED.values(), ids=UNNAMED)
def test_names_that_stay_with_the_machine(tmp_path: Path, body: str) -> None:
    source = f'{_SHARED}\n\n@app.get("/rates")\ndef rates():\n    {body}\n    return ""\n'
    assert found(tmp_path, source, "SL1105") == []


def test_rows(tmp_path: Path) -> None:
    source = (
        "import os, socket\nfrom fastapi import FastAPI\nfrom sqlalchemy.orm import Session\nfrom models import Order, engine\n"
        "\napp = FastAPI()\n\n\n"
        '@app.post("/orders")\ndef order() -> None:\n    with Session(engine) as session:\n'
        "        session.add(Order(number=f'{os.getpid()}-1', claimed_by=socket.gethostname()))  # here\n"
        "        session.add(Order(number='1', worker=socket.gethostname()))\n        session.commit()\n"
    )
    assert [finding.line for finding in found(tmp_path, source, "SL1105")] == marked(source)
