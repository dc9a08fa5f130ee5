"""A feed's tables, perhaps edited, back into valid GTFS.

`TABLES` drives the writing as it drives the reading: which columns, in which order, in which form. What is written is
read back by the one reader before it takes its place, so whatever the reader refuses is never written.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from accessibility.errors import FeedError, ParameterError
from accessibility.feeds.call_checks import check_calls
from accessibility.feeds.checks import check_feed
from accessibility.feeds.gtfs import REQUIRED_FILES, TABLES, Column, Feed, read_feed
from accessibility.feeds.notices import Notice
from accessibility.feeds.packing import beside, put_in_place, zip_folder
from accessibility.feeds.parsing import empty_table, parse_table

log = logging.getLogger(__name__)

#: Notices that say which files of the source were not read.
_NOT_CARRIED: Final = ("file_not_read", "unknown_file")


def write_feed(feed: Feed, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a feed as GTFS, checked, whole or not at all.

    The written feed gives the same tables and the same timetable as the feed given. Only what `TABLES` names is
    written: files such as shapes.txt, the fares, pathways.txt and translations.txt, and columns that are not read, are
    not carried over; a warning in the log counts the files. Columns without any value are left out, and cells that say what an empty cell means anyway are
    left empty. The same feed gives the same bytes.

    Parameters
    ----------
    feed
        As `read_feed` gives it, or with its tables edited: rows added, changed or removed. Times are seconds, dates
        YYYYMMDD as integers; texts as a GTFS file has them do too. A missing value is an empty cell.
    path
        A zip where it ends in ``.zip``, else a folder. Folders above it are made.
    overwrite
        Replace what is there. A folder is replaced only where it holds nothing but files that a written feed may have.

    Returns
    -------
    pathlib.Path
        The path written.

    Raises
    ------
    FeedError
        When the tables contradict themselves or hold a value that GTFS does not have (with table, row and code, row 2
        being the first of the table), a column is not in `TABLES`, or the path cannot be written.
    ParameterError
        When something is there already and `overwrite` is not asked for.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> feed = acc.read_feed(metro)
    >>> with TemporaryDirectory() as folder:
    ...     written = acc.write_feed(feed, Path(folder) / "copy.zip")
    ...     acc.read_feed(written)["stops"].equals(feed["stops"])
    True
    """
    path = Path(path)
    _refuse_existing(path, overwrite=overwrite)
    with beside(path) as workshop:
        folder = workshop / path.name
        _write_tables(feed.tables, folder)
        _refuse_error(check_calls(read_feed(folder)))
        if path.suffix.lower() == ".zip":
            packed = workshop / "packed"
            zip_folder(folder, packed)
            folder = packed
        put_in_place(folder, path)
    for notice in feed.notices:
        if notice.code in _NOT_CARRIED:
            log.warning("%s: not carried over, for %s", path.name, notice.message)
    return path


def replace_tables(feed: Feed, **tables: pd.DataFrame) -> Feed:
    """Return a feed with some of its tables replaced, checked and in the reader's own form.

    Parameters
    ----------
    feed
        The feed to start from; it stays as it is.
    **tables
        New tables by file name without ``.txt``, such as ``trips=…``. Columns may be of any type that says the same
        (times in seconds, dates as integers YYYYMMDD); a column or a value that is missing is an empty cell.

    Returns
    -------
    Feed
        Under the same name. Its row numbers in later messages are those of the new tables, row 2 being the first.

    Raises
    ------
    FeedError
        As `write_feed`.
    ParameterError
        For a table that is not in `TABLES`.

    Examples
    --------
    >>> feed = acc.read_feed(metro)
    >>> half = feed["frequencies"].iloc[:10]
    >>> acc.replace_tables(feed, frequencies=half)
    <Feed metro: agency 1, stops 33, routes 2, trips 4, stop_times 126, calendar 1, frequencies 10, feed_info 1; 0 notices>
    """
    unknown = sorted(set(tables) - set(TABLES))
    if unknown:
        raise ParameterError(f"{unknown[0]!r} is no table of a feed; there are {', '.join(TABLES)}")
    read, said = dict(feed.tables), list[Notice]()
    for name, table in tables.items():
        if table.empty:
            read[name] = empty_table(TABLES[name])
            continue
        parsed = parse_table(
            pa.py_buffer(_text(table, name, feed.file(name))), TABLES[name], file=feed.file(name)
        )
        said += parsed.notices
        if parsed.frame is not None:
            read[name] = parsed.frame
    _refuse_error(said)
    lines = {name: rows for name, rows in feed.lines.items() if name not in tables}
    edited = dataclasses.replace(feed, tables=MappingProxyType(read), lines=lines)
    said += check_feed(edited)
    _refuse_error(said)
    # What was said of the whole is said anew; what was said of a file that is as it was, and of the source, still holds.
    outdated = {
        *check_feed(feed),
        *(n for n in feed.notices if n.file in {feed.file(name) for name in tables}),
    }
    kept = [notice for notice in feed.notices if notice not in outdated]
    return dataclasses.replace(edited, notices=(*kept, *said))


