"""A source's document that shows nothing known -> a walk back through what was missed, and what its documents bring.

It is remembered before anything of that document is kept: else a crash in between would leave
a document in which all is known, and nobody would ask for what stood before it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from archive import Archive, Mention
from feeds.arrivals.gap import Gap, gap, missed
from feeds.arrivals.guard import Shown
from feeds.arrivals.habit import habit_of, sign
from feeds.ingest.former import former_guid
from feeds.intake.guarding import Arrivals, at_its_address, of_the_past, tell_held
from feeds.intake.report import walked
from feeds.intake.sorting import AT_ONCE
from feeds.model import Document, Entry
from feeds.office.bureau import Bureau
from feeds.past import FLOOD, HISTORY, MISSED
from feeds.schedule import walks
from feeds.schedule.states import Remembered, Walk
from feeds.settings import FeedSource
from feeds.times import parse, rfc3339


def note(
    bureau: Bureau,
    source: FeedSource,
    state: Remembered,
    document: Document,
    fresh: Sequence[Entry],
    address: str,
    now: datetime,
) -> None:
    """Remember that something was missed before this document, where its owner wants its past and it leads back.

    fresh     its entries that are to be looked at
    address   at which it lies
    """
    if not source.history or document.earlier is None or state.first:
        return
    if document.skipped or len(fresh) < len(document.entries) or _is_any_known(bureau, state.key, fresh):
        return
    bureau.habits.catch_up(bureau.archive)
    shown = [Shown(one.published, sign(one.title, one.published)) for one in fresh]
    found = gap(shown, habit_of(bureau.habits.of(state.key), now), now)
    if found is not None:
        bounded = found if source.flood == "hold" else Gap(found.after)
        _remember(bureau, state, bounded, document.earlier, address, now)


def _remember(
    bureau: Bureau, asked: Remembered, found: Gap, earlier: str, address: str, now: datetime
) -> None:
    with bureau.at_work():
        source, state = bureau.sources.get(asked.key, (None, asked))
        if not isinstance(source, FeedSource) or state.url != asked.url:
            return  # Taken out or moved since.
        after = rfc3339(found.after) if found.after is not None else None
        walk = walks.back(state.gap, Walk(since=rfc3339(now), after=after, room=found.room))
        own = (source.url, state.feed, address)
        remembered = msgspec.structs.replace(state, gap=walks.led(walk, earlier, own))
        bureau.states.remember(remembered, bureau.archive.state)
        bureau.sources[asked.key] = (source, remembered)
        assert remembered.gap is not None
        walked(source, remembered.gap)


def _is_any_known(bureau: Bureau, key: str, entries: Sequence[Entry]) -> bool:
    """Say whether a source showed any of these: by its name, or at its address under the same title."""
    for start in range(0, len(entries), AT_ONCE):
        some = entries[start : start + AT_ONCE]
        if bureau.archive.digests([Mention(key, one.guid, one.link) for one in some]):
            return True
        if any(at_its_address(bureau.archive, one, source=key) for one in some):
            return True
    return False


def arrivals(
    archive: Archive,
    source: FeedSource,
    key: str,
    document: Document,
    fresh: Sequence[Entry],
    walk: Walk,
) -> tuple[Arrivals, bool]:
    """Return as what the new entries of an older document come, and whether it shows what was known before the walk."""
    if walk.since is None:
        return of_the_past(fresh), False
    known = next(_known(archive, key, document, fresh, walk.since), None)
    after = parse(walk.after) if walk.after is not None else None
    places = missed([one.published for one in document.entries], after, known)
    ids = {id(one) for place, one in enumerate(document.entries) if place in places}
    news = sum(id(one) in ids for one in fresh)
    arrival = MISSED
    if walk.room is not None and walk.articles + news > walk.room:
        arrival = FLOOD
        why = f"{walk.articles + news} from the time it was not asked, where {walk.room} would be very many"
        tell_held(source, news, why)
    found = {id(one): arrival if id(one) in ids else HISTORY for one in fresh}
    return Arrivals(found, after), known is not None


def _known(
    archive: Archive, key: str, document: Document, fresh: Sequence[Entry], since: str
) -> Iterator[int]:
    """Yield the places of the entries that were kept before *since*."""
    new = {id(one) for one in fresh}
    for place, entry in enumerate(document.entries):
        if id(entry) in new:
            continue
        names = dict.fromkeys((entry.guid, former_guid(entry) or entry.guid))
        articles = {one for guid in names for one in archive.shown_as(Mention(key, guid, entry.link))}
        cards = (archive.card(article) for article in articles)
        if any(card is not None and card.first_seen < since for card in cards):
            yield place
