"""The indicator and its variants, worked by hand on the made study, by brute force, and on the sample."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import accessibility as acc
import corridors
from accessibility.errors import ParameterError
from corridors.access import centre_times as centre_times_room
from corridors.access.access import build_network
from corridors.access.centre_times import SHARE, CentreTimes, centre_times
from corridors.access.indicator import Indicator, centres_curve, indicator_by_level, indicator_near_miss
from corridors.access.indicator_variants import beside_the_strategy, indicator_sweep, indicator_variants
from corridors.errors import JoinError
from corridors.evidence import figure
from corridors.inputs import read_inputs

WARDS = pd.DataFrame({"ward_code": ["W1", "W2", "W3"], "ward_name": ["West", "Mid", "North"]})
INF = math.inf


def ask(study):
    """Return a study's inputs, network and indicator."""
    inputs = read_inputs(study)
    feeds = [study.resolve(feed) for feed in study.timetable.feeds]
    network = build_network(acc.read_timetable(feeds, date=study.timetable.date), study)
    return inputs, network, Indicator.of(study, inputs.centres)


@pytest.fixture(scope="module")
def made(pristine_study):
    study = corridors.load_study(pristine_study)
    inputs, network, indicator = ask(study)
    times = [
        centre_times(network, inputs.areas, inputs.centres, study, direction=direction)
        for direction in ("depart", "arrive")
    ]
    return study, inputs, network, indicator, times


@pytest.fixture(scope="module")
def sampled(sample):
    inputs, network, indicator = ask(sample)
    return inputs, network, indicator, centre_times(network, inputs.areas, inputs.centres, sample)


def shares_of(table):
    return dict(zip(table["statistic"], table["share"], strict=True))


def test_times_are_those_worked_by_hand(made):
    *_, (departing, arriving) = made
    assert departing.ids == ("A1", "A2", "A3", "A4")
    at = {name: i for i, name in enumerate(departing.centres)}
    minutes = np.sort(departing.seconds, axis=2)[..., ::12] / 60
    # Every ten minutes a bus: ten waits, a minute apart, each at twelve of the 120 departures.
    assert minutes[0, at["far-town"]].tolist() == list(range(35, 45))
    assert minutes[1, at["far-town"]].tolist() == list(range(44, 54))
    assert minutes[2, at["far-town"]].tolist() == list(range(32, 42))
    assert (departing.seconds[2, at["mid-town"]] == 975).all()
    assert (departing.seconds[3] == 65_535).all()
    # By arrival the wait is at the end: A2 walks 488 s, rides 35 min, and is 0 to 9 min early.
    early = np.sort(arriving.seconds, axis=2)[1, at["far-town"], ::12]
    assert early.tolist() == [488 + 60 * (35 + wait) for wait in range(10)]


def test_variants_by_hand(made):
    _, inputs, _, indicator, times = made
    table = indicator_variants(times, inputs.areas, indicator)
    assert table["direction"].tolist() == ["depart"] * 4 + ["arrive"] * 4
    assert table["statistic"].tolist() == ["best", "p50", "p80", SHARE] * 2
    assert (table["residents"] == 1000).all()
    # At best A2's second centre is 44 min away (43.1 by arrival), at the median 48; 45 hold at 2 of its 10 waits.
    assert table["residents_reaching"].tolist() == pytest.approx([500, 200, 200, 260] * 2)
    assert table["share"].tolist() == pytest.approx([0.5, 0.2, 0.2, 0.26] * 2)
    assert table["is_study"].tolist() == [False, True, *[False] * 6]
    assert table.columns[:2].tolist() == ["definition", "direction"]
    assert table["definition"].is_unique
    assert table["definition"].iloc[1] == (
        "2 or more centres within 45 minutes, each centre at its median over the departures; leaving at every minute from "
        "07:00 until before 09:00"
    )
    assert "arriving by every minute" in table["definition"].iloc[4]


@pytest.mark.parametrize(
    ("cutoff", "k", "statistic", "people"),
    [
        (35, 2, "best", 200),  # A1 at 35, A3 at 32
        (35, 2, "p50", 0),
        (35, 2, SHARE, 100 * 0.1 + 100 * 0.4),
        (40, 2, "p50", 200),
        (40, 2, "p80", 100),  # A1 at 42, A3 at 39
        (50, 2, "p50", 500),
        (50, 2, "p80", 200),  # A2 at 51
        (50, 2, SHARE, 200 + 300 * 0.7),
        (30, 1, "p50", 200),
        (75, 2, "p80", 500),
    ],
)
def test_sweep_by_hand(made, cutoff, k, statistic, people):
    _, inputs, _, indicator, (departing, _) = made
    table = indicator_sweep(departing, inputs.areas, indicator)
    assert len(table) == 4 * 10 * 2
    row = table[(table["cutoff_min"] == cutoff) & (table["k"] == k) & (table["statistic"] == statistic)]
    assert row["residents"].tolist() == [1000]
    assert row["residents_reaching"].tolist() == pytest.approx([people])


