"""Units of a batch on dask: networks sent to each worker once, units sent as workers are free. Needs dask.distributed."""

# mypy: disallow-untyped-calls=False, disallow-any-generics=False
# Dask is typed in parts only.
from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

import distributed
from distributed.client import FutureCancelledError
from distributed.comm.core import connect
from distributed.utils import get_mp_context

from corridors.batch.units import answer_or_error
from corridors.errors import ClusterError
from corridors.manifest import versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from corridors.batch.units import Answer, Ground, Unit, Work
    from corridors.errors import ToolkitError

log = logging.getLogger(__name__)

_WAIT_S: Final = 30
#: Units under way for each worker, so that none is idle while the next network is being laid.
_AHEAD: Final = 2


class KeptGround(distributed.WorkerPlugin):
    """A ground that is sent to each worker once, to those that join later too, and unpacked where it is first needed."""

    def __init__(self, ground: Ground) -> None:
        """Pack the ground for the way."""
        self.name = kept_name(ground.key)
        self._kept: Ground | bytes = pickle.dumps(ground, protocol=pickle.HIGHEST_PROTOCOL)

    def setup(self, worker: distributed.Worker) -> None:  # noqa: ARG002 - dask's own signature
        """Make ready on a worker; unpacking waits for the first unit, so that the worker is not deaf meanwhile."""
        self._unpacking = threading.Lock()

    def ground(self) -> Ground:
        """Return the ground, unpacked once however many threads ask."""
        with self._unpacking:
            if isinstance(self._kept, bytes):
                ground: Ground = pickle.loads(self._kept)  # noqa: S301 - packed by ourselves
                self._kept = ground
            return self._kept


def kept_name(key: str) -> str:
    """Return the name under which a worker keeps a ground."""
    return f"corridors-ground-{key}"


def answer_kept(key: str, unit: Unit) -> pd.DataFrame | ToolkitError:
    """Answer a unit on the ground that this worker keeps."""
    kept = cast("KeptGround", distributed.get_worker().plugins[kept_name(key)])
    return answer_or_error(kept.ground(), unit)


@contextmanager
def own_workers(workers: int) -> Iterator[distributed.Client]:
    """Start workers on this machine, each a spawned process of one thread, until the end of the block."""
    if get_mp_context().get_start_method() == "fork":
        raise ClusterError(
            "dask is configured to fork its workers, which compiled code does not survive; "
            "set distributed.worker.multiprocessing-method to spawn"
        )
    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, memory_limit=0,
            dashboard_address="127.0.0.1:0", silence_logs=logging.ERROR,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):  # fmt: skip
        yield client


@contextmanager
def workers_at(scheduler: str) -> Iterator[distributed.Client]:
    """Connect to the workers of a running scheduler."""
    try:
        # A client that fails to start is closed by the garbage collector, wherever it then happens to run; inside the start of
        # another it waits for itself for ever. So the address is tried before there is a client.
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, _knock(scheduler)).result()
        client = distributed.Client(scheduler, timeout=_WAIT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"the scheduler {scheduler} does not answer: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_WAIT_S)
        except TimeoutError as error:
            raise ClusterError(f"the scheduler {scheduler} has no worker") from error
        yield client


async def _knock(scheduler: str) -> None:
    """Connect to a scheduler and leave again."""
    security = distributed.Security().get_connection_args("client")
    comm = await connect(scheduler, timeout=_WAIT_S, **security)
    await comm.close()


def refuse_other_versions(client: distributed.Client) -> None:
    """Refuse workers with another version of the toolkit, and warn of other versions of what it rests on."""
    here = versions()
    try:
        there = client.run(versions)
    except ImportError as error:
        raise ClusterError(f"the workers lack the toolkit or a package that it needs: {error}") from error
    for worker, found in sorted(there.items()):
        if found["toolkit"] != here["toolkit"]:
            raise ClusterError(
                f"worker {worker} has version {found['toolkit']} of the toolkit, here it is {here['toolkit']}; "
                "results could differ"
            )
        other = [name for name, version in here["packages"].items() if found["packages"].get(name) != version]
        if other:
            log.warning("worker %s has other versions of %s; results could differ", worker, ", ".join(other))


def answers(client: distributed.Client, work: Iterable[Work]) -> Iterator[Answer]:
    """Send units as long as workers are free, and give answers as they come."""
    done = distributed.as_completed(loop=client.loop)
    waiting: dict[distributed.Future, tuple[str, Unit]] = {}
    left: Counter[str] = Counter()

    def received() -> Answer:
        future = next(done)
        key, unit = waiting.pop(future)
        left[key] -= 1
        if not left[key]:
            client.unregister_worker_plugin(kept_name(key))
        return unit, _result(future)

    for ground, units in work:
        if units:
            left[ground.key] += len(units)
            client.register_plugin(KeptGround(ground))
        for unit in units:
            future = client.submit(answer_kept, ground.key, unit, pure=False)
            waiting[future] = (ground.key, unit)
            done.add(future)
        while len(waiting) >= _AHEAD * max(len(client.nthreads()), 1):
            yield received()
    while waiting:
        yield received()


def _result(future: distributed.Future) -> pd.DataFrame | ToolkitError:
    try:
        answer: pd.DataFrame | ToolkitError = future.result()
    except distributed.KilledWorker:
        return ClusterError(
            "was given up, because every worker that took it was lost; had they enough memory?"
        )
    except FutureCancelledError as error:
        raise ClusterError(
            "the scheduler was lost; what was answered is kept, and a new run goes on from there"
        ) from error
    return answer
