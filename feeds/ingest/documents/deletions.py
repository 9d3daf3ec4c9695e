"""A feed's bytes -> the entries that it says are no more (RFC 6721)."""

import io

from lxml import etree

from feeds.ingest.text.clean import verbatim
from feeds.ingest.text.dates import read_date
from feeds.model import MOST_ENTRIES, Deleted

_NAMESPACE = "http://purl.org/atompub/tombstones/1.0"


def deleted_entries(body: bytes) -> tuple[Deleted, ...]:
    """Return what the `at:deleted-entry` elements of a feed name; nothing, where none can be read."""
    if _NAMESPACE.encode() not in body:
        return ()
    found: dict[str, Deleted] = {}
    elements = etree.iterparse(
        io.BytesIO(body),
        events=("end",),
        tag=f"{{{_NAMESPACE}}}deleted-entry",
        recover=True,
        resolve_entities=False,
        no_network=True,
    )
    try:
        for _, element in elements:
            guid = verbatim(element.get("ref"))
            if guid and len(found) < MOST_ENTRIES:
                found[guid] = Deleted(guid, read_date(element.get("when")))
            element.clear()
    except etree.XMLSyntaxError:
        pass  # What stands before the fault counts; the entries are read by other means.
    return tuple(found.values())
