"""A batch from its tables to its folder: figures worked by hand, nobody lost, nothing kept that is out of date."""

from __future__ import annotations

import json
import math
import re
import shutil
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from batch_folders import contents, lon_lat

import maps
from accessibility.errors import ParameterError
from corridors import cli, load_study
from corridors.batch import files as batch_files
from corridors.batch import page_map as batch_map
from corridors.batch.run import rerun, run_batch
from corridors.batch.tables import TOGETHER
from corridors.errors import OutputError, TableError, ToolkitError
from corridors.inputs import read_inputs

INF = math.inf
THRESHOLDS = (15, 30, 45, 60)
#: Buses every five minutes instead of ten, and a scheme that is only a journey on from Far Town; then its population.
SCHEMES = """
[[scheme]]
id = "often"
name = "Twice as many buses"
source = "made"
verified = false
cost_m = { low = 1, central = 2, high = 3 }

[[scheme.edit]]
kind = "more_frequent"
route = "L1"
periods = [{ start = "06:00", end = "12:00", every_min = 5 }]

[[scheme]]
id = "on"
name = "The train"
source = "made"
verified = false

[[scheme.onward]]
name = "Far Town"
to = "London"
lon = LON
lat = LAT
minutes = 38
source = "made"

[[scenario]]
id = "twice"
name = "Twice the residents"
source = "made"
verified = false
population_factor = { all = 2 }
year = 2040
"""
EVIL = '=HYPERLINK("http://x")</script><img src=x onerror=alert(1)>'


def station_lines(*, name="Mid"):
    mid, far = lon_lat(10_000, 0), lon_lat(16_000, 0)
    quoted = '"' + name.replace('"', '""') + '"'
    return [
        "station_id,name,lon,lat,opening",
        f"far,Far,{far[0]},{far[1]},2033",
        f"mid,{quoted},{mid[0]},{mid[1]},2020",
    ]


