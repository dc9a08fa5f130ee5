"""Answering the units of a batch in several processes of this machine.

Each process is spawned, because the engine's threads do not survive a fork, and takes its share of the processors. A
network is written to a temporary file once and read once by every process that answers on it.
"""

from __future__ import annotations

import functools
import os
import pickle
import tempfile
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from corridors.batch.units import Ground, answer_or_error
from corridors.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.sharedctypes import Synchronized

    import pandas as pd

    from corridors.batch.units import Answer, Answerer, Unit, Work
    from corridors.errors import ToolkitError

#: Units that wait ahead of each process; more would only let networks pile up on disk.
_AHEAD = 2


def answer_in_processes(jobs: int) -> Answerer:
    """Make what answers units in several processes at once.

    Parameters
    ----------
    jobs
        How many. Each holds one network in memory.

    Returns
    -------
        Its answers are those of `corridors.batch.units.answer_here`, in the order in which they come. It raises OutputError
        when a process dies, most likely for want of memory; what is finished until then is given before.
    """
    return functools.partial(_answer, jobs=jobs)


def _answer(work: Iterable[Work], *, jobs: int) -> Iterator[Answer]:
    spawn = get_context("spawn")
    turn = spawn.Value("i", 0)
    with (
        tempfile.TemporaryDirectory(prefix="corridors-") as folder,
        ProcessPoolExecutor(jobs, spawn, initializer=_take_share, initargs=(turn, jobs)) as pool,
    ):
        try:
            yield from _shared_out(pool, work, Path(folder), ahead=jobs * _AHEAD)
        except BrokenProcessPool as error:
            raise OutputError(
                "a process that answered units has died, most likely for want of memory; try fewer --jobs"
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _shared_out(
    pool: ProcessPoolExecutor, work: Iterable[Work], folder: Path, *, ahead: int
) -> Iterator[Answer]:
    """Hand out units a few ahead, and give the answers as they come."""
    waiting: dict[Future[pd.DataFrame | ToolkitError], Unit] = {}
    for ground, units in work:
        path = folder / f"{ground.key}.pickle"
        try:
            path.write_bytes(pickle.dumps(ground, protocol=pickle.HIGHEST_PROTOCOL))
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
        for unit in units:
            waiting[pool.submit(_answer_one, str(path), unit)] = unit
            if len(waiting) >= ahead:
                yield from _finished(waiting)
    while waiting:
        yield from _finished(waiting)


def _finished(waiting: dict[Future[pd.DataFrame | ToolkitError], Unit]) -> Iterator[Answer]:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        yield waiting.pop(future), future.result()


def _answer_one(path: str, unit: Unit) -> pd.DataFrame | ToolkitError:
    return answer_or_error(_ground(path), unit)


@functools.lru_cache(maxsize=1)
def _ground(path: str) -> Ground:
    """Read a network once in each process; the file is this program's own and of this very run."""
    ground = pickle.loads(Path(path).read_bytes())  # noqa: S301
    assert isinstance(ground, Ground)  # noqa: S101
    return ground


def _take_share(turn: Synchronized[int], jobs: int) -> None:
    """Keep a process to its share of the processors where the system can, so that the processes' threads do not crowd."""
    if not hasattr(os, "sched_setaffinity"):
        return
    with turn.get_lock():
        number, turn.value = turn.value, turn.value + 1
    mine = sorted(os.sched_getaffinity(0))
    each = max(1, len(mine) // jobs)
    os.sched_setaffinity(0, {mine[(number * each + further) % len(mine)] for further in range(each)})
