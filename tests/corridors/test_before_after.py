"""Who gains and who loses: schemes on the made line, worked by hand, and tables compared."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from made_network import made_network

import accessibility as acc
from accessibility.errors import ParameterError
from corridors.errors import JoinError, SchemeError
from corridors.schemes.before_after import (
    MEASURES,
    before_after,
    change_sentence,
    compare_access,
    neighbours_sentence,
    zones_around,
)
from corridors.schemes.edits import (
    Closed,
    Cost,
    Faster,
    MoreFrequent,
    NewLine,
    Onward,
    Period,
    Scheme,
    apply_schemes,
)
from corridors.schemes.runs import (
    PACKAGE,
    appraise_schemes,
    compare_schemes,
    network_with,
    package_cost,
    package_sentence,
    promise_of,
)

INF = math.inf


@pytest.fixture(scope="module")
def made(pristine_study):
    return made_network(pristine_study)


@pytest.fixture(scope="module")
def feeds(made):
    return [acc.read_feed(made.study.resolve(feed)) for feed in made.study.timetable.feeds]


def scheme(code, *edits, **more):
    return Scheme(id=code, name=code, source="made", verified=False, edit=edits, **more)


def far_hop(percent):
    """The hop from Mid Town to Far Town, 15 min, shorter by so many per cent."""
    return Faster(route="L1", between=(("S1",), ("S2",)), percent=percent)


@pytest.fixture(scope="module")
def compared(made, feeds):
    schemes = [
        scheme("quicker", far_hop(20)),
        scheme("slower", far_hop(-20)),
        scheme("crawling", far_hop(-100)),
    ]
    found = compare_schemes(made.study, made.inputs, feeds, schemes, before=made.network, package=False)
    return {each.name: each for each in found}


def of_areas(found, column):
    return found.areas.set_index("id")[column].to_dict()


def people(found, measure="any"):
    row = found.totals.set_index("measure").loc[measure]
    return tuple(row[["gainers", "losers", "unchanged"]])


def test_three_minutes_less_bring_the_second_centre_to_three_hundred(compared):
    """Far Town is 39, 48 and 36 minutes from A1, A2 and A3; the last hop takes 12 minutes in place of 15."""
    found = compared["quicker"]
    assert of_areas(found, "minutes_to_k_change") == {"A1": -3, "A2": -3, "A3": -3, "A4": 0}
    assert of_areas(found, "n_within_change") == {"A1": 0, "A2": 1, "A3": 0, "A4": 0}
    assert of_areas(found, "jobs_within_change") == {"A1": 0, "A2": 100, "A3": 0, "A4": 0}
    assert people(found) == (500, 0, 500)
    assert people(found, "centres") == people(found, "jobs") == (300, 0, 700)
    region = found.levels.iloc[0]
    assert region[["reaching_before", "reaching_after", "gain_enough", "lose_enough"]].tolist() == [
        200,
        500,
        300,
        0,
    ]
    assert region["jobs_change"] == pytest.approx(300 * 100 / 1000)
    assert "300 come to reach 2 centres and 0 no longer do: 20.0% before, 50.0% after" in change_sentence(
        found
    )


def test_wards_share_out_a_small_area_that_straddles_them(compared):
    wards = compared["quicker"].levels.query("level == 'ward'").set_index("code")
    assert wards["gain_enough"].tolist() == pytest.approx([100, 200, 0])
    assert wards["gainers"].tolist() == pytest.approx([200, 300, 0])


def test_who_is_slowed_down_loses(compared):
    found = compared["slower"]
    assert of_areas(found, "change") == {"A1": "losers", "A2": "losers", "A3": "losers", "A4": "unchanged"}
    assert people(found) == (0, 500, 500)
    assert people(found, "centres") == (0, 0, 1000)
    assert found.levels.iloc[0]["lose_enough"] == 0
    # The hop takes 30 minutes: 54 from A1 and 51 from A3, out of reach.
    worse = compared["crawling"]
    assert worse.levels.iloc[0]["lose_enough"] == 200
    assert people(worse, "centres") == (0, 200, 800)


def test_an_added_departure_in_every_gap_halves_the_wait_and_harms_nobody(made, feeds):
    """Every 5 minutes in place of 10: the 60th of 120 waits is the third of five, two minutes sooner than the fifth of ten."""
    more = scheme("more", MoreFrequent(route="L1", add_per_hour=6))
    (found,) = compare_schemes(made.study, made.inputs, feeds, [more], before=made.network)
    assert of_areas(found, "minutes_to_k_change") == {"A1": -2, "A2": -2, "A3": -2, "A4": 0}
    assert people(found) == (500, 0, 500)


def test_a_closed_line_helps_nobody(made, feeds):
    """Left is an express from Home to Far Town at 07:00, 08:00 and 09:00, 20 min: the 60th of 120 waits is 29 min."""
    line = NewLine(
        mode="bus", line="X", calls=("S0", "S2"), run_min=(20,), both_directions=False,
        periods=(Period(start="07:00", end="10:00", every_min=60),),
    )  # fmt: skip
    two = apply_schemes(feeds, [scheme("express", line)], date="2026-03-10")
    (found,) = compare_schemes(made.study, made.inputs, two, [scheme("gone", Closed(route="L1"))])
    assert people(found) == (0, 500, 500)
    assert found.levels.iloc[0]["lose_enough"] == 200
    # A3 still walks to Mid Town.
    assert of_areas(found, "n_within_after") == {"A1": 0, "A2": 0, "A3": 1, "A4": 0}


def test_a_package_is_its_schemes_applied_together(made, feeds):
    schemes = [scheme("quicker", far_hop(20)), scheme("more", MoreFrequent(route="L1", add_per_hour=6))]
    found = compare_schemes(made.study, made.inputs, feeds, schemes)
    assert [each.name for each in found] == ["quicker", "more", PACKAGE]
    after = network_with(made.study, feeds, schemes)
    apart = before_after(made.study, made.inputs, made.network, after, name=PACKAGE)
    pd.testing.assert_frame_equal(found[-1].areas, apart.areas)
    assert of_areas(found[-1], "minutes_to_k_change") == {"A1": -5, "A2": -5, "A3": -5, "A4": 0}


def test_who_gains_by_two_schemes_is_counted_once_in_the_package(made, feeds):
    """Either hop quickened brings A2 to Far Town, 48 minutes off: 300 residents, and 300 together."""
    first_hop = Faster(route="L1", between=(("S0",), ("S1",)), percent=25)
    costs = Cost(low=1, central=2, high=4), Cost(low=10, central=10, high=10)
    schemes = [
        scheme("one", far_hop(20), cost_m=costs[0]),
        scheme(
            "hs2", onward=(Onward(name="HS2", to="London", lon=-1.9, lat=52.5, minutes=38, source="made"),)
        ),
        scheme("two", first_hop, cost_m=costs[1]),
    ]
    found = compare_schemes(made.study, made.inputs, feeds, schemes, before=made.network)
    assert [each.levels.iloc[0]["gain_enough"] for each in found] == [300, 300, 300]
    assert package_sentence(found).startswith(
        "Together the 2 schemes bring 300 residents to 2 centres, each counted once; their own figures add up to 600."
    )
    assert package_sentence(found[:1]) == ""
    assert package_cost(schemes) == Cost(low=11, central=12, high=14)
    assert package_cost([*schemes, scheme("dear", far_hop(1))]) is None
    ranks = made.inputs.areas.assign(income_rank=[1, 2, 3, 4])
    appraised = appraise_schemes(found, schemes, ranks, ranked=33_755)
    assert [each.totals.loc[0, "per_m_at_central_cost"] for each in appraised] == [150, 30, 25]


def test_schemes_without_edits_are_passed_over(made, feeds):
    onward = Onward(name="HS2", to="London", lon=-1.9, lat=52.5, minutes=38, source="made")
    assert compare_schemes(made.study, made.inputs, feeds, [scheme("hs2", onward=(onward,))]) == ()


@pytest.mark.parametrize(
    ("edits", "promise"),
    [
        ([MoreFrequent(route="L1", add_per_hour=1)], "adds"),
        ([MoreFrequent(route="L1", periods=(Period(start="07:00", end="09:00", every_min=7),))], None),
        ([far_hop(20)], None),
        ([Closed(route="L1")], "removes"),
        ([Closed(route="L1"), MoreFrequent(route="L1", add_per_hour=1)], None),
    ],
)
def test_what_a_scheme_promises(edits, promise):
    assert promise_of([scheme("it", *edits)]) == promise


def test_a_broken_promise_is_refused_by_the_areas_harmed(made, access_table):
    worse = access_table.assign(minutes_to_k=access_table["minutes_to_k"] + [0, 1 / 60, 0, 0])
    compare_access(access_table, access_table, made.inputs, min_centres=2, promise="adds")
    compare_access(access_table, worse, made.inputs, min_centres=2, promise="removes")
    with pytest.raises(
        SchemeError, match=r"'it' only adds service and harms 1 small areas \(A2\) in minutes"
    ):
        compare_access(access_table, worse, made.inputs, min_centres=2, name="it", promise="adds")
    with pytest.raises(SchemeError, match=r"only removes service and helps 1 small areas \(A2\)"):
        compare_access(worse, access_table, made.inputs, min_centres=2, promise="removes")


def test_a_loss_is_not_offset_by_a_gain_elsewhere(made, access_table):
    """A1 gains a centre and loses a minute; A2 gains ten jobs; A3 loses half a minute, which is no change."""
    after = access_table.assign(
        n_within=[3, 1, 2, 0],
        minutes_to_k=[40.0, 48.0, 36.5, INF],
        jobs_within=[1100.0, 1010.0, 1100.0, 50.0],
    )
    found = compare_access(access_table, after, made.inputs, min_centres=2)
    assert of_areas(found, "change") == {
        "A1": "losers",
        "A2": "gainers",
        "A3": "unchanged",
        "A4": "unchanged",
    }
    assert people(found) == (300, 100, 600)
    assert found.totals.loc[0, "losers_who_also_gain"] == 100
    finer = [each._replace(tolerance=0.5) for each in MEASURES]
    assert people(compare_access(access_table, after, made.inputs, min_centres=2, measures=finer)) == (
        300,
        200,
        500,
    )


def test_coming_into_reach_is_a_gain_and_falling_out_of_it_a_loss(made, access_table):
    out = access_table.assign(minutes_to_k=[INF, 48.0, 36.0, INF])
    assert of_areas(compare_access(access_table, out, made.inputs, min_centres=2), "minutes")["A1"] == -1
    back = compare_access(out, access_table, made.inputs, min_centres=2)
    assert of_areas(back, "minutes_to_k_change") == {"A1": -INF, "A2": 0, "A3": 0, "A4": 0}
    assert people(back) == (100, 0, 900)


def test_gainers_losers_and_unchanged_are_all_residents_whatever_happens(made):
    random = np.random.default_rng(3)
    zone = pd.Series(["catchment", "neighbours", "elsewhere", "elsewhere"], index=["A1", "A2", "A3", "A4"])

    def table():
        return pd.DataFrame(
            {
                "id": ["A1", "A2", "A3", "A4"],
                "n_within": random.integers(0, 4, 4),
                "minutes_to_k": random.choice([20.0, 20.5, 21.0, 44.0, INF], 4),
                "jobs_within": random.choice([0.0, 0.5, 1.0, 900.0], 4),
            }
        )

    for _ in range(15):
        found = compare_access(table(), table(), made.inputs, min_centres=2, zone=zone)
        three = ["gainers", "losers", "unchanged"]
        assert (found.totals[three].sum(axis=1) == 1000).all()
        assert found.levels[three].sum(axis=1).tolist() == pytest.approx(found.levels["residents"].tolist())
        assert found.zones[three].sum().sum() == found.zones["residents"].sum() == 1000
        for level in ("district", "ward"):
            rows = found.levels[found.levels["level"] == level]
            assert rows[three].sum().tolist() == pytest.approx(found.levels.loc[0, three].tolist())
        net = found.levels["gain_enough"] - found.levels["lose_enough"]
        assert net.tolist() == pytest.approx(found.levels["reaching_change"].tolist())


def test_neighbours_of_the_catchment_are_told_apart(made, feeds):
    """A2 lives 500 m from A1, A3 9 km away."""
    members = pd.DataFrame({"place_id": ["c1", "c2"], "id": ["A1", "A4"]})
    slow = scheme("slower", far_hop(-20), corridor="c1")
    (found,) = compare_schemes(
        made.study, made.inputs, feeds, [slow], before=made.network, members=members, neighbour_km=2
    )
    zones = found.zones.set_index("zone")
    assert zones.index.tolist() == ["catchment", "neighbours", "elsewhere"]
    assert zones["residents"].tolist() == [100, 300, 600]
    assert zones["losers"].tolist() == [100, 300, 100]
    assert "300 of 300 residents lose access and 0 gain" in neighbours_sentence(found)


def test_without_a_corridor_there_are_no_zones(compared):
    assert compared["quicker"].zones.empty
    assert neighbours_sentence(compared["quicker"]) == ""


def test_a_neighbour_is_near_by_distance(made):
    areas, crs = made.inputs.areas, made.network.crs
    assert zones_around(areas, ["A1"], crs=crs, neighbour_km=0.499).tolist()[1] == "elsewhere"
    assert zones_around(areas, ["A1"], crs=crs, neighbour_km=0.501).tolist()[1] == "neighbours"
    assert zones_around(areas, [], crs=crs) is None
    with pytest.raises(ParameterError, match="'A9', which is no small area"):
        zones_around(areas, ["A9"], crs=crs)
    with pytest.raises(ParameterError, match="neighbour_km is 0"):
        zones_around(areas, ["A1"], crs=crs, neighbour_km=0)


def test_another_way_of_walking_is_another_question(made):
    brisk = acc.build_network(made.network.timetable, walk_speed_kmh=6)
    with pytest.raises(ParameterError, match="differ in the walks"):
        before_after(made.study, made.inputs, made.network, brisk)


def test_a_small_area_without_access_is_refused(made, access_table):
    with pytest.raises(JoinError, match="access after"):
        compare_access(access_table, access_table.iloc[:3], made.inputs, min_centres=2)
