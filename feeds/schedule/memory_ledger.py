"""The due queue as a dictionary: nothing but the rules."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from feeds.schedule.ledger import Account, Claim, Enrolment, Settlement
from feeds.times import LONGEST_WAIT


@dataclass
class _Row:
    enrolment: Enrolment
    due: datetime | None
    account: Account
    leased: datetime | None = None
    token: int = 0
    failures: int = 0
    slow: bool = False
    seen: frozenset[bytes] = field(default_factory=frozenset)
    shown: bytes = b""

    @property
    def lane(self) -> str:
        return "slow" if self.slow and self.enrolment.lane == "net" else self.enrolment.lane


class MemoryLedger:
    """The Ledger port as a dictionary: nothing but the rules."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, _Row] = {}
        self._free: dict[str, datetime] = {}

    def enrol(self, sources: Sequence[Enrolment], now: datetime, *, live: bool = False) -> None:
        """Make the queue hold exactly these sources."""
        with self._lock:
            rows: dict[str, _Row] = {}
            for one in sources:
                row = self._rows.get(one.key) or _Row(
                    one, one.due, Account(key=one.key, name=one.name, due=one.due, why="not asked yet")
                )
                row.enrolment, row.leased = one, row.leased if live else None
                due = one.due_again(row.due, row.account.polled, row.failures, now)
                why = one.why_again(row.due, due) or row.account.why
                if one.edited:
                    row.failures = 0
                    row.account = replace(row.account, failures=0, error=None)
                row.due, row.account = due, replace(row.account, name=one.name, due=due, why=why)
                rows[one.key] = row
            self._rows = rows
            self._free = {host: free for host, free in self._free.items() if free <= now + LONGEST_WAIT}

    def claim(self, now: datetime, limit: int, lease: timedelta, lane: str) -> list[Claim]:
        """Return up to *limit* due sources of a lane."""
        with self._lock:
            busy = {r.enrolment.host for r in self._rows.values() if r.leased is not None and r.leased > now}
            claims: list[Claim] = []
            lane_rows = [row for row in self._rows.values() if row.lane == lane]
            due = [row for row in lane_rows if row.due is not None and row.due <= now]
            for row in sorted(due, key=lambda row: (row.due or now, row.enrolment.key)):
                host = row.enrolment.host
                left_alone = host is not None and (host in busy or self._free.get(host, now) > now)
                if (
                    len(claims) < limit
                    and not left_alone
                    and not (row.leased is not None and row.leased > now)
                ):
                    claims.append(self._lease(row, now + lease))
                    busy.add(host)
            return claims

    def claim_one(self, key: str, now: datetime, lease: timedelta) -> Claim | None:
        """Return a claim of this very source, due or not."""
        with self._lock:
            row = self._rows.get(key)
            if row is None or (row.leased is not None and row.leased > now):
                return None
            return self._lease(row, now + lease)

    def hasten(self, now: datetime, keys: Collection[str] | None = None) -> None:
        """Make every source that may be asked at all due at once; or those with these keys."""
        with self._lock:
            for row in self._rows.values():
                if keys is None or row.enrolment.key in keys:
                    row.due = min(row.due, now) if row.due is not None else None

    def pending(self, now: datetime) -> set[str]:
        """Return the keys of sources that are being asked, or due and not to be left alone."""
        with self._lock:
            found: set[str] = set()
            for key, row in self._rows.items():
                host = row.enrolment.host
                free = host is None or self._free.get(host, now) <= now
                leased = row.leased is not None and row.leased > now
                if leased or (free and row.due is not None and row.due <= now):
                    found.add(key)
            return found

    def _lease(self, row: _Row, until: datetime) -> Claim:
        row.leased, row.token = until, row.token + 1
        return Claim(row.enrolment.key, row.token, row.failures, row.seen, row.shown)

    def shift(self, step: timedelta) -> None:
        """Move every time that lies ahead by *step*."""
        with self._lock:
            for row in self._rows.values():
                row.due = row.due + step if row.due is not None else None
                row.leased = row.leased + step if row.leased is not None else None
            self._free = {host: free + step for host, free in self._free.items()}

    def settle(self, claim: Claim, settlement: Settlement) -> bool:
        """Settle a claim unless a later one was made."""
        with self._lock:
            row = self._rows.get(claim.key)
            if row is None or row.token != claim.token:
                return False
            row.due, row.leased, row.failures = settlement.due, None, settlement.failures
            row.slow = settlement.slow
            row.seen = row.seen if settlement.seen is None else settlement.seen
            row.shown = row.shown if settlement.shown is None else settlement.shown
            host = row.enrolment.host
            if settlement.host_free is not None and host is not None:
                self._free[host] = max(settlement.host_free, self._free.get(host, settlement.host_free))
            row.account = replace(
                row.account,
                due=settlement.due,
                why=settlement.why,
                polled=settlement.at,
                good=settlement.at if settlement.failures == 0 else row.account.good,
                failures=settlement.failures,
                status=settlement.status,
                error=settlement.error,
                kept=row.account.kept + settlement.kept,
            )
            return True

    def give_back(self, claim: Claim, *, slow: bool = False) -> None:
        """Let go of a claim as if it had never been."""
        with self._lock:
            row = self._rows.get(claim.key)
            if row is not None and row.token == claim.token:
                row.leased, row.slow = None, row.slow or slow

    def forget(self) -> None:
        """Keep nothing by which entries are known again; claims that are out are settled no more."""
        with self._lock:
            for row in self._rows.values():
                row.shown, row.token = b"", row.token + (row.leased is not None)

    def accounts(self) -> list[Account]:
        """Return how every source stands, by name."""
        with self._lock:
            return sorted((row.account for row in self._rows.values()), key=lambda account: account.name)
