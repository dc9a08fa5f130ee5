"""cafein's jobs, in its own environment. Every job runs in a process of its own.

Windows run on its trip-based router with the day's transfers computed beforehand, single departures on its RAPTOR: the
faster of the two in each case. Streets are in, for it routes points over streets only.
"""

from __future__ import annotations

from typing import Any

import cafein  # type: ignore[import-not-found]
import geopandas as gpd
import numpy as np
import pandas as pd
from cafein.streets import Footpaths  # type: ignore[import-not-found]
from measure import Given, Job, Timer, run_job, window_minutes

_MAX_RIDES = 8
_UNREACHED = np.iinfo(np.uint32).max


def build(given: Given) -> tuple[Timer, dict[str, Any]]:
    """GTFS to its core, without distances, geometry or streets."""
    with Timer() as timer:
        network_ = cafein.TransportNetwork.from_gtfs(str(given.data / "gtfs"), trip_distances=False)
    return timer, {"stops": network_.stop_count, "trips": network_.trip_count}


def network(given: Given) -> tuple[Timer, dict[str, Any]]:
    """The whole network with streets, footpaths and the day's trip-to-trip transfers; saved for the other jobs."""
    with Timer() as timer:
        network_ = cafein.TransportNetwork.from_gtfs(
            str(given.data / "gtfs"), osm_pbf=str(given.data / "streets.osm.pbf"), trip_distances=False,
            walking_speed_kmph=given.work.walk_speed_kmh, max_walking_time=given.work.max_transfer_min,
            street_modes=(),
        )  # fmt: skip
        network_.compute_tbtr_transfers(given.work.date)
    network_.save(str(given.data / "cafein.network"))
    return timer, {"transfers": network_.tbtr_transfer_count}


def one_centres(given: Given) -> tuple[Timer, dict[str, Any]]:
    """One departure, few centres."""
    return _centres(given, router="raptor")[:2]


def window_centres(given: Given) -> tuple[Timer, dict[str, Any]]:
    """A window of departures, few centres: the median; the answers are kept for the comparison."""
    window = window_minutes(given.work.centres_window)
    timer, found, table = _centres(given, router="tbtr", departure_time_window=window)
    # Origins without a stop in reach are not in its table; they are asked about all the same.
    asked = [
        [row["id"] for row in rows] for rows in (given.pick(given.rows("points")), given.rows("centres"))
    ]
    pairs = pd.MultiIndex.from_product(asked, names=["from_id", "to_id"])
    table = table.set_index(["from_id", "to_id"]).reindex(pairs).reset_index()
    table.to_csv(given.data / "cafein_centres.csv", index=False, lineterminator="\n")
    return timer, found


def points_count(given: Given) -> tuple[Timer, dict[str, Any]]:
    """A window of departures, all points: how many are within the cutoff at the median."""
    return _accessibility(given, None)


def points_jobs(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Likewise: how many jobs."""
    return _accessibility(given, "jobs")


def stop_times(given: Given) -> tuple[Timer, dict[str, Any]]:
    """Stop-to-stop times over the walks given, for the comparison of answers."""
    network_ = cafein.TransportNetwork.from_gtfs(str(given.data / "gtfs"), trip_distances=False)
    ids = [stop[0] for stop in network_.stops]
    walks = given.rows("walks")
    network_.set_transfers(_footpaths(walks, ids))
    served = {row["start"] for row in walks}
    origins = [row["stop_id"] for row in given.pick([{"stop_id": stop} for stop in sorted(served)])]
    departure = f"{given.work.date} {given.work.points_window[0]}"
    window = window_minutes(given.work.points_window)
    with Timer() as timer:
        one = network_.travel_time_matrix(origins, departure, max_rides=20, router="raptor")
        many = network_.travel_time_matrix(
            origins, departure, max_rides=20, router="tbtr", departure_time_window=window, percentiles=[50]
        )
    columns = [f"{name}|{stop}" for name in ("one", "window") for stop in ids]
    times = np.hstack([one, many.reshape(one.shape)]).astype(float)
    times[times == _UNREACHED] = np.nan
    table = pd.DataFrame(times, columns=columns, index=pd.Index(origins, name="from_id"))
    table = table[[column for column in columns if column.split("|", 1)[1] in served]]
    table.to_csv(given.data / "cafein_stops.csv", lineterminator="\n")
    return timer, {"origins": len(origins)}


def _footpaths(walks: list[dict[str, str]], ids: list[str]) -> Footpaths:
    number = {stop: i for i, stop in enumerate(ids)}
    rows = [
        (number[walk["start"]], number[walk["end"]], int(walk["seconds"]))
        for walk in walks
        if walk["start"] != walk["end"]
    ]
    start, end, seconds = np.array(rows, dtype=np.uint32).T
    return Footpaths(ids, start, end, seconds, seconds.astype(float))


def _centres(given: Given, **how: object) -> tuple[Timer, dict[str, Any], pd.DataFrame]:
    network_, points, centres = _network(given), _points(given, "points"), _points(given, "centres")
    departure = f"{given.work.date} {given.work.centres_window[0]}"
    how |= {"output_time_units": "seconds", **_walking(given)}
    cafein.TravelTimeMatrix(network_, points.head(2), centres, departure, **how)
    with Timer() as timer:
        table = cafein.TravelTimeMatrix(network_, points, centres, departure, **how)
    return timer, {"origins": len(points)}, pd.DataFrame(table)


def _accessibility(given: Given, column: str | None) -> tuple[Timer, dict[str, Any]]:
    network_, points, every = _network(given), _points(given, "points"), _every_point(given)
    departure = f"{given.work.date} {given.work.points_window[0]}"
    how = {
        "opportunities": column,
        "budgets": [given.work.cutoff_min],
        "departure_time_window": window_minutes(given.work.points_window),
        "router": "tbtr",
        **_walking(given),
    }
    cafein.Accessibility(network_, points.head(2), every, departure, **how)
    with Timer() as timer:
        table = cafein.Accessibility(network_, points, every, departure, **how)
    return timer, {"origins": len(points), "mean": float(table["accessibility"].mean())}


def _walking(given: Given) -> dict[str, object]:
    return {
        "max_rides": _MAX_RIDES,
        "walking_speed_kmph": given.work.walk_speed_kmh,
        "max_walking_time": given.work.max_walk_min,
    }


def _network(given: Given) -> cafein.TransportNetwork:
    return cafein.TransportNetwork.load(str(given.data / "cafein.network"))


def _points(given: Given, name: str) -> gpd.GeoDataFrame:
    rows = given.rows(name)
    return _frame(given.pick(rows) if name == "points" else rows)


def _every_point(given: Given) -> gpd.GeoDataFrame:
    return _frame(given.rows("points"))


def _frame(rows: list[dict[str, str]]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows)
    table = table.assign(**{name: table[name].astype(float) for name in table.columns if name != "id"})
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")


JOBS: dict[str, Job] = {
    job.__name__: job
    for job in (build, network, one_centres, window_centres, points_count, points_jobs, stop_times)
}

if __name__ == "__main__":
    run_job(JOBS)
