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
from corridors.reruns import RERUNS
from corridors.schemes.closures import run_closures
from corridors.schemes.study import run_schemes

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
        "schemes_sites.csv",
        "schemes_areas.parquet",
        "schemes.md",
        "manifest_schemes.json",
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


# --- other populations -----------------------------------------------------------------------------------------------

SCENARIOS = """
[[scenario]]
id = "double"
name = "Twice as many"
source = "made"
verified = false
more_residents = 1000
note = "Made up."

[[scenario]]
id = "homes"
name = "Homes at the second site"
source = "made"
verified = false
schemes = ["often"]
homes = { P1 = 50 }
household_size = 2
"""


def test_a_scenario_counts_the_same_journeys_for_its_own_residents(scheme_study, tmp_path):
    study = corridors.load_study(scheme_study(OFTEN + SCENARIOS))
    found = run_schemes(study, out=tmp_path / "out", scenarios=["double", "homes"])
    table = found.table.set_index("scenario")
    assert table.index.tolist() == ["today", "double", "homes"]
    today = table.loc["today"]
    people = ["gainers", "losers", "unchanged", "extra_residents"]
    # Every small area has twice its residents: so have those who gain.
    assert table.loc["double", people].tolist() == pytest.approx([2 * today[name] for name in people])
    assert table.loc["double", "share_most_deprived"] == pytest.approx(today["share_most_deprived"])
    # 100 more live in A1, next to the site, which reaches both centres before and after: they gain minutes at most.
    assert table.loc["homes", ["gainers", "losers", "unchanged"]].sum() == pytest.approx(1100)
    assert table.loc["homes", "extra_residents"] == today["extra_residents"]
    assert any(
        said.startswith("Twice as many. Assumed: 1,000 more residents, in proportion to those of today")
        for said in found.sentences
    )
    assert all(
        "Where people live" not in said for said in found.sentences if said.startswith("Twice as many")
    )
    paper = found.outputs["schemes.md"].read_text(encoding="utf-8")
    assert paper.count("| Twice as often |") == 3
    assert "Twice as many. Assumed" in paper
    assert set(pd.read_csv(found.outputs["schemes_levels.csv"])["scenario"]) == {"today", "double", "homes"}


def test_schemes_that_only_a_scenario_builds_together_are_asked_together(scheme_study):
    """Of three schemes the scenario builds two: their package is neither of them, nor all three."""
    others = OFTEN.replace('"often"', '"oftener"').replace("Twice as often", "Thrice") + OFTEN.replace(
        '"often"', '"third"'
    ).replace("Twice as often", "Four times")
    text = SCENARIOS.replace('schemes = ["often"]', 'schemes = ["often", "oftener"]')
    found = run_schemes(corridors.load_study(scheme_study(OFTEN + others + text)), scenarios=["homes"])
    built = found.table.loc[found.table["scenario"] == "homes", "scheme"].tolist()
    assert built == ["Twice as often", "Thrice", "The scenario's schemes together"]
    asked = set(found.sites["scheme"])
    assert "All schemes together" in asked
    assert "The scenario's schemes together (homes)" in asked


@pytest.mark.parametrize(
    ("text", "ids", "message"),
    [
        (OFTEN + SCENARIOS, ["dubble"], "there is no scenario 'dubble'; there are 'double', 'homes'"),
        (OFTEN, ["double"], "there is no scenario 'double'; there is none"),
        (
            OFTEN + SCENARIOS.replace('["often"]', '["tram"]'),
            ["homes"],
            "scenario 'homes' builds 'tram', which is no scheme; there are 'often'",
        ),
        (OFTEN + SCENARIOS.replace('id = "double"', 'id = "today"'), ["today"], "give it another id"),
    ],
)
def test_scenarios_that_cannot_be_answered_are_refused(scheme_study, text, ids, message):
    with pytest.raises(ToolkitError, match=message):
        run_schemes(corridors.load_study(scheme_study(text)), scenarios=ids)


def test_sites_say_what_a_scheme_does_to_their_pools_and_minutes(scheme_study):
    found = run_schemes(corridors.load_study(scheme_study(OFTEN)))
    sites = found.sites.set_index(["id", "measure"])
    assert found.sites["scheme"].unique().tolist() == ["Twice as often"]
    # P1 stands at Home, where the median wait of 4 minutes becomes 2: the bus leaves at :00 and :05.
    assert sites.loc[("P1", "minutes_to_centre_far_town"), ["before", "after", "change"]].tolist() == [
        39,
        37,
        -2,
    ]
    assert sites.loc[("P1", "minutes_to_hs2_H1"), "change"] == -2
    assert sites.loc[("P1", "residents"), "change"] == 0
    assert any("No site's labour pool within 45 minutes changes" in said for said in found.sentences)


# --- lines closed in turn --------------------------------------------------------------------------------------------


def test_every_line_is_closed_in_turn_from_the_command_line(pristine_study, tmp_path):
    """The only line closed: A1 and A3 lose their second centre, 200 residents."""
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["schemes", str(pristine_study), "--close-lines", "--out", str(out)])
    assert done.exit_code == 0, done.output
    table = pd.read_csv(out / "resilience.csv")
    assert table[["rank", "route_id", "residents_losing_enough"]].to_numpy().tolist() == [[1, "L1", 200]]
    assert "| 1 | 1 Home to Far Town |" in done.output
    assert "Illustrative: made up." in done.output
    told = json.loads((out / "manifest_closures.json").read_text(encoding="utf-8"))
    assert told["command"] == {"name": "closures", "options": {}}
    assert set(told["outputs"]) == {"resilience.csv", "resilience.md"}


def test_fewer_lines_can_be_asked_for_and_that_is_said(pristine_study, tmp_path):
    found = run_closures(corridors.load_study(pristine_study), limit=1)
    assert "Only lines with most departures were closed, at most 1" in found.sentences[-1]


@pytest.mark.parametrize(
    "options",
    [["--lines", "3"], ["--close-lines", "--scenario", "double"], ["--close-lines", "--lines", "0"]],
)
def test_options_without_meaning_are_a_wrong_use(pristine_study, options):
    assert CliRunner().invoke(app, ["schemes", str(pristine_study), *options]).exit_code == 2


def test_what_a_manifest_records_gives_the_same_bytes_again(scheme_study, tmp_path):
    study = corridors.load_study(scheme_study(OFTEN + SCENARIOS))
    run_schemes(study, out=tmp_path / "first", scenarios=["double"])
    run_closures(study, out=tmp_path / "first", limit=1)
    for name in ("manifest_schemes.json", "manifest_closures.json"):
        told = json.loads((tmp_path / "first" / name).read_text(encoding="utf-8"))
        command = told["command"]
        RERUNS[command["name"]](study, command["options"], {}, out=tmp_path / "again")
        for file in (*told["outputs"], name):
            assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "first" / file).read_bytes()
