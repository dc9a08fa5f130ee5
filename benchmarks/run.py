"""Run this engine and its peers on the same work, and print how they compare.

    python benchmarks/run.py                     the made region: all engines, readers and searches
    python benchmarks/run.py --regions 4         four regions side by side: this engine alone
    python benchmarks/run.py --quick             a tenth of a region, to see that everything runs
    python benchmarks/run.py --real FEED --streets PBF --date 2023-06-13

Every job is a fresh process and is repeated; figures are medians. Peers are installed with pip, each into an environment
of its own under the data folder; after that nothing needs the network. Results go to results.json beside this file,
and with --readme into the table of README.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
from machine import describe_machine
from measure import Work
from metropolis import Plan, make
from report import markdown, write_into

HERE = Path(__file__).resolve().parent
PEERS = {
    "cafein": "0.29.0",
    "ferrobus": "0.2.1",
    "gtfs_kit": "13.0.1",
    "networkx": "3.6.1",
    "scipy": "1.17.1",
}
MADE_DAY = "2026-03-10"


@dataclass(frozen=True)
class Ask:
    """A job of an engine, and for how many origins (None: all)."""

    engine: str
    job: str
    origins: int | None = None


#: Peers answer for a sample of origins, sized so that a job takes about half a minute; costs are given per origin.
ASKS = (
    Ask("accessibility", "build"),
    Ask("accessibility", "network"),
    Ask("accessibility", "first_call"),
    Ask("accessibility", "compiling"),
    Ask("accessibility", "one_centres"),
    Ask("accessibility", "window_centres"),
    Ask("accessibility", "points_count"),
    Ask("accessibility", "points_jobs"),
    Ask("accessibility", "one_centres_streets"),
    Ask("accessibility", "window_centres_streets"),
    Ask("accessibility", "points_count_streets"),
    Ask("accessibility", "points_jobs_streets"),
    Ask("accessibility", "tables"),
    Ask("accessibility", "check"),
    Ask("accessibility", "street_walks"),
    Ask("accessibility", "street_kept"),
    Ask("accessibility", "street_cached"),
    Ask("accessibility", "walk"),
    Ask("accessibility", "drive"),
    Ask("cafein", "build"),
    Ask("cafein", "network"),
    Ask("cafein", "one_centres", 1000),
    Ask("cafein", "window_centres", 100),
    Ask("cafein", "points_count", 100),
    Ask("cafein", "points_jobs", 100),
    Ask("ferrobus", "build"),
    Ask("ferrobus", "one_centres", 1000),
    Ask("ferrobus", "window_centres", 50),
    Ask("ferrobus", "points_count", 6),
    Ask("gtfs_kit", "tables"),
    Ask("scipy", "walk", 100),
    Ask("scipy", "drive", 30),
    Ask("networkx", "walk", 40),
    Ask("networkx", "drive", 10),
)
#: Several made regions have streets each, but none between them.
ON_STREETS = {ask.job for ask in ASKS if ask.job.endswith("_streets") or ask.job.startswith("street_")} | {
    "walk",
    "drive",
}
#: What peers need and cannot make themselves; in no figure.
PREPARATION = (Ask("accessibility", "graphs"),)
_SEARCHES = (Ask("accessibility", "compare_walks"), Ask("accessibility", "compare_drives"))
#: Not figures but answers, by the peer that they are held against; in this order, each once.
COMPARISON = {
    "cafein": (
        Ask("accessibility", "walks"),
        Ask("cafein", "stop_times", 40),
        Ask("accessibility", "compare_stops"),
        Ask("accessibility", "compare_doors"),
        Ask("accessibility", "compare_doors_streets"),
    ),
    "gtfs_kit": (Ask("accessibility", "compare_reading"),),
    "scipy": _SEARCHES,
    "networkx": _SEARCHES,
}


def main() -> None:
    """Make or prepare the data, run every job, print and keep the figures."""
    given = _arguments()
    data = _real_data(given) if given.real else _made_data(given)
    pythons = {"accessibility": sys.executable}
    if given.regions == 1:
        pythons |= _peers(given.data, given.engines)
    chosen = [ask for ask in ASKS if ask.engine in pythons and ask.engine in given.engines]
    if given.regions > 1:
        chosen = [ask for ask in chosen if ask.job not in ON_STREETS]
    _prepare(chosen, pythons, data, given)
    results = {
        "machine": describe_machine(pythons),
        "work": asdict(Work.read(data)),
        "data": json.loads((data / "summary.json").read_text(encoding="utf-8"))["counts"],
        "repeats": given.repeats,
        "jobs": [found for ask in chosen for found in _repeated(ask, pythons, data, given)],
        "answers": _answers(pythons, data, given),
    }
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    table = markdown(results)
    print(table)
    if given.readme:
        write_into(HERE / "README.md", table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare this engine with its peers on the same work.")
    parser.add_argument(
        "--data", type=Path, default=HERE / ".data", help="folder for made data and environments"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--regions", type=int, default=1, help="regions side by side; peers run on one only")
    parser.add_argument("--quick", action="store_true", help="a tenth of a region, one repeat")
    parser.add_argument(
        "--whole-minutes", action="store_true", help="times in whole minutes: ties and hops of 0 s"
    )
    parser.add_argument(
        "--engines", nargs="+", default=["accessibility", *PEERS], choices=["accessibility", *PEERS]
    )
    parser.add_argument("--timeout", type=float, default=1200, help="seconds after which a job is given up")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    parser.add_argument(
        "--real", type=Path, help="a GTFS zip or folder to run on instead; with --streets and --date"
    )
    parser.add_argument("--streets", type=Path, help="its streets, OpenStreetMap PBF")
    parser.add_argument("--date", help="its service day, YYYY-MM-DD")
    given = parser.parse_args()
    if given.real and not (given.streets and given.date):
        parser.error("--real needs --streets and --date")
    if given.quick:
        given.repeats = 1
    return given


def _made_data(given: argparse.Namespace) -> Path:
    plan = Plan(regions=given.regions, share=0.1 if given.quick else 1.0, whole_minutes=given.whole_minutes)
    name = (
        f"regions-{plan.regions}"
        + ("-quick" if given.quick else "")
        + ("-minutes" if plan.whole_minutes else "")
    )
    data: Path = given.data / name
    make(data, plan)
    Work(MADE_DAY, ("07:00", "09:00"), ("07:00", "08:00")).write(data)
    return data


def _real_data(given: argparse.Namespace) -> Path:
    """Lay a real feed out like the made one: every stop among the streets is a point, thirty of them are centres."""
    data: Path = given.data / f"real-{given.real.stem}"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    if given.real.is_dir():
        shutil.copytree(given.real, data / "gtfs")
    else:
        with zipfile.ZipFile(given.real) as feed:
            feed.extractall(data / "gtfs", [name for name in feed.namelist() if "/" not in name])
    shutil.copyfile(given.streets, data / "streets.osm.pbf")
    stops = _served_stops(data)
    _write_rows(data / "points.csv", ("id", "lon", "lat", "jobs"), [(*stop, "1") for stop in stops])
    _write_rows(data / "centres.csv", ("id", "lon", "lat"), [stops[i * len(stops) // 30] for i in range(30)])
    counts = {"points": len(stops), "centres": 30}
    (data / "summary.json").write_text(json.dumps({"counts": counts}), encoding="utf-8")
    Work(given.date, ("07:00", "09:00"), ("07:00", "08:00")).write(data)
    return data


def _served_stops(data: Path) -> list[tuple[str, ...]]:
    """Id, longitude and latitude of the stops that trips call at, inside the extent of the streets."""
    _, bounds = pyogrio.read_bounds(data / "streets.osm.pbf", layer="points")
    west, south, east, north = bounds[0].min(), bounds[1].min(), bounds[2].max(), bounds[3].max()
    called = set(pd.read_csv(data / "gtfs" / "stop_times.txt", usecols=["stop_id"], dtype=str)["stop_id"])
    stops = pd.read_csv(data / "gtfs" / "stops.txt", dtype=str)
    inside = stops["stop_lon"].astype(float).between(west, east) & stops["stop_lat"].astype(float).between(
        south, north
    )
    kept = stops[inside & stops["stop_id"].isin(called)].sort_values("stop_id")
    return list(kept[["stop_id", "stop_lon", "stop_lat"]].itertuples(index=False, name=None))


def _write_rows(path: Path, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def _peers(data: Path, engines: list[str]) -> dict[str, str]:
    """Environments with the peers, made once; a peer that cannot be installed is left out and said."""
    pythons = {}
    for name, version in PEERS.items():
        if name not in engines:
            continue
        home = data / "environments" / f"{name}-{version}"
        python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if not (home / "installed").is_file():
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
            install = [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                f"{name}=={version}",
            ]
            if subprocess.run(install, check=False).returncode:
                print(f"{name} {version} could not be installed and is left out", file=sys.stderr)
                continue
            (home / "installed").touch()
        pythons[name] = str(python)
    return pythons


def _repeated(
    ask: Ask, pythons: dict[str, str], data: Path, given: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Run a job as often as asked and yield its medians; a job that fails or takes too long is yielded with the reason."""
    if given.quick and ask.origins:
        ask = replace(ask, origins=max(ask.origins // 10, 2))
    runs: list[dict[str, Any]] = []
    for repeat in range(given.repeats):
        print(f"{ask.engine} {ask.job} {repeat + 1}/{given.repeats}", file=sys.stderr, flush=True)
        run = _run(ask, pythons, data, given.timeout)
        if "failed" in run:
            yield {**asdict(ask), **run}
            return
        runs.append(run)
    medians = {name: statistics.median(run[name] for run in runs) for name in ("wall_s", "cpu_s", "peak_mib")}
    spread = {"wall_s_all": [run["wall_s"] for run in runs]}
    yield {**asdict(ask), **runs[-1], **medians, **spread}


def _prepare(chosen: list[Ask], pythons: dict[str, str], data: Path, given: argparse.Namespace) -> None:
    if any(ask.engine in ("scipy", "networkx") for ask in chosen):
        for ask in PREPARATION:
            _run(ask, pythons, data, given.timeout)


def _answers(pythons: dict[str, str], data: Path, given: argparse.Namespace) -> dict[str, Any]:
    if "accessibility" not in given.engines:
        return {}
    asks = dict.fromkeys(ask for peer, asks in COMPARISON.items() if peer in pythons for ask in asks)
    return {ask.job: _run(ask, pythons, data, given.timeout) for ask in asks}


def _run(ask: Ask, pythons: dict[str, str], data: Path, timeout_s: float) -> dict[str, Any]:
    command = [pythons[ask.engine], str(HERE / f"jobs_{ask.engine}.py"), ask.job, str(data)]
    command += ["--origins", str(ask.origins)] if ask.origins else []
    with tempfile.TemporaryDirectory() as empty:
        environment = os.environ | ({"NUMBA_CACHE_DIR": empty} if ask.job == "compiling" else {})
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=timeout_s, check=False, env=environment
            )
        except subprocess.TimeoutExpired:
            return {"failed": f"over {timeout_s:.0f} s"}
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return {"failed": (done.stderr.strip().splitlines() or ["without a word"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
