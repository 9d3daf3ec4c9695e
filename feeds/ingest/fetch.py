"""Source, Memory -> Fetched or NotModified: one polite conditional GET."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from feeds.errors import FetchError
from feeds.ingest.reserved import reserved
from feeds.model import Fetched, Memory, NotModified
from feeds.net import Answer, Ask, Door
from feeds.settings import FeedSource, FetchLimits
from feeds.times import LONGEST_WAIT

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)


def fetch_feed(
    source: FeedSource, memory: Memory, limits: FetchLimits, door: Door, now: datetime
) -> Fetched | NotModified:
    """Return what the source answers. Raises FetchError with what the owner should know.

    Both validators are sent as they were received (RFC 9110, sections 13.1.2
    and 13.1.3). Of answers only 200 is a document; 410 means gone for good.
    """
    headers = {"Accept": ACCEPT}
    if (etag := _sendable(memory.etag)) is not None:
        headers["If-None-Match"] = etag
    if (last_modified := _sendable(memory.last_modified)) is not None:
        headers["If-Modified-Since"] = last_modified
    answer = door.get(
        Ask(
            url=source.url,
            deadline=limits.deadline,
            max_bytes=limits.max_bytes,
            headers=headers,
            allow_private=source.allow_private,
            tells_time=True,
        )
    )
    if answer.status == 304 and len(headers) > 1:
        return NotModified()
    if answer.status != 200:
        raise _refusal(answer, now)
    return replace(fetched(answer), encoding=source.encoding)


def fetched(answer: Answer) -> Fetched:
    """Return a good answer as the value that travels on."""
    headers = answer.headers
    return Fetched(
        url=answer.url,
        status=answer.status,
        body=answer.body,
        content_type=headers.get("content-type", ""),
        content_language=headers.get("content-language"),
        etag=_sendable(headers.get("etag")),
        last_modified=_sendable(headers.get("last-modified")),
        truncated=answer.truncated,
        broke=answer.broke,
        redirects=answer.redirects,
        moved=answer.moved,
        reserved=reserved(headers),
    )


def _sendable(validator: str | None) -> str | None:
    """Return a validator if it can be sent back unchanged, else None."""
    # Nothing that a header may not hold, and no white space of any kind before it.
    return validator if validator and re.fullmatch(r"\S[\x20-\x7e\x80-\xff]*", validator) else None


def _refusal(answer: Answer, now: datetime) -> FetchError:
    wait = _bounded(answer.wait, now)
    mend = {
        401: " (it wants a password)",
        403: " (it does not want to be asked by us)",
        404: " (has the feed moved? look at the site and change its address in config.yaml)",
        410: " (gone for good; it will not be asked again: take it out of config.yaml, or have it asked once more "
        "with `newsweir add` and its address)",
        429: " (it was asked too often)",
    }.get(answer.status, "")
    asked = f", to be asked again in {round(wait.total_seconds())} s" if wait else ""
    return FetchError(
        f"answered {answer.status}{mend}{asked}",
        gone=answer.status == 410,
        lost=answer.status in {404, 410},
        status=answer.status,
        retry_after=wait,
    )


def _bounded(wait: timedelta | datetime | None, now: datetime) -> timedelta | None:
    """Return how long a server asks us to wait, at most seven days."""
    span = wait - now if isinstance(wait, datetime) else wait
    return min(max(span, timedelta(0)), LONGEST_WAIT) if span is not None else None
