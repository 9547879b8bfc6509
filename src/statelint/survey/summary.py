"""What the survey keeps of one file: plain, context-free data that can be cached by content.

Access paths are strings. `store.sessions`, `get_store().items[]`, `app[sockets].add` are a name followed by any number
of `.attr`, `()` (a call, its arguments dropped), `[key]` (a subscript by a string that looks like a name, or by an
UPPER_CASE name), `[0]` (an element by unpacking) and `[]` (any other subscript); a slice is a copy, `.copy()`. `?` stands
for a head that has no name (a literal, an operator), `<lambda:LINE:COLUMN>` for a lambda. Annotations keep their
subscripts as tuples:
`dict[str, Job]` is `Display("tuple", (Ref("dict"), Ref("str"), Ref("Job")))`. Lines and columns count from 1; end
columns are exclusive.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Const(msgspec.Struct, frozen=True, tag="c", gc=False, array_like=True):
    """A literal number, string, boolean or None."""

    value: str | int | float | bool | None


class Ref(msgspec.Struct, frozen=True, tag="r", gc=False, array_like=True):
    """An access path."""

    path: str


class Call(msgspec.Struct, frozen=True, tag="k", gc=False, array_like=True):
    """A call and its arguments; a starred argument is kept as an `Unknown`."""

    func: str
    args: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...]
    line: int
    column: int
    end_line: int
    end_column: int


class Display(msgspec.Struct, frozen=True, tag="d", gc=False, array_like=True):
    """A list, set, tuple or dict display, or a comprehension of one; dict items stand beside their `keys`."""

    kind: Literal["dict", "list", "set", "tuple"]
    items: tuple[Expr, ...] = ()
    keys: tuple[Expr, ...] = ()
    comprehension: bool = False


class Template(msgspec.Struct, frozen=True, tag="f", gc=False, array_like=True):
    """A string known only in part: an f-string, a concatenation, a `%` or `.format` template; any other arithmetic too."""

    head: str
    """The constant text it begins with."""
    parts: tuple[Expr, ...] = ()
    operator: str = ""
    """`+`, `%`, `/` and so on between the parts; "" for a template."""


class Either(msgspec.Struct, frozen=True, tag="e", gc=False, array_like=True):
    """`a or b`, `a and b` or `a if test else b`."""

    kind: Literal["or", "and", "if"]
    options: tuple[Expr, ...]
    test: Expr | None = None
    """The condition of an `if`."""
    text: str = ""
    """Its source, for people to read."""


class Compare(msgspec.Struct, frozen=True, tag="o", gc=False, array_like=True):
    """A comparison of two; `a < b < c` is two of them joined by `and`."""

    left: Expr
    operator: Operator
    right: Expr


class Not(msgspec.Struct, frozen=True, tag="n", gc=False, array_like=True):
    """`not x`. A negation goes inwards as far as it can: what is negated is no comparison, no `and`, `or` or `not`."""

    operand: Expr


class Unknown(msgspec.Struct, frozen=True, tag="u", gc=False, array_like=True):
    """An expression that linking has no use for."""


Operator = Literal["==", "!=", "<", ">=", ">", "<=", "is", "is not", "in", "not in"]
Expr = Const | Ref | Call | Display | Template | Either | Compare | Not | Unknown
UNKNOWN = Unknown()


class Guard(msgspec.Struct, frozen=True, gc=False, array_like=True, cache_hash=True):
    """A block around a statement: what must hold for it to run, or what is held while it runs."""

    kind: Literal["if", "else", "early-exit", "try", "except", "finally", "while", "for", "with", "case"]
    """`early-exit`: what follows an `if` that leaves the block, and so runs only where its condition does not hold."""
    text: str
    """Source of the condition, of the context expression, of the exception types, or of the iterable, for people to read."""
    line: int
    test: Expr = UNKNOWN
    """What must hold: of `else` and `early-exit` the negation of what the `if` asks, of a `case` that its pattern matches.
    Unknown for the kinds that ask nothing, and where there is no telling."""
    calls: tuple[int, ...] = ()
    """The calls that asking makes: indices into `FunctionSummary.calls`."""
    subjects: tuple[Expr, ...] = ()
    """The context managers of a `with`, the exception types of `try` and `except`, the iterable of a `for`."""


class Binding(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A name bound in a module, class or function body."""

    name: str
    value: Expr
    line: int
    column: int
    end_line: int
    end_column: int
    how: Literal["=", "aug", "for", "with", "unpack", "annotated"] = "="
    annotation: Expr | None = None
    guards: tuple[int, ...] = ()
    """Indices into `FunctionSummary.guards` (of the module body for class bindings), outermost first."""


