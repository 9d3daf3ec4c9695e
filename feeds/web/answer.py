"""A path and a reader's validators -> status, headers, body. Pure but for the shelf and the archive."""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from archive import Article
from feeds import events
from feeds.publish.files import article_files, topic_paths
from feeds.publish.pages import notices
from feeds.publish.pages.search_page import Asked, search_json, write_search
from feeds.publish.shelf.port import File
from feeds.publish.shelf.twins import file_of
from feeds.settings import Site, is_ours_alone
from feeds.web import metrics
from feeds.web.files import Published, Request, file_reply, is_feed, made_reply
from feeds.web.metrics import Figure
from feeds.web.pollers import Pollers
from feeds.web.replies import (
    EVERYWHERE,
    Reply,
    for_good,
    is_open,
    moved,
    opened,
    options,
    page,
    preflight,
    record,
    refused_method,
    text,
    too_often,
    with_headers,
)

_SEARCH = ("search", "search.json")
_ARTICLE = re.compile(r"articles/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(/|\.json)?")


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
    pollers     remember who asks too often; None: nobody is told to wait
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
        pollers: Pollers | None = None,
    ) -> None:
        self._shelf = shelf
        self._site = site
        self._past = past
        self._ready = ready
        self._enquiries = enquiries
        self._settled = settled
        self._figures = figures
        self._pollers = pollers

    @property
    def _prefix(self) -> str:
        """The path below which all is: it changes when site.base_url does."""
        return unquote(urlsplit(self._site().base_url).path).rstrip("/")

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
        """Return the reply to a GET of *target*, path and query as sent; headers by small names."""
        return self.answer(Request(target, headers))

    def answer(self, asked: Request) -> Reply:
        """Return the reply to a request. To HEAD it is that to GET: whoever sends it keeps the body back."""
        raw, _, query = asked.target.partition("?")
        path = unquote(raw, errors="replace")
        name, whole = self._name(path), path.removeprefix("/")
        if name != whole and self._file(name) is None and self._file(whole) is not None:
            name = whole  # A proxy took the prefix away, and a topic is called as it is.
        open_ = is_open(name, to_owner=is_ours_alone(self._site()))
        if asked.method == "OPTIONS":
            return preflight() if open_ else options()
        if asked.method not in {"GET", "HEAD"}:
            return refused_method()
        own = self._of_ourselves(name)
        if own is not None:
            return own
        reply = self._published(name, query, asked)
        return opened(reply) if open_ else reply

    def _of_ourselves(self, name: str) -> Reply | None:
        """Return how we are, where that is what is asked."""
        if name == "healthz":
            return with_headers(text(200, "ok"), Cache_Control="no-store")
        if name == "readyz":
            ready, facts = self._ready()
            body = json.dumps(facts, indent=1).encode() + b"\n"
            return record(200 if ready else 503, body, Cache_Control="no-store")
        if name == "metrics":
            kind = {"Content-Type": metrics.MEDIA_TYPE, "Cache-Control": "no-store"}
            return Reply(200, metrics.write(self._figures()), {**EVERYWHERE, **kind})
        return None

    def _published(self, name: str, query: str, asked: Request) -> Reply:
        file = self._file(name)
        if file is not None:
            reply = file_reply(file, self._shelf(), asked, self._site().base_url)
            wait = self._wait(file.path, asked) if reply.status == 200 else None
            return reply if wait is None else too_often(wait)
        if not self._settled():
            return self.busy(name)  # What was taken back cannot be told from what is about to be put.
        if name in _SEARCH and self._enquiries is not None:
            return made_reply(self._search(name, query, self._enquiries), asked.headers)
        return made_reply(self._missing(name, query), asked.headers)

    def _wait(self, path: str, asked: Request) -> int | None:
        """Return for how long a poller that asks for all of a feed again and again has to wait."""
        asks_well = asked.method == "HEAD" or asked.headers.keys() & {"if-none-match", "if-modified-since"}
        if self._pollers is None or asks_well or not is_feed(path):
            return None
        agent = asked.headers.get("user-agent", "")
        wait = self._pollers.wait(asked.caller, path, agent)
        if wait is not None:
            events.once("slowed", level=logging.INFO, path=path, agent=agent[:200])
        return wait

    def busy(self, target: str) -> Reply:
        """Return the reply for when too many are asking at once, or the index is being made anew."""
        plain = text(503, "Busy just now; try again in a moment.")
        reply = plain if _is_plain(target) else page(503, notices.write_busy(self._site()))
        return with_headers(reply, Retry_After="2")

    def broken(self, target: str) -> Reply:
        """Return the reply for a fault of our own."""
        if _is_plain(target):
            return text(500, "Something went wrong here; the feeds stay up.")
        return page(500, notices.write_broken(self._site()))

    def _name(self, path: str) -> str:
        """Return the path below the site's own address, without its first slash."""
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            path = path[len(self._prefix) :] or "/"
        return path.removeprefix("/")

    def _file(self, name: str) -> File | None:
        if file_of(name) is not None:  # What is packed is chosen by what a reader accepts, not by an address.
            return None
        return self._shelf().get(f"{name}index.html" if name.endswith("/") or not name else name)

    def _search(self, name: str, query: str, enquiries: Enquiries) -> Reply:
        facts = dict(parse_qsl(query, keep_blank_values=True, errors="replace"))
        wanted = facts.get("page", "1")
        number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1
        asked = enquiries.search(facts.get("q", ""), number)
        if name == "search":
            return page(asked.status, write_search(asked, self._site()))
        return record(asked.status, search_json(asked, self._site()))

    def _missing(self, name: str, query: str) -> Reply:
        """Return what there is to say of a path that holds no file."""
        if not name.endswith("/") and self._shelf().get(f"{name}/index.html") is not None:
            return moved(f"{self._prefix}/{name}/", query)
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
                return text(404, "There is nothing at this address.")
            return page(404, notices.write_unknown(name, self._site()))
        if past.moved is not None:
            return moved(f"{self._prefix}/{name.replace(own, past.moved, 1)}", query)
        if _is_plain(name):
            return for_good(text(410, "This was taken back and will not return."))
        site = self._site()
        body = notices.write_withdrawn(site, past.when) if is_article else notices.write_closed(site)
        return for_good(page(410, body))

    def _kept(self, name: str) -> Reply | None:
        """Return page or record of an article that is kept and was never published; None for none."""
        match = _ARTICLE.fullmatch(name)
        article = self._enquiries.article(match[1]) if match and self._enquiries else None
        if article is None or match is None or self._enquiries is None:
            return None
        if not match[2]:
            return moved(f"{self._prefix}/{name}/")
        earlier, gone = self._enquiries.earlier(article), self._enquiries.gone(match[1])
        data, shown = article_files(article, (), self._site(), earlier, gone)
        if match[2] == "/":
            return page(200, shown.body)
        return record(200, data.body, X_Robots_Tag="noindex")


def _is_plain(target: str) -> bool:
    """Say whether a program asks, to which a page is no answer."""
    return target.partition("?")[0].endswith((".xml", ".json", ".css", ".js", ".txt", ".ico"))
