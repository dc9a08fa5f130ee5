"""What is drawn over the wards: lines, roads, corridors, sites, stations, catchments, centres, and who just misses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from corridors.access.indicator import is_near_miss
from corridors.columns import ordinal
from corridors.places.places import site_points
from maps import Column, Overlay, ramp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridors.inputs import Inputs
    from corridors.results import RunResults
    from corridors.study import Study

PLACES: Final = "Places"
NETWORK: Final = "Lines and roads"
CATCHMENTS: Final = "Catchments of stations"
# Mode, title, colour, and whether it is one of the few that are shown at once and set off from the wards by an edge:
# a network of bus lines would hide them.
_MODES: Final = (
    ("bus", "Bus lines", "#484F54", False),
    ("rail", "Rail lines", "#0B0C0C", True),
    ("tram", "Metro lines", "#801650", True),
)
_SPOKEN_MODES: Final = {"tram": "Metro"}  # others are called what they are
_OTHER_MODES: Final = ("Other lines", "#484F54", False)
_THIN, _BROAD = 0.6, 3.0  # pixels
_BUSY_PER_HOUR: Final = 40.0  # departures at which a line is as broad as it gets
_MARGIN_M: Final = 2_500.0
_UNSEEN_M: Final = 20.0
_ROAD_WIDTHS: Final = {"motorway": 2.0, "trunk": 1.2, "primary": 0.8}
_KINDS: Final = {"hs2": "HS2 stations", "rail": "rail stations", "metro": "Metro stops"}
_WORDS = re.compile(r"[^a-z0-9]+")


def overlays(inputs: Inputs, results: RunResults, study: Study) -> list[Overlay]:
    """Describe what is drawn over the wards; what the study does not have is left out with a sentence.

    Lines and roads are cut a little beyond the wards: the map is of the wards, not of where the trains go on to.
    """
    area = map_area(inputs.outlines)
    lines = [
        *_line_overlays(cut(results.lines, area), study),
        *_road_overlay(inputs.roads, area, schematic=study.files.roads is not None),
    ]
    return [
        *_ranked_overlays(inputs, results, study),
        _centre_overlay(inputs.centres),
        *_station_overlays(inputs.stations),
        near_miss_overlay(inputs, results, study),
        *lines,
        *_band_overlays(results.explained.bands, study),
    ]


def _centre_overlay(centres: gpd.GeoDataFrame) -> Overlay:
    return Overlay(
        key="centres",
        title="Centres",
        frame=centre_marks(centres),
        kind="point",
        colour="#12436D",
        id_column="id",
        label_column="name",
        tooltip=(Column("points", "Points of access"),),
        group=PLACES,
        size=6,
        shape="diamond",
        order=50,
        show_labels=True,
    )


def _ranked_overlays(inputs: Inputs, results: RunResults, study: Study) -> list[Overlay]:
    """Draw corridors and sites with their ranks and the range of those."""
    rank_and_range = (Column("place", "Rank"), Column("range", "Its range, nine draws in ten"))
    drawn = f"numbered by rank; ranges are over draws of {study.ranking.drawn_in_words}"
    return [
        Overlay(
            key="corridors",
            title="Corridors",
            frame=ranked_places(inputs.corridors, results.ranking),
            kind="line",
            colour="#F46A25",
            id_column="id",
            label_column="name",
            map_label_column="place",
            tooltip=(*rank_and_range, Column("note", "Note")),
            group=PLACES,
            size=4,
            order=20,
            show_labels=True,
            note=drawn,
            reason_if_empty="The study's table of corridors is empty.",
        ),
        Overlay(
            key="sites",
            title="Sites",
            frame=ranked_places(site_points(inputs.sites), results.ranking_sites),
            kind="point",
            colour="#28A197",
            id_column="id",
            label_column="name",
            tooltip=(
                *rank_and_range,
                Column("score", "Score", decimals=2, missing_label="no score"),
                Column("kind", "Kind"),
                Column("strategy_wording", "In the strategy"),
            ),
            group=PLACES,
            size=5,
            shape="square",
            visible=False,
            order=40,
            reason_if_empty="The study's table of sites is empty.",
        ),
    ]


def _station_overlays(stations: gpd.GeoDataFrame) -> list[Overlay]:
    hs2 = stations["kind"].eq("hs2")
    kind_and_status = (Column("kind", "Kind"), Column("status", "Status"))
    return [
        Overlay(
            key="stations",
            title="Stations and Metro stops",
            frame=stations[~hs2],
            kind="point",
            colour="#0B0C0C",
            id_column="id",
            label_column="name",
            tooltip=kind_and_status,
            group=PLACES,
            size=2.5,
            visible=False,
            order=30,
            reason_if_empty="The study's table of stations names none but HS2's.",
        ),
        Overlay(
            key="hs2",
            title="HS2 stations",
            frame=stations[hs2],
            kind="point",
            colour="#801650",
            id_column="id",
            label_column="name",
            tooltip=kind_and_status,
            group=PLACES,
            size=7,
            shape="triangle",
            order=45,
            show_labels=True,
            reason_if_empty="The study's table of stations names none of HS2.",
        ),
    ]


def near_miss_overlay(inputs: Inputs, results: RunResults, study: Study) -> Overlay:
    """Mark the small areas that miss enough centres by a little, each at its point."""
    cutoff, margin = study.indicator.cutoff_min, study.indicator.near_miss_min
    access = results.access
    near = access.loc[is_near_miss(access["minutes_to_k"], cutoff, margin_min=margin), ["id", "minutes_to_k"]]
    frame = inputs.areas[["id", "name", "residents", "geometry"]].merge(near, on="id", validate="one_to_one")
    return Overlay(
        key="near-miss",
        title=f"Small areas that miss it by {margin:g} minutes or less",
        frame=frame,
        kind="point",
        colour="#F46A25",
        id_column="id",
        label_column="name",
        tooltip=(
            Column(
                "minutes_to_k", f"Minutes to the {ordinal(study.indicator.min_centres)} centre", decimals=1
            ),
            Column("residents", "Residents", decimals=0),
        ),
        group=PLACES,
        size=3,
        visible=False,
        order=35,
        note="one mark for each",
        reason_if_empty="No small area misses it by so little.",
    )


def _band_overlays(bands: gpd.GeoDataFrame, study: Study) -> list[Overlay]:
    """Draw the catchments of stations, one layer per kind reached by public transport and one of walks."""
    layers = []
    for (reached, kind), frame in bands.groupby(["reached", "kind"], sort=True):
        on_foot = reached == "on foot"
        noun = "stations and stops that are open" if on_foot else _KINDS.get(str(kind), f"{kind} stations")
        minutes = sorted(frame["minutes"])
        layers.append(
            Overlay(
                key="walks-to-stations" if on_foot else f"catchment-{_WORDS.sub('-', str(kind).lower())}",
                title=f"{_sentence_case(noun)}: within {_spoken_minutes(minutes)} {reached}",
                frame=_named_bands(frame, str(reached)),
                kind="polygon",
                colour="#0B0C0C" if on_foot else "#801650",
                label_column="name",
                tooltip=(
                    Column("residents", "Residents whose small area's point is inside", decimals=0),
                    Column("share", "of all", unit="%", factor=100, decimals=1),
                ),
                group=CATCHMENTS,
                class_column="minutes",
                classes=[f"{each:g}" for each in minutes],
                palette=ramp("unemployment" if on_foot else "need", len(minutes) + 1)[:0:-1],
                class_labels=[f"{each:g} minutes" for each in minutes],
                fill="tint",
                size=1.5,
                visible=False,
                order=8,
                note=_band_note(study, on_foot=on_foot, stations=int(frame["stations"].iloc[0])),
            )
        )
    return layers


def _named_bands(bands: pd.DataFrame, reached: str) -> gpd.GeoDataFrame:
    """Name each band, and write its minutes as the class it belongs to."""
    minutes = [f"{each:g}" for each in bands["minutes"]]
    named = bands.assign(name=[f"Within {each} minutes {reached}" for each in minutes], minutes=minutes)
    return gpd.GeoDataFrame(named, geometry="geometry", crs="EPSG:4326")


def _band_note(study: Study, *, on_foot: bool, stations: int) -> str:
    if on_foot:
        return f"straight lines divided by {study.journey.detour:g}, around {stations:,} of them"
    return "to the nearest of them, by the study's window and statistic; in cells of 200 m"


def _spoken_minutes(minutes: Sequence[float]) -> str:
    *first, last = (f"{each:g}" for each in minutes)
    return f"{', '.join(first)} and {last} minutes" if first else f"{last} minutes"


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


def map_area(outlines: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Outline the wards with a margin, in EPSG:4326."""
    metric = outlines.to_crs(outlines.estimate_utm_crs())
    return gpd.GeoSeries([metric.union_all().buffer(_MARGIN_M)], crs=metric.crs).to_crs("EPSG:4326")


