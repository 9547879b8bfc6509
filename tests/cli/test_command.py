"""The command, tried as its users try it: every exit status and what is said with it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.project_fixture import VIEWS, Outcome, command, environment, here, process, write_project

from statelint import __version__
from statelint.cli.check import FORMATS
from statelint.model import CONFIDENCES, SEVERITIES
from statelint.report import FORMATS as REPORTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_project(tmp_path)
    monkeypatch.chdir(folder)
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    assert root.is_dir()
    return here(capsys)


def found(run: Callable[..., Outcome], *arguments: str) -> list[dict[str, str]]:
    findings: list[dict[str, str]] = json.loads(run("check", "--output-format", "json", *arguments).out)["findings"]
    return findings


# -- as a process


def test_findings_are_status_1_and_go_to_standard_output(root: Path) -> None:
    outcome = process("check", folder=root)
    assert outcome.status == 1
    assert "SESSIONS" in outcome.out
    assert "FAIL" in outcome.out
    assert outcome.err == ""


def test_none_is_status_0(root: Path) -> None:
    (root / "app" / "views.py").write_text(VIEWS.replace("SESSIONS[", "dict()["))
    outcome = command("check", ".", folder=root)
    assert (outcome.status, outcome.err) == (0, "")
    assert "No findings" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "error", "help_"),
    [
        (["check", "nowhere"], "nowhere: no such file or folder", "name files or folders that exist; the default is the current folder"),
        (["check", "--selct", "SL"], "No such option", "`statelint check --help` lists what there is"),
        (["check", "--fail-on", "worst"], "Invalid value for '--fail-on'", "`statelint check --help` lists what there is"),
        (["check", "--jobs", "0"], "Invalid value for '-j' / '--jobs'", "`statelint check --help` lists what there is"),
        (["check", "--select", "staet"], "--select: no rule, prefix or item is called 'staet'; did you mean 'state'?", "`statelint rules`"),
        (["chekc"], "no command is called 'chekc'; did you mean 'check'?", "`statelint --help` lists what there is"),
        (["app"], "no command is called 'app'; did you mean `statelint check app`?", "`statelint --help` lists what there is"),
        (["rule", "SL04O1"], "no rule is called 'SL04O1'; did you mean 'SL0401'?", "`statelint rules` lists every code and name"),
        (["rule"], "name a rule by its code or name, or say --all", ""),
        (["check", "-"], "`-` needs to know which file it stands for", "statelint check --stdin-filename app/views.py -"),
        (["check", "--stdin-filename", "a.py"], "--stdin-filename needs the path `-`", "statelint check --stdin-filename a.py -"),
        (["check", "--baseline", "b.jsonl"], "b.jsonl: there is no such baseline", "write it: `statelint check --write-baseline b.jsonl`"),
        (["check", "--prune-baseline"], "--prune-baseline: there is no baseline to prune", "name it with --baseline FILE"),
        (["check", "--config", "c.toml"], "c.toml: cannot be read: No such file or directory", ""),
        (["check", "--output-format", "sarfi"], "--output-format: unknown format 'sarfi'; did you mean 'sarif'?", "choose one of full, "),
        (["check", "--output-format", "json:"], "--output-format: 'json:' names no file", "write `json:FILE`"),
        (
            ["check", "--output-format", "json", "--output-format", "sarif"],
            "json and sarif cannot both go to standard output",
            "give one of them a file: --output-format sarif:FILE",
        ),
        (["check", "-o", "a", "-o", "b"], "-o b: no format is left for it", "give each its own: --output-format FORMAT:FILE"),
        (["check", "-o", "no/such/folder/a"], "no/such/folder/a: cannot be written: No such file or directory", ""),
        (["check", "--per-file-ignores", "tests"], "--per-file-ignores: expected PATTERN:RULE, got 'tests'", "for example"),
        (["check", "--add-ignores", "--prune-baseline"], "--add-ignores and --prune-baseline cannot be combined", "run them one after"),
        (
            ["check", "--stdin-filename", "a.py", "-", "--add-ignores"],
            "`-` and --add-ignores cannot be combined",
            "name the file's path instead",
        ),
        (["check", "--add-ignores=a # b"], "--add-ignores: a reason is one line without `#`", ""),
        (["completion", "tcsh"], "Invalid value for '{bash|zsh|fish}': 'tcsh'", ""),
    ],
)
def test_wrong_usage_is_status_2_and_one_line(run: Callable[..., Outcome], arguments: list[str], error: str, help_: str) -> None:
    outcome = run(*arguments)
    first, *rest = outcome.err.splitlines()
    assert outcome.status == 2
    assert first.startswith(f"error: {error}")
    assert len(rest) <= 1
    assert all(line.startswith(f"  = help: {help_}") for line in rest)
    assert rest or not help_
    assert outcome.out == "" or "cannot be written" in error


def test_no_python_files(run: Callable[..., Outcome], root: Path) -> None:
    (root / "docs").mkdir()
    outcome = run("check", "docs")
    assert outcome.status == 2
    assert outcome.err.startswith("error: no Python files in docs")


def test_no_command_shows_the_help(run: Callable[..., Outcome]) -> None:
    outcome = run()
    assert outcome.status == 2
    assert "Usage: statelint" in outcome.err


def test_a_broken_pipe_is_silent(root: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    for arguments in (["check"], ["rules"], ["--help"]):
        command = [sys.executable, "-m", "statelint", *arguments]
        done = subprocess.run(command, cwd=root, stdout=writer, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False)
        assert (done.returncode, done.stderr) == (141, b""), arguments
    os.close(writer)


def test_interrupt_is_130_without_a_traceback(root: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs behind a shell ignores it, and its processes would too
    running = subprocess.Popen(
        [sys.executable, "-m", "statelint", "check", "--stdin-filename", "app.py", "-"],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    signal.signal(signal.SIGINT, before)
    assert running.stdin is not None
    running.stdin.write(b"#" * 300_000)  # more than a pipe holds: when that is gone the command reads, and waits for the rest
    running.stdin.flush()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, b"")
    assert err.decode().strip() == "error: interrupted"


def test_a_fault_of_the_tool_is_one_line(run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("no-such-key")

    monkeypatch.setattr("statelint.engine.open_project", broken)
    outcome = run("check")
    assert outcome.status == 2
    first, second = outcome.err.splitlines()
    assert re.fullmatch(rf"error: statelint {re.escape(__version__)} failed: KeyError: 'no-such-key' in tests\.cli\.\w+:\d+", first)
    assert "please report this line" in second
    monkeypatch.setenv("STATELINT_DEBUG", "1")
    assert "Traceback" in run("check").err


def test_version_and_help_do_not_import_what_is_slow(root: Path) -> None:
    slow = ("libcst", "rich", "ruamel", "tomli", "msgspec", "pathspec", "hypothesis")
    code = (
        "import sys\nfrom statelint.cli import _run\n"
        f"status = _run({{arguments!r}})\nprint(status, [name for name in {slow!r} if name in sys.modules], file=sys.stderr)"
    )
    for arguments in (["--help"], ["--version"], ["check", "--help"], ["rule", "--help"], ["init", "--help"]):
        program = [sys.executable, "-c", code.format(arguments=arguments)]
        done = subprocess.run(program, cwd=root, capture_output=True, text=True, check=True)
        assert done.stderr == "0 []\n", arguments
        assert done.stdout


def test_rules_do_not_import_a_parser(root: Path) -> None:
    code = "import sys\nfrom statelint.cli import _run\n_run(['rule', 'SL0401'])\nprint('libcst' in sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stderr == "False\n"


# -- the words of the help are those of the program


def test_help_names_every_format_severity_and_confidence(run: Callable[..., Outcome]) -> None:
    assert tuple(REPORTS) == FORMATS
    text = " ".join(run("check", "--help").out.split())
    assert ", ".join(FORMATS[:-1]) in text.replace("[", "")
    assert "|".join(SEVERITIES) in text
    assert "|".join(CONFIDENCES) in text


def test_version(run: Callable[..., Outcome]) -> None:
    assert run("--version").out == f"statelint {__version__}\n"


# -- what is reported


def test_threshold_and_exit_zero(run: Callable[..., Outcome]) -> None:
    assert run("check").status == 1
    assert run("check", "--exit-zero").status == 0
    severities = {one["severity"] for one in found(run)}
    assert severities == {"error"}
    assert run("check", "--fail-on", "error").status == 1
    code = found(run)[0]["code"]
    assert run("check", "--ignore", code).status == 0
    assert run("check", "--select", f"SL00,{code}").status == 1
    assert run("check", "--per-file-ignores", f"app/*:{code}").status == 0
    assert run("check", "--extend-exclude", "app").status == 2


def test_configuration_from_file_variable_and_option(run: Callable[..., Outcome], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "pyproject.toml").write_text('[tool.statelint]\nignore = ["ALL"]\n')
    assert run("check").status == 0
    assert run("check", "--isolated").status == 1
    assert run("check", "--select", "ALL").status == 1
    monkeypatch.setenv("STATELINT_SELECT", "ALL")
    assert run("check").status == 1
    monkeypatch.setenv("STATELINT_OUTPUT_FORMAT", "concise")
    assert run("check").out.startswith("app/views.py:")
    monkeypatch.setenv("STATELINT_FAILON", "error")
    assert run("check").err == "warning: the variable STATELINT_FAILON is not read; did you mean STATELINT_FAIL_ON?\n"


def test_several_reports_at_once(run: Callable[..., Outcome], root: Path) -> None:
    outcome = run("check", "--output-format", "concise", "--output-format", "sarif:out/x.sarif")
    assert outcome.status == 2
    (root / "out").mkdir()
    (root / "out" / "x.sarif").write_text("old")
    (root / "out" / "x.sarif").chmod(0o640)
    formats = ("--output-format", "concise", "--output-format", "sarif:out/x.sarif", "--output-format", "json")
    outcome = run("check", *formats, "-o", "out/y.json")
    assert outcome.status == 1
    assert outcome.out.startswith("app/views.py:")
    assert json.loads((root / "out" / "x.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((root / "out" / "y.json").read_text())["version"] == 1
    assert (root / "out" / "x.sarif").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in (root / "out").iterdir()) == ["x.sarif", "y.json"]
    outcome = run("check", "--output-format", "json", "-o", "out/y.json")
    assert (outcome.status, outcome.out) == (1, "")


def test_colour(run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in run("check").out
    assert "\x1b[" in run("check", "--color", "always").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("check").out
    assert "\x1b[" not in run("check", "--color", "never").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("check").out
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "0")
    assert "\x1b[" not in run("check").out
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    assert "\x1b[" in run("check").out


def test_quiet_and_statistics(run: Callable[..., Outcome]) -> None:
    assert "Checklist" not in run("check", "--quiet").out
    assert re.search(r"^1 +error +SL\d{4}", run("check", "--statistics").out, re.MULTILINE)


def test_hosts_get_paths_below_the_repository(run: Callable[..., Outcome], root: Path) -> None:
    (root / ".git").mkdir()
    (root / "services").mkdir()
    folder = write_project(root / "services")
    (folder / "broken.py").write_text("def f(:\n")
    printed = run("check", "--output-format", "github", "services").out
    assert {path.partition("/")[0] for path in re.findall(r"file=([^,:]*)", printed)} == {"services"}
    issues = json.loads(run("check", "--output-format", "gitlab", "services").out)
    assert {issue["location"]["path"].partition("/")[0] for issue in issues} == {"services"}
    (sarif,) = json.loads(run("check", "--output-format", "sarif", "services").out)["runs"]
    assert str(root) not in json.dumps(sarif), "two checkouts give the same bytes"
    places = re.findall(r"'uri': '([^']*)', 'uriBaseId'", str([*sarif["results"], *sarif["invocations"]]))
    assert {place.partition("/")[0] for place in places} <= {"services", "."}
    assert {finding["path"].partition("/")[0] for finding in found(run, "services")} == {"app", "broken.py"}, "JSON is the project's"


def test_a_file_that_does_not_parse_is_named(run: Callable[..., Outcome], root: Path) -> None:
    (root / "app" / "broken.py").write_text("def f(:\n")
    outcome = run("check")
    assert outcome.status == 1
    assert outcome.err == "warning: app/broken.py:1: not analysed: invalid syntax\n"
    assert run("check", "--quiet").err == ""


def test_standard_input_stands_for_a_file(root: Path) -> None:
    fixed = VIEWS.replace("SESSIONS[", "dict()[").encode()
    assert command("check", "--stdin-filename", "app/views.py", "-", folder=root, given=fixed).status == 0
    (root / "app" / "views.py").write_bytes(fixed)
    outcome = command("check", "--stdin-filename", "views.py", "-", "--output-format", "concise", folder=root / "app", given=VIEWS.encode())
    assert outcome.status == 1
    assert outcome.out.startswith("app/views.py:4:1: ")
    unknown = command("check", "--stdin-filename", "node_modules/x.py", "-", folder=root, given=b"x = 1\n")
    assert unknown.err == "warning: node_modules/x.py is not among the files that are read, so nothing is said about it\n"


def test_show_files_and_settings(run: Callable[..., Outcome]) -> None:
    assert run("check", "--show-files").out == "app/views.py  app\n"
    outcome = run("check", "--show-settings", "--instances", "3", "--fail-on", "note")
    assert outcome.status == 0
    assert 'fail-on = "note"  # --fail-on' in outcome.out
    assert "[scaling]  # --scaling\ninstances = 3" in outcome.out


# -- comments and baseline


def test_comments_are_written_and_then_unused(run: Callable[..., Outcome], root: Path) -> None:
    views = root / "app" / "views.py"
    views.chmod(0o664)
    outcome = run("check", "--add-ignores=one instance only")
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err == "note: wrote comments for 1 finding in 1 file\n"
    code = re.search(r"^SESSIONS = \{\}  # statelint: ignore\[(SL\d{4})\] one instance only$", views.read_text(), re.MULTILINE)
    assert code is not None
    assert views.stat().st_mode & 0o777 == 0o664
    assert [path.name for path in views.parent.iterdir()] == ["views.py"]
    assert run("check").status == 0
    assert run("check", "--add-ignores").err == "note: there is nothing to silence\n"
    views.write_text(views.read_text().replace("SESSIONS[", "dict()["))
    (unused,) = found(run)
    assert (unused["code"], unused["message"]) == ("SL0001", f"nothing is reported here for {code[1]}")
    outcome = run("check", "--add-ignores")
    assert outcome.status == 1
    assert outcome.err == "note: there is nothing to silence\nwarning: 1 finding that no comment silences is left to you: app/views.py:4\n"


def test_a_path_behind_add_ignores_is_no_reason(run: Callable[..., Outcome], root: Path) -> None:
    assert run("check", "--add-ignores", "app").status == 0
    assert re.search(r"ignore\[SL\d{4}\]$", (root / "app" / "views.py").read_text(), re.MULTILINE)


def test_a_reason_is_asked_for(run: Callable[..., Outcome], root: Path) -> None:
    (root / "statelint.toml").write_text("require-reason = true\n")
    outcome = run("check", "--add-ignores")
    assert outcome.status == 2
    assert outcome.err.startswith("error: --add-ignores needs a reason here, because require-reason is on\n")


def test_baseline(run: Callable[..., Outcome], root: Path) -> None:
    outcome = run("check", "--write-baseline", "known.jsonl")
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err == "note: wrote 1 finding to known.jsonl; use it with --baseline known.jsonl\n"
    (root / "statelint.toml").write_text('baseline = "known.jsonl"\n')
    outcome = run("check")
    assert outcome.status == 0
    assert "1 in baseline" in outcome.out
    # moved code stays known
    views = root / "app" / "views.py"
    views.write_text("import os\n\n" + VIEWS)
    assert run("check").status == 0
    # a second of the same kind is new
    second = VIEWS.replace("SESSIONS = {}", "SESSIONS = {}\nOTHERS = {}")
    views.write_text(second.replace("    return SESSIONS", "    OTHERS[1] = 2\n    return SESSIONS"))
    assert [one["symbol"] for one in found(run)] == ["OTHERS"]
    # a fixed one is stale
    views.write_text(VIEWS.replace("SESSIONS[", "dict()["))
    outcome = run("check", "--quiet")
    assert outcome.status == 1
    assert re.match(r"error: known\.jsonl: 1 entry not found any more: SL\d{4} SESSIONS in app/views\.py\n", outcome.err)
    assert "  = help: `statelint check --prune-baseline` removes them" in outcome.err
    assert run("check", "--exit-zero").status == 0
    outcome = run("check", "--prune-baseline")
    assert (outcome.status, outcome.err) == (0, "note: removed 1 entry from known.jsonl\n")
    assert (root / "known.jsonl").read_text() == ""
    assert run("check").status == 0
    (root / "known.jsonl").write_text("nonsense\n")
    assert run("check").err.startswith("error: known.jsonl:1: not a baseline entry")
