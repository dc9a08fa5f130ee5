"""Where one more vehicle helps most: a planted line found, and every figure against the scheme applied and compared.

The made study's line L1 leaves Home every ten minutes; beside it a planted line P runs from Home to Far Town without a
stop in 25 minutes, at every hour and half past. Leaving home 9 to 20 minutes before P (8 min 8 s of them on foot, 45 in
all) A2 has Far Town in reach, that is at 12 minutes before each P; and 9 or 10 before each L1, at the minutes that end in 0
or 1. Of an hour's minutes these are :40 to :51, :10 to :21 and :00, :01, :30, :31: 28, and 56 of the 120, too few for the
median, which needs 60. So A1 and A3, 200 residents, have both towns, and A2, 300, does not.

One more P at a quarter past, where the gap is longest and earliest: :55 to :06, of which 07:02 to 07:06 and ten from 07:55
to 08:06 are new. That makes 71 of 120, and A2 has Far Town at its median. One more L1 at five past adds 07:55 and 07:56
alone.
"""

from __future__ import annotations

import geopandas as gpd
import made_lines
import numpy as np
import pandas as pd
import pytest
from made_feeds import degrees
from made_network import made_network
from typer.testing import CliRunner

import accessibility as acc
import corridors
from accessibility.errors import ParameterError
from accessibility.timetables.timetable import timetable_of
from accessibility.window import parse_window
from corridors.access.centre_times import centre_times
from corridors.access.indicator import Indicator
from corridors.cli import app
from corridors.errors import SchemeError
from corridors.inputs import read_inputs
from corridors.schemes.before_after import before_after
from corridors.schemes.edits import NewLine, Period, Scheme, apply_schemes, read_schemes
from corridors.schemes.files import schemes_text
from corridors.schemes.runs import compare_schemes, network_with
from corridors.search.best_moves import SearchChoices, search_moves
from corridors.search.board import Reached, board_of
from corridors.search.moves import changes_of, faster_runs, lines_of, more_departures, retimed_runs
from corridors.search.runs import Numbers, blocks_of, changed_blocks
from corridors.search.scores import People, ranked, refuse_harm
from corridors.search.stops import one_more_stop
from corridors.search.study import run_search
from corridors.search.timing import timed_changes
from corridors.verify import verify_folder

DATE = "2026-03-10"
LAYOVER = 1.1


def line(code, calls, minutes, every, start="06:00"):
    edit = NewLine(
        mode="bus", line=code, calls=calls, run_min=minutes, both_directions=False,
        periods=(Period(start=start, end="11:00", every_min=every),),
    )  # fmt: skip
    return Scheme(id=code, name=code, source="made", verified=False, edit=(edit,))


@pytest.fixture(scope="module")
def made(pristine_study):
    return made_network(pristine_study)


@pytest.fixture(scope="module")
def feeds(made):
    read = [acc.read_feed(made.study.resolve(feed)) for feed in made.study.timetable.feeds]
    return apply_schemes(read, [line("P", ("S0", "S2"), (25,), 30)], date=DATE)


@pytest.fixture(scope="module")
def network(made, feeds):
    return network_with(made.study, feeds, [])


@pytest.fixture(scope="module")
def places():
    """One between Home and Mid Town, one at Mid Town's stop, and one far from any line."""
    at = {"halfway": (5000, 0), "beside": (10_100, 0), "north": (5000, 3000)}
    return gpd.GeoDataFrame(
        {"id": list(at), "name": [name.title() for name in at], "kind": "bus"},
        geometry=gpd.points_from_xy(*zip(*(degrees(*place) for place in at.values()), strict=True)),
        crs="EPSG:4326",
    )


@pytest.fixture(scope="module")
def found(made, feeds, network, places):
    return search_moves(made.study, made.inputs, feeds, network, places=places)


def of_kind(found, kind):
    return found.moves[found.moves["kind"] == kind].set_index("route_id")


