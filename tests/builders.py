"""Values for tests, with only what matters spelled out."""

from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from archive import Content, Draft, Extract, Mention, Origin, Raw, Showing, Source
from archive.record.article import content_sha256

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def every(log: Any) -> list[Any]:
    """Return all that a log holds, a journal's lines or an archive's records: it hands out so much at a time."""
    found: list[Any] = []
    while more := log.since(found[-1].seq if found else 0, 10_000):
        found += more
    return found


class TurnedClock:
    """A clock that tests turn; wall and monotonic time go together unless told otherwise."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._ticks = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._ticks

    def advance(self, **span: float) -> None:
        step = timedelta(**span)
        self._now += step
        self._ticks += step.total_seconds()

    def jump(self, **span: float) -> None:
        """Set the wall clock only."""
        self._now += timedelta(**span)


def lorem(seed: str, words: int = 60) -> str:
    """A text of its own for each seed."""
    return " ".join(f"{seed}{number}" for number in range(words))


def draft(
    guid: str | None = "g",
    title: str | None = "A title",
    text: str | None = None,
    *,
    url: str | None = None,
    source: str = "https://feed.example/rss",
    via: str = "feed",
    quality: Any = "full",
    at: str = "2026-01-05T08:00:00Z",
    date: str | None = None,
    raw: bytes | None = None,
    digest: str | None = None,
) -> Draft:
    body = lorem(title or "x") if text is None else text
    import hashlib

    sha = hashlib.sha256(raw).hexdigest() if raw is not None else None
    return Draft(
        Content(url=url, title=title, content_text=body, date_published=date),
        Origin(
            source=Source(
                key=source,
                via=via,
                name="a source",
                feed_url=source if via == "feed" else None,
                guid=guid,
                entry_sha256=digest or content_sha256(title, body + (url or "")),
            ),
            fetched=at,
            raw=Raw(sha256=sha, bytes=len(raw), mime_type="text/plain") if raw is not None and sha else None,
            extract=Extract(name="test", version="0", quality=quality, words=len(body.split())),
        ),
        raw,
    )


def showing(*drafts: Draft, unchanged: tuple[Mention, ...] = ()) -> Showing:
    return Showing(list(drafts), list(unchanged))


def item(guid: str | None = None, title: str | None = None, **parts: str) -> str:
    """One RSS item."""
    found = ""
    if guid is not None:
        found += f'<guid isPermaLink="false">{escape(guid)}</guid>'
    if title is not None:
        found += f"<title>{escape(title)}</title>"
    for name, value in parts.items():
        tag = {"content": "content:encoded", "date": "pubDate"}.get(name, name)
        found += f"<{tag}>{escape(value)}</{tag}>"
    return f"<item>{found}</item>"


def rss(*items: str, title: str = "A feed", link: str = "https://site.example/") -> bytes:
    """An RSS 2.0 document."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(title)}</title><link>{link}</link><description>d</description>{''.join(items)}</channel></rss>"
    ).encode()
