"""The bureau at work: ticks, workers, a web server, a calm stop.

APScheduler fires a handful of ticks; due times live in the ledger. Both plan by
the wall clock: were it set back, all would stall until it had caught up. The main
thread watches it against the monotonic clock and moves the plans along.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import msgspec
from apscheduler.executors.pool import ThreadPoolExecutor as TickThreads
from apscheduler.schedulers.background import BackgroundScheduler

from archive import ReadOnly
from feeds import events
from feeds.bureau import Bureau
from feeds.control import LONGEST_REQUEST, Control
from feeds.desk import carry_out
from feeds.enquiries import Enquiries
from feeds.erasing import carry_on
from feeds.figures import figures
from feeds.pipeline import poll, publish
from feeds.publish.urls import bare
from feeds.rounds import LANES, begin
from feeds.schedule.ledger import Claim
from feeds.times import parse
from feeds.upkeep import Watch, at_rest, seal
from feeds.web.answer import Answers, Past
from feeds.web.server import WebServer, address, listen

CLAIM, PUBLISH, INDEX, LOOK, CONFIG, SEAL, VERIFY = 0.5, 1.0, 1.0, 5.0, 1.0, 60.0, 600.0
"""Seconds between two ticks of each kind."""
CLOCK_SET = 30.0
"""Seconds by which the wall clock must leap to be taken for set."""
STALLED = 30.0
"""Seconds without a claim or a publish tick after which the service is not ready."""
LOCAL_WORKERS = 2
MOST_WORKERS = 256
"""Threads there may ever be: fetch.workers can grow while we run, and threads are made when needed."""
GRACE = 3.0
LAST = 4.5
"""Seconds after which a stop waits for nothing any more."""


class Daemon:
    """Polls, archives, publishes and serves until it is told to stop."""

    def __init__(self, bureau: Bureau) -> None:
        self._bureau = bureau
        self._watch = Watch(bureau)
        self._stop = threading.Event()
        self._running = dict.fromkeys(LANES, 0)
        self._count = threading.Lock()
        self._pool = ThreadPoolExecutor(MOST_WORKERS + LOCAL_WORKERS, thread_name_prefix="poll")
        self._ticked = dict.fromkeys(("claim", "publish"), time.monotonic())
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": TickThreads(8)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        """Work until SIGTERM or Ctrl-C, then stop calmly."""
        bureau = self._bureau
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        sock = listen(bureau.settings.server)
        begin(bureau)
        enquiries = Enquiries(
            lambda: bureau.archive,
            lambda: bureau.told,
            lambda: bureau.book,
            lambda: bureau.settings.site,
            bureau.clock.monotonic,
        )
        answers = Answers(
            lambda: bureau.shelf,
            lambda: bureau.settings.site,
            self._past,
            self._ready,
            enquiries,
            lambda: bureau.settled,
            lambda: figures(bureau),
        )
        server = WebServer(answers, sock)
        control = Control(
            bureau.settings.data / "run" / "control.sock",
            lambda asked: carry_out(bureau, asked),
            lambda: 2 * bureau.settings.fetch.max_bytes + LONGEST_REQUEST,
            lambda: at_rest(bureau),
        )
        previous = self._catch_signals()
        try:
            server.start()
            self._begin_ticks()
            events.say(f"serving {address(sock)}")
            self._wait()
        finally:
            events.record("stopping")
            _end_in_time()
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)
            bureau.door.close()
            self._pool.shutdown(wait=False, cancel_futures=True)
            control.close()
            server.stop()
            self._let_finish()
            bureau.close()
            for number, handler in previous.items():
                signal.signal(number, handler)
            events.record("stopped")

    def stop(self) -> None:
        """Ask the daemon to stop."""
        self._stop.set()

    def _catch_signals(self) -> dict[int, Any]:
        if threading.current_thread() is not threading.main_thread():
            return {}

        def caught(number: int, frame: FrameType | None) -> None:
            self._stop.set()

        return {number: signal.signal(number, caught) for number in (signal.SIGTERM, signal.SIGINT)}

    def _begin_ticks(self) -> None:
        for name, seconds, tick in (
            ("claim", CLAIM, self._claim),
            ("publish", PUBLISH, self._publish),
            ("index", INDEX, self._bureau.archive.feed_search),
            ("look", LOOK, self._look_after),
            ("config", CONFIG, self._bureau.config.look),
            ("seal", SEAL, lambda: seal(self._bureau)),
            ("verify", VERIFY, self._watch.look),
        ):
            self._scheduler.add_job(
                self._guarded(name, tick),
                "interval",
                seconds=seconds,
                id=name,
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()

    def _guarded(self, name: str, tick: Callable[[], object]) -> Callable[[], None]:
        """Return *tick* so that a fault in it is told and the next one comes all the same."""

        def run() -> None:
            self._mark(name)
            if self._stop.is_set():
                return
            try:
                tick()
            except ReadOnly as error:
                if not self._bureau.broken:  # Told once, until it was opened anew.
                    events.record("refused", level=logging.ERROR, what=name, why=error)
                self._bureau.broken = True
            except Exception as error:  # noqa: BLE001 - a bug in a tick must not end the ticks
                if self._bureau.closed:
                    return  # It came too late, or was cut in its work.
                events.bug("broke", error, what=f"{name} tick")

        return run

    def _mark(self, name: str) -> None:
        """Note that a tick is alive: one that waits for a lock, or never ends, is noticed by that."""
        if name in self._ticked:
            self._ticked[name] = time.monotonic()

    def _wait(self) -> None:
        """Wait to be stopped, and follow the wall clock when it is set."""
        ahead = self._ahead()
        while not self._stop.wait(1.0):
            step = self._ahead() - ahead
            if abs(step) > CLOCK_SET:
                ahead += step
                self._follow_clock(timedelta(seconds=round(step)))

    def _ahead(self) -> float:
        """Return the wall clock's lead over the monotonic one: it changes only when a clock is set."""
        clock = self._bureau.clock
        return clock.now().timestamp() - clock.monotonic()

    def _follow_clock(self, step: timedelta) -> None:
        """Keep what was planned by the old time: due polls and ticks move with the clock."""
        events.record("followed", level=logging.WARNING, what="the clock was set", by=step)
        self._bureau.ledger.shift(step)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))

    def _claim(self) -> None:
        """Hand as many due sources to the workers as there are free ones."""
        if not self._bureau.writable:
            return  # Answers could not be kept: nobody is asked for them in vain.
        for lane in LANES:
            bureau = self._bureau
            size = bureau.settings.fetch.workers if lane == "net" else LOCAL_WORKERS
            with self._count:
                free = size - self._running[lane]
            if free <= 0:
                continue
            for claim in bureau.ledger.claim(bureau.clock.now(), free, bureau.lease(), lane):
                with self._count:
                    self._running[lane] += 1
                self._pool.submit(self._poll, claim, lane)

    def _poll(self, claim: Claim, lane: str) -> None:
        try:
            poll(self._bureau, claim)
        except Exception as error:  # noqa: BLE001 - a bug met in one source must not hurt the others
            if not self._stop.is_set():
                events.bug("broke", error, what="poll", source=claim.key)
        finally:
            with self._count:
                self._running[lane] -= 1

    def _publish(self) -> None:
        while not self._stop.is_set() and publish(self._bureau) is not None:
            self._mark("publish")

    def _look_after(self) -> None:
        if self._bureau.look_after():
            events.record("mended", level=logging.WARNING, what="index and published files were made anew")
        carry_on(self._bureau)

    def _let_finish(self) -> None:
        """Give polls that are under way a moment: the door is shut, so they end soon."""
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            with self._count:
                if not any(self._running.values()):
                    return
            time.sleep(0.02)

    def _past(self, name: str) -> Past | None:
        """Return what became of a topic's slug, or of an article's page."""
        book = self._bureau.book
        former = book.formerly(name)
        if former is not None:
            return Past(None if former.define.removed else former.slug)
        rule = book.called(name)
        if rule is not None:
            return Past(soon=not rule.define.removed)
        article = f"urn:uuid:{bare(name)}"
        gone = self._bureau.archive.tombstone(article)
        if gone is not None and gone.withheld:
            return Past(when=parse(gone.at))
        items = self._bureau.told.of_article(article)
        if not any(item.n is not None for item in items):
            return None
        if any(item.state == "published" and book.stands(item.topic) for item in items):
            return Past(soon=True)
        withdrawn = [item.updated for item in items if item.state == "withdrawn" and item.updated]
        return Past(when=parse(max(withdrawn)) if withdrawn else None)

    def _ready(self) -> tuple[bool, dict[str, Any]]:
        """Return whether all is well, with the facts."""
        bureau = self._bureau
        alive = time.monotonic() - min(self._ticked.values()) < STALLED
        ready = alive and bureau.writable
        accounts = bureau.ledger.accounts()
        return ready, {
            "ready": ready,
            "writable": bureau.writable,
            "ticking": alive,
            "config": "faulty" if bureau.config.faults else "current",
            "clock": "doubtful" if bureau.trust.doubtful() else "trusted",
            "verified": msgspec.to_builtins(self._watch.last) if self._watch.last else None,
            "articles": bureau.archive.count(),
            "search_lag": bureau.archive.search_lag,
            "topics": len(bureau.book.in_force()),
            "sources": len(accounts),
            "failing": sum(account.failures > 0 for account in accounts),
        }


def _end_in_time() -> None:
    """See that the process ends within LAST: what is still under way then is cut as by a crash.

    LOCK falls with the process and never before its last write; the next start
    completes what was cut.
    """

    def cut() -> None:
        events.record("stopped", level=logging.WARNING, what="work under way was cut; the next start does it")
        os._exit(0)

    timer = threading.Timer(LAST, cut)
    timer.daemon = True
    timer.start()
