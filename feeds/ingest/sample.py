"""A found feed -> its latest entries as they would be archived. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from archive import Draft
from feeds.ingest.extract import wants_page
from feeds.ingest.normalize import Coming, oldest_first, to_draft
from feeds.model import Document, Entry, Fetched, Page
from feeds.settings import FeedSource

_NEVER = datetime.min.replace(tzinfo=UTC)


def latest(document: Document, count: int = 5) -> list[Entry]:
    """Return the newest entries of a feed, newest first: by date, else as they stand there."""
    dated = [entry for entry in document.entries if entry.published is not None]
    if len(dated) < len(document.entries):
        return list(document.entries[:count])
    return sorted(dated, key=lambda entry: entry.published or _NEVER, reverse=True)[:count]


def short(document: Document, source: FeedSource) -> int:
    """Return how many entries are so short that their pages would be fetched."""
    return sum(wants_page(entry, source) for entry in document.entries)


def drafts(
    entries: Sequence[Entry],
    pages: Sequence[Page | None],
    document: Document,
    fetched: Fetched,
    source: FeedSource,
    at: datetime,
) -> list[Draft]:
    """Return what a poll at *at* would hand to the archive, the newest first."""
    coming = Coming(
        key=source.url, name=source.name, via="feed", at=at, channel=document.channel, fetched=fetched
    )
    found = [to_draft(entry, page, coming) for entry, page in zip(entries, pages, strict=True)]
    return list(reversed(oldest_first(found)))
