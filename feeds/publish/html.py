"""TopicFeed and articles -> pages for people. No clock, no script, no third-party request."""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from archive import Article
from feeds.curate.lines import Shown
from feeds.model import SafeHtml
from feeds.publish import entries
from feeds.publish.assemble import TopicFeed
from feeds.publish.urls import Urls, as_uri
from feeds.settings import Site
from feeds.times import parse, rfc3339

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A topic in which an article stands, and what is shown about why."""

    slug: str
    title: str
    shown: Shown
    sentence: str | None = None


@functools.cache
def stylesheet() -> tuple[str, bytes]:
    """Return the path and bytes of the one stylesheet, named by its digest."""
    data = resources.files("feeds.publish").joinpath("templates/style.css").read_bytes()
    return f"static/site.{hashlib.sha256(data).hexdigest()[:12]}.css", data


def write_index(feeds: Sequence[TopicFeed], site: Site) -> bytes:
    """Return the front page: all topics, the one with the newest cutting first, `lead` before all."""
    ordered = sorted(feeds, key=_newest, reverse=True)
    ordered.sort(key=lambda feed: feed.slug != site.lead)
    cuts = [item.at for feed in feeds for item in feed.items]
    return _render(
        "index.html",
        site,
        here="topics",
        feeds=ordered,
        latest=max(cuts, default=None),
        total=sum(feed.total for feed in feeds),
    )


def write_topic(feed: TopicFeed) -> bytes:
    """Return the topic's page: its items by the day they were cut, and how to subscribe."""
    days = [(_day(day), list(items)) for day, items in groupby(feed.items, key=lambda item: item.at.date())]
    keys = feed.rule.keys
    return _render(
        "topic.html",
        feed.site,
        here="topic",
        feed=feed,
        days=days,
        shown=len(feed.items),
        rule=str(feed.rule.tree) if feed.rule.tree is not None else None,
        examples=[example.title for example in feed.rule.model.examples]
        if feed.rule.model
        else list(keys.like),
    )


def write_article(
    article: Article, body: SafeHtml, places: Sequence[Place], site: Site, *, whole: bool
) -> bytes:
    """Return the page of a published article; *whole* says that the topics give all of it."""
    quality = article.archive.extract.quality if article.archive.extract else "full"
    return _render(
        "article.html",
        site,
        here="article",
        article=article,
        body=Markup(body),  # noqa: S704 - a SafeHtml has been through sanitize
        places=places,
        via=as_uri(article.url),
        dated=parse(article.date_published) if article.date_published else None,
        kept=parse(article.archive.first_seen),
        partial=quality in {"teaser", "partial"},
        whole=whole,
    )


def _render(name: str, site: Site, **values: object) -> bytes:
    text = (
        _environment()
        .get_template(name)
        .render(site=site, urls=Urls(site.base_url), stylesheet=stylesheet()[0], **values)
    )
    return text.encode("utf-8")


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("feeds.publish"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        rfc3339=rfc3339,
        day_and_time=_day_and_time,
        short=_short,
        clock=lambda moment: f"{moment.astimezone(UTC):%H:%M}",
        title=entries.title_of,
        summary=entries.summary_of,
        source_name=entries.source_name,
    )
    return environment


def _newest(feed: TopicFeed) -> datetime:
    return max((item.at for item in feed.items), default=datetime.min.replace(tzinfo=UTC))


def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _day_and_time(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M} UTC"


def _short(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc.day} {_MONTHS[utc.month - 1][:3]} {utc:%H:%M}"


def sentence_of(article: Article, shown: Shown) -> str | None:
    """Return the sentence that earned an article its place, as it stands in its text."""
    text = article.content_text or article.summary or ""
    return text[slice(*shown.sentence)] or None if shown.sentence else None
