"""Small areas and wards as tables come: official headings, output areas, and what is wrong said in one sentence."""

from __future__ import annotations

import pytest

from corridors.errors import TableError
from corridors.inputs import read_inputs
from corridors.places.places import read_outlines
from corridors.study import load_study
from corridors.tables.areas import read_areas, read_vintages, read_wards
from corridors.tables.reading import read_headings


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_wards_are_read_from_a_lookup_as_ons_heads_it(made_study):
    path = made_study.parent / "wards.csv"
    edit(path, "wd25cd,ward_name,district_code,district_name", "WD25CD,WD25NM,LAD25CD,LAD25NM")
    wards = read_wards(path)
    assert wards["ward_code"].tolist() == ["W1", "W2", "W3"]
    assert wards["district"].tolist() == ["Easton", "Easton", "Weston"]
    assert wards["ward_name"].iloc[2] == "North end"


def test_output_areas_may_stand_without_names(made_study):
    folder = made_study.parent
    edit(folder / "areas.csv", "lsoa21cd,lsoa21nm", "OA21CD,note")
    outlines = read_outlines(folder / "wards.geojson", read_wards(folder / "wards.csv"))
    areas = read_areas(folder / "areas.csv", outlines)
    assert areas["name"].tolist() == areas["id"].tolist() == ["A1", "A2", "A3", "A4"]


def test_further_columns_of_codes_are_read_under_one_name(made_study):
    path = made_study.parent / "areas.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join(["MSOA21CD," + lines[0], *["M1," + line for line in lines[1:]]]), encoding="utf-8"
    )
    inputs = read_inputs(load_study(made_study))
    assert inputs.areas["msoa_code"].tolist() == ["M1"] * 4
    assert sorted(map(str, inputs.vintages.values())) == ["LSOAs of 2021", "MSOAs of 2021", "wards of 2025"]


CASES = {
    "a missing column": ("areas.csv", "unemployed", "jobless", "areas.csv: column 'unemployed' is missing"),
    "a missing code": ("area_wards.csv", "lsoa21cd", "area", "no column of codes of output areas or LSOAs, such as LSOA21CD"),
    "text in a number column": ("areas.csv", ",100,60,50,5,", ",100,sixty,50,5,", "areas.csv, row 2: aged_16_64 'sixty' is not a whole number"),
    "a duplicated code": ("areas.csv", "A3,", "A1,", "areas.csv, row 4: lsoa21cd 'A1' is already used in row 2"),
    "a duplicated ward": ("wards.csv", "W3,", "W1,", "wards.csv, row 4: wd25cd 'W1' is already used in row 2"),
    "a code twice in the outlines": ("wards.geojson", '"W3"', '"W1"', "wards.geojson, feature 3: wd25cd 'W1' is already used in feature 1"),
    "an empty file": ("areas.csv", None, "", "areas.csv: is empty, without even a header"),
    "no features at all": ("wards.geojson", None, "no JSON", "wards.geojson: cannot be read as GeoJSON or GeoPackage"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said_in_one_sentence(made_study, case):
    name, old, new, said = CASES[case]
    path = made_study.parent / name
    if old is None:
        path.write_text(new, encoding="utf-8")
    else:
        edit(path, old, new)
    with pytest.raises(TableError) as refused:
        read_inputs(load_study(made_study))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_table_is_named(made_study):
    with pytest.raises(TableError, match=r"absent\.csv: there is no such file"):
        read_vintages({"areas": made_study.parent / "absent.csv"})


def test_headings_of_both_kinds_of_files(made_study):
    assert read_headings(made_study.parent / "wards.geojson", features=True) == ["wd25cd"]
    assert read_headings(made_study.parent / "area_wards.csv") == ["lsoa21cd", "wd25cd", "residents"]
    path = made_study.parent / "jobs.csv"
    # A table is read as CSV whatever its ending.
    assert read_headings(path.rename(path.with_suffix(".txt")))[0] == "job_id"
    path.write_bytes("job_id,caf\xe9\n".encode("latin-1"))
    with pytest.raises(TableError, match=r"jobs\.csv: is not UTF-8 text"):
        read_headings(path)
