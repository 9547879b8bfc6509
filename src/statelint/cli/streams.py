"""The standard streams, which may be closed, full, or without a reader."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Final, NoReturn

from statelint.errors import StatelintError

_FULL: Final = frozenset({errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)})


class _Closed(io.TextIOBase):
    """Stands for a standard output that is closed: an error only where something is written."""

    encoding = "utf-8"

    def write(self, text: str, /) -> NoReturn:
        """Refuse."""
        raise StatelintError(f"standard output is closed, and {len(text)} characters were to be written there")


def prepare() -> None:
    """Put something in the place of closed streams, so that no file that is opened later takes their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = _Closed()  # None where it is closed
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - to the end


def is_full(error: OSError) -> bool:
    """Whether an error is that of a stream, which has no name, that takes no more."""
    return error.filename is None and error.errno in _FULL


def drop(number: int) -> None:
    """Send what is left for a stream to nowhere, so that nothing complains of it at exit."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)
