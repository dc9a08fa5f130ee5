"""GTFS feeds, zip or folder, into checked tables; and which services run on a date.

The columns the toolkit reads are listed once, in `TABLES`: that list drives the reading, the checks and the
documentation. Every value is read as text into a dictionary column and each distinct text is parsed once, so a
stop_times file of millions of rows costs a few thousand parses, and a bad value is known by its row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from accessibility.errors import FeedError
from accessibility.feed_files import FeedFiles

Kind = Literal["id", "text", "time", "date", "int", "float"]
MISSING_TIME: Final = -1
#: More than any header line; a first line beyond it is no GTFS table.
HEADER_BYTES: Final = 65_536
#: No number of a feed may pass what the engine's arrays hold, nor any duration a day.
HIGHEST_INT: Final = 2**31 - 1
LONGEST_DURATION_S: Final = 86_400
HIGHEST_ROUTE_TYPE: Final = 10_000
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Column:
    """One column of a GTFS file: its kind, whether rows must fill it, and what an empty cell means."""

    name: str
    kind: Kind
    required: bool = False
    default: int | float = 0
    low: float | None = None
    high: float | None = None


def _ids(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "id") for name in names)


#: Every file and column that is read; files and columns not named here are left alone.
TABLES: Final = MappingProxyType(
    {
        "agency": (
            Column("agency_id", "id"),
            Column("agency_name", "text"),
            Column("agency_timezone", "text", required=True),
        ),
        "stops": (
            Column("stop_id", "id", required=True),
            Column("stop_name", "text"),
            Column("stop_lat", "float", default=np.nan, low=-90, high=90),
            Column("stop_lon", "float", default=np.nan, low=-180, high=180),
            Column("location_type", "int", low=0, high=4),
            Column("parent_station", "id"),
        ),
        "routes": (
            Column("route_id", "id", required=True),
            Column("route_short_name", "text"),
            Column("route_long_name", "text"),
            Column("route_type", "int", required=True, low=0, high=HIGHEST_ROUTE_TYPE),
        ),
        "trips": (
            Column("route_id", "id", required=True),
            Column("service_id", "id", required=True),
            Column("trip_id", "id", required=True),
            Column("trip_headsign", "text"),
        ),
        "stop_times": (
            Column("trip_id", "id", required=True),
            Column("arrival_time", "time", default=MISSING_TIME),
            Column("departure_time", "time", default=MISSING_TIME),
            Column("stop_id", "id", required=True),
            Column("stop_sequence", "int", required=True, low=0, high=HIGHEST_INT),
            Column("pickup_type", "int", low=0, high=3),
            Column("drop_off_type", "int", low=0, high=3),
            Column("shape_dist_traveled", "float", default=np.nan, low=0),
        ),
        "calendar": (
            Column("service_id", "id", required=True),
            *(Column(day, "int", required=True, low=0, high=1) for day in WEEKDAYS),
            Column("start_date", "date", required=True),
            Column("end_date", "date", required=True),
        ),
        "calendar_dates": (
            Column("service_id", "id", required=True),
            Column("date", "date", required=True),
            Column("exception_type", "int", required=True, low=1, high=2),
        ),
        "frequencies": (
            Column("trip_id", "id", required=True),
            Column("start_time", "time", required=True),
            Column("end_time", "time", required=True),
            Column("headway_secs", "int", required=True, low=1, high=LONGEST_DURATION_S),
            Column("exact_times", "int", low=0, high=1),
        ),
        "transfers": (
            *_ids("from_stop_id", "to_stop_id", "from_route_id", "to_route_id", "from_trip_id", "to_trip_id"),
            Column("transfer_type", "int", low=0, high=5),
            Column("min_transfer_time", "int", default=-1, low=0, high=LONGEST_DURATION_S),
        ),
    }
)
REQUIRED_FILES: Final = ("agency", "stops", "routes", "trips", "stop_times")
UNIQUE_KEYS: Final = MappingProxyType(
    {"stops": "stop_id", "routes": "route_id", "trips": "trip_id", "calendar": "service_id"}
)
#: (file, column) -> (file, column) that must hold the value.
REFERENCES: Final = (
    ("trips", "route_id", "routes", "route_id"),
    ("stop_times", "trip_id", "trips", "trip_id"),
    ("stop_times", "stop_id", "stops", "stop_id"),
    ("frequencies", "trip_id", "trips", "trip_id"),
    ("stops", "parent_station", "stops", "stop_id"),
    ("transfers", "from_stop_id", "stops", "stop_id"),
    ("transfers", "to_stop_id", "stops", "stop_id"),
)


@dataclass(frozen=True)
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
    """

    name: str
    tables: MappingProxyType[str, pd.DataFrame]

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return one table by its file name without ``.txt``."""
        return self.tables[table]


def read_feed(path: str | Path) -> Feed:
    """Read one GTFS feed and check it against `TABLES`.

    Parameters
    ----------
    path
        A zip, or a folder, with the files at its top or in a single folder inside.

    Returns
    -------
    Feed
        Checked tables; see there for units.

    Raises
    ------
    FeedError
        For a path that is no feed, an absent required file or column, a value that cannot be read, a duplicated id
        or a reference to an id that does not exist: with file, row and a code in the manner of the MobilityData
        validator's notices.
    """
    path = Path(path)
    tables: dict[str, pd.DataFrame] = {}
    with FeedFiles(path, TABLES) as files:
        if not files.has("calendar") and not files.has("calendar_dates"):
            raise FeedError(
                "neither calendar.txt nor calendar_dates.txt is there",
                file=str(path),
                code="missing_calendar",
            )
        for table, columns in TABLES.items():
            if files.has(table):
                tables[table] = _read_table(files.read(table), columns, file=f"{path.name}/{table}.txt")
            elif table in REQUIRED_FILES:
                raise FeedError(f"{table}.txt is missing", file=str(path), code="missing_required_file")
            else:
                tables[table] = _empty(columns)
    if not len(tables["agency"]):
        raise FeedError(
            "no agency is named, so the time zone is not known",
            file=f"{path.name}/agency.txt",
            code="missing_agency",
        )
    _check_keys(tables, path.name)
    return Feed(name=path.stem, tables=MappingProxyType(tables))


def services_on(feed: Feed, date: dt.date) -> set[str]:
    """Which service ids run on a date, by calendar.txt and the exceptions of calendar_dates.txt."""
    day = int(date.strftime("%Y%m%d"))
    calendar, exceptions = feed["calendar"], feed["calendar_dates"]
    runs = (
        (calendar[WEEKDAYS[date.weekday()]] == 1)
        & (calendar["start_date"] <= day)
        & (calendar["end_date"] >= day)
    )
    today = exceptions[exceptions["date"] == day]
    added = today.loc[today["exception_type"] == 1, "service_id"]
    removed = today.loc[today["exception_type"] == 2, "service_id"]
    return (set(calendar.loc[runs, "service_id"].astype(str)) | set(added.astype(str))) - set(
        removed.astype(str)
    )


def service_span(feed: Feed) -> tuple[dt.date, dt.date] | None:
    """First and last date on which the calendars let any service run; None when no row does."""
    calendar, exceptions = feed["calendar"], feed["calendar_dates"]
    some_day = calendar[list(WEEKDAYS)].sum(axis=1) > 0
    starts = [
        *calendar.loc[some_day, "start_date"],
        *exceptions.loc[exceptions["exception_type"] == 1, "date"],
    ]
    ends = [*calendar.loc[some_day, "end_date"], *exceptions.loc[exceptions["exception_type"] == 1, "date"]]
    if not starts:
        return None
    return _as_date(min(starts)), _as_date(max(ends))


def parse_time(text: str) -> int:
    """Seconds since the service day's start for ``H:MM:SS``, which may pass 24:00:00.

    Raises
    ------
    ValueError
        When the text is no such time.
    """
    hours, minutes, seconds = text.split(":")
    if not (len(minutes) == len(seconds) == 2 and 1 <= len(hours) <= 3):
        raise ValueError(text)
    if not (hours.isdecimal() and minutes.isdecimal() and seconds.isdecimal()):
        raise ValueError(text)
    if int(minutes) > 59 or int(seconds) > 59:
        raise ValueError(text)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def _read_table(content: pa.Buffer, columns: tuple[Column, ...], *, file: str) -> pd.DataFrame:
    first_line, _, rest = content.slice(0, min(content.size, HEADER_BYTES)).to_pybytes().partition(b"\n")
    header = first_line.decode("utf-8-sig", errors="replace").strip()
    names = [name.strip().strip('"') for name in header.split(",")]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise FeedError(f"column {twice[0]} is there twice", file=file, row=1, code="duplicated_column")
    wanted = [column for column in columns if column.name in names]
    for column in columns:
        if column.required and column.name not in names:
            raise FeedError(
                f"column {column.name} is missing", file=file, row=1, code="missing_required_column"
            )
    if not rest.strip():
        return _empty(columns)
    text = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(content.slice(min(len(first_line) + 1, content.size))),
            read_options=pa_csv.ReadOptions(column_names=names),
            parse_options=pa_csv.ParseOptions(newlines_in_values=False),
            convert_options=pa_csv.ConvertOptions(
                include_columns=[column.name for column in wanted],
                column_types={column.name: text for column in wanted},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise FeedError(f"cannot be read as CSV ({error})", file=file, code="unparsable_csv") from None
    frame = {column.name: _parse_column(table.column(column.name), column, file=file) for column in wanted}
    for column in columns:
        if column.name not in frame:
            frame[column.name] = _blank(column, table.num_rows)
    return pd.DataFrame({column.name: frame[column.name] for column in columns})


def _parse_column(values: pa.ChunkedArray, column: Column, *, file: str) -> pd.Series | npt.NDArray[Any]:
    combined = values.unify_dictionaries().combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        combined = combined.chunk(0)
    codes = combined.indices.to_numpy(zero_copy_only=False)
    texts = [text.strip() for text in combined.dictionary.to_pylist()]
    if column.required:
        _refuse_first(
            codes, [text == "" for text in texts], f"{column.name} is empty", file, "missing_required_field"
        )
    if column.kind in ("id", "text"):
        return _categorical(codes, texts)
    parsed, bad = _parse_times(texts) if column.kind == "time" else _parse_each(texts, column)
    _refuse_first(
        codes, bad, f"{column.name} is not a usable {column.kind}", file, f"invalid_{column.kind}", texts
    )
    result: npt.NDArray[Any] = parsed[codes]
    return result


def _parse_each(texts: list[str], column: Column) -> tuple[npt.NDArray[Any], list[bool]]:
    """Parse distinct texts one by one; tell which are no value of the column."""
    parsed = np.empty(len(texts), dtype=np.float64 if column.kind == "float" else np.int64)
    bad = [False] * len(texts)
    parse = _PARSERS[column.kind]
    for i, text in enumerate(texts):
        try:
            parsed[i] = parse(text) if text else column.default
        except (ValueError, OverflowError):
            bad[i] = True
            continue
        bad[i] = bool(text) and not _in_range(parsed[i], column)
    return parsed, bad


def _parse_times(texts: list[str]) -> tuple[npt.NDArray[Any], list[bool]]:
    """Parse distinct times, those of the usual eight characters all at once."""
    usual = np.array([len(text) == 8 and text.isascii() for text in texts], dtype=bool)
    parsed = np.full(len(texts), MISSING_TIME, dtype=np.int64)
    bad = np.zeros(len(texts), dtype=bool)
    characters = np.array([text for text, is_usual in zip(texts, usual, strict=True) if is_usual], dtype="S8")
    digits = characters.view(np.uint8).reshape(-1, 8).astype(np.int64) - ord("0")
    parsed[usual] = digits @ np.array([36_000, 3_600, 0, 600, 60, 0, 10, 1])
    figures = digits[:, [0, 1, 3, 4, 6, 7]]
    bad[usual] = (
        (digits[:, [2, 5]] != ord(":") - ord("0")).any(axis=1)
        | (figures < 0).any(axis=1)
        | (figures > 9).any(axis=1)
        | (digits[:, [3, 6]] > 5).any(axis=1)
    )
    for i in np.flatnonzero(~usual):
        try:
            parsed[i] = parse_time(texts[i]) if texts[i] else MISSING_TIME
        except ValueError:
            bad[i] = True
    return parsed, bad.tolist()


def _in_range(value: float, column: Column) -> bool:
    return not (
        (column.low is not None and value < column.low) or (column.high is not None and value > column.high)
    )


def _parse_date(text: str) -> int:
    if len(text) != 8 or not text.isdecimal():
        raise ValueError(text)
    _as_date(int(text))
    return int(text)


def _parse_float(text: str) -> float:
    value = float(text)
    if not np.isfinite(value):
        raise ValueError(text)
    return value


_PARSERS: Final[MappingProxyType[str, Callable[[str], float]]] = MappingProxyType(
    {"date": _parse_date, "int": int, "float": _parse_float}
)


def _refuse_first(
    codes: npt.NDArray[Any],
    bad: list[bool],
    reason: str,
    file: str,
    code: str,
    texts: list[str] | None = None,
) -> None:
    if not any(bad):
        return
    first = int(np.flatnonzero(np.asarray(bad)[codes])[0])
    found = f": found {texts[codes[first]]!r}" if texts else ""
    raise FeedError(f"{reason}{found}", file=file, row=first + 2, code=code)


def _categorical(codes: npt.NDArray[Any], texts: list[str]) -> pd.Series:
    categories, mapping = np.unique(np.asarray(texts, dtype=object).astype(str), return_inverse=True)
    return pd.Series(pd.Categorical.from_codes(mapping[codes], categories=pd.Index(categories, dtype=object)))


def _blank(column: Column, rows: int) -> pd.Series | npt.NDArray[Any]:
    if column.kind in ("id", "text"):
        return _categorical(np.zeros(rows, dtype=np.int32), [""])
    return np.full(rows, column.default, dtype=np.float64 if column.kind == "float" else np.int64)


def _empty(columns: tuple[Column, ...]) -> pd.DataFrame:
    return pd.DataFrame({column.name: _blank(column, 0) for column in columns})


def _as_date(day: int) -> dt.date:
    return dt.datetime.strptime(str(day), "%Y%m%d").replace(tzinfo=dt.UTC).date()


def _check_keys(tables: dict[str, pd.DataFrame], feed: str) -> None:
    for table, key in UNIQUE_KEYS.items():
        twice = tables[table][key].duplicated().to_numpy()
        if twice.any():
            row = int(np.flatnonzero(twice)[0])
            raise FeedError(
                f"{key} {tables[table][key].iloc[row]!r} is there twice",
                file=f"{feed}/{table}.txt",
                row=row + 2,
                code="duplicate_key",
            )
    for table, column, other, key in REFERENCES:
        _check_reference(tables, feed, (table, column), (other, key))


def _check_reference(
    tables: dict[str, pd.DataFrame], feed: str, here: tuple[str, str], there: tuple[str, str]
) -> None:
    values = tables[here[0]][here[1]]
    known = pd.Index(tables[there[0]][there[1]].astype(object))
    lost = ~(values.cat.categories.isin(known) | (values.cat.categories == ""))
    rows = np.flatnonzero(lost[values.cat.codes.to_numpy()]) if len(values) else np.empty(0, dtype=int)
    if len(rows):
        row = int(rows[0])
        raise FeedError(
            f"{here[1]} {values.iloc[row]!r} is not in {there[0]}.txt",
            file=f"{feed}/{here[0]}.txt",
            row=row + 2,
            code="foreign_key_violation",
        )
