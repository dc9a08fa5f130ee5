"""Network: a timetable with its walks and its rules for changing, ready to be asked for travel times."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from accessibility.errors import ParameterError
from accessibility.networks.walking import (
    Placed,
    Walks,
    check_walk,
    check_walkable,
    straight_line_walks,
    walks_between,
)
from accessibility.points import Points, as_points, check_metric_crs, metric_crs
from accessibility.streets.off_street import check_max_snap, notes_of_stops, unsnapped_rows, warn_of_unsnapped
from accessibility.streets.snapping import Snapped, snap
from accessibility.streets.streets import StreetNetwork
from accessibility.timetables.timetable import Timetable
from accessibility.timetables.transfer_rules import ANY, DEFAULT, FORBIDDEN, WALK_ALONE, TransferRules

log = logging.getLogger(__name__)

#: A length that a graph states for a street and that is less than this share of its course is a slip.
_SLIP: Final = 0.9
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


@dataclass(frozen=True, eq=False, repr=False)
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
        Counted warnings of the timetable, the streets, and building the network.
    streets
        Streets to walk on; None: walks are straight lines times the detour factor.
    stop_places
        Where the stops join the streets; None in straight lines.
    max_snap_m
        A point farther from every street than this is on none, and cannot be walked from or to.
    """

    timetable: Timetable
    crs: CRS
    stop_xy: npt.NDArray[np.float64]
    changes: Changes
    limits: WalkLimits
    notes: tuple[str, ...]
    streets: StreetNetwork | None = None
    stop_places: Snapped | None = None
    max_snap_m: float = 500

    def __repr__(self) -> str:
        """Name the timetable and the ground that is walked on."""
        return f"<Network on {self.timetable!r}; walks: {self.walking_words}; {self.crs.to_string()}>"

    @property
    def stops(self) -> Placed:
        """The timetable's stops, to walk from and to."""
        return Placed(self.stop_xy, self.stop_places)

    @property
    def walking_words(self) -> str:
        """What a walk is, for the definition beside every number."""
        if self.streets is None:
            return f"straight lines times {self.limits.detour:g}"
        return f"along the streets of {self.streets.source}, points up to {self.max_snap_m:g} m off a street"

    @cached_property
    def shortest_detour(self) -> tuple[float, float]:
        """A walk of *m* metres spans at most ``m / factor + metres`` in a straight line: the factor and the metres."""
        if self.streets is None:
            return self.limits.detour, 0.0
        # A graph may state lengths of its own that are a little shorter than its lines are in this CRS. Those that are
        # much shorter are slips; each is walked once at most, so what they save stays out of the factor.
        course = _lengths(self.streets)
        share = np.divide(self.streets.edge_m, course, out=np.ones(len(course)), where=course > 0)
        slip = share < _SLIP
        saved = float((course - self.streets.edge_m)[slip].sum())
        return float(np.min(share[~slip], initial=1.0)), saved

    def placed(self, xy: npt.NDArray[np.float64]) -> Placed:
        """Put points on the streets, where there are any, to walk from and to."""
        if self.streets is None:
            return Placed(xy, None)
        return Placed(xy, snap(self.streets, xy, max_snap_m=self.max_snap_m))

    def walks(self, origins: Placed, destinations: Placed, *, max_min: float) -> Walks:
        """Walks from points to points in reach; on streets they take the same time back."""
        return _walks(self.streets, self.limits, origins, destinations, max_min=max_min)

    def unsnapped(self, points: gpd.GeoDataFrame) -> list[object]:
        """Which points are too far from every street to be walked from or to?

        Parameters
        ----------
        points
            Points with a unique ``id``, any CRS.

        Returns
        -------
        list
            Their ids, in the order of the rows; none where walks are straight lines.

        Raises
        ------
        InputError
            For points that cannot be used.
        """
        placed = self.placed(as_points(points, crs=self.crs, name="points").xy)
        return list(points["id"].to_numpy()[unsnapped_rows(placed)])

    def warn_of_unsnapped(self, placed: Placed, points: Points, *, name: str) -> None:
        """Log how many points are on no street, and which: they stay in every answer, as unreachable."""
        warn_of_unsnapped(placed, points.ids[points.lane], name=name, max_snap_m=self.max_snap_m)


