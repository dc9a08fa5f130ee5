"""Today's commutes on the made study, worked by hand; and the census's on the embedded sample."""

from __future__ import annotations

import pandas as pd
import pytest
from made_network import made_network

import corridors
from accessibility.errors import ParameterError
from corridors.access.commutes import (
    commutes_by_level,
    commutes_sentence,
    possible_commutes,
    read_commutes,
)
from corridors.errors import JoinError, TableError

NO_PLACE, NOT_STATED = "111111111", "999999999"
FLOWS = [
    ("M1", "M2", 80),
    ("M1", "M3", 20),
    ("M1", NO_PLACE, 30),
    ("M1", "X9", 7),
    ("M2", "M2", 50),
    ("M2", NOT_STATED, 5),
    ("M3", "M2", 40),
    ("M3", "M3", 10),
    ("Z1", "M2", 11),
    ("Z1", NO_PLACE, 3),
]


@pytest.fixture(scope="module")
def made(pristine_study):
    """Lay the first two areas in M1, the third in M2, the fourth in M3; J1 and J2 in M2, J3 in M3."""
    made = made_network(pristine_study)
    made.inputs.areas["msoa_code"] = ["M1", "M1", "M2", "M3"]
    made.inputs.jobs["msoa_code"] = ["M2", "M2", "M3"]
    return made


def flows(rows=FLOWS):
    return pd.DataFrame(rows, columns=["home", "work", "workers"]).astype(
        {"home": str, "work": str, "workers": int}
    )


def asked(made, rows=FLOWS, **more):
    return possible_commutes(
        made.network, made.inputs.areas, made.inputs.jobs, flows(rows), made.study, **more
    )


@pytest.fixture(scope="module")
def commutes(made):
    return asked(made)


def test_commutes_go_from_residents_to_jobs(commutes):
    table = commutes.by_area.set_index("id")
    # A1 holds a quarter of M1's residents, A2 three quarters. Of the 1,100 jobs of M2, A1 and A3 reach all within 45
    # minutes, A2 the 1,000 that are 33 minutes off; the other 100 are 48 minutes off. Nobody but A4 reaches M3.
    assert table["placed"].tolist() == [25, 75, 50, 50]
    assert table["within_45"].tolist() == pytest.approx([20, 60 * 10 / 11, 50, 10])
    assert table["within_60"].tolist() == pytest.approx([20, 60, 50, 10])


def test_who_has_no_place_of_work_is_counted_apart_and_nobody_is_lost(commutes):
    table = commutes.by_area.set_index("id")
    assert table["no_fixed_place"].tolist() == [7.5, 22.5, 0, 0]
    assert table["outside"].tolist() == [1.75, 5.25, 0, 0]
    assert table["elsewhere"].tolist() == [0, 0, 5, 0]
    assert table["commuters"].tolist() == [34.25, 102.75, 55, 50]
    kinds = commutes.kinds.set_index("kind")["workers"]
    assert kinds.to_dict() == {
        "placed": 200,
        "no_fixed_place": 30,
        "outside": 7,
        "elsewhere": 5,
        "from_outside": 11,
        "beyond": 3,
    }
    assert kinds.sum() == sum(workers for _, _, workers in FLOWS)


def test_the_order_of_rows_decides_nothing(commutes, made):
    again = asked(made, FLOWS[::-1])
    pd.testing.assert_frame_equal(again.by_area, commutes.by_area)
    pd.testing.assert_frame_equal(again.kinds, commutes.kinds)


def test_region_district_and_home_ward(commutes, made):
    inputs = made.inputs
    levels = commutes_by_level(commutes, inputs.areas, inputs.shares, inputs.wards).set_index("code")
    assert levels.loc["region", ["commuters", "placed"]].tolist() == [242, 200]
    assert levels.loc["region", "share_45"] == pytest.approx((20 + 60 * 10 / 11 + 50 + 10) / 200)
    assert levels.loc["region", "share_60"] == pytest.approx(140 / 200)
    # W1 holds A1 and a third of A2, W2 two thirds of A2 and A3, W3 A4.
    assert levels.loc[["W1", "W2", "W3"], "placed"].tolist() == pytest.approx([50, 100, 50])
    assert levels.loc["W2", "within_45"] == pytest.approx(40 * 10 / 11 + 50)
    assert levels.loc["D2", "share_60"] == pytest.approx(0.2)
    assert levels["level"].value_counts().to_dict() == {"ward": 3, "district": 2, "region": 1}


def test_the_sentence_counts_everybody(commutes):
    assert commutes_sentence(commutes) == (
        "Of 200 commutes between two places of the area, 67.3% within 45 minutes and 70.0% within 60 minutes could be made "
        "by public transport and on foot. The other 42 of its 242 working residents are counted apart: 30 at home or at no "
        "fixed place; 7 to a workplace outside the area, whose jobs are not in the tables; 5 abroad, offshore or not "
        "stated. Not among its residents: 11 from a home outside the area to a workplace in it, 3 with neither home nor "
        "workplace in the area."
    )