def write_lines(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def prepare(folder):
    """Give the made study its schemes and a table of stations."""
    lon, lat = lon_lat(16_000, 0)
    schemes = SCHEMES.replace("LON", f"{lon}").replace("LAT", f"{lat}")
    (folder / "schemes.toml").write_text(schemes, encoding="utf-8")
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace("[files]\n", '[files]\nschemes = "schemes.toml"\n', 1)
    study.write_text(text, encoding="utf-8")
    write_lines(folder / "asked.csv", station_lines())
    return study


@pytest.fixture(scope="module")
def prepared(request, tmp_path_factory):
    """Return the study file that no test may spoil."""
    source = request.getfixturevalue("pristine_study").parent
    folder = tmp_path_factory.mktemp("batch") / "study"
    shutil.copytree(source, folder)
    return prepare(folder)


@pytest.fixture
def own(prepared, tmp_path):
    """Return the study file of a copy that a test may spoil."""
    shutil.copytree(prepared.parent, tmp_path / "study")
    return tmp_path / "study" / prepared.name


def answer(study, out, **options):
    asked = {"stations": study.parent / "asked.csv", "thresholds_min": THRESHOLDS, "target": 500} | options
    return run_batch(load_study(study), out=out, **asked)


@pytest.fixture
def without_pages(monkeypatch):
    """Leave the pages out, which take the most time and depend on nothing that the tables do not show."""
    monkeypatch.setattr(batch_files, "_write_pages", lambda *_, **__: {})


@pytest.fixture(scope="module")
def done(prepared, tmp_path_factory):
    """Return what an uninterrupted batch found, and its folder."""
    out = tmp_path_factory.mktemp("done") / "out"
    return answer(prepared, out, scenarios=["today", "often", "twice"]), out


@pytest.fixture(scope="module")
def summary(done):
    table = pd.read_csv(done[1] / "summary.csv", dtype={"station_id": str}).fillna({"station_id": ""})
    return table.set_index(["station_id", "direction", "scenario", "threshold_min"]).sort_index()


def test_residents_who_get_there_in_the_minutes_of_the_made_study(summary):
    """Mid Town: 24, 33, 16.25 min and never, for 100, 300, 100 and 500 residents; Far Town: 39, 48, 36 and never."""
    for station, expected in {
        "mid": [0, 200, 500, 500],
        "far": [0, 0, 200, 500],
        "": [0, 200, 500, 500],
    }.items():
        rows = summary.loc[(station, "to", "today")]
        assert rows["residents"].tolist() == expected
        assert (rows["all_residents"] == 1000).all()
        assert rows["share_residents"].tolist() == [value / 1000 for value in expected]
    assert summary.loc[("mid", "to", "today", 30), ["aged_16_64", "unemployed"]].tolist() == [120, 7]


def test_people_of_two_catchments_are_counted_once(summary):
    """Within 45 minutes Mid Town holds 500, Far Town 200 of the same."""
    assert summary.loc[("", "to", "today", 45), "residents_in_several"] == 200
    each = summary.loc[["mid", "far"], "residents"].groupby(level=[1, 2, 3]).sum()
    once = summary.loc[[""]].droplevel(0)
    both = once["residents"] + once["residents_in_several"]
    assert (each.loc["to"] == both.loc["to"]).all()


def test_twice_as_many_buses_halve_the_wait(summary):
    """From Home the median wait of 0 to 4 is 2, against 4: Mid Town at 22, Far Town at 37 minutes for A1's hundred.

    A2 walks 488 s, so its bus leaves 540, 600, 660, 720 or 780 s after leaving home: 11 + 20 = 31 and 46 minutes.
    """
    today, often = (summary.loc[("far", "to", case)]["residents"].tolist() for case in ("today", "often"))
    assert today == [0, 0, 200, 500]
    assert often == [0, 0, 200, 500]
    curve_at = summary.loc[("mid", "to", "often")]["residents"].tolist()
    assert curve_at == [0, 200, 500, 500]


def test_the_curve_moves_with_the_scheme_to_the_minute(done):
    curve = pd.read_csv(done[1] / "curve.csv", dtype={"station_id": str}).fillna({"station_id": ""})
    first = {}
    for case in ("today", "often"):
        rows = curve[curve["station_id"].eq("mid") & curve["direction"].eq("to") & curve["scenario"].eq(case)]
        assert rows["minute"].tolist() == list(range(121))
        assert rows["residents"].is_monotonic_increasing
        first[case] = [
            int(rows.loc[rows["residents"] >= people, "minute"].min()) for people in (100, 200, 500)
        ]
    assert first == {"today": [17, 24, 33], "often": [17, 22, 31]}


def test_jobs_within_reach_from_the_stations(summary):
    """J1's thousand stand at Mid Town, J2's hundred 19 minutes on by bus (17 with twice as many); nothing runs back."""
    assert summary.loc[("mid", "from", "today")]["jobs"].tolist() == [1000, 1100, 1100, 1100]
    assert summary.loc[("far", "from", "today")]["jobs"].tolist() == [100, 100, 100, 100]
    assert summary.loc[("", "from", "today")]["jobs"].tolist() == [1100, 1100, 1100, 1100]
    assert (summary.xs("from", level="direction")["sites"] == 0).all()


def test_a_growing_population_moves_people_and_no_minute(summary, done):
    today, twice = (summary.loc[("mid", "to", case)] for case in ("today", "twice"))
    assert (twice["residents"] == 2 * today["residents"]).all()
    assert (twice["all_residents"] == 2000).all()
    # The network of today answers both, so nothing is swept twice: two stations, two directions, two networks.
    assert done[0].answered == 8


def test_counts_are_those_of_the_table_of_times(done, summary):
    """An independent count: plain pandas over times.parquet and the study's own files."""
    results, out = done
    times = pd.read_parquet(out / "times.parquet")
    folder = results.plan.study.path.parent
    people = pd.read_csv(folder / "areas.csv").set_index("lsoa21cd")
    jobs = pd.read_csv(folder / "jobs.csv").set_index("job_id")["jobs"]
    for (station, scenario), here in times[times["direction"] == "to"].groupby(["station_id", "scenario"]):
        minutes = here.set_index("place_id")["minutes"]
        assert set(minutes.index) == set(people.index)
        for threshold in THRESHOLDS:
            inside = people.loc[minutes.index[minutes <= threshold]]
            factor = 2 if scenario == "twice" else 1
            row = summary.loc[(station, "to", scenario, threshold)]
            for column in ("residents", "aged_16_64", "unemployed"):
                assert row[column] == factor * inside[column].sum()
    either = times[times["direction"] == "to"].groupby(["scenario", "place_id"])["minutes"].min()
    for threshold in THRESHOLDS:
        reached = either.loc["today"]
        assert (
            summary.loc[("", "to", "today", threshold), "residents"]
            == people.loc[reached.index[reached <= threshold], "residents"].sum()
        )
    for (station, scenario), here in times[times["kind"] == "jobs"].groupby(["station_id", "scenario"]):
        minutes = here.set_index("place_id")["minutes"]
        for threshold in THRESHOLDS:
            found = summary.loc[(station, "from", scenario, threshold), "jobs"]
            assert found == jobs.loc[minutes.index[minutes <= threshold]].sum()


def test_nobody_is_lost(done):
    """Bands of every station add up to everybody; those without a journey have a band of their own."""
    onward = pd.read_csv(done[1] / "onward.csv", dtype={"station_id": str}).fillna({"station_id": ""})
    everybody = {"today": 1000, "often": 1000, "twice": 2000}
    for (_, scenario), bands in onward.groupby(["station_id", "scenario"]):
        assert bands["residents"].sum() == everybody[scenario]
        assert bands["residents_within"].iloc[-1] == everybody[scenario]
        assert bands.loc[bands["up_to_min"] == INF, "residents"].tolist() == [everybody[scenario] / 2]
    times = pd.read_parquet(done[1] / "times.parquet")
    rows = times.groupby(["station_id", "direction", "scenario"]).size()
    assert set(rows.xs("from", level="direction")) == {9}
    assert set(rows.xs("to", level="direction")) == {4}


def test_the_journey_on_is_a_constant_on_top(done):
    """Far Town at 39, 48 and 36 minutes and 38 to London: 77, 86 and 74, in the bands from 60, 75 and 75."""
    onward = pd.read_csv(done[1] / "onward.csv", dtype={"station_id": str})
    rows = onward[onward["station_id"].eq("far") & onward["scenario"].eq("today")].set_index("over_min")
    assert rows.loc[[60, 75], "residents"].tolist() == [100, 400]
    assert rows["onward_min"].unique().tolist() == [38]
    assert onward["to"].unique().tolist() == ["London"]


@pytest.mark.usefixtures("without_pages")
def test_the_target_is_reached_at_a_minute_or_the_longest_journey_says_how_far(done, prepared, tmp_path):
    targets = done[0].tables.targets.set_index(["station_id", "scenario"])
    assert targets.loc[("mid", "today"), "minutes"] == 33
    assert targets.loc[("far", "today"), "minutes"] == 48
    assert targets.loc[("mid", "often"), "minutes"] == 31
    assert targets.loc[("mid", "today"), "in_words"] == "500 residents within 33 minutes"
    beyond = answer(prepared, tmp_path / "out", scenarios=["today"], target=None).tables.targets
    assert beyond["minutes"].tolist() == [INF] * 3
    assert beyond["in_words"].iloc[0] == "2,000,000 residents: not within 120 minutes; 500 of 1,000 are"


def test_every_output_prints_its_definition_and_its_notice(done):
    results, out = done
    words = ("Tuesday 10 March 2026", "median", "at most 20 min on foot", "Illustrative: made up.")
    for name in ("summary", "curve", "targets", "onward"):
        table = pd.read_csv(out / f"{name}.csv")
        for word in words:
            assert table["definition"].str.contains(word, regex=False).all()
    catchments = gpd.read_parquet(out / "catchments.parquet")
    assert catchments["definition"].str.contains(words[0]).all()
    assert catchments.crs == "EPSG:4326"
    for page in [out / "index.html", *(out / "stations").glob("*.html")]:
        text = page.read_text(encoding="utf-8")
        for word in (*words, "not modelled", "Census 2021", results.plan.study.study.name):
            assert word in text, (page.name, word)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["outputs"]) == {
        name for name in contents(out) if not name.startswith((".", "manifest"))
    }
    assert "residents" in manifest["definitions"]


