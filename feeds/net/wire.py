"""A response as it comes over the wire -> the same, counted: heads bounded, all of it bounded.

`http.client` bounds each line, but not how many interim answers, chunk headers or
trailers come; here every byte counts, wherever it stands.
"""

import http.client
import io
import socket
import threading
from typing import Any

from feeds.errors import FetchError
from feeds.net.head import Head
from feeds.net.watchdog import Exchange

MOST_HEAD = 256 * 1024
"""Bytes of a head, with all interim answers before it."""
SPARE = 1024 * 1024
"""Bytes beyond the longest body for what frames it: chunk headers and trailers."""

current = threading.local()
"""The exchange of this thread, as `current.exchange`: connections report their sockets to it."""


def exchange_here() -> Exchange | None:
    """Return the exchange of this thread."""
    found: Exchange | None = getattr(current, "exchange", None)
    return found


class _Wire(io.RawIOBase):
    """A socket's bytes, counted."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._exchange = exchange_here()
        self._most = MOST_HEAD
        self._came = 0
        self._head = True

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int | None:
        count: int | None = self._raw.readinto(into)
        if count:
            self._came += count
            if self._exchange is not None:
                self._exchange.came(count)
            if self._came > self._most:
                what = (
                    f"a head of more than {MOST_HEAD} bytes" if self._head else "more than its body may hold"
                )
                raise FetchError(f"sent {what}", limit=True)
        return count

    def head_is_over(self) -> None:
        """Allow what a body may have from now on."""
        self._most = getattr(current, "max_bytes", MOST_HEAD) + SPARE
        self._head, self._came = False, 0
        if self._exchange is not None:
            self._exchange.body(begins=True)

    def close(self) -> None:
        self._raw.close()
        super().close()


class Reply(http.client.HTTPResponse):
    """`http.client`'s answer, read through a counted wire."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._wire = _Wire(self.fp.detach())
        self.fp = io.BufferedReader(self._wire)

    def begin(self) -> None:
        """Read the head; of interim answers (103 and the like) `http.client` passes over 100 alone."""
        whole: Any = self.fp
        self.fp = Head(whole)  # type: ignore[assignment]
        try:
            super().begin()
            while 101 < self.status < 200:
                self.headers = self.msg = None  # type: ignore[assignment]
                super().begin()
        finally:
            if self.fp is not None:  # It lets go of it where there is no answer.
                self.fp = whole
        self._wire.head_is_over()
