"""From one geography to another: by best fit, by the residents' share of each piece, and the sums and averages of both.

A table of shares has one row per piece: the area it is of, the area it lies in, and its share of the area it is of;
the shares of one area sum to one. Best fit is the same table with one piece per area. What is summed or averaged over
people goes by residents' share: best fit misstates a ward's residents by up to a quarter. What counts areas, such as
the share of LSOAs in the most deprived tenth, goes by best fit, as a part of an area is no area.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors.errors import JoinError, TableError
from corridors.tables.joins import refuse_unmatched
from corridors.tables.reading import read_headings, read_table
from corridors.tables.tables import Field, TableSpec
from corridors.tables.vintages import recognise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from corridors.tables.vintages import Vintage


def read_lookup(path: Path, *, origin: Vintage, target: Vintage, weight: str | None = None) -> pd.DataFrame:
    """Read a lookup table between two geographies, such as ONS publishes them.

    Parameters
    ----------
    path
        A CSV file with a column of codes of each, such as ``LSOA21CD`` and ``WD25CD``; others are left aside.
    origin, target
        Which codes lead to which, such as ``Vintage("LSOA", 2021)`` to ``Vintage("WD", 2025)``.
    weight
        The column that says how much of the origin each row is (its residents, say). Without it every origin must lead
        to one target, as in a best-fit lookup.

    Returns
    -------
        ``id`` (the origin's code), ``to_code`` and ``share`` (0 to 1, summing to one per origin), sorted. An empty
        lookup gives an empty table.

    Raises
    ------
    TableError
        When the file lacks one of the two, or breaks what a lookup is.
    JoinError
        When an origin leads to several targets without weights, or its weights sum to nothing.
    """
    headings = read_headings(path)
    columns = {vintage: _column(headings, vintage, source=path.name) for vintage in (origin, target)}
    fields = [Field(name, "text", f"code of {vintage}") for vintage, name in columns.items()]
    fields += [Field(weight, "number", "weight of the row")] if weight else []
    spec = TableSpec("pair of codes", tuple(fields), tuple(columns.values()))
    table = read_table(path, spec).rename(columns={columns[origin]: "id", columns[target]: "to_code"})
    table["weight"] = table[weight] if weight else 1.0
    if weight is None:
        _refuse_splits(table, origin, source=path.name)
    return _as_shares(table, origin, source=path.name)


def best_fit_shares(areas: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Return the shares of best fit: every area whole in the one it names.

    Parameters
    ----------
    areas
        The small areas with ``id`` and the column.
    by
        The column of codes, such as ``ward_code``, ``district_code`` or ``msoa_code``.
    """
    shares = pd.DataFrame({"id": areas["id"], by: areas[by], "share": 1.0})
    return shares.sort_values(["id", by], ignore_index=True)


def to_groups(
    areas: pd.DataFrame,
    shares: pd.DataFrame,
    *,
    by: str,
    counts: Sequence[str] = (),
    averages: Sequence[str] = (),
    weight: str = "residents",
) -> pd.DataFrame:
    """Bring figures of small areas to other areas: counts as sums, averages as means over people.

    Parameters
    ----------
    areas
        The small areas, with ``id``, the columns named below and the weight.
    shares
        ``id``, the column named by ``by``, ``share``: as `corridors.tables.areas.ward_shares`, `read_lookup`,
        `best_fit_shares` and `corridors.tables.areal.area_shares` give them. It must name every area.
    by
        The column of the areas to go to.
    counts
        Columns to sum: counts of people, households or jobs, never rates.
    averages
        Columns to average over the weight: scores and rates per person. A figure missing in a piece where somebody
        lives makes the average missing.
    weight
        What averages are taken over; a count.

    Returns
    -------
        The column of codes and the named columns (floats), sorted by code. The total of every count equals the areas'
        total; an average is missing where there is no weight.

    Raises
    ------
    JoinError
        When an area has no share, or a share belongs to no area.
    """
    refuse_unmatched(areas["id"], shares["id"], what="small areas", missing_from="the lookup")
    refuse_unmatched(shares["id"], areas["id"], what="areas of the lookup", missing_from="the small areas")
    columns = list(dict.fromkeys([*counts, *averages, *([weight] if averages else [])]))
    pieces = shares[["id", by, "share"]].merge(
        areas[["id", *columns]], on="id", how="left", validate="many_to_one"
    )
    position, codes = pd.factorize(pieces[by], sort=True)

    def summed(values: pd.Series[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        # Unlike pandas' own sum, which passes over a missing figure, this keeps the sum missing.
        sums = np.bincount(position, weights=np.asarray(values, dtype=float), minlength=len(codes))
        return sums.astype(float)

    result = pd.DataFrame({by: codes})
    for name in counts:
        result[name] = summed(pieces[name] * pieces["share"])
    if averages:
        weights = pieces[weight].to_numpy(dtype=float) * pieces["share"].to_numpy(dtype=float)
        people = summed(weights)
        for name in averages:
            # Nobody's figure counts nothing, even where it is missing.
            parts = np.where(weights > 0, pieces[name].to_numpy(dtype=float) * weights, 0.0)
            result[name] = np.divide(summed(parts), people, out=np.full(len(codes), np.nan), where=people > 0)
    return result


def _column(headings: list[str], vintage: Vintage, *, source: str) -> str:
    found = [name for name in headings if recognise(name) == vintage]
    if len(found) == 1:
        return found[0]
    coded = [f"{name} ({recognise(name)})" for name in headings if recognise(name)]
    raise TableError(
        f"there {'are' if found else 'is no'} {'several columns' if found else 'column'} of codes of {vintage} "
        f"(codes found: {', '.join(coded) or 'none'})",
        file=source,
    )


def _refuse_splits(table: pd.DataFrame, origin: Vintage, *, source: str) -> None:
    split = table.loc[table["id"].duplicated(keep=False), "id"].unique()
    if len(split):
        raise JoinError(
            f"{len(split):,} of the {origin} lead to more than one area ({', '.join(split[:3])}"
            f"{', …' if len(split) > 3 else ''}) and no weight says how much of each: name the column of their residents, "
            "or share them out by area",
            file=source,
        )


def _as_shares(table: pd.DataFrame, origin: Vintage, *, source: str) -> pd.DataFrame:
    total = table.groupby("id")["weight"].transform("sum")
    empty = table.loc[total <= 0, "id"].unique()
    if len(empty):
        raise JoinError(
            f"{len(empty):,} of the {origin} have no weight at all (first {empty[0]}): they would be lost",
            file=source,
        )
    shares = table[["id", "to_code"]].assign(share=table["weight"] / total)
    return shares[shares["share"] > 0].sort_values(["id", "to_code"], ignore_index=True)