def test_the_search_finds_the_planted_line(found):
    more = of_kind(found, "more_frequent")
    best, other = more.iloc[0], more.loc["L1"]
    assert best.name == "scheme:P:1"
    assert best[["rank", "rank_low", "rank_high"]].tolist() == [1, 1, 1]
    assert best[["extra_residents", "residents_gaining", "residents_losing"]].tolist() == [300, 300, 0]
    assert other["extra_residents"] == 0
    # By the share of departures A2 counts at 15 and at 2 more of 120; at its best it counted before, at p80 never.
    assert best[["extra_best", "extra_p80"]].tolist() == [0, 0]
    assert [best["extra_share"], other["extra_share"]] == pytest.approx([300 * 15 / 120, 300 * 2 / 120])
    assert best[["extra_low", "extra_high"]].tolist() == [0, 300]
    assert other[["rank", "rank_low", "rank_high"]].tolist() == [2, 1, 2]
    # Two runs of 25 minutes, and two of 35, with a tenth for layover.
    hours = [2 * 25 / 60 * LAYOVER, 2 * 35 / 60 * LAYOVER]
    assert [best["vehicle_hours"], other["vehicle_hours"]] == pytest.approx(hours)
    assert best["residents_per_vehicle_hour"] == pytest.approx(300 / hours[0])
    assert best["rank_per_vehicle_hour"] == 1


def test_a_quicker_run_saves_vehicle_hours_and_has_no_rate(found):
    """P in 22.5 min: 9 to 22 minutes before, 64 of 120 with L1's; four runs from 07:00 until before 09:00."""
    quicker = of_kind(found, "faster").loc["scheme:P:1"]
    assert quicker["extra_residents"] == 300
    assert quicker["vehicle_hours"] == pytest.approx(-4 * 2.5 / 60 * LAYOVER)
    assert quicker[["residents_per_vehicle_hour", "rank_per_vehicle_hour"]].isna().all()


def test_one_more_stop_only_where_a_line_passes(found, network, places):
    """Halfway both pass; beside Mid Town L1 calls, and P is led there by L1; nobody passes in the north."""
    moves = one_more_stop(network.timetable, places, crs=network.crs)
    asked = [(move.route_id, move.scheme.edit[0].station.id) for move in moves]
    assert asked == [("L1", "halfway"), ("scheme:P:1", "halfway"), ("scheme:P:1", "beside")]
    # A minute more for each of the runs that leave from 07:00 until before 09:00: 12 of L1.
    stop = of_kind(found, "new_station").loc["L1"]
    assert stop["vehicle_hours"] == pytest.approx(12 / 60 * LAYOVER)
    nowhere = places.assign(kind="rail")
    assert one_more_stop(network.timetable, nowhere, crs=network.crs) == []


@pytest.mark.parametrize(
    ("calls", "led"),
    [
        ([(13_000, -9000), (13_000, 100), (13_000, 9000)], False),  # across the road of P and L1
        ([(10_000, 0), (13_000, 100)], False),  # a branch from Mid Town, and back the same way
        ([(10_000, 0), (13_000, 100), (16_000, 0)], True),  # Mid Town to Far Town
    ],
)
def test_no_line_is_sent_where_none_of_its_mode_leads(made, feeds, calls, led):
    """A place 100 m off the road between Mid Town and Far Town, at which another line calls alone."""
    stops = {(10_000, 0): "S1", (16_000, 0): "S2"}
    points = [
        stops.get(at)
        or {"id": f"n{number}", "name": f"N{number}", "lon": degrees(*at)[0], "lat": degrees(*at)[1]}
        for number, at in enumerate(calls)
    ]
    more = apply_schemes(feeds, [line("X", points, (20,) * (len(calls) - 1), 30)], date=DATE)
    place = gpd.GeoDataFrame(
        {"id": ["cross"], "name": ["Cross"], "kind": ["bus"]},
        geometry=gpd.points_from_xy(*([v] for v in degrees(13_000, 100))),
        crs="EPSG:4326",
    )
    moves = one_more_stop(timetable_of(more, date=DATE), place, crs="EPSG:27700")
    assert [move.route_id for move in moves] == (["L1", "scheme:P:1"] if led else [])
    # Where nothing calls, both pass it, and it is tried if new places are.
    today = timetable_of(feeds, date=DATE)
    assert len(one_more_stop(today, place, crs="EPSG:27700")) == 2
    assert one_more_stop(today, place, crs="EPSG:27700", new_places=False) == []


