"""The headline seen from every side: by other definitions, by group, and how unequally access is spread.

One number per region hides who is left out and what was decided by the definition. These tables stand beside it on every
output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from accessibility.inequality import inequality_table
from accessibility.window import parse_window
from corridors.access.centre_times import centre_times
from corridors.access.cohorts import cohorts_of, indicator_cohorts
from corridors.access.indicator import Indicator, indicator_near_miss
from corridors.access.indicator_variants import beside_the_strategy, indicator_sweep, indicator_variants
from corridors.evidence import cite
from corridors.need.overlay import with_access

if TYPE_CHECKING:
    from collections.abc import Sequence

    import accessibility as acc
    from corridors.access.centre_times import CentreTimes
    from corridors.inputs import Inputs
    from corridors.study import Study

#: Kinds of access whose spread is measured: column, what it counts, and whether the study's number of centres is its line.
_SPREADS = (("n_within", "centres", True), ("jobs_within", "jobs", False))


@dataclass(frozen=True, eq=False)
class Fairness:
    """What stands beside the headline.

    Attributes
    ----------
    variants, sweep
        See `corridors.access.indicator_variants`.
    near_miss
        See `corridors.access.indicator.indicator_near_miss`.
    cohorts
        See `corridors.access.cohorts.indicator_cohorts`.
    inequality
        ``access`` (what is spread), then the columns of `accessibility.inequality.inequality_table`.
    beside
        The strategy's figure and this one in words.
    left_out
        A sentence for each thing that the study's data cannot tell.
    times
        The minutes to every centre at every departure that these tables were read from.
    """

    variants: pd.DataFrame
    sweep: pd.DataFrame
    near_miss: pd.DataFrame
    cohorts: pd.DataFrame
    inequality: pd.DataFrame
    beside: str
    left_out: tuple[str, ...]
    times: CentreTimes


def fairness_of(study: Study, inputs: Inputs, network: acc.Network, access: pd.DataFrame) -> Fairness:
    """Count the same residents by other definitions, by group, and measure how unequally access is spread.

    Parameters
    ----------
    study, inputs
        As for `corridors.run.run_study`.
    network
        Timetable and walks.
    access
        The access of every small area; see `corridors.access.access.access_table`.
    """
    indicator = Indicator.of(study, inputs.centres)
    areas, left_out = inputs.areas, list[str]()
    times = [centre_times(network, areas, inputs.centres, study)]
    if (
        parse_window(study.journey.window, max_time_min=study.journey.max_time_min).start_s
        >= 60 * indicator.max_time_min
    ):
        times.append(centre_times(network, areas, inputs.centres, study, direction="arrive"))
    else:
        left_out.append(
            "The window is not read as one of arrivals too: their journeys would begin before the timetable's day does."
        )
    return fairness_from(study, inputs, access, times, left_out=left_out)


def fairness_from(
    study: Study,
    inputs: Inputs,
    access: pd.DataFrame,
    times: Sequence[CentreTimes],
    *,
    left_out: Sequence[str] = (),
) -> Fairness:
    """Count from minutes that are there: those of the study's window of departures first, then any of arrivals.

    Parameters
    ----------
    study, inputs, access
        As for `fairness_of`.
    times
        Minutes to centres; see `corridors.access.centre_times`.
    left_out
        A sentence for each thing that could not be asked.
    """
    indicator, areas = Indicator.of(study, inputs.centres), inputs.areas
    ranked = None if inputs.edition is None else inputs.edition.ranked
    known, unknown = cohorts_of(areas, ranked=ranked)
    margin = min(study.indicator.near_miss_min, indicator.max_time_min - indicator.cutoff_min)
    variants = indicator_variants(times, areas, indicator)
    return Fairness(
        variants=variants,
        sweep=indicator_sweep(times[0], areas, indicator),
        near_miss=_near_miss(inputs, access, indicator, margin_min=margin),
        cohorts=indicator_cohorts(
            times[0],
            areas,
            indicator,
            cohorts=known,
            vintages=study.vintages,
            ranked=ranked,
            margin_min=margin,
        ),
        inequality=_inequality(access, areas, line=indicator.min_centres, centres=len(indicator.centres)),
        beside=(
            beside_the_strategy(indicator, variants)
            if quotes_the_strategy(study) and not study.brought
            else ""
        ),
        left_out=(*left_out, *unknown),
        times=times[0],
    )


def quotes_the_strategy(study: Study) -> bool:
    """Tell whether the study holds its figure against the strategy's, rather than another or none."""
    return cite("kpi45") in study.indicator.compared_with


def _near_miss(
    inputs: Inputs, access: pd.DataFrame, indicator: Indicator, *, margin_min: float
) -> pd.DataFrame:
    names = inputs.wards[["ward_code", "ward_name"]]
    return indicator_near_miss(access, inputs.areas, inputs.shares, names, indicator, margin_min=margin_min)


def _inequality(access: pd.DataFrame, areas: pd.DataFrame, *, line: int, centres: int) -> pd.DataFrame:
    """Measure the spread of every kind of access over residents, ordered by Income deprivation where it is ranked."""
    table = with_access(areas, access)
    rank = table["income_rank"] if "income_rank" in table.columns else None
    parts = [
        inequality_table(
            table[column],
            weights=table["residents"],
            rank=rank,
            groups=table["district_name"],
            line=line if has_line else None,
            bounds=(0, centres) if has_line else None,
            unit=unit,
        ).assign(access=unit)
        for column, unit, has_line in _SPREADS
    ]
    joined = pd.concat(parts, ignore_index=True)
    return joined[["access", *joined.columns.drop("access")]]