def _refuse_error(notices: Sequence[Notice]) -> None:
    for notice in notices:
        if notice.severity == "ERROR":
            raise FeedError(notice.message, file=notice.file, row=notice.row, code=notice.code)


def _refuse_existing(path: Path, *, overwrite: bool) -> None:
    if not path.exists():
        return
    if not overwrite:
        raise ParameterError(f"{path} is there already; name another path, or ask for overwrite=True")
    if not path.is_dir():
        return
    if path.suffix.lower() == ".zip":
        raise ParameterError(f"{path} is a folder and a zip was to be written; name another path")
    ours = {f"{table}.txt" for table in TABLES}
    others = sorted(inside.name for inside in path.iterdir() if inside.name not in ours)
    if others:
        raise ParameterError(
            f"{path} holds {others[0]}{f' and {len(others) - 1} more' if len(others) > 1 else ''}, which a written "
            "feed would not have, and is not replaced; name another folder"
        )


def _write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    folder.mkdir()
    for name in TABLES:
        table = tables.get(name)
        if table is not None and (len(table) or name in REQUIRED_FILES):
            (folder / f"{name}.txt").write_bytes(_text(table, name, f"{folder.name}/{name}.txt"))


def _text(table: pd.DataFrame, name: str, file: str) -> bytes:
    """Write a table as the text of its file."""
    columns = TABLES[name]
    known = {column.name for column in columns}
    for column in table.columns:
        if column not in known:
            raise FeedError(
                f"column {str(column)!r} is none that is written; leave it out",
                file=file,
                row=1,
                code="unknown_column",
            )
    cells = {column: _cells(table[column.name], column) for column in columns if column.name in table.columns}
    written = [column for column in cells if column.required or any(cells[column])]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.name for column in written])
    writer.writerows(zip(*(cells[column] for column in written), strict=True))
    return stream.getvalue().encode()


def _cells(values: pd.Series, column: Column) -> list[str]:
    """Turn a column's values into texts, each distinct value once."""
    codes, distinct = pd.factorize(values)
    texts = [_cell(value, column) for value in distinct]
    # A missing value has the code -1, which takes the last.
    found: list[str] = pd.Series([*texts, ""], dtype=object).to_numpy()[codes].tolist()
    return found


def _cell(value: object, column: Column) -> str:
    """Write one value; what is none of the column's kind comes out as it is, for the reader to refuse."""
    if column.kind in ("id", "text") or not isinstance(value, int | float | np.number | np.bool_):
        return str(value)
    number = float(value)
    if not column.required and number == column.default:
        return ""
    if column.kind == "float":
        return _decimal(number)
    if not number.is_integer():
        return str(value)
    whole = int(number)
    if column.kind == "time" and whole >= 0:
        return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return str(whole)


def _decimal(number: float) -> str:
    """Give the shortest decimal that reads back as the same number, without an exponent."""
    text = repr(number)
    return np.format_float_positional(number, trim="-") if "e" in text else text.removesuffix(".0")
