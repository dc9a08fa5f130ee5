"""What the schemes of a study would change on the map, and which of them would bring a ward its next centre.

Each scheme alone is asked for centres only, since that is what the panel tells; all together are compared in full. The
tables of every scheme in full are those of `corridors schemes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

import accessibility as acc
from corridors.access.access import MINUTES_PREFIX, access_table, reach_of_centres, reach_of_jobs
from corridors.schemes.before_after import compare_access, refuse_other_question
from corridors.schemes.runs import network_with, promise_of, rounds_of
from corridors.tables.areas import to_wards

if TYPE_CHECKING:
    from collections.abc import Callable

    from corridors.inputs import Inputs
    from corridors.schemes.before_after import BeforeAfter
    from corridors.study import Study


@dataclass(frozen=True, eq=False)
class SchemeEffects:
    """What schemes change, each alone and all together.

    Attributes
    ----------
    names
        The schemes in their order, then all together where there is more than one.
    together
        All of them against today, in full; see `corridors.schemes.before_after`.
    reached
        For every name and small area: ``scheme, id, n_within`` and the minutes to each centre, ``t_<centre>``.
    wards
        For every name and ward: ``scheme, ward_code, residents_reaching`` and ``gain_enough, lose_enough``, residents who
        come to reach enough centres and who no longer do.
    """

    names: tuple[str, ...]
    together: BeforeAfter
    reached: pd.DataFrame
    wards: pd.DataFrame


def scheme_effects(
    study: Study,
    inputs: Inputs,
    network: acc.Network,
    access: pd.DataFrame,
    *,
    progress: Callable[[float], None] | None = None,
) -> SchemeEffects | None:
    """Hold every scheme of the study, and all together, against the timetable of today.

    Parameters
    ----------
    study, inputs
        As for `corridors.run.run_study`; the service date must be chosen.
    network, access
        Those of today.
    progress
        Called with the share done.

    Returns
    -------
        None where no scheme of the study changes the timetable.

    Raises
    ------
    SchemeError
        When a scheme contradicts the feeds.
    """
    rounds = rounds_of(inputs.schemes)
    if not rounds:
        return None
    feeds = [acc.read_feed(study.resolve(feed)) for feed in study.timetable.feeds]
    parts, after = [], network
    for done, (name, some) in enumerate(rounds, start=1):
        after = network_with(study, feeds, some, streets=network.streets)
        refuse_other_question(network, after)
        parts.append(reach_of_centres(after, inputs.areas, inputs.centres, study).assign(scheme=name))
        if progress is not None:
            progress(done / (len(rounds) + 1))
    jobs = reach_of_jobs(after, inputs.areas, inputs.jobs, study)
    together = compare_access(
        access,
        access_table(inputs.areas, jobs, parts[-1]),
        inputs,
        min_centres=study.indicator.min_centres,
        name=rounds[-1][0],
        promise=promise_of(rounds[-1][1]),
    )
    reached = pd.concat(parts, ignore_index=True)
    minutes = [column for column in reached.columns if column.startswith(MINUTES_PREFIX)]
    return SchemeEffects(
        names=tuple(name for name, _ in rounds),
        together=together,
        reached=reached[["scheme", "id", "n_within", *minutes]],
        wards=_by_ward(reached, access, inputs, min_centres=study.indicator.min_centres),
    )


def _by_ward(
    reached: pd.DataFrame, access: pd.DataFrame, inputs: Inputs, *, min_centres: int
) -> pd.DataFrame:
    """Count the residents of every ward who reach enough centres under each scheme, and who come to."""
    today = access[["id", "residents", "n_within"]].rename(columns={"n_within": "n_before"})
    table = reached[["scheme", "id", "n_within"]].merge(today, on="id", how="left", validate="many_to_one")
    is_enough, was_enough = table["n_within"] >= min_centres, table["n_before"] >= min_centres
    table["residents_reaching"] = table["residents"].where(is_enough, 0)
    table["gain_enough"] = table["residents"].where(is_enough & ~was_enough, 0)
    table["lose_enough"] = table["residents"].where(was_enough & ~is_enough, 0)
    counts = ["residents_reaching", "gain_enough", "lose_enough"]
    sums = [
        to_wards(of_one, inputs.shares, counts=counts).assign(scheme=name)
        for name, of_one in table.groupby("scheme", sort=False)
    ]
    return pd.concat(sums, ignore_index=True)[["scheme", "ward_code", *counts]]


def closing_schemes(journeys: pd.DataFrame, effects: SchemeEffects, *, cutoff_min: float) -> pd.DataFrame:
    """Tell which schemes bring the missing centre of every ward's journey within the cutoff.

    Parameters
    ----------
    journeys
        The result of `corridors.page.journeys.ward_journeys`.
    effects
        The result of `scheme_effects`.
    cutoff_min
        The study's.

    Returns
    -------
        ``scheme, ward_code, centre, minutes_before, minutes_after`` and ``closes``, for every name and every ward whose
        journey has a missing centre.
    """
    columns = {
        column: column.removeprefix(MINUTES_PREFIX)
        for column in effects.reached.columns
        if column.startswith(MINUTES_PREFIX)
    }
    after = effects.reached.rename(columns=columns).melt(
        id_vars=["scheme", "id"],
        value_vars=list(columns.values()),
        var_name="lane",
        value_name="minutes_after",
    )
    after["place"] = after["scheme"].map({name: place for place, name in enumerate(effects.names)})
    asked = journeys.loc[journeys["centre"] != "", ["ward_code", "area_id", "centre", "minutes"]]
    asked = asked.assign(lane=asked["centre"].str.replace("-", "_"))
    asked = asked.rename(columns={"area_id": "id", "minutes": "minutes_before"})
    found = asked.merge(after, on=["id", "lane"], how="left", validate="many_to_many")
    found["closes"] = found["minutes_after"] <= cutoff_min
    found = found.sort_values(["place", "ward_code"], ignore_index=True)
    return found[["scheme", "ward_code", "centre", "minutes_before", "minutes_after", "closes"]]
