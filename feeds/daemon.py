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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor as TickThreads
from apscheduler.schedulers.background import BackgroundScheduler

from archive import ReadOnly, refused_by_disk
from feeds import events
from feeds.answering.reception import answers_of, readiness
from feeds.care.erasing import carry_on
from feeds.care.noticing import Lookout, note_writing
from feeds.care.targets import Reach
from feeds.care.upkeep import Watch, at_rest, pack, seal
from feeds.control import LONGEST_REQUEST, Control
from feeds.editing.desk import carry_out
from feeds.intake.pipeline import publish
from feeds.office.bureau import Bureau
from feeds.polls import Polls
from feeds.rounds import LANES, begin
from feeds.schedule.ledger import Claim
from feeds.web.answer import Answers
from feeds.web.listening import listen_at_all
from feeds.web.server import WebServer

CLAIM, PUBLISH, PACK, INDEX, LOOK, CONFIG = 0.5, 1.0, 0.5, 1.0, 5.0, 1.0
SEAL, VERIFY, TELL, REACH = 60.0, 600.0, 60.0, 60.0
"""Seconds between two ticks of each kind."""
CLOCK_SET = 30.0
"""Seconds by which the wall clock must leap to be taken for set."""
STALLED = 30.0
"""Seconds without a claim or a publish tick after which the service is not ready."""
LOCAL_WORKERS = 2
MOST_WORKERS = 256 + 64 + 64
"""Threads there may ever be, slow ones and those aside with them: fetch.workers can grow while we run."""
GRACE = 3.0
LAST = 4.5
"""Seconds after which a stop waits for nothing any more."""


class Daemon:
    """Polls, archives, publishes and serves until it is told to stop.

    stop     set from outside, to end it
    server   one that answers already; it is turned to what we have to say
    """

    def __init__(
        self, bureau: Bureau, stop: threading.Event | None = None, server: WebServer | None = None
    ) -> None:
        self._bureau = bureau
        self._stop = stop or threading.Event()
        self._server = server
        self._control: Control | None = None
        self._watch = Watch(bureau)
        self._lookout = Lookout(bureau)
        self._reach = Reach(bureau)
        self._polls = Polls(bureau, LOCAL_WORKERS)
        self._pool = ThreadPoolExecutor(MOST_WORKERS + LOCAL_WORKERS, thread_name_prefix="poll")
        self._ticked = dict.fromkeys(("claim", "publish"), time.monotonic())
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": TickThreads(11)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def prepare(self) -> None:
        """Listen, bring all up to the configuration, and hear commands: what a disk may refuse."""
        bureau = self._bureau
        socks = [] if self._server is not None else listen_at_all(bureau.settings.server)
        try:
            begin(bureau)
            self._control = Control(
                bureau.settings.data / "run" / "control.sock",
                lambda asked: carry_out(bureau, asked),
                lambda: 2 * bureau.settings.fetch.max_bytes + LONGEST_REQUEST,
                lambda: at_rest(bureau),
            )
        except BaseException:
            for sock in socks:
                sock.close()
            raise
        if self._server is None:
            self._server = WebServer(self._answers(), *socks, trusted=bureau.settings.server.trusted_proxies)

    def _answers(self) -> Answers:
        return answers_of(self._bureau, self._ready)

    def run(self) -> None:
        """Work until SIGTERM or Ctrl-C, then stop calmly."""
        bureau = self._bureau
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        if self._control is None:
            self.prepare()
        server, control = self._server, self._control
        assert server is not None
        assert control is not None
        with stopping(self._stop):
            try:
                if server.answers_already:
                    server.turn_to(self._answers())
                else:
                    server.start()
                    for address in server.addresses:
                        events.say(f"serving {address}")
                self._begin_ticks()
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
        events.record("stopped")

    def stop(self) -> None:
        """Ask the daemon to stop."""
        self._stop.set()

    def _begin_ticks(self) -> None:
        for name, seconds, tick in (
            ("claim", CLAIM, self._claim),
            ("publish", PUBLISH, self._publish),
            ("pack", PACK, lambda: pack(self._bureau, self._stop.is_set)),
            ("index", INDEX, self._bureau.archive.feed_search),
            ("look", LOOK, self._look_after),
            ("config", CONFIG, self._bureau.config.look),
            ("seal", SEAL, lambda: seal(self._bureau)),
            ("verify", VERIFY, self._watch.look),
            ("tell", TELL, self._lookout.look),
            ("reach", REACH, self._reach.look),
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
            except Exception as error:  # noqa: BLE001 - a bug in a tick must not end the ticks
                if self._bureau.closed:
                    return  # It came too late, or was cut in its work.
                if not (isinstance(error, ReadOnly) or refused_by_disk(error)):
                    events.bug("broke", error, what=f"{name} tick")
                    return
                if not self._bureau.broken:  # Told once, until it was opened anew.
                    events.record("refused", level=logging.ERROR, what=name, why=error)
                self._bureau.broken = str(error)

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
            bureau, free = self._bureau, self._polls.free(lane)
            claims = bureau.ledger.claim(bureau.clock.now(), free, bureau.lease(), lane) if free else []
            for claim in claims:
                self._polls.take(claim, lane)
                self._pool.submit(self._poll, claim)
            if lane == "net" and claims:
                self._polls.put_off()

    def _poll(self, claim: Claim) -> None:
        try:
            self._polls.poll(claim)
        except Exception as error:  # noqa: BLE001 - a bug met in one source must not hurt the others
            if not self._stop.is_set():
                events.bug("broke", error, what="poll", source=claim.key)

    def _publish(self) -> None:
        while not self._stop.is_set() and publish(self._bureau) is not None:
            self._mark("publish")

    def _look_after(self) -> None:
        note_writing(self._bureau)
        if self._bureau.look_after():
            events.record("mended", level=logging.WARNING, what="index and published files were made anew")
        carry_on(self._bureau)

    def _let_finish(self) -> None:
        """Give polls that are under way a moment: the door is shut, so they end soon."""
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            if not len(self._polls.places):
                return
            time.sleep(0.02)

    def _ready(self) -> tuple[bool, dict[str, Any]]:
        """Return whether all is well, with the facts."""
        alive = time.monotonic() - min(self._ticked.values()) < STALLED
        return readiness(self._bureau, self._watch, alive=alive)


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """Have SIGTERM and Ctrl-C set *stop*."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def caught(number: int, frame: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, caught) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


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
