"""A document's sightings + what is known -> which article each one is.

The ladder, first hit wins: (1) guid of the same source, (2) the guid but for
scheme, host and `#n`, (3) the address, (4) without a guid: title and date in the
same source, (5) the same words on the same site within 14 days. A local file:
its path, else its bytes. An entry with neither guid nor an address of its own:
what it says, whole, before all these.

Every rung is guarded, since a wrong union loses an article and a wrong parting
can be mended later by hand: two entries of one document are never one article
unless name and content are equal, and what a rung finds must be borne out by
title and text (see evidence). (A global address key without
guards made one article of 123 of 131 episodes of a real podcast.)

Pure: it reads what it is handed and decides; keeping is the store's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from archive import identity
from archive.draft import Mention, Sighting
from archive.evidence import ALIKE, SAME, Evidence, View
from archive.mentions import held
from archive.ports import Card, Named

COPY_DAYS = 14
COPY_WORDS = 80


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


@dataclass(frozen=True, slots=True)
class Finding:
    """Which article a sighting is.

    article   its id, or None for one never seen
    twin      the place in the document of an earlier entry that says the very same
    """

    article: str | None = None
    twin: int | None = None


def find(document: Sequence[Sighting], unchanged: Sequence[Mention], view: View) -> list[Finding]:
    """Return for every sighting of one document which article it is.

    Rung by rung over the whole document, the closest first, so that no entry
    takes by a weak sign what another claims by a strong one.

    unchanged   the document's other entries, which keep what they are
    """
    shape = Shape.of([*document, *unchanged])
    twins = _twins(document)
    found: dict[int, str] = {}
    taken = held(unchanged, view)
    evidence = Evidence(view)
    for rung, judge in _RUNGS:
        claims: list[tuple[float, int, str]] = []
        for number, sighting in enumerate(document):
            if number in found or number in twins:
                continue
            for article in dict.fromkeys(rung(sighting, shape, view)):
                card = view.card(article)
                if card is not None and article not in taken:
                    closeness = judge(evidence, sighting, card)
                    if closeness >= ALIKE:
                        claims.append((-closeness, number, article))
        for _, number, article in sorted(claims):
            if number not in found and article not in taken:
                found[number] = article
                taken.add(article)
    return [Finding(found.get(number), twins.get(number)) for number in range(len(document))]


def new_id(sighting: Sighting, shape: Shape, is_taken: Callable[[str], bool]) -> str:
    """Return an id for an article never seen before."""
    key = sighting.identity_key(shared_address=sighting.url_key in shape.fragments)
    number = 1
    while is_taken(article := identity.article_id(identity.numbered(key, number))):
        number += 1
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


def _by_digest(sighting: Sighting, shape: Shape, view: View) -> Iterator[str]:
    if sighting.is_nameless and sighting.digest:
        for name in view.by_digest(sighting.source, sighting.digest):
            yield name.article


def _by_guid(sighting: Sighting, shape: Shape, view: View) -> Iterator[str]:
    if sighting.guid:
        for name in view.by_guid(sighting.source, sighting.guid):
            yield name.article


def _by_bytes(sighting: Sighting, shape: Shape, view: View) -> Iterator[str]:
    raw = sighting.draft.origin.raw
    if sighting.is_file and raw is not None:
        yield from view.by_bytes(raw.sha256)


def _by_loose_guid(sighting: Sighting, shape: Shape, view: View) -> Iterator[str]:
    if sighting.loose and not sighting.is_file and sighting.loose not in shape.loose:
        for name in view.by_loose(sighting.source, sighting.loose):
            yield name.article


def _by_address(sighting: Sighting, shape: Shape, view: View) -> Iterator[str]:
    key = sighting.url_key
    if key is None or not identity.is_own(key) or key in shape.addresses:
        return
    names = view.by_url(key)
    crowded = _crowded(names)
    if sighting.source in crowded:
        return
    by_fragment = key in shape.fragments or len({(n.source, n.fragment) for n in names}) > len(
        {n.source for n in names}
    )
    for name in names:
        if name.source not in crowded and (not by_fragment or name.fragment == sighting.fragment):
            yield name.article


def _crowded(names: Sequence[Named]) -> frozenset[str]:
    """Return the sources that showed one address for two articles."""
    pairs = {(name.source, name.article) for name in names if name.guid}
    count = Counter(source for source, _ in pairs)
    return frozenset(source for source, articles in count.items() if articles > 1)


def _by_title(sighting: Sighting, shape: Shape, view: View) -> Iterator[str]:
    if not sighting.guid and (sighting.title_key or sighting.is_nameless):
        yield from view.by_title(sighting.source, sighting.title_key, sighting.draft.content.date_published)


def _by_content(sighting: Sighting, shape: Shape, view: View) -> Iterator[str]:
    if sighting.site and sighting.words >= COPY_WORDS:
        since = _days_before(sighting.draft.origin.fetched, COPY_DAYS)
        yield from view.by_content(sighting.content_sha256, sighting.site, since)


def _days_before(time: str, days: int) -> str:
    moment = datetime.fromisoformat(time).astimezone(UTC) - timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_RUNGS: tuple[
    tuple[Callable[[Sighting, Shape, View], Iterator[str]], Callable[[Evidence, Sighting, Card], float]], ...
] = (
    (_by_digest, lambda *_: SAME),
    (_by_guid, Evidence.by_name),
    (_by_bytes, Evidence.by_name),
    (_by_loose_guid, Evidence.by_sign),
    (_by_address, Evidence.by_sign),
    (_by_title, Evidence.by_title),
    (_by_content, Evidence.by_words),
)
