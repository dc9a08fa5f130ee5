"""A small deterministic GTFS writer, shared by the rail, Metro and bus builders.

A feed here is *illustrative*: one template trip per pattern and direction, repeated by
``frequencies.txt`` with ``exact_times = 1``. Times are whole seconds since midnight inside the
builders and become ``HH:MM:SS`` only in the files.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

SERVICE_ID = "MF"
FIRST_DATE, LAST_DATE = "20260105", "20261218"

COLUMNS: dict[str, tuple[str, ...]] = {
    "agency": ("agency_id", "agency_name", "agency_url", "agency_timezone"),
    "stops": ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station"),
    "routes": ("route_id", "agency_id", "route_short_name", "route_long_name", "route_type"),
    "trips": ("route_id", "service_id", "trip_id", "trip_headsign", "direction_id"),
    "stop_times": ("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "timepoint"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs", "exact_times"),
    "calendar": (
        "service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "start_date", "end_date",
    ),
    "feed_info": ("feed_publisher_name", "feed_publisher_url", "feed_lang", "feed_start_date",
                  "feed_end_date", "feed_version"),
}  # fmt: skip
OPTIONAL = frozenset({"location_type", "parent_station", "timepoint"})
SORT: dict[str, list[str]] = {
    "agency": ["agency_id"],
    "stops": ["stop_id"],
    "routes": ["route_id"],
    "trips": ["trip_id"],
    "stop_times": ["trip_id", "stop_sequence"],
    "frequencies": ["trip_id", "start_time"],
    "calendar": ["service_id"],
    "feed_info": ["feed_publisher_name"],
}
TIMES = ("arrival_time", "departure_time", "start_time", "end_time")

LINE_COLUMNS = (
    "feed", "line_id", "number", "operator", "from", "to", "boroughs", "stops", "length_km",
    "headway_peak_min", "headway_basis", "headway_note", "run_min", "run_basis", "run_note",
)  # fmt: skip

PERIODS: tuple[tuple[str, int, int], ...] = (
    ("early", 4 * 3600 + 1800, 7 * 3600),
    ("peak", 7 * 3600, 9 * 3600 + 1800),
    ("day", 9 * 3600 + 1800, 16 * 3600),
    ("peak", 16 * 3600, 18 * 3600 + 1800),
    ("evening", 18 * 3600 + 1800, 24 * 3600 + 1800),
)


class BuildError(ValueError):
    """An input or a result of the sample's builders that cannot be right."""


def hms(seconds: int) -> str:
    """Write whole seconds since midnight as ``HH:MM:SS``; hours may pass 24."""
    if seconds < 0:
        raise BuildError(f"a time of {seconds} s lies before midnight of the service day")
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def seconds_of(text: str) -> int:
    """Read ``HH:MM`` or ``HH:MM:SS`` as whole seconds since midnight."""
    parts = [int(part) for part in text.split(":")]
    if len(parts) not in (2, 3):
        raise BuildError(f"{text!r} is not a time HH:MM or HH:MM:SS")
    hours, minutes, secs = (*parts, 0)[:3]
    return hours * 3600 + minutes * 60 + secs


