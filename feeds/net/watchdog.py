"""A total deadline and a least rate for an exchange: who keeps us waiting has its socket shut.

A timeout in requests bounds one read; a server that drips a byte a second holds
a worker for ever. Shutting the socket ends connect, handshake and read alike.
"""

import heapq
import itertools
import os
import socket
import threading
import time

LEAST_RATE = 1000
"""Bytes a second of a body, measured from its head on."""
PATIENT = 10.0
"""Seconds before a body's rate is looked at."""
_LOOK = 1.0


class Exchange:
    """One request under way, with whatever socket it now uses.

    late      its deadline came
    slow      its body came at less than LEAST_RATE
    put_off   it was cut in favour of others; its source is asked again
    stopped   it was cut because we are shutting down
    """

    def __init__(self, until: float) -> None:
        self.until = until
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._over = False
        self._body_since: float | None = None
        self._came = 0
        self.late = self.slow = self.put_off = self.stopped = False

    @property
    def cut_off(self) -> bool:
        """Whether it was ended from outside."""
        return self.late or self.slow or self.put_off or self.stopped

    def left(self) -> float:
        """Return the seconds until its deadline, never less than nothing."""
        return max(0.0, self.until - time.monotonic())

    def uses(self, sock: socket.socket) -> None:
        """Note the socket. A duplicate is held: TLS takes the original for itself."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            # By descriptor: a TLS socket refuses dup(), and shutting the TCP below it is meant.
            self._socket = socket.socket(fileno=os.dup(sock.fileno()))
            cut = self.cut_off
        if cut:
            self._shut()

    def came(self, size: int) -> None:
        """Note bytes that came over the wire."""
        self._came += size

    def body(self, *, begins: bool) -> None:
        """Note that a body begins, of which the rate is watched, or has ended."""
        self._came = 0
        self._body_since = time.monotonic() if begins else None

    def look(self, now: float) -> float:
        """End it if its time is over or its body comes too slowly; return when to look again."""
        if now >= self.until:
            self.cut(late=True)
        since = self._body_since
        if since is not None and now - since >= PATIENT and self._came < LEAST_RATE * (now - since):
            self.cut(slow=True)
        return min(self.until, now + _LOOK)

    def cut(
        self, *, late: bool = False, slow: bool = False, put_off: bool = False, stopped: bool = False
    ) -> None:
        """End it now, for one of these reasons."""
        with self._lock:
            if self._over:
                return
            self.late, self.slow = self.late or late, self.slow or slow
            self.put_off, self.stopped = self.put_off or put_off, self.stopped or stopped
        self._shut()

    def _shut(self) -> None:
        with self._lock:
            try:
                if self._socket is not None:
                    self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It had ended by itself.

    def over(self) -> None:
        """Forget the socket: the exchange has ended."""
        with self._lock:
            self._over = True
            if self._socket is not None:
                self._socket.close()
                self._socket = None


class Watchdog:
    """One thread that looks at exchanges, and cuts those that keep us too long."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._heap: list[tuple[float, int, Exchange]] = []
        self._running: dict[Exchange, int] = {}
        self._count = itertools.count()
        self._closed = False
        self._thread: threading.Thread | None = None

    def begin(self, seconds: float) -> Exchange:
        """Return a new exchange of the calling thread, that is cut in *seconds*."""
        now = time.monotonic()
        exchange = Exchange(now + seconds)
        with self._wake:
            if self._closed:
                exchange.stopped = True
                return exchange
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            heapq.heappush(self._heap, (min(exchange.until, now + PATIENT), next(self._count), exchange))
            self._running[exchange] = threading.get_ident()
            self._wake.notify()
        return exchange

    def end(self, exchange: Exchange) -> None:
        """Take an exchange that is over off the watch."""
        exchange.over()
        with self._wake:
            self._running.pop(exchange, None)

    def put_off(self, thread: int) -> bool:
        """Cut what the thread with this number is waiting for; return whether it was waiting."""
        with self._wake:
            found = [exchange for exchange, owner in self._running.items() if owner == thread]
        for exchange in found:
            exchange.cut(put_off=True)
        return bool(found)

    def close(self) -> None:
        """Cut everything that is under way, and all that would begin."""
        with self._wake:
            self._closed = True
            running = list(self._running)
            self._wake.notify()
        for exchange in running:
            exchange.cut(stopped=True)

    def _run(self) -> None:
        with self._wake:
            while not self._closed:
                if not self._heap:
                    self._wake.wait()
                    continue
                at, _, exchange = self._heap[0]
                now = time.monotonic()
                if exchange in self._running and at > now:
                    self._wake.wait(at - now)
                    continue
                heapq.heappop(self._heap)
                if exchange in self._running:
                    again = exchange.look(now)
                    if not exchange.cut_off:
                        heapq.heappush(self._heap, (again, next(self._count), exchange))
