"""Deprivation by ward, district or any grouping, by the official rules for bringing the Indices to other areas.

The rules are those of the English Indices of Deprivation's research report, its appendix on aggregating to other
geographies (MHCLG). People-weighted measures go by the share of each small area's people; the share of small areas in
the most deprived tenth goes by best fit, because it counts areas. Percentiles and ranks are national: small areas ranked
among those of one region would answer another question.

Income and Employment are the need this toolkit ranks by. The overall index is not used for that: its Barriers domain
holds a connectivity score, so ranking by it beside access would count access twice. People deprived in the Income and
the Employment domain overlap and must never be added together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from accessibility.errors import ParameterError
from corridors.errors import TableError
from corridors.tables.areas import to_wards
from corridors.tables.lookups import to_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corridors.need.indices import Edition

MOST_DEPRIVED_TENTH = 1
LOCAL_SHARE = 0.1  # of the people, whom local concentration is about
_WHOLLY, _PARTLY = 10, 30  # national percentiles: counted whole up to the first, in part up to the second
_FIRST_PART, _LAST_PART = 0.95, 0.05
# What the overall index of each edition holds of access itself.
_ACCESS_INSIDE = {
    2019: "road distances to schools, shops, surgeries and post offices",
    2025: "the Department for Transport's connectivity score",
}


def ward_deprivation(areas: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return the Income- and Employment-deprived people of each ward, as counts and as rates.

    Parameters
    ----------
    areas
        The small areas with the domain counts, ``imd_decile`` (national) and ``ward_code`` (best fit).
    shares
        The result of `corridors.tables.areas.ward_shares`.

    Returns
    -------
        One row per ward: ``income_deprived`` and ``employment_deprived`` (people, by residents' share);
        ``income_rate`` and ``employment_rate`` (0 to 1, each on its own domain's denominator);
        ``income_deprived_per_1000`` and ``employment_deprived_per_1000`` (per 1,000 residents);
        ``small_areas`` and ``share_most_deprived_tenth`` (best fit: small areas, not people). A ward that is nobody's
        best fit has no share of small areas (missing, not zero).
    """
    wards = domain_rates(areas, shares, by="ward_code")
    residents = to_wards(areas, shares, counts=["residents"])["residents"]
    for domain in ("income", "employment"):
        wards[f"{domain}_deprived_per_1000"] = per_1000(wards[f"{domain}_deprived"], residents)
    tenths = most_deprived_tenth(areas, by="ward_code")
    return wards.merge(tenths, on="ward_code", how="left", validate="one_to_one")


def domain_rates(
    areas: pd.DataFrame,
    shares: pd.DataFrame,
    *,
    by: str,
    domains: Sequence[str] = ("income", "employment"),
) -> pd.DataFrame:
    """Return the people deprived in each domain (its scale) and the rate over the domain's own denominator.

    Parameters
    ----------
    areas
        The small areas with ``{domain}_deprived`` and ``{domain}_denominator``.
    shares
        ``id``, the column named by ``by``, ``share``; see `corridors.tables.lookups.to_groups`.
    by
        The column of codes to group by.
    domains
        Domains that are proportions: ``income``, ``employment``, and from File 7 ``idaci`` and ``idaopi``. Income is
        over everyone, Employment over people of working age, and so on: never all over residents.

    Returns
    -------
        The column of codes, all ``{domain}_deprived`` (people), then all ``{domain}_rate`` (0 to 1). Numerators and
        denominators are summed apart and then divided; a rate is missing where the denominator is nobody.
    """
    people = [f"{domain}_{part}" for domain in domains for part in ("deprived", "denominator")]
    table = to_groups(_holding(areas, people), shares, by=by, counts=people)
    for domain in domains:
        over = table.pop(f"{domain}_denominator")
        table[f"{domain}_rate"] = table[f"{domain}_deprived"] / over.where(over > 0)
    return table


