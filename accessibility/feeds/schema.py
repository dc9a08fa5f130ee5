"""What a GTFS feed is made of, as data: the files and columns that are read, their keys and their references.

This list drives the reading, the checks, the documentation and the writing of feeds. What GTFS has beyond it is left
alone, because no travel time rests on it; `FILES_LEFT_ALONE` and `COLUMNS_LEFT_ALONE` name it, so that a misspelt name
can be told from one that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.feeds.notices import Notice

Kind = Literal["id", "text", "time", "date", "int", "float"]
MISSING_TIME: Final = -1
#: A date that no cell gives.
MISSING_DATE: Final = 0
#: A number that says "not told", where 0 would say something.
NOT_TOLD: Final = -1
#: No number of a feed may pass what the engine's arrays hold, nor any duration a day.
HIGHEST_INT: Final = 2**31 - 1
LONGEST_DURATION_S: Final = 86_400
HIGHEST_ROUTE_TYPE: Final = 10_000
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Column:
    """One column of a GTFS file.

    Attributes
    ----------
    name, kind
        As in the reference; ``id`` and ``text`` become categories, the others numbers.
    required
        The column must be there and every row must fill it.
    default
        What an empty cell means.
    low, high
        The range a number must lie in.
    choice
        The number stands for one of a few choices: one that is not known is taken as the default and counted, where
        the column is not required.
    """

    name: str
    kind: Kind
    required: bool = False
    default: int | float = 0
    low: float | None = None
    high: float | None = None
    choice: bool = False


def _ids(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "id") for name in names)


def _choice(name: str, high: int, *, default: int = 0) -> Column:
    return Column(name, "int", default=default, low=0, high=high, choice=True)


#: Every file and column that is read, in the order in which they are checked and written.
TABLES: Final = MappingProxyType(
    {
        "agency": (
            Column("agency_id", "id"),
            Column("agency_name", "text"),
            Column("agency_url", "text"),
            Column("agency_timezone", "text", required=True),
            Column("agency_lang", "text"),
        ),
        "stops": (
            Column("stop_id", "id", required=True),
            Column("stop_name", "text"),
            Column("stop_lat", "float", default=np.nan, low=-90, high=90),
            Column("stop_lon", "float", default=np.nan, low=-180, high=180),
            _choice("location_type", 4),
            Column("parent_station", "id"),
            _choice("wheelchair_boarding", 2),
            Column("platform_code", "text"),
        ),
        "routes": (
            Column("route_id", "id", required=True),
            Column("agency_id", "id"),
            Column("route_short_name", "text"),
            Column("route_long_name", "text"),
            Column("route_type", "int", required=True, low=0, high=HIGHEST_ROUTE_TYPE),
        ),
        "trips": (
            Column("route_id", "id", required=True),
            Column("service_id", "id", required=True),
            Column("trip_id", "id", required=True),
            Column("trip_headsign", "text"),
            _choice("direction_id", 1, default=NOT_TOLD),
            Column("block_id", "id"),
            _choice("wheelchair_accessible", 2),
        ),
        "stop_times": (
            Column("trip_id", "id", required=True),
            Column("arrival_time", "time", default=MISSING_TIME),
            Column("departure_time", "time", default=MISSING_TIME),
            Column("stop_id", "id", required=True),
            Column("stop_sequence", "int", required=True, low=0, high=HIGHEST_INT),
            _choice("pickup_type", 3),
            _choice("drop_off_type", 3),
            Column("shape_dist_traveled", "float", default=np.nan, low=0),
            _choice("timepoint", 1, default=NOT_TOLD),
        ),
        "calendar": (
            Column("service_id", "id", required=True),
            *(Column(day, "int", required=True, low=0, high=1, choice=True) for day in WEEKDAYS),
            Column("start_date", "date", required=True),
            Column("end_date", "date", required=True),
        ),
        "calendar_dates": (
            Column("service_id", "id", required=True),
            Column("date", "date", required=True),
            Column("exception_type", "int", required=True, low=1, high=2, choice=True),
        ),
        "frequencies": (
            Column("trip_id", "id", required=True),
            Column("start_time", "time", required=True),
            Column("end_time", "time", required=True),
            Column("headway_secs", "int", required=True, low=1, high=LONGEST_DURATION_S),
            _choice("exact_times", 1),
        ),
        "transfers": (
            *_ids("from_stop_id", "to_stop_id", "from_route_id", "to_route_id", "from_trip_id", "to_trip_id"),
            _choice("transfer_type", 5),
            Column("min_transfer_time", "int", default=-1, low=0, high=LONGEST_DURATION_S),
        ),
        "feed_info": (
            Column("feed_publisher_name", "text"),
            Column("feed_publisher_url", "text"),
            Column("feed_lang", "text"),
            Column("feed_start_date", "date", default=MISSING_DATE),
            Column("feed_end_date", "date", default=MISSING_DATE),
            Column("feed_version", "text"),
        ),
    }
)
REQUIRED_FILES: Final = ("agency", "stops", "routes", "trips", "stop_times")
#: Files of GTFS that are not read, by name without ``.txt``.
FILES_LEFT_ALONE: Final = frozenset(
    {
        "areas", "attributions", "booking_rules", "fare_attributes", "fare_leg_join_rules", "fare_leg_rules",
        "fare_media", "fare_products", "fare_rules", "fare_transfer_rules", "levels", "location_group_stops",
        "location_groups", "networks", "pathways", "rider_categories", "route_networks", "shapes", "stop_areas",
        "timeframes", "translations",
    }
)  # fmt: skip
COLUMNS_LEFT_ALONE: Final = MappingProxyType(
    {
        "agency": ("agency_phone", "agency_fare_url", "agency_email", "cemv_support"),
        "stops": (
            "stop_code", "tts_stop_name", "stop_desc", "zone_id", "stop_url", "stop_timezone", "level_id", "stop_access",
        ),
        "routes": (
            "route_desc", "route_url", "route_color", "route_text_color", "route_sort_order", "continuous_pickup",
            "continuous_drop_off", "network_id", "cemv_support",
        ),
        "trips": ("trip_short_name", "shape_id", "bikes_allowed", "cars_allowed"),
        "stop_times": (
            "stop_headsign", "continuous_pickup", "continuous_drop_off", "location_group_id", "location_id",
            "start_pickup_drop_off_window", "end_pickup_drop_off_window", "pickup_booking_rule_id",
            "drop_off_booking_rule_id",
        ),
        "feed_info": ("default_lang", "feed_contact_email", "feed_contact_url"),
    }
)  # fmt: skip
#: Columns that no two rows of a file may share, all together. Those of stop_times.txt, trip and sequence, are checked
#: with the order of its calls.
UNIQUE_KEYS: Final = MappingProxyType(
    {
        "agency": ("agency_id",),
        "stops": ("stop_id",),
        "routes": ("route_id",),
        "trips": ("trip_id",),
        "calendar": ("service_id",),
        "calendar_dates": ("service_id", "date"),
        "frequencies": ("trip_id", "start_time"),
        "transfers": (
            "from_stop_id", "to_stop_id", "from_route_id", "to_route_id", "from_trip_id", "to_trip_id",
        ),
    }
)  # fmt: skip
#: (file, column) -> the files one of which must hold the value, in the column named.
REFERENCES: Final = (
    ("stops", "parent_station", ("stops",), "stop_id"),
    ("routes", "agency_id", ("agency",), "agency_id"),
    ("trips", "route_id", ("routes",), "route_id"),
    ("trips", "service_id", ("calendar", "calendar_dates"), "service_id"),
    ("stop_times", "trip_id", ("trips",), "trip_id"),
    ("stop_times", "stop_id", ("stops",), "stop_id"),
    ("frequencies", "trip_id", ("trips",), "trip_id"),
    ("transfers", "from_stop_id", ("stops",), "stop_id"),
    ("transfers", "to_stop_id", ("stops",), "stop_id"),
    ("transfers", "from_route_id", ("routes",), "route_id"),
    ("transfers", "to_route_id", ("routes",), "route_id"),
    ("transfers", "from_trip_id", ("trips",), "trip_id"),
    ("transfers", "to_trip_id", ("trips",), "trip_id"),
)


@dataclass(frozen=True, repr=False)
class Feed:
    """One GTFS feed as checked tables.

    Attributes
    ----------
    name
        Short name, from the path's last part; prefixes ids when several feeds are merged.
    tables
        File name without ``.txt`` -> DataFrame with the columns of `TABLES`. Ids and texts are categorical, times are
        seconds since the service day's start (noon minus twelve hours; `MISSING_TIME` where the cell is empty), dates
        are integers YYYYMMDD. A file that is absent gives an empty table.
    notices
        What was noticed on reading that does not forbid the feed's use: warnings, and what is worth knowing.
    source
        The path's last part, which stands before the file's name where a notice says its place.
    lines
        File name without ``.txt`` -> the row in the file of each row of the table, for the files where it is not
        simply two more than the row's position, because blank lines stand among them.

    Examples
    --------
    >>> feed = acc.read_feed(metro)
    >>> feed["routes"]["route_type"].tolist()
    [0, 0]
    """

    name: str
    tables: Mapping[str, pd.DataFrame]
    notices: tuple[Notice, ...] = ()
    source: str = ""
    lines: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Name the feed and count the rows of its tables."""
        rows = ", ".join(f"{name} {len(table):,}" for name, table in self.tables.items() if len(table))
        return f"<Feed {self.name}: {rows}; {len(self.notices)} notices>"

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return one table by its file name without ``.txt``."""
        return self.tables[table]

    @property
    def notes(self) -> tuple[str, ...]:
        """The warnings as sentences, which belong beside every number that rests on this feed."""
        return tuple(notice.sentence() for notice in self.notices if notice.severity == "WARNING")

    def file(self, table: str) -> str:
        """Name a table's file as notices do."""
        return f"{self.source or self.name}/{table}.txt"

    def row(self, table: str, position: int) -> int:
        """Tell the row of the file, as an editor shows it, of the row that stands at a position of a table."""
        lines = self.lines.get(table)
        return position + 2 if lines is None else int(lines[position])


@dataclass(frozen=True)
class FeedInspection:
    """What became of reading a feed.

    Attributes
    ----------
    feed
        The feed; None when there is an ERROR, for then no number may rest on it.
    notices
        Every finding, file by file in the order of `TABLES`, each with its first row and its count.
    tables
        The tables that could be read at all, for a report on a feed that cannot be used: a cell that cannot be read
        counts as empty there.
    lines
        As `Feed.lines`, of those tables.
    """

    feed: Feed | None
    notices: tuple[Notice, ...]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    lines: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Notice, ...]:
        """The findings for which the feed is refused."""
        return tuple(notice for notice in self.notices if notice.severity == "ERROR")
