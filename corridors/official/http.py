"""Asking a publisher's server: patience, redirects, and what its answers mean.

Every failure becomes either a reason to try again or one sentence; the transport's own errors are not passed on, because
they quote addresses with their keys.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, SSLError

from accessibility._version import __version__
from corridors.errors import FetchError

if TYPE_CHECKING:
    from corridors.official.keys import Keys
    from corridors.official.sources import Source

logger = logging.getLogger(__name__)

T = TypeVar("T")
_PIECE: Final = 1 << 16
_MOST_REDIRECTS: Final = 5
_OK: Final = (200, 206, 304, 416)
_PASSING: Final = (408, 425, 429, 500, 502, 503, 504)
_MOST_RESUMED: Final = 100  # a line that breaks this often within one fetch is not worth more


@dataclass(frozen=True)
class Patience:
    """How long a publisher's server is waited for.

    Attributes
    ----------
    attempts
        How often in a row something may be asked for in vain.
    connect_s, silence_s
        The longest wait for a connection, and between two pieces of an answer.
    total_s
        The longest that one file may take.
    backoff_s
        The pause before the second attempt; it doubles with each further one.
    longest_wait_s
        The longest pause; a server that asks for a longer one is told to the user instead.
    pause
        How to wait so many seconds.
    """

    attempts: int = 5
    connect_s: float = 15.0
    silence_s: float = 60.0
    total_s: float = 3600.0
    backoff_s: float = 1.0
    longest_wait_s: float = 120.0
    pause: Callable[[float], None] = time.sleep


class PassingError(Exception):
    """Something went wrong that may go right in a while.

    Parameters
    ----------
    reason
        What went wrong, as a clause.
    wait_s
        How long the server asks to be left alone; None where it does not say.
    """

    def __init__(self, reason: str, *, wait_s: float | None = None) -> None:
        """Keep the reason and the wait."""
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


def new_session() -> requests.Session:
    """Return a session that uses the environment's proxies and certificates, and no password from a file."""
    session = requests.Session()
    session.headers.update(
        {"User-Agent": f"inclusive-growth-corridors/{__version__}", "Accept-Encoding": "identity"}
    )
    # Without this, requests would take a user and password for the host from a .netrc file.
    session.auth = _unchanged
    return session


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def persistently(
    act: Callable[[], T],
    *,
    source: Source,
    patience: Patience,
    progress_made: Callable[[], bool] | None = None,
) -> T:
    """Do something until it goes right, with longer pauses between attempts, or say why it does not.

    Parameters
    ----------
    act
        What to do; it raises `PassingError` where another attempt may help.
    source, patience
        Whose data it is, and how often and how long to try.
    progress_made
        Tells whether the last attempt got further than any before; then it does not count as one in vain.

    Raises
    ------
    FetchError
        When all attempts were in vain, or the server asks for a longer wait than there is patience for.
    """
    vain = 0
    for _ in range(_MOST_RESUMED):
        try:
            return act()
        except PassingError as trouble:
            reason, asked = trouble.reason, trouble.wait_s
        vain = 1 if progress_made is not None and progress_made() else vain + 1
        if vain >= patience.attempts:
            raise FetchError(f"{source.name}: {reason}, {vain} times in a row; try again later")
        if asked is not None and asked > patience.longest_wait_s:
            raise FetchError(f"{source.name}: {reason} and asks to wait {asked:,.0f} s; try again after that")
        wait_s = min(max(asked or 0.0, patience.backoff_s * 2 ** (vain - 1)), patience.longest_wait_s)
        logger.info("%s: %s; trying again in %.0f s", source.name, reason, wait_s)
        patience.pause(wait_s)
    raise FetchError(f"{source.name}: the connection broke {_MOST_RESUMED} times; try again later")


