"""Minutes to the nearest hospital and school on the made study, and the residents within them."""

from __future__ import annotations

import math

import pytest
from made_feeds import degrees
from made_network import made_network

from corridors.access.services import SERVICE_COLUMNS, minutes_to_services, read_services, services_by_level
from corridors.errors import TableError

INF = math.inf
HEAD = "id,name,kind,lon,lat,source,verified\n"


def row(code, kind, x, y, verified="false"):
    lon, lat = degrees(x, y)
    return f"{code},Site {code},{kind},{lon:.6f},{lat:.6f},made,{verified}\n"


SITES = (
    row("H2", "hospital", 16_000, 0),
    row("H1", "hospital", 10_000, 0, "true"),
    row("C1", "college", 0, 20_000),
)


@pytest.fixture(scope="module")
def made(pristine_study):
    return made_network(pristine_study)


def services_of(made, path, *rows):
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return read_services(path, made.inputs.outlines)


@pytest.fixture(scope="module")
def minutes(made, tmp_path_factory):
    services = services_of(made, tmp_path_factory.mktemp("services") / "services.csv", *SITES)
    return minutes_to_services(made.network, made.inputs.areas, services, made.study)


def test_minutes_to_the_nearest_of_each_kind(minutes):
    assert list(minutes) == ["id", "minutes_to_college", "minutes_to_hospital"]
    # The first hospital stands at Mid Town's stop, the college at the fourth area.
    assert minutes["minutes_to_hospital"].tolist() == pytest.approx([24, 33, 16.25, INF], abs=0.02)
    assert minutes["minutes_to_college"].tolist() == pytest.approx([INF, INF, INF, 0], abs=0.02)


def test_residents_within_keep_everybody(minutes, made):
    table = services_by_level(minutes, made.inputs.areas)
    assert list(table) == SERVICE_COLUMNS
    assert len(table) == 2 * 2 * 3
    hospital = table[table["kind"] == "hospital"].set_index(["cutoff_min", "code"])
    assert hospital.loc[(30, "region"), ["residents", "residents_within", "share"]].tolist() == [
        1000,
        200,
        0.2,
    ]
    assert hospital.loc[(45, "region"), ["residents", "residents_within", "share"]].tolist() == [
        1000,
        500,
        0.5,
    ]
    assert hospital.loc[(30, "D1"), "share"] == 0.4
    assert hospital.loc[(45, "D2"), ["residents", "share"]].tolist() == [500, 0]
    college = table[table["kind"] == "college"].set_index(["cutoff_min", "code"])
    assert college.loc[(30, "region"), "residents_within"] == 500


def test_the_minutes_are_inclusive(minutes, made):
    exact = float(minutes.loc[minutes["id"] == "A2", "minutes_to_hospital"].iloc[0])
    table = services_by_level(minutes, made.inputs.areas, cutoffs_min=[exact])
    assert (
        table.loc[(table["kind"] == "hospital") & (table["level"] == "region"), "residents_within"].item()
        == 500
    )


def test_services_are_read_sorted_and_flagged(made, tmp_path):
    services = services_of(made, tmp_path / "s.csv", *SITES)
    assert services["id"].tolist() == ["C1", "H1", "H2"]
    assert services["verified"].tolist() == [False, True, False]
    assert services.crs.to_epsg() == 4326


def test_no_services_leave_the_areas(made, tmp_path):
    none = minutes_to_services(
        made.network, made.inputs.areas, services_of(made, tmp_path / "s.csv"), made.study
    )
    assert none["id"].tolist() == ["A1", "A2", "A3", "A4"]
    assert list(none) == ["id"]
    empty = services_by_level(none, made.inputs.areas)
    assert list(empty) == SERVICE_COLUMNS
    assert empty.empty


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [row("H1", "Day Hospital", 0, 0)],
            r"s.csv, row 2: kind 'Day Hospital' is not written in small letters",
        ),
        ([SITES[0], SITES[0]], r"s.csv, row 3: id 'H2' is already used in row 2"),
        ([row("H1", "hospital", 0, 0, "yes")], "verified 'yes' is neither true nor false"),
        (["H1,Site,hospital,52.4,-1.9,made,false\n"], "s.csv"),
    ],
)
def test_a_table_that_cannot_be_is_refused(made, tmp_path, rows, reason):
    with pytest.raises(TableError, match=reason):
        services_of(made, tmp_path / "s.csv", *rows)
