"""The rule set as a whole: every rule is documented, numbered in its item's range, and every row of it is tried by an example."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import msgspec
import pytest

import statelint
from statelint.cache import Store
from statelint.errors import StatelintError
from statelint.model import ITEMS
from statelint.program.vocabulary import Vocabulary
from statelint.rulebook import load
from statelint.rulebook.aliases import Aliases
from statelint.rulebook.load import load_rulebook
from statelint.rulebook.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.rulebook.schema import Rule

BOOK = load_rulebook()
BY_CODE = pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.code)


def test_codes_names_and_rows_are_unique() -> None:
    for found in (
        [rule.code for rule in BOOK.rules],
        [rule.name for rule in BOOK.rules],
        [row.id for rule in BOOK.rules for row in rule.api],
    ):
        assert len(found) == len(set(found))


@BY_CODE
def test_the_code_begins_with_the_number_of_the_item(rule: Rule) -> None:
    number = ["analysis", *(item.key for item in ITEMS)].index(rule.item)
    assert re.fullmatch(rf"SL{number:02}\d\d", rule.code)


@BY_CODE
def test_it_says_why_and_how(rule: Rule) -> None:
    assert rule.summary
    assert len(rule.why.split()) > 15
    assert len(rule.fix.split()) > 8


@BY_CODE
def test_it_has_an_example_that_is_wrong_and_one_that_is_right(rule: Rule) -> None:
    assert {example.bad for example in rule.example} == {True, False}


@BY_CODE
def test_every_row_is_tried(rule: Rule) -> None:
    named = {row for example in rule.example for row in example.api}
    assert {row.id for row in rule.api} <= named


@BY_CODE
def test_every_row_that_violates_is_tried_where_it_is_wrong(rule: Rule) -> None:
    named = {row for example in rule.example if example.bad for row in example.api}
    assert {row.id for row in rule.api if row.violates} <= named


@BY_CODE
def test_examples_name_rows_that_exist(rule: Rule) -> None:
    known = {row.id for each in BOOK.rules for row in each.api}
    assert {row for example in rule.example for row in example.api} <= known


@BY_CODE
def test_rows_that_violate_say_where_it_stands(rule: Rule) -> None:
    for row in rule.api:
        if row.violates:
            assert row.sources or row.unverifiable, row.id


RULE: Final = """
code = "SL0199"
name = "shelf"
item = "sessions"
severity = "warning"
summary = "a shelf"
why = "It stands in one process."
fix = "Move it."
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """Write rule files: `sessions__shelf` is `sessions/shelf.toml`."""
    for name, text in files.items():
        path = tmp_path / f"{name.replace('__', '/').replace('_', '-')}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def refused(where: Path) -> str:
    with pytest.raises(StatelintError) as raised:
        load_rulebook([where])
    return str(raised.value)


def test_a_kind_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    said = refused(folder(tmp_path, sessions__shelf=RULE + 'kinds = ["cache", "confg"]\n'))
    assert "sessions/shelf.toml: kinds[1]: expected one of 'cache', 'config', " in said
    assert said.endswith("got 'confg'; did you mean 'config'?")


def test_every_kind_that_is_judged_can_be_claimed(tmp_path: Path) -> None:
    claimed = {kind for rule in BOOK.rules for kind in rule.kinds}
    assert claimed == set(get_args(Kind))
    rest = ", ".join(f'"{kind}"' for kind in get_args(Kind))
    assert load_rulebook([folder(tmp_path, sessions__shelf=f"{RULE}kinds = [{rest}]\n")]).rule("SL0199") is not None


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("sessions__shelf", RULE.replace("warning", "warn"), "severity: expected one of 'error', 'note', 'warning', got 'warn'"),
        ("sessions__shelf", RULE + 'kind = ["cache"]\n', "Object contains unknown field `kind`; did you mean 'kinds'?"),
        (
            "frameworks__acme",
            'name = "acme"\npackages = ["acme"]\n[[register]]\nnames = ["acme.run"]\nrole = "requst"\n',
            "frameworks/acme.toml: register[0].role: expected one of 'background', ",
        ),
        (
            "frameworks__acme",
            'name = "acme"\npackages = ["acme"]\n[[routers]]\nnames = ["acme.R"]\nprefix = { keywrd = "p" }\n',
            "frameworks/acme.toml: routers[0].prefix: Object contains unknown field `keywrd`; did you mean 'keyword'?",
        ),
    ],
)
def test_a_wrong_word_is_named_with_the_nearest(tmp_path: Path, name: str, text: str, said: str) -> None:
    assert said in refused(folder(tmp_path, **{name: text}))


