"""Shapes of small web applications with one place for names, in pairs: a fault, and the harmless program nearest to it.

What is expected follows from what the programs do: does what is named outlive a request, can instances come to differ in it,
does anything outside the activity depend on it, and is the difference healed? A name is no answer to any of these.
"""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.metamorphic.project import Files

MADE: Final = "# made"
"""Behind the lines at which the fault of a pair is told: where the state is made."""


class Head(NamedTuple):
    """What all programs of a framework begin and end with."""

    file: str
    before: str
    after: str = ""
    others: tuple[tuple[str, str], ...] = ()
    """Further files by path."""


FLASK: Final = Head(
    "app.py",
    """\
from flask import Flask, abort, request

app = Flask(__name__)


@app.get("/health")
def health():
    return {}


""",
)
FASTAPI: Final = Head(
    "app.py",
    """\
from fastapi import FastAPI, HTTPException, Request, WebSocket

app = FastAPI()


@app.get("/health")
def health():
    return {}


""",
)
DJANGO: Final = Head(
    "urls.py",
    """\
from django.http import HttpResponse, JsonResponse
from django.urls import path


def health(request):
    return HttpResponse()


""",
    """

urlpatterns = [path("health", health), path("<key>", put), path("<key>/now", get)]
""",
    (
        ("settings.py", 'ROOT_URLCONF = "urls"\nMIDDLEWARE = ["urls.Middleware"]\n'),
        ("wsgi.py", "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n"),
    ),
)


class Variant(NamedTuple):
    """One of the two programs of a pair, and the fact in which it differs from the other."""

    name: str
    fact: str
    other: str = ""
    """The fact's second place, where it has one."""


class Pair(NamedTuple):
    """Two programs that differ in one fact.

    In the source `$NAME`, `$Name` and `$name` are an identifier in three spellings, `$fact` and `$other` what the variants say.
    """

    name: str
    head: Head
    source: str
    fault: Variant
    harmless: Variant
    severity: str = "error"
    """Of the fault."""


class Shape(NamedTuple):
    """A program with a place for names, and the one verdict on it whatever the name."""

    name: str
    head: Head
    source: str
    severity: str
    """Of the finding at each line that is marked as the place where state is made; "" where there is none."""

    def named(self, name: str) -> Files:
        """Return the program with a name of lower-case words between underscores in place."""
        camel = "".join(word.title() for word in name.split("_"))
        source = self.source.replace("$NAME", name.upper()).replace("$Name", camel).replace("$name", name)
        return {self.head.file: f"{self.head.before}{source}{self.head.after}", **dict(self.head.others)}

    def expected(self, files: Files) -> list[tuple[str, int, str]]:
        """Return file, line and severity of what is to be found."""
        lines = enumerate(files[self.head.file].splitlines(), 1)
        return [(self.head.file, number, self.severity) for number, line in lines if self.severity and line.endswith(MADE)]


def shapes_of(pair: Pair) -> Iterator[Shape]:
    """Return the two programs of a pair."""
    yield Shape(f"{pair.name}-{pair.fault.name}", pair.head, _filled(pair.source, pair.fault), pair.severity)
    yield Shape(f"{pair.name}-{pair.harmless.name}", pair.head, _filled(pair.source, pair.harmless), "")


def _filled(source: str, variant: Variant) -> str:
    """Put the facts of a variant in place; a fact that is alone on its line may have several, or none."""
    lines = []
    for line in dedent(source).strip().splitlines():
        fact = {"$fact": variant.fact, "$other": variant.other}.get(line.strip())
        if fact is None:
            lines.append(line.replace("$fact", variant.fact).replace("$other", variant.other))
        elif fact:
            lines.append(indent(dedent(fact).strip(), line[: len(line) - len(line.lstrip())]))
    return "\n".join(lines) + "\n"
