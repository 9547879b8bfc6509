"""Versions from lock files, requirements and project files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.discover.test_discover import lay_out

from statelint.discover.requirement import parse, version_key
from statelint.discover.versions import Pinned, read_versions

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.model import Diagnostic


def pins(root: Path, files: dict[str, str]) -> dict[str, Pinned]:
    lay_out(root, files)
    return dict(read_versions(str(root), files))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Flask==2.3.1", ("flask", "2.3.1", True)),
        ("flask === 2.3.1", ("flask", "2.3.1", True)),
        ("Flask_Limiter[redis]>=3.5,<4 ; python_version > '3.8'  # why", ("flask-limiter", "3.5", False)),
        ("django<5,>=4.2", ("django", "4.2", False)),
        ("django (>=4.2)", ("django", "4.2", False)),
        ("ruamel.yaml~=0.18", ("ruamel-yaml", "0.18", False)),
        ("celery==5.*", ("celery", "5", False)),
        ("redis", ("redis", "", False)),
        ("redis<5", ("redis", "", False)),
        ("redis!=4.0", ("redis", "", False)),
        ("private @ git+https://example.org/x.git@1.2", ("private", "", False)),
        ("flask==2.0 --hash=sha256:abc", ("flask", "2.0", True)),
        ("./local/package", None),
        ("git+https://example.org/x.git", None),
    ],
)
def test_requirement(text: str, expected: tuple[str, str, bool] | None) -> None:
    assert parse(text) == expected


def test_versions_are_ordered_by_number_with_final_releases_last() -> None:
    versions = ["2.10", "2.9.1", "3.0rc1", "3.0.0", "1!0.5", "2.10.post1"]
    assert version_key("3.0") == version_key("3.0.0")
    assert sorted(versions[:4], key=version_key) == ["2.9.1", "2.10", "3.0rc1", "3.0.0"]


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"])
def test_toml_lock_files(tmp_path: Path, name: str) -> None:
    table = "packages" if name == "pylock.toml" else "package"
    text = f"""version = 1

[[{table}]]
name = "Flask"
version = "3.0.3"
dependencies = [
    {{ name = "werkzeug" }},
]

[{table}.extras]
name = "not-a-package"
version = "9"

[[{table}]]
version = "5.4.0"
name = "celery"
"""
    assert pins(tmp_path, {name: text}) == {
        "flask": Pinned("3.0.3", exact=True, path=name, line=4),
        "celery": Pinned("5.4.0", exact=True, path=name, line=16),
    }


def test_pipfile_and_its_lock(tmp_path: Path) -> None:
    lock = """{
  "default": {
    "flask": {"version": "==2.2.5"},
    "local": {"path": "."}
  },
  "develop": {"pytest": {"version": "==8.0"}}
}"""
    result = pins(tmp_path, {"Pipfile.lock": lock, "Pipfile": '[packages]\nflask = "*"\nredis = ">=4"\ndjango = {version = "~=4.2"}\n'})
    assert result["flask"] == Pinned("2.2.5", exact=True, path="Pipfile.lock", line=3)
    assert result["pytest"].version == "8.0"
    assert result["redis"] == Pinned("4", exact=False, path="Pipfile", line=3)
    assert result["django"].version == "4.2"


def test_requirements_with_continuations_includes_and_comments(tmp_path: Path) -> None:
    result = pins(
        tmp_path,
        {
            "requirements.txt": "# top\n-r more/base.list.txt\n-e .\n\nflask==2.3.1 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\n"
            "redis>=4  # why\n",
            "more/base.list.txt": "celery==5.3.0\n-r ../requirements.txt\n-r ../../outside.txt\n",
        },
    )
    assert result == {
        "flask": Pinned("2.3.1", exact=True, path="requirements.txt", line=5),
        "redis": Pinned("4", exact=False, path="requirements.txt", line=8),
        "celery": Pinned("5.3.0", exact=True, path="more/base.list.txt", line=1),
    }


def test_included_files_need_not_be_named_as_manifests(tmp_path: Path) -> None:
    lay_out(tmp_path, {"requirements.txt": "-r deps.in", "deps.in": "flask==1.0"})
    assert read_versions(str(tmp_path), ["requirements.txt"])["flask"].path == "deps.in"


def test_pyproject(tmp_path: Path) -> None:
    text = """[project]
