"""Time as an argument: what the hour is, how long since, and whether to believe it."""

import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Protocol

DOUBT = timedelta(hours=24)
_HOSTS = 3
_WITH_SLEEP: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_REMEMBERED = 9


class Clock(Protocol):
    """Wall and monotonic time together, so that a test can turn both."""

    def now(self) -> datetime:
        """Return the wall clock's time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """Return the wall clock's time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards, those that the machine slept among them.

        time.monotonic() stands still meanwhile, on Linux and on macOS.
        """
        return time.clock_gettime(_WITH_SLEEP)


class Trust:
    """Whether the wall clock can be believed.

    It is doubtful when it is more than a day ahead of where it was at the start
    plus the time that has passed since, or of the `Date` of each of the last
    hosts that answered, of three at least and of nine at most: one that agrees
    outweighs all others. When three agree with it, it is believed whatever the
    start says. While it is doubtful, articles are kept and marked, and topics
    publish nothing.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = (clock.now(), clock.monotonic())
        self._lock = threading.Lock()
        self._heard: deque[tuple[str, datetime, float]] = deque(maxlen=_REMEMBERED)

    def heard(self, host: str, date: datetime) -> None:
        """Note the `Date` header of a host that answered just now."""
        with self._lock:
            others = [entry for entry in self._heard if entry[0] != host]
            self._heard = deque([*others, (host, date, self._clock.monotonic())], maxlen=_REMEMBERED)

    def doubtful(self) -> bool:
        """Say whether the wall clock seems to be wrong."""
        with self._lock:
            now, tick = self._clock.now(), self._clock.monotonic()
            leads = [now - _later(date, tick - then) for _, date, then in self._heard]
            if sum(abs(lead) <= DOUBT for lead in leads) >= _HOSTS:
                self._start = (now, tick)
                return False
            if len(leads) >= _HOSTS and all(lead > DOUBT for lead in leads):
                return True
            began, then = self._start
            return now - _later(began, tick - then) > DOUBT


def _later(moment: datetime, seconds: float) -> datetime:
    return moment + timedelta(seconds=seconds)
