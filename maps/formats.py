"""Values as a reader sees them; the one place where numbers become text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from maps.errors import MapsError

if TYPE_CHECKING:
    from maps.spec import Column

NO_DATA = "no data"
MINUS = "\N{MINUS SIGN}"


def format_number(
    value: float, *, decimals: int, inf_label: str, missing_label: str = NO_DATA, signed: bool = False
) -> str:
    """Print a number with thousands separators, above zero with a plus if signed; infinity and nothing in words."""
    if math.isnan(value):
        return missing_label
    if math.isinf(value):
        return inf_label
    # Rounding first keeps a tiny negative from printing as minus zero.
    rounded = round(value, decimals) + 0.0
    plus = "+" if signed and rounded > 0 else ""
    return plus + f"{rounded:,.{decimals}f}".replace("-", MINUS)


def with_unit(text: str, unit: str, *, missing_label: str = NO_DATA) -> str:
    """Put the unit after a figure: "38.2%", "41 minutes"; words for missing values stay alone."""
    if not unit or text == missing_label:
        return text
    return f"{text}%" if unit == "%" else f"{text} {unit}"


def format_column(frame: pd.DataFrame, column: Column) -> list[str]:
    """Print one column of a frame, unit not included.

    Raises
    ------
    MapsError
        Where decimals are wanted of text, or a fractional column does not say how many.
    """
    values = frame[column.column]
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        if column.decimals is not None:
            raise MapsError(f"Column {column.column!r} is printed with decimals but holds text.")
        return [
            column.missing_label if missing else str(value)
            for value, missing in zip(values, values.isna(), strict=True)
        ]
    numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=math.nan) * column.factor
    if column.decimals is None and any(math.isfinite(n) and not n.is_integer() for n in numbers.tolist()):
        raise MapsError(f"Column {column.column!r} holds fractions: say how many decimals to print.")
    return [
        format_number(
            number,
            decimals=column.decimals or 0,
            inf_label=column.inf_label,
            missing_label=column.missing_label,
            signed=column.signed,
        )
        for number in numbers.tolist()
    ]


def sort_values(frame: pd.DataFrame, column: Column) -> list[str]:
    """Give the text a browser sorts and saves a column by: numbers in the printed unit, unrounded; else the text.

    Infinity is written as the browser reads it; a missing value is empty and sorts last.
    """
    values = frame[column.column]
    if not is_number_column(frame, column):
        return ["" if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]
    numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=math.nan) * column.factor
    # Twelve digits keep every figure and drop the noise that the factor brings.
    return ["" if math.isnan(n) else f"{n:.12g}".replace("inf", "Infinity") for n in numbers.tolist()]


def is_number_column(frame: pd.DataFrame, column: Column) -> bool:
    """Whether a column holds numbers (and is set flush right)."""
    values = frame[column.column]
    return bool(pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values))


def ordinal(number: int) -> str:
    """Print a place: 1st, 2nd, 3rd, 4th …"""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
