"""Summaries are kept by content; what is found in the folder is not to be trusted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from statelint.survey import cache as kept
from statelint.survey import survey as room
from statelint.survey.cache import SummaryCache, content_key
from statelint.survey.module import survey
from statelint.survey.survey import survey_files

if TYPE_CHECKING:
    from statelint.survey.summary import ModuleSummary

CONTENTS = {"a.py": b"x = {}\n", "b.py": b"def f(): return 1\n", "c.py": b"def (:\n", "d.py": b"x = {}\n"}
NAME = "survey.msgpack"


def surveyed(folder: Path | None, monkeypatch: pytest.MonkeyPatch, contents: dict[str, bytes] = CONTENTS) -> list[bytes]:
    """Survey into the folder, check the answer, and return the contents that were really parsed."""
    parsed: list[bytes] = []

    def counted(content: bytes) -> ModuleSummary:
        parsed.append(content)
        return survey(content)

    monkeypatch.setattr(room, "survey", counted)
    found = survey_files(contents, cache_folder=folder)
    assert found == {path: survey(content) for path, content in contents.items()}
    assert list(found) == list(contents)
    return parsed


def test_the_second_run_parses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(surveyed(tmp_path, monkeypatch)) == len(CONTENTS)
    assert surveyed(tmp_path, monkeypatch) == []


def test_only_what_changed_is_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path, monkeypatch)
    assert surveyed(tmp_path, monkeypatch, {**CONTENTS, "b.py": b"y = 2\n"}) == [b"y = 2\n"]


def test_a_file_that_moved_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path, monkeypatch)
    assert surveyed(tmp_path, monkeypatch, {"other/place.py": CONTENTS["a.py"]}) == []


def test_what_is_gone_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path, monkeypatch)
    surveyed(tmp_path, monkeypatch, {"a.py": CONTENTS["a.py"]})
    assert list(msgspec.msgpack.decode((tmp_path / NAME).read_bytes())) == [content_key(CONTENTS["a.py"])]


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(surveyed(None, monkeypatch)) == len(CONTENTS)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_marked_as_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path / "deep" / "er", monkeypatch)
    names = sorted(path.name for path in (tmp_path / "deep" / "er").iterdir())
    assert names == [".gitignore", "CACHEDIR.TAG", NAME]
    assert (tmp_path / "deep" / "er" / ".gitignore").read_text() == "*\n"
    assert (tmp_path / "deep" / "er" / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


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
def test_a_foreign_file_counts_for_nothing(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert len(surveyed(tmp_path, monkeypatch)) == len(CONTENTS)
    assert surveyed(tmp_path, monkeypatch) == []


def test_a_file_cut_short_anywhere_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed(tmp_path, monkeypatch)
    whole = (tmp_path / NAME).read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / NAME).write_bytes(whole[:length])
        surveyed(tmp_path, monkeypatch)
    assert (tmp_path / NAME).read_bytes() == whole


def test_an_entry_of_another_version_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    before = content_key(b"x = 1\n")
    monkeypatch.setattr(kept, "_SALT", b"9.9.9 99 (3, 99)")
    assert content_key(b"x = 1\n") != before


def test_a_folder_in_the_way_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME).mkdir()
    assert len(surveyed(tmp_path, monkeypatch)) == len(CONTENTS)


def test_a_file_in_the_place_of_the_folder_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("")
    assert len(surveyed(tmp_path / "cache", monkeypatch)) == len(CONTENTS)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    assert len(surveyed(tmp_path, monkeypatch)) == len(CONTENTS)
    assert not (tmp_path / NAME).exists()


def test_links_in_the_folder_are_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_text("precious")
    (folder / NAME).symlink_to(elsewhere)
    (folder / ".gitignore").symlink_to(tmp_path / "new")
    surveyed(folder, monkeypatch)
    assert elsewhere.read_text() == "precious"
    assert not (tmp_path / "new").exists()
    assert not (folder / NAME).is_symlink()


def test_nothing_is_left_beside_the_file_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refused)
    surveyed(tmp_path, monkeypatch)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitignore", "CACHEDIR.TAG"]


@pytest.mark.parametrize("folder", [False, True], ids=["uncached", "cached"])
def test_one_job_or_two_say_the_same(folder: bool, tmp_path: Path) -> None:
    contents = {f"m{number}.py": b"def f%d(x):\n    g[x] = {}\n" % number for number in range(20)} | CONTENTS
    cache_folder = tmp_path if folder else None
    one = survey_files(contents, cache_folder=None, jobs=1)
    two = survey_files(contents, cache_folder=cache_folder, jobs=2)
    again = survey_files(contents, cache_folder=cache_folder, jobs=1)
    assert one == two == again
    assert list(one) == list(two) == list(again)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    survey_files(CONTENTS, cache_folder=tmp_path, jobs=1, progress=lambda *now: told.append(now))
    assert told == [("survey", count, 4) for count in (1, 2, 3, 4)]
    told.clear()
    survey_files({**CONTENTS, "a.py": b"new\n"}, cache_folder=tmp_path, jobs=1, progress=lambda *now: told.append(now))
    assert told == [("survey", 4, 4)]


def test_a_cache_gives_back_what_was_put(tmp_path: Path) -> None:
    cache = SummaryCache(tmp_path)
    found = survey(b"x = {'\\ud800': 1}\n")
    cache.put(b"key", msgspec.msgpack.encode(found))
    assert cache.get(b"key") is None, "what is new is not asked for again in the same run"
    cache.save()
    assert SummaryCache(tmp_path).get(b"key") == found
