"""The shapes of the files under `rules/`; an unknown key or a wrong type is an error when a file is loaded.

Keys are kebab-case in TOML. A *value pattern* (in `default`, `violates`, `satisfies`, `matches`) is one of
`any`, `absent` (nothing decides and the library has no default), `none`, `true`, `false`, a number,
`call:pkg.Class` (an object made by, or a reference to, that qualified name; `*` matches within),
`role:NAME` (made by a call of a name that plays this role: `role:random-secret`),
`literal` (a constant in the code or the library's default; a default given to an environment look-up is none),
`env` (read from the environment or from a settings class, whatever its default),
anything else: a glob compared with the string without regard to case (`memory://*`).
The order is `ignores`, `violates`, `satisfies`; the first that matches decides.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from statelint.model import Confidence, Severity

Role = Literal[
    "request", "websocket", "middleware", "dependency", "error", "signal", "background", "startup", "shutdown", "task", "job", "command"
]
Kind = Literal[
    "session-store",
    "conversation",
    "cache",
    "rate-counter",
    "connection-registry",
    "pubsub",
    "job-table",
    "queue",
    "lock",
    "counter",
    "metrics",
    "config",
    "other",
]
"""What hand-written state is for; `statelint.checks.state.kinds` judges it."""


class _Strict(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Every table of a rule file refuses keys it does not know."""


class Decider(_Strict, frozen=True, kw_only=True):
    """One place whose value decides; the first that is present wins. Exactly one of the first six names it."""

    argument: str = ""
    """Keyword name of an argument of the call (or of the decorator, or of the class's constructor)."""
    position: int | None = None
    """Zero-based position of the argument, with or without a keyword name."""
    setting: str = ""
    """Dotted path below the framework's settings: `SESSION_TYPE`, `CACHES.default.BACKEND`, `LOGGING.handlers.*.class`."""
    env: str = ""
    """An environment variable that the library itself reads."""
    attribute: str = ""
    """An attribute assigned on the made object, or on the object named by the row: `session_interface`."""
    contains: str = ""
    """A setting that is a list or mapping (`MIDDLEWARE`); its value is each of its members in turn."""
    method: str = ""
    """With `argument` or `position`: they are those of a later call of this method on the object (`init_app`)."""
    inner: str = ""
    """With `argument` or `position`: the value is itself a call or a mapping, and its keyword or key `inner` decides.
    A key is looked up whole first (`session.type`), then its dots lead deeper, where `*` is each key or element in
    turn (`handlers.*.class`): one that violates decides."""


class Condition(_Strict, frozen=True, kw_only=True):
    """A second value that must match for the row to apply."""

    argument: str = ""
    position: int | None = None
    setting: str = ""
    matches: tuple[str, ...] = ()
    """The row applies only if one of these matches; a value that is not known does not."""
    excludes: tuple[str, ...] = ()
    """The row does not apply if one of these matches; a value that is not known does no harm."""


class VersionedDefault(_Strict, frozen=True, kw_only=True):
    """The default from this version of the package on."""

    since: str
    value: str


class Repair(_Strict, frozen=True, kw_only=True):
    """The repair in the library's own words."""

    text: str = ""
    """One sentence; the code follows."""
    install: str = ""
    """What pip installs, e.g. `limits[redis]`; without `pip install`."""
    code: str = ""
    switch: str = ""
    """The setting or environment variable that mends it without a change of code."""


