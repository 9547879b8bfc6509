"""How libraries read the environment: which argument names the variable, which is the default, what the result means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.survey.summary import Const, Display, Ref

if TYPE_CHECKING:
    from statelint.survey.summary import Call, Expr

_DOES_NOT_INSIST: Final = ("os.environ.get", "os.environ.pop", "os.getenv", "os.environb.get", "os.getenvb", "starlette.config.environ.get")
"""Give None where the variable is not set; the others raise."""
_CAST_SECOND: Final = (
    "environ.Env.__call__",
    "environ.FileAwareEnv.__call__",
    "environ.Env.get_value",
    "starlette.config.Config.__call__",
    "starlette.config.Config.get",
)
"""Take the type before the default."""
_CASTS: Final = frozenset({"str", "int", "float", "bool", "list", "dict", "tuple", "set", "bytes"})
_URL_METHODS: Final = {
    "db": "DATABASE_URL",
    "db_url": "DATABASE_URL",
    "dj_db_url": "",
    "cache": "CACHE_URL",
    "cache_url": "CACHE_URL",
    "dj_cache_url": "",
    "email": "EMAIL_URL",
    "email_url": "EMAIL_URL",
    "channels": "CHANNELS_URL",
    "channels_url": "CHANNELS_URL",
    "search_url": "SEARCH_URL",
}
_URL_FUNCTIONS: Final = {
    "dj_database_url.config": "DATABASE_URL",
    "django_cache_url.config": "CACHE_URL",
    "dj_email_url.config": "EMAIL_URL",
    "dj_redis_url.config": "REDIS_URL",
}
_URL_PARSERS: Final = frozenset(
    {"dj_database_url.parse", "django_cache_url.parse", "environ.Env.db_url_config", "environ.Env.cache_url_config"}
)
_ENGINES: Final = {
    "sqlite": "django.db.backends.sqlite3",
    "sqlite3": "django.db.backends.sqlite3",
    "spatialite": "django.contrib.gis.db.backends.spatialite",
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "psql": "django.db.backends.postgresql",
    "pgsql": "django.db.backends.postgresql",
    "postgis": "django.contrib.gis.db.backends.postgis",
    "mysql": "django.db.backends.mysql",
    "mysql2": "django.db.backends.mysql",
    "mysqlgis": "django.contrib.gis.db.backends.mysql",
    "oracle": "django.db.backends.oracle",
    "mssql": "mssql",
    "cockroach": "django_cockroachdb",
    "cockroachdb": "django_cockroachdb",
}
_CACHES: Final = {
    "locmem": "django.core.cache.backends.locmem.LocMemCache",
    "locmemcache": "django.core.cache.backends.locmem.LocMemCache",
    "dummy": "django.core.cache.backends.dummy.DummyCache",
    "dummycache": "django.core.cache.backends.dummy.DummyCache",
    "db": "django.core.cache.backends.db.DatabaseCache",
    "dbcache": "django.core.cache.backends.db.DatabaseCache",
    "file": "django.core.cache.backends.filebased.FileBasedCache",
    "filecache": "django.core.cache.backends.filebased.FileBasedCache",
    "memcache": "django.core.cache.backends.memcached.PyMemcacheCache",
    "memcached": "django.core.cache.backends.memcached.PyMemcacheCache",
    "pymemcache": "django.core.cache.backends.memcached.PyMemcacheCache",
    "pylibmc": "django.core.cache.backends.memcached.PyLibMCCache",
    "djangopylibmc": "django_pylibmc.memcached.PyLibMCCache",
    "elasticache": "django_elasticache.memcached.ElastiCache",
    "redis": "django_redis.cache.RedisCache",
    "rediss": "django_redis.cache.RedisCache",
    "rediscache": "django_redis.cache.RedisCache",
    "uwsgicache": "uwsgicache.UWSGICache",
}


class Reading(NamedTuple):
    """One reading of the environment."""

    variable: Expr | None
    """The expression that names the variable; None where `name` says it."""
    name: str
    default: Expr | None
    required: bool
    """Without the variable and without a default it is an error."""
    truth: bool = False
    """The text is turned into a boolean."""


def reading_of(call: Call, name: str) -> Reading:
    """Take a call of an environment reader apart; `name` is the reader's qualified name."""
    keywords = dict(call.keywords)
    method = name.rpartition(".")[2]
    if is_file_reader(name):
        parts = [str(arg.value) for arg in call.args[:2] if isinstance(arg, Const)]
        return Reading(None, ".".join(parts), keywords.get("fallback"), required="fallback" not in keywords, truth=method == "getboolean")
    customary = _URL_FUNCTIONS.get(name, _URL_METHODS.get(method, ""))
    if name in _URL_FUNCTIONS:
        variable = keywords.get("env") or (call.args[0] if call.args else None)
        return Reading(variable, customary, keywords.get("default"), required=False)
    variable = call.args[0] if call.args else keywords.get("var") or keywords.get("key") or keywords.get("option") or keywords.get("name")
    position = 2 if name in _CAST_SECOND else 1
    positional = call.args[position] if len(call.args) > position else None
    if position == 2 and len(call.args) == 2 and not _is_cast(call.args[1]):
        positional = call.args[1]
    default = keywords.get("default", positional)
    cast = keywords.get("cast") or (call.args[1] if len(call.args) > 1 and _is_cast(call.args[1]) else None)
    truth = method == "bool" or (isinstance(cast, Ref) and cast.path == "bool")
    return Reading(variable, customary if variable is None else "", default, required=name not in _DOES_NOT_INSIST, truth=truth)


