"""Which ways of OpenStreetMap are walked and driven, and how fast: the rules stated as data, by tag.

A way counts by its ``highway``; a platform (``railway=platform`` or ``public_transport=platform``) without one counts as
``highway=platform``. The most specific access tag that is there decides; then the class does.

=========================  =============================================  =============================================
tag                        on foot                                        by car
=========================  =============================================  =============================================
``highway``                `OPEN`                                         `OPEN`
only where access says so  motorway, motorway_link, busway, bus_guideway  pedestrian, track
access tags, in order      foot, access                                   motorcar, motor_vehicle, vehicle, access
values that close          `CLOSED`                                       `CLOSED`
values that open           `OPENED` of foot                               `OPENED` of motorcar or motor_vehicle
``motorroad=yes``          closed, unless foot opens                      open
``service``                all but private                                not `CLOSED_SERVICE`
``area=yes``               its rim is walked                              closed
``oneway``                 not heeded                                     yes, true, 1; -1, reverse; else both
implied one-way            none                                           motorway, junction=roundabout
``route=ferry``            closed                                         closed
=========================  =============================================  =============================================

Every other class is closed: construction, proposed, raceway and the like. Not read: barriers on nodes, conditional
restrictions, limits by weight or height, bans on turning, speed limits by direction, and multipolygon relations.
``oneway=reversible`` is driven both ways.

Where this differs from OSMnx 2's filters ``walk`` and ``drive``:

- On foot OSMnx leaves out cycleways, platforms, squares drawn as areas, and roads whose pavements are mapped as ways of
  their own. Here a cycleway is walked unless foot is closed, as British law has it; platforms and the rims of squares are
  walked, so that stations and squares stay joined to the streets; and a road stays although its pavements are mapped
  beside it, because side streets and front doors often join the carriageway alone, and the two differ by metres.
- On foot OSMnx walks motorways and ``motorroad``; here neither. It does not heed ``access=no`` nor whether ``foot=yes``
  opens a private way; here both count.
- By car OSMnx's ``drive`` leaves out every ``highway=service``; here those are driven that lead somewhere, and back
  streets too, as in its ``drive_service``, but no driveway. ``access=no`` closes, and a way closed to all but opened to
  cars is driven.
- By car OSMnx heeds ``service`` on every class; here on ``highway=service`` alone.
- By car OSMnx takes a motorway without ``oneway`` as two-way; here it is one-way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

StreetMode = Literal["walk", "drive"]
MODES: Final[tuple[StreetMode, ...]] = ("walk", "drive")

_ROADS: Final = frozenset(
    {
        "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link",
        "unclassified", "residential", "living_street", "service", "road",
    }
)  # fmt: skip
_PATHS: Final = frozenset(
    {
        "pedestrian", "footway", "path", "steps", "cycleway", "bridleway", "track", "corridor", "crossing", "elevator",
        "escalator", "platform",
    }
)  # fmt: skip
#: Values of ``highway`` that are open unless a tag closes them.
OPEN: Final[Mapping[StreetMode, frozenset[str]]] = MappingProxyType(
    {"walk": _ROADS | _PATHS, "drive": _ROADS | {"motorway", "motorway_link"}}
)
#: Values of ``highway`` that are closed unless an access tag opens them.
ONLY_IF_OPENED: Final[Mapping[StreetMode, frozenset[str]]] = MappingProxyType(
    {
        "walk": frozenset({"motorway", "motorway_link", "busway", "bus_guideway"}),
        "drive": frozenset({"pedestrian", "track"}),
    }
)
#: Access tags, the most specific first; those that can open a way stand before `_GENERAL`.
ACCESS_TAGS: Final[Mapping[StreetMode, tuple[str, ...]]] = MappingProxyType(
    {"walk": ("foot", "access"), "drive": ("motorcar", "motor_vehicle", "vehicle", "access")}
)
_GENERAL: Final = frozenset({"vehicle", "access"})
#: Values of an access tag that close a way to the public.
CLOSED: Final = frozenset(
    {
        "no", "private", "permit", "residents", "delivery", "agricultural", "forestry", "military", "emergency",
        "restricted", "use_sidepath", "discouraged", "bus", "psv",
    }
)  # fmt: skip
#: Values of an access tag for the mode itself that open a way which is closed otherwise.
OPENED: Final = frozenset({"yes", "designated", "official", "permissive", "public"})
#: Kinds of ``highway=service`` that are closed.
CLOSED_SERVICE: Final[Mapping[StreetMode, frozenset[str]]] = MappingProxyType(
    {
        "walk": frozenset({"private"}),
        "drive": frozenset(
            {"private", "driveway", "parking_aisle", "parking", "emergency_access", "drive-through", "bus"}
        ),
    }
)
IMPLIED_ONE_WAY: Final = frozenset({"motorway"})
_FORWARD: Final = frozenset({"yes", "true", "1"})
_BACKWARD: Final = frozenset({"-1", "reverse"})
_TWO_WAY: Final = frozenset({"no", "false", "0"})

KMH_PER_MPH: Final = 1.609344
#: Free-flow speeds in km/h for classes without a single tagged limit: this project's assumptions for Great Britain.
#: Motorways at the national limit; main roads between the built-up 30 and the national 60 mph; the rest at 30 mph or less.
DEFAULT_KMH: Final[Mapping[str, float]] = MappingProxyType(
    {
        highway: round(mph * KMH_PER_MPH, 2)
        for highway, mph in {
            "motorway": 70, "motorway_link": 50, "trunk": 50, "trunk_link": 40, "primary": 40, "primary_link": 30,
            "secondary": 40, "secondary_link": 30, "tertiary": 30, "tertiary_link": 30, "unclassified": 30,
            "residential": 30, "road": 30, "living_street": 10, "service": 10, "pedestrian": 5, "track": 10,
        }.items()
    }
)  # fmt: skip
#: For a class that the table above does not name.
FALLBACK_KMH: Final = round(30 * KMH_PER_MPH, 2)
#: Limits that are tagged in words. ``national`` alone is taken as the single carriageway's.
WORDED_KMH: Final[Mapping[str, float]] = MappingProxyType(
    {
        "national": 60 * KMH_PER_MPH,
        "gb:national": 60 * KMH_PER_MPH,
        "gb:nsl_single": 60 * KMH_PER_MPH,
        "gb:nsl_dual": 70 * KMH_PER_MPH,
        "gb:nsl_restricted": 30 * KMH_PER_MPH,
        "gb:motorway": 70 * KMH_PER_MPH,
        "uk:nsl_single": 60 * KMH_PER_MPH,
        "uk:nsl_dual": 70 * KMH_PER_MPH,
        "uk:nsl_restricted": 30 * KMH_PER_MPH,
        "uk:motorway": 70 * KMH_PER_MPH,
        "walk": 6.0,
        "none": 130.0,
    }
)
#: A limit above this is a slip of the pen.
HIGHEST_KMH: Final = 160.0
_NUMBER: Final = re.compile(r"(\d+(?:[.,]\d+)?) ?(mph|km/h|kmh|kph)?", re.ASCII)


def street_class(tags: Mapping[str, str]) -> str | None:
    """The class of a way: its ``highway``, or ``platform``; None for what is no street."""
    if "highway" in tags:
        return tags["highway"]
    if tags.get("railway") == "platform" or tags.get("public_transport") == "platform":
        return "platform"
    return None


def is_open(tags: Mapping[str, str], *, mode: StreetMode) -> bool:
    """Whether the public may walk or drive a way, by the rules above.

    Parameters
    ----------
    tags
        The way's tags.
    mode
        On foot or by car.

    Returns
    -------
    bool
        False for what is no street at all.
    """
    highway = street_class(tags)
    if highway not in OPEN[mode] and highway not in ONLY_IF_OPENED[mode]:
        return False
    if tags.get("route") == "ferry" or (mode == "drive" and tags.get("area") == "yes"):
        return False
    if highway == "service" and tags.get("service") in CLOSED_SERVICE[mode]:
        return False
    key = next((key for key in ACCESS_TAGS[mode] if key in tags), None)
    if key is not None and tags[key] in CLOSED:
        return False
    if highway in ONLY_IF_OPENED[mode] or (mode == "walk" and tags.get("motorroad") == "yes"):
        return key is not None and key not in _GENERAL and tags[key] in OPENED
    return True


def directions(tags: Mapping[str, str], *, mode: StreetMode) -> tuple[bool, bool]:
    """Whether a way can be travelled as it is drawn, and against it; on foot always both."""
    if mode == "walk":
        return True, True
    oneway = tags.get("oneway", "")
    if oneway in _BACKWARD:
        return False, True
    implied = tags.get("highway") in IMPLIED_ONE_WAY or tags.get("junction") == "roundabout"
    return True, not (oneway in _FORWARD or (implied and oneway not in _TWO_WAY))


def parse_maxspeed(text: str) -> float:
    """Read a tagged speed limit in km/h.

    Parameters
    ----------
    text
        A value of ``maxspeed``: a number is km/h unless it says mph; `WORDED_KMH` lists the words. Several values,
        parted by ``;`` or ``|`` (one per lane), give their mean, as OSMnx has it.

    Returns
    -------
    float
        Not a number for what is no limit, is 0, or lies above `HIGHEST_KMH`.
    """
    limits = [_one_limit(part.strip().lower()) for part in re.split(r"[;|]", text)]
    return sum(limits) / len(limits)


def _one_limit(text: str) -> float:
    if text in WORDED_KMH:
        return WORDED_KMH[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return math.nan
    kmh = float(number[1].replace(",", ".")) * (KMH_PER_MPH if number[2] == "mph" else 1)
    return kmh if 0 < kmh <= HIGHEST_KMH else math.nan
