"""What expressions are worth: constants followed to where they stand, defaults of the environment, beginnings of strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.program.project import cases, function, program

from statelint.survey.summary import Ref

if TYPE_CHECKING:
    from statelint.program.evaluation.value import Value

VALUES = cases("""
## constant
x = "a"
=> 'a'

## number
x = 3 * 60
=> 180

## name
y = "a"
x = y
=> 'a'

## name of another module
-- app.py
from conf import y as x
-- conf.py
y = "a"
=> 'a'

## attribute of a module
-- app.py
import conf
x = conf.y
-- conf.py
y = "a"
=> 'a'

## two bindings
y = "a"
if z:
    y = "b"
x = y
=> 'a' or
=> 'b' or

## environment with a default
import os
x = os.environ.get("NAME", "a")
=> 'a' $NAME

## the field of a dataclass whose factory is made by a helper
import os
from dataclasses import dataclass, field
from typing import overload
@overload
def read(key: str, default: str): ...
@overload
def read(key: str, default: int): ...
def read(key, default):
    return lambda: fetch(key=key, default=default)
def fetch(key, default):
    value = os.getenv(key)
    if value is None:
        return default
    return value
@dataclass
class Settings:
    url: str = field(default_factory=read("URL", "a"))
    other: str = field(default_factory=read("OTHER", "b"))
settings = Settings()
x = settings.url
=> 'a' $URL

## a parameter that one of several callers hands in, and is an alias of others
import os
def cleaned(url):
    return url or url
def first():
    return cleaned("first")
config = {"url": os.environ["URL"]}
x = cleaned(config["url"])
=> env $URL required

## getenv
import os
x = os.getenv("NAME", default="a")
=> 'a' $NAME

## environment without a default
import os
x = os.environ["NAME"]
=> env $NAME required

## environment that may be missing
import os
x = os.environ.get("NAME")
=> env $NAME

## or
import os
x = os.environ.get("NAME") or "a"
=> 'a' $NAME

## decouple
from decouple import config
x = config("NAME", default="a")
=> 'a' $NAME

## f-string
y = "sqlite:///"
x = f"{y}{z}.db"
=> 'sqlite:///'...

## concatenation
x = "sqlite:///" + z
=> 'sqlite:///'...

## percent
x = "sqlite:///%s" % z
=> 'sqlite:///'...

## object
from cachelib import SimpleCache
x = SimpleCache()
=> cachelib.SimpleCache

## class
from cachelib import SimpleCache
x = SimpleCache
=> cachelib.SimpleCache

## returned by a function
def y(): return "a"
x = y()
=> 'a'

## cast
x = int("3")
=> '3'

## path
from pathlib import Path
x = Path("data") / z
=> 'data'...

## display
x = ["a"]
=> display

## conditional that can be decided
x = "a" if True else "b"
=> 'a'

## conditional that cannot
x = "a" if z else "b"
=> 'a' or
=> 'b' or

## conditional by a part of a text
import os
url = os.getenv("URL", "redis://cache")
x = "a" if "redis://" in url else "b"
=> 'a' $URL

## conditional by a part that is not there
import os
url = os.getenv("URL", "memory://")
x = "a" if "redis://" in url else "b"
=> 'b' $URL

## conditional by one of several
import os
x = "a" if os.getenv("KIND", "Redis ").strip().lower() in ("redis", "valkey") else "b"
=> 'a' $KIND

## conditional by two calls on one line
import os
x = "a" if os.getenv("A", "1").lower() == "1" and os.getenv("B", "2").lower() == "2" else "b"
=> 'a' $A

## conditional by the opposite
import os
x = "a" if not (os.getenv("A", "1") == "1" or y) else "b"
=> 'b' $A

## conditional by a range that is open
x = "a" if 1 < y < 3 else "b"
=> 'a' or
=> 'b' or

## switch inside a function
import os
def choose():
    on = os.getenv("ON", "0") == "1"
    return "a" if on else "b"
x = choose()
=> 'b' $ON

## assignment inside a condition
import os
y = "b"
if name := os.getenv("NAME"):
    y = "a"
x = y
=> 'b'

