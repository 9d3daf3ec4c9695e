"""Fetched -> Document: RSS and Atom through feedparser, JSON Feed through our own reader."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from archive import Attachment, Author
from feeds.errors import FetchError, stumble
from feeds.ingest import jsonfeed, syndication
from feeds.ingest.clean import line, link, verbatim, web_address
from feeds.ingest.dates import read_date
from feeds.ingest.deletions import deleted_entries
from feeds.ingest.plain import plain_title
from feeds.model import MOST_ENTRIES, Channel, Document, Entry, Fetched, Known, too_many
from feeds.times import rfc3339

_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))


def parse_feed(fetched: Fetched, known: Known | None = None) -> Document:
    """Return the feed that *fetched* holds, without entries that are *known*. Raises FetchError where it holds none."""
    body = fetched.body
    if not body.strip():
        raise FetchError("answered with nothing at all; a feed was expected")
    if jsonfeed.looks_like(body, fetched.content_type):
        return jsonfeed.parse(fetched)
    found = syndication.read(fetched, known)
    result = found.result
    if not result.get("version") and not found.entries:
        why = _no_feed(body)
        raise FetchError(why, lost=why.startswith("is a web page"))
    slices = found.slices
    marks: list[bytes] = []
    entries: list[Entry] = []
    passed_over = [*found.passed_over, *too_many(len(found.entries))]
    for number, one in enumerate(found.entries[:MOST_ENTRIES]):
        try:
            entries.append(_entry(one, slices[number] if slices else None, result, fetched.url))
            marks += found.marks[number : number + 1]
        except Exception as error:  # noqa: BLE001 - an entry we stumble over costs itself, not its feed
            passed_over.append(f"its entry {number + 1} cannot be read and is passed over: {stumble(error)}")
    problem = result.get("bozo_exception")
    repaired = [*found.mended, *([line(str(problem)) or "it is ill-formed"] if problem is not None else [])]
    return Document(
        _channel(result, fetched),
        tuple(entries),
        "; ".join(repaired) or None,
        passed_over=tuple(passed_over),
        kind=_kind_of(str(result.get("version") or "")),
        deleted=deleted_entries(found.prepared.body),
        encoding=found.prepared.decoded.encoding,
        encoding_source=found.prepared.decoded.source,
        way=found.way,
        frame=found.frame,
        marks=tuple(marks),
        skipped=found.skipped,
    )


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
    updated = _date(_own(feed, "updated")) or _date(_own(feed, "published"))
    return Channel(
        id=verbatim(feed.get("id")),
        url=fetched.url,
        title=plain_title(feed.get("title"), markup=_is_markup(feed.get("title_detail"))),
        link=web_address(feed.get("link")),
        updated=rfc3339(updated) if updated else None,
        language=line(feed.get("language")),
        rights=plain_title(feed.get("rights"), markup=_is_markup(feed.get("rights_detail"))),
    )


def _entry(found: Any, raw: bytes | None, result: Any, base: str) -> Entry:
    body, summary, complete = _bodies(found)
    published, published_raw = _published(found, str(result.version))
    categories = [tag for tag in found.get("tags", []) if line(tag.get("term"))]
    return Entry(
        guid=verbatim(found.get("id")),
        guid_is_permalink=bool(found.get("guidislink")) if found.get("id") else None,
        link=link(found.get("link")),
        external_link=_related(found),
        title=plain_title(found.get("title"), markup=_is_markup(found.get("title_detail"))),
        html=body if body is None or _is_markup(_body_detail(found)) else None,
        text=body if body is not None and not _is_markup(_body_detail(found)) else None,
        summary=summary,
        complete=complete,
        published=published,
        published_raw=line(published_raw),
        updated=_date(_own(found, "updated")),
        authors=_authors(found),
        tags=tuple(dict.fromkeys(str(line(tag.term)) for tag in categories)),
        tags_scheme={str(line(tag.term)): tag.scheme for tag in categories if tag.get("scheme")},
        language=line(_language(found)),
        image=_image(found),
        attachments=_attachments(found),
        raw=raw if raw is not None else msgspec.json.encode(_plain(found)),
        raw_type="application/xml" if raw is not None else "application/json",
        base=web_address(found.get("link")) or base,
    )


def _body_detail(found: Any) -> Mapping[str, Any] | None:
    """Return the richest of an entry's bodies, as feedparser describes it."""
    contents = [one for one in found.get("content", []) if one.get("value")]
    if contents:
        markup = [one for one in contents if _is_markup(one)] or contents
        longest: Mapping[str, Any] = max(markup, key=lambda one: len(one["value"]))
        return longest
    detail: Mapping[str, Any] | None = found.get("summary_detail")
    return detail if detail and detail.get("value") else None


