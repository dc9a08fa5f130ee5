"""Centres within reach, jobs within reach, competition for them: by hand, and by brute force on random times."""

from __future__ import annotations

import geopandas as gpd
import made_feeds as made
import numpy as np
import pandas as pd
import pytest

import accessibility as acc
from accessibility.statistics import nearest_rank, percentile_of

WINDOW = ("07:00", "09:00")


def points(*rows: tuple[str, float, float], **columns: list[object]) -> gpd.GeoDataFrame:
    xy = [(made.CORNER[0] + x, made.CORNER[1] + y) for _, x, y in rows]
    data = {"id": [name for name, _, _ in rows], **columns}
    return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs="EPSG:27700")


@pytest.fixture
def network(tmp_path):
    """A line A - B - C, 10 km and ten minutes apart, every ten minutes; a metre a second on foot."""
    starts = range(5 * 3600, 12 * 3600, 600)
    folder = made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("B", 10_000, 0), made.stop("C", 20_000, 0)],
        routes=[made.route("R")],
        trips=[made.trip(f"T{s}", "R") for s in starts],
        stop_times=[
            row for s in starts for row in made.calls(f"T{s}", ("A", s), ("B", s + 600), ("C", s + 1200))
        ],
    )
    return acc.build_network(acc.read_timetable(folder, date="2026-03-10"), walk_speed_kmh=3.6, detour=1.0)


#: Home is two minutes west of A: B's door takes 2 + wait + 10 + 1 = 13 to 22 minutes, C's 23 to 32, median 17 and 27.
HOME = ("home", -119.5, 0.0)
NOWHERE = ("nowhere", 0.0, 50_000.0)
CENTRES = (("hereby", -149.5, 0.0), ("bee", 10_059.5, 0.0), ("sea", 20_059.5, 0.0))


def test_centres_within_by_hand(network):
    found = acc.centres_within(
        network, points(HOME, NOWHERE), points(*CENTRES), window=WINDOW, cutoff_min=27, k=3
    )
    assert list(found.columns) == [
        "id",
        "n_within",
        "n_near",
        "minutes_to_k",
        "share_departures",
        "t_hereby",
        "t_bee",
        "t_sea",
    ]
    home, nowhere = found.to_dict("records")
    assert (home["n_within"], home["minutes_to_k"], home["t_hereby"], home["t_bee"], home["t_sea"]) == (
        3,
        27,
        0.5,
        17,
        27,
    )
    # C within 27 minutes means a wait of at most four minutes: half of the departures.
    assert home["share_departures"] == 0.5
    assert (nowhere["n_within"], nowhere["minutes_to_k"], nowhere["share_departures"]) == (0, np.inf, 0)


def test_minutes_to_k_agree_with_the_count(network):
    for k in (1, 2, 3):
        for cutoff in (1, 16, 17, 26, 27, 40):
            row = acc.centres_within(
                network, points(HOME), points(*CENTRES), window=WINDOW, cutoff_min=cutoff, k=k
            ).iloc[0]
            assert (row["minutes_to_k"] <= cutoff) == (row["n_within"] >= k)


@pytest.mark.parametrize(
    ("statistic", "times"), [("best", (13, 23)), ("p50", (17, 27)), ("p80", (20, 30)), ("p100", (22, 32))]
)
def test_the_statistic_is_taken_per_centre(network, statistic, times):
    row = acc.centres_within(
        network, points(HOME), points(*CENTRES), window=WINDOW, statistic=statistic
    ).iloc[0]
    assert (row["t_bee"], row["t_sea"]) == times


def test_jobs_within_and_the_share_of_them(network):
    here = points(HOME, ("there", 20_119.5, 0.0), NOWHERE, workers=[100, 300, 50])
    jobs = points(CENTRES[1], CENTRES[2], jobs=[40, 80])
    reach = acc.cumulative_opportunities(network, here, jobs, window=WINDOW, cutoff_min=27)
    # Home reaches both; `there` walks a minute to C's jobs alone, for the line only runs east.
    assert reach["jobs"].tolist() == [120, 80, 0]
    shared = acc.competition(network, here, jobs, window=WINDOW, demand="workers", cutoff_min=27)
    assert shared["jobs_per_workers"].tolist() == pytest.approx([40 / 100 + 80 / 400, 80 / 400, 0])
    assert shared["jobs_available"].tolist() == pytest.approx([60, 60, 0])
    just_too_short = acc.cumulative_opportunities(network, here, jobs, window=WINDOW, cutoff_min=26)
    assert just_too_short["jobs"].tolist() == [40, 80, 0]


