"""Schemes one by one and together: each applied to the feeds of today and held against them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd

import accessibility as acc
from accessibility.errors import ParameterError
from accessibility.timetables.step_free import step_free_feed
from accessibility.timetables.timetable import timetable_of
from corridors.access.access import build_network
from corridors.schemes.appraisal import appraise
from corridors.schemes.before_after import access_to_compare, before_after
from corridors.schemes.edits import Cost, apply_schemes
from corridors.schemes.specs import Closed, Extension, MoreFrequent, NewLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from accessibility.feeds.gtfs import Feed
    from corridors.inputs import Inputs
    from corridors.schemes.appraisal import Appraisal
    from corridors.schemes.before_after import BeforeAfter, Promise
    from corridors.schemes.edits import Scheme
    from corridors.study import Study

#: The name of all schemes together.
PACKAGE = "All schemes together"


def promise_of(schemes: Sequence[Scheme]) -> Promise | None:
    """Tell whether schemes only add service, or only take it away; None where they do neither or both.

    New lines, extensions and added departures leave every departure of today as it is, so they can harm nobody. Faster
    runs, new calls, other headways and other times for changes move what runs today, and may.
    """
    edits = [edit for scheme in schemes for edit in scheme.edit]
    if edits and all(isinstance(edit, Closed) for edit in edits):
        return "removes"
    adding = all(
        isinstance(edit, NewLine | Extension)
        or (isinstance(edit, MoreFrequent) and edit.add_per_hour is not None)
        for edit in edits
    )
    return "adds" if adding else None


def network_with(
    study: Study,
    feeds: Sequence[Feed],
    schemes: Sequence[Scheme],
    *,
    streets: acc.StreetNetwork | None = None,
) -> acc.Network:
    """Apply schemes to feeds and lay the study's walks around the stops that come of it.

    Parameters
    ----------
    study
        Its service date must be chosen.
    feeds
        As `accessibility.read_feed` gives them.
    schemes
        Applied in this order; none gives the network of today.
    streets
        The study's streets, where they have been read already.

    Raises
    ------
    ParameterError
        While the study's date is "auto" and none has been chosen.
    SchemeError
        When an edit contradicts the feeds.

    Examples
    --------
    >>> study = corridors.load_study(corridors.sample_study())
    >>> corridors.network_with(study, [acc.read_feed(metro)], [])
    <Network on <Timetable of 2026-03-10 (Europe/London): 33 stops, 2 routes, 359 runs with the nights beside it, 0 notes>; walks: straight lines times 1.3; EPSG:27700>
    """
    if study.service_date is None:
        raise ParameterError("the study's date is not chosen yet; take study.on(timetable.service_date)")
    edited = apply_schemes(feeds, schemes, date=study.service_date)
    if study.timetable.step_free is not None:
        edited = [step_free_feed(feed, unknown=study.timetable.step_free) for feed in edited]
    return build_network(timetable_of(edited, date=study.service_date), study, streets=streets)


def compare_schemes(
    study: Study,
    inputs: Inputs,
    feeds: Sequence[Feed],
    schemes: Sequence[Scheme],
    *,
    before: acc.Network | None = None,
    access_before: pd.DataFrame | None = None,
    members: pd.DataFrame | None = None,
    neighbour_km: float = 2,
    package: bool = True,
    streets: acc.StreetNetwork | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[BeforeAfter, ...]:
    """Hold each scheme, and all of them together, against the timetable of today.

    Parameters
    ----------
    study, inputs
        As for `corridors.schemes.before_after.before_after`.
    feeds
        The feeds of today.
    schemes
        Schemes without edits, that only tell journeys onward, are passed over.
    before, access_before
        Network and access of today, where they are known already; asked once for all schemes.
    members
        ``place_id, id``: catchments of corridors, as `corridors.places.catchments.catchment_members` gives them. A scheme's
        catchment is that of the corridors it names.
    neighbour_km
        As for `corridors.schemes.before_after.before_after`.
    package
        Whether to add all schemes together, where there is more than one.
    streets
        The study's streets, where they have been read already.
    progress
        Called with the share done.

    Returns
    -------
        One per scheme with edits, in their order, then the package. No schemes give none.

    Examples
    --------
    >>> found = corridors.compare_schemes(study, inputs, feeds, schemes)  # doctest: +SKIP
    """
    rounds = rounds_of(schemes, package=package)
    if not rounds:
        return ()
    today = network_with(study, feeds, [], streets=streets) if before is None else before
    known = access_to_compare(today, inputs, study) if access_before is None else access_before
    found = []
    for done, (name, some) in enumerate(rounds, start=1):
        changed, _ = compare_round(
            study,
            inputs,
            feeds,
            some,
            name=name,
            before=today,
            access_before=known,
            members=members,
            neighbour_km=neighbour_km,
        )
        found.append(changed)
        if progress is not None:
            progress(done / len(rounds))
    return tuple(found)


def rounds_of(schemes: Sequence[Scheme], *, package: bool = True) -> list[tuple[str, list[Scheme]]]:
    """Name what is compared, and the schemes of it: each with edits alone, then all of them together.

    Schemes of one name are told apart by their ids, since tables know them by name.
    """
    edited = [scheme for scheme in schemes if scheme.edit]
    taken = Counter([PACKAGE, *(scheme.name for scheme in edited)])
    rounds = [
        (scheme.name if taken[scheme.name] == 1 else f"{scheme.name} ({scheme.id})", [scheme])
        for scheme in edited
    ]
    return [*rounds, (PACKAGE, edited)] if package and len(edited) > 1 else rounds


def compare_round(
    study: Study,
    inputs: Inputs,
    feeds: Sequence[Feed],
    schemes: Sequence[Scheme],
    *,
    name: str,
    before: acc.Network,
    access_before: pd.DataFrame,
    members: pd.DataFrame | None = None,
    neighbour_km: float = 2,
) -> tuple[BeforeAfter, acc.Network]:
    """Hold some schemes together against the timetable of today, and return the network with them too.

    Parameters
    ----------
    study, inputs, feeds, before, access_before, members, neighbour_km
        As for `compare_schemes`.
    schemes
        All are applied, in this order.
    name
        What they are called in tables.
    """
    after = network_with(study, feeds, schemes, streets=before.streets)
    changed = before_after(
        study,
        inputs,
        before,
        after,
        name=name,
        access_before=access_before,
        catchment=_catchment(schemes, members),
        neighbour_km=neighbour_km,
        promise=promise_of(schemes),
    )
    return changed, after


def package_cost(schemes: Sequence[Scheme]) -> Cost | None:
    """Add up the costs of schemes, end by end; None where one of them has none.

    The range is that of all costs being low, or high, together: a wide one.
    """
    costs = [scheme.cost_m for scheme in schemes if scheme.edit]
    known = [cost for cost in costs if cost is not None]
    if not known or len(known) < len(costs):
        return None
    return Cost(
        low=sum(cost.low for cost in known),
        central=sum(cost.central for cost in known),
        high=sum(cost.high for cost in known),
    )


def appraise_schemes(
    found: Sequence[BeforeAfter],
    schemes: Sequence[Scheme],
    areas: pd.DataFrame,
    *,
    ranked: int,
    incomes: Mapping[int, float] | None = None,
) -> tuple[Appraisal, ...]:
    """Appraise what `compare_schemes` found, each scheme at its own cost and the package at that of all.

    Parameters
    ----------
    found, schemes
        The result of `compare_schemes` and the schemes it was asked for.
    areas, ranked, incomes
        As for `corridors.schemes.appraisal.appraise`.

    Examples
    --------
    >>> worth = corridors.appraise_schemes(found, schemes, inputs.areas, ranked=33_755)  # doctest: +SKIP
    """
    edited = [scheme for scheme in schemes if scheme.edit]
    costs = [scheme.cost_m for scheme in edited]
    if len(found) > len(edited):
        costs.append(package_cost(edited))
    return tuple(
        appraise(each, areas, ranked=ranked, cost_m=cost, incomes=incomes)
        for each, cost in zip(found, costs, strict=True)
    )


def package_sentence(found: Sequence[BeforeAfter]) -> str:
    """Hold the package against the sum of its schemes, which counts some residents more than once; empty without one."""
    if not found or found[-1].name != PACKAGE:
        return ""
    each = sum(one.levels.iloc[0]["gain_enough"] for one in found[:-1])
    together = found[-1].levels.iloc[0]["gain_enough"]
    return (
        f"Together the {len(found) - 1} schemes bring {together:,.0f} residents to {found[-1].min_centres} centres, each "
        f"counted once; their own figures add up to {each:,.0f}. The two differ where schemes reach the same people, or only "
        "work together: figures of schemes must not be added."
    )


def _catchment(schemes: Sequence[Scheme], members: pd.DataFrame | None) -> list[str]:
    """Ids of the small areas in the catchments of the schemes' corridors."""
    if members is None:
        return []
    named = {corridor for scheme in schemes for corridor in scheme.corridor_ids}
    return sorted(set(members.loc[members["place_id"].isin(named), "id"]))
