"""The bus feed: how stops, headways and times come about, and what the written feed holds.

The small tests use a made-up street plan in metres; the true answers follow from it by hand.
"""

from __future__ import annotations

import build_sample
import bus
import bus_lines
import bus_rules
import bus_stops
import gtfs_out
import numpy as np
import pandas as pd
import pytest
from bus_path import choose_stops, path_length_m
from gtfs_out import BuildError


def register(rows):
    """Rows (id, street, bearing, x, y[, locality[, name]]) as a table of stops."""
    filled = [(*row, *("Town", f"Stop {row[0]}")[len(row) - 5 :]) for row in rows]
    raw = pd.DataFrame(
        [
            {
                "ATCOCode": stop_id,
                "CommonName": name,
                "Street": street,
                "Indicator": "",
                "Bearing": bearing,
                "LocalityName": locality,
                "Easting": str(x),
                "Northing": str(y),
                "Longitude": str(-2 + x / 68_000),
                "Latitude": str(52.5 + y / 111_000),
                "StopType": "BCT",
            }
            for stop_id, street, bearing, x, y, locality, name in filled
        ]
    )
    return bus_stops.stop_table(raw)


def street_east(count, *, step_m=300, name="High Street"):
    """Both kerbs of a street running east: e0, e1, ... on the south kerb, w0, w1, ... opposite."""
    kerbs = [(f"e{n}", name, "E", n * step_m, 0) for n in range(count)]
    return kerbs + [(f"w{n}", name, "W", n * step_m + 20, 15) for n in range(count)]


def chosen_ids(stops, streets, **options):
    members = [bus_stops.matching(stops, bus_stops.Via.parse(text)) for text in streets]
    settings = {"spacing_m": 300.0, "hop_max_m": 1500.0, **options}
    return stops["stop_id"].to_numpy()[choose_stops(stops, members, **settings)].tolist()


def line(**changes):
    entry = {
        "id": "town-1",
        "number": "1",
        "operator": "National Express West Midlands",
        "bods_line": "West End - East End",
        "from": "West End",
        "to": "East End",
        "boroughs": ["Walsall"],
        "via": ["@West End: Town", "High Street: Town", "@East End: Town"],
        **changes,
    }
    return bus_lines.line_of({key: value for key, value in entry.items() if value is not None})


def town_ends():
    return [
        ("A", "Station Road", "", -300, 5, "Town", "West End"),
        ("Z", "Green", "", 3000, 5, "Town", "East End"),
    ]


def town():
    return register([*street_east(10), *town_ends()])


def services(*, trips=500, stops=22):
    return pd.DataFrame(
        [("National Express West Midlands", "1", "West End - East End", trips, stops)],
        columns=["operator", "number", "line", "trips", "stops"],
    )


# --- which stops a line calls at -----------------------------------------------------------------


def test_each_direction_calls_on_its_own_side_of_the_road_in_its_own_order():
    built = bus.build_line(line(), town(), services())
    ids = town()["stop_id"].to_numpy()
    assert ids[built.chosen[0]].tolist() == ["A", *(f"e{n}" for n in range(10)), "Z"]
    assert ids[built.chosen[1]].tolist() == ["Z", *(f"w{n}" for n in reversed(range(10))), "A"]


def test_only_stops_of_the_named_street_and_locality_are_served():
    parallel = [(f"p{n}", "Back Lane", "E", n * 300 + 150, -40) for n in range(9)]
    elsewhere = [(f"q{n}", "High Street", "E", n * 300 + 150, -20, "Otherham") for n in range(9)]
    stops = register(street_east(10) + parallel + elsewhere)
    assert set(chosen_ids(stops, ["High Street: Town", "High Street: Town"])) <= {f"e{n}" for n in range(10)}


def test_spellings_of_a_street_are_one_street():
    assert bus_stops.plain("Bristol Rd South") == bus_stops.plain("BRISTOL ROAD SOUTH")
    assert bus_stops.plain("Great Charles St. Queensway") == bus_stops.plain("Great Charles St Queensway")
    assert bus_stops.plain("High St") == bus_stops.plain("High Street")
    assert bus_stops.plain("St Pauls Road") != bus_stops.plain("Street Pauls Road")


