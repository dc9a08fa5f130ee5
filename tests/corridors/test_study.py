"""The study file: what it promises, and what it refuses."""

from __future__ import annotations

import datetime as dt

import pytest

from corridors import StudyError, load_study, sample_study
from corridors.study import indicator_definition, journey_definition


def edited(study, old, new):
    text = study.read_text(encoding="utf-8")
    assert old in text
    study.write_text(text.replace(old, new, 1), encoding="utf-8")
    return study


def test_a_study_is_read_whole(made_study):
    study = load_study(made_study)
    assert study.timetable.date == dt.date(2026, 3, 10)
    assert study.journey.window == ("07:00", "09:00")
    assert study.journey.walk_speed_kmh == 4.8
    assert study.resolve("areas.csv") == made_study.parent / "areas.csv"
    assert [criterion.key for criterion in study.criteria] == [
        "need_income",
        "gap_centres",
        "gap_jobs",
        "opportunity",
    ]


def test_a_study_cannot_be_changed(made_study):
    study = load_study(made_study)
    with pytest.raises(ValueError, match="frozen"):
        study.indicator.cutoff_min = 60


def test_a_quoted_date_is_a_date(made_study):
    study = load_study(edited(made_study, "date = 2026-03-10", 'date = "2026-03-10"'))
    assert study.timetable.date == dt.date(2026, 3, 10)


def test_auto_stands_for_a_tuesday_that_is_not_chosen_yet(made_study):
    study = load_study(edited(made_study, "date = 2026-03-10", 'date = "auto"'))
    assert (study.timetable.date, study.service_date) == ("auto", None)
    assert journey_definition(study).startswith("a representative Tuesday of the timetable, leaving at")
    chosen = study.on(dt.date(2026, 3, 17))
    assert (chosen.service_date, study.service_date) == (dt.date(2026, 3, 17), None)
    assert chosen.path == study.path
    assert journey_definition(chosen).startswith(
        "Tuesday 17 March 2026 (chosen as a representative Tuesday), leaving at"
    )


def test_a_date_that_is_named_is_not_replaced(made_study):
    study = load_study(made_study).on(dt.date(2026, 3, 17))
    assert study.service_date == dt.date(2026, 3, 10)
    assert journey_definition(study).startswith("Tuesday 10 March 2026, leaving at")


def test_the_definition_says_every_term(made_study):
    text = journey_definition(load_study(made_study))
    for words in (
        "Tuesday 10 March 2026",
        "every minute from 07:00 until before 09:00",
        "median",
        "first wait",
        "4.8 km/h",
        "times 1.3",
        "20 min to the first stop",
        "20 min from the last",
        "10 min between stops",
        "40 min all the way",
        "1 min to spare",
        "over 120 min",
    ):
        assert words in text


@pytest.mark.parametrize(("statistic", "words"), [("p80", "80th percentile"), ("best", "best departure")])
def test_the_definition_names_the_statistic(made_study, statistic, words):
    study = load_study(edited(made_study, "[indicator]", f'statistic = "{statistic}"\n\n[indicator]'))
    assert words in indicator_definition(study)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "A made study"', "", "key 'study.name' is missing"),
        ("[vintages]", "[vintage]", "unknown key 'vintage'; did you mean 'vintages'?"),
        ('measure = "jobs_within"', 'measure = "jobs_witin"', "ranking.criteria.4.measure = 'jobs_witin'"),
        ('direction = "lower"', 'directon = "lower"', "did you mean 'direction'?"),
        ("low = 0\nhigh = 5\n", "low = 5\nhigh = 5\n", "low must be below high"),
        ('key = "gap_jobs"', 'key = "gap_centres"', "two criteria have the same key"),
        ('key = "gap_jobs"', 'key = "jobs_within"', "key 'jobs_within' is the name of a measure"),
        (
            'window = ["07:00", "09:00"]',
            'window = ["7 am", "09:00"]',
            "journey.window.1 = '7 am' cannot be used: a time is",
        ),
        (
            'window = ["07:00"',
            'statistic = "p500"\nwindow = ["07:00"',
            "journey.statistic = 'p500' cannot be used: it is 'best' or a perc",
        ),
        ("date = 2026-03-10", "date = 10-03-2026", "; a date is written year, month, day: 2026-03-10"),
        ('feeds = ["feed"]', 'feeds = ["fed"]', "there is no 'fed' beside the study file"),
        ("seed = 7", "seed = -1", "ranking.seed = -1"),
        (
            "date = 2026-03-10",
            'date = "automatic"',
            "timetable.date: 'automatic' is not a date; write it as YYYY-MM-DD",
        ),
        ("date = 2026-03-10", "date = 20260310", "timetable.date: 20260310 is not a date"),
        ("cutoff_min = 45", 'cutoff_min = "soon"', "indicator.cutoff_min = 'soon'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(made_study, old, new, said):
    with pytest.raises(StudyError) as error:
        load_study(edited(made_study, old, new))
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("study.toml: ")


def test_a_folder_is_no_study(tmp_path):
    with pytest.raises(StudyError, match="no such study file"):
        load_study(tmp_path)


def test_the_sample_is_found_and_valid():
    study = load_study(sample_study())
    assert study.study.notice.startswith("Illustrative")
    assert sum(criterion.weight for criterion in study.criteria) == pytest.approx(1)
    assert "41%" in study.indicator.compared_with
    assert "not the same measure" in study.indicator.compared_with
