"""Values <-> bytes on a pipe between us and a worker: typed, so that nothing but values can come back.

What was fetched goes behind its task as it is, and a document's entries come before it
a few at a time: nothing large is there twice.
"""

import os
import select
import time
from dataclasses import replace

import msgspec

from feeds.model import Document, Entry, Fetched, Known, Page
from feeds.settings import Selectors

_LENGTH = 8
_AT_ONCE = 2**20
_LONGEST = 2**31
"""Bytes of a message; more is none of ours."""


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
    """What came of it: one of the first three; or some of a document's entries, before it.

    error   why nothing could be read; `lost` and `memory` say of what kind it is
    last    the worker ends now, and another is to be asked next
    cpu     seconds that it took
    """

    document: Document | None = None
    page: Page | None = None
    error: str | None = None
    entries: tuple[Entry, ...] = ()
    lost: bool = False
    memory: bool = False
    last: bool = False
    cpu: float = 0.0


_packed = msgspec.msgpack.Encoder().encode
_reply_of = msgspec.msgpack.Decoder(Reply).decode
_task_of = msgspec.msgpack.Decoder(Task).decode


def pack(value: Task | Reply | Entry) -> bytes:
    """Return a value as bytes: as JSON where there is a number in it that MessagePack has no room for."""
    try:
        return _packed(value)
    except OverflowError:
        return msgspec.json.encode(value)


def send_task(file: int, task: Task) -> None:
    """Write a task. Raises OSError where nobody reads it."""
    body = task.fetched.body
    send(file, pack(msgspec.structs.replace(task, fetched=replace(task.fetched, body=b""))))
    send(file, body)


def next_task(file: int, seconds: float) -> Task | None:
    """Return the next task, or None where nobody asks any more. Raises TimeoutError."""
    message = receive(file, time.monotonic() + seconds)
    body = receive(file, None) if message is not None else None
    if message is None or body is None:
        return None
    task = _task_of(message)
    return msgspec.structs.replace(task, fetched=replace(task.fetched, body=bytes(body)))


def next_reply(file: int, until: float) -> Reply | None:
    """Return the next reply, or None where the worker is gone. Raises TimeoutError."""
    message = receive(file, until)
    if message is None:
        return None
    return msgspec.json.decode(message, type=Reply) if message.startswith(b"{") else _reply_of(message)


def send(file: int, message: bytes) -> None:
    """Write a message. Raises OSError where nobody reads it."""
    for part in (len(message).to_bytes(_LENGTH, "big"), message):
        view = memoryview(part)
        while view:
            view = view[os.write(file, view[:_AT_ONCE]) :]


def receive(file: int, until: float | None) -> bytearray | None:
    """Return the next message, or None where the other side is gone. Raises TimeoutError, ValueError."""
    head = _exactly(file, _LENGTH, until)
    if head is None:
        return None
    size = int.from_bytes(head, "big")
    if size > _LONGEST:
        raise ValueError(f"a message of {size} bytes")
    return _exactly(file, size, until)


def _exactly(file: int, size: int, until: float | None) -> bytearray | None:
    found = bytearray(size)
    left = memoryview(found)
    waiting = select.poll()
    waiting.register(file, select.POLLIN)
    while left:
        time_left = None if until is None else (until - time.monotonic()) * 1000
        if (time_left is not None and time_left <= 0) or not waiting.poll(time_left):
            raise TimeoutError
        some = os.readv(file, [left[:_AT_ONCE]])
        if not some:
            return None
        left = left[some:]
    return found
