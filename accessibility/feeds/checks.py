"""Checks of a feed as a whole: keys, references between files, ranges, and what a timetable cannot do without.

They hold for a feed just read and for one that was edited alike. Only what a travel time rests on is checked here, with
the codes and the severity of the MobilityData validator; the order and times of a trip's calls are checked with the
service day's laying.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.feeds.notices import Notice, Severity, quoted
from accessibility.feeds.schema import MISSING_DATE, REFERENCES, REQUIRED_FILES, UNIQUE_KEYS, Feed

Positions = npt.NDArray[np.intp]

#: Nearer than this to where the equator meets Greenwich, or to a pole, a position is a slip.
NEAR_ORIGIN_DEGREES = 1.0
NEAR_POLE_LATITUDE = 89.0
_STATION, _STOP, _BOARDING_AREA, _NODE = 1, 0, 4, 3


def check_feed(feed: Feed, *, unsound: Collection[str] = ()) -> tuple[Notice, ...]:
    """Check the tables of a feed against each other.

    Parameters
    ----------
    feed
        Tables as `accessibility.feeds.gtfs.read_feed` gives them, perhaps edited; a table that is not there at all is passed
        over with the checks that need it.
    unsound
        Tables with cells that could not be read: their ids are checked, their numbers are not judged again.

    Returns
    -------
    tuple of Notice
        Each finding with its first row and its count.
    """
    sound = {table: frame for table, frame in feed.tables.items() if table not in unsound}
    of_ids = (_check_rows, _check_keys, _check_references, _check_called_stops, _check_use, _check_blocks)
    of_values = (_check_time_zones, _check_positions, _check_parents, _check_ranges, _check_frequencies)
    return (
        *(notice for check in of_ids for notice in check(feed)),
        *(notice for check in of_values for notice in check(replace(feed, tables=sound))),
    )


def _has(feed: Feed, *tables: str) -> bool:
    return all(table in feed.tables for table in tables)


def _notice(
    feed: Feed, table: str, found: Positions, code: str, message: str, severity: Severity = "ERROR"
) -> Notice:
    return Notice(code, severity, message, feed.file(table), feed.row(table, int(found[0])), len(found))


def _check_rows(feed: Feed) -> Iterator[Notice]:
    for table in REQUIRED_FILES:
        if _has(feed, table) and not len(feed[table]):
            why = ", so the time zone is not known" if table == "agency" else ""
            yield Notice("empty_file", "ERROR", f"has no row{why}", feed.file(table))


def _check_keys(feed: Feed) -> Iterator[Notice]:
    for table, key in UNIQUE_KEYS.items():
        if not (_has(feed, table) and len(feed[table])):
            continue
        keys = feed[table][list(key)]
        twice = np.flatnonzero(keys.duplicated().to_numpy())
        twice = twice[(keys.iloc[twice].astype(object) != "").any(axis=1).to_numpy()]
        if len(twice):
            first = keys.iloc[int(twice[0])]
            ids = [column for column in key if isinstance(first[column], str)]
            found = ", ".join(f"{column} {quoted(first[column])}" for column in ids if first[column])
            numbers = " and ".join(column for column in key if column not in ids)
            same = f" with the same {numbers}" if numbers else ""
            yield _notice(feed, table, twice, "duplicate_key", f"{found} is there twice{same}")


def _check_references(feed: Feed) -> Iterator[Notice]:
    for table, column, others, key in REFERENCES:
        if not (_has(feed, table, *others) and len(feed[table])):
            continue
        values = feed[table][column]
        if len(_categories(values)) == 1 and _categories(values)[0] == "":
            continue
        known = pd.Index(pd.concat([feed[other][key].astype(object) for other in others]))
        lost = _with_category(values, ~(_categories(values).isin(known) | (_categories(values) == "")))
        if len(lost):
            files = " or ".join(f"{other}.txt" for other in others)
            message = f"{column} {quoted(values.iloc[int(lost[0])])} is not in {files}"
            yield _notice(feed, table, lost, "foreign_key_violation", message)


def _categories(values: pd.Series) -> pd.Index:
    return values.cat.categories


def _with_category(values: pd.Series, marked: npt.NDArray[np.bool_]) -> Positions:
    """Positions of the rows whose category is marked."""
    return np.flatnonzero(marked[values.cat.codes.to_numpy()]) if marked.any() else np.empty(0, dtype=np.intp)


def _check_time_zones(feed: Feed) -> Iterator[Notice]:
    if not _has(feed, "agency"):
        return
    zones = feed["agency"]["agency_timezone"].astype(object)
    wrong = np.flatnonzero([not _is_time_zone(zone) for zone in zones])
    if len(wrong):
        message = f"agency_timezone {quoted(zones.iloc[int(wrong[0])])} is no time zone"
        yield _notice(feed, "agency", wrong, "invalid_timezone", message)
    others = np.flatnonzero(zones != zones.iloc[0]) if len(zones) else np.empty(0, dtype=np.intp)
    if len(others):
        message = f"agency_timezone {quoted(zones.iloc[int(others[0])])} is not {quoted(zones.iloc[0])}, the first agency's"
        yield _notice(feed, "agency", others, "inconsistent_agency_timezone", message)


def _is_time_zone(name: str) -> bool:
    """Tell whether a time zone has a name; an empty one has been noted where it was read."""
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _check_positions(feed: Feed) -> Iterator[Notice]:
    if not _has(feed, "stops"):
        return
    stops = feed["stops"]
    lat, lon = stops["stop_lat"].to_numpy(), stops["stop_lon"].to_numpy()
    nowhere = (np.isnan(lat) | np.isnan(lon)) & (stops["location_type"].to_numpy() < _NODE)
    origin = (np.abs(lat) <= NEAR_ORIGIN_DEGREES) & (np.abs(lon) <= NEAR_ORIGIN_DEGREES)
    for found, code, what in (
        (nowhere, "stop_without_location", "has no coordinates"),
        (origin, "point_near_origin", "lies where the equator meets Greenwich, as no stop does"),
        (np.abs(lat) >= NEAR_POLE_LATITUDE, "point_near_pole", "lies at a pole, as no stop does"),
    ):
        rows = np.flatnonzero(found)
        if len(rows):
            stop = stops["stop_id"].iloc[int(rows[0])]
            yield _notice(feed, "stops", rows, code, f"stop {quoted(stop)} {what}")


def _check_parents(feed: Feed) -> Iterator[Notice]:
    if not _has(feed, "stops"):
        return
    stops = feed["stops"]
    kind = stops["location_type"].to_numpy()
    kinds = stops.drop_duplicates("stop_id").set_index("stop_id")["location_type"]
    parent_kind = kinds.reindex(stops["parent_station"].astype(object)).to_numpy()
    wanted = np.where(kind == _BOARDING_AREA, _STOP, _STATION)
    has_parent = (stops["parent_station"] != "").to_numpy()
    for found, code, what in (
        (
            has_parent & (kind == _STATION),
            "station_with_parent_station",
            "is a station and has a parent_station",
        ),
        (
            (kind != _STATION) & ~np.isnan(parent_kind) & (parent_kind != wanted),
            "wrong_parent_location_type",
            "has a parent_station whose location_type does not fit",
        ),
    ):
        rows = np.flatnonzero(found)
        if len(rows):
            stop = stops["stop_id"].iloc[int(rows[0])]
            yield _notice(feed, "stops", rows, code, f"stop {quoted(stop)} {what}")


def _check_called_stops(feed: Feed) -> Iterator[Notice]:
    if not _has(feed, "stops", "stop_times"):
        return
    stops, called = feed["stops"], feed["stop_times"]["stop_id"]
    stations = stops.loc[stops["location_type"] != _STOP, "stop_id"].astype(object)
    wrong = _with_category(called, _categories(called).isin(pd.Index(stations)))
    if len(wrong):
        message = (
            f"calls at {quoted(called.iloc[int(wrong[0])])}, which is a station or an entrance and not a stop"
        )
        yield _notice(feed, "stop_times", wrong, "location_with_unexpected_stop_time", message)
    unused = (stops["location_type"] == _STOP) & ~stops["stop_id"].isin(called.cat.categories)
    rows = np.flatnonzero(unused.to_numpy())
    if len(rows) and len(called):
        message = f"no trip calls at stop {quoted(stops['stop_id'].iloc[int(rows[0])])}"
        yield _notice(feed, "stops", rows, "stop_without_stop_time", message, "WARNING")


def _check_ranges(feed: Feed) -> Iterator[Notice]:
    for table, start, end in (
        ("calendar", "start_date", "end_date"),
        ("frequencies", "start_time", "end_time"),
        ("feed_info", "feed_start_date", "feed_end_date"),
    ):
        if not _has(feed, table):
            continue
        begins, ends = feed[table][start].to_numpy(), feed[table][end].to_numpy()
        given = (begins > MISSING_DATE) & (ends > MISSING_DATE) if table == "feed_info" else begins >= 0
        backwards = np.flatnonzero(given & (ends < begins))
        if len(backwards):
            message = f"{end} lies before {start}"
            yield _notice(feed, table, backwards, "start_and_end_range_out_of_order", message)
        same = np.flatnonzero(given & (ends == begins)) if table == "frequencies" else backwards[:0]
        if len(same):
            yield _notice(
                feed, table, same, "start_and_end_range_equal", f"{end} is {start}, so nothing runs"
            )


def _check_frequencies(feed: Feed) -> Iterator[Notice]:
    if not _has(feed, "frequencies"):
        return
    rows = feed["frequencies"]
    trip, start, end = (
        rows["trip_id"].cat.codes.to_numpy(),
        rows["start_time"].to_numpy(),
        rows["end_time"].to_numpy(),
    )
    order = np.lexsort((end, start, trip))
    overlaps = (np.diff(trip[order]) == 0) & (start[order][1:] < end[order][:-1])
    found = np.sort(order[1:][overlaps])
    if len(found):
        message = f"trip {quoted(rows['trip_id'].iloc[int(found[0])])} repeats in spans that overlap"
        yield _notice(feed, "frequencies", found, "overlapping_frequency", message)


def _check_use(feed: Feed) -> Iterator[Notice]:
    if not _has(feed, "trips", "stop_times") or not len(feed["stop_times"]):
        return
    trips = feed["trips"]["trip_id"]
    unused = np.flatnonzero(~trips.isin(feed["stop_times"]["trip_id"].cat.categories).to_numpy())
    if len(unused):
        message = f"trip {quoted(trips.iloc[int(unused[0])])} has no call in stop_times.txt and does not run"
        yield _notice(feed, "trips", unused, "unused_trip", message, "WARNING")


def _check_blocks(feed: Feed) -> Iterator[Notice]:
    """Say that staying seated from one trip of a block to the next is not taken as such."""
    if not _has(feed, "trips"):
        return
    trips = feed["trips"]
    blocks = trips.loc[trips["block_id"] != "", ["block_id", "service_id"]]
    shared = blocks[blocks.duplicated(keep=False)]
    if len(shared):
        count = len(shared.drop_duplicates())
        message = (
            "several trips of a block run one after the other; staying seated between them counts as a change"
        )
        yield Notice("block_transfers_not_used", "INFO", message, feed.file("trips"), None, count)
