"""Around midnight, around noon of the next day, when the clocks change: what is answered is right, the rest is refused."""

from __future__ import annotations

import geopandas as gpd
import made_feeds as made
import numpy as np
import pytest

import accessibility as acc

HOUR = 3600
HOME = gpd.GeoDataFrame(
    {"id": ["home"]}, geometry=gpd.points_from_xy([made.CORNER[0] - 119.5], [made.CORNER[1]]), crs=27700
)
WORK = gpd.GeoDataFrame(
    {"id": ["work"]}, geometry=gpd.points_from_xy([made.CORNER[0] + 20_059.5], [made.CORNER[1]]), crs=27700
)


def network(folder, first: int, *, date: str = "2026-03-10", **calendar):
    """One daily trip from A, two minutes from home, to B, a minute from work, in twenty minutes."""
    feed = made.write_feed(
        folder, stops=[made.stop("A", 0, 0), made.stop("B", 20_000, 0)], routes=[made.route("R")], trips=[made.trip("T", "R")],
        stop_times=made.calls("T", ("A", first), ("B", first + 1200)), calendar=[{**made.EVERY_DAY, **calendar}],
    )  # fmt: skip
    return acc.build_network(acc.read_timetable(feed, date=date), walk_speed_kmh=3.6, detour=1.0)


def minutes(net, window, **asked) -> float:
    return float(acc.travel_times(net, HOME, WORK, window=window, **asked)["travel_time_p50"].iloc[0])


def test_arrivals_just_after_midnight_are_asked_of_the_day_before(tmp_path):
    net = network(tmp_path / "f", 23 * HOUR + 1800)
    assert minutes(net, ("24:05", "24:06"), direction="arrive") == 37
    with pytest.raises(acc.ParameterError, match="look back 120 minutes, before the service day's start"):
        minutes(net, ("00:05", "00:06"), direction="arrive")
    # Within reach of the day's start it is answered, by a trip of the evening before.
    late = network(tmp_path / "g", 24 * HOUR + 600)
    assert minutes(late, ("01:00", "01:01"), direction="arrive", max_time_min=60) == 52


def test_a_window_beyond_noon_of_the_next_day_is_refused(tmp_path):
    net = network(tmp_path / "f", 11 * HOUR)
    assert minutes(net, ("10:58", "10:59")) == 23
    assert minutes(net, ("33:58", "33:59")) == 83
    for window, asked in ((("36:50", "37:00"), {}), (("25:00", "26:00"), {"max_time_min": 720})):
        with pytest.raises(acc.ParameterError, match="beyond 36:00, noon of the next day"):
            minutes(net, window, **asked)


def test_trips_of_two_days_before(tmp_path):
    assert minutes(network(tmp_path / "f", 50 * HOUR), ("01:58", "01:59")) == 23


@pytest.mark.parametrize(
    ("date", "clock"), [("2026-03-29", 2), ("2026-03-30", 1), ("2026-10-25", 0), ("2026-10-26", 1)]
)
def test_when_the_clocks_change(tmp_path, date, clock):
    # The evening before's 25:00 is one in the morning by the wall clock of that evening. Service days begin at noon minus
    # twelve hours, and in spring the two noons are 23 hours apart, so on the new day's clock that is two o'clock.
    net = network(tmp_path / "f", 25 * HOUR, date=date)
    found = [
        hour for hour in range(4) if minutes(net, (f"{hour:02d}:58", f"{hour:02d}:59"), max_time_min=30) == 23
    ]
    assert found == [clock - 1] or (clock == 0 and found == [])
    if clock == 0:
        assert minutes(net, ("00:00", "00:01"), max_time_min=30) == np.inf


