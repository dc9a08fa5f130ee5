"""Write the Metro feed of the sample: ``transit/metro`` and ``transit/lines_metro.csv``.

Stops are NaPTAN's, one each (platforms are not modelled). Headways follow the operator's published
statement; run times share a declared end-to-end time out by distance (see ``metro_lines.toml``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from gtfs_out import BuildError, feed_info, write_feed, write_lines
from rail_feed import (
    DIRECTIONS,
    Clock,
    boroughs_by_stop,
    clock_rows,
    departure_at,
    grid_positions,
    leg_metres,
    served,
    template,
    trip_id_of,
    trip_rows,
)

LINES_FILE = Path(__file__).with_name("metro_lines.toml")
PREFIX = "9400ZZ"
TRAM = 0
FIRST, LAST = "05:00", "24:30"
HEADWAY_NOTE = (
    "operator's statement, January 2026: every 8 min between The Royal and Edgbaston Village, two services; "
    "each every 16 min"
)
RUN_NOTE = "declared end to end (45-50 min are usual), shared out by distance, slower in the street"


def build(source: Path, out: Path) -> None:
    """Write the Metro feed and its table of lines below `out` from the published data below `source`."""
    declared = tomllib.loads(LINES_FILE.read_text(encoding="utf-8"))
    agency, lines, run = declared["agency"], declared["line"], declared["run"]
    stops = read_stops(source, {stop for line in lines for stop in line["calls"]})
    grid = grid_positions(stops)
    pace = pace_s_per_m(lines[0]["calls"], grid, run)
    trips = {line["id"]: line_trips(line, grid, run, pace) for line in lines}
    names = stops.set_index("stop_id")["stop_name"]
    write_feed(
        out / "transit" / "metro",
        agency=pd.DataFrame(
            [(agency["id"], agency["name"], agency["url"], "Europe/London")],
            columns=["agency_id", "agency_name", "agency_url", "agency_timezone"],
        ),
        stops=stops,
        routes=route_rows(lines, names, agency["id"]),
        trips=pd.concat([trip_rows(line["id"], headsigns(line, names)) for line in lines]),
        stop_times=pd.concat([trip for pair in trips.values() for trip in pair.values()]),
        frequencies=pd.concat(
            [clock_of(line, way, trips[line["id"]][way]) for line in lines for way in DIRECTIONS]
        ),
        feed_info=feed_info("metro-2026-03"),
    )
    rows = line_rows(lines, trips, stops, boroughs_by_stop(source, stops), agency["name"])
    write_lines(out / "transit" / "lines_metro.csv", rows)


def read_stops(source: Path, wanted: set[str]) -> pd.DataFrame:
    """The wanted stops as NaPTAN has them, EPSG:4326; refuses a code that NaPTAN does not know."""
    naptan = pd.read_csv(source / "transit" / "naptan" / "wm_metro_stops_20260724.csv")
    naptan = naptan.loc[naptan["ATCOCode"].isin([PREFIX + code for code in wanted])]
    lost = sorted(wanted - set(naptan["ATCOCode"].str.removeprefix(PREFIX)))
    if lost:
        raise BuildError(f"metro_lines.toml: NaPTAN has no Metro stop with the code {', '.join(lost)}")
    stops = pd.DataFrame(
        {
            "stop_id": naptan["ATCOCode"],
            "stop_name": naptan["CommonName"].str.replace(" (West Midlands Metro)", " (Metro)", regex=False),
            "stop_lat": naptan["Latitude"],
            "stop_lon": naptan["Longitude"],
        }
    )
    return stops.sort_values("stop_id").reset_index(drop=True)


def weighted_m(calls: Sequence[str], grid: pd.DataFrame, run: Mapping[str, Any]) -> npt.NDArray[np.float64]:
    """Metres of each leg in a straight line, legs in the street weighted by how much slower they are."""
    metres = leg_metres(grid, [PREFIX + stop for stop in calls])
    # A leg is in the street when either of its ends is a stop of the street section.
    street = [first in run["street"] or last in run["street"] for first, last in pairwise(calls)]
    return metres * np.where(street, float(run["street_slowness"]), 1.0)


def pace_s_per_m(calls: Sequence[str], grid: pd.DataFrame, run: Mapping[str, Any]) -> float:
    """Seconds per metre on own track with which the first line takes its declared time end to end."""
    waiting_s = (len(calls) - 2) * run["wait_s"]
    return float((run["end_to_end_min"] * 60 - waiting_s) / weighted_m(calls, grid, run).sum())


def line_trips(
    line: Mapping[str, Any], grid: pd.DataFrame, run: Mapping[str, Any], pace: float
) -> dict[str, pd.DataFrame]:
    """The template trip of each direction, in whole seconds, its end within half a second of the exact one."""
    trips = {}
    for way in DIRECTIONS:
        calls = line["calls"] if way == "out" else line["calls"][::-1]
        reached = np.rint(np.cumsum(weighted_m(calls, grid, run) * pace)).astype(int)
        legs = np.diff(reached, prepend=0)
        ids = [PREFIX + stop for stop in calls]
        trips[way] = template(trip_id_of(line["id"], way), ids, legs.tolist(), [run["wait_s"]] * len(calls))
    return trips


def clock_of(line: Mapping[str, Any], way: str, trip: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``frequencies.txt`` of one direction; the clock face holds at the direction's anchor."""
    clock = Clock.of(line["every_min"], line["minute"], first=FIRST, last=LAST)
    anchor = PREFIX + line["anchor"][DIRECTIONS.index(way)]
    return clock_rows(trip_id_of(line["id"], way), clock, to_anchor_s=departure_at(trip, anchor))


def headsigns(line: Mapping[str, Any], names: pd.Series) -> dict[str, str]:
    """Where the trams of each direction go."""
    first, last = (str(names[PREFIX + line["calls"][end]]) for end in (0, -1))
    return {"out": last, "back": first}


def route_rows(lines: Sequence[Mapping[str, Any]], names: pd.Series, agency_id: str) -> pd.DataFrame:
    """``routes.txt``: one route for each service, named by its ends."""
    rows = []
    for line in lines:
        signs = headsigns(line, names)
        rows.append((line["id"], agency_id, line["number"], f"{signs['back']} - {signs['out']}", TRAM))
    return pd.DataFrame(
        rows, columns=["route_id", "agency_id", "route_short_name", "route_long_name", "route_type"]
    )


def line_rows(
    lines: Sequence[Mapping[str, Any]],
    trips: Mapping[str, Mapping[str, pd.DataFrame]],
    stops: pd.DataFrame,
    boroughs: pd.Series,
    operator: str,
) -> pd.DataFrame:
    """The table of lines: ends, boroughs, length, headway and run time, each with its basis."""
    names = stops.set_index("stop_id")["stop_name"]
    grid = grid_positions(stops)
    rows = []
    for line in lines:
        calls = [PREFIX + stop for stop in line["calls"]]
        signs = headsigns(line, names)
        rows.append(
            {
                "feed": "metro",
                "line_id": line["id"],
                "number": line["number"],
                "operator": operator,
                "from": signs["back"],
                "to": signs["out"],
                "boroughs": served(boroughs, calls),
                "stops": len(calls),
                "length_km": leg_metres(grid, calls).sum() / 1000,
                "headway_peak_min": line["every_min"][1],
                "headway_basis": "evidence",
                "headway_note": HEADWAY_NOTE,
                "run_min": round(trips[line["id"]]["out"]["arrival_time"].iloc[-1] / 60),
                "run_basis": "assumed",
                "run_note": RUN_NOTE,
            }
        )
    return pd.DataFrame(rows)
