"""Which Tuesday stands for the others, and what is said about a date: every feed counted on paper."""

from __future__ import annotations

import datetime as dt

import made_calendars as cal
import pytest

import accessibility as acc
from accessibility.feeds.gtfs import read_feed
from accessibility.timetables.service_date import judge_date, representative_date
from accessibility.timetables.timetable import read_timetable


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def working_days(service, start, end):
    return cal.regular(service, cal.WORKING_DAYS, start, end)


def chosen(feeds, **asked) -> str:
    return str(representative_date(feeds, **asked).date)


def codes(notices) -> list[str]:
    return [notice.code for notice in notices]


# --- which Tuesday ---------------------------------------------------------------------------------------------------


def test_the_earliest_ordinary_tuesday_away_from_the_edges(tmp_path):
    # From Monday 2 March: the 3rd is a day from the edge, the 10th eight days.
    feed = cal.feed(tmp_path / "f", {"WK": 1234}, [working_days("WK", "2026-03-02", "2026-06-30")])
    found = representative_date(feed)
    assert found.date == day("2026-03-10")
    assert found.reason == (
        "auto: Tuesday 2026-03-10, 1,234 trips; the usual Tuesday of 2026-03-02 to 2026-06-30 has 1,234; "
        "the calendars hold no exceptions, so bank holidays do not show in them"
    )


def test_a_bank_holiday_and_the_week_of_one_are_passed_over(tmp_path):
    # The 10th runs as a Saturday; the 17th is as usual, but its Monday is a holiday; the 24th is the first ordinary one.
    feed = cal.feed(
        tmp_path / "f", {"WK": 20, "SA": 12},
        [working_days("WK", "2026-03-02", "2026-06-30"), cal.regular("SA", cal.SATURDAYS, "2026-03-02", "2026-06-30")],
        [
            cal.removed("WK", "2026-03-10"), cal.added("SA", "2026-03-10"),
            cal.removed("WK", "2026-03-16"), cal.added("SA", "2026-03-16"),
        ],
    )  # fmt: skip
    found = representative_date(feed)
    assert found.date == day("2026-03-24")
    assert found.reason.endswith("has 20; no exception in the calendars that day")


def test_a_day_of_other_trips_is_passed_over_even_when_their_number_is_the_same(tmp_path):
    feed = cal.feed(
        tmp_path / "f", {"WK": 20, "EVENT": 20},
        [working_days("WK", "2026-03-02", "2026-06-30")],
        [cal.removed("WK", "2026-03-10"), cal.added("EVENT", "2026-03-10")],
    )  # fmt: skip
    assert chosen(feed) == "2026-03-17"


def test_school_holidays_show_as_a_drop(tmp_path):
    # From 30 March, Easter holidays until 10 April, half-term from 25 May: the 7th is neutral and far from the edges too.
    feed = cal.feed(
        tmp_path / "f", {"WK": 100, "SPRING": 8, "SUMMER": 8},
        [
            working_days("WK", "2026-03-30", "2026-07-17"), working_days("SPRING", "2026-04-13", "2026-05-22"),
            working_days("SUMMER", "2026-06-01", "2026-07-17"),
        ],
    )  # fmt: skip
    found = representative_date(feed)
    assert found.date == day("2026-04-14")
    assert ", 108 trips; the usual Tuesday of 2026-03-30 to 2026-07-17 has 108; " in found.reason


def test_the_neutral_months_come_first_though_later(tmp_path):
    feed = cal.feed(tmp_path / "f", {"WK": 9}, [working_days("WK", "2026-07-13", "2026-12-18")])
    assert chosen(feed) == "2026-09-01"
    only_summer = cal.feed(tmp_path / "g", {"WK": 9}, [working_days("WK", "2026-07-13", "2026-08-28")])
    assert chosen(only_summer) == "2026-07-21"


def test_weeks_not_published_yet_do_not_pass_for_the_usual(tmp_path):
    # Five Tuesdays of 104 trips in March, then thirty-seven of 4: most Tuesdays have 4, most trips run on the others.
    feed = cal.feed(
        tmp_path / "f", {"MAIN": 100, "LEFT": 4},
        [working_days("MAIN", "2026-03-01", "2026-03-31"), working_days("LEFT", "2026-03-01", "2026-12-18")],
    )  # fmt: skip
    found = representative_date(feed)
    assert found.date == day("2026-03-10")
    assert "104 trips; the usual Tuesday of 2026-03-02 to 2026-12-18 has 104" in found.reason


