"""Feeds damaged at random: the reader gives a result or one sentence, and its two doors agree."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path

import broken_feeds as bf
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from accessibility.errors import FeedError, ToolkitError
from accessibility.feeds.gtfs import inspect_feed, read_feed
from accessibility.timetables.timetable import read_timetable

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
NAMES = sorted(bf.CLEAN)
CELLS = {name: [row.split(",") for row in bf.CLEAN[name].splitlines()] for name in NAMES}

#: Values that have upset readers of tables.
NASTY = [
    "", " ", '"', '""', '"a', 'a"b', "'", ",", ",,", "\n", "\r", "\r\n", "\0", "\x1a", "\ufeff", "\ufffd", "\N{NO-BREAK SPACE}",
    "0", "-0", "-1", "+1", "1.0", "1_0", "1e3", "1e400", "nan", "inf", "-inf", "NULL", "None", "true", "0x1f", "9" * 40,
    "2147483647", "2147483648", "-9223372036854775809", "180", "90", "-90.0000001", "1,5", "٣", "\N{FULLWIDTH DIGIT ONE}", "㊿", "½",
    "24:00:00", "24:60:00", "999:59:59", "1000:00:00", "7:5:0", "::", "-1:00:00", "07:05", "07:05:00:00", " 7:05:00",
    "20260310", "2026-03-10", "20260230", "00000000", "99991231", "10000101", "Europe/London", "UTC", "../../etc", "/",
    "Europe", "posixrules", "A", "P", "P1", "B", "T1", "T3", "R", "daily", "é", "城" * 100, "x" * 70_000, "=1+1",
    "<script>",
]  # fmt: skip

fuzz = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def judge(path: Path) -> None:
    """Read through every door; nothing but a result or a sentence may come out, and the doors must agree."""
    inspection = inspect_feed(path)
    if inspection.feed is None:
        first = inspection.errors[0]
        with pytest.raises(FeedError) as refused:
            read_feed(path)
        assert (refused.value.code, refused.value.file, refused.value.row) == (
            first.code,
            first.file,
            first.row,
        )
        one_sentence(refused.value)
    else:
        feed = read_feed(path)
        assert not inspection.errors
        assert feed.notices == inspection.notices == inspection.feed.notices
        assert {name: len(table) for name, table in feed.tables.items()} == {
            name: len(table) for name, table in inspection.tables.items()
        }
    for notice in inspection.notices:
        assert notice.count >= 1
        assert len(notice.sentence().splitlines()) == 1
    try:
        timetable = read_timetable(path, date="2026-03-10")
    except ToolkitError as error:
        one_sentence(error)
    else:
        assert not inspection.errors
        assert len(timetable.run_trip) > 0


def one_sentence(error: ToolkitError) -> None:
    assert len(str(error).splitlines()) == 1
    assert len(str(error)) < 600


def judge_files(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        folder = Path(made) / "feed"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        judge(folder)


def clean() -> dict[str, bytes]:
    return {name: text.encode() for name, text in bf.CLEAN.items()}


pieces = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"\n", b"\r", b'"', b",", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xc3"]),
)


@seed(20260310)
@fuzz
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.floats(0, 1), st.integers(0, 12), pieces), min_size=1, max_size=4
    )
)
def test_bytes_of_files(damages):
    """Somewhere in a file some bytes are cut out and others stand in their place."""
    files = clean()
    for name, where, length, piece in damages:
        at = round(where * len(files[name]))
        files[name] = files[name][:at] + piece + files[name][at + length :]
    judge_files(files)


cells = st.sampled_from(NAMES).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.integers(0, len(CELLS[name]) - 1),
        st.integers(0, len(CELLS[name][0]) - 1),
        st.one_of(st.sampled_from(NASTY), st.text(max_size=6)),
    )
)


@seed(20260311)
@fuzz
@given(st.lists(cells, min_size=1, max_size=3))
def test_cells_and_headers(damages):
    """Cells, of the header too, hold what no one expects."""
    tables = {name: [list(row) for row in rows] for name, rows in CELLS.items()}
    for name, row, column, value in damages:
        tables[name][row][column] = value
    judge_files(
        {
            name: "".join(",".join(row) + "\n" for row in rows).encode("utf-8", errors="surrogatepass")
            for name, rows in tables.items()
        }
    )


rows_moved = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(["drop", "repeat", "blank", "swap", "empty", "absent"]),
    st.floats(0, 0.999),
)


@seed(20260312)
@fuzz
@given(st.lists(rows_moved, min_size=1, max_size=5))
def test_rows_and_files(moves):
    """Rows are lost, doubled, blanked or out of order; files are emptied or gone."""
    files = {name: text.splitlines(keepends=True) for name, text in bf.CLEAN.items()}
    for name, move, where in moves:
        lines = files.get(name)
        if not lines:
            continue
        at = int(where * len(lines))
        if move == "drop":
            del lines[at]
        elif move == "repeat":
            lines.insert(at, lines[at])
        elif move == "blank":
            lines.insert(at, "\n")
        elif move == "swap":
            lines[0], lines[at] = lines[at], lines[0]
        elif move == "empty":
            lines.clear()
        else:
            del files[name]
    judge_files({name: "".join(lines).encode() for name, lines in files.items()})


def packed(method: int) -> bytes:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        path = Path(made) / "feed.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            for name in NAMES:
                archive.writestr(zipfile.ZipInfo(name), bf.CLEAN[name], method)
        return path.read_bytes()


ZIPS = [packed(method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]


@seed(20260313)
@fuzz
@given(
    st.sampled_from(ZIPS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), st.binary(max_size=4)), min_size=1, max_size=3),
    st.booleans(),
)
def test_bytes_of_zips(content, damages, in_the_list):
    """Bytes of a zip change, anywhere or in the list of its files."""
    begin = content.index(b"PK\x01\x02") if in_the_list else 0
    for where, length, piece in damages:
        at = begin + round(where * (len(content) - begin))
        content = content[:at] + piece + content[at + length :]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as made:
        path = Path(made) / "feed.zip"
        path.write_bytes(content)
        judge(path)
        assert list(Path(made).iterdir()) == [path]
