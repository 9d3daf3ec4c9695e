"""The topics' feeds, and each topic's sources -> OPML 2.0: files to import into a reader."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from lxml import etree

from feeds.ingest.text.clean import line
from feeds.publish.formats import rss
from feeds.publish.topic.assemble import TopicFeed
from feeds.publish.topic.origins import Origin, origin
from feeds.publish.topic.remembered import Made

NAME: Final = "opml.xml"
SOURCES: Final = "sources.opml.xml"
MEDIA_TYPE: Final = "text/x-opml"
_NOTHING: Final = b'    <outline text="Nothing yet"/>\n'
"""A list has an outline (OPML 2.0), be there anything to list or not."""


def write_opml(title: str, feeds: Sequence[TopicFeed], modified: datetime) -> bytes:
    """Return the list of all topic feeds."""
    root, _ = _document(title, modified)
    head, _, tail = _written(root).partition(b"<body/>")
    if not feeds:
        return head + b"<body>\n" + _NOTHING + b"  </body>" + tail
    return head + b"<body>\n" + b"".join(map(_TOPICS.of, feeds)) + b"  </body>" + tail


def _topic(feed: TopicFeed) -> bytes:
    outline = _outline(feed.title, feed.urls.feed(feed.slug, rss.NAME), feed.urls.topic(feed.slug))
    return b"    " + bytes(etree.tostring(outline, encoding="UTF-8")) + b"\n"


_TOPICS: Final = Made(_topic)


def write_sources(feed: TopicFeed) -> bytes:
    """Return the list of a topic's sources: of the thirty days of its rhythm, and of what stands in its feed.

    Without the owner's folders, which nobody else can follow, and without
    what opens a source to its owner alone.
    """
    known = [Origin(share.source, share.feed, share.site) for share in feed.shares]
    known += [origin(item.article) for item in feed.items]
    found: dict[str, Origin] = {}
    for one in known:
        if one.feed is not None:
            found.setdefault(one.feed, one)
    root, body = _document(f"Sources of {feed.title}", feed.updated)
    for address, one in sorted(found.items(), key=lambda pair: (pair[1].name.casefold(), pair[0])):
        body.append(_outline(one.name, address, one.site))
    if not found:
        body.append(etree.fromstring(_NOTHING))
    return _written(root)


def _document(title: str, modified: datetime) -> tuple[Any, Any]:
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = line(title)
    etree.SubElement(head, "dateModified").text = format_datetime(modified, usegmt=True)
    return root, etree.SubElement(root, "body")


def _outline(title: str, feed: str, site: str | None) -> Any:
    shown = line(title) or feed
    place = {"htmlUrl": site} if site is not None else {}
    return etree.Element("outline", {"text": shown, "title": shown, "type": "rss", "xmlUrl": feed} | place)


def _written(root: Any) -> bytes:
    return bytes(etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8"))
