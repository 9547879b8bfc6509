"""Dotted module names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.discover.test_discover import lay_out

from statelint.config import Config
from statelint.discover import discover

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.discover.files import SourceFile


def sources(root: Path, *paths: str) -> dict[str, SourceFile]:
    return {source.path: source for source in discover([root / path for path in paths or (".",)], Config()).sources}


def modules(root: Path, *paths: str) -> dict[str, str]:
    return {path: source.module for path, source in sources(root, *paths).items()}


def test_packages_at_the_root(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "shop/__init__.py", "shop/views/__init__.py", "shop/views/cart.py", "run.py"])
    assert modules(tmp_path) == {
        "run.py": "run",
        "shop/__init__.py": "shop",
        "shop/views/__init__.py": "shop.views",
        "shop/views/cart.py": "shop.views.cart",
    }
    assert [source.is_package for source in sources(tmp_path).values()] == [False, True, True, False]


def test_src_layout(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "src/shop/__init__.py", "src/shop/a.py", "src/loose.py"])
    assert modules(tmp_path) == {"src/loose.py": "loose", "src/shop/__init__.py": "shop", "src/shop/a.py": "shop.a"}
    assert sources(tmp_path)["src/shop/a.py"].source_root == "src"
    assert "src.shop.a" in sources(tmp_path)["src/shop/a.py"].also


def test_a_src_that_is_a_package_is_part_of_the_name(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "src/__init__.py", "src/db.py"])
    source = sources(tmp_path)["src/db.py"]
    assert (source.module, "db" in source.also) == ("src.db", True)
    assert modules(tmp_path)["src/__init__.py"] == "src"


def test_a_package_handed_in_keeps_its_name(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        ["site/ihatemoney/__init__.py", "site/ihatemoney/web.py", "site/ihatemoney/api/__init__.py", "site/ihatemoney/api/common.py"],
    )
    assert modules(tmp_path / "site/ihatemoney") == {
        "__init__.py": "ihatemoney",
        "api/__init__.py": "ihatemoney.api",
        "api/common.py": "ihatemoney.api.common",
        "web.py": "ihatemoney.web",
    }
    assert modules(tmp_path / "site/ihatemoney", "api/common.py") == {"common.py": "ihatemoney.api.common"}
    assert sources(tmp_path / "site/ihatemoney")["web.py"].source_root == ".."


def test_folder_of_manage_py(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "web/manage.py", "web/shop/__init__.py", "web/apps/cart/__init__.py", "web/apps/cart/views.py"])
    names = sources(tmp_path)
    assert names["web/shop/__init__.py"].module == "shop"
    assert names["web/apps/cart/views.py"].module == "apps.cart.views"
    assert "cart.views" in names["web/apps/cart/views.py"].also


def test_a_package_with_a_module_called_manage_keeps_its_name(tmp_path: Path) -> None:
    lay_out(tmp_path, ["ihatemoney/__init__.py", "ihatemoney/manage.py", "ihatemoney/web.py"])
    assert modules(tmp_path / "ihatemoney")["web.py"] == "ihatemoney.web"
    assert modules(tmp_path)["ihatemoney/web.py"] == "ihatemoney.web"


def test_folder_that_holds_packages(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "backend/app/__init__.py", "backend/app/main.py", "backend/seed.py"])
    names = sources(tmp_path)
    assert names["backend/app/main.py"].module == "app.main"
    assert "backend.app.main" in names["backend/app/main.py"].also
    assert names["backend/seed.py"].module == "seed"


def test_namespace_packages(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "main.py", "app/db.py", "app/routes/users.py"])
    names = sources(tmp_path)
    assert names["app/routes/users.py"].module == "app.routes.users"
    assert names["app/routes/users.py"].also == (f"{tmp_path.name}.app.routes.users", "routes.users", "users")
    lay_out(tmp_path, ["src/company/billing/__init__.py", "src/company/billing/api.py"])
    assert modules(tmp_path)["src/company/billing/api.py"] == "company.billing.api"


def test_several_applications_each_count_from_their_own_folder(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        [".git/HEAD", "one/requirements.txt", "one/main.py", "one/db.py", "two/Dockerfile", "two/main.py", "two-b/app/__init__.py"],
    )
    names = sources(tmp_path)
    assert names["one/db.py"].module == "db"
    assert (names["one/main.py"].module, names["two/main.py"].module) == ("main", "main")
    assert (names["one/main.py"].source_root, names["two/main.py"].source_root) == ("one", "two")
    assert names["two-b/app/__init__.py"].module == "app"


def test_folders_below_a_package_without_init_continue_its_name(tmp_path: Path) -> None:
    lay_out(tmp_path, ["pyproject.toml", "shop/__init__.py", "shop/plugins/mail.py"])
    assert modules(tmp_path)["shop/plugins/mail.py"] == "shop.plugins.mail"


def test_a_folder_without_a_mark_may_be_a_namespace_itself(tmp_path: Path) -> None:
    lay_out(tmp_path / "app", ["main.py", "db/session.py"])
    assert sources(tmp_path / "app")["db/session.py"].also[0] == "app.db.session"


def test_file_names_that_are_no_identifiers(tmp_path: Path) -> None:
    lay_out(tmp_path, ["gunicorn.conf.py", "my-app/run-it.py"])
    assert modules(tmp_path) == {"gunicorn.conf.py": "gunicorn_conf", "my-app/run-it.py": "run-it"}
