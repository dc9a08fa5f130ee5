"""Small made feeds: written by hand, or drawn at random with every oddity the engine must survive."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

from pyproj import Transformer

#: South-west corner of the made world, British National Grid.
CORNER = (400_000.0, 290_000.0)
_TO_DEGREES = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)

AGENCY = [
    {
        "agency_id": "A",
        "agency_name": "Made",
        "agency_url": "https://example.org",
        "agency_timezone": "Europe/London",
    }
]
EVERY_DAY = {
    "service_id": "daily", "monday": 1, "tuesday": 1, "wednesday": 1, "thursday": 1, "friday": 1, "saturday": 1,
    "sunday": 1, "start_date": "20260101", "end_date": "20261231",
}  # fmt: skip


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of metres east and north of the made world's corner."""
    lon, lat = _TO_DEGREES.transform(CORNER[0] + x, CORNER[1] + y)
    return round(lon, 7), round(lat, 7)


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def write_table(folder: Path, name: str, rows: Iterable[Mapping[str, object]]) -> None:
    rows = list(rows)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.txt").open("w", newline="", encoding="utf-8") as stream:
        columns = list(dict.fromkeys(key for row in rows for key in row))
        writer = csv.DictWriter(stream, columns, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_feed(folder: Path, **tables: Iterable[Mapping[str, object]]) -> Path:
    """Write a feed; agency and calendar are filled in where they are not given."""
    tables = {"agency": AGENCY, "calendar": [EVERY_DAY], **tables}
    for name, rows in tables.items():
        if list(rows):
            write_table(folder, name, rows)
    return folder


def stop(stop_id: str, x: float, y: float, **more: object) -> dict[str, object]:
    lon, lat = degrees(x, y)
    return {"stop_id": stop_id, "stop_name": f"Stop {stop_id}", "stop_lat": lat, "stop_lon": lon, **more}


def route(route_id: str, route_type: int = 3) -> dict[str, object]:
    return {"route_id": route_id, "agency_id": "A", "route_short_name": route_id, "route_type": route_type}


def trip(trip_id: str, route_id: str, service_id: str = "daily") -> dict[str, object]:
    return {"route_id": route_id, "service_id": service_id, "trip_id": trip_id}


def calls(trip_id: str, *timed: tuple[str, int] | tuple[str, int, int]) -> list[dict[str, object]]:
    """Rows of stop_times from (stop, time) or (stop, arrival, departure), in seconds."""
    return [
        {
            "trip_id": trip_id, "arrival_time": clock(call[1]), "departure_time": clock(call[-1]), "stop_id": call[0],
            "stop_sequence": i,
        }
        for i, call in enumerate(timed)
    ]  # fmt: skip


def random_feed(folder: Path, random: Random, *, around_s: int) -> Path:
    """Draw a feed of a few stops and trips around a time, odd in every way the rules allow."""
    size = random.randint(3, 7)
    spread = random.choice((400, 900, 2500, 5000))
    at_once = random.random() < 0.35  # most hops take no time at all, as in whole-minute timetables
    stops = [stop("P0", 0, 0, location_type=1)] if random.random() < 0.4 else []
    has_station = bool(stops)
    for i in range(size):
        parent = {"parent_station": "P0"} if has_station and random.random() < 0.4 else {}
        stops.append(
            stop(f"S{i}", random.randint(0, spread), random.randint(0, spread), location_type=0, **parent)
        )
    names = [f"S{i}" for i in range(size)]
    services = [
        {
            **EVERY_DAY,
            "service_id": f"V{i}",
            "tuesday": random.randint(0, 1),
            "monday": random.randint(0, 1),
            "wednesday": random.randint(0, 1),
        }
        for i in range(2)
    ]
    services[0]["tuesday"] = 1
    exceptions = (
        [
            {
                "service_id": "V1",
                "date": random.choice(("20260309", "20260310", "20260311")),
                "exception_type": random.choice((1, 2)),
            }
        ]
        if random.random() < 0.5
        else []
    )
    routes = [route(f"R{i}") for i in range(random.randint(1, 3))]
    trips, times, repeats = [], [], []
    grain = random.choice((1, 20, 60))
    for i in range(random.randint(2, 9)):
        trip_id = f"T{i}"
        # Half the trips repeat the pattern before them, so that overtaking can happen.
        if not trips or random.random() < 0.5:
            path = [random.choice(names) for _ in range(random.randint(2, 5))]
            on_route = random.choice(routes)["route_id"]
        trips.append(trip(trip_id, on_route, random.choice(("V0", "V0", "V1"))))
        now = around_s + (random.randint(-4, 8) if at_once else random.randint(-40, 60)) * 60
        if random.random() < 0.2:
            now += 86_400
        rules = random.random() < 0.3
        for sequence, name in enumerate(path):
            arrival = now
            now += random.choice((0, 0, 0, 30, 60)) // grain * grain
            times.append(
                {
                    "trip_id": trip_id, "arrival_time": clock(max(arrival, 0)), "departure_time": clock(max(now, 0)),
                    "stop_id": name, "stop_sequence": sequence * 3,
                    "pickup_type": int(rules and random.random() < 0.3),
                    "drop_off_type": int(rules and random.random() < 0.3),
                }
            )  # fmt: skip
            now += (
                0
                if at_once and random.random() < 0.7
                else random.choice((0, 60, 180, 300, 420)) // grain * grain
            )
        if random.random() < 0.25:
            begin = around_s + random.randint(-20, 20) * 60
            repeats.append(
                {
                    "trip_id": trip_id, "start_time": clock(begin), "end_time": clock(begin + random.randint(1, 4000)),
                    "headway_secs": random.choice((240, 600, 900)), "exact_times": random.randint(0, 1),
                }
            )  # fmt: skip
    ends = names + (["P0"] if has_station else [])
    transfers = []
    for _ in range(random.choice((0, 0, 2, 6))):
        kind = random.choice((0, 1, 2, 2, 3))
        rule = {
            "from_stop_id": random.choice(ends),
            "to_stop_id": random.choice(ends),
            "transfer_type": kind,
            "min_transfer_time": random.choice((0, 60, 400)) if kind == 2 else "",
        }
        for end in ("from", "to"):
            rule[f"{end}_route_id"] = random.choice(routes)["route_id"] if random.random() < 0.4 else ""
            rule[f"{end}_trip_id"] = f"T{random.randrange(len(trips))}" if random.random() < 0.15 else ""
        ends_of = [column for column in rule if column.endswith("_id")]
        if all(any(rule[column] != other[column] for column in ends_of) for other in transfers):
            transfers.append(rule)
    random.shuffle(times)
    return write_feed(
        folder, stops=stops, routes=routes, trips=trips, stop_times=times, calendar=services,
        calendar_dates=exceptions, frequencies=repeats, transfers=transfers,
    )  # fmt: skip
