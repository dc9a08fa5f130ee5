"""What the panel tells of each area: figures with their place among all, and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from maps.embedded import packed_texts
from maps.formats import format_column, ordinal, with_unit

if TYPE_CHECKING:
    from maps.spec import Page, PanelFigure

_FIRST_WORDS: Final = {"high": "most", "low": "least"}


def panel_data(page: Page) -> dict[str, Any] | None:
    """Give the script what the panel prints; None for a page without a panel."""
    panel = page.panel
    if panel is None:
        return None
    return {
        "figures": [_figure(page, figure) for figure in panel.figures],
        "texts": [
            {"heading": text.heading, "values": packed_texts(_sentences(page.areas[text.column]))}
            for text in panel.texts
        ],
        "note": panel.note,
    }


def _figure(page: Page, figure: PanelFigure) -> dict[str, Any]:
    column = figure.column
    texts = format_column(page.areas, column)
    return {
        "column": column.column,
        "label": column.label,
        "values": packed_texts(
            [with_unit(text, column.unit, missing_label=column.missing_label) for text in texts]
        ),
        "places": packed_texts(places_in_words(page, figure)),
    }


def places_in_words(page: Page, figure: PanelFigure) -> list[str]:
    """Word each area's place: "12th of 69 wards, 1 = most"; empty without a figure, or if none is wanted.

    Equal values share the better place ("joint 3rd"). Areas without a value are not counted among the others.
    """
    values = page.areas[figure.column.column]
    if figure.ranked is None:
        return [""] * len(values)
    numbers = pd.Series(pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan))
    ranks = numbers.rank(method="min", ascending=figure.ranked == "low")
    ties = numbers.map(numbers.value_counts()).gt(1)
    first = figure.first_words or _FIRST_WORDS[figure.ranked]
    among = f"of {int(numbers.notna().sum()):,} {page.area_noun}, 1 = {first}"
    return [
        "" if np.isnan(rank) else f"{'joint ' if tied else ''}{ordinal(int(rank))} {among}"
        for rank, tied in zip(ranks.tolist(), ties.tolist(), strict=True)
    ]


def _sentences(values: pd.Series[str]) -> list[str]:
    return [
        "" if missing else str(value).strip() for value, missing in zip(values, values.isna(), strict=True)
    ]
