"""Writing results so that a reader never meets half a file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.columns import rounded
from corridors.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[+-]?(\d[\d,]*(\.\d+)?|inf)%?")


def prepare_folder(out: str | Path) -> Path:
    """Make the folder for the outputs, or say why it cannot be.

    Raises
    ------
    OutputError
        When the path is a file, or may not be written.
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be used as the folder for results ({error.strerror})") from error
    return folder


def write_whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file beside its place and move it there when it is whole; an older file stays until then.

    Raises
    ------
    OutputError
        When the file cannot be written; no piece of it is left behind.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(part)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file whose content is made."""
    return write_whole(path, lambda part: part.write_bytes(content))


def write_text(path: Path, text: str) -> Path:
    """Write text as UTF-8 with line feeds on every system."""
    return write_bytes(path, text.encode())


def write_csv(path: Path, table: pd.DataFrame) -> Path:
    """Write a table as CSV: UTF-8, commas, line feeds, figures rounded for print, geometry left out.

    Text that a spreadsheet would take for a formula begins with an apostrophe; see `without_formulas`.
    """
    flat = without_formulas(rounded(table.drop(columns="geometry", errors="ignore")))
    return write_whole(
        path, lambda part: flat.to_csv(part, index=False, lineterminator="\n", encoding="utf-8")
    )


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before text that a spreadsheet would work out as a formula.

    Such text begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return, as OWASP's note on CSV injection lists
    them; a number with a sign is none. Tables hold names that others gave, and a name must not do anything.
    """
    texts = table.columns[[not pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes]]
    return table.assign(**{name: table[name].map(_without_formula) for name in texts})


def _without_formula(value: object) -> object:
    if not isinstance(value, str) or not value.startswith(_FORMULA_STARTS):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


def write_parquet(path: Path, table: pd.DataFrame) -> Path:
    """Write a table unrounded as Parquet; one with a geometry as GeoParquet."""
    return write_whole(path, lambda part: table.to_parquet(part, index=False))
