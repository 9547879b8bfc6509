"""The formats that programs read: shapes, schemas and what another parser makes of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema  # type: ignore[import-untyped] # ships no types
import msgspec
import pytest
from tests.report.report_fixture import CLEAN, EXPORT, HEALTH, JOBS, LIMITER, RESULT, context, hostile

from statelint.model import ITEM_KEYS
from statelint.report import render
from statelint.report.links import DOCUMENTATION
from statelint.report.machine import schema, schema_text

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(__file__).parent / "schemas"
RESULTS = {"findings": RESULT, "clean": CLEAN, "hostile": hostile()}


def load(name: str) -> Any:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


@pytest.fixture
def sarif(tmp_path: Path) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(render("sarif", RESULT, context(tmp_path)))["runs"][0]
    return run


def test_json_is_the_contract(tmp_path: Path) -> None:
    data = json.loads(render("json", RESULT, context(tmp_path)))
    assert list(data) == ["version", "tool", "project", "findings", "checklist", "diagnostics", "summary"]
    assert data["version"] == 1
    assert data["tool"]["name"] == "statelint"
    assert list(data["project"]) == ["root", "frameworks", "files", "lines", "entry_points"]
    assert " ".join(data["findings"][0]) == (
        "code rule item severity confidence path line column end_line end_column symbol message hint fix route fingerprint also related"
        " spans notes url"
    )
    assert data["findings"][0]["spans"][0] == {
        "path": "app/stores.py",
        "line": 6,
        "column": 9,
        "end_line": 6,
        "end_column": 19,
        "label": "one dict in each process",
        "primary": True,
    }
    assert [(span["label"], span["primary"]) for span in data["findings"][0]["spans"][1:]] == [(span.label, False) for span in JOBS.spans]
    assert data["findings"][2]["notes"] == list(LIMITER.notes)
    assert data["findings"][0]["url"] == f"{DOCUMENTATION}rules/SL0401/"
    assert data["findings"][4]["url"] == "", "the book lacks the rule"
    assert data["findings"][0]["also"] == ["SL1201"]
    assert data["findings"][0]["related"][1] == {"path": "app/stores.py", "line": 13, "column": 16, "text": "read by `show`"}
    assert data["findings"][0]["route"][1] == {"path": "app/api.py", "line": 10, "text": "JobStore.put"}
    assert list(data["checklist"][0]) == ["item", "title", "verdict", "evidence", "findings"]
    assert list(data["checklist"][0]["evidence"][0]) == ["path", "line", "text"]
    assert [entry["item"] for entry in data["checklist"]] == list(ITEM_KEYS)
    assert data["diagnostics"][1] == {
        "level": "warning",
        "path": "deploy/chart/templates/web.yaml",
        "line": None,
        "message": "a Helm template, which is not read",
    }
    assert data["summary"] == {"findings": 5, "suppressed": 1, "baselined": 1, "earlier": 0}


@pytest.mark.parametrize("name", RESULTS)
def test_json_is_what_its_schema_says(name: str, tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    data = json.loads(render("json", RESULTS[name], context(tmp_path)))
    validator.validate(data)
    del data["summary"]
    assert not validator.is_valid(data)


def test_the_published_schema_is_the_one_of_the_report() -> None:
    written = "python -c 'from statelint.report.machine import schema_text; print(schema_text(), end=\"\")' writes it"
    published = (ROOT / "statelint-report.schema.json").read_text()
    assert _sorted(json.loads(published)) == _sorted(json.loads(schema_text())), written


def _sorted(value: Any) -> Any:
    """Sort the kinds that a value may be of, whose order differs by version of msgspec and says nothing."""
    if isinstance(value, dict):
        return {key: sorted(map(_sorted, held), key=json.dumps) if key == "anyOf" else _sorted(held) for key, held in value.items()}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def test_the_root_is_told_from_where_the_run_was_started(tmp_path: Path) -> None:
    here = msgspec.structs.replace(RESULT, project=msgspec.structs.replace(RESULT.project, root=str(tmp_path / "shop")))
    for start, root in ((tmp_path, "shop"), (tmp_path / "shop", "."), (tmp_path / "shop" / "app", ".."), (None, str(tmp_path / "shop"))):
        assert json.loads(render("json", here, context(tmp_path, start=start)))["project"]["root"] == root
    assert str(tmp_path) not in render("sarif", here, context(tmp_path)), "two checkouts give the same bytes"


def test_a_coding_assistant_reads_little(tmp_path: Path) -> None:
    text = render("agent", RESULT, context(tmp_path))
    assert len(text) < len(render("jsonl", RESULT, context(tmp_path))) / 2
    blocks = re.findall(r"^(?:error|warning|note) .*(?:\n .*)*", text, re.MULTILINE)
    assert len(blocks) == len(RESULT.findings)
    keys = {key for block in blocks for key in re.findall(r"^ (\w+):", block, re.MULTILINE)}
    assert keys == {"why", "proof", "places", "notes", "repair"}
    twice = msgspec.structs.replace(RESULT, findings=(JOBS, msgspec.structs.replace(JOBS, path="app/z.py")))
    assert " repair: as SL0401 app/stores.py:6:9\n" in render("agent", twice, context(tmp_path))


def test_nothing_begins_a_block_for_a_coding_assistant_but_a_finding(tmp_path: Path) -> None:
    lines = render("agent", RESULTS["hostile"], context(tmp_path)).splitlines()
    assert [line.split(" ")[0] for line in lines if not line.startswith(" ")] == ["statelint", "error", "error", "items", "items", "unread"]


def test_json_keeps_hostile_text_as_it_is(tmp_path: Path) -> None:
    data = json.loads(render("json", RESULTS["hostile"], context(tmp_path)))
    assert data["findings"][0]["message"] == RESULTS["hostile"].findings[0].message


def test_json_lines_are_the_findings_of_the_json(tmp_path: Path) -> None:
    lines = render("jsonl", RESULT, context(tmp_path)).splitlines()
    assert [json.loads(line) for line in lines] == json.loads(render("json", RESULT, context(tmp_path)))["findings"]
    assert render("jsonl", CLEAN, context(tmp_path)) == ""


def test_a_fix_is_its_edits(tmp_path: Path) -> None:
    data = json.loads(render("json", RESULT, context(tmp_path)))
    assert data["findings"][0]["fix"] is None
    assert data["findings"][2]["fix"] == {
        "applicability": "safe",
        "message": "read the address of the store from REDIS_URL",
        "edits": [
            {
                "path": "app/limits.py",
                "range": {"line": 7, "column": 30, "end_line": 7, "end_column": 30},
                "replacement": ' storage_uri=os.environ.get("REDIS_URL"),',
            }
        ],
        "needs": ["limits[redis]"],
    }


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.parametrize("checklist", [True, False])
def test_sarif_is_valid(name: str, checklist: bool, tmp_path: Path) -> None:
    data = json.loads(render("sarif", RESULTS[name], context(tmp_path, show_checklist=checklist)))
    jsonschema.Draft4Validator(load("sarif-2.1.0-rtm.5.json")).validate(data)
    run = data["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(rules[entry["ruleIndex"]]["id"] == entry["ruleId"] for entry in run["results"])
    assert all(entry["locations"] for entry in run["results"])
    assert all(entry["level"] == "none" for entry in run["results"] if entry["kind"] != "fail")
    assert checklist or {entry["kind"] for entry in run["results"]} <= {"fail"}


def test_the_schema_refuses_what_is_wrong(tmp_path: Path) -> None:
    data = json.loads(render("sarif", RESULT, context(tmp_path)))
    data["runs"][0]["results"][0]["level"] = "fatal"
    assert not jsonschema.Draft4Validator(load("sarif-2.1.0-rtm.5.json")).is_valid(data)


def test_sarif_places_are_below_the_root(sarif: dict[str, Any], tmp_path: Path) -> None:
    assert list(sarif["originalUriBaseIds"]) == ["SRCROOT"]
    assert str(tmp_path) not in json.dumps(sarif)
    result = sarif["results"][0]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "app/stores.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 6, "startColumn": 9, "endLine": 6, "endColumn": 19},
    }
    assert sarif["columnKind"] == "unicodeCodePoints"


def test_sarif_tells_the_route_and_the_further_spans(sarif: dict[str, Any]) -> None:
    result = sarif["results"][0]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [step.text for step in JOBS.route]
    assert [step["location"]["physicalLocation"]["region"]["startLine"] for step in steps] == [9, 10, 10]
    assert [(entry["id"], entry["message"]["text"]) for entry in result["relatedLocations"]] == [
        (number, span.label) for number, span in enumerate(JOBS.spans, start=1)
    ]
    assert result["partialFingerprints"] == {"statelint/v1": JOBS.fingerprint}
    assert sarif["results"][2]["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"].startswith(" storage_uri")


def test_sarif_tells_the_verdicts(sarif: dict[str, Any]) -> None:
    kinds = {entry["ruleId"]: entry["kind"] for entry in sarif["results"] if entry["kind"] != "fail"}
    assert kinds["checklist/sessions"] == "pass"
    assert kinds["checklist/database"] == "open"
    assert kinds["checklist/jobs"] == "notApplicable"
    assert "checklist/state" not in kinds
    assert sarif["properties"]["checklist"]["state"] == "fail"


def test_sarif_tells_what_could_not_be_read(sarif: dict[str, Any]) -> None:
    (invocation,) = sarif["invocations"]
    assert invocation["executionSuccessful"] is True
    assert [entry["message"]["text"] for entry in invocation["toolExecutionNotifications"]] == [
        entry.message for entry in RESULT.diagnostics
    ]


def test_sarif_rules_carry_their_help(sarif: dict[str, Any]) -> None:
    rules = {rule["id"]: rule for rule in sarif["tool"]["driver"]["rules"]}
    assert rules["SL0401"]["help"]["markdown"].startswith("### Why\n\nEach instance has memory of its own")
    assert rules["SL0401"]["defaultConfiguration"] == {"level": "error"}
    assert rules["SL0401"]["helpUri"] == f"{DOCUMENTATION}rules/SL0401/"
    assert sarif["tool"]["driver"]["informationUri"] == DOCUMENTATION
    assert [name for name, rule in rules.items() if "helpUri" not in rule and name.startswith("SL")] == ["SL0601"], "the book lacks it"
    assert rules["SL0601"] == {"id": "SL0601", "name": "no-health-endpoint", "shortDescription": {"text": "no-health-endpoint"}}


def test_sarif_paths_are_percent_encoded(tmp_path: Path) -> None:
    odd = msgspec.structs.replace(RESULT, findings=(msgspec.structs.replace(EXPORT, path="app/a b#ü%.py"),))
    uri = json.loads(render("sarif", odd, context(tmp_path)))["runs"][0]["results"][0]["locations"][0]["physicalLocation"][
        "artifactLocation"
    ]["uri"]
    assert uri == "app/a%20b%23%C3%BC%25.py"
    assert unquote(uri) == "app/a b#ü%.py"


@pytest.mark.parametrize("name", RESULTS)
def test_gitlab_is_valid(name: str, tmp_path: Path) -> None:
    issues = json.loads(render("gitlab", RESULTS[name], context(tmp_path)))
    jsonschema.Draft7Validator(load("gitlab-code-quality.json")).validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(RESULTS[name].findings)


def test_gitlab_fingerprints_are_the_findings_own_and_differ_when_those_do_not(tmp_path: Path) -> None:
    bare = msgspec.structs.replace(HEALTH, fingerprint="")
    issues = json.loads(render("gitlab", msgspec.structs.replace(RESULT, findings=(JOBS, JOBS, bare, bare)), context(tmp_path)))
    assert issues[0]["fingerprint"] == JOBS.fingerprint
    assert len({issue["fingerprint"] for issue in issues}) == 4


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Read workflow commands as the runner does."""

    def unescape(value: str) -> str:
        for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            value = value.replace(code, char)
        return value

    found = []
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line)
        assert match, line
        properties = dict(part.split("=", 1) for part in (match[2] or "").split(",") if part)
        found.append((match[1], {key: unescape(value) for key, value in properties.items()}, unescape(match[3])))
    return found


