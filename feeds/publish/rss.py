"""TopicFeed -> RSS 2.0, with the full text in content:encoded and names in dc:creator; history as RFC 5005 has it."""

from datetime import timedelta
from html import escape

from feeds import __version__
from feeds.ingest.clean import clean
from feeds.publish import entries
from feeds.publish.assemble import FeedItem, TopicFeed
from feeds.publish.generator import new_entry, new_feed

MEDIA_TYPE = "application/rss+xml"
NAME = "rss.xml"


def write_rss(feed: TopicFeed) -> bytes:
    """Return the RSS document."""
    out = new_feed()
    out.id(feed.id)
    out.title(clean(feed.title))
    out.description(escape(clean(feed.description), quote=False))
    out.lastBuildDate(feed.updated)
    if feed.fresh is not None:
        out.ttl(feed.fresh // timedelta(minutes=1))
    out.generator("newsweir", version=__version__)
    out.docs("https://www.rssboard.org/rss-specification")
    out.link(href=feed.urls.feed(feed.slug, NAME, feed.number), rel="self", type=MEDIA_TYPE)
    out.link(href=feed.urls.topic(feed.slug), rel="alternate")  # Last: feedgen takes it for the channel's.
    if feed.language:
        out.language(feed.language)
    out.newsweir.history = entries.history_of(feed, NAME, MEDIA_TYPE)
    out.newsweir.archive = feed.number is not None
    out.newsweir.tombstones = [(stone.id, stone.when) for stone in feed.tombstones]
    for item in feed.items:
        _add(out, item)
    return bytes(out.rss_str(pretty=True))


def _add(out: object, item: FeedItem) -> None:
    article, entry = item.article, new_entry(out)
    entry.guid(item.id, permalink=False)
    entry.title(entries.title_of(article))
    entry.link(href=item.link)
    # A description is HTML to readers, whatever it looks like: plain text is escaped for them.
    entry.description(escape(entries.summary_of(article) or entries.title_of(article), quote=False))
    if item.html is not None:
        entry.content(item.html or escape(entries.title_of(article), quote=False))
    entry.pubDate(item.published)
    entry.category(entries.categories_of(article))
    source = entries.source_of(article)
    if source is not None and source.self_link is not None:
        entry.source(url=source.self_link, title=source.title)
    files = entries.files_of(article)
    whole = [file for file in files if file.type and "*" not in file.type]
    if whole:
        entry.enclosure(whole[0].href, str(whole[0].length or 0), whole[0].type)
    extra = entry.newsweir
    extra.creators = entries.names_of(article)
    extra.language = entries.language_of(article)
    extra.rights = entries.rights_of(article)
    extra.thumbnail = entries.picture_of(article)
    extra.media = [file for file in files if file is not (whole[0] if whole else None)]
