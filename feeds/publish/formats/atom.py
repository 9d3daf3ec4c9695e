"""TopicFeed -> Atom 1.0 (RFC 4287), with its history (RFC 5005) and tombstones (RFC 6721)."""

from functools import partial
from typing import Final

from feeds import __version__
from feeds.ingest.text.clean import clean
from feeds.publish.formats import entries, podcast, vocabularies
from feeds.publish.formats.generator import new_entry, new_feed
from feeds.publish.formats.generator.written import Entries, Entry
from feeds.publish.text.languages import known
from feeds.publish.text.urls import as_uri
from feeds.publish.topic.assemble import FeedItem, TopicFeed

MEDIA_TYPE = "application/atom+xml"
NAME = "atom.xml"


def write_atom(feed: TopicFeed) -> bytes:
    """Return the Atom document."""
    out = new_feed()
    out.id(feed.id)
    out.title(clean(feed.title))
    out.subtitle(clean(feed.description))
    out.updated(feed.updated)
    out.author({"name": clean(feed.author)})
    out.generator("newsweir", version=__version__)
    out.link(href=feed.urls.feed(feed.slug, NAME, feed.number), rel="self", type=MEDIA_TYPE)
    out.link(href=feed.urls.topic(feed.slug), rel="alternate", type="text/html")
    if feed.language and known(feed.language):
        out.language(feed.language)
    out.newsweir.updated = feed.updated
    out.history.links = entries.history_of(feed, NAME, MEDIA_TYPE)
    out.history.archive = feed.number is not None
    out.history.tombstones = [(stone.id, stone.when) for stone in feed.tombstones]
    if icon := as_uri(feed.rule.keys.icon):
        out.icon(icon)
        out.logo(icon)
    saids = [entries.said(item) for item in feed.items]
    owned = podcast.introduce(out.itunes, feed, saids)
    vocabularies.introduce(out, saids)
    return (_OWNED if owned else _ENTRIES).written(out, feed.items, out.atom_str)


def _entry(item: FeedItem, *, owned: bool = False) -> Entry:
    """Return an entry; with the podcast vocabulary where the feed names an owner."""
    said = entries.said(item)
    entry = new_entry()
    entry.id(item.id)
    entry.title(said.title)
    entry.updated(item.updated)
    if said.html is not None:
        entry.content(said.html, type="html")
    else:
        entry.link(href=item.link, rel="alternate")  # Else feedgen refuses it (RFC 4287, section 4.1.2).
    core, words = entry.newsweir, said.beside
    core.summary = said.summary if said.html is not None else said.lead
    core.authors, core.contributors = said.authors, words.contributors
    core.links, core.categories = entries.links_of(item, said), said.categories
    core.source, core.language, core.rights = said.source, said.language, words.rights
    core.published, core.updated = said.dated, item.updated
    vocabularies.speak_of(entry, said, [one for one in said.files if one.seconds])
    if owned:
        podcast.tell(entry, said, entries.enclosed(said))
    return entry


_ENTRIES: Final = Entries(b"  <entry", b"</feed>\n", _entry)
_OWNED: Final = Entries(b"  <entry", b"</feed>\n", partial(_entry, owned=True))