def test_stations_that_open_later_are_named(done):
    """Far opens in 2033: after the service day of 2026, before the scenario of 2040."""
    notes = [note for note in done[0].tables.notes if note.startswith("Far (")]
    assert notes == [
        "Far (Today, Twice as many buses): opens in 2033, after 2026: counted as if it were open."
    ]


def test_pages_of_stations_and_index_are_beside_one_another(done):
    out = done[1]
    names = sorted(path.name for path in (out / "stations").iterdir())
    assert names == ["station-far.html", "station-mid.html"]
    index = (out / "index.html").read_text(encoding="utf-8")
    assert [name for name in names if f'href="stations/{name}"' in index] == names
    assert 'href="../index.html"' in (out / "stations" / "station-mid.html").read_text(encoding="utf-8")


def test_polygons_hold_the_areas_that_are_counted(done, summary):
    catchments = gpd.read_parquet(done[1] / "catchments.parquet")
    assert len(catchments) == 3 * 2 * 3 * len(THRESHOLDS)
    people = catchments[catchments["direction"] == "to"].set_index(
        ["station_id", "scenario", "threshold_min"]
    )
    assert people.loc[("mid", "today", 15), "geometry"].is_empty
    for (station, scenario, threshold), row in people.iterrows():
        assert row["residents"] == summary.loc[(station, "to", scenario, threshold), "residents"]
        assert (row["area_km2"] > 0) == (row["residents"] > 0)


