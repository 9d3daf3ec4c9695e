"""TopicFeed and articles -> pages for people. No clock, no third-party request, nothing that must run."""

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from html import escape, unescape
from itertools import groupby

from markupsafe import Markup

from archive import Article
from feeds.curate.reasons import Shown
from feeds.curate.spoken import spoken
from feeds.ingest.text.sanitize import sanitize
from feeds.model import SafeHtml
from feeds.publish.pages import cite
from feeds.publish.pages.changes import Changes
from feeds.publish.pages.frame import part, render
from feeds.publish.pages.front import Card, lay_out, rhythms_to
from feeds.publish.text import wording
from feeds.publish.text.counters import PICTURE, attributes_of, is_counter
from feeds.publish.text.urls import Urls, as_uri
from feeds.publish.topic.assemble import FeedItem, Share, TopicFeed
from feeds.publish.topic.remembered import Made
from feeds.settings import Site
from feeds.times import parse

_SHARES = 5
"""Sources that are named on a topic's page; the others are one bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A topic in which an article stands, and what is shown about why.

    n   its number in the order of the topic's publishing
    """

    slug: str
    title: str
    shown: Shown
    sentence: str | None = None
    n: int | None = None


@functools.lru_cache(2)
def _discoveries(urls: Urls) -> Made[TopicFeed, Markup]:
    """Return what the front page's head says of topics."""
    return Made(lambda feed: part("card.html", "discovery", feed, urls))


@functools.lru_cache(2)
def _cards(urls: Urls, end: date | None) -> Made[TopicFeed, Markup]:
    """Return what topics look like on the front page, their rhythm counted to a day."""

    def drawn(feed: TopicFeed) -> Markup:
        beat = rhythms_to(end).of(feed) if end else None
        return part("card.html", "card", Card(feed, beat), urls)

    return Made(drawn)


def _joined(parts: Iterable[Markup]) -> Markup:
    return Markup("".join(parts))  # noqa: S704 - each of them is


def write_index(feeds: Sequence[TopicFeed], site: Site) -> bytes:
    """Return the front page. An article in two topics is two cuttings."""
    front, urls = lay_out(feeds, site.lead), Urls(site.base_url)
    cards = _cards(urls, front.latest.astimezone(UTC).date() if front.latest else None)
    return render(
        "index.html",
        site,
        here="topics",
        feeds=feeds,
        front=front,
        discovery=_joined(map(_discoveries(urls).of, feeds)),
        cards=_joined(cards.of(card.feed) for card in front.cards),
        total=sum(feed.total for feed in feeds),
    )


@functools.cache
def _slips(language: str | None) -> Made[FeedItem, Markup]:
    """Return what items look like on the page of a topic in that language."""
    return Made(lambda item: part("items.html", "entry", item, language))


def write_topic(feed: TopicFeed) -> bytes:
    """Return the topic's page: its items by the day they were cut, and how to subscribe."""
    days = [
        (wording.day(day), list(items)) for day, items in groupby(feed.items, key=lambda item: item.at.date())
    ]
    rule = feed.rule
    return render(
        "topic.html",
        feed.site,
        here="topic",
        feed=feed,
        days=days,
        slip=_slips(feed.language).of,
        shown=len(feed.items),
        older=_older(feed),
        rule=str(rule.tree) if rule.tree is not None else None,
        asks=spoken(rule.tree) if rule.tree is not None else (),
        examples=[example.title for example in rule.model.examples] if rule.model else list(rule.keys.like),
        shares=_bars(feed.shares),
    )


def _older(feed: TopicFeed) -> int | None:
    """Return the number of the archived document in which the cuttings go on behind those that the page shows."""
    if feed.earlier is None or len(feed.items) in {0, feed.total}:
        return None
    return min(feed.earlier, -(-(feed.items[-1].n - 1) // feed.rule.define.page_size))


def _bars(shares: Sequence[Share]) -> list[tuple[str, int, int]]:
    """Return (name, count, length in percent) of the greatest shares, and of all others as one."""
    named = [(share.source, share.count) for share in shares[:_SHARES]]
    rest = shares[_SHARES:]
    if len(rest) == 1:
        named.append((rest[0].source, rest[0].count))
    elif rest:
        named.append((f"{len(rest)} others", sum(share.count for share in rest)))
    most = max((count for _, count in named), default=1)
    return [(name, count, max(1, round(100 * count / most))) for name, count in named]


def write_article(
    article: Article,
    body: SafeHtml,
    places: Sequence[Place],
    site: Site,
    *,
    whole: bool = True,
    changes: Changes | None = None,
    gone: str | None = None,
) -> bytes:
    """Return the page of an article.

    body     its text, or as much of it as may be shown
    places   the topics that publish it; without any the page is not to be found by search engines
    whole    *body* is all that is kept; else its beginning, or nothing
    changes  what the source changed up to this revision
    gone     when the source took it back
    """
    page = Urls(site.base_url).article(article.id)
    return render(
        "article.html",
        site,
        here="article",
        article=article,
        body=Markup(body),  # noqa: S704 - a SafeHtml has been through sanitize
        places=places,
        kept=parse(article.archive.first_seen),
        via=as_uri(article.url),
        gone=parse(gone) if gone else None,
        picture=as_uri(article.image),
        whole=whole,
        changes=changes,
        citation=cite.plain(article),
        bibtex=cite.bibtex(article, page),
        csl=cite.csl_json(article, page),
    )


def write_about(site: Site) -> bytes:
    """Return the page that says what a feed is, how articles are chosen, and whom to tell of a fault."""
    return render("about.html", site, here="about")


def shown_body(article: Article, html: SafeHtml) -> SafeHtml:
    """Return *html* as our own pages show it: a picture is its caption and a link to it at the source."""

    def linked(match: re.Match[str]) -> str:
        facts = attributes_of(match)
        if is_counter(facts):
            return ""
        caption = unescape(facts.get("alt", "")).strip()
        known = not caption or escape(caption, quote=False) in html.replace(match[0], "")
        lead = "" if known else f"{escape(caption)}. "
        return f'{lead}<a href="{facts["src"]}">Picture at the source</a> '

    return sanitize(PICTURE.sub(linked, html), article.url, media=False)


def sentence_of(article: Article, shown: Shown) -> str | None:
    """Return the sentence that earned an article its place, as it stands in its text."""
    text = article.content_text or article.summary or ""
    return text[slice(*shown.sentence)] or None if shown.sentence else None
