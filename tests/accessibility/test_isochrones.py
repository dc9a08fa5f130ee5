"""Bands on the map: discs derived on paper, and equality with the travel times at every cell."""

from __future__ import annotations

import math
from pathlib import Path
from random import Random

import geopandas as gpd
import made_feeds as made
import numpy as np
import pandas as pd
import pytest
import shapely

import accessibility as acc
from accessibility.measures.isochrones import isochrones

DATE = "2026-03-10"
SEVEN = 7 * 3600
WINDOW = ("07:00", "09:00")


def points(*rows: tuple[object, float, float], groups: list[str] | None = None) -> gpd.GeoDataFrame:
    """Points of the made world, in metres from its corner."""
    data: dict[str, object] = {"id": [name for name, _, _ in rows]}
    if groups is not None:
        data["group"] = groups
    xy = [(made.CORNER[0] + x, made.CORNER[1] + y) for _, x, y in rows]
    return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs="EPSG:27700")


def network(folder: Path, **limits: float) -> acc.Network:
    """A metre on foot is a second."""
    return acc.build_network(acc.read_timetable(folder, date=DATE), walk_speed_kmh=3.6, detour=1.0, **limits)


def every_ten_minutes(folder: Path) -> Path:
    """A at the corner to B, 20 km east, in 15 minutes, at every full ten minutes."""
    starts = range(5 * 3600, 11 * 3600, 600)
    return made.write_feed(
        folder,
        stops=[made.stop("A", 0, 0), made.stop("B", 20_000, 0)],
        routes=[made.route("R")],
        trips=[made.trip(f"T{s}", "R") for s in starts],
        stop_times=[row for s in starts for row in made.calls(f"T{s}", ("A", s), ("B", s + 900))],
    )


def made_city(folder: Path, random: Random) -> Path:
    """Six lines through twenty stops on six kilometres, both ways, at odd headways."""
    names = [f"S{i}" for i in range(20)]
    stops = [made.stop(name, random.randint(0, 6000), random.randint(0, 6000)) for name in names]
    trips, times = [], []
    for line in range(6):
        path, headway = random.sample(names, 6), random.choice((420, 660, 900))
        minutes = [random.randint(1, 4) for _ in path]
        for way, order in enumerate((path, path[::-1])):
            for start in range(SEVEN + random.randint(0, 300), SEVEN + 7200, headway):
                trip_id = f"L{line}w{way}t{start}"
                trips.append(made.trip(trip_id, f"L{line}"))
                at = [start + 60 * sum(minutes[:i]) for i in range(len(order))]
                times += made.calls(trip_id, *zip(order, at, strict=True))
    routes = [made.route(f"L{line}") for line in range(6)]
    return made.write_feed(folder, stops=stops, routes=routes, trips=trips, stop_times=times)


def middles(band: shapely.Geometry, size_m: float, *, margin_m: float) -> np.ndarray:
    """Middles of the cells in and around a band, worked out from the grid's definition alone."""
    west, south, east, north = band.bounds
    x = np.arange(math.floor((west - margin_m) / size_m), math.ceil((east + margin_m) / size_m)) * size_m
    y = np.arange(math.floor((south - margin_m) / size_m), math.ceil((north + margin_m) / size_m)) * size_m
    return np.array([(a + size_m / 2, b + size_m / 2) for a in x for b in y])


def distance(xy: np.ndarray, x: float, y: float) -> np.ndarray:
    return np.hypot(xy[:, 0] - made.CORNER[0] - x, xy[:, 1] - made.CORNER[1] - y)


def agree_off_the_edge(
    band: shapely.Geometry, xy: np.ndarray, discs: list[tuple[float, float, float]]
) -> None:
    """A cell is in the band exactly when its middle lies in a disc; a metre either side of the edge is left open."""
    gaps = np.min([distance(xy, x, y) - radius for x, y, radius in discs], axis=0)
    sure = np.abs(gaps) > 1
    inside = shapely.contains_xy(band, xy)
    assert sure.sum() > 500
    np.testing.assert_array_equal(inside[sure], (gaps < 0)[sure])


