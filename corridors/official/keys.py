"""Keys of publishers' services: taken from the environment for one request, and kept out of everything that is written.

A key goes into a request and nowhere else. It is not in an address that is printed or recorded, errors of the transport
are reworded because they quote addresses, and what the transport itself logs is held back while a key is in use.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote_plus

from corridors.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from corridors.official.sources import Source

_LOGGERS = ("urllib3", "urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection", "requests")
_HIDDEN = "(hidden)"


@dataclass(frozen=True)
class Keys:
    """The keys of one source, ready for a request; their values are in no printed form of it."""

    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def appear_in(self, text: str) -> bool:
        """Tell whether a value stands in a text, as it is or written for an address."""
        plain = unquote_plus(text)
        return any(value in text or value in plain for value in self._values)

    def redacted(self, text: str) -> str:
        """Return the text with every value taken out, in each of the ways it may be written."""
        for value in sorted(self._values, key=len, reverse=True):
            for written in {value, quote(value), quote(value, safe=""), quote_plus(value)}:
                text = text.replace(written, _HIDDEN)
        return text

    @property
    def _values(self) -> list[str]:
        return [value for value in (*self.query.values(), *self.headers.values()) if value]


def read_keys(source: Source, *, environ: Mapping[str, str] | None = None) -> Keys:
    """Take the keys of a source from the environment.

    Raises
    ------
    FetchError
        When a variable is not set and the source does not answer without; its name is said, never a value.
    """
    environ = os.environ if environ is None else environ
    variables = [*source.query_keys.values(), *source.header_keys.values()]
    absent = [name for name in variables if not environ.get(name, "").strip()]
    if absent and not source.optional_keys:
        raise FetchError(
            f"{source.name} needs a key: set the environment variable{'s' if len(absent) > 1 else ''} "
            f"{' and '.join(absent)} (where to get one: {source.page})"
        )

    def held(names: Mapping[str, str]) -> dict[str, str]:
        return {name: environ[variable].strip() for name, variable in names.items() if variable not in absent}

    keys = Keys(query=held(source.query_keys), headers=held(source.header_keys))
    if any(not value.isprintable() for value in keys.headers.values()):
        raise FetchError(f"{source.name}: the key holds a character that a header cannot carry")
    return keys


@contextmanager
def unlogged(keys: Keys) -> Iterator[None]:
    """Keep the keys out of the transport's own log, which writes whole addresses at the level of debugging."""

    def redact(record: logging.LogRecord) -> bool:
        record.msg, record.args = keys.redacted(record.getMessage()), ()
        return True

    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(redact)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(redact)
