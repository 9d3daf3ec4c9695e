"""Texts of one source's pages -> what recurs at their edges, and a text without it. Pure.

A line that stands at the edge of three articles is not of a fourth. The three keep it: they are
what is known, and what is kept is never changed. Nothing else is remembered anywhere.
"""

import re

import lxml.html

from feeds.ingest.pages.trims import count
from feeds.ingest.text.plain import to_text
from feeds.model import SafeHtml

LEAST = 3
"""Articles that must have a line before the next is taken not to."""
_TOP, _END = 2, 6
"""Paragraphs from the beginning, and from the end, that can be recurring ones."""
_FEWEST, _LONGEST = 4, 80
"""Words of such a line: what is shorter is as likely a heading, what is longer a text."""
_LEFT = 3
"""Paragraphs in the middle that are never looked at."""


def edges(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text that could be those of every article of its source."""
    blocks = text.split("\n\n")
    room = max(0, len(blocks) - _LEFT)
    end = min(_END, room)
    top = min(_TOP, room - end)
    found = [*blocks[:top], *(blocks[-end:] if end else ())]
    return tuple(dict.fromkeys(one for one in found if _FEWEST <= count(one) <= _LONGEST))


def has(text: str, line: str) -> bool:
    """Say whether a text has a paragraph."""
    return line in text.split("\n\n")


def without(html: SafeHtml, lines: frozenset[str]) -> tuple[SafeHtml, str]:
    """Return HTML and its text without these paragraphs; as they are where they cannot be told apart."""
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    wanted = {_bare(one) for one in lines}
    for block in root.xpath(".//p | .//h1 | .//h2 | .//h3 | .//h4 | .//blockquote | .//div | .//ul"):
        if block.getparent() is not None and _bare("".join(block.itertext())) in wanted:
            block.drop_tree()
    inner = lxml.html.tostring(root, encoding="unicode").removeprefix("<div>").removesuffix("</div>").strip()
    # Nothing is added to what was sanitised, so that it stays so.
    left = SafeHtml(inner)
    return left, to_text(left)


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)
