"""Scenarios: schemes together with more residents, by growth of the population and by homes at sites.

Growth is proportional: every count of people and households of an area grows by the same factor, so its rates stay as
they are. That is an assumption about who comes, and stands beside every number that rests on it (`Scenario.in_words`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from corridors.errors import SchemeError
from corridors.schemes.files import read_records
from corridors.schemes.specs import Ids, Named

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    import geopandas as gpd
    import numpy.typing as npt

__all__ = ["PEOPLE", "Scenario", "grown_areas", "read_scenarios"]

#: Counts of people and households of a small area, all of which grow with its residents.
PEOPLE = (
    "residents", "aged_16_64", "aged_16_24", "econ_active", "unemployed", "households", "households_no_car",
    "income_deprived", "employment_deprived", "income_denominator", "employment_denominator",
)  # fmt: skip
#: The key of a population factor that holds for all areas without one of their own.
EVERYWHERE = "all"


class Scenario(Named):
    """Schemes and a population.

    Attributes
    ----------
    id, name, source, verified, note
        As of a scheme.
    schemes
        Ids of the schemes that are built.
    more_residents
        Residents to add over all areas together, in proportion to those they have; instead of `population_factor`.
    population_factor
        How many times as many residents: by area id, by district code, or ``all``; the most particular counts.
    homes
        New homes at sites, by site id; their residents are added to the small area whose point is nearest.
    household_size
        Residents per new home.
    year
        The year that it is of; stations that open later are named.
    """

    schemes: Ids | tuple[()] = ()
    more_residents: float | None = Field(default=None, gt=0)
    population_factor: dict[str, Annotated[float, Field(gt=0, le=10)]] = Field(default_factory=dict)
    homes: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    household_size: float | None = Field(default=None, gt=0, le=10)
    year: int | None = Field(default=None, ge=1900, le=2200)

    @model_validator(mode="after")
    def _stated(self) -> Self:
        if self.more_residents is not None and self.population_factor:
            raise ValueError("give more_residents or population_factor, not both")
        if self.homes and self.household_size is None:
            raise ValueError("homes need household_size, the residents per home")
        return self

    @property
    def in_words(self) -> str:
        """What is assumed of the population, as a sentence."""
        said = []
        if self.more_residents is not None:
            said.append(f"{self.more_residents:,.0f} more residents, in proportion to those of today")
        if self.population_factor:
            factors = ", ".join(f"{factor:g} in {where}" for where, factor in self.population_factor.items())
            said.append(f"residents times {factors}")
        if self.homes:
            homes = sum(self.homes.values())
            said.append(
                f"{homes:,} new homes at {len(self.homes)} sites with {self.household_size:g} residents each, in the "
                "small area nearest to each site"
            )
        return (
            f"Assumed: {'; '.join(said)}; rates within an area as today." if said else "Residents as today."
        )


def read_scenarios(path: str | Path) -> tuple[Scenario, ...]:
    """Read the scenarios of a TOML file, or of all TOML files of a folder: ``[[scenario]]`` tables.

    Parameters
    ----------
    path
        As for `corridors.schemes.edits.read_schemes`; ``[[scheme]]`` tables beside them are left aside.

    Returns
    -------
    tuple of Scenario
        In the order of the files.

    Raises
    ------
    SchemeError
        As `corridors.schemes.edits.read_schemes`.
    """
    return read_records(path, Scenario, table="scenario")


def grown_areas(
    areas: gpd.GeoDataFrame, scenario: Scenario, *, sites: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return the small areas with the residents of a scenario.

    Parameters
    ----------
    areas
        ``id``, ``residents``, any other columns of `PEOPLE`, a point, and ``district_code`` where factors name districts.
    scenario
        Factors and homes.
    sites
        ``id`` and a point or polygon in the same CRS; needed for homes.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows and columns; the counts of `PEOPLE` are floats, which are not rounded so that totals hold. No area
        in, none out.

    Raises
    ------
    SchemeError
        When a factor names neither an area nor a district, homes stand at an unknown site, or nobody lives anywhere.
    """
    if areas.empty:
        return areas.copy()
    today = areas["residents"].to_numpy(dtype=np.float64)
    if today.sum() <= 0:
        raise SchemeError(f"scenario {scenario.id!r}: nobody lives in the small areas, so none can grow")
    residents = today * _factors(areas, scenario, today) + _in_new_homes(areas, scenario, sites)
    # Nobody can be like the residents of an area without any: there the residents alone are counted.
    factor = np.divide(residents, today, out=np.ones_like(today), where=today > 0)
    grown = areas.copy()
    for column in PEOPLE:
        if column in areas.columns:
            grown[column] = areas[column].to_numpy(dtype=np.float64) * factor
    grown["residents"] = residents
    return grown


def _factors(
    areas: gpd.GeoDataFrame, scenario: Scenario, today: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Growth of each area without its new homes."""
    if scenario.more_residents is not None:
        return np.full(len(areas), 1 + scenario.more_residents / today.sum())
    given = scenario.population_factor
    ids = areas["id"].astype(str)
    districts = areas["district_code"].astype(str) if "district_code" in areas.columns else ids
    unknown = sorted(set(given) - {EVERYWHERE} - set(ids) - set(districts))
    if unknown:
        raise SchemeError(
            f"scenario {scenario.id!r}: population_factor names {unknown[0]!r}, which is no area, no district and not "
            f"{EVERYWHERE!r}"
        )
    general = given.get(EVERYWHERE, 1.0)
    by_district = districts.map(given).fillna(general)
    return np.asarray(ids.map(given).fillna(by_district), dtype=np.float64)


def _in_new_homes(
    areas: gpd.GeoDataFrame, scenario: Scenario, sites: gpd.GeoDataFrame | None
) -> npt.NDArray[np.float64]:
    """Residents of new homes, by the area whose point is nearest to the site's."""
    more = np.zeros(len(areas))
    if not scenario.homes:
        return more
    known = [] if sites is None else sites["id"].tolist()
    unknown = sorted(set(scenario.homes) - set(known))
    if sites is None or unknown:
        raise SchemeError(f"scenario {scenario.id!r}: homes stand at {unknown[0]!r}, which is no site")
    metric = areas.estimate_utm_crs()
    points = areas.geometry.to_crs(metric)
    chosen = sites.set_index("id").geometry.representative_point().to_crs(metric)
    for site, homes in sorted(scenario.homes.items()):
        nearest = int(np.argmin(points.distance(chosen.loc[site]).to_numpy()))
        more[nearest] += homes * (scenario.household_size or 0)
    return more
