"""What contradicts the feed, or itself, is refused in one sentence that names scheme, edit and reason."""

from __future__ import annotations

import made_feeds as made
import pandas as pd
import pytest
from made_lines import DATE, line

import accessibility as acc
from accessibility.feeds.gtfs import read_feed
from corridors.errors import SchemeError, ToolkitError
from corridors.schemes.edits import Scheme, apply_schemes, read_schemes

FAR = made.degrees(4000, 30_000)
NEAR = made.degrees(1000, 0)
PERIODS = [{"start": "07:00", "end": "08:00", "every_min": 10}]
NEW = {
    "kind": "new_line",
    "mode": "tram",
    "line": "T",
    "calls": ["A", "B"],
    "run_min": [5],
    "periods": PERIODS,
}
STATION = {"kind": "new_station", "routes": "R", "between": ["A", "B"], "penalty_s": 30}


def new(**more):
    return {**NEW, **more}


def point(name, place):
    return {"name": name, "lon": place[0], "lat": place[1]}


def refusal(feeds, *edits):
    scheme = Scheme.model_validate(
        {"id": "s", "name": "A scheme", "source": "made up", "verified": True, "edit": edits}
    )
    with pytest.raises(SchemeError) as error:
        apply_schemes(feeds, [scheme], date=DATE)
    message = str(error.value)
    assert "\n" not in message
    assert not message.endswith(".")
    return message


@pytest.fixture
def feed(tmp_path):
    return line(tmp_path, headways=True)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"kind": "faster", "route": "Q", "percent": 5}, "no feed has route 'Q'"),
        ({"kind": "faster", "route": "Q", "percent": 5, "feed": "made"}, "there is no route 'Q' in feed 'made'"),
        ({"kind": "faster", "route": "R", "percent": 5, "feed": "bus"}, "there is no feed 'bus'; there are 'made'"),
        (new(calls=["A", "Z"]), "no one feed has all of stop 'A', stop 'Z'"),
        (new(calls=["A", "Z"], feed="made"), "there is no stop 'Z' in feed 'made'"),
        (new(operator="Nobody"), "there is no operator 'Nobody' in feed 'made'; it has 'A'"),
        # 4 km in 78 s; on the sphere the made kilometres are a quarter of a per cent short.
        (
            new(run_min=[1.3]),
            "from Stop A to Stop B in 78 s is 184 km/h, and 100 is the most for such a vehicle",
        ),
        ({"kind": "faster", "route": "R", "percent": 70}, "150 is the most for such a vehicle"),
        (
            {"kind": "faster", "route": "R", "percent": 5, "between": ["A", ["B", "Z"]]},
            "there is no stop 'Z' in feed 'made'",
        ),
        (
            {"kind": "extension", "route": "R", "beyond": "B", "calls": [point("X", NEAR)], "run_min": [4]},
            "no trip of route 'R' that runs on 2026-03-10 begins or ends at 'B'",
        ),
        (
            {"kind": "extension", "route": "R", "beyond": "C", "calls": [point("X", NEAR)], "run_min": [500]},
            "trip 'back' would begin before the service day does",
        ),
        (
            {**STATION, "station": point("X", NEAR), "between": ["A", "C"]},
            "goes straight from one to the other of 'A' and 'C': the station is not on this line",
        ),
        (
            {**STATION, "station": point("X", FAR)},
            "X is not on the line: from Stop A to Stop B it is 4.0 km, and 60.2 km over it",
        ),
        ({**STATION, "station": "C", "share": 0.5}, "Stop C is not on the line"),
        ({**STATION, "station": point("X", NEAR), "share": 0.01}, "150 is the most for such a vehicle"),
        ({**STATION, "station": point("X", NEAR), "trips": ["out", "up"]}, "trip 'up' is none of 'R'"),
        (
            {"kind": "more_frequent", "route": "R", "periods": [{"start": "07:00", "end": "08:00", "every_min": 20}]},
            "from 07:00 to 08:00 every 20 min is 3 departures, and 3 run already, such as trip 'out'",
        ),
        (
            {"kind": "more_frequent", "route": "R", "add_per_hour": 1, "periods": [{"start": "07:00", "end": "07:20"}]},
            "the periods are too short for a single departure more",
        ),
        ({"kind": "closed", "stop": "Z"}, "no feed has stop 'Z'"),
        ({"kind": "closed", "stop": "idle"}, "no trip that runs on 2026-03-10 calls at 'idle': there is nothing to close"),
        (
            {"kind": "closed", "between": ["A", "idle"]},
            "no trip that runs on 2026-03-10 goes between 'A' and 'idle': there is nothing to close",
        ),
        (
            {"kind": "closed", "route": "R", "stop": "idle"},
            "no trip of route 'R' that runs on 2026-03-10 calls at 'idle': there is nothing to close",
        ),
        ({"kind": "closed", "route": "sundays"}, "no trip of route 'sundays' runs on 2026-03-10"),
        ({"kind": "interchange", "between": ["A", "Z"], "min_transfer_s": 60}, "no one feed has all of stop 'A', stop 'Z'"),
    ],
)  # fmt: skip
def test_an_edit_that_contradicts_the_feed(tmp_path, edit, reason):
    sunday = {**dict.fromkeys(made.EVERY_DAY, 0), "service_id": "sun", "sunday": 1,
              "start_date": "20260101", "end_date": "20261231"}  # fmt: skip
    feed = line(
        tmp_path,
        headways=True,
        stops=[made.stop("idle", 0, 900)],
        routes=[made.route("sundays")],
        calendar=[made.EVERY_DAY, sunday],
        trips=[made.trip("sunday", "sundays", "sun")],
        stop_times=made.calls("sunday", ("A", 30_000), ("B", 30_300)),
    )
    message = refusal([feed], {"kind": "interchange", "between": ["A", "B"], "min_transfer_s": 0}, edit)
    assert message.startswith(f"scheme 's', edit 2 ({edit['kind']}): ")
    assert reason in message