def all_moves(network, places):
    lines = lines_of(network.timetable)
    return [
        *more_departures(lines, period=("07:00", "09:00")),
        *faster_runs(lines),
        *one_more_stop(network.timetable, places, crs=network.crs),
        *retimed_runs((each, minutes) for each in lines for minutes in (1, 7)),
    ]


def test_every_move_equals_its_scheme_compared(made, feeds, network, places, found):
    """Of each move the board's answer, and that of the scheme applied to the feeds and read again."""
    moves = all_moves(network, places)
    numbers = Numbers(network.timetable)
    blocks = blocks_of(network.timetable, numbers)
    made_of = changes_of(moves, feeds, blocks, numbers, date=made.study.service_date)
    assert [move.scheme.id for move in made_of.moves] == [move.scheme.id for move in moves]
    board = board_of(network, blocks, numbers, made.inputs, made.study)
    people = dict(zip(made.inputs.areas["id"], made.inputs.areas["residents"], strict=True))
    residents = np.array([people[each] for each in board.question.read.ids])
    today = board.today()
    apart = compare_schemes(
        made.study, made.inputs, feeds, [move.scheme for move in moves], before=network, package=False
    )
    for move, after, one in zip(moves, board.each(made_of.changes), apart, strict=True):
        change = residents * (after.reaching("p50") - today.reaching("p50"))
        region = one.levels.iloc[0]
        assert change[change > 0].sum() == region["gain_enough"], move.words
        assert -change[change < 0].sum() == region["lose_enough"], move.words
        times = centre_times(network_with(made.study, feeds, [move.scheme]), made.inputs.areas,
                             made.inputs.centres, made.study)  # fmt: skip
        for statistic in ("best", "p50", "p80", "share"):
            want = times.reaching(statistic, cutoffs_min=[45])[0, :, 1]
            got = dict(zip(board.question.read.ids, after.reaching(statistic), strict=True))
            assert [got[each] for each in times.ids] == want.tolist(), (move.words, statistic)
    in_table = found.moves.set_index("scheme")["extra_residents"]
    for move, one in zip(moves[:4], apart, strict=False):
        assert in_table[move.scheme.id] == one.levels.iloc[0]["reaching_change"]


def test_a_departure_more_harms_nobody(made, feeds, network, found):
    more = of_kind(found, "more_frequent")
    assert (more["residents_losing"] == 0).all()
    assert (more[[name for name in more.columns if name.startswith("extra_")]].fillna(0) >= 0).all().all()


def test_a_retimed_line_meets_the_other(made):
    """A leaves Home at :00 and :30 and is at Mid Town at :20 and :50, just when B leaves it for Far Town, 15 min away.

    A change takes a minute, so all four arrivals from 07:00 until before 09:00 wait 29 minutes; with B a minute later none
    does. A1 then reaches Far Town 36 minutes after A leaves Home: within 45 at the 10 minutes up to each A, of 30. A2, whose
    walk is 8 min 8 s, at the one that is 9 before.
    """
    read = [acc.read_feed(made.study.resolve(feed)) for feed in made.study.timetable.feeds]
    new = [line("a", ("S0", "S1"), (20,), 30), line("b", ("S1", "S2"), (15,), 30, start="06:20")]
    gone = Scheme.model_validate(
        {
            "id": "g",
            "name": "g",
            "source": "made",
            "verified": False,
            "edit": [{"kind": "closed", "route": "L1"}],
        }
    )
    feeds = apply_schemes(read, [*new, gone], date=DATE)
    today = network_with(made.study, feeds, [])
    found = search_moves(
        made.study,
        made.inputs,
        feeds,
        today,
        choices=SearchChoices(kinds=("retimed",), budget_vehicle_hours=None),
    )
    (pair,) = found.pairs.to_dict("records")
    assert (pair["route_id"], pair["with_route_id"], pair["later_min"]) == ("scheme:b:1", "scheme:a:1", 1)
    assert (pair["wait_before_min"], pair["wait_after_min"]) == (29, 0)
    (move,) = found.moves.to_dict("records")
    assert move["vehicle_hours"] == 0
    assert move["extra_residents"] == 0
    assert move["extra_share"] == pytest.approx((100 * 10 + 300 * 1) / 30)
    assert found.pairs["extra_high"].tolist() == [move["extra_high"]]
    assert found.package.empty


