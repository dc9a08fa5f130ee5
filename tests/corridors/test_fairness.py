"""The headline from every side, on the made study and by hand."""

from __future__ import annotations

import json
import math
import shutil

import pandas as pd
import pytest

import corridors
from corridors.errors import StudyError
from corridors.evidence import cite


@pytest.fixture(scope="module")
def results(pristine_study, tmp_path_factory):
    return corridors.run_study(corridors.load_study(pristine_study), out=tmp_path_factory.mktemp("out"))


def test_the_studys_own_definition_is_marked_and_is_the_headline(results):
    own = results.fairness.variants[results.fairness.variants["is_study"]]
    assert own[["direction", "statistic", "cutoff_min", "k"]].to_numpy().tolist() == [
        ["depart", "p50", 45.0, 2]
    ]
    assert own["share"].tolist() == [0.2]
    swept = results.fairness.sweep.set_index(["statistic", "cutoff_min", "k"])["share"]
    assert swept[("p50", 45, 2)] == 0.2
    assert swept[("p50", 45, 1)] == results.curve.loc[0, "share"] == 0.5


def test_everybody_is_in_every_denominator(results):
    """1,000 residents, 500 of them at the fourth area, which no line serves."""
    found = results.fairness
    assert set(found.variants["residents"]) == set(found.sweep["residents"]) == {1000}
    everyone = found.cohorts[(found.cohorts["cohort"] == "residents") & (found.cohorts["level"] == "region")]
    assert everyone[["people", "people_reaching", "share"]].to_numpy().tolist() == [[1000, 200, 0.2]]
    people = found.inequality[found.inequality["measure"] == "people"]
    assert people["value"].tolist() == [1000, 1000]


def test_shortfall_at_the_line_is_who_does_not_reach_enough_centres(results):
    """Two centres is the line: 200 have them, 300 have one, 500 none."""
    table = results.fairness.inequality.set_index(["access", "measure"])["value"]
    assert table[("centres", "fgt0")] == pytest.approx(1 - 0.2)
    assert table[("centres", "fgt1")] == pytest.approx((300 * 0.5 + 500) / 1000)
    assert table[("centres", "mean")] == pytest.approx((200 * 2 + 300) / 1000)
    assert math.isnan(table[("jobs", "fgt0")])


def test_unemployed_reach_by_where_they_live(results):
    """5 in the first area and 2 in the third reach both centres; 30 in the second one, 20 in the fourth none."""
    row = results.fairness.cohorts.query("level == 'region' and cohort == 'unemployed'").squeeze()
    assert (row["people"], row["people_reaching"]) == (57, 7)
    assert row["share"] == pytest.approx(7 / 57)


def test_districts_in_one_row_each(results):
    districts = results.districts.set_index("district")
    assert districts.index.tolist() == ["Easton", "Weston"]
    assert districts["share_reaching"].tolist() == pytest.approx([0.4, 0.0])
    # The second area's other centre is 48 minutes away.
    assert districts["near_miss"].tolist() == [300, 0]
    assert districts["income_deprived"].tolist() == [140, 100]
    assert districts["income_rate"].tolist() == pytest.approx([140 / 500, 100 / 510])
    assert districts["share_most_deprived_tenth"].tolist() == pytest.approx([2 / 3, 0])


def test_what_the_data_cannot_tell_is_said(results):
    said = " ".join(results.fairness.left_out)
    assert "'disabled' is left out: the table of small areas has no column 'disabled'" in said
    assert set(results.fairness.left_out) <= set(results.cautions)


def test_every_table_is_written_and_its_columns_explained(results):
    for name, table in (
        ("cohorts.csv", results.fairness.cohorts),
        ("indicator_variants.csv", results.fairness.variants),
        ("indicator_sweep.csv", results.fairness.sweep),
        ("inequality.csv", results.fairness.inequality),
        ("districts.csv", results.districts),
    ):
        written = pd.read_csv(results.outputs[name], keep_default_na=False)
        assert written.columns.tolist() == table.columns.tolist()
        assert len(written) == len(table)
    told = json.loads(results.outputs["manifest.json"].read_text(encoding="utf-8"))["definitions"]
    assert told["denominator"].startswith(
        "all 1,000 residents of 2 districts (Easton, Weston), those who reach"
    )
    assert "by no more than 5 min" in told["near_miss"]
    near = pd.read_csv(results.outputs["indicator.csv"])
    assert near.loc[0, ["near_miss", "above_min", "up_to_min"]].tolist() == [300, 45, 50]


