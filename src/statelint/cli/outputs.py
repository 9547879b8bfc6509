"""Which formats are asked for, and where each report goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from statelint.errors import StatelintError
from statelint.files import write_whole
from statelint.report import FORMATS
from statelint.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence


class Output(msgspec.Struct, frozen=True):
    """One report: a format, and the file that it is written to; None is standard output."""

    format: str
    file: Path | None


def outputs(formats: Sequence[str], files: Sequence[str], default: str) -> tuple[Output, ...]:
    """Pair formats and files: `NAME:FILE` is a pair; the files of `-o` belong to the last formats without one, in their order.

    Raises:
        StatelintError: an unknown format, more files than formats, or two reports for standard output.
    """
    formats = formats or (default,)
    bare = [number for number, text in enumerate(formats) if ":" not in text]
    if len(files) > len(bare):
        raise StatelintError(f"-o {files[len(bare)]}: no format is left for it", help="give each its own: --output-format FORMAT:FILE")
    given = dict(zip(bare[len(bare) - len(files) :], files, strict=True))
    found = []
    for number, text in enumerate(formats):
        name, colon, file = text.partition(":")
        if name not in FORMATS:
            message = f"--output-format: unknown format {name!r}{did_you_mean(name, FORMATS)}"
            raise StatelintError(message, help=f"choose one of {', '.join(FORMATS)}")
        if colon and not file:
            raise StatelintError(f"--output-format: {text!r} names no file", help=f"write `{name}:FILE`")
        target = file or given.get(number, "-")
        found.append(Output(name, None if target == "-" else Path(target)))
    shown = [output.format for output in found if output.file is None]
    if len(shown) > 1:
        message = f"{' and '.join(shown)} cannot both go to standard output"
        raise StatelintError(message, help=f"give one of them a file: --output-format {shown[1]}:FILE")
    return tuple(found)


def deliver(output: Output, text: str, root: Path) -> None:
    """Write one report about the project at `root`.

    Raises:
        StatelintError: its file cannot be written.
    """
    if output.file is not None:
        write_whole(output.file, text.encode("utf-8", "backslashreplace"), root=root)
    else:
        show(text)


def show(text: str) -> None:
    """Write to standard output what its encoding can say, the rest as escapes."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
