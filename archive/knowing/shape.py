"""A document's entries -> the keys by which it tells none of them apart."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from archive.keeping.showing import Company
from archive.record.draft import Mention


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
    def of(cls, document: Sequence[Mention], company: Company) -> "Shape":
        """Return the shape of what is looked at of a document: all that it shows counts, *company* too."""
        guids: dict[str, set[str]] = defaultdict(set)
        fragments: dict[str, set[str]] = defaultdict(set)
        loose: dict[str, set[str]] = defaultdict(set)
        for sighting in document:
            if sighting.url_key:
                guids[sighting.url_key].add(sighting.guid or "")
                fragments[sighting.url_key].add(sighting.fragment)
            if sighting.loose and sighting.guid:
                loose[sighting.loose].add(sighting.guid)
        for url_key, under in guids.items():
            for other in company.addressed(url_key):
                under.add(other.guid or "")
                fragments[url_key].add(other.fragment)
                if len(under) > 1 and len(fragments[url_key]) > 1:
                    break
        for key, under in loose.items():
            others = (other.guid for other in company.loosely(key) if other.guid)
            under.update(islice((guid for guid in others if guid not in under), 1))
        return cls(_twice(guids), _twice(fragments), _twice(loose))


def _twice(shown: dict[str, set[str]]) -> frozenset[str]:
    return frozenset(key for key, under in shown.items() if len(under) > 1)
