"""Tables that a briefing needs and no other output holds; each is written as a file, so that its figures can be traced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from corridors.access.access_and_need import ward_class_counts
from corridors.access.indicator import share_of
from corridors.need.overlay import with_access
from corridors.page.layer_classes import NEED_AND_ACCESS
from corridors.schemes.distribution import FIFTHS, national_fifths

if TYPE_CHECKING:
    from corridors.inputs import Inputs
    from corridors.page.schemes import SchemeEffects
    from corridors.results import RunResults
    from corridors.study import Study

_FIFTH_WORDS: Final = {
    1: "Most deprived fifth",
    2: "Second fifth",
    3: "Middle fifth",
    4: "Fourth fifth",
    5: "Least deprived fifth",
}
_COUNTS: Final = ["small_areas", "residents", "residents_reaching"]


def briefing_tables(study: Study, inputs: Inputs, results: RunResults) -> dict[str, pd.DataFrame]:
    """Return what a briefing counts beyond the tables of the run, by the name of the file it is written to.

    Returns
    -------
        ``fifths.csv`` (see `access_by_fifth`), ``need_and_access.csv`` (see `need_and_access`) and
        ``schemes_in_brief.csv`` (see `schemes_in_brief`), each only where the study's data can tell it.
    """
    k = study.indicator.min_centres
    tables = {"need_and_access.csv": need_and_access(results.wards)}
    if inputs.edition is not None and "income_rank" in inputs.areas.columns:
        tables["fifths.csv"] = access_by_fifth(
            results.access, inputs.areas, min_centres=k, ranked=inputs.edition.ranked
        )
    if results.explained.schemes is not None:
        tables["schemes_in_brief.csv"] = schemes_in_brief(
            results.explained.schemes, results.access, min_centres=k
        )
    return {name: table for name, table in tables.items() if not table.empty}


def access_by_fifth(
    access: pd.DataFrame, areas: pd.DataFrame, *, min_centres: int, ranked: int
) -> pd.DataFrame:
    """Ask the indicator of each national fifth of Income deprivation.

    Parameters
    ----------
    access
        ``id, n_within``; see `corridors.access.access.access_table`.
    areas
        Small areas with ``id, residents, income_rank``.
    min_centres
        Centres that must be within reach.
    ranked
        As for `corridors.schemes.distribution.national_fifths`.

    Returns
    -------
        ``fifth, label, small_areas, residents, residents_reaching, share``: five rows, the most deprived first; a share
        is missing where nobody lives. Areas without a rank are in none.
    """
    table = with_access(areas, access).assign(fifth=national_fifths(areas, ranked=ranked).to_numpy())
    reaching = table["residents"].where(table["n_within"] >= min_centres, 0)
    counted = table.assign(small_areas=1, residents_reaching=reaching).dropna(subset="fifth")
    sums = counted.groupby(counted["fifth"].astype("int64"))[_COUNTS].sum()
    found = sums.reindex(list(FIFTHS), fill_value=0).rename_axis("fifth").reset_index()
    found.insert(1, "label", found["fifth"].map(_FIFTH_WORDS))
    return found.assign(share=share_of(found, "residents_reaching"))


def need_and_access(wards: pd.DataFrame) -> pd.DataFrame:
    """Count the wards and residents of each class of need and access together.

    Parameters
    ----------
    wards
        With ``need_and_access``, as `corridors.access.access_and_need.ward_classes` gives it.

    Returns
    -------
        ``need_and_access`` (empty for the wards in no class), ``label, wards, residents, share``; none where no ward is
        in a class.
    """
    if wards["need_and_access"].isna().all():
        return pd.DataFrame()
    counts = ward_class_counts(pd.DataFrame(wards.drop(columns="geometry", errors="ignore")))
    known = counts["bivariate"].isin(list(NEED_AND_ACCESS))
    return pd.DataFrame(
        {
            "need_and_access": counts["bivariate"].where(known, ""),
            "label": counts["bivariate"].map(NEED_AND_ACCESS).fillna("In no class"),
            "wards": counts["areas"],
            "residents": counts["residents"],
            "share": counts["share"],
        }
    )


def schemes_in_brief(effects: SchemeEffects, access: pd.DataFrame, *, min_centres: int) -> pd.DataFrame:
    """Count the residents of the region who reach enough centres with each scheme, and with all together.

    Parameters
    ----------
    effects
        The result of `corridors.page.schemes.scheme_effects`.
    access
        ``id, residents, n_within`` of today.
    min_centres
        Centres that must be within reach.

    Returns
    -------
        ``scheme, residents, reaching_before, reaching_after, gain_enough, lose_enough, share_before, share_after``, in the
        order of the schemes.
    """
    today = access[["id", "residents", "n_within"]].rename(columns={"n_within": "n_before"})
    table = effects.reached[["scheme", "id", "n_within"]].merge(today, on="id", validate="many_to_one")
    enough, before = table["n_within"] >= min_centres, table["n_before"] >= min_centres
    people = table["residents"]
    counted = table[["scheme", "residents"]].assign(
        reaching_before=people.where(before, 0),
        reaching_after=people.where(enough, 0),
        gain_enough=people.where(enough & ~before, 0),
        lose_enough=people.where(before & ~enough, 0),
    )
    found = counted.groupby("scheme", sort=False).sum().loc[list(effects.names)].reset_index()
    return found.assign(
        share_before=share_of(found, "reaching_before"), share_after=share_of(found, "reaching_after")
    )
