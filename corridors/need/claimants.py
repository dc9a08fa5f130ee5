"""The claimant count by ward, as a rate of the residents it is officially a rate of.

The official rate below the region is claimants over residents aged 16 to 64 of a named mid-year (ONS, "Claimant count
rates and denominators"). Over residents of another year it is another rate, so a table that does not name the year is
refused. The claimant count is not unemployment as surveys define it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors.errors import TableError
from corridors.need.rounding import CLAIMANTS_ROUNDED
from corridors.tables.areas import to_wards
from corridors.tables.joins import JoinReport, join_report, refuse_unmatched
from corridors.tables.reading import read_headings, read_table
from corridors.tables.tables import AREA_WARDS, Field, TableSpec
from corridors.tables.vintages import columns_of, recognise

if TYPE_CHECKING:
    from pathlib import Path

_CODES = {field.name: field for field in AREA_WARDS.fields if field.codes}
_FIGURES = (
    Field("claimants", "count", "people claiming benefits principally for being unemployed"),
    Field("period", "text", "the month of the count, such as April 2026"),
    Field("residents_16_64", "number", "residents aged 16 to 64, of the mid-year in denominator_year"),
    Field("denominator_year", "year", "the mid-year of residents_16_64"),
)
CLAIMANTS_BY_WARD = TableSpec(
    row="ward with its claimants",
    key=("ward_code",),
    fields=(_CODES["ward_code"], *_FIGURES),
    within=(("claimants", "residents_16_64"),),
)
CLAIMANTS_BY_AREA = replace(
    CLAIMANTS_BY_WARD,
    row="small area with its claimants",
    key=("area_code",),
    fields=(_CODES["area_code"], *_FIGURES),
)
_SUMS = ["claimants", "claimants_low", "claimants_high", "claimants_denominator"]


def read_claimants(path: Path) -> pd.DataFrame:
    """Read claimants by ward or by small area, whichever codes the table holds.

    Parameters
    ----------
    path
        A CSV file as `CLAIMANTS_BY_WARD` or `CLAIMANTS_BY_AREA` describes it.

    Returns
    -------
        ``ward_code`` or ``id`` (a small area's code), ``claimants``, ``claimants_low`` and ``claimants_high`` (the counts
        are rounded to 5 at source), ``claimants_denominator`` (residents aged 16 to 64), ``period`` and
        ``denominator_year``; sorted by code.

    Raises
    ------
    TableError
        When the table has neither kind of code, breaks its specification (the year of the denominators above all), mixes
        months or years, or holds counts that are not rounded to 5.
    """
    table = read_table(path, _spec_of(path))
    for column in ("period", "denominator_year"):
        found = table[column].drop_duplicates()
        if len(found) > 1:
            raise TableError(
                f"column {column!r} holds {found.iloc[0]} and {found.iloc[1]}: a rate is of one month over one mid-year",
                file=path.name,
                row=int(found.index[1]) + 2,
            )
    (_, unit), *_ = CLAIMANTS_ROUNDED.bands
    unrounded = table.index[table["claimants"] % unit != 0]
    if len(unrounded):
        raise TableError(
            f"claimants {table.loc[unrounded[0], 'claimants']} is no multiple of {unit:g}, to which the count is published",
            file=path.name,
            row=int(unrounded[0]) + 2,
        )
    low, high = CLAIMANTS_ROUNDED.ranges(table["claimants"].astype(np.float64))
    # People come whole: a published 10 stands for 8 to 12.
    table = table.assign(claimants_low=np.ceil(low), claimants_high=np.floor(high))
    renamed = {"area_code": "id", "residents_16_64": "claimants_denominator"}
    codes = "ward_code" if "ward_code" in table.columns else "id"
    columns = [codes, *_SUMS, "period", "denominator_year"]
    return table.rename(columns=renamed)[columns].sort_values(codes, ignore_index=True)


def _spec_of(path: Path) -> TableSpec:
    """Choose the specification by the codes that the table holds."""
    headings = read_headings(path)
    for spec in (CLAIMANTS_BY_WARD, CLAIMANTS_BY_AREA):
        if columns_of(headings, spec.fields[0].codes):
            return spec
    others = [(heading, recognise(heading)) for heading in headings]
    other = next((f" but of {vintage} ({heading})" for heading, vintage in others if vintage), "")
    raise TableError(
        f"there is no column of codes of wards or small areas{other}: take the count by ward (WD25CD) or LSOA (LSOA21CD), "
        "in the codes of the study",
        file=path.name,
    )


def ward_claimants(
    claimants: pd.DataFrame, wards: pd.DataFrame, shares: pd.DataFrame
) -> tuple[pd.DataFrame, JoinReport]:
    """Return claimants and their rate in every ward.

    Parameters
    ----------
    claimants
        The result of `read_claimants`. Counts of small areas, and their denominators, go to wards by residents' share.
    wards
        ``ward_code`` of every ward.
    shares
        The result of `corridors.tables.areas.ward_shares`.

    Returns
    -------
        One row per ward: ``claimants``, ``claimants_low``, ``claimants_high``, ``claimants_denominator`` (people) and
        ``claimant_rate``, ``claimant_rate_low``, ``claimant_rate_high`` (0 to 1), missing for a ward that the table lacks
        in whole or in part, and for one where nobody of that age lives; and what matched.

    Raises
    ------
    JoinError
        When the table holds codes that the study does not know.
    """
    by_ward = "ward_code" in claimants.columns
    own, known = ("ward_code", wards["ward_code"]) if by_ward else ("id", shares["id"])
    noun = "wards" if by_ward else "small areas"
    refuse_unmatched(claimants[own], known, what=f"{noun} with claimants", missing_from=f"the study's {noun}")
    # The other way some may be missing: the count is often published for one city at a time.
    report = join_report(known, claimants[own], what=noun, missing_from="the table of claimants")
    found = claimants if by_ward else _to_whole_wards(claimants, shares)
    table = wards[["ward_code"]].merge(found[["ward_code", *_SUMS]], on="ward_code", how="left")
    people = table["claimants_denominator"].where(table["claimants_denominator"] > 0)
    for end in ("", "_low", "_high"):
        table[f"claimant_rate{end}"] = table[f"claimants{end}"] / people
    return table.sort_values("ward_code", ignore_index=True), report


def _to_whole_wards(claimants: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Sum small areas to wards, missing where any area of a ward has no count: part of a ward is not the ward."""
    areas = shares[["id"]].drop_duplicates().merge(claimants, on="id", how="left")
    absent = areas["claimants"].isna()
    wards = to_wards(areas.fillna(dict.fromkeys(_SUMS, 0)), shares, counts=_SUMS)
    partial = shares.loc[shares["id"].isin(areas.loc[absent, "id"]), "ward_code"]
    wards.loc[wards["ward_code"].isin(partial), _SUMS] = np.nan
    return wards


def claimants_in_words(claimants: pd.DataFrame) -> str:
    """Say of which month the count is, over whom it is a rate, and what it is not; empty for an empty table."""
    if claimants.empty:
        return ""
    first = claimants.iloc[0]
    return (
        f"Claimants of {first['period']}, {CLAIMANTS_ROUNDED.in_words}, over residents aged 16 to 64 of "
        f"mid-{first['denominator_year']}; people who claim benefits for being unemployed, which is not the unemployment "
        "that surveys measure"
    )
