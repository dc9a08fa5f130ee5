"""The command line: what is not right is exit code 1 and one sentence on stderr."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from corridors import cli, commands, load_study, run_study


def run(*words, cwd=None):
    # Where the packages stand must not depend on where the command is run from.
    root = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-m", "corridors", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": root},
    )


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def misspelt_key(study):
    edit(study, "cutoff_min", "cutof_min")


def misspelt_section_key_with_no_likeness(study):
    edit(study, "[indicator]", "[indicator]\nzzz = 1")


def missing_path(study):
    edit(study, 'areas = "areas.csv"', 'areas = "no-such-areas.csv"')


def missing_column(study):
    edit(study.parent / "areas.csv", "unemployed", "out_of_work")


def duplicated_id(study):
    edit(study.parent / "areas.csv", "A3,Third", "A1,Third")


def text_in_a_number(study):
    edit(study.parent / "areas.csv", ",300,180,", ",many,180,")


def date_outside_the_feed(study):
    edit(study, "2026-03-10", "2031-03-11")


def impossible_date(study):
    edit(study, "2026-03-10", "2026-02-30")


def date_in_words(study):
    edit(study, "2026-03-10", '"next Tuesday"')


def feed_without_stop_times(study):
    (study.parent / "feed" / "stop_times.txt").unlink()


def weights_beyond_one(study):
    edit(study, "weight = 0.4", "weight = 0.5")


def window_backwards(study):
    edit(study, '["07:00", "09:00"]', '["09:00", "07:00"]')


def ward_of_another_vintage(study):
    edit(study.parent / "wards.csv", "W3,North end", "W9,North end")
    edit(study.parent / "wards.geojson", '"W3"', '"W9"')


def swap(path, row):
    lines = path.read_text(encoding="utf-8").splitlines()
    at = lines[0].split(",").index("lon")
    cells = lines[row - 1].split(",")
    cells[at], cells[at + 1] = cells[at + 1], cells[at]
    lines[row - 1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def area_with_swapped_coordinates(study):
    swap(study.parent / "areas.csv", 4)


def centre_with_swapped_coordinates(study):
    swap(study.parent / "centres.csv", 2)


def jobs_after_a_blank_line_with_swapped_coordinates(study):
    edit(study.parent / "jobs.csv", "J2,", "\nJ2,")
    swap(study.parent / "jobs.csv", 4)


def site_on_another_continent(study):
    edit(study.parent / "sites.csv", "P2,Second site,hs2,-", "P2,Second site,hs2,-7")


def label_with_an_unknown_placeholder(study):
    edit(study, 'label = "Jobs within reach"', 'label = "Jobs within {minutes}"')


def not_toml(study):
    edit(study, "[study]", "[study")


def more_centres_than_there_are(study):
    edit(study, "min_centres = 2", "min_centres = 3")


def corridor_that_is_no_line(study):
    text = (study.parent / "corridors.geojson").read_text(encoding="utf-8")
    point = re.sub(
        r'"LineString", "coordinates": \[(\[[^\]]*\])[^}]*\]', r'"Point", "coordinates": \1', text, count=1
    )
    (study.parent / "corridors.geojson").write_text(point, encoding="utf-8")


CASES = {
    misspelt_key: ("unknown key 'cutof_min' in [indicator]", "did you mean 'cutoff_min'?"),
    misspelt_section_key_with_no_likeness: ("unknown key 'zzz'", "known keys are cutoff_min, min_centres"),
    missing_path: ("'no-such-areas.csv'",),
    missing_column: ("areas.csv", "column 'unemployed' is missing"),
    duplicated_id: ("areas.csv, row 4", "'A1'", "row 2"),
    text_in_a_number: ("areas.csv, row 3", "residents 'many'"),
    date_outside_the_feed: ("2031",),
    impossible_date: ("study.toml", "valid TOML"),
    date_in_words: ("timetable.date", "'next Tuesday'"),
    feed_without_stop_times: ("stop_times.txt",),
    weights_beyond_one: ("weights", "sum to 1, not 1.1"),
    window_backwards: ("window must end after it starts",),
    ward_of_another_vintage: ("1 of 3 wards of small areas", "W3", "one vintage"),
    area_with_swapped_coordinates: ("areas.csv, row 4: lon 52.", "far from the study's outlines", "swapped?"),
    centre_with_swapped_coordinates: ("centres.csv, row 2: lon 52.", "are lon and lat swapped?"),
    jobs_after_a_blank_line_with_swapped_coordinates: ("jobs.csv, row 4: lon 52.", "swapped?"),
    site_on_another_continent: ("sites.csv, row 3: lon -72.0", "more than 50 km; check its coordinates"),
    label_with_an_unknown_placeholder: ("{minutes} is not filled in", "{min_centres}"),
    not_toml: ("study.toml", "valid TOML"),
    more_centres_than_there_are: ("asks for 3 centres", "holds 2"),
    corridor_that_is_no_line: ("corridors.geojson, feature 1", "not a line"),
}


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_bad_input_is_one_sentence_and_exit_one(spoil, made_study, tmp_path, capsys, monkeypatch):
    spoil(made_study)
    monkeypatch.setattr(sys, "argv", ["corridors", "run", str(made_study), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    captured = capsys.readouterr()
    assert stopped.value.code == 1
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("corridors: ")
    assert "Traceback" not in captured.err
    for words in CASES[spoil]:
        assert words in captured.err
    assert list((tmp_path / "out").glob("*")) == []


def test_run_prints_the_finding_with_its_definition_and_ends_with_the_map(made_study, tmp_path):
    done = run("run", "study.toml", "--out", tmp_path / "out", cwd=made_study.parent)
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "Illustrative: made up.",
        "20.0% of residents reach two or more centres within 45 minutes",
        "Tuesday 10 March 2026",
        "1  Home road",
        "A figure of 41% is another measure.",
        "Not modelled: fares, crowding, reliability.",
    ):
        assert words in done.stdout
    last = done.stdout.strip().splitlines()[-1]
    assert last == str((tmp_path / "out" / "index.html").resolve())
    assert (tmp_path / "out" / "index.html").is_file()


def test_quiet_prints_only_the_path(made_study, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr(sys, "argv", ["corridors", "run", str(made_study), "--out", str(out), "--quiet"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code in (0, None)
    assert capsys.readouterr().out == f"{(out / 'index.html').resolve()}\n"


def test_exit_codes_of_misuse_and_of_a_missing_study(tmp_path):
    assert run("run", "--no-such-option").returncode == 2
    missing = run("run", tmp_path / "absent.toml", "--out", tmp_path / "out")
    assert missing.returncode == 1
    assert missing.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_for_results(made_study, tmp_path, capsys, monkeypatch):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["corridors", "run", str(made_study), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert "cannot be used as the folder for results" in capsys.readouterr().err
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_interruption_is_130(made_study, tmp_path, capsys, monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.run, "run_study", interrupted)
    monkeypatch.setattr(sys, "argv", ["corridors", "run", str(made_study), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 130
    said = capsys.readouterr().err
    assert said == "corridors: interrupted; every file in the folder for results is whole\n"


def test_summary_shows_the_ranking_of_the_table(pristine_study):
    study = load_study(pristine_study)
    results = run_study(study)
    text = commands.run.summary(study, results)
    first = results.ranking.iloc[0]
    assert f"{first['rank']}  {first['name']}  ({first['rank_low']} to {first['rank_high']}; score " in text
    assert results.definition in text
    assert "  not ranked  Empty road\n" in text


def test_without_any_score_nothing_is_ranked_and_no_nan_is_printed(made_study, tmp_path):
    """Only the road that nobody lives near is left."""
    path = made_study.parent / "corridors.geojson"
    collection = json.loads(path.read_text(encoding="utf-8"))
    collection["features"] = collection["features"][2:]
    path.write_text(json.dumps(collection), encoding="utf-8")
    study = load_study(made_study)
    results = run_study(study, out=tmp_path / "out")
    text = commands.run.summary(study, results)
    assert "No corridor has a score: not ranked (1)." in text
    assert "nan" not in text.lower()
    assert "<NA>" not in text
