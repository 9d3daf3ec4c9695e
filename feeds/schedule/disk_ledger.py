"""The due queue in one SQLite file."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive import Database
from feeds.schedule.ledger import Account, Claim, Enrolment, Settlement
from feeds.times import LONGEST_WAIT

_SCHEMA = """
CREATE TABLE source(
  key TEXT PRIMARY KEY, name TEXT, lane TEXT, host TEXT, due REAL, why TEXT, leased REAL, token INTEGER DEFAULT 0,
  polled REAL, good REAL, failures INTEGER DEFAULT 0, status TEXT, error TEXT, kept INTEGER DEFAULT 0,
  seen BLOB DEFAULT x'', shown BLOB DEFAULT x'', slow INTEGER DEFAULT 0) WITHOUT ROWID;
CREATE INDEX source_due ON source(due);
CREATE TABLE host(name TEXT PRIMARY KEY, free REAL) WITHOUT ROWID;
"""
_VERSION = 3
_MARK = 16


class DiskLedger:
    """The Ledger port over one SQLite file."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self._db = Database(path, _SCHEMA, _VERSION, writable=writable)

    def enrol(self, sources: Sequence[Enrolment], now: datetime, *, live: bool = False) -> None:
        """Make the queue hold exactly these sources."""
        with self._db.transaction() as connection:
            rows = connection.execute("SELECT key, due, polled, failures FROM source")
            known = {key: (_moment(due), _moment(polled), failures) for key, due, polled, failures in rows}
            for one in sources:
                if one.key in known:
                    due = one.due_again(*known[one.key], now)
                    why = one.why_again(known[one.key][0], due)
                    connection.execute(
                        "UPDATE source SET name=?, lane=?, host=?, leased=CASE WHEN ? THEN leased END, due=?, "
                        "why=coalesce(?, why) WHERE key=?",
                        (one.name, one.lane, one.host, live, _seconds(due), why, one.key),
                    )
                else:
                    first = None if one.gone else one.due
                    connection.execute(
                        "INSERT INTO source(key, name, lane, host, due, why) VALUES(?,?,?,?,?,?)",
                        (one.key, one.name, one.lane, one.host, _seconds(first), "not asked yet"),
                    )
                if one.edited:
                    connection.execute("UPDATE source SET failures=0, error=NULL WHERE key=?", (one.key,))
            latest = (now + LONGEST_WAIT).timestamp()
            connection.execute("DELETE FROM host WHERE free>?", (latest,))
            for key in known.keys() - {one.key for one in sources}:
                connection.execute("DELETE FROM source WHERE key=?", (key,))

    def claim(self, now: datetime, limit: int, lease: timedelta, lane: str) -> list[Claim]:
        """Return up to *limit* due sources of a lane."""
        moment, until = now.timestamp(), (now + lease).timestamp()
        with self._db.transaction() as connection:
            busy = {
                row[0]
                for row in connection.execute(
                    "SELECT host FROM source WHERE leased>? AND host IS NOT NULL", (moment,)
                )
            }
            claims: list[Claim] = []
            rows = connection.execute(
                "SELECT key, source.host, token, failures, seen, shown FROM source LEFT JOIN host ON host.name=source.host "
                "WHERE lane=:lane AND (lane='local' OR slow=:slow) AND due<=:now AND (leased IS NULL OR leased<=:now) "
                "AND (host.free IS NULL OR host.free<=:now) ORDER BY due, key",
                {"now": moment, "lane": "net" if lane == "slow" else lane, "slow": lane == "slow"},
            )
            for key, host, token, failures, seen, shown in rows:
                if len(claims) == limit:
                    break
                if host is None or host not in busy:
                    busy.add(host)
                    claims.append(Claim(key, token + 1, failures, _unpacked(seen), shown))
            connection.executemany(
                "UPDATE source SET leased=?, token=? WHERE key=?", [(until, c.token, c.key) for c in claims]
            )
        return claims

    def claim_one(self, key: str, now: datetime, lease: timedelta) -> Claim | None:
        """Return a claim of this very source, due or not."""
        moment, until = now.timestamp(), (now + lease).timestamp()
        with self._db.transaction() as connection:
            row = connection.execute(
                "SELECT token, failures, seen, shown FROM source WHERE key=? AND (leased IS NULL OR leased<=?)",
                (key, moment),
            ).fetchone()
            if row is None:
                return None
            token, failures, seen, shown = row
            connection.execute("UPDATE source SET leased=?, token=? WHERE key=?", (until, token + 1, key))
        return Claim(key, token + 1, failures, _unpacked(seen), shown)

    def hasten(self, now: datetime, keys: Collection[str] | None = None) -> None:
        """Make every source that may be asked at all due at once; or those with these keys."""
        moment = now.timestamp()
        every = "UPDATE source SET due=min(due, ?) WHERE due IS NOT NULL"
        with self._db.transaction() as connection:
            if keys is None:
                connection.execute(every, (moment,))
            else:
                connection.executemany(f"{every} AND key=?", [(moment, key) for key in keys])

    def pending(self, now: datetime) -> set[str]:
        """Return the keys of sources that are being asked, or due and not to be left alone."""
        rows = self._db.rows(
            "SELECT key FROM source LEFT JOIN host ON host.name=source.host "
            "WHERE leased>? OR (due<=? AND (host.free IS NULL OR host.free<=?))",
            (now.timestamp(),) * 3,
        )
        return {row[0] for row in rows}

    def shift(self, step: timedelta) -> None:
        """Move every time that lies ahead by *step*."""
        seconds = step.total_seconds()
        with self._db.transaction() as connection:
            connection.execute("UPDATE source SET due=due+?, leased=leased+?", (seconds, seconds))
            connection.execute("UPDATE host SET free=free+?", (seconds,))

    def settle(self, claim: Claim, settlement: Settlement) -> bool:
        """Settle a claim unless a later one was made."""
        at = settlement.at.timestamp()
        changes: dict[str, Any] = {
            "due": _seconds(settlement.due),
            "why": settlement.why,
            "leased": None,
            "polled": at,
            "status": settlement.status,
            "failures": settlement.failures,
            "error": settlement.error,
            "slow": settlement.slow,
        }
        if settlement.failures == 0:
            changes["good"] = at
        if settlement.seen is not None:
            changes["seen"] = b"".join(sorted(settlement.seen))
        if settlement.shown is not None:
            changes["shown"] = settlement.shown
        names = ", ".join(f"{name}=:{name}" for name in changes)
        with self._db.transaction() as connection:
            done = connection.execute(
                f"UPDATE source SET {names}, kept=kept+:new WHERE key=:key AND token=:token",
                {**changes, "new": settlement.kept, "key": claim.key, "token": claim.token},
            )
            if settlement.host_free is not None and done.rowcount:
                connection.execute(
                    "INSERT INTO host SELECT host, ? FROM source WHERE key=? AND host IS NOT NULL "
                    "ON CONFLICT(name) DO UPDATE SET free=max(free, excluded.free)",
                    (settlement.host_free.timestamp(), claim.key),
                )
            return bool(done.rowcount)

    def give_back(self, claim: Claim, *, slow: bool = False) -> None:
        """Let go of a claim as if it had never been."""
        with self._db.transaction() as connection:
            connection.execute(
                "UPDATE source SET leased=NULL, slow=max(slow, ?) WHERE key=? AND token=?",
                (slow, claim.key, claim.token),
            )

    def forget(self) -> None:
        """Keep nothing by which entries are known again; claims that are out are settled no more."""
        with self._db.transaction() as connection:
            connection.execute("UPDATE source SET shown=x'', token=token+(leased IS NOT NULL)")
        self._db.scrub()

    def accounts(self) -> list[Account]:
        """Return how every source stands, by name."""
        rows = self._db.rows(
            "SELECT key, name, due, why, polled, good, failures, status, error, kept FROM source ORDER BY name"
        )
        return [
            Account(
                key=key,
                name=name,
                due=_moment(due),
                why=why or "",
                polled=_moment(polled),
                good=_moment(good),
                failures=failures,
                status=status,
                error=error,
                kept=kept,
            )
            for key, name, due, why, polled, good, failures, status, error, kept in rows
        ]

    def gone(self) -> bool:
        """Say whether the file was deleted."""
        return self._db.gone()

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _unpacked(seen: bytes) -> frozenset[bytes]:
    return frozenset(seen[at : at + _MARK] for at in range(0, len(seen), _MARK))


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
