"""The English Indices of Deprivation as published: File 7, with all scores, ranks, deciles and denominators by LSOA.

Headings are matched by their words, because they differ between the editions and are cut short in places; what they
are read as is the ministry's own wording. The Indices are England's alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import pandas as pd

from corridors.errors import TableError
from corridors.tables.reading import check_table, read_headings, read_table
from corridors.tables.tables import Field, TableSpec
from corridors.tables.vintages import Vintage, recognise

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Edition:
    """One edition of the Indices.

    Attributes
    ----------
    year
        When it was published.
    areas
        The small areas it is of.
    ranked
        How many of them it ranks: every LSOA of England, from 1, the most deprived.
    population_year
        The middle of which year its populations are of.
    """

    year: int
    areas: Vintage
    ranked: int
    population_year: int


EDITIONS = {
    2019: Edition(2019, Vintage("LSOA", 2011), 32_844, 2015),
    2025: Edition(2025, Vintage("LSOA", 2021), 33_755, 2022),
}

# Words that a heading must have, and must not have, to be a column.
_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "imd": (("multiple", "deprivation"), ()),
    "income": (("income",), ("affecting",)),
    "employment": (("employment",), ()),
    "education": (("education", "skills"), ()),
    "health": (("health",), ()),
    "crime": (("crime",), ()),
    "barriers": (("barriers", "housing"), ()),
    "environment": (("living", "environment"), ()),
    "idaci": (("affecting", "children"), ()),
    "idaopi": (("affecting", "older"), ()),
}
_DENOMINATORS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "imd_population": (("total", "population"), ()),
    "idaci_denominator": (("children", "aged", "0", "15"), ()),
    "idaopi_denominator": (("older", "60", "over"), ()),
    "employment_denominator": (("working", "age", "population"), ()),
}
# The indices that are proportions of people, each over its own denominator.
PROPORTIONS = ("income", "employment", "idaci", "idaopi")
_KIND_WORDS = {"score": ("rank", "decile"), "rank": ("score", "decile"), "decile": ("score", "rank")}
_YEAR = re.compile(r"mid[ -]?(\d{4})")


def read_indices(path: Path) -> pd.DataFrame:
    """Read File 7 of the Indices of 2019 or 2025, whole or cut to some LSOAs.

    Parameters
    ----------
    path
        The CSV file as published, or a workbook of it; that needs openpyxl.

    Returns
    -------
        One row per LSOA, sorted by ``id``: ``imd_score, imd_rank, imd_decile, imd_population``; ``{domain}_score`` and
        ``{domain}_rank`` of the seven domains and of ``idaci`` and ``idaopi``; and for the four that are proportions
        ``{domain}_denominator`` and ``{domain}_deprived``, the people deprived (score times denominator; the score is
        published to three decimals, so the product is uncertain by half a thousandth of the denominator). Ranks are
        national, 1 the most deprived. ``edition`` is the year of publication. A header alone gives an empty table.

    Raises
    ------
    TableError
        When the file is missing or unreadable, is of another edition, lacks a column, or a value cannot be true.
    """
    frame, headings = _read(path)
    edition = _edition_headed(headings, source=path.name)
    named = _matched(headings, edition, source=path.name)
    own = {heading: name for name, heading in named.items()}
    table = check_table(frame.rename(columns=own), _spec(), source=path.name)
    _refuse_ranks_beyond(table, edition, source=path.name)
    table["income_denominator"] = table["imd_population"]
    for domain in PROPORTIONS:
        table[f"{domain}_deprived"] = table[f"{domain}_score"] * table[f"{domain}_denominator"]
    table["edition"] = edition.year
    columns = ["id", *[name for name in table.columns if name in _columns()], "edition"]
    return table[columns].sort_values("id", ignore_index=True)


def edition_of(stated: str, *, areas: Vintage | None = None) -> Edition | None:
    """Tell which edition a study's figures are of: by the year its ``[vintages]`` name, else by its small areas.

    Parameters
    ----------
    stated
        What the study says of its deprivation data, such as "English Indices of Deprivation 2025".
    areas
        The vintage of the study's small areas.

    Returns
    -------
        The edition, or None where neither tells: a year of no edition here, or areas of none.
    """
    years = {int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", stated)}
    if years:
        return next((edition for year, edition in EDITIONS.items() if year in years), None)
    return next((edition for edition in EDITIONS.values() if edition.areas == areas), None)


def _edition_headed(headings: list[str], *, source: str) -> Edition:
    """Tell the edition of a file by the year of its LSOA codes and of its populations."""
    codes = [vintage for vintage in map(recognise, headings) if vintage and vintage.geography == "LSOA"]
    years = {int(year) for heading in headings for year in _YEAR.findall(heading.lower())}
    for edition in EDITIONS.values():
        if edition.areas in codes and (not years or edition.population_year in years):
            return edition
    found = ", ".join(map(str, codes)) or "no LSOA codes"
    populations = f" with populations of {', '.join(map(str, sorted(years)))}" if years else ""
    raise TableError(
        f"is not File 7 of the Indices of Deprivation of 2019 or 2025: it has {found}{populations}",
        file=source,
    )


def _read(path: Path) -> tuple[pd.DataFrame, list[str]]:
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        headings = read_headings(path)
        return read_table(path, TableSpec("row", (), ())), headings
    if not path.is_file():
        raise TableError("there is no such file", file=str(path))
    try:
        sheets = pd.read_excel(path, sheet_name=None, dtype=str, engine="openpyxl")
    except ImportError as error:
        raise TableError(
            "reading a workbook needs openpyxl (pip install openpyxl); or save its sheet as CSV",
            file=path.name,
        ) from error
    except (BadZipFile, ValueError, OSError, KeyError) as error:
        raise TableError("cannot be read as a workbook", file=path.name) from error
    for sheet in sheets.values():
        headings = [str(name) for name in sheet.columns]
        if any(recognise(name) for name in headings):
            return sheet.set_axis(headings, axis=1).dropna(how="all"), headings
    raise TableError(f"no sheet has a column of LSOA codes (sheets: {', '.join(sheets)})", file=path.name)


def _columns() -> dict[str, Field]:
    """Return the columns that are read, by name."""
    fields = [Field(f"{name}_score", "score", f"score, {name}") for name in _WORDS]
    fields += [Field(f"{name}_rank", "rank", f"national rank, {name}") for name in _WORDS]
    fields.append(Field("imd_decile", "tenth", "national tenth, overall index"))
    fields += [Field(name, "number", name.replace("_", " ")) for name in _DENOMINATORS]
    derived = [f"{name}_deprived" for name in PROPORTIONS] + ["income_denominator"]
    fields += [Field(name, "number", name.replace("_", " "), required=False) for name in derived]
    return {field.name: field for field in fields}


def _spec() -> TableSpec:
    return TableSpec("LSOA", (Field("id", "text", "code of the LSOA"), *_columns().values()), ("id",))


def _matched(headings: list[str], edition: Edition, *, source: str) -> dict[str, str]:
    """Match the wanted columns to the file's headings by their words."""
    named = {"id": next(name for name in headings if recognise(name) == edition.areas)}
    wanted = {
        f"{name}_{kind}": ((*words, kind), (*banned, *_KIND_WORDS[kind]))
        for name, (words, banned) in _WORDS.items()
        for kind in ("score", "rank")
    }
    wanted["imd_decile"] = (("multiple", "decile"), _KIND_WORDS["decile"])
    for name, (words, banned) in (wanted | _DENOMINATORS).items():
        found = [heading for heading in headings if _fits(heading, words, banned)]
        if len(found) != 1:
            what = "no column" if not found else f"{len(found)} columns"
            raise TableError(
                f"{what} headed with the words {', '.join(map(repr, words))} where one was expected "
                f"(columns found: {', '.join(found or headings)})",
                file=source,
            )
        named[name] = found[0]
    return named


def _fits(heading: str, words: tuple[str, ...], banned: tuple[str, ...]) -> bool:
    present = set(re.findall(r"[a-z]+|\d+", heading.lower()))
    return present.issuperset(words) and present.isdisjoint(banned)


def _refuse_ranks_beyond(table: pd.DataFrame, edition: Edition, *, source: str) -> None:
    for name in _WORDS:
        beyond = table.index[table[f"{name}_rank"] > edition.ranked]
        if len(beyond):
            raise TableError(
                f"{name}_rank {table[f'{name}_rank'].loc[beyond[0]]} is beyond the {edition.ranked:,} LSOAs that the "
                f"Indices of {edition.year} rank",
                file=source,
                row=int(beyond[0]) + 2,
            )
