"""How long it takes: timetables and walks in, door-to-door minutes and measures of access out."""

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
