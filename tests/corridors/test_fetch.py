"""Fetching from servers that misbehave: every one ends in a clear error or the right file, never in a wrong one."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import unquote

import pytest
from made_sources import CSV, FEED, feed, rows, service, source, zipped
from misbehaving_server import (
    another_range,
    cut_short,
    endless,
    feature_service,
    in_chunks,
    in_turn,
    redirect,
    right,
    serve,
    silent,
    squeezed,
    status,
    trickling,
    web_page,
)

from corridors.errors import FetchError, ToolkitError
from corridors.official.fetch import fetch_sources, plan_fetch
from corridors.official.http import Patience


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Loopback is asked directly, whatever the machine's own proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def waits():
    return []


@pytest.fixture
def fetch(tmp_path, waits):
    """Fetch one source into a folder by way of a cache of its own, with little patience."""
    patience = Patience(
        attempts=3,
        connect_s=2,
        silence_s=0.3,
        total_s=1.5,
        backoff_s=1,
        longest_wait_s=30,
        pause=waits.append,
    )

    def fetched(*sources, **options):
        told = {"to": tmp_path / "to", "patience": patience, "cache_dir": tmp_path / "cache", "environ": {}}
        return fetch_sources(sources, **told | options)

    return fetched


@pytest.fixture
def placed(tmp_path):
    """Return what stands in the folder, by name."""

    def found() -> dict[str, bytes]:
        folder = tmp_path / "to"
        return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}

    return found


def files(found: dict[str, bytes]) -> set[str]:
    return set(found) - {"fetched.json"}


def test_a_file_is_placed_and_recorded(fetch, placed):
    with serve(made=right(CSV)) as server:
        (record,) = fetch(source(server.url("/made")))
    assert placed()["made.csv"] == CSV
    assert record.sha256 == hashlib.sha256(CSV).hexdigest()
    assert (record.size, record.etag, record.verified) == (len(CSV), '"one"', False)
    (row,) = json.loads(placed()["fetched.json"])["files"]
    assert row["address"] == server.url("/made")
    assert row["licence"] == "none"
    assert datetime.fromisoformat(row["fetched_on"]).date() <= datetime.now(UTC).date()


def test_what_is_there_is_left_alone_and_the_cache_serves_other_folders(fetch, tmp_path):
    with serve(made=right(CSV)) as server:
        made = source(server.url("/made"))
        fetch(made)
        fetch(made)
        fetch(made, to=tmp_path / "other")
        assert len(server.asked) == 1
        fetch(made, again=True)
        assert [asked.headers["If-None-Match"] for asked in server.asked] == [None, '"one"']
    assert (tmp_path / "other" / "made.csv").read_bytes() == CSV


def test_a_moving_file_is_asked_for_again_and_brought_only_if_it_changed(fetch, tmp_path):
    newer = CSV + b"B,1\n"
    with serve(made=right(CSV)) as server:
        made = source(server.url("/made"), content="moving")
        fetch(made)
        fetch(made, to=tmp_path / "same")
        server.routes["/made"] = right(newer, etag='"two"')
        fetch(made, to=tmp_path / "new")
    assert (tmp_path / "same" / "made.csv").read_bytes() == CSV
    assert (tmp_path / "new" / "made.csv").read_bytes() == newer


def test_a_fixed_file_that_changed_is_refused_and_the_old_one_stays(fetch, placed):
    with serve(made=right(CSV)) as server:
        made = source(server.url("/made"))
        fetch(made)
        server.routes["/made"] = right(CSV + b"B,1\n", etag='"two"')
        with pytest.raises(FetchError, match="does not change this file, but"):
            fetch(made, again=True)
    assert placed()["made.csv"] == CSV


def test_a_file_that_somebody_changed_is_not_replaced(fetch, tmp_path, placed):
    with serve(made=right(CSV)) as server:
        made = source(server.url("/made"))
        fetch(made)
        (tmp_path / "to" / "made.csv").write_bytes(b"mine")
        with pytest.raises(FetchError, match="is not as it was fetched on"):
            fetch(made, again=True)
        (tmp_path / "to" / "fetched.json").unlink()
        with pytest.raises(FetchError, match="is there and was not fetched"):
            fetch(made)
    assert placed()["made.csv"] == b"mine"


# Every way in which a server of a table may misbehave, and how it must end: in the right file, or in words.
OUTCOMES = {
    "cut short, then whole": (in_turn(cut_short(CSV, at=9_000), right(CSV)), None),
    "cut short, another edition then": (
        in_turn(cut_short(b"x" * len(CSV), at=9_000), right(CSV, etag='"two"')),
        None,
    ),
    "cut short for good": (
        cut_short(CSV, at=9_000),
        "the connection broke after 9,000 of 31,901 bytes, 3 times in a row",
    ),
    "cut short, nothing promised": (cut_short(CSV, at=9_000, declared=False), "did not say where it ends"),
    "chunks": (in_chunks(CSV), None),
    "chunks cut short": (in_chunks(CSV, cut=True), "the connection broke after .* bytes, 3 times"),
    "gzipped unasked": (squeezed(CSV), None),
    "gzipped and cut": (squeezed(CSV, cut=500), "3 times in a row"),
    "rest that does not join on": (in_turn(cut_short(CSV, at=99), another_range(CSV), right(CSV)), None),
    "busy, then well": (in_turn(status(429), status(503), right(CSV)), None),
    "busy for good": (status(429), r"too many requests \(429\), 3 times in a row"),
    "faulty for good": (status(500), r"has a fault \(500\), 3 times in a row"),
    "asks for a long wait": (status(503, Retry_After="3600"), "asks to wait 3,600 s"),
    "gone": (status(404), r"no such file any more \(404\); look for its new address at https://example.org"),
    "forbidden": (status(403), r"refuses \(403\)"),
    "teapot": (status(418), "status 418"),
    "web page": (web_page(), "a web page came instead of the file"),
    "web page under another name": (web_page(kind="text/csv"), "a web page came instead of the file"),
    "empty": (right(b""), "it is empty"),
    "another table": (right(b"id,value\n1,2\n"), "no column 'code'"),
    "header alone": (right(b"code,value\n"), "a header and no rows"),
    "a zip": (right(FEED), "no table of text but a zip file"),
    "endless": (endless(), "more than 0.2 MB come"),
    "endless in chunks": (endless(chunked=True), "more than 0.2 MB come"),
    "too large": (right(CSV * 10), "more than 0.2 MB come"),
    "a byte at a time": (trickling(CSV, every_s=0.01), "took longer than"),
    "silent from the start": (silent(CSV), "fell silent after 0 of .*, 3 times in a row"),
    "silent half way": (silent(CSV, after=500), "fell silent after 500 of .*, 3 times in a row"),
    "sent round in circles": (redirect("/made"), "sent on more than 5 times"),
    "sent to another scheme": (redirect("file:///etc/hosts"), "not safe"),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_every_misbehaviour_ends_in_the_right_file_or_in_words(case, fetch, placed):
    route, words = OUTCOMES[case]
    with serve(made=route) as server:
        if words is None:
            fetch(source(server.url("/made")))
        else:
            with pytest.raises(FetchError, match=words) as error:
                fetch(source(server.url("/made")))
            assert isinstance(error.value, ToolkitError)
            assert "\n" not in str(error.value)
    assert files(placed()) == (set() if words else {"made.csv"})
    assert placed().get("made.csv", CSV) == CSV


FEEDS = {
    "right": (right(FEED), None),
    "undeclared but whole": (cut_short(FEED, at=len(FEED), declared=False), None),
    "undeclared and cut": (cut_short(FEED, at=len(FEED) - 40, declared=False), "no whole zip file"),
    "damaged inside": (right(FEED[:80] + b"?" + FEED[81:]), "is damaged"),
    "table": (right(CSV), "no whole zip file"),
    "lacks a file": (right(zipped(stops=b"stop_id\n")), "holds no trips.txt"),
    "html": (web_page(kind="application/zip"), "a web page came instead"),
}


@pytest.mark.parametrize("case", FEEDS)
def test_feeds_are_whole_zips_with_their_files(case, fetch, placed):
    route, words = FEEDS[case]
    with serve(made=route) as server:
        if words is None:
            fetch(feed(server.url("/made")))
        else:
            with pytest.raises(FetchError, match=words):
                fetch(feed(server.url("/made")))
    assert files(placed()) == (set() if words else {"made.zip"})
    assert placed().get("made.zip", FEED) == FEED


def test_a_zip_that_would_fill_the_disk_is_refused(fetch, placed):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stops.txt", b"0" * 50_000_000)
    with serve(made=right(held.getvalue())) as server, pytest.raises(FetchError, match="expands to more"):
        fetch(feed(server.url("/made")))
    assert not files(placed())


def test_an_extract_of_streets_is_known_by_its_beginning(fetch, placed):
    extract = b"\x00\x00\x00\x0e\x0a\x09OSMHeader\x18\x7f" + bytes(200)
    with serve(made=right(extract), other=right(CSV)) as server:
        streets = {"format": "pbf", "needs": (), "file": "made.osm.pbf"}
        fetch(source(server.url("/made"), **streets))
        with pytest.raises(FetchError, match="no OpenStreetMap extract"):
            fetch(source(server.url("/other"), **streets | {"name": "other", "file": "other.osm.pbf"}))
    assert files(placed()) == {"made.osm.pbf"}


def test_a_wrong_checksum_is_refused_and_nothing_kept_to_go_on_from(fetch, placed, tmp_path):
    with serve(made=right(CSV)) as server:
        with pytest.raises(FetchError, match="its checksum is"):
            fetch(source(server.url("/made"), sha256="0" * 64))
        assert not files(placed())
        assert not list((tmp_path / "cache").rglob("*.part"))
        fetch(source(server.url("/made"), sha256=hashlib.sha256(CSV).hexdigest()))
    assert placed()["made.csv"] == CSV


def test_the_rest_alone_is_asked_for_and_only_of_the_same_edition(fetch):
    with serve(made=in_turn(cut_short(CSV, at=9_000), right(CSV))) as server:
        fetch(source(server.url("/made")))
        first, second = server.asked
    assert first.headers["Range"] is None
    assert (second.headers["Range"], second.headers["If-Range"]) == ("bytes=9000-", '"one"')


def test_a_fetch_that_failed_goes_on_the_next_time(fetch, placed):
    with serve(made=cut_short(CSV, at=9_000)) as server:
        made = source(server.url("/made"))
        with pytest.raises(FetchError):
            fetch(made)
        server.routes["/made"] = right(CSV)
        asked = len(server.asked)
        fetch(made)
        assert server.asked[asked].headers["Range"] == "bytes=9000-"
    assert placed()["made.csv"] == CSV


def test_attempts_that_get_further_do_not_count_as_in_vain(fetch, placed):
    """Ten pieces take ten attempts although three in a row in vain would be the end."""
    step = len(CSV) // 10 + 1

    def piecewise(handler):
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        span = f"bytes {start}-{len(CSV) - 1}/{len(CSV)}"
        length = str(len(CSV) - start)
        handler.begin(206 if start else 200, Content_Length=length, Content_Range=span, ETag='"one"')
        handler.wfile.write(CSV[start : start + step])

    with serve(made=piecewise) as server:
        fetch(source(server.url("/made")))
        assert len(server.asked) == 10
    assert placed()["made.csv"] == CSV


def test_pauses_double_and_a_servers_own_wait_is_kept(fetch, waits):
    with serve(made=in_turn(status(500), status(500), right(CSV))) as server:
        fetch(source(server.url("/made")))
    assert waits == [1, 2]
    waits.clear()
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    with serve(
        made=in_turn(status(429, Retry_After="7"), status(503, Retry_After=soon), right(CSV))
    ) as server:
        fetch(source(server.url("/made"), name="other", file="other.csv"))
    assert waits[0] == 7
    assert waits[1] == pytest.approx(20, abs=2)


def test_a_slow_server_is_left_when_the_time_is_over(fetch):
    began = time.monotonic()
    with serve(made=trickling(CSV, every_s=0.05)) as server, pytest.raises(FetchError, match="took longer"):
        fetch(source(server.url("/made")))
    assert time.monotonic() - began < 5


def test_nobody_there_is_said_in_words(fetch):
    with serve() as server:
        gone = server.url("/made")
    with pytest.raises(FetchError, match=r"no connection to 127\.0\.0\.1, 3 times in a row"):
        fetch(source(gone))


def test_a_redirect_within_the_host_is_followed(fetch, placed):
    with serve(made=redirect("/there"), there=right(CSV)) as server:
        fetch(source(server.url("/made")))
    assert placed()["made.csv"] == CSV


def test_a_redirect_to_another_host_only_where_the_catalogue_names_it(fetch, placed):
    with serve(made=right(CSV)) as other, serve(made=redirect(other.url("/made"))) as server:
        with pytest.raises(FetchError, match="which the catalogue does not name for it"):
            fetch(source(server.url("/made")))
        assert not other.asked
        assert not files(placed())
        named = other.address.removeprefix("http://")
        fetch(source(server.url("/made"), redirect_hosts=(named,)))
    assert placed()["made.csv"] == CSV


def test_the_environments_proxy_is_used(fetch, placed, monkeypatch):
    with serve() as proxy:
        # To a proxy the whole address is the target; its path is what the route is found by.
        proxy.routes["/made"] = right(CSV)
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("NO_PROXY", "")
        made = source("http://localhost/made")
        fetch(made.model_copy(update={"address": "http://data.example.invalid/made"}))
        assert proxy.asked[0].target == "http://data.example.invalid/made"
    assert placed()["made.csv"] == CSV


def test_two_sources_where_the_second_fails_leave_the_first_in_place(fetch, placed):
    with serve(made=right(CSV), bad=status(404)) as server:
        bad = source(server.url("/bad"), name="bad", file="bad.csv")
        with pytest.raises(FetchError, match=r"^bad:"):
            fetch(source(server.url("/made")), bad)
    assert files(placed()) == {"made.csv"}
    assert [row["name"] for row in json.loads(placed()["fetched.json"])["files"]] == ["made"]


NOMIS = "DATE_NAME,GEOGRAPHY_CODE,OBS_VALUE,RECORD_COUNT\nJune 2026,E01,5,{0}\nJune 2026,E02,10,{0}\n"


@pytest.mark.parametrize(("count", "words"), [("2", None), ("25000", "it was cut off"), ("", "cut off")])
def test_an_answer_of_nomis_that_was_cut_off_is_refused(count, words, fetch, placed):
    with serve(made=in_chunks(NOMIS.format(count).encode())) as server:
        made = source(server.url("/made"), format="nomis", needs=("OBS_VALUE", "RECORD_COUNT"))
        if words:
            with pytest.raises(FetchError, match=words):
                fetch(made)
        else:
            fetch(made)
    assert files(placed()) == (set() if words else {"made.csv"})


def test_pages_of_a_feature_service_are_put_together(fetch, placed):
    with serve(made=feature_service(rows(2_350), most=1_000)) as server:
        fetch(service(server.url("/made")))
        assert len(server.asked) == 4  # the count and three pages
    lines = placed()["made.csv"].decode().splitlines()
    assert lines[0] == "LSOA21CD,lon,lat"
    assert lines[1] == "E00000000,-1.900000,52.500000"
    assert len(lines) == 2_351


def test_rows_are_asked_for_by_district(fetch):
    with serve(made=feature_service(rows(5), most=1_000)) as server:
        made = service(server.url("/made"))
        by_district = made.model_copy(
            update={"address": made.address.replace("1=1", "LAD IN ({in_districts})")}
        )
        with pytest.raises(FetchError, match="name them"):
            fetch(by_district)
        fetch(by_district, districts=["E08000025", "E08000026"])
        assert "IN ('E08000025','E08000026')" in unquote(server.asked[0].target)


def failing(text: bytes):
    return right(text, kind="application/json")


SERVICES = {
    "fewer than counted": (feature_service(rows(50), most=20, counted=60), "50 rows came where .* counts 60"),
    "none": (feature_service([], most=20), "no rows for what was asked"),
    "an error with status 200": (
        failing(b'{"error": {"code": 400, "message": "Invalid query"}}'),
        "answers with error 400",
    ),
    "not JSON": (failing(b"busy"), "something other than JSON"),
    "a list": (failing(b"[]"), "something other than a table"),
    "a page without end": (endless(), "more than 2 MB come"),
}


@pytest.mark.parametrize("case", SERVICES)
def test_a_feature_service_that_misbehaves(case, fetch, placed):
    route, words = SERVICES[case]
    with serve(made=route) as server, pytest.raises(FetchError, match=words):
        fetch(service(server.url("/made")))
    assert not files(placed())


def test_a_page_that_is_cut_short_is_asked_for_again(fetch, placed):
    well = feature_service(rows(50), most=1_000)
    with serve(made=in_turn(well, status(500), cut_short(b"{" * 90, at=40), well)) as server:
        fetch(service(server.url("/made")))
    assert len(placed()["made.csv"].splitlines()) == 51


def test_a_plan_says_what_would_happen_and_asks_nobody(fetch, tmp_path):
    with serve(made=right(CSV)) as server:
        made = source(server.url("/made"), query_keys={"key": "MADE_KEY"}, optional_keys=True)
        options = {"cache_dir": tmp_path / "cache", "environ": {}}
        (plan,) = plan_fetch([made], to=tmp_path / "to", **options)
        assert (plan.state, plan.keys_missing) == ("to be fetched", ("MADE_KEY",))
        assert not server.asked
        assert not (tmp_path / "to").exists()
        fetch(made)
        assert plan_fetch([made], to=tmp_path / "to", **options)[0].state == "in place"
        assert plan_fetch([made], to=tmp_path / "other", **options)[0].state == "in the cache"


def test_a_folder_that_is_a_file_is_refused(fetch, tmp_path):
    (tmp_path / "to").write_text("a file")
    with serve(made=right(CSV)) as server, pytest.raises(ToolkitError, match="cannot be used"):
        fetch(source(server.url("/made")))
