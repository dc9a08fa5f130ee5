"""Each line closed in turn: two lines worked by hand, and against the closure applied to the feed."""

from __future__ import annotations

import pandas as pd
import pytest
from made_network import made_network

import accessibility as acc
from accessibility.errors import ParameterError
from corridors.schemes.before_after import before_after
from corridors.schemes.edits import NewLine, Period, Scheme, apply_schemes, resilience_schemes
from corridors.schemes.resilience import LINE_COLUMNS, closures_sentence, line_closures, without_line
from corridors.schemes.runs import network_with


@pytest.fixture(scope="module")
def made(pristine_study):
    return made_network(pristine_study)


@pytest.fixture(scope="module")
def feeds(made):
    """Beside the made line, an express from Home to Far Town in 25 minutes, every 20 minutes."""
    line = NewLine(
        mode="bus", line="X", calls=("S0", "S2"), run_min=(25,), both_directions=False,
        periods=(Period(start="06:00", end="11:00", every_min=20),),
    )  # fmt: skip
    express = Scheme(id="express", name="Express", source="made", verified=False, edit=(line,))
    read = [acc.read_feed(made.study.resolve(feed)) for feed in made.study.timetable.feeds]
    return apply_schemes(read, [express], date="2026-03-10")


@pytest.fixture(scope="module")
def network(made, feeds):
    return network_with(made.study, feeds, [])


@pytest.fixture(scope="module")
def closures(made, network):
    return line_closures(network, made.inputs, made.study)


def test_the_line_that_most_depends_on_comes_first(closures):
    """Far Town is 34 and 43 minutes from A1 and A2 by the express: the 60th of 120 waits is 9 min, A2's with its walk 18.

    All but A4 so have two centres. Without L1 A1 and A2 keep Far Town alone, and A3, on foot, Mid Town; without the
    express A2 is 48 minutes from Far Town and its 100 jobs.
    """
    assert closures.columns.tolist() == LINE_COLUMNS
    first, last = closures.iloc[0], closures.iloc[1]
    assert (first["rank"], first["route_id"], first["residents_losing_enough"]) == (1, "L1", 500)
    assert (last["rank"], last["line"].split()[0], last["residents_losing_enough"]) == (2, "X", 300)
    # Of 0.1 x 1,100 + 0.3 x 1,100 + 0.1 x 1,100 + 0.5 x 50 jobs each.
    assert last["jobs_lost_each"] == pytest.approx(30)
    assert last["share_of_jobs_lost"] == pytest.approx(30 / 575)
    assert first["jobs_lost_each"] == pytest.approx(0.4 * 1000 + 0.1 * 100)


def test_a_closure_equals_the_closed_scheme(made, feeds, network, closures):
    for scheme in resilience_schemes(feeds, date="2026-03-10"):
        after = network_with(made.study, feeds, [scheme])
        apart = before_after(made.study, made.inputs, network, after, promise="removes")
        row = closures.set_index("route_id").loc[scheme.edit[0].route]
        region = apart.levels.iloc[0]
        lost = apart.totals.set_index("measure")["losers"]
        assert row["residents_losing_enough"] == region["lose_enough"]
        assert row["residents_losing_centres"] == lost["centres"]
        assert row["residents_losing_jobs"] == lost["jobs"]
        assert row["jobs_lost_each"] == pytest.approx(-region["jobs_change"])
        assert row["share_of_jobs_lost"] == pytest.approx(-region["jobs_change"] / region["jobs_before"])


def test_a_network_without_a_line_answers_as_one_built_without_it(made, feeds, network):
    closed = resilience_schemes(feeds, date="2026-03-10")[0]
    built = network_with(made.study, feeds, [closed])
    route = network.timetable.routes["route_id"].tolist().index(closed.edit[0].route)
    asked = {"window": ("07:00", "09:00"), "max_time_min": 120}
    pd.testing.assert_frame_equal(
        acc.departure_times(without_line(network, route), made.inputs.areas, made.inputs.centres, **asked),
        acc.departure_times(built, made.inputs.areas, made.inputs.centres, **asked),
    )


def test_closing_the_only_line_leaves_walking(made):
    """A3 walks 16.25 minutes to Mid Town and its 1,000 jobs; A1 and A2 are left with nothing, A4 with its own 50 jobs."""
    table = line_closures(made.network, made.inputs, made.study)
    row = table.iloc[0]
    assert (row["residents_losing_enough"], row["residents_losing_centres"]) == (200, 500)
    assert row["jobs_lost_each"] == pytest.approx((100 * 1100 + 300 * 1000 + 100 * 100) / 1000)
    assert closures_sentence(table, made.study).startswith(
        "Of 1 lines closed in turn, 1 Home to Far Town (feed) costs most: 200 residents"
    )


def test_some_lines_alone(made, network, closures):
    one = line_closures(network, made.inputs, made.study, lines=["L1"])
    assert one["route_id"].tolist() == ["L1"]
    assert one.drop(columns="rank").iloc[0].equals(closures.drop(columns="rank").iloc[0])
    assert len(line_closures(network, made.inputs, made.study, limit=1)) == 1
    none = line_closures(network, made.inputs, made.study, lines=[])
    assert none.empty
    assert none.columns.tolist() == LINE_COLUMNS
    with pytest.raises(ParameterError, match="line 'L9' is not in the timetable"):
        line_closures(network, made.inputs, made.study, lines=["L9"])
    with pytest.raises(ParameterError, match="limit is 0"):
        line_closures(network, made.inputs, made.study, limit=0)
