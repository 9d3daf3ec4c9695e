"""Who is due, who is being asked: claim and settle. A port.

Due times live here and not in the journals: if the ledger is lost, polls are
spread over one interval.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from feeds.times import spoken

WALK = "history:"
"""What stands before a source's key in the queue for the turns in which its past is asked for."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A source that is to be polled.

    lane   `net` or `local`: claimed apart, so that slow hosts hold up no folder; of `net` those
           that met a bound, or were put off, are claimed apart again, as `slow`
    host   at which only one source is asked at a time; None where that does not matter
    due    when it is first due, if the ledger does not know it
    every  its interval now: where all was well it is asked again no later than that
    edited its address is another than it was: asked when first due, without its failures
    """

    key: str
    name: str
    lane: str
    host: str | None
    due: datetime
    gone: bool = False
    every: timedelta | None = None
    edited: bool = False

    def due_again(
        self, due: datetime | None, polled: datetime | None, failures: int, now: datetime
    ) -> datetime | None:
        """Return when a source that the ledger knows is due, by what it knows. Pure."""
        if self.gone:
            return None
        if self.edited or (polled is not None and polled > now):
            return self.due
        if due is None or self.every is None or polled is None or failures:
            return due or self.due
        return min(due, polled + self.every)

    def why_again(self, before: datetime | None, due: datetime | None) -> str | None:
        """Return why a source that the ledger knows is due then, or None where nothing changed."""
        if self.edited:
            return "its address was edited"
        sooner = before is not None and due is not None and due < before
        return f"every {spoken(self.every)}" if sooner and self.every is not None else None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to poll one source once, until the lease ends.

    token   a later claim of the same source has a greater one
    seen    marks of what its last document held
    shown   by what its entries are known again without being read; see feeds.sorting
    """

    key: str
    token: int
    failures: int
    seen: frozenset[bytes] = frozenset()
    shown: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a poll came to.

    due         when it is next due; None for never
    seen        marks of what its document held; None leaves them as they are
    shown       by what its entries are known again; None likewise
    host_free   its whole host is to be left alone until then
    slow        it met a bound: claimed among the slow until it answers well
    """

    at: datetime
    due: datetime | None
    why: str
    status: str
    failures: int = 0
    error: str | None = None
    kept: int = 0
    seen: frozenset[bytes] | None = None
    shown: bytes | None = None
    host_free: datetime | None = None
    slow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How a source stands, for lists."""

    key: str
    name: str
    due: datetime | None
    why: str
    polled: datetime | None = None
    good: datetime | None = None
    failures: int = 0
    status: str | None = None
    error: str | None = None
    kept: int = 0

    @property
    def is_source(self) -> bool:
        """Say whether it is a source's own, not that of the turns in which its past is asked for."""
        return not self.key.startswith(WALK)


class Ledger(Protocol):
    """The due queue."""

    def enrol(self, sources: Sequence[Enrolment], now: datetime, *, live: bool = False) -> None:
        """Make the queue hold exactly these sources; known ones keep their times.

        One that seems to have been polled after *now* is due as if it were new:
        the clock was set back since. So it was where a host is to be left alone
        for longer than any may ask: it may be asked again. One whose address was
        edited is due as if it were new; one whose interval was made shorter is due by
        the new one. Claims of an earlier process mean nothing; *live* lets those stand
        that are under way in this one.
        """

    def claim(self, now: datetime, limit: int, lease: timedelta, lane: str) -> list[Claim]:
        """Return up to *limit* due sources of a lane, most overdue first, at most one of each host."""

    def claim_one(self, key: str, now: datetime, lease: timedelta) -> Claim | None:
        """Return a claim of this very source, due or not; None where it is unknown or being asked."""

    def hasten(self, now: datetime, keys: Collection[str] | None = None) -> None:
        """Make every source that may be asked at all due at once; or those with these keys."""

    def pending(self, now: datetime) -> set[str]:
        """Return the keys of sources that are being asked, or due and not to be left alone."""

    def shift(self, step: timedelta) -> None:
        """Move every time that lies ahead by *step*: the wall clock was set."""

    def settle(self, claim: Claim, settlement: Settlement) -> bool:
        """Settle a claim; False (and nothing changed) where it was claimed anew meanwhile."""

    def give_back(self, claim: Claim, *, slow: bool = False) -> None:
        """Let go of a claim as if it had never been; a *slow* one is claimed among the slow from now on."""

    def forget(self) -> None:
        """Keep nothing by which entries are known again: an erased one must not be named here.

        Polls that are under way would bring it back: they are not settled.
        """

    def accounts(self) -> list[Account]:
        """Return how every source stands."""