def test_stops_every_hundred_metres_are_thinned_to_the_spacing_asked_for():
    stops = register([*street_east(31, step_m=100), *town_ends()])
    streets = [
        bus_stops.Via.parse(text) for text in ("@West End: Town", "High Street: Town", "@East End: Town")
    ]
    members = [bus_stops.matching(stops, via) for via in streets]
    hops = path_length_m(stops, choose_stops(stops, members, spacing_m=300.0, hop_max_m=1500.0))
    assert hops.sum() == pytest.approx(3300, abs=1)
    assert hops.min() >= 200
    assert hops.max() <= 400


def test_the_listed_stops_set_the_spacing_within_200_to_500_m():
    assert bus_rules.spacing_m(10_000, 64) == pytest.approx(10_000 / 31)
    assert bus_rules.spacing_m(10_000, 300) == 200
    assert bus_rules.spacing_m(10_000, 10) == 500


def test_a_line_runs_to_the_far_end_of_its_last_street():
    side = [(f"n{n}", "North Road", "N", 2720, 200 + n * 300) for n in range(4)]
    stops = register(street_east(10) + side)
    assert chosen_ids(stops, ["High Street: Town", "North Road: Town"])[-1] == "n3"


def test_every_street_is_served_even_when_a_short_cut_would_be_cheaper():
    loop = [
        ("n0", "Crescent", "N", 1230, 300),
        ("n1", "Crescent", "E", 1400, 450),
        ("n2", "Crescent", "S", 1570, 300),
    ]
    stops = register(street_east(10) + loop)
    ids = chosen_ids(stops, ["High Street: Town", "Crescent: Town", "High Street: Town"])
    assert set(ids) & {"n0", "n1", "n2"}
    assert ids[0] == "e0"
    assert ids[-1] == "e9"


def test_a_one_way_street_is_served_in_its_direction_only():
    lane = [("l0", "Lane", "E", 1350, 60)]
    stops = register([*street_east(10), *lane, *town_ends()])
    built = bus.build_line(
        line(
            via=[
                "@West End: Town",
                "High Street: Town",
                ">Lane: Town",
                "High Street: Town",
                "@East End: Town",
            ]
        ),
        stops,
        services(),
    )
    ids = stops["stop_id"].to_numpy()
    assert "l0" in ids[built.chosen[0]]
    assert "l0" not in ids[built.chosen[1]]


def test_a_street_without_stops_is_refused_by_name():
    wrong = line(via=["@West End: Town", "Hihg Street: Town", "@East End: Town"])
    with pytest.raises(BuildError, match=r"town-1: no stop of the register is on Hihg Street: Town"):
        bus.build_line(wrong, town(), services())


def test_a_gap_of_more_than_a_mile_is_refused_unless_the_line_says_so():
    far = register([*street_east(3), ("A", "Station Road", "", -300, 5, "Town", "West End"),
                    ("Z", "Green", "", 2400, 5, "Town", "East End")])  # fmt: skip
    with pytest.raises(BuildError, match="town-1: no stop within 1500 m leads on after street 2 of 3"):
        bus.build_line(line(), far, services())
    assert bus.build_line(line(longest_hop_m=2000), far, services()).hops_m[0].max() == pytest.approx(
        1800, abs=1
    )


def test_a_line_the_list_does_not_name_is_refused():
    with pytest.raises(BuildError, match="town-1: the list of services has no 1 'Nowhere - Elsewhere'"):
        bus.build_line(line(bods_line="Nowhere - Elsewhere"), town(), services())


def test_the_number_of_stops_does_not_change_with_the_order_of_the_register():
    rows = street_east(10)
    forward = chosen_ids(register(rows), ["High Street: Town", "High Street: Town"])
    assert chosen_ids(register(rows[::-1]), ["High Street: Town", "High Street: Town"]) == forward