def test_without_service_nobody_is_dropped(made):
    table = possible_commutes(
        made.network, made.inputs.areas, made.inputs.jobs, flows(), made.at("19:00", "21:00")
    ).by_area.set_index("id")
    assert table["placed"].tolist() == [25, 75, 50, 50]
    # On foot: A3 to the 1,000 jobs of Mid Town, A4 where it stands.
    assert table["within_45"].tolist() == pytest.approx([0, 0, 50 * 10 / 11, 10])


def test_no_flows_give_zeros(made):
    none = asked(made, [])
    assert none.by_area.drop(columns="id").to_numpy().sum() == 0
    assert none.by_area["id"].tolist() == ["A1", "A2", "A3", "A4"]
    assert none.kinds["workers"].sum() == 0
    assert commutes_sentence(none) == "The flows hold no commute between two places of the area."


def test_flows_of_another_vintage_are_refused(made):
    with pytest.raises(
        JoinError, match=r"1 of 3 MSOAs of small areas are not in the homes of the commutes \(M3\)"
    ):
        asked(made, FLOWS[:6])
    with pytest.raises(JoinError, match="the points of jobs have no column msoa_code"):
        possible_commutes(
            made.network,
            made.inputs.areas,
            made.inputs.jobs.drop(columns="msoa_code"),
            flows(),
            made.study,
        )


def test_workers_from_where_nobody_lives_are_refused(made):
    areas = made.inputs.areas.assign(residents=[100, 300, 0, 500])
    with pytest.raises(JoinError, match="workers commute from M2, but its small areas have no residents"):
        possible_commutes(made.network, areas, made.inputs.jobs, flows(), made.study)


def test_an_area_whose_jobs_are_none_is_outside(made):
    jobs = made.inputs.jobs.assign(jobs=[1000, 100, 0])
    found = possible_commutes(made.network, made.inputs.areas, jobs, flows(), made.study)
    assert found.kinds.set_index("kind")["workers"][["placed", "outside"]].tolist() == [170, 37]


def test_cutoffs_that_are_none_are_refused(made):
    with pytest.raises(ParameterError, match="no cutoff was given"):
        asked(made, cutoffs_min=[])
    with pytest.raises(ParameterError, match="must be above 0"):
        asked(made, cutoffs_min=[0])


def test_other_codes_may_stand_for_no_place_but_not_for_another_kind(made):
    found = asked(made, codes_without_place={"X9": "elsewhere"})
    kinds = found.kinds.set_index("kind")["workers"]
    assert kinds[["no_fixed_place", "elsewhere", "outside"]].tolist() == [0, 7, 35]
    assert kinds.sum() == sum(workers for _, _, workers in FLOWS)
    with pytest.raises(
        ParameterError, match="code 'X9' stands for 'home'; it must be 'no_fixed_place' or 'elsewhere'"
    ):
        asked(made, codes_without_place={"X9": "home"})


def test_flows_are_read_and_checked(tmp_path):
    path = tmp_path / "flows.csv"
    path.write_text("home,work,workers\nM2,M1,4\nM1,111111111,3\n", encoding="utf-8")
    assert read_commutes(path).to_numpy().tolist() == [["M1", "111111111", 3], ["M2", "M1", 4]]
    path.write_text("home,work,workers\nM2,M1,4\nM2,M1,3\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"flows.csv, row 3: home \+ work 'M2, M1' is already used in row 2"):
        read_commutes(path)
    path.write_text("home,work,workers\nM2,M1,some\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"row 2: workers 'some' is not a whole number"):
        read_commutes(path)


@pytest.mark.realdata
def test_the_commutes_of_the_census_on_the_embedded_sample(shared_data):
    boundaries = shared_data / "boundaries"
    census = pd.read_parquet(boundaries / "commute21_msoa21_od.parquet")
    census = census.rename(columns={"msoa21cd_home": "home", "msoa21cd_work": "work"})
    points = pd.read_parquet(boundaries / "job_points_wz.parquet", columns=["wz11cd", "msoa21cd"])
    sample = made_network(corridors.sample_study())
    areas = sample.inputs.areas
    if "msoa_code" not in areas.columns:
        areas = areas.rename(columns={"msoa21cd": "msoa_code"})
    jobs = sample.inputs.jobs.drop(columns="msoa_code", errors="ignore")
    jobs = jobs.merge(
        points.rename(columns={"wz11cd": "id", "msoa21cd": "msoa_code"}), on="id", validate="one_to_one"
    )
    found = possible_commutes(sample.network, areas, jobs, census, sample.study)
    kinds = found.kinds.set_index("kind")["workers"]
    assert kinds.sum() == census["workers"].sum()
    # Working residents of the seven boroughs, and those of them at home or no fixed place, as the table itself adds up.
    assert found.by_area["commuters"].sum() == pytest.approx(1_205_855)
    assert (kinds["no_fixed_place"], kinds["placed"], kinds["elsewhere"]) == (459_154, 619_967, 2_508)
    assert len(found.by_area) == 1719
    assert (found.by_area["within_45"] <= found.by_area["within_60"] + 1e-9).all()
    assert (found.by_area["within_60"] <= found.by_area["placed"] + 1e-9).all()
    share = found.by_area[["within_45", "within_60"]].sum() / found.by_area["placed"].sum()
    assert 0.2 < share["within_45"] < share["within_60"] < 0.95
