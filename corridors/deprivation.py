"""Income and Employment deprivation, from small areas to wards and catchments.

The two domains are the need this toolkit ranks by. The overall index is not used for that: its Barriers domain holds
a connectivity score, so ranking by it beside access would count access twice. People deprived in the Income and the
Employment domain overlap and must never be added together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridors.areas import to_wards

if TYPE_CHECKING:
    import pandas as pd

DOMAIN_COUNTS = [
    "residents",
    "income_deprived",
    "income_denominator",
    "employment_deprived",
    "employment_denominator",
]
MOST_DEPRIVED_TENTH = 1


def ward_deprivation(areas: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return the Income- and Employment-deprived people of each ward, as counts and as rates.

    Parameters
    ----------
    areas
        The small areas with the domain counts, ``imd_decile`` (national) and ``ward_code`` (best fit).
    shares
        The result of `corridors.areas.ward_shares`.

    Returns
    -------
        One row per ward: ``income_deprived`` and ``employment_deprived`` (people, by residents' share);
        ``income_rate`` and ``employment_rate`` (0 to 1, each on its own domain's denominator);
        ``income_deprived_per_1000`` and ``employment_deprived_per_1000`` (per 1,000 residents);
        ``small_areas`` and ``share_most_deprived_tenth`` (best fit: small areas, not people). A ward that is nobody's
        best fit has no share of small areas (missing, not zero).

    Notes
    -----
    Numerators and denominators of a proportion are summed separately and then divided, as the Indices' guidance on
    aggregating to other geographies does (MHCLG, English Indices of Deprivation, research report).
    """
    wards = to_wards(areas, shares, counts=DOMAIN_COUNTS)
    wards["income_rate"] = wards["income_deprived"] / wards["income_denominator"]
    wards["employment_rate"] = wards["employment_deprived"] / wards["employment_denominator"]
    for domain in ("income", "employment"):
        wards[f"{domain}_deprived_per_1000"] = per_1000(wards[f"{domain}_deprived"], wards["residents"])
    tenths = most_deprived_tenth(areas, by="ward_code")
    columns = ["income_denominator", "employment_denominator", "residents"]
    return wards.drop(columns=columns).merge(tenths, on="ward_code", how="left", validate="one_to_one")


def most_deprived_tenth(areas: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Count small areas, and the share of them in the nation's most deprived tenth, by a column of the areas.

    Parameters
    ----------
    areas
        The small areas with ``imd_decile``: tenths of all small areas of the nation, never of the study area.
    by
        The grouping column, such as ``ward_code`` (best fit) or ``district_code``.
    """
    flagged = areas.assign(_in_tenth=areas["imd_decile"].eq(MOST_DEPRIVED_TENTH))
    return (
        flagged.groupby(by, sort=True)
        .agg(small_areas=("id", "size"), share_most_deprived_tenth=("_in_tenth", "mean"))
        .reset_index()
    )


def per_1000(people: pd.Series[float], residents: pd.Series[float]) -> pd.Series[float]:
    """Return people per 1,000 residents; missing where nobody lives."""
    return 1000 * people / residents.where(residents > 0)
