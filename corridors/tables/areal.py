"""Areal interpolation: sharing areas out by where they lie, when no lookup says where their residents do.

Every area is cut along the borders of the others, and a count is spread over the pieces by their area, as if people
lived evenly over it (simple area weighting: Goodchild and Lam, 1980). That is the weakest of the three ways: prefer a
lookup weighted by residents, or best fit. `tobler` does the same and more, but brings rasterio, rasterstats, libpysal
and statsmodels along, and neither counts slivers nor names what it leaves uncovered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from accessibility.errors import ParameterError
from accessibility.points import check_metric_crs, metric_crs
from corridors.errors import JoinError

if TYPE_CHECKING:
    from pyproj import CRS

_OVERLAP = 0.01  # of an area covered twice: more than the wobble between two generalised borders
_UNCOVERED = 0.001  # of an area: less is the wobble of borders, and not named
_NAMED = 3


@dataclass(frozen=True)
class OverlayReport:
    """What an overlay could not place as it stood.

    Attributes
    ----------
    areas
        How many areas were shared out.
    slivers, sliver_share
        Pieces too small to mean anything, left out; and the largest of them, as a share of its area.
    uncovered
        The areas that reach beyond the others by more than a thousandth, sorted.
    uncovered_km2, uncovered_share
        The area beyond the others, of all areas together. What lives there is given to the pieces inside.
    """

    areas: int
    slivers: int
    sliver_share: float
    uncovered: tuple[str, ...]
    uncovered_km2: float
    uncovered_share: float

    @property
    def sentence(self) -> str:
        """Say how the areas were shared out and what did not fit, for the outputs."""
        text = f"{self.areas:,} areas shared out by area, as if their residents lived evenly over them"
        if self.slivers:
            text += f"; {self.slivers:,} slivers left out, the largest {self.sliver_share:.2%} of its area"
        if self.uncovered:
            named = ", ".join(self.uncovered[:_NAMED]) + (", …" if len(self.uncovered) > _NAMED else "")
            text += (
                f"; {len(self.uncovered):,} reach beyond the outlines they are shared among ({named}), "
                f"{self.uncovered_km2:,.2f} km² or {self.uncovered_share:.2%} of all, whose residents are counted inside"
            )
        return f"{text}."


def area_shares(
    areas: gpd.GeoDataFrame,
    among: gpd.GeoDataFrame,
    *,
    by: str,
    crs: object = None,
    sliver_share: float = 0.001,
    max_uncovered_share: float = 0.5,
) -> tuple[pd.DataFrame, OverlayReport]:
    """Share areas out among others by where they lie.

    Parameters
    ----------
    areas
        Polygons with a unique ``id``, in any CRS.
    among
        Polygons with a unique code in the column ``by``, in any CRS; they may not overlap one another.
    by
        The column of codes.
    crs
        The metric CRS to measure in; without it the British National Grid in Great Britain, else the UTM zone.
    sliver_share
        Pieces of at most this share of their area are borders that wobble, and are left out.
    max_uncovered_share
        The share of an area that may lie outside all others.

    Returns
    -------
        ``id``, the column ``by`` and ``share``, sorted: for `corridors.tables.lookups.to_groups`. The shares of one area sum
        to one, so that every total is kept; what lies outside is spread over what lies inside. And a report.

    Raises
    ------
    JoinError
        When an area lies outside by more than the share, or the others overlap by more than a hundredth of an area.
    ParameterError
        When a table has no CRS, or a parameter is out of range.
    """
    if not 0 <= sliver_share < 1 or not 0 <= max_uncovered_share <= 1:
        raise ParameterError("sliver_share must be from 0 to below 1, max_uncovered_share from 0 to 1")
    metric = _measured_in(areas, among, crs)
    pieces = _pieces(areas, among, metric, by=by)
    total = pd.Series(areas.geometry.to_crs(metric).area.to_numpy(), index=areas["id"])
    pieces["share"] = pieces["m2"] / pieces["id"].map(total)
    covered = pieces.groupby("id")["share"].sum().reindex(total.index, fill_value=0.0)
    _refuse_overlaps(covered)
    _refuse_uncovered(1 - covered, max_uncovered_share)
    small = pieces["share"] <= sliver_share
    # Where every piece is a sliver the largest stays: no area may vanish.
    small &= pieces["share"] < pieces.groupby("id")["share"].transform("max")
    report = _report(pieces[small], 1 - covered, total)
    kept = pieces[~small].copy()
    kept["share"] = kept["m2"] / kept.groupby("id")["m2"].transform("sum")
    return kept[["id", by, "share"]].sort_values(["id", by], ignore_index=True), report


def _measured_in(areas: gpd.GeoDataFrame, among: gpd.GeoDataFrame, crs: object) -> CRS:
    for table, name in ((areas, "areas"), (among, "outlines they are shared among")):
        if table.crs is None:
            raise ParameterError(f"the {name} have no coordinate reference system; set it with set_crs")
    if crs is not None:
        return check_metric_crs(crs)
    places = areas.geometry.to_crs("EPSG:4326").representative_point()
    return metric_crs(places.x, places.y)


def _pieces(areas: gpd.GeoDataFrame, among: gpd.GeoDataFrame, metric: CRS, *, by: str) -> pd.DataFrame:
    """Cut the areas along the others' borders: one row per piece with an area of its own."""
    ours = areas.geometry.to_crs(metric).make_valid().to_numpy()
    theirs = among.geometry.to_crs(metric).make_valid().to_numpy()
    at, of = shapely.STRtree(theirs).query(ours, predicate="intersects")
    m2 = shapely.area(shapely.intersection(ours[at], theirs[of]))
    pieces = pd.DataFrame({"id": areas["id"].to_numpy()[at], by: among[by].to_numpy()[of], "m2": m2})
    return pieces[pieces["m2"] > 0].reset_index(drop=True)


def _refuse_overlaps(covered: pd.Series[float]) -> None:
    twice = covered.index[covered > 1 + _OVERLAP]
    if len(twice):
        raise JoinError(
            f"{len(twice):,} areas are covered more than once (first {twice[0]}): the outlines they are shared among "
            "overlap, and residents would be counted twice"
        )


def _refuse_uncovered(outside: pd.Series[float], allowed: float) -> None:
    lost = sorted(outside.index[(outside > allowed) | (outside >= 1)])
    if lost:
        named = ", ".join(lost[:_NAMED]) + (", …" if len(lost) > _NAMED else "")
        raise JoinError(
            f"{len(lost):,} of {len(outside):,} areas lie outside the outlines they are to be shared among by more than "
            f"{allowed:.0%} ({named}): leave them out of the table, or add the outlines they lie in"
        )


def _report(slivers: pd.DataFrame, outside: pd.Series[float], total: pd.Series[float]) -> OverlayReport:
    beyond = outside.clip(lower=0)
    beyond_m2, all_m2 = float((beyond * total).sum()), float(total.sum())
    return OverlayReport(
        areas=len(total),
        slivers=len(slivers),
        sliver_share=float(slivers["share"].max()) if len(slivers) else 0.0,
        uncovered=tuple(sorted(beyond.index[beyond > _UNCOVERED])),
        uncovered_km2=beyond_m2 / 1e6,
        uncovered_share=beyond_m2 / all_m2 if all_m2 else 0.0,
    )
