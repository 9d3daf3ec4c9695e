"""The lines of an answer's head as they come -> those that say something to us, as `http.client` reads them.

It gives up at a hundred headers, and takes a line without a colon for the end of the head:
what follows (how the body is framed, how packed) would count as body. Servers send both, and
browsers pass over them. So does this; what a head may have in all is bounded by the wire.
"""

from typing import Any

HEARD = frozenset(
    b"age cache-control connection content-encoding content-language content-length content-signal content-type date "
    b"etag expires keep-alive last-modified link location proxy-connection retry-after tdm-reservation "
    b"transfer-encoding".split()
)
"""Headers that anybody here asks for; cookies and all else are nobody's business."""
_MOST = 64
"""Lines of them; a server that sends more of so few repeats itself."""


class Head:
    """The wire while a head is read."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._begins = True
        self._follows = False
        self._count = 0

    def readline(self, limit: int = -1) -> bytes:
        """Return the status line, then each line that says something, then the empty one."""
        line: bytes = self._file.readline(limit)
        if self._begins:
            self._begins = False
            return line
        while line.strip(b"\r\n"):
            if said := self._heard(line):
                return said
            while line and not line.endswith(b"\n"):  # The rest of a very long one.
                line = self._file.readline(limit)
            line = self._file.readline(limit)
        self._begins, self._follows = True, False
        return b"\r\n" if line else b""

    def _heard(self, line: bytes) -> bytes:
        """Return a line that is to be heard, else nothing; one that begins with a space goes with that before it."""
        if line[:1] in {b" ", b"\t"}:
            return line if self._follows else b""
        name, colon, value = line.partition(b":")
        name = name.rstrip()
        self._follows = bool(colon) and name.lower() in HEARD and self._count < _MOST
        self._count += self._follows
        return name + colon + value if self._follows else b""

    def close(self) -> None:
        """Close the wire."""
        self._file.close()
