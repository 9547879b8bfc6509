"""The part that each file plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.discover.test_discover import lay_out

from statelint.config import Config
from statelint.discover import discover

if TYPE_CHECKING:
    from pathlib import Path


def parts(root: Path, *paths: str) -> dict[str, str]:
    return {source.path: source.part for source in discover([root / path for path in paths or (".",)], Config()).sources}


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("tests/helpers.py", "test"),
        ("shop/tests/deep/factories.py", "test"),
        ("shop/tests.py", "test"),
        ("shop/test_cart.py", "test"),
        ("shop/cart_test.py", "test"),
        ("conftest.py", "test"),
        ("integration_tests/run.py", "test"),
        ("tests_e2e/run.py", "test"),
        ("shop/testing/fake.py", "test"),
        ("testimonials/views.py", "app"),
        ("latest/feed.py", "app"),
        ("contest/models.py", "app"),
        ("shop/latest.py", "app"),
        ("shop/attestation.py", "app"),
        ("shop/migrations/0001_initial.py", "migration"),
        ("alembic/env.py", "migration"),
        ("alembic/versions/1_x.py", "migration"),
        ("migrations/versions/1_x.py", "migration"),
        ("scripts/load.py", "script"),
        ("tools/release.py", "script"),
        ("examples/demo.py", "script"),
        ("docs/conf.py", "script"),
        ("benchmarks/run.py", "script"),
        ("setup.py", "script"),
        ("noxfile.py", "script"),
        ("fabfile.py", "script"),
        ("manage.py", "command"),
        ("shop/management/commands/load.py", "command"),
        ("shop/cli/main.py", "command"),
        ("shop/cli.py", "app"),
        ("shop/commands/place_order.py", "app"),
        ("settings.py", "settings"),
        ("shop/settings.py", "settings"),
        ("shop/settings/production.py", "settings"),
        ("shop/settings/test.py", "test"),
        ("shop/settings_prod.py", "settings"),
        ("shop/default_settings.py", "settings"),
        ("config/settings/__init__.py", "settings"),
        ("config.py", "app"),
        ("shop/chat_settings.py", "app"),
        ("app/routers/settings.py", "app"),
        ("app/api/tasks.py", "app"),
        ("shop/tasks.py", "app"),
        ("shop/jobs/nightly.py", "app"),
        ("shop/celery.py", "app"),
        ("wsgi.py", "app"),
        ("shop/views.py", "app"),
    ],
)
def test_part(tmp_path: Path, path: str, part: str) -> None:
    lay_out(tmp_path, [path])
    assert parts(tmp_path) == {path: part}


def test_packages_called_tools_and_docs_are_the_applications_own(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        ["tools/__init__.py", "tools/search.py", "agent/__init__.py", "agent/tools/search.py", "docs/__init__.py", "docs/views.py"],
    )
    assert set(parts(tmp_path).values()) == {"app"}


def test_applications_called_settings_and_tasks(tmp_path: Path) -> None:
    lay_out(
        tmp_path, ["app/settings/views.py", "app/settings/helpers.py", "app/tasks/models.py", "app/tasks/store.py", "app/testing/views.py"]
    )
    assert set(parts(tmp_path).values()) == {"app"}


def test_versions_are_migrations_only_beside_an_alembic_environment(tmp_path: Path) -> None:
    lay_out(tmp_path, ["db/env.py", "db/script.py.mako", "db/versions/1_x.py", "api/versions/v1.py"])
    assert parts(tmp_path) == {"api/versions/v1.py": "app", "db/env.py": "migration", "db/versions/1_x.py": "migration"}


def test_a_module_called_manage_in_a_package_is_the_applications_own(tmp_path: Path) -> None:
    lay_out(tmp_path, ["shop/__init__.py", "shop/manage.py"])
    assert parts(tmp_path)["shop/manage.py"] == "app"


def test_tasks_of_invoke_are_scripts(tmp_path: Path) -> None:
    texts = ["from invoke import task\n", "from celery import shared_task\n", "# to invoke later\nimport invoked\n"]
    lay_out(tmp_path, {f"{folder}/tasks.py": text for folder, text in zip(("one", "three", "two"), texts, strict=True)})
    assert parts(tmp_path) == {"one/tasks.py": "script", "three/tasks.py": "app", "two/tasks.py": "app"}


def test_an_example_that_is_handed_in_is_an_application(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "examples/shop/app.py", "examples/shop/tests/test_a.py"])
    assert parts(tmp_path) == {"examples/shop/app.py": "script", "examples/shop/tests/test_a.py": "test"}
    assert parts(tmp_path, "examples/shop") == {"examples/shop/app.py": "app", "examples/shop/tests/test_a.py": "test"}
    assert parts(tmp_path, ".", "examples/shop") == {"examples/shop/app.py": "app", "examples/shop/tests/test_a.py": "test"}


def test_the_tests_of_a_project_stay_tests_when_handed_in(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "tests/helpers.py"])
    assert parts(tmp_path, "tests") == {"tests/helpers.py": "test"}


def test_a_project_in_a_folder_called_test_is_a_project(tmp_path: Path) -> None:
    lay_out(tmp_path / "test", ["app.py"])
    assert parts(tmp_path / "test") == {"app.py": "app"}
