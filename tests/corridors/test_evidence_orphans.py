"""No orphans: every entry of the register stands for something, and every figure of the strategy comes from it."""

from __future__ import annotations

import csv
import json
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from corridors import evidence
from corridors.columns import MEANINGS
from corridors.register.spec import FEATURES, NAMED_FEATURES
from corridors.study import Study

# Figures that a reader knows the strategy by: nowhere in the tree without their entry, whatever stands around them.
KNOWN_BY = (
    "kpi45", "hs2_population", "hs2_london", "population_2038", "homes_2031", "hs2_jobs", "jobs_2030",
    "hs2_strategy_cost", "transport_investment", "new_track", "upskill", "output_gap",
)  # fmt: skip
# Prose that nothing fills in at run time; it must say what the register says, which the test holds it to.
PLAIN_PROSE = {
    ("README.md", "kpi45"),
    ("docs/howto/planner.md", "kpi45"),
    ("docs/howto/batch.md", "hs2_population"),
    ("docs/howto/batch.md", "jobs_total"),  # the same number of something else
    ("docs/methods/indicator.md", "kpi45"),
    ("docs/methods/indicator.md", "kpi45_minutes"),
}


@pytest.fixture(scope="module")
def register() -> pd.DataFrame:
    return evidence.read_register()


@pytest.fixture(scope="module")
def texts(project_root) -> dict[str, str]:
    """Everything that may print a figure, by its path; neither the register nor what reads it."""
    paths = [
        *(project_root / "corridors").rglob("*.py"),
        *(project_root / "maps").rglob("*.*"),
        *(project_root / "data").rglob("*.toml"),
        *(project_root / "notebooks").rglob("*.ipynb"),
        project_root / "README.md",
        project_root / "data" / "README.md",
        *(path for path in (project_root / "docs").rglob("*.md") if "generated" not in path.parts),
    ]
    kept = [path for path in paths if path.suffix in {".py", ".toml", ".md", ".html", ".js", ".ipynb"}]
    read = {path.relative_to(project_root).as_posix(): path.read_text(encoding="utf-8") for path in kept}
    return {name: text for name, text in read.items() if not name.startswith("corridors/evidence.py")}


# Entries without anything that stands for them


@pytest.fixture(scope="module")
def nameable(project_root) -> dict[str, set[str]]:
    """What a named feature may name, from what the toolkit and its sample hold."""
    boundaries = project_root / "data" / "boundaries"

    def ids(file: str, column: str) -> set[str]:
        with (boundaries / file).open(encoding="utf-8", newline="") as opened:
            return {row[column] for row in csv.DictReader(opened)}

    lines = json.loads((boundaries / "corridors.geojson").read_text(encoding="utf-8"))["features"]
    keys = {
        f"{section}.{key}"
        for section, field in Study.model_fields.items()
        for key in getattr(field.annotation, "model_fields", {})
    }
    return {
        "column": set(MEANINGS),
        "study": keys,
        "centre": ids("centres.csv", "centre_id"),
        "corridor": {line["properties"]["corridor_id"] for line in lines},
        "site": ids("sites.csv", "site_id"),
        "station": ids("stations.csv", "station_id"),
        "scheme": set(),  # the sample holds no schemes
    }


def test_every_feature_an_entry_names_exists(register, nameable):
    assert set(nameable) == set(NAMED_FEATURES)
    named = [(row.id, code.split(":")) for row in register.itertuples() for code in row.feature.split()]
    missing = [(entry, *code) for entry, code in named if len(code) == 2 and code[1] not in nameable[code[0]]]
    assert missing == []
    assert {code[0] for _, code in named if len(code) == 1} == set(FEATURES)


def test_what_is_computed_or_shown_names_the_thing_itself(register):
    claimed = register[register["status"].isin(["computed", "shown", "compared"])]
    vague = claimed.loc[~claimed["feature"].str.contains(":"), "id"]
    assert vague.tolist() == []


def references(texts: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, found) for name, text in texts.items() for found in re.findall(r"strategy:(\w+)", text)]


def test_every_figure_said_to_be_used_is_named_by_its_id(register, texts):
    used = register[register["status"].isin(["computed", "compared"]) & register["value"].notna()]
    assert len(used)
    able = {name for name in texts if name.startswith("corridors/") or name.endswith(".toml")}
    named = {entry for name, entry in references(texts) if name in able}
    assert set(used["id"]) - named == set()


def test_every_id_that_is_named_exists(register, texts):
    unknown = [(name, entry) for name, entry in references(texts) if entry not in set(register["id"])]
    assert unknown == []


