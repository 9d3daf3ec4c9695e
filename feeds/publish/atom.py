"""TopicFeed -> Atom 1.0 (RFC 4287), with its history (RFC 5005) and tombstones (RFC 6721)."""

from feeds import __version__
from feeds.ingest.clean import clean
from feeds.publish import entries
from feeds.publish.assemble import FeedItem, TopicFeed
from feeds.publish.generator import new_entry, new_feed
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
    out.link(href=feed.urls.feed(feed.slug, NAME, feed.number), rel="self", type=MEDIA_TYPE)
    out.link(href=feed.urls.topic(feed.slug), rel="alternate", type="text/html")
    if feed.language:
        out.language(feed.language)
    out.newsweir.updated = feed.updated
    out.newsweir.history = entries.history_of(feed, NAME, MEDIA_TYPE)
    out.newsweir.archive = feed.number is not None
    out.newsweir.tombstones = [(stone.id, stone.when) for stone in feed.tombstones]
    for item in feed.items:
        _add(out, item)
    return bytes(out.atom_str(pretty=True))


def _add(out: object, item: FeedItem) -> None:
    article, entry = item.article, new_entry(out)
    entry.id(item.id)
    entry.title(entries.title_of(article))
    entry.updated(item.updated)
    entry.published(item.published)
    if item.html is not None:
        entry.content(item.html, type="html")
    else:
        entry.link(href=item.link, rel="alternate")  # Else feedgen refuses it (RFC 4287, section 4.1.2).
    if article.summary:
        entry.summary(entries.summary_of(article))
    for author in article.authors:
        if author.name:
            uri = as_uri(author.url)
            entry.author({"name": clean(author.name), **({"uri": uri} if uri else {})})
    entry.category(entries.categories_of(article))
    extra = entry.newsweir
    extra.links = entries.links_of(item)
    extra.source = entries.source_of(article)
    extra.language = entries.language_of(article)
    extra.thumbnail = entries.picture_of(article)
    extra.published, extra.updated = item.published, item.updated
