"""File 7 of the Indices of Deprivation, read as published."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from corridors.errors import TableError
from corridors.need.deprivation import most_deprived_tenth, official_measures
from corridors.need.indices import EDITIONS, edition_of, read_indices
from corridors.tables.lookups import best_fit_shares
from corridors.tables.vintages import Vintage

# The headings of File 7 as published: what the two editions share, then what is their own.
_NAMES = (
    "Index of Multiple Deprivation (IMD)",
    "Income",
    "Employment",
    "Education, Skills and Training",
    "Health Deprivation and Disability",
    "Crime",
    "Barriers to Housing and Services",
    "Living Environment",
    "Income Deprivation Affecting Children Index (IDACI)",
    "Income Deprivation Affecting Older People (IDAOPI)",
    "Children and Young People Sub-domain",
    "Adult Skills Sub-domain",
    "Geographical Barriers Sub-domain",
    "Wider Barriers Sub-domain",
    "Indoors Sub-domain",
    "Outdoors Sub-domain",
)
_RATES = ("Income", "Employment", "(IDACI)", "(IDAOPI)")
_POPULATIONS = {
    2019: {
        "Total population: mid 2015 (excluding prisoners)": 2000,
        "Dependent Children aged 0-15: mid 2015 (excluding prisoners)": 400,
        "Population aged 16-59: mid 2015 (excluding prisoners)": 1300,
        "Older population aged 60 and over: mid 2015 (excluding prisoners)": 300,
        "Working age population 18-59/64: for use with Employment Deprivation Domain (excluding prisoners)": 1200,
    },
    2025: {
        "Total population: mid 2022": 2000,
        "Dependent Children aged 0-15: mid 2022": 400,
        "Older population aged 60 and over: mid 2022": 300,
        "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022": 1200,
    },
}


def file_7(edition, codes=("E01000002", "E01000001")):
    """Lay out File 7 of an edition: the score of the n-th index is n / 100, its ranks count from n."""
    small, district = (2011, 2019) if edition == 2019 else (2021, 2024)
    table = {
        f"LSOA code ({small})": list(codes),
        f"LSOA name ({small})": "name",
        f"Local Authority District code ({district})": "E08000025",
        f"Local Authority District name ({district})": "Birmingham",
    }
    for number, name in enumerate(_NAMES, start=1):
        rate = " (rate)" if name.endswith(_RATES) else ""
        table[f"{name} Score{rate}"] = [-number / 100 if name == "Crime" else number / 100] * len(codes)
        table[f"{name} Rank (where 1 is most deprived)"] = [number + row for row in range(len(codes))]
        # One heading is cut short in the published file.
        table[f"{name} Decile (where 1 is most deprived 10% of LSO{'' if 'Young' in name else 'As)'}"] = 1
    return pd.DataFrame(table | _POPULATIONS[edition])


@pytest.mark.parametrize("edition", [2019, 2025])
def test_file_7_is_read_as_published(tmp_path, edition):
    file_7(edition).to_csv(tmp_path / "file7.csv", index=False, encoding="utf-8-sig")
    table = read_indices(tmp_path / "file7.csv")
    assert table["id"].tolist() == ["E01000001", "E01000002"]
    first = table.iloc[0]
    assert (first["imd_score"], first["imd_rank"], first["imd_decile"]) == (0.01, 2, 1)
    assert first["imd_population"] == first["income_denominator"] == 2000
    # Each rate over its own people: everyone, those of working age, children, older people.
    assert first["income_deprived"] == pytest.approx(0.02 * 2000)
    assert first["employment_deprived"] == pytest.approx(0.03 * 1200)
    assert first["idaci_deprived"] == pytest.approx(0.09 * 400)
    assert first["idaopi_deprived"] == pytest.approx(0.10 * 300)
    assert first["crime_score"] == -0.06
    assert first["environment_rank"] == 8 + 1
    assert (table["edition"] == edition).all()


def test_file_7_goes_straight_into_the_measures(tmp_path):
    file_7(2025).to_csv(tmp_path / "file7.csv", index=False)
    table = read_indices(tmp_path / "file7.csv").assign(district_code="D")
    shares = best_fit_shares(table, by="district_code")
    found = official_measures(table, shares, by="district_code", edition=EDITIONS[2025], index="health")
    assert found["average_score"].tolist() == pytest.approx([0.05])
    assert most_deprived_tenth(table, by="district_code")["share_most_deprived_tenth"].tolist() == [1.0]


def test_a_header_alone_gives_an_empty_table(tmp_path):
    file_7(2025).iloc[:0].to_csv(tmp_path / "file7.csv", index=False)
    table = read_indices(tmp_path / "file7.csv")
    assert table.empty
    assert "employment_deprived" in table.columns


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns="Income Score (rate)"), r"no column headed with the words 'income', 'score' .* \(columns found: LSOA code \(2021\)"),
        (lambda t: t.assign(**{"Crime Score again": 1}), r"2 columns headed with the words 'crime', 'score' where one was expected \(columns found: Crime Score, Crime Score again\)"),
        (lambda t: t.assign(**{"Crime Score": "high"}), "row 2: crime_score 'high' is not a number"),
        (lambda t: t.assign(**{"LSOA code (2021)": "E01000001"}), "row 3: id 'E01000001' is already used in row 2"),
        (lambda t: t.assign(**{"Crime Rank (where 1 is most deprived)": 33_756}), "row 2: crime_rank 33756 is beyond the 33,755 LSOAs"),
        (lambda t: t.rename(columns={"LSOA code (2021)": "LSOA code (2001)"}), "is not File 7 .*: it has LSOAs of 2001 with populations of 2022"),
        (lambda t: t.rename(columns={"LSOA code (2021)": "area"}), "is not File 7 .*: it has no LSOA codes"),
    ],
    ids=["missing", "twice", "text", "duplicated", "beyond", "another year", "no codes"],
)  # fmt: skip
def test_what_is_no_file_7_is_refused_in_one_sentence(tmp_path, change, said):
    change(file_7(2025)).to_csv(tmp_path / "file7.csv", index=False)
    with pytest.raises(TableError, match=said) as refused:
        read_indices(tmp_path / "file7.csv")
    assert str(refused.value).startswith("file7.csv")
    assert "\n" not in str(refused.value)


def test_the_indices_of_2015_are_not_taken_for_those_of_2019(tmp_path):
    table = file_7(2019)
    table.columns = [name.replace("mid 2015", "mid 2012") for name in table.columns]
    table.to_csv(tmp_path / "file7.csv", index=False)
    with pytest.raises(TableError, match="LSOAs of 2011 with populations of 2012"):
        read_indices(tmp_path / "file7.csv")


@pytest.mark.parametrize(
    ("stated", "areas", "year"),
    [
        ("English Indices of Deprivation 2025", None, 2025),
        ("IoD 2019 on areas of 2021", Vintage("LSOA", 2021), 2019),
        ("Indices of Deprivation", Vintage("LSOA", 2011), 2019),
        ("Indices of Deprivation", Vintage("OA", 2021), None),
        ("IoD 2015", Vintage("LSOA", 2011), None),
    ],
)
def test_the_edition_of_a_study(stated, areas, year):
    edition = edition_of(stated, areas=areas)
    assert (edition.year if edition else None) == year


def test_a_workbook_without_its_reader_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file7.xlsx").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(
        TableError, match=r"file7\.xlsx: reading a workbook needs openpyxl .* or save its sheet as CSV"
    ):
        read_indices(tmp_path / "file7.xlsx")


def test_the_sheet_with_the_codes_is_found_in_a_workbook(tmp_path, monkeypatch):
    (tmp_path / "file7.xlsx").write_bytes(b"")
    sheets = {"Notes": pd.DataFrame({"About": ["text"]}), "IoD2025": file_7(2025).astype(str)}
    monkeypatch.setattr(pd, "read_excel", lambda *_args, **_kwargs: sheets)
    assert len(read_indices(tmp_path / "file7.xlsx")) == 2
    monkeypatch.setattr(pd, "read_excel", lambda *_args, **_kwargs: {"Notes": sheets["Notes"]})
    with pytest.raises(TableError, match=r"no sheet has a column of LSOA codes \(sheets: Notes\)"):
        read_indices(tmp_path / "file7.xlsx")


@pytest.mark.parametrize("year", [2019, 2025])
def test_a_real_workbook_reads_as_the_same_sheet_in_csv(tmp_path, year):
    file_7(year).to_csv(tmp_path / "file7.csv", index=False)
    with pd.ExcelWriter(tmp_path / "file7.xlsx", engine="openpyxl") as book:
        pd.DataFrame({"About": ["text"]}).to_excel(book, sheet_name="Notes", index=False)
        file_7(year).to_excel(book, sheet_name="Scores", index=False)
    pd.testing.assert_frame_equal(read_indices(tmp_path / "file7.xlsx"), read_indices(tmp_path / "file7.csv"))


def test_a_damaged_workbook_is_one_sentence(tmp_path):
    (tmp_path / "file7.xlsx").write_bytes(b"PK not a workbook")
    with pytest.raises(TableError, match=r"file7\.xlsx: cannot be read as a workbook"):
        read_indices(tmp_path / "file7.xlsx")


def test_a_missing_file_is_named(tmp_path):
    for name in ("file7.csv", "file7.xlsx"):
        with pytest.raises(TableError, match="there is no such file"):
            read_indices(tmp_path / name)
