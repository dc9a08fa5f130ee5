"""Reading tables: what is wrong is named with file, row and reason."""

from __future__ import annotations

import pytest

from corridors.errors import TableError
from corridors.tables import tables
from corridors.tables.reading import read_table

HEADER = "job_id,lon,lat,jobs,wd25cd\n"
GOOD = "J1,-1.9,52.5,10,W1\nJ2,-1.8,52.4,20.5,W1\n"


def read(tmp_path, text, spec=tables.JOBS, encoding="utf-8"):
    path = tmp_path / "jobs.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path, spec)


def test_a_good_table_is_typed(tmp_path):
    table = read(tmp_path, HEADER + GOOD)
    assert table["jobs"].tolist() == [10.0, 20.5]
    assert table.dtypes[["lon", "lat", "jobs"]].astype(str).tolist() == ["float64"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + GOOD,
        (HEADER + GOOD).replace("\n", "\r\n"),
        HEADER + GOOD + "\n\n",
        "extra," + HEADER + "".join(f'"a, b",{line}\n' for line in GOOD.splitlines()),
    ],
    ids=["byte-order mark", "CRLF", "blank lines at the end", "quoted extra column"],
)
def test_harmless_variants_give_the_same_table(tmp_path, text):
    clean = read(tmp_path, HEADER + GOOD)
    variant = read(tmp_path, text)[list(clean.columns)]
    assert variant.equals(clean)


def test_header_alone_gives_an_empty_table_with_types(tmp_path):
    table = read(tmp_path, HEADER)
    assert len(table) == 0
    assert str(table["jobs"].dtype) == "float64"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "jobs.csv: is empty"),
        (
            "job_id,lon,lat,jobs\n",
            "jobs.csv: there is no column of codes of wards, such as WD25CD (columns found: job_id, lon, lat, jobs)",
        ),
        (
            "job_id,lon,lat,wd25cd\n",
            "jobs.csv: column 'jobs' is missing (columns found: job_id, lon, lat, wd25cd)",
        ),
        (
            "job_id,lon,lat,jobs,wd22cd,WD25CD\n",
            "jobs.csv: columns 'wd22cd' and 'WD25CD' could both be the ward the point lies in: keep the one",
        ),
        (
            "job_id,lon,lat,jobs,WD25CD,ward_code\n",
            "jobs.csv: columns 'WD25CD' and 'ward_code' mean the same: keep one",
        ),
        ("job_id,lon,lon,lat,jobs,wd25cd\n", "names column 'lon' more than once"),
        (HEADER + GOOD + "J1,-1.9,52.5,1,W1\n", "jobs.csv, row 4: job_id 'J1' is already used in row 2"),
        (HEADER + GOOD + "\nJ1,-1.9,52.5,1,W1\n", "jobs.csv, row 5: job_id 'J1' is already used in row 2"),
        (HEADER + "J1,-1.9,52.5,ten,W1\n", "jobs.csv, row 2: jobs 'ten' is not a number of zero or more"),
        (
            HEADER + GOOD + "J3,-1.9,52.5,-1,W1\n",
            "jobs.csv, row 4: jobs '-1' is not a number of zero or more",
        ),
        (HEADER + "J1,-1.9,52.5,inf,W1\n", "row 2: jobs 'inf' is not a number of zero or more"),
        (HEADER + "J1,-1.9,52.5,nan,W1\n", "row 2: jobs 'nan' is not a number of zero or more"),
        (HEADER + "J1,-190,52.5,1,W1\n", "row 2: lon '-190' is not a longitude in degrees"),
        (HEADER + "J1,-1.9,52.5,,W1\n", "row 2: column 'jobs' is empty"),
        (HEADER + ",-1.9,52.5,1,W1\n", "row 2: column 'job_id' is empty"),
        (
            HEADER + "J1,x,y,z,W1\nJ2,x,52.5,1,W1\n",
            "row 2: lon 'x' is not a longitude in degrees (rows with faults: 2)",
        ),
        (HEADER + "J1,-1.9,52.5,1,W1,more\n" * 2, "row 2: holds 6 values where the header names 5 columns"),
        (HEADER + "J1,-1.9,52.5,1,W1\nJ2,-1.9\n", "row 3: holds 2 values where the header names 5 columns"),
    ],
)
def test_faults_are_named(tmp_path, text, said):
    with pytest.raises(TableError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_other_encodings_are_refused(tmp_path):
    with pytest.raises(TableError, match="is not UTF-8 text"):
        read(tmp_path, HEADER + "J\xe9,-1.9,52.5,1,W1\n", encoding="latin-1")


def test_counts_must_be_whole(tmp_path):
    pieces = "lsoa21cd,wd25cd,residents\nA1,W1,12.5\n"
    with pytest.raises(TableError, match=r"row 2: residents '12\.5' is not a whole number"):
        read(tmp_path, pieces, tables.AREA_WARDS)


def test_a_key_of_two_columns(tmp_path):
    pieces = "lsoa21cd,wd25cd,residents\nA1,W1,1\nA1,W2,2\nA1,W1,3\n"
    with pytest.raises(TableError, match=r"row 4: lsoa21cd \+ wd25cd 'A1, W1' is already used in row 2"):
        read(tmp_path, pieces, tables.AREA_WARDS)


def test_a_part_above_its_whole(made_study):
    path = made_study.parent / "areas.csv"
    path.write_text(path.read_text().replace(",150,30,", ",150,151,"), encoding="utf-8")
    with pytest.raises(
        TableError, match=r"areas\.csv, row 3: unemployed \(151\) is more than econ_active \(150\)"
    ):
        read_table(path, tables.AREAS)


def test_the_specification_describes_itself():
    described = tables.describe(tables.AREAS)
    assert described["column"].is_unique
    assert described["meaning"].str.len().min() > 0
    assert "residents" in set(described.loc[described["required"], "column"])
