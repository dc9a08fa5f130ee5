"""Lines of a text: found block by block, they are the lines that Python finds in the whole."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from accessibility.feeds import lines as feed_lines
from accessibility.feeds import text_lines
from accessibility.feeds.lines import read_rows
from accessibility.feeds.schema import Column

COLUMNS = (Column("a", "text"), Column("b", "text"))
quick = settings(max_examples=150, deadline=None, database=None)
texts = st.lists(
    st.sampled_from([b"1,2", b"x", b"", b" ", b"\n", b"\r", b"\r\n", b'"', b"\xc3\xa9"]), max_size=25
).map(b"".join)


@pytest.fixture(params=[3, 1 << 20])
def block_bytes(request, monkeypatch):
    """Blocks so small that every line ends one, and blocks that hold the whole."""
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", request.param)
    monkeypatch.setattr(text_lines, "_PIECE_BYTES", request.param)


def as_bytes(text: bytes) -> np.ndarray:
    return np.frombuffer(text, dtype=np.uint8)


@pytest.mark.usefixtures("block_bytes")
def test_lines_are_those_python_finds():
    @seed(7)
    @quick
    @given(texts)
    def check(text):
        lines = text.splitlines()
        data = as_bytes(text)
        assert text_lines.filled_lines(data).tolist() == [i for i, line in enumerate(lines) if line]
        odd = [i for i, line in enumerate(lines) if line.count(b'"') % 2]
        assert text_lines.lines_with_odd_quotes(data).tolist() == odd
        long = text_lines.long_lines(data, most_bytes=6).tolist()
        assert set(long) >= {i for i, line in enumerate(lines) if len(line) > 6}
        assert set(long) <= {i for i, line in enumerate(lines) if len(line) > 5}
        assert text_lines.count_lines(data) == len(lines)

    check()


@pytest.mark.usefixtures("block_bytes")
def test_the_first_line_that_is_no_text():
    text = b"a,b\n\xc3\xa9,2\r\n\r\nx,\xe9\n\xff,1\n"
    assert text_lines.first_line_not_utf8(as_bytes(text)) == 3
    assert text_lines.first_line_not_utf8(as_bytes(text[:9])) is None


@pytest.mark.parametrize("block", [64, 1 << 20])
def test_rows_stand_on_the_lines_python_finds(monkeypatch, block):
    """Rows of two cells, of another number of cells and blank ones, in any mixture, whatever the reader's blocks."""
    monkeypatch.setattr(feed_lines, "LINE_BYTES", block)
    rows = st.lists(st.sampled_from(["1,2", "3,4", "5,6,7", "8", "", "   ", '"9, 9",0', "é,ü"]), max_size=40)

    @seed(11)
    @quick
    @given(rows, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
    def check(rows, end, ended):
        text = end.join(["a,b", *rows]) + (end if ended else "")
        read = read_rows(pa.py_buffer(text.encode()), COLUMNS, file="f")
        right = [i + 2 for i, row in enumerate(rows) if row in ("1,2", "3,4", '"9, 9",0', "é,ü")]
        uneven = [i + 2 for i, row in enumerate(rows) if row in ("5,6,7", "8")]
        spaces = [i + 2 for i, row in enumerate(rows) if row == "   "]
        assert [read.rows.line(i) for i in range(read.rows.count)] == right
        found = {notice.code: (notice.row, notice.count) for notice in read.notices}
        assert found == {
            code: (where[0], len(where))
            for code, where in (("invalid_row_length", uneven), ("empty_row", spaces))
            if where
        }

    check()


def test_a_line_break_in_quotes_is_found_wherever_the_readers_blocks_end(monkeypatch):
    monkeypatch.setattr(feed_lines, "LINE_BYTES", 64)
    for before in range(40):
        text = "a,b\n" + "1,2\n" * before + '"x\ny",3\n' + "4,5\n" * 30
        (notice,) = read_rows(pa.py_buffer(text.encode()), COLUMNS, file="f").notices
        assert (notice.code, notice.row, notice.count) == ("new_line_in_value", before + 2, 1)
