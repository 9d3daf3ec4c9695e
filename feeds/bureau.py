"""Settings -> everything opened: archive, ledger, shelf, door, and what is in force.

The one place where the parts meet. The stages are handed values by the pipeline;
only the pipeline, the daemon and the commands hold a bureau.
"""

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from archive import Archive, Article, Lock, connect
from feeds import __version__, events
from feeds.clock import Clock, SystemClock, Trust
from feeds.curate import lines
from feeds.curate.matches import Matches
from feeds.curate.rules import Rulebook, define_topics
from feeds.curate.topics import News
from feeds.examples import Examples
from feeds.net import Door, Gate
from feeds.publish.disk_shelf import DiskShelf
from feeds.publish.render import Press
from feeds.schedule.cadence import spread
from feeds.schedule.disk_ledger import DiskLedger
from feeds.schedule.ledger import Enrolment
from feeds.schedule.states import Remembered, States
from feeds.settings import FeedSource, Settings, Source
from feeds.times import parse, stamp

_CHUNK = 500
_THOROUGHLY = 300.0
"""Seconds between two looks at whether every published page is there."""


def user_agent(contact: str | None) -> str:
    """Return what we call ourselves: name, version, and where the owner can be reached."""
    about = f" (+{contact})" if contact else " (self-hosted press cuttings)"
    return f"newsweir/{__version__}{about}"


