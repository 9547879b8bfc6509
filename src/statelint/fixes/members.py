"""Members between brackets, arguments of a call and entries of a mapping: found, added and taken away in the style of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from statelint.fixes.tree import string

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statelint.fixes.tree import Tree
    from statelint.model import Edit

Member = cst.Arg | cst.BaseDictElement | cst.BaseElement


def argument(call: cst.Call, keyword: str, position: int | None) -> cst.Arg | None:
    """Return an argument by keyword, else by position where no `*args` stands before."""
    named = next((one for one in call.args if one.keyword is not None and one.keyword.value == keyword), None)
    if named is not None or position is None:
        return named
    plain = [one for one in call.args if one.keyword is None and not one.star]
    stars = [index for index, one in enumerate(call.args) if one.star == "*"]
    return plain[position] if position < len(plain) and not stars else None


def is_open(call: cst.Call) -> bool:
    """Whether arguments are handed on that cannot be seen, so that a further one may be a second of its name."""
    return any(one.star for one in call.args)


def added(tree: Tree, call: cst.Call, texts: Sequence[str], dropped_names: frozenset[str] = frozenset()) -> list[Edit]:
    """Return the edits that put further arguments last."""
    if not texts:
        return []
    kept = [index for index, one in enumerate(call.args) if _name(one) not in dropped_names]
    if not kept:
        at = tree.place(call.args[0]).start if call.args else tree.place(call).end - 1
        return [tree.text.edit(at, at, ", ".join(texts))]
    last = call.args[kept[-1]]
    if isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
        return []
    return insert(tree, call.args, kept[-1], texts)


def insert(tree: Tree, members: Sequence[Member], index: int, texts: Sequence[str]) -> list[Edit]:
    """Return the edits that put members behind another, on lines of their own where that one has one."""
    if not texts:
        return []
    text, place = tree.text, tree.place(members[index])
    indent = text.indent(place.start)
    is_alone = text.text[text.line_start(place.start) : place.start] == indent and _is_alone(tree, members, index)
    if not is_alone:
        return [text.edit(place.end, place.end, "".join(f", {one}" for one in texts))]
    end = text.line_end(place.end)
    has_comma = text.text[place.end : end].lstrip().startswith(",")
    lines = [f"\n{indent}{one}" for one in texts]
    comma = [] if has_comma or text.text[place.end : end].strip() == "" else [text.edit(place.end, place.end, ",")]
    if has_comma:
        return [text.edit(end, end, "".join(f"{line}," for line in lines))]
    if comma:
        return [*comma, text.edit(end, end, ",".join(lines))]
    return [text.edit(place.end, place.end, "".join(f",{line}" for line in lines))]


def _is_alone(tree: Tree, members: Sequence[Member], index: int) -> bool:
    """Whether no other member stands on the line that this one ends on."""
    text, place = tree.text, tree.place(members[index])
    rest = text.text[place.end : text.line_end(place.end)].lstrip().removeprefix(",").lstrip()
    return not rest or rest.startswith("#")


def dropped(tree: Tree, owner: cst.CSTNode, members: Sequence[Member], names: frozenset[str]) -> list[Edit]:
    """Return the edits that take members away by name, each with its line and the comment on it where it stands alone."""
    gone = [_name(one) in names for one in members]
    if not any(gone):
        return []
    text = tree.text
    places = [tree.place(one) for one in members]
    lead = next((index for index, is_gone in enumerate(gone) if not is_gone), len(gone))
    edits = []
    if lead == len(gone):
        inner = tree.place(owner).end - 1
        return [text.edit(places[0].start, inner, "")]
    for index, place in enumerate(places):
        if not gone[index]:
            continue
        start = text.line_start(place.start)
        if (
            text.text[start : place.start].strip() == ""
            and _is_alone(tree, members, index)
            and text.next_line(place.end) <= tree.place(owner).end
        ):
            edits.append(text.edit(start, text.next_line(place.end), ""))
        elif index < lead:
            edits.append(text.edit(place.start, places[index + 1].start, ""))
        else:
            edits.append(text.edit(places[index - 1].end, place.end, ""))
    return edits


def _name(member: Member) -> str | None:
    if isinstance(member, cst.Arg):
        return member.keyword.value if member.keyword is not None else None
    return string(member.key) if isinstance(member, cst.DictElement) else None
