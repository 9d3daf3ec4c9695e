"""An RSS or Atom document's bytes -> what feedparser reads in them, all but what it stumbles over.

feedparser is given bytes in a stream and nothing else: a text that looks like a
path or an address it would open. On a few texts it raises (a character reference
to no character, an encoding that is none); then the document is read in halves
until only the entries that do it are left out.
"""

import io
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import feedparser

from feeds.errors import FetchError, stumble
from feeds.ingest.encodings import narrowed
from feeds.ingest.references import whole_references
from feeds.ingest.slices import entry_spans
from feeds.model import Fetched

MOST_TRIES = 256
"""Readings of one document; more than a few bad entries need, and an end to what hostile ones cost."""

_NO_DATE = time.struct_time((1, 1, 1, 0, 0, 0, 0, 1, 0))
# Its own readers of dates complete what is missing from today's date, and one raises.
# What we say first counts, so none of them is asked; see dates.read_date.
feedparser.registerDateHandler(lambda _: _NO_DATE)

_PROLOG = re.compile(rb"\A\s*<\?xml[^>]*\?>")


@dataclass(frozen=True, slots=True)
class Syndicated:
    """What feedparser read.

    result        of the document, or of its first part that could be read
    passed_over   what had to be left out and why, a sentence each
    """

    result: Any
    entries: Sequence[Any]
    passed_over: tuple[str, ...] = ()


def read(fetched: Fetched) -> Syndicated:
    """Return what the document holds. Raises FetchError where nothing in it can be read."""
    marked = narrowed(fetched.body)
    body = whole_references(marked)
    # Without the encodings that header and prolog name: feedparser then finds one itself.
    as_is = (_PROLOG.sub(b"", body, count=1), _headers(fetched, "application/xml; charset=utf-8"))
    as_sent = (body, _headers(fetched, fetched.content_type or "application/xml"))
    if marked is not fetched.body:  # Its mark says what it is in, whatever is said of it elsewhere.
        as_sent = as_is
    tries = (as_is,) if as_sent is as_is else (as_sent, as_is)
    failure: Exception | None = None
    for body, headers in tries:
        try:
            result = _parse(body, headers)
        except Exception as error:  # noqa: BLE001 - feedparser raises whatever its helpers raise
            failure = failure or error
        else:
            return Syndicated(result, result.entries)
    for body, headers in tries:
        if (found := _in_halves(body, headers)) is not None:
            return found
    raise FetchError(f"is no feed that can be read: {stumble(failure)}") from failure


def _headers(fetched: Fetched, content_type: str) -> dict[str, str]:
    # No content-location: what the parser cannot join stays as it is written, and entry.joined joins it.
    headers = {"content-type": content_type}
    if fetched.content_language:
        headers["content-language"] = fetched.content_language
    return headers


def _parse(body: bytes, headers: Mapping[str, str]) -> Any:
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _in_halves(body: bytes, headers: Mapping[str, str]) -> Syndicated | None:
    """Return all that can be read of a document that cannot be read as a whole, or None."""
    spans = entry_spans(body)
    if not spans:
        return None
    head, tail = body[: spans[0][0]], body[spans[-1][1] :]
    parts: list[Any] = []
    passed_over: list[str] = []
    waiting = [(0, len(spans))]
    for _ in range(MOST_TRIES):
        if not waiting:
            break
        first, end = waiting.pop()
        try:
            parts.append(_parse(head + b"".join(body[a:b] for a, b in spans[first:end]) + tail, headers))
        except Exception as error:  # noqa: BLE001 - feedparser raises whatever its helpers raise
            if end - first == 1:
                passed_over.append(f"its entry {end} cannot be read and is passed over: {stumble(error)}")
            else:
                middle = (first + end) // 2
                waiting += [(middle, end), (first, middle)]
    left = sum(end - first for first, end in waiting)
    if left:
        passed_over.append(f"{left} of its entries cannot be read and are passed over")
    if not parts:
        return None
    return Syndicated(parts[0], [entry for part in parts for entry in part.entries], tuple(passed_over))
