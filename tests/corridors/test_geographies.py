"""Geography presets: the right districts, in the words printed beside every denominator."""

from __future__ import annotations

import pandas as pd
import pytest

from accessibility.errors import ParameterError
from corridors.errors import StudyError
from corridors.tables.geographies import (
    PRESETS,
    denominator_words,
    districts_of,
    preset_of,
    refuse_other_districts,
    unverified_members,
)

LEPS = ("black_country_lep", "coventry_warwickshire_lep", "greater_birmingham_solihull_lep")


@pytest.mark.parametrize(
    ("preset", "districts"),
    [
        ("seven_boroughs", 7),
        ("three_leps", 19),
        ("black_country_lep", 4),
        ("coventry_warwickshire_lep", 6),
        ("greater_birmingham_solihull_lep", 9),
        ("wmca", 16),
    ],
)
def test_every_preset_has_its_districts(preset, districts):
    table = districts_of(preset)
    assert len(table) == districts
    assert table["district_code"].is_unique
    assert table["district"].is_unique
    assert table["source"].str.len().min() > 0


def test_the_three_leps_are_the_union_of_the_three():
    each = [set(districts_of(lep)["district_code"]) for lep in LEPS]
    assert set.union(*each) == set(districts_of("three_leps")["district_code"])
    assert sum(map(len, each)) == 19


def test_the_boroughs_lie_in_the_wider_geographies():
    boroughs = set(districts_of("seven_boroughs")["district_code"])
    assert boroughs == {f"E080000{number}" for number in range(25, 32)}
    for wider in ("three_leps", "wmca"):
        assert boroughs < set(districts_of(wider)["district_code"])
    members = districts_of("wmca").set_index("district_code")["membership"]
    assert (members.eq("constituent") == members.index.isin(boroughs)).all()


def test_what_nobody_checked_is_said():
    assert unverified_members("seven_boroughs") == ""
    assert unverified_members("wmca").startswith("9 of the 16 districts")
    assert "all of them" in unverified_members("three_leps")


def test_the_denominator_names_whom_it_counts():
    words = denominator_words("seven_boroughs", residents=2_919_651)
    assert words.startswith("all 2,919,651 residents of the seven metropolitan boroughs of the West Midlands")
    assert "(Birmingham, Coventry, Dudley, Sandwell, Solihull, Walsall, Wolverhampton)" in words
    assert words.endswith("those who reach nothing included")
    own = denominator_words(["Weston", "Easton"], whose="residents aged 16 to 64")
    assert own.startswith("all residents aged 16 to 64 of 2 districts (Easton, Weston)")
    assert denominator_words(["Easton"]).startswith("all residents of one district (Easton)")


def areas(preset):
    table = districts_of(preset).rename(columns={"district": "district_name"})
    return pd.concat([table, table], ignore_index=True)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_study_of_exactly_the_districts_is_accepted_and_recognised(preset):
    refuse_other_districts(areas(preset), preset, source="areas.csv")
    assert preset_of(areas(preset)["district_code"].tolist()) == preset


def test_a_study_of_other_districts_is_refused_with_their_names():
    with pytest.raises(StudyError) as refused:
        refuse_other_districts(areas("black_country_lep"), "seven_boroughs", source="areas.csv")
    message = str(refused.value)
    assert message.startswith(
        "areas.csv is not exactly the seven metropolitan boroughs of the West Midlands: it lacks "
    )
    assert "lacks Birmingham, Coventry, Solihull; its districts are those of 'black_country_lep'" in message
    with pytest.raises(StudyError, match=r"it holds Bromsgrove, .* as well"):
        refuse_other_districts(areas("three_leps"), "seven_boroughs", source="areas.csv")
    assert preset_of(["E08000025"]) is None


def test_an_unknown_preset_is_refused():
    with pytest.raises(ParameterError, match="did you mean 'seven_boroughs'"):
        districts_of("seven_borough")
    with pytest.raises(ParameterError, match="there are seven_boroughs, three_leps"):
        denominator_words("atlantis")


@pytest.mark.realdata
def test_codes_and_names_are_the_published_ones(shared_data):
    wards = pd.read_csv(shared_data / "boundaries" / "lookup_lsoa21_ward24_lad.csv")
    names = wards.drop_duplicates("ladcd").set_index("ladcd")["ladnm"]
    leps = wards.drop_duplicates("ladcd").set_index("ladcd")["lep"]
    for preset in PRESETS:
        table = districts_of(preset).set_index("district_code")["district"]
        # Shropshire lies outside the tables at hand.
        known = table.drop("E06000051", errors="ignore")
        assert known.eq(names[known.index]).all()
    own = districts_of("three_leps").set_index("district_code")["membership"]
    published = leps[own.index].str.replace("&", "and") + " LEP"
    assert own.eq(published).all()