def _is_cast(expr: Expr) -> bool:
    return isinstance(expr, Ref) and expr.path.rpartition(".")[2] in (*_CASTS, "Secret", "CommaSeparatedStrings", "URL", "Path")


def declared_default(keywords: tuple[tuple[str, Expr], ...], variable: str) -> Expr | None:
    """Return the default in `Env(DEBUG=(bool, False), CACHE_URL=(str, "locmem://"))`."""
    for name, value in keywords:
        if name == variable and isinstance(value, Display) and len(value.items) == 2:
            return value.items[1]
        if name == variable and isinstance(value, Const):
            return value
    return None


def is_url_reader(name: str) -> bool:
    """Whether a qualified name gives a mapping made from a URL: `dj_database_url.config`, `env.db`."""
    return (
        name in _URL_FUNCTIONS
        or name in _URL_PARSERS
        or (name.startswith(("environ.", "environs.")) and name.rpartition(".")[2] in _URL_METHODS)
    )


def is_file_reader(name: str) -> bool:
    """Whether it reads an option of a configuration file: `ConfigParser.get(section, option, fallback=...)`."""
    return name.startswith("configparser.") and name.endswith(("Parser.get", "Parser.getboolean", "Parser.getint", "Parser.getfloat"))


def is_option_table(name: str) -> bool:
    """Whether objects of a class hold the options of a configuration file, `config["section"]["option"]`."""
    return name.startswith("configparser.") and name.endswith("Parser")


def is_url_function(name: str) -> bool:
    """Whether it reads one customary variable."""
    return name in _URL_FUNCTIONS


def is_url_parser(name: str) -> bool:
    """Whether it makes the mapping from its first argument."""
    return name in _URL_PARSERS


def backend_of(url: str, key: str) -> str | None:
    """Return the class path that a mapping made from a URL holds under `ENGINE` or `BACKEND`; None where it is not known."""
    scheme = url.partition(":")[0].lower().partition("+")[0]
    if key == "ENGINE":
        return _ENGINES.get(scheme)
    return _CACHES.get(scheme) if key == "BACKEND" else None


def in_words(value: str) -> bool | None:
    """Read a variable's text as a boolean."""
    text = value.strip().lower()
    if text in ("1", "true", "yes", "on", "y", "t", "ok"):
        return True
    return False if text in ("0", "false", "no", "off", "n", "f", "") else None
