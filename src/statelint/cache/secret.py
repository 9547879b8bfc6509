"""The user's secret, without which nobody makes a result that is believed."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

NAME: Final = "key"
_BYTES: Final = 32
_FLAGS: Final = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))


def secret(folder: Path, *, make: bool = False) -> bytes | None:
    """Return the secret that lies in a folder; None where there is none that can be trusted, and none is made."""
    known = _read(folder / NAME)
    if known is not None or not make:
        return known
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder / NAME)
    return _read(folder / NAME)


def _read(path: Path) -> bytes | None:
    """Read the secret if it is this user's own and nobody else can read or change it."""
    try:
        descriptor = os.open(path, _FLAGS)
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode) or not _is_private(about):
                return None
            found = file.read(_BYTES + 1)
    except OSError:
        return None
    return found if len(found) == _BYTES else None


def _is_private(about: os.stat_result) -> bool:
    return os.name == "nt" or (about.st_uid == os.geteuid() and not about.st_mode & 0o077)


def _write(path: Path) -> None:
    """Make a secret unless another run has just made one; what cannot be used is replaced."""
    import secrets  # noqa: PLC0415 - once for each user
    import tempfile  # noqa: PLC0415 - as above

    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")  # readable for the user alone
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        try:
            os.link(temporary, path)  # fails where there is one, in one step
        except OSError:
            if _read(path) is None:
                os.replace(temporary, path)
    finally:
        with suppress(OSError):
            os.unlink(temporary)