# --- the authored lines --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"headway_peek_min": 8}, "unknown keys"),
        ({"bods_line": None}, "missing keys"),
        ({"boroughs": ["Tamworth"]}, "are not of the seven"),
        ({"operator": "Acme"}, "is not one of"),
        ({"via": ["High Street: Town"]}, "two streets"),
        ({"via": ["High Street: Town", ">Green: Town"]}, "served both ways"),
        ({"via": ["High Street", "Green: Town"]}, "is not 'Street: Locality'"),
        ({"headway_peak_min": 8}, "headway_peak_min is evidence and needs its note"),
        ({"timing_points": [["Stop e3", 4]]}, "timing points need run_min"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused(changes, reason):
    with pytest.raises(BuildError, match=reason):
        line(**changes)


def test_two_lines_of_one_id_are_refused(tmp_path):
    entry = (
        '[[line]]\nid = "x"\nnumber = "1"\noperator = "Diamond Bus"\nbods_line = "A to B"\nfrom = "A"\nto = "B"\n'
        'boroughs = ["Dudley"]\nvia = ["A: T", "B: T"]\n'
    )
    (tmp_path / "one.toml").write_text(entry, encoding="utf-8")
    (tmp_path / "two.toml").write_text(entry, encoding="utf-8")
    with pytest.raises(BuildError, match="line x occurs twice"):
        bus_lines.read_lines(tmp_path)


# --- headways ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trips", "low", "high"),
    [(776, 7, 7), (746, 7, 7), (1248, 3, 8), (314, 15, 30)],
    ids=["14 runs every 7 min", "529 every 7 min", "50 every 3-8 min", "X1 every 15-30 min"],
)
def test_the_headway_rule_fits_the_lines_with_evidence(trips, low, high):
    assert low <= bus_rules.peak_headway_min(trips) <= high


def test_headways_stay_within_four_and_sixty_minutes():
    assert bus_rules.peak_headway_min(9000) == 4
    assert bus_rules.peak_headway_min(12) == 60
    assert bus_rules.other_headways_min(10) == (11, 20)
    assert bus_rules.other_headways_min(58) == (60, 60)
    with pytest.raises(BuildError):
        bus_rules.peak_headway_min(0)


def test_evidence_wins_over_the_rule_and_says_so():
    built = bus.build_line(line(headway_peak_min=8, headway_note="a timetable"), town(), services(trips=500))
    assert (built.headway_min, built.headway_note) == (8, "a timetable")
    assert bus.build_line(line(), town(), services(trips=500)).headway_min == 11


@pytest.mark.parametrize("peak", [4, 7, 8, 15, 20, 37, 60])
def test_departures_never_coincide_and_no_gap_exceeds_the_headway_in_force(peak):
    day, late = bus_rules.other_headways_min(peak)
    for number in range(40):
        rows = gtfs_out.headway_rows("t", f"line {number}", peak, day, late)
        moments = gtfs_out.departures(rows).to_numpy()
        assert (np.diff(moments) > 0).all()
        assert np.diff(moments).max() <= late * 60
        in_peak = moments[(moments >= 7 * 3600) & (moments < 9 * 3600 + 1800)]
        assert in_peak[0] - 7 * 3600 < peak * 60
        assert (np.diff(in_peak) == peak * 60).all()
        assert 4.5 * 3600 <= moments[0] < 4.5 * 3600 + late * 60
        assert 24.5 * 3600 - late * 60 <= moments[-1] < 24.5 * 3600
        # GTFS, exact_times = 1: after the last departure, by less than the headway
        assert (rows["end_time"] - rows["start_time"] <= 86400).all()
        last = (
            rows["start_time"]
            + (rows["end_time"] - 1 - rows["start_time"]) // rows["headway_secs"] * rows["headway_secs"]
        )
        assert ((rows["end_time"] > last) & (rows["end_time"] < last + rows["headway_secs"])).all()


def test_lines_of_one_headway_do_not_all_leave_together():
    firsts = {gtfs_out.headway_rows("t", f"line {n}", 10, 11, 20)["start_time"].iloc[1] for n in range(60)}
    assert len(firsts) == 10  # every minute of the headway is used


