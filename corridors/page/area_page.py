"""The second page: the small areas themselves, where a study has their polygons.

Wards hide pockets smaller than themselves; here each small area has its own colour and figures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from corridors.access.indicator import is_near_miss
from corridors.findings import centres_listed, ordinal_word
from corridors.need.deprivation import per_1000
from corridors.need.overlay import with_access
from corridors.page.figures import told
from corridors.page.layer_making import LayerMaker
from corridors.page.layers import ACCESS, JOBS, NEED
from corridors.page.overlays import overlays
from corridors.page.places import search_places
from corridors.study import indicator_in_short
from maps import Column, Overlay, Page, Panel, PanelFigure, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corridors.inputs import Inputs
    from corridors.results import RunResults
    from corridors.study import Study
    from maps import Choropleth

#: The files that the pages of wards and of small areas are written to.
WARDS_PAGE: Final = "index.html"
AREAS_PAGE: Final = "areas.html"
_COLUMNS: Final = (
    *("n_within", "minutes_to_k", "imd_decile", "income_deprived_per_1000", "unemployment_rate"),
    *("jobs_within", "jobs_per_worker"),
)
_MOST_COUNTED: Final = 6  # centres, in classes of their own
_SHOWN: Final = ("residents", *_COLUMNS)
_RANKED: Final = frozenset(
    {"income_deprived_per_1000", "unemployment_rate", "jobs_within", "jobs_per_worker"}
)
#: What of the wards' map is drawn over small areas too.
_DRAWN: Final = frozenset({"corridors", "centres", "hs2", "stations", "rail-lines", "metro-lines", "roads"})
_NO_DEPRIVATION: Final = "The study's small areas have no figures of deprivation."


def area_page(
    study: Study,
    inputs: Inputs,
    results: RunResults,
    outlines: gpd.GeoDataFrame,
    *,
    limits: Sequence[tuple[str, Sequence[str]]] = (),
) -> Page:
    """Describe the page of the small areas of a run.

    Parameters
    ----------
    study, inputs, results
        As for `corridors.page.study_page.study_page`.
    outlines
        The result of `corridors.tables.area_outlines.read_area_outlines`.
    limits
        What is not modelled and what else a reader must bear in mind, as on the page of the wards.
    """
    areas = _areas(study, inputs, results, outlines)
    columns = told(study, areas, _SHOWN)
    return Page(
        title=results.headline,
        eyebrow=f"{study.study.name}: small areas",
        subtitle=indicator_in_short(study),
        notice=study.study.notice,
        areas=areas,
        id_column="id",
        name_column="name",
        group_column="district_name",
        area_noun="small areas",
        choropleths=_layers(areas, study),
        overlays=[_near_misses(areas, study), *_overlays(inputs, results, study)],
        tooltip=columns,
        panel=Panel(
            figures=[
                PanelFigure(column, ranked="high" if column.column in _RANKED else None) for column in columns
            ]
        ),
        places=search_places(inputs),
        compare=("income_deprived_per_1000", "minutes_to_k")
        if areas["income_deprived"].notna().any()
        else None,
        beside=[("The wards", WARDS_PAGE)],
        method=f"{results.definition}. Shares are over {results.denominator}. {centres_listed(inputs.centres)}",
        tables=[_table(areas, columns)],
        limits=limits,
        sources=study.study.sources,
        run_id=results.run_id,
    )


def _areas(study: Study, inputs: Inputs, results: RunResults, outlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put access, need and outline of every small area side by side."""
    table = with_access(inputs.areas, results.access)
    active = table["econ_active"]
    table = table.assign(
        income_deprived_per_1000=per_1000(table["income_deprived"], table["residents"]),
        unemployment_rate=table["unemployed"] / active.where(active > 0),
        near=is_near_miss(
            table["minutes_to_k"], study.indicator.cutoff_min, margin_min=study.indicator.near_miss_min
        ),
    )
    kept = ["id", "name", "district_name", "residents", "income_deprived", "near", *_COLUMNS]
    joined = outlines.merge(table[kept], on="id", validate="one_to_one")
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=outlines.crs)


def _layers(areas: pd.DataFrame, study: Study) -> list[Choropleth]:
    make = LayerMaker(areas, study, _COLUMNS)
    counts = range(min(max(int(areas["n_within"].max()), 1), _MOST_COUNTED))
    access = [
        make.layer(
            "n_within",
            f"Centres within {make.cutoff} minutes",
            "access",
            [float(count) for count in counts],
            class_labels=["none", *(f"{count}" for count in counts[1:]), f"{len(counts)} or more"],
        ),
        make.minutes("minutes_to_k", f"Minutes to the {ordinal_word(make.k)} centre"),
    ]
    need = [
        make.tenths("imd_decile", "Deprivation: tenth of the nation", reason=_NO_DEPRIVATION),
        make.layer(
            "income_deprived_per_1000",
            "Income-deprived people",
            "need",
            unit="per 1,000 residents",
            ends=("less deprived", "more deprived"),
            reason=_NO_DEPRIVATION,
        ),
        make.layer(
            "unemployment_rate",
            "Unemployed, of the economically active",
            "unemployment",
            is_share=True,
            decimals=1,
        ),
    ]
    jobs = [
        make.layer("jobs_within", f"Jobs within {make.jobs_min} minutes", "access", unit="jobs"),
        make.layer("jobs_per_worker", "Jobs within reach per competing worker", "access", decimals=2),
    ]
    groups: dict[str, Sequence[Choropleth]] = {ACCESS: access, NEED: need, JOBS: jobs}
    return [replace(layer, group=group) for group, layers in groups.items() for layer in layers]


def _near_misses(areas: gpd.GeoDataFrame, study: Study) -> Overlay:
    """Hatch the small areas that miss enough centres by a little."""
    margin = study.indicator.near_miss_min
    return Overlay(
        key="near-miss",
        title=f"Small areas that miss it by {margin:g} minutes or less",
        frame=areas.loc[areas["near"], ["id", "name", "geometry"]],
        kind="polygon",
        colour="#F46A25",
        id_column="id",
        label_column="name",
        fill="hatch",
        size=1.5,
        visible=False,
        order=9,
        reason_if_empty="No small area misses it by so little.",
    )


def _overlays(inputs: Inputs, results: RunResults, study: Study) -> list[Overlay]:
    return [overlay for overlay in overlays(inputs, results, study) if overlay.key in _DRAWN]


def _table(areas: pd.DataFrame, columns: Sequence[Column]) -> Table:
    frame = pd.DataFrame(areas.drop(columns="geometry")).sort_values(["name", "id"], ignore_index=True)
    return Table(
        key="areas-table",
        title=f"All {len(frame):,} small areas",
        frame=frame,
        columns=[Column("name", "Small area"), *columns],
        caption="Press a heading to sort, a row to see it on the map. All columns are in access.parquet.",
        id_column="id",
        is_long=True,
        links="areas",
    )
