"""The bus feed: authored lines, stops from the register, headways and run times by rule or evidence."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bus_rules as rules
import numpy as np
import pandas as pd
from bus_lines import LISTED_AS, Line, read_lines
from bus_path import choose_stops, path_length_m
from bus_stops import matching, plain, read_stops
from gtfs_out import SERVICE_ID, BuildError, feed_info, headway_rows, write_feed, write_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

LINES = Path(__file__).resolve().parent / "bus_lines"
URL = "https://www.tfwm.org.uk"
VERSION = "2026-07"  # vintage of the stops and of the list of services
FIRST_GUESS_M = 330.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """A line with its stops, headway and run time."""

    line: Line
    chosen: tuple[np.ndarray, np.ndarray]  # rows of the table of stops: outbound, inbound
    hops_m: tuple[np.ndarray, np.ndarray]
    listed_stops: int
    headway_min: int
    headway_note: str
    run_min: tuple[int, int]
    run_note: str


def build(source: Path, out: Path) -> None:
    """Write ``transit/bus`` and ``transit/lines_bus.csv`` under `out` from the published data in `source`."""
    stops, services = read_stops(source), rules.read_services(source)
    built = [build_line(line, stops, services) for line in read_lines(LINES)]
    for item in built:
        logger.info(summary(item))
    write_tables(out / "transit", built, stops)


def build_line(line: Line, stops: pd.DataFrame, services: pd.DataFrame) -> Built:
    """Choose the stops of `line` in both directions and set its headway and run time.

    Raises
    ------
    BuildError
        If the list of services does not name the line, a street matches no stop, or two
        consecutive stops lie further apart than the line allows.
    """
    trips, listed = _listed(line, services)
    members = street_stops(line, stops)
    chosen = _both_ways(line, stops, members, spacing_m=FIRST_GUESS_M)
    path_m = float(np.mean([path_length_m(stops, way).sum() for way in chosen]))
    chosen = _both_ways(line, stops, members, spacing_m=rules.spacing_m(path_m, listed))
    hops = (path_length_m(stops, chosen[0]), path_length_m(stops, chosen[1]))
    headway, headway_note = _headway(line, trips)
    run, run_note = _run(line, hops)
    return Built(line, chosen, hops, listed, headway, headway_note, run, run_note)


def street_stops(line: Line, stops: pd.DataFrame) -> list[np.ndarray]:
    """Find the stops of every street of `line`; a street without any is refused."""
    members = [matching(stops, via) for via in line.via]
    for via, found in zip(line.via, members, strict=True):
        if not len(found):
            raise BuildError(f"line {line.id}: no stop of the register is on {via}")
    return members


def summary(item: Built) -> str:
    """One line of the builder's report: stops against the list, the largest gap, the streets."""
    counts = [len(way) for way in item.chosen]
    gap = max(float(hops.max()) for hops in item.hops_m)
    share = sum(counts) / item.listed_stops
    km = item.hops_m[0].sum() / 1000
    return (
        f"{item.line.id:18s} stops {counts[0]:3d}/{counts[1]:3d} of {item.listed_stops / 2:5.1f} listed ({share:4.0%}), "
        f"{km:4.1f} km, gap {gap:4.0f} m, headway {item.headway_min} min, run {item.run_min[0]}/{item.run_min[1]} min, "
        f"{len(item.line.via)} streets"
    )


def write_tables(out: Path, built: Sequence[Built], stops: pd.DataFrame) -> None:
    """Write the feed and the table of lines."""
    used = np.unique(np.concatenate([way for item in built for way in item.chosen]))
    operators = sorted({item.line.operator for item in built})
    write_feed(
        out / "bus",
        agency=pd.DataFrame(
            {
                "agency_id": [agency_id(name) for name in operators],
                "agency_name": operators,
                "agency_url": URL,
                "agency_timezone": "Europe/London",
            }
        ),
        stops=stops.iloc[used][["stop_id", "name", "lat", "lon"]].rename(
            columns={"name": "stop_name", "lat": "stop_lat", "lon": "stop_lon"}
        ),
        routes=pd.DataFrame([_route(item.line) for item in built]),
        trips=pd.DataFrame([_trip(item.line, way) for item in built for way in (0, 1)]),
        stop_times=pd.concat([_calls(item, way, stops) for item in built for way in (0, 1)]),
        frequencies=pd.concat([_frequencies(item, way) for item in built for way in (0, 1)]),
        feed_info=feed_info(VERSION),
    )
    write_lines(out / "lines_bus.csv", pd.DataFrame([_row(item) for item in built]))


