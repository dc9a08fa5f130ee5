"""A corpus of feeds as they come: one clean feed, one defect each, and what becomes of it.

Each line is a name, an edit of the clean feed (see `broken_feeds`), and an outcome: the timetable is the clean one's,
perhaps with a counted notice, or the feed is refused with file, row and code.
"""

from __future__ import annotations

import dataclasses
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import broken_feeds as bf
import gtfs_guru
import numpy as np
import pandas as pd
import pytest
from broken_feeds import Member, add, both, column, drop, header_only, recode, reshape, swap, write, zipped

import accessibility as acc
from accessibility.feeds.gtfs import inspect_feed
from accessibility.timetables.timetable import read_timetable

DATE = "2026-03-10"
HTML = b"<!DOCTYPE html>\n<html><head><title>Please log in</title></head><body></body></html>\n"


@dataclass(frozen=True)
class Same:
    """The timetable is the clean feed's; the notices are exactly these codes and counts."""

    notices: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True)
class Refused:
    """The feed is refused: file (below the feed, None for the feed itself), row, code, and part of the reason."""

    file: str | None
    row: int | None
    code: str
    reason: str = ""


def warned(code: str, count: int) -> Same:
    return Same((("WARNING", code, count),))


def noted(code: str, count: int) -> Same:
    return Same((("INFO", code, count),))


SAME = Same()
STOPS, ROUTES, TRIPS, TIMES = "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"
DAYS, DATES, REPEATS, TRANSFERS = "calendar.txt", "calendar_dates.txt", "frequencies.txt", "transfers.txt"


def space_cells(rows):
    return [[f" {cell} " for cell in row] for row in rows]


