"""Small projects for the checks whose reasoning is Python."""

from __future__ import annotations

from functools import cache
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Final

from statelint.checks.state.cells import judge_cells
from statelint.config import Config
from statelint.engine import RunOptions, analyse, open_project
from statelint.rulebook.load import Rulebook, load_rulebook

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.checks.state.judgement import Judgement
    from statelint.engine import Analysis
    from statelint.inspect.context import Context
    from statelint.model import Finding


@cache
def _book() -> Rulebook:
    return load_rulebook()


def analysed(folder: Path, source: dict[str, str] | str) -> Analysis:
    """Write a project, `app.py` or several files by path, and analyse it."""
    _write(folder, source)
    analysis = analyse(RunOptions([folder], Config(), _book(), jobs=1))
    assert not [diagnostic for diagnostic in analysis.diagnostics if "failed" in diagnostic.message]
    return analysis


def contextual(folder: Path, source: dict[str, str] | str) -> Context:
    """Write a project and link it: what a check is given."""
    _write(folder, source)
    return open_project(RunOptions([folder], Config(), _book(), jobs=1)).context


def _write(folder: Path, source: dict[str, str] | str) -> None:
    files = source if isinstance(source, dict) else {"app.py": source}
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (folder / ".git").mkdir(exist_ok=True)  # the project ends here


def found(folder: Path, source: dict[str, str] | str, code: str) -> list[Finding]:
    """Return the findings of one rule."""
    return [finding for finding in analysed(folder, source).findings if finding.code == code]


def marked(source: str) -> list[int]:
    """Return the lines that a test marks with `# here`."""
    return [number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# here")]


# -- state of a process

_STATE_HEAD: Final = """
import asyncio, collections, datetime, os, threading, time, uuid
from contextlib import asynccontextmanager
from fastapi import FastAPI, Request, WebSocket
app = FastAPI()
@app.get("/health")
def health(): return {}
"""
_STATE: Final = ("SL0103", "SL0302", "SL0401", "SL0402", "SL0502", "SL0703", "SL0802", "SL1103")


def state_lines(folder: Path, body: str, codes: tuple[str, ...] = _STATE) -> tuple[list[int], list[int]]:
    """Return the lines that are reported as state with more than low confidence, and those that are marked."""
    source = f"{_STATE_HEAD.strip()}\n{dedent(body)}"
    return _reported(folder, source, codes), marked(source)


def judged(folder: Path, body: str) -> dict[str, Judgement]:
    """Return what is thought of each cell of such a project, by its qualified name."""
    return {one.cell.qualified: one for one in judge_cells(contextual(folder, f"{_STATE_HEAD.strip()}\n{dedent(body)}"))}


def _reported(folder: Path, source: str, codes: tuple[str, ...]) -> list[int]:
    findings = [finding for finding in analysed(folder, source).findings if finding.confidence != "low"]
    return sorted({finding.line for finding in findings if {finding.code, *finding.also}.intersection(codes)})


# -- files

_FILES_HEAD: Final = """
import os, shutil, tempfile
from flask import Flask, request, send_file
app = Flask(__name__)
@app.get("/health")
def health(): return {}
"""


def file_lines(folder: Path, body: str, codes: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Return the lines that are reported with more than low confidence, and those that are marked."""
    source = f"{_FILES_HEAD.strip()}\n{dedent(body)}"
    return _reported(folder, source, codes), marked(source)


# -- configuration and start-up

_FLASK: Final = "import os, secrets, uuid\nfrom flask import Flask, session\n\napp = Flask(__name__)\n"
_ROUTE: Final = '\n\n@app.get("/")\ndef home():\n    session["seen"] = True\n    return "hello"\n'


def flask_app(body: str) -> str:
    """Return an application whose module has a body of its own."""
    return f"{_FLASK}{dedent(body)}{_ROUTE}"


# -- databases

DATABASE_HEAD: Final = """\
import asyncio, contextlib, os
import asyncpg
import psycopg2
from flask import Flask, g, request
from psycopg2.pool import ThreadedConnectionPool
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

app = Flask(__name__)
pool = ThreadedConnectionPool(1, int(os.environ["DB_POOL_SIZE"]), os.environ["DATABASE_URL"])
engine = create_engine(os.environ["DATABASE_URL"], pool_size=int(os.environ["DB_POOL_SIZE"]))
SessionLocal = sessionmaker(engine)
"""


def database_handler(body: str, *, before: str = "") -> str:
    """Return an application with one handler, and what stands before it."""
    return f'{DATABASE_HEAD}\n{dedent(before)}\n@app.get("/orders")\ndef orders():\n{indent(dedent(body).strip(), "    ")}\n'
