"""What conditions ask, each beside its nearest neighbour."""

from __future__ import annotations

import re

import pytest
from tests.survey.notation import body, show

from statelint.program.names.conditions import (
    absences,
    denies,
    identifiers,
    is_main_guard,
    mentions,
    names_in,
    perhaps_absent,
    requires_absence_of,
    said_in,
    texts_in,
)
from statelint.program.settings.stages import development_arm, holds_in_production
from statelint.survey.module import condition
from statelint.survey.summary import Ref

ABSENCES = (
    ("x is None", "x none"),
    ("x is not None", ""),
    ("None is x", "x none"),
    ("x == None", "x none"),
    ("'None' == x", ""),
    ("not x", "x truth"),
    ("x", ""),
    ("not x.y()", "x.y() truth"),
    ("not await f(a)", "f() truth"),
    ("x is False", "x nothing"),
    ("x is not True", "x nothing"),
    ("x is True", ""),
    ("x == ''", "x nothing"),
    ("x == 'a'", ""),
    ("x == []", "x nothing"),
    ("x == [a]", ""),
    ("len(x) == 0", "x nothing"),
    ("len(x) < 1", "x nothing"),
    ("len(x) < 2", ""),
    ("len(x) > 0", ""),
    ("not len(x)", "x truth"),
    ("x <= 0", "x nothing"),
    ("x >= 0", ""),
    ("not bool(x)", "x truth"),
    ("not hasattr(o, 'x')", "o.x attribute"),
    ("hasattr(o, 'x')", ""),
    ("getattr(o, 'x', None) is None", "o.x none"),
    ("k not in x", "x entry k"),
    ("k in x", ""),
    ("x.get(k) is None", "x entry k"),
    ("not x.get(k)", "x entry k"),
    ("not isinstance(x, C)", ""),
    ("not any(y for y in x)", ""),
    ("x is None and a", "x none"),
    ("x is None or a", ""),
    ("not (x and a)", ""),
    ("not (x or a)", "x truth, a truth"),
    ("(x := f()) is None", "f() none"),
    ("a if not x else b", ""),
)


def shown(source: str, *, perhaps: bool = False) -> str:
    """Return what a condition says is missing, as text."""
    found = perhaps_absent(condition(source)) if perhaps else absences(condition(source))
    return ", ".join(" ".join([one.path, one.how, *([show(one.key)] if one.key is not None else [])]) for one in found)


@pytest.mark.parametrize(("source", "expected"), ABSENCES)
def test_what_is_missing_where_a_condition_holds(source: str, expected: str) -> None:
    assert shown(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [("x is None or x.closed", "x none"), ("x is not None or a", ""), ("not (x and y)", "x truth, y truth"), ("x is None and a", "x none")],
)
def test_what_may_be_missing_where_a_condition_holds(source: str, expected: str) -> None:
    assert shown(source, perhaps=True) == expected


def test_the_absence_of_one_thing_is_not_that_of_another() -> None:
    test = condition("self.store is None and key not in self.table")
    assert requires_absence_of(test, "self.store")
    assert not requires_absence_of(test, "self.store.x")
    assert not requires_absence_of(test, "store")
    assert requires_absence_of(test, "self.table", Ref("key"))
    assert not requires_absence_of(test, "self.table")
    assert not requires_absence_of(test, "self.table", Ref("other"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("not redis_url", True),
        ("redis_url", False),
        ("redis is None", True),
        ("redis is not None", False),
        ("backend != 'redis'", True),
        ("backend == 'memory'", False),
        ("redis_url != ''", False),
        ("backend not in ('redis', 'valkey')", True),
        ("not isinstance(store, Redis)", True),
        ("not (redis_url and enabled)", True),
        ("not redis_url or enabled", False),
    ],
)
def test_conditions_that_deny(source: str, expected: bool) -> None:
    assert denies(condition(source)) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("__name__ == '__main__'", True),
        ("'__main__' == __name__", True),
        ("__name__ != '__main__'", False),
        ("not __name__ != '__main__'", True),
        ("__name__ in {'__main__', '__mp_main__'}", True),
        ("__name__ == '__main__' and debug", True),
        ("__name__ == '__main__' or debug", False),
        ("__name__ == '__main__' or __name__ in ('__main__', 'x')", True),
        ("'__name__' in seen", False),
        ("cls.__name__ == '__main__'", False),
        ("__name__ == 'app.main'", False),
        ("__name__.startswith('app')", False),
    ],
)
def test_the_guard_of_a_program(source: str, expected: bool) -> None:
    assert is_main_guard(condition(source)) is expected


