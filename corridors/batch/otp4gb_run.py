"""The matrices that a configuration of otp4gb-py asks for, computed without OpenTripPlanner."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

import accessibility as acc
from accessibility.networks.cut import only_routes
from corridors.batch.otp4gb import MatrixQuestion, questions_of, read_config, without_counterpart
from corridors.errors import ImportedConfigError
from corridors.outputs import prepare_folder, write_text, write_whole
from corridors.progress import Progress, silent
from corridors.tables.reading import read_table
from corridors.tables.tables import Field, TableSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from corridors.batch.otp4gb import Config, Extents

CENTROIDS: Final = TableSpec(
    row="zone",
    key=("zone_id",),
    fields=(
        Field("zone_id", "text", "id of the zone"),
        Field("zone_name", "text", "its name", required=False, may_be_empty=True),
        Field("zone_system", "text", "what kind of zone it is", required=False, may_be_empty=True),
        Field("latitude", "latitude", "of the zone's centroid, in degrees (WGS 84)"),
        Field("longitude", "longitude", "of the zone's centroid, in degrees (WGS 84)"),
    ),
)
#: How people walk in OpenTripPlanner where nothing else is said: 1.33 m/s.
_WALK_SPEED_KMH: Final = 4.8
_MOST_WALK_MIN: Final = 120.0
_UNION: Final = "all_times"


@dataclass(frozen=True)
class ImportedMatrices:
    """What was computed of a configuration.

    Attributes
    ----------
    outputs
        A CSV per question with ``from_id, to_id, travel_time_p50`` (minutes, empty where unreachable) and, for
        isochrones, ``band_min``; and ``otp4gb.md``, which says what each holds.
    definitions
        What the minutes of each file are, by its name.
    notes
        What of the configuration is not done or done otherwise, what was left out, and the warnings of the feeds.
    """

    outputs: dict[str, Path]
    definitions: dict[str, str]
    notes: tuple[str, ...]


def run_otp4gb(
    path: Path,
    *,
    out: str | Path,
    assets: Path | None = None,
    straight_lines: bool = False,
    max_time_min: float = 120,
    progress: Progress | None = None,
) -> ImportedMatrices:
    """Answer a configuration of otp4gb-py: minutes between its centroids, for each of its periods and sets of modes.

    Parameters
    ----------
    path
        The ``config.yml`` or its folder.
    out
        Folder for the matrices, which `corridors.access.matrices.read_times` reads.
    assets
        Folder of feeds, streets and centroids, beside the configuration's own and its ``assets``.
    straight_lines
        Walk in straight lines times 1.3 instead of along the streets of ``osm_file``.
    max_time_min
        The longest journey of a matrix.
    progress
        Called with the step in words and the share of it that is done.

    Raises
    ------
    ToolkitError
        When the configuration or one of its files cannot be used.
    """
    tell = progress or silent
    config = read_config(path)
    questions = questions_of(config, max_time_min=max_time_min)
    folder = prepare_folder(out)
    find = partial(_found, folders=_folders(path, assets))
    tell("Reading centroids", 0)
    origins, said = _centroids(find(config.centroids), config.extents)
    destinations = origins
    if config.destination_centroids:
        destinations, more = _centroids(find(config.destination_centroids), config.extents)
        said += more
    tell("Reading timetables", 0)
    timetable = acc.read_timetable([find(name) for name in config.gtfs_files], date=config.date)
    streets = None if straight_lines else acc.read_streets(_streets(config, find))
    walk_min = min(config.max_walk_distance * 0.06 / _WALK_SPEED_KMH, _MOST_WALK_MIN)
    network = acc.build_network(
        timetable,
        streets,
        walk_speed_kmh=_WALK_SPEED_KMH,
        max_access_min=walk_min,
        max_egress_min=walk_min,
    )
    written, definitions = {}, {}
    for number, question in enumerate(questions):
        tell("Travel times", number / len(questions))
        ridden = _ridden(network, question)
        name = f"times_{question.name}.csv"
        written[name] = _write(folder / name, _parts(ridden, origins, destinations, question), question)
        definitions[name] = question.in_words(walk_min=walk_min, walk_speed_kmh=_WALK_SPEED_KMH)
    if config.isochrone_configuration is not None and config.isochrone_configuration.union_all_times:
        for name, members in _unions(questions).items():
            tell("Best of all times", 0)
            tables = [_minutes(_ridden(network, each), origins, destinations, each) for each in members]
            best = tables[0].assign(travel_time_p50=np.minimum.reduce([t["travel_time_p50"] for t in tables]))
            written[name] = _write(folder / name, [best], members[0])
            definitions[name] = "the least of the minutes at each time of travel: an upper bound of access"
    notes = (*without_counterpart(config), *said, f"walks are {network.walking_words}", *network.notes)
    written["otp4gb.md"] = write_text(folder / "otp4gb.md", _paper(config, definitions, notes))
    tell("Travel times", 1)
    return ImportedMatrices(written, definitions, notes)


def _folders(path: Path, assets: Path | None) -> list[Path]:
    own = path if path.is_dir() else path.parent
    return [own, own / "assets", *([] if assets is None else [assets])]


def _found(name: str, *, folders: Sequence[Path]) -> Path:
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    looked = ", ".join(str(folder) for folder in folders)
    raise ImportedConfigError(f"{name} is in none of {looked}; name its folder with --assets")


def _streets(config: Config, find: partial[Path]) -> Path:
    if config.osm_file is None:
        raise ImportedConfigError("names no osm_file; say --straight-lines to walk without streets")
    return find(config.osm_file)


def _centroids(path: Path, extents: Extents | None) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Read centroids and clip them to the extents, with a note of how many lie outside."""
    table = read_table(path, CENTROIDS)
    points = gpd.GeoDataFrame(
        {"id": table["zone_id"]},
        geometry=gpd.points_from_xy(table["longitude"], table["latitude"]),
        crs="EPSG:4326",
    ).reset_index(drop=True)
    if extents is None:
        return points, []
    box = (extents.min_lon, extents.min_lat, extents.max_lon, extents.max_lat)
    inside = points.cx[box[0] : box[2], box[1] : box[3]]
    if inside.empty:
        raise ImportedConfigError(
            f"{path.name}: none of its {len(points):,} centroids lies within the extents {box}"
        )
    lost = len(points) - len(inside)
    said = [f"{path.name}: {lost:,} of {len(points):,} centroids lie outside the extents and were left out"]
    return inside.reset_index(drop=True), said if lost else []


