"""Today's commutes: how many of them public transport could carry within 45 or 60 minutes.

The census counts workers by the middle-layer area they live in and the one they work in. A commute is laid from the
small areas of its home, by their residents, to the points of jobs of its work area, by their jobs; the share of those
pairs within the minutes is the share of the commute that is possible. Who works at home, at no fixed place, or beyond
the area is counted apart and named: nobody is dropped from the total.

The census of 2021 was taken in lockdown, with many on furlough, and the flows are of that day: read them as a pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

import accessibility as acc
from accessibility.errors import ParameterError
from accessibility.statistics import percentile_of
from corridors.access.indicator import by_level
from corridors.errors import JoinError
from corridors.tables.joins import refuse_unmatched
from corridors.tables.reading import read_table
from corridors.tables.tables import Field, TableSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from corridors.study import Study

    Array = NDArray[np.float64]

COMMUTES = TableSpec(
    row="flow from a home to a workplace",
    key=("home", "work"),
    fields=(
        Field("home", "text", "code of the middle-layer area (MSOA) of residence"),
        Field("work", "text", "code of that of the workplace, or one of the codes without a place"),
        Field("workers", "count", "people who make the commute"),
    ),
)
#: Codes of the census's table ODWP01EW that are no place, and the kind of commute each stands for.
WITHOUT_PLACE: Final = {
    "111111111": "no_fixed_place",
    "888888888": "elsewhere",
    "999999999": "elsewhere",
}
#: Every kind of commute, and what it is called.
KINDS: Final = {
    "placed": "to a workplace in the area",
    "no_fixed_place": "at home or at no fixed place",
    "outside": "to a workplace outside the area, whose jobs are not in the tables",
    "elsewhere": "abroad, offshore or not stated",
    "from_outside": "from a home outside the area to a workplace in it",
    "beyond": "with neither home nor workplace in the area",
}
CUTOFFS_MIN: Final = (45.0, 60.0)
_APART: Final = ("no_fixed_place", "outside", "elsewhere")


def read_commutes(path: Path) -> pd.DataFrame:
    """Read the commutes: ``home, work, workers``, sorted; one row per pair.

    Raises
    ------
    TableError
        When the file breaks its specification.
    """
    return read_table(path, COMMUTES).sort_values(["home", "work"], ignore_index=True)


@dataclass(frozen=True, eq=False)
class Commutes:
    """Which of today's commutes are possible.

    Attributes
    ----------
    by_area
        One row per small area: ``id``, ``commuters`` (all workers who live there), one column for each kind of commute
        of theirs (see `KINDS`), and ``within_<minutes>``: those of the ``placed`` whose commute is possible. Floats,
        because a middle-layer area's workers are shared out by residents.
    kinds
        ``kind, meaning, workers``: every worker of the flows, once.
    cutoffs_min
        The minutes.
    """

    by_area: pd.DataFrame
    kinds: pd.DataFrame
    cutoffs_min: tuple[float, ...]


def possible_commutes(
    network: acc.Network,
    areas: gpd.GeoDataFrame,
    jobs: gpd.GeoDataFrame,
    flows: pd.DataFrame,
    study: Study,
    *,
    cutoffs_min: Sequence[float] = CUTOFFS_MIN,
    codes_without_place: Mapping[str, str] = WITHOUT_PLACE,
    max_unmatched_share: float = 0.0,
) -> Commutes:
    """Ask which of today's commutes public transport makes possible within some minutes.

    Parameters
    ----------
    network
        Timetable and walks.
    areas
        Points with ``id``, ``residents`` and ``msoa_code``, the middle-layer area each lies in.
    jobs
        Points with ``id``, ``jobs`` and ``msoa_code``.
    flows
        ``home, work, workers``, as `read_commutes` gives them.
    study
        Gives window and statistic: the morning's, for a commute.
    cutoffs_min
        Minutes, inclusive.
    codes_without_place
        The codes of ``work`` that are no place, and the kind of each: ``no_fixed_place`` or ``elsewhere``.
    max_unmatched_share
        The share of the areas' middle-layer areas that may be no home in the flows; more is a sign of another vintage.

    Returns
    -------
    Commutes
        Counts by small area, and of every worker by kind. Flows without rows give zeros.

    Raises
    ------
    ParameterError
        For a cutoff that is none, no cutoff, or a code that stands for a kind there is not.
    JoinError
        When a table lacks ``msoa_code``, homes and areas are of different vintages, or workers live where nobody does.
    """
    cutoffs = tuple(sorted({float(cutoff) for cutoff in cutoffs_min}))
    if not cutoffs:
        raise ParameterError("no cutoff was given; 45 and 60 minutes are the usual ones")
    for columns, name in ((areas.columns, "small areas"), (jobs.columns, "points of jobs")):
        if "msoa_code" not in columns:
            raise JoinError(f"the {name} have no column msoa_code, so commutes cannot be laid to them")
    _refuse_other_kinds(codes_without_place)
    flows = flows.reset_index(drop=True)
    homes = np.sort(areas["msoa_code"].unique())
    if len(flows):
        refuse_unmatched(
            homes,
            flows["home"],
            what="MSOAs of small areas",
            missing_from="the homes of the commutes",
            max_unmatched_share=max_unmatched_share,
        )
    places = _places_of_work(jobs)
    kinds = _kind_of(flows, homes, places["work"], codes_without_place)
    share = _home_shares(areas, flows[~kinds.isin(["from_outside", "beyond"])])
    laid = _Laid(areas["msoa_code"], share, flows[kinds == "placed"], places)
    by_area = pd.DataFrame({"id": areas["id"].to_numpy(), "commuters": 0.0, "placed": laid.workers()})
    for kind in _APART:
        workers = flows[kinds == kind].groupby("home")["workers"].sum()
        by_area[kind] = share * areas["msoa_code"].map(workers).fillna(0.0).to_numpy(dtype=np.float64)
    by_area["commuters"] = by_area[["placed", *_APART]].sum(axis=1)
    for cutoff, possible in zip(
        cutoffs, laid.within(network, areas, jobs, study, cutoffs_min=cutoffs), strict=True
    ):
        by_area[_within(cutoff)] = possible
    counted = flows.groupby(kinds)["workers"].sum().reindex(list(KINDS), fill_value=0)
    table = pd.DataFrame(
        {"kind": list(KINDS), "meaning": list(KINDS.values()), "workers": counted.to_numpy()}
    )
    return Commutes(by_area, table, cutoffs)


def commutes_by_level(
    commutes: Commutes, areas: pd.DataFrame, shares: pd.DataFrame, wards: pd.DataFrame
) -> pd.DataFrame:
    """Return the share of today's commutes that are possible: for the region, each district and each home ward.

    Parameters
    ----------
    commutes
        The result of `possible_commutes`.
    areas, shares, wards
        As for `corridors.access.indicator.indicator_by_level`. A ward's commuters are those of its pieces of small areas, as
        the flows are published for middle-layer areas alone.

    Returns
    -------
        ``level, code, name, commuters`` (all who live there), the columns of each kind of commute, and for each cutoff
        ``within_<minutes>`` and ``share_<minutes>`` (of the commutes to a workplace in the area, 0 to 1, missing without
        any).
    """
    counts = [name for name in commutes.by_area.columns if name != "id"]
    table = areas.drop(columns=["geometry", *counts], errors="ignore").merge(
        commutes.by_area, on="id", how="left", validate="one_to_one"
    )
    levels = by_level(table, shares, wards, counts=counts)
    for cutoff in commutes.cutoffs_min:
        levels[_within(cutoff, "share")] = levels[_within(cutoff)] / levels["placed"].where(
            levels["placed"] > 0
        )
    return levels


def commutes_sentence(commutes: Commutes) -> str:
    """Say the share of today's commutes that are possible, of how many, and who is not among them."""
    workers = dict(zip(commutes.kinds["kind"], commutes.kinds["workers"], strict=True))
    placed, total = commutes.by_area["placed"].sum(), commutes.by_area["commuters"].sum()
    if placed <= 0:
        return "The flows hold no commute between two places of the area."
    possible = " and ".join(
        f"{commutes.by_area[_within(cutoff)].sum() / placed:.1%} within {cutoff:g} minutes"
        for cutoff in commutes.cutoffs_min
    )
    apart = "; ".join(f"{workers[kind]:,} {KINDS[kind]}" for kind in _APART)
    return (
        f"Of {placed:,.0f} commutes between two places of the area, {possible} could be made by public transport and on "
        f"foot. The other {total - placed:,.0f} of its {total:,.0f} working residents are counted apart: {apart}. Not among "
        f"its residents: {workers['from_outside']:,} {KINDS['from_outside']}, {workers['beyond']:,} {KINDS['beyond']}."
    )


