"""What was published before and what was taken back: archived documents (RFC 5005), tombstones (RFC 6721)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from feedgen.ext.base import BaseExtension
from lxml import etree

from feeds.publish.formats.generator.values import Link
from feeds.times import rfc3339

HISTORY: Final = "http://purl.org/syndication/history/1.0"
DELETED: Final = "http://purl.org/atompub/tombstones/1.0"
_ATOM: Final = "http://www.w3.org/2005/Atom"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The way back from a feed, in Atom and in RSS's channel (RFC 5005, appendix B).

    links        from document to document
    archive      it is an archived document
    tombstones   id of each item taken back, and when
    """

    def __init__(self) -> None:
        self.links: Sequence[Link] = ()
        self.archive = False
        self.tombstones: Sequence[tuple[str, datetime]] = ()

    def extend_ns(self) -> dict[str, str]:
        """Declare the mark of an archive, and tombstones, where there are any."""
        return ({"fh": HISTORY} if self.archive else {}) | ({"at": DELETED} if self.tombstones else {})

    def extend_atom(self, feed: Any) -> Any:
        """Write links, mark and tombstones."""
        return self._write(feed, "link")

    def extend_rss(self, feed: Any) -> Any:
        """Write the same into the channel."""
        self._write(feed.find("channel"), f"{{{_ATOM}}}link")
        return feed

    def _write(self, element: Any, link: str) -> Any:
        for one in self.links:
            kind = {"type": one.type} if one.type else {}
            etree.SubElement(element, link, {"href": one.href, "rel": one.rel} | kind)
        if self.archive:
            etree.SubElement(element, f"{{{HISTORY}}}archive")
        for ref, when in self.tombstones:
            etree.SubElement(element, f"{{{DELETED}}}deleted-entry", ref=ref, when=rfc3339(when))
        return element