dependencies = [
    "flask>=2.2,<4",
    "gunicorn",
]
[project.optional-dependencies]
redis = ["redis==5.0.1"]
[dependency-groups]
dev = ["pytest>=8", {include-group = "x"}]
[tool.poetry.dependencies]
python = "^3.11"
django = "^4.2"
celery = {version = "5.3.1", extras = ["redis"]}
here = {path = "."}
[tool.poetry.group.test.dependencies]
httpx = "*"
"""
    result = pins(tmp_path, {"pyproject.toml": text})
    assert {name: (pin.version, pin.exact, pin.line) for name, pin in result.items()} == {
        "flask": ("2.2", False, 3),
        "gunicorn": ("", False, 4),
        "redis": ("5.0.1", True, 7),
        "pytest": ("8", False, 9),
        "django": ("4.2", False, 12),
        "celery": ("5.3.1", True, 13),
        "here": ("", False, 14),
        "httpx": ("", False, 16),
    }


def test_setup_files_and_conda(tmp_path: Path) -> None:
    result = pins(
        tmp_path,
        {
            "setup.cfg": "[options]\ninstall_requires =\n    flask>=2\n    # no\n[options.extras_require]\nx =\n    redis==4.5.0\n",
            "setup.py": "NEEDS = ['celery>=5']\nsetup(install_requires=NEEDS, extras_require={'extra': ['django==4.0', f'{x}']})\n",
            "environment.yml": "name: x\ndependencies:\n  - python=3.11\n  - numpy=1.26.4=py311_0\n  - pip:\n      - uvicorn==0.30.1\n",
        },
    )
    assert {name: (pin.version, pin.exact, pin.path) for name, pin in result.items()} == {
        "flask": ("2", False, "setup.cfg"),
        "redis": ("4.5.0", True, "setup.cfg"),
        "celery": ("5", False, "setup.py"),
        "django": ("4.0", True, "setup.py"),
        "numpy": ("1.26.4", True, "environment.yml"),
        "uvicorn": ("0.30.1", True, "environment.yml"),
    }


def test_which_file_is_believed(tmp_path: Path) -> None:
    result = pins(
        tmp_path,
        {
            "pyproject.toml": '[project]\ndependencies = ["flask>=2", "redis==3.0"]',
            "requirements.txt": "flask==2.1\nredis>=4\nhttpx==0.1 ; python_version < '3'\nhttpx==0.10\n",
            "requirements-dev.txt": "flask==2.9\nhttpx==0.2\n",
            "service/uv.lock": '[[package]]\nname = "flask"\nversion = "2.2"\n',
            "uv.lock": '[[package]]\nname = "flask"\nversion = "2.3"\n',
        },
    )
    assert (result["flask"].version, result["flask"].path) == ("2.3", "uv.lock")
    assert (result["redis"].version, result["redis"].exact) == ("3.0", True)
    assert (result["httpx"].version, result["httpx"].path) == ("0.10", "requirements.txt")


def test_broken_manifests_are_diagnostics(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[project\n",
        "Pipfile.lock": "{",
        "setup.cfg": "flask\n",
        "setup.py": "def (",
        "requirements.txt": "flask==1.0",
    }
    lay_out(tmp_path, files)
    problems: list[Diagnostic] = []
    assert list(read_versions(str(tmp_path), [*files, "gone/uv.lock"], problems)) == ["flask"]
    assert [problem.path for problem in problems] == ["Pipfile.lock", "gone/uv.lock", "pyproject.toml", "setup.cfg", "setup.py"]
    assert all("versions not read" in problem.message for problem in problems)
