"""The rankings of a run with everything drawn that a study can name, on the made study, by hand."""

from __future__ import annotations

import json
import math
import re
import shutil

import numpy as np
import pandas as pd
import pytest

import corridors
from corridors.errors import StudyError, ToolkitError
from corridors.manifest import sha256

DOUBT = """
definitions = ["best", "p80", "share"]
overlap_share = 0.5
"""
ERRORS = """
[[ranking.errors]]
measure = "income_deprived_per_1000"
rounded_to = 5
source = "A made publisher, who rounds to five."

[[ranking.errors]]
measure = "jobs_within"
rounded_to = "bres"
shared = true
source = "A made survey."

[[ranking.errors]]
measure = "jobs_per_worker"
rounded_to = "bres"
shared = true
source = "A made survey."
"""
COST = """
[[ranking.criteria]]
key = "cost"
label = "Cost"
group = "opportunity"
measure = "cost_m_central"
unit = "£ million"
direction = "lower"
low = 0
high = 100
weight = 0.5
"""
SCHEMES = """
[[scheme]]
id = "tram"
name = "A tram"
source = "made"
verified = false
corridor = "X1"
cost_m = { low = 10.0, central = 20.0, high = 40.0 }

[[scheme.edit]]
kind = "closed"
route = "L1"
"""


def with_more_corridors(folder, *, costs=None, schemes=None):
    """Add a corridor X4 that runs beside X1: A1 and A2 live in both."""
    path = folder / "corridors.geojson"
    table = json.loads(path.read_text(encoding="utf-8"))
    first = table["features"][0]
    table["features"].append(
        {**first, "properties": {**first["properties"], "corridor_id": "X4", "name": "Side road"}}
    )
    for feature in table["features"]:
        own = feature["properties"]
        low, central, high = (costs or {}).get(own["corridor_id"], (None, None, None))
        own |= {"cost_m_low": low, "cost_m_central": central, "cost_m_high": high}
        own["schemes"] = (schemes or {}).get(own["corridor_id"], "")
    path.write_text(json.dumps(table), encoding="utf-8")


def name_published_jobs(folder):
    """J1 is a published count of 1,000 by itself, J2 one of 100, J3 one of 50."""
    jobs = pd.read_csv(folder / "jobs.csv")
    jobs.assign(published_jobs=jobs["jobs"]).to_csv(folder / "jobs.csv", index=False)


def edit(path, *pairs):
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def doubted(pristine_study, tmp_path_factory):
    """Run the made study with a side road, published jobs, other definitions and errors."""
    path = shutil.copytree(pristine_study.parent, tmp_path_factory.mktemp("doubted") / "study") / "study.toml"
    name_published_jobs(path.parent)
    with_more_corridors(path.parent)
    edit(path, ("seed = 7\n", f"seed = 7\n{DOUBT}"))
    path.write_text(path.read_text(encoding="utf-8") + ERRORS, encoding="utf-8")
    study = corridors.load_study(path)
    return study, corridors.run_study(study, out=tmp_path_factory.mktemp("out"))


def test_everything_a_study_names_is_drawn_and_said(doubted):
    study, found = doubted
    assert found.robustness.factors["factor"].tolist() == ["weights", "definition", "data", "all"]
    words = "the weights, the definition of travel time and the known errors of the data"
    assert study.ranking.drawn_in_words == words
    told = json.loads(found.outputs["manifest.json"].read_text(encoding="utf-8"))
    assert words in told["definitions"]["rank_low"]
    assert any(f"over 200 draws of {words}." in note for note in told["notes"])
    assert any(heading == "How sure the ranking of corridors is" for heading, _ in found.findings)
    sources = [note for note in told["notes"] if note.startswith("Errors of the data drawn")]
    expected = (
        "Errors of the data drawn: Income-deprived people (A made publisher, who rounds to five); Jobs within reach, Jobs "
        "per worker (A made survey). They are those of rounding alone."
    )
    assert sources == [expected]


def test_a_rank_ranges_over_the_definitions_by_hand(made_study):
    """With weights as they are and gap_centres alone, X1 and X2 change places nowhere, but X1's place does between.

    X1 holds A1 (100) and A2 (300), X2 holds A4 (500), who reach nothing. A2 has both centres within 45 minutes at the
    best departure only, so X1 has 0, 750, 750 and 600 of 1,000 with too few by best, median, p80 and share; X2 1,000.
    A goalpost of 600 puts X2 level with X1 at the median, at p80 and by share, and before it at the best.
    """
    text = made_study.read_text(encoding="utf-8")
    head, *criteria = text.split("[[ranking.criteria]]")
    gap = next(part for part in criteria if "gap_centres" in part)
    gap = gap.replace("weight = 0.3", "weight = 1").replace("high = 1000", "high = 600")
    head = head.replace("concentration = 20", f"concentration = inf\n{DOUBT}").replace(
        "draws = 200", "draws = 2000"
    )
    made_study.write_text(f"{head}[[ranking.criteria]]{gap}", encoding="utf-8")
    found = corridors.run_study(corridors.load_study(made_study)).robustness
    ranking = found.ranking.set_index("id")
    assert ranking.loc[["X1", "X2"], "rank"].tolist() == [1, 1]
    assert found.factors["factor"].tolist() == ["definition", "all"]
    assert ranking.loc["X2", "p_first"] == 1
    assert ranking.loc["X1", "p_first"] == pytest.approx(0.75, abs=0.04)
    assert ranking.loc["X1", ["rank_low", "rank_high"]].tolist() == [1, 2]


