"""Text -> fingerprints, and how much of one text stands in another."""

from archive.words import words

SHINGLE = 3
"""Words in one shingle. Three, since the texts compared here are often teasers
of twenty words, in which one edit would break most of the longer shingles."""


def shingles(text: str, size: int = SHINGLE) -> frozenset[tuple[str, ...]]:
    """Return the runs of *size* words in *text*; of a shorter text its single words."""
    all_words = [word.text for word in words(text)]
    if len(all_words) < size:
        return frozenset((word,) for word in all_words)
    return frozenset(tuple(all_words[at : at + size]) for at in range(len(all_words) - size + 1))


def similarity(one: str, other: str) -> float:
    """Return how much of the shorter text stands in the longer, 0 to 1.

    An empty text stands in every text: it says nothing against being the same.
    """
    size = SHINGLE
    if min(len(one.split()), len(other.split())) < SHINGLE * 2:
        size = 1
    left, right = shingles(one, size), shingles(other, size)
    if not left or not right:
        return 1.0
    return len(left & right) / min(len(left), len(right))
