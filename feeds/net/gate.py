"""One request a host at a time, with a pause between two: what a host may expect of us."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PAUSE = 1.0
_REMEMBERED = 10_000


class _Turn:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.free_at = 0.0


class Gate:
    """Lets one request at a time through to each host, PAUSE seconds apart."""

    def __init__(
        self,
        pause: float = PAUSE,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause = pause
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._turns: dict[str, _Turn] = {}

    @contextmanager
    def turn(self, host: str, seconds: float = -1) -> Iterator[None]:
        """Wait for our turn at *host*, and keep others waiting until we are done.

        Raises TimeoutError where it does not come within *seconds* (-1: however long it takes).
        """
        with self._lock:
            if len(self._turns) >= _REMEMBERED:
                self._forget()
            turn = self._turns.setdefault(host, _Turn())
        if not turn.lock.acquire(timeout=seconds):
            raise TimeoutError(f"others kept {host} busy")
        try:
            wait = turn.free_at - self._monotonic()
            if wait > 0:
                self._sleep(wait)
            try:
                yield
            finally:
                turn.free_at = self._monotonic() + self._pause
        finally:
            turn.lock.release()

    def _forget(self) -> None:
        """Forget hosts whose pause is over; called with the lock held."""
        now = self._monotonic()
        idle = [host for host, turn in self._turns.items() if turn.free_at < now and not turn.lock.locked()]
        for host in idle:
            del self._turns[host]
