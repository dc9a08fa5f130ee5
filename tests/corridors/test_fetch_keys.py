"""A key goes into a request and nowhere else: all that is printed, logged, raised or written is searched for it."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from urllib.parse import quote, quote_plus

import pytest
from made_sources import CSV, FEED, feed, source
from misbehaving_server import cut_short, echoing, redirect, right, serve, silent, status, web_page

from corridors import cli
from corridors.errors import FetchError
from corridors.official.fetch import fetch_sources
from corridors.official.http import Patience
from corridors.official.keys import read_keys
from corridors.official.sources import read_catalogue

# With signs that an address writes otherwise, so that every way of writing it is searched for.
SECRET = "s3cret/k+y=42&é ü"  # noqa: S105 - made up
TOKEN = "t0ken-0f-the-header"  # noqa: S105 - made up
WRITTEN = {SECRET, quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET), TOKEN}
KEYED = {"query_keys": {"app_key": "MADE_KEY"}, "header_keys": {"X-Token": "MADE_TOKEN"}}
ENVIRON = {"MADE_KEY": SECRET, "MADE_TOKEN": TOKEN}
PATIENCE = Patience(
    attempts=2, connect_s=2, silence_s=0.2, total_s=1, backoff_s=0, pause=lambda _seconds: None
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def all_written(folder) -> str:
    """Return the name and the content of every file below a folder, as text."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return "\n".join(f"{path} {path.read_bytes().decode(errors='replace')}" for path in found)


def appearing(text: str) -> set[str]:
    return {written for written in WRITTEN if written in text}


def sent_with_keys(server) -> bool:
    asked = server.asked[0]
    return quote_plus(SECRET) in asked.target and asked.headers["X-Token"] == TOKEN


ROUTES = {
    "well": right(CSV),
    "forbidden": status(403),
    "faulty": status(500),
    "web page": web_page(),
    "cut short": cut_short(CSV, at=500),
    "silent": silent(CSV),
    "echoes the request": echoing(),
    "sends on with the key": redirect(f"https://elsewhere.invalid/?app_key={quote_plus(SECRET)}"),
    "sends on to http": redirect(f"gopher://elsewhere.invalid/{quote(SECRET, safe='')}"),
    "sends on to nonsense": redirect(f"http://[{SECRET}"),
}


@pytest.mark.parametrize("case", ROUTES)
def test_no_key_in_anything_that_is_written_logged_or_raised(case, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    raised = ""
    with serve(made=ROUTES[case]) as server:
        try:
            fetch_sources(
                [source(server.url("/made"), **KEYED)],
                to=tmp_path / "to",
                cache_dir=tmp_path / "cache",
                patience=PATIENCE,
                environ=ENVIRON,
            )
        except FetchError as error:
            raised = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__)
        assert sent_with_keys(server)
    assert bool(raised) is (case != "well")
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert "/made" in logged  # the transport does log, and its lines were looked through
    assert not appearing(raised + logged + all_written(tmp_path))


