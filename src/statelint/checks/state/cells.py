"""State that outlives a request: every cell that requests write, judged by kind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from statelint.checks.common.activities import Background
from statelint.checks.common.mutable_reads import MutableReads
from statelint.checks.common.naming import names_and_texts
from statelint.checks.state.differences import Differences
from statelint.checks.state.exemptions import Exemptions
from statelint.checks.state.exemptions_by_kind import KindExemptions
from statelint.checks.state.judgement import Judgement
from statelint.checks.state.kinds import KindClassifier
from statelint.checks.state.read_after_write import flows
from statelint.checks.state.report import Fault, grouped, state_finding
from statelint.checks.state.shared_copies import SharedCopies
from statelint.checks.state.traits import TRAITS
from statelint.inspect.context import Report, evidence
from statelint.program.flow import sources, uses
from statelint.program.flow.filling import empties
from statelint.program.names.containers import FILLABLE
from statelint.program.names.nodes import Class
from statelint.survey.summary import Const, Display

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from statelint.inspect.context import Context
    from statelint.model import Confidence, Evidence
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.lifetimes.escape import Retainer
    from statelint.program.names.accesses import Access
    from statelint.program.names.nodes import Function
    from statelint.rulebook.schema import Kind, Rule

_WHOLE: Final = ("rebind", "augment")
"""Writes that replace the value of a cell and look into nothing."""
_GUESSED: Final = "which object is written is only a guess"
_MOST_EVIDENCE: Final = 3
_FAR: Final = 50
_LAST: Final = 100


def check(context: Context) -> Iterator[Report]:
    """Report the cells that requests write and nothing makes safe."""
    judged = judge_cells(context)
    yield from grouped([(one.cell, one.finding) for one in judged if one.finding is not None], flows(judged, context))
    yield from _unreached(judged, context)
    shown: Counter[str] = Counter()
    for one in judged:
        if one.is_evidence:
            item = one.rule.item if one.rule is not None else "state"
            shown[item] += 1
            if shown[item] <= _MOST_EVIDENCE:
                origin = one.cell.origins[0]
                yield evidence(item, "pass", origin.function.module.path, origin.line, f"{one.cell.location.shown}: {one.reason}")


def _unreached(judged: list[Judgement], context: Context) -> Iterator[Evidence]:
    """Say which cells are changed by functions alone to which no entry point that was found leads: perhaps by requests."""
    if not context.has_entry_points:
        return
    for one in judged:
        writers = [access for access in one.cell.writes if not empties(access)]
        if one.kind is not None or not one.cell.origins or not writers:
            continue
        lost = [access for access in writers if context.context_of(access.function, access.guards) == "unreached"]
        if lost:
            text = f"{one.cell.location.shown} is changed by {lost[0].function.name}, to which no entry point that was found leads"
            yield evidence("state", "unknown", lost[0].function.module.path, lost[0].line, text)


def judge_cells(context: Context) -> list[Judgement]:
    """Judge every cell of the program, containers before what they contain."""
    judge = _CellJudge(context)
    return [judge.judge(cell) for cell in _outer_first(context.program.cells)]


def _outer_first(cells: list[Cell]) -> list[Cell]:
    """Containers before what they contain, at any depth, so that one fault is reported once."""
    return sorted(cells, key=lambda cell: (len(_within(cell)), _path(cell), cell.qualified))


def _within(cell: Cell) -> tuple[Retainer, ...]:
    """Who holds the object that has the cell, up to the outermost container; nobody where it is no part of an element."""
    return cell.holder.within_containers if cell.holder is not None else ()


def _path(cell: Cell) -> str:
    return cell.origins[0].function.module.path if cell.origins else ""


class _CellJudge:
    """Judges one cell after the other; what is reported already decides on the cells inside it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._reach = context.program.reach["serving"]
        reads: MutableReads = context.once(MutableReads)
        self._kinds = KindClassifier(context.program)
        self._exemptions = Exemptions(context.program)
        self._differences = Differences(context.program)
        self._by_kind = KindExemptions(context.program, reads)
        self._copies = SharedCopies(context.program)
        self._rules: Mapping[str, Rule] = {kind: rule for rule in context.book.rules for kind in rule.kinds}
        self._handlers = frozenset(point.function for point in context.program.entry_points.points)
        self._memoizers = context.program.vocabulary.words("memoizer-name")
        self._reported: set[object] = set()
        self._parts: dict[object, list[Cell]] = {}
        """The cells of the objects that a container holds, at any depth, by the container."""
        for cell in context.program.cells:
            for holder in _within(cell):
                self._parts.setdefault(holder.location, []).append(cell)

    def judge(self, cell: Cell) -> Judgement:
        writes = self._request_writes(cell)
        if not writes:
            return Judgement(cell, None, (), reason="no request reaches a write")
        kind = self._kinds.kind(cell, writes)
        changed = self._changed_parts(cell) if kind in ("cache", "other") else ()
        if changed and kind == "cache":  # an answer that is remembered stays as it was given
            kind = self._kinds.kind(cell, writes, may_be_derived=False)
        rule = self._rules.get(kind)
        one = Judgement(cell, kind, tuple(writes), rule)
        if not cell.origins:
            return one._replace(reason="where it is made is not known")
        if self._inside_reported(cell):
            holder = "" if cell.holder is None else cell.holder.name if cell.holder.is_container else cell.holder.text
            return one._replace(reason=f"part of an element of {holder}, which is judged as a whole")
        differs = self._differences.of(cell, writes)
        exemption = self._exemptions.of(cell, writes, kind) if differs.verdict != "no" else None
        if differs.verdict == "no" or exemption is not None:
            return one._replace(rule=None, reason=exemption.text if exemption is not None else differs.text, is_evidence=True)
        if rule is None:
            return one._replace(reason=f"no rule covers state of the kind {kind}")
        fault = self._fault(cell, kind, rule, writes)
        if isinstance(fault, str):
            return one._replace(reason=fault, is_evidence=fault != _GUESSED)
        fault = fault._replace(parts=changed)
        if differs.verdict == "unknown":
            fault = fault._replace(confidence="low", notes=(*fault.notes, differs.text))
        self._reported.add(cell.location)
        return one._replace(finding=state_finding(fault, self._context))

    def _changed_parts(self, cell: Cell) -> tuple[Cell, ...]:
        """The cells of what a container holds that requests change, and that nothing makes safe."""
        return tuple(part for part in self._parts.get(cell.location, ()) if self._is_changed(part))

    def _is_changed(self, part: Cell) -> bool:
        writes = self._request_writes(part) if part.origins else []
        constants = {access.value.value for access in writes if isinstance(access.value, Const)}
        if not (part.container in FILLABLE or len(constants) > 1 or any(self._is_seen_here(access) for access in writes)):
            return False  # whoever writes it writes the same
        kind = self._kinds.kind(part, writes) if writes else "cache"
        rule = self._rules.get(kind)
        if kind in ("cache", "metrics", "lock") or rule is None or self._differences.of(part, writes).verdict != "yes":
            return False
        if self._exemptions.of(part, writes, kind) is not None:
            return False
        if self._reach.is_guessed(writes[0].function):
            return False
        fault = self._fault(part, kind, rule, writes)
        return isinstance(fault, Fault) or fault == _GUESSED  # requests make the objects: those are what the container holds

    def _request_writes(self, cell: Cell) -> list[Access]:
        feasible = self._context.program.feasibility
        found = [
            access
            for access in cell.writes
            if self._again(access.function)
            and self._context.context_of(access.function, access.guards) == "serving"
            and not feasible.is_ruled_out(access.function, access.guards)
        ]
        if all(self._reach.is_beside(access.function) for access in found) and not self._is_asked_for(cell):
            return []
        found = found or self._background_writes(cell)
        certain = [access for access in found if not self._reach.is_guessed(access.function)]
        return sorted(certain or found, key=lambda a: (self._distance(a), a.function.module.path, a.line))

    def _background_writes(self, cell: Cell) -> list[Access]:
        """Return the writes of loops and consumers of the process that collect what they see, for requests to read."""
        if not self._is_asked_for(cell) or self._context.program.uses.of(cell) != uses.YES:
            return []
        background = self._context.once(Background)
        found = [access for access in cell.writes if access.function in background and not empties(access)]
        return found if any(self._is_seen_here(access) for access in found) else []

    def _is_seen_here(self, access: Access) -> bool:
        """Whether what is written is known to this process alone, not read again from where all instances read it."""
        provenance = self._context.program.provenance
        came = provenance.of(access.function, access.value) | provenance.of(access.function, access.key)
        return bool(came & (sources.PROCESS | sources.REQUEST)) or access.how == "augment"

    def _runs(self, function: Function) -> bool:
        return any(function in reach for reach in self._context.program.reach.values())

    def _is_asked_for(self, cell: Cell) -> bool:
        """Whether requests look at what work beside them collects; a value that is only replaced is a snapshot."""
        asked = (read.function for read in cell.reads)
        return cell.container in FILLABLE and any(self._again(one) and not self._reach.is_beside(one) for one in asked)

    def _again(self, function: Function) -> bool:
        return function in self._reach and not self._reach.is_once(function)

    def _distance(self, access: Access) -> int:
        """Additions before removals and new beginnings, then the shorter way."""
        route = self._context.program.route_to(access.function)
        late = access.how == "delete" or (access.how == "rebind" and isinstance(access.value, Display) and not access.value.items)
        return (_LAST if late else 0) + (len(route.functions) if route else _FAR)

    def _inside_reported(self, cell: Cell) -> bool:
        """Whether the cell is part of an element of a container: that is what is reported, and re-bound attributes are not at all."""
        within = _within(cell)
        reported = any(holder.location in self._reported for holder in within)
        return reported or (bool(within) and all(access.how in _WHOLE for access in cell.writes))

    def _fault(self, cell: Cell, kind: Kind, rule: Rule, writes: list[Access]) -> Fault | str:
        """Say how sure and how bad the fault is, or why there is none."""
        traits = TRAITS[kind]
        failure = self._copies.failure_handled_by(cell)
        if failure:
            return f"used only on {failure}, when the shared store cannot be reached"
        made_without = self._copies.made_without_store(cell)
        fallback = made_without or self._copies.written_without_store(cell, writes)
        shared, always = self._copies.written_through(writes)
        reason = self._by_kind.reason(cell, kind, writes, is_fallback=bool(made_without if traits.holds_sockets else fallback))
        if reason:
            return reason
        if shared and always and traits.may_be_copy:
            return f"a local copy; {shared} keeps the truth in the same function"
        confidence = self._confidence(cell, kind, writes, is_fallback=bool(fallback))
        if confidence == "low" and all(access.how in _WHOLE for access in writes):
            return _GUESSED
        case = ""
        if traits.expires:
            cleared = all(access.how == "delete" for access in writes)
            case = "invalidated" if cleared else "expires" if self._by_kind.is_bounded_in_time(cell) else ""
        severity = "warning" if case == "expires" or (traits.may_be_likely and self._is_likely(cell, writes)) else traits.severity
        notes = [f"a shared store takes its place when `{fallback}` decides so; without it this is the default"] if fallback else []
        if shared and not always:
            notes.append(f"{shared} is called beside a write, but not beside each one or not always")
        return Fault(cell, kind, rule, writes, confidence, severity, tuple(notes), bool(fallback), case)

    def _is_likely(self, cell: Cell, writes: list[Access]) -> bool:
        """Whether one of the answers is only likely: that instances differ, or that something outside depends on a single value.

        What background work alone writes may be its own business. Nobody collects what nobody reads: of a container it is enough
        that nothing says the contrary.
        """
        by_requests = self._context.program.requested.intersection(write.function for write in writes)
        if not by_requests or not self._differences.is_proven(cell, writes):
            return True
        return cell.container not in FILLABLE and self._context.program.uses.of(cell) != uses.YES

    def _confidence(self, cell: Cell, kind: Kind, writes: list[Access], *, is_fallback: bool) -> Confidence:
        # a dependency in the signature of a handler is the one that the framework keeps
        trusted = self._handlers if cell.holder is not None else frozenset()
        by_argument = cell.location.kind != "default" and all(_through_parameter(access, trusted) for access in writes)
        if by_argument or self._reach.is_guessed(writes[0].function):
            return "low"
        owner = cell.location.owner
        if isinstance(owner, Class) and not _is_of_class(owner, cell.location.name) and self._made_by_requests(owner):
            return "low"
        only_removed = all(access.how == "delete" for access in writes)
        if not cell.reads and cell.location.kind in ("attribute", "global") and cell.container not in FILLABLE and not TRAITS[kind].acts:
            return "low"  # nothing is seen to read it
        if only_removed and not any(self._runs(access.function) for access in cell.writes if access.how != "delete"):
            return "low"  # nothing is seen to fill it
        if is_fallback or only_removed or cell.container in ("object", "unknown"):
            return "medium"
        return TRAITS[kind].confidence

    def _made_by_requests(self, owner: Class) -> bool:
        """Whether requests make instances of the class, too: the one that lives long need not be the one that they write to."""
        holder = self._context.program.lifetimes.holder(owner)
        if holder is not None and holder.is_the_only_one:
            return False
        for cls in (owner, *owner.subclasses):
            for function, site in self._context.program.graph.construction.get(cls, ()):
                kept = "." in site.bound or site.bound in function.summary.global_names
                if kept or self._is_memoized(function):
                    continue
                if function in self._reach and not function.name.endswith(("__new__", "instance", "get_instance")):
                    return bool(site.bound) or site.how in ("", "return")
        return False

    def _is_memoized(self, function: Function) -> bool:
        names = (names_and_texts(decorator).partition(" ")[0] for decorator in function.summary.decorators)
        return any(name.rpartition(".")[2] in self._memoizers for name in names)


def _is_of_class(owner: Class, name: str) -> bool:
    """Whether the body of a class binds an attribute that no method gives an instance of its own: all instances share the one."""
    family = (*owner.lineage, *owner.subclasses)
    return any(name in cls.bindings for cls in owner.lineage) and not any(name in cls.attribute_writes for cls in family)


def _through_parameter(access: Access, trusted: AbstractSet[Function]) -> bool:
    """Whether a function writes to an argument: which object that is, its callers decide."""
    if access.function in trusted:
        return False
    head = access.head
    params = access.function.summary.params
    own = params[0].name if params and access.function.owner is not None else ""
    return head in access.function.params and head != own and head not in ("request", "app")
