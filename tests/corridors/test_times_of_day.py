"""Other windows and the hours of a day on the made study, where the bus runs from 06:00 to 12:00 alone."""

from __future__ import annotations

import math
from itertools import pairwise

import pandas as pd
import pytest
from made_network import made_network

from corridors.access.access import reach_of_centres, reach_of_jobs
from corridors.access.times_of_day import (
    EARLY_SHIFT,
    EVENING,
    INTER_PEAK,
    OWN,
    WINDOW_COLUMNS,
    WINDOW_LEVEL_COLUMNS,
    access_by_window,
    hours_of_day,
    windows_beside,
    windows_by_level,
    windows_sentence,
)


@pytest.fixture(scope="module")
def made(pristine_study):
    return made_network(pristine_study)


def asked(made, windows, **more):
    inputs = made.inputs
    return access_by_window(
        made.network, inputs.areas, inputs.centres, inputs.jobs, made.study, windows=windows, **more
    )


@pytest.fixture(scope="module")
def beside(made):
    return asked(made, windows_beside(made.study))


@pytest.fixture(scope="module")
def by_hour(made):
    return asked(made, hours_of_day())


def test_the_windows_stand_in_order_of_time_and_none_twice(made):
    assert [window.key for window in windows_beside(made.study)] == [
        "early_shift",
        OWN,
        "inter_peak",
        "evening",
    ]
    late = windows_beside(made.at(EVENING.start, EVENING.end))
    assert [window.key for window in late] == ["early_shift", "inter_peak", OWN]
    hours = hours_of_day()
    assert len(hours) == 24
    assert all(one.end == other.start for one, other in pairwise(hours))
    assert (hours[0].start, hours[-1].end) == ("00:00", "24:00")


def test_the_studys_own_window_gives_the_hand_worked_access(beside):
    own = beside[beside["window"] == OWN].set_index("id")
    assert own["n_within"].tolist() == [2, 1, 2, 0]
    assert own["minutes_to_k"].tolist() == pytest.approx([39, 48, 36, math.inf], abs=0.02)
    assert own["jobs_within"].tolist() == [1100, 1000, 1100, 50]


def test_without_service_there_are_zeros_and_walks_not_gaps(beside):
    evening = beside[beside["window"] == "evening"].set_index("id")
    # A3 walks to Mid Town and its 1,000 jobs, A4 stands at 50 jobs.
    assert evening["n_within"].tolist() == [0, 0, 1, 0]
    assert evening["jobs_within"].tolist() == [0, 0, 1000, 50]
    assert evening["jobs_per_worker"].tolist() == [0, 0, 1000 / 50, 50 / 250]
    assert evening["minutes_to_k"].tolist() == [math.inf] * 4
    assert evening["share_departures"].tolist() == [0, 0, 0, 0]


def test_every_area_stands_in_every_window(beside, by_hour):
    for table, windows in ((beside, 4), (by_hour, 24)):
        assert list(table) == WINDOW_COLUMNS
        assert (
            table.groupby("window", sort=False)["id"].agg(list).tolist()
            == [["A1", "A2", "A3", "A4"]] * windows
        )
        assert not table.isna().to_numpy().any()


def test_the_day_by_the_hour(by_hour):
    home = by_hour[by_hour["id"] == "A1"].set_index("window")
    # A bus every ten minutes from 06:00 to 12:00, so that of the hour from 12 only the first minute is served; the first
    # is at Far Town at 06:35, within 45 minutes for those who leave from 05:50 on.
    assert home["n_within"].tolist() == [0] * 6 + [2] * 6 + [0] * 12
    assert home.loc["h05", "share_departures"] == pytest.approx(10 / 60)
    assert home.loc["h11", "share_departures"] == 1
    assert home.loc["h12", "share_departures"] == pytest.approx(1 / 60)
    assert home.loc["h10", "minutes_to_k"] == pytest.approx(39)


def test_each_window_is_the_studys_own_question_put_anew(made, beside):
    inputs = made.inputs
    for window in (EARLY_SHIFT, INTER_PEAK):
        then = made.at(window.start, window.end)
        rows = beside[beside["window"] == window.key].reset_index(drop=True)
        centres = reach_of_centres(made.network, inputs.areas, inputs.centres, then)
        jobs = reach_of_jobs(made.network, inputs.areas, inputs.jobs, then)
        pd.testing.assert_series_equal(rows["minutes_to_k"], centres["minutes_to_k"])
        pd.testing.assert_series_equal(rows["jobs_per_worker"], jobs["jobs_per_worker"])


def test_residents_by_window_keep_everybody(made, beside):
    levels = windows_by_level(beside, made.inputs.areas, min_centres=2)
    assert list(levels) == WINDOW_LEVEL_COLUMNS
    region = levels[levels["level"] == "region"].set_index("window")
    assert region["residents"].tolist() == [1000] * 4
    assert region.loc[OWN, ["residents_reaching", "share", "jobs_within"]].tolist() == [200, 0.2, 545]
    assert region.loc["evening", ["residents_reaching", "share", "jobs_within"]].tolist() == [0, 0, 125]
    east = levels[(levels["code"] == "D1") & (levels["window"] == OWN)].iloc[0]
    # 100 of 1,100, 300 of 1,000 and 100 of 1,100 jobs.
    assert (east["residents"], east["share"], east["jobs_within"]) == (500, 0.4, 1040)


def test_the_sentence_says_both_and_the_share_that_is_left(made, beside):
    windows = windows_beside(made.study)
    levels = windows_by_level(beside, made.inputs.areas, min_centres=2)
    told = windows_sentence(levels, windows, made.study)
    assert told.startswith(
        "In the study's window (07:00 until before 09:00) 20.0% of residents reach 2 or more centres within 45 minutes "
        "and a mean of 545 jobs within 45; early shift (05:00 until before 07:00): "
    )
    assert "evening (19:00 until before 21:00): 0.0% and 125 jobs (23% of the study's window)." in told
    alone = [window for window in windows if window.key == OWN]
    assert windows_sentence(levels, alone, made.study) == ""


def test_progress_rises_to_the_whole(made):
    told = []
    asked(made, windows_beside(made.study)[:2], progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_no_windows_and_no_areas_give_empty_tables(made):
    none = asked(made, [])
    assert list(none) == WINDOW_COLUMNS
    assert none.empty
    assert list(windows_by_level(none, made.inputs.areas, min_centres=2)) == WINDOW_LEVEL_COLUMNS
    inputs = made.inputs
    nobody = access_by_window(
        made.network, inputs.areas.iloc[:0], inputs.centres, inputs.jobs, made.study, windows=[EVENING]
    )
    assert list(nobody) == WINDOW_COLUMNS
    assert nobody.empty