def cut(lines: gpd.GeoDataFrame, area: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Keep what lies within the area of the map."""
    return lines.to_crs("EPSG:4326").clip(area, keep_geom_type=True, sort=True)


def _road_overlay(roads: gpd.GeoDataFrame | None, area: gpd.GeoSeries, *, schematic: bool) -> list[Overlay]:
    """Draw the main roads under everything else; nothing to point at, so that the wards can be."""
    if roads is None or roads.empty:
        return []
    metric = roads.to_crs(roads.estimate_utm_crs())
    # Bends that nobody sees behind a whole map would only make the page heavier.
    drawn = cut(metric.assign(geometry=metric.simplify(_UNSEEN_M)), area)
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
            group=NETWORK,
            order=5,
            note="schematic" if schematic else "",
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
    noun = pd.Series(
        np.where(lines["lines"].str.contains(","), " lines ", " line "), lines.index, dtype="str"
    )
    drawn = lines.assign(
        name=spoken.astype("str") + noun + lines["lines"].astype("str"),
        width=line_widths(lines["departures_per_hour"]),
    )
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
            group=NETWORK,
            order=10 + order,
            note="schematic; broader = more departures",
        )
        for order, (title, colour, few, chosen) in enumerate(groups)
        if chosen.any()
    ]


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