def build_network(
    timetable: Timetable,
    streets: StreetNetwork | None = None,
    *,
    walk_speed_kmh: float = 4.8,
    max_access_min: float = 20,
    max_egress_min: float = 20,
    max_transfer_min: float = 10,
    max_direct_min: float = 40,
    min_transfer_min: float = 1,
    detour: float = 1.3,
    max_snap_m: float = 500,
    crs: CRS | str | None = None,
) -> Network:
    """Join a timetable with the walks around its stops.

    Parameters
    ----------
    timetable
        The service day.
    streets
        Streets to walk on, as `accessibility.read_streets` gives them; None: walks are straight lines times `detour`.
    walk_speed_kmh
        Walking speed.
    max_access_min, max_egress_min, max_transfer_min, max_direct_min
        Longest walk to the first stop, from the last, between two, and of a journey on foot alone; inclusive.
    min_transfer_min
        Time kept for a change on top of its walk, also at the same stop; transfers.txt may replace the sum.
    detour
        Factor on straight lines; not used where there are streets.
    max_snap_m
        A stop or point farther from every street than this cannot be walked from or to; not used without streets.
    crs
        Metric CRS; by default that of the streets, or without streets the British National Grid where the middle stop is
        in Great Britain, else that stop's UTM zone.

    Returns
    -------
    Network
        Frozen. Stops that are on no street are counted and named in its notes, with how far the others are from theirs.

    Raises
    ------
    ParameterError
        For a limit out of range, streets read for driving, a CRS that is not projected in metres or not that of the
        streets.

    Examples
    --------
    >>> acc.build_network(timetable, walk_speed_kmh=4.8, detour=1.3)
    <Network on <Timetable of 2026-03-10 (Europe/London): 33 stops, 2 routes, 359 runs with the nights beside it, 0 notes>; walks: straight lines times 1.3; EPSG:27700>
    """
    limits = WalkLimits(
        walk_speed_kmh,
        max_access_min,
        max_egress_min,
        max_transfer_min,
        max_direct_min,
        min_transfer_min,
        detour,
    )
    check_max_snap(max_snap_m)
    metric = _chosen_crs(timetable, streets, crs)
    lon, lat = timetable.stops["lon"].to_numpy(), timetable.stops["lat"].to_numpy()
    transformer = Transformer.from_crs("EPSG:4326", metric, always_xy=True)
    xy = np.column_stack(transformer.transform(lon, lat))
    stops = Placed(xy, None if streets is None else snap(streets, xy, max_snap_m=max_snap_m))
    said = _notes(timetable, stops, streets, max_snap_m=max_snap_m)
    walks = _walks(streets, limits, stops, stops, max_min=max_transfer_min)
    return Network(
        timetable=timetable,
        crs=metric,
        stop_xy=xy,
        changes=_changes(walks, timetable.rules, min_transfer_s=round(min_transfer_min * 60)),
        limits=limits,
        notes=timetable.notes + said,
        streets=streets,
        stop_places=stops.snapped,
        max_snap_m=float(max_snap_m),
    )


def _chosen_crs(timetable: Timetable, streets: StreetNetwork | None, crs: CRS | str | None) -> CRS:
    asked = None if crs is None else check_metric_crs(crs)
    if streets is not None:
        check_walkable(streets)
        if asked is not None and asked != streets.crs:
            raise ParameterError(
                f"crs is {asked.name!r}, but the streets of {streets.source} are in {streets.crs.name!r}; "
                "leave crs None, or read the streets with the same crs"
            )
        return streets.crs
    if asked is not None:
        return asked
    # By the middle stop: a single one whose position is mistyped would else lay all the others on a grid of elsewhere.
    middle = timetable.stops[["lon", "lat"]].median()
    return metric_crs(middle[["lon"]], middle[["lat"]])


def _notes(
    timetable: Timetable, stops: Placed, streets: StreetNetwork | None, *, max_snap_m: float
) -> tuple[str, ...]:
    """Notes of the streets, and of the stops on them, which are logged here for the first time."""
    if streets is None:
        return ()
    said = notes_of_stops(stops, timetable.stops["stop_id"].to_numpy(), streets, max_snap_m=max_snap_m)
    for note in said:
        log.warning(note)
    return streets.named_notes + said


def _walks(
    streets: StreetNetwork | None,
    limits: WalkLimits,
    origins: Placed,
    destinations: Placed,
    *,
    max_min: float,
) -> Walks:
    speed_kmh = limits.walk_speed_kmh
    if streets is None:
        return straight_line_walks(
            origins.xy, destinations.xy, max_min=max_min, speed_kmh=speed_kmh, detour=limits.detour
        )
    return walks_between(streets, origins, destinations, max_min=max_min, speed_kmh=speed_kmh)


def _lengths(streets: StreetNetwork) -> npt.NDArray[np.float64]:
    """Metres of each edge's course as it is drawn."""
    steps = np.hypot(*np.diff(streets.shape_xy, axis=0).T)
    walked = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(walked[streets.shape_ptr[1:] - 1] - walked[streets.shape_ptr[:-1]])


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
    special: dict[int, list[tuple[int, ...]]] = {}
    plain: set[int] = set()
    for i, link in enumerate(np.searchsorted(keys, rule_keys).tolist()):
        if link in plain:
            continue
        needed = _needed(int(rules.seconds[i]), int(walk[link]), min_transfer_s)
        about = (rules.from_route[i], rules.to_route[i], rules.from_trip[i], rules.to_trip[i])
        if all(value == ANY for value in about):
            seconds[link] = needed
            plain.add(link)
        else:
            special.setdefault(link, []).append((*(int(v) for v in about), needed))
    ruled = sorted(special)
    flat = np.array([rule for link in ruled for rule in special[link]], dtype=np.int32).reshape(-1, 5)
    rules_of = np.zeros(len(keys), dtype=np.int64)
    rules_of[ruled] = [len(special[link]) for link in ruled]
    return Changes(
        ptr=np.searchsorted(keys, np.arange(stops + 1, dtype=np.int64) * stops).astype(np.int64),
        to=(keys % max(stops, 1)).astype(np.int32),
        seconds=seconds,
        rule_ptr=np.concatenate([[0], np.cumsum(rules_of)]).astype(np.int64),
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
