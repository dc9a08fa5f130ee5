"""The bytes of one GTFS file into a table and what was noticed in it.

Every value is read as bytes into a dictionary column and each distinct value is decoded, checked and parsed once, so a
stop_times file of millions of rows costs a few thousand parses, and a bad value is known by its row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from accessibility.feeds.lines import CsvRows, read_rows
from accessibility.feeds.notices import Notice, Severity, quoted
from accessibility.feeds.schema import MISSING_TIME, Column

_KINDS: Final = MappingProxyType(
    {"time": "time (H:MM:SS)", "date": "date (YYYYMMDD)", "int": "whole number", "float": "number"}
)
_CODES: Final = MappingProxyType(
    {"time": "invalid_time", "date": "invalid_date", "int": "invalid_integer", "float": "invalid_float"}
)

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ParsedTable:
    """One file as a table, None where it cannot be one, with its findings and the rows it stands on."""

    frame: pd.DataFrame | None
    notices: tuple[Notice, ...]
    lines: npt.NDArray[np.int64] | None = None


@dataclass
class _Findings:
    """What is noticed in the rows of one file."""

    rows: CsvRows
    file: str
    notices: list[Notice] = field(default_factory=list)

    def at(self, code: str, severity: Severity, message: str, positions: npt.NDArray[np.intp]) -> None:
        """Note one finding that several rows share, the first of which the message is about."""
        row = self.rows.line(int(positions[0]))
        self.notices.append(Notice(code, severity, message, self.file, row, len(positions)))


@dataclass(frozen=True, eq=False)
class _Values:
    """One column: its distinct texts, and the position of each row's text among them."""

    column: Column
    texts: list[str]
    codes: npt.NDArray[np.int32]

    def rows_where(self, marked: BoolArray) -> npt.NDArray[np.intp]:
        """Positions of the rows whose text is marked."""
        return np.flatnonzero(marked[self.codes]) if marked.any() else np.empty(0, dtype=np.intp)

    def shown(self, position: int) -> str:
        """Quote the text of a row, cut to what a sentence bears."""
        return quoted(self.texts[self.codes[position]])


def parse_table(
    content: pa.Buffer, columns: tuple[Column, ...], *, file: str, left_alone: Collection[str] = ()
) -> ParsedTable:
    """Turn a file's bytes into a table with the given columns, and note what is wrong with it.

    Parameters
    ----------
    content
        The whole file: UTF-8 text of comma-separated values with a header, lines ended in any of the usual ways.
    columns
        The columns wanted.
    file
        The file's name in notices.
    left_alone
        Columns that are known and not wanted; any other is noted as unknown.

    Returns
    -------
    ParsedTable
        The columns in the order given, absent ones filled with their defaults.
    """
    read = read_rows(content, columns, file=file, left_alone=left_alone)
    if read.rows is None:
        return ParsedTable(None, read.notices)
    findings = _Findings(read.rows, file, list(read.notices))
    frame = {}
    for column in columns:
        values = read.rows.columns.get(column.name)
        if values is None:
            frame[column.name] = _blank(column, read.rows.count)
        else:
            frame[column.name] = _parse_column(_distinct(values, column, findings), findings)
    return ParsedTable(pd.DataFrame(frame), tuple(findings.notices), read.rows.lines)


def empty_table(columns: tuple[Column, ...]) -> pd.DataFrame:
    """Make a table without rows."""
    return pd.DataFrame({column.name: _blank(column, 0) for column in columns})


def parse_time(text: str) -> int:
    """Seconds since the service day's start for ``H:MM:SS``, which may pass 24:00:00.

    Raises
    ------
    ValueError
        When the text is no such time.
    """
    hours, minutes, seconds = text.split(":")
    if not (len(minutes) == len(seconds) == 2 and 1 <= len(hours) <= 3 and text.isascii()):
        raise ValueError(text)
    if not (hours.isdecimal() and minutes.isdecimal() and seconds.isdecimal()):
        raise ValueError(text)
    if int(minutes) > 59 or int(seconds) > 59:
        raise ValueError(text)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)