def test_every_site_of_the_sample_stands_in_the_register_with_the_same_words(register, project_root):
    with (project_root / "data" / "boundaries" / "sites.csv").open(encoding="utf-8", newline="") as opened:
        sites = list(csv.DictReader(opened))
    for site in sites:
        code = f"site:{site['site_id']}"
        entry = register[[code in features.split() for features in register["feature"]]]
        assert entry["wording"].tolist() == [site["strategy_wording"]], site["site_id"]


def test_the_study_compares_with_the_thresholds_of_the_register(sample, register):
    value = register.set_index("id")["value"]
    assert sample.indicator.compared_cutoff_min == value["kpi45_minutes"]
    assert sample.indicator.compared_min_centres == value["kpi45_centres"]
    assert register.set_index("id")["wording"]["kpi45"] in sample.indicator.compared_with


# Figures outside the register


def printed_forms(row) -> str:
    """Return a pattern of the ways in which a text may write an entry's number."""
    number = re.escape(f"{row.value:,.10g}")
    if row.unit.startswith("£ "):
        scale = row.unit.split()[1]
        letters = {"billion": r"(?:bn|\s?billion)", "million": r"(?:m|\s?million)"}.get(scale, "")
        return rf"£\s?{number}{letters}(?!\w)"
    if row.unit.startswith("%"):
        return rf"(?<![\d.,]){number}\s?(?:%|per cent)"
    if row.unit.startswith(("minutes", "km")):
        return rf"(?<![\d.,]){number}\s?(?:min\b|minutes|km)"
    if row.value >= 1e6:
        millions = rf"{re.escape(f'{row.value / 1e6:g}')}(?:\.0)?\s?(?:m\b|million)"
        return rf"(?<![\d.,])(?:{millions}|{number}(?![\d,]))"
    return rf"(?<![\d.,]){number}(?![\d,])" if row.value >= 1000 else ""


def loose_figures(texts: dict[str, str], register: pd.DataFrame) -> list[tuple[str, int, str]]:
    """Find the strategy's figures that stand without their entry within five lines.

    The figures that the strategy is known by count anywhere, the others on lines that speak of the strategy.
    """
    rows = [row for row in register[register["value"].notna()].itertuples() if printed_forms(row)]
    forms = [(row.id, re.compile(printed_forms(row))) for row in rows]
    found = []
    for name, text in texts.items():
        lines = text.split("\n")
        for number, line in enumerate(lines, start=1):
            speaks = "strategy" in line.lower()
            near = set(re.findall(r"strategy:(\w+)", " ".join(lines[max(0, number - 6) : number + 5])))
            for entry, form in forms:
                if (speaks or entry in KNOWN_BY) and form.search(line) and entry not in near:
                    found.append((name, number, entry))
    return found


def test_the_search_for_loose_figures_finds_them(register):
    apart = "\n" * 6
    texts = {
        "a.py": "x = 1\nsaid = 'only 41 % of residents'\n",
        "b.md": "the strategy speaks of £350m and 27 per cent\n",
        "c.md": "2.0 million residents, 38 min to London, 400,000 more, 104,000 jobs\n",
        "far.toml": f"# strategy:kpi45{apart}compared_with = 'stated 41%'\n",
        "d.toml": "# strategy:kpi45\n\ncompared_with = 'stated 41%'\n",
        "e.md": "27 % of areas, £350m, 20,000 points, 141 %, 138 minutes, 12 million\n",
    }
    assert {entry[0] for entry in loose_figures(texts, register)} == {"a.py", "b.md", "c.md", "far.toml"}
    assert sorted(entry for name, _, entry in loose_figures(texts, register) if name.endswith(".md")) == [
        "exports_growth",
        "housing_plan",
        "hs2_jobs",
        "hs2_london",
        "hs2_population",
        "population_2038",
    ]


def test_no_figure_of_the_strategy_is_printed_past_the_register(register, texts):
    loose = [found for found in loose_figures(texts, register) if (found[0], found[2]) not in PLAIN_PROSE]
    assert loose == []


def test_plain_prose_agrees_with_the_register(register, texts):
    by_id = {row.id: row for row in register.itertuples()}
    for name, entry in PLAIN_PROSE:
        assert re.search(printed_forms(by_id[entry]), texts[name]), name


def test_a_pattern_is_made_for_every_way_of_writing():
    for value, unit, text in [
        (41, "% of residents", "41 %"),
        (4.4, "£ billion", "£4.4bn"),
        (42897, "£ of GVA per employee", "£42,897 each"),
        (31, "km of new track", "31 km"),
        (2e6, "residents", "2,000,000"),
    ]:
        assert re.search(printed_forms(SimpleNamespace(value=value, unit=unit)), text), text
