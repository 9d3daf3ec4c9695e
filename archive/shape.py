"""A document's entries -> the keys by which it tells none of them apart."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from archive.draft import Mention


@dataclass(frozen=True, slots=True)
class Shape:
    """What a document shows of itself: keys by which it tells no entries apart.

    addresses   url keys that stand under two names
    fragments   url keys that stand with two fragments
    loose       loose guids that stand for two guids
    """

    addresses: frozenset[str]
    fragments: frozenset[str]
    loose: frozenset[str]

    @classmethod
    def of(cls, document: Sequence[Mention]) -> "Shape":
        """Return the shape of *document*."""
        guids: dict[str, set[str]] = defaultdict(set)
        fragments: dict[str, set[str]] = defaultdict(set)
        loose: dict[str, set[str]] = defaultdict(set)
        for sighting in document:
            if sighting.url_key:
                guids[sighting.url_key].add(sighting.guid or "")
                fragments[sighting.url_key].add(sighting.fragment)
            if sighting.loose and sighting.guid:
                loose[sighting.loose].add(sighting.guid)
        return cls(_twice(guids), _twice(fragments), _twice(loose))


def _twice(shown: dict[str, set[str]]) -> frozenset[str]:
    return frozenset(key for key, under in shown.items() if len(under) > 1)
