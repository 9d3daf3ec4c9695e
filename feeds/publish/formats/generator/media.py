"""Media RSS: an entry's picture, files that an enclosure cannot say whole, what they show and who made them."""

from collections.abc import Sequence
from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.publish.formats.generator.values import Credit, File
from feeds.publish.formats.generator.words import add_plain

NAMESPACE: Final = "http://search.yahoo.com/mrss/"
_THUMBNAIL: Final = f"{{{NAMESPACE}}}thumbnail"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The namespace of the entries' elements."""

    def extend_ns(self) -> dict[str, str]:
        """Declare it."""
        return {"media": NAMESPACE}


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Media of an entry, in RSS and in Atom alike."""

    def __init__(self) -> None:
        self.thumbnail: str | None = None
        self.files: Sequence[File] = ()
        self.description: str | None = None
        self.credits: Sequence[Credit] = ()
        self._kind: dict[str, str] = {}

    def extend_rss(self, item: Any) -> Any:
        """Write picture, files, description and credits."""
        if self.thumbnail is not None:
            etree.SubElement(item, _THUMBNAIL, url=self.thumbnail)
        about = item
        for number, file in enumerate(self.files):
            content = _content(item, file)
            about = about if number else content
        # Within the first file: beside the item's own, many a reader takes a description for that.
        if self.description is not None and about is not item:
            add_plain(about, f"{{{NAMESPACE}}}description", self.description, **self._kind)
        for credit in self.credits:
            role = {"role": credit.role} if credit.role else {}
            etree.SubElement(about, f"{{{NAMESPACE}}}credit", role).text = credit.name
        return item

    def extend_atom(self, entry: Any) -> Any:
        """Write the same; texts of Atom are plain, and feedparser takes an entry's all for of one type."""
        self._kind = {"type": "plain"}
        return self.extend_rss(entry)


def _content(parent: Any, file: File) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}content", url=file.url)
    if file.type is not None:
        element.set("type", file.type)
    if file.size:  # One of nothing is not known to Media RSS.
        element.set("fileSize", str(file.size))
    if file.seconds is not None:
        element.set("duration", f"{file.seconds:g}" if file.seconds < 10**5 else str(round(file.seconds)))
    if file.title is not None:
        add_plain(element, f"{{{NAMESPACE}}}title", file.title)
    return element