def test_the_study_is_one_point_of_its_own_sweep(made):
    _, inputs, _, indicator, (departing, _) = made
    other = replace(indicator, cutoff_min=48, statistic="p30", max_time_min=60)
    assert other.statistics == ("best", "p30", "p50", "p80", SHARE)
    assert other.cutoffs_min == (30, 35, 40, 45, 48, 50, 55, 60)
    table = indicator_sweep(departing, inputs.areas, other)
    own = table[table["is_study"]]
    # The 36th of A2's departures takes 46 min.
    assert own[["statistic", "cutoff_min", "k", "share"]].to_numpy().tolist() == [["p30", 48, 2, 0.5]]


def test_the_engine_gives_the_same_figures(made):
    study, inputs, network, indicator, (departing, _) = made
    for statistic in ("best", "p50", "p80"):
        same_as_engine(network, inputs, study, replace(indicator, statistic=statistic), departing)


def same_as_engine(network, inputs, study, indicator, times):
    engine = acc.centres_within(
        network, inputs.areas, inputs.centres, window=study.journey.window, cutoff_min=indicator.cutoff_min,
        k=indicator.min_centres, statistic=indicator.statistic, max_time_min=indicator.max_time_min,
    )  # fmt: skip
    minutes = times.minutes_to_kth(indicator.statistic)
    k, cutoffs = indicator.min_centres - 1, [indicator.cutoff_min]
    assert engine["id"].tolist() == list(times.ids)
    assert (minutes[:, k] == engine["minutes_to_k"]).all()
    assert (
        times.reaching(indicator.statistic, cutoffs_min=cutoffs)[0].sum(axis=1) == engine["n_within"]
    ).all()
    np.testing.assert_array_equal(
        times.reaching(SHARE, cutoffs_min=cutoffs)[0][:, k], engine["share_departures"].to_numpy()
    )


def test_brute_force_over_random_times():
    rng = np.random.default_rng(20)
    for _ in range(25):
        shape = tuple(rng.integers(1, 6, size=3))
        seconds = rng.choice([600, 1800, 2700, 2701, 3000, 65_535], size=shape).astype(np.uint16)
        ids = tuple(f"A{i}" for i in range(shape[0]))
        times = CentreTimes(ids, tuple(f"c{i}" for i in range(shape[1])), "depart", 120, seconds)
        people = rng.integers(0, 50, size=shape[0])
        areas = pd.DataFrame({"id": ids, "residents": people}).sample(frac=1, random_state=1)
        indicator = made_indicator(statistic="p30")
        table = indicator_sweep(times, areas, indicator, cutoffs_min=[30, 45, 50])
        for row in table.itertuples():
            counted = sum(
                n * expected_share(seconds[i].tolist(), row.statistic, row.cutoff_min * 60, row.k)
                for i, n in enumerate(people)
            )
            assert row.residents_reaching == pytest.approx(counted)
            assert row.residents == people.sum()


def expected_share(by_centre, statistic, cutoff_s, k):
    """Count one area's people by loops: a 1 or 0, or a share of the departures."""
    departures = list(zip(*by_centre, strict=True))
    if statistic == SHARE:
        return sum(sum(s <= cutoff_s for s in at) >= k for at in departures) / len(departures)
    percent = 0 if statistic == "best" else int(statistic[1:])
    rank = max(1, math.ceil(percent * len(departures) / 100))
    return float(sum(sorted(times)[rank - 1] <= cutoff_s for times in by_centre) >= k)


def made_indicator(**changes):
    fields = {
        "definition": "A made definition", "window": ("07:00", "09:00"), "statistic": "p50", "cutoff_min": 45.0,
        "min_centres": 2, "max_access_min": 20.0, "max_egress_min": 20.0, "max_time_min": 120.0, "centres": ("c0", "c1"),
    }  # fmt: skip
    return Indicator(**{**fields, **changes})


def test_the_indicator_is_the_study_s(made):
    study, _, _, indicator, _ = made
    assert indicator.definition == corridors.study.indicator_definition(study)
    assert (indicator.window, indicator.statistic, indicator.cutoff_min) == (("07:00", "09:00"), "p50", 45)
    assert indicator.min_centres == 2
    assert set(indicator.centres) == {"mid-town", "far-town"}


