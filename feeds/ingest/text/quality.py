"""How much of an article a text seems to be: empty, teaser, partial, full."""

import re

from archive import Quality
from feeds.ingest.text.plain import to_text
from feeds.ingest.text.sanitize import sanitize
from feeds.model import Entry

TEASER_WORDS = 40
PARTIAL_WORDS = 150
"""A description shorter than this is taken for the beginning of its article."""

_CUT_OFF = re.compile(
    r"(?:\u2026|\.\.\.|\[(?:\u2026|\.\.\.|&hellip;)\]|\b(?:read more|continue reading|more)\s*(?:\u2026|\.\.\.|\u00bb|\u2192|>+)?)\s*\Z",
    re.IGNORECASE,
)


def of_text(text: str, *, complete: bool) -> Quality:
    """Return the quality of *text*.

    complete   its source calls it the whole text (content:encoded, atom:content,
               a local file), which holds unless it visibly breaks off
    """
    count = len(text.split())
    if count == 0:
        return "empty"
    cut_off = bool(_CUT_OFF.search(text[-80:]))
    if complete and not cut_off:
        return "full"
    if count < TEASER_WORDS:
        return "teaser"
    return "partial" if cut_off or count < PARTIAL_WORDS else "full"


def of_entry(entry: Entry) -> Quality:
    """Return the quality of an entry's own text."""
    text = entry.text if entry.text is not None else to_text(sanitize(entry.html or ""))
    return of_text(text, complete=entry.complete)