# -- the stage

STAGES = (
    ("DEBUG", False),
    ("not DEBUG", True),
    ("settings.DEBUG", False),
    ("app.config['DEBUG']", False),
    ("os.getenv('DEBUG')", False),
    ("debug is True", False),
    ("debug is False", True),
    ("debug != True", True),
    ("debug != False", False),
    ("debug is None", True),
    ("debug is not None", False),
    ("DEBUGGER", None),
    ("env == 'dev'", False),
    ("env != 'dev'", True),
    ("env == 'developer'", None),
    ("env == 'production'", True),
    ("env == 'Production'", True),
    ("env != 'production'", False),
    ("env in ('prod', 'staging')", True),
    ("env in ('dev', 'prod')", True),
    ("env in ('dev', 'test')", False),
    ("env not in ('dev', 'test')", True),
    ("is_production()", True),
    ("not is_production()", False),
    ("productions", None),
    ("'runserver' in sys.argv", False),
    ("'pytest' in sys.modules", False),
    ("DEBUG and port != 80", False),
    ("not DEBUG and url", None),
    ("not DEBUG and env == 'production'", True),
    ("DEBUG or TESTING", False),
    ("DEBUG or url", None),
    ("not (DEBUG or TESTING)", True),
    ("port != 80", None),
    ("text == 'not in the debugger'", None),
)


@pytest.mark.parametrize(("source", "expected"), STAGES)
def test_the_stage_that_a_condition_asks_for(source: str, expected: bool | None) -> None:
    assert holds_in_production(condition(source)) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if DEBUG:\n    x()", True),
        ("if DEBUG: pass\nelse:\n    x()", False),
        ("if not DEBUG: pass\nelse:\n    x()", True),
        ("if not DEBUG and url: pass\nelse:\n    x()", False),
        ("for i in y:\n    if not DEBUG: continue\n    x()", True),
        ("for i in y:\n    if DEBUG: continue\n    x()", False),
        ("while DEBUG:\n    x()", False),
    ],
)
def test_the_arm_of_development(source: str, expected: bool) -> None:
    found = body(source)
    (site,) = [site for site in found.calls if site.call.func == "x"]
    assert development_arm(found.guards[index] for index in site.guards) is expected


# -- words


def test_names_and_texts_inside_a_condition() -> None:
    test = condition("not store.get(f'{prefix}:x', default=D['a'] if b else {c: 'd'}) and e in (f % 2, 'g')")
    assert list(names_in(test)) == ["store.get", "default", "prefix", "b", "D[a]", "c", "e", "f"]
    assert list(texts_in(test)) == [":x", "d", "g"]


def test_what_a_guard_says_includes_what_its_calls_are_given() -> None:
    found = body("if os.environ.get('ROLE', 'web').split(':')[0] == 'worker': pass\nwith pool.lock('jobs') as l: pass\n")
    assert set(said_in(found.guards[0], found)) == {"os.environ.get().split()[]", "os.environ.get().split", "os.environ.get"} | {
        *("ROLE", "web", ":", "worker")
    }
    assert set(said_in(found.guards[1], found)) == {"pool.lock", "jobs"}


def test_single_names() -> None:
    assert identifiers(["self._cache.get", "app.config[MODE]", "a b"]) == {"self", "_cache", "get", "app", "config", "MODE", "a", "b"}
    assert "reaper" not in identifiers(names_in(condition("not self.reaper_on")))


def test_a_guard_that_fits_a_pattern() -> None:
    found = body("if settings.REDIS_URL: pass\nelse: pass\nif url: pass\n")
    assert [mentions(guard, found, re.compile("redis", re.IGNORECASE)) for guard in found.guards] == [True, True, False]
