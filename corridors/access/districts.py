"""Every district in one row: the indicator, who just misses it, and the official measures of deprivation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridors.need.deprivation import domain_rates, measures_where_known, most_deprived_tenth
from corridors.tables.lookups import best_fit_shares

if TYPE_CHECKING:
    import pandas as pd

    from corridors.inputs import Inputs


def district_table(indicator: pd.DataFrame, near_miss: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Put the figures of every district side by side, sorted by code.

    Parameters
    ----------
    indicator, near_miss
        See `corridors.access.indicator.indicator_by_level` and `corridors.access.indicator.indicator_near_miss`.
    inputs
        The study's tables. Small areas lie whole in one district, so shares and best fit are the same.

    Returns
    -------
        ``district_code, district, residents, residents_reaching, share_reaching, near_miss``; ``small_areas`` and
        ``share_most_deprived_tenth``; the domains' rates; and, where the edition of the Indices is known, the columns of
        `corridors.need.deprivation.official_measures`.
    """
    of_districts = indicator[indicator["level"] == "district"]
    table = of_districts.rename(
        columns={"code": "district_code", "name": "district", "share": "share_reaching"}
    ).drop(columns="level")
    near = near_miss[near_miss["level"] == "district"].rename(columns={"code": "district_code"})
    shares = best_fit_shares(inputs.areas, by="district_code")
    official = measures_where_known(inputs.areas, shares, by="district_code", edition=inputs.edition)
    parts = (
        near[["district_code", "near_miss"]],
        most_deprived_tenth(inputs.areas, by="district_code"),
        domain_rates(inputs.areas, shares, by="district_code"),
        official,
    )
    for part in parts:
        if part is not None:
            new = part[["district_code", *part.columns.difference(table.columns, sort=False)]]
            table = table.merge(new, on="district_code", how="left", validate="one_to_one")
    return table.sort_values("district_code", ignore_index=True)
