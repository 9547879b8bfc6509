"""One run as a whole: in which order its rooms come to know what they need."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Final

import pytest

from statelint.config import Config
from statelint.engine import RunOptions, analyse
from statelint.rulebook.load import load_rulebook

if TYPE_CHECKING:
    from pathlib import Path

SHOP: Final = {
    "shop/__init__.py": "",
    "shop/conf.py": """
        ROOT_URLCONF = "shop.urls"
        INSTALLED_APPS = ["shop"]
        MIDDLEWARE = ["shop.gate.Gate"]
        """,
    "shop/gate.py": """
        SEEN = {}

        class Gate:
            def __init__(self, get_response):
                self.get_response = get_response

            def __call__(self, request):
                SEEN[request.user.pk] = request.path
                return self.get_response(request)
        """,
    "shop/urls.py": """
        from django.http import HttpResponse
        from django.urls import path

        urlpatterns = [path("healthz", lambda request: HttpResponse("ok"))]
        """,
}
COMPOSE: Final = """
    services:
      web:
        build: .
        command: gunicorn shop.wsgi
        environment:
          DJANGO_SETTINGS_MODULE: shop.conf
    """


@pytest.mark.parametrize(("file", "found"), [("compose.yaml", ["shop/gate.py"]), ("compose.test.yaml", [])])
def test_the_deployment_is_known_when_entry_points_are_looked_for(tmp_path: Path, file: str, found: list[str]) -> None:
    (tmp_path / ".git").mkdir()
    for name, text in {**SHOP, file: COMPOSE}.items():
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(dedent(text))
    analysis = analyse(RunOptions([tmp_path], Config(), load_rulebook(), jobs=1))
    assert [finding.path for finding in analysis.findings if finding.code == "SL0401" and finding.confidence != "low"] == found
