"""What an archive needs done to it while years pass: sealed, compacted, looked through, mended, copied."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from archive import MARKER, Broken, Journal, Mended, Plan, ReadOnly, Report, mend, restored, sample, verify
from feeds import events
from feeds.care.noticing import tell
from feeds.curate import lines
from feeds.errors import CommandError
from feeds.office.bureau import Bureau
from feeds.times import stamp

SHARE = "1/30"
"""Of the sealed files, read again each day: all of them within a month."""
_CHUNK = 1000
NAMED = 20
"""Flaws that are named in the log; `verify` names all."""


def seal(bureau: Bureau) -> None:
    """Pack what is finished. A disk that has no room for it stops nothing: it is done another time."""
    try:
        compact(bureau)
        sealed = bureau.archive.seal()
    except ReadOnly as error:
        if bureau.writable:
            events.once("refused", level=logging.WARNING, what="sealing", why=error)
        return
    if sealed:
        events.record("sealed", pieces=sealed)


def pack(bureau: Bureau, stop: Callable[[], bool] = lambda: False) -> None:
    """Make the twins of what was published. A disk that has no room for them stops nothing, either."""
    shelf = bureau.shelf
    try:
        shelf.pack(stop)
    except Broken as error:
        bureau.broken = str(error)  # Its index is made anew at the next look.
    except ReadOnly as error:
        if bureau.writable and bureau.shelf is shelf:  # Else another was opened in its place meanwhile.
            events.once("refused", level=logging.WARNING, what="packing", why=error)


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """When a share of the archive was last read again, and what came of it."""

    date: str
    flaws: int = 0
    lost: int = 0


class Place(msgspec.Struct, frozen=True, kw_only=True, tag="backup", tag_field="kind"):
    """Where a backup was made, in the state journal."""

    path: str
    at: str


def _noted(data: Path) -> Path:
    return data / "index" / "verified.json"


def last_verified(data: Path) -> Verified | None:
    """Return what the daily look noted last, or None before the first."""
    try:
        return msgspec.json.decode(_noted(data).read_bytes(), type=Verified)
    except (OSError, msgspec.DecodeError):
        return None


class Watch:
    """Reads a share of the archive again, once a day; remembers it in data/index."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau
        self._path = _noted(bureau.settings.data)
        self.last = last_verified(bureau.settings.data)

    def look(self) -> None:
        """Read today's share, where that was not done yet."""
        today = self._bureau.clock.now().date()
        if self.last is not None and self.last.date == today.isoformat():
            return
        report = self._verified(today)
        self.last = Verified(date=today.isoformat(), flaws=len(report.flaws), lost=len(report.lost))
        _tell(report)
        self._bureau.inbox.flaws = report.flaws
        tell(self._bureau)  # Before it is noted as read: else a crash here would keep it from its owner.
        try:
            self._path.write_bytes(msgspec.json.encode(self.last))
        except OSError as error:  # It is looked through again at the next start.
            events.once("refused", level=logging.WARNING, what="verified.json", why=error)

    def _verified(self, today: date) -> Report:
        archive = self._bureau.archive
        return verify(self._bureau.settings.data, depth=sample(SHARE, today), present=archive.has_blob)


def _tell(report: Report) -> None:
    """Name what was found, once each; the rest is left to `newsweir verify`."""
    for flaw in report.flaws[:NAMED]:
        events.once(
            "flawed", level=logging.ERROR, code=flaw.code, place=flaw.place, why=flaw.what, do=flaw.mend
        )
    events.record("verified", mode=report.mode, flaws=len(report.flaws), lost=len(report.lost))


def repair(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Mend what a plan names, while nothing is written, and tell the topics what came back.

    Raises CommandError where we see no backup that the command saw.
    """
    found = Mended()
    data = bureau.settings.data
    backup = Path(request["from"]) if request.get("from") else None

    if backup is not None and not os.access(backup, os.R_OK | os.X_OK):
        raise CommandError(
            f"the daemon cannot read {backup} (by its user's rights, or since its systemd unit says ProtectHome or "
            "PrivateTmp); copy the backup elsewhere, or stop the daemon and run this again"
        )

    def work() -> None:
        nonlocal found
        found = mended(data, msgspec.convert(request["plan"], Plan), backup, bureau.clock.now())

    with bureau.at_work():
        bureau.forget()
        bureau.look_after(work)
    bureau.inbox.mended = len(found.done)
    events.record("repaired", pieces=len(found.done), articles=len(found.articles))
    return {"done": found.done, "articles": len(found.articles), "told": take_in(bureau)}


def mended(data: Path, plan: Plan, backup: Path | None, now: datetime) -> Mended:
    """Mend the archive below *data*. Raises CommandError where the disk takes no more."""
    try:
        return mend(data / "archive", plan, backup, now)
    except OSError as error:
        raise CommandError(
            f"{error.filename or data}: {error.strerror}; what was mended by then stays so: run it again"
        ) from error


def take_in(bureau: Bureau) -> int:
    """Decide that topics look at what a repair brought back; return how many lines that are.

    What had been erased is erased once more: what came back may quote it.
    """
    root = bureau.settings.data / "archive"
    back, at = restored(root), stamp(bureau.clock.now())
    decisions: list[lines.Decision] = [lines.Restored(articles=back.articles, at=at)] if back.articles else []
    decisions += [lines.Erase(article=article, at=at, reason="repair") for article in back.erased]
    if decisions:
        bureau.decide(*decisions)
    (root / MARKER).unlink(missing_ok=True)
    return len(back.articles)


def remember_backup(bureau: Bureau, request: dict[str, Any]) -> dict[str, Any]:
    """Note where a backup is made, so that an erasure can be carried on to it; say whether one was before."""
    line = Place(path=request["path"], at=request["at"])
    with bureau.at_work():
        known = line.path in places(bureau.archive.state)
        if not known:
            bureau.archive.state.append([msgspec.json.encode(line)])
    return {"path": line.path, "known": known}


def places(state: Journal) -> list[str]:
    """Return where backups were made."""
    found: dict[str, None] = {}
    seq = 0
    while more := state.since(seq, _CHUNK):
        for line in more:
            if b'"kind":"backup"' in line.body:
                found[msgspec.json.decode(line.body, type=Place).path] = None
        seq = more[-1].seq
    return list(found)


@contextmanager
def at_rest(bureau: Bureau) -> Iterator[None]:
    """Hold everything still: no line is written, no file changes its form."""
    with bureau.at_work(), bureau.archive.at_rest():
        yield


def compact(bureau: Bureau) -> None:
    """Let the state journal hold what counts, where most of it does not any more. Raises ReadOnly."""
    with bureau.at_work():
        if bureau.states.compact(bureau.archive.state):
            events.record("compacted", journal="state")
