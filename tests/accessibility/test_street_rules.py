"""Which ways are walked and driven, which way, and how fast, tag by tag."""

from __future__ import annotations

import math
import re

import osmium
import pytest
from osmnx._overpass import _get_network_filter

from accessibility.streets.rules import (
    ACCESS_TAGS,
    DEFAULT_KMH,
    ONLY_IF_OPENED,
    OPEN,
    directions,
    is_open,
    parse_maxspeed,
    street_class,
)


def tags(text: str) -> dict[str, str]:
    """Read ``highway=residential foot=no``."""
    return dict(word.split("=") for word in text.split())


WALKED = """
highway=residential
highway=trunk
highway=primary_link
highway=service service=parking_aisle
highway=service service=driveway
highway=track
highway=footway
highway=steps
highway=cycleway
highway=bridleway
highway=pedestrian area=yes
highway=corridor
highway=platform
highway=residential access=destination
highway=service access=customers
highway=residential access=private foot=yes
highway=residential access=no foot=permissive
highway=residential sidewalk=separate
highway=footway oneway=yes
highway=residential motor_vehicle=no
highway=residential vehicle=private
highway=motorway foot=yes
highway=busway foot=designated
highway=trunk motorroad=yes foot=yes
railway=platform
public_transport=platform
"""
NOT_WALKED = """
highway=motorway
highway=motorway_link
highway=motorway access=yes
highway=busway
highway=bus_guideway
highway=trunk motorroad=yes
highway=trunk motorroad=yes access=yes
highway=residential foot=no
highway=residential foot=private
highway=residential foot=use_sidepath
highway=residential access=private
highway=residential access=no
highway=residential access=yes foot=no
highway=service service=private
highway=construction
highway=construction foot=yes
highway=proposed
highway=raceway
highway=residential route=ferry
railway=platform foot=no
railway=platform access=private
railway=rail
building=yes
route=ferry foot=yes
"""
DRIVEN = """
highway=motorway
highway=trunk motorroad=yes
highway=secondary_link
highway=unclassified
highway=residential access=destination
highway=residential access=no motor_vehicle=yes
highway=residential access=no vehicle=destination
highway=residential motor_vehicle=no motorcar=yes
highway=service
highway=service service=alley
highway=service access=customers
highway=living_street
highway=track motor_vehicle=yes
highway=pedestrian motorcar=designated
highway=residential foot=no
"""
NOT_DRIVEN = """
highway=footway
highway=footway motor_vehicle=yes
highway=cycleway
highway=steps
highway=track
highway=track access=yes
highway=pedestrian
highway=busway
highway=busway motor_vehicle=yes
highway=residential motor_vehicle=no
highway=residential motor_vehicle=yes motorcar=no
highway=residential motor_vehicle=private
highway=residential vehicle=no
highway=residential access=private
highway=residential access=yes motor_vehicle=permit
highway=service service=parking_aisle
highway=service service=driveway
highway=service service=private
highway=service area=yes
highway=construction
highway=platform
railway=platform
highway=primary route=ferry
"""


@pytest.mark.parametrize(
    ("mode", "text", "is_it"),
    [
        (mode, line, is_it)
        for mode, lines, is_it in (
            ("walk", WALKED, True),
            ("walk", NOT_WALKED, False),
            ("drive", DRIVEN, True),
            ("drive", NOT_DRIVEN, False),
        )
        for line in lines.strip().splitlines()
    ],
)
def test_what_is_open(mode, text, is_it):
    assert is_open(tags(text), mode=mode) is is_it


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("highway=residential", (True, True)),
        ("highway=residential oneway=yes", (True, False)),
        ("highway=residential oneway=true", (True, False)),
        ("highway=residential oneway=1", (True, False)),
        ("highway=residential oneway=-1", (False, True)),
        ("highway=residential oneway=reverse", (False, True)),
        ("highway=residential oneway=no", (True, True)),
        ("highway=residential oneway=reversible", (True, True)),
        ("highway=motorway", (True, False)),
        ("highway=motorway oneway=no", (True, True)),
        ("highway=motorway oneway=-1", (False, True)),
        ("highway=motorway_link", (True, True)),
        ("highway=primary junction=roundabout", (True, False)),
        ("highway=primary junction=roundabout oneway=no", (True, True)),
        ("highway=primary junction=circular", (True, True)),
    ],
)
def test_one_way_streets(text, both):
    assert directions(tags(text), mode="drive") == both
    assert directions(tags(text), mode="walk") == (True, True)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("50kph", 50),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("30 MPH", 48.28032),
        ("national", 96.56064),
        ("GB:nsl_single", 96.56064),
        ("GB:nsl_dual", 112.65408),
        ("GB:motorway", 112.65408),
        ("GB:nsl_restricted", 48.28032),
        ("walk", 6),
        ("none", 130),
        ("30 mph;20 mph", 40.2336),
        ("30 mph|20 mph", 40.2336),
        ("30 mph; 20 mph", 40.2336),
        ("12,5", 12.5),
    ],
)
def test_limits_that_can_be_read(text, kmh):
    assert parse_maxspeed(text) == pytest.approx(kmh, abs=1e-9)


