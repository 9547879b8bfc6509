"""What a module imports, and the edit that adds an import at the place where people expect it."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from statelint.fixes.source import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statelint.fixes.source import Text
    from statelint.model import Edit


class Imports:
    """The imports of a module."""

    def __init__(self, text: Text) -> None:
        """Read them; of a file that does not parse there are none, and nothing can be added."""
        self._text = text
        self._tree = parsed(text.text) or ast.Module([], [])
        self._bound = frozenset(_bound(self._tree))
        self.names = dict(self._imported())
        """What names of the module stand for, by the imports at its top level."""

    def qualified(self, path: str) -> str:
        """Return the library name of a path as it is written, "" where no import at the top level tells it."""
        head, dot, rest = path.partition(".")
        return f"{self.names[head]}{dot}{rest}" if head in self.names else ""

    def added(self, wanted: Iterable[str]) -> list[Edit] | None:
        """Return the edits that make the names known; None where one of them means something else in the file.

        `wanted` are modules, `os`, or names out of one, `redis.asyncio:Redis`.
        """
        edits = []
        for one in wanted:
            module, _, name = one.partition(":")
            bound = name or module.partition(".")[0]
            if self.names.get(bound) == (f"{module}.{name}" if name else bound):
                continue
            if bound in self.names or bound in self._bound:
                return None
            edits.append(self._edit(module, name))
        return edits

    def statement_at(self, line: int) -> tuple[int, int] | None:
        """Return the first and the last line of the statement at the top level that holds a line, with what shares lines with it."""
        found: list[tuple[int, int]] = []
        for one in self._tree.body:
            first = min([one.lineno, *(mark.lineno for mark in getattr(one, "decorator_list", ()))])
            last = one.end_lineno or one.lineno
            if found and first <= found[-1][1]:
                found[-1] = (found[-1][0], max(last, found[-1][1]))
            else:
                found.append((first, last))
        return next((lines for lines in found if lines[0] <= line <= lines[1]), None)

    def is_free(self, name: str) -> bool:
        """Whether nothing in the file has this name."""
        return name not in self.names and name not in self._bound

    def _imported(self) -> Iterator[tuple[str, str]]:
        for statement in self._tree.body:
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    yield (alias.asname, alias.name) if alias.asname else ((top := alias.name.partition(".")[0]), top)
            elif isinstance(statement, ast.ImportFrom):
                module = "." * statement.level + (statement.module or "")
                for alias in statement.names:
                    yield alias.asname or alias.name, f"{module}.{alias.name}"

    def _edit(self, module: str, name: str) -> Edit:
        line = f"from {module} import {name}" if name else f"import {module}"
        head = self._head()
        if not head:
            return self._first(line)
        is_standard = _is_standard(module)
        absolute = [one for one in head if not _is_local(one)]
        peers = [one for one in absolute if isinstance(one, ast.Import) is not bool(name) and _is_standard(_module(one)) is is_standard]
        below = next((one for one in peers if _module(one) > module), None)
        if below is not None:
            return self._above(below, line)
        if peers:
            return self._below(peers[-1], line)
        kin = [one for one in absolute if _is_standard(_module(one)) is is_standard]
        if kin:  # of the other form: plain imports stand above
            return self._below(kin[-1], line) if name else self._above(kin[0], line)
        if is_standard or not absolute:
            return self._above(head[0], line, "\n")
        return self._below(absolute[-1], f"\n{line}")

    def _head(self) -> list[ast.Import | ast.ImportFrom]:
        """Return the imports at the top, without those of the future."""
        head: list[ast.Import | ast.ImportFrom] = []
        for index, statement in enumerate(self._tree.body):
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                if _module(statement) != "__future__":
                    head.append(statement)
            elif index or not _is_text(statement):
                break
        return head

    def _first(self, line: str) -> Edit:
        """The first import of a module: below its docstring, above everything else."""
        lead = [one for one in self._tree.body if _is_text(one) or (isinstance(one, ast.ImportFrom) and _module(one) == "__future__")]
        lead = [one for one, known in zip(self._tree.body, lead, strict=False) if one is known]
        if lead:
            at = self._text.next_line(self._text.offset(lead[-1].end_lineno or lead[-1].lineno, 1))
            lacks = at == len(self._text.text) and not self._text.text.endswith(("\n", "\r"))
            return self._text.edit(at, at, ("\n" if lacks else "") + f"\n{line}\n")
        first = next(iter(self._tree.body), None)
        number = 1 if first is None else min([first.lineno, *(one.lineno for one in getattr(first, "decorator_list", ()))])
        at = self._text.offset(number, 1)
        is_wide = isinstance(first, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        return self._text.edit(at, at, line + ("\n\n\n" if is_wide else "\n\n"))

    def _above(self, statement: ast.stmt, line: str, gap: str = "") -> Edit:
        at = self._text.offset(statement.lineno, 1)
        return self._text.edit(at, at, f"{line}\n{gap}")

    def _below(self, statement: ast.stmt, line: str) -> Edit:
        at = self._text.offset(statement.end_lineno or statement.lineno, 1)
        next_line = self._text.next_line(at)
        lacks = next_line == len(self._text.text) and not self._text.text.endswith(("\n", "\r"))
        return self._text.edit(next_line, next_line, f"\n{line}" if lacks else f"{line}\n")


def _module(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Import):
        return statement.names[0].name
    return "." * statement.level + (statement.module or "") if isinstance(statement, ast.ImportFrom) else ""


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _is_local(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.level > 0


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield the names that anything but an import at the top level binds, in whichever scope."""
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ImportFrom(names=names) if id(node) not in top:
                yield from (alias.asname or alias.name for alias in names)
            case ast.Import(names=names) if id(node) not in top:  # `import os` within a function binds what is wanted
                yield from (alias.asname for alias in names if alias.asname)
            case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
                yield name