def test_many_cutoffs_in_one_pass_equal_each_alone(network):
    here, jobs = points(HOME, ("there", 9_500.0, 200.0)), points(*CENTRES, jobs=[1, 10, 100])
    together = acc.cumulative_opportunities(network, here, jobs, window=WINDOW, cutoff_min=(5, 17, 26.5, 27))
    assert list(together.columns) == ["id", "jobs_5", "jobs_17", "jobs_26.5", "jobs_27"]
    assert together.iloc[0, 1:].tolist() == [1, 11, 11, 111]
    for cutoff in (5, 17, 26.5, 27):
        alone = acc.cumulative_opportunities(network, here, jobs, window=WINDOW, cutoff_min=cutoff)
        assert alone["jobs"].tolist() == together[f"jobs_{cutoff:g}"].tolist()


def test_the_mean_over_departures_is_another_measure(network):
    # C within 25 minutes needs a wait of at most two: 36 of 120 departures; its median is 27, so the median counts none.
    jobs = points(CENTRES[2], jobs=[100])
    asked = {"window": WINDOW, "cutoff_min": 25}
    assert acc.cumulative_opportunities(network, points(HOME), jobs, **asked)["jobs"].tolist() == [0]
    assert acc.cumulative_opportunities(network, points(HOME), jobs, statistic="mean", **asked)[
        "jobs"
    ].tolist() == [30]


def test_gravity_by_hand(network):
    jobs = points(CENTRES[1], CENTRES[2], NOWHERE, jobs=[40, 80, 1000])
    found = acc.gravity(network, points(HOME), jobs, window=WINDOW, decay=acc.decay.exponential(half_min=10))
    assert found["jobs"].tolist() == pytest.approx([40 * 2**-1.7 + 80 * 2**-2.7])
    stepped = acc.gravity(network, points(HOME), jobs, window=WINDOW, decay=acc.decay.step(cutoff_min=17))
    assert stepped["jobs"].tolist() == [40]


@pytest.mark.parametrize(
    ("decay", "at_20"),
    [
        (acc.decay.step(cutoff_min=20), 1), (acc.decay.linear(zero_min=40), 0.5), (acc.decay.linear(zero_min=15), 0),
        (acc.decay.exponential(half_min=20), 0.5), (acc.decay.gaussian(sd_min=20), np.exp(-0.5)),
        (acc.decay.logistic(half_min=20, spread_min=5), 0.5),
    ],
)  # fmt: skip
def test_decay_functions(decay, at_20):
    weights = decay(np.array([0.0, 20.0, 21.0, 1e4, np.inf]))
    assert weights[1] == pytest.approx(at_20)
    assert (np.diff(weights) <= 0).all()
    assert weights[-1] == 0


def test_a_bad_decay_is_refused(network):
    jobs = points(CENTRES[1], NOWHERE, jobs=[1, 1])
    for decay in (np.negative, lambda minutes: minutes, lambda _: np.ones(3)):
        with pytest.raises(acc.ParameterError, match="decay function gave"):
            acc.gravity(network, points(HOME), jobs, window=WINDOW, decay=decay)
    with pytest.raises(acc.ParameterError, match="half_min is 0"):
        acc.decay.exponential(half_min=0)


def test_competition_with_decay_by_hand(network):
    here = points(HOME, ("there", 20_119.5, 0.0), workers=[100, 300])
    jobs = points(CENTRES[2], jobs=[80])
    decay = acc.decay.linear(
        zero_min=54
    )  # a half at 27 minutes, and there's minute of walking counts 53 / 54
    found = acc.competition(network, here, jobs, window=WINDOW, demand="workers", decay=decay)
    competing = 100 / 2 + 300 * 53 / 54
    assert found["jobs_per_workers"].tolist() == pytest.approx([80 / competing / 2, 80 / competing * 53 / 54])
    assert found["jobs_available"].sum() == pytest.approx(80)


def test_time_to_the_nth_job(network):
    here, jobs = points(HOME, NOWHERE), points(*CENTRES, jobs=[1, 10, 100])
    for n, minutes in ((0.5, 1), (1, 1), (2, 17), (11, 17), (12, 27), (111, 27), (112, np.inf)):
        found = acc.time_to_nth(network, here, jobs, window=WINDOW, n=n)
        assert found["minutes_to_n"].tolist() == [minutes, np.inf]


def test_near_misses_are_counted(network):
    asked = {"window": WINDOW, "cutoff_min": 25, "k": 3}
    assert acc.centres_within(network, points(HOME), points(*CENTRES), **asked)["n_near"].tolist() == [1]
    assert acc.centres_within(network, points(HOME), points(*CENTRES), near_miss_min=1.9, **asked)[
        "n_near"
    ].tolist() == [0]