@pytest.mark.parametrize(
    "text", ["", "signals", "fast", "0", "0 mph", "700", "-30", "30 knots", "30 mph;fast", "٣٠", "1e2"]
)
def test_limits_that_are_none(text):
    assert math.isnan(parse_maxspeed(text))


def test_every_driven_class_has_a_default_speed():
    assert set(DEFAULT_KMH) == OPEN["drive"] | ONLY_IF_OPENED["drive"]


def osmnx_admits(filters: str, way: dict[str, str]) -> bool:
    """Apply an Overpass filter of OSMnx, clause by clause, as Overpass would."""
    clauses = re.findall(r'\["([^"]+)"(?:!~"([^"]+)")?\]', filters)
    return all(
        key in way if not unwanted else not re.search(unwanted, way.get(key, "")) for key, unwanted in clauses
    )


#: Every way that this project and OSMnx judge differently must be of a kind that the rules name.
WALK_DIFFERENCES = {
    "we walk cycleways": lambda t, ours: ours and t["highway"] == "cycleway",
    "we walk squares and platforms": lambda t, ours: (
        ours and (t.get("area") == "yes" or t["highway"] == "platform")
    ),
    "we walk beside pavements mapped alone": lambda t, ours: (
        ours and "separate" in str([t.get(k) for k in t if "sidewalk" in k])
    ),
    "we heed foot before access": lambda t, ours: ours and t.get("access") == "private",
    "we walk on no motorway": lambda t, ours: (
        not ours and ("motorway" in t["highway"] or t.get("motorroad") == "yes")
    ),
    "we heed what closes": lambda t, ours: (
        not ours and any(t.get(k) not in (None, "yes") for k in ACCESS_TAGS["walk"])
    ),
}
DRIVE_DIFFERENCES = {
    "we drive service roads": lambda t, ours: ours and t["highway"] == "service",
    "we heed what is opened": lambda t, ours: ours and any(t.get(k) in ("yes", "permissive", "destination") for k in ACCESS_TAGS["drive"]),
    "we heed what closes": lambda t, ours: not ours and any(t.get(k) not in (None, "yes") for k in ACCESS_TAGS["drive"]),
    "we heed service on service roads alone": lambda t, ours: ours and t["highway"] != "service" and "service" in t,

}  # fmt: skip


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("mode", "network", "named"), [("walk", "walk", WALK_DIFFERENCES), ("drive", "drive", DRIVE_DIFFERENCES)]
)
def test_newport_differs_from_osmnx_only_where_the_rules_say_so(shared_data, mode, network, named):
    path = shared_data / "transit" / "newport_uk" / "newport-2023-06-13.osm.pbf"
    agreed, differing = 0, []
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(
        osmium.filter.KeyFilter("highway")
    ):
        here = dict(way.tags)
        ours = is_open(here, mode=mode)
        if ours == osmnx_admits(_get_network_filter(network), here):
            agreed += 1
        else:
            differing.append((ours, here))
    unexplained = [one for one in differing if not any(rule(one[1], one[0]) for rule in named.values())]
    assert unexplained == []
    assert agreed > 4 * len(differing) if mode == "walk" else agreed > len(differing)


def test_a_platform_is_a_street_only_where_no_highway_says_otherwise():
    assert street_class({"railway": "platform"}) == "platform"
    assert street_class({"railway": "platform", "highway": "footway"}) == "footway"
    assert street_class({"railway": "rail"}) is None
