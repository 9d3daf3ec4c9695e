"""Dublin Core's terms: what neither format has a word for that readers would believe."""

from datetime import datetime
from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feeds.times import rfc3339

NAMESPACE: Final = "http://purl.org/dc/terms/"


class FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """The namespace of the entries' elements, where any has one."""

    def __init__(self) -> None:
        self.used = False

    def extend_ns(self) -> dict[str, str]:
        """Declare it."""
        return {"dcterms": NAMESPACE} if self.used else {}


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """When an entry could first be read, in RSS and in Atom alike."""

    def __init__(self) -> None:
        self.available: datetime | None = None

    def extend_rss(self, item: Any) -> Any:
        """Write it."""
        if self.available is not None:
            etree.SubElement(item, f"{{{NAMESPACE}}}available").text = rfc3339(self.available)
        return item

    def extend_atom(self, entry: Any) -> Any:
        """Write the same."""
        return self.extend_rss(entry)
