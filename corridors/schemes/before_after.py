"""Before and after: what every small area reaches with and without a scheme, who gains and who loses.

Points, window, statistic and cutoffs are the study's own on both sides, so a difference is one of the timetable alone.
Residents are those of the study's table on both sides: nobody is taken to move, no job and no price to follow the
scheme. Seats are not counted: a fuller vehicle takes as long as an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import pandas as pd
import shapely

from accessibility.errors import ParameterError
from corridors.access.access import access_table, reach_of_centres, reach_of_jobs
from corridors.access.indicator import by_level, share_of
from corridors.errors import SchemeError
from corridors.need.overlay import with_access
from corridors.tables.joins import refuse_unmatched

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    import accessibility as acc
    from corridors.inputs import Inputs
    from corridors.study import Study

    Array = NDArray[np.float64]
    Share = Callable[[float], None]

#: What a scheme can be held to: one that only adds may harm nobody, one that only removes may help nobody.
Promise = Literal["adds", "removes"]


class Measure(NamedTuple):
    """A measure of access, and the change in it that counts: anything smaller is no change to a resident."""

    key: str
    column: str
    label: str
    tolerance: float
    more_is_better: bool


MEASURES: Final = (
    Measure("centres", "n_within", "centres within reach", 1, more_is_better=True),
    Measure(
        "minutes", "minutes_to_k", "minutes to the last of the centres asked for", 1, more_is_better=False
    ),
    Measure("jobs", "jobs_within", "jobs within reach", 1, more_is_better=True),
)
#: Gains in one measure at least and loses in none; loses in one at least; neither.
CHANGES: Final = ("gainers", "losers", "unchanged")
#: Of the study's small areas: those in the catchment, those near it, all others.
ZONES: Final = ("catchment", "neighbours", "elsewhere")
# Times come in whole seconds and jobs may be fractions: below this a difference is one of rounding.
_EXACT: Final = 1e-6
_NAMED: Final = 3


@dataclass(frozen=True, eq=False)
class BeforeAfter:
    """What a scheme, or a package of schemes, changes.

    Attributes
    ----------
    name
        Of the scheme or package.
    min_centres
        How many centres the indicator asks for.
    areas
        One row per small area, sorted by ``id``: ``ward_code, district_code, district_name, residents, zone``; for
        ``n_within``, ``minutes_to_k`` and ``jobs_within`` the values ``…_before``, ``…_after`` and ``…_change`` (after less
        before; minutes of -inf came within reach at all, of +inf fell out of it); ``reaches_before, reaches_after``
        (enough centres); ``centres, minutes, jobs`` (1 gains, -1 loses, 0 unchanged by the tolerance) and ``change``, one
        of `CHANGES`, over the three together.
    totals
        ``measure`` (``any`` and the three), ``label, tolerance, residents, gainers, losers, unchanged`` and, for ``any``,
        ``losers_who_also_gain``. Gainers, losers and unchanged are people and add up to all residents.
    levels
        ``level, code, name, residents, reaching_before, reaching_after, reaching_change``; ``gain_enough`` and
        ``lose_enough`` (residents who come to reach enough centres, and who no longer do); ``share_before, share_after``;
        ``jobs_before, jobs_after, jobs_change`` (mean per resident); ``gainers, losers, unchanged``. Region, districts,
        wards; a ward's people are those of its pieces of small areas.
    zones
        The same people by ``zone``: the corridor's catchment, its neighbours, and elsewhere. Empty without a catchment.
    """

    name: str
    min_centres: int
    areas: pd.DataFrame
    totals: pd.DataFrame
    levels: pd.DataFrame
    zones: pd.DataFrame


def access_to_compare(
    network: acc.Network, inputs: Inputs, study: Study, *, progress: Share | None = None
) -> pd.DataFrame:
    """Ask what every small area reaches, as a run of the study asks it; the table a comparison needs of either side."""
    jobs = reach_of_jobs(network, inputs.areas, inputs.jobs, study, progress=progress)
    return access_table(inputs.areas, jobs, reach_of_centres(network, inputs.areas, inputs.centres, study))


def before_after(
    study: Study,
    inputs: Inputs,
    before: acc.Network,
    after: acc.Network,
    *,
    name: str = "",
    access_before: pd.DataFrame | None = None,
    catchment: Collection[str] = (),
    neighbour_km: float = 2,
    promise: Promise | None = None,
    measures: Sequence[Measure] = MEASURES,
    progress: Share | None = None,
) -> BeforeAfter:
    """Ask who gains and who loses access when one timetable takes the place of another.

    Parameters
    ----------
    study, inputs
        Everything but the timetable, the same on both sides.
    before, after
        Networks of the two timetables, built the same way on the same day; see `corridors.access.access.build_network`.
    name
        Of the scheme, for messages and tables.
    access_before
        What every small area reaches before, where that is known already, such as `RunResults.access`; it is then not
        asked again.
    catchment
        Ids of the small areas in the catchment of the scheme's corridors, to tell those apart who live outside.
    neighbour_km
        Small areas outside the catchment whose point is within so many kilometres (straight line) of one inside are
        neighbours.
    promise
        ``adds`` for a scheme that only adds service, ``removes`` for one that only takes it away; see
        `corridors.schemes.runs.promise_of`. The promise is held to the second.
    measures
        What counts as a change: `MEASURES` with other tolerances, or fewer of them.
    progress
        Called with the share done.

    Raises
    ------
    ParameterError
        When the networks differ in more than the timetable, or `catchment` names no small area of the study.
    SchemeError
        When the promise is broken: the figures would then not be those of the scheme.
    """
    refuse_other_question(before, after)
    if access_before is None:
        access_before = access_to_compare(before, inputs, study)
    access_after = access_to_compare(after, inputs, study, progress=progress)
    return compare_access(
        access_before,
        access_after,
        inputs,
        min_centres=study.indicator.min_centres,
        name=name,
        zone=zones_around(inputs.areas, catchment, crs=before.crs, neighbour_km=neighbour_km),
        promise=promise,
        measures=measures,
    )


def compare_access(
    before: pd.DataFrame,
    after: pd.DataFrame,
    inputs: Inputs,
    *,
    min_centres: int,
    name: str = "",
    zone: pd.Series[str] | None = None,
    promise: Promise | None = None,
    measures: Sequence[Measure] = MEASURES,
) -> BeforeAfter:
    """Compare what small areas reach, in two tables of `access_to_compare`; see `before_after`.

    Parameters
    ----------
    before, after
        ``id, n_within, minutes_to_k, jobs_within``, one row for each small area.
    inputs
        The study's areas, shares and wards.
    min_centres, name, promise, measures
        As in `before_after`.
    zone
        The result of `zones_around`; without it no zone is told.
    """
    for side, table in (("before", before), ("after", after)):
        refuse_unmatched(inputs.areas["id"], table["id"], what="small areas", missing_from=f"access {side}")
    areas = _areas(before, after, inputs, min_centres=min_centres, zone=zone)
    areas = _judged(areas, measures)
    if promise is not None:
        _refuse_broken(promise, areas, name=name)
    counted = _counted(areas)
    return BeforeAfter(
        name=name,
        min_centres=min_centres,
        areas=areas,
        totals=_totals(areas, measures),
        levels=_means(by_level(counted, inputs.shares, inputs.wards, counts=_COUNTS)),
        zones=_by_zone(counted),
    )


def refuse_other_question(before: acc.Network, after: acc.Network) -> None:
    """Refuse to compare networks that differ in more than their timetable.

    Raises
    ------
    ParameterError
        When the day, the walks, the streets or the metric CRS are not the same.
    """
    sides = [
        (net.timetable.service_date, net.limits, net.crs, net.streets and net.streets.source, net.max_snap_m)
        for net in (before, after)
    ]
    words = ("the day", "the walks", "the metric CRS", "the streets", "max_snap_m")
    for word, one, other in zip(words, *sides, strict=True):
        if one != other:
            raise ParameterError(
                f"before and after differ in {word}: a difference would not be one of the timetable alone"
            )


def zones_around(
    areas: gpd.GeoDataFrame, catchment: Collection[str], *, crs: CRS | str, neighbour_km: float = 2
) -> pd.Series[str] | None:
    """Tell the zone of every small area: in a catchment, a neighbour of it, or elsewhere; by ``id``.

    None without a catchment. `crs` is metric.

    Raises
    ------
    ParameterError
        When the catchment names what is no small area, or the distance is not above 0.
    """
    inside = areas["id"].isin(set(catchment)).to_numpy()
    unknown = sorted(set(catchment) - set(areas["id"]))
    if unknown:
        raise ParameterError(f"the catchment names {unknown[0]!r}, which is no small area of the study")
    if not neighbour_km > 0:
        raise ParameterError(f"neighbour_km is {neighbour_km}; it must be above 0")
    if not inside.any():
        return None
    points = areas.geometry.to_crs(crs).to_numpy()
    near = np.zeros(len(areas), dtype=bool)
    near[
        shapely.STRtree(points).query(points[inside], predicate="dwithin", distance=1000 * neighbour_km)[1]
    ] = True
    zone = np.where(inside, "catchment", np.where(near, "neighbours", "elsewhere"))
    return pd.Series(zone.astype(object), index=pd.Index(areas["id"], name="id"))


def change_sentence(found: BeforeAfter, *, lives: str = "Where people live, work and build") -> str:
    """Say who gains and who loses, of how many, and what is not modelled: `lives` is what stays as it is today."""
    region, anyone = found.levels.iloc[0], found.totals.iloc[0]
    named = f"{found.name}: " if found.name else ""
    return (
        f"{named}of {region['residents']:,.0f} residents {anyone['gainers']:,.0f} gain, {anyone['losers']:,.0f} lose and "
        f"{anyone['unchanged']:,.0f} see no change of a whole centre, minute or job. {region['gain_enough']:,.0f} come to "
        f"reach {found.min_centres} centres and {region['lose_enough']:,.0f} no longer do: "
        f"{region['share_before']:.1%} before, {region['share_after']:.1%} after. {lives} is taken as it is today."
    )


def neighbours_sentence(found: BeforeAfter) -> str:
    """Say how those near the catchment fare but outside it; empty without a catchment."""
    if found.zones.empty:
        return ""
    row = found.zones.set_index("zone").loc["neighbours"]
    return (
        f"Next to the catchment, outside it, {row['losers']:,.0f} of {row['residents']:,.0f} residents lose access and "
        f"{row['gainers']:,.0f} gain. This is displacement of access alone: whether jobs, homes or trade move from there "
        "to the corridor is not modelled."
    )


def _areas(
    before: pd.DataFrame,
    after: pd.DataFrame,
    inputs: Inputs,
    *,
    min_centres: int,
    zone: pd.Series[str] | None,
) -> pd.DataFrame:
    """Put both sides of every small area side by side."""
    columns = [measure.column for measure in MEASURES]
    kept = inputs.areas[["id", "ward_code", "district_code", "district_name", "residents"]]
    table = with_access(
        kept, before[["id", *columns]].rename(columns=lambda c: c if c == "id" else f"{c}_before")
    )
    table = with_access(
        table, after[["id", *columns]].rename(columns=lambda c: c if c == "id" else f"{c}_after")
    )
    table = table.sort_values("id", ignore_index=True)
    table["zone"] = "" if zone is None else zone.loc[list(table["id"])].to_numpy()
    for measure in MEASURES:
        table[f"{measure.column}_change"] = _difference(table, measure)
    for side in ("before", "after"):
        table[f"reaches_{side}"] = table[f"n_within_{side}"] >= min_centres
    return table


def _judged(table: pd.DataFrame, measures: Sequence[Measure]) -> pd.DataFrame:
    """Tell of every small area whether it gains or loses, in each measure and over all of them."""
    for measure in measures:
        table[measure.key] = _sign(_better(table, measure), tolerance=measure.tolerance)
    signs = table[[measure.key for measure in measures]]
    loses, gains = (signs < 0).any(axis=1), (signs > 0).any(axis=1)
    table["change"] = np.select([loses, gains], ["losers", "gainers"], "unchanged")
    return table


def _difference(table: pd.DataFrame, measure: Measure) -> Array:
    """After less before; nothing where both are out of reach."""
    one = table[f"{measure.column}_before"].to_numpy(dtype=np.float64)
    other = table[f"{measure.column}_after"].to_numpy(dtype=np.float64)
    change = np.zeros(len(table))
    np.subtract(other, one, out=change, where=np.isfinite(one) | np.isfinite(other))
    return change


def _better(table: pd.DataFrame, measure: Measure) -> Array:
    """By how much a measure is better after: positive for a gain."""
    change = table[f"{measure.column}_change"].to_numpy()
    return np.asarray(change if measure.more_is_better else -change)


def _sign(better: Array, *, tolerance: float) -> NDArray[np.int64]:
    """1 for a gain of the tolerance or more, -1 for such a loss, 0 between."""
    least = tolerance - _EXACT
    return np.asarray((better >= least).astype(np.int64) - (better <= -least).astype(np.int64))


def _refuse_broken(promise: Promise, areas: pd.DataFrame, *, name: str) -> None:
    """Refuse a scheme that harms although it only adds, or helps although it only removes."""
    for measure in MEASURES:
        better = _better(areas, measure)
        broken = areas.loc[better < -_EXACT if promise == "adds" else better > _EXACT, "id"]
        if len(broken):
            named = ", ".join(map(str, broken[:_NAMED])) + (" and others" if len(broken) > _NAMED else "")
            done = "only adds service and harms" if promise == "adds" else "only removes service and helps"
            raise SchemeError(
                f"scheme {name!r} {done} {len(broken)} small areas ({named}) in {measure.label}, which cannot be: the two "
                "timetables are not with and without this scheme alone"
            )


_PEOPLE: Final = ("reaching_before", "reaching_after", "gain_enough", "lose_enough", *CHANGES)
_JOBS: Final = ("jobs_before", "jobs_after")
_COUNTS: Final = ["residents", *_PEOPLE, *_JOBS]


def _counted(areas: pd.DataFrame) -> pd.DataFrame:
    """Count residents by what happens to them, and jobs within reach summed over residents."""
    people, reached, reaches = areas["residents"], areas["reaches_before"], areas["reaches_after"]
    table = areas[["id", "ward_code", "district_code", "district_name", "residents", "zone"]].copy()
    table["reaching_before"], table["reaching_after"] = people.where(reached, 0), people.where(reaches, 0)
    table["gain_enough"], table["lose_enough"] = (
        people.where(reaches & ~reached, 0),
        people.where(reached & ~reaches, 0),
    )
    for change in CHANGES:
        table[change] = people.where(areas["change"] == change, 0)
    for side in ("before", "after"):
        table[f"jobs_{side}"] = people * areas[f"jobs_within_{side}"]
    return table


def _means(table: pd.DataFrame) -> pd.DataFrame:
    """Turn sums into shares of residents and means per resident."""
    for side in ("before", "after"):
        table[f"share_{side}"] = share_of(table, f"reaching_{side}")
        table[f"jobs_{side}"] = share_of(table, f"jobs_{side}")
    table["reaching_change"] = table["reaching_after"] - table["reaching_before"]
    table["jobs_change"] = table["jobs_after"] - table["jobs_before"]
    named = [name for name in ("zone", "level", "code", "name") if name in table.columns]
    return table[
        [*named, "residents", "reaching_before", "reaching_after", "reaching_change", "gain_enough", "lose_enough",
         "share_before", "share_after", "jobs_before", "jobs_after", "jobs_change", *CHANGES]
    ]  # fmt: skip


def _by_zone(counted: pd.DataFrame) -> pd.DataFrame:
    """Sum the small areas of each zone."""
    zones = [] if (counted["zone"] == "").all() else list(ZONES)
    sums = counted.groupby("zone")[_COUNTS].sum().reindex(zones, fill_value=0)
    return _means(sums.rename_axis("zone").reset_index())


def _totals(areas: pd.DataFrame, measures: Sequence[Measure]) -> pd.DataFrame:
    """Residents who gain, lose and see no change: in anything, and in each measure."""
    overall = areas["change"].map({"gainers": 1, "losers": -1, "unchanged": 0})
    rows = [("any", "any of the measures", np.nan, overall)]
    rows += [(each.key, each.label, each.tolerance, areas[each.key]) for each in measures]
    people = areas["residents"]
    also = (overall < 0) & (areas[[each.key for each in measures]] > 0).any(axis=1)
    return pd.DataFrame(
        {
            "measure": key,
            "label": label,
            "tolerance": tolerance,
            "residents": people.sum(),
            "gainers": people[sign > 0].sum(),
            "losers": people[sign < 0].sum(),
            "unchanged": people[sign == 0].sum(),
            "losers_who_also_gain": float(people[also].sum()) if key == "any" else np.nan,
        }
        for key, label, tolerance, sign in rows
    )
