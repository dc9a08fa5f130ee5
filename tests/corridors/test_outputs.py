"""Outputs appear whole or not at all."""

from __future__ import annotations

import pandas as pd
import pytest

from corridors.errors import OutputError
from corridors.outputs import write_csv, write_text, write_whole


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path / "result.txt", "old")

    def disk_full(part):
        part.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"result\.txt: cannot be written \(No space left on device\)"):
        write_whole(path, disk_full)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_tables_are_printed_to_their_own_decimals(tmp_path):
    table = pd.DataFrame(
        {"name": ["Ånd, so"], "residents": [12.6], "share_reaching": [1 / 3], "minutes_to_k": [float("inf")]}
    )
    path = write_csv(tmp_path / "table.csv", table)
    assert (
        path.read_bytes() == 'name,residents,share_reaching,minutes_to_k\n"Ånd, so",13,0.3333,inf\n'.encode()
    )
    assert table["residents"].tolist() == [12.6]


def test_files_round_as_the_page_prints(tmp_path):
    """44.85 is a little above itself in binary: to one decimal it is 44.9, on the page and in the file."""
    path = write_csv(tmp_path / "table.csv", pd.DataFrame({"minutes_to_k": [44.85, 38.25, float("nan")]}))
    assert path.read_text(encoding="utf-8") == f'minutes_to_k\n{44.85:.1f}\n{38.25:.1f}\n""\n'
    assert f"{44.85:.1f}" == "44.9"
