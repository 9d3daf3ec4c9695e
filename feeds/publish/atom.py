"""TopicFeed -> Atom 1.0 (RFC 4287), with tombstones for what was taken back (RFC 6721)."""

from typing import Any

from feeds import __version__
from feeds.ingest.clean import clean
from feeds.publish import entries, podcast
from feeds.publish.assemble import FeedItem, TopicFeed
from feeds.publish.generator import new_entry, new_feed
from feeds.publish.languages import known
from feeds.publish.urls import as_uri

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
    out.link(href=feed.urls.feed(feed.slug, NAME), rel="self", type=MEDIA_TYPE)
    out.link(href=feed.urls.topic(feed.slug), rel="alternate", type="text/html")
    if feed.language and known(feed.language):
        out.language(feed.language)
    out.newsweir.updated = feed.updated
    out.newsweir.tombstones = [(stone.id, stone.when) for stone in feed.tombstones]
    if icon := as_uri(feed.rule.keys.icon):
        out.icon(icon)
        out.logo(icon)
    saids = [entries.said(item) for item in feed.items]
    podcast.introduce(out.itunes, feed, saids)
    for item, said in zip(feed.items, saids, strict=True):
        _add(out, item, said)
    return bytes(out.atom_str(pretty=True))


def _add(out: Any, item: FeedItem, said: entries.Said) -> None:
    entry = new_entry(out)
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
    media = entry.media
    media.thumbnail = said.picture
    media.files = [one for one in said.files if one.seconds]
    media.description, media.credits = words.description, words.credits
    podcast.tell(entry.itunes, out.itunes, said, entries.enclosed(said))
    if words.thread is not None:
        entry.threads.thread = words.thread
        out.threads.used = True
    if words.places:
        entry.places.places = words.places
        out.places.used = True
