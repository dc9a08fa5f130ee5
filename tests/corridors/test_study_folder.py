"""A study folder made of official files: fetched from a server on loopback, joined, and run."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from importlib import resources

import geopandas as gpd
import made_official
import pandas as pd
import pytest
from made_official import DISTRICTS, L1, L2, L3, L4, LSOAS, W1, W2, W3, catalogue, nomis, routes
from misbehaving_server import in_chunks, serve, status

import corridors
from corridors import cli
from corridors.errors import FetchError, JoinError, TableError
from corridors.official import folder_jobs as study_folder_jobs
from corridors.official.folder_areas import official_areas
from corridors.official.folder_text import OFFICIAL, sample_definition
from corridors.official.sources import read_catalogue
from corridors.official.study_folder import write_study_folder
from corridors.study import load_study

_INDICES = (
    "Index of Multiple Deprivation (IMD)",
    "Income",
    "Employment",
    "Education, Skills and Training",
    "Health Deprivation and Disability",
    "Crime",
    "Barriers to Housing and Services",
    "Living Environment",
    "Income Deprivation Affecting Children Index (IDACI)",
    "Income Deprivation Affecting Older People (IDAOPI)",
)


def file_7() -> pd.DataFrame:
    """Lay out File 7 for the four areas: a tenth to four tenths are income deprived, of twice the residents."""
    table: dict[str, object] = {"LSOA code (2021)": list(LSOAS)}
    for name in _INDICES:
        rate = " (rate)" if name in ("Income", "Employment") or "IDA" in name else ""
        table[f"{name} Score{rate}"] = [0.1, 0.2, 0.3, 0.4]
        table[f"{name} Rank (where 1 is most deprived)"] = [100, 5_000, 20_000, 30_000]
        table[f"{name} Decile (where 1 is most deprived 10% of LSOAs)"] = [1, 2, 6, 9]
    return pd.DataFrame(
        table
        | {
            "Total population: mid 2022": [200, 600, 200, 1_000],
            "Dependent Children aged 0-15: mid 2022": 40,
            "Older population aged 60 and over: mid 2022": 30,
            "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022": [
                120,
                360,
                120,
                600,
            ],
        }
    )


def fetch_study(where, feed, *words, **changed):
    """Run `corridors fetch --study` against a server that answers as the publishers do, but for what is changed."""
    text = resources.files("corridors.register").joinpath("official_sources.toml").read_text("utf-8")
    answers = routes(file_7(), feed) | {name.replace("_", "-"): route for name, route in changed.items()}
    with serve(**answers) as server, pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        patch.setenv("ACCESSIBILITY_CACHE_DIR", str(where / "cache"))
        (where / "catalogue.toml").write_text(catalogue(text, server.address), encoding="utf-8")
        asked = ["fetch", "--study", "--to", where / "study", "--districts", ",".join(DISTRICTS)]
        asked += ["--catalogue", where / "catalogue.toml", *words]
        patch.setattr(sys, "argv", ["corridors", *map(str, asked)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return ended.value.code, where / "study"


@pytest.fixture(scope="module")
def made(tmp_path_factory, pristine_study):
    """Return a folder that was made once, and that no test may spoil."""
    code, folder = fetch_study(tmp_path_factory.mktemp("made"), pristine_study.parent / "feed")
    assert code == 0
    return folder


@pytest.fixture
def copied(made, tmp_path):
    """Return a copy of it that a test may spoil."""
    return shutil.copytree(made, tmp_path / "study")


@pytest.fixture
def official(tmp_path, pristine_study):
    """Return what fetches into a folder of this test's own; say what is to be answered otherwise."""
    return lambda *words, **changed: fetch_study(tmp_path, pristine_study.parent / "feed", *words, **changed)


