"""What explains the map beside its figures: journeys that fall short, what schemes change, how far stations reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from corridors.page.bands import NO_BANDS, station_bands
from corridors.page.columns import centres_and_tenths, with_schemes
from corridors.page.journeys import ward_journeys
from corridors.page.schemes import closing_schemes, scheme_effects

if TYPE_CHECKING:
    import geopandas as gpd

    import accessibility as acc
    from corridors.inputs import Inputs
    from corridors.page.schemes import SchemeEffects
    from corridors.progress import Progress
    from corridors.results import RunResults
    from corridors.study import Study


@dataclass(frozen=True, eq=False)
class Explained:
    """What explains the map; each part is empty, or None, where the study's ``[page]`` does not ask for it.

    Attributes
    ----------
    journeys
        By ward; see `corridors.page.journeys.ward_journeys`.
    schemes
        See `corridors.page.schemes.scheme_effects`.
    closing
        Which schemes bring each ward's missing centre within the cutoff; see `corridors.page.schemes.closing_schemes`.
    bands
        See `corridors.page.bands.station_bands`.
    """

    journeys: pd.DataFrame
    schemes: SchemeEffects | None
    closing: pd.DataFrame
    bands: gpd.GeoDataFrame

    @property
    def files(self) -> dict[str, pd.DataFrame]:
        """The tables that hold something, by the name of the file they are written to."""
        tables = {"ward_journeys.csv": self.journeys, "ward_schemes.csv": self._by_scheme}
        return {name: table for name, table in tables.items() if not table.empty}

    @property
    def _by_scheme(self) -> pd.DataFrame:
        """What each scheme changes for each ward's residents, and for its journey where one is told."""
        if self.schemes is None:
            return pd.DataFrame()
        if self.closing.empty:
            return self.schemes.wards
        return self.schemes.wards.merge(
            self.closing, on=["scheme", "ward_code"], how="left", validate="one_to_one"
        )


#: What is explained before anything has been asked.
NOTHING_EXPLAINED = Explained(pd.DataFrame(), None, pd.DataFrame(), NO_BANDS)


def explained(study: Study, inputs: Inputs, results: RunResults, *, progress: Progress) -> RunResults:
    """Put what the page explains into the results of a run, and the columns it shows into their wards.

    Parameters
    ----------
    study
        With its service date chosen.
    inputs, results
        As read, and as found so far.
    progress
        Called as the work goes on.

    Raises
    ------
    ToolkitError
        When a scheme contradicts the feeds.
    """
    found = NOTHING_EXPLAINED
    if results.network is not None:
        found = _asked(study, inputs, results.network, results.access, progress)
    wards = results.wards.merge(
        centres_and_tenths(results.wards, inputs, results.access, results.fairness.near_miss),
        on="ward_code",
        validate="one_to_one",
    )
    if found.schemes is not None:
        wards = wards.merge(with_schemes(wards, found.schemes), on="ward_code", validate="one_to_one")
    return replace(results, wards=wards, explained=found)


def _asked(
    study: Study, inputs: Inputs, network: acc.Network, access: pd.DataFrame, progress: Progress
) -> Explained:
    """Ask the timetable what the study's ``[page]`` wants to know."""
    choice = study.page
    journeys = pd.DataFrame()
    if choice.journeys:
        journeys = ward_journeys(
            network, inputs, access, study, progress=partial(progress, "Journeys that fall short")
        )
    schemes, closing = None, pd.DataFrame()
    if choice.schemes:
        schemes = scheme_effects(study, inputs, network, access, progress=partial(progress, "Schemes"))
    if schemes is not None and not journeys.empty:
        closing = closing_schemes(journeys, schemes, cutoff_min=study.indicator.cutoff_min)
    progress("Catchments of stations", 0)
    return Explained(journeys, schemes, closing, station_bands(network, inputs, study))
