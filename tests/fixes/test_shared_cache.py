"""A dictionary that caches by hand becomes Django's cache, where every use of it is understood; its nearest neighbours stay."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from tests.fixes.fix_fixture import fix, lay_out, offers

from statelint.fixes import request
from statelint.fixes.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.fixes.source import Text

SETTINGS = """
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
ROOT_URLCONF = "shop.urls"
SECRET_KEY = "x"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://r"}}
"""
URLS = """
from django.urls import path

from shop.views import price

urlpatterns = [path("price/<str:sku>", price)]
"""
VIEWS = '''
"""Prices."""

import httpx
from django.http import JsonResponse

{made}  # by number


{function}


def price(request, sku):
    return JsonResponse({"price": price_of(sku)})
'''
OFTEN = '''
def price_of(sku: str):
    """Ask once."""
    if sku not in _PRICES:
        _PRICES[sku] = httpx.get(f"https://prices/{sku}").json()  # slow
    return _PRICES[sku]
'''
EARLY = """
def price_of(sku):
    key = f"v1-{sku}"
    if key in _PRICES:
        return _PRICES[key]
    found = httpx.get(f"https://prices/{sku}").json()
    _PRICES[key] = found
    return found
"""
GOT = """
def price_of(sku):
    found = _PRICES.get(str(sku))
    if found is None:
        found = httpx.get(f"https://prices/{sku}").json()
        _PRICES[str(sku)] = found
    return found


def forget(sku):
    _PRICES.pop(str(sku), None)
"""


def project(tmp_path: Path, function: str, made: str = "_PRICES = {}", settings: str = SETTINGS) -> Path:
    views = VIEWS.replace("{made}", made).replace("{function}", function.strip("\n"))
    files = {"manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n", "shop/__init__.py": ""}
    return lay_out(tmp_path, {**files, "shop/settings.py": settings, "shop/urls.py": URLS, "shop/views.py": views})


@pytest.mark.parametrize(
    ("function", "made", "wanted"),
    [
        (OFTEN, "_PRICES = {}", ['return cache.get_or_set(f"prices:{sku}", lambda: httpx.get(f"https://prices/{sku}").json())']),
        (OFTEN.replace("sku: str", "sku"), "_PRICES: dict[str, float] = {}", ['cache.get_or_set(f"prices:{sku}", lambda: ']),
        (
            EARLY,
            "_PRICES = dict()",
            ['if (cached := cache.get(f"prices:{key}")) is not None:\n        return cached', 'cache.set(f"prices:{key}", found)'],
        ),
        (
            GOT,
            "_PRICES = {}",
            ['found = cache.get("prices:" + str(sku))', 'cache.set("prices:" + str(sku), found)', 'cache.delete("prices:" + str(sku))'],
        ),
    ],
)
def test_every_use_becomes_one_of_the_shared_cache(function: str, made: str, wanted: list[str], tmp_path: Path) -> None:
    outcome = fix(project(tmp_path, function, made))
    (offered,) = (one for one in outcome.before if one.code == "SL0302")
    assert offered.fix is not None
    assert offered.fix.applicability == "unsafe"
    text = outcome.text("shop/views.py")
    ast.parse(text)
    assert all(one in text for one in wanted), text
    assert "from django.core.cache import cache\n" in text
    assert "_PRICES" not in text
    assert "SL0302" not in outcome.codes()
    assert fix(tmp_path).contents() == outcome.contents(), "a second run changes nothing"


@pytest.mark.parametrize(
    ("function", "made", "settings"),
    [
        (OFTEN, "_PRICES = {}", SETTINGS.partition("CACHES")[0]),
        (OFTEN, "_PRICES = {}", SETTINGS.replace("redis.RedisCache", "dummy.DummyCache").replace("redis://r", "x")),
        (OFTEN.replace("sku: str", "sku"), "_PRICES = {}", SETTINGS),
        (OFTEN.replace("sku: str", "sku: int"), "_PRICES = {}", SETTINGS),
        (OFTEN + "\n\ndef size():\n    return len(_PRICES)\n", "_PRICES = {}", SETTINGS),
        (OFTEN + "\n\ndef empty():\n    _PRICES.clear()\n", "_PRICES = {}", SETTINGS),
        (OFTEN + "\n\ndef known(sku: str):\n    return _PRICES[sku]\n", "_PRICES = {}", SETTINGS),
        (EARLY + "\n\ncached = 1\n", "_PRICES = {}", SETTINGS),
        (OFTEN, "_PRICES = {'a': 1}", SETTINGS),
        (OFTEN, "cache = 1\n_PRICES = {}", SETTINGS),
    ],
    ids=[
        "no CACHES",
        "CACHES of none",
        "any key",
        "numbers",
        "counted",
        "emptied",
        "read later",
        "name",
        "filled",
        "another cache",
    ],
)
def test_what_is_not_understood_is_left_alone(function: str, made: str, settings: str, tmp_path: Path) -> None:
    folder = project(tmp_path, function, made, settings)
    before = (folder / "shop" / "views.py").read_text()
    outcome = fix(folder)
    assert any(one.symbol == "_PRICES" for one in outcome.before), "it is reported"
    assert outcome.text("shop/views.py") == before


def test_a_dictionary_that_another_module_uses_is_left_alone(tmp_path: Path) -> None:
    folder = project(tmp_path, OFTEN)
    (folder / "shop" / "admin.py").write_text("from shop.views import _PRICES\n\nprint(_PRICES)\n")
    assert "_PRICES = {}" in fix(folder).text("shop/views.py")


def test_no_concrete_tree_is_made_where_no_cache_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    whole = Tree

    def counted(text: Text) -> Tree:
        made.append(text.path)
        return whole(text)

    monkeypatch.setattr(request, "Tree", counted)
    offers(project(tmp_path / "a", OFTEN, settings=SETTINGS.partition("CACHES")[0] + "ALLOWED_HOSTS = ['x']\n"))
    assert "shop/views.py" not in made
    offers(project(tmp_path / "b", OFTEN))
    assert "shop/views.py" in made