def test_asking_in_parts_changes_nothing(made, monkeypatch):
    study, inputs, network, _, (departing, _) = made
    monkeypatch.setattr(centre_times_room, "_ROWS_AT_ONCE", 300)
    again = centre_times(network, inputs.areas, inputs.centres, study)
    assert (again.seconds == departing.seconds).all()


def test_no_areas_give_no_times_and_no_centres_are_refused(made):
    study, inputs, network, indicator, _ = made
    none = inputs.areas.iloc[:0]
    empty = centre_times(network, none, inputs.centres, study)
    assert empty.seconds.shape == (0, 2, 120)
    table = indicator_sweep(empty, none, indicator)
    assert (table["residents"] == 0).all()
    assert table["share"].isna().all()
    with pytest.raises(ParameterError, match="no centre to ask about"):
        centre_times(network, inputs.areas, inputs.centres.iloc[:0], study)


def test_what_cannot_be_asked_is_refused(made):
    _, inputs, _, indicator, (departing, _) = made
    with pytest.raises(ParameterError, match="the cutoff is 125 minutes"):
        indicator_sweep(departing, inputs.areas, indicator, cutoffs_min=[45, 125])
    with pytest.raises(ParameterError, match="statistic 'mean' is not known"):
        departing.reaching("mean", cutoffs_min=[45])
    with pytest.raises(JoinError, match=r"1 of 3 small areas .*\(B9\)|1 of 4 small areas .*\(B9\)"):
        indicator_sweep(departing, inputs.areas.replace({"id": {"A4": "B9"}}), indicator)
    with pytest.raises(JoinError, match=r"1 of 4 origins .* \(A4\)"):
        indicator_sweep(departing, inputs.areas.iloc[:3], indicator)


def test_near_misses_by_hand(access_table, areas_table, shares_table):
    indicator = made_indicator()
    table = indicator_near_miss(access_table, areas_table, shares_table, WARDS, indicator)
    # A2 alone, at 48 minutes; a third of its 300 people live in W1. A4, who reach nothing, are no near miss.
    assert table["name"].tolist() == ["Region", "Easton", "Weston", "West", "Mid", "North"]
    assert table["near_miss"].tolist() == pytest.approx([300, 300, 0, 100, 200, 0])
    assert table["share"].tolist() == pytest.approx([0.3, 0.6, 0, 0.5, 2 / 3, 0])
    assert (table["above_min"] == 45).all()
    assert (table["up_to_min"] == 50).all()
    assert table["residents"].tolist() == pytest.approx([1000, 500, 500, 200, 300, 500])


@pytest.mark.parametrize(("margin", "people"), [(2.9, 0), (3, 300), (75, 300)])
def test_the_margin_is_inclusive(access_table, areas_table, shares_table, margin, people):
    table = indicator_near_miss(
        access_table, areas_table, shares_table, WARDS, made_indicator(), margin_min=margin
    )
    assert table["near_miss"].iloc[0] == people


@pytest.mark.parametrize(("margin", "words"), [(0, "must be above 0"), (76, "beyond max_time_min, 120")])
def test_a_margin_that_hides_some_is_refused(access_table, areas_table, shares_table, margin, words):
    with pytest.raises(ParameterError, match=words):
        indicator_near_miss(
            access_table, areas_table, shares_table, WARDS, made_indicator(), margin_min=margin
        )


def test_indicator_levels(access_table, areas_table, shares_table):
    table = indicator_by_level(access_table, areas_table, shares_table, WARDS, min_centres=2)
    assert table["level"].tolist() == ["region", "district", "district", "ward", "ward", "ward"]
    assert table["name"].tolist() == ["Region", "Easton", "Weston", "West", "Mid", "North"]
    assert table["share"].tolist() == pytest.approx([0.2, 0.4, 0.0, 0.5, 1 / 3, 0.0])
    for level in ("district", "ward"):
        assert table.loc[table["level"] == level, "residents"].sum() == pytest.approx(1000)


def test_an_area_without_access_is_never_dropped(access_table, areas_table, shares_table):
    with pytest.raises(ValueError, match="no row of access"):
        indicator_by_level(access_table.iloc[:3], areas_table, shares_table, WARDS, min_centres=2)


def test_curve_starts_with_everyone_in_the_denominator(access_table, areas_table):
    curve = centres_curve(access_table, areas_table, centres=3)
    assert curve["residents_reaching"].tolist() == [500, 200, 0]
    assert curve["share"].tolist() == [0.5, 0.2, 0.0]


