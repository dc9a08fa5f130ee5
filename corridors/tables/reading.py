"""Reading tables and holding them against their specifications.

What is wrong is said with the file, the row as a spreadsheet numbers it (the header is row 1) and the reason.
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import pandera.pandas as pa
import pyogrio
from pyogrio.errors import DataSourceError

from corridors.errors import TableError
from corridors.tables.codes import foreign_code
from corridors.tables.vintages import CodeColumn, recognise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from corridors.tables.tables import TableSpec

_REASONS = {
    "text": "is not text",
    "flag": "is neither true nor false",
    "count": "is not a whole number of zero or more",
    "rank": "is not a rank of one or more",
    "tenth": "is not a whole number from 1 to 10",
    "number": "is not a number of zero or more",
    "score": "is not a number",
    "year": "is not a year from 1900 to 2200",
    "longitude": "is not a longitude in degrees",
    "latitude": "is not a latitude in degrees",
}


def read_table(path: Path, spec: TableSpec) -> pd.DataFrame:
    """Read a CSV file and check it against its specification.

    Parameters
    ----------
    path
        A UTF-8 CSV file with a header.
    spec
        What the file must hold; further columns are kept as text.

    Returns
    -------
        The table, typed; a file with a header and no rows gives an empty table with the right columns.

    Raises
    ------
    TableError
        When the file is missing or unreadable, or breaks the specification.
    """
    with _faults_named(path):
        _refuse_irregular(path)
        frame = pd.read_csv(
            path,
            dtype=str,
            encoding="utf-8-sig",
            na_values=[""],
            keep_default_na=False,
            skip_blank_lines=False,
        )
    return check_table(frame.dropna(how="all"), spec, source=path.name)


def read_headings(path: Path, *, features: bool = False) -> list[str]:
    """Return the names of a table's columns.

    Parameters
    ----------
    path
        A UTF-8 CSV file with a header.
    features
        Whether it holds features instead, as GeoJSON or GeoPackage.

    Raises
    ------
    TableError
        When the file is missing or unreadable.
    """
    with _faults_named(path):
        if features:
            return [str(name) for name in pyogrio.read_info(path)["fields"]]
        return [str(name) for name in pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns]


@contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    """Say what keeps a file from being read, with its name."""
    if not path.is_file():
        raise TableError("there is no such file", file=str(path))
    try:
        yield
    except UnicodeDecodeError as error:
        raise TableError(
            f"is not UTF-8 text (byte {error.start}); save it as CSV in UTF-8", file=path.name
        ) from error
    except pd.errors.EmptyDataError as error:
        raise TableError("is empty, without even a header", file=path.name) from error
    except (csv.Error, pd.errors.ParserError) as error:
        raise TableError(f"is not a regular CSV file: {_tidy(error)}", file=path.name) from error
    except DataSourceError as error:
        raise TableError("cannot be read as GeoJSON or GeoPackage", file=path.name) from error


def check_table(frame: pd.DataFrame, spec: TableSpec, *, source: str, row_word: str = "row") -> pd.DataFrame:
    """Check a table of text against its specification and return it typed, under the index it came with.

    Parameters
    ----------
    frame
        The table; its index counts rows from zero, so that gaps left by blank lines keep the numbering true.
    spec
        What it must hold.
    source
        Name of the file, for the message.
    row_word
        ``"row"`` counts as a spreadsheet does, header included; ``"feature"`` counts from one.

    Raises
    ------
    TableError
        With the file, the row and the reason of the first fault, and the number of further ones.
    """
    headings = _headings(list(map(str, frame.columns)), spec, source=source)
    own = spec.headed(headings)
    try:
        typed = own.schema().validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise TableError(_sentence(error, frame, own, source=source, row_word=row_word)) from error
    for part, whole in own.within:
        _refuse_part_above_whole(typed, part, whole, source=source, row_word=row_word)
    for field in own.fields:
        vintage = recognise(field.name)
        if field.codes and field.name in typed.columns and vintage:
            fault = foreign_code(typed[field.name], geography=vintage.geography)
            if fault:
                raise TableError(f"{source}, {_place(fault[0], row_word)}: {fault[1]}")
    return typed.rename(columns={heading: name for name, heading in headings.items()})


def code_columns(columns: list[str], spec: TableSpec, *, source: str) -> list[CodeColumn]:
    """Return the columns of codes that a table is read by, with their vintages.

    Parameters
    ----------
    columns
        The headings of the table.
    spec
        What the table must hold.
    source
        Name of the file.

    Raises
    ------
    TableError
        When a column is missing, or codes of two years stand side by side.
    """
    headings = _headings(columns, spec, source=source)
    found = [(headings.get(field.name), field) for field in spec.fields if field.codes]
    vintages = [(heading, recognise(heading)) for heading, _ in found if heading]
    return [CodeColumn(source, heading, vintage) for heading, vintage in vintages if vintage]


def _headings(columns: list[str], spec: TableSpec, *, source: str) -> dict[str, str]:
    """Match the specification's columns to a file's headings, by the specification's own names."""
    headings = {}
    for field in spec.fields:
        found = field.found_in(columns)
        if len(found) > 1:
            raise TableError(
                f"columns {' and '.join(map(repr, found))} could both be the {field.meaning}: keep the one of the "
                "vintage of the other tables",
                file=source,
            )
        if not found and field.required:
            raise TableError(f"{field.absence} (columns found: {', '.join(columns)})", file=source)
        if found:
            headings[field.name] = found[0]
            if found[0] != field.name and field.name in columns:
                raise TableError(
                    f"columns {found[0]!r} and {field.name!r} mean the same: keep one", file=source
                )
    return headings