class AutoFix(_Strict, frozen=True, kw_only=True):
    """An edit that `--fix` makes.

    Expressions are Python; `{old}` in one is the value that stands there, as it is written, else the row's default.
    """

    kind: Literal["value", "secret", "health", "release", "memoize", "shared-cache"]
    """`value`: the value that decides becomes another; the further keys say which. The other kinds are reasoning in Python, the modules
    of `statelint.fixes`."""
    message: str
    """What it does, as an order: `read the address from REDIS_URL`."""
    safe: Literal["never", "replacing", "always"] = "never"
    """Whether one instance without the variable behaves as before. `replacing`: where a value stood, and not where one is added."""
    on: tuple[str, ...] = ()
    """The qualified names of the calls that it is for; empty: all of the row."""
    argument: str = ""
    """The keyword of the call that gets the value. Without one the call itself becomes the value; a setting always gets it."""
    position: int | None = None
    """The zero-based position of the argument."""
    key: str = ""
    """The key of a mapping among the arguments of the call that gets the value: `CACHE_TYPE`."""
    only: str = ""
    """A regular expression for the whole of what stands there; the edit is not for other values."""
    value: str = ""
    value_if_set: str = ""
    """Instead of `value`, and safe, where a deployment file sets `variable`: it keeps the old value where that is not set."""
    variable: str = ""
    beside: dict[str, str] = {}
    """Further keys of the same mapping, arguments of the same call or settings at the same place, with their values."""
    beside_if_set: dict[str, str] = {}
    drops: tuple[str, ...] = ()
    """Keys or arguments that go."""
    imports: tuple[str, ...] = ()
    """What the expressions use: `os`, or `starsessions.stores.redis:RedisStore` for a name out of a module."""
    needs: str = ""
    """What pip installs for it."""


class Api(_Strict, frozen=True, kw_only=True):
    """What is known of one library call, class, decorator or setting."""

    id: str
    """Unique in the whole rule set, kebab-case: `flask-limiter-storage`."""
    package: str
    """Distribution name on PyPI, `django`, or `python` for the standard library."""
    version: str = ""
    """The version whose source was read."""
    names: tuple[str, ...]
    """Qualified names by which users reach it, without further import paths of the same object, which are `[aliases]`. For kind
    `setting`: the dotted setting paths."""
    kind: Literal["call", "base", "decorator", "reference", "setting"] = "call"
    """`call`: each call of a name (a class: its construction). `base`: a project class that inherits from it. `decorator`:
    bare or called. `reference`: any use of the name, also as a dotted string in settings. `setting`: the setting itself."""
    decides: tuple[Decider, ...] = ()
    """Empty: the mere use decides (`violates = ["any"]`) or proves (`satisfies = ["any"]`)."""
    default: str = ""
    """The value when nothing decides; "" when the library has none."""
    defaults: tuple[VersionedDefault, ...] = ()
    """Where the default changed between versions, oldest first; the newest is `default`'s stand-in."""
    violates: tuple[str, ...] = ()
    satisfies: tuple[str, ...] = ()
    """Shown as evidence for PASS. What matches neither is unknown; `ignores` is neither."""
    ignores: tuple[str, ...] = ()
    """Values that mean the feature is off or harmless."""
    requires: tuple[Condition, ...] = ()
    released_by: tuple[str, ...] = ()
    """Methods that give back what the call hands out: of the object itself (`close`), or of its pool with the object as argument
    (`putconn`). A `with` block gives it back too, unless `with-keeps` says that it does not."""
    with_keeps: bool = False
    """Leaving a `with` block around the object does not give it back: `psycopg2` ends the transaction only."""
    uses: tuple[str, ...] = ()
    """For kind `setting` and for absent values: the row applies only where the project uses one of these names (a prefix is enough)."""
    framework: str = ""
    """For kind `setting`: whose settings (`django`, `flask`, `quart`, `sanic`, `pyramid`...)."""
    where: Literal["serving", "request", "activity", "startup", "anywhere"] = "serving"
    """From where the use must be reachable. `serving`: from request, websocket, middleware, background or start-up. `request`: from
    requests and what they start alone. `activity`: from these, or from a task or job of a worker. `startup`: made while
    the process starts, at import included, and so kept by it; what only requests reach is not meant."""
    severity: Severity | None = None
    confidence: Confidence | None = None
    message: str = ""
    """One lower-case clause, no full stop; `{name}` is the qualified name, `{value}` the value that decided, `{symbol}` what it is
    bound to."""
    fix: Repair = Repair()
    autofix: tuple[AutoFix, ...] = ()
    """The first that applies is made; without one, that of the rule."""
    note: str = ""
    """A caveat shown with the finding."""
    sources: tuple[str, ...] = ()
    """Where the default stands in the package's source, `flask/app.py:224`."""
    unverifiable: str = ""
    """Why `make verify-knowledge` cannot check it; "" means that it does."""


