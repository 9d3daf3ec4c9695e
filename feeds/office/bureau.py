"""Settings -> everything opened: archive, ledger, shelf, door, and what is in force.

The one place where the parts meet. The stages are handed values by the pipeline;
only the pipeline, the daemon and the commands hold a bureau.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import msgspec

from archive import Archive, Article, Broken, Damaged, Gone, Lock, NotKept, connect, take_index_away
from feeds import __version__, events
from feeds.arrivals.habits import Habits
from feeds.clock import Clock, SystemClock, Trust
from feeds.curate import lines
from feeds.curate.kept import News
from feeds.curate.matches import Matches
from feeds.curate.rules import Rulebook
from feeds.errors import Closed
from feeds.net import Door, Gate
from feeds.office.defining import new_defines, new_models
from feeds.office.lists import expanded
from feeds.office.live import Live
from feeds.office.news import revision_at, up_to
from feeds.owner.inbox import Inbox
from feeds.owner.told import Notices
from feeds.publish.operator_feed import Operator
from feeds.publish.render import Press
from feeds.publish.shelf.disk import DiskShelf
from feeds.schedule.disk_ledger import DiskLedger
from feeds.schedule.enrolling import enrolment, is_walking, walk_enrolment
from feeds.schedule.states import Remembered, States
from feeds.settings import Settings, Source
from feeds.workers import Workers

_CHUNK = 500
_BESIDES = 5
"""Files of the index beside the archive's own, each of which may be found broken."""
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
    broken    why nothing is kept or published until `look_after` has opened
              everything anew: a write failed; empty while all is well
    config    takes up a changed config.yaml
    expected  addresses of sources whose first answer a command is about to bring:
              they are not asked meanwhile
    closed    everything was let go of: what comes late finds no way in
    workers   read what sources answered, in processes of their own
    inbox     what its owner is still to be told
    settled   False while index and files are made anew: what is missing may be there soon
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None, door: Door | None = None) -> None:
        self.settings, missing = expanded(settings)
        for fault in missing:
            events.record("refused", level=logging.WARNING, what="list", why=fault)
        self.clock = clock or SystemClock()
        self.trust = Trust(self.clock)
        self.door = door or Door(user_agent(settings.site.contact), gate=Gate(), heard=self.trust.heard)
        self.door.allow(frozenset(settings.fetch.ports))
        self.workers = Workers()
        self.lock = threading.RLock()
        self.broken = ""
        self.config = Live(self.settings, self.take_up)
        self.expected: set[str] = set()
        self.closed = False
        self.inbox = Inbox()
        self._looked = 0.0
        self.sources: dict[str, tuple[Source, Remembered]] = {}
        self.settled = True
        with ExitStack() as opened:
            self._data_lock = Lock(settings.data / "LOCK")
            opened.callback(self._data_lock.release)
            self.archive: Archive = connect(settings.data, now=self.clock.now, moving=self._moving)
            opened.callback(self.archive.close)
            self.states = States(self.archive.state)
            self._open_index()
            opened.pop_all()

    def _moving(self, journal: str) -> None:
        """Forget what the index says of a journal whose lines are given up or moved."""
        if journal == "publications":
            self._forget("matches", "shelf", "notices")

    def _forget(self, *names: str) -> None:
        for name in names:
            take_index_away(self.settings.data / "index" / f"{name}.sqlite")

    def _open_index(self, *, live: bool = False) -> None:
        for _ in range(_BESIDES):
            try:
                self._open_files(live=live)
            except Broken:
                continue  # One file less; it is made anew.
            return
        self._open_files(live=live)

    def _open_files(self, *, live: bool) -> None:
        for why in self.archive.unread():
            events.once("missed", level=logging.ERROR, what="file", why=why)
        index = self.settings.data / "index"
        self.ledger = DiskLedger(index / "ledger.sqlite")
        self.shelf = DiskShelf(self.settings.data / "feeds", index / "shelf.sqlite")
        self.habits = Habits(index / "habits.sqlite")
        self.notices = Notices(index / "notices.sqlite")
        self.notices.catch_up(self.archive.publications)
        self._open_told()
        self.enrol(live=live)

    def _open_told(self) -> None:
        index = self.settings.data / "index"
        self.told = Matches(index / "matches.sqlite")
        if self.told.position > self.archive.publications.last:  # Of some other archive.
            self.told.close()
            self._forget("matches")
            self.told = Matches(index / "matches.sqlite")
        self.told.catch_up(self.archive.publications)
        self.book = Rulebook()
        self.decisions_read = 0
        self._keep_watermarks()
        self._open_press()

    def _open_press(self) -> None:
        operator = Operator(self.notices, self.told, self.archive.store, self.settings.site)
        self.press = Press(self.told, self.book, self.get, self.shelf, self.settings.site, operator)

    def read_anew(self) -> None:
        """Read decisions and publications from the beginning: lines in them were replaced."""
        self.told.close()
        self._forget("matches")
        self._open_told()

    def _keep_watermarks(self) -> None:
        """Read the decisions, and give up what was lost at a journal's end but had been seen.

        Its seqs would be given again, below what the topics have seen: what comes
        under them would reach no reader.
        """
        advance = self.told.advance
        decisions = advance.decisions if advance is not None else 0
        lost = {"decisions": self.archive.give_up("decisions", decisions)}
        self.read_decisions()
        starts = [rule.define.start for rule in self.book.all()]
        articles = max([advance.articles if advance is not None else 0, *starts])
        lost["articles"] = self.archive.give_up("articles", articles)
        for journal, number in lost.items():
            if number:
                events.record("missed", level=logging.ERROR, what="lines", journal=journal, lost=number)

    def take_up(self, settings: Settings) -> None:
        """Go on with other settings: sources, topics, site, limits. `data` and `server` stay as they are.

        Polls that are under way go on; what they find is kept, and settled only
        where the source is still the same.
        """
        with self.lock:
            before = self.settings
            self.settings = msgspec.structs.replace(settings, data=before.data, server=before.server)
            self.door.call_us(user_agent(settings.site.contact))
            self.door.allow(frozenset(settings.fetch.ports))
            if settings.site != before.site:
                self._open_press()
            self.enrol(live=True)
            self.define()
            self.press.refresh()

    def enrol(self, *, live: bool = False) -> None:
        """Tell the ledger which sources there are; *live*, while some of them are being asked."""
        now = self.clock.now()
        assigned = [pair for pair in self.states.assign(self.settings.sources) if pair[0].enabled]
        enrolments = [
            enrolment(source, state, self.states.now(state.key), self.expected, now)
            for source, state in assigned
        ]
        enrolments += [
            walk_enrolment(source, state, now) for source, state in assigned if is_walking(source, state)
        ]
        self.sources = {state.key: (source, state) for source, state in assigned}
        self.ledger.enrol(enrolments, now, live=live)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold the lock for a piece of deciding or publishing. Raises Closed once we are closed."""
        with self.lock:
            if self.closed:
                raise Closed
            yield

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
        with self.at_work():
            self.archive.decisions.append([lines.encode(one) for one in decisions])
            self.read_decisions()

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*, the one that survives first."""
        return self.archive.members(article)

    def tombstone(self, article: str) -> Gone | None:
        """Return why an article was taken back, or None where it stands."""
        return self.archive.tombstone(article)

    def define(self) -> None:
        """Bring the decisions journal up to config.yaml: new, changed, renamed, removed topics."""
        with self.at_work():
            parts = (self.archive, self.settings)
            if found := new_defines(*parts, self.sources, self.book, self.clock.now()):
                self.decide(*found)
            if models := new_models(*parts, self.book, self.clock.now()):
                self.decide(*models)

    def get(self, article: str, rev: int | None = None) -> Article | None:
        """Return a revision of an article, the newest by default; None where it cannot be read.

        The owner is told: one rotted line must stop neither a topic nor the service. Of
        what was erased there is nothing to tell.
        """
        try:
            return self.archive.get(article, rev)
        except (NotKept, Damaged) as error:
            if article not in self.book.erased:
                events.once("missed", level=logging.ERROR, what="article", article=article, why=error)
            return None

    def revision(self, seq: int) -> News | None:
        """Return the revision that the line with this seq holds; None where it holds none."""
        return revision_at(self.archive, seq)

    def up_to(self, seq: int) -> Iterator[News]:
        """Yield each article once, as it stood at *seq*, in the order they were first seen."""
        return up_to(self.archive, seq)

    def lease(self) -> timedelta:
        """Return how long a claim holds: a feed, a last page, and what a poll may spend on pages, twice."""
        return self.settings.fetch.deadline * 2 + timedelta(minutes=10)

    def forget(self) -> None:
        """Take away every index that can be made anew from the journals; `look_after` makes them."""
        self.settled = False
        self._forget("catalog", "search", "matches", "shelf", "habits", "notices")

    def look_after(self, meanwhile: Callable[[], None] = lambda: None) -> bool:
        """Make anew what was taken away or has failed; return whether anything had.

        Below data/index and data/feeds everything may be deleted at any moment.
        After a failed write the archive is opened anew, which is the recovery.

        meanwhile   called while it is not open for writing
        """
        with self.at_work():
            unwell = bool(self.broken) or self.archive.refuses or not self.settled
            lost = unwell or self.archive.index_gone()
            besides = (self.told, self.ledger, self.shelf, self.habits, self.notices)
            if not (lost or any(one.gone() for one in besides)):
                tick = self.clock.monotonic()
                thorough = tick - self._looked >= _THOROUGHLY
                self._looked = tick if thorough else self._looked
                return self.press.mend(thorough=thorough) > 0
            if lost:
                self.archive.reopen(meanwhile)
                self.states = States(self.archive.state)
            self.settled = False
            # Else they would be closed whenever nobody holds them any more, with the locks of their successors.
            for one in (self.told, self.ledger, self.habits, self.notices):
                one.close()
            self.shelf.let_go()
            self._open_index(live=True)
            self.press.refresh()
            self.broken, self.settled = "", True
            return True

    @property
    def writable(self) -> bool:
        """Whether what comes in can be kept."""
        return not (self.broken or self.archive.refuses)

    def close(self) -> None:
        """Let go of everything, in order, LOCK last; what waits to be kept is kept first.

        A tick that is under way is waited for, and one that comes later is refused.
        """
        self.door.close()
        self.workers.close()
        with self.lock:
            if self.closed:
                return
            self.closed = True
            with ExitStack() as held:  # Let go of from the last to the first, whatever fails on the way.
                held.callback(self._data_lock.release)
                for one in (self.told, self.ledger, self.shelf, self.habits, self.notices, self.archive):
                    held.callback(one.close)
