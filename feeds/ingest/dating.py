"""What entry and page say of when, and when they came -> the date that is believed, and whose it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from feeds.model import Entry, Page

AHEAD = timedelta(days=2)
"""How far a date may lie ahead of the moment it is read at: clocks go wrong, and zones are left out.

What is dated later says when something will be, or is a slip: not when it was published.
"""


@dataclass(frozen=True, slots=True)
class Dated:
    """When an article was published, as far as that is believed.

    source   who says so; without a date why there is none: none, unreadable, future
    raw      the date as written, believed or not
    """

    moment: datetime | None
    source: str
    raw: str | None


def dated(entry: Entry, page: Page | None, at: datetime | None) -> Dated:
    """Return the entry's date, else its page's, of those that can have been at the time *at*.

    at   None where our own clock cannot be believed: then every date is taken as it is
    """
    raw = entry.published_raw
    if entry.published is not None and not is_ahead(entry.published, at):
        return Dated(entry.published, entry.date_source, raw)
    if page is not None and page.published is not None and not is_ahead(page.published, at):
        return Dated(page.published, page.date_source, page.published_raw or raw)
    why = "future" if entry.published is not None else "unreadable" if raw else "none"
    return Dated(None, why, raw or (page.published_raw if page else None))


def is_ahead(moment: datetime, at: datetime | None) -> bool:
    """Say whether a moment lies so far ahead of *at* that nothing can have been published then."""
    return at is not None and moment - at > AHEAD
