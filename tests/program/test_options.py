"""Options, by every way of reading them: a limiter's storage by what it is when nobody sets it, in pairs that differ in it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from tests.checks.analysed import analysed

from statelint.config import Config
from statelint.rulebook.load import load_rulebook
from statelint.verdict.judge import judge

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model import Finding, Verdict

FACTORY: Final = """
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address


def create_app(storage):
    app = Flask(__name__)
    Limiter(get_remote_address, app=app, storage_uri=storage)

    @app.get("/health")
    def health():
        return {}

    return app
"""
ARGPARSE: Final = "import argparse\nparser = argparse.ArgumentParser()\n"
WAYS: Final = {
    "argparse": ARGPARSE + 'parser.add_argument("--storage-uri", default="{}")\nargs = parser.parse_args()\ncreate_app(args.storage_uri)\n',
    "argparse, another name": ARGPARSE
    + 'parser.add_argument("-s", "--uri", dest="store", default="{}")\nargs, rest = parser.parse_known_args()\ncreate_app(args.store)\n',
    "argparse, a group": ARGPARSE
    + 'parser.add_argument_group("x").add_argument("--uri", default="{}")\nargs = parser.parse_args()\ncreate_app(args.uri)\n',
    "argparse, set_defaults": ARGPARSE
    + 'parser.add_argument("--uri", default="file://x")\nparser.set_defaults(uri="{}")\ncreate_app(parser.parse_args().uri)\n',
    "argparse, as a mapping": ARGPARSE
    + 'parser.add_argument("--uri", default="{}")\nargs = vars(parser.parse_args())\ncreate_app(args["uri"])\n',
    "argparse, in helpers": """
import argparse
def add_options(parser):
    parser.add_argument("--uri", default="{}")
def main():
    parser = argparse.ArgumentParser()
    add_options(parser)
    options = parser.parse_args()
    create_app(options.uri).run()
if __name__ == "__main__":
    main()
""",
    "optparse": 'import optparse\nparser = optparse.OptionParser()\nparser.add_option("--uri", default="{}")\n'
    "options, args = parser.parse_args()\ncreate_app(options.uri)\n",
    "configargparse": 'import configargparse\nparser = configargparse.ArgParser()\nparser.add("--uri", env_var="URI", default="{}")\n'
    "create_app(parser.parse_args().uri)\n",
    "tornado.options": 'from tornado.options import define, options\ndefine("limit-uri", default="{}")\ncreate_app(options.limit_uri)\n',
    "click": 'import click\n@click.command()\n@click.option("--storage-uri", "-s", default="{}")\ndef main(storage_uri):\n'
    "    create_app(storage_uri).run()\n",
    "click, another name": 'import click\n@click.command()\n@click.option("--uri", "store", default="{}")\ndef main(store):\n'
    "    create_app(store).run()\n",
    "typer": 'import typer\ncli = typer.Typer()\n@cli.command()\ndef main(uri: str = typer.Option("{}", "--uri")):\n'
    "    create_app(uri).run()\n",
    "typer, annotated": "import typer\nfrom typing import Annotated\ncli = typer.Typer()\n@cli.command()\n"
    'def main(uri: Annotated[str, typer.Option()] = "{}"):\n    create_app(uri).run()\n',
    "configparser": 'import configparser\nconfig = configparser.ConfigParser()\ncreate_app(config.get("limits", "uri", fallback="{}"))\n',
    "traitlets": "from traitlets import Unicode\nfrom traitlets.config import Configurable\nclass Limits(Configurable):\n"
    '    uri = Unicode("{}").tag(config=True)\ncreate_app(Limits().uri)\n',
    "traitlets, a method": "from traitlets import Unicode, default\nfrom traitlets.config import Configurable\n"
    'class Limits(Configurable):\n    uri = Unicode(config=True)\n    @default("uri")\n'
    '    def _uri(self):\n        return "{}"\ncreate_app(Limits().uri)\n',
    "pydantic-settings": 'from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    uri: str = "{}"\n'
    "create_app(Settings().uri)\n",
    "environs": 'from environs import Env\nenv = Env()\nwith env.prefixed("X_"):\n    create_app(env.str("URI", default="{}"))\n',
    "decouple": 'from decouple import config\ncreate_app(config("URI", default="{}"))\n',
    "django-environ": 'import environ\nenv = environ.Env(URI=(str, "{}"))\ncreate_app(env("URI"))\n',
    "dynaconf": 'from dynaconf import Dynaconf\nsettings = Dynaconf()\ncreate_app(settings.get("URI", "{}"))\n',
    "a class around the environment": "import os\nclass Env:\n    def get(self, name, default=None):\n"
    '        return os.environ.get("APP_" + name, default)\nenv = Env()\ncreate_app(env.get("URI", "{}"))\n',
    "a function around the environment": "import os\ndef setting(name, default):\n    value = os.environ.get(name)\n"
    '    return default if value is None else value\ncreate_app(setting("URI", "{}"))\n',
}
"""The way by which the address comes, with `{}` for what it is when nobody sets it."""


def judged(folder: Path, source: str) -> tuple[Verdict, list[Finding]]:
    analysis = analysed(folder, {"app.py": FACTORY + source})
    result = judge(analysis, Config(), load_rulebook()).result
    return next(verdict for verdict in result.checklist if verdict.item == "rate-limit"), [*result.findings]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_default_in_memory_is_found(tmp_path: Path, way: str) -> None:
    verdict, findings = judged(tmp_path, way.replace("{}", "memory://"))
    assert verdict.verdict == "fail"
    assert [finding.code for finding in findings if finding.item == "rate-limit"] == ["SL0501"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_shared_default_is_none(tmp_path: Path, way: str) -> None:
    verdict, findings = judged(tmp_path, way.replace("{}", "redis://cache/0"))
    assert verdict.verdict == "pass"
    assert not [finding for finding in findings if finding.item == "rate-limit"]


def test_an_option_that_has_to_be_given(tmp_path: Path) -> None:
    source = ARGPARSE + 'parser.add_argument("--uri", required=True)\ncreate_app(parser.parse_args().uri)\n'
    assert judged(tmp_path, source)[0].verdict == "pass"


def test_an_option_without_a_default_stays_open(tmp_path: Path) -> None:
    source = ARGPARSE + 'parser.add_argument("--uri")\ncreate_app(parser.parse_args().uri)\n'
    verdict, _ = judged(tmp_path, source)
    assert verdict.verdict == "unknown"
    assert "--uri" in verdict.evidence[0].text


def test_an_option_of_another_name_says_nothing(tmp_path: Path) -> None:
    source = ARGPARSE + 'parser.add_argument("--other", default="memory://")\ncreate_app(parser.parse_args().uri)\n'
    assert judged(tmp_path, source)[0].verdict == "unknown"


def test_the_variable_of_an_option_is_what_the_deployment_sets(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.13\nENV URI=redis://cache/0\nCMD python app.py\n")
    assert judged(tmp_path, WAYS["configargparse"].replace("{}", "memory://"))[0].verdict == "pass"
