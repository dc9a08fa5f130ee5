"""Reading tables and holding them against their specifications.

What is wrong is said with the file, the row as a spreadsheet numbers it (the header is row 1) and the reason.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pandas as pd
import pandera.pandas as pa

from corridors.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

    from corridors.tables import TableSpec

_REASONS = {
    "text": "is not text",
    "flag": "is neither true nor false",
    "count": "is not a whole number of zero or more",
    "rank": "is not a rank of one or more",
    "tenth": "is not a whole number from 1 to 10",
    "number": "is not a number of zero or more",
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
    if not path.is_file():
        raise TableError("there is no such file", file=str(path))
    try:
        _refuse_irregular(path)
        frame = pd.read_csv(
            path,
            dtype=str,
            encoding="utf-8-sig",
            na_values=[""],
            keep_default_na=False,
            skip_blank_lines=False,
        )
    except UnicodeDecodeError as error:
        raise TableError(f"is not UTF-8 text (byte {error.start})", file=path.name) from error
    except pd.errors.EmptyDataError as error:
        raise TableError("is empty, without even a header", file=path.name) from error
    except (csv.Error, pd.errors.ParserError) as error:
        raise TableError(f"is not a regular CSV file: {_tidy(error)}", file=path.name) from error
    return check_table(frame.dropna(how="all"), spec, source=path.name)


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
    missing = [field.name for field in spec.fields if field.required and field.name not in frame.columns]
    if missing:
        found = ", ".join(map(str, frame.columns))
        raise TableError(f"column {missing[0]!r} is missing (columns found: {found})", file=source)
    try:
        typed = spec.schema().validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise TableError(_sentence(error, frame, spec, source=source, row_word=row_word)) from error
    for part, whole in spec.within:
        _refuse_part_above_whole(typed, part, whole, source=source, row_word=row_word)
    return typed


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
