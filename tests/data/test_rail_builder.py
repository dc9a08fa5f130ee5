"""The rail feed: its clock faces and run times on made inputs, and what a planner relies on in the written files."""

from __future__ import annotations

import filecmp

import numpy as np
import pandas as pd
import pytest
import rail
from gtfs_out import BuildError, seconds_of
from pyproj import Transformer
from rail_feed import Clock, clock_rows, departure_at, grid_positions, leg_metres, template
from rail_times import (
    ASSUMED,
    CIF,
    OTHER,
    OWN,
    REVERSE,
    RunTimes,
    describe,
    leg_run,
    pattern_times,
    stop_wait,
)

FILES = ("agency", "stops", "routes", "trips", "stop_times", "frequencies", "calendar", "feed_info")
NEW_STREET, MOOR_STREET, SNOW_HILL = "9100BHAMNWS", "9100BHAMMRS", "9100BHAMSNH"
COVENTRY, WOLVERHAMPTON, WALSALL = "9100COVNTRY", "9100WVRMPTN", "9100WALSALL"


def at(text):
    return seconds_of(text)


# ---- clock faces and template trips, by hand ----


def test_departures_fall_on_the_minute_at_the_anchor_and_periods_begin_there():
    clock = Clock.of([60, 30, 60, 60], 10, first="04:30", last="24:30")
    rows = clock_rows("t", clock, to_anchor_s=600)
    got = list(zip(rows["start_time"], rows["end_time"], rows["headway_secs"], strict=True))
    assert got == [
        (at("05:00"), at("06:01"), 3600),
        (at("07:00"), at("09:01"), 1800),
        (at("10:00"), at("15:01"), 3600),
        (at("16:00"), at("18:01"), 1800),
        (at("19:00"), at("24:01"), 3600),
    ]
    assert rows["exact_times"].eq(1).all()


def test_a_period_without_service_has_no_row_and_the_span_cuts_the_day():
    clock = Clock.of([60, 30, 0, 60], 0, first="06:00", last="19:00")
    rows = clock_rows("t", clock, to_anchor_s=0)
    assert list(rows["start_time"]) == [at("06:00"), at("07:00"), at("16:00")]


def test_a_line_may_not_leave_before_midnight():
    clock = Clock.of([60, 60, 60, 60], 0, first="04:30", last="24:30")
    with pytest.raises(BuildError, match="before midnight"):
        clock_rows("t", clock, to_anchor_s=at("05:30"))


def test_a_template_waits_between_its_ends_only():
    trip = template("t", ["a", "b", "c"], [300, 240], [99, 60, 99])
    assert list(trip["arrival_time"]) == [0, 300, 600]
    assert list(trip["departure_time"]) == [0, 360, 600]
    assert departure_at(trip, "b") == 360
    assert departure_at(trip, "c") == 600
    with pytest.raises(BuildError, match="0 times at its anchor"):
        departure_at(trip, "elsewhere")


# ---- where a run time comes from ----


@pytest.fixture
def times():
    return RunTimes(
        patterns={("P", "a", "b"): 300},
        waits={("P", "b"): 900, ("P", "c"): 60},
        median_2017={("a", "b"): 360, ("b", "c"): 240},
        median_2020={("b", "c"): 999, ("c", "d"): 120},
        assumed={("c", "d"): 999, ("d", "e"): 540},
        same_place={"b2": "b"},
        headway_2017_min={"P": 58.0, "Q": 30.0, "R": 60.0},
        overcounted=frozenset({"R"}),
    )


@pytest.mark.parametrize(
    ("first", "last", "prefer", "expected"),
    [
        ("a", "b", ["P"], (300, OWN)),
        ("a", "b2", ["P"], (300, OWN)),
        ("a", "b", [], (360, OTHER)),
        ("b", "c", ["P"], (240, OTHER)),
        ("c", "d", ["P"], (120, CIF)),
        ("d", "e", ["P"], (540, ASSUMED)),
        ("b", "a", ["P"], (300, REVERSE)),
    ],
)
def test_run_times_come_from_the_best_source(times, first, last, prefer, expected):
    assert leg_run(times, first, last, prefer=prefer) == expected


def test_an_unknown_leg_is_refused(times):
    with pytest.raises(BuildError, match="no run time is known between a and e"):
        leg_run(times, "a", "e", prefer=["P"])


def test_waits_are_declared_or_the_patterns_up_to_five_minutes_or_half_a_minute(times):
    assert stop_wait(times, "c", prefer=["P"], declared_min={"c": 4}) == 240
    assert stop_wait(times, "c", prefer=["P"], declared_min={}) == 60
    assert stop_wait(times, "b2", prefer=["P"], declared_min={}) == 300
    assert stop_wait(times, "c", prefer=[], declared_min={}) == 30


