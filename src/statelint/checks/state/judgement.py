"""What is thought of one cell, as it passes from the checks of state to the reports and to `trace`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from statelint.model import Finding
    from statelint.program.lifetimes.cells import Cell
    from statelint.program.names.accesses import Access
    from statelint.rulebook.schema import Kind, Rule


class Judgement(NamedTuple):
    """A finding about a cell, or the reason why there is none."""

    cell: Cell
    kind: Kind | None
    """None where no request writes the cell."""
    writes: tuple[Access, ...]
    """Those that requests reach, the most telling first."""
    rule: Rule | None = None
    """The one that covers its kind; None where the cell is harmless whatever its kind."""
    finding: Finding | None = None
    reason: str = ""
    """Why there is no finding; "" where there is one."""
    is_evidence: bool = False
    """Whether the reason speaks for a PASS of the item; not where the cell is judged elsewhere, or by no rule."""
