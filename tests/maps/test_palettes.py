"""Ramps: darkest is most, steps are even, hues differ."""

from __future__ import annotations

import colorsys
from itertools import pairwise

import pytest

import maps
from maps.palettes import INK, RAMPS, contrast, edge_colour


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))


def test_contrast_of_known_pairs():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)  # WCAG's lightest passing grey


@pytest.mark.parametrize("name", RAMPS)
@pytest.mark.parametrize("n", range(2, 11))
def test_more_is_darker_and_ends_are_kept(name, n):
    colours = maps.ramp(name, n)
    against_white = [contrast(colour, "#FFFFFF") for colour in colours]
    assert against_white == sorted(against_white)
    assert (colours[0], colours[-1]) == (RAMPS[name][0], RAMPS[name][-1])
    assert len(set(colours)) == n


@pytest.mark.parametrize("name", RAMPS)
def test_five_classes_are_told_apart_by_lightness_alone(name):
    colours = maps.ramp(name, 5)
    steps = [contrast(low, high) for low, high in pairwise(colours)]
    assert min(steps) > 1.25
    assert contrast(colours[-1], "#FFFFFF") > 7
    assert contrast(colours[0], INK) > 7


def test_access_and_need_do_not_share_a_hue():
    hues = {name: colorsys.rgb_to_hsv(*rgb(maps.ramp(name, 5)[3]))[0] for name in RAMPS}
    ordered = sorted(hues.values())
    gaps = [(high - low) % 1 for low, high in zip(ordered, [*ordered[1:], ordered[0]], strict=True)]
    assert min(gaps) > 30 / 360


@pytest.mark.parametrize("n", range(2, 12))
def test_differences_are_darker_the_farther_from_zero_on_either_side(n):
    colours = maps.diverging_ramp(n)
    assert len(set(colours)) == n
    against_white = [contrast(colour, "#FFFFFF") for colour in colours]
    half = n // 2
    assert against_white[:half] == sorted(against_white[:half], reverse=True)
    assert against_white[-half:] == sorted(against_white[-half:])
    hues = [colorsys.rgb_to_hsv(*rgb(colour))[0] for colour in colours]
    assert all(hue < 0.12 for hue in hues[:half])  # orange and brown
    assert all(0.5 < hue < 0.7 for hue in hues[-half:])  # blue
    assert (n % 2 == 0) or contrast(colours[half], "#FFFFFF") < 1.2


def test_every_class_has_an_edge_that_stands_out_from_it():
    fills = {colour for name in RAMPS for n in range(2, 11) for colour in maps.ramp(name, n)}
    for fill in fills:
        edge = edge_colour(fill)
        assert contrast(edge, fill) >= 3
        assert edge == "#FFFFFF" or contrast(edge, "#FFFFFF") < 10  # no darker than it must be


def test_refuses_unknown_names_and_sizes():
    with pytest.raises(maps.MapsError, match="no ramp 'rainbow'"):
        maps.ramp("rainbow", 5)
    for n in (1, 11):
        with pytest.raises(maps.MapsError, match="2 to 10 colours"):
            maps.ramp("access", n)
    for n in (1, 12):
        with pytest.raises(maps.MapsError, match="2 to 11 colours"):
            maps.diverging_ramp(n)
