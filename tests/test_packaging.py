"""What is shipped: a wheel with every rule in it, that starts fast wherever it lies."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

import statelint
from statelint.rulebook.load import COMPILED, compiled

CHECKOUT: Final = Path(__file__).resolve().parents[1]
RULES: Final = CHECKOUT / "rules"
NOT_RULES: Final = frozenset({"aliases", "frameworks", "roles", "words"})
COUNT_RULES: Final = (
    "import statelint; from statelint.rulebook.load import load_rulebook;"
    "book = load_rulebook(); print(statelint.__file__); print(len(book.rules), len(book.frameworks), len(book.roles))"
)


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command without this process's environment; return its output."""
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", **environment}, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of a fresh environment with the wheel; its dependencies are those of the environment of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    # a path in a .pth file is searched, but the .pth files in it are not read: the checkout stays out
    (site / "dependencies.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")) + "\n")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=folder)
    return python


def counts() -> str:
    rules = [file for file in RULES.glob("*/*.toml") if file.parent.name not in NOT_RULES]
    return f"{len(rules)} {len(list(RULES.glob('frameworks/*.toml')))} {len(list(RULES.glob('roles/*.toml')))}"


def test_the_wheel_holds_every_rule_and_nothing_else_of_the_checkout(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {name.removeprefix("statelint/rules/") for name in names if name.startswith("statelint/rules/")}
    assert shipped == {file.relative_to(RULES).as_posix() for file in RULES.rglob("*.toml")} | {COMPILED}
    assert {"statelint/py.typed", "statelint/__init__.pyi"} <= set(names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"statelint", "statelint_web"}


def test_an_installed_wheel_lists_every_rule(installed: Path, tmp_path: Path) -> None:
    where, numbers = run(installed, "-c", COUNT_RULES, cwd=tmp_path).splitlines()
    assert installed.parents[1] in Path(where).parents
    assert numbers == counts()
    listed = json.loads(run(installed.parent / "statelint", "rules", "--output-format", "json", cwd=tmp_path))
    rules = listed["rules"] if isinstance(listed, dict) else listed
    assert str(len(rules)) == counts().split()[0]


def test_the_wheel_holds_the_rule_set_compiled(wheel: Path) -> None:
    assert zipfile.ZipFile(wheel).read(f"statelint/rules/{COMPILED}") == compiled()
    assert not (CHECKOUT / "dist" / COMPILED).exists()


LOADS: Final = (
    "import sys; from statelint.rulebook.load import load_rulebook; load_rulebook(); print('statelint.rulebook.parse' in sys.modules)"
)


def test_an_installed_wheel_reads_no_rule_file_again_unless_one_was_changed(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "-c", LOADS, cwd=tmp_path).strip() == "False"
    (rules,) = installed.parents[1].glob("lib/python*/site-packages/statelint/rules")
    file = rules / "state" / "process-state.toml"
    before = file.read_text()
    file.write_text(before + "# a remark\n")
    assert run(installed, "-c", LOADS, cwd=tmp_path).strip() == "True", "the compiled copy is of other files"
    file.write_text(before)
    assert run(installed, "-c", LOADS, cwd=tmp_path).strip() == "False"


def test_a_zipped_wheel_finds_its_rules(wheel: Path, tmp_path: Path) -> None:
    where, numbers = run(sys.executable, "-c", COUNT_RULES, cwd=tmp_path, PYTHONPATH=str(wheel)).splitlines()
    assert where.startswith(str(wheel))
    assert numbers == counts()


def test_a_checkout_finds_its_rules(tmp_path: Path) -> None:
    """The same holds for an editable install, which puts `src` on the path."""
    where, numbers = run(sys.executable, "-c", COUNT_RULES, cwd=tmp_path, PYTHONPATH=str(CHECKOUT / "src")).splitlines()
    assert CHECKOUT / "src" in Path(where).parents
    assert numbers == counts()


def test_the_command_says_its_version(installed: Path, tmp_path: Path) -> None:
    assert run(installed.parent / "statelint", "--version", cwd=tmp_path).split()[-1] == statelint.__version__
    assert run(installed, "-m", "statelint", "--version", cwd=tmp_path).split()[-1] == statelint.__version__
    assert run(installed.parent / "statelint-web", "--version", cwd=tmp_path).split()[-1] == statelint.__version__, "`uvx statelint-web`"


def test_programs_can_check(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    assert run(installed, "-c", "import statelint; print(statelint.check('.').summary.findings)", cwd=tmp_path).strip() == "0"


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_starting_up_imports_nothing_slow(option: str, tmp_path: Path) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['statelint', {option!r}]\n"
        "try:\n    runpy.run_module('statelint', run_name='__main__')\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "slow = {'asyncio', 'jinja2', 'libcst', 'multiprocessing', 'pathspec', 'rich', 'ruamel', 'tomli'}\n"
        "print('slow:', *sorted(slow & set(sys.modules)))"
    )
    assert run(sys.executable, "-c", code, cwd=tmp_path).splitlines()[-1].strip() == "slow:"


def test_what_continuous_integration_runs_is_executable() -> None:
    script = CHECKOUT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    run("bash", "-n", script, cwd=CHECKOUT)


def test_hooks_and_actions_name_options_that_exist(tmp_path: Path) -> None:
    """The pre-commit hook, the action and the GitLab template call `check` with these options."""
    text = "\n".join(
        (CHECKOUT / name).read_text() for name in (".pre-commit-hooks.yaml", "action.yml", ".gitlab/statelint.yml", "Dockerfile")
    )
    known = run(sys.executable, "-m", "statelint", "check", "--help", cwd=tmp_path)
    for option in ("--no-progress", "--output-format", "--no-cache"):
        assert option in text
        assert option in known
