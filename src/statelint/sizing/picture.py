"""The deployment as a picture: load balancer, instances with their pools, pooler, database, shared stores; broken edges are marked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape, quoteattr

from statelint.sizing.engines import UNLIMITED
from statelint.sizing.shares import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statelint.deploy.model import Deployment, Service
    from statelint.sizing.budget import Budget
    from statelint.sizing.plan import Plan

Mark = Literal["ok", "bad", "plain"]

WIDTH: Final = 1000
_MAX_DRAWN: Final = 4
"""Instances that are drawn; the rest are a number."""
_MAX_NAMED: Final = 2
"""Items that a box has room for."""
_STYLE: Final = """
:root { color-scheme: light dark; }
svg { --ground: #ffffff; --ink: #1b2430; --soft: #5b6776; --box: #f4f6f9; --line: #aab4c0; --ok: #1a7f4b; --bad: #c42b3b;
  --badfill: #fdecee; --accent: #2f5fd0; --accentfill: #eaf0fd; font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --ground: #12161c; --ink: #e8edf3; --soft: #9aa7b6; --box: #1d242d; --line: #4a5665;
  --ok: #4cc38a; --bad: #ff7a87; --badfill: #3a1c22; --accent: #86a8ff; --accentfill: #1b2742; } }
.ground { fill: var(--ground); }
.box { fill: var(--box); stroke: var(--line); stroke-width: 1.2; }
.main { fill: var(--accentfill); stroke: var(--accent); }
.box.bad { fill: var(--badfill); stroke: var(--bad); stroke-width: 1.8; }
.box.missing { fill: none; stroke-dasharray: 7 5; }
.name { fill: var(--ink); font-size: 15px; font-weight: 600; text-anchor: middle; }
.note { fill: var(--soft); font-size: 12px; text-anchor: middle; }
.note.bad { fill: var(--bad); font-weight: 600; }
.title { fill: var(--ink); font-size: 20px; font-weight: 650; }
.sub { fill: var(--soft); font-size: 13px; }
.sub.bad { fill: var(--bad); font-weight: 600; }
.sub.ok { fill: var(--ok); font-weight: 600; }
.edge { fill: none; stroke: var(--line); stroke-width: 1.6; }
.edge.ok { stroke: var(--ok); }
.edge.bad { stroke: var(--bad); stroke-width: 2.4; stroke-dasharray: 7 5; }
.tip { fill: var(--line); } .tip.ok { fill: var(--ok); } .tip.bad { fill: var(--bad); }
.cross { stroke: var(--bad); stroke-width: 3; stroke-linecap: round; }
.disc { fill: var(--ground); stroke: var(--bad); stroke-width: 1.6; }
"""


@dataclass(frozen=True)
class _Box:
    """A box with a name and lines of text below it."""

    x: float
    y: float
    width: float
    height: float
    name: str
    notes: tuple[str, ...] = ()
    mark: Mark = "plain"
    main: bool = False
    missing: bool = False
    """It is not there, but should be."""

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass
class _Canvas:
    """What has been drawn: edges below, boxes above them."""

    edges: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def box(self, box: _Box) -> None:
        kind = f"box{' main' if box.main else ''}{' bad' if box.mark == 'bad' else ''}{' missing' if box.missing else ''}"
        self.boxes.append(
            f'<rect class="{kind}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="10"/>'
        )
        first = box.y + box.height / 2 - 8 * len(box.notes) + 5
        self.boxes.append(f'<text class="name" x="{box.middle:.1f}" y="{first:.1f}">{escape(_short(box.name, box.width, 8.4))}</text>')
        for number, note in enumerate(box.notes, start=1):
            bad = " bad" if note.startswith("! ") else ""
            text = escape(_short(note.removeprefix("! "), box.width, 6.6))
            self.boxes.append(f'<text class="note{bad}" x="{box.middle:.1f}" y="{first + 17 * number:.1f}">{text}</text>')

    def edge(self, start: _Box, end: _Box, mark: Mark, *, shift: float = 0) -> None:
        """Draw an arrow from the bottom of one box to the top of another; a broken one gets a cross in its middle."""
        x1, y1, x2, y2 = start.middle, start.bottom, end.middle + shift, end.y - 7
        bend = (y2 - y1) * 0.5
        self.edges.append(
            f'<path class="edge {mark}" d="M{x1:.1f} {y1:.1f} C{x1:.1f} {y1 + bend:.1f} {x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}"/>'
        )
        self.edges.append(f'<path class="tip {mark}" d="M{x2 - 5:.1f} {y2 - 2:.1f} L{x2 + 5:.1f} {y2 - 2:.1f} L{x2:.1f} {y2 + 6:.1f} Z"/>')

    def cross(self, x: float, y: float) -> None:
        self.marks.append(f'<circle class="disc" cx="{x:.1f}" cy="{y:.1f}" r="11"/>')
        self.marks.append(
            f'<path class="cross" d="M{x - 4:.1f} {y - 4:.1f} L{x + 4:.1f} {y + 4:.1f} M{x + 4:.1f} {y - 4:.1f} L{x - 4:.1f} {y + 4:.1f}"/>'
        )


def picture(plan: Plan, deployment: Deployment, now: Budget | None, verdicts: Mapping[str, str], title: str) -> str:
    """Return an SVG; `verdicts` are the checklist's by item, "fail" marks what belongs to it."""
    canvas = _Canvas()
    count = plan.chosen.instances if plan.chosen is not None else 1
    balancer = _Box(
        WIDTH / 2 - 130,
        96,
        260,
        62,
        "Load balancer",
        _balancer_notes(plan, verdicts),
        "bad" if deployment.affinities else "plain",
        main=True,
    )
    canvas.box(balancer)
    instances = _instances(canvas, balancer, plan, count, now=now, verdicts=verdicts)
    fits = _pool_mark(plan, now)
    last = _below(canvas, instances, deployment, plan, now, fits=fits, verdicts=verdicts)
    lines = _summary(plan, now, verdicts)
    height = last + 44 + 22 * len(lines)
    return _document(canvas, title, lines, last, height)


def _balancer_notes(plan: Plan, verdicts: Mapping[str, str]) -> tuple[str, ...]:
    peak = plan.inputs.peak.value
    note = f"{peak:g} requests/s at the peak" if peak is not None else "requests"
    return (note, "! no health endpoint to ask") if verdicts.get("health") == "fail" else (note,)


def _instances(canvas: _Canvas, balancer: _Box, plan: Plan, count: int, *, now: Budget | None, verdicts: Mapping[str, str]) -> list[_Box]:
    """Draw the instances in a row; of many the first and the last, and how many lie between."""
    drawn = min(count, _MAX_DRAWN)
    numbers = [*range(1, drawn), count] if count > 1 else [1]
    gap, width = 26.0, 196.0
    many = count > _MAX_DRAWN
    total = drawn * width + (drawn - 1) * gap + (44 if many else 0)
    x = (WIDTH - total) / 2
    broken = [
        item
        for item in ("state", "sessions", "caches", "rate-limit", "realtime", "ordering", "files", "jobs")
        if verdicts.get(item) == "fail"
    ]
    workers = plan.inputs.workers.value or 1
    pool = _pool_note(plan, now)
    boxes = []
    for index, number in enumerate(numbers):
        if many and index == drawn - 1:
            canvas.boxes.append(f'<text class="name" x="{x + 8:.1f}" y="{226 + 48:.1f}">…</text>')
            x += 44
        notes = (f"{workers:g} worker{'s' if workers != 1 else ''}, {pool}", *((f"! {_listed(broken)}",) if broken else ()))
        box = _Box(x, 226, width, 84, f"Instance {number}", notes, "bad" if broken else "plain")
        canvas.box(box)
        canvas.edge(balancer, box, "bad" if verdicts.get("health") == "fail" else "plain")
        boxes.append(box)
        x += width + gap
    if verdicts.get("health") == "fail":
        canvas.cross(balancer.middle, balancer.bottom + 24)
    return boxes


def _pool_note(plan: Plan, now: Budget | None) -> str:
    """The pool as the program makes it; without a program, the one that is planned."""
    if now is not None and now.terms:
        each = now.terms[0].each
        return "pools without limit" if each.value == UNLIMITED else f"pools of {shown(each)}"
    if plan.chosen is None:
        return "a pool in each"
    return f"pools of {plan.chosen.per_worker}" if plan.chosen.per_worker else "no room for a pool"


def _listed(items: list[str]) -> str:
    return f"own {_some(items)}"


def _some(items: list[str]) -> str:
    """Name the first items, and say how many more there are."""
    more = f" + {len(items) - _MAX_NAMED}" if len(items) > _MAX_NAMED else ""
    return f"{', '.join(items[:_MAX_NAMED])}{more}"


def _pool_mark(plan: Plan, now: Budget | None) -> Mark:
    if now is not None and now.verdict != "unknown":
        return "bad" if now.verdict == "fail" else "ok"
    return "bad" if plan.chosen is not None and plan.chosen.per_worker < 1 else "plain"


def _below(
    canvas: _Canvas,
    instances: list[_Box],
    deployment: Deployment,
    plan: Plan,
    now: Budget | None,
    *,
    fits: Mark,
    verdicts: Mapping[str, str],
) -> float:
    """Draw what the instances share; return where it ends."""
    pooler = next(iter(deployment.poolers), None)
    wanted = plan.chosen is not None and plan.chosen.pooler in ("due", "advised")
    top = 400.0
    store, objects = _shared(deployment, ("cache", "queue")), _shared(deployment, ("object-storage",))
    stateful = [item for item in ("sessions", "caches", "rate-limit", "state", "realtime", "jobs") if verdicts.get(item) == "fail"]
    database = deployment.databases[0] if deployment.databases else None
    left = _Box(
        60,
        top,
        260,
        84,
        store.name if store else "Shared store",
        _store_notes(store, stateful),
        "bad" if stateful else "plain",
        missing=store is None,
    )
    files = verdicts.get("files") == "fail"
    object_notes = (objects.image or objects.kind if objects else "none found", *(("! files stay on instances",) if files else ()))
    right = _Box(
        WIDTH - 320,
        top,
        260,
        84,
        objects.name if objects else "Object storage",
        object_notes,
        "bad" if files else "plain",
        missing=objects is None,
    )
    first = _pooler_box(pooler.name if pooler else "", wanted=wanted, top=top)
    base_top = top + (132 if first is not None else 0)
    notes = (_load(plan, now),)
    base = _Box(
        WIDTH / 2 - 130,
        base_top,
        260,
        84,
        database.name if database else "Database",
        notes if fits != "bad" else (f"! {notes[0]}",),
        fits,
        main=True,
    )
    middle = first or base
    # What is neither there nor missed is not drawn.
    beside = [(left, bool(stateful))] if store is not None or stateful else []
    beside += [(right, files)] if objects is not None or files else []
    for box in dict.fromkeys((base, middle, *(box for box, _ in beside))):
        canvas.box(box)
    for index, instance in enumerate(instances):
        shift = (index - (len(instances) - 1) / 2) * 22
        canvas.edge(instance, middle, fits, shift=shift)
        for box, broken in beside:
            canvas.edge(instance, box, "bad" if broken else "ok", shift=shift)
    if first is not None:
        canvas.edge(first, base, "plain" if pooler is None else fits)
    for box, broken in ((middle, fits == "bad"), *beside):
        if broken:
            canvas.cross(box.middle, box.y - 24)
    return max(base.bottom, left.bottom)


def _load(plan: Plan, now: Budget | None) -> str:
    """How many connections the pools may open, of how many there are."""
    left = f"{(plan.inputs.max_connections.value or 0) - (plan.inputs.reserved.value or 0):g} connections"
    if now is not None and now.high is not None:
        return f"no limit, {left}" if now.high < 0 else f"{now.high} of {left}"
    if plan.chosen is None:
        return left
    if not plan.chosen.per_worker:
        return f"{plan.chosen.instances * (plan.inputs.workers.value or 1):g} workers, {left}"
    return f"{plan.chosen.used} of {left}"


def _pooler_box(name: str, *, wanted: bool, top: float) -> _Box | None:
    if name:
        return _Box(WIDTH / 2 - 110, top, 220, 66, name, ("connection pooler",))
    return _Box(WIDTH / 2 - 110, top, 220, 66, "PgBouncer", ("! due, none found",), "bad", missing=True) if wanted else None


def _shared(deployment: Deployment, kinds: tuple[str, ...]) -> Service | None:
    return next((service for kind in kinds for service in deployment.services if service.kind == kind), None)


def _store_notes(store: Service | None, stateful: list[str]) -> tuple[str, ...]:
    found = (store.image or store.kind) if store is not None else "none found"
    return (
        found,
        *((f"! does not hold {_some(stateful)}",) if stateful else ()),
    )


def _summary(plan: Plan, now: Budget | None, verdicts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (class, text) of the lines below the picture."""
    lines = [("sub", line) for line in plan.formula[:1]]
    if now is not None and now.text:
        lines.append(({"fail": "sub bad", "pass": "sub ok"}.get(now.verdict, "sub"), now.text))
    lines += [("sub", line) for line in plan.advice if "pooler" in line or "pool_size" in line]
    failing = [item for item, verdict in verdicts.items() if verdict == "fail"]
    if failing:
        lines.append(("sub bad", f"Failing on the checklist: {', '.join(failing)}"))
    return lines


def _document(canvas: _Canvas, title: str, lines: list[tuple[str, str]], last: float, height: float) -> str:
    text = [
        f'<text class="{kind}" x="60" y="{last + 44 + 22 * number:.1f}">{escape(_short(line, WIDTH - 120, 6.4))}</text>'
        for number, (kind, line) in enumerate(lines)
    ]
    size = f'{WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" aria-label={quoteattr(title)}>',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height:.0f}"/>',
        f'<text class="title" x="60" y="56">{escape(_short(title, WIDTH - 120, 11))}</text>',
        *canvas.edges,
        *canvas.boxes,
        *canvas.marks,
        *text,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _short(text: str, width: float, each: float) -> str:
    """Cut a text to what fits in a width; `each` is the width of an average letter."""
    room = max(int((width - 16) / each), 4)
    plain = "".join(character if character.isprintable() else " " for character in text)
    return plain if len(plain) <= room else plain[: room - 1] + "…"
