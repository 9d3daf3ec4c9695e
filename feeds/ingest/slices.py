"""A feed's bytes -> the bytes of each of its entries, as they stand there.

What today's parser leaves out can be read tomorrow: an entry's own bytes are
kept beside what was made of them.
"""

import re
from xml.parsers import expat

from feeds.ingest.encodings import narrowed

_NAMES = frozenset(("item", "entry"))
_TAG = re.compile(rb"<(?:(?P<skipped>!--|!\[CDATA\[|\?)|(?P<name>(?:[\w.-]+:)?(?:item|entry))(?=[\s>/]))")
_HEAD_ENDS = re.compile(rb"[<>]")
_ENDS = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}
MOST = 2**20
"""Bytes kept of one entry of a feed; of a longer one the beginning."""


def entry_bytes(body: bytes, count: int) -> list[bytes] | None:
    """Return the bytes of the *count* entries of a feed, or None where they cannot be told apart.

    A document in UTF-16 or UTF-32 is given in UTF-8.
    """
    narrow = narrowed(body)
    for way in (_by_expat, _by_pattern):
        found = way(narrow)
        if found is not None and len(found) == count:
            return found
    return None


def _by_expat(body: bytes) -> list[bytes] | None:
    """Return the entries of a well-formed feed, by the parser's own byte positions."""
    if b"<!ENTITY" in body:
        return None
    starts: list[int] = []
    found: list[bytes] = []
    open_names: list[str] = []
    parser = expat.ParserCreate()

    def opened(name: str, _: object) -> None:
        if name.rpartition(":")[2] in _NAMES:
            if not open_names:
                starts.append(parser.CurrentByteIndex)
            open_names.append(name)

    def closed(name: str) -> None:
        if open_names and open_names[-1] == name:
            open_names.pop()
            if not open_names:
                end = body.find(b">", parser.CurrentByteIndex) + 1
                found.append(body[starts[-1] : end])

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        return None
    return found


def _by_pattern(body: bytes) -> list[bytes]:
    """Return the entries of an ill-formed feed, by their tags."""
    return [body[start:end] for start, end in entry_spans(body)]


def entry_spans(body: bytes) -> list[tuple[int, int]]:
    """Return where each entry of a feed, also of an ill-formed one, begins and ends, by their tags.

    Linear: a mark that has no end is looked for once, whatever comes behind it.
    """
    found: list[tuple[int, int]] = []
    endless: set[bytes] = set()
    at = 0
    while match := _TAG.search(body, at):
        at = match.end()
        if skipped := match["skipped"]:
            mark = _ENDS[skipped]
            if mark not in endless:
                end = body.find(mark, at)
                at = end + len(mark) if end >= 0 else at
                endless |= {mark} if end < 0 else set()
            continue
        head = _HEAD_ENDS.search(body, at)
        if head and head.group() == b">" and body[head.start() - 1 : head.start()] == b"/":
            found.append((match.start(), head.end()))
            at = head.end()
            continue
        name = match["name"]
        if name in endless:
            continue
        closing = re.compile(rb"</" + re.escape(name) + rb"\s*>").search(body, at)
        if closing is None:
            endless.add(name)
            continue
        found.append((match.start(), closing.end()))
        at = closing.end()
    return found