class Example(_Strict, frozen=True, kw_only=True):
    """A small project; lines of bad ones that must be reported end in `# SL0101` (several codes: `# SL0101 SL0301`)."""

    title: str
    bad: bool
    source: str = ""
    """A single file, `app.py`; or use `files`."""
    files: dict[str, str] = {}
    api: tuple[str, ...] = ()
    """Ids of the rows that it exercises."""
    expect: tuple[str, ...] = ()
    """For files that cannot carry a mark: `Dockerfile:3 SL0601`."""
    passes: bool = False
    """A good example whose item must come out PASS, not merely without a finding."""


class Rule(_Strict, frozen=True, kw_only=True):
    """One rule, one file: `rules/<item>/<name>.toml`."""

    code: str
    name: str
    item: str
    severity: Severity
    summary: str
    """One lower-case clause without a full stop."""
    why: str
    """What a second instance breaks, with numbers where there are any."""
    fix: str
    limits: str = ""
    """What the rule does not see."""
    references: tuple[str, ...] = ()
    since: str = "0.1.0"
    kinds: tuple[Kind, ...] = ()
    """Kinds of hand-written state that the rule reports."""
    messages: dict[str, str] = {}
    """The clauses of a rule whose reasoning is Python, by case; `{symbol}` and others are filled in."""
    autofix: tuple[AutoFix, ...] = ()
    """For findings whose row has none."""
    api: tuple[Api, ...] = ()
    example: tuple[Example, ...] = ()


class Argument(_Strict, frozen=True, kw_only=True):
    """An argument by position (zero-based), keyword, or both."""

    position: int | None = None
    keyword: str = ""


class Router(_Strict, frozen=True, kw_only=True):
    """A class whose instances collect routes: `flask.Blueprint`, `fastapi.APIRouter`."""

    names: tuple[str, ...]
    prefix: Argument | None = None
    """Of the constructor; for a base class (a controller) the keyword is the class attribute."""
    version: Argument | None = None
    """A number that stands before the whole path: `/v1`."""
    scanned: bool = False
    """Serves without an include: the framework finds it when it scans the package."""


class Registration(_Strict, frozen=True, kw_only=True):
    """A decorator, or a call, that makes a function or class an entry point."""

    names: tuple[str, ...]
    role: Role
    form: Literal["decorator", "call", "both"] = "decorator"
    path: Argument | None = None
    verb: str = ""
    """`GET`; with `methods`, what holds when that argument is not given; `WS` for websockets."""
    methods: Argument | None = None
    version: Argument | None = None
    """A number that stands before the whole path: `/v1`."""
    handler: Argument | None = None
    """Of the call form: which argument is the function, the class, its instance, or a list of them."""
    event: Argument | None = None
    """An argument that names the event, kept for the route's text; `startup`/`shutdown` override the role."""
    lifetime: Literal["request", "connection", "process"] = "process"
    """How long an instance of a class handed over here lives when the framework makes it."""


class Include(_Strict, frozen=True, kw_only=True):
    """A call that hangs a router (or an application) below another."""

    names: tuple[str, ...]
    child: Argument | None = None
    parent: Argument | None = None
    """Instead of `child`: the object itself hangs below this argument (`Api(app)`, `api.init_app(app)`)."""
    prefix: Argument | None = None
    override: bool = False
    """The prefix here replaces the child's own (Flask's register_blueprint) instead of standing before it."""
    version: Argument | None = None
    """A number that stands before the whole path: `/v1`."""
    calls: str = ""
    """The function that is called of a module that is included, or that a string names: Pyramid's `includeme`."""


