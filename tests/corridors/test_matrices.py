"""Travel times brought by others: what is read off them against the engine's own answers, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_network import made_network

import accessibility as acc
from corridors.access.matrices import brought_centres, brought_jobs, read_times
from corridors.errors import JoinError, StudyError, TableError

MINUTES = """\
from_id,to_id,travel_time_p25,travel_time_p50
A1,mid-town,20,24
A1,far-town,30,39
A2,mid-town,30,33
A2,far-town,44,48
A3,mid-town,10,16.25
A3,far-town,30,36
A4,mid-town,,NA
A1,J1,20,24
A1,J2,30,39
A2,J1,30,33
A2,J2,44,48
A3,J1,10,16.25
A3,J2,30,36
A4,J3,1,2.5
"""


@pytest.fixture(scope="module")
def made(pristine_study):
    return made_network(pristine_study)


@pytest.fixture
def read(made, tmp_path):
    """Write a matrix and read it, joined to the made study."""

    def make(text, *, name="matrix.csv", **changes):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        asked = {"statistic": "p50", "max_time_min": 120.0, "others": ["P1", "R1"]} | changes
        inputs = made.inputs
        return read_times(path, areas=inputs.areas, centres=inputs.centres, jobs=inputs.jobs, **asked)

    return make


def test_hand_worked_minutes_give_the_hand_worked_access(read, made, access_table):
    times = read(MINUTES)
    centres = brought_centres(times, made.study)
    pd.testing.assert_frame_equal(centres, access_table[centres.columns], check_dtype=False, check_exact=True)
    jobs = brought_jobs(times, made.inputs.areas, made.inputs.jobs, made.study)
    pd.testing.assert_frame_equal(jobs, access_table[jobs.columns], check_dtype=False, rtol=1e-12)
    assert (times.column, times.statistic) == ("travel_time_p50", "p50")
    assert "percentile 50 of the departures" in times.in_words()
    assert "matrix.csv" in times.in_words()


def test_what_is_not_there_is_counted_and_out_of_reach(read):
    notes = " | ".join(read(MINUTES).notes)
    # Of four areas and two centres one pair is missing, A4 to Far Town; of twelve with jobs five are.
    assert "1 of 8 pairs of small area and centre are not in it" in notes
    assert "5 of 12 pairs of small area and point with jobs are not in it" in notes
    assert "1 pairs have no time" in notes
    assert "origins" not in notes


def test_an_area_that_is_missing_stays_as_reaching_nothing(read, made):
    text = "".join(line for line in MINUTES.splitlines(keepends=True) if not line.startswith("A2"))
    times = read(text)
    assert "1 of 4 small areas (300 residents) are not among its origins" in times.notes[0]
    assert brought_centres(times, made.study)["n_within"].tolist() == [2, 0, 2, 0]
    assert brought_centres(times, made.study)["minutes_to_k"].tolist() == [39, np.inf, 36, np.inf]


def test_a_destination_that_is_missing_is_named(read):
    text = "".join(line for line in MINUTES.splitlines(keepends=True) if "far-town" not in line)
    assert any(
        "1 of 2 centres are not among its destinations (far-town)" in note for note in read(text).notes
    )
    text = "".join(line for line in MINUTES.splitlines(keepends=True) if "J3" not in line)
    assert any("1 of 3 points with jobs are not among its destinations (J3)" in n for n in read(text).notes)


def test_times_beyond_the_longest_journey_are_out_of_reach(read, made):
    times = read(MINUTES, max_time_min=46.0)
    assert "2 times over 46 minutes" in times.notes[-1]
    assert brought_centres(times, made.study)["minutes_to_k"].tolist() == [39, np.inf, 36, np.inf]


def test_another_percentile_is_taken_where_the_study_asks_for_it(read, made):
    study = made.study
    assert brought_centres(read(MINUTES, statistic="p25"), study)["minutes_to_k"].tolist()[:3] == [30, 44, 30]
    with pytest.raises(TableError, match="no travel times of p80, the study's statistic; there are p25, p50"):
        read(MINUTES, statistic="p80")


def test_a_plain_column_says_that_it_says_nothing(read):
    times = read(MINUTES.replace("travel_time_p25,travel_time_p50", "other,travel_time"))
    assert times.statistic is None
    assert "does not say of which departures or percentile" in times.in_words()


def test_points_of_access_of_a_centre_are_one_centre(read, made):
    """Mid Town's stop and back door, each a destination of its own: the nearer counts."""
    text = MINUTES.replace("A1,mid-town,20,24", "A1,mid-town/Stop,20,50\nA1,mid-town/Back door,20,24")
    assert brought_centres(read(text), made.study)["t_mid_town"].tolist()[0] == 24


def test_sites_among_the_destinations_are_allowed_and_not_used(read, made):
    times = read(MINUTES + "A1,P1,1,1\nA1,R1,1,1\n")
    assert brought_centres(times, made.study).equals(brought_centres(read(MINUTES), made.study))


