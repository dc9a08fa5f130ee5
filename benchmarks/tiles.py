"""What a question to a large region holds in memory, put as a whole and put tile by tile.

    python benchmarks/run.py --regions 4 --data benchmarks/.data     makes the region
    python benchmarks/tiles.py FOLDER                                the made region's folder: gtfs/ and points.csv

Jobs within 45 minutes and jobs for each competing resident, all points to all points, an hour of departures. Each way is a
process of its own; the peak is counted from when the network stands (Linux alone can tell). The answers must be the same.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import hashlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd

import accessibility as acc

_DATE = "2026-03-10"


def main() -> None:
    """Ask both ways and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most-destinations", type=int, default=10_000)
    parser.add_argument("--answer", choices=("whole", "tiled"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.answer:
        answer(asked.folder, asked.answer, asked.most_destinations)
        return
    print("| the question | network, MiB | peak of the question, MiB | CPU s | wall s |")
    print("| --- | --- | --- | --- | --- |")
    told = set()
    for way in ("whole", "tiled"):
        words = [sys.executable, __file__, str(asked.folder), "--answer", way]
        words += ["--most-destinations", str(asked.most_destinations)]
        found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        told.add(found["answer"])
        print(
            f"| {way} | {found['network']:,.0f} | {found['peak']:,.0f} | {found['cpu']:.0f} | {found['wall']:.0f} |"
        )
    if len(told) != 1:
        raise SystemExit("the whole and the tiles gave different answers")


def answer(folder: Path, way: str, most: int) -> None:
    """Lay the network, forget what that took, ask, and print the figures as JSON."""
    network = acc.build_network(acc.read_timetable(folder / "gtfs", date=_DATE), crs="EPSG:27700")
    table = pd.read_csv(folder / "points.csv")
    places = gpd.points_from_xy(table["lon"], table["lat"])
    points = gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=places, crs="EPSG:4326")
    measures: list[acc.Reachable | acc.PerCompetitor | acc.TimeToNth] = [
        acc.Reachable("jobs_within", "jobs", acc.Within(45)),
        acc.PerCompetitor("jobs_per_resident", "jobs", "residents", acc.Within(45)),
    ]
    window = ("07:00", "08:00")
    standing = forget()
    began, before = time.monotonic(), used()
    if way == "whole":
        found = acc.opportunity_measures(network, points, points, measures, window=window, max_time_min=45)
    else:
        found = acc.tiled_opportunity_measures(
            network, points, points, measures, window=window, max_time_min=45, most_destinations=most
        )
    figures = {
        "network": standing,
        "peak": resident("VmHWM"),
        "cpu": used() - before,
        "wall": time.monotonic() - began,
        "answer": hashlib.sha256(found.round(6).to_csv().encode()).hexdigest(),
    }
    print(json.dumps(figures))


def used() -> float:
    """CPU seconds of this process."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime


def resident(what: str) -> float:
    """MiB of this process, now (``VmRSS``) or at most (``VmHWM``)."""
    (line,) = [
        row
        for row in Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        if row.startswith(what)
    ]
    return int(line.split()[1]) / 1024


def forget() -> float:
    """Give back what is free, start the peak anew, and say what is held."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    return resident("VmRSS")


if __name__ == "__main__":
    main()
