"""TransXChange documents into GTFS tables, by the parsers of transx2gtfs.

Its parsers are called one document at a time, instead of its own run over all of them. That run keeps of each id the
first row that it meets, although an id such as ``RT1`` or ``JPS1`` stands for something else in every document; it
starts processes, which a library must not do unasked; and it makes vehicles stop where they pass.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pandas as pd
from lxml import etree  # type: ignore[import-untyped]
from transx2gtfs.agency import get_agency
from transx2gtfs.bank_holidays import set_bank_holidays_path
from transx2gtfs.calendar import get_calendar
from transx2gtfs.calendar_dates import get_calendar_dates
from transx2gtfs.routes import get_routes
from transx2gtfs.stop_times import get_frequencies
from transx2gtfs.superseded import select_current_files
from transx2gtfs.transxchange import get_gtfs_info, parse_date, resolve_vehicle_journey
from transx2gtfs.txc import read_txc, read_txc_header

from accessibility.errors import FeedError
from accessibility.transxchange.files import Document
from accessibility.transxchange.stops import own_position

#: What its parsers raise on a document that is not as the schema has it.
_PARSING_ERRORS: Final = (
    etree.LxmlError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
)
#: Activity at a stop -> (pickup_type, drop_off_type): 1 is none, 3 by arrangement with the driver. Others are both.
_ACTIVITIES: Final = MappingProxyType(
    {
        "pickUp": (0, 1),
        "setDown": (1, 0),
        "pass": (1, 1),
        "pickUpDriverRequest": (3, 1),
        "setDownDriverRequest": (1, 3),
        "pickUpAndSetDownDriverRequest": (3, 3),
    }
)
_SERVED: Final = (0, 0)
#: Elements that change what runs, which its parsers do not read -> what follows.
_NOT_READ: Final = MappingProxyType(
    {
        "FlexibleVehicleJourney": "journeys on demand are left out",
        "PeriodicDayType": "journeys of certain weeks of the month are laid in every week",
        "DepartureDayShift": "journeys that leave on the day after their service's are laid on that day itself",
    }
)
_STOP_TIMES: Final = (
    "trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type", "drop_off_type",
    "timepoint",
)  # fmt: skip
_TRIPS: Final = ("route_id", "service_id", "trip_id", "trip_headsign", "direction_id")
#: Of what is said of a document, that which bears on no journey.
_OF_NO_WEIGHT: Final = re.compile(r"Route '.*' is not used by any vehicle journey")

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Part:
    """What one document gives.

    Attributes
    ----------
    name, place
        Of the document: inside the source without its ending, and for messages.
    tables
        GTFS tables by file name without ``.txt``, their ids those of the document.
    said
        Findings, one sentence for each case.
    journeys, calls
        How many it has that run at all.
    placeless
        Stop without a position -> how many calls there are left out.
    lost
        Journeys left out because no two of their stops have a position.
    """

    name: str
    place: str
    tables: Tables
    said: tuple[str, ...]
    journeys: int
    calls: int
    placeless: Counter[str]
    lost: int


@contextmanager
def bank_holidays_from(path: Path) -> Iterator[None]:
    """Let transx2gtfs read the bank holidays from a file, without a word on our log; never from the network."""
    logger = logging.getLogger("transx2gtfs")
    before = logger.disabled
    set_bank_holidays_path(str(path))
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
        set_bank_holidays_path(None)


def read_header(document: Document) -> Any | None:  # noqa: ANN401 - a record of transx2gtfs, which has no types
    """Read what tells a document's revision; None where it is XML of another kind.

    Raises
    ------
    FeedError
        When it is no sound XML, or not as the schema has it.
    """
    try:
        start = etree.iterparse(io.BytesIO(document.content), events=("start",), resolve_entities=False)
        _, root = next(iter(start))
        if etree.QName(root).localname != "TransXChange":
            return None
        header = read_txc_header(document.content, file_name=document.name)
        for service in header.services:
            # Revisions are chosen by these, so here is the last place where one that is none can be told by its file.
            for day in (service.start_date, service.end_date):
                parse_date(day or "2000-01-01")
    except _PARSING_ERRORS as error:
        raise _refusal(document, error) from None
    return header


def current(headers: Sequence[tuple[int, Any]]) -> tuple[set[int], tuple[str, ...]]:
    """Tell which of some numbered headers no newer revision of the same service takes the place of.

    Returns
    -------
    tuple
        Their numbers; and the documents that gave way to one of the same revision, which may be copies of it, or may hold
        other lines of the service.
    """
    chosen = select_current_files(headers)
    level = sorted(
        each.file_name for each in chosen.dropped if each.revision_number == each.superseded_by_revision
    )
    return set(chosen.kept), tuple(level)


def read_part(document: Document, positions: pd.DataFrame) -> Part:
    """Read one document.

    Parameters
    ----------
    document
        TransXChange.
    positions
        Stops by ATCO code, as `read_naptan` gives them; the document's own positions stand in for others.

    Raises
    ------
    FeedError
        When it is not as the schema has it.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            doc = read_txc(document.content, file_name=document.name)
            calls = _with_activities(_own_trips(get_gtfs_info(doc)), doc)
            stops = _stops(doc, calls, positions)
            kept = _placed(calls, stops)
            tables = _tables(doc, kept, stops)
        except _PARSING_ERRORS as error:
            raise _refusal(document, error) from None
    told = [str(one.message) for one in said if one.category is UserWarning]
    return Part(
        name=document.name[: -len(".xml")],
        place=document.place,
        tables=tables,
        said=(*(text for text in told if not _OF_NO_WEIGHT.match(text)), *_unread(doc, document)),
        journeys=calls["trip_id"].nunique(),
        calls=len(calls),
        placeless=Counter(calls.loc[~calls["stop_id"].isin(stops["stop_id"]), "stop_id"]),
        lost=calls["trip_id"].nunique() - kept["trip_id"].nunique(),
    )