def test_standard_errors_of_rounding_by_hand(doubted):
    ranking = doubted[1].ranking.set_index("id")
    # Two counts, each rounded to five, over 400 residents.
    expected = 1000 * 5 * math.sqrt(2 / 12) / 400
    assert ranking.loc["X1", "income_deprived_per_1000_error"] == pytest.approx(expected)
    # 1,000 may stand for 950 to 1,125 (to the nearest 100 below 1,000, to 250 from there), 100 for 87.5 to 112.5. A1
    # reaches both, A2 the first alone, and 300 of the 400 live in A2.
    both, first = math.sqrt((175**2 + 25**2) / 12), math.sqrt(175**2 / 12)
    jobs = (100 * both + 300 * first) / 400
    assert ranking.loc["X1", "jobs_within_error"] == pytest.approx(jobs)
    share = jobs / ranking.loc["X1", "jobs_within"]
    assert ranking.loc["X1", "jobs_per_worker_error"] == pytest.approx(
        share * ranking.loc["X1", "jobs_per_worker"]
    )
    assert ranking.loc["X3", ["income_deprived_per_1000_error", "jobs_within_error"]].isna().all()


def test_same_residents_in_two_corridors_are_counted_once_and_said(doubted):
    _, found = doubted
    pairs = found.overlaps[found.overlaps["places"] == "corridors"]
    assert pairs[["id_a", "id_b", "residents", "share_of_smaller"]].to_numpy().tolist() == [
        ["X1", "X4", 400, 1.0]
    ]
    assert any(
        "Home road and Side road share 400 residents, 100% of the smaller" in said for said in found.cautions
    )
    cover = found.cover[found.cover["places"] == "corridors"].set_index("id")
    assert cover["together"].max() == 900  # 400 + 500, not 1,300
    assert cover.loc["X4", "added"] == 0
    assert any(
        "hold 900 residents, each counted once; 400 of them live in more" in said for said in found.cautions
    )
    assert found.members.groupby("place_id")["id"].agg(list).to_dict() == {
        "X1": ["A1", "A2"],
        "X2": ["A4"],
        "X4": ["A1", "A2"],
    }
    linked = found.connectedness.set_index("id")
    assert linked.loc[["X1", "X2", "X4"], "overlapping"].tolist() == [1, 0, 1]


def test_sites_have_their_pools_and_minutes(doubted):
    """P1 stands at Home: A1 is there and A2 walks 8 minutes; nobody rides towards it. P2 is where A4 lives."""
    sites = doubted[1].sites.set_index("id")
    assert sites.loc[["P1", "P2"], "residents"].tolist() == [400, 500]
    assert sites.loc["P1", ["unemployed", "income_deprived"]].tolist() == [35, 130]
    assert sites.loc["P1", "minutes_to_centre_far_town"] == 39
    assert sites.loc["P1", "minutes_to_hs2_H1"] == 39
    assert np.isinf(sites.loc["P2", "minutes_to_centre_mid_town"])


def test_the_same_study_writes_the_same_bytes_with_everything_drawn(doubted, tmp_path):
    study, found = doubted
    again = corridors.run_study(study, out=tmp_path / "again")
    assert {name: sha256(path) for name, path in again.outputs.items()} == {
        name: sha256(path) for name, path in found.outputs.items()
    }


def test_costs_are_drawn_for_corridors_and_left_out_for_sites(made_study):
    with_more_corridors(made_study.parent, costs={"X1": (20, 40, 80), "X2": (50, 50, 50)})
    halved = [(f"weight = {given}\n", f"weight = {given / 2:g}\n") for given in (0.4, 0.3, 0.1, 0.2)]
    # One after the other would halve 0.2 twice, so the halves are written in words first.
    text = made_study.read_text(encoding="utf-8")
    for old, new in halved:
        text = text.replace(old, new.replace("weight = ", "weight = @"))
    made_study.write_text(text.replace("@", "") + COST, encoding="utf-8")
    found = corridors.run_study(corridors.load_study(made_study))
    ranking = found.ranking.set_index("id")
    assert found.robustness.factors["factor"].tolist() == ["weights", "cost", "all"]
    # Half the score as without costs, half by 40 of 100 (lower is better).
    assert ranking.loc["X1", "score"] == pytest.approx(0.5 * 0.5225 + 0.5 * 0.6)
    assert np.isnan(ranking.loc["X4", "score"])
    assert any(said.startswith("The cost of Side road is not known") for said in found.cautions)
    assert "cost" not in found.ranking_sites.columns
    assert found.robustness_sites.factors["factor"].tolist() == ["weights", "all"]
    assert any(
        "None of the sites has a cost, so they are ranked without 'Cost'" in said for said in found.cautions
    )


