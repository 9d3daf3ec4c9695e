"""Text of any origin -> the same without traces of a mistaken encoding and of its direction, for feeds.

What a source garbled stands in the archive as it came. In a feed a character that was
lost is a question mark, text that was encoded twice is read twice, and plain text turns
no other around.
"""

import re
from html import unescape
from typing import Final

from feeds.ingest.text.clean import carried, line
from feeds.publish.text.direction import balanced

_LOST: Final = "\ufffd"
_PIECE = re.compile(r"[^<>&\n\"]+")


def legible(text: str) -> str:
    """Return plain text as it was meant."""
    return text if text.isascii() else decoded(balanced(text))


def worded(text: str | None) -> str | None:
    """Return plain text as it was meant, on one line; None where nothing is left."""
    found = line(text)
    return legible(found).strip() or None if found else None


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
    return worded(text)
