"""GeoRSS Simple: where an entry's story was."""

from collections.abc import Sequence
from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.publish.formats.generator.values import Place

NAMESPACE: Final = "http://www.georss.org/georss"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The namespace of the entries' elements, where any has one."""

    def __init__(self) -> None:
        self.used = False

    def extend_ns(self) -> dict[str, str]:
        """Declare it."""
        return {"georss": NAMESPACE} if self.used else {}


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """An entry's places, in RSS and in Atom alike."""

    def __init__(self) -> None:
        self.places: Sequence[Place] = ()

    def extend_rss(self, item: Any) -> Any:
        """Write them."""
        for place in self.places:
            etree.SubElement(item, f"{{{NAMESPACE}}}{place.shape}").text = " ".join(place.numbers)
        return item

    def extend_atom(self, entry: Any) -> Any:
        """Write the same."""
        return self.extend_rss(entry)
