"""What `statelint init` would write: pure of questions, so that it can be shown first."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from statelint import __version__
from statelint.checked import Asked, check_programs, joined
from statelint.cli.settings import toml
from statelint.config import Config
from statelint.configuration import load_settings
from statelint.configuration.files import OWN_FILE, SHARED_FILE, nearest_file, shown
from statelint.errors import StatelintError
from statelint.files import Reader, UnreadableError
from statelint.files.read import MOST_SOURCE
from statelint.files.toml import TomlError, parse_toml
from statelint.verdict.baseline import DEFAULT_NAME, baseline_text, entries_for

if TYPE_CHECKING:
    from statelint.model import Result
    from statelint.verdict.judge import Judgement

HOOKS: Final = ".pre-commit-config.yaml"
_KEYS: Final = ("select", "ignore", "extend-exclude", "fail-on", "min-confidence", "require-reason", "entry-points", "safe")
"""What a project is likely to set; `--show-settings` lists the rest."""
_SCALING: Final = {"instances": 2, "workers": 4, "threads": 1, "max-connections": 100, "reserved-connections": 3}
HOOK_FILES: Final = (
    r"(?i)(\.(py|ya?ml|toml|json|ini|conf|cfg|sh|service|timer|env)|/run|((docker|container|proc)file|\.env|requirements|\.lock)[^/]*)$"
)
"""After a change to which files the hook runs; `.pre-commit-hooks.yaml` says the same."""
_HOOK: Final = f"""\
- repo: local
  hooks:
    - id: statelint
      name: statelint
      entry: statelint check --no-progress --output-format=concise
      language: python
      additional_dependencies: ["statelint-web=={__version__}"]
      files: '{HOOK_FILES}'
      pass_filenames: false
      require_serial: true
"""


class Change(msgspec.Struct, frozen=True):
    """A file to be written; `content` is None where only advice can be given."""

    what: str
    path: Path
    added: str
    """What is new, for the preview."""
    content: bytes | None

    @property
    def name(self) -> str:
        """The path as a person would type it."""
        return shown(self.path)


class Plan(msgspec.Struct, frozen=True):
    """What a first look saw, in a sentence, and what would be written."""

    seen: str
    changes: tuple[Change, ...]


def plan(root: Path, *, baseline: bool, hook: bool) -> Plan:
    """Look at the project and return what would be written.

    Raises:
        StatelintError: it is configured already, or there is nothing to look at.
    """
    present = nearest_file(root)
    if present is not None:
        raise StatelintError(f"{shown(present)} configures this project already", help="`statelint check --show-settings` shows how")
    judgement = _look(root)
    count = len(judgement.result.findings)
    known = [_baseline(root, judgement)] if baseline and count and not (root / DEFAULT_NAME).exists() else []
    text = config_text(with_baseline=bool(known) or (root / DEFAULT_NAME).exists())
    hooks = [_hook(root)] if hook and (root / ".git").exists() else []
    return Plan(_seen(judgement.result), (_configuration(root, text), *known, *(change for change in hooks if change is not None)))


def _seen(result: Result) -> str:
    failing = [verdict.item for verdict in result.checklist if verdict.verdict == "fail"]
    found = f"{len(result.findings)} finding{'' if len(result.findings) == 1 else 's'}"
    read = f"{result.project.files} file{'' if result.project.files == 1 else 's'}"
    fail = f"{len(failing)} of {len(result.checklist)} items fail" + (f": {', '.join(failing)}" if failing else "")
    return f"A first look at {read}: {found}, {fail}."


def _look(root: Path) -> Judgement:
    settings = load_settings(root, isolated=True, environ=os.environ)
    return joined(check_programs(Asked((root,), settings, lambda _: settings)))


def config_text(*, with_baseline: bool) -> str:
    """Return the table of settings: what is likely to be set, in comments with its meaning and default."""
    lines = ["# In comments: what holds without being set. `statelint check --show-settings` lists every key."]
    described = {field.encode_name: field for field in msgspec.structs.fields(Config)}
    for key in _KEYS:
        lines += ["", f"# {_about(described[key])}", f"# {key} = {toml(described[key].default)}"]
    lines += ["", f"# {_about(described['baseline'])}", f'{"" if with_baseline else "# "}baseline = "{DEFAULT_NAME}"']
    lines += ["", f"# {_about(described['per-file-ignores'])}", '# per-file-ignores = { "scripts/*" = ["ALL"] }']
    lines += ["", f"# {_about(described['severity'])}", '# severity = { SL0302 = "note" }']
    lines += ["", f"# {_about(described['scaling'])}"]
    lines += [f"# scaling.{key} = {example}" for key, example in _SCALING.items()]
    return "\n".join(lines) + "\n"


def _about(field: msgspec.structs.FieldInfo) -> str:
    schema: dict[str, Any] = msgspec.json.schema(field.type)
    return str(schema["description"])


def _read(root: Path, name: str) -> bytes:
    """Return the content of a file that is to be added to.

    Raises:
        StatelintError: it cannot be read.
    """
    try:
        return Reader(root).read(name, MOST_SOURCE)
    except UnreadableError as error:
        raise StatelintError(f"{name}: cannot be read: {error}") from error


def _configuration(root: Path, text: str) -> Change:
    """Add to pyproject.toml where there is one that can be added to, else write statelint.toml."""
    shared = root / SHARED_FILE
    if shared.is_file():
        old = _read(root, SHARED_FILE)
        end = "\r\n" if b"\r\n" in old else "\n"
        added = f"[tool.statelint]\n{text}"
        new = old.rstrip() + (f"{end}{end}" + added.replace("\n", end)).encode()
        try:
            parse_toml(new.decode())
        except (TomlError, UnicodeDecodeError):  # `tool` is an inline table, or the file is broken already
            pass
        else:
            return Change(f"{shown(shared)} gets a table", shared, added, new)
    own = root / OWN_FILE
    return Change(f"{shown(own)} is new", own, text, text.encode())


def _baseline(root: Path, judgement: Judgement) -> Change:
    content = baseline_text(entries_for(judgement.result.findings))
    path = root / DEFAULT_NAME
    return Change(f"{shown(path)} is new: what is found now, so that only new findings are reported", path, content.decode(), content)


def _hook(root: Path) -> Change | None:
    """Add a hook for pre-commit; where the file cannot be added to, say what to write."""
    path = root / HOOKS
    if not path.is_file():
        text = f"repos:\n{_indented(_HOOK, '  ')}"
        return Change(f"{shown(path)} is new", path, text, text.encode())
    old = _read(root, HOOKS).decode("utf-8", "surrogateescape")
    if "statelint" in old:
        return None
    item = re.search(r"^( *)- +repo:", old, re.MULTILINE)
    entry = _indented(_HOOK, item[1] if item else "  ")
    new = old.rstrip("\n") + "\n" + entry
    if _repositories(new) == [*_repositories(old), *_repositories("repos:\n" + _HOOK)]:
        return Change(f"{shown(path)} gets a hook", path, entry, new.encode("utf-8", "surrogateescape"))
    return Change(f"{shown(path)} cannot be added to safely; write this below `repos:`", path, entry, None)


def _repositories(text: str) -> list[Any]:
    """Return the entries below `repos`; nothing where the text is not what it should be."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow, and only here
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - as above

    try:
        document = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return []
    repositories = document.get("repos") if isinstance(document, dict) else None
    return repositories if isinstance(repositories, list) else []


def _indented(text: str, indent: str) -> str:
    return "".join(f"{indent}{line}" for line in text.splitlines(keepends=True))
