"""Access beside need: at other times of day, to services, for today's commutes, against the car and the official score.

Level of access and access relative to need are different questions, and in some regions have different answers: each is
given apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from corridors.access.car import CAR_COLUMNS
from corridors.access.car_by_level import car_by_level, car_sentence
from corridors.access.commutes import commutes_by_level, commutes_sentence, possible_commutes
from corridors.access.relative import level_against_relative
from corridors.access.services import minutes_to_services, services_by_level
from corridors.access.times_of_day import (
    access_by_window,
    hours_of_day,
    windows_beside,
    windows_by_level,
    windows_sentence,
)
from corridors.need.bivariate import MISSING, bivariate_classes, bivariate_counts, thirds_of_residents
from corridors.validation import against_connectivity

if TYPE_CHECKING:
    import geopandas as gpd

    import accessibility as acc
    from corridors.inputs import Inputs
    from corridors.study import Study

_EMPTY = pd.DataFrame()


@dataclass(frozen=True, eq=False)
class AccessAndNeed:
    """What stands beside level of access; a table is empty where the study does not ask for it.

    Attributes
    ----------
    windows, hours
        The indicator and the jobs in other windows of the day, and hour by hour; see `corridors.access.times_of_day`.
    services
        Residents with a service of each kind within some minutes; see `corridors.access.services`.
    commutes
        Today's commutes that public transport makes possible; see `corridors.access.commutes`.
    relative
        How need goes with the level of access and with access relative to need; see `corridors.access.relative`.
    car
        Public transport against car, region and districts; see `corridors.access.car_by_level`.
    validation
        How alike access and the official score order the small areas; see `corridors.validation`.
    findings
        A heading and a sentence of each.
    """

    windows: pd.DataFrame
    hours: pd.DataFrame
    services: pd.DataFrame
    commutes: pd.DataFrame
    relative: pd.DataFrame
    car: pd.DataFrame
    validation: pd.DataFrame
    findings: tuple[tuple[str, str], ...]

    @property
    def files(self) -> dict[str, pd.DataFrame]:
        """The tables that hold something, by the name of the file they are written to."""
        tables = {
            "windows.csv": self.windows,
            "hours.csv": self.hours,
            "services_within.csv": self.services,
            "commutes.csv": self.commutes,
            "level_and_relative.csv": self.relative,
            "against_car.csv": self.car,
            "validation.csv": self.validation,
        }
        return {name: table for name, table in tables.items() if not table.empty}


def access_and_need(
    study: Study, inputs: Inputs, network: acc.Network, access: pd.DataFrame
) -> AccessAndNeed:
    """Ask everything beside the level of access that the study asks for and its data can tell.

    Parameters
    ----------
    study, inputs
        As for `corridors.run.run_study`.
    network
        Timetable and walks.
    access
        The access of every small area; see `corridors.access.access.access_table`.
    """
    areas = inputs.areas
    windows, hours, times = _times(study, inputs, network)
    services = _EMPTY
    if inputs.services is not None:
        services = services_by_level(minutes_to_services(network, areas, inputs.services, study), areas)
    commutes, possible = _EMPTY, ""
    if inputs.commutes is not None:
        found = possible_commutes(network, areas, inputs.jobs, inputs.commutes, study)
        commutes = commutes_by_level(found, areas, inputs.shares, inputs.wards[["ward_code", "ward_name"]])
        possible = commutes_sentence(found)
    level = beside_the_level(study, areas, access)
    first, *rest = level.findings
    said = (first, ("At other times of day", times), ("Today's commutes", possible), *rest)
    return replace(
        level,
        windows=windows,
        hours=hours,
        services=services,
        commutes=commutes,
        findings=tuple((heading, sentence) for heading, sentence in said if sentence),
    )


def beside_the_level(study: Study, areas: gpd.GeoDataFrame, access: pd.DataFrame) -> AccessAndNeed:
    """Hold the level of access against need, the car and the official score: what needs nothing but itself."""
    relative, checked = level_against_relative(access, areas), against_connectivity(access, areas, study)
    car = car_by_level(access, areas) if set(CAR_COLUMNS) <= set(access.columns) else _EMPTY
    said = (
        ("Level and need", relative.sentence),
        ("Against the car", "" if car.empty else car_sentence(car, study)),
        ("Beside the official score", checked.sentence),
    )
    return AccessAndNeed(
        windows=_EMPTY,
        hours=_EMPTY,
        services=_EMPTY,
        commutes=_EMPTY,
        relative=relative.table,
        car=car,
        validation=checked.table,
        findings=tuple((heading, sentence) for heading, sentence in said if sentence),
    )


def _times(study: Study, inputs: Inputs, network: acc.Network) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Ask the windows beside the study's own, and every hour, where it wants them."""
    asked = (
        (study.times.windows, windows_beside(study)),
        (study.times.by_hour, hours_of_day()),
    )
    tables = [
        windows_by_level(
            access_by_window(network, inputs.areas, inputs.centres, inputs.jobs, study, windows=windows),
            inputs.areas,
            min_centres=study.indicator.min_centres,
        )
        if wanted
        else _EMPTY
        for wanted, windows in asked
    ]
    said = "" if tables[0].empty else windows_sentence(tables[0], asked[0][1], study)
    return tables[0], tables[1], said


def ward_classes(wards: pd.DataFrame) -> pd.DataFrame:
    """Put every ward into one of nine classes of need and access, each cut into thirds of the residents.

    Parameters
    ----------
    wards
        ``ward_code, residents, income_deprived_per_1000, minutes_to_k``.

    Returns
    -------
        The wards with ``need_and_access``: ``"3-1"`` is the greatest need with the poorest access; missing where either
        is, and everywhere when no ward reaches enough centres or the study has no figures of deprivation.
    """
    table = wards.rename(columns={"ward_code": "id"})
    lived_in = table[table["residents"] > 0]
    if not all(np.isfinite(lived_in[name]).any() for name in ("income_deprived_per_1000", "minutes_to_k")):
        return wards.assign(need_and_access=None)
    need = thirds_of_residents(table, "income_deprived_per_1000", label="Income-deprived", highest="high")
    access = thirds_of_residents(table, "minutes_to_k", label="minutes", highest="low")
    found = bivariate_classes(table, need=need, access=access)["bivariate"]
    return wards.assign(need_and_access=found.where(found != MISSING, None).to_numpy())


def ward_class_counts(wards: pd.DataFrame) -> pd.DataFrame:
    """Count the wards and residents of each class that `ward_classes` gives."""
    table = wards.rename(columns={"ward_code": "id"})
    classes = pd.DataFrame({"id": table["id"], "bivariate": table["need_and_access"].fillna(MISSING)})
    return bivariate_counts(classes, table)