def test_the_same_question_gives_the_same_bytes_and_a_finished_batch_sweeps_nothing(done, prepared, tmp_path):
    out = done[1]
    again = answer(prepared, tmp_path / "fresh", scenarios=["today", "often", "twice"], stations_per_unit=1)
    assert contents(tmp_path / "fresh") == contents(out)
    assert (again.answered, again.kept) == (8, 0)
    resumed = answer(prepared, tmp_path / "fresh", scenarios=["today", "often", "twice"])
    assert (resumed.answered, resumed.kept) == (0, 8)
    assert contents(tmp_path / "fresh") == contents(out)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    rerun(
        load_study(prepared),
        manifest["command"]["options"],
        {"stations": prepared.parent / "asked.csv"},
        out=tmp_path / "rerun",
    )
    assert contents(tmp_path / "rerun") == contents(out)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def moved_station(folder):
    lon, lat = lon_lat(15_900, 0)
    old = ",".join(map(str, lon_lat(16_000, 0)))
    edit(folder / "asked.csv", old, f"{lon},{lat}")


def added_station(folder):
    lon, lat = lon_lat(0, 0)
    with (folder / "asked.csv").open("a", encoding="utf-8") as file:
        file.write(f"home,Home,{lon},{lat},\n")


def moved_job(folder):
    lines = (folder / "jobs.csv").read_text(encoding="utf-8").splitlines()
    lon, lat = lon_lat(10_050, 0)
    lines[1] = f"J1,{lon},{lat},1000,W2"
    write_lines(folder / "jobs.csv", lines)


#: What is changed, and how many parts are worked out anew: of two stations, later three, in two directions.
CHANGES = (
    ("people of an area", lambda folder: edit(folder / "areas.csv", ",300,180,", ",310,180,"), 0),
    ("jobs at a point", lambda folder: edit(folder / "jobs.csv", ",1000,W2", ",1200,W2"), 0),
    ("name of a station", lambda folder: edit(folder / "asked.csv", "far,Far,", "far,Farther,"), 0),
    ("a table that no station needs", lambda folder: edit(folder / "centres.csv", "Back", "Side"), 0),
    ("place of one station", moved_station, 2),
    ("one station more", added_station, 2),
    ("place of a job", moved_job, 3),
    ("a byte of the feed", lambda folder: edit(folder / "feed" / "routes.txt", "Far Town", "Far"), 6),
    (
        "how people walk",
        lambda folder: edit(folder / "study.toml", "[journey]", "[journey]\nwalk_speed_kmh = 5"),
        6,
    ),
)