def test_a_feed_without_a_known_time_zone_is_refused(tmp_path):
    network(tmp_path / "f", 7 * HOUR)
    agency = tmp_path / "f" / "agency.txt"
    agency.write_text(
        agency.read_text(encoding="utf-8").replace("Europe/London", "Mars/Base"), encoding="utf-8"
    )
    with pytest.raises(acc.FeedError, match="'Mars/Base' is no time zone"):
        acc.read_timetable(tmp_path / "f", date="2026-03-10")


def test_frequencies_that_never_start_are_refused(tmp_path):
    network(tmp_path / "f", 7 * HOUR)
    made.write_table(
        tmp_path / "f",
        "frequencies",
        [{"trip_id": "T", "start_time": "09:00:00", "end_time": "09:00:00", "headway_secs": 600}],
    )
    with pytest.raises(acc.FeedError, match="end_time is start_time, so nothing runs"):
        acc.read_timetable(tmp_path / "f", date="2026-03-10")


def test_only_trips_that_run_are_listed(tmp_path):
    feed = made.write_feed(
        tmp_path / "f",
        stops=[made.stop(name, 1000 * i, 0) for i, name in enumerate("ABZ")],
        routes=[made.route("R"), made.route("W")],
        trips=[made.trip("T", "R"), made.trip("wed", "W", "wednesdays")],
        stop_times=made.calls("T", ("A", 7 * HOUR), ("B", 8 * HOUR))
        + made.calls("wed", ("A", 20 * HOUR), ("Z", 21 * HOUR)),
        calendar=[made.EVERY_DAY, {**made.EVERY_DAY, "service_id": "wednesdays", "monday": 0, "tuesday": 0}],
    )
    table = acc.read_timetable(feed, date="2026-03-10")
    assert (
        table.trips["trip_id"].tolist(),
        table.stops["stop_id"].tolist(),
        table.routes["route_id"].tolist(),
    ) == (["T"], ["A", "B"], ["R"])


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
def test_dates_at_the_ends_of_the_calendar(tmp_path, date):
    with pytest.raises(acc.ParameterError, match="no date on which anything runs"):
        network(tmp_path / "f", 7 * HOUR, date=date)


def test_limits_in_tenths_of_a_minute_are_inclusive(tmp_path):
    # A walk of 491.5 m at a metre a second takes 492 s, which is 8.2 minutes; as floats, 8.2 * 60 is a little less.
    net = network(tmp_path / "f", 7 * HOUR)
    shop = gpd.GeoDataFrame(
        {"id": ["shop"], "jobs": [1]},
        geometry=gpd.points_from_xy([made.CORNER[0] - 119.5], [made.CORNER[1] + 491.5]),
        crs=27700,
    )
    window = ("09:00", "09:10")
    row = acc.travel_times(net, HOME, shop, window=window, cutoff_min=8.2).iloc[0]
    assert (row["travel_time_p50"], row["share_within"]) == (8.2, 1.0)
    reach = acc.centres_within(net, HOME, shop, window=window, cutoff_min=8.2, k=1).iloc[0]
    assert (reach["n_within"], reach["share_departures"]) == (1, 1.0)
    assert acc.cumulative_opportunities(net, HOME, shop, window=window, cutoff_min=8.2)["jobs"].tolist() == [
        1
    ]
    short = acc.build_network(net.timetable, walk_speed_kmh=3.6, detour=1.0, max_direct_min=8.2)
    assert acc.travel_times(short, HOME, shop, window=window)["travel_time_p50"].tolist() == [8.2]


def test_a_trip_of_too_many_calls_is_refused(tmp_path):
    rows = made.calls("T", *(("A" if i % 2 else "B", 7 * HOUR + i) for i in range(65_536)))
    feed = made.write_feed(
        tmp_path / "f",
        stops=[made.stop("A", 0, 0), made.stop("B", 9000, 0)],
        routes=[made.route("R")],
        trips=[made.trip("T", "R")],
        stop_times=rows,
    )
    with pytest.raises(acc.FeedError, match="a trip has 65536 calls"):
        acc.read_timetable(feed, date="2026-03-10")
