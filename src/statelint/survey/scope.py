"""What the survey collects while it walks one function, and the source it quotes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol

from statelint.survey.comprehensions import names_bound
from statelint.survey.summary import Exit

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from statelint.survey.summary import Binding, CallSite, Expr, FunctionSummary, Guard, ImportedName, Read, Write

_SEGMENT_LIMIT: Final = 200


class Source(Protocol):
    """The file being surveyed, as far as expressions need it."""

    def column(self, line: int, offset: int) -> int:
        """Turn a byte offset in a line (from 1) into a column in characters, from 1."""

    def segment(self, node: ast.AST) -> str:
        """Return the source of a node on one line, cut at 200 characters."""

    def define_lambda(self, name: str, node: ast.Lambda, scope: Scope) -> None:
        """Survey the body of a lambda as a function of its own."""


@dataclass(slots=True)
class Scope:
    """A function, or the module body, while it is being walked."""

    source: Source
    name: str
    parent: str = ""
    owner: str = ""
    bindings: list[Binding] = field(default_factory=list)
    calls: list[CallSite] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    returns: list[Expr] = field(default_factory=list)
    return_guards: list[tuple[int, ...]] = field(default_factory=list)
    imports: list[ImportedName] = field(default_factory=list)
    loads: dict[str, int] = field(default_factory=dict)
    global_names: list[str] = field(default_factory=list)
    nonlocal_names: list[str] = field(default_factory=list)
    outer_names: set[str] = field(default_factory=set)
    guards: list[Guard] = field(default_factory=list)
    guard_path: tuple[int, ...] = ()
    raises: list[tuple[str, int]] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    is_generator: bool = False
    statements: Sequence[ast.stmt] = ()
    args: ast.arguments | None = None
    _names_bound: frozenset[str] | None = None

    @property
    def names_bound(self) -> frozenset[str]:
        """The names that the statements of the function bind; asked for by comprehensions alone."""
        if self._names_bound is None:
            self._names_bound = names_bound(self.statements, self.args)
        return self._names_bound

    def load(self, path: str, line: int) -> None:
        """Remember the first line on which a path is read."""
        if path not in self.loads:
            self.loads[path] = line

    def guarded(self, guard: Guard) -> Iterator[None]:
        """Walk something under a guard; used as `for _ in scope.guarded(guard):`, which costs less than a context manager."""
        outer = self.guard_path
        self.stay_under(guard)
        yield
        self.guard_path = outer

    def stay_under(self, guard: Guard) -> None:
        """Walk what is left of a block under a guard."""
        self.guards.append(guard)
        self.guard_path = (*self.guard_path, len(self.guards) - 1)

    def give(self, value: Expr) -> None:
        """Note what the function returns or yields here."""
        self.returns.append(value)
        self.return_guards.append(self.guard_path)

    def leave(self, how: Literal["break", "return", "raise"]) -> None:
        """Note what leaves a block before its end."""
        if self.guard_path:
            self.exits.append(Exit(how, self.guard_path))

    def summary(self, base: FunctionSummary) -> FunctionSummary:
        """Fill what was collected into the function's frame."""
        base.bindings = tuple(self.bindings)
        base.calls = tuple(self.calls)
        base.writes = tuple(self.writes)
        base.reads = tuple(self.reads)
        base.returns = tuple(self.returns)
        base.return_guards = tuple(self.return_guards)
        base.imports = tuple(self.imports)
        base.loads = self.loads
        base.global_names = tuple(self.global_names)
        base.nonlocal_names = tuple(self.nonlocal_names)
        base.guards = tuple(self.guards)
        base.raises = tuple(self.raises)
        base.exits = tuple(self.exits)
        base.is_generator = self.is_generator
        return base


class SourceText:
    """The lines of a file, for columns and quoted conditions."""

    def __init__(self, content: bytes) -> None:
        self._lines = content.splitlines()
        self._ascii = content.isascii()

    def column(self, line: int, offset: int) -> int:
        """Turn a byte offset in a line (from 1) into a column in characters, from 1."""
        if self._ascii:
            return offset + 1
        prefix = self._lines[line - 1][:offset] if line <= len(self._lines) else b""
        return offset + 1 if prefix.isascii() else len(prefix.decode("utf-8", "replace")) + 1

    def segment(self, node: ast.AST) -> str:
        """Return the source of a node on one line, cut at 200 characters."""
        first: int = node.lineno - 1  # type: ignore[attr-defined]
        last: int = node.end_lineno - 1  # type: ignore[attr-defined]
        start: int = node.col_offset  # type: ignore[attr-defined]
        end: int = node.end_col_offset  # type: ignore[attr-defined]
        if first == last:
            text = self._lines[first][start:end]
        else:
            inner = self._lines[first + 1 : min(last, first + 6)]
            text = b" ".join((self._lines[first][start:], *(line.strip() for line in inner), self._lines[last][:end].strip()))
        return text[:_SEGMENT_LIMIT].decode("utf-8", "replace")


class Walker(SourceText):
    """What the parts of the traversal share: the file, and a way down into a block."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.import_how = ""
        """How imports are made where the traversal is: "", or as `ImportedName.how` says."""

    def body(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Survey the statements of a block."""
        raise NotImplementedError
