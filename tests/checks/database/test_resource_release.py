"""Connections: given back on every path, followed through helpers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import DATABASE_HEAD, database_handler, found

if TYPE_CHECKING:
    from pathlib import Path

GIVEN_BACK = {
    "finally": """
        connection = pool.getconn()
        try:
            return run(connection)
        finally:
            pool.putconn(connection)
        """,
    "taken inside try": """
        connection = None
        try:
            connection = pool.getconn()
            return run(connection)
        finally:
            if connection is not None:
                pool.putconn(connection)
        """,
    "in a handler and after it": """
        connection = pool.getconn()
        try:
            rows = run(connection)
        except Exception:
            pool.putconn(connection)
            raise
        pool.putconn(connection)
        return rows
        """,
    "a handler that goes on": """
        connection = pool.getconn()
        rows = []
        try:
            rows = run(connection)
        except Exception:
            app.logger.exception("no rows")
        pool.putconn(connection)
        return rows
        """,
    "in both branches": """
        connection = pool.getconn()
        if request.args:
            pool.putconn(connection)
        else:
            pool.putconn(connection)
        return ""
        """,
    "an early leave of its own": """
        session = SessionLocal()
        if not session:
            return ""
        session.close()
        return ""
        """,
    "with the session": "with SessionLocal() as session:\n    return run(session)",
    "with after the call": "session = SessionLocal()\nwith session:\n    return run(session)",
    "with on the way": 'with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:\n    return run(connection)',
    "closing": "connection = psycopg2.connect()\nwith contextlib.closing(connection):\n    return run(connection)",
    "an exit stack": "with contextlib.ExitStack() as stack:\n    return run(stack.enter_context(SessionLocal()))",
    "a callback of the stack": """
        with contextlib.ExitStack() as stack:
            session = SessionLocal()
            stack.callback(session.close)
            return run(session)
        """,
    "a stream that closes": """
        connection = psycopg2.connect()

        def rows():
            try:
                yield from run(connection)
            finally:
                connection.close()

        return app.response_class(rows())
        """,
    "kept in a global": "global KEPT\nKEPT = psycopg2.connect()\nreturn ''",
    "on the object itself": "g.db = SessionLocal()\ntry:\n    return run(g.db)\nfinally:\n    g.db.close()",
    "handed to an object of another library": "from elsewhere import Repository\nreturn Repository(SessionLocal()).all()",
    "the failure of the call itself": """
        try:
            session = SessionLocal()
        except OSError:
            return "down"
        session.close()
        return ""
        """,
}

KEPT = {
    "never": ("connection = pool.getconn()\nreturn run(connection)", "never given back"),
    "not when it raises": ("connection = pool.getconn()\nrun(connection)\npool.putconn(connection)\nreturn ''", "raises"),
    "not where it leaves early": (
        "session = SessionLocal()\nif request.args:\n    return ''\nsession.close()\nreturn ''",
        "returns early",
    ),
    "only in a branch": (
        "session = SessionLocal()\nif request.args:\n    session.close()\n    return ''\nreturn 'none'",
        "returns early",
    ),
    "only when it fails": (
        "session = SessionLocal()\ntry:\n    rows = run(session)\nexcept Exception:\n    session.close()\n    raise\nreturn rows",
        "only when something fails",
    ),
    "called upon at once": ("return engine.connect().execute(text('select 1')).scalar_one()", "never given back"),
    "with ends the transaction only": ("with psycopg2.connect() as connection:\n    return run(connection)", "never given back"),
    "on flask.g": ("g.db = psycopg2.connect()\nreturn run(g.db)", "at its end"),
    "a condition around it": ("session = g.get('s') or SessionLocal()\nreturn run(session)", "never given back"),
}


def _run_helper() -> str:
    return "def run(connection):\n    return str(connection)\n"


@pytest.mark.parametrize("body", GIVEN_BACK.values(), ids=GIVEN_BACK)
def test_given_back(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, database_handler(body, before=_run_helper()), "SL0904") == []


@pytest.mark.parametrize(("body", "says"), KEPT.values(), ids=KEPT)
def test_not_given_back(tmp_path: Path, body: str, says: str) -> None:
    source = database_handler(body, before=_run_helper())
    (finding,) = found(tmp_path, source, "SL0904")
    assert says in finding.message
    text = source.splitlines()[finding.line - 1]
    assert any(call in text for call in ("getconn()", "SessionLocal()", "connect()"))


HELPERS = {
    "the caller closes": (
        "def get():\n    return psycopg2.connect()\n",
        "connection = get()\ntry:\n    return str(connection)\nfinally:\n    connection.close()",
        0,
    ),
    "the caller does not": ("def get():\n    return psycopg2.connect()\n", "return str(get().cursor())", 1),
    "two helpers deep": (
        "def get():\n    return psycopg2.connect()\n\n\ndef again():\n    connection = get()\n    return connection\n",
        "connection = again()\nreturn str(connection)",
        1,
    ),
    "a helper closes it": (
        "def finish(connection):\n    connection.close()\n",
        "connection = psycopg2.connect()\nfinish(connection)\nreturn ''",
        0,
    ),
    "a context manager": (
        (
            "@contextlib.contextmanager\ndef scope():\n    session = SessionLocal()\n    try:\n        yield session\n"
            "    finally:\n        session.close()\n"
        ),
        "with scope() as session:\n    return str(session)",
        0,
    ),
    "a context manager without finally": (
        "@contextlib.contextmanager\ndef scope():\n    session = SessionLocal()\n    yield session\n    session.close()\n",
        "with scope() as session:\n    return str(session)",
        1,
    ),
    "a memoized helper": (
        "import functools\n\n\n@functools.lru_cache\ndef get():\n    return psycopg2.connect()\n",
        "return str(get().cursor())",
        0,
    ),
}


@pytest.mark.parametrize(("before", "body", "count"), HELPERS.values(), ids=HELPERS)
def test_helpers(tmp_path: Path, before: str, body: str, count: int) -> None:
    assert len(found(tmp_path, database_handler(body, before=before), "SL0904")) == count


def test_steps_lead_through_the_helper(tmp_path: Path) -> None:
    source = database_handler("connection = get()\nreturn str(connection)", before="def get():\n    return psycopg2.connect()\n")
    (finding,) = found(tmp_path, source, "SL0904")
    assert finding.symbol == "connect"
    assert "orders takes it from get" in [step.text for step in finding.route]


def test_start_up_and_commands_may_keep_connections(tmp_path: Path) -> None:
    source = (
        f'{DATABASE_HEAD}\nconnection = psycopg2.connect()\n\n\n@app.cli.command("count")\ndef count():\n    print(psycopg2.connect())\n'
    )
    assert found(tmp_path, source, "SL0904") == []


DEPENDENCIES = {
    "closes after yield": ("    session = SessionLocal()\n    try:\n        yield session\n    finally:\n        session.close()", 0),
    "yields and forgets": ("    yield SessionLocal()", 1),
    "returns": ("    return SessionLocal()", 1),
    "no finally": ("    session = SessionLocal()\n    yield session\n    session.close()", 1),
}


@pytest.mark.parametrize(("body", "count"), DEPENDENCIES.values(), ids=DEPENDENCIES)
def test_dependencies(tmp_path: Path, body: str, count: int) -> None:
    source = (
        "import os\nfrom fastapi import Depends, FastAPI\nfrom sqlalchemy import create_engine, text\n"
        "from sqlalchemy.orm import Session, sessionmaker\n\napp = FastAPI()\n"
        'engine = create_engine(os.environ["DATABASE_URL"], pool_size=int(os.environ["POOL"]))\nSessionLocal = sessionmaker(engine)\n\n\n'
        f'def get_session():\n{body}\n\n\n@app.get("/orders")\ndef orders(session: Session = Depends(get_session)) -> int:\n'
        '    return session.execute(text("select 1")).scalar_one()\n'
    )
    assert len(found(tmp_path, source, "SL0904")) == count
