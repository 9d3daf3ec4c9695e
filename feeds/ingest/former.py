"""Entry -> the same as earlier versions of newsweir read it, so that nothing kept is taken for new.

They left it to feedparser to join addresses and to write HTML anew; the digest of
an entry counted over what came of that, and so did its guid.
"""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin

from feedparser.urls import resolve_relative_uris

from feeds.ingest.text.clean import verbatim
from feeds.model import Entry

_TYPES = ("text/html", "application/xhtml+xml")


def former_guid(entry: Entry) -> str | None:
    """Return the guid under which it was kept, where that is another: joined to the feed's address."""
    if entry.guid is None or entry.counted_from is None:
        return None
    try:
        guid = verbatim(urljoin(entry.counted_from, entry.guid))
    except ValueError:
        return None
    return guid if guid != entry.guid else None


def formerly(entry: Entry) -> Iterator[Entry]:
    """Yield the entry with its HTML as it was once written anew; of each type, since that is not kept."""
    if entry.html is None or entry.counted_from is None:
        return
    for kind in _TYPES:
        html = resolve_relative_uris(entry.html, entry.counted_from, "utf-8", kind)
        if html != entry.html:
            yield replace(entry, html=html)
