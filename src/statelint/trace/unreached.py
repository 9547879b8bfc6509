"""How much of each program is reached, and what is not although it writes files, keeps state, starts work or opens connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from statelint.checks.effects import effects_of
from statelint.inspect.unreached import Unreached
from statelint.model import Step
from statelint.report.text import EMPHASIS, FAINT, GUTTER, Line, hanging, one_line, paint
from statelint.report.words import count, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from statelint.inspect.context import Context

_COLUMN: Final = 13
_MOST_LINES: Final = 3
"""Of one cell or name that are shown; JSON has them all."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an unreached function does."""

    does: str
    """`writes files`, `keeps state`, `starts work` or `opens connections`."""
    line: int
    text: str
    """The library's name that is called, or the cell that is changed."""


class UnreachedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A function to which no entry point leads."""

    name: str
    path: str
    line: int
    effects: tuple[Effect, ...]
    why: str
    """What kind of thing is not understood: `decorator`, `named`, `call`, `name`, `closure`, `base`, `import`; or `outside`, where what is
    not deployed calls it, `unmade`, where nothing makes an instance of its class, `nobody`."""
    nearest: Step
    """Where that is, and what it is."""
    callers: tuple[str, ...]
    """The functions between, from there down to this one."""


class ProgramReach(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a program is reached."""

    program: str
    """"" where it is the only one."""
    functions: int
    """Functions of application modules, without lambdas and the special methods that the language calls."""
    reached: int
    unreached: tuple[UnreachedFunction, ...]
    """Those alone that have effects, by path and line."""


def reach_of(context: Context, name: str) -> ProgramReach:
    """Tell how much of a program is reached."""
    unreached = context.once(Unreached)
    listed = []
    for function, effects in effects_of(context).items():
        why = unreached.why(function)
        listed.append(
            UnreachedFunction(
                name=f"{function.module.name}.{function.name}",
                path=function.module.path,
                line=function.summary.line,
                effects=tuple(Effect(does=one.does, line=one.line, text=one.text) for one in effects),
                why=why.why,
                nearest=Step(why.path, why.line, why.text),
                callers=tuple(f"{caller.module.name}.{caller.name}" for caller in why.callers),
            )
        )
    listed.sort(key=lambda one: (one.path, one.line, one.name))
    share = unreached.share
    return ProgramReach(program=name, functions=share.functions, reached=share.reached, unreached=tuple(listed))


def render_reach(programs: Sequence[ProgramReach], *, limit: int, colour: bool, width: int) -> str:
    """Return what is reached of each program for people, at most `limit` functions of each."""
    lines: list[Line] = []
    for program in programs:
        lines += [*_program(program, limit, width), ()]
    return paint(lines[:-1], colour=colour)


def _program(program: ProgramReach, limit: int, width: int) -> Iterator[Line]:
    percent = f" ({100 * program.reached // program.functions} %)" if program.functions else ""
    head = f"{one_line(program.program)}: " if program.program else ""
    said = f"{program.reached:,} of {count(program.functions, 'function')} of application modules are reached from an entry point{percent}."
    yield from hanging(head, said, width, style=EMPHASIS, indent=0)
    if not program.unreached:
        yield from hanging("", "None of the others writes files, keeps state, starts work or opens connections.", width)
        return
    number = count(len(program.unreached), "function")
    yield from hanging("", f"{number} to which nothing leads would write files, keep state, start work or open connections:", width)
    for one in program.unreached[:limit]:
        yield ()
        yield ((one_line(one.name), EMPHASIS), (f"  {place(one.path, one.line)}", FAINT))
        for index, text in enumerate(_effects(one.effects)):
            yield from _fact("" if index else "would", text, width)
        yield from _fact("nearest", f"{place(one.nearest.path, one.nearest.line)}: {one.nearest.text}", width)
        if one.callers:
            yield from _fact("called by", " -> ".join(one.callers), width)
    if len(program.unreached) > limit:
        yield ()
        yield ((f"and {count(len(program.unreached) - limit, 'more', 'more')}; --limit shows more", FAINT),)


def _effects(effects: Iterable[Effect]) -> Iterator[str]:
    """Yield a text for each thing that a function does: with its lines, and what it calls or changes there."""
    by_kind: dict[str, dict[str, list[int]]] = {}
    for effect in effects:
        by_kind.setdefault(effect.does, {}).setdefault(one_line(effect.text), []).append(effect.line)
    for does, lines_of in by_kind.items():
        yield f"{_would(does)}: {', '.join(f'{text} ({_lines(lines)})' for text, lines in lines_of.items())}"


def _lines(lines: Sequence[int]) -> str:
    shown = [str(line) for line in dict.fromkeys(lines)]
    return f"line {shown[0]}" if len(shown) == 1 else f"lines {', '.join(shown[:_MOST_LINES])}{' ...' if len(shown) > _MOST_LINES else ''}"


def _would(does: str) -> str:
    """`writes files`, which a function does, as what it would do."""
    verb, _, rest = does.partition(" ")
    return f"{verb.removesuffix('s')} {rest}"


def _fact(title: str, text: str, width: int) -> Iterator[Line]:
    yield from hanging(f"  {title:<{_COLUMN}}", text, width, style=GUTTER)