def official_measures(
    areas: pd.DataFrame, shares: pd.DataFrame, *, by: str, edition: Edition, index: str = "imd"
) -> pd.DataFrame:
    """Return the summary measures that the Indices publish for districts, for any grouping of small areas.

    Parameters
    ----------
    areas
        The small areas with ``id``, ``{index}_score``, ``{index}_rank`` (national, 1 = most deprived),
        ``imd_population`` (the residents that the edition's averages are weighted by), and the column named by ``by``
        as best fit.
    shares
        ``id``, the column named by ``by``, ``share``: by residents' share, or `corridors.tables.lookups.best_fit_shares`.
    by
        The column of codes to group by: ``ward_code``, ``district_code``, …
    edition
        See `corridors.need.indices.EDITIONS`; how many small areas it ranks is what makes a rank national.
    index
        ``imd``, or a domain read by `corridors.need.indices.read_indices`.

    Returns
    -------
        One row per group, sorted: ``average_score``; ``average_rank`` and ``local_concentration`` (as published, the
        most deprived small area of England counting highest: so higher is more deprived); ``extent`` (0 to 1);
        ``most_deprived_rank`` (of the group's most deprived small area, 1 = England's most deprived). Missing where
        nobody lives. No grouping is too small to compute, and a handful of small areas makes for a noisy average.

    Raises
    ------
    TableError
        When a column is missing.
    ParameterError
        When a rank lies beyond the edition's last: the ranks are of another edition.
    """
    score, rank, weight = f"{index}_score", f"{index}_rank", "imd_population"
    held = _holding(areas, [score, rank, weight])
    if len(held) and held[rank].max() > edition.ranked:
        raise ParameterError(
            f"{rank} reaches {held[rank].max():,.0f}, but the Indices of {edition.year} rank {edition.ranked:,} areas: "
            "take the edition that the ranks are of"
        )
    measured = held.assign(
        average_score=held[score],
        average_rank=reversed_rank(held[rank], ranked=edition.ranked),
        extent=extent_weight(held[rank], ranked=edition.ranked),
    )
    averages = ["average_score", "average_rank", "extent"]
    table = to_groups(measured, shares, by=by, averages=averages, weight=weight)
    pieces = shares.merge(held[["id", rank, weight]], on="id", how="left", validate="many_to_one")
    pieces["people"] = pieces["share"] * pieces[weight]
    concentration = local_concentration(pieces, by=by, ranked=edition.ranked, rank=rank)
    most = pieces[pieces["people"] > 0].groupby(by)[rank].min()
    return table.assign(
        local_concentration=table[by].map(concentration), most_deprived_rank=table[by].map(most)
    )


def measures_where_known(
    areas: pd.DataFrame, shares: pd.DataFrame, *, by: str, edition: Edition | None
) -> pd.DataFrame | None:
    """Return `official_measures`, or None where the edition or one of its columns is not known."""
    needed = {"imd_score", "imd_rank", "imd_population"}
    if edition is None or not needed <= set(areas.columns):
        return None
    return official_measures(areas, shares, by=by, edition=edition)


