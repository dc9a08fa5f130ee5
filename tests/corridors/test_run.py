"""The whole way on the made study, against figures worked by hand."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import accessibility as acc
import corridors
from corridors import manifest
from corridors.access.access import build_network
from corridors.manifest import sha256

OUTPUTS = {
    "index.html",
    "wards.parquet",
    "wards.csv",
    "access.parquet",
    "districts.csv",
    "indicator.csv",
    "indicator_variants.csv",
    "indicator_sweep.csv",
    "cohorts.csv",
    "inequality.csv",
    "level_and_relative.csv",
    "ranking.csv",
    "ranking_sites.csv",
    *(
        f"ranking{kind}_{table}.csv"
        for kind in ("", "_sites")
        for table in (
            "wins",
            "dominance",
            "criteria_left_out",
            "options_left_out",
            "factors",
            "toppling_weights",
            "toppling_goalposts",
        )
    ),
    "sites.csv",
    "overlaps.csv",
    "cover.csv",
    "connectedness.csv",
    "in_common.csv",
    "ward_journeys.csv",
    "need_and_access.csv",
    "briefing.html",
    *(f"figures/{name}.png" for name in ("map", "need_and_access", "ranking", "ranking_sites", "curve")),
    "manifest.json",
}


@pytest.fixture(scope="module")
def results(pristine_study, tmp_path_factory):
    return corridors.run_study(corridors.load_study(pristine_study), out=tmp_path_factory.mktemp("out"))


def test_access_of_every_small_area_is_the_hand_worked_one(results, access_table):
    found = results.access.drop(columns="residents")
    expected = access_table[found.columns]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, atol=1e-9, rtol=0)
    assert results.access["residents"].tolist() == [100, 300, 100, 500]


def test_indicator_counts_residents_without_service(results):
    table = results.indicator.set_index("code")
    assert table.loc["region", ["residents", "residents_reaching"]].tolist() == [1000, 200]
    assert table.loc["region", "share"] == pytest.approx(0.2)
    assert table.loc[["D1", "D2"], "share"].tolist() == pytest.approx([0.4, 0.0])
    assert table.loc[["W1", "W2", "W3"], "share"].tolist() == pytest.approx([0.5, 1 / 3, 0.0])
    assert table.loc[["W1", "W2", "W3"], "residents"].tolist() == pytest.approx([200, 300, 500])
    assert results.headline == "20.0% of residents reach two or more centres within 45 minutes"


def test_a_study_of_auto_takes_a_date_and_says_so_everywhere(pristine_study, tmp_path, results):
    shutil.copytree(pristine_study.parent, tmp_path / "study")
    path = tmp_path / "study" / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("date = 2026-03-10", 'date = "auto"'), encoding="utf-8")
    found = corridors.run_study(corridors.load_study(path), out=tmp_path / "out")
    told = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    # The made feed runs every working day of 2026 alike: 3 March is the first Tuesday of a neutral month.
    reason = "auto: Tuesday 2026-03-03, "
    assert told["parameters"]["timetable"]["date"] == "auto"
    assert told["service_date"] == "2026-03-03"
    assert [note for note in told["notes"] if note.startswith(reason)] == [
        note for note in found.notes if note.startswith(reason)
    ]
    assert len([note for note in found.notes if note.startswith(reason)]) == 1
    day = "Tuesday 3 March 2026 (chosen as a representative Tuesday)"
    assert day in found.definition
    assert day in told["definitions"]["journey"]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert day in page
    assert reason.replace("auto", "Auto") in page
    pd.testing.assert_frame_equal(found.access, results.access)


def test_curve_of_centres(results):
    assert results.curve["k"].tolist() == [1, 2]
    assert results.curve["share"].tolist() == pytest.approx([0.5, 0.2])


def test_indicator_recomputed_from_the_written_files(results, pristine_study):
    access = pd.read_parquet(results.outputs["access.parquet"])
    areas = pd.read_csv(pristine_study.parent / "areas.csv")
    joined = access.merge(areas, left_on="id", right_on="lsoa21cd", suffixes=("_access", ""))
    share = (joined["residents"] * (joined["n_within"] >= 2)).sum() / joined["residents"].sum()
    told = json.loads(results.outputs["manifest.json"].read_text(encoding="utf-8"))
    assert share == told["figures"]["indicator"] == results.indicator["share"].iloc[0] == 0.2


def test_ward_minutes_are_medians_with_the_unreachable_kept(results):
    wards = results.wards.set_index("ward_code")
    assert wards.loc[["W1", "W2", "W3"], "minutes_to_k"].tolist() == [39.0, 48.0, np.inf]
    assert wards.loc["W1", "share_departures"] == pytest.approx((100 * 1 + 100 * 0.2) / 200)


def test_ranking_by_hand(results):
    ranking = results.ranking.set_index("id")
    assert ranking.index.tolist() == ["X1", "X2", "X3"]
    first = ranking.loc["X1"]
    assert first[["residents", "income_deprived", "few_centres"]].tolist() == [400, 130, 300]
    assert first["income_deprived_per_1000"] == pytest.approx(325)
    assert first["jobs_within"] == pytest.approx((100 * 1100 + 300 * 1000) / 400)
    assert first["jobs_per_worker"] == pytest.approx(4.25)
    assert first[["need_income", "gap_centres", "gap_jobs", "opportunity"]].tolist() == pytest.approx(
        [0.45, 0.75, 0.15, 0.5125]
    )
    assert first["score"] == pytest.approx(0.4 * 0.45 + 0.3 * 0.75 + 0.1 * 0.15 + 0.2 * 0.5125)
    assert ranking.loc["X2", "score"] == pytest.approx(0.4 * 0.2 + 0.3 * 1.0 + 0.1 * 0.96 + 0.2 * 0.025)


def test_option_without_residents_is_reported_and_last(results):
    empty = results.ranking.iloc[-1]
    assert (empty["id"], empty["rank"], empty["residents"]) == ("X3", 3, 0)
    assert empty[["score", "rank_low", "rank_high", "p_top3"]].isna().all()
    written = pd.read_csv(results.outputs["ranking.csv"], dtype=str).iloc[-1]
    assert written["rank"] == "3"
    assert written[["score", "rank_low", "rank_high", "p_top3"]].isna().all()
    page = results.outputs["index.html"].read_text(encoding="utf-8")
    row = page[page.index('<tr data-id="X3">') :]
    assert row.index("not ranked") < row.index("none") < row.index("Empty road") < row.index("no score")
    assert sum("walk of Empty road: no score" in sentence for sentence in results.cautions) == 1


def test_sites_are_ranked_the_same_way(results):
    sites = results.ranking_sites.set_index("id")
    assert sites.loc["P1", "residents"] == 400
    assert sites.loc["P2", "residents"] == 500
    assert sites["rank"].tolist() == [1, 2]


def test_outputs_are_all_there_and_hashed(results):
    assert set(results.outputs) == OUTPUTS
    folder = results.outputs["manifest.json"].parent
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {name for name in files if not name.startswith(".")} == OUTPUTS
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert told["outputs"] == {name: sha256(folder / name) for name in sorted(OUTPUTS - {"manifest.json"})}
    assert told["run_id"] == results.run_id
    assert told["inputs"].keys() >= {"study.toml", "areas.csv", "feed/stop_times.txt", "wards.geojson"}


def test_tables_and_page_show_the_same_first_place(results):
    ranking = pd.read_csv(results.outputs["ranking.csv"])
    page = results.outputs["index.html"].read_text(encoding="utf-8")
    assert ranking["name"].tolist() == ["Home road", "North road", "Empty road"]
    assert page.index("Home road</th>") < page.index("North road</th>")
    assert "<img src=x" not in page


def test_every_output_says_what_it_is(results):
    page = results.outputs["index.html"].read_text(encoding="utf-8")
    told = json.loads(results.outputs["manifest.json"].read_text(encoding="utf-8"))
    for words in (
        "Illustrative: made up.",
        "Tuesday 10 March 2026",
        "walking 4.8 km/h",
        "crowding",
        "Census 2021",
    ):
        assert words in page
    definition = told["definitions"]["indicator"]
    for words in (
        "Tuesday 10 March 2026",
        "07:00",
        "09:00",
        "median",
        "45 minutes",
        "1.3",
        "any number of changes",
    ):
        assert words in definition
    assert told["notice"] == "Illustrative: made up."
    unexplained = set(pd.read_csv(results.outputs["wards.csv"]).columns) - set(told["definitions"])
    assert all(name.startswith(("ward_", "district", "t_")) for name in unexplained)


def test_no_path_of_this_machine_in_any_text(results, pristine_study):
    for name in ("manifest.json", "index.html", "wards.csv", "ranking.csv"):
        assert str(pristine_study.parent) not in results.outputs[name].read_text(encoding="utf-8")


def test_two_runs_write_the_same_bytes_from_anywhere(results, pristine_study, tmp_path):
    copy = shutil.copytree(pristine_study.parent, tmp_path / "elsewhere") / "study.toml"
    again = corridors.run_study(corridors.load_study(copy), out=tmp_path / "out")
    assert {name: sha256(path) for name, path in again.outputs.items()} == {
        name: sha256(path) for name, path in results.outputs.items()
    }


def test_a_changed_parameter_is_another_run(results, made_study):
    made_study.write_text(
        made_study.read_text().replace("cutoff_min = 45", "cutoff_min = 50"), encoding="utf-8"
    )
    other = corridors.run_study(corridors.load_study(made_study))
    assert other.run_id != results.run_id
    assert other.indicator["share"].iloc[0] == pytest.approx(0.5)  # A2's 48 minutes now count
    assert other.outputs == {}


def test_a_changed_input_is_another_run(results, made_study):
    areas = made_study.parent / "areas.csv"
    areas.write_text(areas.read_text(encoding="utf-8").replace("Fourth", "Last"), encoding="utf-8")
    study = corridors.load_study(made_study)
    assert manifest.run_id(study, manifest.input_hashes(study)) != results.run_id


def test_every_term_of_the_walk_reaches_the_network(made_study):
    terms = {
        "walk_speed_kmh": 4.0,
        "detour": 1.5,
        "max_access_min": 11.0,
        "max_egress_min": 12.0,
        "max_transfer_min": 13.0,
        "max_direct_min": 14.0,
        "min_transfer_min": 3.0,
    }
    lines = "\n".join(f"{name} = {value}" for name, value in terms.items())
    text = made_study.read_text(encoding="utf-8").replace("[indicator]", f"{lines}\n\n[indicator]")
    made_study.write_text(text, encoding="utf-8")
    study = corridors.load_study(made_study)
    timetable = acc.read_timetable(made_study.parent / "feed", date="2026-03-10")
    assert vars(build_network(timetable, study).limits) == terms


def test_progress_is_told(pristine_study):
    steps: list[tuple[str, float]] = []
    corridors.run_study(
        corridors.load_study(pristine_study), progress=lambda step, share: steps.append((step, share))
    )
    assert next(step for step, _ in steps) == "Reading tables"
    assert all(0 <= share <= 1 for _, share in steps)