def join_parts(parts: Sequence[Part]) -> Tables:
    """Put the tables of documents together; with several, their names keep their routes and trips apart."""
    joined: dict[str, list[pd.DataFrame]] = {}
    agencies: dict[str, tuple[object, ...]] = {}
    for part in parts:
        tables = dict(part.tables)
        prefix = f"{part.name}:" if len(parts) > 1 else ""
        renamed = _agency_names(tables["agency"], agencies, prefix)
        tables["agency"] = tables["agency"].assign(agency_id=tables["agency"]["agency_id"].map(renamed))
        tables["routes"] = tables["routes"].assign(
            route_id=prefix + tables["routes"]["route_id"],
            agency_id=tables["routes"]["agency_id"].map(
                lambda agency, names=renamed: names.get(agency, agency)
            ),
        )
        tables["trips"] = tables["trips"].assign(route_id=prefix + tables["trips"]["route_id"])
        for table in ("trips", "stop_times", "frequencies"):
            tables[table] = tables[table].assign(trip_id=prefix + tables[table]["trip_id"])
        for table, rows in tables.items():
            joined.setdefault(table, []).append(rows)
    whole = {table: pd.concat(rows, ignore_index=True) for table, rows in joined.items()}
    # The same agency, stop or service in several documents; a service's id spells out its days.
    for table, key in (("agency", ["agency_id"]), ("stops", ["stop_id"]), ("calendar", ["service_id"])):
        whole[table] = whole[table].drop_duplicates(key, ignore_index=True)
    whole["calendar_dates"] = whole["calendar_dates"].drop_duplicates(ignore_index=True)
    return whole


def _refusal(document: Document, error: Exception) -> FeedError:
    reason = error.args[0] if isinstance(error, KeyError) and error.args else error
    return FeedError(
        f"cannot be converted from TransXChange ({reason or type(error).__name__}); correct it or take it out",
        file=document.place,
        code="transxchange_not_readable",
    )


def _own_trips(calls: pd.DataFrame) -> pd.DataFrame:
    """Name each trip by its journey's code: names made of section and minute merge journeys that are not the same."""
    if calls.empty:
        return calls
    run = (calls["stop_sequence"] == 1).cumsum()
    codes = calls["vehicle_journey_id"].groupby(run).first()
    again = codes.groupby(codes).cumcount()
    names = codes.where(again == 0, codes + "#" + (again + 1).astype(str))
    return calls.assign(trip_id=run.map(names))


