"""The lines of a CSV file: its header, its columns as they stand, and which line of the file each row is.

pyarrow reads the rows and passes over blank lines; this room keeps the count of lines, so that the row a message names is
the row an editor shows, and finds what pyarrow cannot say plainly: a value that runs over its line, rows too short or too
long, lines no table has.
"""

from __future__ import annotations

import codecs
import csv
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from accessibility.feeds.notices import Notice, quoted
from accessibility.feeds.schema import Column
from accessibility.feeds.text_lines import (
    count_lines,
    filled_lines,
    first_line_not_utf8,
    lines_with_odd_quotes,
    long_lines,
)

#: More than any header line; a first line beyond it is no GTFS table.
HEADER_BYTES: Final = 65_536
#: More than any row; pyarrow reads in blocks of this size and cannot hold a longer line.
LINE_BYTES: Final = 1_048_576
#: More rows than any country's stop times; beyond it the tables would not fit an ordinary machine.
MOST_ROWS: Final = 100_000_000

Int64Array = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CsvRows:
    """Rows of a file as columns of dictionary-encoded bytes, and the line each stands on.

    `lines` is None where row *i* stands on line *i* + 2, as it does in every tidy file.
    """

    columns: Mapping[str, pa.ChunkedArray]
    count: int
    lines: Int64Array | None

    def line(self, position: int) -> int:
        """Tell the line of the row at a position."""
        return position + 2 if self.lines is None else int(self.lines[position])


@dataclass(frozen=True)
class ReadRows:
    """What reading the lines came to: rows, None where there is no table, and notices."""

    rows: CsvRows | None
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class _Header:
    names: list[str]
    capitals: list[str]
    line: int
    data_start: int


def read_rows(
    content: pa.Buffer, columns: tuple[Column, ...], *, file: str, left_alone: Collection[str] = ()
) -> ReadRows:
    """Read the wanted columns of a file, as they stand.

    Parameters
    ----------
    content
        The whole file.
    columns
        The columns wanted, and whether they must be there.
    file
        The file's name in notices.
    left_alone
        Columns that are known and not wanted; any other is noted as unknown.

    Returns
    -------
    ReadRows
        Rows of the wrong length are left out and noted as an ERROR; blank lines are passed over.
    """
    header = _read_header(content, file)
    if isinstance(header, Notice):
        return ReadRows(None, (header,))
    notices = _check_header(header, columns, file, left_alone)
    if any(notice.severity == "ERROR" for notice in notices):
        return ReadRows(None, tuple(notices))
    # Without a column of ours the first one is read, for its rows count all the same.
    wanted = [column.name for column in columns if column.name in header.names] or header.names[:1]
    body = content.slice(header.data_start)
    lines = count_lines(_as_bytes(body))
    if lines > MOST_ROWS:
        message = f"has {lines:,} lines, and {MOST_ROWS:,} are the most that are read"
        return ReadRows(None, (*notices, Notice("too_many_rows", "ERROR", message, file)))
    rows, found = _read_body(body, header, wanted, lines, file)
    return ReadRows(rows, (*notices, *found))


def _read_header(content: pa.Buffer, file: str) -> _Header | Notice:
    """Find the header: the first line that is not blank."""
    start = content.slice(0, min(content.size, HEADER_BYTES)).to_pybytes()
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start[:64]:
        return Notice("invalid_character", "ERROR", "is not UTF-8 text; save it as CSV in UTF-8", file, 1)
    bom = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
    line, begin = 1, bom
    for text in start[bom:].splitlines(keepends=True):
        if text.strip():
            break
        line, begin = line + 1, begin + len(text)
    else:
        return Notice("empty_file", "ERROR", "is empty, without even a header", file)
    if len(text) == len(text.rstrip(b"\r\n")) and content.size > HEADER_BYTES:
        message = f"the first line is longer than {HEADER_BYTES:,} bytes, as no header is"
        return Notice("csv_parsing_failed", "ERROR", message, file, line)
    shown = text.decode("utf-8", errors="replace").strip()
    try:
        names = next(csv.reader([shown], skipinitialspace=True))
    except csv.Error:
        names = []
    if not names:
        return Notice("csv_parsing_failed", "ERROR", "the header cannot be read", file, line)
    names = [name.strip() for name in names]
    capitals = [name for name in names if name != name.lower()]
    return _Header([name.lower() for name in names], capitals, line, begin + len(text))


def _check_header(
    header: _Header, columns: tuple[Column, ...], file: str, left_alone: Collection[str]
) -> list[Notice]:
    notices = []
    names = header.names
    if header.capitals:
        message = f"column {quoted(header.capitals[0])} is written with capitals"
        count = len(header.capitals)
        notices.append(Notice("unexpected_letter_case", "INFO", message, file, header.line, count))
    known = {"", *left_alone, *(column.name for column in columns)}
    unknown = [name for name in names if name not in known]
    if unknown:
        message = f"column {quoted(unknown[0])} is not known and was not read"
        notices.append(Notice("unknown_column", "INFO", message, file, header.line, len(unknown)))
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        message = f"column {quoted(twice[0])} is there twice"
        notices.append(Notice("duplicated_column", "ERROR", message, file, header.line, len(twice)))
    if "" in names:
        message = f"column {names.index('') + 1} has no name"
        notices.append(Notice("empty_column_name", "ERROR", message, file, header.line, names.count("")))
    notices += [
        Notice("missing_required_column", "ERROR", f"column {column.name} is missing", file, header.line)
        for column in columns
        if column.required and column.name not in names
    ]
    return notices


