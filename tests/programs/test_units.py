"""Which folders of a tree are programs, what they share, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statelint.config import Config
from statelint.discover.units import Unit, find_units
from statelint.errors import StatelintError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

APP = "from flask import Flask\n\napp = Flask(__name__)\n"
CODE = "x = 1\n"
PROJECT = "[project]\nname = 'x'\n"
DOCKER = "FROM python\n"


def units(root: Path, files: Mapping[str, str], *paths: str, named: Mapping[str, Sequence[str]] | None = None) -> tuple[Unit, ...]:
    """Write a tree and return its programs."""
    (root / ".git").mkdir()
    for name, text in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    given = {name: [str(root / folder) for folder in folders] for name, folders in (named or {}).items()}
    return find_units([root / path for path in paths or (".",)], Config(), {"Flask"}, given).units


def folders(found: Sequence[Unit]) -> list[str]:
    return [unit.folder for unit in found]


TWO = {"b/app.py": APP, "b/Dockerfile": DOCKER}
"""A second program, beside which the first is looked at."""


@pytest.mark.parametrize(
    ("name", "text", "found_by"),
    [
        ("pyproject.toml", PROJECT, "[project] in pyproject.toml"),
        ("pyproject.toml", "[tool.poetry]\nname = 'x'\n", "[tool.poetry] in pyproject.toml"),
        ("pyproject.toml", "[tool.statelint]\n", "[tool.statelint] in pyproject.toml"),
        ("setup.py", "import setuptools\n", "setup.py"),
        ("setup.cfg", "[metadata]\nname = x\n", "setup.cfg"),
        ("statelint.toml", "", "statelint.toml"),
        ("manage.py", CODE, "manage.py"),
        ("Dockerfile", DOCKER, "Dockerfile"),
        ("Procfile", "web: gunicorn app:app\n", "Procfile"),
    ],
)
def test_a_mark_makes_a_program(tmp_path: Path, name: str, text: str, found_by: str) -> None:
    found = units(tmp_path, {**TWO, "a/app.py": APP, f"a/{name}": text})
    assert [(unit.name, unit.folder, unit.found_by) for unit in found] == [("a", "a", found_by), ("b", "b", "Dockerfile")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.ruff]\n"),
        ("setup.cfg", "[flake8]\n"),
        ("Dockerfile.dev", DOCKER),
        ("requirements.txt", "flask\n"),
        ("README.md", "hello\n"),
    ],
)
def test_what_is_no_mark_leaves_it_to_the_rest(tmp_path: Path, name: str, text: str) -> None:
    found = units(tmp_path, {**TWO, "a/app.py": APP, f"a/{name}": text})
    assert [(unit.folder, unit.found_by) for unit in found] == [("", "what belongs to no other program"), ("b", "Dockerfile")]
    assert found[0].without == {"b"}


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": PROJECT, "shop/__init__.py": "", "shop/app.py": APP},
        {"backend/pyproject.toml": PROJECT, "backend/app.py": APP, "frontend/index.js": "", "scripts/build.py": CODE},
        {"pyproject.toml": PROJECT, "src/manage.py": CODE, "src/shop/__init__.py": "", "src/shop/wsgi.py": CODE},
        {"gunicorn.conf.py": CODE, "web/manage.py": CODE, "web/shop/__init__.py": ""},
        {"wsgi.py": "from shop import app\n", "src/manage.py": CODE, "src/shop/__init__.py": APP},
        {"pyproject.toml": PROJECT, "shop/__init__.py": APP, "docker/Dockerfile": DOCKER, "docker/entrypoint.py": CODE},
        {
            "manage.py": CODE,
            "hc/__init__.py": "",
            "hc/wsgi.py": CODE,
            "docker/Dockerfile": DOCKER,
            "docker/requirements.txt": "x\n",
            "docker/fetch.py": "from hc.wsgi import x\n",
        },
        {"shop/__init__.py": APP, "shop/Dockerfile": DOCKER, "other/__init__.py": APP},
        {
            "pyproject.toml": PROJECT,
            "shop/app.py": "from core import x\n" + APP,
            "packages/core/pyproject.toml": PROJECT,
            "packages/core/core/__init__.py": CODE,
        },
        {"pyproject.toml": PROJECT, "lib/__init__.py": CODE, "tests/site/manage.py": CODE, "tests/site/shop/wsgi.py": CODE},
        {"pyproject.toml": PROJECT, "lib/__init__.py": CODE, "examples/shop/pyproject.toml": PROJECT, "examples/shop/app.py": APP},
        {"shop/__init__.py": APP, "{{cookiecutter.name}}/pyproject.toml": PROJECT, "{{cookiecutter.name}}/app.py": APP},
        {"shop/__init__.py": APP, "shop/legacy/__init__.py": CODE, "shop/legacy/statelint.toml": ""},
    ],
    ids=[
        "a package", "a folder beside a frontend", "manage.py in src", "a server's configuration above", "a start file above",
        "an entry script beside a Dockerfile", "a helper that imports the program", "a Dockerfile in a package",
        "a workspace member that the only program imports",
        "a project of the tests", "an example", "a template", "a configured package",
    ],
)  # fmt: skip
def test_one_program_stays_one(tmp_path: Path, files: dict[str, str]) -> None:
    assert units(tmp_path, files) == ()


def test_what_is_imported_belongs_to_those_that_import_it(tmp_path: Path) -> None:
    found = units(
        tmp_path,
        {
            "a/pyproject.toml": PROJECT, "a/a/__init__.py": "from common.db import pool\n" + APP,
            "b/pyproject.toml": PROJECT, "b/b/__init__.py": "import tools.text, os\n" + APP,
            "c/pyproject.toml": PROJECT, "c/c/__init__.py": "from .c import d\n" + APP,
            "libs/common/pyproject.toml": PROJECT, "libs/common/common/__init__.py": "", "libs/common/common/db.py": "from base import x\n",
            "libs/base/pyproject.toml": PROJECT, "libs/base/base/__init__.py": "",
            "tools/__init__.py": "", "tools/text.py": CODE,
        },
    )  # fmt: skip
    assert {unit.folder: unit.shared for unit in found} == {"a": ("libs/base", "libs/common"), "b": ("tools",), "c": ()}


def test_equal_module_names_are_nobody_elses(tmp_path: Path) -> None:
    shop = {"shop/__init__.py": "from shop import store\nfrom shop.store import X\nimport shop.store\n" + APP, "shop/store.py": CODE}
    found = units(tmp_path, {f"{name}/{file}": text for name in "abc" for file, text in {**shop, "Procfile": ""}.items()})
    assert [(unit.folder, unit.shared) for unit in found] == [("a", ()), ("b", ()), ("c", ())]


def test_a_program_that_is_imported_is_one_all_the_same(tmp_path: Path) -> None:
    found = units(
        tmp_path,
        {
            "web/pyproject.toml": PROJECT, "web/web/__init__.py": APP, "web/web/models.py": CODE,
            "worker/pyproject.toml": PROJECT, "worker/worker/__init__.py": "from web.models import x\n",
        },
    )  # fmt: skip
    assert [(unit.folder, unit.shared) for unit in found] == [("web", ()), ("worker", ("web",))]


def test_the_root_is_a_program_beside_those_below(tmp_path: Path) -> None:
    found = units(tmp_path, {**TWO, "pyproject.toml": PROJECT, "shop/__init__.py": APP})
    assert [(unit.folder, unit.found_by, set(unit.without)) for unit in found] == [
        ("", "[project] in pyproject.toml", {"b"}),
        ("b", "Dockerfile", set()),
    ]


def test_folders_of_one_name_are_called_by_their_paths(tmp_path: Path) -> None:
    found = units(tmp_path, {f"{team}/api/{file}": text for team in "xy" for file, text in {"app.py": APP, "Dockerfile": DOCKER}.items()})
    assert [unit.name for unit in found] == ["x/api", "y/api"]


def test_paths_that_are_handed_in_are_looked_at_from_above(tmp_path: Path) -> None:
    tree = {f"{name}/{file}": text for name in "ab" for file, text in {"shop/__init__.py": APP, "Dockerfile": DOCKER}.items()}
    assert folders(units(tmp_path, tree, "a/shop", "b/shop")) == ["a", "b"]


def test_examples_that_are_handed_in_are_programs(tmp_path: Path) -> None:
    tree = {f"examples/{name}/{file}": text for name in "ab" for file, text in {"app.py": APP, "Dockerfile": DOCKER}.items()}
    assert folders(units(tmp_path, tree, "examples/a", "examples/b")) == ["examples/a", "examples/b"]


# -- what the configuration names


def test_the_configuration_names_a_program(tmp_path: Path) -> None:
    found = units(tmp_path, {**TWO, "a/app.py": APP, "a/Dockerfile": DOCKER}, named={"shop": ["a"]})
    assert [(unit.name, unit.folder, unit.found_by) for unit in found] == [("shop", "a", "the configuration"), ("b", "b", "Dockerfile")]


def test_the_configuration_makes_one_of_several_folders(tmp_path: Path) -> None:
    found = units(tmp_path, {**TWO, "a/app.py": APP, "a/Dockerfile": DOCKER, "c/app.py": APP}, named={"shop": ["a", "b"], "rest": ["c"]})
    assert [(unit.name, unit.folder, unit.shared) for unit in found] == [("shop", "a", ("b",)), ("rest", "c", ())]


def test_the_configuration_makes_one_of_all(tmp_path: Path) -> None:
    found = units(tmp_path, {**TWO, "a/app.py": APP, "a/Dockerfile": DOCKER}, named={"all": ["."]})
    assert [(unit.name, unit.folder, set(unit.without)) for unit in found] == [("all", "", set())]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StatelintError, match=r"programs: shop: .*nowhere is no folder"):
        units(tmp_path, TWO, named={"shop": ["nowhere"]})