#: A minute's walk east of stop B; half a metre short, so that rounding up is exact.
WORK = points(("work", 20_059.5, 0))
#: Two minutes' walk west of stop A.
HOME = points(("home", -119.5, 0))


def test_towards_a_point_by_hand(tmp_path):
    # A walk of w seconds to A, the wait, 15 minutes, a minute's walk. Over the 120 departures the median wait is 4
    # minutes if w is whole minutes, else 5 minutes less the odd seconds, as if w were rounded up to the minute less one.
    # So the median is at most c exactly where w is at most c - 20 minutes.
    bands = isochrones(
        network(every_ten_minutes(tmp_path / "f")), WORK, window=WINDOW, cutoffs_min=(30, 25), grid_m=25
    )
    assert list(bands.columns) == ["id", "cutoff_min", "area_km2", "geometry"]
    assert bands[["id", "cutoff_min"]].to_numpy().tolist() == [["work", 25], ["work", 30]]
    for (cutoff, walk), band in zip(((25, 300), (30, 600)), bands.geometry, strict=True):
        agree_off_the_edge(band, middles(band, 25, margin_m=300), [(0, 0, walk), (20_059.5, 0, cutoff * 60)])
    assert bands["area_km2"].tolist() == pytest.approx(
        [math.pi * (300**2 + 1500**2) / 1e6, math.pi * (600**2 + 1800**2) / 1e6], rel=0.01
    )


def test_from_a_point_by_hand(tmp_path):
    # Two minutes' walk, a median wait of 4, a ride of 15: 9 minutes are left around B at 30 minutes, 4 at 25.
    bands = isochrones(
        network(every_ten_minutes(tmp_path / "f")), HOME, window=WINDOW, cutoffs_min=(25, 30), direction="from",
        grid_m=25,
    )  # fmt: skip
    for (cutoff, walk), band in zip(((25, 240), (30, 540)), bands.geometry, strict=True):
        agree_off_the_edge(
            band, middles(band, 25, margin_m=300), [(20_000, 0, walk), (-119.5, 0, cutoff * 60)]
        )


