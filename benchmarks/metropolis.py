"""A made metropolitan region, from a seed: a day of public transport as GTFS, streets, points and centres.

One region at full size has about 12,000 stops, 60,000 trips, 435 patterns and 1.6 million stop times, 10,000 points with
residents and jobs, 30 centres and 132,000 street nodes. Several regions lie side by side in a square, joined by rail.
It is nobody's region: it stands on the British National Grid only so that distances are taken there.

    python benchmarks/metropolis.py FOLDER [--regions 4] [--share 0.1] [--whole-minutes] [--seed 7]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
from line_plan import Line, region_lines, trunk_lines
from osm_pbf import write_pbf
from pyproj import Transformer
from street_grid import Floats, scatter, street_grid
from timetabling import Trips, schedule

ORIGIN_M = (400_000.0, 280_000.0)
FULL_HALF_WIDTH_M = 17_000.0
SERVICE = ("20260105", "20261218")


@dataclass(frozen=True)
class Plan:
    """What to make; `share` scales one region's area with everything in it, densities unchanged."""

    seed: int = 7
    regions: int = 1
    share: float = 1.0
    whole_minutes: bool = False

    @property
    def half_width_m(self) -> float:
        """Half the side of one region."""
        return FULL_HALF_WIDTH_M * float(np.sqrt(self.share))

    def count(self, full: int, *, least: int = 1) -> int:
        """How many of something one region has, given how many it has at full size."""
        return max(least, round(full * self.share))

    def middle_m(self, region: int) -> Floats:
        """Middle of a region in a square of regions."""
        side = int(np.ceil(np.sqrt(self.regions)))
        return np.array([region % side, region // side]) * 2 * self.half_width_m


@dataclass(frozen=True, eq=False)
class Places:
    """Points in metres, with residents and jobs."""

    xy: Floats
    residents: npt.NDArray[np.int64]
    jobs: npt.NDArray[np.int64]


def make(folder: Path, plan: Plan) -> dict[str, int]:
    """Write the region(s) into a folder, unless the same plan already stands there.

    Parameters
    ----------
    folder
        Gets ``gtfs/``, ``points.csv``, ``centres.csv``, ``streets.osm.pbf`` and, last, ``summary.json``.
    plan
        What to make. Equal plans give equal bytes.

    Returns
    -------
    dict
        Counts, as in ``summary.json``.
    """
    stamp = folder / "summary.json"
    if stamp.is_file():
        summary = json.loads(stamp.read_text(encoding="utf-8"))
        if summary["plan"] == asdict(plan):
            return dict(summary["counts"])
        stamp.unlink()
    (folder / "gtfs").mkdir(parents=True, exist_ok=True)
    regions = [_hubs_and_lines(plan, region) for region in range(plan.regions)]
    hubs = [hub for hub, _ in regions]
    lines = [line for _, some in regions for line in some]
    lines += trunk_lines([hub[0] for hub in hubs])
    trips = schedule(
        lines,
        np.random.default_rng([plan.seed, 1]),
        trips=plan.count(60_000) * plan.regions,
        whole_minutes=plan.whole_minutes,
    )
    _write_gtfs(folder / "gtfs", lines, trips)
    centres = np.concatenate([hub[: plan.count(30, least=5)] for hub in hubs])
    _write_centres(folder / "centres.csv", centres)
    places = _places(plan, centres)
    _write_points(folder / "points.csv", places)
    street_nodes = _write_streets(folder / "streets.osm.pbf", plan)
    counts = {
        "stops": len({stop for line in lines for stop in line.all_stops()}),
        "lines": len(lines),
        "patterns": sum(len(line.directions) for line in lines),
        "trips": len(trips.line),
        "stop_times": len(trips.stop),
        "points": len(places.xy),
        "centres": len(centres),
        "street_nodes": street_nodes,
    }
    stamp.write_text(json.dumps({"plan": asdict(plan), "counts": counts}, indent=2) + "\n", encoding="utf-8")
    return counts


def _hubs_and_lines(plan: Plan, region: int) -> tuple[Floats, list[Line]]:
    rng = np.random.default_rng([plan.seed, 0, region])
    hubs = _spread(plan.count(580, least=12), rng, half_width_m=plan.half_width_m)
    lines = region_lines(
        hubs, rng, prefix=f"r{region}", bus=plan.count(205, least=6), rail=plan.count(10), tram=plan.count(3)
    )
    middle = plan.middle_m(region)
    return hubs + middle, [line.moved(middle) for line in lines]


def _spread(count: int, rng: np.random.Generator, *, half_width_m: float) -> Floats:
    """Places that keep their distance (Mitchell's best candidate), the first in the middle; early ones lie far apart."""
    chosen = np.zeros((1, 2))
    while len(chosen) < count:
        candidates = scatter(20, rng, half_width_m=half_width_m * 0.96)
        gaps = np.linalg.norm(candidates[:, None] - chosen[None], axis=2).min(axis=1)
        # The middle is denser: the same gap is worth more there.
        worth = gaps / (1 + np.linalg.norm(candidates, axis=1) / half_width_m)
        chosen = np.vstack([chosen, candidates[np.argmax(worth)]])
    return chosen


def _places(plan: Plan, centres: Floats) -> Places:
    parts, count = [], plan.count(10_000)
    for region in range(plan.regions):
        rng = np.random.default_rng([plan.seed, 2, region])
        parts.append(scatter(count, rng, half_width_m=plan.half_width_m) + plan.middle_m(region))
    xy = np.concatenate(parts)
    rng = np.random.default_rng([plan.seed, 3])
    to_centre = np.linalg.norm(xy[:, None] - centres[None], axis=2).min(axis=1)
    jobs = rng.lognormal(3.0, 1.2, size=len(xy)) * (1 + 20 * np.exp(-to_centre / 600))
    return Places(xy, rng.integers(120, 420, size=len(xy)), np.round(jobs).astype(np.int64))


def _write_streets(path: Path, plan: Plan) -> int:
    xy, ways, first = [], [], 0
    for region in range(plan.regions):
        rng = np.random.default_rng([plan.seed, 4, region])
        grid = street_grid(plan.count(132_500), rng, half_width_m=plan.half_width_m)
        xy.append(grid.xy + plan.middle_m(region))
        ways += [(highway, [node + first for node in nodes]) for highway, nodes in grid.ways]
        first += len(grid.xy)
    lon, lat = _lon_lat(np.concatenate(xy))
    write_pbf(path, lon=lon, lat=lat, ways=ways)
    return first


def _lon_lat(xy: Floats) -> tuple[Floats, Floats]:
    transformer = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(*(xy + ORIGIN_M).T)
    return np.round(lon, 6), np.round(lat, 6)


def _write_points(path: Path, places: Places) -> None:
    lon, lat = _lon_lat(places.xy)
    ids = [f"p{i:05d}" for i in range(len(lon))]
    _write(path, {"id": ids, "lon": lon, "lat": lat, "residents": places.residents, "jobs": places.jobs})


def _write_centres(path: Path, xy: Floats) -> None:
    lon, lat = _lon_lat(xy)
    _write(path, {"id": [f"c{i:02d}" for i in range(len(lon))], "lon": lon, "lat": lat})


def _write_gtfs(folder: Path, lines: list[Line], trips: Trips) -> None:
    places = {stop: xy for line in lines for stop, xy in line.all_stops().items()}
    stops = sorted(places)
    lon, lat = _lon_lat(np.array([places[stop] for stop in stops]))
    zone = "Europe/London"
    _write(
        folder / "agency.txt",
        {
            "agency_id": ["m"],
            "agency_name": ["Metropolis"],
            "agency_url": ["https://example.org"],
            "agency_timezone": [zone],
        },
    )
    _write(folder / "stops.txt", {"stop_id": stops, "stop_name": stops, "stop_lat": lat, "stop_lon": lon})
    _write(
        folder / "routes.txt",
        {
            "route_id": [line.name for line in lines],
            "agency_id": ["m"] * len(lines),
            "route_short_name": [line.name for line in lines],
            "route_long_name": [""] * len(lines),
            "route_type": [line.route_type for line in lines],
        },
    )
    days = {
        day: [1 if day[0] != "s" else 0]
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    }
    _write(
        folder / "calendar.txt",
        {"service_id": ["weekday"], **days, "start_date": [SERVICE[0]], "end_date": [SERVICE[1]]},
    )
    trip_ids = np.array(
        [
            f"{lines[line].name}-{direction}-{i}"
            for i, (line, direction) in enumerate(zip(trips.line, trips.direction, strict=True))
        ]
    )
    _write(
        folder / "trips.txt",
        {
            "route_id": [lines[line].name for line in trips.line],
            "service_id": ["weekday"] * len(trip_ids),
            "trip_id": trip_ids,
            "direction_id": trips.direction,
        },
    )
    number = {stop: i for i, stop in enumerate(stops)}
    flat = np.array([number[stop] for line in lines for calls in line.directions for stop in calls.stops])
    _write(
        folder / "stop_times.txt",
        {
            "trip_id": _picked(trip_ids, trips.trip),
            "arrival_time": _clock(trips.arrival_s),
            "departure_time": _clock(trips.departure_s),
            "stop_id": _picked(np.array(stops), flat[trips.stop]),
            "stop_sequence": trips.sequence,
        },
    )


def _picked(values: npt.NDArray[np.str_], which: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(values.tolist()).take(pa.array(which))


def _clock(seconds: npt.NDArray[np.int64]) -> pa.Array:
    texts = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(int(seconds.max()) + 1)]
    return pa.array(texts).take(pa.array(seconds))


def _write(path: Path, columns: dict[str, object]) -> None:
    header = (",".join(columns) + "\n").encode()
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    with path.open("wb") as file:
        file.write(header)
        pa_csv.write_csv(pa.table(columns), file, options)


def main() -> None:
    """Make a region from the command line."""
    parser = argparse.ArgumentParser(description="A made metropolitan region, from a seed.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--regions", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--whole-minutes", action="store_true")
    given = parser.parse_args()
    counts = make(given.folder, Plan(given.seed, given.regions, given.share, given.whole_minutes))
    print(", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in counts.items()))


if __name__ == "__main__":
    main()
