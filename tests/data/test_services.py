"""Hospitals and secondary schools of the embedded sample, and the rule that chose them."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import services


@pytest.fixture(scope="module")
def written(project_root):
    return pd.read_csv(project_root / "data" / "boundaries" / "services.csv", dtype={"id": str})


def test_each_site_is_once_complete_and_unverified(written):
    assert list(written) == services.COLUMNS
    assert written["id"].is_unique
    assert not written.isna().to_numpy().any()
    assert not written["verified"].any()
    assert written.sort_values(["kind", "id"])["id"].tolist() == written["id"].tolist()
    assert written["kind"].value_counts().to_dict() == {"secondary_school": 206, "hospital": 36}
    assert written["source"].str.contains("OGL v3.0").all()


def test_the_great_hospitals_are_there_and_no_department(written):
    names = set(written.loc[written["kind"] == "hospital", "name"])
    assert {
        "Queen Elizabeth Hospital",
        "Heartlands Hospital",
        "Good Hope Hospital",
        "Midland Metropolitan University Hospital",
        "New Cross Hospital",
        "Russells Hall Hospital",
        "Manor Hospital",
        "Walsgrave Hospital",
        "Solihull Hospital",
    } <= names
    assert not [name for name in names if "Outpatient" in name or "Trial" in name or "Former" in name]
    # Its departments' postcode lies more than a kilometre off.
    assert (written["name"] == "Birmingham Children's Hospital").sum() == 1


def test_every_site_lies_in_or_near_the_boroughs(written, project_root):
    outlines = gpd.read_file(project_root / "data" / "boundaries" / "wards.geojson").to_crs("EPSG:27700")
    points = gpd.GeoSeries.from_xy(written["lon"], written["lat"], crs="EPSG:4326").to_crs("EPSG:27700")
    assert (points.distance(outlines.union_all()) < 1000).all()


def hospital_rows(*rows):
    columns = ["orgid", "name", "postcode", "hospital_type", "lon", "lat", "ladcd"]
    return pd.DataFrame([(*row, -1.9, 52.5, "E08000025") for row in rows], columns=columns)


def chosen(*rows):
    table = services.hospitals(hospital_rows(*rows))
    return dict(zip(table["id"], table["name"], strict=True))


def test_types_that_are_no_hospital_are_left_out():
    assert chosen(
        ("R1", "TOWN HOSPITAL", "B1 1AA", "Hospital"),
        ("R2", "TOWN CLINIC", "B2 1AA", "Clinic"),
        ("R3", "TOWN UNIT", "B3 1AA", "Unit"),
        ("R4", "OLD TOWN HOSPITAL", "B4 1AA", "Hospital"),
        ("R5", "VILLAGE HOSPITAL COVID19 TRIALS", "B5 1AA", "Hospital"),
        ("R6", "GOLD HOSPITAL", "B6 1AA", "Hospital"),
    ) == {"R1": "Town Hospital", "R6": "Gold Hospital"}


@pytest.mark.parametrize(
    ("name", "department"),
    [
        ("TOWN HOSPITAL", False),
        ("TOWN HOSPITAL BIRMINGHAM", False),
        ("TRUST - THE TOWN HOSPITAL", False),
        ("TOWN HOSPITAL - CARDIAC", True),
        ("TOWN HOSPITAL(ANTENATAL CLINIC)", True),
        ("TOWN HOSPITAL 3", True),
        ("TOWN HOSPITAL OUTPATIENTS", True),
        ("TOWN HOSPITAL ELECTIVE SURGICAL HUB", True),
        ("EYE INFIRMARY - CLINIC", True),
    ],
)
def test_departments_are_told_by_their_names(name, department):
    assert services.is_department(name) is department


def test_a_postcode_is_one_site_under_its_commonest_name():
    rows = [
        ("R3", "SKIN HOSPITAL", "B1 1AA", "Hospital"),
        ("R2", "TOWN GENERAL HOSPITAL", "B1 1AA", "General Hospital"),
        ("R1", "TOWN GENERAL HOSPITAL", "B1 1AA", "General Hospital"),
    ]
    assert chosen(*rows) == chosen(*rows[::-1]) == {"R1": "Town General Hospital"}
    # One row each: the shortest name.
    assert chosen(*rows[:2]) == {"R3": "Skin Hospital"}
    assert chosen() == {}


def test_schools_without_a_building_are_left_out():
    rows = pd.DataFrame(
        {
            "urn": ["1", "2", "3"],
            "establishmentname": ["Hill School ", "Screen School", "Far School"],
            "typeofestablishment_name": ["Academy converter", "Online provider", "Free schools"],
            "lon": [-1.9] * 3,
            "lat": [52.5] * 3,
            "ladcd": ["E08000025", "E08000025", "E07000192"],
        }
    )
    assert services.schools(rows)[["id", "name", "kind"]].to_numpy().tolist() == [
        ["1", "Hill School", "secondary_school"]
    ]


@pytest.mark.realdata
def test_a_rebuild_gives_the_committed_bytes(shared_data, project_root, tmp_path):
    services.build(shared_data, tmp_path)
    ours = project_root / "data" / "boundaries" / "services.csv"
    assert (tmp_path / "boundaries" / "services.csv").read_bytes() == ours.read_bytes()