def test_a_scheme_that_stands_in_the_feed_already(feed):
    scheme = Scheme.model_validate(
        {"id": "s", "name": "A scheme", "source": "made up", "verified": True, "edit": [NEW]}
    )
    once = apply_schemes([feed], [scheme], date=DATE)
    assert "has a route 'scheme:s:1' already: the scheme stands in it" in refusal(once, NEW)
    with pytest.raises(SchemeError, match="there are two schemes 's'"):
        apply_schemes([feed], [scheme, scheme], date=DATE)


def test_two_new_stops_of_one_name_in_two_places(feed):
    edit = new(calls=[point("X", NEAR), "B", point("X", made.degrees(9000, 0))], run_min=[5, 5])
    assert "stop 'scheme:s:x' stands elsewhere already; give the new one an id of its own" in refusal(
        [feed], edit
    )


def test_ids_of_several_feeds(tmp_path, feed):
    other = read_feed(
        made.write_feed(
            tmp_path / "other", stops=[made.stop("A", 0, 0), made.stop("B", 900, 0)], routes=[made.route("R")],
            trips=[made.trip("s", "R")], stop_times=made.calls("s", ("A", 30_000), ("B", 30_300)),
        )
    )  # fmt: skip
    assert refusal([feed, other], {"kind": "faster", "route": "R", "percent": 5}) == (
        "scheme 's', edit 1 (faster): it could belong to any of the feeds 'made' and 'other'; name one as feed"
    )
    named = {"kind": "faster", "route": "R", "percent": 5, "feed": "other"}
    assert "no stop 'C'" in refusal([feed, other], {**named, "between": ["A", "C"]})


def test_several_operators(feed):
    agency = feed["agency"].astype(object)
    both = acc.replace_tables(
        feed, agency=pd.concat([agency, agency.assign(agency_id="B")], ignore_index=True)
    )
    assert "feed 'made' has 2 operators; name one as operator: 'A', 'B'" in refusal([both], NEW)


def test_nothing_left_to_run(feed):
    assert (
        refusal([feed], {"kind": "closed", "route": "R"})
        == "scheme 's' leaves nothing that runs on 2026-03-10"
    )


def test_a_day_that_the_calendars_do_not_cover(feed):
    scheme = Scheme.model_validate(
        {"id": "s", "name": "A scheme", "source": "made up", "verified": True, "edit": [NEW]}
    )
    with pytest.raises(SchemeError, match="the calendars of feed 'made' do not cover 2031-01-01"):
        apply_schemes([feed], [scheme], date="2031-01-01")
    with pytest.raises(ToolkitError, match="is not a date"):
        apply_schemes([feed], [scheme], date="soon")