def as_date(day: int) -> dt.date:
    """Turn YYYYMMDD into a date."""
    return dt.datetime.strptime(f"{day:08}", "%Y%m%d").replace(tzinfo=dt.UTC).date()


def _distinct(values: pa.ChunkedArray, column: Column, findings: _Findings) -> _Values:
    """Decode a column's distinct values, trimmed, and note those that are damaged."""
    combined = values.unify_dictionaries().combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        combined = combined.chunk(0)
    found = _decoded(combined.dictionary)
    trimmed = pc.utf8_trim_whitespace(found)
    texts = trimmed.to_pylist()
    if pc.any(pc.starts_with(trimmed, '"')).as_py():
        before = found.to_pylist()
        texts = [
            text if old[:1] == text[:1] else _unquoted(text) for old, text in zip(before, texts, strict=True)
        ]
    distinct = _Values(column, texts, combined.indices.to_numpy(zero_copy_only=False))
    spaced = distinct.rows_where(_truths(pc.not_equal(found, trimmed)))
    if len(spaced):
        message = f"{column.name} has spaces around {distinct.shown(int(spaced[0]))}, which were taken off"
        findings.at("leading_or_trailing_whitespaces", "WARNING", message, spaced)
    damaged = distinct.rows_where(_truths(pc.match_substring_regex(trimmed, "[\ufffd\\x00]")))
    if len(damaged):
        message = (
            f"{column.name} holds characters that are not UTF-8 text: found {distinct.shown(int(damaged[0]))}"
        )
        findings.at("invalid_character", "ERROR", message, damaged)
    return distinct


def _decoded(values: pa.Array) -> pa.Array:
    """Turn bytes into text, what is not UTF-8 into replacement characters."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array(
            [value.decode("utf-8", errors="replace") for value in values.to_pylist()], type=pa.string()
        )


def _truths(values: pa.Array) -> BoolArray:
    truths: BoolArray = values.to_numpy(zero_copy_only=False)
    return truths


def _unquoted(text: str) -> str:
    """Take off the quotation marks of a value that has spaces before them, which CSV does not know as quotes."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"').strip()
    return text


def _marked(tests: Any) -> BoolArray:  # noqa: ANN401 - any iterable of truths
    return np.fromiter(tests, dtype=np.bool_)


def _parse_column(values: _Values, findings: _Findings) -> pd.Series | npt.NDArray[Any]:
    column = values.column
    if column.required:
        empty = values.rows_where(_marked(text == "" for text in values.texts))
        if len(empty):
            findings.at("missing_required_field", "ERROR", f"{column.name} is empty", empty)
    if column.kind in ("id", "text"):
        return _categorical(values.codes, values.texts)
    parsed, bad = _PARSERS[column.kind](values.texts, column)
    wrong = values.rows_where(bad)
    if len(wrong):
        message = f"{column.name} is not a usable {_KINDS[column.kind]}: found {values.shown(int(wrong[0]))}"
        findings.at(_CODES[column.kind], "ERROR", message, wrong)
    outside = ~bad & _outside(parsed, column) & _marked(text != "" for text in values.texts)
    if outside.any():
        _note_outside(values, outside, findings)
    parsed[bad | outside] = column.default
    result: npt.NDArray[Any] = parsed[values.codes]
    return result


def _outside(parsed: npt.NDArray[Any], column: Column) -> BoolArray:
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    outside: BoolArray = (parsed < low) | (parsed > high)
    return outside


def _note_outside(values: _Values, outside: BoolArray, findings: _Findings) -> None:
    column, rows = values.column, values.rows_where(outside)
    if not len(rows):
        return
    found = f"found {values.shown(int(rows[0]))}"
    if not column.choice:
        limits = (
            f"at least {column.low:g}" if column.high is None else f"{column.low:.0f} to {column.high:.0f}"
        )
        findings.at("number_out_of_range", "ERROR", f"{column.name} is not {limits}: {found}", rows)
    elif column.required:
        known = " or ".join(str(n) for n in range(int(column.low or 0), int(column.high or 0) + 1))
        findings.at("unexpected_enum_value", "ERROR", f"{column.name} is not {known}: {found}", rows)
    else:
        message = f"{column.name} is a choice that is not known and was taken as empty: {found}"
        findings.at("unexpected_enum_value", "WARNING", message, rows)


