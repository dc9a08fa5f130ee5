"""How long it takes: timetables and walks in, door-to-door minutes and measures of access out."""

from accessibility import decay, inequality
from accessibility._version import __version__
from accessibility.cache import load_network, load_streets
from accessibility.drive_catchments import drive_catchments
from accessibility.driving import Driving, drive_opportunities, drive_times
from accessibility.errors import FeedError, InputError, NoServiceError, ParameterError, ToolkitError
from accessibility.feed_report import FeedReport, report_feed
from accessibility.feed_writing import replace_tables, write_feed
from accessibility.gtfs import Feed, read_feed
from accessibility.isochrones import isochrones
from accessibility.journeys import explain
from accessibility.limiting import limiting_leg, limiting_sentence
from accessibility.measures import centres_within, competition, cumulative_opportunities, gravity, time_to_nth
from accessibility.network import Network, build_network
from accessibility.opportunities import (
    Decayed,
    PerCompetitor,
    Reachable,
    ShareWithin,
    TimeToNth,
    Within,
    opportunity_measures,
)
from accessibility.service_date import ChosenDate, judge_date, representative_date
from accessibility.streets import StreetNetwork, read_streets
from accessibility.tiles import Tile, iter_tiles, tiled_opportunity_measures
from accessibility.timetable import Timetable, read_timetable
from accessibility.transxchange import convert_transxchange
from accessibility.travel_times import departure_times, iter_travel_times, travel_times
from accessibility.walking import within_walk

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
