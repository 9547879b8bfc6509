"""What stands beside the code: the pages of `docs/`, CONTRIBUTING, and the files by which others run statelint."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import tomli
from docs import render
from ruamel.yaml import YAML

from statelint import __version__
from statelint.cli import COMMANDS
from statelint.cli.setup import HOOK_FILES
from statelint.config import Config
from statelint.engine import RunOptions, analyse
from statelint.program.calls.callgraph import EdgeKind
from statelint.program.names.nodes import AbstractObject
from statelint.program.reachability.reach import Context
from statelint.rulebook.load import load_rulebook
from statelint.rulebook.schema import Kind
from statelint.verdict.judge import judge

ROOT: Final = Path(__file__).resolve().parents[1]
ACTION: Final = "action.yml"
BASH: Final = shutil.which("bash")
STATEFUL: Final = """
from flask import Flask, request

app = Flask(__name__)
TOKENS = {}

@app.post("/login")
def login():
    TOKENS[request.form["token"]] = request.form["user"]
    return "ok"

@app.get("/me")
def me():
    return TOKENS[request.headers["Authorization"]]

@app.get("/healthz")
def healthz():
    return "ok"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with one finding of severity error."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "app.py").write_text(STATEFUL)
    (folder / ".git").mkdir()
    return folder


def document(name: str) -> Any:
    return YAML(typ="safe", pure=True).load(ROOT / name)


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **more}


# -- pages


def keys(value: Any, path: str = "") -> set[str]:
    """Return the paths of all keys; members of a list count as one."""
    if isinstance(value, dict):
        return {found for key, below in value.items() for found in ({f"{path}.{key}"} | keys(below, f"{path}.{key}"))}
    if isinstance(value, list):
        return {found for below in value for found in keys(below, f"{path}[]")}
    return set()


def test_the_json_report_has_the_keys_of_its_page(project: Path) -> None:
    (project / "broken.py").write_text("def f(:\n")
    (text,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "json.md").read_text(), re.DOTALL)
    report = json.loads(render.run("check", "--isolated", "--no-cache", "--output-format", "json", str(project)))
    assert keys(json.loads(text)) == keys(report)
    assert [list(value) for value in (json.loads(text), json.loads(text)["findings"][0])] == [list(report), list(report["findings"][0])]


def test_the_architecture_names_what_there_is() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    flat = " ".join(page.split())
    for entity in get_args(AbstractObject):
        assert f"`{entity.__name__}`" in page, entity
    edges = flat[flat.index("has edges of the kinds") : flat.index("A guess is searched")]
    assert set(re.findall(r"`(\w+)`", edges)) == set(get_args(EdgeKind))
    contexts = flat[flat.index("in which code runs:") : flat.index("That gives the shortest route")]
    assert set(re.findall(r"`(\w+)`", contexts)) == set(get_args(Context))
    kinds = flat[flat.index("**Kind**") : flat.index("A rule file claims kinds")].lower()
    words = {"pubsub": "pub/sub", "config": "configuration"}
    assert not [kind for kind in get_args(Kind) if words.get(kind, kind.replace("-", " ")) not in kinds]


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_the_pages_name_files_that_exist(page: str) -> None:
    """Links are tried by test_readme.py; here, what stands in code spans, and that a link's text is its file's name."""
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.DOTALL)
    folders = ("src", "rules", "tests", "docs", "benchmarks", "examples", ".ci")
    there = [f"/{path.relative_to(ROOT).as_posix()}" for folder in folders for path in (ROOT / folder).rglob("*")]
    there += [f"/{path.name}" for path in ROOT.iterdir()]
    named = set(re.findall(r"`((?:[\w.-]+/)+|(?:[\w.-]+/)*[\w-]+\.(?:py|toml))`", text))
    assert named
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name.rstrip('/')}") for path in there)] == []
    links = re.findall(r"\[([\w./-]+\.(?:py|toml|md))\]\(([^)\s#]+)", text)
    assert [(said, target) for said, target in links if not target.endswith(said)] == []


