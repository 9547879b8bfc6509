"""What work changes beyond its process, however far away the call is that changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.checks.analysed import contextual

from statelint.checks.common.side_effects import NEEDED, Effects

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = "import httpx\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n"
_MAIL = 'httpx.post("https://mail.example/send")'


def _chain(last: str, length: int = 30) -> str:
    links = [f"def work{index}():\n    work{index + 1}()\n" for index in range(length)]
    return "\n".join([*links, f"def work{length}():\n    {last}\n"])


WORK = {
    "at the end of a long chain": (_chain(_MAIL), "httpx.post"),
    "after many other calls": (
        "def work0():\n" + "".join(f"    step{index}()\n" for index in range(400))
        + "".join(f"\ndef step{index}():\n    print({index})\n" for index in range(399)) + f"\ndef step399():\n    {_MAIL}\n",
        "httpx.post",
    ),
    "the nearest of several": (
        (
            f"def work0():\n    far()\n    near()\n\ndef far():\n    farther()\n\ndef farther():\n    {_MAIL}\n\n"
            'def near():\n    httpx.put("https://mail.example/send")\n'
        ),
        "httpx.put",
    ),
    "in a circle": (f"def work0():\n    other()\n\ndef other():\n    work0()\n    {_MAIL}\n", "httpx.post"),
    "none at the end of a long chain": (_chain('print("done")'), None),
}  # fmt: skip


@pytest.mark.parametrize(("body", "name"), WORK.values(), ids=WORK)
def test_nearest(tmp_path: Path, body: str, name: str | None) -> None:
    context = contextual(tmp_path, _HEAD + body)
    work = next(function for function in context.program.functions if function.name == "work0")
    effect = Effects(context).of(work, NEEDED)
    assert (effect.name if effect is not None else None) == name


@pytest.mark.parametrize(("name", "is_own"), [("heartbeat", True), ("remind", False)])
def test_a_name_makes_it_less_likely_and_nothing_else(tmp_path: Path, name: str, is_own: bool) -> None:
    context = contextual(tmp_path, f"{_HEAD}def work0():\n    {name}()\n\ndef {name}():\n    {_MAIL}\n")
    work = next(function for function in context.program.functions if function.name == "work0")
    effect = Effects(context).of(work)
    assert effect is not None
    assert (effect.name, effect.is_own) == ("httpx.post", is_own)


def test_what_cannot_be_followed(tmp_path: Path) -> None:
    body = "def work0(job):\n    prepare(job)\n\ndef prepare(job):\n    job.title.strip()\n    job.transmit()\n"
    context = contextual(tmp_path, _HEAD + body)
    work = next(function for function in context.program.functions if function.name == "work0")
    effects = Effects(context)
    unseen = effects.unseen(work)
    assert effects.of(work, NEEDED) is None
    assert unseen is not None
    assert unseen.name == "job.transmit"


def test_a_question_about_a_part_changes_no_answer(tmp_path: Path) -> None:
    context = contextual(tmp_path, _HEAD + _chain(_MAIL))
    functions = {function.name: function for function in context.program.functions}
    effects = Effects(context)
    found = [effects.of(functions[name]) for name in ("work20", "work0", "work30", "work25")]
    assert [effect.line for effect in found if effect is not None] == [functions["work30"].summary.line + 1] * 4
