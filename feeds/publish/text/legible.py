"""Text of any origin -> the same without traces of a mistaken encoding and of its direction, for feeds.

What a source garbled stands in the archive as it came. In a feed a character that was
lost is a question mark, text that was encoded twice is read twice, and plain text turns
no other around.
"""

import re
from functools import lru_cache
from html import unescape
from typing import Final

from feeds.ingest.text.clean import carried, line
from feeds.publish.text.direction import balanced

_SHORT = 250
_LOST: Final = "\ufffd"
_MAIL_AND_NAME = re.compile(r"\s*[^\s()@]+@[^\s()@]+\s*\((.*[^\s()].*)\)\s*", re.DOTALL)
"""As RSS 2.0 writes an author, and as others then do elsewhere."""
_PIECE = re.compile(r"[^<>&\n\"]+")


def legible(text: str) -> str:
    """Return plain text as it was meant."""
    return text if text.isascii() else decoded(balanced(text))


def worded(text: str | None) -> str | None:
    """Return plain text as it was meant, on one line; None where nothing is left."""
    if not text:
        return None
    return _lately_worded(text) if len(text) <= _SHORT else _worded(text)


def _worded(text: str) -> str | None:
    found = line(text)
    return legible(found).strip() or None if found else None


_lately_worded = lru_cache(2000)(_worded)
"""Names, tags and titles are met many times: in each format, and from one article to the next."""


def decoded(text: str) -> str:
    """Return *text*, plain or HTML, in the letters that were meant."""
    if text.isascii():
        return text
    if _LOST in text:
        text = text.replace(_LOST, "?")
    return _PIECE.sub(_once, text) if "\u00c3" in text or "\u00c2" in text else text


def _once(match: re.Match[str]) -> str:
    """Return a piece of text that was encoded twice as it was before; any other as it is.

    In text that was encoded once some letter stands alone that could not be half of one.
    """
    piece = match[0]
    if piece.isascii():
        return piece
    try:
        return carried(piece.encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return piece


def bare_name(text: str | None) -> str | None:
    """Return a name alone: without markup, and without the e-mail address beside it."""
    if text is None:
        return None
    if "<" in text or "&" in text:
        text = unescape(re.sub(r"<[^<>]*>", " ", text))
    beside = _MAIL_AND_NAME.fullmatch(text)
    return worded(beside[1] if beside else text)
