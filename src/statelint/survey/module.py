"""Survey one file: `ast.parse`, one traversal, a `ModuleSummary`."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from typing import TYPE_CHECKING, Final

from statelint.limits import BRANCHES
from statelint.survey.comments import directives
from statelint.survey.conditions import is_short, matched, negated, takes_all
from statelint.survey.expressions import access_path, annotation, bind, bind_loop, expression
from statelint.survey.nesting import (
    ENOUGH_FRAMES,
    FEW_FRAMES,
    PARSER_FRAMES,
    TOO_DEEP,
    NestedTooDeeplyError,
    check_chain,
    is_too_deep,
    room_for,
)
from statelint.survey.scope import Scope, SourceText
from statelint.survey.summary import (
    UNKNOWN,
    Call,
    ClassSummary,
    Const,
    Either,
    Expr,
    FunctionSummary,
    Guard,
    ImportedName,
    ModuleSummary,
    Parameter,
    Ref,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MODULE_BODY: Final = "<module>"
_DOCSTRING_LIMIT: Final = 160
_LEAVING: Final = (ast.Return, ast.Continue, ast.Break)
"""How a block ends where there is nothing to do; a `raise` says what must hold, not what is chosen."""
_MISSING: Final = ("ImportError", "ModuleNotFoundError")
"""What is caught where a library may be missing."""


def survey(content: bytes) -> ModuleSummary:
    """Summarise one Python file; what cannot be parsed becomes a summary with `error` set."""
    lines = len(content.splitlines()) if b"\r" in content else content.count(b"\n") + (not content.endswith(b"\n") and bool(content))
    try:
        with warnings.catch_warnings(), room_for(PARSER_FRAMES):
            warnings.simplefilter("ignore")  # invalid escapes in the analysed code are its own business
            tree = ast.parse(content, type_comments=False)
        return _summary(content, tree, lines)
    except SyntaxError as error:
        return ModuleSummary(lines=lines, functions=(), error=error.msg or "invalid syntax", error_line=error.lineno or None)
    except ValueError as error:
        return ModuleSummary(lines=lines, functions=(), error=str(error) or "not Python source")
    except (RecursionError, MemoryError, NestedTooDeeplyError):
        return ModuleSummary(lines=lines, functions=(), error=TOO_DEEP)


def _summary(content: bytes, tree: ast.Module, lines: int) -> ModuleSummary:
    try:
        with room_for(FEW_FRAMES):
            return _Surveyor(content).run(tree, lines)
    except RecursionError:
        if is_too_deep(tree):
            raise
    with room_for(ENOUGH_FRAMES):
        return _Surveyor(content).run(tree, lines)


def condition(text: str) -> Expr:
    """Convert the source of one condition; unknown where it cannot be parsed."""
    found = survey(f"if (\n{text}\n): pass\n".encode())
    return found.functions[0].guards[0].test if not found.error else UNKNOWN


class _Surveyor(SourceText):
    """The traversal of one module."""

    def __init__(self, content: bytes) -> None:
        encoding = _declared_encoding(content)
        # `ast` counts bytes of UTF-8, whatever the file is written in
        super().__init__(content if encoding == "utf-8" else content.decode(encoding).encode())
        self._content = content
        self._functions: list[FunctionSummary] = []
        self._classes: list[ClassSummary] = []
        self._names: set[str] = set()
        self._import_how = ""

    def run(self, tree: ast.Module, lines: int) -> ModuleSummary:
        frame = FunctionSummary(MODULE_BODY, 1, 1, max(lines, 1), 1, parent="")
        self._functions.append(frame)
        scope = Scope(self, MODULE_BODY)
        self._body(tree.body, scope)
        scope.summary(frame)
        return ModuleSummary(
            lines=lines, functions=tuple(self._functions), classes=tuple(self._classes), directives=directives(self._content)
        )

    # -- statements

    def _body(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        outer = scope.guard_path
        for statement in body:
            handler = _STATEMENTS.get(type(statement))
            if handler is not None:
                handler(self, statement, scope)
        scope.guard_path = outer

    def _expression_statement(self, node: ast.Expr, scope: Scope) -> None:
        if not isinstance(node.value, ast.Constant):
            expression(node.value, scope, "expr")

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        target = node.targets[0]
        bound = ""
        if isinstance(node.value, (ast.Call, ast.Await)):
            bound = target.id if isinstance(target, ast.Name) else _plain_path(target)
        value = expression(node.value, scope, bound=bound)
        for target in node.targets:
            bind(target, value, scope)

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        noted = annotation(node.annotation, scope)
        bound = node.target.id if isinstance(node.target, ast.Name) else _plain_path(node.target)
        value = UNKNOWN if node.value is None else expression(node.value, scope, bound=bound)
        if node.value is not None:
            bind(node.target, value, scope, "=", noted)
        elif isinstance(node.target, ast.Name):
            bind(node.target, value, scope, "annotated", noted)

    def _augmented(self, node: ast.AugAssign, scope: Scope) -> None:
        value = expression(node.value, scope)
        if isinstance(node.op, ast.Sub) and isinstance(value, Const) and isinstance(value.value, (int, float)):
            value = Const(-value.value)  # what is added
        bind(node.target, value, scope, "aug")

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, (ast.Subscript, ast.Attribute)):
                bind(target, UNKNOWN, scope, "del")

    def _return(self, node: ast.Return, scope: Scope) -> None:
        if node.value is not None:
            scope.returns.append(expression(node.value, scope, "return"))

    def _if(self, node: ast.If, scope: Scope) -> None:
        otherwise = self._arm(node, scope)
        if not node.orelse:
            if isinstance(node.body[-1], _LEAVING):
                scope.stay_under(_early_exit(otherwise))
            return
        outer, links = scope.guard_path, 1
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):  # by a loop: tables of branches are long
            scope.stay_under(otherwise)
            node = node.orelse[0]
            otherwise = self._arm(node, scope)
            links += 1
        check_chain(links, BRANCHES)
        if node.orelse:
            scope.stay_under(otherwise)
            self._body(node.orelse, scope)
        elif isinstance(node.body[-1], _LEAVING):
            scope.stay_under(_early_exit(otherwise))
        scope.guard_path = outer

    def _arm(self, node: ast.If, scope: Scope) -> Guard:
        """Survey one condition and what stands under it; give the guard of what runs otherwise."""
        test, calls = self._asked(node.test, scope)
        text = self.segment(node.test)
        outer = self._import_how
        if isinstance(test, Ref) and test.path.rpartition(".")[2] == "TYPE_CHECKING":
            self._import_how = "type-checking"
        for _ in scope.guarded(Guard("if", text, node.lineno, test, calls)):
            self._body(node.body, scope)
        self._import_how = outer
        return Guard("else", text, node.lineno, negated(test), calls)

    def _asked(self, node: ast.expr, scope: Scope) -> tuple[Expr, tuple[int, ...]]:
        """Convert a condition; also say which calls it makes."""
        first = len(scope.calls)
        test = expression(node, scope)
        return test, tuple(range(first, len(scope.calls)))

    def _loop(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        iterable = expression(node.iter, scope)
        bind_loop(node.target, iterable, scope)
        for _ in scope.guarded(Guard("for", self.segment(node.iter), node.lineno, subjects=(iterable,))):
            self._body(node.body, scope)
        self._body(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> None:
        test, calls = self._asked(node.test, scope)
        for _ in scope.guarded(Guard("while", self.segment(node.test), node.lineno, test, calls)):
            self._body(node.body, scope)
        self._body(node.orelse, scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        texts, held = [], []
        for item in node.items:
            bound = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else ""
            value = expression(item.context_expr, scope, "with", bound)
            texts.append(self.segment(item.context_expr))
            held.append(value)
            if item.optional_vars is not None:
                bind(item.optional_vars, value, scope, "with")
        for _ in scope.guarded(Guard("with", ", ".join(texts), node.lineno, subjects=tuple(held))):
            self._body(node.body, scope)

    def _try(self, node: ast.Try, scope: Scope) -> None:
        caught = ", ".join(self.segment(handler.type) if handler.type else "BaseException" for handler in node.handlers)
        types = [_exceptions(handler.type) for handler in node.handlers]
        outer = self._import_how
        imports = any(path.path.rpartition(".")[2] in _MISSING for paths in types for path in paths)
        if imports:
            self._import_how = "try"
        subjects = tuple(path for paths in types for path in paths)
        for _ in scope.guarded(Guard("try", caught or "finally", node.lineno, subjects=subjects)):
            self._body(node.body, scope)
        self._body(node.orelse, scope)
        for handler, paths in zip(node.handlers, types, strict=True):
            if imports:
                self._import_how = "except"
            if handler.type is not None:
                expression(handler.type, scope)
            if handler.name is not None:
                self._capture(handler.name, handler, scope)
            kind = self.segment(handler.type) if handler.type else "BaseException"
            for _ in scope.guarded(Guard("except", kind, handler.lineno, subjects=paths)):
                self._body(handler.body, scope)
        self._import_how = outer
        if node.finalbody:
            for _ in scope.guarded(Guard("finally", "", node.finalbody[0].lineno)):
                self._body(node.finalbody, scope)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        value, asking = self._asked(node.subject, scope)
        subject, asked = self.segment(node.subject), value if is_short(value) else UNKNOWN
        others: list[Expr] = []
        for case in node.cases:
            first = len(scope.calls)
            test = matched(case.pattern, asked, self._pattern(case.pattern, value, scope))
            if case.guard is not None:
                test = Either("and", (test, expression(case.guard, scope)))
            others.append(test)
            if takes_all(case) and case is node.cases[-1] and len(others) > 1:
                test = Either("and", tuple([negated(other) for other in others[:-1]]))
            calls = (*asking, *range(first, len(scope.calls)))
            text = f"{subject}: {self.segment(case.pattern)}"
            for _ in scope.guarded(Guard("case", text, node.lineno, test, calls)):
                self._body(case.body, scope)

    def _pattern(self, pattern: ast.pattern, value: Expr, scope: Scope) -> dict[ast.pattern, Expr]:
        """Bind what a pattern captures; only the whole subject is known by another name. Gives the values compared with."""
        compared: dict[ast.pattern, Expr] = {}
        for node in ast.walk(pattern):
            if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name is not None:
                self._capture(node.name, node, scope, value if node is pattern else UNKNOWN)
            elif isinstance(node, ast.MatchMapping) and node.rest is not None:
                self._capture(node.rest, node, scope)
            elif isinstance(node, ast.MatchValue):
                compared[node] = expression(node.value, scope)
            elif isinstance(node, ast.MatchClass):
                expression(node.cls, scope)
        return compared

    def _capture(self, name: str, node: ast.AST, scope: Scope, value: Expr = UNKNOWN) -> None:
        """Bind a name that the syntax gives without a target of its own: in patterns and `except ... as`."""
        target = ast.copy_location(ast.Name(name, ast.Store()), node)
        bind(target, value, scope, "unpack")

    def _raise(self, node: ast.Raise, scope: Scope) -> None:
        if node.exc is not None:
            raised = expression(node.exc, scope)
            path = raised.func if isinstance(raised, Call) else raised.path if isinstance(raised, Ref) else ""
            if path:
                scope.raises.append((path, node.lineno))

    def _assert(self, node: ast.Assert, scope: Scope) -> None:
        expression(node.test, scope)

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.outer_names.update(node.names)
        scope.global_names.extend(node.names)

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.outer_names.update(node.names)
        scope.nonlocal_names.extend(node.names)

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            # `import a.b` binds `a`; the path a.b.c then resolves through it
            name, module = (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
            scope.imports.append(ImportedName(name, module, "", 0, node.lineno, self._import_how))  # type: ignore[arg-type]
            if not alias.asname and "." in alias.name:
                # kept under its full name, so that the module counts as imported
                scope.imports.append(ImportedName(alias.name, alias.name, "", 0, node.lineno, self._import_how))  # type: ignore[arg-type]

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            how = "star" if alias.name == "*" else self._import_how
            attr = "" if alias.name == "*" else alias.name
            imported = ImportedName(alias.asname or alias.name, node.module or "", attr, node.level, node.lineno, how)  # type: ignore[arg-type]
            scope.imports.append(imported)

    # -- definitions

    def _unique(self, name: str, line: int) -> str:
        if name in self._names:
            name = f"{name}@{line}"
        self._names.add(name)
        return name

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        decorators = tuple(expression(decorator, scope) for decorator in node.decorator_list)
        prefix = f"{scope.owner}." if scope.owner else "" if scope.name == MODULE_BODY else f"{scope.name}."
        end_line = node.end_lineno or node.lineno
        frame = FunctionSummary(
            self._unique(f"{prefix}{node.name}", node.lineno),
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, node.end_col_offset or 0),
            owner=scope.owner,
            parent=scope.name,
            params=self._parameters(node.args, scope),
            decorators=decorators,
            returns_annotation=annotation(node.returns, scope),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            docstring=_docstring(node.body),
        )
        self._functions.append(frame)
        inner = Scope(self, frame.name)
        self._body(node.body, inner)
        inner.summary(frame)

    def define_lambda(self, name: str, node: ast.Lambda, scope: Scope) -> None:
        """Survey the body of a lambda as a function of its own."""
        prefix = "" if scope.name == MODULE_BODY else f"{scope.name}."
        end_line = node.end_lineno or node.lineno
        frame = FunctionSummary(
            f"{prefix}{name}",
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, node.end_col_offset or 0),
            parent=scope.name,
            params=self._parameters(node.args, scope),
        )
        self._functions.append(frame)
        inner = Scope(self, frame.name)
        inner.returns.append(expression(node.body, inner, "return"))
        inner.summary(frame)

    def _parameters(self, args: ast.arguments, scope: Scope) -> tuple[Parameter, ...]:
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
        made = [self._parameter(arg, default, "", scope) for arg, default in zip(positional, defaults, strict=True)]
        if args.vararg:
            made.append(self._parameter(args.vararg, None, "*", scope))
        made += [self._parameter(arg, default, "kw", scope) for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
        if args.kwarg:
            made.append(self._parameter(args.kwarg, None, "**", scope))
        return tuple(made)

    def _parameter(self, arg: ast.arg, default: ast.expr | None, kind: str, scope: Scope) -> Parameter:
        value = None if default is None else expression(default, scope)
        return Parameter(arg.arg, annotation(arg.annotation, scope), value, kind)  # type: ignore[arg-type]

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        prefix = f"{scope.owner}." if scope.owner else "" if scope.name == MODULE_BODY else f"{scope.name}."
        name = self._unique(f"{prefix}{node.name}", node.lineno)
        end_line = node.end_lineno or node.lineno
        frame = ClassSummary(
            name,
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, node.end_col_offset or 0),
            parent=scope.name,
            bases=tuple(self._base(base, scope) for base in node.bases),
            keywords=tuple((keyword.arg or "**", expression(keyword.value, scope)) for keyword in node.keywords),
            decorators=tuple(expression(decorator, scope) for decorator in node.decorator_list),
            docstring=_docstring(node.body),
        )
        self._classes.append(frame)
        # the body runs where the class statement stands, so its calls and guards belong to that function
        outer, outer_bindings = scope.owner, scope.bindings
        scope.owner, scope.bindings = name, []
        first = len(self._functions)
        self._body(node.body, scope)
        frame.bindings = tuple(scope.bindings)
        scope.owner, scope.bindings = outer, outer_bindings
        methods = (function.name for function in self._functions[first:] if function.owner == name)
        frame.methods = tuple(method.removeprefix(f"{name}.") for method in methods)

    def _base(self, node: ast.expr, scope: Scope) -> Expr:
        if isinstance(node, ast.Subscript):  # Generic[T]
            expression(node.slice, scope)
            return Ref(access_path(node.value, scope))
        return expression(node, scope)


def _early_exit(otherwise: Guard) -> Guard:
    """Return the guard of what follows an `if` that leaves the block, from that of its `else`."""
    return Guard("early-exit", otherwise.text, otherwise.line, otherwise.test, otherwise.calls)


def _declared_encoding(content: bytes) -> str:
    """Return the normalised encoding, reading no more than the first two lines; `utf-8-sig` where a byte-order mark comes first."""
    if content.isascii() and b"coding" not in content[:200]:
        return "utf-8"
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return encoding


def _exceptions(node: ast.expr | None) -> tuple[Ref, ...]:
    """Return the types that an `except` names."""
    types = node.elts if isinstance(node, ast.Tuple) else [node]
    paths = ["BaseException" if each is None else _plain_path(each) for each in types]
    return tuple([Ref(path) for path in paths if path])


def _plain_path(node: ast.expr) -> str:
    """Return the dotted path of an attribute target, "" for anything more than names and attributes."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _docstring(body: Sequence[ast.stmt]) -> str:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        line = first.value.value.strip().partition("\n")[0][:_DOCSTRING_LIMIT]
        return line.encode("utf-8", "backslashreplace").decode()
    return ""


