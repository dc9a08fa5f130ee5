"""Columns of wards that the map shows beside those of access, need and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from corridors.need.overlay import weighted_median, with_access

if TYPE_CHECKING:
    from corridors.inputs import Inputs
    from corridors.page.schemes import SchemeEffects

#: What `with_schemes` adds.
SCHEME_COLUMNS = ("share_reaching_with_schemes", "share_reaching_change", "jobs_within_change")


def centres_and_tenths(
    wards: pd.DataFrame, inputs: Inputs, access: pd.DataFrame, near_miss: pd.DataFrame
) -> pd.DataFrame:
    """Return by ward how many centres its residents reach, who just misses enough of them, and in which tenth they live.

    Parameters
    ----------
    wards
        ``ward_code``; its order is kept.
    inputs
        The study's small areas and shares.
    access
        The access of every small area.
    near_miss
        The result of `corridors.access.indicator.indicator_near_miss`.

    Returns
    -------
        ``ward_code``; ``centres_within`` (residents' mean); ``near_miss_share`` (0 to 1); ``typical_tenth``, the national
        tenth of deprivation (1 = most deprived) of the small area in which the median resident lives, residents ordered
        by tenth. Missing where nobody lives, or the study has no tenths.
    """
    table = with_access(inputs.areas, access)
    pieces = inputs.shares.merge(table, on="id", how="left", validate="many_to_one", suffixes=("", "_area"))
    pieces["people"] = pieces["residents"] * pieces["share"]
    pieces["centres"] = pieces["n_within"] * pieces["people"]
    grouped = pieces.groupby("ward_code", sort=True)
    people = grouped["people"].sum()
    tenths = grouped[["imd_decile", "people"]].apply(
        lambda some: weighted_median(some["imd_decile"].astype(float), some["people"])
    )
    near = near_miss[near_miss["level"] == "ward"].set_index("code")["share"]
    found = pd.DataFrame(
        {
            "centres_within": grouped["centres"].sum() / people.where(people > 0),
            "near_miss_share": near,
            "typical_tenth": tenths.astype("Int64"),
        }
    )
    return found.reindex(wards["ward_code"]).rename_axis("ward_code").reset_index()


def with_schemes(wards: pd.DataFrame, effects: SchemeEffects) -> pd.DataFrame:
    """Return by ward what all schemes together change: ``ward_code`` and `SCHEME_COLUMNS`.

    ``share_reaching_with_schemes`` is of residents (0 to 1), ``share_reaching_change`` is that less today's, and
    ``jobs_within_change`` is the residents' mean of jobs gained within reach.
    """
    levels = effects.together.levels
    table = levels[levels["level"] == "ward"].set_index("code").reindex(wards["ward_code"])
    return pd.DataFrame(
        {
            "ward_code": wards["ward_code"].to_numpy(),
            "share_reaching_with_schemes": table["share_after"].to_numpy(),
            "share_reaching_change": (table["share_after"] - table["share_before"]).to_numpy(),
            "jobs_within_change": table["jobs_change"].to_numpy(),
        }
    )