@pytest.mark.parametrize("headways", [False, True])
def test_a_retimed_line_leaves_so_much_later_both_ways_and_all_day(headways, tmp_path):
    feed = made_lines.line(tmp_path, headways=headways)
    edit = {"kind": "retimed", "route": "R", "later_min": 7}
    scheme = Scheme.model_validate(
        {"id": "r", "name": "r", "source": "made", "verified": False, "edit": [edit]}
    )
    later = made_lines.runs(apply_schemes([feed], [scheme], date=DATE))
    expected = [made_lines.out(start + 420) for start in made_lines.OUT]
    expected += [made_lines.back(start + 420) for start in made_lines.BACK]
    assert later == sorted(expected, key=lambda each: (each[0][2], each))
    assert made_lines.runs([feed])[0][0][2] == made_lines.OUT[0]


def test_no_neighbours_no_timed_change(network, made):
    """L1 sets nobody down at Home, where alone P takes somebody up, and P goes no farther than L1."""
    window = parse_window(("07:00", "09:00"), max_time_min=45)
    assert timed_changes(network, lines_of(network.timetable), window=window).empty


def test_the_package_takes_what_gains_most_for_an_hour_and_is_answered_together(made, feeds, network, places):
    """One more P gains A2, and then nobody is left whom a further departure brings anything."""
    choices = SearchChoices(kinds=("more_frequent", "new_station"), budget_vehicle_hours=3)
    found = search_moves(made.study, made.inputs, feeds, network, choices=choices, places=places)
    (step,) = found.package.to_dict("records")
    assert step["route_id"] == "scheme:P:1"
    assert (step["step_extra_residents"], step["alone_extra_residents"]) == (300, 300)
    assert step["vehicle_hours_together"] == pytest.approx(2 * 25 / 60 * LAYOVER)
    together = compare_schemes(
        made.study, made.inputs, feeds, [move.scheme for move in found.taken], before=network
    )
    assert together[-1].levels.iloc[0]["gain_enough"] == step["extra_residents_together"]
    poor = SearchChoices(kinds=("more_frequent",), budget_vehicle_hours=0.5)
    assert search_moves(made.study, made.inputs, feeds, network, choices=poor).package.empty


def test_carrying_a_change_out_leaves_the_other_moves_right(made, feeds, network, places):
    """The board after a move answers as the network of its scheme, also for the moves made before."""
    moves = all_moves(network, places)
    numbers = Numbers(network.timetable)
    blocks = blocks_of(network.timetable, numbers)
    found = changes_of(moves, feeds, blocks, numbers, date=made.study.service_date)
    board = board_of(network, blocks, numbers, made.inputs, made.study)
    for first, second in ((0, 3), (5, 2), (2, 1)):
        then = board.with_blocks(changed_blocks(blocks, found.changes[first]))
        (after,) = then.each([found.changes[second]])
        both = network_with(made.study, feeds, [moves[first].scheme, moves[second].scheme])
        times = centre_times(both, made.inputs.areas, made.inputs.centres, made.study)
        got = dict(zip(board.question.read.ids, after.reaching("share"), strict=True))
        want = times.reaching("share", cutoffs_min=[45])[0, :, 1]
        assert [got[each] for each in times.ids] == want.tolist()