@contextmanager
def answer_of(
    session: requests.Session,
    url: str,
    *,
    source: Source,
    keys: Keys,
    patience: Patience,
    headers: dict[str, str] | None = None,
) -> Iterator[requests.Response]:
    """Ask for an address, follow its redirects as far as they are allowed, and hand over the answer's beginning.

    A redirect may lead to the same host or to one that the catalogue names for the source, never from https to http, and
    never with a key. Keys that travel as headers are sent to the source's own host alone.

    Raises
    ------
    PassingError
        When another attempt may help.
    FetchError
        When the server refuses, has no such file, sends on to another host, or cannot be trusted.
    """
    first = urlsplit(url)
    query = dict(keys.query)
    for _ in range(_MOST_REDIRECTS + 1):
        at_home = urlsplit(url).netloc == first.netloc
        sent = (headers or {}) | (dict(keys.headers) if at_home else {})
        response = _asked(session, url, source=source, patience=patience, query=query, headers=sent)
        try:
            target = response.headers.get("Location") if response.is_redirect else None
            if target is None:
                _refuse_bad_status(response, source)
                yield response
                return
        finally:
            response.close()
        url, query = _allowed(urljoin(url, target), source=source, keys=keys, home=first.netloc, via=url), {}
    raise FetchError(f"{source.name}: was sent on more than {_MOST_REDIRECTS} times")


def pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body of an answer as it comes, without waiting for whole blocks.

    Raises
    ------
    PassingError
        When the connection breaks, or falls silent.
    """
    while True:
        reason = ""
        try:
            piece = response.raw.read1(_PIECE, decode_content=True)
        except (HTTPError, OSError) as error:
            reason = "the server fell silent" if "timed out" in str(error).lower() else "the connection broke"
        if reason:
            raise PassingError(reason)
        if not piece:
            return
        yield piece


def _asked(
    session: requests.Session,
    url: str,
    *,
    source: Source,
    patience: Patience,
    query: dict[str, str],
    headers: dict[str, str],
) -> requests.Response:
    """Send one request, and put the transport's errors into words that quote no address."""
    host = urlsplit(url).hostname
    final = passing = ""
    try:
        return session.get(
            url,
            params=query or None,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=(patience.connect_s, patience.silence_s),
        )
    except requests.exceptions.SSLError:
        final = (
            f"the certificate of {host} cannot be trusted (behind a proxy that opens connections, "
            "name its certificates in REQUESTS_CA_BUNDLE)"
        )
    except requests.exceptions.ProxyError:
        passing = f"the proxy does not reach {host} (see HTTPS_PROXY and NO_PROXY)"
    except requests.Timeout:
        passing = f"{host} does not answer"
    except requests.ConnectionError as error:
        ssl = any(isinstance(cause, SSLError) for cause in error.args)
        passing = f"no {'safe ' if ssl else ''}connection to {host}"
    except (requests.RequestException, ValueError):
        final = f"{host or 'the address'} cannot be asked: the address is not a valid one"
    # Raised out here so that no error carries the transport's own, whose text holds the whole address.
    if final:
        raise FetchError(f"{source.name}: {final}")
    raise PassingError(passing)


def _allowed(target: str, *, source: Source, keys: Keys, home: str, via: str) -> str:
    """Return where a redirect leads to, or refuse to go there; its address is not quoted, as it may hold a key."""
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or (parts.scheme == "http" and urlsplit(via).scheme == "https"):
        raise FetchError(f"{source.name}: is sent on from https to {parts.scheme}, which is not safe")
    if parts.netloc == home:
        return target
    if parts.netloc not in source.redirect_hosts:
        raise FetchError(
            f"{source.name}: is sent on from {home} to {parts.hostname}, which the catalogue does not name for it; if its "
            f"publisher has moved ({source.page}), name the host in redirect_hosts of a catalogue of your own"
        )
    if keys.appear_in(target):
        raise FetchError(
            f"{source.name}: is sent on to {parts.hostname} together with its key, which is not sent"
        )
    return target


def _refuse_bad_status(response: requests.Response, source: Source) -> None:
    status = response.status_code
    if status in _OK:
        return
    host = urlsplit(response.url).hostname
    if status in _PASSING:
        what = "has had too many requests" if status == 429 else "has a fault"
        raise PassingError(f"{host} {what} ({status})", wait_s=_retry_after(response))
    if status in (401, 403, 407):
        variables = [*source.query_keys.values(), *source.header_keys.values()]
        hint = f"check {' and '.join(variables)}" if variables else f"look at {source.page}"
        raise FetchError(f"{source.name}: {host} refuses ({status}); {hint}")
    if status in (404, 410):
        raise FetchError(
            f"{source.name}: {host} has no such file any more ({status}); look for its new address at {source.page}"
        )
    raise FetchError(f"{source.name}: {host} answers with status {status}; look at {source.page}")


def _retry_after(response: requests.Response) -> float | None:
    """Read how long the server asks to be left alone, in seconds or as a date; None where it does not say."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())
