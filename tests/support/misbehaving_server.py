"""A server on loopback that answers as servers of publishers do on a bad day.

A route is a function of the request's handler; the makers below give one for each way of misbehaving. Every request is
kept, so that a test can see what was asked and with which headers.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Route = Callable[["Handler"], None]


@dataclass
class Asked:
    """One request that came: its target as it was written, and its headers."""

    target: str
    headers: Message


@dataclass
class Server:
    """A running server: where it is, what it answers, and what it was asked."""

    address: str
    routes: dict[str, Route] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.address}{path}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Server

    def do_GET(self) -> None:
        self.state.asked.append(Asked(self.path, self.headers))
        route = self.state.routes.get(urlsplit(self.path).path, status(404))
        # A client that has seen enough hangs up; that is no fault of a test.
        with suppress(ConnectionError):
            route(self)
        self.close_connection = True

    def reply(self, code: int, body: bytes, **headers: str) -> None:
        self.begin(code, **{"Content_Length": str(len(body)), **headers})
        self.wfile.write(body)

    def begin(self, code: int, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class serve:  # noqa: N801 - a context manager, used like a function
    """Run a server for the length of a block."""

    def __init__(self, **routes: Route) -> None:
        self._routes = {f"/{name}": route for name, route in routes.items()}

    def __enter__(self) -> Server:
        handler = type("Bound", (Handler,), {})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        # Threads that are stuck in a slow answer must not hold up the end of a test.
        self._server.block_on_close = False
        handler.state = Server(f"http://127.0.0.1:{self._server.server_port}", dict(self._routes))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return handler.state

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def right(body: bytes, *, kind: str = "application/octet-stream", etag: str = '"one"') -> Route:
    """Answer well: whole, or the range that is asked for while the edition is the same."""

    def route(handler: Handler) -> None:
        headers = {"ETag": etag, "Content_Type": kind, "Accept_Ranges": "bytes"}
        if handler.headers.get("If-None-Match") == etag:
            handler.reply(304, b"", **headers)
            return
        asked = handler.headers.get("Range")
        if asked and handler.headers.get("If-Range") == etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                handler.reply(416, b"", Content_Range=f"bytes */{len(body)}")
                return
            span = f"bytes {start}-{len(body) - 1}/{len(body)}"
            handler.reply(206, body[start:], Content_Range=span, **headers)
            return
        handler.reply(200, body, **headers)

    return route


def cut_short(body: bytes, *, at: int, declared: bool = True, etag: str = '"one"') -> Route:
    """Promise the whole and hang up after a part, whatever is asked for; or promise nothing and hang up."""

    def route(handler: Handler) -> None:
        headers = {"Content_Type": "application/octet-stream"}
        if declared:
            headers |= {"Content_Length": str(len(body)), "ETag": etag, "Accept_Ranges": "bytes"}
        handler.begin(200, **headers)
        handler.wfile.write(body[:at])

    return route


def in_turn(*routes: Route) -> Route:
    """Answer with one route after another, the last one for good."""
    left = list(routes)

    def route(handler: Handler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return route


def status(code: int, **headers: str) -> Route:
    """Answer with a status and a page that says so."""

    def route(handler: Handler) -> None:
        handler.reply(code, b"<html><body>no</body></html>", Content_Type="text/html", **headers)

    return route


def web_page(*, kind: str = "text/html; charset=utf-8") -> Route:
    """Answer well, with a web page where a file was asked for."""

    def route(handler: Handler) -> None:
        page = b"\n<!DOCTYPE html><html><title>We have moved</title></html>"
        handler.reply(200, page, Content_Type=kind)

    return route


def redirect(to: str, *, code: int = 302) -> Route:
    """Send on to another address."""

    def route(handler: Handler) -> None:
        handler.reply(code, b"", Location=to)

    return route


def endless(*, chunked: bool = False) -> Route:
    """Send as long as anybody listens."""

    def route(handler: Handler) -> None:
        piece = b"0" * 65_536
        how = {"Transfer_Encoding": "chunked"} if chunked else {}
        handler.begin(200, Content_Type="text/csv", **how)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)

    return route


def trickling(body: bytes, *, every_s: float) -> Route:
    """Send a byte at a time, never quite falling silent."""

    def route(handler: Handler) -> None:
        handler.begin(200, Content_Type="application/octet-stream", Content_Length=str(len(body)))
        for index in range(len(body)):
            handler.wfile.write(body[index : index + 1])
            handler.wfile.flush()
            time.sleep(every_s)

    return route


def silent(body: bytes, *, after: int = 0, for_s: float = 5) -> Route:
    """Send a part, then nothing, with the line open."""

    def route(handler: Handler) -> None:
        handler.begin(200, Content_Type="application/octet-stream", Content_Length=str(len(body)))
        handler.wfile.write(body[:after])
        handler.wfile.flush()
        time.sleep(for_s)

    return route


def squeezed(body: bytes, *, cut: int = 0) -> Route:
    """Send it gzipped although nobody asked for that; or cut it off before its end."""

    def route(handler: Handler) -> None:
        small = gzip.compress(body)
        length = str(len(small))
        handler.begin(200, Content_Type="text/csv", Content_Encoding="gzip", Content_Length=length)
        handler.wfile.write(small[: len(small) - cut])

    return route


def in_chunks(body: bytes, *, cut: bool = False) -> Route:
    """Send it in chunks, without saying how long it is; or hang up before the last."""

    def route(handler: Handler) -> None:
        handler.begin(200, Content_Type="text/csv", Transfer_Encoding="chunked")
        for start in range(0, len(body), 100):
            piece = body[start : start + 100]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if not cut:
            handler.wfile.write(b"0\r\n\r\n")

    return route


def another_range(body: bytes) -> Route:
    """Answer a request for the rest with a range that does not join on."""

    def route(handler: Handler) -> None:
        if handler.headers.get("Range"):
            span = f"bytes 1-{len(body) - 1}/{len(body)}"
            handler.reply(206, body[1:], Content_Range=span, ETag='"one"')
            return
        cut_short(body, at=len(body) // 2)(handler)

    return route


def echoing() -> Route:
    """Answer with an error of its own that holds all that it was asked with."""

    def route(handler: Handler) -> None:
        said = f"error,{handler.path},{handler.headers.get('X-Token', '')}\n1,2,3\n".encode()
        handler.reply(
            200, said, Content_Type="text/csv", ETag=f'"{handler.path}"', Last_Modified=handler.path
        )

    return route


def feature_service(rows: list[dict[str, object]], *, most: int, counted: int | None = None) -> Route:
    """Answer as a feature service of ArcGIS: a count, and no more than ``most`` rows at a time, in their order."""

    def route(handler: Handler) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        if asked.get("returnCountOnly") == "true":
            answer: dict[str, object] = {"count": len(rows) if counted is None else counted}
        else:
            start = int(asked["resultOffset"])
            page = rows[start : start + min(most, int(asked["resultRecordCount"]))]
            answer = {"features": page, "exceededTransferLimit": start + len(page) < len(rows)}
        handler.reply(200, json.dumps(answer).encode(), Content_Type="application/json")

    return route