def test_github_annotates_lines(tmp_path: Path) -> None:
    _, first, *_, last = commands(render("github", RESULT, context(tmp_path)))
    assert first[0] == "error"
    assert first[1] == {
        "file": "app/stores.py",
        "line": "6",
        "endLine": "6",
        "col": "9",
        "endColumn": "18",
        "title": "SL0401 process-state",
    }
    assert first[2].startswith(JOBS.message + "\nRoute: POST /jobs/{id} -> create")
    assert last[:2] == ("notice", {"title": "statelint"})


def test_github_levels_are_those_it_knows(tmp_path: Path) -> None:
    assert [command for command, _, _ in commands(render("github", RESULT, context(tmp_path, quiet=True)))] == [
        "error",
        "error",
        "error",
        "warning",
        "notice",
        "error",
        "warning",
    ]


def test_github_gives_no_columns_for_several_lines(tmp_path: Path) -> None:
    (command, *_) = commands(render("github", msgspec.structs.replace(RESULT, findings=(LIMITER,)), context(tmp_path)))
    assert command[1] == {"file": "app/limits.py", "line": "5", "endLine": "8", "title": "SL0501 memory-limits"}


def test_github_commands_cannot_be_forged(tmp_path: Path) -> None:
    found = commands(render("github", RESULTS["hostile"], context(tmp_path)))
    assert [command for command, _, _ in found] == ["error", "error", "error", "notice"]
    assert {key for _, properties, _ in found for key in properties} <= {"file", "line", "endLine", "col", "endColumn", "title"}


