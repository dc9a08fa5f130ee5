"""Moves of a search that let a line call at one more place, from a list of candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import networkx as nx
import numpy as np
import shapely
from pyproj import Transformer

from corridors.schemes.edits import CallingPoint, NewStation
from corridors.search.moves import lines_of, move_of

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    import accessibility as acc
    from corridors.search.moves import Line, Move

    Hops = NDArray[np.int64]
    Metres = NDArray[np.float64]

#: The mode that calls at a kind of station; any other kind is itself the name of a mode.
_MODES: Final = {"rail": "rail", "metro": "tram"}
#: A line that calls so near a place needs no other stop there.
_SAME_PLACE_M: Final = 300.0
#: By how much the way over the calls of other lines may be longer than straight, and by how many metres besides.
_LONGER: Final = 1.15


def one_more_stop(
    timetable: acc.Timetable,
    places: gpd.GeoDataFrame,
    *,
    crs: CRS | str,
    penalty_s: int = 60,
    max_off_line_m: float = 500,
    new_places: bool = True,
) -> list[Move]:
    """Let each line call at each candidate place that it passes without calling nearby.

    A line passes a place that lies no farther than `max_off_line_m` from the straight line between two of its calls that
    follow each other. Where other lines of its mode call at the place, they must also lead there and on, hop by hop, on
    a way little longer than straight that does not turn back: a train is not sent over tracks of another line. Whether a
    track leads to a place where nothing calls, nobody can tell from a timetable.

    Parameters
    ----------
    timetable
        Today's.
    places
        ``id, name, kind`` and a point: ``rail`` and ``metro`` are called at by trains and by trams, any other kind by
        the mode of that name.
    crs
        A metric CRS for distances.
    penalty_s
        What a call costs everybody on board.
    max_off_line_m
        See above.
    new_places
        Whether to try places where nothing of their mode calls today.

    Returns
    -------
    list of Move
        By line, then in the order of the places.
    """
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    xy = np.column_stack(to_metres.transform(timetable.stops["lon"], timetable.stops["lat"]))
    degrees = shapely.get_coordinates(places.to_crs("EPSG:4326").geometry)
    metres = shapely.get_coordinates(places.to_crs(crs).geometry)
    hops = [_hops(timetable, route) for route in range(len(timetable.routes))]
    named = lines_of(timetable)
    ways = {
        mode: _ways([hops[at] for at, line in enumerate(named) if line.mode == mode], xy)
        for mode in sorted({line.mode for line in named})
    }
    moves = []
    for route, line in enumerate(named):
        for code, name, kind, (lon, lat), here in zip(
            places["id"], places["name"], places["kind"], degrees, metres, strict=True
        ):
            if _MODES.get(kind, kind) != line.mode:
                continue
            ends = _passed(
                hops[route], xy, here, ways[line.mode], max_off_line_m=max_off_line_m, new_places=new_places
            )
            if ends is not None:
                edit = NewStation(
                    feed=line.feed,
                    routes=(line.raw_id,),
                    between=(_raw(timetable, line, ends[0]), _raw(timetable, line, ends[1])),
                    station=CallingPoint(id=str(code), name=str(name), lon=float(lon), lat=float(lat)),
                    penalty_s=penalty_s,
                )
                words = f"calls at {name} as well, {penalty_s} s more for all on board"
                moves.append(move_of("new_station", line, words, edit, mark=f":{code}"))
    return moves


def _raw(timetable: acc.Timetable, line: Line, stops: list[int]) -> tuple[str, ...]:
    """Ids of stops as the line's feed has them."""
    ids = timetable.stops["stop_id"].astype(str)
    prefix = line.route_id.removesuffix(line.raw_id)
    return tuple(ids.iloc[stop].removeprefix(prefix) for stop in stops)


def _hops(timetable: acc.Timetable, route: int) -> Hops:
    """Pairs of stops that a line serves one after the other, each once."""
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for chain in np.flatnonzero(timetable.chain_route == route):
        stops = timetable.chain_stop[timetable.chain_stop_ptr[chain] : timetable.chain_stop_ptr[chain + 1]]
        pairs.append(np.column_stack([stops[:-1], stops[1:]]).astype(np.int64))
    return np.unique(np.concatenate(pairs), axis=0)


def _ways(hops: list[Hops], xy: Metres) -> nx.Graph[int]:
    """Join the stops that lines of a mode serve one after the other, with the metres between them."""
    graph: nx.Graph[int] = nx.Graph()
    for start, end in np.concatenate(hops).tolist():
        graph.add_edge(start, end, metres=float(np.hypot(*(xy[start] - xy[end]))))
    return graph


def _passed(
    hops: Hops, xy: Metres, here: Metres, ways: nx.Graph[int], *, max_off_line_m: float, new_places: bool
) -> tuple[list[int], list[int]] | None:
    """The stops before and behind a place that a line passes, either way; None where it passes none or calls there."""
    if not len(hops) or (np.hypot(*(xy[np.unique(hops)] - here).T) <= _SAME_PLACE_M).any():
        return None
    away = shapely.distance(shapely.linestrings(xy[hops]), shapely.Point(here))
    first = hops[int(np.argmin(away))]
    if away.min() > max_off_line_m:
        return None
    served = np.array(sorted(ways), dtype=np.int64)
    served = served[np.hypot(*(xy[served] - here).T) <= _SAME_PLACE_M]
    if not (_led(ways, xy, first, served) if len(served) else new_places):
        return None
    return _sides(hops[away <= max_off_line_m], xy, first)


def _led(ways: nx.Graph[int], xy: Metres, hop: Hops, served: Hops) -> bool:
    """Whether lines of the mode lead from one end of a hop over one of some stops to its other end, by and large straight."""
    most = _LONGER * float(np.hypot(*(xy[hop[0]] - xy[hop[1]]))) + _SAME_PLACE_M
    away, onward = (
        nx.single_source_dijkstra_path(ways, int(end), cutoff=most, weight="metres") for end in hop
    )
    # A way that meets itself turns back, as it does to a station on a branch.
    return any(
        set(away[stop]) & set(onward[stop]) == {stop}
        and nx.path_weight(ways, [*away[stop], *onward[stop][-2::-1]], "metres") <= most
        for stop in served.tolist()
        if stop in away and stop in onward
    )


def _sides(hops: Hops, xy: Metres, first: Hops) -> tuple[list[int], list[int]]:
    """Part the ends of hops past a place into those on one side of it and those on the other."""
    one, other = {int(first[0])}, {int(first[1])}
    for start, end in hops.tolist():
        onward = np.hypot(*(xy[start] - xy[first[0]])) + np.hypot(*(xy[end] - xy[first[1]]))
        back = np.hypot(*(xy[start] - xy[first[1]])) + np.hypot(*(xy[end] - xy[first[0]]))
        here, there = (start, end) if onward <= back else (end, start)
        one.add(here)
        other.add(there)
    # Stops on both sides are those of a loop, or of hops of different lengths: the nearest hop alone then.
    if one & other:
        return [int(first[0])], [int(first[1])]
    return sorted(one), sorted(other)
