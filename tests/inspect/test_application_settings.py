"""Settings of Flask, Quart and Sanic applications, and values from settings models: which of several counts, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.inspect.opened import analysed, decided, opened

from statelint.inspect.rows.patterns import shown
from statelint.survey.summary import Ref

if TYPE_CHECKING:
    from pathlib import Path


class Case(NamedTuple):
    """Files, a setting, and what it comes to."""

    title: str
    files: dict[str, str]
    setting: str
    expected: list[str]


def _app(title: str, text: str, *expected: str, **files: str) -> Case:
    """An application in `app.py` after the line that makes it, and further modules by name; the setting is SESSION_TYPE."""
    head = "import os\nfrom flask import Flask\n\napp = Flask(__name__)\n"
    further = {f"{name}.py": source for name, source in files.items()}
    return Case(title, {"app.py": head + text, **further}, "SESSION_TYPE", list(expected))


_CLASSES = """
import os

class Config:
    SESSION_TYPE = "filesystem"

class DevelopmentConfig(Config):
    SESSION_TYPE = "null"

class TestingConfig(Config):
    SESSION_TYPE = "cachelib"

class ProductionConfig(Config):
    SESSION_TYPE = "redis"

configs = {"development": DevelopmentConfig, "testing": TestingConfig, "production": ProductionConfig, "default": DevelopmentConfig}
"""
_INHERITED = _CLASSES.replace('    SESSION_TYPE = "redis"\n', "    DEBUG = False\n")

_KEYS = [
    _app("a key", 'app.config["SESSION_TYPE"] = "redis"\n', "'redis' app.py:5"),
    _app("a later key", 'app.config["SESSION_TYPE"] = "null"\napp.config["SESSION_TYPE"] = "redis"\n', "'redis' app.py:6"),
    _app("update", 'app.config.update(\n    DEBUG=False,\n    SESSION_TYPE="redis",\n)\n', "'redis' app.py:7"),
    _app("update with a mapping", 'app.config.update({\n    "SESSION_TYPE": "redis",\n})\n', "'redis' app.py:6"),
    _app("from_mapping", 'app.config.from_mapping(\n    SESSION_TYPE="redis",\n)\n', "'redis' app.py:6"),
    _app("from_mapping of a name", 'DEFAULTS = {"SESSION_TYPE": "redis"}\napp.config.from_mapping(DEFAULTS)\n', "'redis' app.py:5"),
    _app(
        "setdefault after a key",
        'app.config["SESSION_TYPE"] = "redis"\napp.config.setdefault("SESSION_TYPE", "filesystem")\n',
        "'redis' app.py:5",
    ),
    _app("setdefault alone", 'app.config.setdefault("SESSION_TYPE", "filesystem")\n', "'filesystem' app.py:5"),
    _app("a variable", 'app.config["SESSION_TYPE"] = os.getenv("STORE", "filesystem")\n', "'filesystem' app.py:5 unless STORE"),
    _app(
        "development",
        'app.config["SESSION_TYPE"] = "redis"\nif app.debug:\n    app.config["SESSION_TYPE"] = "filesystem"\n',
        "'redis' app.py:5",
    ),
    _app(
        "another name for the configuration",
        'settings = app.config\nsettings["SESSION_TYPE"] = "redis"\n',
        "'redis' app.py:6",
    ),
    _app(
        "a factory and a helper",
        'def configure(app):\n    app.config["SESSION_TYPE"] = "redis"\n\nconfigure(app)\n',
        "'redis' app.py:6",
    ),
]

_OBJECTS = [
    _app("a class", "import config\napp.config.from_object(config.ProductionConfig)\n", "'redis' config.py:13", config=_CLASSES),
    _app("a class by name", 'app.config.from_object("config.ProductionConfig")\n', "'redis' config.py:13", config=_CLASSES),
    _app(
        "an instance",
        "from config import ProductionConfig\napp.config.from_object(ProductionConfig())\n",
        "'redis' config.py:13",
        config=_CLASSES,
    ),
    _app(
        "a table of classes",
        'from config import configs\napp.config.from_object(configs[os.getenv("FLASK_ENV", "default")])\n',
        "'redis' config.py:13",
        config=_CLASSES,
    ),
    _app(
        "a table of classes by get",
        'from config import configs\napp.config.from_object(configs.get("default"))\n',
        "'redis' config.py:13",
        config=_CLASSES,
    ),
    _app("what production inherits", 'app.config.from_object("config.ProductionConfig")\n', "'filesystem' config.py:4", config=_INHERITED),
    _app(
        "the only class",
        'app.config.from_object("config.DevelopmentConfig")\n',
        "'null' config.py:2",
        config='class DevelopmentConfig:\n    SESSION_TYPE = "null"\n',
    ),
    _app(
        "development by default, production beside it",
        'app.config.from_object("config.DevelopmentConfig")\n',
        "'redis' config.py:13",
        config=_CLASSES,
    ),
    _app("the environment chooses", 'app.config.from_object(os.environ["APP_SETTINGS"])\n', "'redis' config.py:13", config=_CLASSES),
    _app("the head of a name", "app.config.from_object(f\"config.{os.environ['MODE']}Config\")\n", "'redis' config.py:13", config=_CLASSES),
    _app("a module", "import config\napp.config.from_object(config)\n", "'redis' config.py:1", config='SESSION_TYPE = "redis"\n'),
    _app(
        "a module by name",
        'app.config.from_object("default_settings")\n',
        "'redis' default_settings.py:1",
        default_settings='SESSION_TYPE = "redis"\n',
    ),
    _app(
        "what a module imports",
        'app.config.from_object("config")\n',
        "'redis' stores.py:1",
        config="from stores import KIND as SESSION_TYPE\n",
        stores='KIND = "redis"\n',
    ),
    _app(
        "what a module imports by star",
        'app.config.from_object("config")\n',
        "'redis' stores.py:1",
        config="from stores import *\n",
        stores='SESSION_TYPE = "redis"\n',
    ),
    _app(
        "what a module imports and then sets itself",
        'app.config.from_object("config")\n',
        "'redis' config.py:3",
        config='from stores import *\n\nSESSION_TYPE = "redis"\n',
        stores='SESSION_TYPE = "null"\n',
    ),
    _app(
        "a module beside the one that is loaded",
        'app.config.from_object("config")\n',
        config="import stores\n",
        stores='SESSION_TYPE = "null"\n',
    ),
    _app(
        "a file",
        'app.config.from_pyfile("default_settings.py")\n',
        "'redis' default_settings.py:1",
        default_settings='SESSION_TYPE = "redis"\n',
    ),
    _app(
        "a key after the object",
        'app.config.from_object("config")\napp.config["SESSION_TYPE"] = "null"\n',
        "'null' app.py:6",
        config='SESSION_TYPE = "redis"\n',
    ),
    _app(
        "a key before the object",
        'app.config["SESSION_TYPE"] = "null"\napp.config.from_object("config")\n',
        "'redis' config.py:1",
        config='SESSION_TYPE = "redis"\n',
    ),
    _app(
        "the default of the factory's parameter",
        "from config import ProductionConfig\n\ndef create_app(settings=ProductionConfig):\n    app = Flask(__name__)\n"
        "    app.config.from_object(settings)\n    return app\n",
        "'redis' config.py:13",
        config=_CLASSES,
    ),
]

_COMPOSE = """
    services:
      web:
        build: .
        command: gunicorn app:app
        environment:
          FLASK_SESSION_TYPE: redis
    """
_OUTSIDE = [
    Case(
        "from_prefixed_env and what the deployment sets",
        {
            "app.py": """
                from flask import Flask

                app = Flask(__name__)
                app.config["SESSION_TYPE"] = "filesystem"
                app.config.from_prefixed_env()
                """,
            "compose.yaml": _COMPOSE,
        },
        "SESSION_TYPE",
        ["'redis' compose.yaml:6"],
    ),
    Case(
        "Sanic's attributes",
        {"app.py": 'from sanic import Sanic\n\napp = Sanic("shop")\napp.config.SESSION_TYPE = "redis"\n'},
        "SESSION_TYPE",
        ["'redis' app.py:4"],
    ),
    Case(
        "Sanic's update_config",
        {"app.py": 'from sanic import Sanic\n\napp = Sanic("shop")\napp.update_config({"SESSION_TYPE": "redis"})\n'},
        "SESSION_TYPE",
        ["'redis' app.py:4"],
    ),
]


@pytest.mark.parametrize("case", [*_KEYS, *_OBJECTS, *_OUTSIDE], ids=lambda case: case.title)
def test_setting(case: Case, tmp_path: Path) -> None:
    assert decided(opened(tmp_path, case.files), case.setting) == case.expected


_SESSIONS = """
from flask import Flask, session
from flask_session import Session

