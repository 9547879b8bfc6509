"""Write files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

from statelint.errors import StatelintError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file's content in one step, through a neighbour; a link stays, its target is replaced, the mode is kept.

    Raises:
        StatelintError: it cannot be written; the old content is then untouched.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        if target.exists() and not target.is_file():  # a pipe or /dev/stdout: nothing to replace
            with target.open("wb") as stream:
                stream.write(content)
            return
        temporary.write_bytes(content)
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o7777)
        os.replace(temporary, target)  # noqa: PTH105 - also over an existing file on Windows, and plain to read
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StatelintError(f"{path}: cannot be written: {error.strerror or error}") from error
