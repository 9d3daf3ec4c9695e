"""Dublin Core: what RSS has no element for. Creators without an e-mail address, language, rights."""

from collections.abc import Sequence
from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.publish.formats.generator.words import add_plain

NAMESPACE: Final = "http://purl.org/dc/elements/1.1/"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The namespace of the entries' elements."""

    def extend_ns(self) -> dict[str, str]:
        """Declare it."""
        return {"dc": NAMESPACE}


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """Creators, contributors, language and rights of an RSS item; Atom has elements of its own for them."""

    def __init__(self) -> None:
        self.creators: Sequence[str] = ()
        self.contributors: Sequence[str] = ()
        self.language: str | None = None
        self.rights: str | None = None

    def extend_rss(self, item: Any) -> Any:
        """Write them."""
        for name, texts in (("creator", self.creators), ("contributor", self.contributors)):
            for text in texts:
                etree.SubElement(item, f"{{{NAMESPACE}}}{name}").text = text
        if self.language is not None:
            etree.SubElement(item, f"{{{NAMESPACE}}}language").text = self.language
        if self.rights is not None:
            add_plain(item, f"{{{NAMESPACE}}}rights", self.rights)
        return item
