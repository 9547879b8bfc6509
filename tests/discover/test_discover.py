"""The walk, the root, and what is left out."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from statelint.config import Config
from statelint.discover import discover
from statelint.errors import StatelintError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def lay_out(root: Path, files: Mapping[str, str] | list[str]) -> Path:
    for name, content in (files if isinstance(files, dict) else dict.fromkeys(files, "")).items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


def found(root: Path, *paths: str, config: Config | None = None) -> list[str]:
    return [source.path for source in discover([root / path for path in paths or (".",)], config or Config()).sources]


def test_finds_python_files_sorted(tmp_path: Path) -> None:
    lay_out(tmp_path, ["b.py", "a/z.py", "a.py", "a/data.json", "A.py", "note.ipynb", "stub.pyi"])
    assert found(tmp_path) == ["A.py", "a.py", "a/z.py", "b.py"]


def test_leaves_out_what_is_not_the_projects_own(tmp_path: Path) -> None:
    foreign = [
        *("node_modules/x/y.py", "lib/site-packages/x.py", "app/_vendor/x.py", "third_party/x.py", "vendor/lib/x.py", "build/lib/x.py"),
        *(
            "dist/x.py",
            ".tox/py/x.py",
            ".nox/x.py",
            ".eggs/x.py",
            ".git/hooks/x.py",
            ".hg/x.py",
            "__pycache__/x.py",
            ".venv/x.py",
            "x.egg-info/x.py",
        ),
    ]
    lay_out(tmp_path, ["app/main.py", *foreign])
    result = discover([tmp_path], Config())
    assert [source.path for source in result.sources] == ["app/main.py"]
    assert "node_modules" in result.skipped
    assert "app/_vendor" in result.skipped


def test_knows_an_environment_by_its_mark_whatever_its_name(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py", "py311/pyvenv.cfg", "py311/lib/foo.py", "conda/conda-meta/history", "conda/lib/bar.py"])
    assert found(tmp_path) == ["app.py"]


def test_an_environment_made_in_the_project_folder_itself_does_not_hide_it(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py", "pyvenv.cfg", "lib/python3.11/site-packages/x.py"])
    assert found(tmp_path) == ["app.py"]


def test_a_package_called_build_and_an_application_called_vendor_are_code(tmp_path: Path) -> None:
    lay_out(
        tmp_path, ["shop/build/__init__.py", "shop/build/steps.py", "shop/vendor/models.py", "shop/vendor/views.py", "lib/vendor/six.py"]
    )
    assert found(tmp_path) == ["shop/build/__init__.py", "shop/build/steps.py", "shop/vendor/models.py", "shop/vendor/views.py"]


def test_exclude_replaces_the_list_and_extend_exclude_adds(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py", "build/x.py", "old/x.py", "gen/a_pb2.py", "gen/b.py", ".git/x.py"])
    assert found(tmp_path, config=Config(exclude=("old/",))) == ["app.py", "build/x.py", "gen/a_pb2.py", "gen/b.py"]
    assert found(tmp_path, config=Config(extend_exclude=("/old", "*_pb2.py"))) == ["app.py", "gen/b.py"]
    assert found(tmp_path, config=Config(extend_exclude=("gen/*", "!gen/b.py"))) == ["app.py", "gen/b.py", "old/x.py"]


def test_a_pattern_that_git_cannot_read_is_one_clear_line(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py"])
    with pytest.raises(StatelintError, match="exclude: "):
        found(tmp_path, config=Config(exclude=("!",)))


def test_honours_nested_ignore_files_the_nearest_deciding(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        {
            ".gitignore": "generated/\n*_local.py\n/only_top.py\n",
            "generated/x.py": "",
            "only_top.py": "",
            "app/only_top.py": "",
            "app/.gitignore": "!kept_local.py\nsecret.py\n",
            "app/kept_local.py": "",
            "app/other_local.py": "",
            "app/deep/secret.py": "",
            "secret.py": "",
        },
    )
    assert found(tmp_path) == ["app/kept_local.py", "app/only_top.py", "secret.py"]
    assert "generated/x.py" in found(tmp_path, config=Config(respect_gitignore=False))


def test_honours_ignore_files_above_the_root_up_to_the_repository(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        {
            ".gitignore": "never_read.py\n",
            "repo/.git/HEAD": "",
            "repo/.git/info/exclude": "mine.py\n",
            "repo/.gitignore": "service/skip.py\nlocal_*.py\n",
            "repo/service/pyproject.toml": "",
            "repo/service/skip.py": "",
            "repo/service/local_x.py": "",
            "repo/service/mine.py": "",
            "repo/service/app/never_read.py": "",
        },
    )
    assert found(tmp_path / "repo/service") == ["app/never_read.py"]
    assert found(tmp_path / "repo/service", "app") == ["app/never_read.py"]


def test_an_ignored_folder_that_is_handed_in_is_read(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        {".git/HEAD": "", ".gitignore": "work/\n", "work/one/app.py": "", "work/one/.gitignore": "skip.py\n", "work/one/skip.py": ""},
    )
    assert found(tmp_path, "work/one") == ["work/one/app.py"]
    lay_out(tmp_path, ["work/two/pyproject.toml", "work/two/pkg/app.py"])
    assert found(tmp_path / "work/two") == ["pkg/app.py"]
    assert found(tmp_path / "work/two", "pkg") == ["pkg/app.py"]


def test_an_unreadable_ignore_file_is_a_diagnostic(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py"])
    (tmp_path / ".gitignore").mkdir()
    (diagnostic,) = discover([tmp_path], Config()).diagnostics
    assert diagnostic.path == ".gitignore"
    assert "not honoured" in diagnostic.message


def test_files_handed_in_are_always_taken(tmp_path: Path) -> None:
    lay_out(tmp_path, {".gitignore": "*.py\n", "build/x.py": "", "bin/server": "#!/usr/bin/env python3\n", "app.py": ""})
    assert found(tmp_path, "build/x.py", "bin/server") == ["bin/server", "build/x.py"]


def test_overlapping_paths_give_each_file_once(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app/a.py", "app/b/c.py"])
    assert found(tmp_path, ".", "app", "app/a.py", "app/b") == ["app/a.py", "app/b/c.py"]


def test_follows_no_link_out_of_the_root(tmp_path: Path) -> None:
    lay_out(tmp_path, ["outside/secret.py", "project/pyproject.toml", "project/app.py"])
    (tmp_path / "project/linked").symlink_to(tmp_path / "outside")
    (tmp_path / "project/secret.py").symlink_to(tmp_path / "outside/secret.py")
    (tmp_path / "project/loop").symlink_to(tmp_path / "project")
    assert found(tmp_path / "project") == ["app.py"]


def test_follows_a_link_inside_the_root_to_what_was_not_handed_in(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "service/app.py", "libs/common/__init__.py", "node_modules/x/y.py"])
    (tmp_path / "service/common").symlink_to("../libs/common")
    (tmp_path / "service/x").symlink_to("../node_modules/x")
    assert found(tmp_path, "service") == ["service/app.py", "service/common/__init__.py"]
    assert found(tmp_path) == ["libs/common/__init__.py", "service/app.py"]


def test_the_root_is_the_nearest_folder_with_a_mark(tmp_path: Path) -> None:
    lay_out(tmp_path, ["repo/.git/HEAD", "repo/one/manage.py", "repo/one/app/x.py", "repo/two/y.py", "bare/z/w.py"])
    assert discover([tmp_path / "repo/one/app"], Config()).root == str(tmp_path / "repo/one")
    assert discover([tmp_path / "repo/one", tmp_path / "repo/two"], Config()).root == str(tmp_path / "repo")
    assert discover([tmp_path / "repo/two/y.py"], Config()).root == str(tmp_path / "repo")
    assert discover([tmp_path / "bare/z"], Config()).root == str(tmp_path / "bare/z")
    lay_out(tmp_path, ["repo/one/app/__init__.py", "repo/one/app/manage.py", "repo/one/app/setup.py"])
    assert discover([tmp_path / "repo/one/app"], Config()).root == str(tmp_path / "repo/one")
    assert discover([tmp_path / "repo/one/app"], Config()).manifests == ()


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StatelintError, match=r"nowhere: no such file or folder"):
        found(tmp_path, "nowhere")


def test_no_python_file_says_what_was_looked_at(tmp_path: Path) -> None:
    lay_out(tmp_path, ["readme.md", "node_modules/x.py", "sub/data.json"])
    with pytest.raises(StatelintError, match=r"no Python files in .*4 entries in 2 folders.*left out: node_modules") as caught:
        found(tmp_path)
    assert "exclude" in caught.value.help


def test_a_notebook_alone_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, ["a.ipynb"])
    with pytest.raises(StatelintError, match="notebooks are not read"):
        found(tmp_path, "a.ipynb")


def test_finds_manifests_and_deployment_files(tmp_path: Path) -> None:
    manifests = [
        *(
            "Pipfile",
            "Pipfile.lock",
            "environment.yml",
            "pdm.lock",
            "poetry.lock",
            "pyproject.toml",
            "requirements-dev.txt",
            "requirements.txt",
        ),
        *("requirements/base.txt", "setup.cfg", "setup.py", "uv.lock"),
    ]
    lay_out(tmp_path, [*manifests, "app/a.py", "Procfile", "Dockerfile", "gunicorn.conf.py", "robots.txt", "data/list.txt"])
    whole = discover([tmp_path], Config())
    assert list(whole.manifests) == sorted(manifests)
    assert [(file.path, file.kind) for file in whole.deploy_files] == [
        ("Dockerfile", "dockerfile"),
        ("Procfile", "procfile"),
        ("gunicorn.conf.py", "gunicorn"),
    ]
    part = discover([tmp_path / "app"], Config())
    assert "pyproject.toml" in part.manifests
    assert "Procfile" in [file.path for file in part.deploy_files]


def test_a_deployment_file_that_is_ignored_says_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path, {".gitignore": ".env\n", ".env": "WEB_CONCURRENCY=4", "app.py": "", "Procfile": "web: gunicorn app:app"})
    assert [file.path for file in discover([tmp_path], Config()).deploy_files] == ["Procfile"]


def test_the_answer_does_not_depend_on_the_order_of_the_paths(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "examples/shop/app.py", "app/main.py", "tests/test_a.py"])
    paths = [tmp_path, tmp_path / "examples/shop", tmp_path / "tests"]
    assert discover(paths, Config()) == discover(paths[::-1], Config())


def test_imports_no_pathspec_without_patterns(tmp_path: Path) -> None:
    lay_out(tmp_path, ["app.py"])
    code = (
        "import sys; from pathlib import Path; from statelint.config import Config; from statelint.discover import discover;"
        f"discover([Path({str(tmp_path)!r})], Config()); print('pathspec' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