def stagger_s(line_id: str, *, headway_s: int) -> int:
    """Return a line's own offset in whole minutes below its headway, the same on every machine."""
    return zlib.crc32(line_id.encode()) % max(headway_s // 60, 1) * 60


def headway_rows(
    trip_id: str,
    line_id: str,
    peak_min: float,
    offpeak_min: float,
    early_late_min: float,
    *,
    first: str = "04:30",
    last: str = "24:30",
) -> pd.DataFrame:
    """Rows of ``frequencies.txt`` for one template trip under the common period rule.

    Early 04:30-07:00, peak 07:00-09:30, day 09:30-16:00, peak 16:00-18:30, evening 18:30-24:30.
    The first departure is staggered by a hash of `line_id` (give the two directions different ids
    if they should not mirror one another). Across a border the next departure follows the last one
    by a whole number of the new headways, or by the old headway if that is sooner: nowhere do two
    departures coincide, and no gap exceeds the headway in force before it.

    Parameters
    ----------
    trip_id
        The template trip.
    line_id
        What the stagger is derived from.
    peak_min, offpeak_min, early_late_min
        Headways in minutes: both peaks; the day between them; early morning and evening.
    first, last
        Departures from the first stop lie in [first, last).

    Returns
    -------
    Columns of ``frequencies.txt``, times in seconds since midnight. As the GTFS reference asks for
    ``exact_times = 1``, ``end_time`` lies after the last departure by less than the headway.

    Raises
    ------
    BuildError
        If a headway is not longer than one minute.
    """
    headways = {"early": early_late_min, "peak": peak_min, "day": offpeak_min, "evening": early_late_min}
    for name, minutes in headways.items():
        if not minutes > 1:
            raise BuildError(f"trip {trip_id}: the {name} headway of {minutes} min is not above 1 min")
    rows: list[tuple[str, int, int, int, int]] = []
    previous: tuple[int, int] | None = None  # last departure, headway in force until it
    for name, opens, closes in PERIODS:
        begin, end = max(opens, seconds_of(first)), min(closes, seconds_of(last))
        headway = round(headways[name] * 60)
        if previous is None:
            start = begin + stagger_s(line_id, headway_s=headway)
        else:
            left, old = previous
            start = left + min(old, math.ceil((begin - left) / headway) * headway)
        if start >= end:
            continue
        final = start + (end - 1 - start) // headway * headway
        rows.append((trip_id, start, final + 60, headway, 1))
        previous = (final, headway)
    return pd.DataFrame(rows, columns=list(COLUMNS["frequencies"]))


def departures(frequencies: pd.DataFrame) -> pd.Series:
    """List every departure from the first stop that `frequencies` stands for, as seconds, by trip."""
    columns = ("trip_id", "start_time", "end_time", "headway_secs")
    rows = zip(*(frequencies[column].tolist() for column in columns), strict=True)
    out = [(trip, moment) for trip, start, end, step in rows for moment in range(start, end, step)]
    return pd.Series(
        [moment for _, moment in out],
        index=pd.Index([trip for trip, _ in out], name="trip_id"),
        dtype="int64",
    )


def weekday_calendar() -> pd.DataFrame:
    """Return the sample's one service: Monday to Friday, 5 January to 18 December 2026."""
    return pd.DataFrame(
        [(SERVICE_ID, 1, 1, 1, 1, 1, 0, 0, FIRST_DATE, LAST_DATE)], columns=list(COLUMNS["calendar"])
    )


def feed_info(version: str) -> pd.DataFrame:
    """Return the sample's ``feed_info.txt``, whose publisher's name says what the feed is."""
    name = "Illustrative West Midlands sample, reconstructed from published stops, termini and headways; not a timetable"
    return pd.DataFrame(
        [(name, "https://example.org/", "en", FIRST_DATE, LAST_DATE, version)],
        columns=list(COLUMNS["feed_info"]),
    )


def write_feed(
    out: Path,
    *,
    agency: pd.DataFrame,
    stops: pd.DataFrame,
    routes: pd.DataFrame,
    trips: pd.DataFrame,
    stop_times: pd.DataFrame,
    frequencies: pd.DataFrame,
    feed_info: pd.DataFrame,
    calendar: pd.DataFrame | None = None,
) -> None:
    """Check a feed and write it as a GTFS folder, sorted, byte for byte the same on every run.

    Parameters
    ----------
    out
        The folder, made if absent; files of the same names are replaced.
    agency, stops, routes, trips, stop_times, frequencies, feed_info
        GTFS tables. Times (``arrival_time``, ``departure_time``, ``start_time``, ``end_time``) are
        whole seconds since midnight; positions are EPSG:4326. Only the columns of `COLUMNS` may
        occur; optional ones may be left out.
    calendar
        The service days; the sample's Monday to Friday if left out.

    Raises
    ------
    BuildError
        If a column is missing or unknown, an id occurs twice, a reference leads nowhere, a trip has
        fewer than two stops or no departures, or times do not increase.
    """
    tables = {
        "agency": agency, "stops": stops, "routes": routes, "trips": trips, "stop_times": stop_times,
        "frequencies": frequencies, "calendar": weekday_calendar() if calendar is None else calendar,
        "feed_info": feed_info,
    }  # fmt: skip
    ordered = {name: _ordered(name, table) for name, table in tables.items()}
    check_feed(ordered)
    out.mkdir(parents=True, exist_ok=True)
    for name, table in ordered.items():
        write_csv(out / f"{name}.txt", _as_text(table))


def write_lines(path: Path, lines: pd.DataFrame) -> None:
    """Write the table of lines of one feed (``lines_<feed>.csv``), sorted by line."""
    missing = [column for column in LINE_COLUMNS if column not in lines]
    if missing:
        raise BuildError(f"{path.name}: the table of lines lacks {', '.join(missing)}")
    for basis in ("headway_basis", "run_basis"):
        wrong = lines.loc[~lines[basis].isin(["evidence", "assumed"]), "line_id"]
        if len(wrong):
            raise BuildError(f"{path.name}: line {wrong.iloc[0]}: {basis} is neither evidence nor assumed")
    table = lines.loc[:, list(LINE_COLUMNS)].sort_values("line_id", kind="stable")
    write_csv(path, table.assign(length_km=table["length_km"].map("{:.1f}".format)))


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write `table` as UTF-8 CSV with bare line feeds, through a neighbour so that no half file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(path.suffix + ".part")
    table.to_csv(draft, index=False, lineterminator="\n", encoding="utf-8")
    draft.replace(path)


def check_feed(tables: dict[str, pd.DataFrame]) -> None:
    """Refuse a feed whose ids, references or times are not right, naming the file and the row."""
    for name, key in (
        ("agency", "agency_id"),
        ("stops", "stop_id"),
        ("routes", "route_id"),
        ("trips", "trip_id"),
    ):
        twice = tables[name].loc[tables[name][key].duplicated(), key]
        if len(twice):
            raise BuildError(f"{name}.txt: {key} {twice.iloc[0]} occurs twice")
    for name, key, target in (
        ("routes", "agency_id", "agency"), ("trips", "route_id", "routes"), ("trips", "service_id", "calendar"),
        ("stop_times", "trip_id", "trips"), ("stop_times", "stop_id", "stops"), ("frequencies", "trip_id", "trips"),
    ):  # fmt: skip
        lost = tables[name].loc[~tables[name][key].isin(tables[target][key]), key]
        if len(lost):
            raise BuildError(f"{name}.txt: {key} {lost.iloc[0]} is not in {target}.txt")
    for name in ("stop_times", "frequencies"):
        idle = tables["trips"].loc[~tables["trips"]["trip_id"].isin(tables[name]["trip_id"]), "trip_id"]
        if len(idle):
            raise BuildError(f"{name}.txt: trip {idle.iloc[0]} has no row")
    _check_times(tables["stop_times"])


def _check_times(stop_times: pd.DataFrame) -> None:
    for trip_id, calls in stop_times.groupby("trip_id", sort=True):
        if len(calls) < 2:
            raise BuildError(f"stop_times.txt: trip {trip_id} has fewer than two stops")
        arrive, depart = calls["arrival_time"].to_numpy(), calls["departure_time"].to_numpy()
        wrong = (depart < arrive).any() or (arrive[1:] <= depart[:-1]).any()
        if wrong:
            raise BuildError(f"stop_times.txt: the times of trip {trip_id} do not increase")


def _ordered(name: str, table: pd.DataFrame) -> pd.DataFrame:
    wanted = COLUMNS[name]
    missing = [column for column in wanted if column not in table and column not in OPTIONAL]
    unknown = [str(column) for column in table if column not in wanted]
    if missing or unknown:
        raise BuildError(f"{name}.txt: missing columns {missing}, unknown columns {unknown}")
    kept = [column for column in wanted if column in table]
    return table.loc[:, kept].sort_values(SORT[name], kind="stable").reset_index(drop=True)


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    text = table.copy()
    for column in text.columns.intersection(list(TIMES)):
        text[column] = [hms(int(value)) for value in text[column]]
    for column in text.columns.intersection(["stop_lat", "stop_lon"]):
        text[column] = text[column].map("{:.6f}".format)
    return text
