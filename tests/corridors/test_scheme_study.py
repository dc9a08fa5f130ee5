"""Schemes of the made study, from its files to the table for a paper, by hand."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

import corridors
from corridors import manifest
from corridors.cli import app
from corridors.errors import StudyError, ToolkitError
from corridors.scheme_study import run_schemes

# Half the wait: the bus leaves every five minutes instead of every ten.
OFTEN = """
[[scheme]]
id = "often"
name = "Twice as often"
source = "made"
verified = false
cost_m = { low = 1.0, central = 2.0, high = 4.0 }
corridor = "X1"
assumed = "Everything."

[[scheme.edit]]
kind = "more_frequent"
route = "L1"
add_per_hour = 6
"""
CLOSED = """
[[scheme]]
id = "gone"
name = "No bus"
source = "made"
verified = false

[[scheme.edit]]
kind = "closed"
route = "L1"
"""
# What the made areas lack for fifths of the nation: the rank of Income deprivation, of 33,755.
RANKS = ["income_rank", "100", "200", "20000", "300"]


@pytest.fixture
def scheme_study(pristine_study, tmp_path):
    def make(text):
        folder = tmp_path / "study"
        shutil.copytree(pristine_study.parent, folder)
        areas = (folder / "areas.csv").read_text(encoding="utf-8").splitlines()
        ranked = [f"{row},{rank}" for row, rank in zip(areas, RANKS, strict=True)]
        (folder / "areas.csv").write_text("\n".join(ranked) + "\n", encoding="utf-8")
        (folder / "schemes.toml").write_text(text, encoding="utf-8")
        path = folder / "study.toml"
        study = path.read_text(encoding="utf-8")
        path.write_text(
            study.replace('sites = "sites.csv"\n', 'sites = "sites.csv"\nschemes = "schemes.toml"\n'),
            encoding="utf-8",
        )
        return path

    return make


def test_a_line_twice_as_often_gains_for_all_it_serves_and_harms_nobody(scheme_study, tmp_path):
    """The second area's median wait falls by some minutes: Far Town comes within 45 and its 300 residents count.

    At home at 480 s of walk plus a wait of 60 to 300 s, the 60th of 120 departures waits 180 s after 480 s: 11 min and
    35 min on the bus are 46; so the third place of the pair decides, and the figure is asked of the engine itself below.
    """
    study = corridors.load_study(scheme_study(OFTEN))
    found = run_schemes(study, out=tmp_path / "out")
    row = found.table.iloc[0]
    assert found.table["scheme"].tolist() == ["Twice as often"]
    assert row["gainers"] + row["losers"] + row["unchanged"] == 1000
    assert row["losers"] == 0
    # 500 residents have no bus at all.
    assert row["gainers"] <= 500
    assert row["gainers"] > 0
    assert row[["cost_m_low", "cost_m_central", "cost_m_high"]].tolist() == [1, 2, 4]
    assert row["residents_per_m"] == pytest.approx(row["extra_residents"] / 2)
    assert set(found.areas["id"]) == {"A1", "A2", "A3", "A4"}
    assert set(found.outputs) == {
        "schemes.csv",
        "schemes_levels.csv",
        "schemes_fifths.csv",
        "schemes_areas.parquet",
        "schemes.md",
    }
    paper = found.outputs["schemes.md"].read_text(encoding="utf-8")
    assert paper.startswith("# What the schemes change: A made study\n\nIllustrative: made up.\n")
    assert "| Twice as often |" in paper
    assert "Twice as often, assumed: Everything." in paper
    assert found.definition in paper
    assert "Not modelled: fares, crowding, reliability" in paper
    assert pd.read_csv(found.outputs["schemes.csv"])["scheme"].tolist() == ["Twice as often"]


def test_a_closed_line_shows_its_losers(scheme_study):
    """A bus that is the only one leaves no timetable to ask: the closure is refused, not answered with nought."""
    with pytest.raises(ToolkitError, match="leaves nothing that runs on 2026-03-10"):
        run_schemes(corridors.load_study(scheme_study(CLOSED)))


def test_a_study_without_schemes_is_refused_in_one_sentence(pristine_study):
    with pytest.raises(StudyError, match=r"^study.toml: \[files\] names no schemes$"):
        run_schemes(corridors.load_study(pristine_study))


def test_the_command_prints_the_table_and_its_path(scheme_study, tmp_path):
    done = CliRunner().invoke(app, ["schemes", str(scheme_study(OFTEN)), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "| Twice as often |" in done.output
    assert done.output.strip().endswith("schemes.md")


def test_the_file_of_schemes_is_among_the_inputs_of_a_run(scheme_study, tmp_path):
    path = scheme_study(OFTEN)
    study = corridors.load_study(path)
    assert manifest.input_hashes(study)["schemes.toml"] == manifest.sha256(path.parent / "schemes.toml")
    run = corridors.run_study(study, out=tmp_path / "out")
    told = json.loads(run.outputs["manifest.json"].read_text(encoding="utf-8"))
    assert "schemes.toml" in told["inputs"]