def test_what_contradicts_the_timetable_is_left_out_and_named(made, feeds, network):
    """In no time at all nothing runs, so all are refused; of a mixed round only the one that is."""
    lines = lines_of(network.timetable)
    moves = [*faster_runs(lines[:1]), *faster_runs(lines[1:], percent=99.9)]
    numbers = Numbers(network.timetable)
    blocks = blocks_of(network.timetable, numbers)
    found = changes_of(moves, feeds, blocks, numbers, date=made.study.service_date)
    assert [move.route_id for move in found.moves] == ["L1"]
    ((move, reason),) = found.refused
    assert move.route_id == "scheme:P:1"
    assert "km/h" in reason


def test_equals_share_a_rank_and_kinds_stand_apart():
    table = pd.DataFrame(
        {
            "kind": ["a", "a", "a", "b"], "scheme": ["1", "2", "3", "4"], "extra_p50": [5.0, 5.0, 1.0, 2.0],
            "extra_best": [0.0, 1.0, 9.0, 2.0], "vehicle_hours": [1.0, 2.0, 0.0, 1.0],
            "residents_per_vehicle_hour": [5.0, 2.5, np.nan, 2.0],
        }
    )  # fmt: skip
    got = ranked(table, ["p50", "best"]).set_index("scheme")
    assert got.index.tolist() == ["2", "1", "3", "4"]
    assert got["rank"].tolist() == [1, 1, 3, 1]
    assert got.loc["1", ["rank_low", "rank_high"]].tolist() == [1, 3]
    assert got.loc["3", ["rank_low", "rank_high"]].tolist() == [1, 3]
    assert got["rank_per_vehicle_hour"].tolist() == [2, 1, pd.NA, 1]


@pytest.mark.parametrize("kind", ["retimed", "new_station"])
def test_nothing_to_try_gives_empty_tables_with_their_columns(kind, made, network, feeds, found):
    choices = SearchChoices(kinds=(kind,))
    nothing = search_moves(made.study, made.inputs, feeds, network, choices=choices)
    assert nothing.moves.empty
    assert nothing.moves.columns.tolist() == found.moves.columns.tolist()
    assert nothing.pairs.columns.tolist() == found.pairs.columns.tolist()
    assert nothing.package.columns.tolist() == found.package.columns.tolist()


def test_choices_out_of_range_are_refused(made, feeds, network):
    for wrong, words in (
        ({"kinds": ("teleport",)}, "'teleport' is no kind of move"),
        ({"kinds": ()}, "no kind of move is named"),
        ({"budget_vehicle_hours": 0}, "budget_vehicle_hours is 0"),
        ({"layover_share": 2}, "layover_share is 2"),
    ):
        with pytest.raises(ParameterError, match=words):
            SearchChoices(**wrong)


def test_an_answer_that_harms_is_refused(made, feeds, network):
    people = People(np.array([10.0]), None, ("p50",))
    move = more_departures(lines_of(network.timetable), period=("07:00", "09:00"))[0]
    reached = [Reached(1, np.array([[n]], dtype=np.uint16), np.array([float(n)]), 1) for n in (1, 0)]
    with pytest.raises(SchemeError, match="only adds departures and harms somebody"):
        refuse_harm(*reached, move, people)


def test_the_command_writes_tables_and_a_package_that_schemes_take(pristine_study, tmp_path):
    out = tmp_path / "out"
    run = CliRunner().invoke(
        app, ["search", str(pristine_study), "--out", str(out), "--budget-vehicle-hours", "2"]
    )
    assert run.exit_code == 0, run.output
    names = ["search.csv", "search_timed_changes.csv", "search_packages.csv", "search_left_out.csv", "search_package.toml",
             "search.md", "manifest_search.json"]  # fmt: skip
    assert sorted(path.name for path in out.iterdir() if not path.name.startswith(".")) == sorted(names)
    page = (out / "search.md").read_text(encoding="utf-8")
    assert page.startswith(
        "# Where one more vehicle would help most: A made study\n\nIllustrative: made up.\n"
    )
    assert "with 2 or more centres within 45 minutes" in page
    assert "Data: made timetable; Census 2021; IoD 2025." in page
    assert "Not modelled: fares, crowding, reliability" in page
    table = pd.read_csv(out / "search.csv")
    taken = read_schemes(out / "search_package.toml")
    assert [scheme.id for scheme in taken] == pd.read_csv(out / "search_packages.csv")["scheme"].tolist()
    assert set(table["kind"]) == {"more_frequent", "faster"}
    again = tmp_path / "again"
    run_search(corridors.load_study(pristine_study), budget_vehicle_hours=2, out=again)
    for name in names:
        assert (out / name).read_bytes() == (again / name).read_bytes(), name
    (checked,) = verify_folder(out, rerun=True)
    assert (checked.command, checked.passed) == ("search", True), checked.differences
    wrong = CliRunner().invoke(app, ["search", "--moves", "teleport"])
    assert wrong.exit_code == 2
    assert "teleport" in wrong.output