def test_two_editions_that_overlap_do_not_pass_for_the_usual(tmp_path):
    feed = cal.feed(
        tmp_path / "f", {"OLD": 50, "NEW": 50},
        [working_days("OLD", "2026-03-02", "2026-04-24"), working_days("NEW", "2026-03-30", "2026-06-30")],
    )  # fmt: skip
    # Fourteen Tuesdays of 50 trips and, from 31 March, four of both editions: most of the 1,100 trips run on fifties.
    assert chosen(feed) == "2026-03-10"
    assert codes(judge_date(feed, day("2026-04-14"))) == ["many_trips_on_date"]


def test_calendar_dates_alone(tmp_path):
    tuesdays = [day("2026-03-03") + dt.timedelta(weeks=i) for i in range(10)]
    feed = cal.feed(
        tmp_path / "f", {"X": 8, "EXTRA": 8},
        exceptions=[*(cal.added("X", date) for date in tuesdays), cal.added("EXTRA", "2026-03-10")],
    )  # fmt: skip
    found = representative_date(feed)
    assert found.date == day("2026-03-17")
    assert found.reason.endswith("has 8; calendar_dates.txt lists every date of service")


def test_two_feeds_that_overlap_for_three_weeks(tmp_path):
    one = cal.feed(tmp_path / "one", {"WK": 30}, [working_days("WK", "2026-01-05", "2026-06-19")])
    two = cal.feed(tmp_path / "two", {"WK": 10}, [working_days("WK", "2026-06-01", "2026-12-18")])
    found = representative_date([one, two])
    # Common are 1 to 19 June; of its Tuesdays 2, 9 and 16 only the 9th is seven days from either end.
    assert found.date == day("2026-06-09")
    assert ", 40 trips; the usual Tuesday of 2026-06-01 to 2026-06-19 has 40; " in found.reason


def test_every_feed_must_be_as_usual_and_not_their_sum_alone(tmp_path):
    bus = cal.feed(tmp_path / "bus", {"WK": 500}, [working_days("WK", "2026-03-02", "2026-06-30")])
    tram = cal.feed(
        tmp_path / "tram", {"WK": 4, "HALF": 4},
        [working_days("WK", "2026-03-02", "2026-06-30"), working_days("HALF", "2026-03-02", "2026-06-30")],
        [cal.removed("HALF", "2026-03-10")],
    )  # fmt: skip
    # The tram's closure takes 4 of 508 trips, less than one in a hundred; of the tram's own it takes half.
    assert chosen([bus, tram]) == "2026-03-17"


def test_a_feed_that_does_not_run_that_tuesday_rules_it_out(tmp_path):
    one = cal.feed(tmp_path / "one", {"WK": 3}, [working_days("WK", "2026-03-02", "2026-06-30")])
    two = cal.feed(
        tmp_path / "two", {"WK": 3}, [working_days("WK", "2026-03-02", "2026-06-30")],
        [cal.removed("WK", day("2026-03-10") + dt.timedelta(weeks=i)) for i in range(12)],
    )  # fmt: skip
    assert chosen([one, two]) == "2026-06-02"


def test_another_weekday(tmp_path):
    feed = cal.feed(tmp_path / "f", {"D": 3}, [cal.regular("D", cal.EVERY_DAY, "2026-03-02", "2026-06-30")])
    assert chosen(feed, weekday=6) == "2026-03-15"
    assert representative_date(feed, weekday=6).reason.startswith(
        "auto: Sunday 2026-03-15, 3 trips; the usual Sunday "
    )
    for weekday in (-1, 7):
        with pytest.raises(
            acc.ParameterError, match=f"weekday is {weekday}; it must be between 0, Monday, and 6"
        ):
            representative_date(feed, weekday=weekday)


def test_a_span_of_one_day(tmp_path):
    feed = cal.feed(tmp_path / "f", {"X": 2}, exceptions=[cal.added("X", "2026-08-04")])
    assert chosen(feed) == "2026-08-04"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("0000011", "0000010"), "(one on Sat, Sun, two on Sat); name a date"),
        (("1000000", "0100000"), "(one on Mon, two on Tue); name a date"),
    ],
)
def test_no_tuesday_at_all(tmp_path, days, said):
    feeds = [
        cal.feed(tmp_path / name, {"X": 2}, [cal.regular("X", runs, "2026-03-02", "2026-03-29")])
        for name, runs in zip(("one", "two"), days, strict=True)
    ]
    with pytest.raises(acc.NoServiceError, match=r"no Tuesday between .* has trips of every feed") as caught:
        representative_date(feeds)
    assert said in str(caught.value)