def test_another_figure_is_not_mistaken_for_the_strategys(results):
    assert results.fairness.beside == ""
    assert ("Compared with", "A figure of 41% is another measure.") in results.findings


def test_the_strategys_figure_is_quoted_from_the_register(pristine_study, tmp_path):
    shutil.copytree(pristine_study.parent, tmp_path / "study")
    path = tmp_path / "study" / "study.toml"
    text = path.read_text(encoding="utf-8")
    changed = text.replace('"A figure of 41% is another measure."', '"{strategy:kpi45} So it says."')
    path.write_text(changed, encoding="utf-8")
    study = corridors.load_study(path)
    assert study.indicator.compared_with == f"{cite('kpi45')} So it says."
    beside = corridors.run_study(study).fairness.beside
    assert beside.startswith(
        "By this study's definition 20.0% of residents have 2 or more centres within 45 minutes"
    )
    assert cite("kpi45") in beside
    assert "the two are not the same measure" in beside
    assert "3 centres there, 2 here" in beside


def test_an_unknown_entry_of_the_register_is_refused(pristine_study, tmp_path):
    text = pristine_study.read_text(encoding="utf-8")
    path = tmp_path / "study.toml"
    path.write_text(text.replace('"A figure of 41% is', '"{strategy:kpi54} is'), encoding="utf-8")
    with pytest.raises(StudyError, match=r"^study.toml: indicator.compared_with: .*kpi54"):
        corridors.load_study(path)


def test_a_geography_that_the_areas_are_not_is_refused(pristine_study, tmp_path):
    text = pristine_study.read_text(encoding="utf-8")
    path = pristine_study.parent / "named.toml"
    path.write_text(text.replace("[study]\n", '[study]\ngeography = "seven_boroughs"\n'), encoding="utf-8")
    try:
        with pytest.raises(StudyError, match=r"areas.csv is not exactly .*it lacks Birmingham"):
            corridors.run_study(corridors.load_study(path))
    finally:
        path.unlink()


def test_an_early_window_is_not_read_as_arrivals_and_says_so(pristine_study):
    path = pristine_study.parent / "early.toml"
    text = pristine_study.read_text(encoding="utf-8")
    path.write_text(
        text.replace('window = ["07:00", "09:00"]', 'window = ["01:00", "03:00"]'), encoding="utf-8"
    )
    try:
        found = corridors.run_study(corridors.load_study(path)).fairness
    finally:
        path.unlink()
    assert set(found.variants["direction"]) == {"depart"}
    assert any("not read as one of arrivals" in sentence for sentence in found.left_out)


def test_claimants_by_ward_with_a_ward_that_has_no_count(pristine_study, tmp_path):
    shutil.copytree(pristine_study.parent, tmp_path / "study")
    path = tmp_path / "study" / "study.toml"
    text = path.read_text(encoding="utf-8").replace(
        'sites = "sites.csv"\n', 'sites = "sites.csv"\nclaimants = "claimants.csv"\n'
    )
    path.write_text(text, encoding="utf-8")
    (path.parent / "claimants.csv").write_text(
        "wd25cd,claimants,period,residents_16_64,denominator_year\n"
        "W1,10,April 2026,125,2024\nW3,30,April 2026,300,2024\n",
        encoding="utf-8",
    )
    results = corridors.run_study(corridors.load_study(path), out=tmp_path / "out")
    rates = results.wards.set_index("ward_code")["claimant_rate"]
    assert rates[["W1", "W3"]].tolist() == [0.08, 0.1]
    assert math.isnan(rates["W2"])
    said = " ".join(results.cautions)
    assert "Claimants of April 2026" in said
    assert "1 of 3 wards have no claimant rate" in said
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Claimants, of residents aged 16 to 64" in page


def test_a_claimant_table_without_its_year_is_refused(pristine_study, tmp_path):
    shutil.copytree(pristine_study.parent, tmp_path / "study")
    path = tmp_path / "study" / "study.toml"
    text = path.read_text(encoding="utf-8").replace(
        'sites = "sites.csv"\n', 'sites = "sites.csv"\nclaimants = "claimants.csv"\n'
    )
    path.write_text(text, encoding="utf-8")
    (path.parent / "claimants.csv").write_text(
        "wd25cd,claimants,period,residents_16_64\nW1,10,April 2026,125\n", encoding="utf-8"
    )
    with pytest.raises(corridors.errors.TableError, match=r"claimants.csv.*denominator_year"):
        corridors.run_study(corridors.load_study(path))
