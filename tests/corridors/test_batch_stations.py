"""Tables of stations: points of access, and rows that nobody meant well."""

from __future__ import annotations

import pandas as pd
import pytest
from batch_folders import lon_lat

from corridors import load_study
from corridors.batch.stations import opening_words, read_batch_stations, study_stations
from corridors.errors import StudyError, TableError
from corridors.inputs import read_inputs
from corridors.schemes.edits import Onward, Scheme

HERE = lon_lat(10_000, 0)
THERE = lon_lat(16_000, 0)


@pytest.fixture(scope="module")
def inputs(request):
    return read_inputs(load_study(request.getfixturevalue("pristine_study")))


def write(path, *lines, columns="station_id,name,lon,lat"):
    path.write_text("\n".join([columns, *lines]) + "\n", encoding="utf-8")
    return path


def at(place):
    return f"{place[0]},{place[1]}"


def test_rows_of_one_id_are_points_of_access(tmp_path, inputs):
    path = write(
        tmp_path / "s.csv",
        f"b,Two doors,south,{at(THERE)},2033,38,London",
        f"a,One door,,{at(HERE)},,,",
        f"b,Two doors,north,{at(HERE)},2033,38,London",
        columns="station_id,name,access_point,lon,lat,opening,onward_min,onward_to",
    )
    found = read_batch_stations(path, inputs.outlines)
    assert found.table["station_id"].tolist() == ["a", "b"]
    assert found.table["points"].tolist() == [1, 2]
    assert found.table["opening"].tolist() == [pd.NA, 2033]
    assert found.points["group"].tolist() == ["a", "b", "b"]
    assert found.points["id"].is_unique
    assert found.points["lon"].iloc[1] == HERE[0]  # north before south
    assert found.onward[["station_id", "to", "minutes"]].to_numpy().tolist() == [["b", "London", 38]]
    assert found.refused.empty


def test_the_order_of_the_rows_says_nothing(tmp_path, inputs):
    lines = [f"a,A,1,{at(HERE)}", f"a,A,2,{at(THERE)}", f"b,B,,{at(THERE)}"]
    columns = "station_id,name,access_point,lon,lat"
    one = read_batch_stations(write(tmp_path / "one.csv", *lines, columns=columns), inputs.outlines)
    other = read_batch_stations(write(tmp_path / "other.csv", *lines[::-1], columns=columns), inputs.outlines)
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.points, other.points)


HOSTILE = {
    "no id": (f",Nameless,{at(HERE)}", "", "row 3: column 'station_id' is empty"),
    "no name": (f"x,,{at(HERE)}", "x", "row 3: column 'name' is empty"),
    "not a number": ("x,X,NaN,52.5", "x", "row 3: lon 'NaN' is not a longitude"),
    "infinite": ("x,X,-1.9,inf", "x", "row 3: lat 'inf' is not a latitude"),
    "swapped": (f"x,X,{HERE[1]},{HERE[0]}", "x", "row 3: lon 52."),
    "outside the area": (
        "x,X,-1.9,12.4",
        "x",
        "row 3: lon -1.9, lat 12.4 lies far from the study's outlines",
    ),
}


