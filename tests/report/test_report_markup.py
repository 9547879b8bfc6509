"""Markdown and the page: structure, escaping, and, where a Chromium is at hand, the page at work."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.report.report_fixture import CLEAN, HOSTILE, JOBS, RESULT, book, context, hostile

from statelint.model import ITEM_KEYS, Step
from statelint.report import FORMATS, render
from statelint.report.links import DOCUMENTATION
from statelint.report.markdown import MOST_CHARACTERS

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"meta", "link", "input", "br", "img", "hr"}


class Outline(HTMLParser):
    """Tags with their attributes, the text of all elements, and whether they nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        inside = self.open[-1] if self.open else ""
        self.text[inside] = self.text.get(inside, "") + data

    def having(self, name: str) -> list[tuple[str, dict[str, str | None]]]:
        return [(tag, attrs) for tag, attrs in self.tags if name in attrs]


@pytest.fixture(params=["findings", "clean", "hostile"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Outline:
    return Outline(render("html", {"findings": RESULT, "clean": CLEAN, "hostile": hostile()}[request.param], context(tmp_path)))


def test_page_nests_and_has_one_script_and_one_style(page: Outline) -> None:
    assert page.open == []
    tags = [tag for tag, _ in page.tags]
    assert (tags.count("script"), tags.count("style"), tags.count("h1"), tags.count("main")) == (1, 1, 1, 1)
    assert not {"img", "link", "iframe", "object", "embed", "base"} & set(tags)


def test_page_reaches_for_nothing(page: Outline) -> None:
    assert not page.having("src")
    assert not re.search(r"url\(|@import|https?://", page.text["style"] + page.text["script"])
    for tag, attrs in page.having("href"):
        assert tag == "a"
        assert (attrs["href"] or "").startswith(("#", "https://12factor.net/", DOCUMENTATION))
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") or name == "style" for name in attrs)]


def test_page_policy_allows_its_own_style_and_script_alone(page: Outline) -> None:
    policy = next(attrs["content"] or "" for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.text[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_page_names_are_unique_and_references_lead_somewhere(page: Outline) -> None:
    names = [attrs["id"] for _, attrs in page.having("id")]
    assert len(set(names)) == len(names)
    for attribute in ("aria-controls", "aria-labelledby"):
        assert {attrs[attribute] for _, attrs in page.having(attribute)} <= set(names)


def test_page_shows_every_item_finding_and_diagnostic(tmp_path: Path) -> None:
    text = render("html", RESULT, context(tmp_path))
    outline = Outline(text)
    assert [attrs["data-card"] for _, attrs in outline.having("data-card")] == list(ITEM_KEYS)
    assert len([tag for tag, attrs in outline.tags if tag == "details" and "data-severity" in attrs]) == len(RESULT.findings)
    assert {attrs["data-file"] for _, attrs in outline.having("data-file")} == {finding.path or "." for finding in RESULT.findings}
    assert all(entry.path in text for entry in RESULT.diagnostics)


def test_page_marks_the_spans(tmp_path: Path) -> None:
    text = render("html", msgspec.structs.replace(RESULT, findings=(JOBS,)), context(tmp_path))
    assert re.findall(r'<mark class="(\w+)">([^<]*)</mark>', text) == [
        ("primary", "self._jobs"),
        ("further", "self._jobs[job.id] = job"),
        ("further", "self._jobs.get(key)"),
        ("further", "STORE.get(id)"),
    ]


def test_page_draws_the_route(tmp_path: Path) -> None:
    text = render("html", msgspec.structs.replace(RESULT, findings=(JOBS,)), context(tmp_path))
    nodes = re.findall(r'<li class="node (\w+)"><span class="node-box"><span class="node-text">([^<]*)</span>', text)
    assert nodes == [("entry", "POST /jobs/{id}"), ("call", "create"), ("call", "JobStore.put"), ("state", "writes self._jobs")]


def test_page_folds_the_middle_of_a_long_route(tmp_path: Path) -> None:
    for length, folded in ((8, 0), (9, 1), (30, 1)):
        steps = (Step("f.py", 1, "GET /x -> step 0"), *(Step(f"f{number}.py", number, f"step {number}") for number in range(1, length)))
        one = msgspec.structs.replace(RESULT, findings=(msgspec.structs.replace(JOBS, route=steps),))
        text = render("html", one, context(tmp_path))
        assert text.count('<li class="node more">') == folded
        shown = re.findall(r'<span class="node-text">([^<]*)</span>', text)
        assert shown == ["GET /x", *(f"step {number}" for number in range(length))], "folded steps are on the page all the same"
        if folded:
            inside = text[text.index('<li class="node more">') : text.index("</ol></details>")]
            assert f"{length - 6} more step" in inside
            assert len(re.findall('class="node-text"', inside)) == length - 6


def test_page_sets_fenced_and_indented_code_of_a_rule_apart(tmp_path: Path) -> None:
    why = "First `name`.\n\n    indented = 1\n\n```python\nfenced = 2\n\nmore = 3\n```\n\nLast."
    text = render("html", msgspec.structs.replace(RESULT, findings=(JOBS,)), context(tmp_path, book=book(why)))
    assert "<p>First <code>name</code>.</p>" in text
    assert "<code>indented = 1</code>" in text
    assert "<code>fenced = 2\n\nmore = 3\n</code>" in text or "<code>fenced = 2\n\nmore = 3</code>" in text
    assert "<p>Last.</p>" in text


def test_page_folds_up_many_findings(tmp_path: Path) -> None:
    many = msgspec.structs.replace(RESULT, findings=RESULT.findings * 4)
    opened = [attrs for _, attrs in Outline(render("html", many, context(tmp_path))).having("data-severity") if "open" in attrs]
    assert opened == []


def test_page_links_only_what_is_an_address(tmp_path: Path) -> None:
    rules = tuple(msgspec.structs.replace(rule, references=("javascript:alert(1)", "RFC 9110")) for rule in book().rules)
    outline = Outline(render("html", RESULT, context(tmp_path, book=msgspec.structs.replace(book(), rules=rules))))
    ours = {f"{DOCUMENTATION}rules/{rule.code}/" for rule in rules}
    assert {attrs["href"] for _, attrs in outline.having("href")} == {"#findings", *ours}


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_lets_control_characters_through(name: str, tmp_path: Path) -> None:
    text = render(name, hostile(), context(tmp_path))
    text.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", text)


def test_markdown_holds_no_markup_of_others(tmp_path: Path) -> None:
    text = render("markdown", hostile(), context(tmp_path))
    outside = re.sub(r"^(`{4,})text?\n.*?\n\1$|^(`{4,})\n.*?\n\2$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"<(/?[\w!-]+)", outside)) <= {"details", "/details", "summary", "/summary", "br", "b", "/b", "code", "/code"}
    ours = re.sub(r"\[SL0401\]\(https://[\w./-]+\)", "", outside)
    assert ours != outside
    assert not re.search(r"(?<!\\)[*_\[\]`]", re.sub(r"\*\*", "", ours))
    assert "@everyone" not in outside
    rows = [line for line in outside.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}


def test_markdown_fences_are_longer_than_what_they_hold(tmp_path: Path) -> None:
    text = render("markdown", hostile(), context(tmp_path))
    fences = re.findall(r"^`{3,}.*$", text, flags=re.MULTILINE)
    assert "```" in HOSTILE
    assert len(fences) % 2 == 0
    assert all(re.fullmatch(r"`{4,}(text)?", fence) for fence in fences)


def test_markdown_says_what_it_leaves_out(tmp_path: Path) -> None:
    text = render("markdown", msgspec.structs.replace(RESULT, findings=RESULT.findings * 40), context(tmp_path))
    assert 50_000 < len(text) <= MOST_CHARACTERS
    shown = len(re.findall(r"^\*\*(?:error|warning|note) \[?SL\d+", text, re.MULTILINE))
    left = re.search(r"(\d+) more findings left out", text)
    assert left
    assert shown + int(left[1]) == len(RESULT.findings) * 40


PROBE = """
const findings = [...document.querySelectorAll("details.finding")];
const visible = () => findings.filter((finding) => finding.offsetParent).map((finding) => finding.dataset.items);
const out = {all: visible().length};
document.querySelector("[data-card=state]").click();
out.card = visible();
out.pressed = document.querySelector("[data-card=state]").getAttribute("aria-pressed");
document.querySelector("#reset").click();
document.querySelector("[name=severity][value=error]").click();
out.severities = visible();
document.querySelector("#reset").click();
const text = document.querySelector("#text");
text.value = "REDIS memory";
text.dispatchEvent(new Event("input"));
out.text = visible();
document.querySelector("#reset").click();
document.querySelector("#file").value = "app/exports.py";
document.querySelector("#file").dispatchEvent(new Event("change"));
out.file = visible();
out.hash = location.hash;
document.querySelector("#theme").click();
document.querySelector("#theme").click();
out.theme = document.documentElement.dataset.theme;
document.title = "PROBE" + JSON.stringify(out);
"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium here")
def test_page_filters_in_a_browser(tmp_path: Path) -> None:
    text = render("html", RESULT, context(tmp_path))
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)
    assert script
    probed = script[1] + PROBE
    old, new = (base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in (script[1], probed))
    page = tmp_path / "page.html"
    page.write_text(text.replace(script[1], probed).replace(old, new), encoding="utf-8")
    browser = [
        "chromium",
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(browser, capture_output=True, text=True, timeout=60, check=True)
    title = re.search(r"<title>PROBE(.*?)</title>", done.stdout)
    assert title, done.stderr[-500:]
    seen = json.loads(title[1])
    assert seen == {
        "all": 5,
        "card": ["state ordering"],
        "pressed": "true",
        "severities": ["rate-limit", "health"],
        "text": ["rate-limit"],
        "file": ["files"],
        "hash": "#file=app%2Fexports.py",
        "theme": "dark",
    }
