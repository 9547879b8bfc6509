"""Summaries are kept by content; what is found in the folder is not to be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from statelint.cache import Store
from statelint.survey import cache as kept
from statelint.survey import survey as room
from statelint.survey.cache import Summaries, content_key
from statelint.survey.module import survey
from statelint.survey.survey import survey_files

if TYPE_CHECKING:
    from pathlib import Path

    from statelint.survey.summary import ModuleSummary

CONTENTS = {"a.py": b"x = {}\n", "b.py": b"def f(): return 1\n", "c.py": b"def (:\n", "d.py": b"x = {}\n"}


def store_in(folder: Path) -> Store:
    return Store(folder, folder.parent / "secret", "/project")


def surveyed(folder: Path | None, monkeypatch: pytest.MonkeyPatch, contents: dict[str, bytes] = CONTENTS) -> list[bytes]:
    """Survey into the folder, check the answer, and return the contents that were really parsed."""
    parsed: list[bytes] = []

    def counted(content: bytes) -> ModuleSummary:
        parsed.append(content)
        return survey(content)

    monkeypatch.setattr(room, "survey", counted)
    found = survey_files(contents, store=store_in(folder) if folder else None)
    assert found == {path: survey(content) for path, content in contents.items()}
    assert list(found) == list(contents)
    return parsed


def test_the_second_run_parses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(surveyed(tmp_path / "cache", monkeypatch)) == len(CONTENTS)
    assert surveyed(tmp_path / "cache", monkeypatch) == []


def test_only_what_changed_is_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path / "cache", monkeypatch)
    assert surveyed(tmp_path / "cache", monkeypatch, {**CONTENTS, "b.py": b"y = 2\n"}) == [b"y = 2\n"]


def test_a_file_that_moved_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path / "cache", monkeypatch)
    assert surveyed(tmp_path / "cache", monkeypatch, {"other/place.py": CONTENTS["a.py"]}) == []


def test_what_is_gone_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path / "cache", monkeypatch)
    surveyed(tmp_path / "cache", monkeypatch, {"a.py": CONTENTS["a.py"]})
    content = store_in(tmp_path / "cache").read("survey", str(kept.FORMAT)) or b""
    assert list(msgspec.msgpack.decode(content)) == [content_key(CONTENTS["a.py"])]


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(surveyed(None, monkeypatch)) == len(CONTENTS)
    assert list(tmp_path.iterdir()) == []


KEY = content_key(CONTENTS["a.py"])
FOREIGN = (
    b"",
    b"not msgpack",
    b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system",
    msgspec.msgpack.encode([1, 2]),
    msgspec.msgpack.encode({"text": 1}),
    msgspec.msgpack.encode({KEY: 1}),
    msgspec.msgpack.encode({KEY: ["lines", []]}),
    msgspec.msgpack.encode({KEY: [1, [["<module>", "one"]]]}),
    msgspec.msgpack.encode({b"another key": ["?"]}),
    b"\xdf\xff\xff\xff\xff",
    b"\x91" * 100_000,
)


@pytest.mark.parametrize("content", FOREIGN, ids=range(len(FOREIGN)))
def test_a_content_of_another_shape_counts_for_nothing(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    store_in(folder).write("survey", str(kept.FORMAT), content)
    assert len(surveyed(folder, monkeypatch)) == len(CONTENTS)
    assert surveyed(folder, monkeypatch) == []


def test_what_is_asked_for_with_another_format_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path / "cache", monkeypatch)
    monkeypatch.setattr(kept, "FORMAT", kept.FORMAT + 1)
    assert len(surveyed(tmp_path / "cache", monkeypatch)) == len(CONTENTS)


@pytest.mark.parametrize("folder", [False, True], ids=["uncached", "cached"])
def test_one_job_or_two_say_the_same(folder: bool, tmp_path: Path) -> None:
    contents = {f"m{number}.py": b"def f%d(x):\n    g[x] = {}\n" % number for number in range(20)} | CONTENTS
    store = store_in(tmp_path / "cache") if folder else None
    one = survey_files(contents, store=None, jobs=1)
    two = survey_files(contents, store=store, jobs=2)
    again = survey_files(contents, store=store, jobs=1)
    assert one == two == again
    assert list(one) == list(two) == list(again)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    store = store_in(tmp_path / "cache")
    survey_files(CONTENTS, store=store, jobs=1, progress=lambda *now: told.append(now))
    assert told == [("survey", count, 4) for count in (1, 2, 3, 4)]
    told.clear()
    survey_files({**CONTENTS, "a.py": b"new\n"}, store=store, jobs=1, progress=lambda *now: told.append(now))
    assert told == [("survey", 4, 4)]


def test_a_cache_gives_back_what_was_put(tmp_path: Path) -> None:
    cache = Summaries(store_in(tmp_path / "cache"))
    found = survey(b"x = {'\\ud800': 1}\n")
    cache.put(b"key", msgspec.msgpack.encode(found))
    assert cache.get(b"key") is None, "what is new is not asked for again in the same run"
    cache.save()
    assert Summaries(store_in(tmp_path / "cache")).get(b"key") == found
