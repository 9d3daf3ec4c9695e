"""A document's new entries, and what is kept of their source -> as what each of them comes."""

import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archive import Archive, Damaged, Mention, NotKept
from archive.knowing.identity import url_key
from archive.text.words import plain
from feeds import events
from feeds.arrivals.guard import Shown, guard, is_beyond
from feeds.arrivals.habit import Came, habit_of, sign
from feeds.arrivals.initial import newest
from feeds.ingest.normalize import by_age, entry_digest
from feeds.intake.sorting import AT_ONCE, Skipped, mark_of
from feeds.model import Document, Entry
from feeds.office.bureau import Bureau
from feeds.past import BACKLOG, FIRST, FLOOD, HISTORY, PAST
from feeds.schedule.states import Remembered
from feeds.settings import FeedSource
from feeds.times import parse


@dataclass(frozen=True, slots=True)
class Arrivals:
    """As what the entries of one document come; see feeds.past.

    horizon   what turns out to be dated before it (its page may say so) is past too
    """

    found: dict[int, str] = field(default_factory=dict)
    horizon: datetime | None = None

    def of(self, entry: Entry, dated: str | None) -> str | None:
        """Return as what an entry comes, which its article dates so; None for news."""
        arrival = self.found.get(id(entry))
        late = entry.published is None and dated is not None and is_beyond(parse(dated), self.horizon)
        return FLOOD if arrival not in PAST and late else arrival

    def but(self, found: dict[int, str]) -> "Arrivals":
        """Return it with entries of which more is known."""
        return Arrivals({**self.found, **found}, self.horizon)

    def in_order(self, entries: Sequence[Entry], at: datetime | None) -> list[Entry]:
        """Return entries in the order they came about, the past behind the news: readers wait for these."""
        ordered = by_age(entries, at)
        return sorted(ordered, key=lambda entry: self.found.get(id(entry)) in PAST)


def unknown(
    archive: Archive, key: str, entries: Sequence[Entry], *, but: Collection[bytes] = ()
) -> list[Entry]:
    """Return the entries that are known neither by name nor by address and title, and those with a mark of *but*."""
    found: list[Entry] = []
    for start in range(0, len(entries), AT_ONCE):
        some = entries[start : start + AT_ONCE]
        mentions = [Mention(key, one.guid, one.link) for one in some]
        known = archive.digests(mentions)
        found += [
            one
            for one, mention in zip(some, mentions, strict=True)
            if (but and mark_of(entry_digest(one)) in but)
            or (mention.shelf not in known and not at_its_address(archive, one))
        ]
    return found


def at_its_address(archive: Archive, entry: Entry, *, source: str | None = None) -> bool:
    """Say whether an article of the same title is known at an entry's address: of any source, or of the one with this key."""
    address = url_key(entry.link) if entry.link else None
    if address is None or not entry.title:
        return False
    cards = (archive.card(article) for article in archive.addressed(address))
    return any(
        card is not None and card.title_key == plain(entry.title) and source in {None, card.source}
        for card in cards
    )


def as_they_came(archive: Archive, key: str, entries: Sequence[Entry]) -> dict[int, str]:
    """Return as what known entries came that are no news: a page that is read at last makes them none."""
    found: dict[int, str] = {}
    for entry in entries:
        for article in archive.shown_as(Mention(key, entry.guid, entry.link)):
            with suppress(NotKept, Damaged):
                arrival = archive.get(article).archive.arrival
                if arrival in PAST:
                    found[id(entry)] = arrival
    return found


def arrivals(
    bureau: Bureau,
    source: FeedSource,
    state: Remembered,
    document: Document,
    fresh: Sequence[Entry],
    skipped: Sequence[Skipped],
) -> Arrivals:
    """Return as what a document's *fresh* entries come, and tell the owner once what is held.

    skipped   its entries that were not read; of a source's first document there are none
    """
    new = unknown(bureau.archive, state.key, fresh)
    now = bureau.clock.now()
    if state.first:
        return _first(source, document.entries, new, now)
    if source.flood == "publish" or not new:
        return Arrivals()
    bureau.habits.catch_up(bureau.archive)
    dates = _listed(document, skipped, {id(one) for one in new})
    came = _but_broken_off(bureau.habits.of(state.key), state.broke, now)
    habit = habit_of(came, now, dates)
    shown = [Shown(one.published, sign(one.title, one.published)) for one in new]
    verdict = guard(shown, habit, now)
    if verdict.past and not verdict.goes_on:
        tell_held(source, len(verdict.past), verdict.why)
    horizon = verdict.horizon
    return Arrivals({id(one): FLOOD for place, one in enumerate(new) if place in verdict.past}, horizon)


def _but_broken_off(came: list[Came], broke: str | None, now: datetime) -> list[Came]:
    """Return what came without the beginning of a document that broke off: its rest is news as much as that.

    For a day: a document that always breaks off must not blind the guard.
    """
    if broke is None or now - parse(broke) > timedelta(days=1):
        return came
    return [one for one in came if one.at < parse(broke)]


def _listed(document: Document, skipped: Sequence[Skipped], new: Collection[int]) -> list[datetime]:
    """Return the dates of what a document shows of old, in its order.

    new   the ids of the entries that are not
    """
    dates: list[datetime | None] = []
    waiting = list(reversed(skipped))
    for entry in document.entries:
        while waiting and waiting[-1].place <= len(dates):
            dates.append(waiting.pop().published)
        dates.append(entry.published if id(entry) not in new else None)
    dates += [one.published for one in reversed(waiting)]
    return [date for date in dates if date is not None]


def of_the_past(entries: Sequence[Entry]) -> Arrivals:
    """Return as what the entries of an older document come."""
    return Arrivals({id(one): HISTORY for one in entries})


def _first(source: FeedSource, entries: Sequence[Entry], new: Sequence[Entry], now: datetime) -> Arrivals:
    ordered = by_age(entries, now)
    places = newest([one.published for one in ordered], source.initial, now)
    at_once = {id(ordered[place]) for place in places}
    found = {id(one): FIRST if id(one) in at_once else BACKLOG for one in new}
    waiting = sum(arrival == BACKLOG for arrival in found.values())
    if waiting:
        why = "of its first document only the newest are published (initial)"
        tell_held(source, waiting, why, level=logging.INFO)
    return Arrivals(found)


def tell_held(source: FeedSource, count: int, why: str, *, level: int = logging.WARNING) -> None:
    """Tell the owner that entries are held from readers, and what can be done about it."""
    name = source.name
    do = f"all is archived; newsweir release '{name}' publishes it, newsweir drop '{name}' does not"
    events.record("held", level=level, source=name, count=count, why=why, do=do)
