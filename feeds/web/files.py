"""A published file and a reader's request -> the reply: its coding, its age, its validators. Pure but for the shelf."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from feeds.publish.files import media_type
from feeds.publish.shelf import deltas
from feeds.publish.shelf.port import File
from feeds.publish.shelf.twins import CODINGS, SMALLEST, is_archived, is_text
from feeds.publish.text.urls import Urls, as_uri
from feeds.web import conditions
from feeds.web.negotiation import IDENTITY, choose, packed
from feeds.web.replies import CSP, DATA_CSP, EVERYWHERE, Reply, is_data, text, with_headers

USUAL = timedelta(seconds=60)
"""For how long nobody need ask again where nothing tells how often something changes."""
_BY_TOPICS = re.compile(r"[^/]+/(?:rss\.xml|atom\.xml|feed\.json)")
_FEEDPARSER = "application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,"
"""What feedparser accepts, as it has always spelled it: nobody else asks for the last of these."""
_DIGESTED = re.compile(r"static/[^/]+\.[0-9a-f]{12}\.(?:css|js)")
"""Files named by their digest: what stands there never changes."""
_TAG = 32
_BASES = 4
"""Versions of which it is looked what is new since, for one reader."""
_ENDINGS = {IDENTITY: "", "gzip": ".gz", "br": ".br", "zstd": ".zst"}
"""What tells the tags of one content's codings apart; no proxy uses these for its own."""


class Published(Protocol):
    """Where published files are read."""

    def get(self, path: str) -> File | None:
        """Return the file at *path*, or None."""

    def twin(self, file: File, coding: str) -> bytes | None:
        """Return the body of this very file in a coding, or None where it is not packed."""

    def marks(self, path: str, digest: str) -> frozenset[bytes] | None:
        """Return the marks of the entries of a version, or None for one not known any more."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a reader asks.

    headers   by small names
    caller    the address it asks from, None where that cannot be known
    at        when it came, where that counts
    """

    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    caller: IPv4Address | IPv6Address | None = None
    at: datetime | None = None


def is_feed(path: str) -> bool:
    """Say whether readers come back to this file again and again."""
    return _BY_TOPICS.fullmatch(path) is not None


def file_reply(file: File, shelf: Published, asked: Request, base: str) -> Reply:
    """Return the reply with a file, or with that part of it which the reader lacks."""
    headers = asked.headers
    worth = is_text(file.path) and len(file.body) >= SMALLEST
    coding = choose(headers.get("accept-encoding"), _able(file, shelf), worth=worth)
    if coding is None:
        return unacceptable()
    tag = tag_of(file.digest, coding)
    found = {
        **EVERYWHERE,
        "ETag": tag,
        "Cache-Control": _cache(file),
        "Vary": "Accept-Encoding",
    }
    if asked.at is None or file.modified <= asked.at:  # Else a clock was set back; RFC 9110, 8.8.2.1.
        found["Last-Modified"] = format_datetime(file.modified.astimezone(UTC), usegmt=True)
    if conditions.failed(tag, file.modified, headers):
        return Reply(412, b"", {**EVERYWHERE, "Cache-Control": "no-store"})
    news = _news(file, shelf, asked, coding)
    if news is not None:
        return with_headers(news, **{**found, **news.headers})
    if conditions.not_modified(tag, file.modified, headers):
        return Reply(304, b"", found)
    found |= _described(file, base)
    if coding != IDENTITY:
        found["Content-Encoding"] = coding
        return Reply(200, shelf.twin(file, coding) or packed(file.path, file.body, coding), found)
    return _plain(file, asked, tag, found)


def made_reply(made: Reply, headers: Mapping[str, str]) -> Reply:
    """Return what was just made as it is sent to this reader; an answer to a query has a tag, too."""
    if not made.body:
        return made
    coding = choose(headers.get("accept-encoding"), worth=len(made.body) >= SMALLEST)
    if coding is None:
        return unacceptable()
    reply = with_headers(made, Vary="Accept-Encoding")
    if made.status == 200:
        tag = tag_of(hashlib.sha256(made.body).hexdigest(), coding)
        reply = with_headers(reply, ETag=tag)
        if "if-none-match" in headers and conditions.names(headers["if-none-match"], tag):
            return Reply(
                304, b"", {name: value for name, value in reply.headers.items() if name != "Content-Type"}
            )
    if coding == IDENTITY:
        return reply
    # By a name that is no archived document's: those are packed at leisure.
    body = packed("page.html", made.body, coding)
    return with_headers(replace(reply, body=body), Content_Encoding=coding)


