"""Tables that every run makes of the access of small areas, wherever its minutes come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from corridors.access.access import MINUTES_PREFIX
from corridors.access.access_and_need import ward_classes
from corridors.access.car import against_car
from corridors.need.claimants import ward_claimants
from corridors.need.deprivation import measures_where_known
from corridors.need.overlay import ward_access, ward_table
from corridors.tables.geographies import denominator_words
from corridors.tables.vintages import in_words

if TYPE_CHECKING:
    import pandas as pd

    from corridors.inputs import Inputs
    from corridors.study import Study

#: Measures whose ward figure is the mean over residents, as far as a run has them.
_MEANS = ("share_departures", "jobs_within", "jobs_per_worker", "jobs_per_unemployed", "jobs_within_car")


def wards_of(study: Study, inputs: Inputs, access: pd.DataFrame) -> gpd.GeoDataFrame:
    """Put every ward's access, need and jobs side by side, with its outline."""
    return _with_outlines(_wards(study, inputs, access), inputs)


def denominator(study: Study, inputs: Inputs) -> str:
    """Say whom every share is taken over, and by which codes."""
    districts = tuple(inputs.areas["district_name"].unique())
    words = denominator_words(
        study.study.geography or districts, residents=int(inputs.areas["residents"].sum())
    )
    return "; ".join(filter(None, (words, in_words(inputs.vintages))))


def _wards(study: Study, inputs: Inputs, access: pd.DataFrame) -> pd.DataFrame:
    driven = "minutes_to_k_car" in access.columns
    minutes = [name for name in access.columns if name.startswith(MINUTES_PREFIX)]
    reached = ward_access(
        access,
        inputs.areas,
        inputs.shares,
        min_centres=study.indicator.min_centres,
        minutes=["minutes_to_k", *minutes, *(["minutes_to_k_car"] if driven else [])],
        means=[name for name in _MEANS if name in access.columns],
    )
    wards = ward_table(inputs.wards, inputs.areas, inputs.shares, inputs.jobs, reached)
    official = measures_where_known(inputs.areas, inputs.shares, by="ward_code", edition=inputs.edition)
    counted = None if inputs.claimants is None else ward_claimants(inputs.claimants, wards, inputs.shares)[0]
    for part in (official, counted):
        if part is not None:
            wards = wards.merge(part, on="ward_code", how="left", validate="one_to_one")
    return ward_classes(against_car(wards) if driven else wards)


def _with_outlines(wards: pd.DataFrame, inputs: Inputs) -> gpd.GeoDataFrame:
    joined = wards.merge(inputs.outlines, on="ward_code", how="left", validate="one_to_one")
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=inputs.outlines.crs)