def _bodies(found: Any) -> tuple[str | None, str | None, bool]:
    """Return body, summary beside it, and whether the feed calls the body the whole text."""
    detail = _body_detail(found)
    body = detail.get("value") if detail else None
    complete = bool(found.get("content"))
    beside = found.get("summary") if complete else None
    summary = plain_title(beside, markup=_is_markup(found.get("summary_detail"))) if beside else None
    return body, summary if beside != body else None, complete


def _is_markup(detail: Mapping[str, Any] | None) -> bool:
    return bool(detail) and detail is not None and detail.get("type") in _HTML_TYPES


def _published(found: Any, version: str) -> tuple[Any, str | None]:
    """Return when the entry says it was published, and its words.

    In RSS 1.0 and in RSS with Dublin Core the one date there is (`dc:date`) is
    the publication's; in Atom `updated` alone is not.
    """
    raw = _own(found, "published")
    if raw is None and not version.startswith("atom"):
        raw = _own(found, "updated")
    return _date(raw), raw


def _date(text: Any) -> datetime | None:
    """Return the moment to the second: RSS says no more, and many a feed says one date in both ways."""
    moment = read_date(text)
    return moment.replace(microsecond=0) if moment else None


def _own(found: Any, key: str) -> Any:
    """Return what stands under *key* itself: feedparser takes `published` for a missing `updated`."""
    return dict.get(found, key)


def _authors(found: Any) -> tuple[Author, ...]:
    names: dict[tuple[str | None, str | None], Author] = {}
    for one in found.get("authors", []):
        name = plain_title(one.get("name"), markup=False) or line(one.get("email"))
        address = web_address(one.get("href"))
        if name or address:
            names.setdefault((name, address), Author(name=name, url=address))
    return tuple(names.values())


def _attachments(found: Any) -> tuple[Attachment, ...]:
    files: dict[str, Attachment] = {}
    for one in [*found.get("enclosures", []), *found.get("media_content", [])]:
        address = web_address(one.get("href") or one.get("url"))
        kind = line(one.get("type")) or _kind(one.get("medium"))
        if address and kind and address not in files:
            size = str(one.get("length") or one.get("filesize") or "")
            files[address] = Attachment(
                url=address, mime_type=kind, size_in_bytes=int(size) if _is_size(size) else None
            )
    return tuple(files.values())


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:18]) > 0 and len(text) <= 15


def _kind(medium: str | None) -> str | None:
    """Return a media type for Media RSS's word, where it gives no type."""
    return {"image": "image/*", "audio": "audio/*", "video": "video/*"}.get(medium or "")


def _image(found: Any) -> str | None:
    for one in found.get("media_thumbnail", []):
        if address := web_address(one.get("url")):
            return address
    for one in [*found.get("media_content", []), *found.get("enclosures", [])]:
        kind = str(one.get("type") or one.get("medium") or "")
        address = web_address(one.get("url") or one.get("href"))
        if kind.startswith("image") and address:
            return address
    image = found.get("image")
    return web_address(image.get("href")) if isinstance(image, Mapping) else None


def _language(found: Any) -> str | None:
    for detail in (found.get("title_detail"), found.get("summary_detail"), *found.get("content", [])):
        if detail and detail.get("language"):
            return str(detail["language"])
    return None


def _related(found: Any) -> str | None:
    """Return what a link blog points at (Atom `rel=related`)."""
    for one in found.get("links", []):
        if one.get("rel") == "related" and web_address(one.get("href")):
            return web_address(one.get("href"))
    return None


def _plain(value: Any) -> Any:
    """Return feedparser's values as plain JSON values."""
    if isinstance(value, Mapping):
        pairs = ((str(key), one) for key, one in value.items() if not str(key).endswith("_parsed"))
        return {key: _plain(one) for key, one in sorted(pairs, key=lambda pair: pair[0])}
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, int | float | bool | None) else str(value)
