"""A path and a reader's validators -> status, headers, body. Pure but for the shelf and the archive."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from archive import Article
from feeds.publish import notices
from feeds.publish.files import article_files, media_type, topic_paths
from feeds.publish.search_page import Asked, search_json, write_search
from feeds.publish.shelf import File
from feeds.settings import Site
from feeds.times import http_date
from feeds.web import metrics
from feeds.web.metrics import Figure
from feeds.web.packing import packed, wants_packed

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FEED_AGE = 60
"""Seconds a reader or a cache in between may go without asking again."""

_EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_DIGESTED = re.compile(r"static/[^/]+\.[0-9a-f]{12}\.(?:css|js)")
"""Files named by their digest: what stands there never changes."""
_SEARCH = ("search", "search.json")
_ARTICLE = re.compile(r"articles/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(/|\.json)?")
_FEEDS = ("/rss.xml", "/atom.xml", "/feed.json", "opml.xml")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """What a path that is no more used to be.

    moved   the slug it has now, or of an article that was merged the UUID of what it is part of;
            None where it was taken back for good
    when    it was taken back, where that is known
    soon    it is no past at all: its files are about to be put
    """

    moved: str | None = None
    when: datetime | None = None
    soon: bool = False


class Published(Protocol):
    """Where published files are read."""

    def get(self, path: str) -> File | None:
        """Return the file at *path*, or None."""


class Enquiries(Protocol):
    """Who looks into the archive for a reader."""

    def search(self, query: str, page: int = 1) -> Asked:
        """Return one page of what a query finds, or what is wrong with it."""

    def article(self, name: str) -> Article | None:
        """Return the newest revision of the article with this UUID, or None for none kept."""

    def earlier(self, article: Article) -> Sequence[Article]:
        """Return the older revisions of an article of which its page speaks, oldest first."""

    def gone(self, name: str) -> str | None:
        """Return when the source of the article with this UUID took it back, or None where it stands."""


class Answers:
    """Answers every request of a reader.

    past        says of a first path segment (or an article's id) what became of it
    ready       returns whether the service is ready, and the facts about it
    site        for the pages that are made when they are asked for
    enquiries   None: there is no search, and only what is published is shown
    """

    def __init__(
        self,
        shelf: Callable[[], Published],
        site: Callable[[], Site],
        past: Callable[[str], Past | None],
        ready: Callable[[], tuple[bool, dict[str, Any]]],
        enquiries: Enquiries | None = None,
        settled: Callable[[], bool] = lambda: True,
        figures: Callable[[], Sequence[Figure]] = tuple,
    ) -> None:
        self._shelf = shelf
        self._site = site
        self._past = past
        self._ready = ready
        self._enquiries = enquiries
        self._settled = settled
        self._figures = figures

    @property
    def _prefix(self) -> str:
        """The path below which all is: it changes when site.base_url does."""
        return urlsplit(self._site().base_url).path.rstrip("/")

    def slow(self, target: str) -> bool:
        """Say whether the archive must be looked into for this: then other readers should not wait for it."""
        if self._enquiries is None:
            return False
        path, _, query = target.partition("?")
        name = self._name(unquote(path, errors="replace"))
        if name in _SEARCH:
            return bool(query)
        return _ARTICLE.fullmatch(name) is not None and self._file(name) is None

    def get(self, target: str, headers: Mapping[str, str]) -> Reply:
        """Return the reply to a GET (or HEAD) of *target*, path and query as sent; headers by small names."""
        raw, _, query = target.partition("?")
        path = unquote(raw, errors="replace")
        name = self._name(path)
        if name == "healthz":
            return _text(200, "ok")
        if name == "readyz":
            ready, facts = self._ready()
            body = json.dumps(facts, indent=1).encode() + b"\n"
            kind = {"Content-Type": "application/json", "Cache-Control": "no-store"}
            return Reply(200 if ready else 503, body, {**_EVERYWHERE, **kind})
        if name == "metrics":
            kind = {"Content-Type": metrics.MEDIA_TYPE, "Cache-Control": "no-store"}
            return Reply(200, metrics.write(self._figures()), {**_EVERYWHERE, **kind})
        file = self._file(name)
        if file is not None:
            return _file_reply(file, headers)
        if not self._settled():
            return self.busy(target)  # What was taken back cannot be told from what is about to be put.
        if name in _SEARCH and self._enquiries is not None:
            return _packed_page(self._search(name, query, self._enquiries), headers)
        return _packed_page(self._missing(name), headers)

    def busy(self, target: str) -> Reply:
        """Return the reply for when too many are asking at once, or the index is being made anew."""
        plain = _text(503, "Busy just now; try again in a moment.")
        reply = plain if _is_plain(target) else _page(503, notices.write_busy(self._site()))
        return Reply(reply.status, reply.body, {**reply.headers, "Retry-After": "2"})

    def broken(self, target: str) -> Reply:
        """Return the reply for a fault of our own."""
        if _is_plain(target):
            return _text(500, "Something went wrong here; the feeds stay up.")
        return _page(500, notices.write_broken(self._site()))

    def _name(self, path: str) -> str:
        """Return the path below the site's own address, without its first slash."""
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            path = path[len(self._prefix) :] or "/"
        return path.removeprefix("/")

    def _file(self, name: str) -> File | None:
        return self._shelf().get(f"{name}index.html" if name.endswith("/") or not name else name)

    def _search(self, name: str, query: str, enquiries: Enquiries) -> Reply:
        facts = dict(parse_qsl(query, keep_blank_values=True, errors="replace"))
        page = facts.get("page", "1")
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        asked = enquiries.search(facts.get("q", ""), number)
        if name == "search":
            return _page(asked.status, write_search(asked, self._site()))
        kind = {
            "Content-Type": "application/json",
            "Cache-Control": "no-cache",
            "Access-Control-Allow-Origin": "*",
        }
        return Reply(asked.status, search_json(asked, self._site()), {**_EVERYWHERE, **kind})

    def _missing(self, name: str) -> Reply:
        """Return what there is to say of a path that holds no file."""
        if not name.endswith("/") and self._shelf().get(f"{name}/index.html") is not None:
            return _moved(f"{self._prefix}/{name}/")
        first, _, rest = name.partition("/")
        is_article = first == "articles"
        own = rest.split("/")[0].removesuffix(".json") if is_article else first
        past = self._past(own)
        if past is not None and past.soon and (is_article or not rest or name in topic_paths(first)):
            return self.busy(name)
        if past is None or past.soon:
            kept = self._kept(name) if is_article else None
            if kept is not None:
                return kept
            if _is_plain(name):
                return _text(404, "There is nothing at this address.")
            return _page(404, notices.write_unknown(name, self._site()))
        if past.moved is not None:
            return _moved(f"{self._prefix}/{name.replace(own, past.moved, 1)}")
        if _is_plain(name):
            return _text(410, "This was taken back and will not return.")
        site = self._site()
        return _page(
            410, notices.write_withdrawn(site, past.when) if is_article else notices.write_closed(site)
        )

    def _kept(self, name: str) -> Reply | None:
        """Return page or record of an article that is kept and was never published; None for none."""
        match = _ARTICLE.fullmatch(name)
        article = self._enquiries.article(match[1]) if match and self._enquiries else None
        if article is None or match is None or self._enquiries is None:
            return None
        if not match[2]:
            return _moved(f"{self._prefix}/{name}/")
        earlier, gone = self._enquiries.earlier(article), self._enquiries.gone(match[1])
        record, page = article_files(article, (), self._site(), earlier, gone)
        if match[2] == "/":
            return _page(200, page.body)
        kind = {"Content-Type": "application/json", "Cache-Control": "no-cache", "X-Robots-Tag": "noindex"}
        return Reply(200, record.body, {**_EVERYWHERE, **kind})


def _is_plain(target: str) -> bool:
    """Say whether a program asks, to which a page is no answer."""
    return target.partition("?")[0].endswith((".xml", ".json", ".css", ".js", ".txt", ".ico"))


def _page(status: int, body: bytes) -> Reply:
    kind = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": CSP,
    }
    return Reply(status, body, {**_EVERYWHERE, **kind})


