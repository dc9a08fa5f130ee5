"""Every table of a study, read, checked and joined before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corridors.access.commutes import read_commutes
from corridors.access.services import read_services
from corridors.errors import StudyError
from corridors.need.claimants import read_claimants
from corridors.need.deprivation import refuse_regional_tenths
from corridors.need.employment import read_jobs
from corridors.need.indices import edition_of
from corridors.places.names import read_search_places
from corridors.places.places import read_centres, read_corridors, read_outlines, read_sites, read_stations
from corridors.schemes.edits import read_schemes
from corridors.tables.area_outlines import read_area_outlines
from corridors.tables.areas import read_area_wards, read_areas, read_vintages, read_wards, ward_shares
from corridors.tables.geographies import refuse_other_districts
from corridors.tables.joins import refuse_unmatched
from corridors.tables.roads import read_roads
from corridors.tables.vintages import refuse_contradictions

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from corridors.need.indices import Edition
    from corridors.schemes.edits import Scheme
    from corridors.study import Study
    from corridors.tables.vintages import Vintage


@dataclass(frozen=True, eq=False)
class Inputs:
    """The tables of a study; see the reader of each for its columns. A study without roads has None.

    ``vintages`` are the years of the codes, as `corridors.tables.areas.read_vintages` found them; ``edition`` is that of the
    deprivation figures, None where it is not known; ``claimants`` as `corridors.need.claimants.read_claimants` gives them, and likewise
    ``services`` and ``commutes``; None where the study names no such table. ``schemes`` as
    `corridors.schemes.edits.read_schemes` gives them, none where the study names none; ``places`` as
    `corridors.places.names.read_search_places` gives them, or None; ``area_outlines`` as
    `corridors.tables.area_outlines.read_area_outlines` does, None unless a page of small areas is asked for.
    """

    areas: gpd.GeoDataFrame
    wards: pd.DataFrame
    shares: pd.DataFrame
    outlines: gpd.GeoDataFrame
    jobs: gpd.GeoDataFrame
    centres: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    corridors: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame | None
    vintages: dict[str, Vintage]
    edition: Edition | None
    claimants: pd.DataFrame | None
    services: gpd.GeoDataFrame | None
    commutes: pd.DataFrame | None
    schemes: tuple[Scheme, ...]
    places: gpd.GeoDataFrame | None = None
    area_outlines: gpd.GeoDataFrame | None = None


def read_inputs(study: Study) -> Inputs:
    """Read the tables of a study and check that they belong together.

    Raises
    ------
    TableError
        When a table breaks its specification, a point lies far from the outlines, or a rank is not a national one.
    JoinError
        When two tables do not name the same areas or wards, hold codes of different years, or a scheme serves a corridor
        that is not there.
    StudyError
        When the study asks for more centres than its table holds, nobody lives in the small areas, or its
        ``[vintages]`` name other years than the codes.
    SchemeError
        When a scheme breaks its specification.

    Examples
    --------
    >>> inputs = corridors.read_inputs(corridors.load_study(corridors.sample_study()))
    >>> len(inputs.areas), len(inputs.wards)
    (1719, 192)
    """
    path = {key: study.resolve(name) for key, name in study.files.named.items()}
    vintages = read_vintages(path)
    refuse_contradictions(study.vintages.model_dump(), vintages)
    wards = read_wards(path["wards"])
    outlines = read_outlines(path["outlines"], wards)
    areas, centres = read_areas(path["areas"], outlines), read_centres(path["centres"], outlines)
    edition = edition_of(study.vintages.deprivation, areas=vintages.get("small areas"))
    if edition is not None:
        refuse_regional_tenths(areas, edition=edition, source=study.files.areas)
    if study.study.geography is not None:
        refuse_other_districts(areas, study.study.geography, source=study.files.areas)
    if areas["residents"].sum() <= 0:
        raise StudyError(f"{study.files.areas} holds no residents, so there is nobody to ask about")
    if centres["group"].nunique() < study.indicator.min_centres:
        raise StudyError(
            f"the indicator asks for {study.indicator.min_centres} centres, "
            f"but {study.files.centres} holds {centres['group'].nunique()}"
        )
    pieces = read_area_wards(path["area_wards"])
    refuse_unmatched(
        areas["ward_code"], wards["ward_code"], what="wards of small areas", missing_from="the wards"
    )
    refuse_unmatched(
        pieces["ward_code"], wards["ward_code"], what="wards of pieces", missing_from="the wards"
    )
    refuse_unmatched(wards["ward_code"], pieces["ward_code"], what="wards", missing_from="the ward pieces")
    sites = read_sites(path["sites"], outlines)
    schemes = read_schemes(path["schemes"]) if "schemes" in path else None
    corridors = read_corridors(
        path["corridors"],
        areas=areas,
        outlines=outlines,
        sites=sites,
        # Without a file of schemes their ids are names that nothing can be held against.
        schemes=None if schemes is None else [scheme.id for scheme in schemes],
    )
    refuse_unmatched(
        [corridor for scheme in schemes or () for corridor in scheme.corridor_ids],
        corridors["id"],
        what="corridors of schemes",
        missing_from="the corridors",
        remedy="correct the lists of the schemes",
    )
    return Inputs(
        areas=areas,
        wards=wards,
        shares=ward_shares(pieces, areas),
        outlines=outlines,
        jobs=read_jobs(path["jobs"], wards, outlines),
        centres=centres,
        stations=read_stations(path["stations"], outlines),
        corridors=corridors,
        sites=sites,
        roads=_roads(path),
        vintages=vintages,
        edition=edition,
        claimants=read_claimants(path["claimants"]) if "claimants" in path else None,
        services=read_services(path["services"], outlines) if "services" in path else None,
        commutes=read_commutes(path["commutes"]) if "commutes" in path else None,
        schemes=schemes or (),
        area_outlines=_area_outlines(study, path, areas),
        places=read_search_places(path["places"], outlines) if "places" in path else None,
    )


def _roads(path: dict[str, Path]) -> gpd.GeoDataFrame | None:
    """Read the main roads of the file of roads, else of that of streets; None without either."""
    source = path.get("roads", path.get("streets"))
    return None if source is None else read_roads(source)


def _area_outlines(study: Study, path: dict[str, Path], areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Read the polygons of small areas where a page of them is asked for: a country's file takes its time."""
    return read_area_outlines(path["area_outlines"], areas) if study.page.small_areas else None
