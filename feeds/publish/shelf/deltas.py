"""A feed document -> marks of its entries; a document and what a reader has -> only what is new (RFC 3229). Pure.

Entries are told by what they hold: one that changed is another one. Tombstones are
always sent: they are few, and a reader that missed one would keep what was taken back.
"""

import functools
import hashlib
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

MARK = 8
"""Bytes of a mark: among ten thousand entries two are alike once in a hundred billion feeds."""
VERSIONS = 32
"""Versions of a document of which the marks are kept: a reader that was away for longer gets all of it."""
_DECLARED = re.compile(rb' xmlns:?\w*="[^"]*"')
_ENTRIES = ("item", "{http://www.w3.org/2005/Atom}entry")


def has_entries(path: str) -> bool:
    """Say whether the document at *path* can be sent without the entries that a reader has."""
    return path.endswith(("/rss.xml", "/atom.xml"))


def marks_of(body: bytes) -> frozenset[bytes]:
    """Return a mark for each entry of a document."""
    return frozenset(_mark(entry) for entry in _entries(_read(body)))


@functools.lru_cache(16)
def delta(body: bytes, known: frozenset[bytes]) -> bytes | None:
    """Return the document without the entries that are *known*; None where it has none of them."""
    root = _read(body)
    left_out = 0
    for entry in list(_entries(root)):
        if _mark(entry) in known:
            entry.getparent().remove(entry)
            left_out += 1
    if not left_out:
        return None
    return bytes(etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8"))


def _read(body: bytes) -> Any:
    """Return the root of a document; an empty one for what is no document (a disk may have rotted it)."""
    try:
        return etree.fromstring(
            body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )
    except etree.XMLSyntaxError:
        return etree.Element("none")


def _entries(root: Any) -> Iterator[Any]:
    parent = root.find("channel") if root.tag == "rss" else root
    return parent.iterchildren(*_ENTRIES) if parent is not None else iter(())


def _mark(entry: Any) -> bytes:
    """Return the mark of an entry, whatever vocabularies the others beside it use: they are declared for all."""
    tag, end, rest = etree.tostring(entry, with_tail=False).partition(b">")
    return hashlib.sha256(_DECLARED.sub(b"", tag) + end + rest).digest()[:MARK]
