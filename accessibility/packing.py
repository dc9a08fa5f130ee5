"""Networks, streets and walks to bytes and back, exactly: every array, table, type and number as it was, and no pickle.

Bytes that were tampered with can make the reading fail, but cannot run code.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS

from accessibility.networks.network import Changes, Network, WalkLimits
from accessibility.networks.walking import Walks
from accessibility.streets.snapping import Snapped
from accessibility.streets.streets import StreetNetwork
from accessibility.timetables.timetable import Timetable
from accessibility.timetables.transfer_rules import TransferRules

#: The classes that may be packed; only these are ever made when reading.
CLASSES: Final = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (Network, Timetable, Changes, TransferRules, WalkLimits, StreetNetwork, Snapped, Walks)
    }
)
_SCALARS: Final = (bool, int, float, str, type(None))
_TREE: Final = "tree"

Arrays = dict[str, npt.NDArray[Any]]
Node = Any


def pack(value: object) -> bytes:
    """Write a network, or whatever else is kept, as the bytes of an ``.npz`` file.

    Parameters
    ----------
    value
        Made of `CLASSES`, tuples, numbers, texts, dates, arrays, tables and coordinate reference systems.

    Returns
    -------
    bytes
        The same for the same value.

    Raises
    ------
    TypeError
        For anything that would not come back exactly as it was.
    """
    arrays: Arrays = {}
    tree = json.dumps(_encode(value, arrays), separators=(",", ":"))
    arrays[_TREE] = np.frombuffer(tree.encode(), dtype=np.uint8)
    stream = io.BytesIO()
    # Not `numpy.savez`, which would pickle what it cannot write.
    with zipfile.ZipFile(stream, "w") as stored:
        for name, array in arrays.items():
            with stored.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return stream.getvalue()


def unpack(data: bytes) -> object:
    """Make again what `pack` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        tree = json.loads(stored[_TREE].tobytes())
        arrays = {name: stored[name] for name in stored.files if name != _TREE}
    value: object = _decode(tree, arrays)
    return value


def _encode(value: object, arrays: Arrays) -> Node:
    """Turn a value into JSON, its arrays put aside under a number."""
    # Exact types: a numpy number or a time stamp is a subclass, and would come back as something else.
    kind = type(value)
    if kind in _SCALARS:
        return value
    if isinstance(value, tuple) and kind is tuple:
        return [_encode(item, arrays) for item in value]
    if CLASSES.get(kind.__name__) is kind:
        names = [field.name for field in dataclasses.fields(CLASSES[kind.__name__])]
        return {
            "kind": kind.__name__,
            "fields": {name: _encode(getattr(value, name), arrays) for name in names},
        }
    return _encode_leaf(value, arrays)


def _encode_leaf(value: object, arrays: Arrays) -> Node:
    if isinstance(value, np.ndarray):
        return {"kind": "array", "at": _put_aside(value, arrays)}
    if isinstance(value, pd.DataFrame):
        return {"kind": "table", **_encode_table(value, arrays)}
    if type(value) is dt.date:
        return {"kind": "date", "iso": value.isoformat()}
    if isinstance(value, CRS):
        return {"kind": "crs", "from": value.srs}
    raise TypeError(f"a {type(value).__name__} cannot be packed")


def _put_aside(array: npt.NDArray[Any], arrays: Arrays) -> str:
    if type(array) is not np.ndarray or array.dtype.hasobject:
        raise TypeError(f"an array of {array.dtype} ({type(array).__name__}) cannot be packed")
    name = f"a{len(arrays)}"
    arrays[name] = array
    return name


def _encode_table(table: pd.DataFrame, arrays: Arrays) -> Node:
    if not table.index.equals(pd.RangeIndex(len(table))) or not table.columns.is_unique:
        raise TypeError("a table with an index of its own, or a column twice, cannot be packed")
    return {
        "rows": len(table),
        "names": _texts(table.columns),
        "names_dtype": _dtype_name(table.columns.dtype),
        "dtypes": [_dtype_name(dtype) for dtype in table.dtypes],
        "columns": [_encode_column(table[name], arrays) for name in table.columns],
    }


def _encode_column(column: pd.Series, arrays: Arrays) -> Node:
    if isinstance(column.dtype, np.dtype) and not column.dtype.hasobject:
        return {"kind": "array", "at": _put_aside(column.to_numpy(), arrays)}
    return _texts(column)


def _texts(values: pd.Series | pd.Index) -> list[str]:
    texts = [value for value in values if type(value) is str]
    if len(texts) < len(values):
        raise TypeError("a column that holds more than texts cannot be packed")
    return texts


def _dtype_name(dtype: object) -> str:
    name = str(dtype)
    # A name is only good when it stands for the very same type again: 'category' forgets its categories.
    if pd.api.types.pandas_dtype(name) != dtype:
        raise TypeError(f"a column of {name} cannot be packed")
    return name


def _decode(node: Node, arrays: Mapping[str, npt.NDArray[Any]]) -> Any:  # noqa: ANN401 (whatever it was)
    if isinstance(node, list):
        return tuple(_decode(item, arrays) for item in node)
    return _decode_kind(node["kind"], node, arrays) if isinstance(node, dict) else node


def _decode_kind(kind: str, node: Node, arrays: Mapping[str, npt.NDArray[Any]]) -> object:
    match kind:
        case "array":
            return arrays[node["at"]]
        case "table":
            return _decode_table(node, arrays)
        case "date":
            return dt.date.fromisoformat(node["iso"])
        case "crs":
            return CRS.from_user_input(node["from"])
    return CLASSES[kind](**{name: _decode(value, arrays) for name, value in node["fields"].items()})


def _decode_table(node: Node, arrays: Mapping[str, npt.NDArray[Any]]) -> pd.DataFrame:
    columns = [
        pd.Series(_decode(values, arrays), dtype=dtype, index=pd.RangeIndex(node["rows"]))
        for values, dtype in zip(node["columns"], node["dtypes"], strict=True)
    ]
    table = pd.DataFrame(dict(enumerate(columns)), index=pd.RangeIndex(node["rows"]))
    table.columns = pd.Index(node["names"], dtype=node["names_dtype"])
    return table