def test_a_later_first_and_an_earlier_last_departure_are_kept_to():
    moments = gtfs_out.departures(gtfs_out.headway_rows("t", "x", 10, 12, 20, first="06:00", last="19:00"))
    assert moments.min() >= 6 * 3600
    assert moments.max() < 19 * 3600


# --- run times -----------------------------------------------------------------------------------


def test_run_times_follow_17_and_21_km_an_hour_over_the_longer_road():
    assert bus_rules.run_time_min(10_000, radial=True) == 41  # 11.5 km / 17 km/h = 40.6 min
    assert bus_rules.run_time_min(10_000, radial=False) == 33  # 11.5 km / 21 km/h = 32.9 min


def test_times_between_stops_grow_with_distance_and_leave_20_s_each():
    seconds = bus_rules.stop_times_s(np.array([100.0, 300.0, 600.0]), run_min=6)
    assert seconds.tolist() == [0, 50, 160, 360]  # 300 s of moving: 30, 90, 180, and 20 at each stop
    with pytest.raises(BuildError, match="too short"):
        bus_rules.stop_times_s(np.full(40, 200.0), run_min=13)


def test_timing_points_are_met_to_the_minute_and_mirrored_on_the_way_back():
    evidence = {"run_min": 20, "run_note": "a timetable", "timing_points": [["Stop e3", 6]]}
    stops = town()
    built = bus.build_line(line(**evidence), stops, services())
    fixed = bus.timing_points(built, 0, stops)
    seconds = bus_rules.stop_times_s(built.hops_m[0], run_min=20, fixed_min=fixed)
    assert dict(zip(stops["stop_id"].to_numpy()[built.chosen[0]], seconds, strict=True))["e3"] == 360
    assert seconds[-1] == 1200
    assert bus.timing_points(built, 1, stops) == {}  # e3 is not served on the way back
    shared = bus.build_line(line(**{**evidence, "timing_points": [["East End", 20]]}), stops, services())
    assert bus.timing_points(shared, 1, stops) == {0: 0}
    absent = bus.build_line(line(**{**evidence, "timing_points": [["Stop q", 6]]}), stops, services())
    with pytest.raises(BuildError, match="'Stop q' is not served"):
        bus.timing_points(absent, 0, stops)


# --- the writer ----------------------------------------------------------------------------------


def tables():
    return {
        "agency": pd.DataFrame([("o", "Op", "https://example.org", "Europe/London")],
                               columns=list(gtfs_out.COLUMNS["agency"])),
        "stops": pd.DataFrame({"stop_id": ["b", "a"], "stop_name": ["B", "A, by the pond"], "stop_lat": [52.5, 52.4],
                               "stop_lon": [-1.9, -1.8]}),
        "routes": pd.DataFrame([("r", "o", "1", "A - B", 3)], columns=list(gtfs_out.COLUMNS["routes"])),
        "trips": pd.DataFrame([("r", "MF", "t", "B", 0)], columns=list(gtfs_out.COLUMNS["trips"])),
        "stop_times": pd.DataFrame({"trip_id": ["t", "t"], "arrival_time": [90_061, 0], "departure_time": [90_061, 0],
                                    "stop_id": ["b", "a"], "stop_sequence": [2, 1]}),
        "frequencies": gtfs_out.headway_rows("t", "r", 10, 12, 20),
        "feed_info": gtfs_out.feed_info("1"),
    }  # fmt: skip


def test_the_order_of_the_rows_does_not_change_a_byte(tmp_path):
    gtfs_out.write_feed(tmp_path / "one", **tables())
    gtfs_out.write_feed(tmp_path / "two", **{name: table.iloc[::-1] for name, table in tables().items()})
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    text = (tmp_path / "one" / "stop_times.txt").read_bytes()
    assert text.splitlines() == [
        b"trip_id,arrival_time,departure_time,stop_id,stop_sequence",
        b"t,00:00:00,00:00:00,a,1",
        b"t,25:01:01,25:01:01,b,2",
    ]
    assert b'a,"A, by the pond",52.400000,-1.800000\n' in (tmp_path / "one" / "stops.txt").read_bytes()