HEAD = '[[scheme]]\nid = "s"\nname = "S"\nsource = "made up"\nverified = false\n'
EDIT = HEAD + "[[scheme.edit]]\n"
LINE = 'kind = "new_line"\nmode = "tram"\nline = "T"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[scheme]", "schemes.toml: is not valid TOML"),
        ("[[schem]]\n", "schemes.toml: unknown key 'schem'; such a file holds [[scheme]] and [[scenario]] tables"),
        ('[scheme]\nid = "s"\n', "schemes.toml: scheme is written as [[scheme]], in double brackets, once for each"),
        ('[[scheme]]\nid = "s"\nname = "S"\nverified = true\n', "schemes.toml: scheme 's': key 'source' is missing"),
        ('[[scheme]]\nname = "S"\nsource = "x"\nverified = true\n', "schemes.toml: scheme 1: key 'id' is missing"),
        (HEAD, "scheme 's': a scheme has at least one edit, or a journey onward"),
        (HEAD + 'colour = "red"\n', "scheme 's': unknown key 'colour'"),
        (HEAD.replace('"s"', '"a b"'), "scheme 'a b': id = 'a b' cannot be used"),
        (HEAD.replace("made up", "{strategy:nothing}"), "The strategy's register has no entry 'nothing'"),
        (HEAD + "cost_m = { low = 3, central = 2, high = 4 }\n", "low, central and high must rise, not 3, 2, 4"),
        (EDIT + 'kind = "moved"\n', "scheme 's', edit.1: input tag 'moved'"),
        (EDIT + 'kind = "faster"\nroute = "R"\nprecent = 3\n', "scheme 's': unknown key 'edit.1.precent'"),
        (EDIT + 'kind = "faster"\nroute = "R"\npercent = 0\n', "scheme 's', edit.1: percent is 0, which changes nothing"),
        (EDIT + 'kind = "faster"\nroute = "R"\npercent = 100\n', "edit.1.percent = 100 cannot be used"),
        (EDIT + 'kind = "more_frequent"\nroute = "R"\n', "edit.1: give add_per_hour, or periods with every_min"),
        (
            EDIT + 'kind = "more_frequent"\nroute = "R"\nadd_per_hour = 0\n',
            "edit.1.add_per_hour = 0 cannot be used: input should be greater than or equal to 1",
        ),
        (
            EDIT + 'kind = "more_frequent"\nroute = "R"\nadd_per_hour = 1\n'
            'periods = [{ start = "07:00", end = "08:00", every_min = 3 }]\n',
            "edit.1: give add_per_hour or every_min, not both",
        ),
        (
            EDIT + 'kind = "more_frequent"\nroute = "R"\nperiods = [{ start = "07:00", end = "08:00", every_min = 0 }]\n',
            "edit.1.periods.1.every_min = 0 cannot be used: input should be greater than 0",
        ),
        (
            EDIT + 'kind = "more_frequent"\nroute = "R"\nperiods = [{ start = "07:00", end = "09:00", every_min = 5 },'
            ' { start = "08:30", end = "10:00", every_min = 9 }]\n',
            "edit.1: periods 07:00-09:00 and 08:30-10:00 overlap",
        ),
        (
            EDIT + 'kind = "more_frequent"\nroute = "R"\nadd_per_hour = 1\nperiods = [{ start = "9:00", end = "10:00" }]\n',
            "edit.1.periods.1.start = '9:00' cannot be used",
        ),
        (
            EDIT + 'kind = "more_frequent"\nroute = "R"\nadd_per_hour = 1\nperiods = [{ start = "10:00", end = "09:00" }]\n',
            "edit.1.periods.1: a period ends after it starts, not 10:00 to 09:00",
        ),
        (
            EDIT + LINE + 'calls = ["A", "B"]\nrun_min = [3, 4]\nperiods = [{ start = "07:00", end = "08:00", every_min = 5 }]\n',
            "edit.1: 2 run times are given for 1 hops",
        ),
        (
            EDIT + LINE + 'calls = ["A", "B"]\nperiods = [{ start = "07:00", end = "08:00", every_min = 5 }]\n',
            "edit.1: give either run_min, minutes for every hop, or speed_kmh",
        ),
        (
            EDIT + LINE + 'calls = ["A", "B"]\nrun_min = [3]\nperiods = [{ start = "07:00", end = "08:00" }]\n',
            "edit.1: every period of a new line needs every_min",
        ),
        (
            EDIT + LINE + 'calls = ["A", { name = "B" }]\nrun_min = [3]\nperiods = []\n',
            "edit.1.calls.2: a calling point is the id of a stop, or has name, lon and lat",
        ),
        (
            EDIT + LINE + 'calls = ["A", { stop = "B", lon = 1.0 }]\nrun_min = [3]\nperiods = []\n',
            "calling point 'B' is a stop of the feed and cannot be placed or named anew",
        ),
        (
            EDIT + LINE + 'calls = ["A", "B"]\nrun_min = [3]\ncalls_back = ["C", "B", "A"]\n'
            'periods = [{ start = "07:00", end = "08:00", every_min = 5 }]\n',
            "run_back_min is missing: the way back has other calls than the way out",
        ),
        (
            EDIT + LINE + 'calls = ["A", "B"]\nspeed_kmh = 30\nrun_back_min = [3]\n'
            'periods = [{ start = "07:00", end = "08:00", every_min = 5 }]\n',
            "run_back_min goes with run_min; speed_kmh holds for both directions",
        ),
        (
            EDIT + LINE + 'calls = ["A", "B"]\nrun_min = [3]\nrun_back_min = [3]\nboth_directions = false\n'
            'periods = [{ start = "07:00", end = "08:00", every_min = 5 }]\n',
            "a line in one direction has no way back",
        ),
        (EDIT + 'kind = "closed"\n', "edit.1: say what is closed: route, stop or between"),
        (EDIT + 'kind = "closed"\nstop = "A"\nbetween = ["A", "B"]\n', "close a stop or what lies between two, not both"),
        (
            EDIT + 'kind = "closed"\nstop = "A"\n' + HEAD + '[[scheme.edit]]\nkind = "closed"\nstop = "B"\n',
            "there are two schemes 's'; give each an id of its own",
        ),
    ],
)  # fmt: skip
def test_a_file_that_contradicts_itself(tmp_path, text, reason):
    path = tmp_path / "schemes.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SchemeError) as error:
        read_schemes(path)
    message = str(error.value)
    assert reason in message
    assert "\n" not in message


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SchemeError, match=r"none\.toml: no such file of schemes"):
        read_schemes(tmp_path / "none.toml")
    with pytest.raises(SchemeError, match="there is no TOML file in this folder"):
        read_schemes(tmp_path)


