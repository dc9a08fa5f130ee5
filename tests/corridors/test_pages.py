"""The pages of a run: hostile names, studies that lack something, and figures that agree with the files."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from page_cells import assert_random_cells_agree

import corridors
import maps
from corridors.errors import StudyError, TableError
from corridors.inputs import read_inputs
from corridors.page.study_page import study_page
from maps.embedded import read_page_data

HOSTILE = "</script><img src=x onerror=alert(1)>"
_NO_NEED = """\
[[ranking.criteria]]
key = "gap_centres"
label = "Residents with few centres"
group = "gap"
measure = "few_centres_per_1000"
unit = "per 1,000"
direction = "higher"
low = 0
high = 1000
weight = 1
"""


def run(path, *, out=None):
    study = corridors.load_study(path)
    return study, corridors.run_study(study, out=out)


def replaced(path, *pairs: tuple[str, str]):
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(pristine_study, tmp_path_factory):
    return run(pristine_study, out=tmp_path_factory.mktemp("out"))


def test_hostile_names_stay_text_wherever_they_stand(made_study, chromium, tmp_path):
    """Names of areas, stops, lines, corridors, sites, stations, centres and places, through the whole run."""
    folder = made_study.parent
    for name, old in (
        ("areas.csv", ",Second,"), ("centres.csv", "Far Town"), ("stations.csv", "Old station"),
        ("sites.csv", "First site"), ("corridors.geojson", "Home road"),
    ):  # fmt: skip
        replaced(folder / name, (old, old.replace(old.strip(","), HOSTILE)))
    replaced(folder / "feed" / "stops.txt", ("S0,S0,", f"S0,{HOSTILE},"))
    replaced(folder / "feed" / "routes.txt", ("L1,M,1,", f"L1,M,{HOSTILE},"))
    (folder / "places.csv").write_text(
        f"name,kind,lon,lat\n{HOSTILE},{HOSTILE},-1.99,52.51\n", encoding="utf-8"
    )
    replaced(made_study, ('sites = "sites.csv"', 'sites = "sites.csv"\nplaces = "places.csv"'))
    _, results = run(made_study, out=tmp_path / "out")
    html = results.outputs["index.html"].read_text(encoding="utf-8")
    assert html.count("<img") == 0
    told = read_page_data(html)
    # The sentence of the journey names the stop, the line and the small area.
    spoken = " ".join(text for part in told["panel"]["texts"] for text in part["values"] if text)
    assert spoken.count(HOSTILE) >= 4
    context = chromium.new_context(offline=True)
    tab = context.new_page()
    said: list[str] = []
    tab.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(results.outputs["index.html"].as_uri())
    tab.wait_for_selector("[data-feature-count]", timeout=20_000)
    for box in tab.locator("input[name=overlay]").all():
        box.set_checked(True)
    assert said == []
    context.close()


def test_a_study_without_corridors_still_has_a_page(made_study, tmp_path):
    (made_study.parent / "corridors.geojson").write_text(
        '{"type": "FeatureCollection", "features": []}', encoding="utf-8"
    )
    study, results = run(made_study, out=tmp_path / "out")
    page = study_page(study, read_inputs(study), results)
    assert page.title == "20.0% of residents reach two or more centres within 45 minutes"
    assert len(page.facts) == 3  # no corridor comes first
    html = results.outputs["index.html"].read_text(encoding="utf-8")
    assert "The study&#39;s table of corridors is empty" in html
    assert pd.read_csv(results.outputs["ranking.csv"]).empty


def test_a_study_without_figures_of_deprivation_says_so_and_keeps_the_rest(made_study, tmp_path):
    """The five columns are gone; the ranking asks for a gap alone."""
    path = made_study.parent / "areas.csv"
    table = pd.read_csv(path)
    dropped = [
        "income_deprived", "income_denominator", "employment_deprived", "employment_denominator", "imd_decile",
    ]  # fmt: skip
    table.drop(columns=dropped).to_csv(path, index=False)
    text = made_study.read_text(encoding="utf-8")
    made_study.write_text(text[: text.index("[[ranking.criteria]]")] + _NO_NEED, encoding="utf-8")
    study, results = run(made_study, out=tmp_path / "out")
    wards = pd.read_csv(results.outputs["wards.csv"])
    for name in ("income_deprived", "income_deprived_per_1000", "share_most_deprived_tenth", "typical_tenth"):
        assert wards[name].isna().all(), name  # missing, never nought
    ranking = results.ranking.set_index("id")
    assert ranking["income_deprived"].isna().all()
    assert ranking.loc["X1", "score"] == pytest.approx(0.75)
    assert "income_deprived" not in results.fairness.cohorts["cohort"].unique()
    page = study_page(study, read_inputs(study), results)
    shown = {
        column.column for table in page.tables for column in table.columns if table.key.startswith("wards")
    }
    assert shown.isdisjoint({"income_deprived_per_1000", "typical_tenth", "need_and_access"})
    html = results.outputs["index.html"].read_text(encoding="utf-8")
    drawn = {layer["key"] for layer in read_page_data(html)["choropleths"]}
    assert {"share_reaching", "minutes_to_k", "jobs_within", "unemployment_rate"} <= drawn
    assert drawn.isdisjoint({"income_deprived_per_1000", "typical_tenth", "need_and_access", "extent"})
    assert "have no figures of deprivation" in html
    assert page.compare is not None
    assert set(page.compare) <= drawn


def test_one_ward_is_a_page_too(made_study):
    """Everything but W3, its small area, its site and its corridor goes."""
    folder = made_study.parent
    for name, column, kept in (
        ("areas.csv", "wd25cd", ["W3"]), ("area_wards.csv", "wd25cd", ["W3"]), ("wards.csv", "wd25cd", ["W3"]),
        ("jobs.csv", "wd25cd", ["W3"]), ("sites.csv", "site_id", ["P2"]),
    ):  # fmt: skip
        table = pd.read_csv(folder / name, dtype=str)
        table[table[column].isin(kept)].to_csv(folder / name, index=False)
    for name, key, kept in (
        ("wards.geojson", "wd25cd", ["W3"]),
        ("corridors.geojson", "corridor_id", ["X2"]),
    ):
        told = json.loads((folder / name).read_text(encoding="utf-8"))
        told["features"] = [each for each in told["features"] if each["properties"][key] in kept]
        (folder / name).write_text(json.dumps(told), encoding="utf-8")
    # A stop at its door: a study that no stop is near is refused.
    stops = folder / "feed" / "stops.txt"
    lines = stops.read_text(encoding="utf-8").splitlines()
    area = pd.read_csv(folder / "areas.csv").iloc[0]
    lines[1] = f"S0,S0,{area['lat']},{area['lon']}"
    stops.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _, results = run(made_study)
    page = results.pages["index.html"]
    titles = [table.title for table in page.tables if table.key.startswith("wards")]
    assert titles
    assert all(title.startswith("The ward: ") for title in titles)
    assert read_page_data(maps.build_page(page))["areas"]["ids"] == ["W3"]


def test_page_csv_and_parquet_agree_on_random_cells(made):
    """Every figure of the tooltip and the panel, as printed, against both files."""
    assert_random_cells_agree(*made, cells=80, seed=7)


def test_tables_are_linked_with_what_the_map_draws(made):
    page = made[1].pages["index.html"]
    links = {table.key: table.links for table in page.tables}
    assert links["ranking"] == "corridors"
    assert links["ranking-sites"] == links["sites-within-reach"] == "sites"
    assert links["boroughs"] == "groups"
    assert links["wards"] == links["wards-need"] == "areas"
    narrow = {key for key in links if key.startswith(("ranking", "wards", "boroughs", "sites"))}
    assert all(len(table.columns) <= 7 for table in page.tables if table.key in narrow)
    assert all(len(table.columns) <= 5 for table in page.tables if table.key.startswith("wards"))


def test_every_colour_of_the_map_can_be_read_in_a_table(made):
    page = made[1].pages["index.html"]
    read = {
        column.column for table in page.tables if table.key.startswith("wards") for column in table.columns
    }
    assert {layer.column for layer in page.choropleths if page.areas[layer.column].notna().any()} <= read


def test_places_are_found_by_name(made, made_study):
    study, results = made
    places = study_page(study, read_inputs(study), results).places.set_index("name")
    assert places["kind"].to_dict() == {
        "Far Town": "centre", "Mid Town": "centre", "Home road": "corridor", "North road": "corridor",
        "Empty road": "corridor", "First site": "site", "Second site": "site", "New station": "HS2 station",
        "Old station": "rail station",
    }  # fmt: skip
    (made_study.parent / "places.csv").write_text(
        "name,kind,lon,lat\nB1,postcode district,-1.99,52.51\nB1,postcode district,-1.99,52.51\n",
        encoding="utf-8",
    )
    replaced(made_study, ('sites = "sites.csv"', 'sites = "sites.csv"\nplaces = "places.csv"'))
    with pytest.raises(TableError, match=r"places\.csv, row"):
        read_inputs(corridors.load_study(made_study))
    (made_study.parent / "places.csv").write_text(
        "name,kind,lon,lat\nB1,postcode district,-1.99,52.51\n", encoding="utf-8"
    )
    found = study_page(study, read_inputs(corridors.load_study(made_study)), results).places
    assert found.set_index("name").loc["B1", "kind"] == "postcode district"


def test_bands_of_stations_are_drawn_and_count_who_lives_in_them(made):
    """H1 is at Far Town's stop: A1 takes 39 min, A2 48, A3 36 in the median. R1 is at Mid Town's, a kilometre from A3.

    A walk of 20 minutes reaches 1,230 m, of 10 minutes 615 m.
    """
    _, results = made
    bands = results.explained.bands.set_index(["reached", "minutes"])
    assert bands["residents"].to_dict() == {
        ("by public transport", 30): 0, ("by public transport", 45): 200, ("by public transport", 60): 500,
        ("on foot", 10): 0, ("on foot", 20): 100,
    }  # fmt: skip
    assert bands.loc[("by public transport", 60), "share"] == 0.5
    metres = bands.loc[["on foot"]].to_crs(27700)
    radii = np.sqrt(metres.area / np.pi)
    assert radii.tolist() == pytest.approx([20 * 80 / 1.3, 10 * 80 / 1.3], rel=0.03)


def test_small_areas_have_a_page_where_their_polygons_are_given(made_study):
    """A square around each point; A2's is hatched, for it misses by three minutes."""
    study = corridors.load_study(made_study)
    areas = read_inputs(study).areas
    squares = gpd.GeoDataFrame(
        {"LSOA21CD": [*areas["id"], "Z9"]},
        geometry=[
            *areas.to_crs(27700).buffer(200, cap_style="square"),
            areas.to_crs(27700).buffer(50).iloc[0],
        ],
        crs=27700,
    )
    squares.to_file(made_study.parent / "areas.gpkg")
    text = made_study.read_text(encoding="utf-8")
    text = text.replace('sites = "sites.csv"', 'sites = "sites.csv"\narea_outlines = "areas.gpkg"')
    made_study.write_text(f"{text}\n[page]\nsmall_areas = true\n", encoding="utf-8")
    _, results = run(made_study)
    told = read_page_data(maps.build_page(results.pages["areas.html"]))
    assert told["areas"]["ids"] == ["A1", "A2", "A3", "A4"]
    layers = {layer["key"]: layer for layer in told["choropleths"]}
    assert layers["n_within"]["figure"]["values"] == ["2", "1", "2", "0"]
    assert layers["imd_decile"]["classes"] == [0, 0, 7, 1]
    near = next(overlay for overlay in told["overlays"] if overlay["key"] == "near-miss")
    assert near["names"] == ["Second"]
    squares.iloc[1:].to_file(made_study.parent / "areas.gpkg")
    with pytest.raises(corridors.ToolkitError, match="A1"):
        read_inputs(corridors.load_study(made_study))


