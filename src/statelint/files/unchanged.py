"""Whether the file system would give the answers again that a run has had."""

from __future__ import annotations

import os
import stat
import time

from statelint.files.digest import digest
from statelint.files.read import UnreadableError, head_of
from statelint.files.seen import TICK, File, Inputs, failed, kind_of, listing, mark_of


def unchanged(inputs: Inputs) -> Inputs | str:
    """Ask everything again: the inputs, with the times of files as they are now, or the first path for which the answer differs."""
    began = time.time_ns()
    for path, kind in inputs.kinds:
        if kind_of(path) != kind:
            return path
    for path, real in inputs.links:
        if os.path.realpath(path) != real:
            return path
    for path, listed in inputs.folders:
        if _listed(path) != listed:
            return path
    files = _same_files(inputs)
    if isinstance(files, str) or files is inputs.files:
        return files if isinstance(files, str) else inputs
    return Inputs(began, files, inputs.folders, inputs.kinds, inputs.links)


def _listed(path: str) -> bytes:
    try:
        with os.scandir(path) as scan:
            return listing(scan)
    except OSError as error:
        return failed(error)


def _same_files(inputs: Inputs) -> tuple[File, ...] | str:
    """Return the files with what tells them now, the very same tuple where nothing is new; the path of the first that has changed."""
    settled = inputs.began - TICK
    lstat, renewed = os.lstat, {}
    for number, file in enumerate(inputs.files):
        try:
            about = lstat(file.path)
        except (OSError, ValueError):
            if file.mark:
                return file.path
            continue
        mark = mark_of(about)
        if mark == file.mark and mark[2] < settled and mark[3] < settled:
            continue
        if not file.digest or not stat.S_ISREG(about.st_mode) or _content(file) != file.digest:
            return file.path
        renewed[number] = File(file.path, file.most, mark, file.digest)
    if not renewed:
        return inputs.files
    return tuple(renewed.get(number, file) for number, file in enumerate(inputs.files))


def _content(file: File) -> bytes:
    """Return the digest of a file's content now; empty where it cannot be read."""
    try:
        return digest(head_of(file.path, file.most))
    except UnreadableError:
        return b""
