"""The outcome of the last run is shown again only where every answer of the file system, and everything else, is as it was."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from tests.cli.project_fixture import VIEWS, Outcome, environment, here, process, write_project
from tests.fixes.test_fixers import CASES

from statelint.checks.registry import CHECKS
from statelint.cli import fresh
from statelint.cli.check import FORMATS
from statelint.cli.progress import STAGES
from statelint.files import seen
from statelint.files import unchanged as again
from statelint.files.seen import File, Inputs, Seen, mark_of, watched
from statelint.files.unchanged import unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Run: TypeAlias = "Callable[..., Outcome]"
GOLDEN = Path(__file__).parents[1] / "golden"
PROJECTS = sorted(
    folder for home in (GOLDEN, GOLDEN / "_repositories") for folder in home.iterdir() if folder.is_dir() and folder.name[0] not in "._"
)
LIMITER = next(case.before for case in CASES if case.name == "limiter")
LONG_AGO = 1_700_000_000


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "outside").mkdir()
    monkeypatch.chdir(tmp_path / "outside")
    for name in set(os.environ) - environment().keys():
        monkeypatch.delenv(name)
    return here(capsys)


@pytest.fixture
def analyses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the runs that analyse."""
    counted: list[str] = []
    analysed = fresh.analysed

    def noted(*given: Any) -> Any:
        counted.append("run")
        return analysed(*given)

    monkeypatch.setattr(fresh, "analysed", noted)
    return counted


