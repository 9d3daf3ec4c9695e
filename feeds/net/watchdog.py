"""A total deadline for an exchange: at the deadline its socket is shut down.

A timeout in requests bounds one read; a server that drips a byte a second holds
a worker for ever. Shutting the socket ends connect, handshake and read alike.
"""

import heapq
import itertools
import os
import socket
import threading
import time


class Exchange:
    """One request under way, with whatever socket it now uses.

    late      its deadline came
    stopped   it was cut because we are shutting down
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._over = False
        self.late = False
        self.stopped = False

    def uses(self, sock: socket.socket) -> None:
        """Note the socket. A duplicate is held: TLS takes the original for itself."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
            # By descriptor: a TLS socket refuses dup(), and shutting the TCP below it is meant.
            self._socket = socket.socket(fileno=os.dup(sock.fileno()))
            cut = self.late or self.stopped
        if cut:
            self._shut()

    def cut(self, *, stopped: bool) -> None:
        """End it now."""
        with self._lock:
            if self._over:
                return
            self.late, self.stopped = self.late or not stopped, self.stopped or stopped
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
    """One thread that cuts exchanges at their deadlines."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        self._heap: list[tuple[float, int, Exchange]] = []
        self._running: set[Exchange] = set()
        self._count = itertools.count()
        self._closed = False
        self._thread: threading.Thread | None = None

    def begin(self, seconds: float) -> Exchange:
        """Return a new exchange that is cut in *seconds*."""
        exchange = Exchange()
        with self._wake:
            if self._closed:
                exchange.stopped = True
                return exchange
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._count), exchange))
            self._running.add(exchange)
            self._wake.notify()
        return exchange

    def end(self, exchange: Exchange) -> None:
        """Take an exchange that is over off the watch."""
        exchange.over()
        with self._wake:
            self._running.discard(exchange)

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
                left = at - time.monotonic()
                if exchange in self._running and left > 0:
                    self._wake.wait(left)
                    continue
                heapq.heappop(self._heap)
                if exchange in self._running:
                    exchange.cut(stopped=False)
