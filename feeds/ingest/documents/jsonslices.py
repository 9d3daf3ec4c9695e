"""The bytes of a JSON Feed -> where each of its items stands in them, also where it breaks off.

Read as a whole, JSON of nothing but brackets takes a hundred times its room. So a large
one is read item by item; and of one that was cut the items that stand whole are there.
"""

import re
from dataclasses import dataclass

from feeds.ingest.documents.slices import Span
from feeds.model import MOST_ENTRIES

_MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]]', re.DOTALL)
_LIST = re.compile(rb"\s*:\s*\[")
_KEY = b'"items"'
MOST_VALUES = 200_000
"""Values of one piece that is read as a whole; each takes up to a hundred bytes."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the items of a feed stand.

    begin, end   of the list of items, without its brackets
    spans        of the first of them; `count` is of all
    whole        the list comes to its end
    """

    begin: int
    end: int
    spans: list[Span]
    count: int
    whole: bool


def outline(body: bytes) -> Outline | None:
    """Return where the items stand, or None where there is no list of them."""
    depth = 0
    for mark in _MARK.finditer(body):
        sign = mark[0]
        if sign in {b"{", b"["}:
            depth += 1
        elif sign in {b"}", b"]"}:
            depth -= 1
        elif depth == 1 and sign == _KEY and (opening := _LIST.match(body, mark.end())):
            return _items(body, opening.end())
    return None


def _items(body: bytes, begin: int) -> Outline:
    """Return the items of the list that begins there."""
    spans: list[Span] = []
    depth = start = count = 0
    end, is_whole = begin, False
    for mark in _MARK.finditer(body, begin):
        sign = mark[0]
        if sign in {b"{", b"["}:
            start = mark.start() if not depth else start
            depth += 1
        elif sign in {b"}", b"]"}:
            depth -= 1
            if depth < 0:
                end, is_whole = mark.start(), True
                break
            if not depth and body[start] == 0x7B:
                count += 1
                end = mark.end()
                if count <= MOST_ENTRIES:
                    spans.append((start, end))
    return Outline(begin, end, spans, count, is_whole)


def is_dense(piece: bytes) -> bool:
    """Say whether there are more values in a piece of JSON than are read at once."""
    return sum(map(piece.count, (b",", b"[", b"{"))) > MOST_VALUES
