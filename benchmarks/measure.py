"""What every engine's jobs share: the work to do, the clock, and the line of JSON that a job ends with.

Standard library only: it runs in each peer's own environment.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Work:
    """The question, the same for every engine; ``work.json`` in the data folder."""

    date: str
    centres_window: tuple[str, str]
    points_window: tuple[str, str]
    cutoff_min: int = 45
    max_walk_min: int = 20
    max_transfer_min: int = 10
    walk_speed_kmh: float = 4.8
    max_time_min: int = 120
    max_direct_min: int = 40
    max_drive_min: int = 120

    @property
    def walk_limit_m(self) -> float:
        """Metres of the longest walk all the way."""
        return self.max_direct_min * 60 * self.walk_speed_kmh / 3.6

    @classmethod
    def read(cls, data: Path) -> Self:
        """Read the work that stands in a data folder."""
        found = json.loads((data / "work.json").read_text(encoding="utf-8"))
        found["centres_window"], found["points_window"] = (
            tuple(found["centres_window"]),
            tuple(found["points_window"]),
        )
        return cls(**found)

    def write(self, data: Path) -> None:
        """Write it there."""
        (data / "work.json").write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


@dataclass
class Timer:
    """Wall and CPU seconds of this process, both user and system."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def __enter__(self) -> Self:
        """Start."""
        self._started = (time.perf_counter(), time.process_time())
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.wall_s = time.perf_counter() - self._started[0]
        self.cpu_s = time.process_time() - self._started[1]


@dataclass(frozen=True)
class Given:
    """A job's arguments: the data folder, its work, and how many origins to answer for (None: all)."""

    data: Path
    work: Work
    origins: int | None

    def pick(self, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        """Rows spread evenly over the table: the origins of a job on a sample."""
        if self.origins is None or self.origins >= len(rows):
            return rows
        return [rows[i * len(rows) // self.origins] for i in range(self.origins)]

    def rows(self, name: str) -> list[dict[str, str]]:
        """Read a CSV table of the data folder."""
        with (self.data / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def keep_costs(given: Given, name: str, sources: list[dict[str, str]], found: list[dict[int, float]]) -> None:
    """Write what a search over a graph found, one dict of costs by junction for each source, for the comparison."""
    with (given.data / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("id", "node", "cost"))
        for source, costs in zip(sources, found, strict=True):
            table.writerows((source["id"], *pair) for pair in costs.items() if math.isfinite(pair[1]))


#: What a job returns: the timer of its measured part, and what it found.
Job = Callable[[Given], tuple[Timer, dict[str, Any]]]


def minute_of_day(clock: str) -> int:
    """Minutes since midnight of ``HH:MM``."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def window_minutes(window: tuple[str, str]) -> int:
    """How many departures a half-open window has."""
    return minute_of_day(window[1]) - minute_of_day(window[0])


def first_departure(window: tuple[str, str]) -> tuple[str, str]:
    """Window of the first departure alone."""
    end = minute_of_day(window[0]) + 1
    return window[0], f"{end // 60:02d}:{end % 60:02d}"


def _peak_mib() -> float:
    """Largest resident size of this process."""
    status = Path("/proc/self/status")
    if status.is_file():
        # getrusage would count the process that started this one, whose memory it had before it became itself.
        line = next(row for row in status.read_text(encoding="utf-8").splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_job(jobs: dict[str, Job]) -> None:
    """Run the job named on the command line and print its figures as one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=sorted(jobs))
    parser.add_argument("data", type=Path)
    parser.add_argument("--origins", type=int)
    given = parser.parse_args()
    with Timer() as whole:
        timer, found = jobs[given.job](Given(given.data, Work.read(given.data), given.origins))
    figures = {
        "wall_s": timer.wall_s,
        "cpu_s": timer.cpu_s,
        "process_wall_s": whole.wall_s,
        "peak_mib": _peak_mib(),
        **found,
    }
    print(json.dumps(figures))