def test_a_study_folder_is_made_of_official_files(official, capfd):
    code, folder = official()
    told = capfd.readouterr()
    assert code == 0, told.err
    areas = pd.read_csv(folder / "areas.csv").set_index("lsoa21cd")
    assert areas.index.tolist() == list(LSOAS)
    assert areas["residents"].tolist() == [100, 300, 100, 500]
    # Adults less those of 65 and over; in L4 505 adults among 500 people are held at 500, of whom 100 are old.
    assert areas["aged_16_64"].tolist() == [60, 180, 60, 405]
    assert areas["aged_16_plus"].tolist() == [80, 240, 80, 500]
    assert areas["unemployed"].tolist() == [5, 30, 2, 20]
    assert areas["households_no_car"].tolist() == [10, 60, 4, 80]
    assert areas["ethnic_minority"].tolist() == [10, 200, 0, 100]
    assert areas["no_qualifications"].tolist() == [20, 70, 10, 100]
    assert areas["disabled"].tolist() == [20, 60, 10, 90]
    assert areas["wd25cd"].tolist() == [W1, W2, W2, W3]
    assert areas["district_name"].tolist() == ["Easton"] * 3 + ["Weston"]
    assert areas["income_deprived"].tolist() == [20, 120, 60, 400]
    assert areas["employment_deprived"].tolist() == [12, 72, 36, 240]
    assert areas["imd_decile"].tolist() == [1, 2, 6, 9]
    pieces = pd.read_csv(folder / "area_wards.csv")
    assert pieces.to_numpy().tolist() == [
        [L1, W1, 100],
        [L2, W1, 100],
        [L2, W2, 200],
        [L3, W2, 100],
        [L4, W3, 500],
    ]
    assert pd.read_csv(folder / "wards.csv")["ward_name"].tolist() == ["West end", "Mid end", "North end"]
    assert gpd.read_file(folder / "wards.geojson")["wd25cd"].tolist() == [W1, W2, W3]
    assert "In 1 area the census counts more in aged_16_plus than in residents, by 5" in told.out
    assert "name your centres" in told.out
    assert "the study is made without rail-gtfs" in told.err  # it was not there, and is spared


def test_jobs_keep_their_totals_over_the_areas_that_each_became(made):
    jobs = pd.read_csv(made / "jobs.csv")
    assert jobs["job_id"].tolist() == [
        f"E02000011-{L1}",
        f"E02000011-{L2}",
        f"E02000012-{L3}",
        f"E02000012-{L4}",
    ]
    assert jobs["jobs"].tolist() == [500, 500, 63, 62]  # 125 in whole jobs over the two parts of a split area
    assert jobs["published_jobs"].tolist() == [1_000, 1_000, 125, 125]
    # L1 stands on the line between two wards, L3 outside of all, nearest to the second.
    assert jobs["wd25cd"].tolist() == [W1, W2, W2, W3]
    claimants = pd.read_csv(made / "claimants.csv")
    assert claimants["claimants"].tolist() == [5, 30, 0, 20]
    assert set(claimants["denominator_year"]) == {2024}
    stations = pd.read_csv(made / "stations.csv")
    assert stations[["station_id", "kind"]].to_numpy().tolist() == [
        ["9100OLD", "rail"],
        ["9400TRAM", "metro"],
    ]


def test_the_study_file_says_what_it_rests_on(made):
    study = load_study(made / "study.toml")
    assert study.study.region == "Easton, Weston"
    assert study.study.geography is None
    assert study.vintages.wards == "wards of 2025"
    assert "2024" in study.vintages.jobs
    assert study.timetable.feeds == (f"{OFFICIAL}/bods_west_midlands_gtfs.zip",)
    assert study.indicator.compared_with == ""  # the strategy's figure is of another region
    assert any("Indices of Deprivation 2025" in line for line in study.study.sources)
    assert any("evenly" in line for line in study.study.limits)
    record = json.loads((made / OFFICIAL / "fetched.json").read_text(encoding="utf-8"))
    assert len(record["files"]) == 19


