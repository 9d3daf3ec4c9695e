"""A feed's text and its page's -> which of both is kept. Pure.

The rules, in their order:
1. Where one has no text, the other.
2. A page that speaks of something else is not the article's: neither the entry's title, if
   it has words enough, nor its text has half of its words there.
3. Of a page behind a paywall no more than a text that goes on where the feed's breaks off.
4. A feed's text that is said to be whole, and is, gives way only to one that holds it all.
5. Otherwise the longer one; where both are as long, the feed's.
"""

import re

from feeds.ingest.pages.trims import count

_ALIKE = 0.5
_ALL = 0.9
_FEWEST = 4
"""Words by which two texts can be compared."""
_GRAM = 3


def is_pages(
    own: str, page: str, titles: tuple[str | None, str | None], *, whole: bool, walled: bool
) -> bool:
    """Say whether the page's text is to be kept.

    titles   the entry's, the page's
    whole    the feed calls its text the whole one, and it does not break off
    walled   the page shows only the beginning
    """
    if not page.strip() or not own.strip():
        return bool(page.strip())
    if not _speaks_of(own, page, titles):
        return False
    if walled or whole:
        return count(page) > count(own) and _held(own, page) >= _ALL
    return count(page) > count(own)


def _speaks_of(own: str, page: str, titles: tuple[str | None, str | None]) -> bool:
    """Say whether a page is about what the entry is about; of a short title that cannot be told, and it is believed."""
    there = _words(f"{titles[1] or ''} {page}")
    asked = [_words(titles[0] or ""), _words(own)]
    return len(asked[0]) < _FEWEST or any(
        len(words & there) >= _ALIKE * len(words) for words in asked if words
    )


def _held(own: str, page: str) -> float:
    """Return how much of a text stands in another, by runs of words."""
    had, there = _runs(own), _runs(page)
    return len(had & there) / len(had) if had else 1.0


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _listed(text)
    return {tuple(words[at : at + _GRAM]) for at in range(max(1, len(words) - _GRAM + 1))}


def _words(text: str) -> set[str]:
    return {word for word in _listed(text) if len(word) > 3 or word > "\u2e7f"}


def _listed(text: str) -> list[str]:
    """Return words in small letters; of scripts that do not part words, signs."""
    return re.findall(r"[\u2e80-\u9fff\uac00-\ud7af]|[^\W\u2e80-\u9fff\uac00-\ud7af]+", text.casefold())