@pytest.mark.parametrize(
    ("name", "column", "values", "reason"),
    [
        ("stops", "stop_id", ["a", "a"], "stops.txt: stop_id a occurs twice"),
        ("stop_times", "stop_id", ["z", "a"], "stop_times.txt: stop_id z is not in stops.txt"),
        ("stop_times", "arrival_time", [0, 0], "stop_times.txt: the times of trip t do not increase"),
        ("trips", "route_id", ["q"], "trips.txt: route_id q is not in routes.txt"),
        ("trips", "direction", [0], r"trips.txt: missing columns \[\], unknown columns \['direction'\]"),
    ],
)
def test_a_feed_that_cannot_be_right_is_not_written(tmp_path, name, column, values, reason):
    wrong = tables()
    wrong[name] = wrong[name].assign(**{column: values})
    if column == "arrival_time":
        wrong[name] = wrong[name].assign(departure_time=values)
    with pytest.raises(BuildError, match=reason):
        gtfs_out.write_feed(tmp_path / "feed", **wrong)
    assert not (tmp_path / "feed").exists()


def test_a_made_town_is_written_whole(tmp_path):
    built = bus.build_line(line(), town(), services())
    bus.write_tables(tmp_path, [built], town())
    calls = pd.read_csv(tmp_path / "bus" / "stop_times.txt")
    assert calls.groupby("trip_id")["stop_id"].apply("".join).to_dict() == {
        "town-1:0": "A" + "".join(f"e{n}" for n in range(10)) + "Z",
        "town-1:1": "Z" + "".join(f"w{n}" for n in reversed(range(10))) + "A",
    }
    row = pd.read_csv(tmp_path / "lines_bus.csv").iloc[0]
    # 3.3 km of street and a road 15 % longer; 3.8 km at 21 km/h are 10.8 min; 5500 / 500 = 11
    assert (row["length_km"], row["run_min"], row["headway_peak_min"], row["stops"]) == (3.8, 11, 11, 12)
    assert (row["run_basis"], row["headway_basis"]) == ("assumed", "assumed")


def test_the_entry_point_says_in_one_sentence_what_is_wrong(tmp_path, capsys):
    assert build_sample.main(["--source", str(tmp_path / "nowhere"), "--only", "bus"]) == 1
    assert (
        build_sample.main(["--source", str(tmp_path), "--only", "bus", "--out", str(tmp_path / "out")]) == 1
    )
    first, second = capsys.readouterr().err.strip().splitlines()
    assert first.endswith("does not exist")
    assert second.startswith("bus: wm_active_stops_20260724.csv: the file is not in")
    assert not (tmp_path / "out").exists()
    with pytest.raises(SystemExit) as refused:
        build_sample.main(["--source", str(tmp_path), "--only", "trams"])
    assert refused.value.code == 2


# --- the feed as it stands -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def feed(project_root):
    folder = project_root / "data" / "transit" / "bus"
    return {path.stem: pd.read_csv(path, dtype=str) for path in sorted(folder.glob("*.txt"))}


@pytest.fixture(scope="module")
def lines(project_root):
    return pd.read_csv(project_root / "data" / "transit" / "lines_bus.csv", dtype={"number": str})


def test_there_are_at_least_sixty_lines_and_every_borough_has_eight_two_of_them_frequent(lines):
    assert len(lines) >= 60
    by_borough = lines.assign(borough=lines["boroughs"].str.split(";")).explode("borough")
    count = by_borough["borough"].value_counts()
    assert set(count.index) == set(bus_lines.BOROUGHS)
    assert count.min() >= 8
    frequent = by_borough.loc[by_borough["headway_peak_min"] <= 12, "borough"].value_counts()
    assert set(frequent.index) == set(bus_lines.BOROUGHS)
    assert frequent.min() >= 2


