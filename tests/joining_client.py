"""A subscriber who was away: walks from a topic's feed back through its archive and joins all by id.

It knows the formats and RFC 5005, and nothing of ours.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
Get = Callable[[str], bytes]


@dataclass(frozen=True)
class Document:
    """What one document says.

    items     id -> (updated, title); without a date of its own `updated` is empty
    is_page   it says that it is archived, and so never changes
    """

    items: dict[str, tuple[str, str]]
    gone: set[str]
    earlier: str | None
    is_page: bool


def read(body: bytes) -> Document:
    """Read one document of any of the three formats."""
    if body.startswith(b"{"):
        feed = json.loads(body)
        ours = feed["_newsweir"]
        items = {one["id"]: (one["_newsweir"]["updated"], one["title"]) for one in feed["items"]}
        gone = {one["id"] for one in ours.get("deleted", ())}
        return Document(items, gone, feed.get("next_url"), "archive" in ours)
    root = etree.fromstring(body)
    top = root.find("channel") if root.tag == "rss" else root
    items = {
        one.findtext("guid") or one.findtext(f"{ATOM}id"): (
            one.findtext(f"{ATOM}updated") or "",
            one.findtext("title") or one.findtext(f"{ATOM}title"),
        )
        for one in top.findall("item") + top.findall(f"{ATOM}entry")
    }
    links = {link.get("rel"): link.get("href") for link in top.findall(f"{ATOM}link")}
    gone = {one.get("ref") for one in top.findall(TOMBSTONE)}
    return Document(items, gone, links.get("prev-archive"), top.find(ARCHIVE) is not None)


def documents(url: str, get: Get) -> Iterator[Document]:
    """Yield the current document and then every archived one, the newest first."""
    following: str | None = url
    seen = set()
    while following is not None:
        assert following not in seen, f"{following} leads back to itself"
        seen.add(following)
        document = read(get(following))
        assert document.is_page == (following != url)
        yield document
        following = document.earlier


def joined(url: str, get: Get) -> dict[str, str]:
    """Return id -> title of all that the topic publishes.

    The newest `updated` wins; of equals, and where a format has none (RSS), the
    document that comes first on the way back. Tombstones remove.
    """
    found: dict[str, tuple[str, str]] = {}
    gone: set[str] = set()
    for document in documents(url, get):
        gone |= document.gone
        for key, (updated, title) in document.items.items():
            if key not in found or updated > found[key][0]:
                found[key] = (updated, title)
    return {key: title for key, (_, title) in found.items() if key not in gone}
