"""Survey many files: from the cache where the content is known, else in this process or, when it pays, in several."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Final

import msgspec

from statelint.survey.cache import Summaries, content_key
from statelint.survey.module import survey
from statelint.survey.summary import ModuleSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statelint.cache import Store

_POOL_THRESHOLD: Final = 1_500_000
"""Bytes to parse below which starting processes costs more than it saves."""


def survey_files(
    contents: Mapping[str, bytes],
    *,
    store: Store | None,
    jobs: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, ModuleSummary]:
    """Return a summary for each path, in the given order; those that the store knows are taken from there."""
    cache = Summaries(store)
    keys = {path: content_key(content) for path, content in contents.items()}
    done: dict[str, ModuleSummary] = {}
    for path, key in keys.items():
        known = cache.get(key)
        if known is not None:
            done[path] = known
    missing = [path for path in contents if path not in done]
    for path, encoded in _survey_missing({path: contents[path] for path in missing}, jobs, progress, len(done), len(contents)):
        if isinstance(encoded, ModuleSummary):
            done[path] = encoded
            if store is not None:
                cache.put(keys[path], msgspec.msgpack.encode(encoded))
        else:
            done[path] = msgspec.msgpack.decode(encoded, type=ModuleSummary)
            cache.put(keys[path], encoded)
    cache.save()
    return {path: done[path] for path in contents}


def _survey_missing(
    contents: Mapping[str, bytes],
    jobs: int | None,
    progress: Callable[[str, int, int], None] | None,
    finished: int,
    total: int,
) -> Sequence[tuple[str, ModuleSummary | bytes]]:
    workers = min(jobs or os.cpu_count() or 1, 8)
    size = sum(map(len, contents.values()))
    if workers < 2 or (jobs is None and size < _POOL_THRESHOLD) or len(contents) < 2:
        found: list[tuple[str, ModuleSummary | bytes]] = []
        for path, content in contents.items():
            found.append((path, survey(content)))
            if progress is not None:
                progress("survey", finished + len(found), total)
        return found
    return _survey_parallel(contents, workers, progress, finished, total)


def _survey_parallel(
    contents: Mapping[str, bytes],
    workers: int,
    progress: Callable[[str, int, int], None] | None,
    finished: int,
    total: int,
) -> Sequence[tuple[str, ModuleSummary | bytes]]:
    """Workers give back encoded summaries: smaller than pickles, and what the cache keeps."""
    from concurrent.futures import as_completed  # noqa: PLC0415 - slow to import, seldom needed
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - as above

    from statelint.survey.workers import workers as pool_of  # noqa: PLC0415 - as above

    batches = _batches(contents, workers * 6)
    found: dict[str, ModuleSummary | bytes] = {}
    try:
        with pool_of(workers) as pool:
            pending = {pool.submit(_survey_batch, [contents[path] for path in batch]): batch for batch in batches}
            for future in as_completed(pending):
                found.update(zip(pending[future], future.result(), strict=True))
                if progress is not None:
                    progress("survey", finished + len(found), total)
    except BrokenProcessPool:  # somebody, or the machine for want of memory, has ended a worker: the rest is done here
        found |= {path: survey(content) for path, content in contents.items() if path not in found}
    return [(path, found[path]) for path in contents]


def _batches(contents: Mapping[str, bytes], number: int) -> list[list[str]]:
    """Split paths into batches of about the same number of bytes, the largest files first."""
    ordered = sorted(contents, key=lambda path: -len(contents[path]))
    batches: list[list[str]] = [[] for _ in range(min(number, len(ordered)))]
    sizes = [0] * len(batches)
    for path in ordered:
        smallest = sizes.index(min(sizes))
        batches[smallest].append(path)
        sizes[smallest] += len(contents[path])
    return batches


def _survey_batch(contents: list[bytes]) -> list[bytes]:
    gc.disable()
    return [msgspec.msgpack.encode(survey(content)) for content in contents]
