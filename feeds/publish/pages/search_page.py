"""What was asked and what was found -> the search page, and the same as JSON. Pure."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from archive import Article
from feeds.curate.query import Node, terms
from feeds.curate.spoken import Piece
from feeds.publish.formats import entries
from feeds.publish.formats.jsonfeed import indented
from feeds.publish.pages.frame import render
from feeds.publish.text import wording
from feeds.publish.text.urls import Urls, as_uri
from feeds.settings import Site

AT_ONCE = 20
_NAMED = 3
"""Terms from which a topic's slug and title are made."""

Marked = tuple[tuple[str, bool], ...]
"""A text in pieces, and of each whether it was looked for."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a query cannot be read.

    position   of the fault, in characters from 1
    span       the part that is at fault, as offsets in the query
    what       the fault and its mend, in words
    """

    position: int
    span: tuple[int, int]
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An article that was found, and the topics that publish it."""

    article: Article
    topics: tuple[tuple[str, str], ...]
    snippet: Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and its answer.

    reading     what was understood, in words
    more        there is a next page
    looked_at   where time ran out: how many articles were looked at before
    behind      the index is being made anew, and older articles are not all in it
    parts       where nothing was found: the parts of the query, and whether each finds something alone
    """

    query: str
    page: int = 1
    tree: Node | None = None
    reading: tuple[Piece, ...] = ()
    results: tuple[Result, ...] = ()
    more: bool = False
    looked_at: int | None = None
    behind: bool = False
    parts: tuple[tuple[str, bool], ...] = ()
    fault: Fault | None = None

    @property
    def status(self) -> int:
        """The HTTP status that goes with it."""
        return 400 if self.fault else 200


def write_search(asked: Asked, site: Site) -> bytes:
    """Return the search page."""
    first = (asked.page - 1) * AT_ONCE + 1
    urls = Urls(site.base_url)
    return render(
        "search.html",
        site,
        here="search",
        asked=asked,
        first=first,
        last=first + len(asked.results) - 1,
        next=_address(urls, "search", asked.query, asked.page + 1) if asked.more else None,
        before=_address(urls, "search", asked.query, asked.page - 1) if asked.page > 1 else None,
        topic=topic_lines(asked.query, asked.tree) if asked.tree is not None else None,
    )


def search_json(asked: Asked, site: Site) -> bytes:
    """Return the same answer for programs."""
    urls = Urls(site.base_url)
    answer: dict[str, Any] = {"query": asked.query}
    if asked.fault is not None:
        answer["fault"] = {"position": asked.fault.position, "what": asked.fault.what}
        return indented(answer)
    answer |= {
        "read_as": "".join(piece.text for piece in asked.reading),
        "page": asked.page,
        "complete": asked.looked_at is None and not asked.behind,
        "results": [_result(one, urls) for one in asked.results],
    }
    if asked.more:
        answer["next"] = _address(urls, "search.json", asked.query, asked.page + 1)
    return indented(answer)


def _result(one: Result, urls: Urls) -> dict[str, Any]:
    article = one.article
    members = {
        "id": article.id,
        "title": entries.title_of(article),
        "page": urls.article(article.id),
        "url": as_uri(article.url),
        "source": wording.source_name(article),
        "date_published": article.date_published,
        "first_seen": article.archive.first_seen,
        "language": article.language,
        "topics": [slug for slug, _ in one.topics],
        "snippet": "".join(text for text, _ in one.snippet),
    }
    return {name: value for name, value in members.items() if value is not None}


def _address(urls: Urls, name: str, query: str, page: int) -> str:
    facts = {"q": query, **({"page": page} if page > 1 else {})}
    return urls.at(f"{name}?{urlencode(facts)}")


def topic_lines(query: str, tree: Node) -> str:
    """Return the lines of config.yaml that make a topic of a query."""
    found = list(dict.fromkeys(" ".join(term.words) for term in terms(tree)))[:_NAMED] or ["my topic"]
    slug = re.sub(r"[^a-z0-9]+", "-", "-".join(found).lower()).strip("-")[:64].strip("-") or "my-topic"
    title = f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else found[0]
    return (
        f"topics:\n  {slug}:\n    title: {_quoted(title[:1].upper() + title[1:])}\n"
        f"    query: {_quoted(' '.join(query.split()))}\n"
    )


def _quoted(text: str) -> str:
    """Return a YAML scalar in single quotes, in which nothing but the quote itself is special."""
    return "'" + text.replace("'", "''") + "'"
