"""The vintage of codes: which geography a column of codes is of, and of which year.

The Office for National Statistics names its code columns after geography and year: ``LSOA21CD`` holds codes of small
areas as drawn in 2021, ``WD25CD`` codes of wards of 2025. Areas keep their names and change their codes when they are
redrawn, so tables of different years join in part, and quietly: the vintage is read from the column's name, and tables
that disagree are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridors.errors import JoinError, StudyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GEOGRAPHIES = {
    "OA": "output areas",
    "LSOA": "LSOAs",
    "MSOA": "MSOAs",
    "WZ": "workplace zones",
    "WD": "wards",
    "LAD": "districts",
    "LEP": "LEPs",
    "CAUTH": "combined authorities",
    "CTRY": "countries",
}
_ALIASES = {"LTLA": "LAD"}
_SHORT = re.compile(rf"({'|'.join([*GEOGRAPHIES, *_ALIASES])})(\d\d)(CD|NM)", re.IGNORECASE)
# As the Indices of Deprivation head their columns: "LSOA code (2021)", "Local Authority District name (2024)".
_LONG_NAMES = {"lsoa": "LSOA", "msoa": "MSOA", "ward": "WD", "local authority district": "LAD"}
_LONG = re.compile(rf"({'|'.join(_LONG_NAMES)}) (code|name) \((\d{{4}})\)", re.IGNORECASE)
_CENTURY_TURNS = 70  # two digits above are of the last century: the first such codes are of 1991
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, order=True)
class Vintage:
    """A geography and the year its codes are of."""

    geography: str
    year: int

    def __str__(self) -> str:
        """Write it as for readers: LSOAs of 2021."""
        return f"{GEOGRAPHIES[self.geography]} of {self.year}"


@dataclass(frozen=True)
class CodeColumn:
    """A column of codes as it was found: in which file, under which name, of which vintage."""

    file: str
    column: str
    vintage: Vintage


def recognise(column: str, *, suffix: str = "CD") -> Vintage | None:
    """Tell which codes a column holds by its name.

    Parameters
    ----------
    column
        The column's name in any case, as ONS names it (``LSOA21CD``, ``wd25cd``, ``LTLA22CD``) or as the Indices of
        Deprivation head it (``LSOA code (2021)``).
    suffix
        ``"CD"`` looks for codes, ``"NM"`` for the names that go with them.

    Returns
    -------
        The vintage, or None for any other column.
    """
    short = _SHORT.fullmatch(column.strip())
    if short:
        found, year, kind = short[1].upper(), int(short[2]), short[3].upper()
        full = year + (1900 if year > _CENTURY_TURNS else 2000)
        return Vintage(_ALIASES.get(found, found), full) if kind == suffix else None
    long = _LONG.fullmatch(column.strip())
    if long and {"code": "CD", "name": "NM"}[long[2].lower()] == suffix:
        return Vintage(_LONG_NAMES[long[1].lower()], int(long[3]))
    return None


def columns_of(columns: Iterable[str], geographies: Iterable[str], *, suffix: str = "CD") -> list[str]:
    """Return the columns of the first of some geographies that any column is of, such as OA before LSOA."""
    found = [(column, recognise(str(column), suffix=suffix)) for column in columns]
    for geography in geographies:
        matching = [column for column, vintage in found if vintage and vintage.geography == geography]
        if matching:
            return matching
    return []


def agreed_vintages(found: Iterable[CodeColumn]) -> dict[str, Vintage]:
    """Return the one vintage of each geography, and refuse tables of different years.

    Parameters
    ----------
    found
        The code columns of all tables of a study. Output areas and LSOAs are both small areas, of which a study has
        one kind.

    Returns
    -------
        Vintages by kind: ``"small areas"``, ``"WD"``, ``"LAD"`` …, as far as any table names them.

    Raises
    ------
    JoinError
        When two tables disagree, with both files, both columns and the lookup that leads from one to the other.
    """
    agreed: dict[str, CodeColumn] = {}
    for column in found:
        first = agreed.setdefault(_kind(column.vintage), column)
        if first.vintage != column.vintage:
            raise JoinError(
                f"{first.file} has {first.vintage} ({first.column}) but {column.file} has {column.vintage} "
                f"({column.column}): {remedy(first.vintage, column.vintage)}"
            )
    return {kind: column.vintage for kind, column in agreed.items()}


def remedy(one: Vintage, other: Vintage) -> str:
    """Say how to bring two vintages together: the lookup of ONS that does, or another edition of a table."""
    if one.geography != other.geography:
        lower, higher = sorted((one, other), key=lambda vintage: list(GEOGRAPHIES).index(vintage.geography))
        return f"bring both to one geography with ONS's lookup from {lower} to {higher}"
    old, new = sorted((one, other))
    if one.geography == "WD":
        return (
            f"take both tables in the wards of one year: ONS's lookup from LSOAs to {new} gives best fits of that year, "
            f"and Open Geography has the boundaries of each year"
        )
    if one.geography == "LAD":
        return "take both tables in the districts of one year: ONS's lookups of wards and LSOAs name the districts of each"
    return f"take both tables in the codes of one year, or convert with ONS's exact-fit lookup from {old} to {new}"


def refuse_contradictions(stated: Mapping[str, str], found: Mapping[str, Vintage]) -> None:
    """Refuse a study whose ``[vintages]`` name other years than the codes of its tables.

    Parameters
    ----------
    stated
        What the study file says of ``areas`` and ``wards``; a text without a year contradicts nothing.
    found
        The result of `agreed_vintages`.

    Raises
    ------
    StudyError
        When the text names years and the year of the codes is not among them: it is printed with every output, and
        would be wrong on each.
    """
    for key, kind in (("areas", "small areas"), ("wards", "WD")):
        years = {int(year) for year in _YEAR.findall(stated.get(key, ""))}
        if kind in found and years and found[kind].year not in years:
            raise StudyError(
                f"[vintages] {key} says {stated[key]!r}, but the codes in the tables are those of {found[kind]}: "
                "correct the one that is wrong"
            )


def in_words(found: Mapping[str, Vintage]) -> str:
    """Name the vintages of a study for the outputs: codes of LSOAs of 2021, wards of 2025; empty without any."""
    order = list(GEOGRAPHIES)
    vintages = sorted(found.values(), key=lambda vintage: order.index(vintage.geography))
    return f"codes of {', '.join(map(str, vintages))}" if vintages else ""


def _kind(vintage: Vintage) -> str:
    return "small areas" if vintage.geography in ("OA", "LSOA") else vintage.geography