def _with_activities(calls: pd.DataFrame, doc: Any) -> pd.DataFrame:  # noqa: ANN401
    """Say where vehicles only pick up, only set down, or pass."""
    rules = _activities(doc)
    index = {journey.code: journey for journey in doc.vehicle_journeys}
    patterns = {
        code: resolve_vehicle_journey(doc, journey, index).journey_pattern_ref
        for code, journey in index.items()
        if rules
    }
    at = [
        rules[pattern][sequence - 1] if (pattern := patterns.get(code)) in rules else _SERVED
        for code, sequence in zip(calls["vehicle_journey_id"], calls["stop_sequence"], strict=True)
    ]
    return calls.assign(pickup_type=[board for board, _ in at], drop_off_type=[alight for _, alight in at])


def _activities(doc: Any) -> dict[str | None, list[tuple[int, int]]]:  # noqa: ANN401
    """Give boarding and alighting at each stop of those journey patterns where something is out of the ordinary."""
    sections = {section.id: section.timing_links for section in doc.journey_pattern_sections}
    found: dict[str | None, list[tuple[int, int]]] = {}
    for pattern in (pattern for service in doc.services for pattern in service.journey_patterns):
        links = [link for ref in pattern.section_refs for link in sections[ref]]
        leaving = [*(link.from_activity for link in links), None]
        reached = [None, *(link.to_activity for link in links)]
        at = [_ACTIVITIES.get(a or b, _SERVED) for a, b in zip(leaving, reached, strict=True)]
        if any(one != _SERVED for one in at):
            found[pattern.id] = at
    return found


def _stops(doc: Any, calls: pd.DataFrame, positions: pd.DataFrame) -> pd.DataFrame:  # noqa: ANN401
    """Give the stops called at that have a position."""
    used = pd.Index(calls["stop_id"].unique(), dtype=object)
    where = positions.index.get_indexer(used)
    known = positions.iloc[where[where >= 0]].rename_axis("stop_id").reset_index()
    missing = set(used[where < 0])
    own = [
        {"stop_id": stop.atco_code, "stop_name": stop.common_name, "stop_lat": place[1], "stop_lon": place[0]}
        for stop in doc.stop_points
        if stop.atco_code in missing and (place := own_position(stop))
    ]
    if not own:
        return known
    found = pd.concat([known, pd.DataFrame(own, columns=known.columns)], ignore_index=True)
    return found.drop_duplicates("stop_id", ignore_index=True)


def _placed(calls: pd.DataFrame, stops: pd.DataFrame) -> pd.DataFrame:
    """Leave out calls at stops without a position, and trips with fewer than two calls left."""
    kept = calls[calls["stop_id"].isin(stops["stop_id"])]
    return kept[kept.groupby("trip_id")["trip_id"].transform("size") > 1]


def _tables(doc: Any, calls: pd.DataFrame, stops: pd.DataFrame) -> Tables:  # noqa: ANN401
    dates = get_calendar_dates(calls)
    repeats = get_frequencies(calls)
    return {
        "agency": get_agency(doc),
        "stops": stops[stops["stop_id"].isin(calls["stop_id"])],
        "routes": get_routes(gtfs_info=calls, doc=doc),
        "trips": calls.drop_duplicates("trip_id")[list(_TRIPS)],
        "stop_times": calls[list(_STOP_TIMES)],
        "calendar": get_calendar(calls),
        "calendar_dates": pd.DataFrame(columns=["service_id", "date", "exception_type"])
        if dates is None
        else dates,
        "frequencies": pd.DataFrame(columns=["trip_id"]) if repeats is None else repeats,
    }


def _unread(doc: Any, document: Document) -> list[str]:  # noqa: ANN401
    """Say what a document holds that changes what runs and is not read, once for each case."""
    said = []
    for element, effect in _NOT_READ.items():
        cases = len(re.findall(rb"<(?:\w+:)?" + element.encode() + rb"[\s/>]", document.content))
        said += [f"{element} is not read, so {effect}"] * cases
    patterns = [pattern for service in doc.services for pattern in service.journey_patterns]
    cases = sum(pattern.operating_profile is not None for pattern in patterns)
    return (
        said
        + ["the OperatingProfile of a JourneyPattern is not read, only that of journeys and services"] * cases
    )


def _agency_names(agency: pd.DataFrame, known: dict[str, tuple[object, ...]], prefix: str) -> dict[str, str]:
    """Name the agencies of a document: by their own ids, unless these stand for another agency already."""
    names = {}
    for row in agency.itertuples(index=False):
        told = tuple(row)[1:]
        own = str(row.agency_id)
        names[own] = own if known.setdefault(own, told) == told else f"{prefix}{own}"
    return names
