"""Write nodes and ways as an OpenStreetMap PBF file, without a protobuf library.

The peers read streets only from PBF. The format is the OpenStreetMap wiki's "PBF Format": a length, a header and a blob
per block; blobs are left uncompressed, so the bytes depend on nothing but the input.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

#: The format's own limit on entities in one block.
_NODES_PER_BLOCK = 8000
_VARINT, _BYTES = 0, 2
_NANODEGREES_PER_UNIT = 100


def write_pbf(
    path: Path,
    *,
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    ways: Sequence[tuple[str, Sequence[int]]],
) -> None:
    """Write a street network; nodes are numbered from 1 in the order given, ways likewise.

    Parameters
    ----------
    path
        File to write.
    lon, lat
        Degrees, EPSG:4326, one per node; kept to 7 decimals.
    ways
        Each way's ``highway`` value and its nodes, as positions in `lon`.
    """
    with path.open("wb") as file:
        file.write(_blob(b"OSMHeader", _header()))
        for first in range(0, len(lon), _NODES_PER_BLOCK):
            block = slice(first, first + _NODES_PER_BLOCK)
            file.write(_blob(b"OSMData", _node_block(first + 1, lon[block], lat[block])))
        for first in range(0, len(ways), _NODES_PER_BLOCK):
            file.write(_blob(b"OSMData", _way_block(first + 1, ways[first : first + _NODES_PER_BLOCK])))


def _header() -> bytes:
    features = [b"OsmSchema-V0.6", b"DenseNodes"]
    return b"".join(_bytes(4, feature) for feature in features) + _bytes(16, b"metropolis")


def _node_block(first_id: int, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> bytes:
    ids = np.arange(first_id, first_id + len(lon), dtype=np.int64)
    units = [np.round(degrees * 1e9 / _NANODEGREES_PER_UNIT).astype(np.int64) for degrees in (lat, lon)]
    dense = _bytes(1, _deltas(ids)) + _bytes(8, _deltas(units[0])) + _bytes(9, _deltas(units[1]))
    return _block([b""], _bytes(2, dense))


def _way_block(first_id: int, ways: Sequence[tuple[str, Sequence[int]]]) -> bytes:
    values = sorted({highway for highway, _ in ways})
    texts = [b"", b"highway", *(value.encode() for value in values)]
    group = bytearray()
    for way_id, (highway, nodes) in enumerate(ways, start=first_id):
        tags = _bytes(2, b"\x01") + _bytes(3, _varint(values.index(highway) + 2))
        refs = _deltas(np.asarray(nodes, dtype=np.int64) + 1)
        group += _bytes(3, _number(1, way_id) + tags + _bytes(8, refs))
    return _block(texts, bytes(group))


def _block(texts: Iterable[bytes], group: bytes) -> bytes:
    return (
        _bytes(1, b"".join(_bytes(1, text) for text in texts))
        + _bytes(2, group)
        + _number(17, _NANODEGREES_PER_UNIT)
    )


def _blob(kind: bytes, content: bytes) -> bytes:
    blob = _bytes(1, content) + _number(2, len(content))
    header = _bytes(1, kind) + _number(3, len(blob))
    return struct.pack(">I", len(header)) + header + blob


def _deltas(values: npt.NDArray[np.int64]) -> bytes:
    """Differences between neighbours, zigzag-coded and packed."""
    steps = np.diff(values, prepend=np.int64(0))
    return b"".join(_varint(int(step)) for step in (steps << 1) ^ (steps >> 63))


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
