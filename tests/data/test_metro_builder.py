"""The Metro feed: the sharing out of its run time on made inputs, and what a planner relies on in the written files."""

from __future__ import annotations

import filecmp

import metro
import numpy as np
import pandas as pd
import pytest
from gtfs_out import BuildError, seconds_of

FILES = ("agency", "stops", "routes", "trips", "stop_times", "frequencies", "calendar", "feed_info")
ROYAL, WEST_BROMWICH, EDGBASTON = "9400ZZWMRO", "9400ZZWMWB", "9400ZZWMEDG"
RUN = {"end_to_end_min": 10, "wait_s": 20, "street_slowness": 2.0, "street": ["D"]}


@pytest.fixture
def grid():
    """Four stops in a row: 1,000 m, 500 m and 750 m apart; the last is in the street."""
    return pd.DataFrame(
        {"east": [0.0, 1000.0, 1500.0, 2250.0], "north": 0.0}, index=[f"9400ZZ{c}" for c in "ABCD"]
    )


def test_street_legs_weigh_more(grid):
    assert list(metro.weighted_m(["A", "B", "C", "D"], grid, RUN)) == [1000, 500, 1500]
    assert list(metro.weighted_m(["D", "C", "B", "A"], grid, RUN)) == [1500, 500, 1000]


def test_the_declared_time_is_shared_out_by_distance_after_the_waits(grid):
    pace = metro.pace_s_per_m(["A", "B", "C", "D"], grid, RUN)
    assert pace == pytest.approx((600 - 2 * 20) / 3000)
    trip = metro.line_trips({"id": "m", "calls": ["A", "B", "C", "D"]}, grid, RUN, pace)["out"]
    # Legs of 186.7, 93.3 and 280 s, cumulated and rounded: 187, 280, 560; waits of 20 s at B and C.
    assert list(trip["arrival_time"]) == [0, 187, 300, 600]
    assert list(trip["departure_time"]) == [0, 207, 320, 600]


def test_a_stop_that_naptan_lacks_is_refused(tmp_path):
    folder = tmp_path / "transit" / "naptan"
    folder.mkdir(parents=True)
    pd.DataFrame(
        [("9400ZZA", "A Street (West Midlands Metro)", -1.9, 52.5)],
        columns=["ATCOCode", "CommonName", "Longitude", "Latitude"],
    ).to_csv(folder / "wm_metro_stops_20260724.csv", index=False)
    assert metro.read_stops(tmp_path, {"A"})["stop_name"].tolist() == ["A Street (Metro)"]
    with pytest.raises(BuildError, match="no Metro stop with the code B"):
        metro.read_stops(tmp_path, {"A", "B"})


# ---- the written feed ----


@pytest.fixture(scope="module")
def feed(project_root):
    folder = project_root / "data" / "transit" / "metro"
    return {name: pd.read_csv(folder / f"{name}.txt") for name in FILES}


@pytest.fixture(scope="module")
def calls(feed):
    table = feed["stop_times"].sort_values(["trip_id", "stop_sequence"])
    return table.assign(
        arrive=table["arrival_time"].map(seconds_of), depart=table["departure_time"].map(seconds_of)
    )


@pytest.fixture(scope="module")
def day(feed, calls):
    """Every call of the day."""
    starts = pd.DataFrame(
        [
            (row.trip_id, moment)
            for row in feed["frequencies"].itertuples()
            for moment in range(seconds_of(row.start_time), seconds_of(row.end_time), row.headway_secs)
        ],
        columns=["trip_id", "start"],
    )
    table = starts.merge(calls, on="trip_id")
    return table.assign(moment=table["start"] + table["depart"])


@pytest.mark.parametrize("stop", [ROYAL, WEST_BROMWICH, "9400ZZWMNWS"])
@pytest.mark.parametrize("way", ["out", "back"])
def test_a_tram_leaves_every_eight_minutes_by_day(day, stop, way):
    here = day[(day["stop_id"] == stop) & day["trip_id"].str.endswith(way)]
    moments = np.sort(here["moment"])
    window = moments[(moments >= seconds_of("07:00")) & (moments <= seconds_of("18:00"))]
    # The two services share the waits and the distances of the common section to the second.
    assert np.abs(np.diff(window) - 480).max() <= 1