def laid_out(source: Path, folder: Path) -> Path:
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("expected.*", "__pycache__"))
    (folder / ".git").mkdir()
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project in which everything has been as it is for long."""
    folder = tmp_path / "repository" / "shop"
    folder.mkdir(parents=True)
    (folder.parent / ".git" / "info").mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    (folder / "build").mkdir()
    (folder / "build" / "made.py").write_text("import flask\nMADE = {}\n")
    return write_project(folder)


# -- the same bytes


@pytest.mark.parametrize("source", PROJECTS, ids=lambda path: path.name)
def test_every_format_is_the_same_from_a_kept_outcome(run: Run, analyses: list[str], source: Path, tmp_path: Path) -> None:
    folder = laid_out(source, tmp_path / "project")
    filled = run("check", "--output-format", "concise", str(folder))
    shown: dict[str, dict[str, bytes]] = {}
    ends: dict[str, tuple[int, str]] = {}
    for how in ("cold", "kept"):
        files = {name: tmp_path / how / name for name in FORMATS}
        (tmp_path / how).mkdir()
        given = [f"--output-format={name}:{file}" for name, file in files.items()]
        outcome = run("check", *given, *(["--no-cache"] if how == "cold" else []), str(folder))
        shown[how] = {name: file.read_bytes() for name, file in files.items()}
        ends[how] = (outcome.status, outcome.err)
    assert shown["kept"] == shown["cold"]
    assert ends["kept"] == ends["cold"]
    assert run("check", "--output-format", "concise", str(folder)) == filled
    assert len(analyses) == 2, "one fills and one is cold"


@pytest.mark.parametrize("options", [("--statistics",), ("-q",), ("--all",), ("--exit-zero",), ("--color", "always"), ("-j1",)])
def test_how_it_is_shown_is_not_kept(run: Run, analyses: list[str], root: Path, options: tuple[str, ...]) -> None:
    run("check", str(root))
    kept = run("check", *options, str(root))
    assert len(analyses) == 1
    assert kept == run("check", "--no-cache", *options, str(root))


def test_colour_by_variable_is_not_kept(run: Run, analyses: list[str], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = run("check", str(root))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("check", str(root)).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert run("check", str(root)) == plain
    assert len(analyses) == 1


# -- what changed


def changed_in_place(root: Path) -> None:
    """As long as before, and with the time that it had."""
    file = root / "app" / "views.py"
    about = file.stat()
    with file.open("r+b") as opened:
        opened.write(VIEWS.replace("SESSIONS", "SETTINGS").encode())
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))


def written(name: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    change.__name__ = name
    return change


def folder_turned_link(root: Path) -> None:
    shutil.move(root / "app", root.parent / "elsewhere")
    (root / "app").symlink_to(root.parent / "elsewhere")


CHANGES: tuple[Callable[[Path], Any], ...] = (
    changed_in_place,
    written("app/more.py", "CACHE = {}\n"),
    written("more/deep/views.py", VIEWS),
    written("README.md", "a name that decides nothing is a change all the same\n"),
    written("statelint.toml", 'ignore = ["state"]\n'),
    written("../statelint.toml", 'ignore = ["state"]\n'),
    written("app/statelint.toml", 'ignore = ["state"]\n'),
    written("pyproject.toml", '[tool.statelint]\nignore = ["state"]\n'),
    written(".gitignore", "app/\n"),
    written("app/.gitignore", "views.py\n"),
    written("../.gitignore", "views.py\n"),
    written("../.git/info/exclude", "views.py\n"),
    written("requirements.txt", "flask\n"),
    written("Dockerfile", "CMD gunicorn -w 4 app.views:app\n"),
    written("../__init__.py", ""),
    written("__init__.py", ""),
    written("build/__init__.py", ""),
    lambda root: (root / "app" / "views.py").unlink(),
    lambda root: shutil.move(root / "app", root / "application"),
    lambda root: (root / "pyproject.toml").unlink(),
    lambda root: shutil.rmtree(root.parent / ".git"),
    folder_turned_link,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changed_is_analysed(run: Run, analyses: list[str], root: Path, change: Callable[[Path], Any]) -> None:
    run("check", "--allow-no-app", "--output-format", "json", str(root))
    run("check", "--allow-no-app", "--output-format", "json", str(root))
    assert len(analyses) == 1
    change(root)
    after = run("check", "--allow-no-app", "--output-format", "json", str(root))
    assert len(analyses) == 2
    assert after == run("check", "--no-cache", "--allow-no-app", "--output-format", "json", str(root))


@pytest.mark.parametrize(
    "options", [("--ignore", "state"), ("--isolated",), ("--fail-on", "error"), ("--instances", "3"), ("--exclude", "x")]
)
def test_other_options_are_another_outcome(run: Run, analyses: list[str], root: Path, options: tuple[str, ...]) -> None:
    run("check", str(root))
    run("check", *options, str(root))
    assert len(analyses) == 2
    run("check", str(root))
    run("check", *options, str(root))
    assert len(analyses) == 2


def test_variables_folders_and_paths_are_another_outcome(
    run: Run, analyses: list[str], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("check", str(root))
    run("check", str(root / "app"))
    assert len(analyses) == 2
    monkeypatch.chdir(root)
    run("check", str(root))
    assert len(analyses) == 3, "messages tell files relative to the current folder"
    monkeypatch.setenv("STATELINT_IGNORE", "state")
    run("check", str(root))
    assert len(analyses) == 4
    monkeypatch.setenv("PAGER", "less")
    run("check", str(root))
    assert len(analyses) == 4


def test_own_rules_and_baselines_are_inputs(run: Run, analyses: list[str], root: Path) -> None:
    (root / "statelint.toml").write_text('extend-rules = ["rules"]\nbaseline = "known.jsonl"\n')
    (root / "rules" / "state").mkdir(parents=True)
    run("check", "--write-baseline", str(root / "known.jsonl"), str(root))
    run("check", str(root))
    run("check", str(root))
    assert len(analyses) == 2, "what is written is not kept"
    (root / "known.jsonl").write_text("")
    assert run("check", str(root)).status == 1
    assert len(analyses) == 3
    (root / "rules" / "state" / "own.toml").write_text(
        'code = "SL0490"\nname = "own"\nitem = "state"\nseverity = "error"\nsummary = "s"\nwhy = "w"\nfix = "f"\n'
    )
    run("check", str(root))
    assert len(analyses) == 4


def test_what_asks_more_than_files_is_not_kept(run: Run, analyses: list[str], root: Path) -> None:
    for options in (("--no-cache",), ("--prune-baseline", "--baseline", str(root / "known.jsonl"))):
        (root / "known.jsonl").write_text("")
        run("check", *options, str(root))
        run("check", *options, str(root))
    assert len(analyses) == 4


def test_a_failed_check_is_not_kept(run: Run, analyses: list[str], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> Iterator[Any]:
        raise KeyError("no such thing")
        yield

    with monkeypatch.context() as patched:
        patched.setitem(CHECKS, "state", fails)
        assert run("check", str(root)).status == 2
    assert run("check", str(root)).status == 1
    assert len(analyses) == 2


def test_fixes_are_kept_with_their_findings(run: Run, analyses: list[str], root: Path) -> None:
    (root / "app" / "limits.py").write_text(LIMITER)
    options: tuple[str, ...]
    for form, options, told in (
        ("json", (), '"applicability": "safe"'),
        ("concise", (), " [*] "),
        ("concise", ("--unsafe-fixes",), " [*] "),
        ("sarif", (), '"fixes": '),
    ):
        first = run("check", "--output-format", form, *options, "--no-cache", str(root))
        before = len(analyses)
        assert told in first.out
        assert [run("check", "--output-format", form, *options, str(root)) for _ in range(2)] == [first, first]
        assert len(analyses) == before + (form == "json"), "marks are no part of the outcome"


@pytest.mark.parametrize("options", [("--fix",), ("--fix", "--unsafe-fixes")])
def test_fixed_files_are_analysed(run: Run, analyses: list[str], root: Path, options: tuple[str, ...]) -> None:
    (root / "app" / "limits.py").write_text(LIMITER)
    asked = ("--output-format", "json", str(root))
    unfixed = run("check", *asked)
    for _ in range(2):
        assert run("check", "--diff", *asked).status == 1, "a kept outcome tells no difference"
    assert len(analyses) == 3
    assert run("check", *asked) == unfixed
    assert len(analyses) == 3, "nothing was written"
    fixed = run("check", *options, *asked)
    assert "storage_uri" in (root / "app" / "limits.py").read_text()
    assert "SL0501" not in fixed.out
    assert run("check", *asked).out == fixed.out
    assert len(analyses) == 5, "what a run with --fix saw before it wrote is kept by none"
    assert run("check", *options, *asked).out == fixed.out
    assert len(analyses) == 6


def test_programs_of_one_package_are_kept_apart(run: Run, analyses: list[str], tmp_path: Path) -> None:
    folder = laid_out(GOLDEN / "_repositories" / "server-and-gateway", tmp_path / "project")
    every: tuple[tuple[str, ...], ...] = ((), ("--program", "gateway"), ("--program", "server"))
    asked = ("--output-format", "json", str(folder))
    first = [run("check", *options, *asked) for options in every]
    assert len({outcome.out for outcome in first}) == 3
    assert [run("check", *options, *asked) for options in every] == first
    assert len(analyses) == 3
    with (folder / "pyproject.toml").open("a") as file:
        file.write('[tool.statelint.programs]\nhub = "relay.server.app:create_app()"\n')
    renamed = run("check", *asked)
    assert len(analyses) == 4
    assert '"hub"' in renamed.out
    assert run("check", *asked) == renamed
    assert renamed == run("check", "--no-cache", *asked)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text")
def test_names_that_are_no_text_are_not_kept(run: Run, analyses: list[str], root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/app/\xff.py")).write_text(VIEWS)
    first = run("check", "--output-format", "concise", str(root))
    assert first.status == 1
    assert run("check", "--output-format", "concise", str(root)) == first
    assert len(analyses) == 2


@pytest.mark.parametrize("damage", [lambda content: content[:-1] + bytes([content[-1] ^ 1]), lambda _: b"", lambda content: content[:100]])
def test_a_damaged_outcome_is_none(run: Run, analyses: list[str], root: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    where = ("--cache-dir", str(tmp_path / "kept"))
    before = run("check", *where, str(root))
    (file,) = (tmp_path / "kept").glob("result-*")
    file.write_bytes(damage(file.read_bytes()))
    assert run("check", *where, str(root)) == before
    assert run("check", *where, str(root)) == before
    assert len(analyses) == 2


def test_many_outcomes_push_out_no_summaries(run: Run, root: Path, tmp_path: Path) -> None:
    for number in range(1, 12):
        run("check", "--cache-dir", str(tmp_path / "kept"), "--instances", str(number), str(root))
    assert len([*(tmp_path / "kept").glob("result-*")]) == 8
    assert len([*(tmp_path / "kept").glob("survey-*")]) == 1


# -- what only looks changed


def aged(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        os.utime(path, (LONG_AGO, LONG_AGO), follow_symlinks=False)


def test_other_times_and_inodes_alone_are_no_change(run: Run, analyses: list[str], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("check", str(root))
    shutil.copytree(root, root.parent / "copy", symlinks=True)
    shutil.rmtree(root)
    shutil.move(root.parent / "copy", root)
    aged(root)
    run("check", str(root))
    assert len(analyses) == 1, "a fresh checkout of the same files"
    monkeypatch.setattr(again, "TICK", -10 * 60 * 1_000_000_000)  # as if some minutes had passed
    monkeypatch.setattr(again, "_content", None)
    run("check", str(root))
    assert len(analyses) == 1, "by the times that were noted, without a look into the files"


def noted(folder: Path, began: int) -> Inputs:
    by = Seen()
    file = folder / "a.py"
    by.file(str(file), 100, file.stat(), b"old")
    found = by.inputs()
    assert found is not None
    return Inputs(began, found.files, (), (), ())


def test_times_are_proof_only_when_they_are_old(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"new")
    when = max(file.stat().st_mtime_ns, file.stat().st_ctime_ns)
    second = 1_000_000_000
    assert unchanged(noted(tmp_path, when + 3 * second)) != str(tmp_path / "a.py"), "nothing can have happened since"
    assert unchanged(noted(tmp_path, when + second)) == str(tmp_path / "a.py"), (
        "it was changed after it was read, within one step of the clock"
    )
    assert unchanged(noted(tmp_path, when - 3600 * second)) == str(tmp_path / "a.py"), "a clock that is wrong"


def test_a_file_that_changes_during_the_run_is_not_kept(tmp_path: Path) -> None:
    by, file = Seen(), tmp_path / "a.py"
    for text in ("one", "three"):
        file.write_text(text)
        with watched(by):
            seen.is_file(str(file))
        by.file(str(file), 100, file.stat(), file.read_bytes())
    assert by.inputs() is None


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_links_are_known_by_where_they_lead(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).write_text("the same")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    by = Seen()
    with watched(by):
        assert seen.is_file(str(tmp_path / "link"))
    inputs = by.inputs()
    assert inputs is not None
    assert unchanged(inputs) is inputs
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(tmp_path / "other")
    assert unchanged(inputs) == str(tmp_path / "link")


def test_a_mark_holds_what_git_looks_at(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x")
    about = file.stat()
    assert mark_of(about)[1:3] == (about.st_size, about.st_mtime_ns)
    assert File(str(file), 1, mark_of(about), b"").mark == mark_of(file.stat())


# -- nothing is asked unseen

VARIED = {
    *("two-applications", "three-configurations", "dependencies", "django-settings", "library", "files", "broken-fixtures", "realtime"),
    *("server-and-gateway", "environment-file"),
}
"""Projects in which much is looked for."""
ASKING = ("stat", "lstat", "scandir", "listdir", "readlink", "open")


def everything_asked(monkeypatch: pytest.MonkeyPatch) -> tuple[list[tuple[str, str]], list[Seen]]:
    """Note what the analysis asks of the system, and who watches."""
    asked: list[tuple[str, str]] = []
    watchers: list[Seen] = []

    def noting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *given: Any, **named: Any) -> Any:
            by = seen.watching()
            if by is not None and not isinstance(path, int):
                asked.append((name, os.fspath(Path.cwd() / os.fsdecode(path)).rstrip(os.sep)))
                if by not in watchers:
                    watchers.append(by)
            return original(path, *given, **named)

        return call

    for name in ASKING:
        monkeypatch.setattr(os, name, noting(name, getattr(os, name)))
    return asked, watchers


def with_links_and_settings(folder: Path) -> None:
    """Add whatever leads elsewhere or is read on the side."""
    (folder / "linked").symlink_to(folder.parent / "beside")
    (folder / "broken").symlink_to("nowhere")
    (folder / "again.py").symlink_to(next(folder.rglob("*.py")))
    (folder.parent / "beside").mkdir()
    (folder.parent / "beside" / "out.py").write_text("x = 1\n")
    (folder / "vendor").mkdir()
    (folder / "compose.yaml").write_text("services:\n  web:\n    build: .\n    env_file: [a.env, missing.env]\n")
    (folder / "a.env").write_text("A=1\n")
    (folder / "requirements.txt").write_text("-r more.txt\n-r missing.txt\nflask\n")
    (folder / "more.txt").write_text("flask-session\n")
    (folder / ".gitignore").write_text("*.log\n")
    (folder / "statelint.toml").write_text('[per-file-ignores]\n"tests/*" = ["state"]\n')


@pytest.mark.skipif(os.name == "nt", reason="links")
@pytest.mark.parametrize("source", [path for path in PROJECTS if path.name in VARIED], ids=lambda path: path.name)
def test_every_question_is_noted(run: Run, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = laid_out(source, tmp_path / "project")
    with_links_and_settings(folder)
    run("check", "--cache-dir", str(tmp_path / "kept"), str(folder))  # every module is imported
    shutil.rmtree(tmp_path / "kept")
    asked, watchers = everything_asked(monkeypatch)
    run("check", "--cache-dir", str(tmp_path / "kept"), str(folder))
    monkeypatch.undo()
    (by,) = watchers
    inputs = by.inputs()
    assert inputs is not None
    files, folders = {file.path for file in inputs.files}, {path for path, _ in inputs.folders}
    links, kinds = {path for pair in inputs.links for path in pair}, {path for path, _ in inputs.kinds}
    ours = [str(tmp_path / "kept"), str(Path(seen.__file__).parents[1]), str(GOLDEN.parents[1] / "rules"), sys.prefix, sys.base_prefix]
    ours += [os.environ["XDG_CACHE_HOME"], *(path for path in sys.path if path)]
    unseen = set()
    for question, path in asked:
        if any(path == one or path.startswith(one + os.sep) for one in ours) or str(folder).startswith(path.rstrip(os.sep) + os.sep):
            continue
        if question == "open":
            known = path in files
        elif question in ("scandir", "listdir"):
            known = path in folders
        else:
            known = path in files | links | kinds | folders or path.rpartition(os.sep)[0] in folders
        if not known:
            unseen.add((question, path))
    assert not unseen
    assert files
    assert any(path.endswith(".py") for path in files)


# -- nothing slow is imported


@pytest.mark.parametrize("form", FORMATS)
def test_a_kept_outcome_imports_no_analysis(root: Path, form: str, tmp_path: Path) -> None:
    variables = {"XDG_CACHE_HOME": str(tmp_path / "home")}
    arguments = ("check", "--output-format", form, "--no-progress", str(root))
    before = process(*arguments, folder=root, XDG_CACHE_HOME=variables["XDG_CACHE_HOME"])
    code = f"import sys; from statelint.cli import _run; _run({list(arguments)!r}); print(*sorted(sys.modules), file=sys.stderr)"
    done = process_of(code, root, variables)
    assert done.out == before.out
    loaded = set(done.err.split())
    slow = {"libcst", "statelint.engine", "statelint.program", "statelint.survey", "statelint.checks", "statelint.inspect", "ruamel"}
    assert not loaded & slow
    assert "rich" not in loaded or form in ("full", "grouped", "github", "junit", "html", "markdown", "gitlab", "sarif", "agent", "concise")


def process_of(code: str, folder: Path, variables: dict[str, str]) -> Outcome:
    import subprocess  # noqa: PLC0415 - beside its use

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment() | variables, capture_output=True, text=True, check=False, timeout=60
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


# -- what is told of it


def test_it_is_told_whether_the_outcome_was_kept(run: Run, root: Path) -> None:
    assert "nothing is kept of a run with these options" in run("check", "-v", str(root)).err
    kept = run("check", "-v", str(root))
    assert "note: nothing has changed since the last run: its result is shown" in kept.err
    assert kept.out == run("check", "--no-cache", str(root)).out
    (root / "app" / "more.py").write_text("x = 1\n")
    assert re.search(r"note: changed since the last run: \S*/shop/app\n", run("check", "-v", str(root)).err)
    (root / "app" / "more.py").write_text("x = 2\n")
    assert re.search(r"note: changed since the last run: \S*/app/more\.py\n", run("check", "-v", str(root)).err)
    assert "note: the result of such a run is not kept" in run("check", "-v", "--no-cache", str(root)).err


def test_timing_names_rooms_and_checks(run: Run, root: Path) -> None:
    plain = run("check", "--no-cache", str(root))
    cold = run("check", "--timing", "--no-cache", str(root))
    assert (cold.status, cold.out) == (plain.status, plain.out)
    rows = re.findall(r"^ +(\d+\.\d{3}) s +(\d+\.\d) %  ( *)(\S.*)$", cold.err, re.MULTILINE)
    stages = [name for _, _, indent, name in rows if not indent]
    assert stages == ["start", "compare", "import", *STAGES, "report"]
    checks = {name: float(seconds) for seconds, _, indent, name in rows if indent}
    assert set(checks) == {*CHECKS, "rows of the rules"}
    (whole,) = (float(seconds) for seconds, _, _, name in rows if name == "check")
    assert abs(sum(checks.values()) - whole) < 0.02
    assert abs(sum(float(share) for _, share, indent, _ in rows if not indent) - 100) < 1
    run("check", str(root))
    kept = run("check", "--timing", str(root))
    assert kept.out == plain.out
    assert "its result is shown" in kept.err
    assert " link\n" not in kept.err


def test_timing_leaves_the_checks_as_they_were(run: Run, root: Path) -> None:
    before = dict(CHECKS)
    run("check", "--timing", "--no-cache", str(root))
    assert before == CHECKS
