"""Vintages of codes: recognised by their headings, agreed on between tables, never mixed."""

from __future__ import annotations

import pandas as pd
import pytest

from corridors.errors import JoinError, StudyError, TableError
from corridors.inputs import read_inputs
from corridors.need.employment import read_jobs
from corridors.places.places import read_outlines
from corridors.study import load_study
from corridors.tables.areas import read_area_wards, read_areas, read_vintages, read_wards
from corridors.tables.vintages import (
    CodeColumn,
    Vintage,
    agreed_vintages,
    in_words,
    recognise,
    refuse_contradictions,
)


@pytest.mark.parametrize(
    ("column", "vintage"),
    [
        ("LSOA11CD", Vintage("LSOA", 2011)),
        ("lsoa21cd", Vintage("LSOA", 2021)),
        ("OA21CD", Vintage("OA", 2021)),
        ("MSOA21CD", Vintage("MSOA", 2021)),
        ("WD22CD", Vintage("WD", 2022)),
        ("wd25cd", Vintage("WD", 2025)),
        ("LAD24CD", Vintage("LAD", 2024)),
        ("LTLA22CD", Vintage("LAD", 2022)),
        ("LEP21CD", Vintage("LEP", 2021)),
        ("WD91CD", Vintage("WD", 1991)),
        (" Wd25Cd ", Vintage("WD", 2025)),
        ("LSOA code (2021)", Vintage("LSOA", 2021)),
        ("Local Authority District code (2019)", Vintage("LAD", 2019)),
        ("LSOA21NM", None),
        ("LSOA name (2021)", None),
        ("WD25CDH", None),
        ("ward_code", None),
        ("residents", None),
        ("XLSOA21CD", None),
    ],
)
def test_the_vintage_of_a_column(column, vintage):
    assert recognise(column) == vintage


def test_names_have_a_vintage_too():
    assert recognise("WD25NM", suffix="NM") == Vintage("WD", 2025)
    assert recognise("LSOA name (2011)", suffix="NM") == Vintage("LSOA", 2011)
    assert recognise("WD25CD", suffix="NM") is None


def columns(*pairs):
    return [CodeColumn(file, column, recognise(column)) for file, column in pairs]


def test_tables_of_one_year_agree():
    found = columns(("a.csv", "LSOA21CD"), ("a.csv", "wd25cd"), ("b.csv", "lsoa21cd"), ("c.csv", "WD25CD"))
    agreed = agreed_vintages(found)
    assert agreed == {"small areas": Vintage("LSOA", 2021), "WD": Vintage("WD", 2025)}
    assert in_words(agreed) == "codes of LSOAs of 2021, wards of 2025"
    assert in_words({}) == ""


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            ("areas.csv", "LSOA11CD"),
            ("pieces.csv", "lsoa21cd"),
            "exact-fit lookup from LSOAs of 2011 to LSOAs of 2021",
        ),
        (("areas.csv", "wd24cd"), ("wards.csv", "WD22CD"), "lookup from LSOAs to wards of 2024"),
        (("areas.csv", "LAD24CD"), ("wards.csv", "LAD22CD"), "the districts of one year"),
        (
            ("areas.csv", "LSOA21CD"),
            ("pieces.csv", "OA21CD"),
            "lookup from output areas of 2021 to LSOAs of 2021",
        ),
    ],
)
def test_mixed_vintages_are_refused_with_both_files_both_columns_and_the_remedy(first, second, said):
    with pytest.raises(JoinError) as refused:
        agreed_vintages(columns(first, second))
    message = str(refused.value)
    for words in (*first, *second, said):
        assert words in message
    assert "\n" not in message


def retitle(path, old, new):
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def paths(study):
    return {key: study.resolve(name) for key, name in study.files.named.items()}


@pytest.mark.parametrize("year", ["22", "24", "25"])
@pytest.mark.parametrize("small", ["LSOA11CD", "lsoa21cd", "OA21CD"])
def test_a_study_may_use_any_vintage_as_long_as_it_is_one(made_study, year, small):
    folder = made_study.parent
    for name in ("areas.csv", "area_wards.csv", "wards.csv", "wards.geojson", "jobs.csv"):
        retitle(folder / name, "wd25cd", f"WD{year}CD")
        retitle(folder / name, "lsoa21cd", small)
    tables = paths(load_study(made_study))
    wards = read_wards(tables["wards"])
    outlines = read_outlines(tables["outlines"], wards)
    assert read_vintages(tables) == {"small areas": recognise(small), "WD": Vintage("WD", 2000 + int(year))}
    assert read_areas(tables["areas"], outlines)["id"].tolist() == ["A1", "A2", "A3", "A4"]
    assert list(read_area_wards(tables["area_wards"])) == ["id", "ward_code", "residents"]
    assert set(read_jobs(tables["jobs"], wards, outlines)["ward_code"]) == {"W2", "W3"}


