"""Pieces of work in threads, for compiled rooms that let go of the interpreter's lock."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
#: Called with the share of the work that is done, 0 to 1.
Progress = Callable[[float], None]


def thread_count() -> int:
    """Count the threads this process may keep busy.

    As many as it has processors (Windows and macOS tell only how many there are), and at most ``OMP_NUM_THREADS``, by
    which clusters and batch systems tell a process how many are its own.
    """
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    own = int(allowed) if allowed.isdecimal() and int(allowed) > 0 else sys.maxsize
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(max(here or 1, 1), own)


def in_threads(
    work: Callable[[T], R], items: Iterable[T], *, progress: Progress | None = None, total: int = 0
) -> Iterator[R]:
    """Do pieces of work in threads, a few ahead of the reader, and give the results in order."""
    threads = thread_count()
    waiting: deque[Future[R]] = deque()
    done = 0
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
                    done += 1
                    _tell(progress, done, total)
            while waiting:
                yield waiting.popleft().result()
                done += 1
                _tell(progress, done, total)
        finally:
            for future in waiting:
                future.cancel()


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None and total:
        progress(min(done / total, 1.0))