def _within(cutoff_min: float, prefix: str = "within") -> str:
    return f"{prefix}_{cutoff_min:g}"


def _refuse_other_kinds(codes: Mapping[str, str]) -> None:
    """Refuse a kind that no table has, as its workers would be lost."""
    for code, kind in codes.items():
        if kind not in ("no_fixed_place", "elsewhere"):
            raise ParameterError(
                f"code {code!r} stands for {kind!r}; it must be 'no_fixed_place' or 'elsewhere'"
            )


def _kind_of(
    flows: pd.DataFrame, homes: NDArray[np.object_], works: pd.Series[str], codes: Mapping[str, str]
) -> pd.Series[str]:
    """Tell the kind of every flow: a home outside comes first, for it is none of the residents'."""
    kind = flows["work"].map(codes).astype(object)
    placed = flows["work"].isin(works)
    kind = kind.where(kind.notna(), placed.map({True: "placed", False: "outside"}))
    incoming = placed.map({True: "from_outside", False: "beyond"})
    return kind.where(flows["home"].isin(homes), incoming)


def _home_shares(areas: pd.DataFrame, flows: pd.DataFrame) -> Array:
    """Share of each small area in the residents of its middle-layer area."""
    total = areas.groupby("msoa_code")["residents"].transform("sum")
    empty = set(areas.loc[total <= 0, "msoa_code"]) & set(flows.loc[flows["workers"] > 0, "home"])
    if empty:
        raise JoinError(
            f"workers commute from {min(empty)}, but its small areas have no residents: use tables of one vintage"
        )
    return (areas["residents"] / total.where(total > 0, 1)).to_numpy(dtype=np.float64)