def test_jobs_handed_out_equal_jobs_within_anyones_reach(network):
    random = np.random.default_rng(7)
    spots = [
        (f"o{i}", float(x), float(y))
        for i, (x, y) in enumerate(random.uniform(-900, 21_000, (30, 2)) * [1, 0.05])
    ]
    here = points(*spots, workers=list(random.integers(1, 50, 30)))
    jobs = points(
        *((f"j{i}", x + 100, y) for i, (_, x, y) in enumerate(spots)), jobs=list(random.integers(0, 9, 30))
    )
    reach = acc.cumulative_opportunities(network, here, jobs, window=WINDOW, cutoff_min=20)
    shared = acc.competition(network, here, jobs, window=WINDOW, cutoff_min=20, demand="workers")
    within = (
        acc.travel_times(network, here, jobs, window=WINDOW)["travel_time_p50"].to_numpy().reshape(30, 30)
        <= 20
    )
    assert reach["jobs"].tolist() == (within @ jobs["jobs"].to_numpy()).tolist()
    assert shared["jobs_available"].sum() == pytest.approx(jobs["jobs"].to_numpy()[within.any(axis=0)].sum())


def test_two_measures_may_not_share_a_name(network):
    twice = [acc.Reachable("jobs", "jobs", acc.Within(10)), acc.Reachable("jobs", "jobs", acc.Within(20))]
    with pytest.raises(acc.ParameterError, match="two measures would both fill 'jobs'"):
        acc.opportunity_measures(
            network, points(HOME), points(*CENTRES, jobs=[1, 1, 1]), twice, window=WINDOW
        )


def test_more_destinations_than_one_batch_holds(network):
    jobs = points(*((f"j{i:03d}", 10_059.5 + (i % 7), float(i % 5)) for i in range(200)), jobs=[1] * 200)
    assert acc.cumulative_opportunities(network, points(HOME), jobs, window=WINDOW, cutoff_min=45)[
        "jobs"
    ].tolist() == [200]


def test_grouped_opportunities_add_up(network):
    jobs = points(CENTRES[1], CENTRES[2], jobs=[40, 80], group=["site", "site"])
    assert acc.cumulative_opportunities(network, points(HOME), jobs, window=WINDOW, cutoff_min=17)[
        "jobs"
    ].tolist() == [120]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["a", "b"], "holds text"),
        ([1, -1], "1 of 2 values of 'jobs' are empty, infinite or negative"),
        ([1, np.nan], "1 of 2"),
        (None, "no column 'jobs'"),
    ],
)
def test_bad_opportunities_are_refused(network, values, reason):
    jobs = points(*CENTRES[:2], **({} if values is None else {"jobs": values}))
    with pytest.raises(acc.InputError, match=reason):
        acc.cumulative_opportunities(network, points(HOME), jobs, window=WINDOW)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cutoff_min": 0}, "cutoff is 0"),
        ({"cutoff_min": 130}, "at most max_time_min"),
        ({"k": 4}, "there are 3 centres"),
        ({"k": 0}, "k is 0"),
        ({"statistic": "mean"}, "'mean' is not known"),
        ({"window": ("09:00", "07:00")}, "must end after its start"),
        ({"window": ("7", "9:00")}, "'7' is not a time of day"),
        ({"window": ("00:00", "17:00")}, "exceed 18 hours"),
    ],
)
def test_parameters_out_of_range_are_refused(network, change, reason):
    with pytest.raises(acc.ParameterError, match=reason):
        acc.centres_within(network, points(HOME), points(*CENTRES), **{"window": WINDOW, **change})


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda p: p.set_crs(None, allow_override=True), "have no CRS"),
        (lambda p: p.rename(columns={"id": "name"}), "no column 'id'"),
        (lambda p: p.assign(id=["home", "home"]), "'home' is there more than once"),
        (lambda p: p.assign(id=["home", None]), "1 of 2 ids are empty"),
        (lambda p: p.set_geometry(p.buffer(1)), "2 of 2 geometries are no points"),
        (pd.DataFrame, "a GeoDataFrame of points is needed"),
    ],
)
def test_bad_points_are_refused(network, spoil, reason):
    with pytest.raises(acc.InputError, match=reason):
        acc.travel_times(network, spoil(points(HOME, NOWHERE)), points(*CENTRES), window=WINDOW)


def test_inputs_are_left_as_they_were(network):
    here, there = points(HOME, NOWHERE), points(*CENTRES, jobs=[1, 2, 3])
    before = here.copy(), there.copy()
    acc.cumulative_opportunities(network, here, there, window=WINDOW)
    acc.centres_within(network, here, there, window=WINDOW)
    assert here.equals(before[0])
    assert there.equals(before[1])