class Write(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A store to something that is not a local name: an attribute, an item, a `global` or `nonlocal` name."""

    target: str
    """The access path written: `self.n`, `CACHE[]`, `COUNT`."""
    how: Literal["=", "aug", "del"]
    value: Expr
    key: Expr | None
    line: int
    column: int
    end_line: int
    end_column: int
    guards: tuple[int, ...] = ()
    annotation: Expr | None = None


class Read(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A keyed read, membership test or iteration of an access path."""

    target: str
    how: Literal["item", "in", "iter"]
    key: Expr | None
    line: int
    column: int
    guards: tuple[int, ...] = ()


class CallSite(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A call where it happens."""

    call: Call
    how: Literal["", "await", "with", "return", "expr", "yield"] = ""
    guards: tuple[int, ...] = ()
    bound: str = ""
    """The local name or access path that the result is assigned to, if it is the whole right-hand side."""


class Parameter(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A parameter of a function."""

    name: str
    annotation: Expr | None = None
    default: Expr | None = None
    kind: Literal["", "*", "**", "kw"] = ""


class ImportedName(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """`import module as name` (attr "") or `from module import attr as name`; `level` counts leading dots."""

    name: str
    module: str
    attr: str
    level: int
    line: int
    how: Literal["", "type-checking", "try", "except", "star"] = ""


class Exit(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A `break`, `return` or `raise` under some condition or in a loop."""

    how: Literal["break", "return", "raise"]
    guards: tuple[int, ...]
    """Indices into `FunctionSummary.guards`, outermost first."""


class FunctionSummary(msgspec.Struct, gc=False, array_like=True):
    """A function, method, lambda (`<lambda:LINE:COL>`) or module body (`<module>`)."""

    name: str
    """Dotted from the module: `create_app.index`, `Manager.connect`."""
    line: int
    column: int
    end_line: int
    end_column: int
    owner: str = ""
    """The class whose body holds the definition, dotted from the module; "" outside classes."""
    parent: str = "<module>"
    """The function (or `<module>`) whose scope encloses this one, classes skipped."""
    params: tuple[Parameter, ...] = ()
    decorators: tuple[Expr, ...] = ()
    returns_annotation: Expr | None = None
    is_async: bool = False
    is_generator: bool = False
    imports: tuple[ImportedName, ...] = ()
    bindings: tuple[Binding, ...] = ()
    calls: tuple[CallSite, ...] = ()
    writes: tuple[Write, ...] = ()
    reads: tuple[Read, ...] = ()
    returns: tuple[Expr, ...] = ()
    """Values of `return` and `yield`."""
    return_guards: tuple[tuple[int, ...], ...] = ()
    """What each of them stands under: indices into `guards`."""
    loads: dict[str, int] = {}
    """Every access path that is read, longest form, with the first line."""
    global_names: tuple[str, ...] = ()
    nonlocal_names: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    raises: tuple[tuple[str, int], ...] = ()
    """Exception paths raised, with their lines."""
    exits: tuple[Exit, ...] = ()
    """What leaves a block before its end."""
    docstring: str = ""
    """First line only."""


class ClassSummary(msgspec.Struct, gc=False, array_like=True):
    """A class and the names bound in its body."""

    name: str
    line: int
    column: int
    end_line: int
    end_column: int
    parent: str = "<module>"
    """The function (or `<module>`) whose scope encloses the class."""
    bases: tuple[Expr, ...] = ()
    keywords: tuple[tuple[str, Expr], ...] = ()
    decorators: tuple[Expr, ...] = ()
    bindings: tuple[Binding, ...] = ()
    methods: tuple[str, ...] = ()
    """Names of the functions defined in the body, not dotted."""
    docstring: str = ""


class Directive(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A comment that speaks to statelint: `# statelint: ...` or `# noqa: SL...`."""

    line: int
    column: int
    text: str
    own_line: bool
    """Nothing but the comment stands on its line."""


class ModuleSummary(msgspec.Struct, gc=False, array_like=True):
    """One Python file."""

    lines: int
    functions: tuple[FunctionSummary, ...]
    """The module body first."""
    classes: tuple[ClassSummary, ...] = ()
    directives: tuple[Directive, ...] = ()
    error: str = ""
    """Why the file could not be parsed; everything else is empty then."""
    error_line: int | None = None
