"""A path and a reader's validators -> status, headers, body. Pure but for the shelf."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from feeds.publish.files import media_type
from feeds.publish.shelf import File, Shelf
from feeds.times import http_date

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FEED_AGE = 60
"""Seconds a reader or a cache in between may go without asking again."""

_EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
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

    moved   the slug it has now; None where it was taken back for good
    """

    moved: str | None = None


class Answers:
    """Answers every request of a reader.

    past    says of a first path segment (or an article's id) what became of it
    ready   returns whether the service is ready, and the facts about it
    """

    def __init__(
        self,
        shelf: Callable[[], Shelf],
        base_url: str,
        past: Callable[[str], Past | None],
        ready: Callable[[], tuple[bool, dict[str, Any]]],
    ) -> None:
        self._shelf = shelf
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._past = past
        self._ready = ready

    def get(self, path: str, headers: Mapping[str, str]) -> Reply:
        """Return the reply to a GET (or HEAD) of *path* with these headers, by small names."""
        path = unquote(path, errors="replace")
        if path == "/healthz":
            return _text(200, "ok")
        if path == "/readyz":
            ready, facts = self._ready()
            body = json.dumps(facts, indent=1).encode() + b"\n"
            kind = {"Content-Type": "application/json", "Cache-Control": "no-store"}
            return Reply(200 if ready else 503, body, {**_EVERYWHERE, **kind})
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            path = path[len(self._prefix) :] or "/"
        name = path.removeprefix("/")
        file = self._shelf().get(f"{name}index.html" if path.endswith("/") else name)
        if file is not None:
            return _file_reply(file, headers)
        return self._missing(name)

    def _missing(self, name: str) -> Reply:
        """Return what there is to say of a path that holds no file."""
        if not name.endswith("/") and self._shelf().get(f"{name}/index.html") is not None:
            return _moved(f"{self._prefix}/{name}/")
        first, slash, rest = name.partition("/")
        past = self._past(rest.split("/")[0].removesuffix(".json") if first == "articles" else first)
        if past is None:
            return _text(404, "There is nothing at this address.")
        if past.moved is None:
            return _text(410, "This was taken back and will not return.")
        return _moved(f"{self._prefix}/{past.moved}{slash}{rest}")


def _file_reply(file: File, headers: Mapping[str, str]) -> Reply:
    tag = f'"{file.digest[:32]}"'
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
    return Reply(200, file.body, found)


def _cache(path: str) -> str:
    return "public, max-age=31536000, immutable" if path.startswith("static/") else f"max-age={FEED_AGE}"


def _not_modified(tag: str, modified: datetime, headers: Mapping[str, str]) -> bool:
    """Say whether the reader has this very file: If-None-Match before the date (RFC 9110, 13.2.2)."""
    asked = headers.get("if-none-match")
    if asked is not None:
        tags = {one.strip().removeprefix("W/") for one in asked.split(",")}
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
