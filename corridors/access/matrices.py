"""Travel times that were computed elsewhere, by r5py, r5r or any router that writes ``from_id, to_id, travel_time``.

Such a matrix holds one number for each pair: a percentile of the departures, or what its maker chose. What can be read off
it is read off here: centres within the cutoff, minutes to the k-th, jobs within reach and per competitor. What needs each
departure, or a journey's legs, cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.measures.opportunities import weights_of
from corridors.access.access import MINUTES_PREFIX
from corridors.access.centre_times import CentreTimes
from corridors.access.matrix_files import PERCENTILE, Pairs, read_pairs
from corridors.access.relative import per_unemployed
from corridors.errors import JoinError, StudyError
from corridors.need.employment import rounding_variance
from corridors.tables.joins import refuse_unmatched

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import geopandas as gpd

    from corridors.study import Study

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_UNREACHED: Final = 65_535


@dataclass(frozen=True, eq=False)
class BroughtTimes:
    """A matrix joined to a study.

    Attributes
    ----------
    file, column
        Its name, and the column that was taken.
    statistic
        ``pNN`` where the column says so; None for a plain ``travel_time``.
    area_ids, centre_ids, job_ids
        The small areas, centres and points with jobs of the study, in its order.
    max_time_min
        What takes longer counts as unreachable.
    centres
        Minutes (small areas, centres), +inf where unreachable.
    job_area, job_point, job_min
        Every pair of a small area and a point with jobs that can be reached: positions and minutes.
    notes
        What was missing or left out, with counts.
    """

    file: str
    column: str
    statistic: str | None
    area_ids: tuple[str, ...]
    centre_ids: tuple[str, ...]
    job_ids: tuple[str, ...]
    max_time_min: float
    centres: FloatArray
    job_area: IntArray
    job_point: IntArray
    job_min: FloatArray
    notes: tuple[str, ...]

    def in_words(self) -> str:
        """Say where the minutes come from, as part of a definition."""
        taken = (
            f"percentile {self.statistic[1:]} of the departures, as its column {self.column} says"
            if self.statistic
            else f"its column {self.column}, which does not say of which departures or percentile"
        )
        return (
            f"door-to-door minutes brought in the file {self.file} ({taken}), not computed by this toolkit: day, window, "
            "walks and changes are those of whoever computed them"
        )

    def centre_times(self) -> CentreTimes:
        """Return the minutes to centres as times of a window of one departure; seconds are rounded up."""
        seconds = np.full((*self.centres.shape, 1), _UNREACHED, dtype=np.uint16)
        reached = np.isfinite(self.centres)
        seconds[reached, 0] = np.ceil(np.round(self.centres[reached] * 60, 6)).astype(np.uint16)
        return CentreTimes(self.area_ids, self.centre_ids, "depart", self.max_time_min, seconds)


def read_times(
    path: Path,
    *,
    areas: pd.DataFrame,
    centres: pd.DataFrame,
    jobs: pd.DataFrame,
    others: Collection[str] = (),
    statistic: str,
    max_time_min: float,
) -> BroughtTimes:
    """Read a matrix of travel times and join it to a study.

    Parameters
    ----------
    path
        CSV or Parquet with ``from_id`` (small areas), ``to_id`` (centres, by the id of the centre or ``centre/access
        point``, and points with jobs) and minutes in ``travel_time_pNN`` or ``travel_time``. An empty value, and a pair
        that is not there, is a destination that cannot be reached.
    areas, centres, jobs
        The study's tables; areas with ``residents``.
    others
        Further ids of the study, such as sites: allowed as destinations and not used.
    statistic
        The study's: ``pNN`` takes that column where the file has percentiles.
    max_time_min
        The study's longest journey.

    Returns
    -------
    BroughtTimes
        With a note on everything that was missing.

    Raises
    ------
    TableError
        For a file that cannot be read, lacks a column or the percentile, repeats a pair, or holds a value that is no
        number of 0 or more.
    JoinError
        For ids that the study does not know, with counts; or when no centre, or no point with jobs, is among the
        destinations.
    StudyError
        When a centre and a point with jobs bear the same id, so that a destination could be either.
    """
    pairs = read_pairs(path, statistic=statistic)
    refuse_unmatched(
        pairs.from_ids, areas["id"], what=f"origins of {path.name}", missing_from="the small areas"
    )
    lanes = _destinations(centres, jobs)
    refuse_unmatched(
        pairs.to_ids,
        [*lanes, *others],
        what=f"destinations of {path.name}",
        missing_from="the centres and the points with jobs",
        remedy="give destinations the ids that the study's tables have",
    )
    found = _laid_out(pairs, lanes, areas, centres, max_time_min)
    for name, kind in (("centre", found.centre_pairs), ("point with jobs", found.job_pairs)):
        if not kind:
            raise JoinError(f"{path.name} holds no time to any {name} of the study, by id")
    match = PERCENTILE.fullmatch(pairs.column)
    return BroughtTimes(
        file=path.name,
        column=pairs.column,
        statistic=f"p{int(match[1])}" if match else None,
        area_ids=tuple(areas["id"]),
        centre_ids=tuple(dict.fromkeys(centres["group"])),
        job_ids=tuple(jobs["id"]),
        max_time_min=max_time_min,
        centres=found.centres,
        job_area=found.job_area,
        job_point=found.job_point,
        job_min=found.job_min,
        notes=tuple(
            f"{path.name}: {said}" for said in _missing(pairs, found, areas, centres, jobs, max_time_min)
        ),
    )


def brought_centres(times: BroughtTimes, study: Study) -> pd.DataFrame:
    """Count the centres that every small area reaches, like `corridors.access.access.reach_of_centres`.

    Returns
    -------
        ``id, n_within, minutes_to_k`` and ``t_<centre>``. The share of departures is not there: a matrix has none.
    """
    cutoff, k = study.indicator.cutoff_min, study.indicator.min_centres
    table = pd.DataFrame(
        {
            "id": list(times.area_ids),
            "n_within": (times.centres <= cutoff).sum(axis=1),
            "minutes_to_k": np.sort(times.centres, axis=1)[:, k - 1],
        }
    )
    order = sorted(range(len(times.centre_ids)), key=times.centre_ids.__getitem__)
    columns = [f"{MINUTES_PREFIX}{times.centre_ids[at].replace('-', '_')}" for at in order]
    return pd.concat([table, pd.DataFrame(times.centres[:, order], columns=columns)], axis=1)


def brought_jobs(
    times: BroughtTimes, areas: gpd.GeoDataFrame, jobs: gpd.GeoDataFrame, study: Study
) -> pd.DataFrame:
    """Count the jobs within reach, like `corridors.access.access.reach_of_jobs` and `corridors.access.relative.reach_per_unemployed`.

    Returns
    -------
        ``id, jobs_within, jobs_per_worker, jobs_per_unemployed, unemployed_per_1000_jobs,
        competing_unemployed_per_1000_jobs`` and, where it can be told, ``jobs_within_error``.
    """
    near = times.job_min <= study.jobs.cutoff_min
    area, point = times.job_area[near], times.job_point[near]
    supply = weights_of(jobs, "jobs", name="points with jobs")

    def per(competitors: str) -> FloatArray:
        demand = weights_of(areas, competitors, name="small areas")
        competing = np.bincount(point, weights=demand[area], minlength=len(supply))
        each = np.divide(supply, competing, out=np.zeros_like(supply), where=competing > 0)
        return np.asarray(np.bincount(area, weights=each[point], minlength=len(areas)), dtype=np.float64)

    reached = pd.DataFrame(
        {
            "id": list(times.area_ids),
            "jobs_within": np.bincount(area, weights=supply[point], minlength=len(areas)),
            "jobs_per_unemployed": per("unemployed"),
        }
    )
    relative = per_unemployed(reached, areas).drop(columns="id")
    within = reached[["id", "jobs_within"]].assign(jobs_per_worker=per(study.jobs.competitors))
    if study.ranking.knows_jobs_rounded and "published_jobs" in jobs.columns:
        variance = rounding_variance(jobs).to_numpy(dtype=np.float64)
        summed = np.bincount(area, weights=variance[point], minlength=len(areas))
        within["jobs_within_error"] = np.sqrt(summed)
    return pd.concat([within, relative], axis=1)


@dataclass(frozen=True, eq=False)
class _LaidOut:
    """Minutes by the study's positions, and how many distinct pairs of either kind the file holds."""

    centres: FloatArray
    job_area: IntArray
    job_point: IntArray
    job_min: FloatArray
    centre_pairs: int
    job_pairs: int
    beyond: int
    empty: int