@pytest.mark.parametrize("name", ["area_wards.csv", "wards.csv", "wards.geojson", "jobs.csv"])
def test_one_table_of_another_year_stops_the_study(made_study, name):
    retitle(made_study.parent / name, "wd25cd", "WD22CD")
    with pytest.raises(JoinError) as refused:
        read_inputs(load_study(made_study))
    message = str(refused.value)
    assert message.startswith("areas.csv has wards of 2025 (wd25cd) but ")
    assert f"{name} has wards of 2022 (WD22CD)" in message
    assert "ONS's lookup from LSOAs to wards of 2025" in message


def test_small_areas_of_another_year_stop_the_study(made_study):
    retitle(made_study.parent / "area_wards.csv", "lsoa21cd", "LSOA11CD")
    with pytest.raises(JoinError, match=r"areas\.csv has LSOAs of 2021 .* area_wards\.csv has LSOAs of 2011"):
        read_inputs(load_study(made_study))


def test_codes_of_two_years_in_one_table_are_not_chosen_between(made_study):
    path = made_study.parent / "wards.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(["wd22cd," + lines[0], *["X," + line for line in lines[1:]]]), encoding="utf-8")
    with pytest.raises(
        TableError, match=r"wards\.csv: columns 'wd22cd' and 'wd25cd' could both be the code of the ward"
    ):
        read_inputs(load_study(made_study))


def test_vintages_of_the_study_file_that_name_another_year_are_refused(made_study):
    retitle(made_study, 'wards = "wards 2025"', 'wards = "wards of May 2022"')
    with pytest.raises(
        StudyError, match=r"\[vintages\] wards says 'wards of May 2022', but .* wards of 2025"
    ):
        read_inputs(load_study(made_study))


@pytest.mark.parametrize("text", ["wards", "May 2025 (codes of December 2024)", "wards 2025"])
def test_a_text_without_a_year_or_with_the_right_one_contradicts_nothing(text):
    refuse_contradictions({"areas": "LSOA 2021", "wards": text}, {"WD": Vintage("WD", 2025)})


WELSH = "W01000001"


def gss(text):
    """Give the made areas codes as ONS writes them."""
    for number in range(1, 5):
        text = text.replace(f"A{number},", f"E0100000{number},")
    return text


def test_an_area_of_wales_is_refused_in_one_sentence(made_study):
    for name in ("areas.csv", "area_wards.csv"):
        path = made_study.parent / name
        path.write_text(gss(path.read_text(encoding="utf-8")).replace("E01000003", WELSH), encoding="utf-8")
    with pytest.raises(TableError) as refused:
        read_inputs(load_study(made_study))
    message = str(refused.value)
    assert message.startswith(
        "areas.csv, row 4: lsoa21cd 'W01000001' is in Wales while most rows are in England"
    )
    assert "\n" not in message


def test_a_study_wholly_in_wales_is_read(made_study):
    for name in ("areas.csv", "area_wards.csv"):
        path = made_study.parent / name
        path.write_text(gss(path.read_text(encoding="utf-8")).replace("E0100", "W0100"), encoding="utf-8")
    assert read_inputs(load_study(made_study)).areas["id"].str.startswith("W01").all()


def test_codes_of_middle_layer_areas_under_an_lsoa_heading_are_refused(made_study):
    path = made_study.parent / "areas.csv"
    path.write_text(gss(path.read_text(encoding="utf-8")).replace("E0100", "E0200"), encoding="utf-8")
    with pytest.raises(
        TableError, match=r"areas\.csv, row 2: lsoa21cd 'E02000001' is the code of an MSOA, not of an LSOA"
    ):
        read_inputs(load_study(made_study))


@pytest.mark.realdata
def test_the_ward_codes_of_2022_and_2024_are_told_apart(shared_data, tmp_path):
    """Of the 192 wards of December 2024, the 44 of Dudley and Wolverhampton have other codes in 2022."""
    boundaries = shared_data / "boundaries"
    lookup = pd.read_csv(boundaries / "lookup_lsoa21_ward24_lad.csv")
    lookup = lookup[lookup["area_group"] == "constituent"]
    wards = lookup.drop_duplicates("wd24cd").rename(
        columns={"ladcd": "district_code", "ladnm": "district_name"}
    )
    wards = wards.rename(columns={"wd24nm": "ward_name"})[
        ["wd24cd", "ward_name", "district_code", "district_name"]
    ]
    wards.to_csv(tmp_path / "wards.csv", index=False)

    with pytest.raises(JoinError) as mixed:
        read_vintages({"wards": tmp_path / "wards.csv", "outlines": boundaries / "wards_2022.gpkg"})
    assert "wards.csv has wards of 2024 (wd24cd) but wards_2022.gpkg has wards of 2022 (wd22cd)" in str(
        mixed.value
    )
    assert "ONS's lookup from LSOAs to wards of 2024" in str(mixed.value)

    # Under one heading, and so of one year by their word, the codes themselves give it away.
    with pytest.raises(JoinError) as lost:
        read_outlines(boundaries / "wards_2022.gpkg", read_wards(tmp_path / "wards.csv"))
    assert "44 of 192 wards are not in the ward outlines" in str(lost.value)
    assert "all 24 of Dudley, all 20 of Wolverhampton" in str(lost.value)
    assert "one vintage" in str(lost.value)