def test_what_is_the_users_is_kept(copied):
    folder = copied
    (folder / "centres.csv").write_text("centre_id,mine")
    (folder / "study.toml").write_text((folder / "study.toml").read_text(encoding="utf-8") + "# mine\n")
    notes = write_study_folder(folder, districts=DISTRICTS).notes
    assert any("study.toml was there and was kept" in note for note in notes)
    assert (folder / "centres.csv").read_text() == "centre_id,mine"
    assert (folder / "study.toml").read_text(encoding="utf-8").endswith("# mine\n")


def test_the_folder_runs_once_its_centres_are_named(copied, pristine_study, tmp_path):
    """The hand-worked study of ``conftest.py``: L1 and L3, 200 of 1,000 residents, reach both centres in 45 minutes."""
    folder = copied
    with pytest.raises(corridors.errors.StudyError, match=r"asks for 3 centres, but centres\.csv holds 0"):
        corridors.run_study(load_study(folder / "study.toml"), out=tmp_path / "out")
    (folder / "centres.csv").write_bytes((pristine_study.parent / "centres.csv").read_bytes())
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace("min_centres = 3", "min_centres = 2").replace("windows = true", "windows = false")
    (folder / "study.toml").write_text(text.replace('"auto" ', "2026-03-10 "), encoding="utf-8")
    results = corridors.run_study(load_study(folder / "study.toml"), out=tmp_path / "out")
    region = results.indicator.query("level == 'region'").iloc[0]
    assert (region["residents"], region["residents_reaching"]) == (1_000, 200)


