"""The tables of a batch: their columns, the rows they are gathered from, and what they hold together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from accessibility.errors import ParameterError
from corridors.batch.station_catchments import FOUND, GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What all stations together are called; they have no id.
TOGETHER: Final = "All stations together"
#: What a row is about.
ASKED: Final = ("station_id", "station", "direction", "scenario", "window")
#: Residents within reach of two stations or more, counted where all are taken together.
SHARED: Final = "residents_in_several"
SUMMARY_COLUMNS: Final = [
    *ASKED, "threshold_min", *GROUPS, "all_residents", "share_residents", SHARED, *FOUND, "status", "note",
]  # fmt: skip
CURVE_COLUMNS: Final = [*ASKED, "minute", *GROUPS, SHARED, *FOUND]
TARGET_COLUMNS: Final = [
    "station_id", "station", "scenario", "window", "target", "minutes", "residents_within_longest", "longest_min",
    "all_residents", "in_words",
]  # fmt: skip
ONWARD_COLUMNS: Final = [
    "station_id", "station", "scenario", "window", "to", "onward_min", "over_min", "up_to_min", "residents",
    "residents_within",
]  # fmt: skip
CATCHMENT_COLUMNS: Final = [
    *ASKED, "threshold_min", "small_areas", "residents", "jobs", "area_km2", "geometry",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tables:
    """What a batch found.

    Attributes
    ----------
    summary
        One row per station (and all together), direction, scenario, window and threshold: residents and groups of them who
        get there (``to``), jobs, sites and homes at sites within reach (``from``).
    curve
        The same by whole minutes, from 0 to the longest journey.
    targets
        In how many minutes the target is reached, by station, scenario and window.
    onward
        Residents by bands of the whole journey, the constant of the journey onward included.
    catchments
        A polygon for each row of the summary that was answered.
    notes
        What a reader must bear in mind, a sentence each.
    """

    summary: pd.DataFrame
    curve: pd.DataFrame
    targets: pd.DataFrame
    onward: pd.DataFrame
    catchments: gpd.GeoDataFrame
    notes: tuple[str, ...]


@dataclass(eq=False)
class Rows:
    """Rows of every table, gathered one question after the other."""

    summary: list[pd.DataFrame] = field(default_factory=list)
    curve: list[pd.DataFrame] = field(default_factory=list)
    targets: list[dict[str, Any]] = field(default_factory=list)
    onward: list[pd.DataFrame] = field(default_factory=list)
    catchments: list[gpd.GeoDataFrame] = field(default_factory=list)

    def tables(self, *, notes: tuple[str, ...]) -> Tables:
        """Put the rows under each other."""
        return Tables(
            summary=_joined(self.summary, SUMMARY_COLUMNS),
            curve=_joined(self.curve, CURVE_COLUMNS),
            targets=pd.DataFrame(self.targets, columns=TARGET_COLUMNS),
            onward=_joined(self.onward, ONWARD_COLUMNS),
            catchments=_joined_polygons(self.catchments),
            notes=notes,
        )


def check_thresholds(thresholds_min: Sequence[float], *, longest_min: float) -> list[float]:
    """Refuse thresholds that are none, are there twice, or lie beyond the longest journey; give them rising.

    Raises
    ------
    ParameterError
        In one sentence.
    """
    if not thresholds_min:
        raise ParameterError("no threshold was asked for; 15,30,45,60,75,90 are usual minutes")
    for threshold in thresholds_min:
        if not 0 < threshold <= longest_min:
            raise ParameterError(
                f"a threshold is {threshold:g} minutes; it must be above 0 and at most the study's longest journey, "
                f"max_time_min = {longest_min:g}"
            )
    if len(set(thresholds_min)) < len(thresholds_min):
        raise ParameterError(
            f"the thresholds {', '.join(f'{each:g}' for each in thresholds_min)} name one twice"
        )
    return sorted(thresholds_min)


def _joined(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Put tables under each other, whole counts as such; without any, an empty table with its columns."""
    filled = [table.reindex(columns=columns) for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=columns)
    joined = pd.DataFrame(
        {name: np.concatenate([table[name].to_numpy(dtype=object) for table in filled]) for name in columns}
    )
    texts = {*ASKED, "status", "note", "to", "in_words"}
    for name in columns:
        joined[name] = joined[name].fillna("").astype(str) if name in texts else joined[name].astype(float)
    return joined


def _joined_polygons(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    if not tables:
        return gpd.GeoDataFrame(columns=CATCHMENT_COLUMNS, geometry="geometry", crs="EPSG:4326")
    joined = pd.concat([table[CATCHMENT_COLUMNS] for table in tables], ignore_index=True)
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=tables[0].crs).to_crs("EPSG:4326")
