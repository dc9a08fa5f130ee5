"""What a place lacks: by hand, in agreement with the centres counted, and said in plain English."""

from __future__ import annotations

from random import Random

import geopandas as gpd
import made_feeds as made
import numpy as np
import pandas as pd
import pytest

import accessibility as acc
from accessibility.measures.journeys import explain
from accessibility.measures.limiting import limiting_journeys, limiting_leg, limiting_sentence

DATE = "2026-03-10"
WINDOW = ("07:00", "09:00")
PARTS = [
    "direct_walk_min", "access_walk_min", "first_wait_min", "ride_min", "change_walk_min", "change_wait_min",
    "egress_walk_min",
]  # fmt: skip


def points(*rows: tuple[object, float, float], groups: list[str] | None = None) -> gpd.GeoDataFrame:
    """Points of the made world, in metres from its corner."""
    data: dict[str, object] = {"id": [name for name, _, _ in rows]}
    if groups is not None:
        data["group"] = groups
    xy = [(made.CORNER[0] + x, made.CORNER[1] + y) for _, x, y in rows]
    return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs="EPSG:27700")


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> acc.Network:
    """A to B every ten minutes in 15; from C, beside B, to D every half hour in five. A metre on foot is a second."""
    first, second = range(5 * 3600, 11 * 3600, 600), range(5 * 3600, 12 * 3600, 1800)
    folder = made.write_feed(
        tmp_path_factory.mktemp("f") / "f",
        stops=[
            made.stop("A", 0, 0),
            made.stop("B", 20_000, 0),
            made.stop("C", 20_000, 59.5),
            made.stop("D", 40_000, 0),
        ],
        routes=[made.route("1"), made.route("2")],
        trips=[made.trip(f"a{s}", "1") for s in first] + [made.trip(f"b{s}", "2") for s in second],
        stop_times=[row for s in first for row in made.calls(f"a{s}", ("A", s), ("B", s + 900))]
        + [row for s in second for row in made.calls(f"b{s}", ("C", s), ("D", s + 300))],
    )
    return acc.build_network(acc.read_timetable(folder, date=DATE), walk_speed_kmh=3.6, detour=1.0)


#: Two minutes' walk from A; beside B; beside D; and out of everyone's reach.
HOME = points(("home", -119.5, 0))
NEAR, FAR, LOST = ("near", 20_059.5, 0), ("far", 40_059.5, 0), ("lost", 0, 300_000)


def only(table: pd.DataFrame) -> pd.Series:
    assert len(table) == 1
    return table.iloc[0]


def test_a_wait_is_named_where_it_alone_closes_the_gap(network):
    # To the near centre: walk 2, wait 4 in the median, ride 15, walk 1 = 22. Three minutes over 19: the wait holds four.
    row = only(limiting_leg(network, HOME, points(NEAR, LOST), window=WINDOW, cutoff_min=19, k=1))
    assert (row["centre"], row["minutes"], row["shortfall_min"], row["rides"]) == ("near", 22, 3, 1)
    assert row[PARTS].tolist() == [0, 2, 4, 15, 0, 0, 1]
    assert (row["n_within"], row["lacking"]) == (0, 1)
    assert (row["limiting"], row["limiting_min"], row["closes"]) == ("first wait", 4, "ride; first wait")
    # Of the departures that wait four minutes the first leaves at 07:04 (bus at 07:10).
    assert row["depart"] == "07:04"
    assert limiting_sentence(row) == (
        "home has no centre within 19 minutes. The next, near, takes 22 minutes (p50, leaving at 07:04), 3 minutes too "
        "long; the wait for the first vehicle of 4 minutes is enough to close the gap by itself."
    )