def test_the_rule_that_contributing_adds_works(tmp_path: Path) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    blocks = re.findall(r"^   ```toml\n(.*?)^   ```", text, re.MULTILINE | re.DOTALL)
    source = "\n".join(re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in blocks)
    rule = tomli.loads(source)
    assert load_rulebook().rule(rule["code"]) is None, "the number is in use now; take another one"
    folder = tmp_path / "rules" / rule["item"]
    folder.mkdir(parents=True)
    (folder / f"{rule['name']}.toml").write_text(source)
    book = load_rulebook([tmp_path / "rules"])
    for number, example in enumerate(rule["example"]):
        shop = tmp_path / str(number)
        shop.mkdir()
        (shop / "app.py").write_text(example["source"])
        (shop / ".git").mkdir()
        result = judge(analyse(RunOptions((shop,), Config(), book)), Config(), book).result
        marked = [line for line, code in enumerate(example["source"].splitlines(), 1) if code.endswith(f"# {rule['code']}")]
        assert bool(marked) is example["bad"]
        assert [finding.line for finding in result.findings if rule["code"] in (finding.code, *finding.also)] == marked
        verdicts = {verdict.item: verdict.verdict for verdict in result.checklist}
        assert verdicts[rule["item"]] == ("fail" if example["bad"] else "pass")


# -- pre-commit


def test_the_hook_runs_the_command(project: Path) -> None:
    (hook,) = document(".pre-commit-hooks.yaml")
    assert hook["pass_filenames"] is False
    program, *rest = hook["entry"].split()
    assert program in tomli.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    done = subprocess.run(
        [sys.executable, "-m", program, *rest, *hook["args"]], cwd=project, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(r"^app\.py:\d+:\d+: SL0103 \[error\]", done.stdout, re.MULTILINE), "a commit wants a line for each finding"
    assert len(done.stdout.splitlines()) < 10


def test_both_hooks_run_after_the_same_changes() -> None:
    (hook,) = document(".pre-commit-hooks.yaml")
    assert hook["files"] == HOOK_FILES


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("app/views.py", True),
        ("compose.yaml", True),
        ("deploy/Dockerfile.prod", True),
        ("Procfile", True),
        ("pyproject.toml", True),
        ("uv.lock", True),
        ("requirements/base.txt", False),
        ("requirements-prod.txt", True),
        (".env.production", True),
        ("gunicorn.conf.py", True),
        ("web.service", True),
        ("README.md", False),
        ("static/site.css", False),
        ("locked.txt", False),
    ],
)
def test_the_hook_runs_after_changes_that_matter(name: str, wanted: bool) -> None:
    (hook,) = document(".pre-commit-hooks.yaml")
    assert bool(re.search(hook["files"], name)) is wanted


# -- editors


def test_the_extension_starts_the_server_and_no_workspace_says_which() -> None:
    manifest = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text())
    setting = manifest["contributes"]["configuration"]["properties"]["statelint.command"]
    assert manifest["version"] == __version__
    assert setting["default"][0] in tomli.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert setting["default"][1] in COMMANDS
    assert setting["scope"] == "machine", "a hostile checkout would have its own program started"
    source = (ROOT / "editors" / "vscode" / "extension.js").read_text()
    assert 'getConfiguration("statelint").get("command")' in source
    assert "cwd: os.homedir()" in source, "some systems look for programs in the current folder first"


# -- GitHub


