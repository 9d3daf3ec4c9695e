"""Settings -> a daemon whose disk takes writes; until it does, what is published is served.

A disk that is full, read-only or failing is no reason to be gone: feeds that were
published stay up, the owner is told why nothing new comes, and every few seconds
it is tried again. Nothing is written meanwhile, and LOCK is not held.
"""

import logging
import threading
from datetime import UTC, datetime
from typing import Any

from archive import ArchiveError, Busy, Nameless, refused_by_disk
from feeds import events
from feeds.daemon import Daemon
from feeds.office.bureau import Bureau
from feeds.office.opening import open_bureau
from feeds.publish.shelf.folder import read_published
from feeds.publish.shelf.port import File
from feeds.settings import Settings
from feeds.web.answer import Answers
from feeds.web.listening import listen_at_all
from feeds.web.server import WebServer

AGAIN = 5.0
"""Seconds between two attempts to open what can be written to."""


class Standby:
    """Serves what stands below `data/feeds`, and says why there is nothing more.

    reason   why nothing can be written
    since    when that was found
    """

    def __init__(self, settings: Settings, reason: str) -> None:
        self.reason = ""
        self.since = datetime.now(UTC)
        self._folder = settings.data / "feeds"
        answers = Answers(
            lambda: self,
            lambda: settings.site,
            lambda _: None,
            lambda: (False, self._facts()),
            settled=lambda: False,  # What is not there may be there soon.
        )
        where = settings.server
        self.server = WebServer(answers, *listen_at_all(where), trusted=where.trusted_proxies)
        self.server.start()
        self.note(reason)
        for address in self.server.addresses:
            events.say(f"serving {address}")

    def note(self, reason: str) -> None:
        """Take another *reason*, and tell it once."""
        if reason != self.reason:
            what = "every write; what is published is served, and it is tried again every five seconds"
            events.record("refused", level=logging.ERROR, what=what, why=reason)
        self.reason = reason

    def get(self, path: str) -> File | None:
        """Return the published file at *path*, or None."""
        return read_published(self._folder, path)

    def twin(self, file: File, coding: str) -> bytes | None:
        """Return nothing: without the index nobody knows of which file a twin is."""
        return None

    def marks(self, path: str, digest: str) -> frozenset[bytes] | None:
        """Return nothing: the index has them."""
        return None

    def _facts(self) -> dict[str, Any]:
        return {"ready": False, "writable": False, "reason": self.reason, "ticking": False}


def ready_daemon(settings: Settings, stop: threading.Event) -> Daemon | None:
    """Return a daemon that has all it needs, or None where *stop* was set before that could be.

    Raises what its owner has to mend: a port that is taken, another daemon, rights.
    """
    try:
        return _prepared(settings, stop)
    except (ArchiveError, OSError) as error:
        if not _passes(error):
            raise
        standby = Standby(settings, str(error))
    try:
        while not stop.wait(AGAIN):
            try:
                daemon = _prepared(settings, stop, standby)
            except (ArchiveError, OSError) as error:
                # Another writer may come first; it may also go again.
                if not (_passes(error) or isinstance(error, Busy)):
                    raise
                standby.note(str(error))
            else:
                events.record("recovered", level=logging.WARNING, what="the disk takes writes again")
                return daemon
    except BaseException:
        standby.server.stop()
        raise
    standby.server.stop()
    return None


def _passes(error: BaseException) -> bool:
    """Say whether what is published can be served until *error* is mended: by itself, or by `newsweir repair`."""
    return refused_by_disk(error) or isinstance(error, Nameless)


def _prepared(settings: Settings, stop: threading.Event, standby: Standby | None = None) -> Daemon:
    bureau: Bureau = open_bureau(settings)
    if standby is not None:
        bureau.inbox.refused(standby.since, standby.reason)
    try:
        daemon = Daemon(bureau, stop, standby.server if standby is not None else None)
        daemon.prepare()
    except BaseException:
        bureau.close()
        raise
    for journal, figures in bureau.archive.recovered().items():
        events.record("recovered", journal=journal, **figures)
    return daemon