def test_a_part_as_long_as_the_gap_closes_it_and_a_ride_must_keep_some_time(network):
    row = only(limiting_leg(network, HOME, points(NEAR), window=WINDOW, cutoff_min=18, k=1))
    assert (row["shortfall_min"], row["limiting"]) == (4, "first wait")
    # Five minutes over: no walk or wait is that long, the ride is.
    row = only(limiting_leg(network, HOME, points(NEAR), window=WINDOW, cutoff_min=17, k=1))
    assert (row["shortfall_min"], row["limiting"], row["limiting_min"]) == (5, "ride", 15)
    assert limiting_sentence(row).endswith(
        "only a faster ride would close the gap by itself: 15 minutes, to be cut by 34 %."
    )
    # Fifteen minutes over is the whole ride, and that cannot be done without.
    row = only(limiting_leg(network, HOME, points(NEAR), window=WINDOW, cutoff_min=7, k=1))
    assert (row["shortfall_min"], row["limiting"], row["closes"]) == (15, "several", "")
    assert np.isnan(row["limiting_min"])
    assert "no part of the journey would close the gap by itself" in limiting_sentence(row)


def test_the_best_missing_centre_is_the_nearest_beyond_the_cutoff(network):
    centres = points(FAR, NEAR, LOST)
    row = only(limiting_leg(network, HOME, centres, window=WINDOW, cutoff_min=30, k=2))
    assert (row["n_within"], row["lacking"], row["centre"]) == (1, 1, "far")
    assert row["minutes"] == row[PARTS].sum()
    legs = explain(network, HOME, centres.iloc[[0]], depart=row["depart"])
    assert legs["minutes"].sum() == row["minutes"]
    for part in PARTS:
        told = legs.loc[legs["part"] == part.removesuffix("_min").replace("_", " "), "minutes"].sum()
        assert row[part] == told


def test_the_legs_are_those_of_the_journey_explained(network):
    """By an entrance of a centre that has two, and for every place apart; one that lacks nothing has no leg."""
    origins = pd.concat(
        [HOME, points(("there", 20_040.0, 0)), points(("hermit", 0, 80_000))], ignore_index=True
    )
    centres = points(("far door", 40_059.5, 0), ("lost door", 0, 300_000), groups=["far", "far"])
    found = limiting_journeys(network, origins, centres, window=WINDOW, cutoff_min=4, k=1)
    pd.testing.assert_frame_equal(
        found.table, limiting_leg(network, origins, centres, window=WINDOW, cutoff_min=4, k=1)
    )
    assert found.legs["id"].unique().tolist() == ["home", "there"]
    for place in ("home", "there"):
        row = found.table.set_index("id").loc[place]
        legs = found.legs[found.legs["id"] == place].drop(columns="id").reset_index(drop=True)
        told = explain(network, origins[origins["id"] == place], centres, depart=row["depart"])
        pd.testing.assert_frame_equal(legs, told)
        assert legs["minutes"].sum() == pytest.approx(row["minutes"])
    assert found.legs["to"].iloc[-1] == "far door"
    near = limiting_journeys(network, HOME, points(NEAR), window=WINDOW, cutoff_min=45, k=1)
    assert near.legs.empty
    assert near.legs.columns.tolist() == found.legs.columns.tolist()


def test_departures_that_take_too_long_count_as_none(network):
    # 18 to 27 minutes, twelve departures each: the ninth tenth is 26, and no journey at all where 25 is the most.
    asked = {"window": WINDOW, "cutoff_min": 20, "k": 1, "statistic": "p90"}
    row = only(limiting_leg(network, HOME, points(NEAR), **asked))
    assert (row["minutes"], row["first_wait_min"]) == (26, 8)
    row = only(limiting_leg(network, HOME, points(NEAR), **asked, max_time_min=25))
    assert (row["minutes"], row["limiting"]) == (np.inf, "no service")


def test_walking_all_the_way(network):
    row = only(limiting_leg(network, HOME, points(("walked", 1080.0, 0)), window=WINDOW, cutoff_min=15, k=1))
    assert (row["limiting"], row["rides"], row["direct_walk_min"], row["minutes"]) == (
        "direct walk",
        0,
        20,
        20,
    )


