"""Units of a batch: minutes worked by hand, the same however stations are put together and wherever they are answered."""

from __future__ import annotations

import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from batch_folders import lon_lat

import accessibility as acc
from accessibility.errors import ParameterError
from corridors import load_study
from corridors.access.access import build_network
from corridors.batch.plan import places_of
from corridors.batch.processes import answer_in_processes
from corridors.batch.units import Ground, Unit, answer_here, answer_unit
from corridors.errors import OutputError, ToolkitError
from corridors.inputs import read_inputs

WINDOW = ("07:00", "09:00")
#: Mid Town at its stop, Far Town at its stop, and a station with a door at each.
DOORS = [("mid", 10_000), ("far", 16_000), ("both", 16_000), ("both", 10_000)]


@pytest.fixture(scope="module")
def ground(pristine_study):
    study = load_study(pristine_study)
    inputs = read_inputs(study)
    timetable = acc.read_timetable([study.resolve("feed")], date=study.timetable.date)
    stations = gpd.GeoDataFrame(
        {"id": range(len(DOORS)), "group": [name for name, _ in DOORS]},
        geometry=gpd.points_from_xy(*np.array([lon_lat(x, 0) for _, x in DOORS]).T),
        crs="EPSG:4326",
    )
    return Ground(
        "key",
        (),
        build_network(timetable, study),
        stations,
        places_of(inputs),
        "p50",
        study.journey.max_time_min,
    )


def ask(ground, direction, *stations):
    return answer_unit(ground, Unit(direction, (), WINDOW, stations))


def test_to_the_stations_in_the_minutes_of_the_made_study(ground):
    """The workings stand in the docstring of `made_study`; a station with two doors is reached at the nearer."""
    answer = ask(ground, "to", "mid", "far", "both")
    assert answer.index.names == ["kind", "place_id"]
    assert answer.index.tolist() == [("area", f"A{n}") for n in range(1, 5)]
    assert answer["mid"].tolist() == [24, 33, 16.25, np.inf]
    assert answer["far"].tolist() == [39, 48, 36, np.inf]
    assert answer["both"].tolist() == answer["mid"].tolist()


def test_from_the_stations_in_minutes_worked_by_hand(ground):
    """The bus leaves Mid Town every ten minutes and is at Far Town fifteen later: the median wait of 0 to 9 is 4.

    Nothing runs back, J1 stands at Mid Town and J2 at Far Town; A3 is the walk of 16.25 minutes back from Mid Town.
    """
    answer = ask(ground, "from", "mid", "far")
    assert answer.loc["jobs", "mid"].to_dict() == {"J1": 0, "J2": 19, "J3": np.inf}
    assert answer.loc["jobs", "far"].to_dict() == {"J1": np.inf, "J2": 0, "J3": np.inf}
    assert answer.loc["area", "mid"].to_dict() == {"A1": np.inf, "A2": np.inf, "A3": 16.25, "A4": np.inf}
    assert set(answer.loc["site"].index) == {"P1", "P2"}


def test_a_station_is_left_by_the_best_of_its_points_at_each_departure(ground):
    """From Far Town's door J2 is no walk at all, from Mid Town's J1 is none: from both doors both are."""
    answer = ask(ground, "from", "both")
    assert answer.loc["jobs", "both"].to_dict() == {"J1": 0, "J2": 0, "J3": np.inf}


@pytest.mark.parametrize("direction", ["to", "from"])
def test_minutes_do_not_depend_on_who_shares_the_sweep(direction, ground):
    together = ask(ground, direction, "far", "both", "mid")
    for station in ("mid", "far", "both"):
        pd.testing.assert_frame_equal(together[[station]], ask(ground, direction, station))


def test_minutes_are_those_of_travel_times(ground):
    areas = ground.places[ground.places["kind"] == "area"]
    jobs = ground.places[ground.places["kind"] == "jobs"]
    single = ground.stations.iloc[:2].drop(columns="group").assign(id=["mid", "far"])
    options = {"window": WINDOW, "max_time_min": ground.max_time_min}
    to = acc.travel_times(ground.network, areas, single, **options).set_index(["from_id", "to_id"])
    assert ask(ground, "to", "mid", "far").to_numpy().ravel().tolist() == to["travel_time_p50"].tolist()
    out = acc.travel_times(ground.network, single, jobs, **options)
    answer = ask(ground, "from", "mid", "far").loc["jobs"]
    for station, times in out.groupby("from_id"):
        assert answer[station].tolist() == times["travel_time_p50"].tolist()


def test_no_places_give_no_rows(ground):
    empty = Ground("k", (), ground.network, ground.stations, ground.places.iloc[:0], "p50", 120)
    answer = ask(empty, "from", "mid")
    assert answer.shape == (0, 1)


def test_a_unit_that_does_not_belong_to_the_ground_is_refused(ground):
    with pytest.raises(ParameterError, match="'nowhere' is not among the stations"):
        ask(ground, "to", "nowhere")
    with pytest.raises(ParameterError, match="asks for schemes"):
        answer_unit(ground, Unit("to", ("tram",), WINDOW, ("mid",)))


def test_one_unit_that_fails_does_not_stop_the_others(ground):
    good, bad = Unit("to", (), WINDOW, ("mid",)), Unit("to", (), ("35:00", "36:00"), ("mid",))
    answers = dict(answer_here([(ground, [bad, good])]))
    assert isinstance(answers[bad], ToolkitError)
    assert answers[good]["mid"].tolist() == [24, 33, 16.25, np.inf]


def test_a_ground_can_be_sent(ground):
    """What a worker elsewhere gets answers the same."""
    sent = pickle.loads(pickle.dumps(ground))  # noqa: S301 - our own
    for direction in ("to", "from"):
        pd.testing.assert_frame_equal(
            ask(sent, direction, "mid", "both"), ask(ground, direction, "mid", "both")
        )


def test_processes_answer_as_this_one_does(ground):
    units = [
        Unit(direction, (), WINDOW, (station,)) for direction in ("to", "from") for station in ("mid", "far")
    ]
    units.append(Unit("to", (), ("35:00", "36:00"), ("mid",)))
    here = dict(answer_here([(ground, units)]))
    there = dict(answer_in_processes(2)([(ground, units)]))
    assert set(there) == set(units)
    assert str(there.pop(units[-1])) == str(here.pop(units[-1]))
    for unit, answer in here.items():
        pd.testing.assert_frame_equal(there[unit], answer)


def test_a_dead_process_is_one_sentence(ground):
    class Deadly(Ground):
        """Ends the process that reads it."""

        def __reduce__(self):
            return (exec, ("import os; os._exit(3)",))

    deadly = Deadly("k", (), ground.network, ground.stations, ground.places, "p50", 120)
    with pytest.raises(OutputError, match="has died, most likely for want of memory; try fewer --jobs"):
        list(answer_in_processes(1)([(deadly, [Unit("to", (), WINDOW, ("mid",))])]))
