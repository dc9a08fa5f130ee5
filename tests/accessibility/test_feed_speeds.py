"""Speeds beyond reason and stops far away: by hand, against the plain rule, and against the canonical validator."""

from __future__ import annotations

import datetime as dt
import math
import re
from itertools import pairwise
from random import Random

import made_feeds as made
import pandas as pd
import pytest

from accessibility.feeds.call_checks import order_calls
from accessibility.feeds.calls import trip_calls
from accessibility.feeds.canonical_validation import validate_canonically
from accessibility.feeds.gtfs import read_feed
from accessibility.feeds.report import report_feed
from accessibility.feeds.speeds import find_speeds, speed_limit_kmh

TODAY = dt.date(2026, 3, 10)
CONSECUTIVE = "fast_travel_between_consecutive_stops"
FAR = "fast_travel_between_far_stops"
SAME_TIME = "far_stops_at_the_same_time"
SEVEN = 7 * 3600


def feed_of(folder, steps, *, route_type=3, start=SEVEN):
    """One trip along a line: (metres on, seconds after the start) per further call, the first call at 0 m and 0 s."""
    calls = [(0, 0), *steps]
    return made.write_feed(
        folder,
        stops=[made.stop(f"S{i}", metres, 0) for i, (metres, _) in enumerate(calls)],
        routes=[made.route("R", route_type)],
        trips=[made.trip("T", "R")],
        stop_times=made.calls("T", *((f"S{i}", start + after) for i, (_, after) in enumerate(calls))),
    )


def found(path):
    report = report_feed(path, date="2026-03-10", today=TODAY, canonical=False)
    mine = report.findings[
        report.findings["code"].isin([CONSECUTIVE, FAR, SAME_TIME, "stop_far_from_other_stops"])
    ]
    assert not mine["code"].duplicated().any()
    return {row.code: (row.severity, row.count, row.file, row.row) for row in mine.itertuples(index=False)}


def test_a_bus_at_four_hundred_kilometres_an_hour(tmp_path):
    # 4 km in 36 s, and a believable 1 km in 60 s after it.
    path = feed_of(tmp_path / "feed", [(4000, 36), (5000, 96)])
    assert found(path) == {CONSECUTIVE: ("WARNING", 1, "stop_times.txt", 3)}
    message = report_feed(path, date="2026-03-10", today=TODAY, canonical=False).findings["message"].iloc[0]
    # 4,000 m of the British grid are some metres less on the sphere here.
    expected = (
        r"trip 'T' goes from Stop S0 to Stop S1, 4\.0 km on, in 36 s: (399|400) km/h where 150 is the most"
    )
    assert re.fullmatch(expected, message)


def test_a_train_may(tmp_path):
    assert found(feed_of(tmp_path / "feed", [(4000, 36)], route_type=2)) == {}


@pytest.mark.parametrize(
    ("metres", "seconds", "expected"),
    [
        # Whole minutes: a minute is added, so 5 km in 60 s are 5 km in 120 s, 150 km/h and allowed; 5.1 km are 153.
        (4990, 60, {}),
        (5100, 60, {CONSECUTIVE}),
        # Not whole minutes: 5 km in 119 s are 151 km/h; in 121 s 149.
        (5000, 119, {CONSECUTIVE}),
        (5000, 121, {}),
        # At the same second, a minute is taken: 2.6 km would be 156 km/h, 1.2 km 72, and 0.9 km is no distance.
        (2600, 0, {CONSECUTIVE}),
        (1200, 0, {SAME_TIME}),
        (900, 0, set()),
    ],
)
def test_the_rounding_of_times(tmp_path, metres, seconds, expected):
    assert set(found(feed_of(tmp_path / "feed", [(metres, seconds)]))) == set(expected)


def test_far_stops_are_passed_too_fast_though_no_step_is(tmp_path):
    # Each step: 4 km in a whole minute, 120 km/h with the minute added. Three: 12 km in 180 + 60 s, 180 km/h.
    path = feed_of(tmp_path / "feed", [(4000, 60), (8000, 120), (12_000, 180), (16_000, 240)])
    assert found(path) == {FAR: ("WARNING", 1, "stop_times.txt", 5)}


def test_untimed_calls_between_are_passed_over(tmp_path):
    path = feed_of(tmp_path / "feed", [(6000, 60), (12_000, 120)])
    rows = (path / "stop_times.txt").read_text(encoding="utf-8").replace("07:01:00,07:01:00", ",")
    (path / "stop_times.txt").write_text(rows, encoding="utf-8")
    # 12 km in 120 + 60 s are 240 km/h from end to end; no two timed calls are consecutive.
    assert found(path) == {FAR: ("WARNING", 1, "stop_times.txt", 4)}


@pytest.mark.parametrize(
    ("route_type", "kmh"),
    [
        *((0, 100), (1, 150), (2, 500), (3, 150), (4, 80), (5, 30), (6, 50), (7, 50), (11, 150), (12, 150)),
        *((100, 500), (200, 150), (700, 150), (900, 100), (1000, 80), (1100, 1000), (1500, 200), (99, 200)),
    ],
)
def test_limits_by_route_type(route_type, kmh):
    assert speed_limit_kmh(route_type) == kmh


