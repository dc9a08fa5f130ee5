"""What a run found, as the tables that the page, the command line and notebooks read."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from corridors.page.explained import NOTHING_EXPLAINED, Explained

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    import accessibility as acc
    from corridors.access.access_and_need import AccessAndNeed
    from corridors.access.fairness import Fairness
    from corridors.ranking.robustness import Robustness
    from corridors.study import Study
    from maps import Page


@dataclass(frozen=True, eq=False)
class RunResults:
    """What a run found.

    Attributes
    ----------
    run_id
        Names the run by its inputs, parameters and the toolkit's version.
    study
        The study as it was answered: with the day that "auto" came to, or with times that were brought.
    definition
        What the indicator counts, in one sentence.
    denominator
        Whom the shares are taken over, in words.
    driving
        How the car is timed that public transport is held against; empty without one.
    headline
        The indicator for the region, in one sentence.
    access
        One row per small area; see `corridors.access.access`.
    wards
        One row per ward with its outline; see `corridors.need.overlay.ward_table`.
    indicator, curve
        See `corridors.access.indicator.indicator_by_level` and `corridors.access.indicator.centres_curve`.
    districts
        One row per district: the indicator, those who just miss it, and the official measures of deprivation.
    fairness
        The indicator by other definitions and by group, and how unequally access is spread.
    beside
        Other times of day, services, commutes, the car, need against level: see `corridors.access.access_and_need`.
    network
        Timetable and walks, to ask more of: journeys, isochrones, minutes to a station; None where times were brought.
    robustness, robustness_sites
        Corridors and sites, ranked, and how far either order can be trusted; see `corridors.ranking.robustness.Robustness`.
    members, members_sites
        The small areas in the catchment of each corridor and each site (``place_id, id``).
    overlaps, cover
        ``places`` (corridors or sites), then what `corridors.places.catchments.catchment_overlaps` and `greedy_cover` there say:
        which catchments share residents, and in which order they reach most without counting anybody twice.
    connectedness, in_common
        How the corridors hang together; see `corridors.places.corridor_graph`.
    sites
        Each site's labour pool and minutes to centres, HS2 stations and services; see `corridors.places.labour_pools.site_table`.
    lines
        The lines of the timetable, to draw.
    findings
        What the tables say, as a heading and a sentence: how need and access relate, where the gap criteria disagree.
    caution_groups
        What a reader must bear in mind, under what it is about: residents out of reach, empty catchments, shared
        residents, values beyond a goalpost, places nobody has checked.
    notes
        Counted warnings of the feeds.
    outputs
        The files written, by name; empty when nothing was.
    explained
        Journeys that fall short, what schemes change, how far stations reach; see `corridors.page.explained`.
    pages
        The pages to draw, by the name of their file.
    """

    run_id: str
    study: Study
    definition: str
    denominator: str
    driving: str
    headline: str
    access: pd.DataFrame
    wards: gpd.GeoDataFrame
    indicator: pd.DataFrame
    curve: pd.DataFrame
    districts: pd.DataFrame
    fairness: Fairness
    beside: AccessAndNeed
    network: acc.Network | None
    robustness: Robustness
    robustness_sites: Robustness
    members: pd.DataFrame
    members_sites: pd.DataFrame
    overlaps: pd.DataFrame
    cover: pd.DataFrame
    connectedness: pd.DataFrame
    in_common: pd.DataFrame
    sites: pd.DataFrame
    lines: gpd.GeoDataFrame
    findings: tuple[tuple[str, str], ...]
    caution_groups: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    outputs: dict[str, Path] = field(default_factory=dict)
    explained: Explained = NOTHING_EXPLAINED
    pages: dict[str, Page] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        """Show the map in a notebook, in its light version; without one, the finding."""
        page = self.pages.get("index.html")
        return f"<p>{escape(self.headline)}</p>" if page is None else page._repr_html_()

    @property
    def ranking(self) -> pd.DataFrame:
        """The corridors, ranked; see `corridors.ranking.ranking.rank_options`."""
        return self.robustness.ranking

    @property
    def ranking_sites(self) -> pd.DataFrame:
        """The sites, ranked the same way."""
        return self.robustness_sites.ranking

    @property
    def cautions(self) -> tuple[str, ...]:
        """All cautions, one after the other."""
        return tuple(sentence for _, sentences in self.caution_groups for sentence in sentences)
