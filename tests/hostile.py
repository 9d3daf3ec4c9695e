"""Servers that mean harm, on loopback; what a process opened and connected to; what memory it took."""

import contextlib
import ctypes
import gzip
import os
import socket
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Script = Callable[[socket.socket], None]


class Raw:
    """`with Raw(script) as server:` each connection is the script's; it ends when we do."""

    def __init__(self, script: Script, host: str = "127.0.0.1", *, listens: bool = True) -> None:
        self._script = script
        self._socket = socket.create_server((host, 0), backlog=256)
        self._over = False
        self.accepted = 0
        self.host, self.port = self._socket.getsockname()[:2]
        self.url = f"http://{host}:{self.port}/"
        if listens:
            threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *args: object) -> None:
        self._over = True
        self._socket.close()

    def _serve(self) -> None:
        while not self._over:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(30)
            self._script(connection)


def hear(connection: socket.socket) -> None:
    """Read a request's head."""
    heard = b""
    while b"\r\n\r\n" not in heard and (more := connection.recv(4096)):
        heard += more


def endless(head: bytes, part: bytes, pause: float = 0.0) -> Script:
    """Say *head* and then *part*, again and again, for as long as anybody listens."""

    def script(connection: socket.socket) -> None:
        hear(connection)
        connection.sendall(head)
        while True:
            connection.sendall(part)
            if pause:
                time.sleep(pause)

    return script


def once(answer: bytes) -> Script:
    """Say *answer*, and no more."""

    def script(connection: socket.socket) -> None:
        hear(connection)
        connection.sendall(answer)

    return script


def handshake_drip(connection: socket.socket) -> None:
    """Begin a TLS handshake record that never ends."""
    connection.recv(4096)
    connection.sendall(b"\x16\x03\x03\x40\x00")
    while True:
        connection.sendall(b"\x02")
        time.sleep(0.2)


def twice_packed(size: int) -> bytes:
    """So many zeros, millions of them, packed and packed again; the same block of a million is packed once."""
    part = bytes(1_000_000)
    many, check = size // len(part), 0
    for _ in range(many):
        check = zlib.crc32(part, check)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(part) + packer.flush(
        zlib.Z_FULL_FLUSH
    )  # Behind it nothing refers to what was before.
    head, end = gzip.compress(b"")[:10], zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    inner = head + block * many + end + check.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")
    return gzip.compress(inner, 9)


class Watched:
    """What this process connects to and opens, by its audit events."""

    def __init__(self) -> None:
        self.connects: list[Any] = []
        self.lookups: list[str] = []
        self.opens: list[str] = []
        self.on = False

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "socket.connect":
            self.connects.append(args[1])
        elif event == "socket.getaddrinfo":
            self.lookups.append(str(args[0]))
        elif event == "open":
            self.opens.append(str(args[0]))


_watched = Watched()
_hooked = False


@contextlib.contextmanager
def watching() -> Iterator[Watched]:
    """Note every connect, look-up and open of this process."""
    global _hooked  # noqa: PLW0603 - an audit hook stays for the life of the process
    if not _hooked:
        sys.addaudithook(_watched)
        _hooked = True
    _watched.connects, _watched.lookups, _watched.opens, _watched.on = [], [], [], True
    try:
        yield _watched
    finally:
        _watched.on = False


def _status(name: str, pid: int | str = "self") -> int:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith(name + ":")) * 1024


class Bounds:
    """How long something took, and by how much memory grew at its peak (Linux; else nothing is measured).

    beside   another process, whose growth is measured too, also where it ends meanwhile
    """

    def __init__(self, beside: int | None = None) -> None:
        self._began, self._worked = time.monotonic(), time.process_time()
        self.grown = self.grown_beside = 0
        self._beside, self._over = beside, threading.Event()
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # The peak counts from here.
            self._before = _status("VmRSS")
        self._watching = threading.Thread(target=self._watch, daemon=True)
        if beside is not None:
            with contextlib.suppress(OSError):
                Path(f"/proc/{beside}/clear_refs").write_text("5")
                self._before_beside = _status("VmRSS", beside)
                self._watching.start()

    def _watch(self) -> None:
        with contextlib.suppress(OSError, StopIteration):  # It may end.
            while not self._over.wait(0.02):
                self._look()

    def _look(self) -> None:
        grown = _status("VmHWM", self._beside or 0) - self._before_beside
        self.grown_beside = max(self.grown_beside, grown)

    def end(self) -> None:
        """Take the figures."""
        self.took, self.worked = time.monotonic() - self._began, time.process_time() - self._worked
        self._over.set()
        if self._watching.ident is not None:
            self._watching.join()
            with contextlib.suppress(OSError, StopIteration):
                self._look()
        with contextlib.suppress(OSError):
            self.grown = _status("VmHWM") - self._before


class Opened:
    """Whether anybody, this process or another, opens a file: by inotify; elsewhere than on Linux it skips."""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "inotify_init1"):
            pytest.skip("needs inotify")
        self._fd = libc.inotify_init1(os.O_NONBLOCK)
        assert libc.inotify_add_watch(self._fd, os.fsencode(path), 0x20) >= 0, "IN_OPEN"

    def times(self) -> int:
        """Return how often it was opened since it was last asked."""
        try:
            return len(os.read(self._fd, 65536)) // 16
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """Watch no longer."""
        os.close(self._fd)