class Base(_Strict, frozen=True, kw_only=True):
    """A base class whose methods the framework calls."""

    names: tuple[str, ...]
    role: Role
    methods: tuple[str, ...] = ()
    """Empty: every public method."""
    lifetime: Literal["request", "connection", "process"] = "request"
    """How long an instance lives."""


class SettingEntry(_Strict, frozen=True, kw_only=True):
    """A setting whose dotted strings name classes or functions that the framework calls."""

    names: tuple[str, ...]
    role: Role
    methods: tuple[str, ...] = ()
    lifetime: Literal["request", "connection", "process"] = "process"


class HealthRoute(_Strict, frozen=True, kw_only=True):
    """The code of a health endpoint, `GET /healthz`; `{app}` is the application as it is written there."""

    names: tuple[str, ...]
    """The classes of the application that it is for."""
    before: str = ""
    """Put above the statement that makes the application."""
    after: str = ""
    """Put below it."""
    element: str = ""
    """Put first into the list of routes that the application is made with."""
    argument: str = ""
    """The keyword of that list."""
    position: int | None = None
    imports: tuple[str, ...] = ()


class Framework(_Strict, frozen=True, kw_only=True):
    """How one framework declares its entry points: `rules/frameworks/<name>.toml`."""

    name: str
    packages: tuple[str, ...]
    """Import packages; a project that imports one uses the framework."""
    aliases: dict[str, str] = {}
    """As in `AliasTable`, for paths that begin with one of `packages`."""
    applications: tuple[str, ...] = ()
    """Qualified names of application classes: one instance per process."""
    web: bool = True
    """Serves requests; false for task queues, schedulers and command-line libraries."""
    settings_style: Literal["", "django", "mapping", "attributes"] = ""
    routers: tuple[Router, ...] = ()
    register: tuple[Registration, ...] = ()
    include: tuple[Include, ...] = ()
    base: tuple[Base, ...] = ()
    setting: tuple[SettingEntry, ...] = ()
    health: tuple[HealthRoute, ...] = ()
    state: tuple[str, ...] = ()
    """Attributes of the application that hold process state: `state`, `ctx`, `extensions`, `config`; `[]` for item access."""
    request_local: tuple[str, ...] = ()
    """Qualified names and attributes that live as long as a request: `flask.g`, `request.state`."""


class AliasTable(_Strict, frozen=True, kw_only=True):
    """Further import paths of names of libraries that are no framework: `rules/aliases/<topic>.toml`."""

    packages: tuple[str, ...]
    """Import packages, those of one topic; all paths in `aliases` begin with one of them."""
    aliases: dict[str, str]
    """A dotted path and the name of what it leads to: `"redis.client.Redis" = "redis.Redis"`. Both are the very same object: a class or
    function and the module that declares it, or a module under two names. What is below follows: `redis.client.Redis.get`. The name is
    the one that the documentation of the library uses, and is itself no such path; the analysis, messages and every other file of the
    rule set use it alone."""


class Roles(_Strict, frozen=True, kw_only=True):
    """Library names by the role they play in the analysis: `rules/roles/<role>.toml`."""

    role: str
    about: str
    names: tuple[str, ...]
    """Qualified names; a trailing `.*` covers everything below. A bare `.method` matches any call of that method name."""


class Words(_Strict, frozen=True, kw_only=True):
    """What names and texts in a project give away: `rules/words/<topic>.toml`. Files of one topic are joined."""

    topic: str
    about: str
    words: tuple[str, ...] = ()
    """Compared whole: words of an identifier in lower case, or names as they are written."""
    patterns: tuple[str, ...] = ()
    """Regular expressions sought anywhere in a text, whatever the case."""