def test_centre_times_hold_what_the_matrix_does(read, made):
    """Seconds rounded up: 45.004 minutes are not within 45."""
    times = read(MINUTES.replace("A1,far-town,30,39", "A1,far-town,30,45.004"))
    found = times.centre_times()
    assert found.centres == tuple(dict.fromkeys(made.inputs.centres["group"]))
    reaching = found.reaching("p50", cutoffs_min=[45])[0]
    assert reaching[:, 1].tolist() == [0, 0, 1, 0]
    assert found.minutes_to_kth("p50")[2].tolist() == [16.25, 36.0]


@pytest.mark.parametrize("kind", ["csv", "parquet", "parquet with numbers"])
def test_the_engines_own_matrix_gives_the_engines_own_access(made, tmp_path, kind, access_table):
    """What this toolkit computed, written as r5py would, and read back: the very same centres and jobs."""
    study, inputs = made.study, made.inputs
    asked = {"window": study.journey.window, "max_time_min": study.journey.max_time_min}
    parts = [
        acc.travel_times(made.network, inputs.areas, points, percentiles=(50,), **asked)
        for points in (inputs.centres, inputs.jobs)
    ]
    matrix = pd.concat(parts, ignore_index=True).sample(frac=1, random_state=3)
    path = tmp_path / ("m.csv" if kind == "csv" else "m.parquet")
    if kind == "csv":
        matrix.to_csv(path, index=False)
    else:
        matrix = matrix.assign(travel_time_p50=matrix["travel_time_p50"].replace(np.inf, np.nan))
        matrix.to_parquet(path, index=False)
    times = read_times(
        path,
        areas=inputs.areas,
        centres=inputs.centres,
        jobs=inputs.jobs,
        statistic="p50",
        max_time_min=120.0,
    )
    whole = acc.centres_within(
        made.network, inputs.areas, inputs.centres, cutoff_min=45, k=2, statistic="p50", **asked
    )
    found = brought_centres(times, study)
    assert found["n_within"].tolist() == whole["n_within"].tolist()
    assert found["minutes_to_k"].tolist() == whole["minutes_to_k"].tolist()
    jobs = brought_jobs(times, inputs.areas, inputs.jobs, study)
    pd.testing.assert_frame_equal(jobs, access_table[jobs.columns], check_dtype=False, rtol=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("A1,J1,", "A9,J1,", JoinError, r"A9"),
        ("A1,J1,", "A1,J9,", JoinError, r"J9"),
        ("A4,J3,1,2.5", "A4,J3,1,2.5\nA4,J3,1,2.5", TableError, r"row 16: the pair A4, J3 .* \(1 rows"),
        ("A4,J3,1,2.5", "A4,J3,1,-2.5", TableError, r"row 15: travel_time_p50 = -2\.5 is below 0"),
        ("A4,J3,1,2.5", "A4,J3,1,soon", TableError, r"soon"),
        ("A4,J3,1,2.5", ",J3,1,2.5", TableError, r"row 15: from_id is empty"),
        ("from_id,to_id", "fromId,toId", TableError, r"has a column fromId; rename it to from_id"),
        ("from_id,to_id", "from_id,there", TableError, r"has no column to_id; there are from_id, there"),
        ("travel_time_p25,travel_time_p50", "a,b", TableError, r"no column travel_time or travel_time_pNN"),
        ("A4,J3,1,2.5", "A4,J3,1", TableError, r"cannot be read as CSV"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_place(read, old, new, error, said):
    assert old in MINUTES
    with pytest.raises(error, match=said) as caught:
        read(MINUTES.replace(old, new))
    assert "matrix.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_centre_or_no_jobs_at_all_is_refused(read):
    lines = MINUTES.splitlines(keepends=True)
    with pytest.raises(JoinError, match="no time to any centre"):
        read("".join(line for line in lines if "town" not in line))
    with pytest.raises(JoinError, match="no time to any point with jobs"):
        read("".join(line for line in lines if ",J" not in line))


def test_files_that_are_none_are_refused(made, tmp_path):
    inputs = made.inputs
    asked = {"areas": inputs.areas, "centres": inputs.centres, "jobs": inputs.jobs}
    for name in ("m.parquet", "m.csv"):
        with pytest.raises(TableError, match="no such file"):
            read_times(tmp_path / name, **asked, statistic="p50", max_time_min=120)
        (tmp_path / name).write_bytes(b"\x00\xff")
        with pytest.raises(TableError, match=name):
            read_times(tmp_path / name, **asked, statistic="p50", max_time_min=120)


def test_one_id_for_a_centre_and_a_point_with_jobs_is_refused(made, tmp_path):
    (tmp_path / "m.csv").write_text(MINUTES, encoding="utf-8")
    jobs = made.inputs.jobs.assign(id=["mid-town", "J2", "J3"])
    with pytest.raises(StudyError, match="'mid-town' is the id of a centre and of a point with jobs"):
        read_times(
            tmp_path / "m.csv",
            areas=made.inputs.areas,
            centres=made.inputs.centres,
            jobs=jobs,
            statistic="p50",
            max_time_min=120,
        )
