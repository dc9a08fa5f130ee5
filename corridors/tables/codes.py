"""Statistical codes: the nation and the kind of area a code is of, by its first letters.

Codes of the Office for National Statistics are a letter for the nation, two digits for the kind of area and six for
the area itself (ONS, Register of Geographic Codes). Other codes, such as those of a made-up study, name no nation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NATIONS = {"E": "England", "W": "Wales", "S": "Scotland", "N": "Northern Ireland"}
_PATTERN = re.compile(r"([EWSN])(\d\d)\d{6}")
# The kinds that could be mistaken for one another; of England and Wales, whose numbers they share.
_KINDS = {"00": "OA", "01": "LSOA", "02": "MSOA", "05": "WD", "33": "WZ", "37": "LEP", "47": "CAUTH"}
_KINDS |= dict.fromkeys(("06", "07", "08", "09"), "LAD")
_ONE_OF = {
    "OA": "an output area",
    "LSOA": "an LSOA",
    "MSOA": "an MSOA",
    "WD": "a ward",
    "WZ": "a workplace zone",
    "LAD": "a district",
    "LEP": "a LEP",
    "CAUTH": "a combined authority",
}


def nation_of(code: str) -> str | None:
    """Return the nation of a nine-character code, or None for a code that is not one."""
    found = _PATTERN.fullmatch(code)
    return NATIONS[found[1]] if found else None


def foreign_code(codes: pd.Series[str], *, geography: str) -> tuple[int, str] | None:
    """Find the first code of another nation than most, or of another kind of area than the column says.

    Parameters
    ----------
    codes
        The column, under its own name. Codes that are not ONS's are left alone.
    geography
        What the column's name says its codes are of, such as ``"LSOA"``.

    Returns
    -------
        The index of the row and what is wrong with it, or None. Each nation has its own index of deprivation, on a
        scale of its own and ranked among its own areas, so areas of two nations cannot stand in one study.
    """
    parts = codes.astype(str).str.extract(_PATTERN)
    nations = parts[0].dropna()
    if nations.empty:
        return None
    main = str(nations.mode().iloc[0])
    foreign = nations.index[nations != main]
    if len(foreign):
        first = int(foreign[0])
        return first, (
            f"{codes.name} {codes.loc[first]!r} is in {NATIONS[str(nations.loc[first])]} while most rows are in "
            f"{NATIONS[main]}: the nations' indices of deprivation cannot be compared, so keep the areas of "
            f"one{_more(len(foreign))}"
        )
    kinds = parts.loc[parts[0].isin(["E", "W"]), 1].map(_KINDS).dropna()
    wrong = kinds.index[kinds != geography]
    if len(wrong):
        first = int(wrong[0])
        return first, (
            f"{codes.name} {codes.loc[first]!r} is the code of {_ONE_OF[kinds.loc[first]]}, not of "
            f"{_ONE_OF[geography]}{_more(len(wrong))}"
        )
    return None


def _more(count: int) -> str:
    return f" (rows with faults: {count:,})" if count > 1 else ""
