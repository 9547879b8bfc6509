"""Django's settings as production has them: where each value stands, what replaces it, and what a variable would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.inspect.opened import decided, opened

if TYPE_CHECKING:
    from pathlib import Path

_URLS = {"shop/__init__.py": "", "shop/urls.py": "urlpatterns = []\n"}


class Case(NamedTuple):
    """Settings files, a setting, and what it comes to."""

    title: str
    files: dict[str, str]
    setting: str
    expected: list[str]


def _one(title: str, text: str, setting: str, *expected: str) -> Case:
    return Case(title, {"shop/settings.py": text}, setting, list(expected))


_PLACES = [
    _one(
        "the line of the key",
        """
        CACHES = {
            "default": {
                "BACKEND": "locmem",
                "LOCATION": "shop",
            },
        }
        """,
        "CACHES.default.BACKEND",
        "'locmem' shop/settings.py:3",
    ),
    _one(
        "each of several",
        """
        LOGGING = {
            "handlers": {
                "console": {"class": "logging.StreamHandler"},
                "file": {
                    "class": "logging.FileHandler",
                    "filename": "x.log",
                },
            },
        }
        """,
        "LOGGING.handlers.*.class",
        "'logging.StreamHandler' shop/settings.py:3",
        "'logging.FileHandler' shop/settings.py:5",
    ),
    _one(
        "a key that is added later",
        """
        LOGGING = {"handlers": {"console": {"class": "logging.StreamHandler"}}}
        LOGGING["handlers"]["file"] = {
            "class": "logging.FileHandler",
        }
        """,
        "LOGGING.handlers.*.class",
        "'logging.StreamHandler' shop/settings.py:1",
        "'logging.FileHandler' shop/settings.py:3",
    ),
    _one(
        "a value that replaces a nested one",
        """
        CACHES = {"default": {"BACKEND": "locmem"}}
        CACHES["default"]["BACKEND"] = "redis"
        """,
        "CACHES.default.BACKEND",
        "'redis' shop/settings.py:2",
    ),
    _one(
        "an alias that is replaced",
        """
        CACHES = {"default": {"BACKEND": "locmem"}}
        CACHES["default"] = {"BACKEND": "redis"}
        """,
        "CACHES.default.BACKEND",
        "'redis' shop/settings.py:2",
    ),
    _one(
        "update",
        """
        CACHES = {"default": {"BACKEND": "locmem"}}
        CACHES.update({
            "sessions": {"BACKEND": "redis"},
        })
        """,
        "CACHES.*.BACKEND",
        "'locmem' shop/settings.py:1",
        "'redis' shop/settings.py:3",
    ),
    _one(
        "helper dicts, spreads and copies",
        """
        import copy

        BASE = {
            "BACKEND": "redis",
        }
        LOCAL = {**BASE, "BACKEND": "locmem"}
        CACHES = {
            "default": LOCAL,
            "other": copy.deepcopy(BASE),
            "third": dict(BASE, BACKEND="file"),
        }
        """,
        "CACHES.*.BACKEND",
        "'locmem' shop/settings.py:6",
        "'redis' shop/settings.py:4",
        "'file' shop/settings.py:10",
    ),
    _one(
        "lists of dicts",
        """
        TEMPLATES = [
            {"BACKEND": "one"},
            {
                "BACKEND": "two",
            },
        ]
        """,
        "TEMPLATES.*.BACKEND",
        "'one' shop/settings.py:2",
        "'two' shop/settings.py:4",
    ),
    _one(
        "a function that makes the mapping",
        """
        def caches():
            return {
                "default": {"BACKEND": "locmem"},
            }

        CACHES = caches()
        """,
        "CACHES.default.BACKEND",
        "'locmem' shop/settings.py:3",
    ),
    _one(
        "a mapping that cannot be followed",
        """
        from elsewhere import caches

        CACHES = {"default": caches()}
        """,
        "CACHES.default.BACKEND",
        "a value that could not be followed shop/settings.py:3",
    ),
]

_ENVIRONMENT = [
    _one(
        "a default",
        """
        import os

        SESSION_ENGINE = os.environ.get("SESSION_ENGINE", "file")
        """,
        "SESSION_ENGINE",
        "'file' shop/settings.py:3 unless SESSION_ENGINE",
    ),
    _one(
        "a variable that must be set",
        """
        import os

        SESSION_ENGINE = os.environ["ENGINE"]
        """,
        "SESSION_ENGINE",
        "$ENGINE shop/settings.py:3",
    ),
    _one(
        "an or",
        """
        import os

        SESSION_ENGINE = os.getenv("ENGINE") or "file"
        """,
        "SESSION_ENGINE",
        "'file' shop/settings.py:3 unless ENGINE",
    ),
    _one(
        "dj-database-url",
        """
        import dj_database_url

        DATABASES = {
            "default": dj_database_url.config(default="sqlite:///db.sqlite3"),
        }
        """,
        "DATABASES.default.ENGINE",
        "'django.db.backends.sqlite3' shop/settings.py:4 unless DATABASE_URL",
    ),
    _one(
        "dj-database-url over a file",
        """
        import dj_database_url

        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
        DATABASES["default"].update(dj_database_url.config(conn_max_age=600))
        """,
        "DATABASES.default.ENGINE",
        "'django.db.backends.sqlite3' shop/settings.py:3 unless DATABASE_URL",
    ),
    _one(
        "django-environ",
        """
        import environ

        env = environ.Env()
        CACHES = {"default": env.cache(default="locmemcache://")}
        """,
        "CACHES.default.BACKEND",
        "'django.core.cache.backends.locmem.LocMemCache' shop/settings.py:4 unless CACHE_URL",
    ),
    _one(
        "django-environ without a default",
        """
        import environ

        env = environ.Env()
        DATABASES = {"default": env.db("DB_URL")}
        """,
        "DATABASES.default.ENGINE",
        "$DB_URL shop/settings.py:4",
    ),
    _one(
        "django-environ with declared defaults",
        """
        import environ

        env = environ.Env(ENGINE=(str, "file"))
        SESSION_ENGINE = env("ENGINE")
        """,
        "SESSION_ENGINE",
        "'file' shop/settings.py:4 unless ENGINE",
    ),
    _one(
        "django-environ's methods",
        """
        import environ

        env = environ.Env()
        SESSION_ENGINE = env.str("ENGINE", default="file")
        """,
        "SESSION_ENGINE",
        "'file' shop/settings.py:4 unless ENGINE",
    ),
    _one(
        "environs",
        """
        from environs import Env

        env = Env()
        env.read_env()
        SESSION_ENGINE = env.str("ENGINE", "file")
        """,
        "SESSION_ENGINE",
        "'file' shop/settings.py:5 unless ENGINE",
    ),
    _one(
        "decouple",
        """
        from decouple import config

        CACHES = {"default": {"BACKEND": config("CACHE", default="locmem")}}
        """,
        "CACHES.default.BACKEND",
        "'locmem' shop/settings.py:3 unless CACHE",
    ),
]

_CONDITIONS = [
    _one(
        "a switch that is off",
        """
        import os

        USE_REDIS = os.getenv("USE_REDIS", "0") == "1"
        if USE_REDIS:
            CACHES = {"default": {"BACKEND": "redis"}}
        else:
            CACHES = {"default": {"BACKEND": "locmem"}}
        """,
        "CACHES.default.BACKEND",
        "'locmem' shop/settings.py:7 unless USE_REDIS",
    ),
    _one(
        "a switch that is on",
        """
        import environ

        env = environ.Env()
        CACHES = {"default": {"BACKEND": "locmem"}}
        if env.bool("USE_REDIS", default=True):
            CACHES = {"default": {"BACKEND": "redis"}}
        """,
        "CACHES.default.BACKEND",
        "'redis' shop/settings.py:6 unless USE_REDIS",
    ),
    _one(
        "an address that switches",
        """
        import os

        REDIS_URL = os.environ.get("REDIS_URL")
        CACHES = {"default": {"BACKEND": "redis" if REDIS_URL else "locmem"}}
        """,
        "CACHES.default.BACKEND",
        "'locmem' shop/settings.py:4 unless REDIS_URL",
    ),
    _one(
        "a name that is present or not",
        """
        import os

        if "REDIS_URL" in os.environ:
            SESSION_ENGINE = "redis"
        else:
            SESSION_ENGINE = "file"
        """,
        "SESSION_ENGINE",
        "'file' shop/settings.py:6 unless REDIS_URL",
    ),
    _one(
        "development",
        """
        DEBUG = False
        if DEBUG:
            EMAIL_BACKEND = "file"
        else:
            EMAIL_BACKEND = "smtp"
        """,
        "EMAIL_BACKEND",
        "'smtp' shop/settings.py:5",
    ),
    _one(
        "production by name",
        """
        import os

        EMAIL_BACKEND = "file"
        if os.getenv("ENVIRONMENT") == "production":
            EMAIL_BACKEND = "smtp"
        """,
        "EMAIL_BACKEND",
        "'smtp' shop/settings.py:5",
    ),
    _one(
        "nobody knows",
        """
        from shop.flags import flag

        if flag("redis"):
            SESSION_ENGINE = "redis"
        else:
            SESSION_ENGINE = "file"
        """,
        "SESSION_ENGINE",
        "'redis' shop/settings.py:4 if flag(\"redis\")",
        "'file' shop/settings.py:6 if flag(\"redis\")",
    ),
    _one(
        "a constant in the code",
        """
        USE_REDIS = False
        SESSION_ENGINE = "redis" if USE_REDIS else "file"
        """,
        "SESSION_ENGINE",
        "'file' shop/settings.py:2",
    ),
]

_BASE = 'SESSION_ENGINE = "file"\nCACHES = {"default": {"BACKEND": "locmem"}}\n'
_SPLIT = [
    Case(
        "production over base, development left out",
        {
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": _BASE,
            "shop/settings/production.py": 'from .base import *\n\nSESSION_ENGINE = "db"\n',
            "shop/settings/development.py": 'from .base import *\n\nSESSION_ENGINE = "memory"\n',
        },
        "SESSION_ENGINE",
        ["'db' shop/settings/production.py:3"],
    ),
    Case(
        "what production takes from base",
        {
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": _BASE,
            "shop/settings/production.py": 'from .base import *\n\nSESSION_ENGINE = "db"\n',
        },
        "CACHES.default.BACKEND",
        ["'locmem' shop/settings/base.py:2"],
    ),
    Case(
        "what replaces what a star brings",
        {
            "shop/settings/__init__.py": 'from .base import *\n\nSESSION_ENGINE = "db"\n',
            "shop/settings/base.py": _BASE,
            "shop/settings/test.py": 'from .base import *\n\nSESSION_ENGINE = "memory"\n',
        },
        "SESSION_ENGINE",
        ["'db' shop/settings/__init__.py:3"],
    ),
    Case(
        "local settings that are for development",
        {
            "shop/settings.py": _BASE + "try:\n    from shop.local_settings import *\nexcept ImportError:\n    pass\n",
            "shop/local_settings.py": 'SESSION_ENGINE = "memory"\n',
        },
        "SESSION_ENGINE",
        ["'file' shop/settings.py:1"],
    ),
    Case(
        "django-split-settings",
        {
            "shop/settings/__init__.py": (
                'from split_settings.tools import include, optional\n\ninclude("components/*.py", optional("environments/production.py"))\n'
            ),
            "shop/settings/components/caches.py": _BASE,
            "shop/settings/environments/production.py": 'SESSION_ENGINE = "db"\n',
            "shop/settings/environments/development.py": 'SESSION_ENGINE = "memory"\n',
        },
        "SESSION_ENGINE",
        ["'db' shop/settings/environments/production.py:1"],
    ),
    Case(
        "the module that the server names",
        {
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": _BASE,
            "shop/settings/cloud.py": 'from .base import *\n\nSESSION_ENGINE = "db"\n',
            "shop/settings/desk.py": 'from .base import *\n\nSESSION_ENGINE = "memory"\n',
            "shop/wsgi.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.cloud")\n',
            "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.desk")\n',
        },
        "SESSION_ENGINE",
        ["'db' shop/settings/cloud.py:3"],
    ),
    Case(
        "the module that the deployment names",
        {
            "shop/settings/__init__.py": "",
            "shop/settings/base.py": _BASE,
            "shop/settings/cloud.py": 'from .base import *\n\nSESSION_ENGINE = "db"\n',
            "shop/settings/production.py": 'from .base import *\n\nSESSION_ENGINE = "memory"\n',
            "compose.yaml": """
                services:
                  web:
                    build: .
                    command: gunicorn shop.wsgi
                    environment:
                      DJANGO_SETTINGS_MODULE: shop.settings.cloud
                """,
        },
        "SESSION_ENGINE",
        ["'db' shop/settings/cloud.py:3"],
    ),
    Case(
        "a variable that the deployment sets",
        {
            "shop/settings.py": 'import os\n\nSESSION_ENGINE = os.getenv("ENGINE", "file")\n',
            "compose.yaml": """
                services:
                  web:
                    build: .
                    command: gunicorn shop.wsgi
                    environment:
                      ENGINE: db
                """,
        },
        "SESSION_ENGINE",
        ["'db' shop/settings.py:3"],
    ),
    Case(
        "a switch that the deployment sets",
        {
            "shop/settings.py": """
                import os

                CACHES = {"default": {"BACKEND": "locmem"}}
                if os.getenv("REDIS_URL"):
                    CACHES = {"default": {"BACKEND": "redis"}}
                """,
            "compose.yaml": """
                services:
                  web:
                    build: .
                    command: gunicorn shop.wsgi
                    environment:
                      REDIS_URL: redis://redis:6379
                """,
        },
        "CACHES.default.BACKEND",
        ["'redis' shop/settings.py:5 unless REDIS_URL"],
    ),
    Case(
        "names from another module",
        {
            "shop/settings/__init__.py": "from shop.settings.caches import CACHES\n",
            "shop/settings/caches.py": 'CACHES = {\n    "default": {"BACKEND": "locmem"},\n}\n',
        },
        "CACHES.default.BACKEND",
        ["'locmem' shop/settings/caches.py:2"],
    ),
    Case(
        "django-configurations",
        {
            "shop/settings.py": """
                from configurations import Configuration

                class Base(Configuration):
                    SESSION_ENGINE = "file"

                class Development(Base):
                    SESSION_ENGINE = "memory"

                class Production(Base):
                    SESSION_ENGINE = "db"
                """,
        },
        "SESSION_ENGINE",
        ["'db' shop/settings.py:10"],
    ),
]


@pytest.mark.parametrize("case", [*_PLACES, *_ENVIRONMENT, *_CONDITIONS, *_SPLIT], ids=lambda case: case.title)
def test_setting(case: Case, tmp_path: Path) -> None:
    context = opened(tmp_path, {**_URLS, **case.files})
    assert decided(context, case.setting) == case.expected


def test_development_settings_alone_decide_nothing(tmp_path: Path) -> None:
    context = opened(tmp_path, {**_URLS, "shop/settings/__init__.py": "", "shop/settings/dev.py": 'SESSION_ENGINE = "file"\n'})
    assert decided(context, "SESSION_ENGINE") == []


_KEYS = {"shop/keys.py": 'words = "kelp"\nKEY = "wrack"\nif words:\n    SECRET_KEY = "dulse"\n'}


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ("from shop.keys import SECRET_KEY\n", ("shop/keys.py", 4)),
        ("from shop.keys import KEY as SECRET_KEY\n", ("shop/keys.py", 2)),
        ("from shop.keys import words as SECRET_KEY\n", ("shop/keys.py", 1)),
        ("from shop.keys import *\n", ("shop/keys.py", 4)),
        ("from shop.more import SECRET_KEY\n", ("shop/keys.py", 2)),
        ('SECRET_KEY = "laver"\nfrom shop.keys import KEY as SECRET_KEY\n', ("shop/keys.py", 2)),
        ('from shop.keys import SECRET_KEY\n\nSECRET_KEY = "laver"\n', ("shop/settings.py", 3)),
        ("from shop.keys import words\n\nSECRET_KEY = words\n", ("shop/settings.py", 3)),
        ("from secret_keys import SECRET_KEY\n", ("shop/settings.py", 1)),
    ],
)
def test_a_setting_has_the_place_where_it_is_assigned(settings: str, place: tuple[str, int], tmp_path: Path) -> None:
    more = {"shop/more.py": "from shop.keys import KEY as SECRET_KEY\n"}
    found = opened(tmp_path, {**_URLS, **_KEYS, **more, "shop/settings.py": settings}).program.settings.lookup("SECRET_KEY")
    assert [(value.module.path, value.line) for value in found] == [place]


def test_the_keys_of_an_imported_mapping_stand_where_they_are_set(tmp_path: Path) -> None:
    files = {
        "shop/settings.py": "from shop.caches import STORES as CACHES\n",
        "shop/caches.py": 'STORES = {}\nSTORES["default"] = {\n    "BACKEND": "locmem",\n}\n',
    }
    assert decided(opened(tmp_path, {**_URLS, **files}), "CACHES.default.BACKEND") == ["'locmem' shop/caches.py:3"]


def test_a_member_of_a_setting_stands_in_the_module_that_holds_it(tmp_path: Path) -> None:
    files = {
        "shop/settings.py": "from shop.stores import main\n\nDATABASES = {\n    'default': main,\n}\n",
        "shop/stores.py": "main = {\n    'ENGINE': 'postgresql',\n}\n",
    }
    (found,) = opened(tmp_path, {**_URLS, **files}).program.settings.lookup("DATABASES.default.ENGINE")
    assert (found.module.path, found.line) == ("shop/stores.py", 1)
