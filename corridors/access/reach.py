"""Which points of a study have no stop within a walk, so that public transport takes nobody from or to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from accessibility.feeds.notices import Notice
from accessibility.points import as_points
from corridors.errors import StudyError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from accessibility.networks.network import Network
    from corridors.inputs import Inputs

_ELSEWHERE = (
    "do the feeds, the streets and the tables belong to the same place, and do the feeds have longitudes and latitudes in "
    "their own columns?"
)
#: How many points a sentence names.
_NAMED = 5


@dataclass(frozen=True)
class PointsWithoutStop:
    """How many points of a kind there are, and how many have no stop with service within the walk allowed."""

    kind: str
    points: int
    without_stop: int


def points_without_stop(
    network: Network, inputs: Inputs
) -> tuple[tuple[PointsWithoutStop, ...], list[Notice]]:
    """Count the small areas and the centres without a stop in walking reach.

    Parameters
    ----------
    network
        Timetable and walks, as a run of the study has them: stops are those with a trip on the date.
    inputs
        The tables of the study. A centre counts as a whole: one of its points with a stop is enough.

    Returns
    -------
    tuple
        The figures, and a warning for each kind with such points, which names the first.
    """
    limits = network.limits
    questions = (
        ("small areas", inputs.areas, limits.max_access_min),
        ("centres", inputs.centres, limits.max_egress_min),
    )
    figures, notices = [], []
    for kind, points, max_min in questions:
        ids, served = _served(network, points, max_min)
        without = ids[~served]
        figures.append(PointsWithoutStop(kind, len(ids), len(without)))
        if len(without):
            more = f" and {len(without) - _NAMED:,} more" if len(without) > _NAMED else ""
            message = (
                f"{len(without):,} of {len(ids):,} {kind} have no stop with service within {max_min:g} minutes on foot: "
                f"{', '.join(map(str, without[:_NAMED]))}{more}"
            )
            nowhere = len(without) == len(ids)
            notices.append(
                Notice(
                    "point_without_stop",
                    "ERROR" if nowhere else "WARNING",
                    f"{message}; {_ELSEWHERE}" if nowhere else message,
                    count=len(without),
                )
            )
    return tuple(figures), notices


def refuse_no_stop_in_reach(network: Network, inputs: Inputs) -> None:
    """Refuse a study none of whose small areas, or none of whose centres, has a stop: its parts are of different places.

    Raises
    ------
    StudyError
        With the count and what to look at.
    """
    for notice in points_without_stop(network, inputs)[1]:
        if notice.severity == "ERROR":
            raise StudyError(notice.message)


def _served(
    network: Network, points: gpd.GeoDataFrame, max_min: float
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    """Ids of points, or of their groups, and whether a stop is within a walk."""
    placed = as_points(points, crs=network.crs, name="points", grouped=True)
    walks = network.walks(network.placed(placed.xy), network.stops, max_min=max_min)
    served = np.zeros(len(placed.ids), dtype=np.bool_)
    served[placed.lane[np.diff(walks.ptr) > 0]] = True
    return placed.ids, served