def unacceptable() -> Reply:
    """Return that the reader accepts nothing that there is."""
    line = f"This can be sent as it is, or by {', '.join(CODINGS)}; the request accepts none of these."
    return with_headers(text(406, line), Vary="Accept-Encoding")


def _able(file: File, shelf: Published) -> tuple[str, ...]:
    """Return the codings in which the file can be sent: what takes long to pack, only if that is done."""
    if not is_archived(file.path) or len(file.body) < SMALLEST:
        return CODINGS
    return tuple(one for one in CODINGS if one != "br" or shelf.twin(file, one) is not None)


def tag_of(digest: str, coding: str) -> str:
    """Return the strong tag of a content, by its digest, in a coding."""
    return f'"{digest[:_TAG]}{_ENDINGS[coding]}"'


def _described(file: File, base: str) -> dict[str, str]:
    """Return what a body is, and what belongs to it."""
    found = {"Content-Type": media_type(file.path)}
    if file.path.endswith(".html"):
        found["Content-Security-Policy"] = CSP
    elif is_data(file.path):
        found["Content-Security-Policy"] = DATA_CSP
    slug = file.path.partition("/")[0]
    if is_data(file.path) and slug != "articles":
        found["Link"] = f'<{as_uri(Urls(base).at(file.path))}>; rel="self"'
    if is_feed(file.path):
        found["Link"] += f', <{as_uri(Urls(base).topic(slug))}>; rel="alternate"; type="text/html"'
    return found


def _plain(file: File, asked: Request, tag: str, found: dict[str, str]) -> Reply:
    """Return the file as it is, or the part of it that is asked for where it is large and of the past."""
    if not is_archived(file.path) or len(file.body) < conditions.LARGE:
        return Reply(200, file.body, found)
    found["Accept-Ranges"] = "bytes"
    size = len(file.body)
    part = conditions.part_of(size, tag, file.modified, asked.headers) if asked.method == "GET" else None
    if part is None:
        return Reply(200, file.body, found)
    if not part:
        none = text(416, "There is no such part.")
        return with_headers(none, Content_Range=f"bytes */{size}", Vary="Accept-Encoding")
    found["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return Reply(206, file.body[part.start : part.stop], found)


def _news(file: File, shelf: Published, asked: Request, coding: str) -> Reply | None:
    """Return only what is new since the version that the reader has (RFC 3229); None where all of it is sent."""
    known = asked.headers.get("if-none-match")
    if known is None or not deltas.has_entries(file.path) or not _takes_news(asked.headers):
        return None
    versions = {tag: found for tag in conditions.tags_in(known) if (found := _version(tag))}
    if any(file.digest.startswith(one) for one in versions.values()):
        return Reply(304, b"", {})
    for base, version in sorted(versions.items())[:_BASES]:
        marks = shelf.marks(file.path, version)
        body = deltas.delta(file.body, marks) if marks else None
        if body is None:
            continue
        how = {
            "Content-Type": media_type(file.path),
            "Content-Security-Policy": DATA_CSP,
            "IM": "feed",
            "Delta-Base": f'"{base}"',
            "Cache-Control": f"no-store, im, max-age={_age(file)}",
            "Vary": "Accept-Encoding, A-IM, If-None-Match",
        }
        if coding == IDENTITY:
            return Reply(226, body, how)
        return Reply(226, packed(file.path, body, coding), {**how, "Content-Encoding": coding})
    return None


def _takes_news(headers: Mapping[str, str]) -> bool:
    """Say whether `A-IM` names the manipulation of feeds, and does not refuse it.

    feedparser says so in every request, of its own accord: to programs around it a 226
    is a failure (rss2email), or all there is.
    """
    if headers.get("accept", "").startswith(_FEEDPARSER):
        return False
    for part in headers.get("a-im", "").lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "feed":
            return re.fullmatch(r"\s*q\s*=\s*0(?:\.0*)?\s*", weight) is None
    return False


def _version(tag: str) -> str | None:
    """Return the digest that a tag of ours begins with; None for a tag of others."""
    match = re.match(rf"[0-9a-f]{{{_TAG}}}(?![0-9a-f])", tag)
    return match.group() if match else None


def _age(file: File) -> int:
    return round((file.fresh or USUAL).total_seconds())


def _cache(file: File) -> str:
    """Return for how long an answer is good: by the topic's own rhythm, and longer while we cannot be reached."""
    if _DIGESTED.fullmatch(file.path):
        return "max-age=31536000, immutable"
    if is_archived(file.path):
        return "max-age=86400, stale-while-revalidate=3600, stale-if-error=86400"  # An erasure may change it.
    age = _age(file)
    return f"max-age={age}, stale-while-revalidate={age}, stale-if-error=86400"