@pytest.mark.usefixtures("without_pages")
def test_a_changed_input_takes_with_it_what_depended_on_it_and_nothing_else(own, tmp_path):
    answer(own, tmp_path / "out", scenarios=["today"])
    for what, change, anew in CHANGES:
        change(own.parent)
        assert (what, answer(own, tmp_path / "out", scenarios=["today"]).answered) == (what, anew)
    assert answer(own, tmp_path / "fresh", scenarios=["today"]).kept == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


@pytest.mark.usefixtures("without_pages")
def test_other_thresholds_and_what_a_scheme_costs_sweep_nothing(own, done, tmp_path):
    shutil.copytree(done[1], tmp_path / "out")
    edit(own.parent / "schemes.toml", "central = 2", "central = 2.5")
    options = {"scenarios": ["today", "often"], "thresholds_min": [20, 22.5]}
    assert answer(own, tmp_path / "out", **options).answered == 0
    table = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert table["threshold_min"].unique().tolist() == [20, 22.5]
    edit(own.parent / "schemes.toml", "every_min = 5", "every_min = 4")
    assert answer(own, tmp_path / "out", **options).answered == 4  # those of the scheme's network alone


def test_a_station_that_is_gone_leaves_nothing_behind(own, done, tmp_path):
    shutil.copytree(done[1], tmp_path / "out")
    lines = (own.parent / "asked.csv").read_text(encoding="utf-8").splitlines()
    write_lines(own.parent / "asked.csv", lines[:2])
    answer(own, tmp_path / "out", scenarios=["today"])
    assert [path.name for path in (tmp_path / "out" / "stations").iterdir()] == ["station-far.html"]
    assert TOGETHER not in (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8")


def test_hostile_names_stay_text_on_pages_and_do_nothing_in_a_spreadsheet(own, tmp_path):
    write_lines(own.parent / "asked.csv", station_lines(name=EVIL))
    answer(own, tmp_path / "out", scenarios=["today"])
    for name in ("summary", "curve", "targets", "onward"):
        text = (tmp_path / "out" / f"{name}.csv").read_text(encoding="utf-8")
        assert not re.search(r'(^|,)"?[=+@]', text, flags=re.MULTILINE)
        assert not re.search(r'(^|,)"?-\D', text, flags=re.MULTILINE)
    table = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert f"'{EVIL}" in table["station"].tolist()
    for page in (tmp_path / "out").rglob("*.html"):
        assert "<img src=x" not in page.read_text(encoding="utf-8")


def test_ids_that_no_file_could_bear_still_get_a_page(own, tmp_path):
    lines = station_lines()
    lines[1] = lines[1].replace("far,", "../../ÉTÉ:*,", 1)
    lines[2] = lines[2].replace("mid,", "été,", 1)
    write_lines(own.parent / "asked.csv", lines)
    answer(own, tmp_path / "out", scenarios=["today"])
    names = sorted(path.name for path in (tmp_path / "out" / "stations").iterdir())
    assert names == ["station-t-2.html", "station-t.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "study"]


def run_command(*words, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["corridors", "batch", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return stopped.value.code or 0


def test_stations_that_cannot_be_used_or_reached_are_reported_and_the_others_go_on(
    own, tmp_path, capsys, monkeypatch
):
    lon, lat = lon_lat(0, -9_000)
    with (own.parent / "asked.csv").open("a", encoding="utf-8") as file:
        file.write(f"moor,On the moor,{lon},{lat},\nbad,Bad row,NaN,52,\n")
    asked = (
        "--study",
        own,
        "--out",
        tmp_path / "out",
        "--scenarios",
        "today",
        "--thresholds",
        "30,60",
        "--quiet",
    )
    code = run_command(own.parent / "asked.csv", *asked, monkeypatch=monkeypatch)
    captured = capsys.readouterr()
    assert code == 1
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("corridors: On the moor (to, today, 07:00-09:00): nothing is within")
    assert captured.err.endswith("(and 2 more: see summary.csv)\n")
    assert captured.out == f"{(tmp_path / 'out' / 'index.html').resolve()}\n"
    table = pd.read_csv(tmp_path / "out" / "summary.csv").set_index("station")
    assert table.loc["Bad row", "status"] == "refused"
    assert "row 5: lon 'NaN' is not a longitude" in table.loc["Bad row", "note"]
    assert set(table.loc["On the moor", "status"]) == {"empty"}
    assert table.loc["Mid"].query("direction == 'to'")["residents"].tolist() == [200, 500]
    assert (tmp_path / "out" / "stations" / "station-moor.html").is_file()


@pytest.mark.usefixtures("without_pages")
def test_a_scheme_that_contradicts_the_feed_fails_its_own_scenario(own, tmp_path):
    edit(own.parent / "schemes.toml", 'route = "L1"', 'route = "L9"')
    results = answer(own, tmp_path / "out", scenarios=["today", "often"])
    assert results.tables.summary.query("scenario == 'today'")["status"].eq("ok").all()
    failed = results.tables.summary.query("scenario == 'often'")
    assert failed["status"].eq("failed").all()
    assert "'L9'" in failed["note"].iloc[0]
    assert len(results.problems) == 4
    with pytest.raises(ToolkitError, match="'L9'"):
        answer(own, tmp_path / "alone", scenarios=["often"])


REFUSED = {
    "a threshold beyond the longest journey": (
        {"thresholds_min": [30, 150]},
        "150 minutes.*max_time_min = 120",
    ),
    "a threshold of nothing": ({"thresholds_min": [0]}, "a threshold is 0"),
    "a threshold twice": ({"thresholds_min": [30, 30]}, "name one twice"),
    "no threshold": ({"thresholds_min": []}, "no threshold"),
    "an unknown scenario": ({"scenarios": ["oftn"]}, "did you mean 'often'"),
    "a scenario twice": ({"scenarios": ["today", "today"]}, "name one twice"),
    "a scheme that changes no timetable": (
        {"scenarios": ["on"]},
        "'on' is no scenario and no scheme that changes",
    ),
    "a window backwards": ({"windows": [("09:00", "07:00")]}, "must end after its start"),
    "a window beyond the day": ({"windows": [("34:00", "35:30")]}, "36:00"),
    "a window twice": ({"windows": [("07:00", "08:00")] * 2}, "name one twice"),
}


@pytest.mark.parametrize(("options", "words"), REFUSED.values(), ids=REFUSED)
def test_questions_that_make_no_sense_are_refused_before_anything_is_written(
    options, words, prepared, tmp_path
):
    with pytest.raises(ParameterError, match=words):
        answer(prepared, tmp_path / "out", **options)
    assert not (tmp_path / "out" / "summary.csv").exists()


def test_a_table_of_stations_that_is_not_there(prepared, tmp_path):
    with pytest.raises(ToolkitError, match=r"absent\.csv"):
        answer(prepared, tmp_path / "out", stations=tmp_path / "absent.csv")


def test_without_a_table_the_studys_hs2_stations_are_asked_about(prepared, tmp_path):
    results = answer(prepared, tmp_path / "out", stations=None)
    assert results.plan.stations.table["station_id"].tolist() == ["H1"]
    assert [case.key for case in results.plan.cases] == ["today", "schemes"]
    assert results.tables.summary["residents"].dropna().tolist() == [0, 0, 200, 500] * 2
    assert TOGETHER not in set(results.tables.summary["station"])


@pytest.mark.usefixtures("without_pages")
def test_windows_are_asked_each_for_itself(prepared, tmp_path):
    """After noon no bus runs, and A3 still walks 16.25 minutes to Mid Town."""
    results = answer(
        prepared, tmp_path / "out", scenarios=["today"], windows=[("07:00", "09:00"), ("13:00", "14:00")]
    )
    rows = results.tables.summary.query("station_id == 'mid' and direction == 'to'").set_index("window")
    assert rows.loc["07:00-09:00", "residents"].tolist() == [0, 200, 500, 500]
    assert rows.loc["13:00-14:00", "residents"].tolist() == [0, 100, 100, 100]
    text = pd.read_csv(tmp_path / "out" / "summary.csv").query("window == '13:00-14:00'")["definition"]
    assert text.str.contains("from 13:00 until before 14:00").all()


def test_the_command_tells_a_machine_and_ends_well(own, tmp_path, capsys, monkeypatch):
    asked = ("--study", own, "--out", tmp_path / "out", "--scenarios", "today", "--target", "500", "--json")
    assert run_command(own.parent / "asked.csv", *asked, monkeypatch=monkeypatch) == 0
    captured = capsys.readouterr()
    objects = [json.loads(line) for line in captured.out.splitlines()]
    assert captured.err == ""
    assert all({"step", "share", "remaining_s"} <= set(each) for each in objects)
    assert objects[-1]["step"] == "Done"
    assert objects[-1]["problems"] == []
    assert "summary.csv" in objects[-1]["outputs"]


def test_the_command_prints_the_finding_with_its_definition(own, tmp_path, capsys, monkeypatch):
    asked = ("--study", own, "--out", tmp_path / "out", "--scenarios", "today", "--target", "500")
    assert run_command(own.parent / "asked.csv", *asked, monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    for words in (
        "Illustrative: made up.",
        "Mid (Today, 07:00-09:00), residents: 0 in 15 min, 200 in 30 min, 500 in 45 min",
        "Tuesday 10 March 2026, leaving at every minute from 07:00 until before 09:00",
        "Far (Today, 07:00-09:00): 500 residents within 48 minutes",
        "Not modelled: fares, crowding, reliability.",
    ):
        assert words in said


@pytest.mark.parametrize(
    "words",
    [("--thresholds", "15;30"), ("--windows", "07:00"), ("--quiet", "--json"), ("--jobs", "0")],
    ids=lambda words: words[0],
)
def test_a_command_that_was_mistyped_is_2(words, capsys, monkeypatch, tmp_path):
    assert run_command(*words, "--out", tmp_path / "out", monkeypatch=monkeypatch) == 2
    assert not (tmp_path / "out").exists()


def test_a_folder_of_other_results_is_refused(prepared, tmp_path):
    (tmp_path / "manifest.json").write_text('{"command": {"name": "run"}}', encoding="utf-8")
    with pytest.raises(OutputError, match="holds the results of `corridors run`"):
        answer(prepared, tmp_path)


def test_pages_that_cannot_be_written_are_one_sentence_and_nothing_is_lost(own, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(maps, "write_page", full)
    with pytest.raises(
        OutputError, match=r"cannot be written \(No space left on device\); what is finished is kept"
    ):
        answer(own, tmp_path / "out", scenarios=["today"])
    monkeypatch.undo()
    assert answer(own, tmp_path / "out", scenarios=["today"]).answered == 0


@pytest.mark.usefixtures("without_pages")
def test_a_study_whose_date_is_chosen_by_its_feeds(own, tmp_path):
    edit(own, "date = 2026-03-10", 'date = "auto"')
    results = answer(own, tmp_path / "out", scenarios=["today"])
    assert results.plan.study.service_date.weekday() == 1
    assert results.tables.summary.query("station_id == 'mid'")["residents"].dropna().tolist() == [
        0,
        200,
        500,
        500,
    ]


def test_no_usable_row_in_the_table_is_one_sentence(own, tmp_path):
    write_lines(own.parent / "asked.csv", ["station_id,name,lon,lat", "a,A,x,52"])
    with pytest.raises(TableError, match="no station left to ask about"):
        answer(own, tmp_path / "out")


def test_many_small_areas_are_shown_by_ward(done, monkeypatch, tmp_path, prepared):
    """The page then draws wards, each with its median resident's minutes: W2 is two thirds of A2 (33) and A3 (16.25)."""
    monkeypatch.setattr(batch_map, "_MOST_CELLS", 3)
    inputs_map = batch_map.MapAreas(read_inputs(load_study(prepared)))
    shown = inputs_map.shown(np.array([24, 33, 16.25, INF]))
    assert dict(zip(inputs_map.frame["id"], shown, strict=True)) == {"W1": 24, "W2": 33, "W3": INF}
