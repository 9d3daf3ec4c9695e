"""A connection to the readers' door -> requests, in bounded time and number.

uvicorn waits for ever for a request that was begun, and takes every connection
there is: silent clients held all of the process's files, and with them the archive.
"""

import asyncio
import logging
import resource
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from feeds import events

PATIENCE = 20.0
"""Seconds in which a request must have come whole, and a reader taken some of the answer."""
LONGEST_ANSWER = 30
"""Times PATIENCE after which an answer that is not taken is cut."""
MOST = 512


def most_connections() -> int:
    """Return how many connections are held at once: a quarter of the files that may be open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else max(8, min(MOST, files // 4))


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to waiting.

    Where there are too many connections the one that has kept us waiting longest
    goes: a new one may be a reader. Where it is nobody's turn but ours, it is the one
    that has been taking its answer longest, if that is out of patience, too.
    """

    _timer: asyncio.TimerHandle | None = None
    since = 0.0
    _times = 0
    _begun = False
    _last: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, and wait for its first request."""
        super().connection_made(transport)
        self._wait()
        if len(self._line) > most_connections():
            longest = next(one for one in self._line if one.is_waiting)  # None but this one, it may be.
            first = next(iter(self._line))
            is_late = longest is self and self.loop.time() - first.since > PATIENCE
            (first if is_late else longest).leave()

    @property
    def _line(self) -> "dict[PatientProtocol, None]":
        """The connections of our server, those that began to wait longest ago first."""
        found: dict[PatientProtocol, None] = vars(self.server_state).setdefault("line", {})
        return found

    def leave(self) -> None:
        """Cut the connection."""
        self._line.pop(self, None)
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP/1.1, of which there is plenty at an open port; it is named once."""
        events.once("dropped", level=logging.INFO, what="request", why="it is no HTTP/1.1")
        super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._line.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came; with the first of a request, and with all of it, patience begins anew."""
        if self.is_waiting and not self._begun:
            self._begun = True
            self._wait()
        super().data_received(data)
        if self.cycle is not self._last:
            self._last, self._begun = self.cycle, False
            self._wait()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a connection whose client has said all it will ever say (`nc`), until it has its answer."""
        if not self._is_answered:
            self.cycle.keep_alive = False
        return not self._is_answered

    @property
    def _is_answered(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)

    @property
    def is_waiting(self) -> bool:
        """Whether it is the client's turn: what it asked for has left us."""
        return self._is_answered and not self.transport.get_write_buffer_size()

    def _wait(self) -> None:
        self.since, self._times = self.loop.time(), 0
        self._line.pop(self, None)
        self._line[self] = None
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(PATIENCE, self._late)

    def _late(self) -> None:
        self._times += 1
        if self.is_waiting or self._times >= LONGEST_ANSWER:
            self.leave()
        else:
            self._arm()
