"""One document as a source shows it now: what is to be kept of it, and who stands beside that.

A document of thousands of entries is kept a few at a time, and each time all the others
count: who stands beside an entry says what its name is worth, and keeps its own article to
itself. So they are gone through once, and found again by a few bytes for each of their names.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from archive.knowing import naming
from archive.record.draft import Draft, Mention


@dataclass(frozen=True, slots=True)
class Deletion:
    """A document's word that an entry of its source is no more (RFC 6721).

    at   when it was taken back
    """

    source: str
    guid: str
    at: str


def key_of(mention: Mention) -> str | None:
    """Return the key of a mention's name; None where it has none at all."""
    if mention.guid:
        return naming.guid(mention.source, mention.guid)
    if mention.is_nameless:
        return naming.digest(mention.source, mention.digest) if mention.digest else None
    return naming.address(mention.url_key or "")


class _Places:
    """Places in a document by a text, sixteen bytes each."""

    def __init__(self) -> None:
        self._numbers, self._places = array("q"), array("q")

    def add(self, text: str | None, place: int) -> None:
        if text is not None:
            self._numbers.append(hash(text))
            self._places.append(place)

    def sort(self) -> None:
        order = sorted(range(len(self._numbers)), key=self._numbers.__getitem__)
        self._numbers = array("q", map(self._numbers.__getitem__, order))
        self._places = array("q", map(self._places.__getitem__, order))

    def of(self, text: str) -> Iterator[int]:
        """Yield the places of a text, and by chance of another."""
        number = hash(text)
        at = bisect_left(self._numbers, number)
        while at < len(self._numbers) and self._numbers[at] == number:
            yield self._places[at]
            at += 1


@dataclass(frozen=True, slots=True)
class Company:
    """Entries of one document, by what they are called.

    mention   returns the one at a place, alike each time
    but       places of those that are left out: they are judged now
    """

    mention: Callable[[int], Mention]
    count: int
    but: range = range(0)
    _names: _Places = field(default_factory=_Places)
    _addresses: _Places = field(default_factory=_Places)
    _loose: _Places = field(default_factory=_Places)

    @classmethod
    def of(cls, count: int, mention: Callable[[int], Mention]) -> "Company":
        """Return so many entries, each gone through once."""
        company = cls(mention, count)
        for place in range(count):
            one = mention(place)
            company._names.add(key_of(one), place)
            company._addresses.add(one.url_key, place)
            company._loose.add(one.loose, place)
        for places in (company._names, company._addresses, company._loose):
            places.sort()
        return company

    def without(self, places: range) -> "Company":
        """Return the others than those at some places."""
        return replace(self, but=places)

    def __bool__(self) -> bool:
        return self.count > len(self.but)

    def called(self, key: str) -> Iterator[Mention]:
        """Yield those of a name, by its key."""
        return (one for one in self._at(self._names.of(key)) if key_of(one) == key)

    def addressed(self, url_key: str) -> Iterator[Mention]:
        """Yield those of an address."""
        return (one for one in self._at(self._addresses.of(url_key)) if one.url_key == url_key)

    def loosely(self, loose: str) -> Iterator[Mention]:
        """Yield those whose guids differ in scheme, host and `#n` alone."""
        return (one for one in self._at(self._loose.of(loose)) if one.loose == loose)

    def _at(self, places: Iterator[int]) -> Iterator[Mention]:
        return (self.mention(place) for place in places if place not in self.but)


@dataclass(frozen=True, slots=True)
class Showing:
    """One document as a source shows it now, or a slice of it.

    drafts      its new and changed entries
    unchanged   its other entries: they keep their articles to themselves
    deleted     entries that it says are no more
    """

    drafts: Sequence[Draft]
    unchanged: Sequence[Mention] | Company = ()
    deleted: Sequence[Deletion] = ()

    @property
    def company(self) -> Company:
        """The other entries, by what they are called."""
        others = self.unchanged
        return others if isinstance(others, Company) else Company.of(len(others), others.__getitem__)
