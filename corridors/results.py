"""What a run found, as the tables that the page, the command line and notebooks read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from corridors.access_and_need import AccessAndNeed
    from corridors.fairness import Fairness


@dataclass(frozen=True, eq=False)
class RunResults:
    """What a run found.

    Attributes
    ----------
    run_id
        Names the run by its inputs, parameters and the toolkit's version.
    definition
        What the indicator counts, in one sentence.
    denominator
        Whom the shares are taken over, in words.
    driving
        How the car is timed that public transport is held against; empty without one.
    headline
        The indicator for the region, in one sentence.
    access
        One row per small area; see `corridors.access`.
    wards
        One row per ward with its outline; see `corridors.overlay.ward_table`.
    indicator, curve
        See `corridors.indicator.indicator_by_level` and `corridors.indicator.centres_curve`.
    districts
        One row per district: the indicator, those who just miss it, and the official measures of deprivation.
    fairness
        The indicator by other definitions and by group, and how unequally access is spread.
    beside
        Other times of day, services, commutes, the car, need against level: see `corridors.access_and_need`.
    ranking, ranking_sites
        Corridors and sites, ranked; see `corridors.ranking.rank_options`.
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
    """

    run_id: str
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
    ranking: pd.DataFrame
    ranking_sites: pd.DataFrame
    lines: gpd.GeoDataFrame
    findings: tuple[tuple[str, str], ...]
    caution_groups: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    outputs: dict[str, Path] = field(default_factory=dict)

    @property
    def cautions(self) -> tuple[str, ...]:
        """All cautions, one after the other."""
        return tuple(sentence for _, sentences in self.caution_groups for sentence in sentences)