def test_the_best_departure_reaches_further_than_the_median(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"))
    best = isochrones(
        net, HOME, window=WINDOW, cutoffs_min=[30], direction="from", statistic="best", grid_m=25
    )
    band = best.geometry.iloc[0]
    # Without a wait 13 minutes are left around B.
    agree_off_the_edge(band, middles(band, 25, margin_m=300), [(20_000, 0, 780), (-119.5, 0, 1800)])


def test_walks_keep_to_their_limits(tmp_path):
    # At 60 minutes time is plenty: the walks end at their limits.
    net = network(every_ten_minutes(tmp_path / "f"), max_access_min=5, max_egress_min=7, max_direct_min=10)
    to = isochrones(net, WORK, window=WINDOW, cutoffs_min=[60], grid_m=25).geometry.iloc[0]
    agree_off_the_edge(to, middles(to, 25, margin_m=300), [(0, 0, 300), (20_059.5, 0, 600)])
    out = isochrones(net, HOME, window=WINDOW, cutoffs_min=[60], direction="from", grid_m=25).geometry.iloc[0]
    agree_off_the_edge(out, middles(out, 25, margin_m=300), [(20_000, 0, 420), (-119.5, 0, 600)])


@pytest.mark.parametrize("direction", ["to", "from"])
def test_without_service_in_reach_the_band_is_the_walk(tmp_path, direction):
    net = network(every_ten_minutes(tmp_path / "f"))
    bands = isochrones(
        net, points(("far", 0, 90_000)), window=WINDOW, cutoffs_min=(15, 60), direction=direction
    )
    # 40 minutes on foot is the most.
    for band, radius in zip(bands.geometry, (900, 2400), strict=True):
        assert band.area == pytest.approx(math.pi * radius**2, rel=0.002)
        away = distance(np.array(band.geoms[0].exterior.coords), 0, 90_000)
        assert away.max() <= radius + 0.02 + 0.002 * radius
        assert shapely.contains_xy(band, *band.centroid.coords[0])


@pytest.mark.parametrize("direction", ["to", "from"])
def test_cells_agree_with_the_travel_times(tmp_path, direction):
    random = Random(17)
    net = acc.build_network(
        acc.read_timetable(made_city(tmp_path / "city", random), date=DATE), max_direct_min=15
    )
    place = points(("a", 2500, 3000), ("b", 2900, 2600), ("c", 5600, 900), groups=["ab", "ab", "c"])
    window = ("07:10", "07:41")
    bands = isochrones(
        net, place, window=window, cutoffs_min=(10, 20, 35), direction=direction, statistic="p50", grid_m=150
    ).set_index(["id", "cutoff_min"])
    for lane in ("ab", "c"):
        largest = bands.geometry[(lane, 35.0)]
        xy = middles(largest, 150, margin_m=450)
        cells = gpd.GeoDataFrame({"id": range(len(xy))}, geometry=shapely.points(xy), crs="EPSG:27700")
        minutes = times_between(net, cells, place[place["group"] == lane], window, direction)
        for cutoff in (10.0, 20.0, 35.0):
            inside = shapely.contains_xy(bands.geometry[(lane, cutoff)], xy)
            np.testing.assert_array_equal(inside, minutes <= cutoff)
            assert inside.sum() > 10


def times_between(net, cells, place, window, direction) -> np.ndarray:
    """Median minutes by the public question.

    That knows groups of destinations only; a group of origins leaves by its best entrance, departure by departure.
    """
    if direction == "to":
        table = acc.travel_times(net, cells, place, window=window)
        return table["travel_time_p50"].to_numpy()
    by_minute = []
    start = int(window[0][:2]) * 60 + int(window[0][3:])
    for leave in range(start, start + 31):
        one = (f"{leave // 60:02d}:{leave % 60:02d}", f"{(leave + 1) // 60:02d}:{(leave + 1) % 60:02d}")
        table = acc.travel_times(net, place.drop(columns="group"), cells, window=one)
        by_minute.append(table["travel_time_p50"].to_numpy().reshape(len(place), -1).min(axis=0))
    return np.sort(by_minute, axis=0)[15]  # the sixteenth of 31 departures


def test_points_between_the_middles_differ_only_at_the_edge(tmp_path):
    random = Random(23)
    net = acc.build_network(acc.read_timetable(made_city(tmp_path / "city", random), date=DATE))
    place = points(("a", 2500, 3000))
    band = isochrones(net, place, window=("07:10", "07:41"), cutoffs_min=[30], grid_m=50).geometry.iloc[0]
    west, south, east, north = band.bounds
    some = [(random.uniform(west, east), random.uniform(south, north)) for _ in range(1500)]
    frame = gpd.GeoDataFrame(
        {"id": range(1500)}, geometry=gpd.points_from_xy(*zip(*some, strict=True)), crs=27700
    )
    minutes = acc.travel_times(net, frame, place, window=("07:10", "07:41"))["travel_time_p50"].to_numpy()
    inside = shapely.contains_xy(band, frame.geometry.x, frame.geometry.y)
    wrong = inside != (minutes <= 30)
    assert inside.sum() > 300
    assert (~inside).sum() > 300
    assert wrong.mean() < 0.02
    assert (shapely.distance(frame.geometry[wrong].to_numpy(), band.boundary) <= 50 * math.sqrt(2)).all()


@pytest.mark.parametrize("direction", ["to", "from"])
def test_bands_are_valid_and_nested(tmp_path, direction):
    net = acc.build_network(acc.read_timetable(made_city(tmp_path / "city", Random(29)), date=DATE))
    bands = isochrones(
        net,
        points(("a", 2500, 3000)),
        window=("07:00", "07:30"),
        cutoffs_min=(5, 15, 30, 45),
        direction=direction,
    )
    assert bands.geometry.is_valid.all()
    assert (bands.geometry.geom_type == "MultiPolygon").all()
    for small, large in zip(bands.geometry[:-1], bands.geometry[1:], strict=True):
        assert large.area > small.area
        assert small.difference(large).area < 1e-3
    assert bands["area_km2"].tolist() == pytest.approx((bands.geometry.area / 1e6).tolist())


def test_any_crs_in_and_the_same_out(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"))
    metric = isochrones(net, WORK, window=WINDOW, cutoffs_min=[30])
    degrees = isochrones(net, WORK.to_crs("EPSG:4326"), window=WINDOW, cutoffs_min=[30])
    assert degrees.crs == "EPSG:4326"
    assert degrees["area_km2"].iloc[0] == pytest.approx(metric["area_km2"].iloc[0], rel=1e-6)
    back = degrees.to_crs("EPSG:27700").geometry.iloc[0]
    assert back.symmetric_difference(metric.geometry.iloc[0]).area < 100


def test_the_same_twice_and_whatever_the_order(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"))
    both = pd.concat([WORK, HOME], ignore_index=True)
    first = isochrones(net, both, window=WINDOW, cutoffs_min=(20, 30))
    again = isochrones(net, both.iloc[::-1], window=WINDOW, cutoffs_min=(30, 20))
    assert first["id"].tolist() == ["work", "work", "home", "home"]
    wkb = dict(zip(zip(again["id"], again["cutoff_min"], strict=True), again.geometry.to_wkb(), strict=True))
    keys = zip(first["id"], first["cutoff_min"], strict=True)
    assert [wkb[key] for key in keys] == first.geometry.to_wkb().tolist()


def test_nothing_in_nothing_out(tmp_path):
    bands = isochrones(network(every_ten_minutes(tmp_path / "f")), WORK.iloc[:0], window=WINDOW)
    assert list(bands.columns) == ["id", "cutoff_min", "area_km2", "geometry"]
    assert len(bands) == 0
    assert bands.crs == WORK.crs


def test_no_walk_allowed_gives_an_empty_band_not_an_error(tmp_path):
    net = network(every_ten_minutes(tmp_path / "f"), max_direct_min=0)
    bands = isochrones(net, points(("far", 0, 90_000)), window=WINDOW, cutoffs_min=[15])
    assert bands.geometry.is_empty.tolist() == [True]
    assert bands["area_km2"].tolist() == [0]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"cutoffs_min": ()}, "no cutoff"),
        ({"cutoffs_min": (0, 15)}, "must be above 0"),
        ({"cutoffs_min": (float("nan"),)}, "must be above 0"),
        ({"cutoffs_min": (15, 15.0)}, "name one twice"),
        ({"direction": "around"}, "must be 'to' or 'from'"),
        ({"statistic": "mean"}, "is not known"),
        ({"grid_m": 0}, "between 10 and 5000"),
        ({"grid_m": float("nan")}, "between 10 and 5000"),
        ({"window": ("09:00", "07:00")}, "must end after"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(tmp_path, more, message):
    net = network(every_ten_minutes(tmp_path / "f"))
    asked = {"window": WINDOW, "cutoffs_min": (15,), **more}
    with pytest.raises(acc.ParameterError, match=message):
        isochrones(net, WORK, **asked)


def test_too_fine_a_grid_is_refused_before_it_fills_the_memory(tmp_path):
    # Two stops more than 200 km apart in ten minutes: 10 m cells over all that lies between would be far too many.
    folder = made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("Z", 100_000, 200_000)],
        routes=[made.route("R")],
        trips=[made.trip("t", "R")],
        stop_times=made.calls("t", ("A", SEVEN + 600), ("Z", SEVEN + 1200)),
    )
    with pytest.raises(acc.ParameterError, match="choose a larger grid_m"):
        isochrones(
            network(folder),
            points(("z", 100_000, 200_000)),
            window=("07:00", "07:30"),
            cutoffs_min=[60],
            grid_m=10,
        )
    with pytest.raises(acc.InputError, match="no CRS"):
        isochrones(network(folder), WORK.set_crs(None, allow_override=True), window=WINDOW)