def plainly(path):
    """The two canonical rules call by call, without any cleverness."""
    feed = read_feed(path)
    kinds = dict(zip(feed["routes"]["route_id"], feed["routes"]["route_type"], strict=True))
    of_trip = dict(zip(feed["trips"]["trip_id"], feed["trips"]["route_id"], strict=True))
    place = {
        row.stop_id: (math.radians(row.stop_lat), math.radians(row.stop_lon))
        for row in feed["stops"].itertuples()
    }
    steps, trips = 0, 0
    for trip, rows in feed["stop_times"].sort_values("stop_sequence").groupby("trip_id", observed=True):
        limit = {0: 100, 3: 150}[kinds[of_trip[trip]]]
        calls = list(rows.itertuples())
        along = [0.0]
        for one, other in pairwise(calls):
            (lat, lon), (lat2, lon2) = place[one.stop_id], place[other.stop_id]
            cosine = math.sin(lat) * math.sin(lat2) + math.cos(lat) * math.cos(lat2) * math.cos(lon2 - lon)
            along.append(along[-1] + 6_371_008.8 * math.acos(min(1.0, cosine)))
        far = False
        for j in range(len(calls)):
            for i in range(j):
                leave, arrive = calls[i].departure_time, calls[j].arrival_time
                taken = arrive - leave
                allowed = 60 if taken <= 0 else taken + 60 * (leave % 60 == arrive % 60 == 0)
                fast = (along[j] - along[i]) * 3.6 / allowed > limit
                steps += fast and i == j - 1
                far |= fast and along[j] - along[i] > 10_000
        trips += far
    return steps, trips


def draw(folder, random):
    """Trips that hurry: steps of some kilometres in about the time that the limit allows."""
    count = random.randint(3, 12)
    places = [(random.randint(0, 9000), random.randint(0, 9000)) for _ in range(count)]
    rows, trips = [], []
    for trip in range(8):
        now, grain = SEVEN, random.choice((1, 60))
        calls = []
        for name in random.choices(range(count), k=random.randint(2, 10)):
            arrive = now
            now += random.choice((0, 0, 60))
            calls.append((f"S{name}", arrive, now))
            now += max(0, round(random.uniform(0, 260) / grain)) * grain
        rows += made.calls(f"T{trip}", *calls)
        trips.append(made.trip(f"T{trip}", random.choice(("R0", "R3"))))
    return made.write_feed(
        folder,
        stops=[made.stop(f"S{i}", *place) for i, place in enumerate(places)],
        routes=[made.route("R0", 0), made.route("R3", 3)],
        trips=trips,
        stop_times=rows,
    )


def test_counts_equal_the_plain_rule(tmp_path):
    random = Random(20260310)
    some_far = some_steps = 0
    for i in range(20):
        path = draw(tmp_path / f"feed{i}", random)
        steps, trips = plainly(path)
        feed = read_feed(path)
        calls = trip_calls(feed, order_calls(feed, pd.Index(feed["trips"]["trip_id"].astype(object))))
        mine = {notice.code: notice.count for notice in find_speeds(feed, calls).notices}
        assert mine.get(CONSECUTIVE, 0) == steps
        assert mine.get(FAR, 0) == trips
        some_far += 0 < trips < 8
        some_steps += steps > 0
    assert some_far > 5
    assert some_steps > 5


@pytest.mark.realdata
def test_chester_as_the_canonical_validator_has_it(shared_data):
    """A stop of this feed stands 490 km off; the validator counts the same calls and trips."""
    path = shared_data / "transit" / "newport_uk" / "chester-20230816-small_gtfs.zip"
    theirs = {notice.code: notice.count for notice in validate_canonically(path, today=TODAY).notices}
    ours = found(path)
    assert theirs[CONSECUTIVE] == ours[CONSECUTIVE][1] == 6
    assert theirs[FAR] == ours[FAR][1] == 3
    assert ours["stop_far_from_other_stops"][:2] == ("WARNING", 1)


def town(folder, away_m, seconds):
    """Eight stops in a row, 500 m apart, and one far east of them, reached in some time."""
    return feed_of(folder, [*((500 * i, 120 * i) for i in range(1, 8)), (away_m, 840 + seconds)])


def test_a_stop_in_the_sea_is_a_warning(tmp_path):
    path = town(tmp_path / "feed", 300_000, 600)
    assert found(path)["stop_far_from_other_stops"] == ("WARNING", 1, "stops.txt", 10)
    report = report_feed(path, date="2026-03-10", today=TODAY, canonical=False)
    message = report.findings.set_index("code").loc["stop_far_from_other_stops", "message"]
    assert message.startswith(
        "1 of 9 stops lies more than 200 km from the middle of all stops, and no vehicle"
    )
    assert "Stop S8 (S8, 29" in message


def test_the_far_end_of_a_coach_is_for_information(tmp_path):
    assert found(town(tmp_path / "feed", 300_000, 3 * 3600)) == {
        "stop_far_from_other_stops": ("INFO", 1, "stops.txt", 10)
    }


def test_a_stop_within_two_hundred_kilometres_is_not_far(tmp_path):
    assert found(town(tmp_path / "feed", 190_000, 3 * 3600)) == {}


def test_a_national_feed_reaches_further(tmp_path):
    # Stops 100 km apart over 700 km: the median lies some 200 km from the middle, so only beyond 1,000 km is far.
    path = feed_of(tmp_path / "feed", [(100_000 * i, 3600 * i) for i in range(1, 8)])
    assert found(path) == {}