def _refuse_irregular(path: Path) -> None:
    """Refuse a header that repeats a name and rows longer or shorter than it: pandas would silently make do."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated:
            raise TableError(f"the header names column {repeated[0]!r} more than once", file=path.name)
        for number, row in enumerate(rows, start=2):
            if row and len(row) != len(header):
                raise TableError(
                    f"holds {len(row)} values where the header names {len(header)} columns",
                    file=path.name,
                    row=number,
                )


def _place(index: int, row_word: str) -> str:
    return f"row {index + 2}" if row_word == "row" else f"{row_word} {index + 1}"


def _sentence(
    error: pa.errors.SchemaErrors, frame: pd.DataFrame, spec: TableSpec, *, source: str, row_word: str
) -> str:
    """Turn pandera's failure cases into one sentence about the first faulty row."""
    cases = error.failure_cases
    cases = cases[pd.to_numeric(cases["index"], errors="coerce").notna()].copy()
    cases["index"] = cases["index"].astype(int)
    by_name = {field.name: field for field in spec.fields}
    repeated = frame.duplicated(list(spec.key), keep="first")
    faults: dict[int, str] = {}
    for index, column in zip(cases["index"], cases["column"], strict=True):
        name = str(column)
        if name not in by_name:
            continue
        if frame[name].isna().loc[index]:
            # Where one value cannot be turned, some versions of pandera name the empty ones beside it too.
            if not by_name[name].may_be_empty:
                faults.setdefault(index, f"column {name!r} is empty")
        elif not _is_key_fault(frame, name, spec, index):
            faults.setdefault(index, f"{name} {str(frame[name].loc[index])!r} {_REASONS[by_name[name].kind]}")
    for index in frame.index[repeated]:
        key = ", ".join(str(frame[name].loc[index]) for name in spec.key)
        first = frame.index[(frame[list(spec.key)] == frame.loc[index, list(spec.key)]).all(axis=1)][0]
        faults.setdefault(
            index, f"{' + '.join(spec.key)} {key!r} is already used in {_place(int(first), row_word)}"
        )
    index = min(faults)
    more = f" (rows with faults: {len(faults):,})" if len(faults) > 1 else ""
    return f"{source}, {_place(index, row_word)}: {faults[index]}{more}"


def _is_key_fault(frame: pd.DataFrame, name: str, spec: TableSpec, index: int) -> bool:
    """Tell whether a fault in a column is a repeated key, which is reported once, at the later row."""
    return name in spec.key and bool(frame.duplicated(list(spec.key), keep=False).loc[index])


def _refuse_part_above_whole(
    frame: pd.DataFrame, part: str, whole: str, *, source: str, row_word: str
) -> None:
    if part not in frame.columns or whole not in frame.columns:
        return
    wrong = frame.index[frame[part] > frame[whole]]
    if len(wrong):
        values = frame.loc[wrong[0]]
        raise TableError(
            f"{source}, {_place(int(wrong[0]), row_word)}: {part} ({values[part]:g}) is more than "
            f"{whole} ({values[whole]:g})"
        )


def _tidy(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
