"""An archive beside whoever writes to it -> a backup that is whole, and a backup -> an archive again.

Copied in two goes: all that there is while work goes on, then, while everything is
held still, what has come since; so the second is short. What is published then is
noted in BACKUP.json, for a restore to be compared with.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from archive import (
    CONFIG,
    ArchiveError,
    Backup,
    Busy,
    Copied,
    Lock,
    Record,
    Report,
    backup_record,
    bring_back,
    connect,
    short,
    verify,
)
from feeds import __version__, control
from feeds.curate import lines
from feeds.errors import CommandError
from feeds.owner.notice import SLUG, notice
from feeds.publish.shelf.twins import file_of
from feeds.settings import Settings
from feeds.times import stamp

Told = Callable[[int, int], None]
Digests = dict[str, tuple[str, int, int]]
"""Of each published file, by its path: its sha256, size and time."""
_CHUNK = 1000


def back_up(
    settings: Settings, dest: Path, at: datetime, told: Told, note: Callable[[], object] = lambda: None
) -> Copied:
    """Bring the backup in *dest* up to the archive. Raises CommandError or ArchiveError.

    note   notes in the archive that there is a backup in *dest*: called before any article is
           there, so that an erasure knows of it, and what is restored from it knows of it too
    """
    try:
        backup = Backup(settings.data, dest, told)
        with backup.begun():
            note()
            return _goes(settings, backup, at)
    except OSError as error:
        raise CommandError(
            f"{error.filename or dest}: {error.strerror}; what was copied by then stays: run it again"
        ) from error


def _goes(settings: Settings, backup: Backup, at: datetime) -> Copied:
    backup.go()
    published = digests(settings.data / "feeds", {})
    with _held(settings):
        copied = backup.go()
        published = digests(settings.data / "feeds", published)
        store = _store(settings)
    record = Record(
        store=store,
        at=stamp(at),
        newsweir=__version__,
        journals=copied.last,
        published={path: found[0] for path, found in sorted(published.items())},
    )
    backup.finish(record, settings.file)
    return copied


def _store(settings: Settings) -> str:
    archive = connect(settings.data, writable=False)
    try:
        return archive.store
    finally:
        archive.close()


@contextmanager
def _held(settings: Settings) -> Iterator[None]:
    """Hold everything still: the daemon where there is one, else the archive that nobody else may open."""
    with control.held(settings.data / "run" / "control.sock") as there:
        if there:
            yield
            return
    from feeds.care.upkeep import at_rest  # noqa: PLC0415
    from feeds.office.opening import open_bureau  # noqa: PLC0415 - a daemon beside us has it open already
    from feeds.rounds import begin  # noqa: PLC0415

    control.refuse_silent(settings.data)
    try:
        bureau = open_bureau(settings)
    except Busy as error:
        raise CommandError(f"{error}; try again in a moment") from error
    try:
        begin(bureau)  # What was told stands on the shelf: what is compared later is as it should be.
        with at_rest(bureau):
            yield
    finally:
        bureau.close()


def digests(folder: Path, known: Digests) -> Digests:
    """Return what is published; what has not changed since it was *known* is not read again.

    Twins are not counted: they follow from their files.
    """
    found: Digests = {}
    for path in sorted(folder.rglob("*")):
        try:
            about = path.stat()
            if not path.is_file():
                continue
            name = path.relative_to(folder).as_posix()
            if file_of(name) is not None:
                continue
            digest, *stat = known.get(name, ("", -1, -1))
            if stat != [about.st_size, about.st_mtime_ns]:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name] = (digest, about.st_size, about.st_mtime_ns)
        except FileNotFoundError:
            continue  # Taken away under our hands; the second go sees what is there then.
    return found


@dataclass(slots=True)
class Restored:
    """What a restore came to.

    report    what verify says of the restored archive
    record    what the backup says of itself, None for a plain copy
    same      published files that are byte for byte as they were
    config    config.yaml as it was then, where ours is another
    newer     files of topics that were told more behind the record; `differ` others, `missing` too
    """

    copied: Copied
    report: Report
    record: Record | None
    same: int = 0
    newer: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    config: Path | None = None

    @property
    def whole(self) -> bool:
        """Say whether all is as it was when it was backed up."""
        return self.report.sound and not (self.copied.flaws or self.differ or self.missing)


def bring_archive_back(settings: Settings, source: Path, told: Told) -> Restored:
    """Copy a backup into an empty `data/archive` and read it again; the index of what was before is forgotten."""
    data = settings.data
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = Lock(data / "LOCK")
        try:
            copied = bring_back(source, data, told)
            shutil.rmtree(data / "index", ignore_errors=True)
        finally:
            lock.release()
    except Busy as error:
        raise CommandError(f"{error}; stop it first") from error
    except OSError as error:
        raise CommandError(
            f"{error.filename or data}: {error.strerror}; what was copied by then stays: run it again"
        ) from error
    found = Restored(copied, verify(data, told), None)
    try:
        found.record = backup_record(source)
    except ArchiveError as error:
        copied.flaws.append(f"{error}: nothing tells what was published")
    if found.record is not None:
        found.report.flaws += short(found.record, found.report.last)
    kept = source / CONFIG
    if settings.file is not None and kept.is_file() and kept.read_bytes() != settings.file.read_bytes():
        found.config = kept
    return found


def compare(settings: Settings, found: Restored) -> None:
    """Compare what is published after a restore with what was when the backup was made."""
    if found.record is None:
        return
    now = {path: digest for path, (digest, *_) in digests(settings.data / "feeds", {}).items()}
    later = _told_later(settings, found.record)
    for path, digest in found.record.published.items():
        if now.get(path) == digest:
            found.same += 1
        elif later and (path.count("/") == 0 or any(part in later for part in path.split("/"))):
            found.newer.append(path)
        elif path in now:
            found.differ.append(path)
        else:
            found.missing.append(path)


def _told_later(settings: Settings, record: Record) -> set[str]:
    """Return the slugs of topics, and articles, of which subscribers were told more behind the record."""
    archive = connect(settings.data, writable=False)
    try:
        slugs: dict[str, str] = {}
        for body in _bodies(archive.decisions, 0):
            one = lines.decision(body)
            if isinstance(one, lines.Define):
                slugs[one.topic] = one.slug
        found: set[str] = set()
        for body in _bodies(archive.publications, record.journals.get("publications", 0)):
            if notice(body) is not None:
                found.add(SLUG)
            told = lines.publication(body)
            if isinstance(told, lines.OfArticle):
                found |= {slugs.get(told.topic, ""), told.article.removeprefix("urn:uuid:")}
            elif isinstance(told, lines.Page):
                found.add(slugs.get(told.topic, ""))
        return found
    finally:
        archive.close()


def _bodies(journal: Any, seq: int) -> Iterator[bytes]:
    while more := journal.since(seq, _CHUNK):
        for line in more:
            yield line.body
        seq = more[-1].seq
