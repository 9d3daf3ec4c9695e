"""Values <-> bytes on a pipe between us and a worker: typed, so that nothing but values can come back."""

import os
import select
import time

import msgspec

from feeds.model import Document, Entry, Fetched, Known, Page
from feeds.settings import Selectors

_LENGTH = 8
_AT_ONCE = 2**20


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is asked for.

    kind      feed or page
    seconds   of CPU it may take
    memory    bytes that it may take beside what it has
    """

    kind: str
    fetched: Fetched
    known: Known | None = None
    select: Selectors = Selectors()
    seconds: float
    memory: int


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: one of the first three.

    error   why nothing could be read; `lost` and `memory` say of what kind it is
    last    the worker ends now, and another is to be asked next
    cpu     seconds that it took
    """

    document: Document | None = None
    page: Page | None = None
    error: str | None = None
    lost: bool = False
    memory: bool = False
    last: bool = False
    cpu: float = 0.0


_packed = msgspec.msgpack.Encoder().encode
_reply_of = msgspec.msgpack.Decoder(Reply).decode
task_of = msgspec.msgpack.Decoder(Task).decode


def pack(value: Task | Reply | Entry) -> bytes:
    """Return a value as bytes: as JSON where there is a number in it that MessagePack has no room for."""
    try:
        return _packed(value)
    except OverflowError:
        return msgspec.json.encode(value)


def reply_of(message: bytes) -> Reply:
    """Return the reply that was packed."""
    return msgspec.json.decode(message, type=Reply) if message.startswith(b"{") else _reply_of(message)


def send(file: int, message: bytes) -> None:
    """Write a message. Raises OSError where nobody reads it."""
    view = memoryview(len(message).to_bytes(_LENGTH, "big") + message)
    while view:
        view = view[os.write(file, view[:_AT_ONCE]) :]


def receive(file: int, seconds: float | None) -> bytes | None:
    """Return the next message, or None where the other side is gone. Raises TimeoutError."""
    until = time.monotonic() + seconds if seconds is not None else None
    head = _exactly(file, _LENGTH, until)
    return _exactly(file, int.from_bytes(head, "big"), until) if head is not None else None


def _exactly(file: int, size: int, until: float | None) -> bytes | None:
    found = bytearray()
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    while len(found) < size:
        left = None if until is None else (until - time.monotonic()) * 1000
        if (left is not None and left <= 0) or not waiting.poll(left):
            raise TimeoutError
        some = os.read(file, min(_AT_ONCE, size - len(found)))
        if not some:
            return None
        found += some
    return bytes(found)