def most_deprived_tenth(areas: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Count small areas, and the share of them in the nation's most deprived tenth, by a column of the areas.

    Parameters
    ----------
    areas
        The small areas with ``imd_decile``: tenths of all small areas of the nation, never of the study area.
    by
        The grouping column, such as ``ward_code`` (best fit) or ``district_code``.
    """
    in_tenth = areas["imd_decile"].eq(MOST_DEPRIVED_TENTH).astype(float)
    flagged = areas.assign(_in_tenth=in_tenth.where(areas["imd_decile"].notna()))
    return (
        flagged.groupby(by, sort=True)
        .agg(small_areas=("id", "size"), share_most_deprived_tenth=("_in_tenth", "mean"))
        .reset_index()
    )


def refuse_regional_tenths(areas: pd.DataFrame, *, edition: Edition, source: str) -> None:
    """Refuse tenths or ranks that are not those of the whole nation, such as ranks counted among the study's own areas.

    Parameters
    ----------
    areas
        The small areas with ``id`` and ``imd_decile``; without ``imd_rank`` there is nothing to hold them against.
    edition
        How many small areas the nation ranks; the tenth of rank r is the smallest whole number not below 10 r / ranked.
    source
        Name of the file, for the message.

    Raises
    ------
    TableError
        At the first area whose rank does not exist, or does not lie in its tenth.
    """
    if "imd_rank" not in areas.columns or areas.empty:
        return
    rank = areas["imd_rank"].to_numpy(dtype="int64")
    wrong = areas[(areas["imd_decile"] != -(-10 * rank // edition.ranked)) | (rank > edition.ranked)]
    if len(wrong):
        first = wrong.iloc[0]
        raise TableError(
            f"imd_rank {first['imd_rank']} of {first['id']} does not lie in its imd_decile {first['imd_decile']} of the "
            f"{edition.ranked:,} areas that the Indices of {edition.year} rank: both must be national and of one edition "
            f"(areas with this fault: {len(wrong):,})",
            file=source,
        )


def reversed_rank(rank: pd.Series[int], *, ranked: int) -> pd.Series[int]:
    """Turn national ranks round, so that the most deprived small area has the highest number, as published averages do."""
    return ranked + 1 - rank


def extent_weight(rank: pd.Series[int], *, ranked: int) -> pd.Series[float]:
    """Return how much of a small area's people the extent counts, by its national percentile.

    Parameters
    ----------
    rank
        National ranks, 1 = most deprived.
    ranked
        How many small areas the nation ranks.

    Returns
    -------
        1 in the first ten percentiles, then 0.95 at the 11th falling evenly to 0.05 at the 30th, and 0 beyond. The
        percentile of rank r is the smallest whole number not below 100 r / ranked.
    """
    # Whole numbers: 100 r / ranked in floating point could land a hair above the percentile it is.
    percentile = -(-100 * rank.to_numpy(dtype="int64") // ranked)
    step = (_FIRST_PART - _LAST_PART) / (_PARTLY - _WHOLLY - 1)
    sliding = _FIRST_PART - step * (percentile - _WHOLLY - 1)
    weight = np.select([percentile <= _WHOLLY, percentile <= _PARTLY], [1.0, sliding], default=0.0)
    return pd.Series(weight, index=rank.index, name="extent")


def local_concentration(
    pieces: pd.DataFrame, *, by: str, ranked: int, rank: str = "imd_rank"
) -> pd.Series[float]:
    """Return the mean rank of each group's most deprived tenth of people: how bad its worst pockets are.

    Parameters
    ----------
    pieces
        ``people`` and the rank (national, 1 = most deprived) of every piece of a small area, and the column ``by``.
    by
        The column of codes to group by.
    ranked
        How many small areas the nation ranks.
    rank
        The column of ranks.

    Returns
    -------
        By code, the people-weighted mean of the ranks, turned round so that the most deprived counts highest, over the
        most deprived small areas that hold exactly a tenth of the group's people: of the small area at the margin only
        as many people count as fill the tenth. Missing where nobody lives.
    """
    ordered = pieces.sort_values([by, rank], kind="stable")
    people, groups = ordered["people"], ordered[by]
    tenth: pd.Series[float] = people.groupby(groups).transform("sum") * LOCAL_SHARE
    before = people.groupby(groups).cumsum() - people
    counted = _between(tenth - before, people)
    weighted = pd.Series(counted, index=ordered.index) * reversed_rank(ordered[rank], ranked=ranked)
    total = (people.groupby(groups).sum() * LOCAL_SHARE).where(lambda held: held > 0)
    return weighted.groupby(groups).sum() / total


def per_1000(people: pd.Series[float], residents: pd.Series[float]) -> pd.Series[float]:
    """Return people per 1,000 residents; missing where nobody lives."""
    return 1000 * people / residents.where(residents > 0)


def reading_cautions(edition: Edition, *, uses_overall_index: bool) -> tuple[str, ...]:
    """Say what a reader of deprivation figures must not conclude.

    Parameters
    ----------
    edition
        Which Indices the figures are of.
    uses_overall_index
        Whether the overall index, or a share of areas by it, stands beside access in the outputs.
    """
    held = _ACCESS_INSIDE.get(edition.year) if uses_overall_index else None
    twice = (
        f"The overall Index of Multiple Deprivation {edition.year} holds {held}, in its Barriers to Housing and Services "
        "domain: beside access it counts access twice. Need is taken from the Income and Employment domains, which hold "
        "nothing of the kind."
    )
    relative = (
        f"The Indices of Deprivation {edition.year} are relative and ordinal: twice the score is not twice the "
        "deprivation, and scores of different editions must not be compared."
    )
    of_areas = (
        "Deprivation is that of small areas, not of people: not everyone in a deprived area is deprived, many deprived "
        "people live elsewhere, and averages over a ward hide its pockets."
    )
    of_england = "The Indices are England's alone: areas across a border have an index of their own, which cannot be set beside it."
    return (*((twice,) if held else ()), relative, of_areas, of_england)


def _between(room: pd.Series[float], people: pd.Series[float]) -> NDArray[np.float64]:
    """Return the people who still fit into the room that is left: none, some or all of a piece."""
    return np.clip(room.to_numpy(dtype=float), 0.0, people.to_numpy(dtype=float))


def _holding(areas: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    missing = [name for name in columns if name not in areas.columns]
    if missing:
        raise TableError(
            f"the small areas have no column {missing[0]!r}, which this measure of deprivation is made of "
            f"(columns found: {', '.join(map(str, areas.columns))})"
        )
    return areas[["id", *columns]]