def test_costs_alone_cannot_rank_what_has_none(made_study):
    head = made_study.read_text(encoding="utf-8").split("[[ranking.criteria]]")[0]
    made_study.write_text(head + COST.replace("weight = 0.5", "weight = 1"), encoding="utf-8")
    with pytest.raises(StudyError, match="weighs costs alone, and none of the corridors has a cost"):
        corridors.run_study(corridors.load_study(made_study))


def test_the_same_money_on_both_sides_is_said_once(made_study):
    folder = made_study.parent
    with_more_corridors(folder, costs={"X1": (10, 25, 40)}, schemes={"X1": "tram"})
    (folder / "schemes.toml").write_text(SCHEMES, encoding="utf-8")
    edit(made_study, ('sites = "sites.csv"\n', 'sites = "sites.csv"\nschemes = "schemes.toml"\n'))
    found = corridors.run_study(corridors.load_study(made_study))
    said = [each for each in found.cautions if "may be the same money" in each]
    assert len(said) == 1
    assert said[0].endswith("Home road (£25m) and A tram (£20m).")
    assert found.connectedness.set_index("id").loc["X1", "schemes"] == 1


@pytest.mark.parametrize(
    ("named", "serves", "message"),
    [
        ({"X1": "tramm"}, "X1", "'tramm' is no scheme of the study; did you mean 'tram'"),
        ({}, "X9", "corridors of schemes"),
    ],
)
def test_corridors_and_schemes_that_name_one_another_in_vain_are_refused(made_study, named, serves, message):
    folder = made_study.parent
    with_more_corridors(folder, schemes=named)
    (folder / "schemes.toml").write_text(SCHEMES.replace('"X1"', f'"{serves}"'), encoding="utf-8")
    edit(made_study, ('sites = "sites.csv"\n', 'sites = "sites.csv"\nschemes = "schemes.toml"\n'))
    with pytest.raises(ToolkitError, match=message):
        corridors.run_study(corridors.load_study(made_study))


def test_a_study_without_corridors_and_sites_says_nothing_of_them(made_study, tmp_path):
    folder = made_study.parent
    (folder / "corridors.geojson").write_text(
        '{"type": "FeatureCollection", "features": []}', encoding="utf-8"
    )
    heading = (folder / "sites.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "sites.csv").write_text(heading + "\n", encoding="utf-8")
    edit(made_study, ("seed = 7\n", f"seed = 7\n{DOUBT}"))
    found = corridors.run_study(corridors.load_study(made_study), out=tmp_path / "out")
    for name in ("ranking.csv", "ranking_sites_wins.csv", "overlaps.csv", "cover.csv"):
        assert pd.read_csv(found.outputs[name]).empty
    assert not {"The ranking of corridors", "The ranking of sites"} & {
        heading for heading, _ in found.caution_groups
    }
    assert found.sites.empty
    assert not any("How sure" in heading for heading, _ in found.findings)


def test_rounded_jobs_need_their_published_counts(made_study):
    edit(made_study, ("seed = 7\n", f"seed = 7\n{DOUBT}"))
    made_study.write_text(made_study.read_text(encoding="utf-8") + ERRORS, encoding="utf-8")
    with pytest.raises(StudyError, match=r"jobs\.csv name no published_jobs"):
        corridors.run_study(corridors.load_study(made_study))


def test_geometric_means_and_weights_left_as_they_are(made_study):
    edit(
        made_study,
        ("concentration = 20", 'concentration = "uninformed"\naggregation = "geometric"'),
    )
    study = corridors.load_study(made_study)
    found = corridors.run_study(study).ranking.set_index("id")
    # The placed values of X1 as in the run of the study itself: 0.45, 0.75, 0.15 and 0.5125.
    expected = 0.45**0.4 * 0.75**0.3 * 0.15**0.1 * 0.5125**0.2
    assert found.loc["X1", "score"] == pytest.approx(expected)
    assert study.ranking.weights_in_words == "weights drawn with every set of them equally likely"


def test_every_column_behind_a_decision_is_explained(doubted):
    study, found = doubted
    told = json.loads(found.outputs["manifest.json"].read_text(encoding="utf-8"))["definitions"]
    names = [
        name
        for name in found.outputs
        if re.match("ranking|sites|overlaps|cover|connectedness|in_common", name)
    ]
    assert len(names) == 2 * 8 + 5
    identity = re.compile(r"places|kind|key|label|weight|(.*_)?(id|name)(_[ab])?|minutes_to_.*")
    criteria = {criterion.key for criterion in study.criteria}
    for name in names:
        # The tables beside a ranking are the same for corridors and sites.
        file = re.sub("^ranking(_sites)?_(?!sites)", "ranking[_sites]_", name)
        unexplained = {
            column
            for column in pd.read_csv(found.outputs[name]).columns
            if column not in told.keys() | criteria
            and f"{file}: {column}" not in told
            and not identity.fullmatch(column)
        }
        assert not unexplained, name
