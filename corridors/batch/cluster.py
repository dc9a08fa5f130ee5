"""A batch on several processes or machines by dask.distributed: the same units, the same bytes.

A worker is one process; compiled code that has run in threads does not survive a fork, so local workers are spawned. Each
network travels to each worker once. The units of a worker that is lost go to the others.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from corridors.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corridors.batch.units import Answerer

_INSTALL: Final = (
    "a batch on a cluster needs dask.distributed, which is not installed: "
    'pip install "inclusive-growth-corridors[cluster]"'
)


@contextmanager
def answering_on(scheduler: str | None = None, *, workers: int | None = None) -> Iterator[Answerer]:
    """Answer the units of a batch on a cluster.

    Parameters
    ----------
    scheduler
        Address of a running scheduler, such as ``tcp://10.0.0.1:8786``. Its workers need this toolkit in this version;
        give each one thread and as many processes as there are processors. Such a connection is neither encrypted nor
        closed to others unless dask is configured so (``tls://``).
    workers
        Instead of an address: how many processes of one thread to start on this machine until the end of the block.

    Yields
    ------
    Answerer
        What `corridors.batch.run.run_batch` takes.

    Raises
    ------
    ClusterError
        In one sentence: dask is not installed, the scheduler does not answer or has no worker, a worker has another
        version of the toolkit, or the scheduler is lost on the way.
    """
    try:
        from corridors.batch import dask_runner  # noqa: PLC0415 - dask is an extra
    except ModuleNotFoundError as error:
        raise ClusterError(_INSTALL) from error
    if scheduler is not None and workers is None:
        connection = dask_runner.workers_at(scheduler)
    elif workers is not None and workers >= 1 and scheduler is None:
        connection = dask_runner.own_workers(workers)
    else:
        raise ClusterError("name either the address of a scheduler or a number of workers, 1 or more")
    with connection as client:
        dask_runner.refuse_other_versions(client)
        yield partial(dask_runner.answers, client)
