"""How much sooner a long batch is answered by two dask workers than by one, on this machine.

    python benchmarks/cluster.py                          # 96 stations of the sample, four to a unit
    python benchmarks/cluster.py --stations 48 --rounds 5

The units of one batch, both directions, today's timetable: laid once here, then answered by one worker and by two in turn,
each time by workers started anew. Every worker is one process of one thread; a first unit each, outside the clock, compiles
the search and unpacks the network. All answers must be the same. Needs the extra `cluster`.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from corridors.batch.dask_runner import answers, own_workers
from corridors.batch.run import run_batch
from corridors.sample import sample_study
from corridors.study import load_study

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corridors.batch.units import Answer, Work


class _Laid(Exception):  # noqa: N818 - no error: the work is what was wanted
    """The work of a batch, before anyone has answered it."""


def main() -> None:
    """Time both and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stations", type=int, default=96)
    parser.add_argument("--stations-per-unit", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    work = laid(asked.stations, asked.stations_per_unit)
    took: dict[int, list[float]] = {1: [], 2: []}
    told = set()
    for _ in range(asked.rounds):
        for workers, times in took.items():
            seconds, answer = timed(work, workers)
            times.append(seconds)
            told.add(answer)
    if len(told) != 1:
        raise SystemExit("one worker and two gave different answers")
    units = sum(len(list(part)) for _, part in work)
    print("| stations | units | one worker, s | two workers, s | ratio of medians |")
    print("| --- | --- | --- | --- | --- |")
    one, two = (" ".join(f"{seconds:.1f}" for seconds in took[workers]) for workers in took)
    ratio = statistics.median(took[1]) / statistics.median(took[2])
    print(f"| {asked.stations} | {units} | {one} | {two} | {ratio:.2f} |")


def laid(stations: int, together: int) -> list[Work]:
    """Lay the units of a batch of the sample's stations, and answer none."""
    laid_out: list[Work] = []

    def keep(work: Iterable[Work]) -> Iterator[Answer]:
        laid_out.extend((ground, list(units)) for ground, units in work)
        raise _Laid
        yield  # pragma: no cover - what makes this an iterator

    study = load_study(sample_study())
    table = pd.read_csv(sample_study().parent / "boundaries" / "stations.csv").head(stations)
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "stations.csv"
        table[["station_id", "name", "lon", "lat"]].to_csv(listed, index=False)
        try:
            run_batch(
                study, out=Path(folder) / "out", stations=listed, scenarios=["today"],
                answerer=keep, stations_per_unit=together,
            )  # fmt: skip
        except _Laid:
            return laid_out
    raise SystemExit("the batch found nothing to answer")


def timed(work: list[Work], workers: int) -> tuple[float, str]:
    """Answer all units by so many workers; say the seconds, and the answers as one text."""
    with own_workers(workers) as client:
        ground, units = work[0]
        list(answers(client, [(ground, list(units)[: 2 * workers])]))
        began = time.monotonic()
        told = list(answers(client, iter(work)))
        seconds = time.monotonic() - began
    parts = sorted((repr(unit), answer.to_csv()) for unit, answer in told if isinstance(answer, pd.DataFrame))
    return seconds, "\n".join(chain.from_iterable(parts)) + str(len(told))


if __name__ == "__main__":
    main()
