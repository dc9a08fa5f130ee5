"""The map's layers: how the wards are coloured, and what is drawn over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from corridors.columns import column_definitions, ordinal
from corridors.places import site_points
from maps import Choropleth, Column, Overlay, ramp

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from corridors.inputs import Inputs
    from corridors.study import Study

# Nine mixes of two ramps, need (red) by access (blue where it is good); the first is what to look at first.
_NINE = {
    "3-1": ("#B4403B", "Great need, poor access"),
    "3-2": ("#8C4A55", "Great need, middling access"),
    "3-3": ("#4B3F63", "Great need, good access"),
    "2-1": ("#DDA3A0", "Middling need, poor access"),
    "2-2": ("#AC96A3", "Middling need, middling access"),
    "2-3": ("#6A7FA0", "Middling need, good access"),
    "1-1": ("#EDE7E3", "Little need, poor access"),
    "1-2": ("#BCD0DA", "Little need, middling access"),
    "1-3": ("#6BA4BE", "Little need, good access"),
}
#: What the classes of need and access are called.
NEED_AND_ACCESS = {key: words for key, (_, words) in _NINE.items()}
_FIFTHS = (0.2, 0.4, 0.6, 0.8)
_ROUND_STEPS = np.array([1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])
# Mode, title, colour, and whether it is one of the few that are shown at once and set off from the wards by an edge:
# a network of bus lines would hide them.
_MODES = (
    ("bus", "Bus lines", "#484F54", False),
    ("rail", "Rail lines", "#0B0C0C", True),
    ("tram", "Metro lines", "#801650", True),
)
_SPOKEN_MODES = {"tram": "Metro"}  # others are called what they are
_OTHER_MODES = ("Other lines", "#484F54", False)
_THIN, _BROAD = 0.6, 3.0  # pixels
_BUSY_PER_HOUR = 40.0  # departures at which a line is as broad as it gets
_MARGIN_M = 2_500.0
_ROAD_WIDTHS = {"motorway": 2.0, "trunk": 1.2, "primary": 0.8}


def ward_layers(wards: pd.DataFrame, study: Study) -> list[Choropleth]:
    """Describe every way of colouring the wards: access, need, joblessness, jobs."""
    unreachable = f"over {study.journey.max_time_min:g}"
    cutoff, k = f"{study.indicator.cutoff_min:g}", study.indicator.min_centres
    meaning = column_definitions(study, wards.columns)

    def layer(
        column: str,
        title: str,
        hue: str,
        breaks: list[float],
        *,
        unit: str = "",
        factor: float = 1.0,
        decimals: int = 0,
        darkest_is_least: bool = False,
        note: str = "",
        inf_label: str = unreachable,
    ) -> Choropleth:
        colours = ramp(hue, len(breaks) + 1)
        return Choropleth(
            key=column,
            title=title,
            column=column,
            palette=colours[::-1] if darkest_is_least else colours,
            breaks=breaks,
            unit=unit,
            decimals=decimals,
            factor=factor,
            inf_label=inf_label,
            definition=meaning[column],
            note=note,
        )

    def fifths(column: str) -> list[float]:
        return round_breaks(wards[column])

    return [
        layer(
            "share_reaching",
            f"Residents who reach {k} or more centres in {cutoff} minutes",
            "access",
            list(_FIFTHS),
            unit="%",
            factor=100,
        ),
        layer(
            "minutes_to_k",
            f"Minutes to {k} centres, median resident",
            "access",
            [40.0, 45.0, 50.0, 60.0, 75.0],
            unit="min",
            decimals=1,  # a ward at 45.3 is in the class above 45
            darkest_is_least=True,
            note="Darkest is quickest, as on the other layers of access.",
        ),
        layer(
            "jobs_within", "Jobs within reach, residents' mean", "access", fifths("jobs_within"), unit="jobs"
        ),
        layer(
            "jobs_per_worker",
            "Jobs within reach per competing worker",
            "access",
            fifths("jobs_per_worker"),
            decimals=2,
        ),
        *_against_car(wards, layer),
        *_need_and_access(wards, meaning),
        layer(
            "income_deprived_per_1000",
            "Income-deprived people",
            "need",
            fifths("income_deprived_per_1000"),
            unit="per 1,000 residents",
        ),
        layer(
            "employment_deprived_per_1000",
            "Employment-deprived people",
            "need",
            fifths("employment_deprived_per_1000"),
            unit="per 1,000 residents",
        ),
        layer(
            "share_most_deprived_tenth",
            "Small areas in the nation's most deprived tenth",
            "need",
            list(_FIFTHS),
            unit="%",
            factor=100,
        ),
        layer(
            "unemployment_rate",
            "Unemployed, of the economically active",
            "unemployment",
            fifths("unemployment_rate"),
            unit="%",
            factor=100,
            decimals=1,
        ),
        *_claimants(wards, layer),
        layer("jobs", "Jobs in the ward", "jobs", fifths("jobs"), unit="jobs"),
    ]


def _against_car(wards: pd.DataFrame, layer: Callable[..., Choropleth]) -> list[Choropleth]:
    """Colour wards by minutes by public transport against the car, where the study drives."""
    if "times_as_long_as_car" not in wards.columns:
        return []
    return [
        layer(
            "times_as_long_as_car",
            "Public transport against car: times as long as the drive",
            "access",
            round_breaks(wards["times_as_long_as_car"]),
            decimals=1,
            note="driving at free flow: congestion and parking are not modelled; the highest class holds wards that only "
            "the car serves",
            inf_label="only the car gets there",
        )
    ]


def _need_and_access(wards: pd.DataFrame, meaning: dict[str, str]) -> list[Choropleth]:
    """Colour wards by nine classes of need and access together, where both are known."""
    if wards["need_and_access"].isna().all():
        return []
    return [
        Choropleth(
            key="need_and_access",
            title="Need and access together",
            column="need_and_access",
            palette=[colour for colour, _ in _NINE.values()],
            classes=list(_NINE),
            class_labels=[words for _, words in _NINE.values()],
            definition=meaning["need_and_access"],
        )
    ]


def _claimants(wards: pd.DataFrame, layer: Callable[..., Choropleth]) -> list[Choropleth]:
    """Colour wards by claimants, where the study counts them."""
    if "claimant_rate" not in wards.columns:
        return []
    return [
        layer(
            "claimant_rate",
            "Claimants, of residents aged 16 to 64",
            "unemployment",
            round_breaks(wards["claimant_rate"]),
            unit="%",
            factor=100,
            decimals=1,
        )
    ]


def overlays(
    inputs: Inputs,
    lines: gpd.GeoDataFrame,
    ranking: pd.DataFrame,
    ranking_sites: pd.DataFrame,
    study: Study,
) -> list[Overlay]:
    """Describe what is drawn over the wards: roads, lines, corridors, stations, centres and sites.

    Lines and roads are cut a little beyond the wards: the map is of the wards, not of where the trains go on to.
    """
    stations = inputs.stations
    area = _map_area(inputs.outlines)
    hs2 = stations["kind"].eq("hs2")
    rank_and_range = (Column("place", "Rank"), Column("range", "With other weights"))
    kind_and_status = (Column("kind", "Kind"), Column("status", "Status"))
    return [
        *_road_overlay(inputs.roads, area),
        *_line_overlays(_cut(lines, area), study),
        Overlay(
            key="corridors",
            title="Corridors",
            frame=ranked_places(inputs.corridors, ranking),
            kind="line",
            colour="#F46A25",
            label_column="name",
            map_label_column="place",
            tooltip=(*rank_and_range, Column("note", "Note")),
            size=4,
            order=20,
            show_labels=True,
            note="numbered by rank",
        ),
        Overlay(
            key="stations",
            title="Stations and Metro stops",
            frame=stations[~hs2],
            kind="point",
            colour="#0B0C0C",
            label_column="name",
            tooltip=kind_and_status,
            size=2.5,
            visible=False,
            order=30,
        ),
        Overlay(
            key="hs2",
            title="HS2 stations",
            frame=stations[hs2],
            kind="point",
            colour="#801650",
            label_column="name",
            tooltip=kind_and_status,
            size=7,
            shape="triangle",
            order=45,
            show_labels=True,
        ),
        Overlay(
            key="sites",
            title="Sites",
            frame=ranked_places(site_points(inputs.sites), ranking_sites),
            kind="point",
            colour="#28A197",
            label_column="name",
            tooltip=(
                *rank_and_range,
                Column("score", "Score", decimals=2, missing_label="no score"),
                Column("kind", "Kind"),
                Column("strategy_wording", "In the strategy"),
            ),
            size=5,
            shape="square",
            visible=False,
            order=40,
        ),
        Overlay(
            key="centres",
            title="Centres",
            frame=centre_marks(inputs.centres),
            kind="point",
            colour="#12436D",
            label_column="name",
            tooltip=(Column("points", "Points of access"),),
            size=6,
            shape="diamond",
            order=50,
            show_labels=True,
        ),
    ]


def centre_marks(centres: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one mark per centre, amid its points of access: ``id, name, points``."""
    grouped = centres.groupby("group", sort=True)
    table = grouped.agg(
        name=("name", "first"), points=("id", "size"), lon=("lon", "mean"), lat=("lat", "mean")
    ).reset_index(names="id")
    return gpd.GeoDataFrame(
        table[["id", "name", "points"]],
        geometry=gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326"),
    )


