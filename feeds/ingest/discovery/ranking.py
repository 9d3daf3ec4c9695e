"""Feeds that a page names -> choices, one for each thing, the likeliest first. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from feeds.ingest.text.clean import line
from feeds.model import Document, Fetched
from feeds.settings import Network

MOST = 100
"""Choices that are told."""

_COMMENTS = re.compile(
    r"comment|komm?entar|coment[aá]rio|replies|\bdiscussion|комментари|コメント|评论|評論", re.IGNORECASE
)
_SLICE = re.compile(
    r"/(tags?|categor(y|ies|ia|ie)|labels?|topics?|authors?|users?|search|keywords?|podcasts?|videos?)(/|$|[=.])"
    r"|[?&](tag|cat|category|author|s|q|search|label)=|\b(category|tag|author|search|podcast) feed\b"
    r"|\b(category|tag|author|search results|podcast)\b.*\b(feed|rss)\b",
    re.IGNORECASE,
)
_FORMAT_WORDS = re.compile(
    r"\b(rss|atom|rdf|json|xml|feeds?|web ?feed|posts?|alt|format|type|output|default|index|php|"
    r"v?(0\.\d+|\.9\d|1\.[01]|2\.0)|rss2|0?9[12]|subscribe|syndication|via|to|in|the)\b",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(rss|xml|atom|rdf|json)$|/(feed|rss|atom)/?$", re.IGNORECASE)
_PREFERENCE = {"Atom": 0, "RSS": 1, "JSON Feed": 2, "RDF": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One feed that a page leads to, in however many formats.

    url    in the format that says most
    also   the same in other formats, next best first
    kind   as declared: RSS, Atom, RDF, JSON Feed; "" where nothing says it
    said   where it was found: link, header, anchor or guess
    rank   0 the site's own, 1 a part of it (tag, category, author), 2 comments
    """

    url: str
    title: str | None = None
    kind: str = ""
    said: str = "link"
    rank: int = 0
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A feed that was found, and read.

    url        under which it is asked for next time
    choices    what the page led to, best first; () where the address was the feed's own
    networks   private networks in which it lies, allowed for this
    requests   how many it took
    """

    url: str
    fetched: Fetched
    document: Document
    choices: tuple[Choice, ...] = ()
    networks: tuple[Network, ...] = ()
    requests: int = 1


def is_real(found: Sequence[Choice]) -> bool:
    """Say whether somebody has to choose: comments beside a feed are no choice."""
    return sum(one.rank < 2 for one in found) > 1 or (len(found) > 1 and found[0].rank == 2)


def choice(url: str, title: str | None, kind: str, said: str, page: str) -> Choice:
    """Return the choice that an address found on *page* is, with its rank."""
    named = line(title)
    return Choice(url=url, title=named, kind=kind, said=said, rank=_rank(url, named or "", page))


def _rank(url: str, title: str, page: str) -> int:
    path = unquote(urlsplit(url).path + "?" + urlsplit(url).query)
    if _COMMENTS.search(title) or _COMMENTS.search(path) or _of_one_page(url, page):
        return 2
    return 1 if _SLICE.search(path) or _SLICE.search(title) else 0


def _of_one_page(url: str, page: str) -> bool:
    """Say whether a feed hangs below a page deep in the site: what is said below one article."""
    own = urlsplit(page).path.strip("/")
    return (
        own.count("/") >= 1
        and urlsplit(url).path.strip("/") == f"{own}/feed"
        and not _SLICE.search(f"/{own}/")
    )


def ranked(found: Iterable[Choice], page: str) -> tuple[Choice, ...]:
    """Return one choice for each thing, the site's own first; within, in the page's order."""
    host = _site(page)
    groups: dict[str, list[Choice]] = {}
    by_url: dict[str, str] = {}
    titles: dict[tuple[str, str], str] = {}
    for one in found:
        if one.url in by_url:
            continue
        stem, name = _stem(one.url), _name(one.title)
        known = titles.get((_site(one.url), name)) if name else None
        key = known if known is not None and _other_format(one, groups[known]) else f"{one.rank} {stem}"
        if known is None and key in groups and not _other_format(one, groups[key]):
            key = one.url  # The same stem, but nothing says that it is the same thing.
        groups.setdefault(key, []).append(one)
        by_url[one.url] = key
        if name:
            titles.setdefault((_site(one.url), name), key)
    joined = [_one_of(group) for group in groups.values()]
    stems = {one.url: frozenset(_stem(one.url).split()) for one in joined}

    def order(one: Choice) -> tuple[object, ...]:
        within = sum(other < stems[one.url] for other in stems.values())  # The whole before its parts.
        weak = one.said == "anchor" and not _FILE.search(urlsplit(one.url).path)
        return one.rank, _site(one.url) != host, one.said == "anchor", weak, within

    return tuple(sorted(joined, key=order)[:MOST])


def _other_format(one: Choice, group: Sequence[Choice]) -> bool:
    """Say whether *one* may be what the group shows, in another format."""
    if any(one.rank != other.rank for other in group):
        return False
    same_stem = any(_stem(one.url) == _stem(other.url) for other in group)
    return same_stem or all(one.kind != other.kind for other in group)


def _one_of(group: Sequence[Choice]) -> Choice:
    best = sorted(group, key=lambda one: (_PREFERENCE.get(one.kind, 4), _dated(one.url)))
    first = best[0]
    named = first.title or next((one.title for one in best if one.title), None)
    also = tuple(one.url for one in best[1:])
    return Choice(url=first.url, title=named, kind=first.kind, said=first.said, rank=first.rank, also=also)


def _dated(url: str) -> bool:
    """Say whether the address is that of a format nobody should begin with (RSS 0.9x)."""
    return bool(re.search(r"/rss/?$|0\.?9[0-2]", urlsplit(url).path)) and "/feed/rss" in url


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().removeprefix("www.")


def _stem(url: str) -> str:
    """Return the address without what only names a format."""
    parts = urlsplit(url)
    words = re.sub(r"[^\w]+", " ", f"{unquote(parts.path)} {parts.query}")
    return f"{_site(url)} {' '.join(_FORMAT_WORDS.sub(' ', words).split()).lower()}"


def _name(title: str | None) -> str:
    """Return a title without what only names a format."""
    words = re.sub(r"[^\w.]+", " ", title or "")
    bare = _FORMAT_WORDS.sub(" ", words)
    return " ".join(re.sub(r"[^\w]+", " ", bare).split()).lower()