def test_ids_are_unique_and_every_reference_leads_somewhere(feed, lines):
    for name, key in (("stops", "stop_id"), ("routes", "route_id"), ("trips", "trip_id")):
        assert feed[name][key].is_unique
    assert set(feed["routes"]["route_id"]) == set(lines["line_id"])
    assert set(feed["stop_times"]["stop_id"]) == set(feed["stops"]["stop_id"])
    assert set(feed["stop_times"]["trip_id"]) == set(feed["trips"]["trip_id"])
    assert set(feed["frequencies"]["trip_id"]) == set(feed["trips"]["trip_id"])
    assert set(feed["frequencies"]["exact_times"]) == {"1"}


def test_every_line_runs_both_ways_over_different_kerbs(feed):
    assert (feed["trips"].groupby("route_id")["direction_id"].apply(sorted).map(tuple) == ("0", "1")).all()
    calls = feed["stop_times"].merge(feed["trips"], on="trip_id")
    for _, one in calls.groupby("route_id"):
        out, back = (set(one.loc[one["direction_id"] == way, "stop_id"]) for way in ("0", "1"))
        assert len(out & back) <= 0.3 * min(len(out), len(back))  # bus stations are shared, kerbs are not


def test_times_rise_by_at_least_20_s_and_no_stop_is_served_twice_but_a_circles_end(feed):
    calls = feed["stop_times"]
    calls = calls.assign(
        at=calls["arrival_time"].map(gtfs_out.seconds_of), order=calls["stop_sequence"].astype(int)
    )
    circles = set()
    for _, trip in calls.sort_values(["trip_id", "order"]).groupby("trip_id"):
        assert trip["at"].iloc[0] == 0
        assert trip["at"].diff().dropna().min() >= 20
        assert trip["stop_id"].iloc[1:].is_unique
        assert trip["stop_id"].iloc[:-1].is_unique
        if not trip["stop_id"].is_unique:
            circles.add(trip["trip_id"].iloc[0])
    assert circles == {"birmingham-11c:0", "birmingham-11c:1", "birmingham-8c:0", "birmingham-8c:1"}


def test_an_inner_stop_served_twice_is_refused_and_a_circle_is_not():
    ring = [("n", "North", "E", 300, 300), ("s", "South", "W", 300, 0), ("h", "Hub", "", 0, 150)]
    stops = register([*ring, ("e", "Exit", "E", 600, 300)])
    assert chosen_ids(stops, ["Hub: Town", "North: Town", "South: Town", "Hub: Town"]) == ["h", "n", "s", "h"]
    with pytest.raises(BuildError, match="the stop h is served twice in one direction"):
        chosen_ids(stops, ["North: Town", "Hub: Town", "South: Town", "Hub: Town", "Exit: Town"])


def test_speeds_and_gaps_are_those_of_buses(feed, lines):
    speed_kmh = lines["length_km"] / lines["run_min"] * 60
    assert speed_kmh.between(12, 25).all()
    stops = feed["stops"].set_index("stop_id")[["stop_lat", "stop_lon"]].astype(float)
    where = stops.loc[feed["stop_times"]["stop_id"]].reset_index(drop=True)
    step = np.hypot(where["stop_lat"].diff() * 111_200, where["stop_lon"].diff() * 67_800)
    hops = step[feed["stop_times"]["trip_id"].eq(feed["stop_times"]["trip_id"].shift())]
    assert hops.max() < 2_200
    assert (hops > 1_500).mean() < 0.002
    assert 200 <= hops.median() <= 500


@pytest.mark.parametrize(
    "name",
    [
        "Wolverhampton Bus Station", "Walsall Bus Station", "West Bromwich Bus Station", "Merry Hill Bus Station",
        "Stourbridge Interchange", "Halesowen Bus Station", "Solihull Station", "Pool Meadow Bus Station",
        "Birmingham Airport Bus Terminal", "Birmingham International Station", "Colmore Row", "Moor Street Station",
        "Bilston Bus Station", "Wednesbury Bus Station", "Cradley Heath Interchange", "Chelmsley Interchange",
        "University Interchange", "Hospital Interchange",
    ],
)  # fmt: skip
def test_every_bus_centre_is_served(feed, name):
    assert feed["stops"]["stop_name"].str.startswith(name).any()