def test_places_that_lack_nothing_or_have_nothing_keep_their_row(network):
    origins = pd.concat([HOME, points(("hermit", 0, 80_000))], ignore_index=True)
    table = limiting_leg(network, origins, points(NEAR, LOST), window=WINDOW, cutoff_min=45, k=1)
    assert table["id"].tolist() == ["home", "hermit"]
    assert table["limiting"].tolist() == ["nothing", "no stop"]
    assert table["lacking"].tolist() == [0, 1]
    assert table["minutes"].isna().tolist() == [True, False]
    assert table["minutes"].iloc[1] == np.inf
    assert limiting_sentence(table.iloc[0]) == "home has 1 centre within 45 minutes and lacks none."
    assert "no stop is within walking distance" in limiting_sentence(table.iloc[1])
    two = only(limiting_leg(network, HOME, points(NEAR, LOST), window=WINDOW, cutoff_min=45, k=2))
    assert (two["limiting"], two["lacking"], two["shortfall_min"]) == ("no service", 1, np.inf)
    assert "too few departures have a journey" in limiting_sentence(two, statistic="p50")


def test_empty_in_empty_out(network):
    full = limiting_leg(network, HOME, points(NEAR), window=WINDOW, k=1)
    none = limiting_leg(network, HOME.iloc[:0], points(NEAR), window=WINDOW, k=1)
    assert none.empty
    assert none.dtypes.to_dict() == full.dtypes.to_dict()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"k": 0}, "k is 0"),
        ({"k": 2}, "there are 1 centres"),
        ({"k": 1, "cutoff_min": 0}, "must be above 0"),
        ({"k": 1, "cutoff_min": 130}, "at most max_time_min"),
        ({"k": 1, "statistic": "median"}, "is not known"),
        ({"k": 1, "window": ("09:00", "07:00")}, "must end after"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(network, more, message):
    with pytest.raises(acc.ParameterError, match=message):
        limiting_leg(network, HOME, points(NEAR), **{"window": WINDOW, **more})


def test_agrees_with_the_centres_counted_on_random_feeds(tmp_path):
    random, looked_at = Random(41), 0
    for number in range(24):
        folder = made.random_feed(tmp_path / f"f{number}", random, around_s=7 * 3600 + 1800)
        try:
            net = acc.build_network(acc.read_timetable(folder, date=DATE), max_direct_min=10)
        except acc.NoServiceError:
            continue
        origins = points(*((f"o{i}", random.randint(0, 3000), random.randint(0, 3000)) for i in range(5)))
        ends = [(f"d{i}", random.randint(0, 3000), random.randint(0, 3000)) for i in range(4)]
        centres = points(*ends, groups=["a", "b", "a", "c"])
        asked = {"window": ("07:20", "07:50"), "cutoff_min": 15, "k": 3, "statistic": "p30"}
        counted = acc.centres_within(net, origins, centres, **asked)
        table = limiting_leg(net, origins, centres, **asked)
        assert table["n_within"].tolist() == counted["n_within"].tolist()
        times = counted[["t_a", "t_b", "t_c"]]
        missing = times.where(times > 15).min(axis=1)
        for row, nearest, own in zip(table.itertuples(), missing, times.to_dict("records"), strict=True):
            if row.limiting == "nothing":
                assert row.n_within == 3
                continue
            assert row.minutes == nearest
            if np.isinf(nearest):
                continue
            looked_at += 1
            assert own[f"t_{row.centre}"] == nearest
            assert row.shortfall_min == pytest.approx(nearest - 15)
            assert sum(getattr(row, part) for part in PARTS) == pytest.approx(nearest)
            origin = origins[origins["id"] == row.id]
            legs = explain(net, origin, centres[centres["group"] == row.centre], depart=row.depart)
            assert legs["minutes"].sum() == pytest.approx(nearest)
    assert looked_at >= 15
