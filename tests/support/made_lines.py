"""One line of three stops, written out trip by trip or as headways: the same runs either way."""

from __future__ import annotations

from pathlib import Path

import made_feeds as made
import numpy as np

from accessibility.feeds.gtfs import Feed, read_feed
from accessibility.timetables.timetable import Timetable, timetable_of

DATE = "2026-03-10"
HOUR = 3600
#: Departures of the line R from A and, the way back, from C: 07:00, 07:20, 07:40, 08:00 and ten minutes later each.
OUT = [7 * HOUR + minutes * 60 for minutes in (0, 20, 40, 60)]
BACK = [start + 600 for start in OUT]
WAYS = {"out": ("A", "B", "C"), "back": ("C", "B", "A")}

Run = tuple[tuple[str, int, int], ...]


def run(start: int, *calls: tuple[str, int] | tuple[str, int, int]) -> Run:
    """One run as calls (stop, arrival, departure), from seconds after its start."""
    return tuple((call[0], start + call[1], start + call[-1]) for call in calls)


def out(start: int) -> Run:
    """A run of R: five minutes to B, half a minute there, five minutes to C."""
    return run(start, ("A", 0), ("B", 300, 330), ("C", 630))


def back(start: int) -> Run:
    return run(start, ("C", 0), ("B", 300, 330), ("A", 630))


def line(folder: Path, *, headways: bool, told: bool = False, **more: list[dict[str, object]]) -> Feed:
    """The feed ``made``: stops A, B, C, 4 km apart, on line R; `told` gives its trips a direction_id."""
    trips, times, frequencies = [], [], []
    for way, (name, starts) in enumerate((("out", OUT), ("back", BACK))):
        stops = WAYS[name]
        ids = [name] if headways else [f"{name}{k}" for k in range(len(starts))]
        for trip_id, start in zip(ids, starts, strict=False):
            begin = 0 if headways else start
            trips.append({**made.trip(trip_id, "R"), **({"direction_id": way} if told else {})})
            times += made.calls(
                trip_id, (stops[0], begin), (stops[1], begin + 300, begin + 330), (stops[2], begin + 630)
            )
        if headways:
            frequencies.append(
                {
                    "trip_id": name, "start_time": made.clock(starts[0]), "end_time": made.clock(starts[-1] + 1),
                    "headway_secs": 1200, "exact_times": 1,
                }
            )  # fmt: skip
    tables = {
        "stops": [made.stop("A", 0, 0), made.stop("B", 4000, 0), made.stop("C", 8000, 0)],
        "routes": [made.route("R")],
        "trips": trips,
        "stop_times": times,
        "frequencies": frequencies,
    }
    for name, rows in more.items():
        tables[name] = tables.get(name, []) + rows
    return read_feed(made.write_feed(folder / "made", **tables))


def runs(feeds: list[Feed]) -> list[Run]:
    """All runs that leave before 27:00 as calls (stop, arrival, departure), in the order of their times."""
    return runs_of(timetable_of(feeds, date=DATE))


def runs_of(timetable: Timetable) -> list[Run]:
    stops = timetable.stops["stop_id"].tolist()
    found = []
    for chain in range(len(timetable.chain_route)):
        called = timetable.chain_stop[
            timetable.chain_stop_ptr[chain] : timetable.chain_stop_ptr[chain + 1]
        ].tolist()
        count = int(np.diff(timetable.chain_run_ptr[chain : chain + 2])[0])
        at = int(timetable.chain_call_ptr[chain])
        for _ in range(count):
            end = at + len(called)
            times = zip(
                timetable.arrival_s[at:end].tolist(), timetable.departure_s[at:end].tolist(), strict=True
            )
            found.append(tuple((stops[s], *t) for s, t in zip(called, times, strict=True)))
            at = end
    return sorted((each for each in found if each[0][2] < 27 * HOUR), key=lambda each: (each[0][2], each))
