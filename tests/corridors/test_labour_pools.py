"""Who can get to a site, what it is near, and what a scheme changes: on the made line, by hand."""

from __future__ import annotations

import math

import geopandas as gpd
import pytest
from made_network import made_network
from shapely import Point

import accessibility as acc
from accessibility.errors import ParameterError
from corridors.errors import JoinError
from corridors.places.labour_pools import labour_pools, site_changes, site_minutes, site_table, sites_sentence
from corridors.schemes.edits import Faster, Scheme
from corridors.schemes.runs import network_with

INF = math.inf


@pytest.fixture(scope="module")
def made(pristine_study):
    return made_network(pristine_study)


@pytest.fixture(scope="module")
def quicker(made):
    """The last hop takes 9 minutes in place of 15."""
    edit = Faster(route="L1", between=(("S1",), ("S2",)), percent=40)
    scheme = Scheme(id="quicker", name="Quicker", source="made", verified=False, edit=(edit,))
    feeds = [acc.read_feed(made.study.resolve(feed)) for feed in made.study.timetable.feeds]
    return network_with(made.study, feeds, [scheme])


@pytest.fixture(scope="module")
def sites(made):
    """One site at Far Town, a square whose middle it is, and one where the line starts."""
    far = made.inputs.stations.set_index("id").loc["H1", "geometry"]
    home = made.inputs.areas.set_index("id").loc["A1", "geometry"]
    square = gpd.GeoSeries([far], crs=4326).to_crs(27700).buffer(50, cap_style="square").to_crs(4326)[0]
    return gpd.GeoDataFrame(
        {"id": ["far", "home"], "name": ["Far works", "Home works"]}, geometry=[square, home], crs=4326
    )


def test_the_pool_travels_to_the_site(made, sites):
    """The line runs one way. Far Town is 39 and 36 minutes from A1 and A3, 48 from A2; Home is a walk from A1 and A2."""
    pools = labour_pools(made.network, made.inputs.areas, sites, made.study).set_index("id")
    assert pools.columns.tolist() == [
        "name", "small_areas", "residents", "aged_16_64", "econ_active", "unemployed", "income_deprived",
        "employment_deprived",
    ]  # fmt: skip
    assert pools.loc["far"].tolist()[1:] == [2, 200, 120, 100, 7, 50, 25]
    assert pools.loc["home"].tolist()[1:] == [2, 400, 240, 200, 35, 130, 50]
    wider = labour_pools(made.network, made.inputs.areas, sites, made.study, cutoff_min=49).set_index("id")
    assert wider.loc["far", "residents"] == 500


def test_a_quicker_line_widens_the_pool(made, quicker, sites):
    tables = [
        labour_pools(network, made.inputs.areas, sites, made.study) for network in (made.network, quicker)
    ]
    changes = site_changes(*tables)
    row = changes.set_index(["id", "measure"]).loc[("far", "residents")]
    assert (row["before"], row["after"], row["change"]) == (200, 500, 300)
    assert (changes.loc[changes["id"] == "home", "change"] == 0).all()
    assert sites_sentence(changes, name="Quicker") == (
        "With Quicker Far works gains most: 120 residents aged 16 to 64 within 45 minutes become 300. Of 2 sites' pools 0 "
        "shrink. Pools overlap and must not be added."
    )
    back = sites_sentence(site_changes(*reversed(tables)))
    assert back.startswith(
        "Far works loses most: 300 residents aged 16 to 64 within 45 minutes become 120. Of 2 sites' pools 1"
    )
    assert (
        sites_sentence(site_changes(tables[0], tables[0]))
        == "No site's labour pool within 45 minutes changes."
    )


def test_minutes_from_a_site_to_centres_and_hs2(made):
    """The first site is where the line starts, the second where nothing runs; H1, planned, is at Far Town."""
    minutes = site_minutes(made.network, made.inputs, made.study).set_index("id")
    columns = ["minutes_to_centre_far_town", "minutes_to_centre_mid_town", "minutes_to_hs2_H1"]
    assert minutes.columns.tolist() == ["name", *columns]
    assert minutes.loc["P1", columns].tolist() == [39, 24, 39]
    assert minutes.loc["P2", columns].tolist() == [INF, INF, INF]


def test_services_are_those_near_the_site(made):
    place = made.inputs.areas.set_index("id").loc["A2", "geometry"]
    services = gpd.GeoDataFrame({"id": ["G"], "kind": ["gp"]}, geometry=[Point(place.x, place.y)], crs=4326)
    table = site_table(made.network, made.inputs, made.study, services=services).set_index("id")
    # 500 m in a straight line, times 1.3, at 80 m a minute; seconds rounded up.
    assert table["minutes_to_gp"].tolist() == [pytest.approx(488 / 60), INF]
    assert table["residents"].tolist() == [400, 500]


def test_out_of_reach_on_both_sides_is_no_change(made, quicker):
    changes = site_changes(
        *(site_table(network, made.inputs, made.study) for network in (made.network, quicker))
    ).set_index(["id", "measure"])
    assert changes.loc[("P1", "minutes_to_hs2_H1"), "change"] == -6
    assert changes.loc[("P2", "minutes_to_hs2_H1")].tolist()[1:] == [INF, INF, 0]


def test_tables_of_other_sites_or_figures_are_refused(made, sites):
    pools = labour_pools(made.network, made.inputs.areas, sites, made.study)
    with pytest.raises(JoinError, match="sites"):
        site_changes(pools, pools.iloc[:1])
    with pytest.raises(ParameterError, match="same figures: unemployed"):
        site_changes(pools, pools.drop(columns="unemployed"))


def test_no_sites_and_a_cutoff_beyond_the_longest_journey(made, sites):
    none = labour_pools(made.network, made.inputs.areas, sites.iloc[:0], made.study)
    assert none.empty
    assert "residents" in none.columns
    with pytest.raises(ParameterError, match="the cutoff is 121"):
        labour_pools(made.network, made.inputs.areas, sites, made.study, cutoff_min=121)
