"""An archive and drafts of one source -> the drafts without what its pages have in common."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import msgspec

from archive import Archive, Draft, Run
from archive.text.words import spelled
from feeds.ingest.pages import recurring
from feeds.model import SafeHtml

_MOST_WORDS = 12
"""Words of a line by which the index is asked; the whole line is compared."""
_MOST_ASKED = 100
"""Articles that are looked at for one line."""


def unburdened(archive: Archive, drafts: Sequence[Draft]) -> list[Draft]:
    """Return drafts without the lines that recur at the edges of their source's pages.

    What recurs is found in the archive alone, by its own index: so it is the same for the
    same archive. An index that is behind finds less, and then a line stays.
    """
    if any(one.paged for one in drafts):
        archive.feed_search()
    known: dict[str, tuple[int, set[str]]] = {}
    before: Counter[str] = Counter()
    found: list[Draft] = []
    for draft in drafts:
        lines = recurring.edges(draft.content.content_text) if draft.paged else ()
        dropped: set[str] = set()
        for line in lines:
            if line not in known:
                known[line] = _kept_with(archive, draft.origin.source.key, line)
            times, names = known[line]
            if (
                names.isdisjoint(_names(draft.origin.source.guid, draft.content.url))
                and times + before[line] >= recurring.LEAST
            ):
                dropped.add(line)
        before.update(one for one in lines if one not in dropped)
        found.append(_without(draft, frozenset(dropped)) if dropped else draft)
    return found


def _kept_with(archive: Archive, source: str, line: str) -> tuple[int, set[str]]:
    """Return how many articles of a source were kept with a line, and what these are called."""
    words = tuple(spelled(line)[:_MOST_WORDS])
    times, names = 0, set[str]()
    for article in islice(archive.candidates(Run(words)), _MOST_ASKED) if words else ():
        if article.archive.source.key == source and recurring.has(article.content_text, line):
            times += 1
            names |= _names(article.archive.source.guid, article.url)
    return times, names


def _names(guid: str | None, url: str | None) -> set[str]:
    return {one for one in (guid, url) if one}


def _without(draft: Draft, lines: frozenset[str]) -> Draft:
    html, text = recurring.without(SafeHtml(draft.content.content_html or ""), lines)
    extract = draft.origin.extract
    if extract is not None:
        extract = msgspec.structs.replace(extract, words=len(text.split()))
    return replace(
        draft,
        content=msgspec.structs.replace(draft.content, content_html=html or None, content_text=text),
        origin=msgspec.structs.replace(draft.origin, extract=extract),
    )
