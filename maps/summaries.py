"""What a layer shows, said in one sentence, and the areas that are numbered on the map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from maps.formats import format_column, format_number, with_unit
from maps.legend import NO_CLASS, Legend, Numbered, build_legend, classify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from maps.spec import Choropleth, Page

    Floats: TypeAlias = NDArray[np.float64]


def shown_layer(page: Page, layer: Choropleth) -> Legend:
    """Give a layer's legend with all that the page prints of it: figures in words, summary, numbered areas."""
    legend = build_legend(classify(page.areas[layer.column], layer), layer)
    texts = _texts(page, legend)
    names = page.areas[page.name_column].astype(str).tolist()
    if layer.classes:
        return replace(legend, texts=texts, summary=_classes_in_words(page, legend))
    numbers = pd.to_numeric(page.areas[layer.column]).to_numpy(dtype=float, na_value=np.nan)
    return replace(
        legend,
        texts=texts,
        summary=_figures_in_words(page, legend, numbers, texts, names),
        numbered=_numbered(layer, numbers, texts, names),
    )


def _texts(page: Page, legend: Legend) -> tuple[str, ...]:
    """Print figures with their unit, and categories in the words of the legend."""
    layer = legend.layer
    printed = format_column(page.areas, layer.figure)
    if not layer.classes:
        return tuple(with_unit(text, layer.unit) for text in printed)
    return tuple(
        text if place == NO_CLASS else legend.rows[place].label
        for text, place in zip(printed, legend.classes, strict=True)
    )


def _figures_in_words(
    page: Page, legend: Legend, numbers: Floats, texts: Sequence[str], names: Sequence[str]
) -> str:
    layer, known = legend.layer, np.flatnonzero(~np.isnan(numbers))
    # Of equal values the first in the table stands for all.
    low, high = known[numbers[known].argmin()], known[numbers[known].argmax()]
    without = _without(page, legend)
    if numbers[low] == numbers[high]:
        return f"{layer.title}: {texts[low]} everywhere.{without}"
    middle = format_number(
        float(np.quantile(numbers[known], 0.5, method="lower")) * layer.factor,
        decimals=layer.decimals or 0,
        inf_label=layer.inf_label,
        signed=layer.diverging,
    )
    return (
        f"{layer.title}: from {texts[low]} ({names[low]}) to {texts[high]} ({names[high]}); "
        f"half of the {page.area_noun} have {with_unit(middle, layer.unit)} or less.{without}"
    )


def _classes_in_words(page: Page, legend: Legend) -> str:
    largest = max(legend.rows, key=lambda row: row.count)
    return (
        f"{legend.layer.title}: the largest class is “{largest.label}”, "
        f"{largest.count:,} of {legend.total:,} {page.area_noun}.{_without(page, legend)}"
    )


def _without(page: Page, legend: Legend) -> str:
    if not legend.no_data:
        return ""
    return f" Without a value: {legend.no_data:,} of {legend.total:,} {page.area_noun}."


def _numbered(
    layer: Choropleth, numbers: Floats, texts: Sequence[str], names: Sequence[str]
) -> tuple[Numbered, ...]:
    """List the areas that are numbered on the map, first the first; a tie that passes the end is left away whole."""
    if not layer.label_top:
        return ()
    ranked = pd.Series(numbers)
    is_low_first = layer.label_from == "low"
    ranks = ranked.rank(method="min", ascending=is_low_first)
    chosen = ranked.rank(method="max", ascending=is_low_first) <= layer.label_top
    order = ranks[chosen].sort_values(kind="stable").index
    return tuple(Numbered(place, int(ranks[place]), names[place], texts[place]) for place in order)
