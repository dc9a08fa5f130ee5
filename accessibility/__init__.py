"""How long it takes: timetables and walks in, door-to-door minutes and measures of access out."""

from accessibility._version import __version__
from accessibility.errors import FeedError, InputError, NoServiceError, ParameterError, ToolkitError
from accessibility.measures import centres_within, cumulative_opportunities
from accessibility.network import Network, build_network
from accessibility.timetable import Timetable, read_timetable
from accessibility.travel_times import departure_times, iter_travel_times, travel_times
from accessibility.walking import within_walk

__all__ = [
    "FeedError",
    "InputError",
    "Network",
    "NoServiceError",
    "ParameterError",
    "Timetable",
    "ToolkitError",
    "__version__",
    "build_network",
    "centres_within",
    "cumulative_opportunities",
    "departure_times",
    "iter_travel_times",
    "read_timetable",
    "travel_times",
    "within_walk",
]
