"""Catchments of stations as bands on the map: by public transport to some kinds of station, on foot to all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

import accessibility as acc
from accessibility.networks.walking import within_walk
from accessibility.statistics import percentile_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from corridors.inputs import Inputs
    from corridors.study import Study

_COLUMNS: Final = ("kind", "reached", "minutes", "stations", "residents", "share")
#: The bands of a study without stations.
NO_BANDS: Final = gpd.GeoDataFrame(columns=[*_COLUMNS, "geometry"], geometry="geometry", crs="EPSG:4326")
_GRID_M: Final = 200.0
_SMOOTH_M: Final = 50.0  # a quarter of a cell: corners of cells are no information
_QUADRANT: Final = 4  # corners by which a quarter of a circle is drawn
_OPEN: Final = ("open", "unknown")


def station_bands(network: acc.Network, inputs: Inputs, study: Study) -> gpd.GeoDataFrame:
    """Draw from where stations are reached within some minutes, and count who lives there.

    Stations of one kind are one destination: reached is whichever is nearest at each departure. Of stations that are
    walked to only those are taken that are not merely planned.

    Parameters
    ----------
    network
        Timetable and walks.
    inputs, study
        As for `corridors.run.run_study`; see `corridors.page.choices.PageChoice` for kinds and minutes.

    Returns
    -------
        ``kind`` (of station; empty for walks, which are to any other), ``reached`` (``by public transport`` or ``on
        foot``), ``minutes``, ``stations``, ``residents`` (of small areas whose point is within the minutes, exact),
        ``share`` of all residents (0 to 1), and polygons in EPSG:4326, wider bands first so that narrower ones are drawn
        above. Bands by public transport are of cells of 200 m; those on foot are straight lines divided by the detour.
    """
    choice, stations = study.page, inputs.stations
    parts = [
        _by_transport(network, inputs, study, stations[stations["kind"] == kind])
        for kind in choice.catchment_kinds
        if choice.catchment_min and stations["kind"].eq(kind).any()
    ]
    walked = stations[~stations["kind"].isin(choice.catchment_kinds) & stations["status"].isin(_OPEN)]
    if len(walked):
        parts += [_on_foot(network, inputs, study, walked, minutes) for minutes in choice.walk_min]
    if not parts:
        return NO_BANDS
    table = pd.concat(parts, ignore_index=True)
    table["share"] = table["residents"] / inputs.areas["residents"].sum()
    table = table.sort_values(["reached", "kind", "minutes"], ascending=[True, True, False])
    return gpd.GeoDataFrame(table[[*_COLUMNS, "geometry"]], crs="EPSG:4326").reset_index(drop=True)


def _by_transport(
    network: acc.Network, inputs: Inputs, study: Study, stations: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    journey, cutoffs = study.journey, study.page.catchment_min
    one = stations[["id", "kind", "geometry"]].rename(columns={"kind": "group"})
    bands = acc.isochrones(
        network,
        one,
        window=journey.window,
        cutoffs_min=cutoffs,
        statistic=journey.statistic,
        grid_m=_GRID_M,
    )
    percentile = int(percentile_of(journey.statistic))
    times = acc.travel_times(
        network,
        inputs.areas,
        one,
        window=journey.window,
        percentiles=(percentile,),
        max_time_min=max(cutoffs),
    )
    return gpd.GeoDataFrame(
        {
            "kind": stations["kind"].iloc[0],
            "reached": "by public transport",
            "minutes": bands["cutoff_min"],
            "stations": len(stations),
            "residents": _residents(inputs, times[f"travel_time_p{percentile:02d}"].to_numpy(), cutoffs),
        },
        geometry=bands.to_crs(network.crs).simplify(_SMOOTH_M).to_crs("EPSG:4326").to_numpy(),
        crs="EPSG:4326",
    )


def _residents(inputs: Inputs, minutes: NDArray[np.float64], cutoffs: Sequence[float]) -> list[int]:
    people = inputs.areas["residents"].to_numpy()
    return [int(people[minutes <= cutoff].sum()) for cutoff in cutoffs]


def _on_foot(
    network: acc.Network, inputs: Inputs, study: Study, stations: gpd.GeoDataFrame, minutes: float
) -> gpd.GeoDataFrame:
    """Draw a straight-line walk around stations, one shape for all."""
    journey = study.journey
    metres = minutes * journey.walk_speed_kmh * 1000 / 60 / journey.detour
    # Segments by position: geopandas renamed them from resolution to quad_segs in 1.2.
    discs = stations.to_crs(network.crs).buffer(metres, _QUADRANT)
    near = within_walk(
        inputs.areas,
        stations.to_crs(network.crs).union_all(),
        target_crs=network.crs,
        crs=network.crs,
        max_walk_min=minutes,
        walk_speed_kmh=journey.walk_speed_kmh,
        detour=journey.detour,
    )
    return gpd.GeoDataFrame(
        {
            "kind": "",
            "reached": "on foot",
            "minutes": [minutes],
            "stations": len(stations),
            "residents": int(inputs.areas.loc[near, "residents"].sum()),
        },
        geometry=[discs.union_all()],
        crs=network.crs,
    ).to_crs("EPSG:4326")
