"""Where the stops of TransXChange are: by the national register NaPTAN, else by the document itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from pyproj import Transformer

from accessibility.errors import FeedError

_NEEDED: Final = ("ATCOCode", "CommonName", "Longitude", "Latitude")
_GRID: Final = ("Easting", "Northing", "GridType")
#: How the register marks the British grid; Irish stops are on another.
_BRITISH: Final = ("", "UKOS", "U")


def read_naptan(path: Path) -> pd.DataFrame:
    """Read the positions of stops from a NaPTAN CSV.

    Parameters
    ----------
    path
        As https://naptan.api.dft.gov.uk/v1/access-nodes?dataFormat=csv gives it, or rows of it.

    Returns
    -------
    pandas.DataFrame
        Indexed by ATCO code: ``stop_name``, ``stop_lat`` and ``stop_lon`` in degrees, from the British grid where the
        register gives no degrees. Stops without any position are left out; of a code that is there twice, the first.

    Raises
    ------
    FeedError
        When it cannot be read or lacks a column.
    """
    try:
        texts = _columns(path, "utf8")
    except pa.ArrowInvalid:
        # Older editions are Latin-1; what is neither fails again.
        try:
            texts = _columns(path, "latin1")
        except pa.ArrowInvalid as error:
            raise _no_register(path, f"cannot be read as CSV ({error})") from None
    except OSError as error:
        raise _no_register(path, f"cannot be read ({error.strerror or error})") from None
    if not texts["ATCOCode"].any() or not (texts["Longitude"].any() or texts["Easting"].any()):
        raise _no_register(
            path, f"is not NaPTAN's CSV of access nodes, which has the columns {', '.join(_NEEDED)}"
        )
    stops = _positions(texts)
    return stops[~stops.index.duplicated()]


def to_degrees(
    easting: npt.NDArray[np.float64], northing: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitude and latitude of metres on the British grid."""
    lon, lat = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True).transform(easting, northing)
    return np.asarray(lon), np.asarray(lat)


def own_position(stop: Any) -> tuple[float, float] | None:  # noqa: ANN401 - a record of transx2gtfs, which has no types
    """Longitude and latitude that a document gives of its stop; None where it gives none."""
    for x, y in ((stop.longitude, stop.latitude), (stop.easting, stop.northing)):
        place = pd.to_numeric(pd.Series([x, y], dtype=object), errors="coerce").to_numpy(dtype=np.float64)
        if not np.isfinite(place).all():
            continue
        if abs(place[0]) <= 180 and abs(place[1]) <= 90:
            return float(place[0]), float(place[1])
        lon, lat = to_degrees(place[:1], place[1:])
        return float(lon[0]), float(lat[0])
    return None


def _columns(path: Path, encoding: str) -> pd.DataFrame:
    """Read the columns wanted as texts; one that the file lacks is empty."""
    columns = (*_NEEDED, *_GRID)
    table = pa_csv.read_csv(
        path,
        read_options=pa_csv.ReadOptions(encoding=encoding),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            include_columns=list(columns),
            include_missing_columns=True,
            column_types=dict.fromkeys(columns, pa.string()),
            strings_can_be_null=False,
        ),
    )
    texts = {name: table.column(name).fill_null("").to_pylist() for name in columns}
    return pd.DataFrame(texts, dtype=object)


def _no_register(path: Path, reason: str) -> FeedError:
    return FeedError(reason, file=path.name, code="naptan")


def _positions(table: pd.DataFrame) -> pd.DataFrame:
    numbers = {
        name: pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64, copy=True)
        for name in ("Longitude", "Latitude", "Easting", "Northing")
    }
    lon, lat = numbers["Longitude"], numbers["Latitude"]
    bare = ~(np.isfinite(lon) & np.isfinite(lat)) & table["GridType"].isin(_BRITISH).to_numpy()
    bare &= np.isfinite(numbers["Easting"]) & np.isfinite(numbers["Northing"])
    lon[bare], lat[bare] = to_degrees(numbers["Easting"][bare], numbers["Northing"][bare])
    stops = pd.DataFrame({"stop_name": table["CommonName"], "stop_lat": lat, "stop_lon": lon})
    stops.index = pd.Index(table["ATCOCode"].str.strip(), dtype=object)
    placed: pd.DataFrame = stops[np.isfinite(lon) & np.isfinite(lat) & (stops.index != "")]
    return placed
