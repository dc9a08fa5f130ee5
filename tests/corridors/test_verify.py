"""Whether verify finds whatever is not as it was, and whether a rerun is compared with what was recorded."""

from __future__ import annotations

import contextlib
import json
import shutil

import pytest
from typer.testing import CliRunner

import corridors
from corridors.cli import app
from corridors.errors import OutputError
from corridors.manifest import Request, refuse_other_results, sealed, write_manifest
from corridors.outputs import write_text
from corridors.table_differences import how_they_differ
from corridors.verify import verify_folder

_NOT_OUTPUTS = {"manifest.json", ".manifest.inputs"}


@pytest.fixture(scope="module")
def written(pristine_study, tmp_path_factory):
    """One run of the made study, its inputs in `study` and its results in `out` beside each other."""
    folder = tmp_path_factory.mktemp("verified")
    shutil.copytree(pristine_study.parent, folder / "study")
    corridors.run_study(corridors.load_study(folder / "study" / "study.toml"), out=folder / "out")
    return folder


@pytest.fixture
def place(written, tmp_path):
    """A copy that a test may spoil."""
    return shutil.copytree(written, tmp_path / "place")


def flip(path, at=-2):
    """Change one bit of one byte."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


def outputs_of(place):
    files = sorted(path for path in (place / "out").rglob("*") if path.is_file())
    return [path for path in files if path.name not in _NOT_OUTPUTS]


def differences(folder, **how):
    return [each for found in verify_folder(folder, **how) for each in found.differences]


def named(folder, **how):
    return {(each.kind, each.name) for each in differences(folder, **how)}


def test_untouched_results_pass(place):
    (found,) = verify_folder(place / "out")
    told = json.loads((place / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert found.passed
    assert (found.command, found.run_id, found.seal) == ("run", told["run_id"], told["seal"])
    assert found.inputs == len(told["inputs"]) == sum(1 for file in (place / "study").rglob("*.*"))
    assert found.outputs == len(told["outputs"]) == len(outputs_of(place))


def test_a_flipped_bit_in_any_output_is_named(place):
    for path in outputs_of(place):
        name = path.relative_to(place / "out").as_posix()
        for at in (0, path.stat().st_size // 2):
            flip(path, at)
            assert named(place / "out") == {("output", name)}, (name, at)
            flip(path, at)
    assert verify_folder(place / "out")[0].passed


def test_a_flipped_bit_in_any_input_is_named(place):
    inputs = [file for file in sorted((place / "study").rglob("*")) if file.is_file()]
    assert len(inputs) > 12
    for path in inputs:
        flip(path)
        name = path.relative_to(place / "study").as_posix()
        assert named(place / "out") == {("input", name)}, name
        flip(path)
    assert verify_folder(place / "out")[0].passed


def test_a_flipped_byte_anywhere_in_the_manifest_is_found(place):
    """The hash of every byte would do; a step of 397 keeps the test short and still falls on every section."""
    path = place / "out" / "manifest.json"
    content = path.read_bytes()
    for at in range(0, len(content), 397):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with contextlib.suppress(OutputError):  # no JSON any more, or a key that is needed misspelt
            assert not verify_folder(place / "out")[0].passed, at


def test_a_manifest_rewritten_with_a_seal_of_its_own_contradicts_its_run_id(place):
    path = place / "out" / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["parameters"]["indicator"]["cutoff_min"] = 60
    path.write_text(sealed(told), encoding="utf-8", newline="\n")
    found = differences(place / "out")
    assert [(each.kind, each.how) for each in found] == [
        ("manifest", "its run_id does not follow from its parameters and inputs")
    ]


def test_missing_and_extra_files_are_named(place):
    (place / "out" / "wards.csv").unlink()
    (place / "out" / "notes.txt").write_text("mine", encoding="utf-8")
    (place / "out" / ".lock").write_text("", encoding="utf-8")
    (place / "study" / "areas.csv").unlink()
    (place / "study" / "feed" / "transfers.txt").write_text("from_stop_id\n", encoding="utf-8")
    found = {(each.kind, each.name): each.how for each in differences(place / "out")}
    assert found == {
        ("output", "wards.csv"): "is missing",
        ("extra file", "notes.txt"): "was not written by the run that the manifest describes",
        ("input", "areas.csv"): "is missing",
        ("input", "feed/transfers.txt"): "was not there when the results were computed",
    }


def test_a_study_file_that_no_longer_parses_is_one_difference(place):
    (place / "study" / "study.toml").write_text("not toml at all [", encoding="utf-8")
    assert named(place / "out") == {("input", "study.toml")}


def test_moved_inputs_are_asked_for_and_found(place, tmp_path):
    shutil.move(place / "study", tmp_path / "moved")
    (found,) = differences(place / "out")
    assert (found.kind, found.name) == ("input", "study.toml")
    assert "--study" in found.how
    assert verify_folder(place / "out", study=tmp_path / "moved" / "study.toml")[0].passed


def test_results_and_inputs_moved_together_pass(place, tmp_path):
    shutil.move(place, tmp_path / "another" / "depth")
    assert verify_folder(tmp_path / "another" / "depth" / "out")[0].passed


def test_a_rerun_gives_the_same_bytes(place):
    (found,) = verify_folder(place / "out", rerun=True)
    assert found.passed
    assert found.rerun


def test_a_rerun_finds_results_that_were_altered_together_with_their_hashes(place):
    """Who rewrites a figure, its hash and the seal is found by computing the results again."""
    path = place / "out" / "ranking.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    row = lines[1].split(",")
    row[header.index("rank")] = "9"
    path.write_text("\n".join([lines[0], ",".join(row), *lines[2:]]) + "\n", encoding="utf-8", newline="\n")
    told = json.loads((place / "out" / "manifest.json").read_text(encoding="utf-8"))
    told["outputs"]["ranking.csv"] = corridors.manifest.sha256(path)
    (place / "out" / "manifest.json").write_text(sealed(told), encoding="utf-8", newline="\n")
    assert verify_folder(place / "out")[0].passed  # hashes cannot tell
    (found,) = differences(place / "out", rerun=True)
    assert (found.kind, found.name) == ("rerun", "ranking.csv")
    assert "rank in 1 of 3 rows (by at most 8)" in found.how


def test_a_rerun_on_changed_inputs_names_what_they_change(place):
    areas = place / "study" / "areas.csv"
    areas.write_text(areas.read_text(encoding="utf-8").replace("Fourth", "Last"), encoding="utf-8")
    found = named(place / "out", rerun=True)
    assert ("input", "areas.csv") in found
    assert ("rerun", "index.html") in found  # it names the run


def test_a_rerun_that_fails_says_why(place):
    (place / "study" / "centres.csv").write_text("nothing\n", encoding="utf-8")
    found = differences(place / "out", rerun=True)
    (again,) = (each.how for each in found if each.kind == "rerun")
    assert again.startswith("could not be computed again: ")


def test_no_manifest_and_no_folder_are_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="no such folder"):
        verify_folder(tmp_path / "nowhere")
    with pytest.raises(OutputError, match="nothing to verify it against"):
        verify_folder(tmp_path)
    for text in ("{}", "[]", "null", "nonsense", '{"outputs": 3}'):
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
        with pytest.raises(OutputError, match=r"manifest\.json"):
            verify_folder(tmp_path)


def test_other_versions_are_notes_and_no_difference(place):
    path = place / "out" / "manifest.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["packages"]["numpy"] = "0.1"
    path.write_text(sealed(told), encoding="utf-8", newline="\n")
    (found,) = verify_folder(place / "out")
    assert found.passed
    assert [note for note in found.notes if note.startswith("numpy is ") and note.endswith("was 0.1")]


def test_the_command_line_says_it_and_exits_accordingly(place):
    runner = CliRunner()
    good = runner.invoke(app, ["verify", str(place / "out")])
    assert good.exit_code == 0
    assert "as written" in good.stdout
    flip(place / "out" / "wards.csv")
    bad = runner.invoke(app, ["verify", str(place / "out"), "--quiet"])
    assert bad.exit_code == 1
    assert bad.stdout == "  output: wards.csv is not the file that was written\n"
    assert "1 thing is not as the manifest says" in bad.stderr
    assert runner.invoke(app, ["verify", str(place / "out"), "--file", "x"]).exit_code == 2


def test_brought_files_are_inputs_too(place):
    """As a batch writes it: a table that the study does not name, and options of its own."""
    study = corridors.load_study(place / "study" / "study.toml")
    stations = place / "elsewhere.csv"
    stations.write_text("id\n", encoding="utf-8")
    folder = place / "batch"
    folder.mkdir()

    def write(options):
        request = Request("batch", study, options=options, brought={"stations": stations})
        summary = write_text(folder / "summary.csv", "a\n")
        outputs = {"summary.csv": summary}
        write_manifest(folder, request, outputs=outputs, definitions={}, figures={}, notes=())
        return request.run_id

    first = write({"thresholds": [15]})
    assert verify_folder(folder)[0].passed
    assert write({"thresholds": [30]}) != first
    flip(stations, 0)
    assert named(folder) == {("input", "elsewhere.csv")}
    assert write({"thresholds": [30]}) != first
    stations.unlink()
    assert "--file stations=PATH" in differences(folder)[0].how
    with pytest.raises(OutputError, match="holds the results of `corridors batch`"):
        refuse_other_results(folder, "run")


def test_a_manifest_is_refused_when_an_input_changed_meanwhile(place):
    study = corridors.load_study(place / "study" / "study.toml")
    request = Request("run", study)
    flip(place / "study" / "areas.csv")
    with pytest.raises(OutputError, match=r"areas\.csv: changed while it was read"):
        write_manifest(place / "out", request, outputs={}, definitions={}, figures={}, notes=())


def test_no_signpost_leads_to_the_embedded_sample_only_when_it_is_the_very_study(place, sample):
    folder = place / "of the sample"
    folder.mkdir()
    write_manifest(folder, Request("run", sample), outputs={}, definitions={}, figures={}, notes=())
    (folder / ".manifest.inputs").unlink()
    assert verify_folder(folder)[0].study == sample.path
    (place / "out" / ".manifest.inputs").unlink()
    assert verify_folder(place / "out")[0].study is None


def test_the_signpost_is_relative(place):
    ways = json.loads((place / "out" / ".manifest.inputs").read_text(encoding="utf-8"))
    assert ways == {"study": "../study/study.toml"}


def test_how_tables_differ(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"

    def said(first, second):
        one.write_text(first, encoding="utf-8")
        other.write_text(second, encoding="utf-8")
        return how_they_differ(one, other)

    assert (
        said("a,b\n1,x\n2,y\n", "a,b\n1,x\n2.5,z\n") == "a in 1 of 2 rows (by at most 0.5), b in 1 of 2 rows"
    )
    assert said("a\n1\n", "a\n1\n2\n") == "2 rows instead of 1"
    assert said("a\n1\n", "b\n1\n") == "other columns (a, b)"
    assert said("a,b\n1,2\n", "b,a\n1,2\n") == "other columns (their order)"
    assert said("a\n\n", "a\n\n") == ""
    one.write_text('"', encoding="utf-8")
    assert how_they_differ(one, other) == ""
    assert how_they_differ(tmp_path / "a.html", tmp_path / "b.html") == ""