def test_no_date_in_common_names_every_span(tmp_path):
    one = cal.feed(tmp_path / "one", {"WK": 3}, [working_days("WK", "2026-01-05", "2026-03-31")])
    two = cal.feed(tmp_path / "two", {"WK": 3}, [working_days("WK", "2026-05-01", "2026-12-18")])
    sentence = (
        "no date is common to the feeds: one runs 2026-01-05 to 2026-03-31, two runs 2026-05-01 to 2026-12-18; "
        "choose feeds whose calendars overlap"
    )
    with pytest.raises(acc.NoServiceError) as caught:
        representative_date([one, two])
    assert str(caught.value) == f"{sentence} [no_common_service_date]"
    notices = judge_date([one, two], day("2026-03-10"))
    assert (notices[0].message, notices[0].severity) == (sentence, "ERROR")
    assert codes(notices) == ["no_common_service_date", "no_service_on_date"]


def test_nothing_ever_runs_and_no_feed_at_all(tmp_path):
    feed = cal.feed(tmp_path / "f", {"WK": 3}, [cal.regular("WK", "0000000", "2026-01-05", "2026-03-31")])
    with pytest.raises(acc.NoServiceError, match=r"^f: its calendars let nothing run"):
        representative_date(feed)
    for function in (representative_date, lambda feeds: judge_date(feeds, day("2026-03-10"))):
        with pytest.raises(acc.ParameterError, match="no feed was given"):
            function([])


# --- what is said about a date ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_the_day", "code"),
    [(74, "few_trips_on_date"), (75, None), (100, None), (133, None), (134, "many_trips_on_date")],
)
@pytest.mark.parametrize(
    ("date", "kind"), [("2026-04-14", "weekday"), ("2026-04-18", "Saturday"), ("2026-04-19", "Sunday")]
)
def test_few_and_many_trips_are_called_so(tmp_path, of_the_day, code, date, kind):
    feed = cal.feed(
        tmp_path / "f", {"D": 100, "INSTEAD": of_the_day},
        [cal.regular("D", cal.EVERY_DAY, "2026-03-02", "2026-06-30")],
        [cal.removed("D", date), cal.added("INSTEAD", date)],
    )  # fmt: skip
    exceptions, *rest = reversed(judge_date(feed, day(date)))
    assert (exceptions.code, exceptions.severity, exceptions.row) == ("exceptions_on_date", "INFO", 2)
    assert exceptions.message.endswith(f"with 100 trips removed and {of_the_day} trips added")
    assert codes(rest) == ([code] if code else [])
    if code:
        assert rest[0].severity == "WARNING"
        assert (
            f"has {of_the_day} trips, {of_the_day} % of the 100 of a usual {kind} from 2026-03-02 to 2026-06-30"
            in rest[0].message
        )


def test_a_weekday_is_held_against_weekdays_and_not_sundays(tmp_path):
    feed = cal.feed(
        tmp_path / "f", {"WK": 100, "SU": 10},
        [working_days("WK", "2026-03-02", "2026-06-30"), cal.regular("SU", "0000001", "2026-03-02", "2026-06-30")],
    )  # fmt: skip
    assert not judge_date(feed, day("2026-04-19"))
    assert not judge_date(feed, day("2026-04-20"))


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2026-03-09", None),
        ("2026-03-08", "less than 7 days from the first date with service, 2026-03-02"),
        ("2026-06-23", None),
        ("2026-06-24", "less than 7 days from the last date with service, 2026-06-30"),
    ],
)
def test_the_edges_of_the_calendars(tmp_path, date, said):
    feed = cal.feed(tmp_path / "f", {"D": 3}, [cal.regular("D", cal.EVERY_DAY, "2026-03-02", "2026-06-30")])
    notices = judge_date(feed, day(date))
    assert codes(notices) == (["date_near_edge_of_calendar"] if said else [])
    assert not said or said in notices[0].message


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2027-01-05", "Tuesday 2027-01-05: {covers}; choose a date with service, such as 2026-06-30"),
        ("2026-03-14", "Saturday 2026-03-14: {covers}; choose a date with service, such as 2026-03-13"),
    ],
)
def test_a_date_without_service_is_an_error_with_the_span_and_the_nearest(tmp_path, date, said):
    covers = "its calendars cover 2026-03-02 to 2026-06-30, on Mon, Tue, Wed, Thu, Fri"
    said = f"no trip runs on {said.format(covers=covers)}"
    folder = cal.write(tmp_path / "f", {"WK": 3}, [working_days("WK", "2026-03-02", "2026-06-30")])
    (notice,) = judge_date(read_feed(folder), day(date))
    assert (notice.code, notice.severity, notice.message) == ("no_service_on_date", "ERROR", said)
    with pytest.raises(acc.NoServiceError) as caught:
        read_timetable(folder, date=date)
    assert str(caught.value) == f"f: {said} [no_service_on_date]"


