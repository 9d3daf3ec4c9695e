"""What the bureau knows of itself -> notices, durable, and then in the operator feed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from archive import ArchiveError, backup_record
from feeds import events
from feeds.net.hops import bare
from feeds.office.bureau import Bureau
from feeds.owner import troubles
from feeds.owner.deciding import Sheet, decide, next_at
from feeds.owner.notice import What, encode
from feeds.owner.troubles import Over, Sight, Standing
from feeds.past import FLOOD
from feeds.settings import FolderSource, address_of
from feeds.times import parse

HOUR = 3600.0
"""Seconds between two looks at how much each source brought: that takes longer than all else."""


class Lookout:
    """Looks now and then at how all is doing."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau
        self._looked: float | None = None

    def look(self) -> int:
        """Tell the owner what is to be told; return how many notices that are."""
        tick = self._bureau.clock.monotonic()
        thorough = self._looked is None or tick - self._looked >= HOUR
        number = tell(self._bureau, thorough=thorough)
        if thorough:
            self._looked = tick
        return number


def note_writing(bureau: Bureau) -> None:
    """Note for the owner since when nothing can be written, where that is so; it is told once it can."""
    if bureau.writable:
        bureau.inbox.writes(bureau.clock.now())
    else:
        bureau.inbox.refused(bureau.clock.now(), bureau.broken or "a write failed")


def tell(bureau: Bureau, *, thorough: bool = False) -> int:
    """Tell the owner what began and what ended since the last time; return how many notices that are.

    Nothing is told while nothing can be written, or the clock cannot be believed: it is told then.

    thorough   look too at how much each source brought
    """
    standings = standings_of(bureau, thorough=thorough)
    with bureau.at_work():
        if bureau.trust.doubtful() or not bureau.writable:
            return 0
        told, publications, inbox = bureau.notices, bureau.archive.publications, bureau.inbox
        told.catch_up(publications)
        inbox.writes(bureau.clock.now())
        at = next_at(bureau.clock.now(), told.last_at)
        inbox.reached |= _backed_up_since(told.open("unreached"))
        sheet = Sheet(at, bureau.archive.store)
        decide(sheet, at, _sights(bureau, standings, at), told)
        inbox.tell(sheet, at, told)
        if sheet.lines:
            publications.append([encode(one) for one in sheet.lines])
        inbox.forget(sheet)  # Once it is durable, and before anything else may fail.
        if sheet.lines:
            told.catch_up(publications)
            bureau.told.catch_up(publications)
            for one in sheet.lines:
                events.record("noticed", what=one.title)
            bureau.press.render((), ())
        return len(sheet.lines)


def _sights(bureau: Bureau, standings: Sequence[Standing], at: datetime) -> dict[What, Sight]:
    told = bureau.notices
    feeds = [one for one in standings if not one.is_folder]
    nobody = troubles.network(feeds, at)
    down = bool(nobody.there) or ("" in told.open("network") and not nobody.well)
    sights: dict[What, Sight] = {
        "network": nobody,
        "dead": Sight() if down else troubles.dead(standings, at, told.last("network", "ended")),
        "silent": troubles.silent(feeds, told.open("silent"), at),
        "moved": troubles.moved(feeds),
        "held": troubles.held(feeds),
    }
    there = {one.subject for one in standings}
    for what, sight in sights.items():
        if what != "network":  # Who was taken out of config.yaml is in no trouble any more.
            out = [subject for subject in told.open(what) if subject not in there]
            sight.well.update({one: Over(one, f"{one} is no source any more", out=True) for one in out})
    return {
        **sights,
        "flaws": bureau.inbox.in_archive(told, bureau.archive.unread()),
        "unreached": bureau.inbox.elsewhere(),
    }


def standings_of(bureau: Bureau, *, thorough: bool) -> list[Standing]:
    """Return how each source stands; *thorough*, with how its last articles came."""
    held = bureau.told.held_past()
    pausing = _pausing(bureau) if thorough else set[str]()
    found: list[Standing] = []
    for account in bureau.ledger.accounts():
        known = bureau.sources.get(account.key)
        if known is None or not account.is_source:
            continue
        source, state = known
        came = bureau.habits.of(account.key) if account.key in pausing else None
        found.append(
            Standing(
                subject=bare(account.key),
                name=source.name,
                address=bare(address_of(source)),
                account=account,
                state=state,
                came=came,
                held=held.get(account.key, {}).get(FLOOD, 0),
                is_folder=isinstance(source, FolderSource),
            )
        )
    return found


def _pausing(bureau: Bureau) -> set[str]:
    """Return the sources of which nothing came for so long that their habit is to be looked at; and who was told of."""
    bureau.habits.catch_up(bureau.archive)
    until = bureau.clock.now() - troubles.SILENT
    told = bureau.notices.open("silent")
    last = bureau.habits.last_of_each()
    return {key for key, moment in last.items() if moment < until or bare(key) in told}


def _backed_up_since(places: dict[str, datetime]) -> set[str]:
    """Return the backups among *places* that say of themselves that they were brought up since."""
    found: set[str] = set()
    for place, told in places.items():
        try:
            record = backup_record(Path(place))
        except (ArchiveError, OSError):
            continue
        if record is not None and parse(record.at) > told:
            found.add(place)
    return found
