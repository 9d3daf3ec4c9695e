"""data/run/control.sock: how a writing command asks the one writer, and is told when it is durable.

One JSON object a line each way. The socket is 0600: who may write the data may ask.
"""

import contextlib
import io
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, cast

from archive import holder
from feeds import events
from feeds.errors import CommandError, FeedsError

PATIENCE = 5.0
MOMENT = 3.0
"""Seconds for which a process may hold the archive without a word."""
_LONGEST_PATH = 100
STILL = 300.0
"""Seconds for which the daemon holds still at most."""
_HOLD, _HELD, _LET_GO = b'{"do":"hold"}\n', b'{"held":true}\n', b'{"let":"go"}\n'
LONGEST_REQUEST = 1_000_000
"""Bytes of a request beside a source's answer that may be in it."""


@contextlib.contextmanager
def short_name(path: Path) -> Iterator[str]:
    """Hand out a name of *path* that fits into a socket address (108 bytes at most)."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    with tempfile.TemporaryDirectory(prefix="nw") as folder:
        link = Path(folder) / "d"
        link.symlink_to(path.parent.absolute())
        yield str(link / path.name)


class Control:
    """Listens for commands and hands each to *handle*, one at a time.

    handle   takes a request, returns the facts to reply with; a FeedsError becomes
             the command's own error
    longest  how many bytes a request may have
    at_rest  what is entered for a command that asks us to hold still
    """

    def __init__(
        self,
        path: Path,
        handle: Callable[[dict[str, Any]], dict[str, Any]],
        longest: Callable[[], int] = lambda: LONGEST_REQUEST,
        at_rest: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self._path = path
        self._handle = handle
        self._longest = longest
        self._at_rest = at_rest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # We hold the lock: whoever left it is gone.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with short_name(path) as name:
                self._socket.bind(name)
        finally:
            os.umask(before)
        self._socket.listen(128)
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with contextlib.suppress(OSError):  # Of a disk that takes nothing; who finds it later gets no answer.
            self._path.unlink(missing_ok=True)
        self._thread.join(2)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            try:
                most = self._longest()
                text = stream.readline(most)
                stream.write(b'{"heard":true}\n')
                stream.flush()
                if text == _HOLD:
                    self._hold(connection, cast("BinaryIO", stream))
                    return
                too_long = f"the request is longer than {most} bytes (is fetch.max_bytes larger there?)"
                reply: dict[str, Any] = (
                    {"done": self._handle(json.loads(text))} if len(text) < most else {"error": too_long}
                )
            except FeedsError as error:
                reply = {"error": str(error)}
            except Exception as error:  # noqa: BLE001 - the command is told, the owner gets the traceback
                events.bug("broke", error, what="command")
                reply = {"error": f"{type(error).__name__}: {error} (see the daemon's log)"}
            with contextlib.suppress(OSError):
                stream.write(json.dumps(reply).encode() + b"\n")
                stream.flush()

    def _hold(self, connection: socket.socket, stream: BinaryIO) -> None:
        """Change nothing until the command says that it is done, or is gone; but not for ever."""
        with self._at_rest():
            stream.write(_HELD)
            stream.flush()
            connection.settimeout(STILL)
            with contextlib.suppress(OSError):
                if stream.readline() == _LET_GO:
                    stream.write(_LET_GO)


@contextlib.contextmanager
def held(path: Path) -> Iterator[bool]:
    """Have the daemon change nothing while the block lasts; hand out whether there is one.

    Raises CommandError behind the block where the daemon went on before its end.
    """
    if not path.exists():
        yield False
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            stream = _heard(connection, path, _HOLD)
        except OSError:
            stream = None
        if stream is None:
            yield False
            return
        connection.settimeout(STILL)
        still = stream.readline() == _HELD
        if still:
            yield True
        try:
            stream.write(_LET_GO)
            stream.flush()
            still = still and stream.readline() == _LET_GO
        except OSError:
            still = False
    if not still:
        raise CommandError("the daemon stopped, or could not hold still for so long; run it again")


def _heard(connection: socket.socket, path: Path, request: bytes) -> io.BufferedRWPair | None:
    """Send a request; return the stream of its reply once the daemon has heard it, None where it has not."""
    connection.settimeout(PATIENCE)
    with short_name(path) as name:
        connection.connect(name)
    stream = connection.makefile("rwb")
    stream.write(request)
    stream.flush()
    return stream if stream.readline() else None


def ask(path: Path, request: dict[str, Any]) -> dict[str, Any] | None:
    """Have the daemon carry out *request*; return its facts, or None where no daemon answers.

    Waits as long as the work takes, but only five seconds to be heard.
    """
    if not path.exists():
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            stream = _heard(connection, path, json.dumps(request).encode() + b"\n")
            if stream is None:
                return None
            connection.settimeout(None)
            reply = json.loads(stream.readline() or b"null")
        except (OSError, ValueError):
            return None
    if reply is None:
        raise CommandError("the daemon stopped before it was done; look at its log and try again")
    if "error" in reply:
        raise CommandError(reply["error"])
    done: dict[str, Any] = reply["done"]
    return done


def refuse_silent(data: Path) -> None:
    """Raise CommandError where a process holds the archive below *data*, and nobody answers for it.

    One that stands by looks now and then whether it may write, and holds it for that moment.
    """
    until = time.monotonic() + MOMENT
    while (pid := holder(data / "LOCK")) is not None:
        if time.monotonic() > until:
            raise CommandError(
                f"process {pid or 'unknown'} writes to {data} and does not answer; wait for it, or stop it"
            )
        time.sleep(0.05)
