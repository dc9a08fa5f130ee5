"""What the pages of a batch colour: small areas as computed cells, or wards where there are too many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np

from corridors.batch.station_catchments import area_cells
from corridors.need.overlay import weighted_median
from maps import Choropleth, Column, Overlay, diverging_ramp, ramp

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from corridors.batch.plan import Plan
    from corridors.inputs import Inputs

    Array = npt.NDArray[np.float64]

#: Small areas that a page can draw and stay small enough to be sent by mail.
_MOST_CELLS: Final = 4_000
_MOST_BREAKS: Final = 8
_SAVED: Final = (-10.0, -5.0, -1.0, 1.0, 5.0, 10.0)


class MapAreas:
    """The areas of a page, and how minutes of small areas are shown in them."""

    def __init__(self, inputs: Inputs) -> None:
        """Draw cells, or take the wards' outlines."""
        areas = inputs.areas
        self._pieces: dict[str, tuple[npt.NDArray[np.int64], Array]] = {}
        if len(areas) <= _MOST_CELLS:
            self.noun, self.unit_words = "small areas", "of the small area's point"
            cells = area_cells(areas, inputs.outlines)
            self.frame = cells.to_crs("EPSG:4326").assign(name=areas["name"], group=areas["district_name"])
            return
        self.noun, self.unit_words = "wards", "of the ward's median resident"
        wards = inputs.wards.rename(columns={"ward_code": "id", "ward_name": "name", "district": "group"})
        outlines = inputs.outlines.rename(columns={"ward_code": "id"})
        joined = wards[["id", "name", "group"]].merge(outlines, on="id", validate="one_to_one")
        self.frame = gpd.GeoDataFrame(joined, geometry="geometry", crs=inputs.outlines.crs)
        people = areas[["id", "residents"]].assign(row=np.arange(len(areas)))
        pieces = inputs.shares.merge(people, on="id", validate="many_to_one")
        weights = (pieces["residents"] * pieces["share"]).to_numpy(dtype=float)
        rows = pieces["row"].to_numpy()
        at = pieces.groupby("ward_code").indices
        self._pieces = {str(ward): (rows[here], weights[here]) for ward, here in at.items()}

    def shown(self, minutes: Array) -> Array:
        """Bring minutes of the small areas to the areas of the page."""
        if not self._pieces:
            return minutes
        medians = {
            ward: weighted_median(minutes[rows], weights) for ward, (rows, weights) in self._pieces.items()
        }
        return np.asarray(self.frame["id"].map(medians), dtype=np.float64)


def minutes_layer(
    key: str, title: str, *, group: str, thresholds_min: Sequence[float], longest_min: float, definition: str
) -> Choropleth:
    """Colour areas by minutes, the thresholds being the bounds of the classes and the darkest the quickest."""
    breaks = _some(list(thresholds_min))
    return Choropleth(
        key=key,
        title=title,
        column=key,
        group=group,
        palette=ramp("access", len(breaks) + 1)[::-1],
        breaks=breaks,
        unit="min",
        decimals=1,
        inf_label=f"over {longest_min:g}",
        low_words="quicker",
        high_words="slower",
        definition=definition,
    )


def saved_layer(key: str, title: str, *, group: str, longest_min: float, definition: str) -> Choropleth:
    """Colour areas by the minutes that a scenario saves."""
    return Choropleth(
        key=key,
        title=title,
        column=key,
        group=group,
        palette=diverging_ramp(len(_SAVED) + 1),
        breaks=_SAVED,
        diverging=True,
        unit="min",
        decimals=1,
        low_words="slower",
        high_words="quicker",
        definition=definition,
        no_data_label="Out of reach with and without",
        note=f"A place that is out of reach counts as {longest_min:g} minutes away, so what it gains is a least.",
        reason_if_empty="No area is within reach, with or without.",
    )


def saved(before: Array, after: Array, *, longest_min: float) -> Array:
    """Minutes saved, places out of reach counted at the longest journey; missing where neither reaches them."""
    held = np.minimum(before, longest_min) - np.minimum(after, longest_min)
    neither: Array = np.where(np.isinf(before) & np.isinf(after), np.nan, held)
    return neither


def _some(thresholds: list[float]) -> list[float]:
    """Keep no more thresholds than colours can be told apart, the last among them."""
    if len(thresholds) <= _MOST_BREAKS:
        return thresholds
    chosen = np.unique(np.linspace(0, len(thresholds) - 1, _MOST_BREAKS).round().astype(int))
    return [thresholds[number] for number in chosen]


def overlays(plan: Plan, inputs: Inputs, ids: Sequence[str]) -> list[Overlay]:
    """Draw the points of access of some stations, and the sites."""
    points = plan.stations.points
    here = points[points["group"].isin(ids)]
    names = here["group"].map(plan.stations.table.set_index("station_id")["name"])
    stations = gpd.GeoDataFrame(
        {"id": here["id"].astype(str), "name": names}, geometry=here.geometry, crs=points.crs
    )
    sites = plan.places[plan.places["kind"] == "site"]
    told = inputs.sites.set_index("id").loc[sites["id"]]
    drawn = gpd.GeoDataFrame(
        {"name": told["name"].to_numpy(), "homes": told["homes"].to_numpy(dtype=float, na_value=np.nan)},
        geometry=sites.geometry.to_numpy(),
        crs=sites.crs,
    )
    return [
        Overlay(
            key="stations",
            title="Stations",
            frame=stations,
            kind="point",
            colour="#801650",
            label_column="name",
            size=7,
            shape="triangle",
            order=45,
            show_labels=True,
            note="every point of access",
        ),
        Overlay(
            key="sites",
            title="Sites",
            frame=drawn,
            kind="point",
            colour="#28A197",
            label_column="name",
            tooltip=(Column("homes", "Homes it has room for", decimals=0, missing_label="not said"),),
            size=5,
            shape="square",
            visible=False,
            order=40,
        ),
    ]