def test_no_key_when_nobody_answers(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with serve() as server:
        gone = server.url("/made")
    with pytest.raises(FetchError) as error:
        fetch_sources(
            [source(gone, **KEYED)],
            to=tmp_path / "to",
            cache_dir=tmp_path / "cache",
            patience=PATIENCE,
            environ=ENVIRON,
        )
    told = "".join(traceback.format_exception(error.value)) + caplog.text
    assert not appearing(told + all_written(tmp_path))


def test_keys_do_not_go_along_to_another_host(tmp_path):
    with serve(made=right(CSV)) as other, serve(made=redirect(other.url("/made"))) as server:
        named = other.address.removeprefix("http://")
        fetch_sources(
            [source(server.url("/made"), redirect_hosts=(named,), **KEYED)],
            to=tmp_path / "to",
            cache_dir=tmp_path / "cache",
            environ=ENVIRON,
        )
        assert sent_with_keys(server)
        (asked,) = other.asked
    assert asked.target == "/made"
    assert "X-Token" not in asked.headers
    assert not appearing(str(asked.headers))


def test_a_host_that_is_named_is_not_sent_a_key_that_the_redirect_holds(tmp_path):
    with serve() as other:
        target = other.url(f"/made?k={quote_plus(SECRET)}")
        with serve(made=redirect(target)) as server, pytest.raises(FetchError, match="with its key"):
            fetch_sources(
                [
                    source(
                        server.url("/made"),
                        redirect_hosts=(other.address.removeprefix("http://"),),
                        **KEYED,
                    )
                ],
                to=tmp_path / "to",
                cache_dir=tmp_path / "cache",
                environ=ENVIRON,
            )
        assert not other.asked


def test_a_missing_key_is_said_by_the_name_of_its_variable_before_anything_is_asked(tmp_path):
    with serve(made=right(CSV), open=right(CSV)) as server:
        keyed = source(server.url("/made"), **KEYED)
        unkeyed = source(server.url("/open"), name="open", file="open.csv")
        with pytest.raises(FetchError, match="set the environment variables MADE_KEY and MADE_TOKEN"):
            fetch_sources([unkeyed, keyed], to=tmp_path, cache_dir=tmp_path / "cache", environ={})
        with pytest.raises(FetchError, match="set the environment variable MADE_TOKEN "):
            fetch_sources([keyed], to=tmp_path, cache_dir=tmp_path / "cache", environ={"MADE_KEY": SECRET})
        assert not server.asked


def test_an_optional_key_is_used_where_it_is_set():
    optional = source("https://example.org/made", **KEYED, optional_keys=True)
    assert dict(read_keys(optional, environ={"MADE_KEY": " k "}).query) == {"app_key": "k"}
    assert not read_keys(optional, environ={}).query
    assert "k" not in repr(read_keys(optional, environ={"MADE_KEY": "k"})).replace("Keys", "")


def test_a_password_file_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password something\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serve(made=right(CSV)) as server:
        fetch_sources([source(server.url("/made"))], to=tmp_path / "to", cache_dir=tmp_path / "cache")
        assert server.asked[0].headers["Authorization"] is None


CATALOGUE = """
[[source]]
name = "made"
title = "A made feed"
publisher = "Nobody"
licence = "none"
vintage = "today"
page = "https://example.org/made"
address = "{address}"
file = "made.zip"
format = "gtfs"
content = "moving"
needs = ["stops.txt"]
max_mb = 1
verified = false
seen = "nowhere"
query_keys = {{ app_key = "MADE_KEY" }}
header_keys = {{ X-Token = "MADE_TOKEN" }}
"""


ROUTES_OF_CLI = [right(FEED), status(403), web_page()]


@pytest.mark.parametrize("route", ROUTES_OF_CLI, ids=["well", "forbidden", "page"])
def test_no_key_in_what_the_command_line_says_or_leaves(route, tmp_path, monkeypatch, capfd):
    for name, value in (ENVIRON | {"ACCESSIBILITY_CACHE_DIR": str(tmp_path / "cache")}).items():
        monkeypatch.setenv(name, value)
    told = ""
    with serve(made=route) as server:
        catalogue = tmp_path / "catalogue.toml"
        catalogue.write_text(CATALOGUE.format(address=server.url("/made")), encoding="utf-8")
        for words in (["--dry-run"], [], ["--again"]):
            asked = ["fetch", "made", "--to", tmp_path / "to", "--catalogue", catalogue, *words]
            monkeypatch.setattr(sys, "argv", ["corridors", *map(str, asked)])
            with pytest.raises(SystemExit) as ended:
                cli.main()
            assert ended.value.code == (1 if route is not ROUTES_OF_CLI[0] and words != ["--dry-run"] else 0)
        told = "".join(capfd.readouterr())
        assert sent_with_keys(server)
    assert "MADE_KEY (set)" in told
    assert not appearing(told + all_written(tmp_path))


def test_a_key_in_the_wrong_place_of_a_catalogue_is_refused_without_quoting_it(tmp_path):
    for wrong in (f"https://example.org/made?app_key={TOKEN}", f"https://me:{TOKEN}@example.org/made"):
        (tmp_path / "wrong.toml").write_text(CATALOGUE.format(address=wrong), encoding="utf-8")
        with pytest.raises(FetchError, match=re.compile("query_keys|keep it out")) as error:
            read_catalogue(tmp_path / "wrong.toml")
        assert not appearing("".join(traceback.format_exception(error.value)))


def test_feeds_with_keys_are_placed_whole(tmp_path):
    with serve(made=right(FEED)) as server:
        (record,) = fetch_sources(
            [feed(server.url("/made"), **KEYED)],
            to=tmp_path / "to",
            cache_dir=tmp_path / "cache",
            environ=ENVIRON,
        )
    assert (tmp_path / "to" / record.file).read_bytes() == FEED
