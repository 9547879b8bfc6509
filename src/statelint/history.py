"""An earlier version of a project, read from git's objects into a folder of its own.

Only objects are read (`rev-parse`, `merge-base`, `ls-tree`, `cat-file`): the work tree and the index stay as they are, no hook and no
filter of a checkout runs, and nothing is fetched.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from statelint.errors import StatelintError
from statelint.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MOST_AT_ONCE: Final = 400
_LARGEST_AT_ONCE: Final = 64_000_000
"""Objects asked for in one go, and their bytes, so that a large version is never in memory as a whole."""
_LARGEST: Final = 4_000_000
"""Bytes; what is larger is no source, and only its name counts."""
_NAMES_ALONE: Final = frozenset(
    (
        *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".svg", ".css", ".map"),
        *(".woff", ".woff2", ".ttf", ".eot", ".otf", ".mp3", ".mp4", ".webm"),
        *(".pdf", ".zip", ".gz", ".whl", ".so", ".pyc", ".mo"),
    )
)
"""Endings of files that are never read; that they are there is enough."""
_OF_THE_CALLER: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""Variables that git sets for a hook, relative to another folder than ours."""
_FILE, _EXECUTABLE, _LINK = "100644", "100755", "120000"


class Version(NamedTuple):
    """A commit of the repository around a project."""

    top: Path
    """The root of the work tree."""
    commit: str
    is_merge_base: bool
    """Whether it is where the two lines of history parted; without one it is the named commit itself."""


class _Blob(NamedTuple):
    mode: str
    name: str
    size: int
    path: str


def version_of(folder: Path, ref: str) -> Version:
    """Return where the work tree's history parted from `ref`: what a branch adds is compared with what it began from.

    Raises:
        StatelintError: git is not there, `folder` is in no checkout, or there is no such commit.
    """
    top = _git(folder, "rev-parse", "--show-toplevel", failing="--new-since needs a git checkout").decode("utf-8", "surrogateescape")
    named = _try(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if named is None:
        help_ = "`git fetch` brings branches; a shallow checkout lacks history (actions/checkout: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)"
        raise StatelintError(f"--new-since: there is no commit {ref!r} here", help=help_)
    base = _try(folder, "merge-base", named.decode().strip(), "HEAD")
    found = (base or named).decode().split()[0]
    return Version(Path(top.rstrip("\n")), found, base is not None)


@contextmanager
def checked_out(version: Version, below: Path) -> Iterator[Path]:
    """Write the part of a version that lies below a folder of the work tree into a temporary folder, and remove it again.

    Yields the folder that stands for `version.top`.

    Raises:
        StatelintError: git cannot read its objects, or the temporary folder cannot be written.
    """
    inside = below.resolve().relative_to(version.top.resolve()).as_posix()
    with tempfile.TemporaryDirectory(prefix="statelint-", ignore_cleanup_errors=True) as name:
        top = Path(os.path.realpath(name))
        try:
            (top / ".git").mkdir()  # the root of a project may be told by it
            (top / inside).mkdir(parents=True, exist_ok=True)
            _write(version, "" if inside == "." else inside, top)
        except OSError as error:
            raise StatelintError(f"--new-since: {top} cannot be written: {error.strerror or error}") from error
        yield top


def _write(version: Version, inside: str, top: Path) -> None:
    blobs = [blob for blob in _blobs(version, inside) if _is_harmless(blob.path)]
    wanted = [blob for blob in blobs if blob.size <= _LARGEST and PurePosixPath(blob.path).suffix.lower() not in _NAMES_ALONE]
    for blob in set(blobs) - set(wanted):
        _file(top / blob.path, b"")
    # links last: a tree that was made by hand may have a name twice, and no file is to be written through a link
    for blob, content in _read(version.top, sorted(wanted, key=lambda blob: blob.mode == _LINK)):
        if blob.mode == _LINK:
            _link(top, blob.path, os.fsdecode(content))
        else:
            _file(top / blob.path, content)


def _read(top: Path, blobs: Iterable[_Blob]) -> Iterator[tuple[_Blob, bytes]]:
    """Return objects with their content, in their order, of which no more than a part is in memory at once."""
    part: list[_Blob] = []
    for blob in blobs:
        if len(part) == _MOST_AT_ONCE or sum(one.size for one in part) + blob.size > _LARGEST_AT_ONCE:
            yield from zip(part, _contents(top, [one.name for one in part]), strict=True)
            part = []
        part.append(blob)
    yield from zip(part, _contents(top, [one.name for one in part]), strict=True)


def _file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def _link(top: Path, path: str, target: str) -> None:
    """Make a link, unless it leads out of the version."""
    landing = os.path.normpath(os.path.join(top, os.path.dirname(path), target))  # noqa: PTH118, PTH120 - text, the disk is not asked
    if os.path.isabs(target) or not Path(landing).is_relative_to(top):  # noqa: PTH117 - as above
        return
    parent = (top / path).parent
    if not Path(os.path.realpath(parent)).is_relative_to(top) or os.path.lexists(top / path):  # by way of a link that was made before
        return
    parent.mkdir(parents=True, exist_ok=True)
    (top / path).symlink_to(target)


def _is_harmless(path: str) -> bool:
    """Tell whether a path stays below the folder and off git's own: trees can be made by hand."""
    parts = path.split("/")
    return not any(
        part in ("", ".", "..") or part.lower() == ".git" or (os.name == "nt" and set(part) & set('\\:*?"<>|')) for part in parts
    )


def _blobs(version: Version, inside: str) -> Iterator[_Blob]:
    listed = _git(version.top, "ls-tree", "-r", "-z", "-l", "--full-tree", version.commit, "--", *([inside] if inside else []))
    for entry in listed.split(b"\0"):
        head, tab, path = entry.partition(b"\t")
        if tab:
            mode, kind, name, size = head.decode().split()
            if kind == "blob" and mode in (_FILE, _EXECUTABLE, _LINK):
                yield _Blob(mode, name, int(size), os.fsdecode(path))


def _contents(top: Path, names: Iterable[str]) -> Iterator[bytes]:
    """Return the content of objects, in their order, as they are stored."""
    answer = _git(top, "cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        words = answer[at:end].split()
        if len(words) != len(("name", "type", "size")):
            raise StatelintError(f"--new-since: git lacks the object {words[0].decode('ascii', 'replace')}", help="fetch it, and try again")
        size = int(words[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _try(folder: Path, *arguments: str) -> bytes | None:
    """Run git for an answer that may not be there."""
    done = _run(folder, arguments)
    return done.stdout if done.returncode == 0 and done.stdout.strip() else None


def _git(folder: Path, *arguments: str, given: bytes = b"", failing: str = "--new-since: git failed") -> bytes:
    done = _run(folder, arguments, given)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit status {done.returncode}"]
        reason = next((line for line in said if line.startswith("fatal: ")), said[0]).removeprefix("fatal: ")
        raise StatelintError(f"{failing}: {reason}", help="run `git status` there to see what git wants")
    return done.stdout


def _run(folder: Path, arguments: tuple[str, ...], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _OF_THE_CALLER}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_REPLACE_OBJECTS": "1"}
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", *arguments]
    try:
        return subprocess.run(command, input=given, env=environment, capture_output=True, check=False)
    except OSError as error:
        raise StatelintError(f"--new-since: git cannot be run: {error.strerror or error}", help="install git, or use --baseline") from error