CORPUS = {
    # Written in another way, and the same
    "byte-order mark": (recode(bf.with_bom, STOPS), SAME),
    "byte-order marks everywhere": (recode(bf.with_bom), SAME),
    "byte-order mark before quotes": (recode(lambda text: bf.with_bom(bf.quote_all(text))), SAME),
    "lines end in CR LF": (recode(lambda text: text.replace(b"\n", b"\r\n")), SAME),
    "lines end in CR": (recode(lambda text: text.replace(b"\n", b"\r")), SAME),
    "lines end in any way": (recode(lambda text: text.replace(b"\nT2", b"\r\nT2").replace(b"\nT3", b"\rT3"), TIMES), SAME),
    "no end of the last line": (recode(lambda text: text.rstrip(b"\n")), SAME),
    "every cell in quotes": (recode(bf.quote_all), SAME),
    "rows in reverse": (reshape(lambda rows: [rows[0], *rows[:0:-1]]), SAME),
    "columns in reverse": (reshape(lambda rows: [row[::-1] for row in rows]), SAME),
    "blank lines between rows": (recode(lambda text: text.replace(b"\n", b"\n\n")), SAME),
    "blank lines with CR LF": (recode(lambda text: text.replace(b"\n", b"\r\n\r\n")), SAME),
    "blank lines before the header": (recode(lambda text: b"\n\n" + text), SAME),
    "blank lines after the last row": (recode(lambda text: text + b"\n\n\n"), SAME),
    "hours of one digit": (recode(lambda text: text.replace(b",07:", b",7:").replace(b",08:", b",8:"), TIMES), SAME),
    "a plus sign": (swap(TIMES, "B,2", "B,+2"), SAME),
    "a coordinate with an exponent": (swap(STOPS, "52.510", "5.251e1"), SAME),
    "a name in another script": (swap(STOPS, "Castle", "Замок 城 🏰"), SAME),
    "a name with quotes": (swap(STOPS, "Castle", '"The ""Castle"""'), SAME),
    "no exceptions": (drop(DATES), SAME),
    "exceptions with a header only": (header_only(DATES), SAME),
    "dates instead of weekdays": (both(drop(DAYS), write(DATES, "service_id,date,exception_type\ndaily,20260310,1\ndaily,20260309,1\ndaily,20260311,1\n")), SAME),
    "no feed_info": (drop("feed_info.txt"), SAME),
    "no column of names": (reshape(lambda rows: [[row[0], *row[2:]] for row in rows], STOPS), SAME),
    "a known column that is not read, in Latin-1": (both(column(STOPS, "stop_desc", "caf\xe9"), recode(lambda text: text.decode().encode("latin-1"), STOPS)), SAME),
    "a zip": (zipped(), SAME),
    "a zip with what a Mac leaves behind": (zipped(Member("__MACOSX/._stops.txt"), Member(".DS_Store"), Member("._trips.txt")), SAME),
    "a zip with further folders": (zipped(Member("docs/stops.txt"), Member("docs/")), SAME),
    # Read, with something worth knowing
    "an unknown column": (column(TRIPS, "colour", "red"), noted("unknown_column", 1)),
    "a misspelt column": (column(TIMES, "time_point", "1"), noted("unknown_column", 1)),
    "header in capitals": (recode(lambda text: text.replace(b"trip_id", b"TRIP_ID").replace(b"route_id", b"Route_ID"), TRIPS), noted("unexpected_letter_case", 2)),
    "a file name in capitals": (bf.renamed(STOPS, "Stops.TXT"), noted("unexpected_letter_case", 1)),
    "unknown files": (both(write("readme.txt", "not,even\na table"), write("stop.txt", "")), noted("unknown_file", 2)),
    "pathways and shapes": (both(write("pathways.txt", "pathway_id\n1\n"), write("shapes.txt", b"\xff\0")), noted("file_not_read", 2)),
    "a block of two trips": (recode(lambda text: text.replace(b",0,\n", b",0,K\n"), TRIPS), noted("block_transfers_not_used", 1)),
    "one folder down": (bf.nested, noted("invalid_input_files_in_subfolder", 1)),
    "a zip, one folder down": (zipped(rename=lambda name: f"made/{name}"), noted("invalid_input_files_in_subfolder", 1)),
    "a zip packed on Windows": (zipped(rename=lambda name: f"made\\{name}"), noted("invalid_input_files_in_subfolder", 1)),
    "a zip with names in capitals": (zipped(rename=str.upper), noted("unexpected_letter_case", 10)),
    # Read, with a counted warning
    "spaces around cells": (reshape(space_cells, REPEATS), Same(tuple(("WARNING", "leading_or_trailing_whitespaces", 1) for _ in range(5)))),
    "a no-break space": (swap(TIMES, "B,2", "B\N{NO-BREAK SPACE},2"), warned("leading_or_trailing_whitespaces", 1)),
    "spaces before quotes": (swap(TRIPS, "R,daily,T1", 'R, "daily",T1'), warned("leading_or_trailing_whitespaces", 1)),
    "a row of spaces": (swap(TIMES, "T2,08:00", "   \n\t\nT2,08:00"), warned("empty_row", 2)),
    "a stop that nobody calls at": (add(STOPS, "D,Dale,52.530,-1.900,0,", "E,End,52.540,-1.900,0,"), warned("stop_without_stop_time", 2)),
    "a trip without calls": (add(TRIPS, "R,daily,T9,Castle,0,"), warned("unused_trip", 1)),
    "an unknown pickup_type": (swap(TIMES, "B,2,,", "B,2,7,"), warned("unexpected_enum_value", 1)),
    "an unknown location_type": (swap(STOPS, "-1.900,0,\n", "-1.900,9,\n"), warned("unexpected_enum_value", 1)),
    "an unknown direction": (recode(lambda text: text.replace(b",0,", b",2,"), TRIPS), warned("unexpected_enum_value", 2)),
    "an unknown wheelchair_boarding": (column(STOPS, "wheelchair_boarding", "1", "5"), warned("unexpected_enum_value", 1)),
    "a negative timepoint": (column(TIMES, "timepoint", "1", "-1", "0"), warned("unexpected_enum_value", 1)),
    # Files that are not there or are no tables
    "no agency.txt": (drop("agency.txt"), Refused(None, None, "missing_required_file", "agency.txt is missing")),
    "no stops.txt": (drop(STOPS), Refused(None, None, "missing_required_file", "stops.txt is missing")),
    "no routes.txt": (drop(ROUTES), Refused(None, None, "missing_required_file", "routes.txt is missing")),
    "no trips.txt": (drop(TRIPS), Refused(None, None, "missing_required_file", "trips.txt is missing")),
    "no stop_times.txt": (drop(TIMES), Refused(None, None, "missing_required_file", "stop_times.txt is missing")),
    "no calendars": (drop(DAYS, DATES), Refused(None, None, "missing_calendar_and_calendar_date_files")),
    "a misspelt file": (bf.renamed(STOPS, "stop.txt"), Refused(None, None, "missing_required_file", "stops.txt is missing")),
    "an empty file": (write(STOPS, ""), Refused(STOPS, None, "empty_file", "without even a header")),
    "an empty file that may be absent": (write(TRANSFERS, b""), Refused(TRANSFERS, None, "empty_file")),
    "a file of blank lines": (write(STOPS, "\n \n\r\n"), Refused(STOPS, None, "empty_file")),
    "a byte-order mark alone": (write(STOPS, b"\xef\xbb\xbf"), Refused(STOPS, None, "empty_file")),
    "stop_times with a header only": (header_only(TIMES), Refused(TIMES, None, "empty_file", "has no row")),
    "agency with a header only": (header_only("agency.txt"), Refused("agency.txt", None, "empty_file", "the time zone is not known")),
    "a web page in a file's place": (write(STOPS, HTML), Refused(STOPS, 1, "missing_required_column")),
    "UTF-16": (recode(lambda text: text.decode().encode("utf-16"), STOPS), Refused(STOPS, 1, "invalid_character", "save it as CSV in UTF-8")),
    "UTF-16 without a mark": (recode(lambda text: text.decode().encode("utf-16-le"), STOPS), Refused(STOPS, 1, "invalid_character")),
    "a spreadsheet": (write(STOPS, b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0"), Refused(STOPS, 1, "invalid_character")),
    # Headers and rows
    "a column is missing": (swap(TIMES, "stop_sequence", "sequence"), Refused(TIMES, 1, "missing_required_column", "column stop_sequence is missing")),
    "semicolons for commas": (recode(lambda text: text.replace(b",", b";"), TIMES), Refused(TIMES, 1, "missing_required_column")),
    "a column twice": (swap(TRIPS, "service_id", "route_id"), Refused(TRIPS, 1, "duplicated_column", "column 'route_id' is there twice")),
    "a column twice, once in capitals": (column(TRIPS, "ROUTE_ID"), Refused(TRIPS, 1, "duplicated_column")),
    "commas at the ends of all lines": (recode(lambda text: text.replace(b"\n", b",\n"), TRIPS), Refused(TRIPS, 1, "empty_column_name", "column 7 has no name")),
    "a row too long": (swap(TRIPS, "T2,Castle,0,", "T2,Castle,0,,,"), Refused(TRIPS, 3, "invalid_row_length", "has 8 values where the header has 6")),
    "a row too short": (swap(TRIPS, "T3,Bank,1,", "T3,Bank"), Refused(TRIPS, 4, "invalid_row_length", "has 4 values")),
    "a row too short below blank lines": (swap(TRIPS, "S,daily,T3,Bank,1,", "\n\n\nS,daily,T3"), Refused(TRIPS, 7, "invalid_row_length")),
    "a comma that is not quoted": (swap(STOPS, '"Bank, the"', "Bank, the"), Refused(STOPS, 4, "invalid_row_length")),
    "cut off in the middle of a row": (recode(lambda text: text[: text.index(b"T3,09:07") + 6], TIMES), Refused(TIMES, 9, "invalid_row_length")),
    "a line break in quotes": (swap(STOPS, "Castle", '"Castle\nGate"'), Refused(STOPS, 5, "new_line_in_value")),
    "a line break in a column that is not read": (column(STOPS, "stop_desc", "", "by the\ngate"), Refused(STOPS, 3, "new_line_in_value")),
    "quotes that do not close": (swap(TIMES, "T1,07:05", '"T1,07:05'), Refused(TIMES, 3, "new_line_in_value")),
    "bad cell below blank lines": (swap(TIMES, "T1,07:12:00", "\n\nT1,07:72:00"), Refused(TIMES, 6, "invalid_time")),
    "unknown stop below blank lines": (swap(TIMES, "T2,08:12:00,08:12:00,C", "\nT2,08:12:00,08:12:00,Z"), Refused(TIMES, 8, "foreign_key_violation")),
    "bad cell below a header that starts late": (both(swap(TIMES, "07:12:00", "7.12"), recode(lambda text: b"\r\n\r\n" + text, TIMES)), Refused(TIMES, 6, "invalid_time")),
    "order twice below blank lines": (swap(TIMES, "T1,07:12:00,07:12:00,C,3", "\nT1,07:12:00,07:12:00,C,2"), Refused(TIMES, 5, "duplicate_key")),
    # Characters
    "Latin-1": (both(swap(STOPS, "Castle", "Ch\xe2teau"), recode(lambda text: text.decode().encode("latin-1"), STOPS)), Refused(STOPS, 5, "invalid_character", "found 'Ch\N{REPLACEMENT CHARACTER}teau'")),
    "a NUL in an id": (swap(TIMES, "P1,1", "P\0001,1"), Refused(TIMES, 2, "invalid_character")),
    "a replacement character": (swap(STOPS, "Castle", "Ch\N{REPLACEMENT CHARACTER}teau"), Refused(STOPS, 5, "invalid_character")),
    # Times
    "a time in words": (swap(TIMES, "07:05:00", "7 o'clock"), Refused(TIMES, 3, "invalid_time", "arrival_time is not a usable time (H:MM:SS): found \"7 o'clock\"")),
    "a time without seconds": (swap(TIMES, "07:06:00", "07:06"), Refused(TIMES, 3, "invalid_time", "departure_time")),
    "minutes past 59": (swap(TIMES, "07:05:00", "24:60:00"), Refused(TIMES, 3, "invalid_time", "24:60:00")),
    "a negative time": (swap(TIMES, "07:05:00", "-1:05:00"), Refused(TIMES, 3, "invalid_time")),
    "a time with a date": (swap(TIMES, "07:05:00", "2026-03-10T07:05:00"), Refused(TIMES, 3, "invalid_time")),
    "a time in other digits": (swap(TIMES, "07:05:00", "0\N{ARABIC-INDIC DIGIT SEVEN}:05:00"), Refused(TIMES, 3, "invalid_time")),
    "a frequency without a start": (swap(REPEATS, "09:00:00", ""), Refused(REPEATS, 2, "missing_required_field", "start_time is empty")),
    # Numbers
    "digits with an underscore": (swap(TIMES, "B,2", "B,2_0"), Refused(TIMES, 3, "invalid_integer", "found '2_0'")),
    "a whole number with a point": (swap(TIMES, "B,2", "B,2.0"), Refused(TIMES, 3, "invalid_integer")),
    "other digits": (swap(TIMES, "B,2", "B,\N{ARABIC-INDIC DIGIT TWO}"), Refused(TIMES, 3, "invalid_integer")),
    "a number in hexadecimal": (swap(REPEATS, "600", "0x258"), Refused(REPEATS, 2, "invalid_integer")),
    "a negative sequence": (swap(TIMES, "B,2", "B,-2"), Refused(TIMES, 3, "number_out_of_range", "found '-2'")),
    "a sequence beyond the arrays": (swap(TIMES, "C,3", f"C,{2**31}"), Refused(TIMES, 4, "number_out_of_range")),
    "a sequence of thirty digits": (swap(TIMES, "C,3", f"C,{10**30}"), Refused(TIMES, 4, "number_out_of_range")),
    "no headway": (swap(REPEATS, "600", "0"), Refused(REPEATS, 2, "number_out_of_range", "headway_secs is not 1 to 86400")),
    "a route type that is a word": (swap(ROUTES, "Castle,3", "Castle,bus"), Refused(ROUTES, 2, "invalid_integer")),
    "a decimal comma": (swap(STOPS, "52.510", '"52,510"'), Refused(STOPS, 4, "invalid_float")),
    "not a number": (swap(STOPS, "52.510", "nan"), Refused(STOPS, 4, "invalid_float")),
    "an infinite number": (swap(STOPS, "-1.900,0,\nC", "-inf,0,\nC"), Refused(STOPS, 4, "invalid_float")),
    "a latitude off the globe": (swap(STOPS, "52.510", "152.510"), Refused(STOPS, 4, "number_out_of_range", "stop_lat is not -90 to 90")),
    "a longitude off the globe": (swap(STOPS, "-1.901", "-191"), Refused(STOPS, 3, "number_out_of_range")),
    "metres for degrees": (swap(STOPS, "52.510,-1.900", "290000,400000"), Refused(STOPS, 4, "number_out_of_range", "; 1 more error")),
    "a weekday that is 2": (swap(DAYS, "daily,1,1", "daily,1,2"), Refused(DAYS, 2, "unexpected_enum_value", "tuesday is not 0 or 1")),
    "an exception that is 3": (swap(DATES, "1225,2", "1225,3"), Refused(DATES, 2, "unexpected_enum_value", "exception_type is not 1 or 2")),
    # Dates
    "a date with dashes": (swap(DAYS, "20260101", "2026-01-01"), Refused(DAYS, 2, "invalid_date", "found '2026-01-01'")),
    "the thirtieth of February": (swap(DATES, "20261225", "20260230"), Refused(DATES, 2, "invalid_date")),
    "a thirteenth month": (swap(DAYS, "20261231", "20261331"), Refused(DAYS, 2, "invalid_date")),
    "the year 0": (swap(DAYS, "20260101", "00000101"), Refused(DAYS, 2, "invalid_date")),
    "a span that ends before it starts": (swap(DAYS, "20261231", "20251231"), Refused(DAYS, 2, "start_and_end_range_out_of_order")),
    "a feed span that ends before it starts": (swap("feed_info.txt", "20261231", "20251231"), Refused("feed_info.txt", 2, "start_and_end_range_out_of_order")),
    # Ids
    "an id that is empty": (swap(TIMES, "T1,07:05", ",07:05"), Refused(TIMES, 3, "missing_required_field", "trip_id is empty")),
    "an unknown stop": (swap(TIMES, "C,3", "Z,3"), Refused(TIMES, 4, "foreign_key_violation", "stop_id 'Z' is not in stops.txt")),
    "an unknown trip": (swap(TIMES, "T2,08:05", "T9,08:05"), Refused(TIMES, 6, "foreign_key_violation")),
    "ids that differ in capitals": (recode(lambda text: text.replace(b",B,", b",b,"), TIMES), Refused(TIMES, 3, "foreign_key_violation", "; 2 more errors")),
    "an unknown route": (swap(TRIPS, "S,daily", "Q,daily"), Refused(TRIPS, 4, "foreign_key_violation")),
    "an unknown service": (swap(TRIPS, "S,daily", "S,weekly"), Refused(TRIPS, 4, "foreign_key_violation", "calendar.txt or calendar_dates.txt")),
    "an unknown agency": (swap(ROUTES, "S,A", "S,Z"), Refused(ROUTES, 3, "foreign_key_violation")),
    "an unknown station": (swap(STOPS, ",0,P\n", ",0,Q\n"), Refused(STOPS, 3, "foreign_key_violation")),
    "a frequency of an unknown trip": (swap(REPEATS, "T3", "T9"), Refused(REPEATS, 2, "foreign_key_violation")),
    "a transfer to an unknown stop": (swap(TRANSFERS, "P,B", "P,Z"), Refused(TRANSFERS, 2, "foreign_key_violation")),
    "a transfer from an unknown route": (column(TRANSFERS, "from_route_id", "Q"), Refused(TRANSFERS, 2, "foreign_key_violation")),
    "a stop twice": (add(STOPS, "B,Bank,52.510,-1.900,0,"), Refused(STOPS, 6, "duplicate_key", "stop_id 'B' is there twice")),
    "a route twice": (add(ROUTES, "R,A,2,,3"), Refused(ROUTES, 4, "duplicate_key")),
    "a trip twice": (add(TRIPS, "R,daily,T1,Castle,0,"), Refused(TRIPS, 5, "duplicate_key")),
    "an agency twice": (add("agency.txt", "A,Made,https://example.org,Europe/London,en"), Refused("agency.txt", 3, "duplicate_key")),
    "a service twice": (add(DAYS, "daily,0,0,0,0,0,1,1,20260101,20261231"), Refused(DAYS, 3, "duplicate_key")),
    "an exception twice": (add(DATES, "daily,20261225,1"), Refused(DATES, 3, "duplicate_key")),
    "a frequency twice": (add(REPEATS, "T3,09:00:00,09:30:00,300,1"), Refused(REPEATS, 3, "duplicate_key")),
    "a transfer twice": (add(TRANSFERS, "P,B,3,"), Refused(TRANSFERS, 3, "duplicate_key", "from_stop_id 'P', to_stop_id 'B' is there twice")),
    "a place in the order twice": (swap(TIMES, "C,3", "C,2"), Refused(TIMES, 4, "duplicate_key")),
    # What contradicts itself
    "a time zone that is none": (swap("agency.txt", "Europe/London", "Europe/Camelot"), Refused("agency.txt", 2, "invalid_timezone")),
    "a time zone that leads out of the list": (swap("agency.txt", "Europe/London", "../../etc/passwd"), Refused("agency.txt", 2, "invalid_timezone")),
    "two time zones": (add("agency.txt", "B,Other,https://example.org,Europe/Paris,fr"), Refused("agency.txt", 3, "inconsistent_agency_timezone")),
    "a stop without coordinates": (swap(STOPS, "52.510,-1.900", ","), Refused(STOPS, 4, "stop_without_location", "stop 'B' has no coordinates")),
    "a stop without a longitude": (swap(STOPS, "52.510,-1.900", "52.510,"), Refused(STOPS, 4, "stop_without_location")),
    "a stop at nought": (swap(STOPS, "52.510,-1.900", "0,0"), Refused(STOPS, 4, "point_near_origin")),
    "a stop at the pole": (swap(STOPS, "52.510,-1.900", "90,0"), Refused(STOPS, 4, "point_near_pole")),
    "a call at a station": (swap(TIMES, "P1,1", "P,1"), Refused(TIMES, 2, "location_with_unexpected_stop_time", "'P'")),
    "a platform for a parent": (swap(STOPS, "-1.900,,\n", "-1.900,,B\n"), Refused(STOPS, 5, "wrong_parent_location_type")),
    "a station in a station": (add(STOPS, "Q,Quay,52.500,-1.900,1,P"), Refused(STOPS, 6, "station_with_parent_station")),
    "a frequency that ends before it starts": (swap(REPEATS, "10:00:00", "08:00:00"), Refused(REPEATS, 2, "start_and_end_range_out_of_order")),
    "a frequency that lasts no time": (swap(REPEATS, "10:00:00", "09:00:00"), Refused(REPEATS, 2, "start_and_end_range_equal")),
    "frequencies that overlap": (add(REPEATS, "T3,09:30:00,11:00:00,300,1"), Refused(REPEATS, 3, "overlapping_frequency")),
    "backwards in time": (swap(TIMES, "07:05:00,07:06:00", "06:05:00,06:06:00"), Refused(TIMES, 3, "stop_time_with_arrival_before_previous_departure_time")),
    "no time at the end": (swap(TIMES, "07:12:00,07:12:00", ","), Refused(TIMES, 4, "missing_trip_edge")),
    # Zips, and what is none
    "a path that is not there": (lambda folder: folder.parent / "nothing.zip", Refused(None, None, "missing_feed", "there is no such file or folder")),
    "an empty folder": (drop(*bf.CLEAN), Refused(None, None, "missing_required_file", "it is empty")),
    "a file of nothing": (bf.file_instead("feed.zip", b""), Refused(None, None, "invalid_zip", "is an empty file")),
    "a page to log in": (bf.file_instead("feed.zip", HTML), Refused(None, None, "invalid_zip", "is a web page and not a zip")),
    "a text": (bf.file_instead("feed.zip", b"hello"), Refused(None, None, "invalid_zip", "is neither a GTFS folder nor a zip")),
    "a zip cut short": (bf.bytes_of_zip(lambda data: data[: len(data) // 2]), Refused(None, None, "invalid_zip", "cut short or damaged")),
    "an empty zip": (bf.file_instead("feed.zip", b"PK\x05\x06" + bytes(18)), Refused(None, None, "missing_required_file", "it is empty")),
    "a zip with a password": (bf.bytes_of_zip(bf.encrypted), Refused("agency.txt", None, "invalid_zip", "cannot be unpacked")),
    "a zip in a zip": (bf.file_instead("feed.zip", bf.zip_of(bf.zip_of(b"", STOPS))), Refused(None, None, "missing_required_file", "it holds 'feed.zip'")),
    "a zip two folders down": (zipped(rename=lambda name: f"a/b/{name}"), Refused(None, None, "missing_required_file", "it holds 'a/b/agency.txt'")),
    "a zip of two feeds": (zipped(*(Member(f"{feed}/stops.txt") for feed in ("one", "two")), without=tuple(bf.CLEAN)), Refused(None, None, "ambiguous_file", "2 folders ('one', 'two')")),
    "a member twice": (zipped(Member("Stops.txt", bf.CLEAN[STOPS].encode())), Refused(None, None, "ambiguous_file", "stops.txt is there 2 times")),
    "a name that leads out": (zipped(Member("../stops.txt")), Refused(None, None, "unsafe_file", "'../stops.txt', which leads out of it")),
    "a name that leads out halfway": (zipped(Member("made/../../evil.txt")), Refused(None, None, "unsafe_file")),
    "a name that leads out on Windows": (zipped(Member("..\\evil.txt")), Refused(None, None, "unsafe_file")),
    "a name from the root": (zipped(Member("/etc/evil.txt")), Refused(None, None, "unsafe_file")),
    "a name on a drive": (zipped(Member("C:/evil.txt")), Refused(None, None, "unsafe_file")),
    "a link in a zip": (zipped(Member(STOPS, b"/etc/passwd", stat.S_IFLNK | 0o777), without=(STOPS,)), Refused(STOPS, None, "unsafe_file", "is a symbolic link")),
    "a link in a folder": (bf.linked(STOPS), Refused(STOPS, None, "unsafe_file", "is a symbolic link")),
    "a link to a folder": (bf.linked_folder, Refused("agency.txt", None, "unsafe_file", "is a symbolic link")),
    "a folder in a file's place": (bf.folder_as_file(STOPS), Refused(STOPS, None, "unsafe_file", "is no plain file")),
    "a member packed beyond belief": (zipped(Member(STOPS, b"\n" * 20_000_000), without=(STOPS,)), Refused(STOPS, None, "file_too_large", "more than 200 times as many")),
    "a long header": (write(STOPS, b"stop_id" * 20_000), Refused(STOPS, 1, "csv_parsing_failed", "the first line is longer than 65,536 bytes")),
    "a long row": (swap(TIMES, "T2,08:05", "T2," + "8" * 3_000_000 + ":05"), Refused(TIMES, 6, "csv_parsing_failed", "the line is longer than 1,048,576 bytes")),
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Make a case of the corpus and inspect it, once: its path and what came of it."""
    done = {}

    def judge(name):
        if name not in done:
            folder = bf.write_clean(tmp_path_factory.mktemp("case") / "feed")
            path = made(CORPUS[name][0], folder)
            done[name] = path, inspect_feed(path)
        return done[name]

    return judge


@pytest.fixture(scope="module")
def clean_timetable(tmp_path_factory):
    return read_timetable(bf.write_clean(tmp_path_factory.mktemp("clean") / "feed"), date=DATE)


def made(edit, folder: Path) -> Path:
    try:
        return edit(folder) or folder
    except OSError:
        if os.name != "nt":
            raise
        pytest.skip("this Windows lets nobody make symbolic links")


def without_names(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns=["stop_name", "feed"], errors="ignore")


def assert_same_timetable(one, other):
    """Every array and table alike; only names of stops and notes may differ."""
    for field in dataclasses.fields(one):
        here, there = getattr(one, field.name), getattr(other, field.name)
        if isinstance(here, pd.DataFrame):
            pd.testing.assert_frame_equal(without_names(here), without_names(there))
        elif isinstance(here, np.ndarray):
            np.testing.assert_array_equal(here, there, err_msg=field.name)
        elif field.name == "rules":
            for name, values in vars(here).items():
                np.testing.assert_array_equal(values, vars(there)[name], err_msg=name)
        elif field.name != "notes":
            assert here == there, field.name


def test_the_corpus_is_as_large_as_it_says():
    assert len(CORPUS) >= 150
    assert sum(isinstance(outcome, Refused) for _, outcome in CORPUS.values()) >= 100


def test_the_clean_feed_is_clean(tmp_path):
    folder = bf.write_clean(tmp_path / "feed")
    assert inspect_feed(folder).notices == ()
    guru = gtfs_guru.validate(str(folder))
    assert {notice.code for notice in guru.errors()} == set()


@pytest.mark.parametrize("name", [name for name, (_, outcome) in CORPUS.items() if isinstance(outcome, Same)])
def test_read_like_the_clean_feed(judged, clean_timetable, name):
    path, inspection = judged(name)
    outcome = CORPUS[name][1]
    found = [(notice.severity, notice.code, notice.count) for notice in inspection.notices]
    assert sorted(found) == sorted(outcome.notices)
    assert inspection.feed.notices == inspection.notices
    timetable = read_timetable(path, date=DATE)
    assert_same_timetable(timetable, clean_timetable)
    for note in inspection.feed.notes:
        assert note in timetable.notes


@pytest.mark.parametrize(
    "name", [name for name, (_, outcome) in CORPUS.items() if isinstance(outcome, Refused)]
)
def test_refused_with_place_and_reason(judged, name):
    path, inspection = judged(name)
    outcome = CORPUS[name][1]
    before = {inside: inside.stat().st_mtime_ns for inside in path.parent.rglob("*")}
    with pytest.raises(acc.FeedError) as caught:
        read_timetable(path, date=DATE)
    error = caught.value
    assert (error.code, error.row) == (outcome.code, outcome.row)
    assert error.file in ((f"{path.name}/{outcome.file}",) if outcome.file else (path.name, str(path)))
    assert outcome.reason in str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 300
    assert {inside: inside.stat().st_mtime_ns for inside in path.parent.rglob("*")} == before
    errors = inspection.errors
    assert (inspection.feed is None) == bool(errors)
    if errors:
        assert (errors[0].code, errors[0].file, errors[0].row) == (error.code, error.file, error.row)


#: Where this toolkit judges otherwise than the canonical validator: code -> severity here, and why.
JUDGED_OTHERWISE = {
    ("invalid_input_files_in_subfolder", "INFO"),  # the feed reads as well
    (
        "unexpected_enum_value",
        "ERROR",
    ),  # of a weekday or an exception: whether a trip runs is not to be guessed
}


def test_severity_is_the_canonical_validators(judged):
    canonical = gtfs_guru.notice_schema()
    seen = {(notice.code, notice.severity) for name in CORPUS for notice in judged(name)[1].notices}
    known = {(code, severity) for code, severity in seen if code in canonical} - JUDGED_OTHERWISE
    assert len(known) > 30
    assert known == {(code, canonical[code]["severityLevel"]) for code, _ in known}
    assert {code for code, _ in seen if code not in canonical} == {
        "ambiguous_file", "block_transfers_not_used", "file_not_read", "file_too_large", "invalid_zip", "missing_feed",
        "unexpected_letter_case", "unsafe_file",
    }  # fmt: skip
