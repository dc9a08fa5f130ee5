"""The lines on the map: every stretch once, fast trains along the stops they pass."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pyproj import CRS, Transformer

import accessibility as acc
from corridors.lines import line_segments

GRID = CRS(27700)
WINDOW = ("07:00", "09:00")
_TO_LON_LAT = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)


def timetable(stops, patterns):
    """Lay out a timetable of `stops` (name, east, north) and `patterns` (line, mode, stop numbers, hours of leaving).

    A trip takes five minutes from stop to stop.
    """
    lon, lat = _TO_LON_LAT.transform(*np.array([(400_000 + x, 290_000 + y) for _, x, y in stops]).T)
    calls = [
        [3600 * hour + 300 * at for hour in hours for at in range(len(along))]
        for _, _, along, hours in patterns
    ]
    return SimpleNamespace(
        stops=pd.DataFrame({"stop_name": [name for name, *_ in stops], "lon": lon, "lat": lat}),
        routes=pd.DataFrame({"short_name": [p[0] for p in patterns], "mode": [p[1] for p in patterns]}),
        chain_route=np.arange(len(patterns), dtype=np.int32),
        chain_stop_ptr=np.cumsum([0, *[len(p[2]) for p in patterns]]),
        chain_stop=np.array([stop for p in patterns for stop in p[2]], dtype=np.int32),
        chain_call_ptr=np.cumsum([0, *[len(times) for times in calls]]),
        departure_s=np.array([time for times in calls for time in times], dtype=np.int32),
    )


def drawn(stops, patterns, window=WINDOW):
    """Return the stretches as (mode, lines, departures an hour, corners in metres)."""
    frame = line_segments(timetable(stops, patterns), window=window, crs=GRID)
    shapes = frame.to_crs(GRID).geometry
    corners = [[(round(x - 400_000), round(y - 290_000)) for x, y in shape.coords] for shape in shapes]
    return [
        (mode, lines, per_hour, min(along, along[::-1]))  # whichever way it was joined
        for mode, lines, per_hour, along in zip(
            frame["mode"], frame["lines"], frame["departures_per_hour"], corners, strict=True
        )
    ]


def test_a_feed_is_drawn_from_stop_to_stop(made_study):
    feed = acc.read_timetable(made_study.parent / "feed", date="2026-03-10")
    frame = line_segments(feed, window=WINDOW, crs=GRID)
    assert frame[["mode", "lines", "departures_per_hour"]].to_numpy().tolist() == [["bus", "1", 6.0]]
    metres = np.array(frame.to_crs(GRID).geometry.iloc[0].coords) - [400_000, 290_000]
    assert np.sort(metres[:, 0]).round().tolist() == [0, 10_000, 16_000]
    assert frame.crs == "EPSG:4326"


def test_departures_are_counted_at_each_stop_in_the_half_open_window(made_study):
    folder = made_study.parent / "feed"
    calls = (folder / "stop_times.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in calls if not line.startswith("T420") or ",S2," not in line]
    (folder / "stop_times.txt").write_text("".join(kept), encoding="utf-8")
    feed = acc.read_timetable(folder, date="2026-03-10")
    # From S1, 20 minutes on, the trips of 06:40 to 08:30 leave in the window, less the one that ends there.
    assert line_segments(feed, window=WINDOW, crs=GRID)["departures_per_hour"].tolist() == [5.5, 6.0]
    # From 07:00 until before 07:10 one trip leaves S0, and one, of 06:40, leaves S1: one in ten minutes is six an hour.
    [short] = line_segments(feed, window=("07:00", "07:10"), crs=GRID)["departures_per_hour"]
    assert short == pytest.approx(6.0)


def test_lines_that_share_a_stretch_are_drawn_once():
    stops = [("A", 0, 0), ("B", 500, 0), ("C", 1000, 0), ("D", 500, 500)]
    patterns = [("10", "bus", [0, 1, 2], [7, 8]), ("2", "bus", [3, 1, 0], [7])]
    assert drawn(stops, patterns) == [
        ("bus", "10", 1.0, [(500, 0), (1000, 0)]),
        ("bus", "2", 0.5, [(500, 0), (500, 500)]),
        ("bus", "2, 10", 1.5, [(0, 0), (500, 0)]),
    ]


def test_the_two_sides_of_a_road_are_one_place():
    stops = [
        ("High Street (opp)", 0, 0), ("High Street (adj)", 0, 40), ("Church (Stop A)", 900, 0),
        ("Church (Stop B)", 900, 40), ("High Street", 300, 0),
    ]  # fmt: skip
    patterns = [("1", "bus", [0, 2], [7]), ("1", "bus", [3, 1], [7]), ("1", "bus", [4, 2], [7])]
    assert drawn(stops, patterns) == [
        ("bus", "1", 0.5, [(300, 0), (900, 20)]),  # 300 m off: another place of that name
        ("bus", "1", 1.0, [(0, 20), (900, 20)]),
    ]


def test_a_fast_train_is_laid_along_the_stops_it_passes():
    stops = [("A", 0, 0), ("B", 2000, 500), ("C", 4000, 0)]
    slow, fast = ("S", "rail", [0, 1, 2], [7, 8]), ("F", "rail", [0, 2], [7, 8])
    assert drawn(stops, [slow, fast]) == [("rail", "F, S", 2.0, [(0, 0), (2000, 500), (4000, 0)])]


def test_a_train_that_goes_another_way_keeps_its_own():
    """By B the way is 5,657 m, more than a third longer than the 4,000 m between A and C."""
    stops = [("A", 0, 0), ("B", 2000, 2000), ("C", 4000, 0)]
    slow, fast = ("S", "rail", [0, 1, 2], [7]), ("F", "rail", [0, 2], [7])
    assert [row[1:] for row in drawn(stops, [slow, fast])] == [
        ("F", 0.5, [(0, 0), (4000, 0)]),
        ("S", 0.5, [(0, 0), (2000, 2000), (4000, 0)]),
    ]


def test_modes_are_kept_apart():
    stops = [("A", 0, 0), ("B", 2000, 0), ("C", 4000, 0)]
    rows = drawn(stops, [("1", "bus", [0, 1, 2], [7]), ("F", "rail", [0, 2], [7])])
    assert [row[0] for row in rows] == ["bus", "rail"]
    assert rows[1][3] == [(0, 0), (4000, 0)]


def test_nothing_runs_and_nothing_is_drawn():
    frame = line_segments(timetable([("A", 0, 0)], []), window=WINDOW, crs=GRID)
    assert frame.empty
    assert list(frame.columns) == ["mode", "lines", "departures_per_hour", "geometry"]
