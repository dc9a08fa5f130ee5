"""More residents, in proportion or in new homes, worked by hand on three areas."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import Point, box

from corridors.errors import SchemeError
from corridors.schemes.scenarios import Scenario, grown_areas, read_scenarios


@pytest.fixture
def areas():
    """Three areas on a line, 100, 300 and 0 residents, the first two in different districts."""
    return gpd.GeoDataFrame(
        {
            "id": ["a1", "a2", "a3"],
            "district_code": ["E1", "E2", "E2"],
            "residents": [100, 300, 0],
            "unemployed": [10, 60, 0],
            "imd_rank": [5, 6, 7],
        },
        geometry=[Point(-2.0, 52.5), Point(-1.9, 52.5), Point(-1.8, 52.5)],
        crs="EPSG:4326",
    )


@pytest.fixture
def sites():
    return gpd.GeoDataFrame(
        {"id": ["s1", "s2"]},
        geometry=[Point(-1.99, 52.5), box(-1.82, 52.49, -1.80, 52.51)],
        crs="EPSG:4326",
    )


def scenario(**more):
    return Scenario.model_validate({"id": "x", "name": "X", "source": "made up", "verified": True, **more})


def test_more_residents_are_shared_in_proportion(areas):
    grown = grown_areas(areas, scenario(more_residents=200))
    assert grown["residents"].tolist() == [150, 450, 0]
    assert grown["unemployed"].tolist() == [15, 90, 0]
    assert grown["imd_rank"].tolist() == [5, 6, 7]
    assert areas["residents"].tolist() == [100, 300, 0]


def test_the_most_particular_factor_counts(areas):
    grown = grown_areas(areas, scenario(population_factor={"all": 1.1, "E2": 1.5, "a3": 2}))
    assert grown["residents"].tolist() == pytest.approx([110, 450, 0])
    assert grown_areas(areas, scenario(population_factor={"E2": 2}))["residents"].tolist() == [100, 600, 0]


def test_homes_bring_their_residents_to_the_nearest_area(areas, sites):
    grown = grown_areas(areas, scenario(homes={"s1": 50, "s2": 10}, household_size=2.4), sites=sites)
    assert grown["residents"].tolist() == pytest.approx([220, 300, 24])
    # Those of the first are as its residents are; of the third, where nobody lived, only the number is known.
    assert grown["unemployed"].tolist() == pytest.approx([22, 60, 0])


def test_growth_and_homes_add_up(areas, sites):
    grown = grown_areas(areas, scenario(more_residents=400, homes={"s1": 10}, household_size=2), sites=sites)
    assert grown["residents"].sum() == pytest.approx(400 + 400 + 20)


def test_nothing_asked_nothing_changed(areas):
    grown = grown_areas(areas, scenario())
    assert grown["residents"].tolist() == areas["residents"].tolist()
    assert scenario().in_words == "Residents as today."
    assert grown_areas(areas.iloc[:0], scenario(more_residents=5)).empty


def test_what_is_assumed_is_said():
    assert scenario(more_residents=400_000, homes={"s1": 1000, "s2": 500}, household_size=2.4).in_words == (
        "Assumed: 400,000 more residents, in proportion to those of today; 1,500 new homes at 2 sites with 2.4 residents "
        "each, in the small area nearest to each site; rates within an area as today."
    )
    assert scenario(population_factor={"all": 1.1, "E1": 1}).in_words == (
        "Assumed: residents times 1.1 in all, 1 in E1; rates within an area as today."
    )


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"population_factor": {"E9": 2}}, "population_factor names 'E9', which is no area, no district and not 'all'"),
        ({"homes": {"s9": 2}, "household_size": 2}, "homes stand at 's9', which is no site"),
    ],
)  # fmt: skip
def test_places_that_are_not_there(areas, sites, asked, reason):
    with pytest.raises(SchemeError, match=reason):
        grown_areas(areas, scenario(**asked), sites=sites)


def test_homes_without_sites_and_areas_without_residents(areas):
    with pytest.raises(SchemeError, match="homes stand at 's1', which is no site"):
        grown_areas(areas, scenario(homes={"s1": 2}, household_size=2))
    with pytest.raises(SchemeError, match="nobody lives in the small areas"):
        grown_areas(areas.assign(residents=0), scenario(more_residents=2))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("more_residents = 5\npopulation_factor = { all = 2.0 }\n", "give more_residents or population_factor, not both"),
        ("homes = { s1 = 5 }\n", "homes need household_size, the residents per home"),
        ("population_factor = { all = 0.0 }\n", "population_factor.all = 0.0 cannot be used"),
    ],
)  # fmt: skip
def test_a_file_that_contradicts_itself(tmp_path, asked, reason):
    path = tmp_path / "scenarios.toml"
    path.write_text(
        f'[[scenario]]\nid = "x"\nname = "X"\nsource = "made up"\nverified = true\n{asked}', encoding="utf-8"
    )
    with pytest.raises(SchemeError) as error:
        read_scenarios(path)
    assert "scenarios.toml: scenario 'x'" in str(error.value)
    assert reason in str(error.value)