def test_a_page_of_small_areas_needs_their_polygons_and_schemes_need_a_file(made_study):
    text = made_study.read_text(encoding="utf-8")
    for key, needed in (("small_areas", "area_outlines"), ("schemes", r"schemes in \[files\]")):
        made_study.write_text(f"{text}\n[page]\n{key} = true\n", encoding="utf-8")
        with pytest.raises(StudyError, match=needed):
            corridors.load_study(made_study)
    made_study.write_text(f"{text}\n[page]\nwalk_min = [20, 10]\n", encoding="utf-8")
    with pytest.raises(StudyError, match="walk_min must ascend"):
        corridors.load_study(made_study)


def test_what_is_not_asked_for_is_not_worked_out(made_study):
    text = made_study.read_text(encoding="utf-8")
    made_study.write_text(
        f"{text}\n[page]\njourneys = false\ncatchment_min = []\nwalk_min = []\n", encoding="utf-8"
    )
    study, results = run(made_study)
    assert results.explained.journeys.empty
    assert results.explained.bands.empty
    page = study_page(study, read_inputs(study), results)
    assert page.areas[["why", "journey", "help"]].isna().all(axis=None)
    assert isinstance(maps.build_page(page), str)


def test_a_notebook_shows_the_map(made):
    _, results = made
    shown = results._repr_html_()
    assert "20.0% of residents" in shown
    assert len(shown) < 1_000_000
