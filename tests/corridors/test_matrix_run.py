"""A study scored from brought times against the same study routed: the same where one number a pair can tell, else left out."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from made_network import made_network
from typer.testing import CliRunner

import accessibility as acc
import corridors
from corridors.cli import app
from corridors.errors import JoinError, ToolkitError
from corridors.verify import verify_folder


@pytest.fixture(scope="module")
def matrix(pristine_study, tmp_path_factory):
    """The made study's own minutes, as r5py would write them: a row per pair, NaN where there is no journey."""
    made = made_network(pristine_study)
    asked = {"window": made.study.journey.window, "max_time_min": made.study.journey.max_time_min}
    parts = [
        acc.travel_times(made.network, made.inputs.areas, points, percentiles=(25, 50), **asked)
        for points in (made.inputs.centres, made.inputs.jobs)
    ]
    path = tmp_path_factory.mktemp("brought") / "times.csv"
    pd.concat(parts).replace(np.inf, np.nan).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def routed(pristine_study):
    return corridors.run_study(corridors.load_study(pristine_study))


@pytest.fixture(scope="module")
def scored(pristine_study, matrix, tmp_path_factory):
    return corridors.run_study(
        corridors.load_study(pristine_study), times=matrix, out=tmp_path_factory.mktemp("out") / "scored"
    )


def test_the_indicator_is_that_of_the_run(scored, routed):
    pd.testing.assert_frame_equal(scored.indicator, routed.indicator, check_exact=True)
    pd.testing.assert_frame_equal(scored.curve, routed.curve, check_exact=True)
    assert scored.headline == routed.headline


def test_access_wards_and_ranking_are_those_of_the_run(scored, routed):
    shared = [name for name in routed.access.columns if name != "share_departures"]
    pd.testing.assert_frame_equal(scored.access[shared], routed.access[shared], rtol=1e-12)
    assert "share_departures" not in scored.access.columns
    wards = [name for name in scored.wards.columns if name not in {"geometry", "texts"}]
    assert {"jobs_per_unemployed", "minutes_to_k", "share_reaching"} <= set(wards)
    pd.testing.assert_frame_equal(
        pd.DataFrame(scored.wards[wards]), pd.DataFrame(routed.wards[wards]), rtol=1e-12
    )
    for name in ("ranking", "ranking_sites"):
        found, expected = getattr(scored, name), getattr(routed, name)
        alike = ["id", "score", "residents", "few_centres_per_1000", "jobs_per_worker"]
        pd.testing.assert_frame_equal(found[alike], expected[alike], rtol=1e-12)


def test_every_output_says_that_the_minutes_were_brought(scored):
    manifest = json.loads(scored.outputs["manifest.json"].read_text(encoding="utf-8"))
    page = scored.outputs["index.html"].read_text(encoding="utf-8")
    for text in (
        scored.definition,
        manifest["definitions"]["indicator"],
        manifest["definitions"]["journey"],
        page,
    ):
        assert "brought in the file times.csv (percentile 50 of the departures" in text
        assert "not computed by this toolkit" in text
    assert manifest["service_date"] is None
    assert manifest["brought"]["times"]["file"] == "times.csv"
    assert not any("07:00" in meaning for meaning in manifest["definitions"].values())
    shown = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "07:00" not in shown
    assert "10 March 2026" not in shown
    assert "Warnings from the timetable" not in shown


def test_what_a_matrix_cannot_tell_is_left_out_and_said(scored):
    assert any("one number for each pair cannot tell it" in sentence for sentence in scored.cautions)
    assert scored.fairness.variants["statistic"].tolist() == ["p50"]
    assert scored.fairness.variants["is_study"].all()
    assert scored.network is None
    assert "sites.csv" not in scored.outputs
    assert not any(name.startswith("briefing") for name in scored.outputs)


def test_the_same_matrix_gives_the_same_bytes_and_another_another_run(
    scored, pristine_study, matrix, tmp_path
):
    (found,) = verify_folder(scored.outputs["manifest.json"].parent, rerun=True)
    assert found.differences == ()
    assert found.rerun
    shorter = tmp_path / "times.csv"
    shorter.write_text(
        "\n".join(matrix.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8"
    )
    other = corridors.run_study(corridors.load_study(pristine_study), times=shorter)
    assert other.run_id != scored.run_id


def test_the_study_file_may_name_them(scored, pristine_study, matrix, tmp_path):
    folder = shutil.copytree(pristine_study.parent, tmp_path / "study")
    shutil.copy(matrix, folder / "times.csv")
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8").replace(
        'sites = "sites.csv"', 'sites = "sites.csv"\ntimes = "times.csv"'
    )
    path.write_text(text, encoding="utf-8")
    found = corridors.run_study(corridors.load_study(path))
    pd.testing.assert_frame_equal(found.access, scored.access)
    assert found.definition == scored.definition


def test_feeds_are_not_read(pristine_study, matrix, tmp_path):
    """What was computed elsewhere needs no timetable here: a feed that cannot be read does not matter."""
    folder = shutil.copytree(pristine_study.parent, tmp_path / "study")
    (folder / "feed" / "stop_times.txt").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(ToolkitError):
        corridors.run_study(corridors.load_study(folder / "study.toml"))
    assert corridors.run_study(corridors.load_study(folder / "study.toml"), times=matrix).headline


def test_a_matrix_of_another_study_is_refused(pristine_study, matrix, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text(matrix.read_text(encoding="utf-8").replace("A1,", "E01000001,"), encoding="utf-8")
    with pytest.raises(JoinError, match=r"1 of 4 origins of other\.csv are not in the small areas"):
        corridors.run_study(corridors.load_study(pristine_study), times=other)


def test_from_the_command_line(pristine_study, matrix, tmp_path):
    asked = ["run", str(pristine_study), "--times", str(matrix), "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(app, asked)
    assert told.exit_code == 0, told.output
    assert "brought in the file times.csv" in told.stdout
    assert "the definition of travel time" not in told.stdout