@pytest.mark.parametrize(
    ("percentile", "departures", "rank"),
    [(0, 120, 1), (1, 120, 2), (50, 120, 60), (50, 5, 3), (90, 10, 9), (100, 7, 7), (29, 100, 29)],
)
def test_nearest_rank(percentile, departures, rank):
    assert nearest_rank(percentile, departures) == rank


def test_percentiles_against_sorted_departures(network):
    here = points(HOME, ("there", 9_000.0, 300.0), NOWHERE)
    for window in (("07:00", "09:00"), ("07:03", "07:10"), ("11:00", "12:30")):
        each = acc.departure_times(network, here, points(*CENTRES), window=window)
        ranked = each.groupby(["from_id", "to_id"], sort=False)["travel_time"].apply(sorted)
        percentiles = (0, 1, 33, 50, 66, 99, 100)
        found = acc.travel_times(
            network, here, points(*CENTRES), window=window, percentiles=percentiles, cutoff_min=26
        )
        for (_, row), times in zip(found.iterrows(), ranked, strict=True):
            for percentile in percentiles:
                assert (
                    row[f"travel_time_p{percentile:02d}"] == times[nearest_rank(percentile, len(times)) - 1]
                )
            assert row["share_within"] == sum(time <= 26 for time in times) / len(times)


def test_parts_together_are_the_whole(network):
    here = points(HOME, ("there", 9_000.0, 300.0), NOWHERE)
    there = points(*((f"d{i:03d}", 100.0 * i, 7.0) for i in range(150)))
    for direction in ("depart", "arrive"):
        asked = {"window": WINDOW, "percentiles": (10, 50), "cutoff_min": 30, "direction": direction}
        whole = acc.travel_times(network, here, there, **asked)
        parts = pd.concat(acc.iter_travel_times(network, here, there, **asked))
        assert len(parts) == len(whole) == 450
        key = ["from_id", "to_id"]
        assert (
            parts.sort_values(key)
            .reset_index(drop=True)
            .equals(whole.sort_values(key).reset_index(drop=True))
        )


def test_arrive_by_is_the_time_from_the_latest_departure_in_time(network):
    # To be at B's door by 07:30 one alights by 07:29: the 07:10 from A, which one leaves home for at 07:08.
    asked = {"window": ("07:30", "07:31"), "direction": "arrive"}
    found = acc.departure_times(network, points(HOME), points(CENTRES[1]), **asked)
    assert found.to_dict("records") == [
        {"from_id": "home", "to_id": "bee", "arrive": "07:30", "travel_time": 22.0}
    ]
    # Over an hour the wait at the far end is 0 to 9 minutes on top of 13.
    hour = {"window": ("07:30", "08:30"), "direction": "arrive", "percentiles": (0, 50, 100)}
    assert acc.travel_times(network, points(HOME), points(CENTRES[1]), **hour).iloc[0, 2:].tolist() == [
        13,
        17,
        22,
    ]


def test_a_limit_on_rides(tmp_path):
    seven = 7 * 3600
    folder = made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("B", 10_000, 0), made.stop("C", 20_000, 0)],
        routes=[made.route("1"), made.route("2"), made.route("slow")],
        trips=[made.trip("a", "1"), made.trip("b", "2"), made.trip("s", "slow")],
        stop_times=made.calls("a", ("A", seven + 120), ("B", seven + 600))
        + made.calls("b", ("B", seven + 660), ("C", seven + 1140))
        + made.calls("s", ("A", seven + 120), ("C", seven + 3540)),
    )
    net = acc.build_network(acc.read_timetable(folder, date="2026-03-10"), walk_speed_kmh=3.6, detour=1.0)
    for rides, expected in ((1, 60), (2, 20), (None, 20)):
        found = acc.travel_times(
            net, points(HOME), points(CENTRES[2]), window=("07:00", "07:01"), max_rides=rides
        )
        assert found["travel_time_p50"].tolist() == [expected]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"max_rides": 0}, "max_rides is 0"),
        ({"direction": "back"}, "'back' is not known"),
        ({"percentiles": ()}, "no percentile"),
        ({"percentiles": (50, 50)}, "one twice"),
        ({"percentiles": (12.5,)}, "whole number"),
    ],
)
def test_questions_that_make_no_sense(network, change, reason):
    with pytest.raises(acc.ParameterError, match=reason):
        acc.travel_times(network, points(HOME), points(*CENTRES), **{"window": WINDOW, **change})


@pytest.mark.parametrize("name", ["median", "p", "p101", "P50", ""])
def test_unknown_statistics(name):
    with pytest.raises(acc.ParameterError):
        percentile_of(name)
