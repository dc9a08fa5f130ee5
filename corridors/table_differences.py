"""In words, how two tables on disk differ: a hash says only that they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from pathlib import Path

#: How many columns a sentence names.
_NAMED: Final = 5


def how_they_differ(before: Path, after: Path) -> str:
    """Say how two CSV or Parquet files differ: in rows, in columns, or in how many rows of which columns.

    Returns
    -------
        A clause; empty for other kinds of file and for what cannot be read as a table, where only the bytes can be held
        against each other.
    """
    if before.suffix not in {".csv", ".parquet"}:
        return ""
    try:
        old, new = _read(before), _read(after)
    except (ValueError, pa.ArrowException):
        return ""
    if list(old.columns) != list(new.columns):
        odd = sorted(set(old.columns) ^ set(new.columns)) or ["their order"]
        return f"other columns ({', '.join(odd[:_NAMED])})"
    if len(old) != len(new):
        return f"{len(new):,} rows instead of {len(old):,}"
    return _by_column(old, new)


def _read(path: Path) -> pd.DataFrame:
    return (
        pd.read_csv(path, dtype=str, keep_default_na=False)
        if path.suffix == ".csv"
        else pd.read_parquet(path)
    )


def _by_column(old: pd.DataFrame, new: pd.DataFrame) -> str:
    """Count the rows in which each column differs, and name the largest difference of a number."""
    told = []
    for name in old.columns:
        differing = np.asarray(old[name].ne(new[name]) & ~(old[name].isna() & new[name].isna()), dtype=bool)
        if differing.any():
            told.append(
                f"{name} in {int(differing.sum()):,} of {len(old):,} rows{_largest(old[name], new[name])}"
            )
    more = f" and {len(told) - _NAMED} more columns" if len(told) > _NAMED else ""
    return f"{', '.join(told[:_NAMED])}{more}"


def _largest(old: pd.Series, new: pd.Series) -> str:
    one, other = pd.to_numeric(old, errors="coerce"), pd.to_numeric(new, errors="coerce")
    if one.isna().any() or other.isna().any():
        return ""
    apart = np.abs(one.to_numpy(dtype=float) - other.to_numpy(dtype=float))
    apart = apart[np.isfinite(apart)]
    return f" (by at most {apart.max():.3g})" if len(apart) else ""
