"""Time as an argument: what the hour is, how long since, and whether to believe it."""

import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Protocol

DOUBT = timedelta(hours=24)
_HOSTS = 3
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
        """Return seconds that never run backwards."""
        return time.monotonic()


class Trust:
    """Whether the wall clock can be believed.

    It is doubtful when it is more than a day ahead of where it was at the start
    plus the time that has passed since, or of the `Date` of each of the last
    hosts that answered, of three at least and of nine at most: one that agrees
    outweighs all others. While it is, articles are kept and marked, and
    topics publish nothing.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = (clock.now(), clock.monotonic())
        self._lock = threading.Lock()
        self._ahead: deque[tuple[str, timedelta]] = deque(maxlen=_REMEMBERED)

    def heard(self, host: str, date: datetime) -> None:
        """Note the `Date` header of a host that answered just now."""
        with self._lock:
            others = [entry for entry in self._ahead if entry[0] != host]
            self._ahead = deque([*others, (host, self._clock.now() - date)], maxlen=_REMEMBERED)

    def doubtful(self) -> bool:
        """Say whether the wall clock seems to be wrong."""
        began, tick = self._start
        expected = began + timedelta(seconds=self._clock.monotonic() - tick)
        if self._clock.now() - expected > DOUBT:
            return True
        with self._lock:
            return len(self._ahead) >= _HOSTS and all(ahead > DOUBT for _, ahead in self._ahead)
