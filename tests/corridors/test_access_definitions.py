"""The access of catchments by other definitions, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from corridors.access.centre_times import CentreTimes
from corridors.access.definitions import profiles_by_definition
from corridors.access.indicator import Indicator
from corridors.errors import ToolkitError
from corridors.ranking.ranking import Criterion, rank_options
from corridors.ranking.uncertainty import Uncertainty

INDICATOR = Indicator("", ("07:00", "07:04"), "p50", 45, 1, 20, 20, 120, ("c",))
# One centre, four departures. A1 reaches it at one of them, A2 at three, A3 always, A4 never.
MINUTES = [[40, 50, 50, 50], [40, 40, 40, 50], [10, 10, 10, 10], [90, 90, 90, 90]]
TIMES = CentreTimes(
    ("A1", "A2", "A3", "A4"),
    ("c",),
    "depart",
    120,
    (60 * np.array(MINUTES)[:, np.newaxis, :]).astype(np.uint16),
)
AREAS = pd.DataFrame({"id": ["A1", "A2", "A3", "A4"], "residents": [100, 300, 100, 0]})
MEMBERS = pd.DataFrame(
    {"place_id": ["X", "X", "X", "Y", "Z"], "id": ["A1", "A2", "A3", "A1", "A4"]},
)


def by(*statistics, **more):
    return profiles_by_definition(MEMBERS, AREAS, TIMES, INDICATOR, statistics=statistics, **more)


def test_residents_with_few_centres_by_hand():
    found = {
        name: table.set_index("id")["few_centres_per_1000"]
        for name, table in by("best", "p50", "p99", "share").items()
    }
    # At best only A4 fails, where nobody lives; by the median also A1; by the worst departure also A2.
    assert found["best"].to_dict() == {"X": 0, "Y": 0}
    assert found["p50"].to_dict() == {"X": 200, "Y": 1000}
    assert found["p99"].to_dict() == {"X": 800, "Y": 1000}
    # By departures 100 x 3/4 and 300 x 1/4 of 500 people.
    assert found["share"].to_dict() == {"X": 300, "Y": 750}


def test_enough_centres_are_as_many_as_the_indicator_asks_for():
    # A second centre that nobody reaches: with two asked for, everybody has too few.
    far = np.full((4, 1, 4), 90 * 60, dtype=np.uint16)
    two = replace(TIMES, centres=("c", "far"), seconds=np.concatenate([TIMES.seconds, far], axis=1))
    found = profiles_by_definition(
        MEMBERS, AREAS, two, replace(INDICATOR, min_centres=2), statistics=["best", "share"]
    )
    for table in found.values():
        assert table["few_centres_per_1000"].tolist() == [1000, 1000]


def test_jobs_are_residents_means():
    jobs = pd.DataFrame(
        {"id": ["A1", "A2", "A3", "A4"], "jobs_within": [10.0, 20, 40, 99], "jobs_per_worker": [1.0, 1, 2, 9]}
    )
    found = by("best", "p80", jobs={"best": jobs})
    best = found["best"].set_index("id")
    assert best.loc["X", "jobs_within"] == (100 * 10 + 300 * 20 + 100 * 40) / 500
    assert best.loc["X", "jobs_per_worker"] == 1.2
    assert "jobs_within" not in found["p80"].columns


def test_definitions_move_a_ranking():
    # By the median X has 200 and Y 1,000 without a centre, at best both none: level, and no draw reverses them.
    criterion = Criterion("gap", "", "gap", "few_centres_per_1000", "", "higher", 0, 1_000, 1.0)
    own = by("p50")["p50"].assign(name="")
    table = rank_options(
        own,
        (criterion,),
        draws=4_000,
        concentration=20,
        seed=1,
        uncertainty=Uncertainty(definitions=by("best")),
    ).set_index("id")
    assert table.loc["Y", "p_first"] == 1
    assert table.loc["X", "p_first"] == pytest.approx(0.5, abs=0.03)


def test_areas_that_do_not_match_are_refused():
    with pytest.raises(ToolkitError, match="A4"):
        profiles_by_definition(MEMBERS, AREAS.iloc[:3], TIMES, INDICATOR, statistics=["p50"])
    with pytest.raises(ToolkitError, match="A2"):
        by(
            "p50",
            jobs={
                "p50": pd.DataFrame({"id": ["A1", "A3", "A4"], "jobs_within": 1.0, "jobs_per_worker": 1.0})
            },
        )


def test_no_places_give_empty_tables_with_the_columns():
    empty = profiles_by_definition(MEMBERS.iloc[:0], AREAS, TIMES, INDICATOR, statistics=["p50"])["p50"]
    assert empty.columns.tolist() == ["id", "few_centres_per_1000"]
    assert empty.empty
