"""Fetched -> Document: RSS and Atom through feedparser, JSON Feed through our own reader."""

import re
from typing import Any

from feeds.errors import FetchError, stumble
from feeds.ingest import jsonfeed, syndication
from feeds.ingest.clean import line, verbatim, web_address
from feeds.ingest.deletions import deleted_entries
from feeds.ingest.encodings import narrowed
from feeds.ingest.entry import Around, is_markup, joined, own, to_entry, to_the_second
from feeds.ingest.extensions import Scope, scope_of
from feeds.ingest.plain import plain_title
from feeds.ingest.slices import entry_bytes
from feeds.model import MOST_ENTRIES, Channel, Document, Entry, Fetched, too_many
from feeds.times import rfc3339


def parse_feed(fetched: Fetched) -> Document:
    """Return the feed that *fetched* holds. Raises FetchError where it holds none."""
    body = fetched.body
    if not body.strip():
        raise FetchError("answered with nothing at all; a feed was expected")
    if jsonfeed.looks_like(body, fetched.content_type):
        return jsonfeed.parse(fetched)
    found = syndication.read(fetched)
    result = found.result
    if not result.get("version") and not found.entries:
        why = _no_feed(body)
        raise FetchError(why, lost=why.startswith("is a web page"))
    slices = entry_bytes(body, len(found.entries))
    channel = _channel(result, fetched)
    around = Around(
        document=fetched.url,
        site=channel.link,
        version=str(result.get("version") or ""),
        language=channel.language,
        scope=_scope(body, slices, str(result.get("encoding") or "utf-8")),
    )
    entries: list[Entry] = []
    passed_over = [*found.passed_over, *too_many(len(found.entries))]
    for number, one in enumerate(found.entries[:MOST_ENTRIES]):
        try:
            entries.append(to_entry(one, slices[number] if slices else None, around))
        except Exception as error:  # noqa: BLE001 - an entry we stumble over costs itself, not its feed
            passed_over.append(f"its entry {number + 1} cannot be read and is passed over: {stumble(error)}")
    problem = result.get("bozo_exception")
    return Document(
        channel,
        tuple(entries),
        line(str(problem)) if problem is not None else None,
        passed_over=tuple(passed_over),
        kind=_kind_of(str(result.get("version") or "")),
        deleted=deleted_entries(body),
    )


def _scope(body: bytes, slices: list[bytes] | None, encoding: str) -> Scope:
    """Return what stands before the first entry and holds in each."""
    narrow = narrowed(body)
    if not slices:
        return Scope()
    return scope_of(narrow[: narrow.find(slices[0])], encoding if narrow is body else "utf-8")


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
