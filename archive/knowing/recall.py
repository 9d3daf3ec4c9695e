"""A view -> the same view, each question asked once: a document asks the same of many entries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from archive.cards import Card, Named
from archive.knowing import naming
from archive.ports import Lookups
from archive.text.sketch import Sketch


class View(Lookups, Protocol):
    """The catalog, and what it cannot tell: the text of an article's newest revision."""

    def text(self, article: str) -> str:
        """Return the text of the newest revision."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known under one address.

    crowded     sources that showed it for two articles: to them it tells nothing
    fragments   what stands behind each `#`, where some source showed two; else all under None
    """

    crowded: frozenset[str]
    fragments: dict[str | None, list[Named]]

    @classmethod
    def of(cls, names: Sequence[Named], *, by_fragment: bool) -> "Place":
        """Return the place at which *names* stand."""
        pairs = {(name.source, name.article) for name in names if name.guid}
        count = Counter(source for source, _ in pairs)
        sources = {name.source for name in names}
        parted = by_fragment or len({(name.source, name.fragment) for name in names}) > len(sources)
        fragments: dict[str | None, list[Named]] = defaultdict(list)
        for name in names:
            fragments[name.fragment if parted else None].append(name)
        return cls(frozenset(source for source, articles in count.items() if articles > 1), dict(fragments))

    def at(self, fragment: str) -> list[Named]:
        """Return what stands at a fragment of the address."""
        found = self.fragments.get(None)
        return found if found is not None else self.fragments.get(fragment, [])


class Recall:
    """What is known, while one document is looked at: nothing may be added meanwhile."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._sketches: dict[str, Sketch] = {}
        self._cards: dict[str, Card | None] = {}
        self._names: dict[str, list[Named]] = {}
        self._called: dict[str, list[Named]] = {}
        self._places: dict[tuple[str, bool], Place] = {}

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        if article not in self._cards:
            self._cards[article] = self.view.card(article)
        return self._cards[article]

    def names_of(self, article: str) -> list[Named]:
        """Return every name by which sources called *article*."""
        if article not in self._names:
            self._names[article] = self.view.names_of(article)
        return self._names[article]

    def look_up(self, keys: Iterable[str]) -> None:
        """Ask at once for what goes by many names: each is answered from here then."""
        if new := {key for key in keys if key not in self._called}:
            found = self.view.called(new)
            self._called |= {key: found.get(key, []) for key in new}

    def called(self, key: str) -> list[Named]:
        """Return what goes by a name, by its key (see archive.naming)."""
        self.look_up((key,))
        return self._called[key]

    def whole(self, article: str) -> str:
        """Return the article that *article* counts as."""
        return self.view.whole(article)

    def is_merged(self, article: str) -> bool:
        """Say whether an editor made *article* one with others."""
        return len(self.view.members(article)) > 1

    def place(self, url_key: str, *, by_fragment: bool) -> Place:
        """Return what any source showed under this address."""
        key = (url_key, by_fragment)
        if key not in self._places:
            self._places[key] = Place.of(self.called(naming.address(url_key)), by_fragment=by_fragment)
        return self._places[key]

    def sketch(self, article: str) -> Sketch:
        """Return the text of the newest revision, ready to be compared."""
        if article not in self._sketches:
            self._sketches[article] = Sketch.of(self.view.text(article))
        return self._sketches[article]
