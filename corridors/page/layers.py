"""The ways of colouring the wards: access, need, jobs, and what schemes change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from corridors.findings import ordinal_word
from corridors.page.layer_classes import NINE, mirrored
from corridors.page.layer_making import NUMBERED, LayerMaker
from maps import Choropleth

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from corridors.study import Study

ACCESS: Final = "Access"
NEED: Final = "Need"
JOBS: Final = "Jobs"
CHANGE: Final = "Change with the study's schemes"
#: The columns that layers colour by.
LAYER_COLUMNS: Final = (
    *("share_reaching", "centres_within", "minutes_to_k", "times_as_long_as_car", "near_miss_share"),
    *("need_and_access", "typical_tenth", "extent", "share_most_deprived_tenth"),
    *("income_deprived_per_1000", "employment_deprived_per_1000", "unemployment_rate", "claimant_rate"),
    *("jobs_within", "jobs_per_worker", "jobs"),
    *("share_reaching_change", "share_reaching_with_schemes", "jobs_within_change"),
)
_FIFTHS: Final = (0.2, 0.4, 0.6, 0.8)
_MISSES: Final = (0.02, 0.05, 0.1, 0.2)
_POINTS: Final = (-0.2, -0.05, -0.005, 0.005, 0.05, 0.2)
_NO_DEPRIVATION: Final = "The study's small areas have no figures of deprivation."
_NO_CAR: Final = "The study drives no car: it has no section [car]."
_NO_CLAIMANTS: Final = "The study names no table of claimants."
_NO_SCHEMES: Final = (
    "The page is asked for no schemes ([page] schemes), or none of them changes the timetable."
)
_NO_RANKS: Final = "The extent needs national ranks of the overall index and an edition that is known."


def ward_layers(wards: pd.DataFrame, study: Study) -> list[Choropleth]:
    """Describe every way of colouring the wards, in groups; one without data says why it is left out.

    Parameters
    ----------
    wards
        The wards with every column of `LAYER_COLUMNS`, missing where a study does not have it; see
        `with_layer_columns`.
    study
        Its definition is told with every layer.
    """
    make = LayerMaker(wards, study, LAYER_COLUMNS)
    groups = {ACCESS: _access(make), NEED: _need(make), JOBS: _jobs(make), CHANGE: _change(make)}
    return [replace(layer, group=group) for group, layers in groups.items() for layer in layers]


def with_layer_columns(wards: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the wards every column that a layer colours by: missing everywhere where the study does not have it."""
    return wards.assign(**{name: np.nan for name in LAYER_COLUMNS if name not in wards.columns})


def _access(make: LayerMaker) -> list[Choropleth]:
    return [
        make.layer(
            "share_reaching",
            f"Residents who reach {make.k} or more centres in {make.cutoff} minutes",
            "access",
            _FIFTHS,
            is_share=True,
        ),
        make.layer(
            "centres_within",
            f"Centres within {make.cutoff} minutes, residents' mean",
            "access",
            unit="centres",
            decimals=1,
        ),
        make.minutes(
            "minutes_to_k",
            f"Minutes to the {ordinal_word(make.k)} centre, median resident",
            note="Darkest is quickest, as on the other layers of access.",
        ),
        make.layer(
            "times_as_long_as_car",
            "Public transport against car: times as long as the drive",
            "access",
            ends=("nearer to the car", "much slower"),
            decimals=1,
            darkest_is_least=True,
            inf_label="only the car gets there",
            note="Driving at free flow: congestion and parking are not modelled. The highest class holds wards that only "
            "the car serves.",
            reason=_NO_CAR,
        ),
        make.layer(
            "near_miss_share",
            f"Residents who miss it by {make.margin} minutes or less",
            "unemployment",
            _MISSES,
            is_share=True,
            decimals=1,
            label_top=NUMBERED,
            note="Where small changes of the timetable, or of the definition, move most residents.",
        ),
    ]


def _need(make: LayerMaker) -> list[Choropleth]:
    worse = ("less deprived", "more deprived")
    return [
        _need_and_access(make),
        make.tenths(
            "typical_tenth", "Deprivation: national tenth of the median resident", reason=_NO_DEPRIVATION
        ),
        make.layer(
            "extent",
            "Extent of deprivation",
            "need",
            _FIFTHS,
            is_share=True,
            ends=worse,
            label_top=NUMBERED,
            reason=_NO_RANKS,
        ),
        make.layer(
            "share_most_deprived_tenth",
            "Small areas in the nation's most deprived tenth",
            "need",
            _FIFTHS,
            is_share=True,
            ends=worse,
            reason=_NO_DEPRIVATION,
        ),
        *(
            make.layer(
                f"{domain}_deprived_per_1000",
                f"{domain.capitalize()}-deprived people",
                "need",
                unit="per 1,000 residents",
                ends=worse,
                label_top=NUMBERED,
                reason=_NO_DEPRIVATION,
            )
            for domain in ("income", "employment")
        ),
        make.layer(
            "unemployment_rate",
            "Unemployed, of the economically active",
            "unemployment",
            is_share=True,
            decimals=1,
            label_top=NUMBERED,
        ),
        make.layer(
            "claimant_rate",
            "Claimants, of residents aged 16 to 64",
            "unemployment",
            is_share=True,
            decimals=1,
            label_top=NUMBERED,
            reason=_NO_CLAIMANTS,
        ),
    ]


def _need_and_access(make: LayerMaker) -> Choropleth:
    """Describe the nine classes of need and access together."""
    return Choropleth(
        key="need_and_access",
        title="Need and access together",
        column="need_and_access",
        palette=[colour for colour, _ in NINE.values()],
        classes=list(NINE),
        class_labels=[words for _, words in NINE.values()],
        definition=make.meaning["need_and_access"],
        reason_if_empty="There are no thirds of need and access: deprivation is not known, or nobody reaches enough "
        "centres.",
    )


def _jobs(make: LayerMaker) -> list[Choropleth]:
    return [
        make.layer(
            "jobs_within", f"Jobs within {make.jobs_min} minutes, residents' mean", "access", unit="jobs"
        ),
        make.layer("jobs_per_worker", "Jobs within reach per competing worker", "access", decimals=2),
        make.layer("jobs", "Jobs in the ward", "jobs", unit="jobs"),
    ]


def _change(make: LayerMaker) -> list[Choropleth]:
    """Describe what all schemes together change, and what comes of it."""
    return [
        make.change(
            "share_reaching_change",
            f"Change: residents who reach {make.k} or more centres",
            _POINTS,
            unit="points",
            factor=100,
            decimals=1,
            note="In percentage points; half a point either way counts as no change.",
            reason=_NO_SCHEMES,
        ),
        make.layer(
            "share_reaching_with_schemes",
            f"With the schemes: residents who reach {make.k} or more centres in {make.cutoff} minutes",
            "access",
            _FIFTHS,
            is_share=True,
            reason=_NO_SCHEMES,
        ),
        make.change(
            "jobs_within_change",
            "Change: jobs within reach",
            mirrored(make.areas["jobs_within_change"]),
            unit="jobs",
            note="Less than one job either way counts as no change.",
            reason=_NO_SCHEMES,
        ),
    ]
