"""One unit of a batch: how long it takes to some stations, or from them, on one network in one window.

A unit is answered by `answer_unit` alone, from what it is handed: nothing is read, kept or written, so a unit may run
here, in another process or on another machine, and gives the same minutes. One sweep answers every threshold, and
stations ride in it together; what is written and looked up again is one station's part of it (`corridors.batch.store`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np
import pandas as pd

from accessibility.engine.routing import Batch, Question, all_seconds, ask, each_batch, percentile_seconds
from accessibility.engine.sweep import LANES
from accessibility.errors import ParameterError
from accessibility.statistics import as_minutes, nearest_rank, percentile_of
from accessibility.window import parse_window
from corridors.errors import ToolkitError

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    import accessibility as acc

    Array = npt.NDArray[np.float64]

#: To the stations, from where people live; or from the stations, to where they live and work and to the sites.
Direction = Literal["to", "from"]
DIRECTIONS: Final[tuple[Direction, ...]] = get_args(Direction)
#: What a place is: a small area, a point with jobs, a site.
KINDS: Final = ("area", "jobs", "site")
#: Stations that one sweep carries.
STATIONS_PER_UNIT: Final = LANES


@dataclass(frozen=True)
class Unit:
    """One question of a batch.

    Attributes
    ----------
    direction
        To the stations or from them.
    schemes
        Ids of the schemes that are built; none is the timetable of today. They tell which `Ground` answers.
    window
        Departures: from the places when `direction` is ``to``, from the stations when it is ``from``.
    stations
        Ids of the stations, asked together.
    """

    direction: Direction
    schemes: tuple[str, ...]
    window: tuple[str, str]
    stations: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Ground:
    """What the units of one network stand on.

    Attributes
    ----------
    key
        A hash of all that it holds.
    schemes
        Ids of the schemes that are built.
    network
        Timetable and walks.
    stations
        Points of access: ``id``, the station's id as ``group``, and a point.
    places
        ``id``, ``kind`` (one of `KINDS`) and a point; kinds one after the other. Ids are unique within a kind.
    statistic
        ``best`` or ``pNN``, taken of the departures.
    max_time_min
        What takes longer counts as unreachable.
    """

    key: str
    schemes: tuple[str, ...]
    network: acc.Network
    stations: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    statistic: str
    max_time_min: float


#: The units that stand on one ground.
Work = tuple[Ground, Sequence[Unit]]
#: A unit with its minutes, or with what kept it from being answered.
Answer = tuple[Unit, pd.DataFrame | ToolkitError]
#: What answers work, here or elsewhere: the answers come in any order, each as soon as it is there.
Answerer = Callable[[Iterable[Work]], Iterator[Answer]]


def answer_unit(ground: Ground, unit: Unit) -> pd.DataFrame:
    """How long does it take to some stations from every small area, or from them to every place?

    Parameters
    ----------
    ground
        The network the unit asks about; its stations and places.
    unit
        Direction, window and stations.

    Returns
    -------
        One column of minutes per station, in the unit's order, under an index of ``kind`` and ``place_id``; +inf where
        there is no journey within the longest time. ``to`` has small areas alone. No place gives no row.

    Raises
    ------
    ParameterError
        For a station that the ground does not hold, and for schemes or a window that are not its own.
    InputError
        For points that cannot be routed from or to.

    Notes
    -----
    A station of several points of access is left from the best of them at each departure, and reached at the best,
    before the statistic over the departures is taken; so no unit depends on which stations share it.
    """
    if unit.schemes != ground.schemes:
        raise ParameterError(f"the unit asks for schemes {unit.schemes}, the ground has {ground.schemes}")
    absent = [station for station in unit.stations if station not in set(ground.stations["group"])]
    if absent:
        raise ParameterError(f"station {absent[0]!r} is not among the stations of the ground")
    points = _points_of(ground, unit.stations)
    places = ground.places if unit.direction == "from" else ground.places[ground.places["kind"] == "area"]
    index = pd.MultiIndex.from_frame(places[["kind", "id"]], names=["kind", "place_id"])
    minutes = np.full((len(places), len(unit.stations)), np.inf)
    if len(places):
        answer = _from_stations if unit.direction == "from" else _to_stations
        answer(ground, unit, places, points, minutes)
    return pd.DataFrame(minutes, index=index, columns=list(unit.stations))


def answer_here(work: Iterable[Work]) -> Iterator[Answer]:
    """Answer units one after the other in this process, whose threads share out each of them."""
    for ground, units in work:
        for unit in units:
            yield unit, answer_or_error(ground, unit)


def answer_or_error(ground: Ground, unit: Unit) -> pd.DataFrame | ToolkitError:
    """Answer a unit, or hand back what is wrong with it, so that the others go on."""
    try:
        return answer_unit(ground, unit)
    except ToolkitError as error:
        return error


def _points_of(ground: Ground, stations: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the points of access of some stations, station after station in their order."""
    place = {station: number for number, station in enumerate(stations)}
    chosen = ground.stations[ground.stations["group"].isin(place)]
    order = chosen["group"].map(place).to_numpy().argsort(kind="stable")
    return chosen.iloc[order]


def _to_stations(
    ground: Ground, unit: Unit, places: gpd.GeoDataFrame, points: gpd.GeoDataFrame, minutes: Array
) -> None:
    """Sweep towards the stations, and read the statistic off for every place."""
    window = parse_window(unit.window, max_time_min=ground.max_time_min)
    question = ask(ground.network, _numbered(places), points, window)
    rank = nearest_rank(percentile_of(ground.statistic), window.departures)
    for lanes, seconds in each_batch(question, partial(percentile_seconds, question, ranks=[rank])):
        minutes[:, lanes] = as_minutes(seconds[0])


def _from_stations(
    ground: Ground, unit: Unit, places: gpd.GeoDataFrame, points: gpd.GeoDataFrame, minutes: Array
) -> None:
    """Sweep towards the places, and at each departure leave a station by its best point of access."""
    window = parse_window(unit.window, max_time_min=ground.max_time_min)
    alone = points.drop(columns="group")
    question = ask(ground.network, alone, _numbered(places), window)
    first = np.flatnonzero(~points["group"].duplicated().to_numpy())
    rank = nearest_rank(percentile_of(ground.statistic), window.departures)
    for lanes, seconds in each_batch(question, partial(_best_point, question, first=first, rank=rank)):
        minutes[lanes] = as_minutes(seconds).T


def _best_point(
    question: Question, batch: Batch, *, first: npt.NDArray[np.int64], rank: int
) -> npt.NDArray[np.uint16]:
    """Return the rank-th smallest seconds over the departures, of the best point at each: (stations, lanes)."""
    seconds = np.minimum.reduceat(all_seconds(question, batch), first, axis=0)
    ranked: npt.NDArray[np.uint16] = np.partition(seconds, rank - 1, axis=1)[:, rank - 1]
    return ranked


def _numbered(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Number the places: a site may bear the id of a small area."""
    return places[["geometry"]].assign(id=np.arange(len(places)))
