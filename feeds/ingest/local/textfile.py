"""A scraped page as plain text -> title and paragraphs, without the page's own words round them."""

from dataclasses import dataclass

from archive.text.words import plain
from feeds.ingest.text.clean import paragraphs

_TITLE_WORDS = 30
_LOOK_AHEAD = 12
_CHROME_WORDS = 6

_ON_TOP = frozenset((
    "select page", "skip to content", "skip to main content", "skip to navigation", "skip navigation",
    "menu", "main menu", "toggle navigation", "toggle menu", "navigation", "search", "home", "close",
    "sign in", "log in", "login", "subscribe", "advertisement", "share", "share this", "print", "e mail",
    "email", "breaking news", "news", "you are here",
))  # fmt: skip
_AT_END = frozenset((
    "about the author", "about the authors", "about author", "related articles", "related posts",
    "related stories", "related", "related content", "share this", "share", "share this article", "tags",
    "comments", "leave a comment", "leave a reply", "no comments", "post a comment", "add a comment",
    "advertisement", "read more", "next", "previous", "next article", "previous article", "subscribe",
    "newsletter", "print", "back to top", "copyright", "all rights reserved", "more from this author",
    "you may also like", "trending", "most read", "most popular", "sign up", "follow us",
))  # fmt: skip
"""Lines that belong to a page and not to its article. Only whole lines count, and only
at the top or the end: within the text the same words may be the author's."""


@dataclass(frozen=True, slots=True)
class PlainArticle:
    """What a text file holds.

    text   paragraphs parted by one empty line
    """

    title: str | None
    text: str


def read_plain(text: str) -> PlainArticle:
    """Return the article in *text*.

    A line that stands twice on top is the title (scraped pages carry it in the
    crumb and the heading), and what stands before it is the page's. Else the
    first line is, if it is short enough for one.
    """
    blocks = [line for block in paragraphs(text).split("\n\n") if block for line in _lines(block)]
    blocks = _without_end(blocks)
    doubled = _doubled(blocks)
    if doubled is not None:
        first, rest = doubled
        return PlainArticle(blocks[first], "\n\n".join(blocks[rest:]))
    start = 0
    while start < len(blocks) - 1 and plain(blocks[start]) in _ON_TOP:
        start += 1
    blocks = blocks[start:]
    if not blocks:
        return PlainArticle(None, "")
    if len(blocks[0].split()) <= _TITLE_WORDS and len(blocks) > 1:
        return PlainArticle(blocks[0], "\n\n".join(blocks[1:]))
    return PlainArticle(_beginning(blocks[0]), "\n\n".join(blocks))


def _lines(block: str) -> list[str]:
    """Return a block as paragraphs: short lines stand alone, wrapped ones belong together."""
    rows = block.split("\n")
    if len(rows) > 1 and all(len(row) >= 50 for row in rows[:-1]):
        return [" ".join(rows)]
    return rows


def _doubled(blocks: list[str]) -> tuple[int, int] | None:
    """Return where a line on top stands first, and where the text behind its last repetition begins."""
    for first in range(min(len(blocks) - 1, _LOOK_AHEAD)):
        key = plain(blocks[first])
        if not key or len(blocks[first].split()) > _TITLE_WORDS:
            continue
        rest = first + 1
        while rest < len(blocks) and plain(blocks[rest]) == key:
            rest += 1
        if rest > first + 1 and all(len(block.split()) <= _CHROME_WORDS for block in blocks[:first]):
            return first, rest
    return None


def _without_end(blocks: list[str]) -> list[str]:
    end = len(blocks)
    while end > 1 and plain(blocks[end - 1]) in _AT_END:
        end -= 1
    return blocks[:end]


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:12]) + ("\u2026" if len(words) > 12 else "")