app = Flask(__name__)
{loading}
Session(app)

@app.post("/login")
def login():
    session["user"] = "ada"
    return "ok"
"""


def test_the_class_that_was_judged_is_named(tmp_path: Path) -> None:
    files = {"app.py": _SESSIONS.format(loading='app.config.from_object("config.ProductionConfig")'), "config.py": _INHERITED}
    found = [finding for finding in analysed(tmp_path, files).findings if finding.code == "SL0102"]
    assert [(finding.path, finding.line) for finding in found] == [("config.py", 4)]
    assert "of ProductionConfig" in found[0].label


def test_configuration_for_tests_is_not_what_runs(tmp_path: Path) -> None:
    """A class that the tests hand to the factory counts only where nothing else is loaded."""
    files = {
        "config.py": _CLASSES,
        "app.py": """
            from flask import Flask

            def create_app(config=None):
                app = Flask(__name__)
                app.config.from_object("config.ProductionConfig")
                app.config.from_object(config)
                return app
            """,
        "tests/test_app.py": "from app import create_app\nfrom config import TestingConfig\n\napp = create_app(TestingConfig)\n",
    }
    assert decided(opened(tmp_path, files), "SESSION_TYPE") == ["'redis' config.py:13"]


_LIMITER = """
from flask import Flask
from flask_limiter import Limiter
import os