def test_route_9_keeps_to_its_timetable_and_42_and_43_to_theirs(feed):
    calls = feed["stop_times"].merge(feed["stops"], on="stop_id")
    minutes = calls["arrival_time"].map(gtfs_out.seconds_of) / 60
    calls = calls.assign(minute=minutes, order=calls["stop_sequence"].astype(int)).sort_values(
        ["trip_id", "order"]
    )

    def at(trip, stop):
        return calls.loc[calls["trip_id"].eq(trip) & calls["stop_name"].str.startswith(stop), "minute"].iloc[
            0
        ]

    route9 = calls[calls["trip_id"] == "birmingham-9:0"]
    assert route9["stop_name"].iloc[0].startswith("Stourbridge Interchange")
    assert 67 <= route9["minute"].iloc[-1] <= 77  # Stourbridge to Colmore Row in the school-day block
    assert 47 <= route9["minute"].iloc[-1] - at("birmingham-9:0", "Halesowen Bus Station") <= 54
    for trip in ("sandwell-42:0", "sandwell-43:0"):  # Great Bridge to West Bromwich
        assert 10 <= at(trip, "West Bromwich Bus Station") - at(trip, "Great Bridge Interchange") <= 13


def test_route_14_leaves_about_as_often_as_its_timetable(feed):
    rows = feed["frequencies"].loc[feed["frequencies"]["trip_id"] == "birmingham-14:0"].copy()
    rows[["start_time", "end_time"]] = rows[["start_time", "end_time"]].map(gtfs_out.seconds_of)
    moments = gtfs_out.departures(rows.astype({"headway_secs": int}))
    assert moments.between(7 * 3600, 9 * 3600 - 1).sum() in (17, 18)  # 17 in the undated timetable
    assert len(moments) == pytest.approx(120, rel=0.1)  # 120 in the whole day


def test_every_value_says_whether_it_is_evidence(lines):
    assert set(lines["headway_basis"]) == {"evidence", "assumed"}
    assert set(lines["run_basis"]) == {"evidence", "assumed"}
    assert lines[["headway_note", "run_note"]].notna().all(axis=None)
    assert (
        lines.set_index("line_id").loc["birmingham-9", ["headway_basis", "run_basis"]].tolist()
        == ["evidence"] * 2
    )


def test_the_feed_stays_small(project_root):
    size = sum(path.stat().st_size for path in (project_root / "data" / "transit" / "bus").iterdir())
    assert size <= 1_500_000


@pytest.mark.realdata
def test_rebuilding_gives_the_committed_files_byte_for_byte(shared_data, project_root, tmp_path):
    bus.build(shared_data, tmp_path)
    committed = project_root / "data" / "transit"
    written = sorted(path.relative_to(tmp_path / "transit") for path in (tmp_path / "transit").rglob("*.*"))
    assert written == sorted(
        [*(path.relative_to(committed) for path in (committed / "bus").iterdir()),
         (committed / "lines_bus.csv").relative_to(committed)]
    )  # fmt: skip
    for path in written:
        assert (tmp_path / "transit" / path).read_bytes() == (committed / path).read_bytes(), path


@pytest.mark.realdata
def test_stops_are_about_half_of_those_listed_on_most_lines(shared_data, lines):
    stops, listed = bus_stops.read_stops(shared_data), bus_rules.read_services(shared_data)
    shares = []
    for authored in bus_lines.read_lines(bus.LINES):
        built = bus.build_line(authored, stops, listed)
        shares.append(sum(len(way) for way in built.chosen) / built.listed_stops)
    assert len(shares) == len(lines)
    # The list counts the stops of all variants of a line, so the chosen ones lie below, never far above.
    assert max(shares) <= 1.3
    assert np.median(shares) >= 0.6