def timing_points(item: Built, way: int, stops: pd.DataFrame) -> dict[int, int]:
    """Number of each evidenced timing point in this direction, with its minute; the way back is mirrored.

    Raises
    ------
    BuildError
        If the line does not call outbound at a stop of that name.
    """
    names = stops["place"].to_numpy()[item.chosen[way]].tolist()
    found: dict[int, int] = {}
    for name, minutes in item.line.timing_points:
        if plain(name) in names:
            found[names.index(plain(name))] = item.run_min[1] - minutes if way else minutes
        elif not way:
            raise BuildError(f"line {item.line.id}: the timing point {name!r} is not served")
    return found


def agency_id(operator: str) -> str:
    """Return the operator's initials, the feed's ``agency_id``."""
    return "".join(word[0] for word in operator.split())


def _listed(line: Line, services: pd.DataFrame) -> tuple[int, int]:
    found = services[
        (services["operator"] == LISTED_AS[line.operator])
        & (services["number"] == line.bods_number)
        & (services["line"] == rules.one_spaced(line.bods_line))
    ]
    if found.empty:
        raise BuildError(
            f"line {line.id}: the list of services has no {line.bods_number} {line.bods_line!r} "
            f"of {LISTED_AS[line.operator]}"
        )
    return int(found["trips"].iloc[0]), int(found["stops"].iloc[0])


def _both_ways(
    line: Line, stops: pd.DataFrame, members: list[np.ndarray], *, spacing_m: float
) -> tuple[np.ndarray, np.ndarray]:
    try:
        out, back = (
            choose_stops(stops, way, spacing_m=spacing_m, hop_max_m=line.longest_hop_m)
            for way in (_of_way(line, members, "<"), _of_way(line, members, ">")[::-1])
        )
    except BuildError as error:
        raise BuildError(f"line {line.id}: {error}") from error
    return out, back


def _of_way(line: Line, members: list[np.ndarray], other: str) -> list[np.ndarray]:
    return [found for via, found in zip(line.via, members, strict=True) if via.only != other]


def _headway(line: Line, trips: int) -> tuple[int, str]:
    if line.headway_peak_min is not None:
        return line.headway_peak_min, line.headway_note
    note = f"5500 / {trips} journeys of the largest edition"
    return rules.peak_headway_min(trips), "; ".join(filter(None, (note, line.headway_note)))


def _run(line: Line, hops: Sequence[np.ndarray]) -> tuple[tuple[int, int], str]:
    if line.run_min is not None:
        return (line.run_min, line.run_min), line.run_note
    out, back = (rules.run_time_min(float(way.sum()), radial=line.radial) for way in hops)
    speed = rules.RADIAL_KMH if line.radial else rules.OTHER_KMH
    note = f"{speed:.0f} km/h over {rules.DETOUR} x the path"
    return (out, back), "; ".join(filter(None, (note, line.run_note)))


def _route(line: Line) -> dict[str, object]:
    return {
        "route_id": line.id,
        "agency_id": agency_id(line.operator),
        "route_short_name": line.number,
        "route_long_name": f"{line.origin} - {line.destination}",
        "route_type": 3,
    }


def _trip(line: Line, way: int) -> dict[str, object]:
    return {
        "route_id": line.id,
        "service_id": SERVICE_ID,
        "trip_id": f"{line.id}:{way}",
        "trip_headsign": (line.destination, line.origin)[way],
        "direction_id": way,
    }


def _calls(item: Built, way: int, stops: pd.DataFrame) -> pd.DataFrame:
    fixed = timing_points(item, way, stops)
    seconds = rules.stop_times_s(item.hops_m[way], run_min=item.run_min[way], fixed_min=fixed)
    return pd.DataFrame(
        {
            "trip_id": f"{item.line.id}:{way}",
            "arrival_time": seconds,
            "departure_time": seconds,
            "stop_id": stops["stop_id"].to_numpy()[item.chosen[way]],
            "stop_sequence": np.arange(1, len(seconds) + 1),
        }
    )


def _frequencies(item: Built, way: int) -> pd.DataFrame:
    trip_id = f"{item.line.id}:{way}"
    day, late = rules.other_headways_min(item.headway_min)
    return headway_rows(trip_id, trip_id, item.headway_min, day, late)


def _row(item: Built) -> dict[str, object]:
    line = item.line
    return {
        "feed": "bus",
        "line_id": line.id,
        "number": line.number,
        "operator": line.operator,
        "from": line.origin,
        "to": line.destination,
        "boroughs": ";".join(line.boroughs),
        "stops": len(item.chosen[0]),
        "length_km": rules.DETOUR * float(item.hops_m[0].sum()) / 1000,
        "headway_peak_min": item.headway_min,
        "headway_basis": "assumed" if line.headway_peak_min is None else "evidence",
        "headway_note": item.headway_note,
        "run_min": item.run_min[0],
        "run_basis": "assumed" if line.run_min is None else "evidence",
        "run_note": item.run_note,
    }
