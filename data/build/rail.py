"""Write the rail feed of the sample: ``transit/rail`` and ``transit/lines_rail.csv``.

Calling points, headways and clock faces are declared in ``rail_lines.toml``; run times come from
published patterns (see ``rail_times``); stations are NaPTAN's, one stop each (platforms are not
modelled; a walk inside a station is the change time alone). Stations beyond the area take
their position from the 2017 patterns.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

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
from rail_times import ASSUMED, PREFIX, RunTimes, describe, leg_run, read_run_times, stop_wait

LINES_FILE = Path(__file__).with_name("rail_lines.toml")
SPANS = {"local": ("04:30", "24:30"), "long": ("05:30", "22:30"), "day": ("06:00", "19:00")}
AGREES_WITHIN = 0.1
RAIL = 2


@dataclass(frozen=True)
class Line:
    """One line as declared in ``rail_lines.toml``."""

    id: str
    number: str
    operator: str
    calls: tuple[str, ...]
    source: tuple[str, ...]
    every_min: tuple[int, int, int, int]
    anchor: str
    minute: tuple[int, int]
    source_back: tuple[str, ...] = ()
    span: str = "local"
    headway_source: str | None = None
    wait_min: Mapping[str, float] | None = None

    @property
    def peak_min(self) -> int:
        """The headway of the peaks, minutes."""
        return self.every_min[1]

    def way(self, direction: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Calls and preferred patterns of one direction."""
        return (self.calls, self.source) if direction == "out" else (self.calls[::-1], self.source_back)


def build(source: Path, out: Path) -> None:
    """Write the rail feed and its table of lines below `out` from the published data below `source`."""
    declared = tomllib.loads(LINES_FILE.read_text(encoding="utf-8"))
    lines = [read_line(table) for table in declared["line"]]
    times = read_run_times(source, LINES_FILE)
    stops = read_stations(
        source, {stop for line in lines for stop in line.calls}, not_served=declared["not_served"]
    )
    trips = {line.id: line_trips(line, times) for line in lines}
    stop_times = pd.concat([trip for pair in trips.values() for trip, _ in pair.values()])
    write_feed(
        out / "transit" / "rail",
        agency=pd.DataFrame(
            [(a["id"], a["name"], a["url"], "Europe/London") for a in declared["operator"]],
            columns=["agency_id", "agency_name", "agency_url", "agency_timezone"],
        ),
        stops=stops,
        routes=route_rows(lines, stops),
        trips=pd.concat([trip_rows(line.id, headsigns(line, stops)) for line in lines]),
        stop_times=stop_times,
        frequencies=pd.concat(
            [clock_of(line, way, trips[line.id][way][0]) for line in lines for way in DIRECTIONS]
        ),
        feed_info=feed_info("rail-2026-03"),
    )
    operators = {a["id"]: a["name"] for a in declared["operator"]}
    rows = line_rows(lines, trips, stops, boroughs_by_stop(source, stops), times, operators)
    write_lines(out / "transit" / "lines_rail.csv", rows)


