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
