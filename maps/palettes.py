"""Colour-blind-safe ramps and marks, darkest = most.

The hues are those of the Government Analysis Function's palette (dark blue, turquoise, dark pink, orange);
each ramp runs through one of them from near white to dark, so that access, need, jobs and unemployment
never share a hue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from maps.errors import MapsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[np.float64]

DARK_BLUE: Final = "#12436D"
TURQUOISE: Final = "#28A197"
DARK_PINK: Final = "#801650"
ORANGE: Final = "#F46A25"
INK: Final = "#0B0C0C"
WHITE: Final = "#FFFFFF"
#: What WCAG 2.2 asks of graphics against their neighbours.
EDGE_CONTRAST: Final = 3.0
NEUTRAL: Final = "#F1F1EF"

RAMPS: Final[Mapping[str, tuple[str, ...]]] = {
    "access": ("#E4EEF7", "#6BACE6", "#2073BC", DARK_BLUE),
    "need": ("#F9E8F0", "#D58BB1", "#AE3F7C", DARK_PINK),
    "jobs": ("#E0F2F0", "#7FCAC4", TURQUOISE, "#0B4F49"),
    "unemployment": ("#FDECDF", "#F9A977", "#DF5A17", "#7A2B08"),
}

# Björn Ottosson, "A perceptual color space for image processing" (2020): linear sRGB to LMS, LMS to OKLab.
_TO_LMS: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def ramp(name: str, n: int) -> tuple[str, ...]:
    """Give n colours of a named ramp, light to dark, in steps the eye sees as even.

    Parameters
    ----------
    name
        "access" (blue), "need" (dark pink), "jobs" (turquoise) or "unemployment" (orange).
    n
        Number of colours, 2 to 10; more cannot be told apart on a map.

    Raises
    ------
    MapsError
        For an unknown name or a number out of range.

    Notes
    -----
    Interpolated in OKLab along the ramp's anchors by distance.

    Examples
    --------
    >>> maps.ramp("access", 3)
    ('#E4EEF7', '#5499D8', '#12436D')
    """
    if name not in RAMPS:
        raise MapsError(f"There is no ramp {name!r}; there are {', '.join(RAMPS)}.")
    if not 2 <= n <= 10:
        raise MapsError(f"A ramp has 2 to 10 colours, not {n}.")
    anchors = np.array([_to_oklab(colour) for colour in RAMPS[name]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(anchors, axis=0), axis=1))])
    wanted = np.linspace(0.0, along[-1], n)
    return tuple(
        _to_hex(np.array([np.interp(at, along, anchors[:, axis]) for axis in range(3)])) for at in wanted
    )


def diverging_ramp(n: int, *, low: str = "unemployment", high: str = "access") -> tuple[str, ...]:
    """Give n colours for differences: a loss in one hue, a gain in the other, darkest farthest from zero.

    Parameters
    ----------
    n
        Number of colours, 2 to 11; an odd number has a neutral grey in the middle, for a class around zero.
    low, high
        Ramps of the side below and above zero, as in `ramp`; orange and blue are told apart by colour-blind readers.

    Raises
    ------
    MapsError
        For an unknown ramp or a number out of range.

    Examples
    --------
    >>> maps.diverging_ramp(3)
    ('#7A2B08', '#F1F1EF', '#12436D')
    """
    if not 2 <= n <= 11:
        raise MapsError(f"A diverging ramp has 2 to 11 colours, not {n}.")
    half = n // 2
    # The near-white end of each ramp is left to the neutral middle.
    below, above = (ramp(name, half + 1)[1:] for name in (low, high))
    return (*below[::-1], *((NEUTRAL,) if n % 2 else ()), *above)


def contrast(first: str, second: str) -> float:
    """Give the WCAG contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def edge_colour(fill: str) -> str:
    """Give the border of areas of a colour: white, or the palest grey that stands out from the colour 3 to 1.

    Neighbours of one class, or of two pale ones, are told apart by it (WCAG 2.2, 1.4.11).
    """
    if contrast(fill, WHITE) >= EDGE_CONTRAST:
        return WHITE
    greys = (f"#{level:02X}{level:02X}{level:02X}" for level in range(255, -1, -1))
    return next(grey for grey in greys if contrast(grey, fill) >= EDGE_CONTRAST)


def _linear(colour: str) -> FloatArray:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _luminance(colour: str) -> float:
    return float(_linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def _to_oklab(colour: str) -> FloatArray:
    lab: FloatArray = _TO_LAB @ np.cbrt(_TO_LMS @ _linear(colour))
    return lab


def _to_hex(lab: FloatArray) -> str:
    linear = np.clip(np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_LAB, lab) ** 3), 0, 1)
    channels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(channel) * 255):02X}" for channel in channels)