def test_service_runs_from_five_until_past_midnight(day):
    here = np.sort(day.loc[(day["stop_id"] == ROYAL) & day["trip_id"].str.endswith("out"), "moment"])
    assert seconds_of("05:00") <= here[0] <= seconds_of("05:16")
    assert seconds_of("24:00") <= here[-1] <= seconds_of("24:30")
    assert np.diff(here).max() <= 20 * 60


def test_end_to_end_takes_between_45_and_50_minutes(calls):
    ends = calls.groupby("trip_id")["arrive"].max() / 60
    assert len(ends) == 4
    assert ends.between(45, 50).all()
    assert ends["metro-st-georges-out"] == ends["metro-st-georges-back"] == 47


def test_both_termini_in_wolverhampton_are_served_and_one_branch_each(calls):
    stops = calls.groupby("trip_id")["stop_id"].agg(list)
    assert stops["metro-st-georges-out"][:2] == ["9400ZZWMWS", ROYAL]
    assert stops["metro-station-out"][:3] == ["9400ZZWMWR", "9400ZZWMPI", ROYAL]
    for trip_id in ("metro-st-georges-out", "metro-station-out"):
        assert stops[trip_id][-1] == EDGBASTON
        assert stops[trip_id] == stops[trip_id.replace("out", "back")][::-1]


def test_only_stops_in_passenger_use_are_served(feed):
    stops = set(feed["stops"]["stop_id"].str.removeprefix("9400ZZWM"))
    assert len(stops) == 33
    eastside = {"AS", "MP", "CS", "MS", "DH"}
    brierley_hill = {"GB", "HR", "DP", "SR", "BN", "TI", "DC", "DI", "FS"}
    assert not stops & (eastside | brierley_hill)


def test_trams_are_slower_in_the_street(feed, calls):
    stops = feed["stops"].set_index("stop_id")
    trip = calls[calls["trip_id"] == "metro-st-georges-out"]
    lat, lon = (stops.loc[trip["stop_id"], column].to_numpy() for column in ("stop_lat", "stop_lon"))
    # Degrees to metres at 52.5 degrees north.
    metres = np.hypot(np.diff(lat) * 111_200, np.diff(lon) * 67_900)
    kmh = metres / (trip["arrive"].to_numpy()[1:] - trip["depart"].to_numpy()[:-1]) * 3.6
    in_street = trip["stop_id"].isin(["9400ZZWMNWS", "9400ZZWMTOH", "9400ZZWMCSQ"]).to_numpy()[1:]
    assert kmh[in_street].max() < 25
    assert 30 < np.median(kmh[~in_street]) < 50


def test_the_table_of_lines_says_what_the_feed_does(project_root, feed, calls):
    lines = pd.read_csv(project_root / "data" / "transit" / "lines_metro.csv").set_index("line_id")
    assert set(lines.index) == set(feed["routes"]["route_id"])
    assert lines["headway_peak_min"].eq(16).all()
    assert lines["run_basis"].eq("assumed").all()
    for line_id, line in lines.iterrows():
        trip = calls[calls["trip_id"] == f"{line_id}-out"]
        assert len(trip) == line["stops"]
        assert round(trip["arrive"].iloc[-1] / 60) == line["run_min"]
        assert line["boroughs"] == "Birmingham;Sandwell;Wolverhampton"


@pytest.mark.realdata
def test_a_rebuild_gives_the_same_files(shared_data, project_root, tmp_path):
    metro.build(shared_data, tmp_path)
    written = project_root / "data" / "transit"
    names = ["lines_metro.csv", *(f"metro/{name}.txt" for name in FILES)]
    match, differ, missing = filecmp.cmpfiles(tmp_path / "transit", written, names, shallow=False)
    assert (sorted(match), differ, missing) == (sorted(names), [], [])