class Bureau:
    """Everything one daemon or one writing command works with.

    sources   the enabled ones by key, with their settings and state
    lock      held by whoever decides or publishes: one at a time
    broken    a write failed: nothing is kept or published until `look_after` has
              opened everything anew
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        door: Door | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.trust = Trust(self.clock)
        self._data_lock = Lock(settings.data / "LOCK")
        try:
            self.archive: Archive = connect(settings.data, now=self.clock.now)
        except BaseException:
            self._data_lock.release()
            raise
        self.door = door or Door(user_agent(settings.site.contact), gate=Gate(), heard=self.trust.heard)
        self.lock = threading.RLock()
        self.broken = False
        self._looked = 0.0
        self.states = States(self.archive.state)
        self.sources: dict[str, tuple[Source, Remembered]] = {}
        self._open_index()

    def _open_index(self) -> None:
        index = self.settings.data / "index"
        self.ledger = DiskLedger(index / "ledger.sqlite")
        self.told = Matches(index / "matches.sqlite")
        if self.told.position > self.archive.publications.last:  # Of some other archive.
            self.told.close()
            (index / "matches.sqlite").unlink()
            self.told = Matches(index / "matches.sqlite")
        self.told.catch_up(self.archive.publications)
        self.book = Rulebook()
        self.decisions_read = 0
        self.read_decisions()
        self.shelf = DiskShelf(self.settings.data / "feeds", index / "shelf.sqlite")
        self.press = Press(self.told, self.book, self.archive.get, self.shelf, self.settings.site)
        self._enrol()

    def _enrol(self) -> None:
        """Tell the ledger which sources there are."""
        now = self.clock.now()
        enrolments: list[Enrolment] = []
        self.sources = {}
        for source, state in self.states.assign(self.settings.sources):
            if not source.enabled:
                continue
            self.sources[state.key] = (source, state)
            known = self.states.now(state.key) is not None
            due = spread(state.key, now, source.every) if known else now
            if state.not_before is not None:
                due = max(due, parse(state.not_before))
            enrolments.append(
                Enrolment(state.key, source.name, _lane(source), _host(source), due, state.gone)
            )
        self.ledger.enrol(enrolments, now)

    def read_decisions(self) -> list[tuple[int, lines.Decision]]:
        """Take in the decisions that were not read yet, and return them."""
        found: list[tuple[int, lines.Decision]] = []
        while more := self.archive.decisions.since(self.decisions_read, _CHUNK):
            for line in more:
                decision = lines.decision(line.body)
                if decision is not None:
                    self.book.take(line.seq, decision)
                    found.append((line.seq, decision))
                self.decisions_read = line.seq
        return found

    def decide(self, *decisions: lines.Decision) -> None:
        """Append decisions and take them in; return when they are durable."""
        with self.lock:
            self.archive.decisions.append([lines.encode(one) for one in decisions])
            self.read_decisions()

    def define(self) -> None:
        """Bring the decisions journal up to config.yaml: new, changed, renamed, removed topics."""
        with self.lock:
            found, faults = define_topics(
                self.settings.topics,
                self.book,
                self.archive.store,
                self.archive.position,
                stamp(self.clock.now()),
            )
            if found:
                self.decide(*found)
            faults += [f"topics.{r.slug}: {r.fault}" for r in self.book.in_force() if r.fault is not None]
            for fault in faults:
                events.record("refused", level=logging.WARNING, what="topic", why=fault)
            examples = Examples(self.archive, self.settings.home, self.settings.fetch.max_bytes)
            models = [
                model for rule in self.book.in_force() if (model := examples.fit(rule, self.clock.now()))
            ]
            for model in models:
                for name in model.missing:
                    events.record(
                        "missed", level=logging.WARNING, what="example", model=model.id, example=name
                    )
            if models:
                self.decide(*models)

    def get(self, article: str) -> Article:
        """Return the newest revision of an article."""
        return self.archive.get(article)

    def up_to(self, seq: int) -> Iterator[News]:
        """Yield each article once, as it stood at *seq*, in the order they were first seen."""
        newest: dict[str, int] = {}
        for found in self._articles_up_to(seq):
            newest[found.article.id] = found.seq
        order = list(newest)
        wanted = {number: article for article, number in newest.items()}
        held: dict[str, News] = {}
        at = 0
        for found in self._articles_up_to(seq):
            if wanted.get(found.seq) == found.article.id:
                held[found.article.id] = found
            while at < len(order) and order[at] in held:
                yield held.pop(order[at])
                at += 1

    def _articles_up_to(self, seq: int) -> Iterator[News]:
        position = 0
        while position < seq and (more := self.archive.since(position, min(_CHUNK, seq - position))):
            for found in more:
                if isinstance(found.record, Article):
                    yield News(found.seq, found.record)
            position = more[-1].seq

    def lease(self) -> timedelta:
        """Return how long a claim holds: a feed, a last page, and what a poll may spend on pages, twice."""
        return self.settings.fetch.deadline * 2 + timedelta(minutes=10)

    def forget(self) -> None:
        """Take away every index that can be made anew from the journals; `look_after` makes them."""
        index = self.settings.data / "index"
        for name in ("catalog", "search", "matches", "shelf"):
            for suffix in ("", "-wal", "-shm"):
                (index / f"{name}.sqlite{suffix}").unlink(missing_ok=True)

    def look_after(self) -> bool:
        """Make anew what was taken away or has failed; return whether anything had.

        Below data/index and data/feeds everything may be deleted at any moment.
        After a failed write the archive is opened anew, which is the recovery.
        """
        with self.lock:
            lost = self.broken or self.archive.index_gone()
            if not (lost or self.told.gone() or self.ledger.gone() or self.shelf.gone()):
                tick = self.clock.monotonic()
                thorough = tick - self._looked >= _THOROUGHLY
                self._looked = tick if thorough else self._looked
                return self.press.mend(thorough=thorough) > 0
            if lost:
                self.archive.reopen()
                self.states = States(self.archive.state)
            self._open_index()
            self.press.refresh()
            self.broken = False
            return True

    def close(self) -> None:
        """Let go of everything, in order; what waits to be kept is kept first."""
        self.door.close()
        self.archive.close()
        self.shelf.close()
        self.ledger.close()
        self.told.close()
        self._data_lock.release()


def _lane(source: Source) -> str:
    return "net" if isinstance(source, FeedSource) else "local"


def _host(source: Source) -> str | None:
    """Return the host at which one source is asked at a time; one's own hosts need no such care."""
    if isinstance(source, FeedSource) and not source.allow_private:
        return (urlsplit(source.url).hostname or "").lower()
    return None