def _places_of_work(jobs: pd.DataFrame) -> pd.DataFrame:
    """Return the points with jobs: ``work`` (the middle-layer area) and ``share`` (of its jobs), by the point's id."""
    total = jobs.groupby("msoa_code")["jobs"].transform("sum")
    table = pd.DataFrame(
        {"id": jobs["id"], "work": jobs["msoa_code"], "share": jobs["jobs"] / total.where(total > 0)}
    )
    return table[table["share"] > 0].set_index("id")


class _Laid:
    """Flows between middle-layer areas, laid from small areas to points of jobs."""

    def __init__(self, home: pd.Series[str], share: Array, flows: pd.DataFrame, places: pd.DataFrame) -> None:
        self._share, self._places = share, places
        self._home, homes = pd.factorize(home, sort=True)
        self._work, works = pd.factorize(places["work"], sort=True)
        self._flows = np.zeros((len(homes), len(works)))
        at = homes.get_indexer(pd.Index(flows["home"])), works.get_indexer(pd.Index(flows["work"]))
        np.add.at(self._flows, at, flows["workers"].to_numpy(dtype=np.float64))

    def workers(self) -> Array:
        """Workers of each small area."""
        return np.asarray(self._share * self._flows.sum(axis=1)[self._home])

    def within(
        self,
        network: acc.Network,
        areas: gpd.GeoDataFrame,
        jobs: gpd.GeoDataFrame,
        study: Study,
        *,
        cutoffs_min: Sequence[float],
    ) -> Array:
        """Workers of each small area whose commute is possible: (cutoffs, areas)."""
        possible = np.zeros((len(cutoffs_min), len(areas)))
        if not len(areas) or self._places.empty:
            return possible
        percentile = int(percentile_of(study.journey.statistic))
        for part in acc.iter_travel_times(
            network,
            areas,
            jobs.loc[jobs["id"].isin(self._places.index), ["id", "geometry"]],
            window=study.journey.window,
            percentiles=[percentile],
            max_time_min=max(cutoffs_min),
        ):
            minutes = part[f"travel_time_p{percentile:02d}"].to_numpy().reshape(len(areas), -1)
            row = self._places.index.get_indexer(pd.Index(part["to_id"].iloc[: minutes.shape[1]]))
            workers = (
                self._flows[self._home[:, None], self._work[row]] * self._places["share"].to_numpy()[row]
            )
            for at, cutoff in enumerate(cutoffs_min):
                possible[at] += (workers * (minutes <= cutoff)).sum(axis=1)
        return np.asarray(possible * self._share)
