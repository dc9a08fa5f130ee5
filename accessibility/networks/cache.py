"""Networks and streets kept on disk: built once, then read, for as long as every byte that made them is the same.

An entry's name is the hash of everything its network rests on, so a changed input or parameter is another entry and
nothing ever goes out of date.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely
from pyproj import CRS
from pyproj.datadir import get_data_dir, get_user_data_dir  # type: ignore[attr-defined]
from pyproj.network import is_network_enabled  # type: ignore[attr-defined]

from accessibility._version import __version__
from accessibility.cache_place import cache_folder
from accessibility.errors import InputError, ParameterError
from accessibility.networks.cache_entry import Entry
from accessibility.networks.kept_walks import kept_network
from accessibility.networks.network import Network, WalkLimits, build_network
from accessibility.points import check_metric_crs
from accessibility.streets.off_street import check_max_snap
from accessibility.streets.streets import StreetMode, StreetNetwork, read_streets
from accessibility.timetables.service_date import parse_service_date
from accessibility.timetables.step_free import Unknown
from accessibility.timetables.timetable import read_timetable
from accessibility.transxchange.conversion import conversion_key, holds_transxchange


def load_network(
    feeds: str | Path | Sequence[str | Path],
    streets: str | Path | None = None,
    *,
    date: str | dt.date,
    step_free: Unknown | None = None,
    walk_speed_kmh: float = 4.8,
    max_access_min: float = 20,
    max_egress_min: float = 20,
    max_transfer_min: float = 10,
    max_direct_min: float = 40,
    min_transfer_min: float = 1,
    detour: float = 1.3,
    max_snap_m: float = 500,
    crs: CRS | str | None = None,
    cache_dir: str | Path | None = None,
) -> Network:
    """Read feeds and join them with the walks around their stops, or take the same from the cache.

    The answer is that of `build_network` on `read_timetable` and `read_streets`. It is kept under a hash of the bytes of
    every feed and of the streets, the date, all parameters, the toolkit's own source and the versions of the libraries
    that shape it; a change in any of them builds anew. The streets are kept by themselves too, so that another feed does
    not read them again; and so are the walks of a thousand points or more that the network is asked about. A damaged
    entry is built anew with a warning. Where the folder cannot be used, the network is built without it, with a warning.
    Two processes that ask for the same network build it once. All entries together take 2 GiB at most: beyond that those
    unused for longest are deleted.

    Parameters
    ----------
    feeds
        Paths of GTFS zips or folders; see `read_timetable`.
    streets
        File of the streets to walk on, see `read_streets`; None: walks are straight lines times `detour`.
    date
        The service day, ``YYYY-MM-DD`` or a date, or ``auto``; see `read_timetable`.
    step_free
        As for `read_timetable`.
    walk_speed_kmh
        Walking speed.
    max_access_min, max_egress_min, max_transfer_min, max_direct_min
        Longest walk to the first stop, from the last, between two, and of a journey on foot alone; inclusive.
    min_transfer_min
        Time kept for a change on top of its walk, also at the same stop; transfers.txt may replace the sum.
    detour
        Factor on straight lines; not used where there are streets.
    max_snap_m
        A stop or point farther from every street than this cannot be walked from or to; not used without streets.
    crs
        Metric CRS; by default that of the streets, or without streets the British National Grid where the middle stop is
        in Great Britain, else that stop's UTM zone.
    cache_dir
        Folder of the cache; by default the one that the environment variable ``ACCESSIBILITY_CACHE_DIR`` names, else
        the user's cache folder.

    Returns
    -------
    Network
        Frozen. Its notes are logged as warnings each time, also when it comes from the cache.

    Raises
    ------
    FeedError
        For a feed that cannot be used, with file and row where one is to blame.
    NoServiceError
        When one of the feeds has no trip on the date.
    InputError
        For a file of streets that is missing or cannot be used.
    ParameterError
        For a limit out of range, a CRS that is not projected in metres, no feed at all, or a date that is none.

    Examples
    --------
    >>> acc.load_network(metro, date="2026-03-10").timetable
    <Timetable of 2026-03-10 (Europe/London): 33 stops, 2 routes, 359 runs with the nights beside it, 0 notes>
    """
    limits = WalkLimits(
        walk_speed_kmh,
        max_access_min,
        max_egress_min,
        max_transfer_min,
        max_direct_min,
        min_transfer_min,
        detour,
    )
    check_max_snap(max_snap_m)
    recipe = _Recipe(
        feeds=(Path(feeds),) if isinstance(feeds, str | Path) else tuple(Path(feed) for feed in feeds),
        date=parse_service_date(date),
        step_free=step_free,
        streets=None if streets is None else _street_file(streets),
        walking={
            **{name: float(value) for name, value in dataclasses.asdict(limits).items()},
            "max_snap_m": float(max_snap_m),
        },
        crs=None if crs is None else check_metric_crs(crs),
        folder=cache_folder(cache_dir),
    )
    key = recipe.key()
    entry = Entry(recipe.folder, key, Network)
    network = entry.obtain(recipe.build, unchanged=lambda: recipe.key() == key)
    return kept_network(network, folder=recipe.folder, made_with=_hash(made_with()))


def load_streets(
    source: str | Path,
    *,
    mode: StreetMode = "walk",
    crs: CRS | str | None = None,
    cache_dir: str | Path | None = None,
) -> StreetNetwork:
    """Read a file of streets, or take the same from the cache.

    The answer is that of `read_streets`, kept as `load_network` keeps networks.

    Parameters
    ----------
    source
        A file that `read_streets` reads.
    mode
        On foot or by car.
    crs
        Metric CRS of the streets, or None.
    cache_dir
        Folder of the cache, as for `load_network`.

    Returns
    -------
    StreetNetwork
        Frozen. Its notes are logged as warnings each time, also when it comes from the cache.

    Raises
    ------
    InputError
        For a file that is missing or cannot be used.
    ParameterError
        For a mode that is none, or a CRS that is not projected in metres.

    Examples
    --------
    >>> acc.load_streets(roads_file, mode="drive").mode
    'drive'
    """
    path, metric = _street_file(source), None if crs is None else check_metric_crs(crs)

    def key() -> str:
        return _hash([made_with(), path.name, _sha256(path), mode, None if metric is None else metric.srs])

    before = key()
    entry = Entry(cache_folder(cache_dir), before, StreetNetwork)
    return entry.obtain(lambda: read_streets(path, mode=mode, crs=metric), unchanged=lambda: key() == before)


@dataclass(frozen=True)
class _Recipe:
    """All that a network is made of."""

    feeds: tuple[Path, ...]
    date: str | dt.date
    step_free: Unknown | None
    streets: Path | None
    walking: Mapping[str, float]
    crs: CRS | None
    folder: Path

    def build(self) -> Network:
        """Make the network."""
        timetable, streets = read_timetable(self.feeds, date=self.date, step_free=self.step_free), None
        if self.streets is not None:
            streets = load_streets(self.streets, crs=self.crs, cache_dir=self.folder)
        return build_network(timetable, streets, **self.walking, crs=self.crs)

    def key(self) -> str:
        """Hash what the network rests on, as it stands on disk now."""
        told = {
            "made with": made_with(),
            "step free": self.step_free,
            # Feeds are merged in the order of their names, so the order in which they are given says nothing.
            "feeds": sorted([path.name, *_contents(path)] for path in self.feeds),
            # What "auto" comes to is settled by the feeds and the toolkit's source, which are told as well.
            "date": str(self.date),
            "streets": None if self.streets is None else [self.streets.name, _sha256(self.streets)],
            "walking": dict(self.walking),
            "crs": None if self.crs is None else self.crs.srs,
        }
        return _hash(told)


def _street_file(source: object) -> Path:
    """Take the path of a file; a place by name, or streets already read, have no bytes to go by."""
    if not isinstance(source, str | Path):
        raise ParameterError(
            f"streets is a {type(source).__name__}; give the path of a file here, or use build_network on read_streets"
        )
    if not Path(source).is_file():
        raise InputError("no such file of streets; a place by its name is for read_streets", file=str(source))
    return Path(source)


def _hash(told: object) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _contents(feed: Path) -> Iterator[str]:
    """Name and hash of everything in a feed that could be read; nothing where there is no feed, which reading refuses."""
    if holds_transxchange(feed):
        yield conversion_key(feed)
        return
    if feed.is_file():
        yield _sha256(feed)
    for path in sorted((*feed.glob("*"), *feed.glob("*/*"))):
        # The reader takes capitals too, which a pattern passes over where the system tells them apart.
        if path.suffix.lower() == ".txt" and path.is_file():
            yield path.relative_to(feed).as_posix()
            yield _sha256(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def made_with() -> dict[str, object]:
    """Versions of what shapes a network: the toolkit, by its source too, the libraries, and the grids of PROJ.

    The source is there for those who work on the toolkit, whose version stands still; the grids, because one that is
    added or removed moves the stops by metres.
    """
    home = Path(__file__).resolve().parent.parent
    source = sorted(home.rglob("*.py"))
    folders = [*get_data_dir().split(os.pathsep), get_user_data_dir()]
    return {
        "toolkit": __version__,
        "source": [[path.relative_to(home).as_posix(), _sha256(path)] for path in source],
        "networkx": version("networkx"),
        "numpy": np.__version__,
        "osmium": version("osmium"),
        "osmnx": version("osmnx"),
        "pandas": pd.__version__,
        "pyarrow": pa.__version__,
        "pyproj": [pyproj.__version__, pyproj.proj_version_str, is_network_enabled()],
        "shapely": [shapely.__version__, shapely.geos_version_string],
        "grids": sorted(path.name for folder in folders for path in Path(folder).glob("*.tif")),
    }
