"""What is kept is believed only if this user's statelint wrote it, for this project, and nobody changed it since."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from statelint.cache import Store
from statelint.cache.secret import secret
from statelint.cache.store import MANIFEST, clean, manifest

CONTENT = b"what a run found out"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "deep" / "cache", tmp_path / "secret", "/srv/project")


def kept(store: Store) -> Path:
    (file,) = store.folder.glob("survey-*.msgpack")
    return file


def test_what_is_written_is_read(store: Store) -> None:
    assert store.read("survey", "1") is None
    store.write("survey", "1", CONTENT)
    assert store.read("survey", "1") == CONTENT
    names = sorted(path.name for path in store.folder.iterdir())
    assert names == [".gitignore", "CACHEDIR.TAG", MANIFEST, kept(store).name]
    assert (store.folder / ".gitignore").read_text() == "*\n"
    assert (store.folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert manifest(store.folder) == (kept(store).name,)


def test_another_kind_version_or_project_is_not_found(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("survey", "1", CONTENT)
    assert store.read("rules", "1") is None
    assert store.read("survey", "2") is None
    assert Store(store.folder, store.secret_folder, "/srv/other").read("survey", "1") is None
    monkeypatch.setattr("statelint.cache.store.__version__", "9.9.9")
    assert store.read("survey", "1") is None


def test_a_file_under_another_name_is_foreign(store: Store) -> None:
    store.write("survey", "1", CONTENT)
    old = kept(store)
    store.write("survey", "2", b"other")
    (new,) = {*store.folder.glob("survey-*.msgpack")} - {old}
    shutil.copyfile(old, new)
    assert store.read("survey", "2") is None
    assert store.read("survey", "1") == CONTENT


def test_every_changed_byte_and_every_cut_is_a_miss(store: Store) -> None:
    store.write("survey", "1", CONTENT)
    file, whole = kept(store), kept(store).read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert store.read("survey", "1") is None
        file.write_bytes(whole[:place])
        assert store.read("survey", "1") is None
    file.write_bytes(whole + b"\0")
    assert store.read("survey", "1") is None
    file.write_bytes(whole)
    assert store.read("survey", "1") == CONTENT


def test_what_somebody_else_made_is_a_miss(store: Store, tmp_path: Path) -> None:
    other = Store(store.folder, tmp_path / "their-secret", store.project)
    other.write("survey", "1", b"nothing to report")
    assert other.read("survey", "1") == b"nothing to report"
    assert store.read("survey", "1") is None


@pytest.mark.skipif(os.name == "nt", reason="modes")
@pytest.mark.parametrize("mode", [0o644, 0o620])
def test_a_secret_that_others_can_read_or_write_is_replaced(store: Store, mode: int) -> None:
    store.write("survey", "1", CONTENT)
    before = secret(store.secret_folder)
    (store.secret_folder / "key").chmod(mode)
    assert store.read("survey", "1") is None
    store.write("survey", "1", CONTENT)
    assert secret(store.secret_folder) not in (None, before)
    assert store.read("survey", "1") == CONTENT


@pytest.mark.parametrize("made", ["empty", "short", "link", "folder"])
def test_a_secret_that_is_none(store: Store, made: str, tmp_path: Path) -> None:
    store.secret_folder.mkdir()
    key = store.secret_folder / "key"
    if made == "link":
        (tmp_path / "theirs").write_bytes(b"x" * 32)
        key.symlink_to(tmp_path / "theirs")
    elif made == "folder":
        key.mkdir()
    else:
        key.write_bytes(b"" if made == "empty" else b"x" * 31)
    store.write("survey", "1", CONTENT)
    assert store.read("survey", "1") == (None if made == "folder" else CONTENT)
    assert made != "link" or (tmp_path / "theirs").read_bytes() == b"x" * 32


@pytest.mark.parametrize("made", ["folder", "file", "link"])
def test_something_in_the_way_is_no_error(store: Store, made: str, tmp_path: Path) -> None:
    store.write("survey", "1", CONTENT)
    file = kept(store)
    if made == "folder":
        file.unlink()
        file.mkdir()
    elif made == "file":
        shutil.rmtree(store.folder)
        store.folder.write_text("")
    else:
        shutil.move(store.folder, tmp_path / "moved")
        store.folder.symlink_to(tmp_path / "moved")
    assert store.read("survey", "1") is None
    store.write("survey", "1", CONTENT)
    assert store.read("survey", "1") is None


def test_links_in_the_folder_are_not_followed(store: Store, tmp_path: Path) -> None:
    store.write("survey", "1", CONTENT)
    file, precious = kept(store), tmp_path / "precious"
    precious.write_text("precious")
    file.unlink()
    (store.folder / ".gitignore").unlink()
    file.symlink_to(precious)
    (store.folder / ".gitignore").symlink_to(tmp_path / "new")
    assert store.read("survey", "1") is None
    store.write("survey", "1", CONTENT)
    assert store.read("survey", "1") == CONTENT
    assert precious.read_text() == "precious"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("refused", ["replace", "mkdir", "fdopen"])
def test_a_folder_that_cannot_be_written_is_no_error(store: Store, refused: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("survey", "1", CONTENT)
    before = sorted(path.name for path in store.folder.iterdir())

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path if refused == "mkdir" else os, refused, refuse)
        store.write("survey", "1", b"newer")
    assert store.read("survey", "1") == CONTENT
    names = sorted(path.name for path in store.folder.iterdir() if not path.name.startswith(".tmp-"))
    assert names == before


def test_an_interrupt_leaves_nothing_beside(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.write("survey", "1", CONTENT)
    before = sorted(store.folder.iterdir())

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.write("survey", "1", b"newer")
    assert sorted(store.folder.iterdir()) == before


def test_what_a_killed_run_left_goes_with_the_next(store: Store) -> None:
    store.write("survey", "1", CONTENT)
    old, new = store.folder / ".tmp-abandoned", store.folder / ".tmp-recent"
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    os.utime(old, (0, 0))
    store.write("survey", "1", CONTENT)
    assert not old.exists()
    assert new.exists()


def test_old_results_go(store: Store) -> None:
    for version in range(30):
        store.write("survey", str(version), CONTENT)
    assert len(list(store.folder.glob("survey-*.msgpack"))) == 24
    assert store.read("survey", "29") == CONTENT
    assert store.read("survey", "0") is None


def test_clean_removes_what_the_manifest_names_and_nothing_else(store: Store, tmp_path: Path) -> None:
    store.write("survey", "1", CONTENT)
    precious = tmp_path / "precious.msgpack"
    precious.write_text("precious")
    beside = store.folder / f"survey-{'0' * 32}.msgpack"
    beside.write_text("not in the manifest")
    inner = store.folder / "inner"
    inner.mkdir()
    (inner / kept_name(store)).write_text("deeper")
    assert clean(store.folder) == 1
    assert sorted(path.name for path in store.folder.iterdir()) == ["inner", beside.name]
    assert precious.exists()


def kept_name(store: Store) -> str:
    return (manifest(store.folder) or ("",))[0]


FORGED = (
    "../precious.msgpack",
    "/etc/passwd",
    "inner/x.msgpack",
    "app.py",
    ".tmp-x/../../precious.msgpack",
    "survey-" + "0" * 32 + ".msgpack",
)


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_manifest_removes_nothing_else(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    (folder / "inner").mkdir(parents=True)
    for file in (tmp_path / "precious.msgpack", folder / "app.py", folder / "inner" / "x.msgpack"):
        file.write_text("precious")
    link = folder / ("survey-" + "0" * 32 + ".msgpack")
    link.symlink_to(tmp_path / "precious.msgpack")
    (folder / ".gitignore").write_text("mine\n")
    (folder / MANIFEST).write_text(f'{{"files": ["{name}"]}}')
    assert clean(folder) == 0
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "app.py", "inner", link.name]
    assert (tmp_path / "precious.msgpack").exists()
