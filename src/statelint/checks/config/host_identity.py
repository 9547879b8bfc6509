"""Names of the machine or process in data that all instances share: keys, rows, addresses for clients."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.inspect.context import Report, finding, worded
from statelint.inspect.spans import line_span
from statelint.inspect.traversal import reached
from statelint.program.names.nodes import Class, Function
from statelint.program.names.resolver import split
from statelint.survey.summary import Call, Const, Display, Either, Expr, Ref, Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statelint.inspect.context import Context
    from statelint.survey.summary import CallSite

_CASTS: Final = frozenset(
    {"str", "int", "hex", "repr", "format", "join", "encode", "decode", "lower", "upper", "strip", "replace", "split"}
)
_RESOLVES: Final = frozenset({"socket.gethostbyname", "socket.gethostbyname_ex", "hashlib.md5", "hashlib.sha1", "hashlib.sha256"})
_KEY_METHODS: Final = frozenset(
    {"get", "set", "setex", "psetex", "setnx", "add", "delete", "incr", "incrby", "decr", "append", "exists", "expire", "getset", "mget"}
    | {"hset", "hget", "hgetall", "hincrby", "hdel", "lpush", "rpush", "lpop", "rpop", "lrange", "sadd", "srem", "smembers", "zadd"}
    | {"aget", "aset", "adelete", "get_or_set", "touch", "put", "put_object", "get_object", "upload_fileobj", "upload_file"}
)
_KEY_WORDS: Final = frozenset({"key", "name", "Key", "object_name", "blob_name"})
_ROW_METHODS: Final = frozenset(
    {"create", "acreate", "get_or_create", "update_or_create", "insert_one", "insert_many", "insert", "values", "update_one", "replace_one"}
)
_ADDS: Final = frozenset({"add", "add_all", "merge", "save"})
_ADDRESS: Final = re.compile(r"(?:https?|wss?|ftp)://\Z")
_LOGS: Final = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log", "print", "write", "labels", "inc", "observe"}
)


class _Named(NamedTuple):
    """The machine's or process's name inside an expression."""

    name: str
    line: int
    text: str = ""
    """The constant text around it, for telling what it is used for."""
    names: str = ""
    """The names that it comes through."""


class _Way(NamedTuple):
    """An expression on the way from a value to what it is made from."""

    function: Function
    expr: Expr
    line: int
    """Of the statement that puts it there."""
    text: str = ""
    names: str = ""
    pinned: bool = False
    """Whether the line stays: what is asked in another function is told where it is used."""

    @property
    def place(self) -> int:
        """The line to tell of the expression itself."""
        if self.pinned or not isinstance(self.expr, (Call, Ref)):
            return self.line
        if isinstance(self.expr, Call):
            return self.expr.line or self.line
        return self.line or self.function.summary.loads.get(self.expr.path, self.function.summary.line)


def check(context: Context) -> Iterator[Report]:
    """Report names of the machine or process that requests and jobs put into what all instances share."""
    rule = context.book.rule("instance-identity")
    if rule is None:
        return
    finder, itself = _Finder(context), context.program.vocabulary.pattern("self-report")
    reported: set[tuple[str, int]] = set()
    for function in context.program.functions:
        where = context.context_of(function)
        if where not in ("serving", "worker") or itself.search(function.name) or not finder.concerns(function.module.body):
            continue
        for case, named in finder.uses(function):
            place = function.module.path, named.line
            if place not in reported:
                reported.add(place)
                reach = context.program.reach["serving" if where == "serving" else "worker"]
                yield finding(
                    rule,
                    line_span(context, *place, "different on every instance"),
                    symbol=named.name.rpartition(".")[2],
                    message=worded(rule, case, name=named.name),
                    confidence="low" if reach.is_guessed(function) else "medium",
                    route=context.route_steps(reach.route(function)),
                    scope=function.name,
                )


class _Finder:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._program = context.program
        vocabulary = context.program.vocabulary
        self._identity = vocabulary.role("instance-identity")
        self._environment = vocabulary.role("env-read")
        self._variables = vocabulary.words("machine-variable")
        self._own, self._own_name = vocabulary.pattern("machine-affair"), vocabulary.pattern("machine-name")
        calls = context.program.graph.library_calls
        self._used = any(name in self._identity for name in calls)

    def concerns(self, body: Function) -> bool:
        """Whether the project asks for a name of its machine at all, or the module reads the environment."""
        return self._used or any(imported.module == "os" for imported in body.summary.imports)

    def uses(self, function: Function) -> Iterator[tuple[str, _Named]]:
        """Yield the names of the machine that a function puts into shared data or gives to clients, and as what."""
        for site in function.summary.calls:
            yield from self._used_by(function, site)
        for template, line in (part for expr in function.summary.returns for part in _templates(function, expr)):
            named = self._address(function, template, line)
            if named is not None:
                yield "url", named

    def _used_by(self, function: Function, site: CallSite) -> Iterator[tuple[str, _Named]]:
        method = site.call.func.rpartition(".")[2]
        if method in _LOGS:
            return
        if method in _KEY_METHODS and self._is_shared(function, site):
            keys = [*site.call.args[:1], *(value for name, value in site.call.keywords if name in _KEY_WORDS)]
            yield from (
                ("key", named) for expr in keys if (named := self._named(function, expr, site.call.line)) and not self._is_own(named)
            )
        yield from (("row", named) for named in self._columns(function, site, method))
        given = [(expr, False) for expr in site.call.args]
        given += [(value, True) for name, value in site.call.keywords if not self._own.search(name)]
        templates = [part for expr, follow in given for part in _templates(function, expr, follow=follow)]
        for template, line in templates if templates and not self._is_client(function, site) else ():
            named = self._address(function, template, line or site.call.line)
            if named is not None:
                yield "url", named

    # -- where it goes

    def _is_own(self, named: _Named) -> bool:
        """Whether the text or the names around it speak of the machine's own affairs."""
        return self._own.search(named.text) is not None or self._own_name.search(named.names) is not None

    def _is_shared(self, function: Function, site: CallSite) -> bool:
        names = self._program.resolver.library_names(function, site.call.func)
        roles = (self._program.vocabulary.role("shared-store"), self._program.vocabulary.role("object-storage"))
        return any(name in role for name in names for role in roles)

    def _is_client(self, function: Function, site: CallSite) -> bool:
        asks = self._program.vocabulary.role("volatile-http").calls
        return any(map(asks, self._program.resolver.library_names(function, site.call.func)))

    def _columns(self, function: Function, site: CallSite, method: str) -> Iterator[_Named]:
        """Yield the machine's names in the columns of rows that a call stores."""
        rows: list[Call] = []
        if method in _ADDS:
            rows = [made for expr in site.call.args[:1] for made in self._made(function, expr)]
        elif method in _ROW_METHODS and (".objects." in site.call.func or self._is_shared(function, site)):
            rows = [site.call]
        for row in rows:
            pairs = [*row.keywords, *(pair for expr in row.args[:2] if isinstance(expr, Display) for pair in _items(expr))]
            for column, value in pairs:
                named = self._named(function, value, row.line)
                if named is not None and not self._own.search(column) and not self._own_name.search(named.names):
                    yield named

    def _made(self, function: Function, expr: Expr) -> Iterator[Call]:
        """Yield the constructors of rows behind what is added."""
        exprs = [expr]
        if isinstance(expr, Ref):
            exprs = [binding.value for binding in function.locals.get(expr.path, ())]
        elif isinstance(expr, Display):
            exprs = list(expr.items)
        for made in exprs:
            if isinstance(made, Call):
                last = made.func.rpartition(".")[2]
                objects = self._program.resolver.walk(function, made.func).objects
                if last[:1].isupper() or any(isinstance(entity, Class) for entity in objects):
                    yield made

    # -- the name itself

    def _named(self, function: Function, expr: Expr, line: int) -> _Named | None:
        """Find a name of the machine in a value; the line is that of the statement that puts it there."""
        seen: set[tuple[Function, Expr]] = set()
        waiting = [_Way(function, expr, line)]
        while waiting:
            way = waiting.pop()
            if (way.function, way.expr) in seen:
                continue
            seen.add((way.function, way.expr))
            found = self._itself(way)
            if found is not None:
                return found
            waiting += [*self._inside(way)][::-1]
        return None

    def _itself(self, way: _Way) -> _Named | None:
        """Return the machine's name that an expression asks for."""
        name = ""
        match way.expr:
            case Call(func=func, args=args):
                name = self._asked(way.function, func, args)
            case Ref(path=path) if "()" in path:  # `os.uname().nodename`, `socket.gethostname().lower`
                name = self._asked(way.function, path.partition("()")[0], ())
            case Ref(path=path):
                owner, key = split(path)
                name = key[1:-1] if key[1:-1] in self._variables and "environ" in owner else ""
        return _Named(name, way.place, way.text, way.names) if name else None

    def _asked(self, function: Function, path: str, args: tuple[Expr, ...]) -> str:
        """Return the call or variable that gives a name of the machine, "" if a call gives something else."""
        for name in self._program.resolver.library_names(function, path):
            if name in self._identity:
                return name
            if self._environment.calls(name) and args and isinstance(args[0], Const) and args[0].value in self._variables:
                return str(args[0].value)
        return ""

    def _inside(self, way: _Way) -> Iterator[_Way]:
        """Yield what a value is made from."""
        match way.expr:
            case Template(parts=parts):
                yield from (way._replace(expr=part, text=f" {_words(way.expr)}{way.text}") for part in parts)
            case Either(options=options):
                yield from (way._replace(expr=option) for option in options)
            case Call(func=func, args=args):
                names = self._program.resolver.library_names(way.function, func)
                receiver, _, last = func.rpartition(".")
                if last in _CASTS or any(name in _RESOLVES for name in names):
                    yield from (way._replace(expr=arg) for arg in args)
                if last in _CASTS and receiver:
                    yield way._replace(expr=Ref(receiver))
            case Ref(path=path) if "()" not in path:
                yield from self._bound(way, path)

    def _bound(self, way: _Way, path: str) -> Iterator[_Way]:
        """Yield what a name is bound to: in the function, by its own line; elsewhere, by the line that uses it."""
        names = f" {path}{way.names}"
        for binding in way.function.locals.get(path, ()):
            yield way._replace(expr=binding.value, line=way.line if way.pinned else binding.line, names=names)
        for place in self._program.resolver.walk(way.function, path).places:
            if not place.inner and place.location.kind in ("global", "attribute"):
                for scope, value in self._program.resolver.values_of(place.location):
                    if scope is not way.function:
                        yield _Way(scope, value, way.place, way.text, names, pinned=True)

    def _address(self, function: Function, template: Template, line: int) -> _Named | None:
        """Find the machine's name where the host stands in an address."""
        before = ""
        for part in template.parts:
            if isinstance(part, Const):
                before += str(part.value)
            elif _ADDRESS.search(before or template.head):
                return self._named(function, part, line)
            else:
                return None
        return None


def _templates(function: Function, expr: Expr, *, follow: bool = True) -> Iterator[tuple[Template, int]]:
    """Yield the strings built in an expression, and the line of the local name that holds one; 0 where it stands there."""
    for part in reached([expr], _alternatives):
        if isinstance(part, Template):
            yield part, 0
        elif isinstance(part, Ref) and follow:
            for binding in function.locals.get(part.path, ()):
                yield from ((inner, binding.line) for inner in reached([binding.value], _alternatives) if isinstance(inner, Template))


def _alternatives(expr: Expr) -> tuple[Expr, ...]:
    """The values that a display holds or that an expression may have."""
    return expr.items if isinstance(expr, Display) else expr.options if isinstance(expr, Either) else ()


def _words(template: Template) -> str:
    """Return the constant parts of a string."""
    return " ".join((template.head, *(str(part.value) for part in template.parts if isinstance(part, Const))))


def _items(display: Display) -> Iterator[tuple[str, Expr]]:
    for key, item in zip(display.keys, display.items, strict=False):
        yield (str(key.value), item) if isinstance(key, Const) else ("", item)
