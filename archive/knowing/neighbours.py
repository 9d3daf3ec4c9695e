"""Entries of one name and the articles under it -> the pairs that are worth comparing.

A document may hold thousands of entries under one guid. To compare each with each
would hold the one thread that keeps for minutes, and all other sources with it.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from itertools import islice

from archive.cards import Card
from archive.knowing.recall import Recall
from archive.record.draft import Sighting

FEW = 24
"""Articles up to which each is compared with each."""
PAIRS = 2000
"""Pairs up to which that holds."""
MANY = 2000
"""Articles of one name whose texts are read; of more, the newest."""
NEAR = 6
"""Articles that an entry is compared with, by each sign, where there are many."""
RARE = 16
"""Articles that may have a word for it to say anything."""


def worth_comparing(
    sightings: Mapping[int, Sighting],
    cards: Sequence[Card],
    taken: Container[str],
    found: Collection[int],
    recall: Recall,
) -> Iterator[tuple[int, Card]]:
    """Yield numbers of *sightings* with articles that they may be: those of the same content first.

    taken, found   articles given away and sightings that have theirs; both grow
                   while this is asked, and what is in them is not offered again
    """
    by_content: dict[str, deque[Card]] = defaultdict(deque)
    for card in cards:
        by_content[card.content_sha256].append(card)
    for number, sighting in sightings.items():
        same = by_content.get(sighting.content_sha256, deque())
        while same and same[0].id in taken:
            same.popleft()
        for card in [*islice(same, NEAR)]:
            if number not in found and card.id not in taken:
                yield number, card
    left = [number for number in sightings if number not in found]
    free = [card for card in cards if card.id not in taken] if left else []
    if len(free) <= FEW and len(left) * len(free) <= PAIRS:
        yield from ((number, card) for number in left for card in free)
        return
    index = _Index(free[-MANY:], recall)
    for number in left:
        yield from ((number, card) for card in index.nearest(sightings[number]))


class _Index:
    """Many articles by their titles and their rarer words."""

    def __init__(self, cards: Sequence[Card], recall: Recall) -> None:
        self._cards = cards
        self._titles: dict[str, list[int]] = defaultdict(list)
        self._words: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, card in enumerate(cards):
            self._titles[card.title_key].append(number)
            for word in recall.sketch(card.id).single:
                self._words[word].append(number)

    def nearest(self, sighting: Sighting) -> list[Card]:
        """Return the articles with its title, those with most of its rarer words, and the first."""
        shared: Counter[int] = Counter()
        for word in sighting.sketch.single:
            with_it = self._words.get(word, ())
            if len(with_it) <= RARE:
                shared.update(with_it)
        named = self._titles.get(sighting.title_key, [])[:NEAR] if sighting.title_key else []
        numbers = [*named, *(number for number, _ in shared.most_common(NEAR)), 0]
        return [self._cards[number] for number in dict.fromkeys(numbers)]