def _parse_ints(texts: Sequence[str], column: Column) -> tuple[npt.NDArray[Any], BoolArray]:
    return _parse_each(texts, column, _parse_int, np.int64)


def _parse_dates(texts: Sequence[str], column: Column) -> tuple[npt.NDArray[Any], BoolArray]:
    return _parse_each(texts, column, _parse_date, np.int64)


def _parse_floats(texts: Sequence[str], column: Column) -> tuple[npt.NDArray[Any], BoolArray]:
    return _parse_each(texts, column, _parse_float, np.float64)


def _parse_each(
    texts: Sequence[str], column: Column, parse: Callable[[str], float], dtype: type[np.generic]
) -> tuple[npt.NDArray[Any], BoolArray]:
    """Parse distinct texts one by one; tell which are no value of the column's kind."""
    parsed = np.full(len(texts), column.default, dtype=dtype)
    bad = np.zeros(len(texts), dtype=np.bool_)
    for i, text in enumerate(texts):
        if not text:
            continue
        try:
            parsed[i] = parse(text)
        except ValueError:
            bad[i] = True
    return parsed, bad


def _parse_int(text: str) -> int:
    """Read a whole number in plain digits; one that the array cannot hold becomes the largest it can."""
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    limits = np.iinfo(np.int64)
    return max(limits.min, min(int(text), limits.max))


def _parse_float(text: str) -> float:
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    value = float(text)
    if not np.isfinite(value):
        raise ValueError(text)
    return value


def _parse_date(text: str) -> int:
    if len(text) != 8 or not (text.isascii() and text.isdecimal()):
        raise ValueError(text)
    as_date(int(text))
    return int(text)


def _parse_times(texts: Sequence[str], column: Column) -> tuple[npt.NDArray[Any], BoolArray]:
    """Parse distinct times, those of the usual eight characters all at once."""
    usual = np.array([len(text) == 8 and text.isascii() for text in texts], dtype=np.bool_)
    parsed = np.full(len(texts), MISSING_TIME, dtype=np.int64)
    bad = np.zeros(len(texts), dtype=np.bool_)
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
    unusual = [text for text, is_usual in zip(texts, usual, strict=True) if not is_usual]
    parsed[~usual], bad[~usual] = _parse_each(unusual, column, parse_time, np.int64)
    return parsed, bad


_Parser = Callable[[Sequence[str], Column], tuple[npt.NDArray[Any], BoolArray]]
_PARSERS: Final[MappingProxyType[str, _Parser]] = MappingProxyType(
    {"time": _parse_times, "date": _parse_dates, "int": _parse_ints, "float": _parse_floats}
)


def _categorical(codes: npt.NDArray[Any], texts: Sequence[str]) -> pd.Series:
    order = sorted(range(len(texts)), key=texts.__getitem__)
    ranked = [texts[i] for i in order]
    is_new = np.array([i == 0 or ranked[i] != ranked[i - 1] for i in range(len(ranked))], dtype=np.bool_)
    mapping = np.empty(len(texts), dtype=np.int64)
    mapping[order] = np.cumsum(is_new) - 1
    categories = pd.Index([text for text, new in zip(ranked, is_new, strict=True) if new], dtype=object)
    return pd.Series(pd.Categorical.from_codes(mapping[codes], categories=categories))


def _blank(column: Column, rows: int) -> pd.Series | npt.NDArray[Any]:
    if column.kind in ("id", "text"):
        return _categorical(np.zeros(rows, dtype=np.int32), [""])
    default = MISSING_TIME if column.kind == "time" else column.default
    return np.full(rows, default, dtype=np.float64 if column.kind == "float" else np.int64)
