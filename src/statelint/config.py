"""The configuration a run works with, after files, environment and command line have been merged."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

import msgspec

from statelint.model import Confidence, Severity

About = msgspec.Meta
Count = Annotated[int, msgspec.Meta(ge=1)]
RuleSeverity = Literal["error", "warning", "note", "off"]


class Scaling(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """What no file of the project says about its deployment: `[tool.statelint.scaling]`."""

    instances: Annotated[Count | None, About(description="How many instances run behind the load balancer.")] = None
    workers: Annotated[Count | None, About(description="Worker processes in one instance.")] = None
    threads: Annotated[Count | None, About(description="Threads in one worker.")] = None
    max_connections: Annotated[Count | None, About(description="Connections that the database accepts, `max_connections`.")] = None
    reserved_connections: Annotated[
        Annotated[int, msgspec.Meta(ge=0)] | None, About(description="Those of them that are kept for administration and other clients.")
    ] = None


class Safe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name that is known to be safe, and why."""

    name: Annotated[str, About(description="A qualified name, `app.registry.PLUGINS`; `*` matches within.")]
    reason: Annotated[str, About(description="Why one process may keep it.")] = ""


class Config(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True, kw_only=True):
    """`[tool.statelint]` in pyproject.toml, or the whole of statelint.toml; the names are ruff's where ruff has one."""

    select: Annotated[
        tuple[str, ...], About(description="Rules to report, by code, prefix, name or checklist item, or ALL; empty selects everything.")
    ] = ()
    ignore: Annotated[tuple[str, ...], About(description="Rules to leave out; the more specific of `select` and `ignore` wins.")] = ()
    extend_select: Annotated[tuple[str, ...], About(description="Rules to report beside those of `select`.")] = ()
    per_file_ignores: Annotated[
        dict[str, tuple[str, ...]],
        About(description="Rules to leave out in files that match a pattern, as .gitignore writes patterns; a leading `!` turns it round."),
    ] = {}
    severity: Annotated[
        dict[str, RuleSeverity],
        About(description="Severities of rules, by code, prefix, name or item; `off` leaves a rule out. The more specific entry wins."),
    ] = {}
    per_file_severity: Annotated[
        dict[str, dict[str, RuleSeverity]],
        About(description="`severity` for files that match a pattern, as `per-file-ignores` writes them; of several the last one wins."),
    ] = {}
    exclude: Annotated[
        tuple[str, ...], About(description="Paths not to read; replaces the built-in list of environments, caches and vendored trees.")
    ] = ()
    extend_exclude: Annotated[tuple[str, ...], About(description="Paths not to read, beside those of `exclude`.")] = ()
    respect_gitignore: Annotated[bool, About(description="Leave out what .gitignore leaves out.")] = True
    fail_on: Annotated[Severity, About(description="The least severity that makes the exit status 1.")] = "warning"
    fail_on_unknown: Annotated[
        tuple[str, ...], About(description="Checklist items, or ALL, of which one that is UNKNOWN makes the exit status 1.")
    ] = ()
    allow_no_app: Annotated[bool, About(description="That no web application is found is no error.")] = False
    min_confidence: Annotated[Confidence, About(description="The least confidence that is reported.")] = "low"
    entry_points: Annotated[
        tuple[str, ...], About(description="Functions that requests reach although no code says so, `app.hooks:on_message`.")
    ] = ()
    persona: Annotated[
        Literal["auto", "application", "library"], About(description="What the project is; auto tells a library by how it is built.")
    ] = "auto"
    facts: Annotated[
        dict[str, str], About(description='What no file says: `rate-limit = "at the gateway"` decides an item that is UNKNOWN.')
    ] = {}
    safe: Annotated[
        tuple[Safe | str, ...],
        About(description="Names that are not reported: `app.registry.PLUGINS`, `app.cache.*`, or a table with `name` and `reason`."),
    ] = ()
    extend_rules: Annotated[tuple[str, ...], About(description="Folders of further rule files, laid out as <item>/<name>.toml.")] = ()
    rule_packages: Annotated[bool, About(description="Rules that installed packages offer as entry points `statelint.rules` count.")] = True
    require_reason: Annotated[bool, About(description="A comment or `safe` entry that silences something has to say why.")] = False
    baseline: Annotated[str | None, About(description="A file of known findings, which are counted but not shown.")] = None
    output_format: Annotated[str, About(description="The format of the report; NAME, or NAME:FILE to write a file.")] = "full"
    source_url: Annotated[
        str,
        About(
            description="Where reports for people link their places to: the URL of a version's folder on the source host, "
            "or one with `{path}` and `{line}`."
        ),
    ] = ""
    cache_dir: Annotated[
        str | None,
        About(description="Where the last result and what is known of unchanged files are kept, instead of the user's own cache folder."),
    ] = None
    programs: Annotated[
        dict[str, str | tuple[str, ...]],
        About(
            description="The programs of a repository: name and folder, or folders, the first of which is the program's own; "
            "or the application that its server loads, `shop.main:app`, where several stand in one package."
        ),
    ] = {}
    scaling: Annotated[Scaling, About(description="What no file of the project says about its deployment.")] = Scaling()


_TARGET: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?")


def is_target(where: str) -> bool:
    """Tell whether an entry of `programs` names an application, `shop.main:app`, and no folder."""
    return _TARGET.fullmatch(where) is not None
