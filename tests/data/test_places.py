"""Centres, stations, corridors and sites: the lookup of their positions, and the written files."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import places
import pytest
import shapely
from gtfs_out import BuildError

METRIC = "EPSG:27700"
FILES = ("centres.csv", "stations.csv", "sites.csv", "corridors.geojson")
CENTRES = {
    "birmingham",
    "brierley-hill",
    "coventry",
    "solihull",
    "sutton-coldfield",
    "uk-central",
    "walsall",
    "west-bromwich",
    "wolverhampton",
}


@pytest.fixture(scope="module")
def boundaries(project_root):
    return project_root / "data" / "boundaries"


@pytest.fixture(scope="module")
def written(boundaries):
    return {name: points(pd.read_csv(boundaries / name)) for name in FILES if name.endswith(".csv")}


@pytest.fixture(scope="module")
def corridors(boundaries):
    return gpd.read_file(boundaries / "corridors.geojson").set_index("corridor_id")


def points(table):
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")


def test_nine_centres_each_with_several_unverified_access_points(written):
    centres = written["centres.csv"]
    assert set(centres["centre_id"]) == CENTRES
    assert (centres.groupby("centre_id").size() >= 3).all()
    assert len(centres[["centre_id", "centre_name"]].drop_duplicates()) == len(CENTRES)
    assert not centres.duplicated(["centre_id", "access_point"]).any()
    assert not centres["verified"].any()
    assert centres["source"].str.len().min() > 10


def test_every_centre_has_a_core_and_uk_central_is_where_the_region_puts_it(written):
    cores = written["centres.csv"].query("access_point == 'core'").set_index("centre_id")
    assert set(cores.index) == CENTRES
    assert (cores.loc["uk-central", "lat"], cores.loc["uk-central", "lon"]) == (52.452780, -1.732388)


def test_access_points_of_a_centre_lie_within_a_walk_of_each_other(written):
    metric = written["centres.csv"].to_crs(METRIC)
    for centre, rows in metric.groupby("centre_id"):
        assert shapely.minimum_bounding_radius(rows.union_all()) < 650, centre


def test_stations_are_once_near_the_region_and_of_a_known_kind(written):
    stations = written["stations.csv"]
    assert stations["station_id"].is_unique
    assert not stations.duplicated(["kind", "name"]).any()
    assert set(stations["kind"]) == {"rail", "metro", "hs2"}
    assert set(stations["status"]) == {"open", "planned", "unknown"}
    named = set(stations["name"])
    assert {
        "Birmingham New Street",
        "Coventry",
        "Wolverhampton",
        "Walsall",
        "Grand Central",
        "The Royal",
    } <= named
    assert not {"Lichfield City", "Rugby", "Kidderminster", "Telford Central"} & named


def test_stations_that_are_not_open_say_so(written):
    stations = written["stations.csv"].set_index("name")
    assert set(stations.query("kind == 'hs2'").index) == {
        "Birmingham Curzon Street (HS2)",
        "Interchange (HS2)",
    }
    assert (stations.query("kind == 'hs2'")["status"] == "planned").all()
    metro = stations.query("kind == 'metro'")["status"]
    assert metro[["Curzon Street", "Dudley Castle", "Great Bridge", "Flood Street"]].eq("planned").all()
    assert metro[["Edgbaston Village", "Wednesbury Parkway", "Wolverhampton Station"]].eq("open").all()
    rail = stations.query("kind == 'rail'")["status"]
    assert set(rail[rail == "unknown"].index) == {
        "Darlaston",
        "Kings Heath",
        "Moseley Village",
        "Pineapple Road",
        "Willenhall",
    }
    assert not stations.query("status != 'open'")["verified"].any()


def test_hs2_stations_lie_beside_their_neighbours(written):
    stations = written["stations.csv"].to_crs(METRIC).set_index("name").geometry
    moor_street = stations["Birmingham Curzon Street (HS2)"].distance(stations["Birmingham Moor Street"])
    international = stations["Interchange (HS2)"].distance(stations["Birmingham International"])
    assert 300 < moor_street < 800
    assert 800 < international < 1600


def test_sites_are_quoted_unverified_and_in_or_near_the_region(written, boundaries):
    sites = written["sites.csv"]
    assert 12 <= len(sites) <= 16
    assert sites["site_id"].is_unique
    assert not sites["verified"].any()
    assert sites["strategy_wording"].str.len().between(10, 100).all()
    assert sites["source"].str.contains("position: ").all()
    region = gpd.read_file(boundaries / "wards.geojson").to_crs(METRIC).union_all()
    assert (sites.to_crs(METRIC).distance(region) < 3000).all()


def test_six_corridors_are_lines_marked_unverified(corridors):
    assert set(corridors.index) == {
        "coventry-uk-central",
        "east-birmingham-north-solihull",
        "greater-icknield-smethwick",
        "perry-barr-a34",
        "sandwell-dudley-metro",
        "walsall-wolverhampton",
    }
    assert (corridors.geom_type == "LineString").all()
    assert corridors.is_simple.all()
    assert not corridors["verified"].any()
    assert corridors["note"].str.startswith("commonly named, not an official list; unverified").all()
    assert (corridors.to_crs(METRIC).length / 1000).between(5, 20).all()


def test_published_facts_have_their_source_and_what_is_not_known_is_empty(written, corridors):
    priced = corridors[corridors["cost_m_central"].notna()]
    assert set(priced.index) == {"east-birmingham-north-solihull", "sandwell-dudley-metro"}
    assert priced["source"].str.contains("cost: ").all()
    assert priced["note"].str.contains("a spread and not a range of likelihood").all()
    assert (corridors["strands"].ne("") <= corridors["source"].str.contains("strand")).all()
    sites = written["sites.csv"].set_index("site_id")
    capacity = sites[["homes", "jobs", "floorspace_m2"]].notna().any(axis=1)
    assert sites.loc[capacity, "source"].str.contains("homes: |capacity: |floorspace: ").all()
    assert not sites.loc[~capacity, "source"].str.contains("homes: |capacity: |floorspace: ").any()
    # The strategy names no site as investor-ready and no cost of remediation by site.
    assert sites[["investor_ready", "remediation_m"]].isna().all(axis=None)
    assert sites["part_of"].dropna().to_dict() == {"hs2-interchange": "uk-central"}


@pytest.mark.parametrize(
    ("corridor", "first", "last"),
    [
        ("coventry-uk-central", ("coventry", "Coventry rail station"), ("uk-central", "core")),
        (
            "walsall-wolverhampton",
            ("walsall", "Walsall rail station"),
            ("wolverhampton", "Wolverhampton rail station"),
        ),
    ],
)
def test_corridors_run_from_centre_to_centre(corridors, written, corridor, first, last):
    access = written["centres.csv"].set_index(["centre_id", "access_point"])
    line = corridors.geometry[corridor]
    for end, place in ((line.coords[0], first), (line.coords[-1], last)):
        assert end == pytest.approx((access.loc[place, "lon"], access.loc[place, "lat"]), abs=1e-6)


def test_sections_of_a_corridor_are_short_enough_to_follow_it(corridors):
    for name, line in corridors.to_crs(METRIC).geometry.items():
        steps = [
            shapely.Point(a).distance(shapely.Point(b))
            for a, b in zip(line.coords, line.coords[1:], strict=False)
        ]
        assert max(steps) < 6000, name
        assert min(steps) > 100, name


def test_the_readme_counts_the_rows_that_are_there(project_root, written, corridors):
    readme = (project_root / "data" / "README.md").read_text(encoding="utf-8")
    for name, table in {**written, "corridors.geojson": corridors}.items():
        assert f"| `boundaries/{name}` | {len(table)} |" in readme


@pytest.fixture
def gazetteer():
    """Return a made gazetteer: two bays and an entrance of one bus station, two same-named stops far apart."""
    rows = [
        ("430A1", "Bus Station", "Town", "BCS", 400000, 300000, -2.000, 52.600),
        ("430A2", "Bus Station", "Town", "BCS", 400040, 300000, -1.998, 52.602),
        ("430A0", "Bus Station", "Town", "RSE", 400900, 300000, -1.900, 52.600),
        ("430B1", "High Street", "Town", "BCT", 400000, 300000, -2.000, 52.600),
        ("430B2", "High Street", "Town", "BCT", 400000, 300700, -2.000, 52.607),
        ("9100TOWN", "Town Rail Station", "Town", "RLY", 400000, 300000, -2.000, 52.600),
        ("9100TOWN2", "Town Rail Station", "Town", "RLY", 400010, 300000, -2.000, 52.600),
        ("9100FAR", "Far Rail Station", "Far", "RLY", 404200, 300000, -1.940, 52.600),
        ("9400ZZWMTO", "Town (West Midlands Metro)", "Town", "MET", 400100, 300000, -1.999, 52.600),
        ("9400ZZWMTO1", "Town (West Midlands Metro)", "Town", "PLT", 400100, 300000, -1.999, 52.600),
        ("9400ZZARAIL", "Airport (Air-Rail Link)", "Town", "MET", 400200, 300000, -1.998, 52.600),
    ]
    columns = [
        "ATCOCode",
        "CommonName",
        "LocalityName",
        "StopType",
        "Easting",
        "Northing",
        "Longitude",
        "Latitude",
    ]
    return places.Gazetteer(
        stops=pd.DataFrame(rows, columns=columns),
        jobs_peaks=pd.DataFrame({"centre": ["Town"], "jobs_peak_x": [400000.0], "jobs_peak_y": [300000.0]}),
        hs2=pd.DataFrame(
            {
                "name": [
                    "Birmingham Curzon Street (HS2)",
                    "Birmingham Interchange (HS2, Bickenhill/Solihull)",
                ],
                "lon": [-1.8853, -1.70786],
                "lat": [52.4815, 52.45314],
                "precision": ["4 dp", "100 m"],
                "source": ["a", "b"],
            }
        ),
    )


def test_a_place_is_found_in_each_of_the_five_ways(gazetteer):
    assert gazetteer.find("9100TOWN").lat == 52.6
    bays = gazetteer.find("Bus Station @ Town")
    assert (bays.lon, bays.lat) == pytest.approx((-1.999, 52.601))
    assert "2 stops" in bays.source
    assert gazetteer.find("52.452780 -1.732388").lon == -1.732388
    assert gazetteer.find("HS2: Birmingham Curzon Street (HS2)").lon == -1.8853
    peak = gazetteer.find("jobs peak: Town")
    # 400 km east is the central meridian, 2 degrees west, but for the 70 m or so between the datums
    assert peak.lon == pytest.approx(-2, abs=0.002)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("9100NONE", "0 rows are called 9100NONE"),
        ("Station Road @ Town", "no stop is called Station Road in Town"),
        ("High Street @ Town", "lie 700 m apart, more than 600 m"),
        ("jobs peak: Village", "0 rows are called Village"),
        ("HS2: Crewe", "0 rows are called Crewe"),
    ],
)
def test_a_place_that_is_not_there_stops_the_build(gazetteer, at, reason):
    with pytest.raises(BuildError, match=reason):
        gazetteer.find(at)


def overrides(rows):
    return pd.DataFrame(rows, columns=["station_id", "status", "same_as", "name", "why"], dtype="str")


def test_stations_are_those_within_reach_without_parts_and_doubles(gazetteer):
    boroughs = shapely.box(398000, 299000, 401000, 301000)  # Far lies 3.2 km east of it
    authored = overrides(
        [("9100TOWN2", None, "9100TOWN", None, "double"), ("9400ZZWMTO", "planned", None, None, "new")]
    )
    table = places.stations(gazetteer, authored, boroughs=boroughs).set_index("station_id")
    assert table.index.tolist() == ["hs2-curzon-street", "hs2-interchange", "9400ZZWMTO", "9100TOWN"]
    assert table.loc["9100TOWN", ["name", "kind", "status", "verified"]].tolist() == [
        "Town",
        "rail",
        "open",
        "true",
    ]
    assert table.loc["9400ZZWMTO", ["name", "kind", "status", "verified"]].tolist() == [
        "Town",
        "metro",
        "planned",
        "false",
    ]


def test_an_override_of_a_station_that_is_not_there_stops_the_build(gazetteer):
    authored = overrides([("9100FAR", "planned", None, None, "gone")])
    with pytest.raises(BuildError, match="9100FAR is no station in or near the boroughs"):
        places.stations(gazetteer, authored, boroughs=shapely.box(398000, 299000, 401000, 301000))


def test_a_corridor_needs_two_points(gazetteer):
    with pytest.raises(BuildError, match="corridor short needs at least two points"):
        places.corridors(gazetteer, [{"id": "short", "name": "Short", "along": ["9100TOWN"]}])


@pytest.mark.realdata
def test_a_rebuild_gives_the_committed_bytes(shared_data, boundaries, tmp_path):
    places.build(shared_data, tmp_path)
    for name in FILES:
        assert (tmp_path / "boundaries" / name).read_bytes() == (boundaries / name).read_bytes(), name


@pytest.mark.realdata
def test_the_strategy_says_what_the_sites_quote(shared_data, written):
    (document,) = (shared_data.parent / "reference").glob("*.txt")
    text = " ".join(document.read_text(encoding="utf-8").split())
    missing = [words for words in written["sites.csv"]["strategy_wording"] if words not in text]
    assert not missing
