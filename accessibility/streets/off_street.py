"""Points off the streets: how far they are, and which are too far to be walked from or to, counted and named."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from accessibility.errors import ParameterError
from accessibility.networks.walking import Placed
from accessibility.streets.snapping import snap
from accessibility.streets.streets import StreetNetwork

log = logging.getLogger(__name__)

#: How many of several things are named.
_NAMED: Final = 5
#: Farther than any point of the earth is from a street.
_ANYWHERE_M: Final = 1e9


def check_max_snap(max_snap_m: float) -> None:
    """Refuse a distance from the street that cannot be meant."""
    if not 0 <= max_snap_m <= 10_000:
        raise ParameterError(f"max_snap_m is {max_snap_m}; it must be between 0 and 10000 metres")


def unsnapped_rows(placed: Placed) -> npt.NDArray[np.int64]:
    """Which points are on no street; none in straight lines."""
    if placed.snapped is None:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(placed.snapped.edge < 0)


def warn_of_unsnapped(placed: Placed, ids: npt.NDArray[np.object_], *, name: str, max_snap_m: float) -> None:
    """Log how many points are on no street, and which; they stay in every answer, as unreachable."""
    away = unsnapped_rows(placed)
    if len(away):
        log.warning(
            "%s: %s",
            name,
            _too_far(len(away), len(ids), "points", max_snap_m, [repr(one) for one in ids[away]]),
        )


def notes_of_stops(
    stops: Placed, stop_ids: npt.NDArray[np.object_], streets: StreetNetwork, *, max_snap_m: float
) -> tuple[str, ...]:
    """Say how far the stops are from the streets, and which are too far, with their distance."""
    if stops.snapped is None or not len(stops.xy):
        return ()
    said, away = [], unsnapped_rows(stops)
    if len(away) < len(stops.xy):
        near_m = stops.snapped.off_m[stops.snapped.edge >= 0]
        said.append(
            f"{len(near_m)} stops join the streets, a median of {np.median(near_m):.0f} m and at most "
            f"{near_m.max():.0f} m off"
        )
    if len(away):
        first = away[:_NAMED]
        off_m = snap(streets, stops.xy[first], max_snap_m=_ANYWHERE_M).off_m
        named = [f"{one!r} ({metres:.0f} m)" for one, metres in zip(stop_ids[first], off_m, strict=True)]
        said.append(_too_far(len(away), len(stops.xy), "stops", max_snap_m, named))
    return tuple(said)


def _too_far(count: int, of: int, what: str, max_snap_m: float, named: Sequence[str]) -> str:
    more = f" and {count - _NAMED} more" if count > _NAMED else ""
    return (
        f"{count} of {of} {what} are more than {max_snap_m:g} m from every street and cannot be walked from or to: "
        f"{', '.join(named[:_NAMED])}{more}"
    )
