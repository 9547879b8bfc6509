"""Small projects made of deployment files, read and written down in lines."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from statelint.deploy.read import read_deployment
from statelint.discover.deploy_files import HEAD_BYTES, classify
from statelint.discover.files import DeployFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from statelint.deploy.model import Deployment
    from statelint.model import Diagnostic


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Mapping[str, str]], tuple[Deployment, tuple[Diagnostic, ...]]]:
    """Write files, find the deployment files among them as discovery does, and read them."""

    def work(files: Mapping[str, str]) -> tuple[Deployment, tuple[Diagnostic, ...]]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"))
        listed = []
        for path in sorted(tmp_path.rglob("*")):
            relative = path.relative_to(tmp_path).as_posix()
            kind = classify(relative, path.read_bytes()[:HEAD_BYTES]) if path.is_file() else None
            listed += [DeployFile(relative, kind)] if kind else []
        return read_deployment(tmp_path, listed)

    return work
