"""Where to listen -> sockets that do: TCP over IPv4 and IPv6, and Unix sockets that a proxy beside us opens."""

import contextlib
import os
import socket
import stat
from pathlib import Path

from feeds.control import short_name
from feeds.errors import CommandError
from feeds.settings import Listening, Server, Tcp

_BACKLOG = 512
_MOMENT = 2.0
"""Seconds in which a program that listens takes a connection."""


class UnixSocket(socket.socket):
    """A socket with a place in the file system, which goes with it.

    path   where it is found
    """

    def __init__(self) -> None:
        super().__init__(socket.AF_UNIX, socket.SOCK_STREAM)
        self.path = Path()
        self._inode = -1

    def stand_at(self, path: Path, mode: int) -> None:
        """Listen at *path*: whoever finds it there may connect at once, and only who is meant to."""
        made = path.with_name(f".{path.name}.{os.getpid()}")
        made.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            with short_name(made) as name:
                self.bind(name)
        finally:
            os.umask(before)
        try:
            self.listen(_BACKLOG)
            made.chmod(mode)
            made.replace(path)  # What a dead process left there is taken over in one step.
        except OSError:
            made.unlink(missing_ok=True)
            raise
        self.path, self._inode = path, path.stat().st_ino

    def close(self) -> None:
        """Take the socket away, unless another stands there by now."""
        with contextlib.suppress(OSError):
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()
        self._inode = -1
        super().close()


def listen(place: Listening, *, mode: int = 0o660, six_only: bool = False) -> socket.socket:
    """Return a socket that listens at one place. Raises CommandError where that cannot be.

    mode       of a Unix socket
    six_only   an IPv6 address is to leave IPv4 to another socket
    """
    sock: socket.socket | None = None
    try:
        if isinstance(place, Tcp):
            family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
            # By its name: only then asyncio has what is written leave at once, also behind a head that is on its way.
            sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if six_only:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((place.host, place.port))
            sock.listen(_BACKLOG)
        else:
            _refuse_taken(place.path)
            sock = UnixSocket()
            sock.stand_at(place.path, mode)
    except (
        OSError,
        OverflowError,
        TypeError,
        ValueError,
    ) as error:  # The last two for a host that is no name.
        if sock is not None:
            sock.close()
        raise CommandError(f"cannot listen at {place}: {_why(error)} ({_mend(place)})") from error
    return sock


def listen_at_all(where: Server) -> list[socket.socket]:
    """Return a socket for each place in turn. Raises CommandError, and listens nowhere, where one cannot be."""
    four = {place.port for place in where.listen if isinstance(place, Tcp) and ":" not in place.host}
    found: list[socket.socket] = []
    try:
        for place in where.listen:
            both = isinstance(place, Tcp) and ":" in place.host and place.port in four
            found.append(listen(place, mode=where.socket_mode, six_only=both))
    except CommandError:
        for sock in found:
            sock.close()
        raise
    return found


def address(sock: socket.socket) -> str:
    """Return the address at which *sock* can be asked: a URL, or `unix:` and a path."""
    if isinstance(sock, UnixSocket):
        return f"unix:{sock.path}"
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _refuse_taken(path: Path) -> None:
    """Raise OSError where somebody listens at *path*, or where something else stands there."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise OSError(0, "something else stands there, which is left alone")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, short_name(path) as name:
        probe.settimeout(_MOMENT)
        try:
            probe.connect(name)
        except ConnectionRefusedError:
            return  # Whoever left it is gone.
        except TimeoutError:
            pass
    raise OSError(0, "another program listens there")


def _why(error: BaseException) -> object:
    return getattr(error, "strerror", None) or error


def _mend(place: Listening) -> str:
    if isinstance(place, Tcp):
        return (
            "is another program there? set server.listen in config.yaml to another port, "
            "or to port 0 for any free one"
        )
    return "server.listen in config.yaml must name a place in a folder that can be written to"