def test_schemes_written_are_schemes_read(network, places, tmp_path):
    schemes = tuple(move.scheme for move in all_moves(network, places))
    path = tmp_path / "schemes.toml"
    path.write_text(schemes_text(schemes), encoding="utf-8")
    assert read_schemes(path) == schemes
    assert schemes_text(()).startswith("#")


@pytest.fixture(scope="module")
def on_rails(sample):
    """The sample's trains and trams alone, to be quick."""
    feeds = [acc.read_feed(sample.resolve(feed)) for feed in sample.timetable.feeds if "bus" not in feed]
    return read_inputs(sample), feeds, network_with(sample, feeds, [])


def test_on_the_sample_the_package_equals_its_schemes_and_two_moves_theirs(sample, on_rails):
    inputs, feeds, today = on_rails
    choices = SearchChoices(kinds=("more_frequent",), budget_vehicle_hours=9)
    found = search_moves(sample, inputs, feeds, today, choices=choices)
    assert len(found.moves) == 38
    assert len(found.taken) >= 2
    assert found.package["vehicle_hours_together"].iloc[-1] <= 9
    assert found.moves["extra_most_deprived"].le(found.moves["extra_residents"]).all()
    after = network_with(sample, feeds, [move.scheme for move in found.taken])
    together = before_after(sample, inputs, today, after, promise="adds")
    last, region = found.package.iloc[-1], together.levels.iloc[0]
    assert last["extra_residents_together"] == region["gain_enough"]
    assert last["residents_losing_together"] == region["lose_enough"] == 0
    first = found.package.iloc[0]
    assert first["step_extra_residents"] == first["alone_extra_residents"]
    alone = found.moves.set_index("route_id")["extra_residents"]
    assert found.package["alone_extra_residents"].tolist() == alone[found.package["route_id"]].tolist()
    assert found.moves.set_index("scheme").loc[first["scheme"], "rank_per_vehicle_hour"] == 1


def test_on_the_sample_every_statistic_equals_the_minutes_of_its_scheme(sample, on_rails):
    inputs, feeds, today = on_rails
    lines = [each for each in lines_of(today.timetable) if each.mode == "tram"]
    stops = one_more_stop(today.timetable, inputs.stations, crs=today.crs)
    moves = [*retimed_runs([(lines[-1], 3)]), stops[-1]]
    numbers = Numbers(today.timetable)
    blocks = blocks_of(today.timetable, numbers)
    found = changes_of(moves, feeds, blocks, numbers, date=sample.service_date)
    board = board_of(today, blocks, numbers, inputs, sample)
    indicator = Indicator.of(sample, inputs.centres)
    for move, after in zip(found.moves, board.each(found.changes), strict=True):
        times = centre_times(network_with(sample, feeds, [move.scheme]), inputs.areas, inputs.centres, sample)
        at = pd.Index(board.question.read.ids).get_indexer(pd.Index(times.ids))
        for statistic in indicator.statistics:
            want = times.reaching(statistic, cutoffs_min=[indicator.cutoff_min])[
                0, :, indicator.min_centres - 1
            ]
            np.testing.assert_allclose(after.reaching(statistic)[at], want, rtol=0, atol=1e-12)
