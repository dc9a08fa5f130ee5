"""The schemes of the embedded sample, on its timetable."""

from __future__ import annotations

import gtfs_guru
import pytest
from made_lines import runs_of

import accessibility as acc
from accessibility.feeds.gtfs import inspect_feed
from accessibility.timetables.timetable import timetable_of
from corridors.evidence import figure
from corridors.schemes.edits import apply_schemes, read_schemes
from corridors.schemes.scenarios import read_scenarios

DATE = "2026-03-10"
FEEDS = ("rail", "metro", "bus")
ADDED = ("metro-wednesbury-brierley-hill", "metro-eastside", "metro-east-birmingham-solihull", "rail-camp-hill",
         "rail-walsall-wolverhampton")  # fmt: skip
#: New line, where it is boarded, where it goes, and departures in the peak hour from 08:00.
SERVICE = {
    "metro-wednesbury-brierley-hill": ("9400ZZWMWW", ":merry-hill", 7),
    "metro-eastside": (":9400ZZWMDH", "9400ZZWMNWS", 7),
    "metro-east-birmingham-solihull": ("9400ZZWMBUL", ":hs2-interchange", 7),
    "rail-camp-hill": ("9100BHAMNWS", ":9100KIGSHTH", 2),
    "rail-walsall-wolverhampton": ("9100WALSALL", ":9100WILHAL", 2),
}
SLOWEST = {
    "sprint-a34-walsall": "birmingham-51",
    "sprint-a45-airport": "birmingham-x1",
    "sprint-hagley-road": "birmingham-9",
}


@pytest.fixture(scope="module")
def folder(project_root):
    return project_root / "data"


@pytest.fixture(scope="module")
def feeds(folder):
    return [acc.read_feed(folder / "transit" / name) for name in FEEDS]


@pytest.fixture(scope="module")
def schemes(folder):
    return {scheme.id: scheme for scheme in read_schemes(folder / "schemes")}


def rides(feeds, start, end, between):
    """Runs that leave a stop within some seconds and call at another later on."""
    found = []
    for calls in runs_of(timetable_of(feeds, date=DATE)):
        stops = [stop for stop, _, _ in calls]
        here = [k for k, stop in enumerate(stops) if stop.endswith(start)]
        there = [k for k, stop in enumerate(stops) if stop.endswith(end)]
        if here and there and here[0] < there[-1] and between[0] <= calls[here[0]][2] < between[1]:
            found.append(calls)
    return found


@pytest.mark.parametrize("scheme_id", ADDED)
def test_a_new_line_adds_the_service_it_says(feeds, schemes, scheme_id):
    start, end, most = SERVICE[scheme_id]
    peak = (8 * 3600, 9 * 3600)
    feeds = feeds[:2]  # rail and metro
    after = apply_schemes(feeds, [schemes[scheme_id]], date=DATE)
    there, back = rides(after, start, end, peak), rides(after, end, start, peak)
    before = rides(feeds, start, end, peak), rides(feeds, end, start, peak)
    # Every 8 min are 7 or 8 departures in an hour.
    assert most <= len(there) - len(before[0]) <= most + 1
    assert most <= len(back) - len(before[1]) <= most + 1


@pytest.mark.parametrize("scheme_id", SLOWEST)
def test_sprint_is_faster_both_ways(feeds, schemes, scheme_id):
    route = SLOWEST[scheme_id]
    after = apply_schemes(feeds, [schemes[scheme_id]], date=DATE)[2]
    last = [
        table["stop_times"][table["stop_times"]["trip_id"].isin([f"{route}:0", f"{route}:1"])]
        .groupby("trip_id", observed=True)["arrival_time"]
        .max()
        for table in (feeds[2], after)
    ]
    share = last[1] / last[0]
    assert (share < 0.95).all()
    assert (share >= 0.85).all()


def test_the_whole_package_is_valid_and_says_whence(feeds, schemes, tmp_path):
    package = apply_schemes(feeds, list(schemes.values()), date=DATE)
    assert [feed.name for feed in package] == list(FEEDS)
    for before, after in zip(feeds, package, strict=True):
        errors = []
        for name, feed in (("before", before), ("after", after)):
            written = acc.write_feed(feed, tmp_path / name / feed.name)
            assert inspect_feed(written).errors == ()
            errors.append({error.code for error in gtfs_guru.validate(str(written)).errors()})
        assert errors[1] <= errors[0]
    for scheme in schemes.values():
        assert "strategy" in scheme.source.lower()
        assert not scheme.verified
        assert scheme.assumed or not scheme.edit


def test_corridors_of_the_schemes_are_the_sample_s(folder, schemes):
    text = (folder / "boundaries" / "corridors.geojson").read_text(encoding="utf-8")
    for scheme in schemes.values():
        for corridor in scheme.corridor:
            assert f'"{corridor}"' in text


def test_hs2_is_a_constant_of_the_strategy(feeds, schemes):
    hs2 = schemes["hs2"]
    assert {one.minutes for one in hs2.onward} == {figure("hs2_london").value} == {38}
    assert all("38 minutes to London" in one.source or "Euston" in one.source for one in hs2.onward)
    assert apply_schemes(feeds, [hs2], date=DATE) == feeds


def test_new_stations_are_those_that_are_known(schemes):
    named = [
        point.name
        for scheme_id in ("rail-camp-hill", "rail-walsall-wolverhampton")
        for edit in schemes[scheme_id].edit
        for point in edit.calls
        if point.name
    ]
    assert named == ["Moseley Village", "Kings Heath", "Pineapple Road", "Darlaston", "Willenhall"]
    assert figure("new_stations").value == 9


def test_scenarios_name_schemes_that_are_there(folder, schemes):
    scenarios = read_scenarios(folder / "schemes")
    assert {each for scenario in scenarios for each in scenario.schemes} <= set(schemes)
    growth = next(scenario for scenario in scenarios if scenario.id == "population-2038")
    assert growth.more_residents == figure("population_2038").value
