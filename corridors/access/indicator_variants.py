"""What other definitions of the indicator would give: the field that the headline is one point of.

Another statistic over the departures, another cutoff or another number of centres gives another share of the same
residents. The tables show the field, each row with its definition, so that nobody takes the point for the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors.access.indicator import share_of, statistic_clause
from corridors.evidence import cite, figure, read_register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridors.access.centre_times import CentreTimes
    from corridors.access.indicator import Indicator


def indicator_variants(
    times: Sequence[CentreTimes], areas: pd.DataFrame, indicator: Indicator
) -> pd.DataFrame:
    """Return the share of residents under each statistic, at the study's cutoff and number of centres.

    Parameters
    ----------
    times
        The results of `corridors.access.centre_times.centre_times`, one per direction.
    areas
        The small areas with ``id`` and ``residents``.
    indicator
        The study's definition.

    Returns
    -------
        ``definition`` in words, ``direction``, ``statistic``, ``cutoff_min``, ``k``, ``residents``,
        ``residents_reaching`` (for `SHARE` the mean over the window), ``share`` (0 to 1, missing where nobody lives) and
        ``is_study`` (the row that is the study's own indicator). By direction as given, then from the best departure
        to the worst percentile, the share of departures last.
    """
    tables = [
        _field(one, areas, indicator, cutoffs_min=[indicator.cutoff_min], ks=[indicator.min_centres]).assign(
            direction=one.direction
        )
        for one in times
    ]
    table = pd.concat(tables, ignore_index=True)
    table["is_study"] &= table["direction"].eq("depart")
    words = [
        indicator.variant_in_words(statistic, direction=direction)
        for statistic, direction in zip(table["statistic"], table["direction"], strict=True)
    ]
    first = ["definition", "direction"]
    return table.assign(definition=words)[[*first, *table.columns.drop("direction")]]


def indicator_sweep(
    times: CentreTimes,
    areas: pd.DataFrame,
    indicator: Indicator,
    *,
    cutoffs_min: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Return the share of residents for every statistic, cutoff and number of centres: the field around the headline.

    Parameters
    ----------
    times, areas, indicator
        As for `indicator_variants`.
    cutoffs_min
        Minutes; without them those of `Indicator.cutoffs_min`.

    Returns
    -------
        ``statistic, cutoff_min, k, residents, residents_reaching, share, is_study``, in that order. Shares never rise
        with ``k`` and never fall with the cutoff.

    Raises
    ------
    ParameterError
        For a cutoff beyond the longest journey.
    """
    cutoffs = indicator.cutoffs_min if cutoffs_min is None else sorted(set(cutoffs_min))
    return _field(times, areas, indicator, cutoffs_min=cutoffs, ks=range(1, len(times.centres) + 1))


def _field(
    times: CentreTimes,
    areas: pd.DataFrame,
    indicator: Indicator,
    *,
    cutoffs_min: Sequence[float],
    ks: Sequence[int],
) -> pd.DataFrame:
    """Count residents for every statistic, cutoff and k."""
    people = times.in_order(areas)["residents"].to_numpy(dtype=np.float64)
    columns = [k - 1 for k in ks]
    rows = []
    for statistic in indicator.statistics:
        counted = np.einsum(
            "a,cak->ck", people, times.reaching(statistic, cutoffs_min=cutoffs_min)[:, :, columns]
        )
        rows += [
            (statistic, cutoff, k, people.sum(), counted[at, column])
            for at, cutoff in enumerate(cutoffs_min)
            for column, k in enumerate(ks)
        ]
    table = pd.DataFrame(rows, columns=["statistic", "cutoff_min", "k", "residents", "residents_reaching"])
    return table.assign(
        share=share_of(table, "residents_reaching"),
        is_study=table["statistic"].eq(indicator.statistic)
        & table["cutoff_min"].eq(indicator.cutoff_min)
        & table["k"].eq(indicator.min_centres),
    )


def beside_the_strategy(indicator: Indicator, variants: pd.DataFrame) -> str:
    """Say what the strategy states beside what is found here, and why neither confirms the other.

    Parameters
    ----------
    indicator
        The study's definition.
    variants
        The result of `indicator_variants`.
    """
    register = read_register()
    entry = figure("kpi45", register=register)
    own = variants.loc[variants["is_study"], "share"].iloc[0]
    ordered = variants.sort_values("share", kind="stable")
    clauses = map(statistic_clause, ordered["statistic"], ordered["direction"])
    counted = [f"{share:.1%} ({clause})" for share, clause in zip(ordered["share"], clauses, strict=True)]
    return (
        f"By this study's definition {own:.1%} of residents have {indicator.min_centres} or more centres within "
        f"{indicator.cutoff_min:g} minutes; counted otherwise, from the same timetable, it is {counted[0]} to "
        f"{counted[-1]}. {cite('kpi45', register=register)} "
        f"{entry.note[:1].upper()}{entry.note[1:]}: the two are not the same measure, neither confirms the other, and "
        f"nothing here was chosen to meet it."
        f"{_other_thresholds(indicator, register)}"
    )


def _other_thresholds(indicator: Indicator, register: pd.DataFrame) -> str:
    """Say where the study's thresholds are not the strategy's; empty where they are."""
    differing = [
        f"{entry.value:g} {entry.unit} there, {own:g} here"
        for entry, own in (
            (figure("kpi45_centres", register=register), indicator.min_centres),
            (figure("kpi45_minutes", register=register), indicator.cutoff_min),
        )
        if entry.value is not None and entry.value != own
    ]
    return f" Its thresholds are others too: {'; '.join(differing)}." if differing else ""
