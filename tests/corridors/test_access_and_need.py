"""What stands beside the level of access, on the made study and by hand."""

from __future__ import annotations

import math
import shutil

import pandas as pd
import pytest

import corridors
from accessibility.errors import NoServiceError
from corridors.access.access_and_need import ward_class_counts, ward_classes
from corridors.errors import StudyError


def changed(pristine_study, folder, *edits):
    shutil.copytree(pristine_study.parent, folder)
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_is_asked_that_the_study_does_not_ask(pristine_study):
    beside = corridors.run_study(corridors.load_study(pristine_study)).beside
    assert set(beside.files) == {"level_and_relative.csv"}
    assert [heading for heading, _ in beside.findings] == ["Level and need", "Beside the official score"]


def test_other_times_of_day(pristine_study, tmp_path):
    """The bus runs from 06:00 to 12:00: early, half the window has it; in the evening nobody reaches anything."""
    path = changed(
        pristine_study,
        tmp_path / "study",
        ("[ranking]\n", "[times]\nwindows = true\nby_hour = true\n\n[ranking]\n"),
    )
    results = corridors.run_study(corridors.load_study(path), out=tmp_path / "out")
    windows = results.beside.windows.query("level == 'region'").set_index("window")
    assert windows.loc["study", "share"] == 0.2
    evening = windows.loc["evening"]
    assert (evening["residents"], evening["residents_reaching"]) == (1000, 0)
    hours = results.beside.hours
    assert hours["window"].nunique() == 24
    assert set(hours.loc[hours["level"] == "region", "residents"]) == {1000}
    written = pd.read_csv(results.outputs["hours.csv"])
    assert len(written) == len(hours)
    said = dict(results.findings)["At other times of day"]
    assert "evening (19:00 until before 21:00): 0.0%" in said
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "The same questions at other times of day" in page


def test_services_within_reach(pristine_study, tmp_path):
    """A school where the first area stands: the second walks 488 s to it; the fourth, 20 km off, does not get there."""
    path = changed(
        pristine_study,
        tmp_path / "study",
        ('sites = "sites.csv"\n', 'sites = "sites.csv"\nservices = "services.csv"\n'),
    )
    first = pd.read_csv(path.parent / "areas.csv").iloc[0]
    (path.parent / "services.csv").write_text(
        f"id,name,kind,lon,lat,source,verified\nS1,Home School,secondary_school,{first['lon']},{first['lat']},made,false\n",
        encoding="utf-8",
    )
    table = corridors.run_study(corridors.load_study(path)).beside.services
    region = table[table["level"] == "region"].set_index("cutoff_min")
    assert region.loc[30, ["residents", "residents_within"]].tolist() == [1000, 400]


def test_step_free_journeys_only(pristine_study, tmp_path):
    """The made feed says nothing of wheelchairs: leaving the unknown out leaves no trip, taking it in leaves all."""
    feeds = 'feeds = ["feed"]\n'
    refused = changed(pristine_study, tmp_path / "some", (feeds, feeds + 'step_free = "exclude"\n'))
    with pytest.raises(NoServiceError, match="include"):
        corridors.run_study(corridors.load_study(refused))
    taken = changed(pristine_study, tmp_path / "all", (feeds, feeds + 'step_free = "include"\n'))
    results = corridors.run_study(corridors.load_study(taken))
    assert results.indicator["share"].iloc[0] == 0.2
    assert "step-free stops and vehicles and those of which nothing is said" in results.definition


def test_wards_by_need_and_access_together():
    wards = pd.DataFrame(
        {
            "ward_code": list("abcdef"),
            "residents": [100, 100, 100, 100, 100, 0],
            "income_deprived_per_1000": [500.0, 400.0, 300.0, 100.0, math.nan, math.nan],
            "minutes_to_k": [30.0, math.inf, 50.0, 60.0, 40.0, math.nan],
        }
    )
    found = ward_classes(wards).set_index("ward_code")["need_and_access"]
    assert found["a"] == "3-3"  # most deprived, nearest
    assert found["b"].endswith("-1")  # never reached is the poorest access
    assert found[["e", "f"]].isna().all()
    counts = ward_class_counts(ward_classes(wards)).set_index("bivariate")
    assert counts["residents"].sum() == 500
    assert counts["areas"].sum() == 6


def test_wards_where_nobody_reaches_enough_centres_have_no_class():
    wards = pd.DataFrame(
        {
            "ward_code": ["a"],
            "residents": [100],
            "income_deprived_per_1000": [500.0],
            "minutes_to_k": [math.inf],
        }
    )
    assert ward_classes(wards)["need_and_access"].isna().all()


def test_feeds_of_another_place_are_refused(pristine_study, tmp_path):
    """The same bus a degree farther north: no area has a stop, and a figure of nought would look like a finding."""
    path = changed(pristine_study, tmp_path / "study")
    stops = path.parent / "feed" / "stops.txt"
    rows = [line.split(",") for line in stops.read_text(encoding="utf-8").splitlines()]
    at = rows[0].index("stop_lat")
    for row in rows[1:]:
        row[at] = str(float(row[at]) + 1)
    stops.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    with pytest.raises(StudyError, match=r"4 of 4 small areas have no stop .* belong to the same place"):
        corridors.run_study(corridors.load_study(path))