def _destinations(centres: pd.DataFrame, jobs: pd.DataFrame) -> dict[str, tuple[str, int]]:
    """Tell what each id of a destination stands for: a centre or a point with jobs, and which."""
    number = {group: at for at, group in enumerate(dict.fromkeys(centres["group"]))}
    lanes = {str(group): ("centre", at) for group, at in number.items()}
    lanes |= {str(row.id): ("centre", number[row.group]) for row in centres.itertuples(index=False)}
    of_jobs = {str(name): ("jobs", at) for at, name in enumerate(jobs["id"])}
    both = sorted(lanes.keys() & of_jobs.keys())
    if both:
        raise StudyError(
            f"{both[0]!r} is the id of a centre and of a point with jobs, so a travel time to it could be to either; "
            "rename one"
        )
    return lanes | of_jobs


def _laid_out(
    pairs: Pairs,
    lanes: dict[str, tuple[str, int]],
    areas: pd.DataFrame,
    centres: pd.DataFrame,
    max_time_min: float,
) -> _LaidOut:
    """Put minutes where the study's tables have their areas, centres and points."""
    area = pd.Index(areas["id"]).get_indexer(pairs.from_ids)[pairs.from_code]
    kinds = [lanes.get(name, ("other", -1)) for name in pairs.to_ids]
    to_centre = np.array([kind == "centre" for kind, _ in kinds], dtype=bool)[pairs.to_code]
    to_jobs = np.array([kind == "jobs" for kind, _ in kinds], dtype=bool)[pairs.to_code]
    lane = np.array([at for _, at in kinds], dtype=np.int64)[pairs.to_code]
    used = to_centre | to_jobs
    known = np.where(np.isnan(pairs.minutes), np.inf, pairs.minutes)
    minutes = np.where(known <= max_time_min, known, np.inf)
    table = np.full((len(areas), centres["group"].nunique()), np.inf)
    np.minimum.at(table, (area[to_centre], lane[to_centre]), minutes[to_centre])
    reached = to_jobs & np.isfinite(minutes)
    return _LaidOut(
        centres=table,
        job_area=area[reached].astype(np.int64),
        job_point=lane[reached],
        job_min=minutes[reached],
        centre_pairs=len(np.unique(area[to_centre] * table.shape[1] + lane[to_centre])),
        job_pairs=int(to_jobs.sum()),
        beyond=int((used & np.isfinite(known) & (known > max_time_min)).sum()),
        empty=int((used & np.isinf(known)).sum()),
    )