def test_inputs_are_left_as_they_were(access_table, areas_table, shares_table, made):
    *_, indicator, (departing, _) = made
    before = [table.copy(deep=True) for table in (access_table, areas_table, shares_table)]
    seconds = departing.seconds.copy()
    indicator_by_level(access_table, areas_table, shares_table, WARDS, min_centres=2)
    indicator_near_miss(access_table, areas_table, shares_table, WARDS, made_indicator())
    indicator_variants([departing], areas_table, indicator)
    for old, new in zip(before, (access_table, areas_table, shares_table), strict=True):
        pd.testing.assert_frame_equal(old, new)
    assert (seconds == departing.seconds).all()


def test_without_its_bus_line_everyone_stays_in_the_denominator(made_study, made):
    _, inputs, _, _, (departing, _) = made
    feed = made_study.parent / "feed"
    # The line from Home goes; a shuttle between the two towns stays, so A3 alone still reaches both.
    calls = (feed / "stop_times.txt").read_text(encoding="utf-8").splitlines()
    (feed / "stop_times.txt").write_text(
        "\n".join(line for line in calls if ",S0," not in line) + "\n", encoding="utf-8"
    )
    study = corridors.load_study(made_study)
    _, network, indicator = ask(study)
    cut = centre_times(network, inputs.areas, inputs.centres, study)
    before = indicator_sweep(departing, inputs.areas, indicator)
    after = indicator_sweep(cut, inputs.areas, indicator)
    assert (after["residents"] == before["residents"]).all()
    assert (after["share"] <= before["share"]).all()
    variants = indicator_variants([cut], inputs.areas, indicator)
    assert variants["share"].tolist() == pytest.approx([0.1] * 4)


def test_the_sentence_beside_the_strategy(made):
    _, inputs, _, indicator, times = made
    sentence = beside_the_strategy(indicator, indicator_variants(times, inputs.areas, indicator))
    entry = figure("kpi45")
    for words in (
        "20.0% of residents have 2 or more centres within 45 minutes",
        "it is 20.0% (each centre at its median over the departures) to",
        "to 50.0% (each centre at the best of the arrivals for it, an upper bound)",
        entry.wording,
        entry.note[1:],
        "neither confirms the other",
        "thresholds are others too: 3 centres there, 2 here.",
    ):
        assert words in sentence
    alike = replace(indicator, min_centres=3)
    row = pd.DataFrame({"statistic": ["p50"], "direction": ["depart"], "share": [0.41], "is_study": [True]})
    assert "thresholds" not in beside_the_strategy(alike, row)


def test_the_sample_by_pandas_alone(sampled, sample_results):
    inputs, _, indicator, times = sampled
    table = indicator_sweep(times, inputs.areas, indicator)
    access = sample_results.access
    reaching = access.loc[access["minutes_to_k"] <= 45, "residents"].sum()
    assert reaching / access["residents"].sum() == pytest.approx(0.342, abs=0.0005)
    own = table[table["is_study"]].iloc[0]
    assert own["residents_reaching"] == reaching
    assert own["share"] == sample_results.indicator["share"].iloc[0]
    assert (table["residents"] == 2_919_651).all()
    expected = (access["share_departures"] * access["residents"]).sum()
    at_departures = table[(table["statistic"] == SHARE) & (table["cutoff_min"] == 45) & (table["k"] == 3)]
    assert at_departures["residents_reaching"].tolist() == pytest.approx([expected])
    curve = table[(table["statistic"] == "p50") & (table["cutoff_min"] == 45)]
    assert curve["share"].tolist() == pytest.approx(sample_results.curve["share"].tolist())


def test_the_sample_s_sweep_is_in_order(sampled):
    inputs, _, indicator, times = sampled
    table = indicator_sweep(times, inputs.areas, indicator)
    assert len(table) == 4 * 10 * 9
    by_k = table.pivot_table("share", ["statistic", "cutoff_min"], "k")
    assert (by_k.diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)
    by_cutoff = table.pivot_table("share", ["statistic", "k"], "cutoff_min")
    assert (by_cutoff.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    statistics = table.pivot_table("share", ["cutoff_min", "k"], "statistic")
    assert (statistics["best"] >= statistics[["p50", "p80", SHARE]].max(axis=1)).all()
    assert (statistics["p50"] >= statistics["p80"]).all()
    assert statistics.loc[(45, 3), "best"] > statistics.loc[(45, 3), "p80"]


def test_the_engine_gives_the_same_figures_on_the_sample(sampled, sample):
    inputs, network, indicator, times = sampled
    same_as_engine(network, inputs, sample, indicator, times)
