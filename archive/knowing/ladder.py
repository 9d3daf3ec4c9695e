"""A document's sightings + what is known -> which article each one is.

The ladder, first hit wins: (1) guid of the same source, (2) the guid but for
scheme, host and `#n`, (3) the address, (4) without a guid: title and date in the
same source, (5) the same words on the same site within 14 days. A local file:
its path, else its bytes; in a list of several without names, what each says. An
entry with neither guid nor an address of its own: what it says, whole, before
all these.

Every rung is guarded, since a wrong union loses an article and a wrong parting
can be mended later by hand: two entries of one document are never one article
unless name and content are equal, and what a rung finds must be borne out by
title and text (see evidence). (A global address key without guards made one
article of 123 of 131 episodes of a real podcast.)

Articles that were merged by hand are looked for one by one, by their own names
and words, and each may be taken once: two entries of one document can be one
article where an editor said so.

Pure: it reads what it is handed and decides; keeping is the store's.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from archive.cards import Card
from archive.keeping.showing import Company
from archive.knowing import identity, naming
from archive.knowing.evidence import ALIKE, SAME, Evidence
from archive.knowing.mentions import Taken
from archive.knowing.neighbours import worth_comparing
from archive.knowing.recall import Recall, View
from archive.knowing.rungs import RUNGS, Rung
from archive.knowing.shape import Shape
from archive.record.draft import Sighting


@dataclass(frozen=True, slots=True)
class Finding:
    """Which article a sighting is.

    article   its id, or None for one never seen
    member    the article under whose name it was found, where that was merged into it
    twin      the place in the document of an earlier entry that says the very same
    """

    article: str | None = None
    member: str | None = None
    twin: int | None = None


def find(document: Sequence[Sighting], company: Company, shape: Shape, view: View) -> list[Finding]:
    """Return for every sighting of one document which article it is.

    Rung by rung over the whole document, the closest first, so that no entry
    takes by a weak sign what another claims by a strong one.

    company   the document's other entries, which keep what they are
    shape     of all of them
    """
    recall = Recall(view)
    taken = Taken(company, recall)
    twins = _twins(document)
    open_ = {number: sighting for number, sighting in enumerate(document) if number not in twins}
    search = _Search(open_, Evidence(recall), recall, taken)
    for rung in RUNGS:
        search.climb(rung, shape)
    if company:
        search.found.update(_twins_of_unchanged(search.left(), taken, recall))
    return [_finding(search.found.get(number), twins.get(number), recall) for number in range(len(document))]


def _finding(found: str | None, twin: int | None, recall: Recall) -> Finding:
    return Finding(recall.whole(found) if found else None, found, twin)


@dataclass(frozen=True, slots=True)
class _Search:
    """What was found so far, rung by rung; the one thing here that changes."""

    document: dict[int, Sighting]
    evidence: Evidence
    recall: Recall
    taken: Taken
    found: dict[int, str] = field(default_factory=dict)

    def left(self) -> dict[int, Sighting]:
        """Return the sightings that were not found yet, by their places in the document."""
        return {number: one for number, one in self.document.items() if number not in self.found}

    def climb(self, rung: Rung, shape: Shape) -> None:
        """Look for what is left on one rung; the closest claim takes first."""
        groups: dict[Hashable, dict[int, Sighting]] = defaultdict(dict)
        for number, sighting in self.left().items():
            groups[rung.key(sighting, shape)][number] = sighting
        groups.pop(None, None)
        if rung.name is not None:
            self.recall.look_up(map(rung.name, groups))
        claims: list[tuple[float, int, str]] = []
        for key, sightings in groups.items():
            known = (self.recall.card(article) for article in dict.fromkeys(rung.look(key, self.recall)))
            cards = [card for card in known if card is not None]
            if not cards:
                continue
            for number, card in worth_comparing(sightings, cards, self.taken, self.found, self.recall):
                closeness = self._closeness(rung, sightings[number], card)
                if closeness >= SAME:
                    self._take(number, card.id)
                elif closeness >= ALIKE:
                    claims.append((-closeness, number, card.id))
        for _, number, article in sorted(claims):
            self._take(number, article)

    def _closeness(self, rung: Rung, sighting: Sighting, card: Card) -> float:
        """Return how sure it is; what was merged may be told by what it counts as, too."""
        closeness = rung.judge(self.evidence, sighting, card)
        whole = self.recall.whole(card.id)
        merged = self.recall.card(whole) if whole != card.id else None
        return max(closeness, rung.judge(self.evidence, sighting, merged)) if merged else closeness

    def _take(self, number: int, article: str) -> None:
        if number not in self.found and article not in self.taken:
            self.found[number] = article
            self.taken.give(article)


def _twins_of_unchanged(sightings: dict[int, Sighting], taken: Taken, recall: Recall) -> dict[int, str]:
    """Return which entries repeat an unchanged one word for word under the same guid."""
    found: dict[int, str] = {}
    known: dict[tuple[str, str], dict[str, str]] = {}
    for number, sighting in sightings.items():
        if not sighting.guid:
            continue
        key = (sighting.source, sighting.guid)
        if key not in known:
            cards = (
                recall.card(name.article)
                for name in recall.called(naming.guid(*key))
                if taken.holds(name.article)
            )
            known[key] = {card.content_sha256: card.id for card in cards if card is not None}
        if sighting.content_sha256 in known[key]:
            found[number] = known[key][sighting.content_sha256]
    return found


def new_id(sighting: Sighting, shape: Shape, given: dict[str, int], is_taken: Callable[[str], bool]) -> str:
    """Return an id for an article never seen before.

    given   how many ids were tried for each key of this document; it is counted on
    """
    key = sighting.identity_key(shared_address=sighting.url_key in shape.fragments)
    number = given.get(key, 0) + 1
    while is_taken(article := identity.article_id(identity.numbered(key, number))):
        number += 1
    given[key] = number
    return article


def _twins(document: Sequence[Sighting]) -> dict[int, int]:
    """Return which entries repeat an earlier one word for word under the same name."""
    first: dict[tuple[str, str], int] = {}
    twins: dict[int, int] = {}
    for number, sighting in enumerate(document):
        earlier = first.setdefault((sighting.name, sighting.content_sha256), number)
        if earlier != number:
            twins[number] = earlier
    return twins