app = Flask(__name__)
{made}

@app.get("/")
def index():
    return "ok"
"""
_REDIS_OR_MEMORY = """
if os.getenv("REDIS_URL"):
    limiter = Limiter("ip", app=app, storage_uri=os.environ["REDIS_URL"])
else:
    limiter = Limiter("ip", app=app, storage_uri="memory://")
"""


def test_what_no_default_leads_to_proves_nothing(tmp_path: Path) -> None:
    """Redis is supported, and memory is what runs: the finding names the variable, the checklist shows no PASS."""
    analysis = analysed(tmp_path, {"app.py": _LIMITER.format(made=_REDIS_OR_MEMORY)})
    found = [finding for finding in analysis.findings if finding.code == "SL0501"]
    assert [finding.line for finding in found] == [10]
    assert any("REDIS_URL" in note for note in found[0].notes)
    assert not [one for one in analysis.evidence if one.item == "rate-limit" and one.kind == "pass"]


def test_a_deployment_that_sets_the_switch_decides(tmp_path: Path) -> None:
    compose = """
        services:
          web:
            build: .
            command: gunicorn app:app
            environment:
              REDIS_URL: redis://redis:6379
        """
    analysis = analysed(tmp_path, {"app.py": _LIMITER.format(made=_REDIS_OR_MEMORY), "compose.yaml": compose})
    assert [one.severity for one in analysis.findings if one.code == "SL0501"] == ["note"]
    assert [one.line for one in analysis.evidence if one.item == "rate-limit" and one.kind == "pass"] == [8]


def test_settings_out_of_sight_are_an_open_question(tmp_path: Path) -> None:
    files = {"app.py": _SESSIONS.format(loading="from elsewhere import configuration\napp.config.from_object(configuration)")}
    analysis = analysed(tmp_path, files)
    assert not [finding for finding in analysis.findings if finding.item == "sessions"]
    assert any("from_object() reads them from what could not be followed" in one.text for one in analysis.evidence if one.kind == "unknown")


class Value(NamedTuple):
    """A module that binds `VALUE`, and what it is worth."""

    title: str
    text: str
    expected: list[str]


_MODEL = """
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic import Field

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="shop_")
    store: str = "memory://"
    url: str
    queue: str = Field(default="memory://", validation_alias="QUEUE_URL")

