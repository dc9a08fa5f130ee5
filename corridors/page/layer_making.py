"""How a layer of figures, of differences or of national tenths is described, alike for wards and small areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from corridors.columns import column_definitions
from corridors.page.layer_classes import TENTHS, round_breaks
from maps import Choropleth, diverging_ramp, ramp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from corridors.study import Study

#: Areas that a layer numbers on the map.
NUMBERED: Final = 5
#: Bounds of classes of minutes, beside the study's cutoff.
_BESIDE_CUTOFF_MIN: Final = (-5.0, 0.0, 5.0, 15.0, 30.0)


class LayerMaker:
    """Makes the layers of one study's areas, each with its definition.

    Parameters
    ----------
    areas
        The areas, with every column that a layer is made of.
    study
        Its definition is told with every layer.
    columns
        The columns that layers are made of.
    """

    def __init__(self, areas: pd.DataFrame, study: Study, columns: Iterable[str]) -> None:
        self.areas = areas
        self.k, self.cutoff_min = study.indicator.min_centres, study.indicator.cutoff_min
        self.cutoff = f"{self.cutoff_min:g}"
        self.margin, self.jobs_min = f"{study.indicator.near_miss_min:g}", f"{study.jobs.cutoff_min:g}"
        self.over = f"over {study.journey.max_time_min:g}"
        self.meaning = column_definitions(study, columns)

    def layer(
        self,
        column: str,
        title: str,
        hue: str,
        breaks: Sequence[float] | None = None,
        *,
        is_share: bool = False,
        unit: str = "",
        decimals: int = 0,
        ends: tuple[str, str] = ("fewer", "more"),
        darkest_is_least: bool = False,
        inf_label: str = "",
        label_top: int = 0,
        class_labels: Sequence[str] = (),
        note: str = "",
        reason: str = "",
    ) -> Choropleth:
        """Describe a layer of figures, light to dark; without breaks it is cut near its fifths, at round figures."""
        bounds = round_breaks(self.areas[column]) if breaks is None else breaks
        colours = ramp(hue, len(bounds) + 1)
        return Choropleth(
            key=column,
            title=title,
            column=column,
            palette=colours[::-1] if darkest_is_least else colours,
            breaks=bounds,
            class_labels=class_labels,
            low_words=ends[0],
            high_words=ends[1],
            unit="%" if is_share else unit,
            factor=100 if is_share else 1,
            decimals=decimals,
            inf_label=inf_label or self.over,
            label_top=label_top,
            definition=self.meaning[column],
            note=note,
            reason_if_empty=reason,
        )

    def change(
        self,
        column: str,
        title: str,
        breaks: Sequence[float],
        *,
        unit: str,
        note: str,
        factor: float = 1,
        decimals: int = 0,
        reason: str = "",
    ) -> Choropleth:
        """Describe a layer of differences around a fixed zero."""
        return Choropleth(
            key=column,
            title=title,
            column=column,
            palette=diverging_ramp(len(breaks) + 1),
            breaks=breaks,
            diverging=True,
            low_words="worse",
            high_words="better",
            unit=unit,
            factor=factor,
            decimals=decimals,
            label_top=NUMBERED,
            definition=self.meaning[column],
            note=note,
            reason_if_empty=reason,
        )

    def tenths(self, column: str, title: str, *, reason: str = "") -> Choropleth:
        """Describe a layer of national tenths of deprivation, worded, the most deprived darkest."""
        return Choropleth(
            key=column,
            title=title,
            column=column,
            palette=ramp("need", len(TENTHS))[::-1],
            classes=list(range(1, len(TENTHS) + 1)),
            class_labels=TENTHS,
            definition=self.meaning[column],
            reason_if_empty=reason,
        )

    def minutes(self, column: str, title: str, *, note: str = "") -> Choropleth:
        """Describe a layer of minutes, cut at the study's cutoff and beside it, the quickest darkest."""
        beside = (self.cutoff_min + minutes for minutes in _BESIDE_CUTOFF_MIN)
        return self.layer(
            column,
            title,
            "access",
            [bound for bound in beside if bound > 0],
            ends=("quicker", "slower"),
            unit="min",
            decimals=1,  # one at 45.3 is in the class above 45
            darkest_is_least=True,
            note=note,
        )