ROW: Final = '[[api]]\nid = "shelf-put"\npackage = "acme"\nnames = ["acme.put"]\n'
ROLE: Final = 'role = "shelf"\nabout = "Shelves."\nnames = ["acme.Shelf"]\n'


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ('violates = ["any", "role:randm-secret"]', "api[0].violates"),
        ('satisfies = ["role:randm-secret"]', "api[0].satisfies"),
        ('ignores = ["role:randm-secret"]', "api[0].ignores"),
        ('default = "role:randm-secret"', "api[0].default"),
        ('defaults = [{ since = "2", value = "role:randm-secret" }]', "api[0].defaults"),
        ('requires = [{ position = 0 }, { position = 1, matches = ["role:randm-secret"] }]', "api[0].requires[1].matches"),
        ('requires = [{ position = 1, excludes = ["role:randm-secret"] }]', "api[0].requires[0].excludes"),
    ],
)
def test_a_role_that_no_file_is_about_is_refused(tmp_path: Path, keys: str, place: str) -> None:
    said = refused(folder(tmp_path, sessions__shelf=f"{RULE}{ROW}{keys}\n"))
    assert f"sessions/shelf.toml: {place}: expected a role of rules/roles, got 'randm-secret'; did you mean 'random-secret'?" in said


def test_a_row_may_name_a_role_of_its_own_folder(tmp_path: Path) -> None:
    rule = f'{RULE}{ROW}violates = ["role:shelf", "role:random-secret"]\n'
    book = load_rulebook([folder(tmp_path, sessions__shelf=rule, roles__shelf=ROLE)])
    assert book.names_of("shelf") == ("acme.Shelf",)


def test_a_role_or_topic_that_nothing_asks_for_is_refused(tmp_path: Path) -> None:
    said = refused(folder(tmp_path / "one", roles__memoiser=ROLE.replace("shelf", "memoiser")))
    assert "roles/memoiser.toml: role: expected a role of rules/roles, or one that a row names" in said
    assert said.endswith("got 'memoiser'; did you mean 'memoizer'?")
    said = refused(folder(tmp_path / "two", words__sesion='topic = "sesion"\nabout = "More."\nwords = ["sitting"]\n'))
    assert said.endswith("words/sesion.toml: topic: expected a topic of rules/words, got 'sesion'; did you mean 'session'?")


def test_code_that_asks_for_what_does_not_exist_fails() -> None:
    vocabulary = Vocabulary(BOOK)
    with pytest.raises(LookupError, match="no role is called 'memoiser'"):
        vocabulary.role("memoiser")
    with pytest.raises(LookupError, match="no topic with words is called 'sesion'"):
        vocabulary.words("session", "sesion")
    with pytest.raises(LookupError, match="no topic with patterns is called 'session'"):  # it has words
        vocabulary.pattern("session")


TABLE: Final = {
    "acme.core.Shelf": "acme.Shelf",
    "acme.core.shelf": "acme.shelf",
    "acme.old": "acme.new",
    "acme.new.parts.Board": "acme.Board",
    "acmelib": "acme",
}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("acme.core.Shelf", "acme.Shelf"),
        ("acme.core.Shelf.put", "acme.Shelf.put"),
        ("acme.core.Shelf.put.delay", "acme.Shelf.put.delay"),
        ("acme.Shelf.put", "acme.Shelf.put"),
        ("acme.core.shelf", "acme.shelf"),
        ("acme.core.ShelfBase", "acme.core.ShelfBase"),  # begins like a path, and is none
        ("acme.core", "acme.core"),
        ("acme.old", "acme.new"),
        ("acme.old.make", "acme.new.make"),
        ("acme.older.make", "acme.older.make"),
        ("acme.old.parts.Board.cut", "acme.Board.cut"),  # the module's other name, and the class there
        ("acmelib.old.parts.Board", "acme.Board"),
        ("acmelib", "acme"),
        ("other.core.Shelf", "other.core.Shelf"),
        ("shelf", "shelf"),
    ],
)
def test_a_path_leads_to_one_name(path: str, name: str) -> None:
    assert Aliases(TABLE).canonical(path) == name