settings = Settings()
"""
_VALUES = [
    Value("a field with a default", f"{_MODEL}\nVALUE = settings.store\n", ["'memory://' SHOP_STORE"]),
    Value("a field without a default", f"{_MODEL}\nVALUE = settings.url\n", ["$SHOP_URL SHOP_URL"]),
    Value("a field with an alias", f"{_MODEL}\nVALUE = settings.queue\n", ["'memory://' QUEUE_URL"]),
    Value(
        "a field of a cached function's result",
        f"{_MODEL}\nfrom functools import lru_cache\n\n@lru_cache\ndef get_settings():\n    return Settings()\n\n"
        "VALUE = get_settings().store\n",
        ["'memory://' SHOP_STORE"],
    ),
    Value(
        "a subclass",
        f"{_MODEL}\nclass Shop(Settings):\n    store: str = 'redis://'\n\nVALUE = Shop().store\n",
        ["'redis://' SHOP_STORE"],
    ),
    Value(
        "a nested model",
        "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\n\nclass Store(BaseModel):\n    url: str = 'memory://'\n\n"
        "class Settings(BaseSettings):\n    store: Store = Store()\n\nsettings = Settings()\nVALUE = settings.store.url\n",
        ["'memory://' "],
    ),
    Value(
        "Starlette's Config",
        "from starlette.config import Config\n\nconfig = Config('.env')\nVALUE = config('STORE', default='memory://')\n",
        ["'memory://' STORE"],
    ),
    Value(
        "Starlette's Config with a cast",
        "from starlette.config import Config\n\nconfig = Config('.env')\nVALUE = config('STORE', str, 'memory://')\n",
        ["'memory://' STORE"],
    ),
    Value(
        "a name that is bound again", "import os\n\nVALUE = os.getenv('STORE', 'memory://')\nVALUE = VALUE.strip()\n", ["'memory://' STORE"]
    ),
    Value("the last binding counts", "VALUE = 'memory://'\nVALUE = 'redis://'\n", ["'redis://' "]),
    Value(
        "two arms and a switch",
        "import os\n\nif os.getenv('REDIS_URL'):\n    VALUE = 'redis://'\nelse:\n    VALUE = 'memory://'\n",
        ["'memory://' REDIS_URL"],
    ),
    Value("a class of constants", "class Config:\n    STORE = 'memory://'\n\nVALUE = Config.STORE\n", ["'memory://' "]),
    Value(
        "production's class",
        "class Config:\n    STORE = 'memory://'\n\nclass ProductionConfig(Config):\n    STORE = 'redis://'\n\n"
        "VALUE = ProductionConfig().STORE\n",
        ["'redis://' "],
    ),
    Value(
        "Dynaconf",
        "from dynaconf import Dynaconf\n\nsettings = Dynaconf(envvar_prefix='SHOP')\nVALUE = settings.STORE\n",
        ["$SHOP_STORE SHOP_STORE"],
    ),
    Value(
        "a function that reads the environment",
        "import os\n\ndef get(name, default=None):\n    value = os.environ.get('SHOP_' + name)\n"
        "    if value is not None:\n        return value\n"
        "    return default\n\nOTHER = get('OTHER', 'redis://')\nVALUE = get('STORE', 'memory://')\n",
        ["'memory://' SHOP_STORE"],
    ),
    Value(
        "an ini file",
        "import configparser\n\nconfig = configparser.ConfigParser()\nVALUE = config.get('store', 'url', fallback='memory://')\n",
        ["'memory://' store.url"],
    ),
    Value("strings that are joined", "HOST = 'db'\nVALUE = 'redis://' + HOST + '/0'\n", ["'redis://db/0' "]),
    Value("a string that is known by its beginning", "import sys\n\nVALUE = f'redis://{sys.argv}/0'\n", ["redis://... "]),
    Value(
        "a key of a mapping",
        "ALL = {'a': 'redis://', 'b': 'memory://'}\nVALUE = ALL['a']\n",
        ["'redis://' "],
    ),
    Value("a true value before or", "VALUE = 'redis://' or 'memory://'\n", ["'redis://' "]),
]


@pytest.mark.parametrize("case", _VALUES, ids=lambda case: case.title)
def test_value(case: Value, tmp_path: Path) -> None:
    context = opened(tmp_path, {"app.py": case.text})
    body = context.program.modules["app"].body
    values = context.program.evaluator.values(body, Ref("VALUE"))
    assert [f"{shown(value)} {value.variable}" for value in values] == case.expected


@pytest.mark.parametrize(
    "text",
    [
        "VALUE = {'a': 1}\nVALUE = {'b': VALUE['a']}\nVALUE = VALUE['b']\n",
        "def one(x):\n    return two(x)\n\ndef two(x):\n    return one(x)\n\nVALUE = one(two(1))\n",
        "class A:\n    x = 1\n\n    def make(self):\n        self.x = self.y\n        self.y = self.x\n\nVALUE = A().x\n",
        "a = b = 1\nfor _ in range(3):\n    a = b + a\n    b = a + b\nVALUE = a\n",
        "VALUE = ''\n" + "VALUE = VALUE + 'x'\n" * 60,
        "import os\nVALUE = 1\n" + "if os.getenv(str(VALUE)):\n    VALUE = VALUE + 1\n" * 30,
    ],
    ids=[
        "a mapping of itself",
        "functions of each other",
        "attributes of each other",
        "names of each other",
        "a long chain",
        "many switches",
    ],
)
def test_values_that_lead_to_themselves(text: str, tmp_path: Path) -> None:
    context = opened(tmp_path, {"app.py": text})
    assert context.program.evaluator.values(context.program.modules["app"].body, Ref("VALUE"))


def test_what_a_loaded_module_adds_stands_beside_the_rest(tmp_path: Path) -> None:
    files = {
        "app.py": 'from flask import Flask\n\napp = Flask(__name__)\napp.config.from_object("config")\n',
        "config.py": 'HOSTS = ["a.example"]\nHOSTS += ["b.example"]\nPORTS = [1]\nPORTS = [2]\n',
    }
    settings = opened(tmp_path, files).program.settings
    assert [value.line for value in settings.lookup("HOSTS")] == [1, 2]
    assert [value.line for value in settings.lookup("PORTS")] == [4]
