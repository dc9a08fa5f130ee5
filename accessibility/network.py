"""Network: a timetable with its walks and its rules for changing, ready to be asked for travel times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from accessibility.errors import ParameterError
from accessibility.points import check_metric_crs, metric_crs
from accessibility.timetable import Timetable
from accessibility.transfer_rules import ANY, DEFAULT, FORBIDDEN, WALK_ALONE, TransferRules
from accessibility.walking import Walks, check_walk, straight_line_walks

#: ``seconds`` of a link over which no change is possible unless a rule about routes or trips allows one.
NO_CHANGE = -1


@dataclass(frozen=True)
class WalkLimits:
    """How people walk: speed in km/h, limits in minutes (inclusive), and the factor on straight lines."""

    walk_speed_kmh: float = 4.8
    max_access_min: float = 20
    max_egress_min: float = 20
    max_transfer_min: float = 10
    max_direct_min: float = 40
    min_transfer_min: float = 1
    detour: float = 1.3

    def __post_init__(self) -> None:
        """Refuse what no walk has."""
        check_walk(speed_kmh=self.walk_speed_kmh, detour=self.detour)
        for name in (
            "max_access_min",
            "max_egress_min",
            "max_transfer_min",
            "max_direct_min",
            "min_transfer_min",
        ):
            value = getattr(self, name)
            if not 0 <= value <= 120:
                raise ParameterError(f"{name} is {value}; it must be between 0 and 120 minutes")


@dataclass(frozen=True, eq=False)
class Changes:
    """Where one can change, from each stop: ``ptr[s]:ptr[s + 1]`` of ``to`` and ``seconds``, walk included.

    Links with rules about routes or trips list them, most specific first, in ``rule_ptr[link]:rule_ptr[link + 1]`` of the
    ``rule_…`` arrays; the first that fits wins over ``seconds``. `NO_CHANGE` marks a forbidden or absent change.
    """

    ptr: npt.NDArray[np.int64]
    to: npt.NDArray[np.int32]
    seconds: npt.NDArray[np.int32]
    rule_ptr: npt.NDArray[np.int64]
    rule_from_route: npt.NDArray[np.int32]
    rule_to_route: npt.NDArray[np.int32]
    rule_from_trip: npt.NDArray[np.int32]
    rule_to_trip: npt.NDArray[np.int32]
    rule_seconds: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Network:
    """Everything a travel-time question needs.

    Attributes
    ----------
    timetable
        The service day.
    crs
        The metric CRS in which all distances of a run are taken.
    stop_xy
        Coordinates of the timetable's stops in that CRS.
    changes
        Which changes are possible and how long they take.
    limits
        Walking speed and limits.
    notes
        Counted warnings of the timetable and of building the network.
    """

    timetable: Timetable
    crs: CRS
    stop_xy: npt.NDArray[np.float64]
    changes: Changes
    limits: WalkLimits
    notes: tuple[str, ...]

    def walks_to_stops(self, xy: npt.NDArray[np.float64], *, max_min: float) -> Walks:
        """Walks from points to the stops in reach."""
        return self.walks(xy, self.stop_xy, max_min=max_min)

    def walks(
        self, origins_xy: npt.NDArray[np.float64], destinations_xy: npt.NDArray[np.float64], *, max_min: float
    ) -> Walks:
        """Walks from points to points in reach."""
        return straight_line_walks(
            origins_xy,
            destinations_xy,
            max_min=max_min,
            speed_kmh=self.limits.walk_speed_kmh,
            detour=self.limits.detour,
        )


def build_network(
    timetable: Timetable,
    streets: None = None,
    *,
    walk_speed_kmh: float = 4.8,
    max_access_min: float = 20,
    max_egress_min: float = 20,
    max_transfer_min: float = 10,
    max_direct_min: float = 40,
    min_transfer_min: float = 1,
    detour: float = 1.3,
    crs: CRS | str | None = None,
) -> Network:
    """Join a timetable with the walks around its stops.

    Parameters
    ----------
    timetable
        The service day.
    streets
        None: walks are straight lines times `detour`.
    walk_speed_kmh
        Walking speed.
    max_access_min, max_egress_min, max_transfer_min, max_direct_min
        Longest walk to the first stop, from the last, between two, and of a journey on foot alone; inclusive.
    min_transfer_min
        Time kept for a change on top of its walk, also at the same stop; transfers.txt may replace the sum.
    detour
        Factor on straight lines.
    crs
        Metric CRS; by default the British National Grid in Great Britain, else the UTM zone of the stops.

    Returns
    -------
    Network
        Frozen.

    Raises
    ------
    ParameterError
        For a limit out of range, streets, or a CRS that is not projected in metres.
    """
    refuse_streets(streets)
    limits = WalkLimits(
        walk_speed_kmh,
        max_access_min,
        max_egress_min,
        max_transfer_min,
        max_direct_min,
        min_transfer_min,
        detour,
    )
    lon, lat = timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy()
    metric = metric_crs(lon, lat) if crs is None else check_metric_crs(crs)
    transformer = Transformer.from_crs("EPSG:4326", metric, always_xy=True)
    xy = np.column_stack(transformer.transform(lon, lat))
    walks = straight_line_walks(xy, xy, max_min=max_transfer_min, speed_kmh=walk_speed_kmh, detour=detour)
    return Network(
        timetable=timetable,
        crs=metric,
        stop_xy=xy,
        changes=_changes(walks, timetable.rules, min_transfer_s=round(min_transfer_min * 60)),
        limits=limits,
        notes=timetable.notes,
    )


def refuse_streets(streets: object) -> None:
    """Refuse streets rather than pass them over: every walk is a straight line."""
    if streets is not None:
        raise ParameterError(
            "streets are not supported yet; leave it None, and walks are straight lines times the detour factor"
        )


def _changes(walks: Walks, rules: TransferRules, *, min_transfer_s: int) -> Changes:
    """Lay the rules of transfers.txt over the walks between stops."""
    stops = len(walks.ptr) - 1
    start = np.repeat(np.arange(stops, dtype=np.int64), np.diff(walks.ptr))
    walk_keys = start * stops + walks.to
    rule_keys = rules.from_stop.astype(np.int64) * stops + rules.to_stop
    keys = np.union1d(walk_keys, rule_keys)
    walk = np.full(len(keys), NO_CHANGE, dtype=np.int32)
    walk[np.searchsorted(keys, walk_keys)] = walks.seconds
    seconds = np.where(walk >= 0, walk + min_transfer_s, NO_CHANGE).astype(np.int32)
    special: list[list[tuple[int, ...]]] = [[] for _ in keys]
    plain: set[int] = set()
    for i, link in enumerate(np.searchsorted(keys, rule_keys)):
        if link in plain:
            continue
        needed = _needed(int(rules.seconds[i]), int(walk[link]), min_transfer_s)
        about = (rules.from_route[i], rules.to_route[i], rules.from_trip[i], rules.to_trip[i])
        if all(value == ANY for value in about):
            seconds[link] = needed
            plain.add(int(link))
        else:
            special[link].append((*(int(v) for v in about), needed))
    flat = np.array([rule for some in special for rule in some], dtype=np.int32).reshape(-1, 5)
    return Changes(
        ptr=np.searchsorted(keys, np.arange(stops + 1, dtype=np.int64) * stops).astype(np.int64),
        to=(keys % max(stops, 1)).astype(np.int32),
        seconds=seconds,
        rule_ptr=np.concatenate([[0], np.cumsum([len(some) for some in special])]).astype(np.int64),
        rule_from_route=flat[:, 0].copy(),
        rule_to_route=flat[:, 1].copy(),
        rule_from_trip=flat[:, 2].copy(),
        rule_to_trip=flat[:, 3].copy(),
        rule_seconds=flat[:, 4].copy(),
    )


def _needed(seconds: int, walk_s: int, min_transfer_s: int) -> int:
    """Seconds a change needs under one rule; `NO_CHANGE` where the rule forbids it or there is no walk to time it by."""
    if seconds == FORBIDDEN or (walk_s < 0 and seconds in (WALK_ALONE, DEFAULT)):
        return NO_CHANGE
    if seconds == WALK_ALONE:
        return walk_s
    if seconds == DEFAULT:
        return walk_s + min_transfer_s
    return seconds
