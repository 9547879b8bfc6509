"""The four questions about a cell, answered with what is known of it, for `trace`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from statelint.checks.state.differences import Differences
from statelint.checks.state.exemptions import EXEMPTIONS
from statelint.program.flow import uses
from statelint.program.flow.uses import reads_of
from statelint.trace.model import Answer

if TYPE_CHECKING:
    from statelint.checks.state.judgement import Judgement
    from statelint.program.program import Program

QUESTIONS: Final = (
    "does it outlive a request?",
    "can instances differ in it?",
    "does anything outside depend on it?",
    "is the difference healed?",
)
_DEPENDS: Final = {
    uses.NO: ("no", "what is read from it stays with this process"),
    uses.YES: ("yes", "what is read from it reaches an answer, a store or other work"),
}


def answers_about(judgement: Judgement, lifetime: str, program: Program) -> tuple[Answer, ...]:
    """Answer the four questions about a cell that requests write: `yes`, `no` or `unknown`, and what that rests on."""
    cell = judgement.cell
    differs = Differences(program).of(cell, judgement.writes)
    reading = "nothing is seen to read it" if not reads_of(cell) else "where it goes could not be followed"
    answers = [("yes", lifetime), (differs.verdict, differs.text), _DEPENDS.get(program.uses.of(cell), ("unknown", reading))]
    if program.filling.is_on_demand(cell):
        answers.append(("unknown", "derived again where it is missing, and never when what it comes from changes"))
    else:
        answers.append(("no", "who finds nothing does not derive it again"))
    acquitting = next((one for one in EXEMPTIONS if one.text == judgement.reason), None)
    if acquitting is not None:
        answers[acquitting.question - 1] = ("yes" if acquitting.question == len(QUESTIONS) else "no", acquitting.text)
    return tuple(
        Answer(question=question, verdict=verdict, text=text) for question, (verdict, text) in zip(QUESTIONS, answers, strict=True)
    )