def test_calendars_that_have_run_out(tmp_path):
    feed = cal.feed(
        tmp_path / "f", {"A": 1, "B": 1, "C": 1},
        [working_days("A", "2026-01-05", "2026-03-31"), working_days("B", "2026-01-05", "2026-06-30")],
        [cal.added("A", "2026-04-07"), cal.added("C", "2026-03-10")],
    )  # fmt: skip
    date = day("2026-02-10")
    assert judge_date(feed, date) == judge_date(feed, date, today=day("2026-03-10")) == ()
    for today, count, first in (("2026-03-11", 1, "'C'"), ("2026-04-08", 2, "'A'"), ("2026-07-01", 3, "'A'")):
        (notice,) = judge_date(feed, date, today=day(today))
        assert (notice.code, notice.severity, notice.count) == ("expired_calendar", "WARNING", count)
        assert notice.message.startswith(f"service {first}, one of 3, ended on 2026-")


# --- in a timetable --------------------------------------------------------------------------------------------------


def test_a_timetable_of_auto_is_that_of_its_date_and_says_why(tmp_path):
    folder = cal.write(tmp_path / "f", {"WK": 3}, [working_days("WK", "2026-03-02", "2026-06-30")])
    table = read_timetable(folder, date="auto")
    assert table.service_date == day("2026-03-10")
    assert table.notes == (representative_date(read_feed(folder)).reason,)
    same = read_timetable(folder, date="2026-03-10")
    assert same.notes == ()
    assert (same.arrival_s == table.arrival_s).all()


def test_a_network_of_auto_is_kept_and_found_again(tmp_path):
    folder = cal.write(tmp_path / "f", {"WK": 3}, [working_days("WK", "2026-03-02", "2026-06-30")])
    built, found = (acc.load_network(folder, date="auto", cache_dir=tmp_path / "cache") for _ in range(2))
    assert built.timetable.service_date == found.timetable.service_date == day("2026-03-10")
    assert found.notes == built.notes
    assert built.notes[0].startswith("auto: Tuesday 2026-03-10")
    # Calendars that change make another date, and another entry.
    cal.write(tmp_path / "f", {"WK": 3}, [working_days("WK", "2026-03-09", "2026-06-30")])
    again = acc.load_network(folder, date="auto", cache_dir=tmp_path / "cache")
    assert again.timetable.service_date == day("2026-03-17")


def test_what_is_unusual_about_a_date_stands_in_the_notes(tmp_path):
    folder = cal.write(
        tmp_path / "f", {"WK": 30, "SA": 10}, [working_days("WK", "2026-03-02", "2026-06-30")],
        [cal.removed("WK", "2026-04-06"), cal.added("SA", "2026-04-06")],
    )  # fmt: skip
    few, exceptions = read_timetable(folder, date="2026-04-06").notes
    assert few.startswith(
        "f: Monday 2026-04-06 has 10 trips, 33 % of the 30 of a usual weekday from 2026-03-02 to 2026-06-30: a holiday"
    )
    place = "f/calendar_dates.txt, row 2: "
    assert exceptions == f"{place}Monday 2026-04-06 is an exception, with 30 trips removed and 10 trips added"


def test_when_the_clocks_change_the_sunday_is_a_day_like_others(tmp_path):
    feed = cal.feed(tmp_path / "f", {"D": 3}, [cal.regular("D", cal.EVERY_DAY, "2026-03-02", "2026-11-30")])
    for date in ("2026-03-29", "2026-10-25"):
        assert not judge_date(feed, day(date))


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        # The full Newport feed has 1,293 trips on 6 June, a day after its start; from 13 June the usual number.
        ("newport-20230613_gtfs_full_earlier", "Tuesday 2023-06-13, 1,343 trips; the usual Tuesday of 2023-06-05 to 2024-03-01 has 1,341"),
        ("newport-20230613_gtfs", "Tuesday 2023-06-13, 176 trips; the usual Tuesday of 2023-06-05 to 2024-03-01 has 176"),
        # Chester begins in the summer holidays of 2023; its first neutral Tuesday is that of September.
        ("chester-20230816-small_gtfs", "Tuesday 2023-09-05, 798 trips; the usual Tuesday of 2023-07-31 to 2024-04-26 has 798"),
    ],
)  # fmt: skip
def test_real_feeds(shared_data, name, reason):
    gtfs_kit = pytest.importorskip("gtfs_kit")
    path = shared_data / "transit" / "newport_uk" / f"{name}.zip"
    found = representative_date(read_feed(path))
    assert (
        found.reason
        == f"auto: {reason}; the calendars hold no exceptions, so bank holidays do not show in them"
    )
    other = gtfs_kit.read_feed(path, dist_units="km")
    count = len(gtfs_kit.trips.get_trips(other, f"{found.date:%Y%m%d}"))
    assert f", {count:,} trips;" in found.reason
    assert not judge_date(read_feed(path), found.date)
