"""All four documents of a topic of 50 items against feedgen's own time for RSS and Atom."""

from feedgen.feed import FeedGenerator

from bench.meter import rates, table
from feeds.publish import atom, html, jsonfeed, rss
from tests.feeds.test_publish import article, topic_feed

ITEMS = 50
TIMES = 10


def bare(count: int) -> None:
    """Write RSS and Atom of as many items with nothing but feedgen."""
    one = article()
    feed = FeedGenerator()
    feed.id("urn:x")
    feed.title("T")
    feed.link(href="https://x.example/")
    feed.description("d")
    for number in range(count):
        entry = feed.add_entry(order="append")
        entry.id(f"urn:{number}")
        entry.title(one.title)
        entry.link(href=one.url)
        entry.content((one.content_html or "") * 60, type="html")
        entry.published("2026-01-05T08:00:00Z")
    feed.atom_str(pretty=True)
    feed.rss_str(pretty=True)


def main() -> None:
    """Print the table."""
    text = article().content_html or ""
    feed = topic_feed(*[article(content_html=text * 60) for _ in range(ITEMS)])

    def ours(_: int) -> int:
        for _ in range(TIMES):
            rss.write_rss(feed)
            atom.write_atom(feed)
            jsonfeed.write_json(feed)
            html.write_topic(feed)
        return TIMES

    def floor(_: int) -> int:
        for _ in range(TIMES):
            bare(ITEMS)
        return TIMES

    ours(0)
    found = rates({"feedgen alone, RSS and Atom": floor, "newsweir, RSS, Atom, JSON Feed, page": ours})
    table(
        f"topics of {ITEMS} items of about {len(text) * 60 // 1000} KB rendered",
        found,
        "topics/s",
        "feedgen alone, RSS and Atom",
    )