def round_breaks(values: pd.Series[float], *, classes: int = 5) -> list[float]:
    """Return class bounds near the quantiles, each a round figure, ascending; at least one.

    The figures are rounded to steps such as 1, 1.2, 1.5, 2, 2.5 … 10 times a power of ten, so that a legend reads.
    """
    finite = values[np.isfinite(values) & (values > 0)].to_numpy(dtype=float)
    if not len(finite):
        return [0.0]
    wanted = np.quantile(finite, np.arange(1, classes) / classes)
    power = 10.0 ** np.floor(np.log10(wanted))
    nearest = np.abs(_ROUND_STEPS[:, np.newaxis] - wanted / power).argmin(axis=0)
    return [float(f"{value:.6g}") for value in np.unique(_ROUND_STEPS[nearest] * power)]


def ranked_places(places: gpd.GeoDataFrame, ranking: pd.DataFrame) -> gpd.GeoDataFrame:
    """Put the ``score`` of each corridor or site, its ``place`` (1st, 2nd …) and ``range`` of ranks in words beside it."""
    said = ranking.set_index("id").loc[places["id"]]
    scored = said["score"].notna().to_numpy()
    ordinals = [ordinal(int(rank)) for rank in said["rank"]]
    ranges = [f"{low} to {high}" for low, high in zip(said["rank_low"], said["rank_high"], strict=True)]
    return places.assign(
        score=said["score"].to_numpy(),
        place=np.where(scored, ordinals, "not ranked"),
        range=np.where(scored, ranges, "no residents near it"),
    )