## arm of a match
import os
match os.getenv("KIND", "file"):
    case "redis" | "valkey":
        x = "a"
    case "file":
        x = "b"
    case _:
        x = "c"
=> 'b' $KIND

## last arm of a match
import os
match os.getenv("KIND", "other"):
    case "redis" | "valkey":
        x = "a"
    case "file" if y:
        x = "b"
    case _:
        x = "c"
=> 'c' $KIND

## last arm of a match that stays open
match kind:
    case "redis":
        x = "a"
    case _:
        x = "b"
=> 'a' or
=> 'b' or

## test and text, as people wrote before there were conditional expressions
x = y == 1 and "a" or "b"
=> ? or
=> 'a' or
=> 'b' or

## production wins
import os
DEBUG = False
if DEBUG:
    x = "a"
else:
    x = "b"
=> 'b'

## unknown
x = z()
=> ?

## attribute under a condition of the class body
import os
class Config:
    HOST = os.environ.get("HOST")
    if HOST:
        URL = "redis://" + HOST
    else:
        URL = "memory://"
x = Config.URL
=> 'memory://' $HOST

## name of the class body before it is bound there
HOST = "outside"
class Config:
    URL = HOST
    HOST = "inside"
x = Config.URL
=> 'outside'

## name of the class body after it is bound there
HOST = "outside"
class Config:
    HOST = "inside"
    URL = HOST
x = Config.URL
=> 'inside'

## option of a configuration file that may be left empty
import configparser
options = configparser.ConfigParser()
options.read("shop.ini")
x = options["store"]["url"] or "sqlite://"
=> 'sqlite://' $store.url

## test of an option
import configparser
options = configparser.ConfigParser()
options.read("shop.ini")
x = "redis" if options["store"]["url"] else "memory"
=> 'memory' $store.url

## test of a variable on which the program insists
import os
x = "redis" if os.environ["STORE"] else "memory"
=> 'redis' or
=> 'memory' or

## what a function returns where a variable is not set
import os
def url():
    host = os.getenv("HOST")
    if host:
        return "postgresql://" + host
    return "sqlite:///shop.db"
x = url()
=> 'sqlite:///shop.db' $HOST

## what a function returns where a variable is set, which it is not
import os
def url():
    path = os.getenv("FILE")
    if path:
        return "sqlite:///" + path
    return "postgresql://db/shop"
x = url()
=> 'postgresql://db/shop' $FILE

## each return by what one call hands over
def url(kind):
    if kind == "file":
        return "sqlite:///shop.db"
    return "postgresql://db/shop"
x = url("server")
=> 'postgresql://db/shop'

## property of a settings model
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    host: str = ""
    @property
    def url(self):
        if self.host:
            return "postgresql://" + self.host
        return "sqlite:///shop.db"
settings = Settings()
x = settings.url
=> 'sqlite:///shop.db' $HOST

## method that is no property
class Settings:
    def url(self):
        return "sqlite:///shop.db"
settings = Settings()
x = settings.url
=> ?

## itself
x = x
=> ?
""")


@pytest.mark.parametrize(("files", "expected"), VALUES)
def test_values(files: dict[str, str], expected: list[str]) -> None:
    found = program(files)
    assert [shown(value) for value in found.evaluator.values(function(found, "app:"), Ref("x"))] == expected


def test_what_the_deployment_sets_comes_before_a_default() -> None:
    source = 'import os\nx = os.environ.get("NAME", "a")\ny = os.environ.get("OTHER", "a")\n'
    found = program(source, environment={"NAME": "b"})
    values = [found.evaluator.values(function(found, "app:"), Ref(name)) for name in ("x", "y")]
    assert [[(shown(value), value.path) for value in each] for each in values] == [[("'b' $NAME", "compose.yaml")], [("'a' $OTHER", "")]]


def shown(value: Value) -> str:
    """Return a value as a person would write it: `$NAME` where the environment may replace it, `or` where it is one of several."""
    texts = {
        "const": repr(value.const),
        "head": f"{value.const!r}...",
        "object": value.name,
        "env": "env",
        "display": "display",
        "unknown": "?",
    }
    marks = (f" ${value.variable}" if value.variable else "", " required" if value.required else "", " or" if value.conditional else "")
    return texts[value.kind] + "".join(marks)