def _ridden(network: acc.Network, question: MatrixQuestion) -> acc.Network:
    """Leave the routes of the modes that may be ridden."""
    if question.modes is None:
        return network
    routes = network.timetable.routes["mode"].isin(question.modes).to_numpy(dtype=bool)
    if not routes.any():
        there = ", ".join(sorted(set(network.timetable.routes["mode"])))
        raise ImportedConfigError(
            f"the feeds have no route of {' or '.join(question.modes)}, which {question.name!r} asks for; there are {there}"
        )
    return dataclasses.replace(network, timetable=only_routes(network.timetable, routes))


def _parts(
    network: acc.Network, origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, question: MatrixQuestion
) -> Iterable[pd.DataFrame]:
    return acc.iter_travel_times(
        network,
        origins,
        destinations,
        window=question.window,
        percentiles=(question.percentile,),
        max_time_min=question.max_time_min,
        direction=question.direction,
    )


def _minutes(
    network: acc.Network, origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, question: MatrixQuestion
) -> pd.DataFrame:
    return acc.travel_times(
        network,
        origins,
        destinations,
        window=question.window,
        percentiles=(question.percentile,),
        max_time_min=question.max_time_min,
        direction=question.direction,
    )


def _unions(questions: Sequence[MatrixQuestion]) -> dict[str, list[MatrixQuestion]]:
    """Gather the questions of each set of modes, over all periods, by the name of their file."""
    found: dict[str, list[MatrixQuestion]] = {}
    for question in questions:
        ridden = "_".join(question.modes or ("transit",))
        found.setdefault(f"times_{_UNION}_{ridden.replace(' ', '_')}.csv", []).append(question)
    return found


def _write(path: Path, parts: Iterable[pd.DataFrame], question: MatrixQuestion) -> Path:
    """Write a matrix part by part, so that it need not fit into memory."""

    def write(part_path: Path) -> None:
        with part_path.open("w", encoding="utf-8", newline="") as file:
            for number, part in enumerate(parts):
                table = part.assign(**_bands(part, question)).replace(np.inf, np.nan)
                # Four places tell every second from its neighbours, and leave 45 minutes 45.
                table.to_csv(file, index=False, header=number == 0, lineterminator="\n", float_format="%.4f")

    return write_whole(path, write)


def _bands(part: pd.DataFrame, question: MatrixQuestion) -> dict[str, pd.Series]:
    """Name the band that each time falls into, by its upper end; empty beyond the last."""
    if not question.steps_min:
        return {}
    steps = np.array([*question.steps_min, np.nan])
    at = np.searchsorted(question.steps_min, part[f"travel_time_p{question.percentile:02d}"].to_numpy())
    return {"band_min": pd.Series(steps[at], index=part.index).astype("Int64")}


def _paper(config: Config, definitions: dict[str, str], notes: Sequence[str]) -> str:
    lines = [
        "# Travel times of an otp4gb-py configuration",
        f"Service day {config.date.isoformat()}; feeds {', '.join(config.gtfs_files)}.",
        "\n".join(f"* `{name}`: {meaning}." for name, meaning in definitions.items()),
        "Empty minutes are destinations out of reach. Not modelled: fares, crowding, reliability.",
        "\n".join(f"* {note}" for note in notes),
    ]
    return "\n\n".join(lines) + "\n"