BAD = {
    "jobs_of_most_areas_unpublished": (
        {"bres_jobs": {"E02000011": 1_000, "E02000012": ""}},
        TableError,
        "2 of 3 MSOAs are not in the published jobs",
    ),
    "jobs_of_an_unknown_area": (
        {"bres_jobs": {"E02000011": 1_000, "E02000099": 125}},
        JoinError,
        "1 of 2 MSOAs with jobs are not in msoa11_msoa21.csv",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_jobs_that_do_not_fit_are_refused(case, official, capfd):
    changed, _, words = BAD[case]
    figures = nomis(changed["bres_jobs"], period="2024", kind="2011 super output areas - middle layer")
    code, folder = official(bres_jobs=in_chunks(figures))
    assert code == 1
    assert words in capfd.readouterr().err
    assert not (folder / "study.toml").exists()


def test_areas_without_published_jobs_are_named_and_nothing_is_put_in_their_place(
    official, capfd, monkeypatch
):
    monkeypatch.setattr(study_folder_jobs, "_MOST_WITHOUT_JOBS", 0.9)
    figures = nomis(
        {"E02000011": 1_000, "E02000012": ""}, period="2024", kind="2011 super output areas - middle layer"
    )
    code, folder = official(bres_jobs=in_chunks(figures))
    assert code == 0
    assert pd.read_csv(folder / "jobs.csv")["jobs"].sum() == 1_000
    assert "2 of 3 MSOAs are not in the published jobs" in capfd.readouterr().out
    assert any("no jobs are counted there" in line for line in load_study(folder / "study.toml").study.limits)


def test_a_source_that_is_needed_and_cannot_be_had_ends_the_study_in_words(official, capfd):
    code, folder = official(iod_2025=status(404))
    err = capfd.readouterr().err
    assert code == 1
    assert "iod-2025: 127.0.0.1 has no such file any more" in err
    assert "Traceback" not in err
    assert not (folder / "study.toml").exists()


def test_census_tables_that_disagree_by_more_than_perturbation_are_refused(official, capfd, monkeypatch):
    wrong = dict(made_official.COUNTS["ts066"])
    heading = next(iter(wrong))
    wrong[heading] = (80, 240, 900, 505)
    monkeypatch.setitem(made_official.COUNTS, "ts066", wrong)
    code, _ = official()
    assert code == 1
    assert f"{L3} has aged_16_plus 900 and residents 100" in capfd.readouterr().err


def test_a_district_with_other_codes_is_named(copied, tmp_path):
    folder = copied
    with pytest.raises(JoinError, match=r"1 of 3 districts are not in .*E08000031"):
        write_study_folder(folder, districts=[*DISTRICTS, "E08000031"])


def test_what_was_not_fetched_is_named(tmp_path):
    (tmp_path / OFFICIAL).mkdir()
    with pytest.raises(FetchError, match=r"a study needs ons-oa21-lookup, .* which are not there"):
        write_study_folder(tmp_path, districts=DISTRICTS)


def test_two_timetables_of_the_same_services_are_refused(copied):
    folder = copied
    record = folder / OFFICIAL / "fetched.json"
    files = json.loads(record.read_text(encoding="utf-8"))
    feed = next(row for row in files["files"] if row["format"] == "gtfs")
    files["files"].append(feed | {"name": "tfwm-gtfs", "overlaps": [feed["name"]]})
    record.write_text(json.dumps(files), encoding="utf-8")
    with pytest.raises(FetchError, match="hold the same services, which would run twice"):
        write_study_folder(folder, districts=DISTRICTS)


def test_streets_that_were_fetched_are_walked_and_driven_on(copied):
    record = copied / OFFICIAL / "fetched.json"
    files = json.loads(record.read_text(encoding="utf-8"))
    files["files"].append(files["files"][0] | {"name": "osm", "format": "pbf", "file": "made.osm.pbf"})
    record.write_text(json.dumps(files), encoding="utf-8")
    (copied / OFFICIAL / "made.osm.pbf").write_bytes(b"made")
    (copied / "study.toml").unlink()
    study = load_study(write_study_folder(copied, districts=DISTRICTS).study)
    assert study.files.streets == f"{OFFICIAL}/made.osm.pbf"
    assert study.car is not None
    assert study.driven == study.files.streets


def test_a_dry_run_names_every_source_and_writes_nothing(official, capfd):
    code, folder = official("--dry-run")
    told = capfd.readouterr().out
    assert code == 0
    assert not folder.exists()
    for name in ("iod-2025", "bres-jobs", "bods-gtfs-west-midlands"):
        assert f"{name}: to be fetched" in told
    assert "verified  no; date unknown;" in told
    assert "none was tried" in told


def test_the_definition_is_the_samples_own():
    """What the study folder defines is what the sample defines, so that the two cannot part."""
    sample = tomllib.loads(corridors.sample_study().read_text(encoding="utf-8"))
    taken = tomllib.loads(sample_definition())
    assert set(taken) == {"journey", "indicator", "jobs", "times", "ranking"}
    assert all(taken[name] == sample[name] for name in taken)
    assert not [
        key for key in tomllib.loads(sample_definition(compared=False))["indicator"] if "compared" in key
    ]


def test_the_official_files_are_read_through_the_readers_that_a_study_uses(copied):
    """A boundary file of another year than the lookups is caught before anything is written."""
    other = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"WD25CD": "E05000099"},
                "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
            }
        ],
    }
    folder = copied
    path = folder / OFFICIAL / "ward25_boundaries.geojson"
    path.write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(JoinError, match="3 of 3 wards are not in the published boundaries"):
        write_study_folder(folder, districts=DISTRICTS)


def test_small_areas_are_englands_alone(copied):
    folder = copied
    paths = {
        row["name"]: folder / OFFICIAL / row["file"]
        for row in json.loads((folder / OFFICIAL / "fetched.json").read_text(encoding="utf-8"))["files"]
    }
    table = pd.read_csv(paths["iod-2025"])
    table[table["LSOA code (2021)"] != L4].to_csv(paths["iod-2025"], index=False)
    with pytest.raises(JoinError, match="Indices of Deprivation, which are England's alone"):
        official_areas(paths, DISTRICTS)


def test_the_catalogue_led_to_loopback_is_the_toolkits_own(tmp_path):
    text = resources.files("corridors.register").joinpath("official_sources.toml").read_text("utf-8")
    (tmp_path / "led.toml").write_text(catalogue(text, "http://127.0.0.1:1"), encoding="utf-8")
    led, own = read_catalogue(tmp_path / "led.toml"), read_catalogue()
    assert list(led) == list(own)
    assert all(source.address.startswith(f"http://127.0.0.1:1/{name}") for name, source in led.items())
