"""The README and the pages beside it say what the program does: rendered parts, commands, options, formats, settings, examples."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import pytest
import tomli
from docs import render
from ruamel.yaml import YAML

from statelint.cli import cli
from statelint.cli.check import FORMATS
from statelint.config import Config
from statelint.configuration import load_settings
from statelint.engine import RunOptions, analyse
from statelint.model import ITEMS
from statelint.report.links import DOCUMENTATION, rule_url
from statelint.rulebook.load import load_rulebook
from statelint.verdict.judge import judge

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).resolve().parents[1]
README: Final = (ROOT / "README.md").read_text()
GUIDE: Final = tuple(
    (ROOT / "docs" / f"{name}.md").read_text()
    for name in (
        "report",
        "commands",
        "formats",
        "integrations",
        "silencing",
        "configuration",
        "deployment",
        "own-rules",
        "accuracy",
        "python",
    )
)
"""The pages for users."""
EDITOR: Final = (ROOT / "docs" / "editor.md").read_text()
"""One more, whose tables of settings are those of editors."""
OF_OTHERS: Final = frozenset({"--rm", "--deploy", "--from", "--select", "--with"})
"""Options that are docker's, Django's, uvx's and ruff's, and of `uv tool`."""
HANDLERS: Final = """

@app.get("/rates/<currency>")
def rate(currency):
    visits[currency] += 1
    if currency not in rates:
        rates[currency] = requests.get(f"https://rates.example/{currency}").json()["rate"]
    return {"rate": rates[currency]}