@pytest.mark.parametrize("name", RESULTS)
def test_junit_adds_up(name: str, tmp_path: Path) -> None:
    root = ET.fromstring(render("junit", RESULTS[name], context(tmp_path)))  # noqa: S314 - our own
    suites = root.findall("testsuite")
    assert root.tag == "testsuites"
    for count, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root.get(count, "-1")) == len(list(root.iter(tag)))
        assert all(int(suite.get(count, "-1")) == len(list(suite.iter(tag))) for suite in suites)
    notes = sum(finding.severity == "note" for finding in RESULTS[name].findings)
    assert len(list(root.iter("failure"))) == len(RESULTS[name].findings) - notes
    assert len(list(root.iter("system-out"))) == notes, "a note is told, and fails nothing"
    assert all(case.get("name") and case.get("classname", "").startswith("statelint.") for case in root.iter("testcase"))


def test_junit_cases_say_where_and_why(tmp_path: Path) -> None:
    root = ET.fromstring(render("junit", RESULT, context(tmp_path)))  # noqa: S314 - our own
    case = next(case for case in root.iter("testcase") if "SL0401" in case.get("name", ""))
    failure = case.find("failure")
    assert failure is not None
    assert failure.text is not None
    assert (case.get("file"), case.get("line"), failure.get("type"), failure.get("message")) == (
        "app/stores.py",
        "6",
        "error",
        JOBS.message,
    )
    assert "self._jobs: dict[str, Job] = {}" in failure.text
    skipped = {suite.get("name"): suite.find("testcase/skipped") for suite in root.iter("testsuite")}
    assert skipped["sessions"] is None
    unknown = skipped["database"]
    assert unknown is not None
    assert "(app/db.py:17)" in unknown.get("message", "")


@pytest.mark.parametrize("name", ["json", "jsonl", "sarif", "gitlab", "junit", "github"])
def test_formats_for_machines_survive_utf_8(name: str, tmp_path: Path) -> None:
    text = render(name, RESULTS["hostile"], context(tmp_path))
    assert text.encode("utf-8").decode("utf-8") == text
    assert "\x1b" not in text
