"""A batch that is killed, or has no room left: nothing half-written is believed, and going on ends with the same bytes."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from batch_folders import contents

from corridors import load_study
from corridors.batch.run import run_batch
from corridors.errors import OutputError

KILLS = 10
#: Imports once and answers in forks of itself, each killed after so long, until all moments are spent; then to the end.
DRIVER = """
import json, os, random, shutil, signal, sys, time
from pathlib import Path
from corridors import load_study
from corridors.batch.run import run_batch

study, folder, whole, kills = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])


def child(out):
    pid = os.fork()
    if pid == 0:
        run_batch(load_study(study), out=out)
        os._exit(0)
    return pid


began = time.monotonic()
assert os.waitpid(child(whole), 0)[1] == 0
took = time.monotonic() - began
moments = random.Random(20181115)
killed, finished = 0, 0
out = folder / "0"
while killed < kills:
    pid = child(out)
    time.sleep(moments.uniform(0.05, 0.95) * took)
    if os.waitpid(pid, os.WNOHANG)[0]:  # had ended before: begin in another folder
        finished += 1
        out = folder / str(finished)
        continue
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    killed += 1
assert os.waitpid(child(out), 0)[1] == 0
print(json.dumps({"killed": killed, "folders": finished + 1}))
"""


@pytest.fixture(scope="module")
def expected(request, tmp_path_factory):
    """Return what an uninterrupted batch leaves."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run_batch(load_study(request.getfixturevalue("pristine_study")), out=out)
    return contents(out)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="killing many runs quickly needs fork")
def test_killed_at_ten_moments_and_resumed_it_is_byte_identical(pristine_study, tmp_path):
    root = os.pathsep.join(path for path in sys.path if path)
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            DRIVER,
            str(pristine_study),
            str(tmp_path / "killed"),
            str(tmp_path / "whole"),
            str(KILLS),
        ],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": root},
    )
    said = json.loads(told.stdout)
    assert said["killed"] == KILLS
    expected = contents(tmp_path / "whole")
    assert {"summary.csv", "index.html", "manifest.json"} <= set(expected)
    for number in range(said["folders"]):
        assert contents(tmp_path / "killed" / str(number)) == expected


def test_every_write_may_fail_and_no_file_is_half_there(pristine_study, expected, tmp_path, monkeypatch):
    """The disk fills at the n-th write, for several n: what stands is whole, and the rest comes when there is room."""
    study, replace = load_study(pristine_study), Path.replace
    for room in random.Random(7).sample(range(len(expected)), 2):
        out, left = tmp_path / f"out-{room}", [room]

        def full(part, target, left=left):
            if not left[0]:
                raise OSError(errno.ENOSPC, "No space left on device")
            left[0] -= 1
            return replace(part, target)

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(OutputError, match="No space left on device") as refused:
            run_batch(study, out=out)
        monkeypatch.undo()
        assert "\n" not in str(refused.value)
        there = contents(out)
        assert len(there) == room
        assert all(expected[name] == content for name, content in there.items())
        run_batch(study, out=out)
        assert contents(out) == expected


@contextlib.contextmanager
def small_disk(place, *, kib):
    """Mount a file system of so many KiB; left out where that is not allowed."""
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(place)]
    try:
        subprocess.run(["mount", *options], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True, capture_output=True)


def test_a_full_file_system_is_one_sentence_and_goes_on_when_there_is_room(
    pristine_study, expected, tmp_path
):
    with small_disk(tmp_path / "disk", kib=1024) as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * 700 * 1024)  # leaves room for the tables and not for the pages
        words = [
            sys.executable,
            "-m",
            "corridors",
            "batch",
            "--study",
            str(pristine_study),
            "--out",
            str(disk / "out"),
        ]
        root = os.pathsep.join(path for path in sys.path if path)
        full = subprocess.run(
            [*words, "--quiet"],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"PYTHONPATH": root},
        )
        assert full.returncode == 1
        assert full.stdout == ""
        assert full.stderr.count("\n") == 1
        assert "No space left on device" in full.stderr
        assert "the same command goes on from it" in full.stderr
        there = contents(disk / "out")
        assert there
        assert all(expected[name] == content for name, content in there.items())
        ballast.unlink()
        resumed = run_batch(load_study(pristine_study), out=disk / "out")
        assert resumed.answered == 0
        assert contents(disk / "out") == expected


def test_a_folder_that_may_not_be_written_is_one_sentence(pristine_study, tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be used as the folder for results"):
        run_batch(load_study(pristine_study), out=tmp_path / "out")
    (tmp_path / "folder" / ".lock").mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be used as the folder for results"):
        run_batch(load_study(pristine_study), out=tmp_path / "folder")
