"""`corridors check`: the command on feeds and studies, its text, its JSON and its exit codes."""

from __future__ import annotations

import io
import json
import re
import sys

import geopandas as gpd
import networkx as nx
import pytest
import shapely
from rich.console import Console

from accessibility.feeds.report import report_feed
from corridors import cli
from corridors.check import judging as checking
from corridors.check import verdict as check

SATURDAY = "2026-03-14"


def command(monkeypatch, capsys, *words):
    """Run the command in this process; its exit code, what it printed, and what it complained of."""
    monkeypatch.setattr(sys, "argv", ["corridors", "check", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    captured = capsys.readouterr()
    return stopped.value.code or 0, captured.out, captured.err


@pytest.fixture
def run(monkeypatch, capsys):
    return lambda *words: command(monkeypatch, capsys, *words)


@pytest.fixture
def feed(made_study):
    """37 buses from 06:00 to 12:00, every ten minutes, on weekdays from 5 January to 18 December 2026."""
    return made_study.parent / "feed"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def printed(report, *, width=80, colour=False):
    stream = io.StringIO()
    check.print_report(
        report, Console(file=stream, width=width, force_terminal=colour, highlight=False, emoji=False)
    )
    return stream.getvalue()


# Feeds


def test_a_sound_feed(run, feed):
    code, out, err = run(feed, "--date", "2026-03-10", "--no-canonical")
    assert (code, err) == (0, "")
    assert out.startswith("feed\n  usable for Tuesday 2026-03-10: 37 trips")
    hours = re.search(r"  hour   bus\n(.*?)\n\n", out, re.DOTALL)[1]
    # 06:00 to 11:50 are six hours of six; the last bus leaves at noon.
    assert " ".join(hours.split()) == "06 6 07 6 08 6 09 6 10 6 11 6 12 1 trips 37"


def test_auto_is_the_default_and_gives_its_reason(run, feed):
    _, by_default, _ = run(feed, "--no-canonical")
    _, asked, _ = run(feed, "--no-canonical", "--date", "auto")
    assert by_default == asked
    assert re.search(r"date\s+auto: Tuesday 2026-\d\d-\d\d, 37 trips; the usual Tuesday", asked)


def test_a_date_without_service_is_one_sentence_and_exit_one(run, feed):
    code, out, err = run(feed, "--date", SATURDAY, "--no-canonical")
    assert code == 1
    assert "ERROR no_service_on_date" in out
    assert err.startswith("corridors: feed cannot be used for Saturday 2026-03-14: no trip runs on Saturday")
    assert err.count("\n") == 1


def test_several_feeds_each_by_itself(run, feed, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK nothing of the kind")
    absent = tmp_path / "absent"
    code, out, err = run(feed, broken, absent, "--date", "2026-03-10", "--no-canonical")
    assert code == 1
    assert [line for line in out.splitlines() if re.match(r"\S", line)] == ["feed", "broken.zip", "absent"]
    assert "usable for Tuesday 2026-03-10: 37 trips" in out
    assert err.count("\n") == 1
    assert "broken.zip cannot be used" in err
    assert "absent cannot be used: there is no such file or folder" in err
    assert "feed is usable" not in err


@pytest.mark.parametrize("words", [(), ("study.toml", "feed"), ("feed", "--no-such-option")])
def test_wrong_use_is_two(run, words):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words",
    [("--date", "Tuesday"), ("--area", "no-such.geojson"), ("--streets", "no-such.osm.pbf")],
)
def test_what_cannot_be_used_beside_a_feed_is_one_sentence(run, feed, words):
    code, out, err = run(feed, *words)
    assert (code, out) == (1, "")
    assert err.startswith("corridors: ")
    assert err.count("\n") == 1


def test_an_area_of_lines_is_refused(run, feed, made_study):
    code, _, err = run(feed, "--area", made_study.parent / "corridors.geojson")
    assert code == 1
    assert "corridors.geojson: an area is made of polygons" in err


def test_an_area_by_file(run, feed, made_study):
    # Home stands on the corner of an outline, which is inside; Mid Town and Far Town lie far east of all.
    _, out, _ = run(feed, "--area", made_study.parent / "wards.geojson", "--no-canonical")
    assert "area       1 stop inside, 2 outside" in out
    assert "2 of 3 stops lie outside the area: S1 (S1), S2 (S2)" in re.sub(r"\s+", " ", out)


def test_without_the_validator_one_line_says_how_to_get_it(run, feed, monkeypatch):
    monkeypatch.setitem(sys.modules, "gtfs_guru", None)
    code, out, _ = run(feed, "--date", "2026-03-10")
    assert code == 0
    assert out.count("gtfs-guru is not installed") == 1
    assert 'pip install "inclusive-growth-corridors[validate]"' in " ".join(out.split())
    _, silent, _ = run(feed, "--date", "2026-03-10", "--no-canonical")
    assert "gtfs-guru" not in silent


def test_with_the_validator_its_findings_are_marked(run, feed):
    _, out, _ = run(feed, "--date", "2026-03-10")
    assert re.search(r"validated  by gtfs-guru \d", out)
    assert "WARNING missing_recommended_file (gtfs-guru)" in out


# Text


def test_sixty_columns_stay_readable(feed):
    report = checking.check_feeds([feed], date=SATURDAY, canonical=True)
    text = printed(report, width=60)
    assert max(map(len, text.splitlines())) <= 60
    words = " ".join(text.split())
    for finding in report.feeds[0].findings.itertuples(index=False):
        assert finding.code in words
        assert " ".join(finding.message.split()) in words


def test_no_colour_and_no_blanks_at_the_ends_of_lines_in_a_pipe(feed):
    report = checking.check_feeds([feed], date="2026-03-10", canonical=False)
    text = printed(report)
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "\x1b[" in printed(report, colour=True)


def test_names_that_would_steer_the_terminal_are_shown_and_not_obeyed(feed):
    # A title, a colour and a line's end, in a stop's name that a finding tells.
    stops = feed / "stops.txt"
    text = stops.read_text(encoding="utf-8")
    assert "\nS2,S2," in text
    stops.write_text(text.replace("\nS2,S2,", '\nS2,"\x1b]0;mine\x07\x1b[31m S\u20282",'), encoding="utf-8")
    area = gpd.GeoDataFrame(geometry=[shapely.box(-1, 40, 0, 41)], crs="EPSG:4326")
    out = printed(checking.check_feeds([feed], date="2026-03-10", canonical=False, area=area))
    assert "]0;mine" in out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)


def test_names_that_look_like_markup_stay_as_they_are(feed):
    edit(feed / "agency.txt", "M,Made", "M,[red]Made[/red] :bus:")
    text = printed(checking.check_feeds([feed], date="2026-03-10", canonical=False))
    assert "[red]Made[/red] :bus:" in text


def test_a_name_that_the_pipe_cannot_hold_is_no_error(feed, monkeypatch):
    edit(feed / "agency.txt", "M,Made", "M,Łódź")
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    monkeypatch.setattr(
        sys, "argv", ["corridors", "check", str(feed), "--date", "2026-03-10", "--no-canonical"]
    )
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    sys.stdout.flush()
    assert not stopped.value.code
    assert b"?\xf3d?" in raw.getvalue()


# JSON


def test_the_document_says_what_the_report_holds(run, feed, tmp_path):
    code, _, _ = run(feed, "--date", "2026-03-10", "--json", tmp_path / "report.json", "--no-canonical")
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    told = json.loads(text)
    assert code == 0
    assert text == json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert (told["schema"], told["passed"], told["date_asked"], told["study"]) == (
        "corridors-check/1",
        True,
        "2026-03-10",
        None,
    )
    one = told["feeds"][0]
    assert (one["name"], one["usable"], one["passed"], one["agencies"]) == ("feed", True, True, ["Made"])
    assert (one["first_date"], one["last_date"], one["date"]) == ("2026-01-05", "2026-12-18", "2026-03-10")
    assert one["day"] == {
        "trips": 37, "trips_from_frequencies": 0, "lines": 1, "stops": 3, "calls": 111, "untimed_calls": 0,
    }  # fmt: skip
    assert one["trips_by_hour"] == [
        *({"mode": "bus", "hour": hour, "trips": 6} for hour in range(6, 12)),
        {"mode": "bus", "hour": 12, "trips": 1},
    ]
    assert (one["area"], one["streets"], one["validator"]) == (None, None, None)
    report = report_feed(feed, date="2026-03-10", canonical=False)
    assert one["verdict"] == report.verdict
    assert [finding["message"] for finding in one["findings"]] == report.findings["message"].tolist()


def test_every_key_of_the_document_is_documented(made_study):
    told = json.loads(check.document(checking.check_study(made_study, canonical=False)))
    documented = set(re.findall(r"``(\w+)``", check.__doc__))
    keys = {*told, *told["feeds"][0], *told["feeds"][0]["day"], *told["feeds"][0]["area"], *told["study"]}
    keys |= {key for points in told["study"]["points"] for key in points}
    keys |= {key for finding in told["study"]["findings"] for key in finding}
    assert keys <= documented


def test_the_document_of_a_study_that_is_not_there(tmp_path):
    report = checking.check_study(tmp_path / "absent.toml")
    text = check.document(report)
    assert str(tmp_path) not in text
    assert json.loads(text)["verdict"] == "absent.toml cannot be run: no such study file"
    assert json.loads(text)["feeds"] == []


def test_the_document_of_a_feed_that_cannot_be_read(feed, tmp_path):
    (feed / "stops.txt").unlink()
    report = checking.check_feeds([feed, tmp_path / "absent.zip"], canonical=False)
    text = check.document(report)
    told = json.loads(text)
    assert not told["passed"]
    assert [one["usable"] for one in told["feeds"]] == [False, False]
    assert told["feeds"][0]["trips"] == 37
    assert told["feeds"][1]["trips"] is None
    assert str(tmp_path) not in text


def test_the_document_does_not_depend_on_the_folder(made_study, pristine_study):
    one = check.document(checking.check_study(made_study, canonical=True))
    other = check.document(checking.check_study(pristine_study, canonical=True))
    assert one == other


def test_a_document_that_cannot_be_written(run, feed, tmp_path):
    code, out, err = run(feed, "--json", tmp_path / "no-such-folder" / "report.json", "--no-canonical")
    assert code == 1
    assert out.startswith("feed\n")
    assert "cannot be written" in err


# Studies


def test_a_sound_study(run, made_study):
    code, out, err = run(made_study, "--no-canonical")
    assert (code, err) == (0, "")
    assert "date       Tuesday 2026-03-10 (the study's)" in out
    assert "area       1 stop inside, 2 outside" in out
    assert "study.toml: A made study\n  the study file and its tables can be read and belong together" in out
    # A1, A2 and A3 walk to a stop within 20 minutes; nothing runs near A4, 20 km north of everything.
    assert "1 of 4 small areas have no stop in walking reach" in out
    assert "0 of 2 centres have no stop in walking reach" in out
    assert "within 20 minutes on foot: A4" in re.sub(r"\s+", " ", out)


def test_the_date_of_the_command_comes_before_the_study_s(run, made_study):
    code, out, err = run(made_study, "--date", SATURDAY, "--no-canonical")
    assert code == 1
    assert "Saturday 2026-03-14 (as asked)" in out
    assert "feed cannot be used for Saturday 2026-03-14" in err


def test_a_study_that_asks_for_auto(run, made_study):
    edit(made_study, "date = 2026-03-10", 'date = "auto"')
    code, out, _ = run(made_study, "--no-canonical")
    assert code == 0
    assert re.search(r"date\s+auto: Tuesday 2026-", out)


def misspelt(study):
    edit(study, "cutoff_min", "cutof_min")


def missing_feed(study):
    edit(study, 'feeds = ["feed"]', 'feeds = ["no-such-feed"]')


def swapped_ward(study):
    edit(study.parent / "wards.csv", "W3,North end", "W9,North end")


def text_for_a_number(study):
    edit(study.parent / "areas.csv", ",300,180,", ",many,180,")


def backwards(study):
    edit(study.parent / "feed" / "stop_times.txt", "T360,06:20:00,06:20:00", "T360,05:20:00,05:20:00")


def out_of_date(study):
    edit(study, "2026-03-10", "2031-03-11")


def two_feeds_of_one_name(study):
    (study.parent / "more").mkdir()
    (study.parent / "feed").rename(study.parent / "more" / "feed")
    copy = study.parent / "feed"
    copy.mkdir()
    for file in (study.parent / "more" / "feed").iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    edit(study, 'feeds = ["feed"]', 'feeds = ["feed", "more/feed"]')


def streets_of_another_kind(study):
    (study.parent / "streets.osm").write_text("no map")
    edit(study, 'sites = "sites.csv"', 'sites = "sites.csv"\nstreets = "streets.osm"')


def roads_for_feet_alone(study):
    path = nx.MultiDiGraph(crs="epsg:27700", simplified=True)
    for name, x in (("1", 399_000), ("2", 417_000)):
        path.add_node(name, x=str(x), y="290000")
    for pair in (("1", "2"), ("2", "1")):
        path.add_edge(*pair, highway="footway", length="18000")
    nx.write_graphml(path, study.parent / "roads.graphml")
    edit(study, 'sites = "sites.csv"', 'sites = "sites.csv"\nroads = "roads.graphml"')
    study.write_text(study.read_text(encoding="utf-8") + "\n[car]\n", encoding="utf-8")


def walks_of_hours(study):
    edit(study, "[journey]", "[journey]\nmax_direct_min = 150")


def journeys_shorter_than_the_cutoff(study):
    edit(study, "[journey]", "[journey]\nmax_time_min = 40")


def window_past_the_timetable(study):
    edit(study, '"09:00"]', '"29:00"]')


def sound(study):
    pass


BROKEN = {
    misspelt: "study.toml cannot be run: unknown key 'cutof_min'",
    missing_feed: "study.toml cannot be run: there is no 'no-such-feed' beside the study file",
    swapped_ward: "study.toml cannot be run: ",
    text_for_a_number: "study.toml cannot be run: areas.csv, row 3: residents 'many'",
    backwards: "feed cannot be used for Tuesday 2026-03-10: stop_times.txt, row 3: ",
    out_of_date: "feed cannot be used for Tuesday 2031-03-11: no trip runs",
    streets_of_another_kind: "study.toml cannot be run: streets.osm: cannot be read as",
    roads_for_feet_alone: "study.toml cannot be run: roads.graphml: there is no street that can be driven",
    walks_of_hours: "study.toml cannot be run: journey.max_direct_min = 150 cannot be used",
    journeys_shorter_than_the_cutoff: "study.toml cannot be run: indicator.cutoff_min is 45 minutes, longer than",
    window_past_the_timetable: "study.toml cannot be run: journey: the window 07:00-29:00 and 120 minutes",
    two_feeds_of_one_name: "study.toml cannot be run: two feeds are called 'feed'",
    sound: "",
}


@pytest.mark.parametrize("spoil", BROKEN, ids=lambda spoil: spoil.__name__)
def test_check_and_run_agree_about_a_study(spoil, made_study, run, tmp_path, monkeypatch, capsys):
    spoil(made_study)
    code, _, err = run(made_study, "--no-canonical", "--json", tmp_path / "report.json")
    assert code == (0 if spoil is sound else 1)
    assert BROKEN[spoil] in err
    assert err.count("\n") == (spoil is not sound)
    told = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert json.loads(told)["passed"] == (spoil is sound)
    assert str(made_study.parent) not in told
    monkeypatch.setattr(
        sys, "argv", ["corridors", "run", str(made_study), "--out", str(tmp_path / "out"), "-q"]
    )
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    capsys.readouterr()
    assert (stopped.value.code or 0) == code


def test_a_study_whose_tables_are_broken_still_has_its_feeds_judged(run, made_study):
    text_for_a_number(made_study)
    code, out, _ = run(made_study, "--no-canonical")
    assert code == 1
    assert "usable for Tuesday 2026-03-10: 37 trips" in out
    assert "area  " not in out


def test_the_sample_passes(run, sample):
    code, out, err = run(sample.path, "--no-canonical")
    assert (code, err) == (0, "")
    assert out.count("usable for Tuesday 2026-03-10") == 3
    assert "ERROR" not in out
