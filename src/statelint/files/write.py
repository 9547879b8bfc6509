"""Write files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from statelint.errors import StatelintError
from statelint.files.links import leads_out


def write_whole(path: Path, content: bytes, *, root: Path | None = None) -> None:
    """Replace a file's content in one step, through a neighbour; a link stays, its target is replaced, the mode is kept.

    A path in the folder `root`, whose links somebody else may have made, is not written where a link leads out of it.

    Raises:
        StatelintError: it cannot be written; the old content is then untouched.
    """
    if root is not None and leads_out(path, root):
        raise StatelintError(f"{path}: a link leads out of the project, so nothing is written", help="name the file that is meant itself")
    try:
        target = Path(os.path.realpath(path))
        temporary = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.tmp")
        if target.exists() and not target.is_file():  # a pipe or /dev/stdout: nothing to replace
            with target.open("wb") as stream:
                stream.write(content)
            return
        _replace(temporary, target, content)
    except OSError as error:
        raise StatelintError(f"{path}: cannot be written: {error.strerror or error}") from error


def _replace(temporary: Path, target: Path, content: bytes) -> None:
    """Write the neighbour and put it in the target's place; whatever comes between, a signal too, leaves no neighbour behind."""
    try:
        temporary.write_bytes(content)
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o7777)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