def test_patterns_give_runs_and_waits_between_their_ends():
    calls = pd.DataFrame(
        {
            "pattern_id": ["P", "P", "P", "Q", "Q"],
            "seq": [1, 3, 2, 1, 2],
            "atco": ["9100a", "9100c", "9100b", "9100c", "9100a"],
            "arr_offset_s": [0, 600, 240, 0, 500],
            "dep_offset_s": [0, 600, 300, 120, 500],
        }
    )
    runs, waits = pattern_times(calls)
    assert runs == {("P", "a", "b"): 240, ("P", "b", "c"): 300, ("Q", "c", "a"): 380}
    assert waits == {("P", "b"): 60}


def test_a_line_says_how_many_legs_come_from_where():
    assert (
        describe([ASSUMED, OWN, OWN, CIF]) == "legs from own 2017 patterns: 2; 2020 run times: 1; assumed: 1"
    )


# ---- declared lines ----

LINE = {
    "id": "x", "number": "X", "operator": "wmr", "calls": ["a", "b", "c"], "source": ["P"],
    "every_min": [60, 60, 60, 60], "anchor": "b", "minute": [0, 30],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"evry_min": [1]}, "unknown key evry_min"),
        ({"calls": ["a", "b", "a"]}, "one twice"),
        ({"calls": ["b"]}, "fewer than two calls"),
        ({"anchor": "z"}, "the anchor z"),
        ({"span": "always"}, "the span always"),
    ],
)
def test_a_wrong_line_is_refused(change, message):
    with pytest.raises(BuildError, match=message):
        rail.read_line(LINE | change)


@pytest.mark.parametrize(("declared", "wait"), [({"wait_min": {"b": 2}}, 120), ({}, 300)])
def test_the_way_back_is_the_line_reversed_and_waits_like_the_way_out(times, declared, wait):
    trips = rail.line_trips(rail.read_line(LINE | declared), times)
    out, back = trips["out"][0], trips["back"][0]
    assert list(out["stop_id"]) == ["9100a", "9100b", "9100c"]
    assert list(back["stop_id"]) == ["9100c", "9100b", "9100a"]
    assert list(out["arrival_time"]) == [0, 300, 300 + wait + 240]  # its own pattern, then another
    assert list(back["arrival_time"]) == [0, 240, 240 + wait + 360]  # no pattern of its own: the medians
    assert trips["back"][1] == [REVERSE, REVERSE]


@pytest.mark.parametrize(
    ("source", "expected"),
    [(None, "assumed"), ("P", "evidence"), ("Q", "ran every 30 min"), ("R", "ran every 60")],
)
def test_a_headway_is_evidence_only_where_its_own_pattern_bears_it_out(times, source, expected):
    line = rail.read_line(LINE | ({"headway_source": source} if source else {}))
    if expected.startswith("ran"):
        with pytest.raises(BuildError, match=expected):
            rail.headway_basis(line, times)
    else:
        assert rail.headway_basis(line, times)[0] == expected


def made_stations(folder):
    naptan, patterns = folder / "transit" / "naptan", folder / "transit" / "rail"
    naptan.mkdir(parents=True)
    patterns.mkdir(parents=True)
    pd.DataFrame(
        [("9100near", "Near Rail Station", -1.9, 52.4), ("9100shut", "Shut Rail Station", -1.8, 52.5)],
        columns=["ATCOCode", "CommonName", "Longitude", "Latitude"],
    ).to_csv(naptan / "wm_rail_stations_20260724.csv", index=False)
    pd.DataFrame(
        [("9100near", "Elsewhere", 0.0, 50.0), ("9100far", "Far", -1.0, 53.0)],
        columns=["atco", "station", "lon", "lat"],
    ).to_csv(patterns / "wm_rail_pattern_stops.csv", index=False)
    return folder


def test_stations_are_naptans_and_beyond_the_area_the_patterns(tmp_path):
    stops = rail.read_stations(made_stations(tmp_path), {"near", "far"}, not_served={"shut": "why"})
    assert stops.to_numpy().tolist() == [["9100far", "Far", 53.0, -1.0], ["9100near", "Near", 52.4, -1.9]]


@pytest.mark.parametrize(
    ("wanted", "not_served", "message"),
    [
        ({"near", "lost"}, {"shut": "why"}, "no station is known with the code lost"),
        ({"near"}, {}, "shut: must either"),
        ({"near", "shut"}, {"shut": "why"}, "shut: must either"),
    ],
)
def test_no_station_is_lost_silently(tmp_path, wanted, not_served, message):
    with pytest.raises(BuildError, match=message):
        rail.read_stations(made_stations(tmp_path), wanted, not_served=not_served)


# ---- the written feed ----