def _packed_page(reply: Reply, headers: Mapping[str, str]) -> Reply:
    """Return a page that was just made as it is sent to this reader."""
    is_page = reply.headers.get("Content-Type", "").startswith("text/html")
    if not is_page or not wants_packed("page.html", reply.body, headers):
        return reply
    how = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Reply(reply.status, packed(reply.body), {**reply.headers, **how})


def _file_reply(file: File, headers: Mapping[str, str]) -> Reply:
    short = wants_packed(file.path, file.body, headers)
    tag = f'"{file.digest[:32]}-gzip"' if short else f'"{file.digest[:32]}"'
    found = {
        **_EVERYWHERE,
        "ETag": tag,
        "Last-Modified": format_datetime(file.modified.astimezone(UTC), usegmt=True),
        "Cache-Control": _cache(file.path),
        "Vary": "Accept-Encoding",
    }
    if file.path.endswith(_FEEDS):
        found["Access-Control-Allow-Origin"] = "*"
    if _not_modified(tag, file.modified, headers):
        return Reply(304, b"", found)
    found["Content-Type"] = media_type(file.path)
    if file.path.endswith(".html"):
        found["Content-Security-Policy"] = CSP
    if short:
        found["Content-Encoding"] = "gzip"
    return Reply(200, packed(file.body) if short else file.body, found)


def _cache(path: str) -> str:
    return "public, max-age=31536000, immutable" if _DIGESTED.fullmatch(path) else f"max-age={FEED_AGE}"


def _not_modified(tag: str, modified: datetime, headers: Mapping[str, str]) -> bool:
    """Say whether the reader has this very file: If-None-Match before the date (RFC 9110, 13.2.2)."""
    asked = headers.get("if-none-match")
    if asked is not None:
        tags = {one.strip().removeprefix("W/") for one in asked.replace('-gzip"', '"').split(",")}
        tag = tag.replace('-gzip"', '"')  # Packed or not, it is the same content that the reader has.
        return "*" in tags or tag in tags
    since = headers.get("if-modified-since")
    if since is None:
        return False
    moment = http_date(since)
    return moment is not None and modified.replace(microsecond=0) <= moment


def _moved(target: str) -> Reply:
    # Decoded it was compared, and encoded it leaves: a header holds no letters but Latin ones.
    return Reply(308, b"", {**_EVERYWHERE, "Location": quote(target), "Cache-Control": f"max-age={FEED_AGE}"})


def _text(status: int, text: str) -> Reply:
    kind = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache"}
    return Reply(status, text.encode() + b"\n", {**_EVERYWHERE, **kind})
