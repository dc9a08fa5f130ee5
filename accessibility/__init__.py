"""How long it takes: timetables and walks in, door-to-door minutes and measures of access out."""

from accessibility import decay
from accessibility._version import __version__
from accessibility.cache import load_network
from accessibility.errors import FeedError, InputError, NoServiceError, ParameterError, ToolkitError
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
from accessibility.timetable import Timetable, read_timetable
from accessibility.travel_times import departure_times, iter_travel_times, travel_times
from accessibility.walking import within_walk

__all__ = [
    "Decayed",
    "FeedError",
    "InputError",
    "Network",
    "NoServiceError",
    "ParameterError",
    "PerCompetitor",
    "Reachable",
    "ShareWithin",
    "TimeToNth",
    "Timetable",
    "ToolkitError",
    "Within",
    "__version__",
    "build_network",
    "centres_within",
    "competition",
    "cumulative_opportunities",
    "decay",
    "departure_times",
    "explain",
    "gravity",
    "isochrones",
    "iter_travel_times",
    "limiting_leg",
    "limiting_sentence",
    "load_network",
    "opportunity_measures",
    "read_timetable",
    "time_to_nth",
    "travel_times",
    "within_walk",
]
