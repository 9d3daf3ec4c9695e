"""What this process met -> kept until its owner could be told: when the disk takes nothing, that is later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive import Flaw
from feeds.owner.deciding import Sheet, is_quiet
from feeds.owner.told import Told
from feeds.owner.troubles import Over, Sight, Trouble
from feeds.owner.wording import recovered, repaired, unwritable

_UNREAD = "unread "


@dataclass(frozen=True, slots=True)
class Outage:
    """The disk took no writes.

    until   when it took them again; None while it does not
    """

    since: datetime
    reason: str
    until: datetime | None = None


@dataclass(slots=True)
class Inbox:
    """What is still to be told.

    recovered   what opening the archive had to mend, by journal
    flaws       that the last verification found
    mended      pieces of the archive that were repaired since
    unreached   places that may still hold what was erased, with what to do
    reached     places that were brought up since
    given_up    places that are their owner's own affair since
    """

    outage: Outage | None = None
    recovered: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    flaws: Sequence[Flaw] = ()
    mended: int = 0
    unreached: dict[str, str] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)

    def refused(self, now: datetime, reason: str) -> None:
        """Note that the disk takes nothing; since when, where that was not noted yet."""
        since = self.outage.since if self.outage is not None else now
        self.outage = Outage(since, reason)

    def writes(self, now: datetime) -> None:
        """Note that the disk takes what is written."""
        if self.outage is not None and self.outage.until is None:
            self.outage = Outage(self.outage.since, self.outage.reason, now)

    def in_archive(self, told: Told, unread: Sequence[str] = ()) -> Sight:
        """Return which pieces of the archive are not as they were written, and which were mended.

        unread   for each file that the disk does not give back, why, and what mends it
        """
        there: dict[str, Trouble] = {}
        for flaw in self.flaws:
            subject = f"{flaw.code} {flaw.place}"
            line = f"{flaw.code} {flaw.file}: {flaw.what}"
            there[subject] = Trouble(subject=subject, name=flaw.file, line=line, do=flaw.mend)
        for why in unread:
            there[_UNREAD + why] = Trouble(
                subject=_UNREAD + why, name="a file", line=why, do="newsweir verify"
            )
        well = {
            one: Over(one, "Mended, or given up: " + one if self.mended else "Can be read again: " + one)
            for one in told.open("flaws")
            if self.mended or (one.startswith(_UNREAD) and one not in there)
        }
        return Sight(list(there.values()), well)

    def elsewhere(self) -> Sight:
        """Return which places may still hold what was erased, and which do not, or are nobody's business here."""
        there = [
            Trouble(subject=path, name=path, line=f"What was erased may still stand in {path}", do=do)
            for path, do in self.unreached.items()
            if path not in self.reached | self.given_up
        ]
        mine = "is published to no more; what was erased may still stand there, and is yours to take away"
        given_up = {path: Over(path, f"{path} {mine}", out=True) for path in self.given_up}
        return Sight(
            there, {**given_up, **{path: Over(path, f"{path} was brought up") for path in self.reached}}
        )

    def tell(self, sheet: Sheet, at: datetime, told: Told) -> None:
        """Write what happened and is over, where the like was not told a moment ago."""
        outage = self.outage
        if outage is not None and outage.until is not None and is_quiet(told.last("disk", "happened"), at):
            words = unwritable(outage.since, outage.until, outage.reason)
            sheet.write("disk", "happened", (), words, outage.since)
        if self.mended and not told.open("flaws"):
            sheet.write("flaws", "happened", (), repaired(self.mended))
        if self.recovered and is_quiet(told.last("recovered", "happened"), at):
            sheet.write("recovered", "happened", tuple(self.recovered), recovered(self.recovered))

    def forget(self, told: Sheet) -> None:
        """Keep nothing of what was told, and of what only counts once."""
        written = {one.what for one in told.lines}
        if "disk" in written:
            self.outage = None
        if "recovered" in written:
            self.recovered = {}
        self.flaws, self.mended = (), 0
        self.unreached.clear()
        self.reached.clear()
        self.given_up.clear()
