"""Text -> fingerprints, and how much of one text stands in another."""

from dataclasses import dataclass
from functools import cached_property

from archive.text.words import spelled

SHINGLE = 3
"""Words in one shingle. Three, since the texts compared here are often teasers
of twenty words, in which one edit would break most of the longer shingles."""
SHORT = SHINGLE * 2
"""Words below which a text is compared word by word."""


@dataclass(frozen=True)
class Sketch:
    """A text made ready to be compared with many others."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Sketch":
        """Return the sketch of *text*."""
        return cls(tuple(spelled(text)))

    @cached_property
    def single(self) -> frozenset[tuple[str, ...]]:
        """Its words, each alone."""
        return frozenset((word,) for word in self.words)

    @cached_property
    def shingles(self) -> frozenset[tuple[str, ...]]:
        """Its runs of three words."""
        ends = range(SHINGLE, len(self.words) + 1)
        return frozenset(self.words[end - SHINGLE : end] for end in ends)


def similarity(one: Sketch, other: Sketch) -> float:
    """Return how much of the shorter text stands in the longer, 0 to 1.

    An empty text stands in every text: it says nothing against being the same.
    Whether that is enough is the caller's to say.
    """
    left, right = _sides(one, other)
    return len(left & right) / min(len(left), len(right)) if left and right else 1.0


def agreement(one: Sketch, other: Sketch) -> float:
    """Return how much of the longer text stands in the shorter, 0 to 1; of two empty ones nothing."""
    left, right = _sides(one, other)
    return len(left & right) / max(len(left), len(right)) if left and right else 0.0


def _sides(one: Sketch, other: Sketch) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    if min(len(one.words), len(other.words)) < SHORT:
        return one.single, other.single
    return one.shingles, other.shingles