def step(project: Path, name: str, **values: str) -> tuple[int, dict[str, str], str, str]:
    """Run the shell part of one step of the action; return its status, its outputs, what it printed and the job's summary."""
    if BASH is None:
        pytest.skip("the action's steps are written for bash")
    (script,) = (one["run"] for one in document(ACTION)["runs"]["steps"] if one.get("name") == name)
    folder = project.parent / "runner"
    folder.mkdir(exist_ok=True)
    files = {variable: folder / variable.lower() for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("")
    variables = environment(RUNNER_TEMP=str(folder), **{name: str(file) for name, file in files.items()}, **values)
    command = [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, check=False)
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return done.returncode, outputs, done.stdout + done.stderr, files["GITHUB_STEP_SUMMARY"].read_text()


def check_step(project: Path, **values: str) -> tuple[int, dict[str, str], str, str]:
    given = {"BIN": str(Path(sys.executable).parent), "PATHS": ".", "ARGS": "", "SUMMARY": "true", "NEW_SINCE": "", "SARIF": ""}
    host = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/n", "GITHUB_SHA": "0a1b"}
    return step(project, "Check", **(given | host | values))


def test_the_action_annotates_and_sums_up(project: Path) -> None:
    status, outputs, printed, summary = check_step(project)
    assert (status, outputs) == (0, {"status": "1"}), "the job fails later, when everything is uploaded"
    assert re.search(r"^::error file=app.py,line=5,.*title=SL0103", printed, re.MULTILINE)
    assert summary.startswith("## statelint: ")
    assert "SL0103" in summary
    assert "](https://github.com/o/n/blob/0a1b/app.py#L5)" in summary
    assert step(project, "Result", STATUS="1")[0] == 1
    assert step(project, "Result", STATUS="0")[0] == 0


def test_the_action_uploads_violations_only(project: Path) -> None:
    status, outputs, _, summary = check_step(project, SARIF="out.sarif", SUMMARY="false", ARGS="--exclude x/* --fail-on error")
    assert (status, outputs, summary) == (0, {"status": "1", "sarif": "out.sarif"}, "")
    (run,) = json.loads((project / "out.sarif").read_text())["runs"]
    assert {result["kind"] for result in run["results"]} == {"fail"}
    assert all(result["locations"] for result in run["results"])


def test_the_action_reports_what_is_new(project: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], cwd=project, check=True)
    status, outputs, printed, summary = check_step(project, NEW_SINCE="HEAD", SARIF="out.sarif")
    assert (status, outputs["status"]) == (0, "0"), printed
    assert "1 there before" in summary
    assert json.loads((project / "out.sarif").read_text())["runs"][0]["results"] == []
    status, outputs, printed, _ = check_step(project, NEW_SINCE="nowhere")
    assert (status, outputs["status"]) == (2, "2")
    assert "fetch-depth: 0" in printed


def test_the_action_stops_at_wrong_usage(project: Path) -> None:
    status, outputs, printed, summary = check_step(project, ARGS="--selct SL01")
    assert (status, outputs, summary) == (2, {"status": "2"}, "")
    assert "--select" in printed


def test_the_action_is_whole() -> None:
    action = document(ACTION)
    text = (ROOT / ACTION).read_text()
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(action["inputs"])
    page = (ROOT / "docs" / "integrations.md").read_text()
    section = page[page.index("## GitHub Actions") : page.index("## GitLab")]
    assert not [name for name in action["inputs"] if name not in section], "the page does not name every input"
    ids = {one["id"] for one in action["runs"]["steps"] if "id" in one}
    assert set(re.findall(r"steps\.(\w+)\.", text)) <= ids


# -- GitLab, Docker


def test_the_gitlab_job_writes_its_report(project: Path) -> None:
    if BASH is None:
        pytest.skip("the job is written for a shell")
    template = document(".gitlab/statelint.yml")
    job = template["statelint"]
    (line,) = job["script"]
    program = re.match(r"\S+/bin/", line)
    assert program is not None
    assert all(program[0] in command or "-m venv " + program[0].removesuffix("/bin/") in command for command in job["before_script"])
    variables = {name: str(value) for name, value in template["variables"].items()}
    command = line.replace(program[0], f"{Path(sys.executable).parent}/")
    done = subprocess.run([BASH, "-ec", command], cwd=project, env=environment(**variables), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "SL0103" in done.stdout
    (issue,) = json.loads((project / job["artifacts"]["reports"]["codequality"]).read_text())
    assert (issue["check_name"], issue["location"]["path"]) == ("session-store-in-process", "app.py")
    assert "cache" not in job, "what is kept inside the checkout could come with it"
    assert "STATELINT_CACHE_DIR" not in str(template)


def test_the_image_is_built_from_what_there_is() -> None:
    text = (ROOT / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for word in line.split()]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored, f"{name} is not let through by .dockerignore"
    configuration = tomli.loads((ROOT / "pyproject.toml").read_text())
    needed = {configuration["project"]["readme"], *configuration["project"]["license-files"]}
    needed |= {path.partition("/")[0] for path in configuration["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]}
    assert needed <= set(copied)
    assert json.loads(re.findall(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[0])[0] in configuration["project"]["scripts"]