def _missing(
    pairs: Pairs,
    found: _LaidOut,
    areas: pd.DataFrame,
    centres: pd.DataFrame,
    jobs: pd.DataFrame,
    max_time_min: float,
) -> list[str]:
    """Say with counts what the matrix does not hold, and what was not taken as it stands."""
    said = []
    absent = areas[~areas["id"].isin(pairs.from_ids)]
    if len(absent):
        said.append(
            f"{len(absent):,} of {len(areas):,} small areas ({absent['residents'].sum():,.0f} residents) are not among its "
            "origins: they count as reaching nothing and stay in every denominator"
        )
    there = set(pairs.to_ids)
    for kind, ids, wholes in (
        ("centres", centres["id"], centres["group"]),
        ("points with jobs", jobs["id"], jobs["id"]),
    ):
        lost = set(wholes) - set(wholes[ids.isin(there) | wholes.isin(there)])
        if lost:
            names = ", ".join(sorted(lost)[:5]) + (", …" if len(lost) > 5 else "")
            said.append(
                f"{len(lost):,} of {wholes.nunique():,} {kind} are not among its destinations ({names})"
            )
    for kind, held, wanted in (
        ("small area and centre", found.centre_pairs, found.centres.size),
        ("small area and point with jobs", found.job_pairs, len(areas) * len(jobs)),
    ):
        if held < wanted:
            said.append(
                f"{wanted - held:,} of {wanted:,} pairs of {kind} are not in it and count as unreachable"
            )
    if found.empty:
        said.append(f"{found.empty:,} pairs have no time and count as unreachable")
    if found.beyond:
        said.append(
            f"{found.beyond:,} times over {max_time_min:g} minutes, the longest journey, count as unreachable"
        )
    return said
