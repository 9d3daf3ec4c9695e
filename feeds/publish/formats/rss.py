"""TopicFeed -> RSS 2.0, with the full text in content:encoded and names in dc:creator; history as RFC 5005 has it."""

import re
from datetime import timedelta
from functools import partial
from html import escape
from typing import Final

from feeds import __version__
from feeds.ingest.text.clean import clean
from feeds.publish.formats import entries, podcast, vocabularies
from feeds.publish.formats.generator import new_entry, new_feed, speak
from feeds.publish.formats.generator.written import Entries, Entry
from feeds.publish.text.languages import known
from feeds.publish.text.urls import as_uri
from feeds.publish.topic.assemble import FeedItem, TopicFeed

_PICTURE = re.compile(r"\.(?:png|gif|jpe?g)$|/[^.]*$", re.IGNORECASE)
"""What RSS knows of pictures, by the ends of their addresses."""
MEDIA_TYPE = "application/rss+xml"
NAME = "rss.xml"


def write_rss(feed: TopicFeed) -> bytes:
    """Return the RSS document."""
    out = new_feed()
    out.id(feed.id)
    out.title(clean(feed.title))
    out.description(clean(feed.description))
    out.lastBuildDate(feed.updated)
    if feed.fresh is not None:
        out.ttl(feed.fresh // timedelta(minutes=1))
    out.generator("newsweir", version=__version__)
    out.docs("https://www.rssboard.org/rss-specification")
    out.link(href=feed.urls.feed(feed.slug, NAME, feed.number), rel="self", type=MEDIA_TYPE)
    out.link(href=feed.urls.topic(feed.slug), rel="alternate")  # Last: feedgen takes it for the channel's.
    if feed.language and known(feed.language):
        out.language(feed.language)
    out.history.links = entries.history_of(feed, NAME, MEDIA_TYPE)
    out.history.archive = feed.number is not None
    out.history.tombstones = [(stone.id, stone.when) for stone in feed.tombstones]
    icon = as_uri(feed.rule.keys.icon)
    if icon and _PICTURE.search(icon):
        out.image(url=icon, title=clean(feed.title), link=feed.urls.topic(feed.slug))
    saids = [entries.said(item) for item in feed.items]
    owned = podcast.introduce(out.itunes, feed, saids)
    out.threads.rss = True
    vocabularies.introduce(out, saids)
    return (_OWNED if owned else _ITEMS).written(out, feed.items, out.rss_str)


def _item(item: FeedItem, *, owned: bool = False) -> Entry:
    """Return an item's entry; with the podcast vocabulary where the feed names an owner."""
    said = entries.said(item)
    entry = new_entry()
    entry.guid(item.id, permalink=False)
    entry.title(said.title)
    # A description is HTML to readers, whatever it looks like: plain text is escaped for them.
    entry.description(escape(said.lead, quote=False))
    if said.html is not None:
        entry.content(said.html)
    file = entries.enclosed(said)
    core, words = entry.newsweir, said.beside
    core.link = item.link
    core.published = said.dated or item.at
    core.categories, core.source, core.enclosure = said.categories, said.source, file
    if said.authors or words.contributors or said.language or said.rights:
        dublin = speak(entry, "dublin")
        dublin.creators = [person.name for person in said.authors]
        dublin.contributors = [person.name for person in words.contributors]
        dublin.language, dublin.rights = said.language, said.rights
    vocabularies.speak_of(
        entry, said, [one for one in said.files if one is not file or one.title or one.seconds]
    )
    if owned:
        podcast.tell(entry, said, file)
    return entry


_ITEMS: Final = Entries(b"    <item", b"  </channel>\n</rss>\n", _item)
_OWNED: Final = Entries(b"    <item", b"  </channel>\n</rss>\n", partial(_item, owned=True))