@pytest.fixture(scope="module")
def feed(project_root):
    folder = project_root / "data" / "transit" / "rail"
    return {name: pd.read_csv(folder / f"{name}.txt") for name in FILES}


@pytest.fixture(scope="module")
def lines(project_root):
    return pd.read_csv(project_root / "data" / "transit" / "lines_rail.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def starts(feed):
    """Every departure of every template trip from its first stop."""
    rows = [
        (row.trip_id, moment, row.headway_secs)
        for row in feed["frequencies"].itertuples()
        for moment in range(at(row.start_time), at(row.end_time), row.headway_secs)
    ]
    return pd.DataFrame(rows, columns=["trip_id", "start", "headway"])


@pytest.fixture(scope="module")
def calls(feed):
    table = feed["stop_times"].sort_values(["trip_id", "stop_sequence"])
    return table.assign(
        arrive=table["arrival_time"].map(at),
        depart=table["departure_time"].map(at),
        last=~table["trip_id"].duplicated(keep="last"),
    )


@pytest.fixture(scope="module")
def day(starts, calls):
    """Every departure of the day at every station; where a train ends, it does not depart."""
    table = starts.merge(calls[~calls["last"]], on="trip_id")
    return table.assign(moment=table["start"] + table["depart"])


def departures_between(day, stop, begin, end):
    here = day.loc[day["stop_id"] == stop, "moment"]
    return int(here.between(at(begin), at(end), inclusive="left").sum())


def fastest_min(calls, first, last):
    here, there = (calls[calls["stop_id"] == stop].set_index("trip_id") for stop in (first, last))
    minutes = (there["arrive"] - here["depart"]) / 60  # no value for a trip that calls at one of them only
    return minutes[minutes > 0].min()


@pytest.mark.parametrize("hour", ["07", "08", "17"])
def test_new_street_has_a_credible_number_of_departures_in_the_peak(day, hour):
    assert 35 <= departures_between(day, NEW_STREET, f"{hour}:00", f"{hour}:59:59") <= 45


@pytest.mark.parametrize(
    ("stop", "low", "high"),
    [
        (MOOR_STREET, 12, 22),
        (SNOW_HILL, 10, 20),
        (COVENTRY, 10, 20),
        (WOLVERHAMPTON, 12, 22),
        (WALSALL, 5, 10),
    ],
)
def test_other_stations_have_a_credible_peak(day, stop, low, high):
    for begin, end in (("07:00", "08:00"), ("08:00", "09:00")):
        assert low <= departures_between(day, stop, begin, end) <= high


@pytest.mark.parametrize("way", ["out", "back"])
def test_cross_city_runs_every_ten_minutes_through_new_street(day, way):
    here = day[(day["stop_id"] == NEW_STREET) & day["trip_id"].str.match(rf"cross-city-.*-{way}$")]
    moments = np.sort(here["moment"])
    peak = moments[(moments >= at("07:00")) & (moments < at("09:30"))]
    assert len(peak) == 15
    assert set(np.diff(peak)) == {600}


@pytest.mark.parametrize(
    ("first", "last", "low", "high"),
    [
        # Minutes without a change, from run times between calls of March 2020 and half a minute at each stop.
        (COVENTRY, NEW_STREET, 20, 22),
        (WOLVERHAMPTON, NEW_STREET, 16, 18),
        (WALSALL, NEW_STREET, 20, 23),
        ("9100STRBDGJ", SNOW_HILL, 25, 29),
        ("9100SUTCO", NEW_STREET, 18, 21),
        ("9100SOLIHUL", MOOR_STREET, 8, 12),
        ("9100STRBDGJ", "9100STRBDGT", 3, 3),
    ],
)
def test_the_fastest_direct_trains_take_what_the_evidence_says(calls, first, last, low, high):
    assert low <= fastest_min(calls, first, last) <= high


def test_trains_keep_to_credible_speeds(feed, calls):
    grid = grid_positions(feed["stops"])
    for trip_id, trip in calls.groupby("trip_id"):
        metres = leg_metres(grid, trip["stop_id"])
        seconds = trip["arrive"].to_numpy()[1:] - trip["depart"].to_numpy()[:-1]
        kmh = metres / seconds * 3.6
        assert kmh.max() < 201, trip_id  # 125 mph
        assert kmh.min() > 12, trip_id


def test_every_line_runs_both_ways_equally_often_in_the_peak(feed, starts):
    trips = feed["trips"]
    assert trips.groupby("route_id")["direction_id"].apply(sorted).map(str).eq("[0, 1]").all()
    peak = starts[starts["start"].between(at("07:00"), at("09:00"), inclusive="left")]
    counts = trips.assign(n=trips["trip_id"].map(peak["trip_id"].value_counts())).groupby("route_id")["n"]
    assert counts.min().ge(1).all()
    assert (counts.max() - counts.min()).max() <= 1


def test_no_train_is_doubled_and_no_gap_exceeds_the_headway(starts, feed):
    peak_only = {"kidderminster-whitlocks-end", "stourbridge-dorridge"}
    route = feed["trips"].set_index("trip_id")["route_id"]
    for trip_id, mine in starts.groupby("trip_id"):
        rows = mine.sort_values("start")
        gap = rows["start"].diff().iloc[1:]
        assert gap.min() >= 600, trip_id
        if route[trip_id] not in peak_only:
            longest = np.maximum(rows["headway"].iloc[1:], rows["headway"].shift().iloc[1:])
            assert (gap <= longest).all(), trip_id


def test_locals_run_from_early_until_past_midnight(day):
    assert day["moment"].min() < at("05:00")
    late = day[(day["stop_id"] == NEW_STREET) & (day["moment"] >= at("24:00"))]
    assert late["trip_id"].str.startswith("cross-city").any()
    assert day["moment"].max() < at("26:00")


def test_stations_not_open_in_march_2026_have_no_trains(feed):
    shut = {"9100KIGSHTH", "9100MOSLEY", "9100HAZEWLL", "9100DRLSTN", "9100WILHAL", "9100BRDS", "9100PWTH"}
    assert not shut & set(feed["stops"]["stop_id"])


def test_stations_stand_where_they_are_known_to_be(feed):
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    stops = feed["stops"].set_index("stop_id")
    # National Grid positions of the three city stations, to a hundred metres.
    for stop, east, north in (
        (NEW_STREET, 406_900, 286_700),
        (COVENTRY, 433_200, 278_200),
        (WALSALL, 401_100, 298_500),
    ):
        x, y = to_metres.transform(stops.loc[stop, "stop_lon"], stops.loc[stop, "stop_lat"])
        assert abs(x - east) < 150
        assert abs(y - north) < 150


def test_the_table_of_lines_says_what_the_feed_does(lines, feed, calls, starts):
    assert set(lines["line_id"]) == set(feed["routes"]["route_id"])
    assert lines["line_id"].is_unique
    for line in lines.itertuples():
        trip = calls[calls["trip_id"] == f"{line.line_id}-out"]
        assert len(trip) == line.stops
        assert round(trip["arrive"].iloc[-1] / 60) == line.run_min
        mine = starts[starts["trip_id"] == f"{line.line_id}-out"]
        peak = mine[mine["start"].between(at("07:30"), at("08:30"), inclusive="left")]
        assert set(peak["headway"]) == {line.headway_peak_min * 60}


def test_the_table_of_lines_marks_what_is_assumed_and_covers_the_seven_boroughs(lines):
    assert set(lines["headway_basis"]) == {"evidence", "assumed"}
    assert lines[["headway_note", "run_note"]].ne("").all().all()
    assert lines.set_index("line_id").loc["leamington-nuneaton", "run_basis"] == "assumed"  # Kenilworth
    reached = set(";".join(lines["boroughs"]).split(";")) - {""}
    assert reached == {"Birmingham", "Coventry", "Dudley", "Sandwell", "Solihull", "Walsall", "Wolverhampton"}


@pytest.mark.realdata
def test_a_rebuild_gives_the_same_files(shared_data, project_root, tmp_path):
    rail.build(shared_data, tmp_path)
    written = project_root / "data" / "transit"
    names = ["lines_rail.csv", *(f"rail/{name}.txt" for name in FILES)]
    match, differ, missing = filecmp.cmpfiles(tmp_path / "transit", written, names, shallow=False)
    assert (sorted(match), differ, missing) == (sorted(names), [], [])


@pytest.mark.realdata
def test_run_times_agree_with_the_schedules_of_2020(shared_data, calls):
    cif = pd.read_csv(shared_data / "transit" / "rail" / "wm_consecutive_call_runtimes.csv")
    cif = cif.loc[cif.index.repeat(cif["n_observations"])]
    evidence = cif.groupby(["from_tiploc", "to_tiploc"])["median_run_min"].median()
    # The feed's low-level platforms have codes of their own; only legs known under the same codes are compared.
    code = calls["stop_id"].str.removeprefix("9100")
    legs = pd.DataFrame(
        {
            "from_tiploc": code.shift(),
            "to_tiploc": code,
            "minutes": (calls["arrive"] - calls["depart"].shift()) / 60,
        }
    )[calls["trip_id"].eq(calls["trip_id"].shift())]
    both = legs.merge(evidence.reset_index(), on=["from_tiploc", "to_tiploc"])
    difference = both["minutes"] - both["median_run_min"]
    assert len(both) > 450
    assert difference.median() == 0
    assert difference.abs().quantile(0.9) <= 1
