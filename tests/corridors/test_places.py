"""Centres, stations, sites, corridors and outlines: read, checked, sorted."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from corridors.errors import JoinError, TableError
from corridors.page.overlays import centre_marks
from corridors.places.checks import listed
from corridors.places.places import (
    read_centres,
    read_corridors,
    read_outlines,
    read_sites,
    read_stations,
    site_capacity,
    site_points,
)
from corridors.tables.areas import read_areas, read_wards
from corridors.tables.tables import CORRIDORS, SITES


def rewrite(path, change):
    collection = json.loads(path.read_text(encoding="utf-8"))
    change(collection["features"])
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def outlines_of(study):
    return read_outlines(study.parent / "wards.geojson", read_wards(study.parent / "wards.csv"))


@pytest.fixture(scope="module")
def around(pristine_study):
    """Return the outlines, small areas and sites of the made study, read once."""
    outlines = outlines_of(pristine_study)
    folder = pristine_study.parent
    return outlines, read_areas(folder / "areas.csv", outlines), read_sites(folder / "sites.csv", outlines)


def test_points_of_one_centre_share_a_group(made_study):
    centres = read_centres(made_study.parent / "centres.csv", outlines_of(made_study))
    assert centres["id"].tolist() == ["far-town/Stop", "mid-town/Back door", "mid-town/Stop"]
    assert centres["group"].tolist() == ["far-town", "mid-town", "mid-town"]
    assert centres["verified"].tolist() == [True, False, False]
    marks = centre_marks(centres)
    assert marks[["id", "name", "points"]].to_numpy().tolist() == [
        ["far-town", "Far Town", 1],
        ["mid-town", "Mid Town", 2],
    ]


def test_one_centre_has_one_name(made_study):
    path = made_study.parent / "centres.csv"
    path.write_text(path.read_text().replace("Mid Town,Back door", "Middle,Back door"), encoding="utf-8")
    with pytest.raises(TableError, match="centre 'mid-town' has more than one name"):
        read_centres(path, outlines_of(made_study))


def test_optional_columns_may_be_left_out(made_study):
    folder = made_study.parent
    lines = (folder / "stations.csv").read_text(encoding="utf-8").replace(",status", ",was_status")
    (folder / "stations.csv").write_text(lines, encoding="utf-8")
    outlines = outlines_of(made_study)
    assert set(read_stations(folder / "stations.csv", outlines)["status"]) == {"unknown"}
    assert read_sites(folder / "sites.csv", outlines)["strategy_wording"].tolist() == ["a site", ""]


def test_corridors_are_lines_with_flags(made_study):
    corridors = read_corridors(made_study.parent / "corridors.geojson")
    assert corridors["id"].tolist() == ["X1", "X2", "X3"]
    assert corridors["verified"].tolist() == [False] * 3
    assert set(corridors.geom_type) == {"LineString"}


def test_a_flag_in_words_is_refused(made_study):
    path = rewrite(
        made_study.parent / "corridors.geojson", lambda rows: rows[1]["properties"].update(verified="perhaps")
    )
    with pytest.raises(
        TableError, match=r"corridors\.geojson, feature 2: verified 'perhaps' is neither true nor"
    ):
        read_corridors(path)


def test_a_repeated_corridor_is_refused(made_study):
    path = rewrite(
        made_study.parent / "corridors.geojson", lambda rows: rows[2]["properties"].update(corridor_id="X1")
    )
    with pytest.raises(TableError, match=r"feature 3: corridor_id 'X1' is already used in feature 1"):
        read_corridors(path)


@pytest.mark.parametrize("geometry", [None, {"type": "LineString", "coordinates": []}])
def test_a_corridor_without_a_line_is_refused(made_study, geometry):
    path = rewrite(made_study.parent / "corridors.geojson", lambda rows: rows[0].update(geometry=geometry))
    with pytest.raises(TableError, match="feature 1: the geometry is not a line"):
        read_corridors(path)


def test_text_is_no_geojson(made_study):
    (made_study.parent / "corridors.geojson").write_text("no JSON at all", encoding="utf-8")
    with pytest.raises(TableError, match="cannot be read as GeoJSON"):
        read_corridors(made_study.parent / "corridors.geojson")


def test_every_ward_needs_an_outline(made_study):
    path = rewrite(made_study.parent / "wards.geojson", lambda rows: rows.pop())
    with pytest.raises(
        JoinError, match=r"1 of 3 wards are not in the ward outlines \(W3; the only one of Weston\)"
    ):
        read_outlines(path, read_wards(made_study.parent / "wards.csv"))


SITES_HEAD = "site_id,name,kind,lon,lat,wkt,homes,jobs,floorspace_m2,remediation_m,investor_ready,programmes"
SQUARE = '"POLYGON ((-2 52.5, -1.99 52.5, -1.99 52.51, -2 52.51, -2 52.5))"'
CORRIDORS_HEAD = (
    "corridor_id,name,wkt,wards,areas,strands,schemes,sites,cost_m_low,cost_m_central,cost_m_high,programmes"
)
LINE = '"LINESTRING (-2 52.5, -1.99 52.5)"'


def table(path, head, *rows):
    lines = [f"{head},source,verified", *(f"{row},made,false" for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def sites_of(around, tmp_path):
    """Return a reader of sites given as rows of a CSV file."""

    def read(*rows, head=SITES_HEAD, **known):
        return read_sites(table(tmp_path / "places.csv", head, *rows), around[0], **known).set_index("id")

    return read


@pytest.fixture
def corridors_of(around, tmp_path):
    """Return a reader of corridors given as rows of a CSV file, or as a path."""

    def read(*rows, path=None, **known):
        outlines, areas, sites = around
        path = path or table(tmp_path / "places.csv", CORRIDORS_HEAD, *rows)
        return read_corridors(path, areas=areas, outlines=outlines, sites=sites, **known).set_index("id")

    return read


def test_a_site_is_a_point_or_a_polygon_with_what_it_has_room_for(sites_of):
    sites = sites_of(
        "B,Works,brownfield,,," + SQUARE + ",120,,3500.5,2.5,true,housing_deal; land_x",
        "A,Mill,housing,-2,52.5,,,,,,,",
        programmes={"housing_deal", "land_x"},
    )
    assert sites.index.tolist() == ["A", "B"]
    assert sites.geom_type.tolist() == ["Point", "Polygon"]
    works = sites.loc["B"]
    assert (works["homes"], works["floorspace_m2"], works["remediation_m"]) == (120, 3500.5, 2.5)
    assert works["investor_ready"]
    assert works["programmes"] == "housing_deal;land_x"
    assert shapely.Point(works["lon"], works["lat"]).within(works.geometry)
    mill = sites.loc["A"]
    assert mill[["homes", "jobs", "floorspace_m2", "remediation_m", "investor_ready"]].isna().all()
    assert (mill["programmes"], mill["lon"], mill["lat"]) == ("", -2, 52.5)
    points = site_points(sites)
    assert set(points.geom_type) == {"Point"}
    assert points.geometry["B"].within(works.geometry)
    assert sites.geom_type["B"] == "Polygon"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,Mill,housng,-2,52.5,,,,,,,", "kind 'housng' is no kind of site: did you mean 'housing'?"),
        ("A,Mill,housing,,,,,,,,,", "the geometry is not a point or a polygon"),
        ("A,Mill,housing,-2,,,,,,,,", "lon is given alone: give lon and lat"),
        ("A,Mill,housing,-2,52.5," + SQUARE + ",,,,,,", "wkt and lon, lat are both given: keep one"),
        ("A,Mill,housing,,,POINT -2 52,,,,,,", "wkt 'POINT -2 52' is not well-known text"),
        ("A,Mill,housing,,,POINT (400000 290000),,,,,,", "is not in degrees (EPSG:4326)"),
        (
            'A,Mill,housing,,,"LINESTRING (-2 52.5, -2 52.6)",,,,,,',
            "the geometry is not a point or a polygon",
        ),
        (
            'A,Mill,housing,,,"POLYGON ((-2 52.5, -1.9 52.6, -1.9 52.5, -2 52.6, -2 52.5))",,,,,,',
            "the geometry is not valid (Self-intersection",
        ),
        ("A,Mill,housing,-2,52.5,,12.5,,,,,", "homes '12.5' is not a whole number of zero or more"),
        ("A,Mill,housing,-2,52.5,,,-1,,,,", "jobs '-1' is not a whole number of zero or more"),
        ("A,Mill,housing,-2,52.5,,,,-3,,,", "floorspace_m2 '-3' is not a number of zero or more"),
        ("A,Mill,housing,-2,52.5,,,,,?,,", "remediation_m '?' is not a number of zero or more"),
        ("A,Mill,housing,-2,52.5,,,,,,maybe,", "investor_ready 'maybe' is neither true nor false"),
        (
            "A,Mill,housing,-2,52.5,,,,,,,housing_dela",
            "programmes: 'housing_dela' is no programme of the strate",
        ),
        ("A;B,Mill,housing,-2,52.5,,,,,,,", "site_id 'A;B' holds ';', which separates the items of a list"),
        ("A,Mill,housing,-20,52.5,,,,,,,", "lies far from the study's outlines"),
    ],
)
def test_a_site_that_cannot_be_is_refused_with_file_row_and_reason(row, reason, sites_of):
    with pytest.raises(TableError, match=re.escape(reason)) as caught:
        sites_of("Z,First,hs2,-2,52.5,,,,,,,", row)
    assert str(caught.value).startswith("places.csv, row 3: ")


def test_faults_are_counted_and_the_first_row_is_named(sites_of):
    with pytest.raises(TableError, match=r"row 2: kind 'x' .*\(faults in this file: 2\)"):
        sites_of("A,Mill,x,-2,52.5,,,,,,,", "B,Mill,y,-2,52.5,,,,,,,")


@pytest.mark.parametrize("driver", ["GeoJSON", "GPKG"])
def test_features_say_the_same_as_a_table(made_study, driver):
    path = made_study.parent / ("sites.geojson" if driver == "GeoJSON" else "sites.gpkg")
    frame = gpd.GeoDataFrame(
        {
            "site_id": ["B", "A"],
            "name": ["Works", "Mill"],
            "kind": ["brownfield", "housing"],
            "homes": [120, None],
            "investor_ready": [True, None],
            "source": "made",
            "verified": [True, False],
        },
        geometry=[shapely.box(400_000, 290_000, 400_500, 290_500), shapely.Point(400_000, 290_000)],
        crs="EPSG:27700",
    )
    frame["investor_ready"] = frame["investor_ready"].astype("boolean")
    frame = frame.to_crs("EPSG:4326") if driver == "GeoJSON" else frame
    frame.to_file(path, driver=driver)
    sites = read_sites(path, outlines_of(made_study)).set_index("id")
    assert sites.crs == "EPSG:4326"
    assert sites.loc["B", ["homes", "investor_ready", "verified"]].tolist() == [120, True, True]
    assert sites.loc["A", ["homes", "investor_ready"]].isna().all()
    assert sites.loc["A", "lat"] == pytest.approx(52.51, abs=0.01)
    frame.loc[1, "kind"] = "mill"
    frame.to_file(path, driver=driver)
    with pytest.raises(TableError, match=rf"{path.name}, feature 2: kind 'mill' is no kind of site"):
        read_sites(path, outlines_of(made_study))


PARTS_HEAD = "site_id,name,kind,lon,lat,homes,jobs,part_of"


def test_a_part_is_not_counted_beside_its_whole(sites_of):
    sites = sites_of(
        "W,Whole,employment_land,-2,52.5,4000,,",
        "P,Part,hs2,-2,52.5,2750,27000,W",
        "Q,Other,housing,-2,52.5,100,,",
        head=PARTS_HEAD,
    ).reset_index()
    totals = site_capacity(sites).set_index("column")
    assert totals.loc["homes"].tolist() == [3, 6850, 4100]
    # The whole does not say how many jobs, so its part does.
    assert totals.loc["jobs"].tolist() == [1, 27000, 27000]
    assert totals.loc["remediation_m"].tolist() == [0, 0, 0]
    alone = site_capacity(sites[sites["id"] != "W"]).set_index("column")
    assert alone.loc["homes", "once"] == 2850
    assert site_capacity(sites.iloc[:0])["once"].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("part_of", "reason"),
    [
        ("B", "part_of 'B' is the site itself"),
        ("Whol", "part_of 'Whol' is no site of this file; did you mean 'Whole'?"),
        ("C", "part_of 'C' is itself a part, of 'Whole': name that one"),
    ],
)
def test_a_part_of_nothing_is_refused(part_of, reason, sites_of):
    with pytest.raises(TableError, match=re.escape(f"places.csv, row 3: {reason}")):
        sites_of(
            "Whole,Whole,housing,-2,52.5,,,",
            f"B,Part,housing,-2,52.5,,,{part_of}",
            "C,Part,housing,-2,52.5,,,Whole",
            head=PARTS_HEAD,
        )


def test_a_far_feature_is_named_as_one(made_study):
    path = made_study.parent / "far.geojson"
    gpd.GeoDataFrame(
        {"site_id": ["A"], "name": "Mill", "kind": "housing", "source": "made", "verified": False},
        geometry=[shapely.Point(52.5, -2)],
        crs="EPSG:4326",
    ).to_file(path)
    with pytest.raises(TableError, match=r"far\.geojson, feature 1: lon 52\.5, lat -2 .* swapped"):
        read_sites(path, outlines_of(made_study))


def test_a_file_of_two_layers_does_not_say_which_is_meant(made_study):
    path = made_study.parent / "two.gpkg"
    frame = gpd.read_file(made_study.parent / "corridors.geojson")
    frame.to_file(path, layer="now")
    frame.to_file(path, layer="then")
    with pytest.raises(TableError, match=r"two\.gpkg: holds 2 layers \(now, then\): keep one"):
        read_corridors(path)


def test_a_corridor_is_a_line_or_wards_or_areas(made_study, corridors_of):
    corridors = corridors_of(
        f"L,Line,{LINE},,,transport; skills,S1,P1;P2,1,2,3.5,",
        "W,Wards,,W1;W2,,,,,,,,",
        "A,Areas,,,A4; A1,,,,,,,",
        schemes={"S1", "S2"},
    )
    assert corridors.index.tolist() == ["A", "L", "W"]
    line = corridors.loc["L"]
    assert line[["strands", "schemes", "sites"]].tolist() == ["transport;skills", "S1", "P1;P2"]
    assert line[["cost_m_low", "cost_m_central", "cost_m_high"]].tolist() == [1, 2, 3.5]
    assert corridors.loc["W", "wards"] == "W1;W2"
    assert corridors.loc["A", "areas"] == "A4;A1"
    assert corridors[["cost_m_low", "cost_m_central", "cost_m_high"]].notna().all(axis=1).tolist() == [
        False,
        True,
        False,
    ]
    # What is drawn for a list: two squares of 4 km side by side have a border of 24 km; areas have a line around them.
    drawn = corridors.to_crs("EPSG:27700").geometry
    assert set(drawn.geom_type) <= {"LineString", "MultiLineString"}
    assert drawn["W"].length == pytest.approx(24_000, rel=1e-3)
    areas = read_areas(made_study.parent / "areas.csv", outlines_of(made_study)).to_crs("EPSG:27700")
    inside = shapely.Polygon(drawn["A"])
    assert [inside.covers(point) for point in areas.geometry] == [True, False, False, True]
    assert inside.exterior.distance(areas.geometry.iloc[0]) == pytest.approx(250, rel=0.01)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("C,Road,,,,,,,,,,", "the geometry is not a line, and no wards or areas are listed"),
        (f"C,Road,{LINE},W1,,,,,,,,", "a line and wards are both given: keep one"),
        ("C,Road,,W1,A1,,,,,,,", "wards and areas are both given: keep one"),
        ("C,Road,POINT (-2 52.5),,,,,,,,,", "the geometry is not a line"),
        (
            f"C,Road,{LINE},,,transprot,,,,,,",
            "'transprot' is no strand of investment; did you mean 'transport'?",
        ),
        (f"C,Road,{LINE},,,skills;skills,,,,,,", "strands names 'skills' more than once"),
        (f"C,Road,{LINE},,,skills;,,,,,,", "strands 'skills;' has an empty item between its ';'"),
        ("C,Road,,W1;W9,,,,,,,,", "wards: 'W9' is no ward of the outlines; there are W1, W2, W3"),
        ("C,Road,,,A1;A9,,,,,,,", "areas: 'A9' is no small area of the study; there are A1, A2, A3, A4"),
        (f"C,Road,{LINE},,,,S9,,,,,", "schemes: 'S9' is no scheme of the study; there are none"),
        (f"C,Road,{LINE},,,,,Q,,,,", "sites: 'Q' is no site of the study; there are P1, P2"),
        (f"C,Road,{LINE},,,,,,3,2,4,", "cost_m_low (3) is more than cost_m_central (2)"),
        (f"C,Road,{LINE},,,,,,1,5,4,", "cost_m_central (5) is more than cost_m_high (4)"),
        (f"C,Road,{LINE},,,,,,5,,4,", "cost_m_low (5) is more than cost_m_high (4)"),
        (f"C,Road,{LINE},,,,,,free,,,", "cost_m_low 'free' is not a number of zero or more"),
        (f"C,Road,{LINE},,,,,,,,,hs2", "programmes: 'hs2' is no programme of the strategy's register"),
        (f"C;D,Road,{LINE},,,,,,,,,", "corridor_id 'C;D' holds ';'"),
    ],
)
def test_a_corridor_that_cannot_be_is_refused_with_file_row_and_reason(row, reason, corridors_of):
    with pytest.raises(TableError, match=re.escape(reason)) as caught:
        corridors_of(f"Z,First,{LINE},,,,,,,,,", row, schemes=())
    assert str(caught.value).startswith("places.csv, row 3: ")


def test_lists_of_features_may_be_lists(made_study, corridors_of):
    path = rewrite(
        made_study.parent / "corridors.geojson",
        lambda rows: [
            rows[0]["properties"].update(strands=["transport", "housing"], cost_m_low=2),
            rows[1].update(geometry=None),
            rows[1]["properties"].update(wards=["W3"]),
        ],
    )
    corridors = corridors_of(path=path)
    assert corridors["strands"].tolist() == ["transport;housing", "", ""]
    assert corridors["wards"].tolist() == ["", "W3", ""]
    assert corridors.to_crs("EPSG:27700").geometry["X2"].length == pytest.approx(16_000, rel=1e-3)


def test_empty_text_in_features_says_nothing(made_study, corridors_of):
    path = rewrite(
        made_study.parent / "corridors.geojson",
        lambda rows: [row["properties"].update(cost_m_low="", wards="") for row in rows],
    )
    corridors = corridors_of(path=path)
    assert corridors["cost_m_low"].isna().all()
    path = rewrite(path, lambda rows: rows[1]["properties"].update(name=""))
    with pytest.raises(TableError, match=r"corridors\.geojson, feature 2: column 'name' is empty"):
        corridors_of(path=path)


def test_codes_that_are_numbers_stay_codes_beside_gaps(made_study, corridors_of):
    path = rewrite(
        made_study.parent / "corridors.geojson", lambda rows: rows[0]["properties"].update(schemes=12)
    )
    assert corridors_of(path=path, schemes={"12"})["schemes"].tolist() == ["12", "", ""]


def test_without_the_other_tables_lists_are_kept_and_nothing_is_drawn(made_study):
    path = table(made_study.parent / "places.csv", CORRIDORS_HEAD, "W,Wards,,W8,,,S,Q,,,,")
    corridors = read_corridors(path)
    assert corridors[["wards", "schemes", "sites"]].iloc[0].tolist() == ["W8", "S", "Q"]
    assert corridors.geometry.isna().all()


def test_a_table_without_rows_has_the_columns(sites_of, corridors_of):
    assert corridors_of().empty
    empty = sites_of()
    assert empty.empty
    assert {"kind", "homes", "investor_ready", "lon"} <= set(empty.columns)


def test_every_column_a_file_may_hold_is_read(sites_of, corridors_of):
    sites, corridors = sites_of().reset_index(), corridors_of().reset_index()
    for spec, frame in ((SITES, sites), (CORRIDORS, corridors)):
        own = {field.name for field in spec.fields} - {"wkt", spec.key[0]}
        assert own <= set(frame.columns)


def test_today_s_files_without_the_new_columns_are_read(made_study):
    path = made_study.parent / "sites.csv"
    assert "homes" not in pd.read_csv(path).columns
    sites = read_sites(path, outlines_of(made_study))
    assert sites["homes"].isna().all()
    corridors = read_corridors(made_study.parent / "corridors.geojson")
    assert corridors[["strands", "wards", "programmes"]].eq("").all(axis=None)


def test_a_list_is_taken_apart():
    assert listed(" a ;b") == ("a", "b")
    assert listed("  ") == ()