def test_what_covers_a_module_covers_what_is_known_by_another_name() -> None:
    aliases = Aliases(TABLE)
    assert aliases.names(("acme.core.*", ".put", "acme.core.Shelf", "acme.shelf")) == (
        "acme.core.*", "acme.Shelf", "acme.Shelf.*", "acme.shelf", "acme.shelf.*", ".put",
    )  # fmt: skip
    assert aliases.names(("acme.*",)) == ("acme.*",)
    assert aliases.names(("acme.old.*",)) == ("acme.new.*",)
    assert aliases.below(("acme.core",)) == ("acme.core", "acme.Shelf", "acme.shelf")
    assert aliases.patterns(("call:acme.core.*", "call:acme.core.Shelf", "acme.core.Shelf", "call:*Shelf")) == (
        "call:acme.core.*", "call:acme.Shelf", "call:acme.shelf", "acme.core.Shelf", "call:*Shelf",
    )  # fmt: skip


def aliases_of(packages: str, **table: str) -> str:
    lines = "".join(f'"{path.replace("_", ".")}" = "{name}"\n' for path, name in table.items())
    return f'packages = ["{packages}"]\n[aliases]\n{lines}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (aliases_of("acme", acme_a="acme.a"), "aliases/acme.toml: aliases.\"acme.a\": 'acme.a' leads back to 'acme.a': a circle"),
        (aliases_of("acme", acme_a="acme.b", acme_b="acme.a"), "'acme.b' leads back to 'acme.a': a circle"),
        (aliases_of("acme", acme_a="acme.b.x", acme_b="acme.a.y"), "'acme.b.x' leads back to 'acme.a': a circle"),
        (aliases_of("acme", acme_a="acme.a.inner"), "'acme.a.inner' leads back to 'acme.a': a circle"),
        (
            aliases_of("acme", acme_a="acme.b", acme_b="acme.c", acme_c="acme.d"),
            "aliases.\"acme.a\": expected the last name, 'acme.d', got 'acme.b', which leads there itself",
        ),
        (
            aliases_of("acme", acme_a_Shelf="acme.b.Shelf", acme_b="acme"),
            "aliases.\"acme.a.Shelf\": expected the last name, 'acme.Shelf', got 'acme.b.Shelf', which leads there itself",
        ),
        (aliases_of("acme", acne_a="acme.b"), "aliases.\"acne.a\": expected a path of 'acme', got one of 'acne'; did you mean 'acme'?"),
        (aliases_of("acme", acme_a="acme:b"), "aliases.\"acme.a\": expected a dotted name, got 'acme:b'"),
        (aliases_of("acme", acme_a="acme.*"), "aliases.\"acme.a\": expected a dotted name, got 'acme.*'"),
        ('packages = ["acme"]\n[alias]\n"acme.a" = "acme.b"\n', "Object contains unknown field `alias`; did you mean 'aliases'?"),
    ],
)
def test_aliases_without_one_last_name_are_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(folder(tmp_path, aliases__acme=text))


def test_two_files_may_not_say_different_things_of_a_path(tmp_path: Path) -> None:
    one, other = aliases_of("acme", acme_a="acme.b"), aliases_of("acme", acme_a="acme.c")
    assert load_rulebook([folder(tmp_path / "same", aliases__acme=one, aliases__shelf=one)]).aliases["acme.a"] == "acme.b"
    said = refused(folder(tmp_path / "other", aliases__acme=one, aliases__shelf=other))
    assert 'aliases/shelf.toml: aliases."acme.a": ' in said
    assert said.endswith("aliases/acme.toml says 'acme.b', got 'acme.c'")


