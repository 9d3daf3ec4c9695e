"""The topics' feeds -> OPML 2.0, one file to import into a reader."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from feeds.ingest.clean import clean
from feeds.publish import rss
from feeds.publish.assemble import TopicFeed

NAME = "opml.xml"
MEDIA_TYPE = "text/x-opml"


def write_opml(title: str, feeds: Sequence[TopicFeed], modified: datetime) -> bytes:
    """Return the list of all topic feeds."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = clean(title)
    etree.SubElement(head, "dateModified").text = format_datetime(modified, usegmt=True)
    body = etree.SubElement(root, "body")
    for feed in feeds:
        etree.SubElement(
            body,
            "outline",
            text=clean(feed.title),
            title=clean(feed.title),
            type="rss",
            xmlUrl=feed.urls.feed(feed.slug, rss.NAME),
            htmlUrl=feed.urls.topic(feed.slug),
        )
    return bytes(etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8"))
