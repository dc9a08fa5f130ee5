"""How each figure of an area is printed, wherever on the page it stands: tooltip, panel or table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corridors.findings import ordinal_word
from maps import Column

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from corridors.study import Study


def figures(study: Study) -> dict[str, Column]:
    """Return the figures that the page knows, by column."""
    cutoff, k = f"{study.indicator.cutoff_min:g}", study.indicator.min_centres
    over, jobs_min = f"over {study.journey.max_time_min:g}", f"{study.jobs.cutoff_min:g}"
    reach = f"Reach {k} or more centres in {cutoff} min"
    kth = ordinal_word(k)

    def per_cent(column: str, label: str, *, unit: str = "%", decimals: int = 0, missing: str = "") -> Column:
        return Column(
            column, label, unit=unit, factor=100, decimals=decimals, missing_label=missing or "no data"
        )

    known = (
        Column("residents", "Residents", decimals=0),
        per_cent("share_reaching", reach),
        Column("centres_within", f"Centres within {cutoff} min, mean", decimals=1),
        Column("n_within", f"Centres within {cutoff} min", decimals=0),
        Column("minutes_to_k", f"Minutes to the {kth} centre", decimals=1, inf_label=over),
        per_cent("near_miss_share", f"Miss it by {study.indicator.near_miss_min:g} min or less"),
        Column("times_as_long_as_car", "Times as long as by car", decimals=1, inf_label="car only"),
        Column("minutes_to_k_car", "Minutes by car", decimals=1, inf_label=over),
        Column("jobs_within", f"Jobs within {jobs_min} min", decimals=0),
        Column("jobs_per_worker", "Jobs within reach per competing worker", decimals=2),
        Column("jobs", "Jobs in the ward", decimals=0),
        Column("typical_tenth", "Tenth of the nation, 1 = most deprived", decimals=0),
        Column("imd_decile", "Tenth of the nation, 1 = most deprived", decimals=0),
        per_cent("extent", "Extent of deprivation"),
        per_cent("share_most_deprived_tenth", "Small areas in the most deprived tenth"),
        Column("income_deprived_per_1000", "Income-deprived", unit="per 1,000", decimals=0),
        Column("employment_deprived_per_1000", "Employment-deprived", unit="per 1,000", decimals=0),
        per_cent("unemployment_rate", "Unemployed, of the economically active", decimals=1),
        per_cent("claimant_rate", "Claimants, of those aged 16 to 64", decimals=1, missing="no count"),
        Column(
            "need_and_access",
            "Class of need and access: 3-1 is great need, poor access",
            missing_label="none",
        ),
        per_cent("share_reaching_with_schemes", f"{reach}, with all schemes"),
        Column(
            "share_reaching_change",
            f"Change in who reach {k} or more, with all schemes",
            unit="points",
            factor=100,
            decimals=1,
            signed=True,
        ),
        Column("jobs_within_change", "Change in jobs within reach", decimals=0, signed=True),
    )
    return {each.column: each for each in known}


def told(study: Study, frame: pd.DataFrame, names: Iterable[str]) -> list[Column]:
    """Return the figures of these names that a table has values of, in their order."""
    known = figures(study)
    return [known[name] for name in names if name in frame.columns and frame[name].notna().any()]