@pytest.mark.parametrize(("line", "station", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_row_that_cannot_be_used_leaves_its_station_out_and_the_others_in(
    line, station, words, tmp_path, inputs
):
    path = write(tmp_path / "s.csv", f"good,Good,{at(HERE)}", line, f"also,Also good,{at(THERE)}")
    found = read_batch_stations(path, inputs.outlines)
    assert found.table["station_id"].tolist() == ["also", "good"]
    assert found.refused["station_id"].tolist() == [station]
    assert words in found.refused["reason"].iloc[0]
    assert found.refused["reason"].iloc[0].startswith("s.csv, ")


def test_an_id_that_comes_twice_without_points_of_access_is_refused_whole(tmp_path, inputs):
    path = write(tmp_path / "s.csv", f"a,A,{at(HERE)}", f"a,A,{at(THERE)}", f"b,B,{at(HERE)}")
    found = read_batch_stations(path, inputs.outlines)
    assert found.table["station_id"].tolist() == ["b"]
    assert found.refused["reason"].tolist() == ["s.csv, row 3: station_id 'a' is already used in row 2"]


def test_one_station_has_one_name(tmp_path, inputs):
    columns = "station_id,name,access_point,lon,lat"
    path = write(
        tmp_path / "s.csv", f"a,A,1,{at(HERE)}", f"a,Other,2,{at(THERE)}", f"b,B,,{at(HERE)}", columns=columns
    )
    found = read_batch_stations(path, inputs.outlines)
    assert found.refused["reason"].tolist() == [
        "s.csv, row 3: station 'a' has another name than in its other rows"
    ]


def test_every_fault_is_named_and_none_is_lost(tmp_path, inputs):
    path = write(tmp_path / "s.csv", *(line for line, *_ in HOSTILE.values()), f"good,Good,{at(HERE)}")
    path.write_text(path.read_text(encoding="utf-8").replace("\nx,", "\nx{},"), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    for number in range(text.count("x{}")):
        text = text.replace("x{}", f"x{number}", 1)
    path.write_text(text, encoding="utf-8")
    found = read_batch_stations(path, inputs.outlines)
    assert found.table["station_id"].tolist() == ["good"]
    assert len(found.refused) == len(HOSTILE)


def test_a_table_without_one_station_to_ask_about_is_refused(tmp_path, inputs):
    with pytest.raises(TableError, match=r"row 2: lon 'x' is not a longitude.*no station left"):
        read_batch_stations(write(tmp_path / "s.csv", "a,A,x,52"), inputs.outlines)
    with pytest.raises(TableError, match=r"s\.csv: holds no station"):
        read_batch_stations(write(tmp_path / "s.csv"), inputs.outlines)
    with pytest.raises(TableError, match=r"s\.csv: column 'name' is missing"):
        read_batch_stations(
            write(tmp_path / "s.csv", "a,1,52", columns="station_id,lon,lat"), inputs.outlines
        )
    with pytest.raises(TableError, match="no such file"):
        read_batch_stations(tmp_path / "absent.csv", inputs.outlines)


def test_a_studys_own_stations_take_their_journeys_onward_from_its_schemes(inputs):
    hs2 = Scheme(
        id="hs2",
        name="HS2",
        source="made",
        verified=False,
        onward=(
            Onward(name="Far Town", to="London", lon=THERE[0], lat=THERE[1], minutes=38, source="made"),
            Onward(name="Mid Town", to="London", lon=HERE[0], lat=HERE[1], minutes=40, source="made"),
        ),
    )
    found = study_stations(inputs, [hs2])
    assert found.table[["station_id", "name", "status"]].to_numpy().tolist() == [
        ["H1", "New station", "planned"]
    ]
    assert found.onward[["station_id", "to", "minutes"]].to_numpy().tolist() == [["H1", "London", 38.0]]


def test_a_studys_stations_can_be_handed_in_as_a_table(inputs, pristine_study):
    found = read_batch_stations(pristine_study.parent / "stations.csv", inputs.outlines)
    assert found.table["station_id"].tolist() == ["H1", "R1"]
    assert found.table["status"].tolist() == ["planned", "open"]


def test_a_study_without_hs2_asks_for_a_table(made_study):
    path = made_study.parent / "stations.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",hs2,", ",rail,"), encoding="utf-8")
    with pytest.raises(StudyError, match="no station of the kind hs2; name a table"):
        study_stations(read_inputs(load_study(made_study)), [])


def test_openings_are_said_where_they_matter():
    assert (
        opening_words(2033, "planned", year=2026) == "opens in 2033, after 2026: counted as if it were open"
    )
    assert opening_words(2026, "open", year=2026) == ""
    assert opening_words(2033, "planned", year=2038) == ""
    assert "not known" in opening_words(pd.NA, "planned", year=2026)
    assert opening_words(pd.NA, "open", year=2026) == ""
