"""Matrices of travel times on disk: CSV or Parquet with ``from_id, to_id`` and minutes, checked and coded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from accessibility.statistics import percentile_of
from corridors.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: A column of minutes by percentile of the departures, as r5py, r5r and this toolkit name it.
PERCENTILE: Final = re.compile(r"travel_time_p(\d{1,3})")
_PLAIN: Final = "travel_time"
_NOTHING: Final = ("", "NA", "NaN", "nan", "null")
_OLD_NAMES: Final = {"fromId": "from_id", "toId": "to_id"}


@dataclass(frozen=True, eq=False)
class Pairs:
    """A matrix as codes: row *i* is from ``from_ids[from_code[i]]`` to ``to_ids[to_code[i]]``; NaN minutes are none.

    ``column`` is the one that the minutes were taken from.
    """

    from_ids: list[str]
    to_ids: list[str]
    from_code: IntArray
    to_code: IntArray
    minutes: FloatArray
    column: str


def read_pairs(path: Path, *, statistic: str) -> Pairs:
    """Read a matrix of travel times.

    Parameters
    ----------
    path
        CSV or Parquet with ``from_id, to_id`` and ``travel_time_pNN`` or ``travel_time``.
    statistic
        ``pNN`` or ``best``: the percentile that is taken where the file has percentiles.

    Raises
    ------
    TableError
        For a file that cannot be read, lacks a column or the percentile, repeats a pair, has an id empty, or holds a
        value that is no number of 0 or more; with the row where one is to blame.
    """
    table, column = _read(path, statistic)
    pairs = _pairs(table, column, path.name)
    _refuse_twice(pairs, path.name)
    return pairs


def _read(path: Path, statistic: str) -> tuple[pa.Table, str]:
    """Read the three columns that are needed, and tell which holds the minutes."""
    if not path.is_file():
        raise TableError("there is no such file", file=str(path))
    as_parquet = path.suffix.lower() in {".parquet", ".pq"}
    try:
        if as_parquet:
            names = pa.parquet.read_schema(path).names
            column = _column(names, statistic, path.name)
            return pa.parquet.read_table(path, columns=["from_id", "to_id", column]), column
        with pa.csv.open_csv(path) as reader:
            names = reader.schema.names
        column = _column(names, statistic, path.name)
        ids = pa.dictionary(pa.int32(), pa.string())
        return pa.csv.read_csv(
            path,
            read_options=pa.csv.ReadOptions(
                use_threads=False
            ),  # in order, so that a fault can be said with its row
            convert_options=pa.csv.ConvertOptions(
                column_types={"from_id": ids, "to_id": ids, column: pa.float64()},
                include_columns=["from_id", "to_id", column],
                null_values=list(_NOTHING),
            ),
        ), column
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0].rstrip(".")
        raise TableError(
            f"cannot be read as {'Parquet' if as_parquet else 'CSV'}: {first}", file=path.name
        ) from error


def _column(names: list[str], statistic: str, file: str) -> str:
    """Choose the column of minutes: the study's percentile, else a plain one; or refuse the file."""
    for old, new in _OLD_NAMES.items():
        if old in names and new not in names:
            raise TableError(f"has a column {old}; rename it to {new}", file=file)
    for needed in ("from_id", "to_id"):
        if needed not in names:
            raise TableError(f"has no column {needed}; there are {', '.join(names)}", file=file)
    percentiles = {int(match[1]): name for name in names if (match := PERCENTILE.fullmatch(name))}
    wanted = round(percentile_of(statistic))
    if wanted in percentiles:
        return percentiles[wanted]
    if _PLAIN in names:
        return _PLAIN
    if percentiles:
        there = ", ".join(f"p{number}" for number in sorted(percentiles))
        raise TableError(
            f"has no travel times of {statistic}, the study's statistic; there are {there}: set [journey] statistic to one",
            file=file,
        )
    raise TableError("has no column travel_time or travel_time_pNN", file=file)


def _pairs(table: pa.Table, column: str, file: str) -> Pairs:
    """Code the ids and check the minutes."""
    codes = []
    for name in ("from_id", "to_id"):
        ids = table[name].combine_chunks()
        if pa.types.is_dictionary(ids.type):
            ids = ids.dictionary_decode()
        ids = ids.cast(pa.string()).fill_null("")
        empty = np.flatnonzero(pa.compute.equal(ids, "").to_numpy(zero_copy_only=False))
        if len(empty):
            raise TableError(f"{name} is empty ({len(empty):,} rows)", file=file, row=int(empty[0]) + 2)
        coded = ids.dictionary_encode()
        codes.append(
            (coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False).astype(np.int64))
        )
    try:
        minutes = table[column].cast(pa.float64()).to_numpy().astype(np.float64)
    except pa.ArrowInvalid as error:
        raise TableError(f"{column} is not a number: {str(error).splitlines()[0]}", file=file) from error
    if (minutes < 0).any():
        row = int(np.flatnonzero(minutes < 0)[0])
        raise TableError(f"{column} = {minutes[row]:g} is below 0", file=file, row=row + 2)
    (from_ids, from_code), (to_ids, to_code) = codes
    return Pairs(from_ids, to_ids, from_code, to_code, minutes, column)


def _refuse_twice(pairs: Pairs, file: str) -> None:
    """Refuse a pair that is there twice: which of its times would count?"""
    key = pairs.from_code * len(pairs.to_ids) + pairs.to_code
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(np.diff(key[order]) == 0) + 1
    if len(again):
        row = int(order[again].min())
        raise TableError(
            f"the pair {pairs.from_ids[pairs.from_code[row]]}, {pairs.to_ids[pairs.to_code[row]]} is there more than once "
            f"({len(again):,} rows repeat a pair)",
            file=file,
            row=row + 2,
        )
