"""Fetched -> Document: RSS and Atom through feedparser, JSON Feed through our own reader."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from feeds.errors import FetchError, stumble
from feeds.ingest.documents import jsonfeed, syndication
from feeds.ingest.documents.deletions import deleted_entries
from feeds.ingest.documents.entry import Around, is_markup, joined, own, to_entry, to_the_second
from feeds.ingest.documents.extensions import scope_of
from feeds.ingest.text.clean import line, verbatim, web_address
from feeds.ingest.text.plain import plain_title
from feeds.ingest.text.sanitize import address
from feeds.model import MOST_ENTRIES, Channel, Document, Entry, Fetched, Known, too_many
from feeds.times import rfc3339


def parse_feed(
    fetched: Fetched, known: Known | None = None, hand_on: Callable[[Entry], None] | None = None
) -> Document:
    """Return the feed that *fetched* holds, without entries that are *known*. Raises FetchError where it holds none.

    hand_on   is handed each entry as soon as it is read; the document is then returned without them
    """
    body = fetched.body
    if not body.strip():
        raise FetchError("answered with nothing at all; a feed was expected")
    if jsonfeed.looks_like(body, fetched.content_type):
        return jsonfeed.parse(fetched, hand_on)
    entries: list[Entry] = []
    reading = _Reading(fetched, hand_on or entries.append)
    found = syndication.read(fetched, reading.begin, known)
    if found.result is None:
        return _of(found, Channel(url=fetched.url))
    result = found.result
    if not result.get("version") and not reading.count:
        why = _no_feed(body)
        raise FetchError(why, lost=why.startswith("is a web page"))
    problem = result.get("bozo_exception")
    repaired = [*found.mended, *([line(str(problem)) or "it is ill-formed"] if problem is not None else [])]
    return replace(
        _of(found, _channel(result, fetched)),
        entries=tuple(entries),
        repaired="; ".join(repaired) or None,
        passed_over=(*found.passed_over, *too_many(reading.count), *reading.passed_over),
        kind=_kind_of(str(result.get("version") or "")),
        earlier=_earlier(result.feed, fetched.url),
        marks=tuple(reading.marks) if found.frame is not None else (),
    )


def _of(found: syndication.Syndicated, channel: Channel) -> Document:
    """Return the document as far as it can be told without what the parser read."""
    return Document(
        channel,
        (),
        "; ".join(found.mended) or None,
        passed_over=found.passed_over,
        deleted=deleted_entries(found.prepared.body if found.part is None else found.part),
        encoding=found.prepared.decoded.encoding,
        encoding_source=found.prepared.decoded.source,
        way=found.way,
        frame=found.frame,
        skipped=found.skipped,
        places=found.places,
    )


class _Reading:
    """Entries as feedparser has them -> ours, handed on.

    count         of those that came
    marks         of those that could be read, where they can be known again
    passed_over   a sentence for each that could not be
    """

    def __init__(self, fetched: Fetched, hand_on: Callable[[Entry], None]) -> None:
        self._fetched = fetched
        self._hand_on = hand_on
        self.count = 0
        self.marks: list[bytes] = []
        self.passed_over: list[str] = []

    def begin(self, result: Any, head: bytes) -> syndication.Take:
        """Return what takes the entries of a feed that says this of itself."""
        channel = _channel(result, self._fetched)
        around = Around(
            document=self._fetched.url,
            site=channel.link,
            version=str(result.get("version") or ""),
            language=channel.language,
            scope=scope_of(head),
        )
        return partial(self._take, around)

    def _take(self, around: Around, found: Any, raw: bytes | None, mark: bytes | None) -> None:
        self.count += 1
        if self.count > MOST_ENTRIES:
            return
        try:
            self._hand_on(to_entry(found, raw, around))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - an entry we stumble over costs itself, not its feed
            self.passed_over.append(
                f"its entry {self.count} cannot be read and is passed over: {stumble(error)}"
            )
        else:
            self.marks += [mark] if mark is not None else []


def _earlier(feed: Any, base: str) -> str | None:
    """Return the address of the document before this one: its archive, else its next page (RFC 5005, sections 4 and 3)."""
    links = [(str(one.get("rel", "")).lower(), one) for one in feed.get("links", []) if one.get("href")]
    for wanted in ("prev-archive", "next"):
        for rel, one in links:
            if rel == wanted:
                return address(str(one["href"]), base)
    return None


def _kind_of(version: str) -> str:
    """Return feedparser's name of a format as people write it."""
    match = re.fullmatch(r"(rss|atom|cdf)(\d?)(\d*)\w?", version)
    if match is None:
        return "feed"
    number = f" {match[2]}.{match[3]}" if match[2] and match[3] else ""
    names = {"rss": "RSS", "atom": "Atom", "cdf": "CDF"}
    return names[match[1]] + number


def _no_feed(body: bytes) -> str:
    head = body[:2000].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html")) or b"<html" in head:
        return (
            "is a web page, not a feed (look on it for the address of its feed and put that into config.yaml)"
        )
    if head.startswith(b"%pdf"):
        return "is a PDF, not a feed"
    return "is no feed that can be read: neither RSS nor Atom nor JSON Feed"


def _channel(result: Any, fetched: Fetched) -> Channel:
    feed = result.feed
    updated = to_the_second(own(feed, "updated")) or to_the_second(own(feed, "published"))
    return Channel(
        id=verbatim(feed.get("id")),
        url=fetched.url,
        title=plain_title(feed.get("title"), markup=is_markup(feed.get("title_detail"))),
        link=web_address(joined(feed.get("link"), fetched.url)),
        updated=rfc3339(updated) if updated else None,
        language=line(feed.get("language")),
        rights=plain_title(feed.get("rights"), markup=is_markup(feed.get("rights_detail"))),
    )