_STATEMENTS: Final[dict[type[ast.stmt], Callable[..., None]]] = {
    ast.Expr: _Surveyor._expression_statement,  # noqa: SLF001 - the table of the class above
    ast.Assign: _Surveyor._assign,  # noqa: SLF001
    ast.AnnAssign: _Surveyor._annotated,  # noqa: SLF001
    ast.AugAssign: _Surveyor._augmented,  # noqa: SLF001
    ast.Delete: _Surveyor._delete,  # noqa: SLF001
    ast.Return: _Surveyor._return,  # noqa: SLF001
    ast.If: _Surveyor._if,  # noqa: SLF001
    ast.For: _Surveyor._loop,  # noqa: SLF001
    ast.AsyncFor: _Surveyor._loop,  # noqa: SLF001
    ast.While: _Surveyor._while,  # noqa: SLF001
    ast.With: _Surveyor._with,  # noqa: SLF001
    ast.AsyncWith: _Surveyor._with,  # noqa: SLF001
    ast.Try: _Surveyor._try,  # noqa: SLF001
    ast.TryStar: _Surveyor._try,  # noqa: SLF001
    ast.Match: _Surveyor._match,  # noqa: SLF001
    ast.Raise: _Surveyor._raise,  # noqa: SLF001
    ast.Assert: _Surveyor._assert,  # noqa: SLF001
    ast.Global: _Surveyor._global,  # noqa: SLF001
    ast.Nonlocal: _Surveyor._nonlocal,  # noqa: SLF001
    ast.Import: _Surveyor._import,  # noqa: SLF001
    ast.ImportFrom: _Surveyor._import_from,  # noqa: SLF001
    ast.FunctionDef: _Surveyor._function,  # noqa: SLF001
    ast.AsyncFunctionDef: _Surveyor._function,  # noqa: SLF001
    ast.ClassDef: _Surveyor._class,  # noqa: SLF001
}
