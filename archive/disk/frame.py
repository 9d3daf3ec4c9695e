"""body -> framed line -> body: each line of a journal proves itself.

`{"_store":{"seq":"000000000042","sum":"<64 hex>","prev":"<64 hex>"},…}` and a
line feed. `sum` is the sha256 of the seq's twelve digits and of all bytes after
the sum's closing quote, the line feed included; `prev` is the sum of the line
before. So a line can be checked alone, in any language, without canonical JSON.
A line that was put in another's place has `was` behind `prev`: the other's sum,
which the `prev` of the line behind it goes on to name.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

GENESIS = "0" * 64
"""The `prev` of the first line of a journal."""

_HEAD = b'{"_store":{"seq":"'
_SUM = b'","sum":"'
_PREV = b',"prev":"'
_TAIL = b'"},'
_WAS = b'","was":"'
_SEQ_AT = len(_HEAD)
_SUM_AT = _SEQ_AT + 12 + len(_SUM)
_REST_AT = _SUM_AT + 64 + 1
_PREV_AT = _REST_AT + len(_PREV)
_BODY_AT = _PREV_AT + 64 + len(_TAIL)
_WAS_AT = _PREV_AT + 64 + len(_WAS)
_BODY_BEHIND_WAS_AT = _WAS_AT + 64 + len(_TAIL)

SHORTEST = _BODY_AT + 2
"""Bytes of the shortest line there can be: bounds how many a gap can have held."""


@dataclass(frozen=True, slots=True)
class Framed:
    """One line as it lies on disk.

    total   its `sum`, which the next line repeats as `prev`
    size    bytes, the line feed included
    was     the sum of the line in whose place it was put, or None
    """

    seq: int
    total: str
    prev: str
    body: bytes
    size: int
    was: str | None = None

    @property
    def asked_for(self) -> str:
        """The sum by which the line behind names this one."""
        return self.was or self.total


def frame(seq: int, prev: str, body: bytes, was: str | None = None) -> tuple[bytes, str]:
    """Return the bytes of a line and its sum. *body* is one JSON object with members.

    was   the sum of the line in whose place this one is put
    """
    digits = b"%012d" % seq
    replaced = _WAS + was.encode("ascii") if was is not None else b""
    rest = _PREV + prev.encode("ascii") + replaced + _TAIL + body[1:] + b"\n"
    total = hashlib.sha256(digits + rest).hexdigest()
    return _HEAD + digits + _SUM + total.encode("ascii") + b'"' + rest, total


def unframe(line: bytes) -> Framed | None:
    """Return what *line* (with its line feed) holds, or None when it proves nothing."""
    if len(line) < SHORTEST or not line.startswith(_HEAD) or not line.endswith(b"}\n"):
        return None
    digits, rest = line[_SEQ_AT : _SEQ_AT + 12], line[_REST_AT:]
    shape = line[_SEQ_AT + 12 : _SUM_AT] == _SUM and line[_REST_AT - 1 : _PREV_AT] == b'"' + _PREV
    body_at, was = _BODY_AT, None
    if line[_PREV_AT + 64 : _WAS_AT] == _WAS and line[_WAS_AT + 64 : _BODY_BEHIND_WAS_AT] == _TAIL:
        body_at, was = _BODY_BEHIND_WAS_AT, line[_WAS_AT : _WAS_AT + 64].decode("ascii", "replace")
    elif line[_PREV_AT + 64 : _BODY_AT] != _TAIL:
        return None
    if not (shape and digits.isdigit()):
        return None
    total = hashlib.sha256(digits + rest).hexdigest()
    if total.encode("ascii") != line[_SUM_AT : _SUM_AT + 64]:
        return None
    prev = line[_PREV_AT : _PREV_AT + 64].decode("ascii", "replace")
    return Framed(int(digits), total, prev, b"{" + line[body_at:-1], len(line), was)


def line_at(blob: bytes, at: int) -> Framed | None:
    """Return the line that begins at *at*, or None where none proves itself there.

    Its line feed may be another byte by now: then it ends where the next line begins, or
    where all ends, and its sum says so.
    """
    end = blob.find(b"\n", at) + 1
    line = unframe(blob[at:end]) if end else None
    if line is None:
        following = blob.find(_HEAD, at + 1)
        rest = blob[at : following if following >= 0 else len(blob)]
        line = unframe(rest[:-1] + b"\n")
    return line


def lines_within(blob: bytes) -> Iterator[tuple[int, Framed]]:
    """Yield every line that proves itself anywhere in *blob*, with where it begins.

    After a power loss later sectors can survive where earlier ones did not, and a
    line feed can rot: a good line may start in the midst of what was another.
    """
    at = blob.find(_HEAD)
    while at >= 0:
        line = line_at(blob, at)
        if line is not None:
            yield at, line
        at = blob.find(_HEAD, at + (line.size if line is not None else 1))


def lines_of(raw: bytes) -> Iterator[tuple[int, Framed]]:
    """Yield the line that *raw* is; where it fails its sum, those that stand within it."""
    line = unframe(raw)
    if line is not None:
        yield 0, line
    else:
        yield from lines_within(raw)