def read_line(table: dict[str, Any]) -> Line:
    """Check one ``[[line]]`` table and make it a `Line`.

    Raises
    ------
    BuildError
        If a key is unknown, a station is called at twice, or the anchor is no call.
    """
    unknown = sorted(set(table) - set(Line.__dataclass_fields__))
    if unknown:
        raise BuildError(f"rail_lines.toml: line {table['id']}: unknown key {', '.join(unknown)}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    line = Line(**values)
    if len(set(line.calls)) != len(line.calls) or len(line.calls) < 2:
        raise BuildError(f"rail_lines.toml: line {line.id}: fewer than two calls, or one twice")
    if line.anchor not in line.calls or line.span not in SPANS:
        raise BuildError(
            f"rail_lines.toml: line {line.id}: the anchor {line.anchor} or the span {line.span} is wrong"
        )
    return line


def read_stations(source: Path, wanted: set[str], *, not_served: Mapping[str, str]) -> pd.DataFrame:
    """Stations that lines call at: NaPTAN's where it has them, else as the 2017 patterns give them; EPSG:4326.

    `not_served` gives the reason for every station of NaPTAN in the area that no line calls at.

    Raises
    ------
    BuildError
        If a wanted station is unknown, or one of NaPTAN's is neither served nor declared, or both.
    """
    transit = source / "transit"
    naptan = pd.read_csv(transit / "naptan" / "wm_rail_stations_20260724.csv")
    patterns = pd.read_csv(transit / "rail" / "wm_rail_pattern_stops.csv")
    near = pd.DataFrame(
        {
            "stop_id": naptan["ATCOCode"],
            "stop_name": naptan["CommonName"].str.removesuffix(" Rail Station"),
            "stop_lat": naptan["Latitude"],
            "stop_lon": naptan["Longitude"],
        }
    )
    far = patterns.rename(
        columns={"atco": "stop_id", "station": "stop_name", "lat": "stop_lat", "lon": "stop_lon"}
    )
    stops = pd.concat([near, far[near.columns]]).drop_duplicates("stop_id")
    stops = stops.loc[stops["stop_id"].isin([PREFIX + code for code in wanted])]
    lost = sorted(wanted - set(stops["stop_id"].str.removeprefix(PREFIX)))
    if lost:
        raise BuildError(f"rail_lines.toml: no station is known with the code {', '.join(lost)}")
    stray = sorted((set(naptan["ATCOCode"].str.removeprefix(PREFIX)) - wanted) ^ set(not_served))
    if stray:
        raise BuildError(
            f"rail_lines.toml: {', '.join(stray)}: must either be called at or stand in [not_served]"
        )
    return stops.sort_values("stop_id").reset_index(drop=True)


def line_trips(line: Line, times: RunTimes) -> dict[str, tuple[pd.DataFrame, list[str]]]:
    """The template trip of each direction and where each of its legs comes from."""
    trips = {}
    for way in DIRECTIONS:
        calls, prefer = line.way(way)
        legs = [leg_run(times, first, last, prefer=prefer) for first, last in pairwise(calls)]
        # A direction without a pattern of its own waits as the other does.
        waiting = prefer or line.source
        waits = [stop_wait(times, stop, prefer=waiting, declared_min=line.wait_min or {}) for stop in calls]
        ids = [PREFIX + stop for stop in calls]
        trip = template(trip_id_of(line.id, way), ids, [run for run, _ in legs], waits)
        trips[way] = (trip, [origin for _, origin in legs])
    return trips


def clock_of(line: Line, way: str, trip: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``frequencies.txt`` of one direction of a line."""
    first, last = SPANS[line.span]
    clock = Clock.of(line.every_min, line.minute[DIRECTIONS.index(way)], first=first, last=last)
    return clock_rows(trip_id_of(line.id, way), clock, to_anchor_s=departure_at(trip, PREFIX + line.anchor))


def route_rows(lines: Sequence[Line], stops: pd.DataFrame) -> pd.DataFrame:
    """``routes.txt``: one route for each line, named by its ends."""
    rows = [(line.id, line.operator, line.number, " - ".join(ends(line, stops)), RAIL) for line in lines]
    return pd.DataFrame(
        rows, columns=["route_id", "agency_id", "route_short_name", "route_long_name", "route_type"]
    )


def headsigns(line: Line, stops: pd.DataFrame) -> dict[str, str]:
    """Where the trains of each direction go."""
    first, last = ends(line, stops)
    return {"out": last, "back": first}


def ends(line: Line, stops: pd.DataFrame) -> tuple[str, str]:
    """Names of a line's first and last station, outward."""
    names = stops.set_index("stop_id")["stop_name"]
    return str(names[PREFIX + line.calls[0]]), str(names[PREFIX + line.calls[-1]])


def headway_basis(line: Line, times: RunTimes) -> tuple[str, str]:
    """Evidence where the line's own pattern of 2017 had the same headway within a tenth, else assumed.

    Raises
    ------
    BuildError
        If the pattern named as the headway's source does not bear it out.
    """
    if line.headway_source is None:
        return "assumed", "clock face; the usual standard hour of its corridor"
    mean = times.headway_2017_min[line.headway_source]
    agrees = abs(mean - line.peak_min) <= AGREES_WITHIN * line.peak_min
    if not agrees or line.headway_source in times.overcounted:
        raise BuildError(
            f"rail_lines.toml: line {line.id}: pattern {line.headway_source} ran every {mean:g} min"
        )
    return "evidence", f"clock face; 2017 pattern {line.headway_source}: mean {mean:g} min, 06:00-09:59"


def line_rows(
    lines: Sequence[Line],
    trips: Mapping[str, Mapping[str, tuple[pd.DataFrame, list[str]]]],
    stops: pd.DataFrame,
    boroughs: pd.Series,
    times: RunTimes,
    operators: Mapping[str, str],
) -> pd.DataFrame:
    """The table of lines: ends, boroughs, length, headway and run time, each with its basis."""
    grid = grid_positions(stops)
    rows = []
    for line in lines:
        calls = [PREFIX + stop for stop in line.calls]
        basis, note = headway_basis(line, times)
        origins = [origin for way in DIRECTIONS for origin in trips[line.id][way][1]]
        first, last = ends(line, stops)
        rows.append(
            {
                "feed": "rail",
                "line_id": line.id,
                "number": line.number,
                "operator": operators[line.operator],
                "from": first,
                "to": last,
                "boroughs": served(boroughs, calls),
                "stops": len(calls),
                "length_km": leg_metres(grid, calls).sum() / 1000,
                "headway_peak_min": line.peak_min,
                "headway_basis": basis,
                "headway_note": note,
                "run_min": round(trips[line.id]["out"][0]["arrival_time"].iloc[-1] / 60),
                "run_basis": "assumed" if ASSUMED in origins else "evidence",
                "run_note": describe(origins),
            }
        )
    return pd.DataFrame(rows)
