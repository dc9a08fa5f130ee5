"""How long it takes: timetables and walks in, door-to-door minutes and measures of access out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accessibility import decay, inequality
    from accessibility._version import __version__
    from accessibility.errors import FeedError, InputError, NoServiceError, ParameterError, ToolkitError
    from accessibility.feeds.gtfs import Feed, read_feed
    from accessibility.feeds.report import FeedReport, report_feed
    from accessibility.feeds.writing import replace_tables, write_feed
    from accessibility.measures.drive_catchments import drive_catchments
    from accessibility.measures.driving import Driving, drive_opportunities, drive_times
    from accessibility.measures.isochrones import isochrones
    from accessibility.measures.journeys import explain
    from accessibility.measures.limiting import limiting_leg, limiting_sentence
    from accessibility.measures.measures import (
        centres_within,
        competition,
        cumulative_opportunities,
        gravity,
        time_to_nth,
    )
    from accessibility.measures.opportunities import (
        Decayed,
        PerCompetitor,
        Reachable,
        ShareWithin,
        TimeToNth,
        Within,
        opportunity_measures,
    )
    from accessibility.measures.tiles import Tile, iter_tiles, tiled_opportunity_measures
    from accessibility.measures.travel_times import departure_times, iter_travel_times, travel_times
    from accessibility.networks.cache import load_network, load_streets
    from accessibility.networks.network import Network, build_network
    from accessibility.networks.walking import within_walk
    from accessibility.streets.streets import StreetNetwork, read_streets
    from accessibility.timetables.service_date import ChosenDate, judge_date, representative_date
    from accessibility.timetables.timetable import Timetable, read_timetable
    from accessibility.transxchange.conversion import convert_transxchange

# Each public name and the room it lives in, opened when it is asked for: what is light needs no library to be there.
_ROOMS = {
    "ChosenDate": "timetables.service_date",
    "Decayed": "measures.opportunities",
    "Driving": "measures.driving",
    "Feed": "feeds.gtfs",
    "FeedError": "errors",
    "FeedReport": "feeds.report",
    "InputError": "errors",
    "Network": "networks.network",
    "NoServiceError": "errors",
    "ParameterError": "errors",
    "PerCompetitor": "measures.opportunities",
    "Reachable": "measures.opportunities",
    "ShareWithin": "measures.opportunities",
    "StreetNetwork": "streets.streets",
    "Tile": "measures.tiles",
    "TimeToNth": "measures.opportunities",
    "Timetable": "timetables.timetable",
    "ToolkitError": "errors",
    "Within": "measures.opportunities",
    "__version__": "_version",
    "build_network": "networks.network",
    "centres_within": "measures.measures",
    "competition": "measures.measures",
    "convert_transxchange": "transxchange.conversion",
    "cumulative_opportunities": "measures.measures",
    "departure_times": "measures.travel_times",
    "drive_catchments": "measures.drive_catchments",
    "drive_opportunities": "measures.driving",
    "drive_times": "measures.driving",
    "explain": "measures.journeys",
    "gravity": "measures.measures",
    "isochrones": "measures.isochrones",
    "iter_tiles": "measures.tiles",
    "iter_travel_times": "measures.travel_times",
    "judge_date": "timetables.service_date",
    "limiting_leg": "measures.limiting",
    "limiting_sentence": "measures.limiting",
    "load_network": "networks.cache",
    "load_streets": "networks.cache",
    "opportunity_measures": "measures.opportunities",
    "read_feed": "feeds.gtfs",
    "read_streets": "streets.streets",
    "read_timetable": "timetables.timetable",
    "replace_tables": "feeds.writing",
    "report_feed": "feeds.report",
    "representative_date": "timetables.service_date",
    "tiled_opportunity_measures": "measures.tiles",
    "time_to_nth": "measures.measures",
    "travel_times": "measures.travel_times",
    "within_walk": "networks.walking",
    "write_feed": "feeds.writing",
}
_WHOLE_ROOMS = ("decay", "inequality")

__all__ = [
    "ChosenDate",
    "Decayed",
    "Driving",
    "Feed",
    "FeedError",
    "FeedReport",
    "InputError",
    "Network",
    "NoServiceError",
    "ParameterError",
    "PerCompetitor",
    "Reachable",
    "ShareWithin",
    "StreetNetwork",
    "Tile",
    "TimeToNth",
    "Timetable",
    "ToolkitError",
    "Within",
    "__version__",
    "build_network",
    "centres_within",
    "competition",
    "convert_transxchange",
    "cumulative_opportunities",
    "decay",
    "departure_times",
    "drive_catchments",
    "drive_opportunities",
    "drive_times",
    "explain",
    "gravity",
    "inequality",
    "isochrones",
    "iter_tiles",
    "iter_travel_times",
    "judge_date",
    "limiting_leg",
    "limiting_sentence",
    "load_network",
    "load_streets",
    "opportunity_measures",
    "read_feed",
    "read_streets",
    "read_timetable",
    "replace_tables",
    "report_feed",
    "representative_date",
    "tiled_opportunity_measures",
    "time_to_nth",
    "travel_times",
    "within_walk",
    "write_feed",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type is that of the room's
    """Open the room that a public name lives in."""
    if name in _WHOLE_ROOMS:
        return import_module(f"accessibility.{name}")
    if name not in _ROOMS:
        raise AttributeError(f"module 'accessibility' has no attribute {name!r}")
    return getattr(import_module(f"accessibility.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