def test_every_file_speaks_of_one_name(tmp_path: Path) -> None:
    """A user's files may use any path; the rule book knows the last names only."""
    where = folder(
        tmp_path,
        frameworks__acme="""
        name = "acme"
        packages = ["acme"]
        applications = ["acme.core.App", "acme.App"]
        request-local = ["acme.core.App.g"]
        [aliases]
        "acme.core.App" = "acme.App"
        [[routers]]
        names = ["acme.core.App.router"]
        [[register]]
        names = ["acme.core.App.get", "acme.App.get"]
        role = "request"
        [[include]]
        names = ["acme.core.App.mount"]
        [[base]]
        names = ["acme.core.App"]
        role = "request"
        """,
        roles__lock='role = "lock"\nabout = "More."\nnames = ["acme.core.App.lock"]\n',
        sessions__shelf=f"""{RULE}{ROW.replace("acme.put", "acme.core.App.put")}
        default = "call:acme.core.App.x"
        violates = ["call:acme.core.App.y", "acme.core.App.y"]
        uses = ["acme.core"]
        requires = [{{ position = 0, excludes = ["call:acme.core.App.z"] }}]
        """,
    )
    book = load_rulebook([where])
    framework = next(framework for framework in book.frameworks if framework.name == "acme")
    assert (framework.applications, framework.request_local) == (("acme.App",), ("acme.App.g",))
    assert [row.names for row in framework.routers] == [("acme.App.router",)]
    assert [row.names for row in framework.register] == [("acme.App.get",)]
    assert [row.names for row in framework.include] == [("acme.App.mount",)]
    assert [row.names for row in framework.base] == [("acme.App",)]
    assert "acme.App.lock" in book.names_of("lock")
    rule = book.rule("SL0199")
    assert rule is not None
    (row,) = rule.api
    assert (row.names, row.default, row.violates) == (("acme.App.put",), "call:acme.App.x", ("call:acme.App.y", "acme.core.App.y"))
    assert (row.uses, row.requires[0].excludes) == (("acme.core", "acme.App"), ("call:acme.App.z",))


def test_the_compiled_copy_knows_the_aliases(tmp_path: Path) -> None:
    store = Store(tmp_path / "kept", tmp_path, "/project")
    first = load_rulebook(store=store)
    assert store.read("rules", first.digest) is not None
    assert load_rulebook(store=store) == first
    assert first.aliases


CHECKOUT: Final = Path(__file__).resolve().parents[1]
SOURCES: Final = Path(statelint.__file__).parent
NAMES: Final = ("names", "applications", "request-local", "uses", "default", "violates", "satisfies", "ignores", "matches", "excludes")


def named_in(table: object, key: str = "") -> Iterator[str]:
    """Yield the library names in a file of the rule set, as they are written."""
    if isinstance(table, dict):
        for inner, value in table.items():
            yield from named_in(value, inner)
    elif isinstance(table, list):
        for value in table:
            yield from named_in(value, key)
    elif isinstance(table, str) and key in NAMES:
        yield table.removeprefix("call:").removesuffix(".*")


def test_no_list_holds_two_spellings_of_one_name() -> None:
    canonical = Aliases(BOOK.aliases).canonical
    files = [*(CHECKOUT / "rules").rglob("*.toml"), SOURCES / "sizing" / "engine_defaults.toml"]
    named = [(path.name, name) for path in files for name in named_in(tomllib.loads(path.read_text(encoding="utf-8")))]
    assert len(named) > 7000
    assert [(file, name) for file, name in named if canonical(name) != name] == []


def test_code_speaks_of_a_library_by_its_last_name() -> None:
    canonical = Aliases(BOOK.aliases).canonical
    words = [
        (path.name, node.value)
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [(file, word) for file, word in words if canonical(word) != word] == []


def test_the_aliases_of_a_package_stand_in_one_file() -> None:
    """That of its framework, or else one of rules/aliases, which names the packages that it speaks of and no more."""
    of_frameworks = {package for framework in BOOK.frameworks for package in framework.packages}
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (CHECKOUT / "rules" / "aliases").glob("*.toml")]
    packages = [package for table in tables for package in table["packages"]]
    assert len(set(packages)) == len(packages)
    assert of_frameworks & set(packages) == set()
    for table in tables:
        assert {path.partition(".")[0] for path in table["aliases"]} == set(table["packages"])


def test_a_compiled_copy_is_taken_only_of_the_same_files(monkeypatch: pytest.MonkeyPatch) -> None:
    book = load_rulebook()
    copy = msgspec.structs.replace(book, words=())
    monkeypatch.setattr(load, "_shipped", lambda _: load.encoded(copy))
    assert load_rulebook() == copy, "no file is read again"
    for other in (load.encoded(msgspec.structs.replace(copy, digest="0" * 32)), load.encoded(copy)[:-1], copy.digest.encode(), b"", None):
        monkeypatch.setattr(load, "_shipped", lambda _, content=other: content)
        assert load_rulebook() == book


def test_an_unpacked_wheel_is_read_as_any_other() -> None:
    folder = load.rules_folder()
    assert isinstance(folder, Path)
    assert list(load._installed(folder)) == list(load._zipped(folder))
