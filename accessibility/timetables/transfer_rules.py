"""The rules of transfers.txt, sorted so that the first one that fits a change is the one that counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from accessibility.feeds.gtfs import Feed

#: ``seconds`` of a rule that forbids the change, that asks for the walk alone, that leaves the default in force.
FORBIDDEN: Final = -1
WALK_ALONE: Final = -2
DEFAULT: Final = -3
ANY: Final = -1

#: Where these stand among the times that rules ask for, when of two rules the stricter counts.
_STRICTNESS: Final = {FORBIDDEN: np.inf, DEFAULT: -1.0, WALK_ALONE: -2.0}
_SECONDS_BY_TYPE: Final = {0: DEFAULT, 1: WALK_ALONE, 3: FORBIDDEN}


@dataclass(frozen=True, eq=False)
class TransferRules:
    """Rules for changes between two stops, the most specific first.

    All arrays run along the rules. Stops, routes and trips are positions in the timetable's tables; `ANY` stands for
    every route or trip. ``seconds`` is the time a change needs, walk included, or one of `FORBIDDEN`, `WALK_ALONE`,
    `DEFAULT`.
    """

    from_stop: npt.NDArray[np.int32]
    to_stop: npt.NDArray[np.int32]
    from_route: npt.NDArray[np.int32]
    to_route: npt.NDArray[np.int32]
    from_trip: npt.NDArray[np.int32]
    to_trip: npt.NDArray[np.int32]
    seconds: npt.NDArray[np.int32]

    def __len__(self) -> int:
        """Count the rules."""
        return len(self.seconds)


def read_rules(feed: Feed, prefix: str) -> tuple[pd.DataFrame, list[str]]:
    """Turn one feed's transfers.txt into rules between stops, a station's row holding for its platforms.

    Parameters
    ----------
    feed
        A checked feed.
    prefix
        What stands before each id when several feeds are merged.

    Returns
    -------
    tuple
        Rules as a table of ids with ``seconds`` and ``rank`` (higher is more specific), and counted notes.
    """
    transfers = feed["transfers"].astype({c: object for c in feed["transfers"].columns if c.endswith("_id")})
    notes = []
    in_seat = transfers["transfer_type"] >= 4
    if in_seat.any():
        notes.append(f"{feed.name}: {int(in_seat.sum())} in-seat (block) transfers were not used")
    untimed = (transfers["transfer_type"] == 2) & (transfers["min_transfer_time"] < 0)
    if untimed.any():
        notes.append(
            f"{feed.name}: {int(untimed.sum())} transfers of type 2 without a time were taken as the default"
        )
    nowhere = ~in_seat & ((transfers["from_stop_id"] == "") | (transfers["to_stop_id"] == ""))
    if nowhere.any():
        notes.append(f"{feed.name}: {int(nowhere.sum())} transfers name no stops and were not used")
    rules = transfers[~(in_seat | nowhere)].copy()
    timed = (rules["transfer_type"] == 2) & (rules["min_transfer_time"] >= 0)
    rules["seconds"] = rules["transfer_type"].map(_SECONDS_BY_TYPE).fillna(DEFAULT).astype(int)
    rules.loc[timed, "seconds"] = rules.loc[timed, "min_transfer_time"]
    rules["rank"] = _rank(rules)
    for end in ("from_stop_id", "to_stop_id"):
        rules = _to_platforms(rules, end, feed)
    for column in (c for c in rules.columns if c.endswith("_id")):
        rules[column] = rules[column].map(lambda value: prefix + value if value else "")
    return rules, notes


def _rank(rules: pd.DataFrame) -> pd.Series:
    """GTFS's order of specificity: two trips, trip and route, one trip, two routes, one route, none."""
    trips = (rules[["from_trip_id", "to_trip_id"]] != "").sum(axis=1)
    routes = (rules[["from_route_id", "to_route_id"]] != "").sum(axis=1)
    return (trips * 10 + routes.where(trips < 2, 0)) * 10


def _to_platforms(rules: pd.DataFrame, end: str, feed: Feed) -> pd.DataFrame:
    """Spread rows that name a station over its platforms; a row that names the platform itself ranks higher."""
    stops = feed["stops"][["stop_id", "parent_station"]].astype(object)
    platforms = stops[stops["parent_station"] != ""].rename(
        columns={"stop_id": "platform", "parent_station": end}
    )
    spread = rules.merge(platforms, on=end, how="inner").assign(**{end: lambda t: t["platform"]})
    own = rules.assign(rank=rules["rank"] + 1)
    return pd.concat([own, spread.drop(columns="platform")], ignore_index=True)


def index_rules(rules: pd.DataFrame, *, stops: pd.Index, routes: pd.Index, trips: pd.Index) -> TransferRules:
    """Put rules on the timetable's numbers; rules about stops, routes or trips without service that day fall away.

    Rules of one rank may fit the same change, as P1 to station Q and station P to Q1 do for P1 to Q1. GTFS does not say
    which counts, so the strictest does: the one that forbids, then the longest time, the default, the walk alone.
    """
    known = rules[rules["from_stop_id"].isin(stops) & rules["to_stop_id"].isin(stops)]
    for column, index in (("route_id", routes), ("trip_id", trips)):
        for end in ("from", "to"):
            named = known[f"{end}_{column}"]
            known = known[(named == "") | named.isin(index)]
    known = known.assign(strictness=known["seconds"].map(_STRICTNESS).fillna(known["seconds"]))
    # Strictness stands before routes and trips, since rules about different ones may fit the same change too. Rows that
    # are alike in every key are alike altogether, so the order of the file decides nothing.
    ids = [f"{end}_{what}_id" for what in ("route", "trip") for end in ("from", "to")]
    known = known.sort_values(
        ["from_stop_id", "to_stop_id", "rank", "strictness", *ids],
        ascending=[True, True, False, False, *[True] * len(ids)],
    )

    def numbers(column: str, index: pd.Index) -> npt.NDArray[np.int32]:
        return index.get_indexer(pd.Index(known[column])).astype(np.int32)

    return TransferRules(
        from_stop=numbers("from_stop_id", stops),
        to_stop=numbers("to_stop_id", stops),
        from_route=numbers("from_route_id", routes),
        to_route=numbers("to_route_id", routes),
        from_trip=numbers("from_trip_id", trips),
        to_trip=numbers("to_trip_id", trips),
        seconds=known["seconds"].to_numpy(dtype=np.int32),
    )