def test_a_file_without_schemes_gives_none(tmp_path):
    path = tmp_path / "empty.toml"
    path.write_text("", encoding="utf-8")
    assert read_schemes(path) == ()


def test_a_whole_scheme_reads_as_it_is_written(tmp_path):
    path = tmp_path / "one.toml"
    path.write_text(
        HEAD
        + 'cost_m = { low = 1, central = 2.5, high = 4 }\ncorridor = "a"\nopening = "2030"\n'
        + 'assumed = "run times"\nnote = "n"\n'
        + '[[scheme.edit]]\nkind = "closed"\nroute = "R"\n[[scheme.edit]]\nkind = "closed"\nstop = "B"\n'
        + '[[scheme.onward]]\nname = "H"\nto = "London"\nlon = -1.0\nlat = 52.0\nminutes = 38\nsource = "x"\n',
        encoding="utf-8",
    )
    (scheme,) = read_schemes(path)
    assert (scheme.id, scheme.name, scheme.kind, scheme.verified) == ("s", "S", "closed", False)
    assert (scheme.cost_m.low, scheme.cost_m.central, scheme.cost_m.high) == (1, 2.5, 4)
    assert scheme.corridor_ids == ("a",)
    assert (scheme.opening, scheme.assumed, scheme.note) == ("2030", "run times", "n")
    assert [edit.route for edit in scheme.edit] == ["R", None]
    assert (scheme.onward[0].to, scheme.onward[0].minutes) == ("London", 38)
