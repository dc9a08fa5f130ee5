"""Which class each area falls into, and the legend that says so."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from maps.formats import format_number, with_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from maps.spec import Choropleth

NO_CLASS = -1


@dataclass(frozen=True)
class LegendRow:
    """One class: its colour, its words, how many areas are in it."""

    colour: str
    label: str
    count: int


@dataclass(frozen=True)
class Numbered:
    """One of the areas that a layer numbers on the map."""

    index: int
    number: int
    name: str
    figure: str


@dataclass(frozen=True)
class Legend:
    """The legend of one choropleth; `rows` are in the classes' order.

    Attributes
    ----------
    classes, texts
        Each area's class, -1 without a value, and its figure or category in words.
    summary
        What the colours show, in a sentence.
    numbered
        The areas with a number on the map.
    """

    layer: Choropleth
    rows: tuple[LegendRow, ...]
    no_data: int
    total: int
    classes: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    summary: str = ""
    numbered: tuple[Numbered, ...] = ()


def classify(values: pd.Series[float], layer: Choropleth) -> list[int]:
    """Give each value its class, counted from 0; -1 where there is no value.

    A value equal to a break belongs to the class below it; +inf belongs to the last class.
    """
    if layer.classes:
        return place_in_classes(values, layer.classes)
    numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)
    found = np.searchsorted(np.asarray(layer.breaks, dtype=float), numbers, side="left")
    classes: list[int] = np.where(np.isnan(numbers), NO_CLASS, found).tolist()
    return classes


def place_in_classes(values: pd.Series[Any], classes: Sequence[str | int]) -> list[int]:
    """Give each value its place among the classes, counted from 0; -1 where there is no value."""
    places = {str(value): place for place, value in enumerate(classes)}
    return [
        NO_CLASS if missing else places[str(value)]
        for value, missing in zip(values, values.isna(), strict=True)
    ]


def class_labels(layer: Choropleth) -> tuple[str, ...]:
    """Word the classes of a layer, by its own labels where it has them."""
    if layer.class_labels:
        return tuple(layer.class_labels)
    if layer.classes:
        return tuple(str(value) for value in layer.classes)
    bounds = _bounds(layer)
    between = [f"over {low} to {high}" for low, high in pairwise(bounds)]
    return (f"{bounds[0]} or less", *between, f"over {bounds[-1]}")


def build_legend(classes: list[int], layer: Choropleth) -> Legend:
    """Count the areas of each class."""
    counts = np.bincount([place for place in classes if place != NO_CLASS], minlength=layer.n_classes)
    rows = tuple(
        LegendRow(colour, label, int(count))
        for colour, label, count in zip(layer.palette, class_labels(layer), counts, strict=True)
    )
    return Legend(layer, rows, no_data=classes.count(NO_CLASS), total=len(classes), classes=tuple(classes))


def _bounds(layer: Choropleth) -> list[str]:
    """Print the bounds with as few decimals as show each of them exactly, whatever the figures' own decimals."""
    bounds = [bound * layer.factor for bound in layer.breaks]
    decimals = next((n for n in range(6) if all(abs(round(b, n) - b) < 1e-9 for b in bounds)), 6)
    texts = [
        format_number(bound, decimals=decimals, inf_label=layer.inf_label, signed=layer.diverging)
        for bound in bounds
    ]
    return [with_unit(text, layer.unit) if layer.unit == "%" else text for text in texts]