def _map_area(outlines: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Outline the wards with a margin, in EPSG:4326."""
    metric = outlines.to_crs(outlines.estimate_utm_crs())
    return gpd.GeoSeries([metric.union_all().buffer(_MARGIN_M)], crs=metric.crs).to_crs("EPSG:4326")


def _cut(lines: gpd.GeoDataFrame, area: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Keep what lies within the area of the map."""
    return lines.to_crs("EPSG:4326").clip(area, keep_geom_type=True, sort=True)


def _road_overlay(roads: gpd.GeoDataFrame | None, area: gpd.GeoSeries) -> list[Overlay]:
    """Draw the main roads under everything else; nothing to point at, so that the wards can be."""
    if roads is None:
        return []
    drawn = _cut(roads, area)
    return [
        Overlay(
            key="roads",
            title="Main roads",
            frame=drawn.assign(width=drawn["kind"].map(_ROAD_WIDTHS)),
            kind="line",
            colour="#8F989D",
            size_column="width",
            size=1.2,
            casing=False,
            order=5,
            note="schematic",
        )
    ]


def line_widths(departures_per_hour: pd.Series[float]) -> pd.Series[float]:
    """Give each stretch its breadth in pixels: by the root of its departures, so that few still show."""
    share = ((departures_per_hour / _BUSY_PER_HOUR) ** 0.5).clip(upper=1.0)
    return (_THIN + (_BROAD - _THIN) * share).round(1)


def _line_overlays(lines: gpd.GeoDataFrame, study: Study) -> list[Overlay]:
    """Make one overlay per mode that runs; modes without a colour of their own share one."""
    window = f"{study.journey.window[0]} to {study.journey.window[1]}"
    shown = (Column("departures_per_hour", f"Departures an hour, {window}, both directions", decimals=0),)
    spoken = lines["mode"].map(_SPOKEN_MODES).fillna(lines["mode"].str.capitalize())
    noun = np.where(lines["lines"].str.contains(","), " lines ", " line ")
    drawn = lines.assign(name=spoken + noun + lines["lines"], width=line_widths(lines["departures_per_hour"]))
    named = {mode for mode, *_ in _MODES}
    groups = [(title, colour, few, drawn["mode"].eq(mode)) for mode, title, colour, few in _MODES]
    groups.append((*_OTHER_MODES, ~drawn["mode"].isin(named)))
    return [
        Overlay(
            key=title.lower().replace(" ", "-"),
            title=title,
            frame=drawn[chosen],
            kind="line",
            colour=colour,
            label_column="name",
            tooltip=shown,
            size=1.6,
            size_column="width",
            visible=few,
            casing=few,
            order=10 + order,
            note="schematic; broader = more departures",
        )
        for order, (title, colour, few, chosen) in enumerate(groups)
        if chosen.any()
    ]
