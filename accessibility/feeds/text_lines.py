"""Lines of a text held as bytes: how many, which are blank, and which no table can have.

Numbers of lines count from 0. A line ends in LF, CR LF or CR. All rooms here look at a text block by block, so that none
asks for many times its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]

_LF, _CR, _QUOTE = 10, 13, 34
_PIECE_BYTES: Final = 1_048_576
#: As much of a text as is looked at for lines at once, and on to the end of its last line.
BLOCK_BYTES: Final = 16 * _PIECE_BYTES


def count_lines(data: Bytes) -> int:
    """Count lines, quickly."""
    ends = 0
    for start in range(0, len(data), _PIECE_BYTES):
        piece = data[start : start + _PIECE_BYTES]
        ends += int(np.count_nonzero(piece == _LF))
        is_return = piece == _CR
        if is_return.any():
            # A CR at the piece's end is looked at with what follows it.
            after = data[start + 1 : start + 1 + len(piece)]
            together = np.count_nonzero(is_return[: len(after)] & (after == _LF))
            ends += int(np.count_nonzero(is_return) - together)
    return ends + int(len(data) > 0 and data[-1] not in (_LF, _CR))


def filled_lines(data: Bytes) -> Int64Array:
    """Find the lines that are not blank."""
    filled, count = [np.empty(0, dtype=np.int64)], 0
    for starts, ends in _blocks(data):
        length = ends - starts
        only_return = (length == 1) & (data[starts] == _CR)
        filled.append(np.flatnonzero((length > 0) & ~only_return) + count)
        count += len(starts)
    return np.concatenate(filled)


def long_lines(data: Bytes, *, most_bytes: int) -> Int64Array:
    """Find the lines that are longer than a number of bytes."""
    found, count = [np.empty(0, dtype=np.int64)], 0
    for starts, ends in _blocks(data):
        found.append(np.flatnonzero(ends - starts > most_bytes) + count)
        count += len(starts)
    return np.concatenate(found)


def lines_with_odd_quotes(data: Bytes) -> Int64Array:
    """Find the lines with an odd number of quotation marks, where a value in quotes runs over the line's end."""
    found, count = [np.empty(0, dtype=np.int64)], 0
    for starts, ends in _blocks(data):
        quotes = np.flatnonzero(data[starts[0] : ends[-1]] == _QUOTE) + starts[0]
        in_line = np.searchsorted(quotes, ends) - np.searchsorted(quotes, starts)
        found.append(np.flatnonzero(in_line % 2) + count)
        count += len(starts)
    return np.concatenate(found)


def first_line_not_utf8(data: Bytes) -> int | None:
    """Find the first line that is not UTF-8 text."""
    count = 0
    for starts, ends in _blocks(data):
        try:
            data[starts[0] : ends[-1]].tobytes().decode("utf-8")
        except UnicodeDecodeError as error:
            return count + int(np.searchsorted(ends, starts[0] + error.start, side="right"))
        count += len(starts)
    return None


def _blocks(data: Bytes) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Begins and ends of the lines, block by block; a line's end is its LF or CR, so a CR before LF is within."""
    begin = 0
    while begin < len(data):
        stop = _end_of_line(data, begin + BLOCK_BYTES)
        block = data[begin:stop]
        returns = np.flatnonzero(block == _CR)
        alone = returns[block[np.minimum(returns + 1, len(block) - 1)] != _LF]
        ends = np.union1d(np.flatnonzero(block == _LF), alone)
        if not len(ends) or ends[-1] != len(block) - 1:
            ends = np.append(ends, len(block))
        yield begin + np.concatenate([[0], ends[:-1] + 1]), begin + ends
        begin = stop


def _end_of_line(data: Bytes, stop: int) -> int:
    """Find where the line ends in which a position lies: behind its LF, or at the text's end."""
    while stop < len(data) and data[stop - 1] != _LF:
        feeds = np.flatnonzero(data[stop : stop + _PIECE_BYTES] == _LF)
        stop += int(feeds[0]) + 1 if len(feeds) else _PIECE_BYTES
    return min(stop, len(data))
