"""Secrets: drawn by every process, kept in a file, or shared. `# here` marks what is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import flask_app, found, marked

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = {
    "the default of a field, by a helper that makes its factory": """
        import jwt
        from dataclasses import dataclass, field

        def read(key, default):
            return lambda: os.environ.get(key) or default

        @dataclass
        class Settings:
            key: str = field(default_factory=read("KEY", secrets.token_hex()))  # here
            name: str = field(default_factory=read("NAME", "shop"))

        settings = Settings()

        @app.get("/login")
        def login():
            return jwt.encode({"sub": settings.name}, settings.key)
        """,
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
    source = flask_app(body)
    assert sorted({finding.line for finding in found(tmp_path, source, "SL1101")}) == marked(source)


@pytest.mark.parametrize("body", SHARED_SECRETS.values(), ids=SHARED_SECRETS)
def test_secrets_that_instances_share(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, flask_app(body), "SL1101") == []


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
    source = flask_app(body)
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
    assert found(tmp_path, flask_app(body), "SL1104") == []
