"""Centres, stations, sites, corridors and outlines: read, checked, sorted."""

from __future__ import annotations

import json

import pytest

from corridors.areas import read_wards
from corridors.errors import JoinError, TableError
from corridors.layers import centre_marks
from corridors.places import read_centres, read_corridors, read_outlines, read_sites, read_stations


def rewrite(path, change):
    collection = json.loads(path.read_text(encoding="utf-8"))
    change(collection["features"])
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def outlines_of(study):
    return read_outlines(study.parent / "wards.geojson", read_wards(study.parent / "wards.csv"))


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
