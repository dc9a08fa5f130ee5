"""A plain, slow, obviously right journey search, written from the rules alone and sharing no code with the engine.

It reads the GTFS files itself, lists every run of the day, and for one departure walks through everything a traveller
could do: wait at any stop in reach, ride to any later call, change by at most one walk. No label is ever dominated;
the search simply visits every (run, call) that can be boarded.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from dataclasses import dataclass, field
from pathlib import Path

from pyproj import Transformer

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = 86_400


@dataclass(frozen=True)
class Call:
    stop: str
    arrival: int
    departure: int
    board: bool
    alight: bool


@dataclass(frozen=True)
class Run:
    trip: str
    route: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Limits:
    speed_kmh: float = 4.8
    access_min: float = 20
    egress_min: float = 20
    transfer_min: float = 10
    direct_min: float = 40
    min_transfer_min: float = 1
    detour: float = 1.3
    max_time_min: float = 120
    max_rides: int | None = None


@dataclass
class World:
    runs: list[Run] = field(default_factory=list)
    stops: dict[str, tuple[float, float]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    transfers: list[dict[str, str]] = field(default_factory=list)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / f"{name}.txt"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def seconds(text: str) -> int:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


def runs_on(folder: Path, date: dt.date) -> set[str]:
    stamp = date.strftime("%Y%m%d")
    active = {
        row["service_id"]
        for row in rows(folder, "calendar")
        if row[WEEKDAYS[date.weekday()]] == "1" and row["start_date"] <= stamp <= row["end_date"]
    }
    for row in rows(folder, "calendar_dates"):
        if row["date"] == stamp:
            (active.add if row["exception_type"] == "1" else active.discard)(row["service_id"])
    return active


def read_world(folders: list[Path], date: dt.date) -> World:
    world = World()
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    for number, folder in enumerate(folders):
        tag = f"{number}|"
        for row in rows(folder, "stops"):
            if row["stop_lon"]:
                world.stops[tag + row["stop_id"]] = to_metres.transform(
                    float(row["stop_lon"]), float(row["stop_lat"])
                )
            if row.get("parent_station"):
                world.parents[tag + row["stop_id"]] = tag + row["parent_station"]
        for row in rows(folder, "transfers"):
            world.transfers.append({k: (tag + v if v and k.endswith("_id") else v) for k, v in row.items()})
        calls: dict[str, list[dict[str, str]]] = {}
        for row in rows(folder, "stop_times"):
            calls.setdefault(row["trip_id"], []).append(row)
        services = {offset: runs_on(folder, date + dt.timedelta(days=offset)) for offset in range(-3, 4)}
        repeats: dict[str, list[dict[str, str]]] = {}
        for row in rows(folder, "frequencies"):
            repeats.setdefault(row["trip_id"], []).append(row)
        for trip in rows(folder, "trips"):
            mine = sorted(calls.get(trip["trip_id"], []), key=lambda row: int(row["stop_sequence"]))
            if len(mine) < 2:
                continue
            first = seconds(mine[0]["departure_time"])
            shifts = [0]
            if trip["trip_id"] in repeats:
                shifts = [
                    start - first
                    for row in repeats[trip["trip_id"]]
                    for start in range(
                        seconds(row["start_time"]), seconds(row["end_time"]), int(row["headway_secs"])
                    )
                ]
            for offset, active in services.items():
                if trip["service_id"] not in active:
                    continue
                for shift in shifts:
                    world.runs.append(
                        Run(
                            tag + trip["trip_id"],
                            tag + trip["route_id"],
                            tuple(
                                Call(
                                    tag + row["stop_id"],
                                    seconds(row["arrival_time"]) + shift + offset * DAY,
                                    seconds(row["departure_time"]) + shift + offset * DAY,
                                    row.get("pickup_type", "0") != "1",
                                    row.get("drop_off_type", "0") != "1",
                                )
                                for row in mine
                            ),
                        )
                    )
    return world


def walk(here: tuple[float, float], there: tuple[float, float], limits: Limits) -> int:
    metres = math.dist(here, there) * limits.detour
    return math.ceil(round(metres * 3.6 / limits.speed_kmh, 6))


def strictness(rule: dict[str, str]) -> float:
    """Of rules that fit equally well the strictest counts: forbidden, the longest time, the default, the walk alone."""
    if rule["transfer_type"] == "3":
        return math.inf
    if rule["transfer_type"] == "2" and rule["min_transfer_time"]:
        return float(rule["min_transfer_time"])
    return -2.0 if rule["transfer_type"] == "1" else -1.0


def change(world: World, limits: Limits, off: str, on: str, before: Run, after: Run) -> int | None:
    """Seconds from alighting to boarding, or None when one may not."""
    foot: int | None = walk(world.stops[off], world.stops[on], limits)
    if foot > limits.transfer_min * 60:
        foot = None
    best_rank, chosen = (-1, -1, -math.inf), None
    for rule in world.transfers:
        stops = {"from": off, "to": on}
        level = 0
        for end, stop in stops.items():
            if rule[f"{end}_stop_id"] == stop:
                level += 1
            elif rule[f"{end}_stop_id"] != world.parents.get(stop):
                break
        else:
            named_trips = [rule.get("from_trip_id") or None, rule.get("to_trip_id") or None]
            named_routes = [rule.get("from_route_id") or None, rule.get("to_route_id") or None]
            if any(n and n != r.trip for n, r in zip(named_trips, (before, after), strict=True)):
                continue
            if any(n and n != r.route for n, r in zip(named_routes, (before, after), strict=True)):
                continue
            trips, routes = sum(map(bool, named_trips)), sum(map(bool, named_routes))
            rank = (trips * 10 + (routes if trips < 2 else 0), level, strictness(rule))
            if rank > best_rank:
                best_rank, chosen = rank, rule
    plain = None if foot is None else foot + round(limits.min_transfer_min * 60)
    if chosen is None or chosen["transfer_type"] in ("", "0"):
        return plain
    if chosen["transfer_type"] == "3":
        return None
    if chosen["transfer_type"] == "1":
        return foot
    return int(chosen["min_transfer_time"]) if chosen["min_transfer_time"] else plain


def earliest(
    world: World, origin: tuple[float, float], points: list[tuple[float, float]], leave: int, limits: Limits
) -> int | None:
    """Door-to-door seconds for one departure, by trying everything."""
    best = math.inf
    for point in points:
        foot = walk(origin, point, limits)
        if foot <= limits.direct_min * 60:
            best = min(best, foot)
    egress = {
        stop: min((s for p in points if (s := walk(xy, p, limits)) <= limits.egress_min * 60), default=None)
        for stop, xy in world.stops.items()
    }
    access = {
        stop: s
        for stop, xy in world.stops.items()
        if (s := walk(origin, xy, limits)) <= limits.access_min * 60
    }
    # A state is (run, call boarded at, rides so far); rides only matter when they are limited.
    todo = [
        (r, c, 1)
        for r, run in enumerate(world.runs)
        for c, call in enumerate(run.calls[:-1])
        if call.board and call.stop in access and call.departure >= leave + access[call.stop]
    ]
    seen = set(todo)
    while todo:
        r, c, rides = todo.pop()
        run = world.runs[r]
        for call in run.calls[c + 1 :]:
            if call.arrival - leave > limits.max_time_min * 60:
                break
            if not call.alight:
                continue
            if egress[call.stop] is not None:
                best = min(best, call.arrival + egress[call.stop] - leave)
            if limits.max_rides is not None and rides >= limits.max_rides:
                continue
            for r2, other in enumerate(world.runs):
                for c2, boarding in enumerate(other.calls[:-1]):
                    state = (r2, c2, rides + 1 if limits.max_rides is not None else 1)
                    if not boarding.board or boarding.departure < call.arrival or state in seen:
                        continue
                    needed = change(world, limits, call.stop, boarding.stop, run, other)
                    if needed is not None and boarding.departure >= call.arrival + needed:
                        seen.add(state)
                        todo.append(state)
    return None if best > limits.max_time_min * 60 else int(best)


def latest(
    world: World, origin: tuple[float, float], points: list[tuple[float, float]], arrive: int, limits: Limits
) -> int | None:
    """Door-to-door seconds of the latest departure that arrives in time, by trying everything from the far end."""
    best = math.inf
    for point in points:
        foot = walk(origin, point, limits)
        if foot <= limits.direct_min * 60:
            best = min(best, foot)
    access = {
        stop: s
        for stop, xy in world.stops.items()
        if (s := walk(origin, xy, limits)) <= limits.access_min * 60
    }
    todo = [
        (r, c, 1)
        for r, run in enumerate(world.runs)
        for c, call in enumerate(run.calls)
        if call.alight
        and any(
            foot <= limits.egress_min * 60 and call.arrival + foot <= arrive
            for foot in (walk(world.stops[call.stop], p, limits) for p in points)
        )
    ]
    seen = set(todo)
    while todo:
        r, c, rides = todo.pop()
        run = world.runs[r]
        for call in reversed(run.calls[:c]):
            if arrive - call.departure > limits.max_time_min * 60:
                break
            if not call.board:
                continue
            if call.stop in access:
                best = min(best, arrive - call.departure + access[call.stop])
            if limits.max_rides is not None and rides >= limits.max_rides:
                continue
            for r2, other in enumerate(world.runs):
                for c2, alighting in enumerate(other.calls[1:], start=1):
                    state = (r2, c2, rides + 1 if limits.max_rides is not None else 1)
                    if not alighting.alight or alighting.arrival > call.departure or state in seen:
                        continue
                    needed = change(world, limits, alighting.stop, call.stop, other, run)
                    if needed is not None and alighting.arrival + needed <= call.departure:
                        seen.add(state)
                        todo.append(state)
    return None if best > limits.max_time_min * 60 else int(best)
