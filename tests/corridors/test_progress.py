"""What work tells of itself: the time that remains, lines in a log, JSON for a machine."""

from __future__ import annotations

import json

import pytest
import typer

from corridors.console import answering, json_lines, plain_lines
from corridors.progress import StepClock, in_words


class Clock:
    """A clock that stands until it is set."""

    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


def test_what_remains_follows_from_what_the_share_took(clock):
    steps = StepClock(clock)
    assert steps.told("Sweeping", 0).remaining_s is None
    clock.time += 30
    assert steps.told("Sweeping", 0.25).remaining_s == pytest.approx(90)
    clock.time += 30
    assert steps.told("Sweeping", 0.75).remaining_s == pytest.approx(20)
    assert steps.told("Sweeping", 1).remaining_s == 0


def test_a_new_step_begins_anew_and_one_begun_in_the_middle_is_not_taken_for_fast(clock):
    steps = StepClock(clock)
    steps.told("Reading", 0)
    clock.time += 1000
    assert steps.told("Sweeping", 0.5).remaining_s is None
    clock.time += 10
    assert steps.told("Sweeping", 0.6).remaining_s == pytest.approx(40)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (91, "2 min"), (5340, "89 min"), (7500, "2 h 5 min")]
)
def test_lengths_of_time_are_said_as_one_reads_them(seconds, words):
    assert in_words(seconds) == words


def test_a_log_is_spared_until_the_work_has_taken_a_while(clock):
    lines = []
    tell = plain_lines(lines.append, patience_s=60, now=clock)
    for step in range(12):
        tell("Sweeping", step / 20)
        clock.time += 5
    assert lines == []
    tell("Sweeping", 0.6)
    assert lines == ["Sweeping: 60%, about 40 s to go"]


def test_a_log_gets_a_line_for_each_step_and_few_more(clock):
    lines = []
    tell = plain_lines(lines.append, patience_s=0, now=clock)
    tell("Reading", 0)
    for second in range(100):
        tell("Sweeping", second / 100)
        clock.time += 1
    tell("Writing", 0)
    assert lines[:2] == ["Reading …", "Sweeping …"]
    assert lines[-1] == "Writing …"
    assert len(lines) == 6  # every thirty seconds of Sweeping, three times
    assert lines[2] == "Sweeping: 30%, about 70 s to go"
    assert not any("\r" in line or "\x1b" in line for line in lines)


def test_a_machine_gets_one_object_a_line(clock):
    lines = []
    tell = json_lines(lines.append, now=clock)
    for thousandth in range(1001):
        tell("Sweeping", thousandth / 1000)
        clock.time += 0.01
    objects = [json.loads(line) for line in lines]
    assert all(set(each) == {"step", "share", "remaining_s"} for each in objects)
    assert objects[0] == {"step": "Sweeping", "share": 0, "remaining_s": None}
    assert objects[-1] == {"step": "Sweeping", "share": 1, "remaining_s": 0.0}
    assert 90 <= len(objects) <= 110
    assert objects[50]["remaining_s"] == pytest.approx(5, abs=0.2)


def test_json_goes_to_stdout_and_plain_lines_to_stderr(capsys):
    with answering(quiet=False, as_json=True) as tell:
        tell("Reading", 0)
    captured = capsys.readouterr()
    assert json.loads(captured.out)["step"] == "Reading"
    assert captured.err == ""
    with answering(quiet=False, patience_s=0) as tell:
        tell("Reading", 0)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "Reading …\n")


def test_quiet_tells_nothing(capsys):
    with answering(quiet=True, patience_s=0) as tell:
        assert tell is None
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_bars_with_the_time_that_remains(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    with answering(quiet=False) as tell:
        tell("Names of [bold]others[/bold] stay text", 0.0)
        tell("Names of [bold]others[/bold] stay text", 0.5)
    said = capsys.readouterr().err
    assert "[bold]others[/bold]" in said
    assert "still" in said


def test_an_interruption_says_what_is_kept(capsys):
    with pytest.raises(typer.Exit) as stopped, answering(quiet=True, kept="all of it stands"):
        raise KeyboardInterrupt
    assert stopped.value.exit_code == 130
    assert capsys.readouterr().err == "corridors: interrupted; all of it stands\n"