def _read_body(
    body: pa.Buffer, header: _Header, wanted: list[str], lines: int, file: str
) -> tuple[CsvRows | None, list[Notice]]:
    data = _as_bytes(body)
    if not len(data):
        return CsvRows(_no_rows(wanted), 0, None), []
    misfits = _Misfits()
    try:
        table = _read_csv(body, header.names, wanted)
    except pa.ArrowInvalid:
        why = _why_no_lines(data, header, file)
        table = None if why else _read_but_misfits(body, header.names, wanted, misfits)
        if why or table is None:
            return None, [why or _why_unreadable(data, header, file)]
    count = table.num_rows
    if not misfits.count and lines == count and header.line == 1:
        return CsvRows(_columns(table), count, None), []
    filled = filled_lines(data)
    if len(filled) != count + misfits.count:
        return None, [_why_unreadable(data, header, file)]
    numbers = filled + header.line + 1
    rows = CsvRows(_columns(table), count, np.delete(numbers, [*misfits.blank, *misfits.uneven]))
    return rows, list(misfits.notices(numbers, len(header.names), file))


def _why_no_lines(data: npt.NDArray[np.uint8], header: _Header, file: str) -> Notice | None:
    """Say why the lines are none of a table's, if that is so: too long, or no text."""
    too_long = long_lines(data, most_bytes=LINE_BYTES)
    if len(too_long):
        message = f"the line is longer than {LINE_BYTES:,} bytes, as no row of a timetable is"
        row = int(too_long[0]) + header.line + 1
        return Notice("csv_parsing_failed", "ERROR", message, file, row, len(too_long))
    no_text = first_line_not_utf8(data)
    if no_text is not None:
        message = "holds characters that are not UTF-8 text"
        return Notice("invalid_character", "ERROR", message, file, no_text + header.line + 1)
    return None


def _why_unreadable(data: npt.NDArray[np.uint8], header: _Header, file: str) -> Notice:
    """Say why the rows are not the lines."""
    odd = lines_with_odd_quotes(data)
    if not len(odd):
        return Notice("csv_parsing_failed", "ERROR", "cannot be read as comma-separated values", file)
    message = "a value in quotation marks runs over the end of its line, or the marks are not closed"
    row = int(odd[0]) + header.line + 1
    return Notice("new_line_in_value", "ERROR", message, file, row, (len(odd) + 1) // 2)


@dataclass
class _Misfits:
    """Rows of another length than the header, each by its place among the rows that are not blank.

    Those that hold only spaces are kept apart; of the others, the length of the first is kept.
    """

    blank: array[int] = field(default_factory=lambda: array("q"))
    uneven: array[int] = field(default_factory=lambda: array("q"))
    length: int = 0

    @property
    def count(self) -> int:
        return len(self.blank) + len(self.uneven)

    def set_aside(self, row: pa_csv.InvalidRow) -> str:
        """Keep in mind a row that does not fit, and have it left out."""
        if not row.text.strip():
            self.blank.append(row.number - 1)
        else:
            self.length = self.length or row.actual_columns
            self.uneven.append(row.number - 1)
        return "skip"

    def notices(self, numbers: Int64Array, width: int, file: str) -> Iterator[Notice]:
        if self.blank:
            row, message = int(numbers[self.blank[0]]), "holds only spaces and was passed over"
            yield Notice("empty_row", "WARNING", message, file, row, len(self.blank))
        if self.uneven:
            row, message = (
                int(numbers[self.uneven[0]]),
                f"has {self.length} values where the header has {width}",
            )
            yield Notice("invalid_row_length", "ERROR", message, file, row, len(self.uneven))


def _as_bytes(body: pa.Buffer) -> npt.NDArray[np.uint8]:
    return np.frombuffer(body, dtype=np.uint8) if body.size else np.empty(0, dtype=np.uint8)


def _no_rows(wanted: list[str]) -> dict[str, pa.ChunkedArray]:
    empty = pa.array([], type=pa.binary()).dictionary_encode()
    return {name: pa.chunked_array([empty]) for name in wanted}


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {name: table.column(name) for name in table.column_names}


def _read_but_misfits(
    body: pa.Buffer, names: list[str], wanted: list[str], misfits: _Misfits
) -> pa.Table | None:
    """Read again, row by row in order, setting aside the rows that do not fit; None where that fails as well."""
    try:
        return _read_csv(body, names, wanted, set_aside=misfits.set_aside)
    except pa.ArrowInvalid:
        return None


def _read_csv(
    body: pa.Buffer,
    names: list[str],
    wanted: list[str],
    *,
    set_aside: Callable[[pa_csv.InvalidRow], str] | None = None,
) -> pa.Table:
    text = pa.dictionary(pa.int32(), pa.binary())
    return pa_csv.read_csv(
        pa.BufferReader(body),
        read_options=pa_csv.ReadOptions(
            column_names=names, block_size=LINE_BYTES, use_threads=set_aside is None
        ),
        parse_options=pa_csv.ParseOptions(newlines_in_values=False, invalid_row_handler=set_aside),
        convert_options=pa_csv.ConvertOptions(
            include_columns=wanted, column_types=dict.fromkeys(wanted, text), strings_can_be_null=False
        ),
    )