"""
HEAD: Final = "from collections import Counter\n\nimport requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n"


def blocks(language: str, page: str = README) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def pages() -> Iterable[Path]:
    """Return every page that people read."""
    return (path for pattern in ("*.md", "docs/*.md", "examples/**/*.md", "benchmarks/*.md") for path in sorted(ROOT.glob(pattern)))


# -- rendered parts


@pytest.mark.parametrize(("page", "part"), [(page, part) for page in render.PAGES for part in render.parts_of((ROOT / page).read_text())])
def test_a_rendered_part_is_what_the_program_says(page: str, part: str) -> None:
    text = (ROOT / page).read_text()
    match = re.search(rf"<!-- begin: {part} -->\n(.*?)<!-- end -->", text, re.DOTALL)
    assert match is not None
    said = render.PARTS[part]().replace("[OPTIONS] COMMAND [ARGS]", "[OPTIONS] [COMMAND] [ARGS]")  # an older click says less
    assert match[1] == said, f"{page}: the part {part!r} is out of date; `make docs` writes it"


def test_every_part_is_shown_somewhere() -> None:
    shown = [part for page in render.PAGES for part in render.parts_of((ROOT / page).read_text())]
    assert sorted(shown) == sorted(render.PARTS)


def test_the_screen_counts_what_it_leaves_out() -> None:
    screen = render.screen()
    left = sum(int(number) for number in re.findall(r"\[\.\.\. (\d+) more findings", screen))
    shown = len(re.findall(r"^(?:error|warning|note)\[", screen, re.MULTILINE))
    total = re.search(r"^(\d+) findings", screen, re.MULTILINE)
    items = re.search(r"\[\.\.\. (\d+) more items", screen)
    assert total is not None
    assert items is not None
    assert shown == len(render.SHOWN)
    assert left + shown == int(total[1])
    assert len(re.findall(r"^  (?:FAIL|PASS|UNKNOWN|NOT USED) ", screen, re.MULTILINE)) + int(items[1]) == len(ITEMS)


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(README.splitlines()) <= 230
    order = ["$ statelint check", "make demo", "uvx --from statelint-web statelint check .", "pip install statelint-web", "pre-commit"]
    order += ["Continuous integration", "Silence a finding", "Begin with a baseline", "Limits"]
    places = [README.index(word) for word in order]
    assert places == sorted(places)
    for path in (ROOT / "docs").glob("*.md"):
        if path.name not in {"index.md", "architecture.md", "knowledge-report.md"}:
            assert f"](docs/{path.name}" in README, f"{path.name} cannot be reached from the README"


def test_every_rule_has_its_page_where_its_url_leads() -> None:
    book = load_rulebook()
    pages = render.rule_pages()
    assert {rule_url(rule.code, book) for rule in book.rules} == {f"{DOCUMENTATION}{name.removesuffix('.md')}/" for name in pages}
    for rule in book.rules:
        page = pages[f"rules/{rule.code}.md"]
        assert page.startswith(f"# {rule.code} {rule.name}\n")
        assert page.count("```python") <= 2 * render.EXAMPLES * 12
    site = YAML(typ="safe", pure=True).load(ROOT / "mkdocs.yml")
    assert site["site_url"] == DOCUMENTATION == tomli.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Documentation"]
    entries = [value for entry in site["nav"] for value in entry.values()]
    listed = {page for one in entries for page in ([one] if isinstance(one, str) else [name for each in one for name in each.values()])}
    assert listed == {path.name for path in (ROOT / "docs").glob("*.md")}


# -- what is written by hand


def test_every_option_that_is_named_exists() -> None:
    known = {"--help", "--version"} | {
        name for command in commands() for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
    }
    by_hand = re.sub(r"<!-- begin: .*?<!-- end -->", "", "\n".join((README, *GUIDE, EDITOR)), flags=re.DOTALL)
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", by_hand))
    assert named - known == OF_OTHERS - known


def test_every_command_is_named() -> None:
    for command in commands():
        assert f"statelint {command.name}" in README, f"the README does not say what {command.name} is for"


def commands() -> list[click.Command]:
    context = click.Context(cli)
    found = [cli.get_command(context, name) for name in cli.list_commands(context)]
    return [command for command in found if command is not None]


def test_the_table_of_formats_has_every_format() -> None:
    section = (ROOT / "docs" / "formats.md").read_text()
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == FORMATS


def test_every_table_of_settings_can_be_loaded(tmp_path: Path) -> None:
    texts = [text for page in (README, *GUIDE) for text in blocks("toml", page) if "[project." not in text]
    assert len(texts) == 6
    for number, text in enumerate(texts):
        folder = tmp_path / str(number)
        (folder / "statelint-rules").mkdir(parents=True)
        name = "pyproject.toml" if "[tool.statelint" in text else "statelint.toml"
        (folder / name).write_text(text)
        settings = load_settings(folder)
        table = tomli.loads(text)
        keys = set(table.get("tool", {}).get("statelint", table))
        assert settings.file == folder / name
        assert set(settings.origins) == keys


def test_a_safe_name_as_the_readme_writes_it(tmp_path: Path) -> None:
    (line,) = re.findall(r"\(`(safe = .*?)`\)", (ROOT / "docs" / "silencing.md").read_text().replace("\n", " "))
    (tmp_path / "statelint.toml").write_text(line)
    (safe,) = load_settings(tmp_path).config.safe
    assert not isinstance(safe, str)
    assert safe.reason


def test_the_comments_silence_what_they_stand_beside(tmp_path: Path) -> None:
    (text,) = blocks("python")
    assert text in (ROOT / "docs" / "silencing.md").read_text()
    (tmp_path / "app.py").write_text(HEAD + text + HANDLERS)
    book = load_rulebook()
    analysis = analyse(RunOptions((tmp_path,), Config(), book))
    judgement = judge(analysis, Config(require_reason=True), book)
    assert sorted(finding.symbol for finding in judgement.suppressed) == ["rates", "visits"]
    assert not [finding for finding in judgement.result.findings if finding.symbol in ("rates", "visits") or finding.item == "analysis"]
    for line in text.splitlines():
        if "ignore[" in line:
            (tmp_path / "app.py").write_text(HEAD + text.replace(line[line.index("#") :], "") + HANDLERS)
            assert len(judge(analyse(RunOptions((tmp_path,), Config(), book)), Config(), book).suppressed) == 1


def test_the_two_commands_exist() -> None:
    targets = re.findall(r"^    make ([\w-]+)$", README, re.MULTILINE)
    assert targets == ["demo", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


@pytest.mark.parametrize("page", [path.relative_to(ROOT).as_posix() for path in pages()])
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        reached = (path.parent / file).resolve() if file else path
        assert reached.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in anchors(reached.read_text()), f"{page}: {target}"


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_nobody_is_sent_to_the_other_statelint() -> None:
    """The distribution `statelint` is another project; ours has another name."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    wrong = re.compile(r"(?:\binstall|--with|\bdependencies\s*=\s*\[)[^\n]*?(?<![\w./@-])statelint(?![\w./-]|-web)(?=[\s`'\"\],=]|$)")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in (".md", ".yml", ".yaml", ".toml", "") and path.is_file():
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
                if "pip" in line or "uv " in line or "dependencies" in line:
                    assert not wrong.search(line), f"{name}:{number}: {line.strip()}"
