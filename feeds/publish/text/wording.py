"""Dates, counts, sources and languages -> the words that pages use for them. Pure."""

import re
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from markupsafe import Markup

from archive import Article
from feeds.publish.text.legible import worded
from feeds.publish.text.urls import as_uri
from feeds.times import parse

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_TIME_OF_DAY = re.compile(r"\d[T ]?\d\d?:\d\d|T\d\d|\b\d{9,}\b")
_SAYERS = {
    "jsonld": "as the page says",
    "og": "as the page says",
    "dc": "as the page says",
    "html": "as the page says",
    "htmldate": "as found in the page",
}
_FROM = {"feed": "taken from the feed", "page": "taken from the page", "file": "taken from the file"}
_QUALITIES = {"full": "Full", "partial": "Part only", "teaser": "First lines only", "empty": "None"}
_LONG_READ = 2000
"""Words from which a text is called a long read."""


def counted(number: int, unit: str) -> str:
    """Return a number with its unit: `1 cutting`, `1,142 cuttings`."""
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"


def day(moment: date) -> str:
    """Return `Sunday 22 November 2026`."""
    return f"{_DAYS[moment.weekday()]} {full_date(moment)}"


def full_date(moment: date) -> str:
    """Return `22 November 2026`."""
    return f"{day_and_month(moment)} {moment.year}"


def day_and_month(moment: date) -> str:
    """Return `22 November`."""
    return f"{moment.day} {_MONTHS[moment.month - 1]}"


def short_day(moment: date) -> str:
    """Return `22 Nov`."""
    return f"{moment.day} {_MONTHS[moment.month - 1][:3]}"


def short_date(moment: date) -> str:
    """Return `22 Nov 2026`."""
    return f"{short_day(moment)} {moment.year}"


def day_and_time(moment: datetime) -> str:
    """Return `Sunday 22 November 2026, 09:41 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{day(utc)}, {utc:%H:%M} UTC"


def slip_date(moment: datetime) -> str:
    """Return `22 Nov 2026, 09:41 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{short_date(utc)}, {utc:%H:%M} UTC"


def short(moment: datetime) -> str:
    """Return `22 Nov 09:41`."""
    utc = moment.astimezone(UTC)
    return f"{short_day(utc)} {utc:%H:%M}"


def clock(moment: datetime) -> str:
    """Return `09:41`."""
    return f"{moment.astimezone(UTC):%H:%M}"


def dated(article: Article) -> datetime | None:
    """Return the article's own date, or None where it has none."""
    return parse(article.date_published) if article.date_published else None


def has_time(article: Article) -> bool:
    """Say whether the source gave a time of day with the date.

    Midnight UTC is what a bare date is kept as: it is a time only where the date as
    written shows one.
    """
    moment = dated(article)
    if moment is None:
        return False
    if (moment.hour, moment.minute, moment.second) != (0, 0, 0):
        return True
    return bool(_TIME_OF_DAY.search(article.archive.date_raw or ""))


def as_dated(article: Article) -> str:
    """Return the article's date as the slip shows it: with a time only if the source gave one."""
    moment = dated(article)
    if moment is None:
        return "no date given"
    return slip_date(moment) if has_time(article) else short_date(moment)


def date_in_full(article: Article) -> str | None:
    """Return the article's date as its by-line shows it, or None."""
    moment = dated(article)
    if moment is None:
        return None
    return day_and_time(moment) if has_time(article) else day(moment)


def says(article: Article) -> str:
    """Return who says the date: `as the feed says`."""
    known = _SAYERS.get(article.archive.date_source)
    return known or ("as the file says" if article.archive.source.via == "file" else "as the feed says")


def source_name(article: Article) -> str:
    """Return what the source is called on pages: its own title, else the owner's name for it."""
    source = article.archive.source
    names = (source.feed_title, source.name, source.key)
    return next((found for name in names if (found := worded(name))), "Unknown")


def host(article: Article) -> str | None:
    """Return the name of the site on which the article stands, without its `www.`."""
    found = as_uri(article.url)
    return (urlsplit(found).hostname or "").removeprefix("www.") or None if found else None


def without_scheme(address: str) -> str:
    """Return an address as it is read aloud: without `https://`."""
    return address.partition("://")[2].rstrip("/") or address


def breakable(address: str) -> Markup:
    """Return an address that may be broken behind its slashes when it is shown."""
    scheme, mark, rest = address.rpartition("://")
    return Markup("{}{}{}").format(scheme, mark, Markup("/<wbr>").join(rest.split("/")))


def is_part(article: Article) -> bool:
    """Say whether the source sent only a part of the text."""
    extract = article.archive.extract
    return extract is not None and extract.quality in {"teaser", "partial"}


def text_facts(article: Article) -> str | None:
    """Return how much of the text there is and where it was taken: `Full, 431 words, taken from the page`."""
    extract = article.archive.extract
    if extract is None:
        return None
    if extract.quality == "empty":
        return "None: the source sends a title only"
    where = "page" if extract.name == "trafilatura" else article.archive.source.via
    taken = f", {_FROM[where]}" if where in _FROM else ""
    return f"{_QUALITIES[extract.quality]}, {counted(extract.words, 'word')}{taken}"


def long_read(article: Article) -> str | None:
    """Return `long read, 4,200 words` for a text that is one."""
    words = article.archive.extract.words if article.archive.extract else 0
    return f"long read, {round(words, -2):,} words" if words >= _LONG_READ else None


def revised(article: Article) -> str | None:
    """Return `revised once`, or None for a text as it first came."""
    times = article.archive.rev - 1
    if times < 1:
        return None
    return {1: "revised once", 2: "revised twice"}.get(times, f"revised {times} times")
