"""Find, read and validate the rule set; a compiled copy makes the second start fast."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.errors import StatelintError
from statelint.files import Reader, UnreadableError, seen
from statelint.files.read import MOST_SETTINGS
from statelint.rulebook.book import Rulebook, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

    from statelint.cache import Store

__all__ = ["COMPILED", "Rulebook", "compiled", "load_rulebook", "rules_folder"]
_KIND: Final = "rules"
"""Under which the cache keeps the compiled rule set."""
COMPILED: Final = "compiled.msgpack"
"""Of the wheel's rule set, beside its folders; `hatch_build.py` writes it."""


def rules_folder() -> Traversable:
    """Return the shipped rule set: inside the installed package, or in the checkout beside `src`."""
    here = Path(__file__)
    for folder in (here.parents[1] / "rules", here.resolve().parents[3] / "rules"):
        if folder.is_dir():
            return folder
    from importlib.resources import files  # noqa: PLC0415 - slow, and only a wheel that is not unpacked needs it

    packaged = files("statelint") / "rules"
    if packaged.is_dir():
        return packaged
    message = f"the rule set is neither at {packaged} nor at {here.resolve().parents[3] / 'rules'}; install statelint-web again"
    raise StatelintError(message)


def load_rulebook(extra: Iterable[Path] = (), store: Store | None = None) -> Rulebook:
    """Read the shipped rule set and the user's folders.

    A compiled copy of the very same files is taken, the one in the wheel or the one that `store` keeps, for which `store` may be None.

    Raises:
        StatelintError: a folder or file cannot be read, or is not what its place in the rule set says.
    """
    folder = rules_folder()
    sources = list(_sources(folder, extra))
    digest = _digest(sources)
    book = decoded(_shipped(folder), digest)
    if book is None and store is not None:
        book = decoded(store.read(_KIND, digest), digest)
    if book is not None:
        return book
    from statelint.rulebook.parse import parse  # noqa: PLC0415 - slow, and seldom needed

    book = parse(sources, digest)
    if store is not None:
        store.write(_KIND, digest, encoded(book))
    return book


def compiled() -> bytes:
    """Return the compiled copy of the shipped rule set, as it lies in the wheel at `COMPILED`."""
    from statelint.rulebook.parse import parse  # noqa: PLC0415 - slow, and seldom needed

    sources = list(_sources(rules_folder(), ()))
    return encoded(parse(sources, _digest(sources)))


def encoded(book: Rulebook) -> bytes:
    """Return a rule set as plain data: MessagePack, which is read into the same typed structs and can hold nothing else."""
    return book.digest.encode() + msgspec.msgpack.encode(book)


def decoded(content: bytes | None, digest: str) -> Rulebook | None:
    """Return a compiled rule set if it is one, and of the files that have this digest."""
    if content is None or not content.startswith(digest.encode()):
        return None
    try:
        return msgspec.msgpack.decode(memoryview(content)[len(digest) :], type=Rulebook)
    except (msgspec.DecodeError, RecursionError):
        return None


def _shipped(folder: Traversable) -> bytes | None:
    """Return what the build has compiled; nothing in a checkout, where rules are edited."""
    try:
        return (folder / COMPILED).read_bytes()
    except (OSError, KeyError):  # the second where the wheel is not unpacked
        return None


def _sources(shipped: Traversable, extra: Iterable[Path]) -> Iterator[Source]:
    """Yield every rule file, sorted within its folder."""
    for group, name, content in _installed(shipped) if isinstance(shipped, Path) else _zipped(shipped):
        yield Source(group, f"rules/{group}/{name}", content, is_shipped=True)
    for folder in extra:
        if not seen.is_folder(os.fspath(folder)):
            message = f"extend-rules: {folder} is not a folder"
            raise StatelintError(message, help="name a folder of rule files, laid out as <item>/<name>.toml")
        reader = Reader(folder)
        for inner in seen.names_in(os.fspath(folder)):
            seen.names_in(os.fspath(folder / inner))
        for group, name, _ in _files(folder):
            shown = f"{folder}/{group}/{name}"
            try:
                yield Source(group, shown, reader.read(f"{group}/{name}", MOST_SETTINGS), is_shipped=False)
            except UnreadableError as error:
                raise StatelintError(f"extend-rules: {shown}: cannot be read: {error}") from error


def _installed(root: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield the folder, name and content of every rule file; each start reads them all, so without an object for each path."""
    with os.scandir(root) as scan:
        groups = sorted((entry.name, entry.path) for entry in scan if entry.is_dir())
    for group, folder in groups:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 - as above
            if name.endswith(".toml"):
                with open(f"{folder}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - as above
                    yield group, name, file.readall()


def _zipped(root: Traversable) -> Iterator[tuple[str, str, bytes]]:
    for group, name, entry in _files(root):
        yield group, name, entry.read_bytes()


def _files(root: Traversable | Path) -> Iterator[tuple[str, str, Traversable | Path]]:
    """Yield the folder, name and path of everything that is called as a rule file, sorted."""
    for group in sorted((entry for entry in root.iterdir() if entry.is_dir()), key=lambda entry: entry.name):
        for entry in sorted(group.iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".toml"):
                yield group.name, entry.name, entry


def _digest(sources: list[Source]) -> str:
    state = hashlib.blake2b(digest_size=16)
    for source in sources:
        state.update(f"{source.group}\0{source.shown}\0{len(source.content)}\0".encode())
        state.update(source.content)
    return state.hexdigest()
