"""Finished parts of a batch: whole or not there, held by one run at a time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from corridors.batch.store import working_in
from corridors.errors import OutputError


def part(*minutes):
    return pd.DataFrame(
        {"kind": "area", "place_id": [f"A{n}" for n in range(len(minutes))], "minutes": minutes}
    )


def files(folder):
    return sorted((folder / ".units").iterdir())


def test_a_part_comes_back_as_it_was(tmp_path):
    with working_in(tmp_path) as store:
        assert store.get("ab") is None
        store.put("ab", part(1.5, np.inf))
    with working_in(tmp_path) as store:
        assert store.holds("ab")
        pd.testing.assert_frame_equal(store.get("ab"), part(1.5, np.inf))


@pytest.mark.parametrize(
    "spoil", [lambda content: content[:-9], lambda content: b"\0" + content[1:], lambda _: b""]
)
def test_a_damaged_part_is_not_believed(spoil, tmp_path, caplog):
    with working_in(tmp_path) as store:
        store.put("ab", part(1.5))
        store.put("cd", part(2.5))
    damaged = next(path for path in files(tmp_path) if path.name.startswith("ab-"))
    damaged.write_bytes(spoil(damaged.read_bytes()))
    with working_in(tmp_path) as store:
        assert not store.holds("ab")
        assert store.holds("cd")
    assert "is damaged" in caplog.text
    assert len(files(tmp_path)) == 1


def test_the_name_of_a_part_tells_its_bytes(tmp_path):
    """Equal parts give equal files, whoever wrote them and when."""
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        with working_in(tmp_path / folder) as store:
            store.put("ab", part(1.0, 2.0))
    one, other = (files(tmp_path / folder)[0] for folder in ("one", "other"))
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_what_nothing_asks_for_is_thrown_away(tmp_path):
    with working_in(tmp_path) as store:
        for key in ("ab", "cd", "ef"):
            store.put(key, part(1.0))
        store.put("ab", part(9.0))  # another answer: the first must not linger
        store.keep_only({"ab", "never"})
        assert [path.name.partition("-")[0] for path in files(tmp_path)] == ["ab"]
        assert store.get("ab")["minutes"].tolist() == [9.0]


def test_what_a_killed_run_left_half_written_is_swept(tmp_path):
    (tmp_path / ".units").mkdir()
    left = [tmp_path / ".summary.csv.123.part", tmp_path / ".units" / ".ab-1.parquet.123.part"]
    (tmp_path / "stations").mkdir()
    left.append(tmp_path / "stations" / ".station-a.html.x1y2.part")
    for path in left:
        path.write_bytes(b"half")
    mine = tmp_path / "notes.part"
    mine.write_bytes(b"mine")
    with working_in(tmp_path):
        assert not any(path.exists() for path in left)
    assert mine.exists()


def test_two_runs_do_not_share_a_folder(tmp_path):
    with (
        working_in(tmp_path),
        pytest.raises(OutputError, match="another run is at work in this folder"),
        working_in(tmp_path),
    ):
        pass
    with working_in(tmp_path):
        pass


def test_another_process_is_kept_out_too_and_a_dead_one_does_not_hold_the_folder(tmp_path):
    hold = "import sys, time; from pathlib import Path; from corridors.batch.store import working_in\n"
    hold += "with working_in(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
    root = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": root},
    ) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(OutputError, match="another run is at work"), working_in(tmp_path):
                pass
        finally:
            holder.kill()
    with working_in(tmp_path):
        pass


def test_a_full_disk_leaves_no_piece_of_a_part(tmp_path, monkeypatch):
    with working_in(tmp_path) as store:
        store.put("ab", part(1.0))
        write = Path.write_bytes

        def full(path, content):
            write(path, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match=r"cannot be written \(No space left on device\)"):
            store.put("cd", part(2.0))
        monkeypatch.undo()
        assert [path.name.partition("-")[0] for path in files(tmp_path)] == ["ab"]
        assert store.holds("ab")
        store.put("cd", part(2.0))
        assert store.holds("cd")
