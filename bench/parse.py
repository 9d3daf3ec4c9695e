"""What it costs to read a feed: all of it, or what is new in it; here, and by a worker."""

import statistics
import time
from collections.abc import Callable

import feedparser

from feeds.ingest.documents.parse import parse_feed
from feeds.model import Document, Fetched, Known
from feeds.workers import Workers

ENTRIES, REPEATS = 50, 15
_TEXT = "<p>Envoys met in the capital and <a href='/talks'>talked about the border</a>, officials said.</p>"


def feed(changed: int | None = None, paragraphs: int = 8) -> bytes:
    """Return a feed, one of whose entries is changed."""
    items = "".join(
        f"<item><title>Entry {number}{' new' if number == changed else ''}</title>"
        f"<link>https://site.example/{number}</link><guid>https://site.example/{number}</guid>"
        f"<pubDate>Mon, 05 Jan 2026 08:{number % 60:02}:00 GMT</pubDate><category>talks</category>"
        f"<description><![CDATA[{_TEXT * paragraphs}]]></description></item>"
        for number in range(ENTRIES)
    )
    return f'<rss version="2.0"><channel><title>A feed</title><link>https://site.example/</link>{items}</channel></rss>'.encode()


def _median(what: Callable[[], object], clock: Callable[[], float]) -> float:
    took: list[float] = []
    for _ in range(REPEATS):
        began = clock()
        what()
        took.append(clock() - began)
    return statistics.median(took) * 1000


def _read(answer: Fetched, known: Known, workers: Workers) -> str:
    """Return a row of the table."""
    cpu, wall = time.process_time, time.perf_counter
    whole, part = _median(lambda: parse_feed(answer), cpu), _median(lambda: parse_feed(answer, known), cpu)
    far_whole = _median(lambda: workers.feed(answer), wall)
    far = _median(lambda: workers.feed(answer, known), wall)
    here = f"{whole:>7.1f}ms{part:>7.2f}ms{whole / part:>8.1f}"
    return f"{len(answer.body) / 1000:>6.0f} KB{here}{far_whole:>9.1f}ms{far:>7.2f}ms{far_whole / far:>8.1f}"


def _parsed(answer: Fetched, known: Known) -> int:
    """Return how many entries feedparser is given."""
    seen: list[int] = []
    real = feedparser.parse

    def counting(*args: object, **options: object) -> object:
        result = real(*args, **options)
        seen.append(len(result.entries))
        return result

    feedparser.parse = counting
    try:
        assert parse_feed(answer, known).way == "delta"
    finally:
        feedparser.parse = real
    return sum(seen)


def main() -> None:
    """Print the table."""
    workers = Workers(1)
    print(f"\n{ENTRIES} entries, one changed: milliseconds of CPU here, and by a worker by the clock")
    print(f"{'':>9}{'all':>9}{'new':>9}{'ratio':>8}{'all':>11}{'new':>9}{'ratio':>8}{'parsed':>8}")
    for paragraphs in (1, 8, 60):
        answer, before = (
            Fetched(
                url="https://site.example/feed",
                status=200,
                body=feed(changed, paragraphs),
                content_type="text/xml",
            )
            for changed in (7, None)
        )
        last: Document = parse_feed(before)
        assert last.frame is not None
        known = Known(last.frame, frozenset(last.marks))
        print(f"{_read(answer, known, workers)}{_parsed(answer, known):>8}")
    workers.close()
