"""`make test-versions`: the tests on each Python that is there, and with the lowest versions of what statelint needs.

Each has an environment of its own below .venv/versions. A Python that is not there is told and left out. Needs the standard library alone.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
LOWEST: Final = "lowest"
_REQUIREMENT: Final = re.compile(r"([\w.-]+)>=([\w.]+)")


def lowest() -> list[str]:
    """Return the dependencies of pyproject.toml, each pinned to the lowest version that is allowed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = [_REQUIREMENT.fullmatch(requirement) for requirement in project["dependencies"]]
    return [f"{match[1]}=={match[2]}" for match in found if match]


def main() -> int:
    """Run; return 1 where tests failed or an environment could not be made."""
    parser = argparse.ArgumentParser(prog="make test-versions", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=[*PYTHONS, LOWEST], help="one of them; may be repeated")
    parser.add_argument("tests", nargs="*", metavar="PYTEST", help="what pytest is told; behind `--`")
    options = parser.parse_args()
    results = {name: _tried(name, options.tests) for name in options.only or [*PYTHONS, LOWEST]}
    print(*(f"{name:8} {result}" for name, result in results.items()), sep="\n")
    return 1 if "failed" in results.values() else 0


def _tried(name: str, arguments: list[str]) -> str:
    base = interpreter(PYTHONS[0] if name == LOWEST else name)
    if base is None:
        return "left out: there is no such Python"
    folder = ROOT / ".venv" / "versions" / name
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = folder / "constraints.txt"
    steps = [
        [base, "-m", "venv", str(folder)],
        [*pip, "--upgrade", "pip>=25.1"],
        [*pip, "--constraint", str(constraints), "--editable", ".", "--group", "dev"],
        [str(python), "-m", "pytest", "-q", *(arguments or ["-n", "2"])],
    ]
    print(f"==> {name}: {base}", flush=True)
    for step in steps:
        if folder.is_dir():
            constraints.write_text("\n".join(lowest() if name == LOWEST else []))
        if subprocess.run(step, cwd=ROOT, check=False).returncode:
            return "failed"
    return "passed"


def interpreter(version: str) -> str | None:
    """Return what runs a Python of this version, None where nothing does; a name on the path may be there and still run none."""
    ask = f"import sys; sys.exit(sys.version_info[:2] != {tuple(map(int, version.split('.')))})"
    known = Path.home() / ".pyenv" / "versions"
    for command in (sys.executable, f"python{version}", *map(str, sorted(known.glob(f"{version}.*/bin/python")))):
        try:
            if subprocess.run([command, "-I", "-c", ask], capture_output=True, check=False).returncode == 0:
                return command
        except OSError:
            continue
    return None


if __name__ == "__main__":
    sys.exit(main())
