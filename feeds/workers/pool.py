"""What was fetched -> what it holds, read by processes that are killed when they take too much.

A worker is started when it is needed, kept warm and asked again, also by whoever
opens the bureau next in this process; it ends by itself when nobody asks, and is
replaced when it has grown. It is begun anew rather than
forked: it inherits no descriptor, no lock and no secret of ours.
"""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from feeds.errors import FetchError, Overtaxed, Stopped
from feeds.model import Document, Entry, Fetched, Known, Page
from feeds.settings import Selectors
from feeds.workers.wire import Reply, Task, next_reply, send_task

CPU = timedelta(seconds=20)
WALL = timedelta(seconds=45)
MEMORY = 192 * 2**20
A_BYTE = 24
"""Bytes of memory that a document may take: so many, and so many more for each of its own."""
MOST_WORKERS = 4
_NONE = Selectors()
_GIVEN_BACK = {
    "MALLOC_MMAP_THRESHOLD_": str(2**20),
    "MALLOC_TRIM_THRESHOLD_": str(2**22),
    "MALLOC_ARENA_MAX": "1",
}
"""To the C library of Linux: what is large is had from the kernel by itself, and given back at once."""
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one document may take.

    cpu      of the processor, counted by the kernel
    wall     until its answer is there
    memory   beside the program itself; `a_byte` more for each byte of the document
    """

    cpu: timedelta = CPU
    wall: timedelta = WALL
    memory: int = MEMORY
    a_byte: int = A_BYTE


class Workers:
    """Processes that read feeds and pages.

    size    of them at most
    ways    how documents were read: `delta`, or why all of one was
    """

    def __init__(self, size: int | None = None, limits: Limits | None = None) -> None:
        self._size = size or max(2, min(MOST_WORKERS, os.cpu_count() or 1))
        self._limits = limits or Limits()
        self._free = threading.Condition()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False
        self.ways: Counter[str] = Counter()

    def feed(self, fetched: Fetched, known: Known | None = None) -> Document:
        """Return the feed that *fetched* holds, without entries that are *known*. Raises FetchError."""
        document = self._ask(self._task("feed", fetched, known=known)).document
        if document is None:
            raise FetchError("is no feed that can be read")
        self.ways[document.way] += 1
        return document

    def page(self, fetched: Fetched, select: Selectors = _NONE) -> Page:
        """Return what a page holds. Raises FetchError where no article can be found in it."""
        page = self._ask(self._task("page", fetched, select=select)).page
        if page is None:
            raise FetchError("is no page that can be read")
        return page

    def close(self) -> None:
        """End those at work at once; what waits for them is told that we stop. Others are left for who comes next."""
        with self._free:
            self._closed = True
            _spare.extend(self._idle)
            for worker in self._all.difference(self._idle):
                worker.kill()
            self._all.clear()
            self._idle.clear()
            self._free.notify_all()
        while len(_spare) > MOST_WORKERS:
            _spare.pop(0).end()

    @property
    def pids(self) -> list[int]:
        """The processes there are."""
        with self._free:
            return [worker.pid for worker in self._all]

    def _task(
        self, kind: str, fetched: Fetched, *, known: Known | None = None, select: Selectors = _NONE
    ) -> Task:
        return Task(
            kind=kind,
            fetched=fetched,
            known=known,
            select=select,
            seconds=self._limits.cpu.total_seconds(),
            memory=self._limits.memory + self._limits.a_byte * len(fetched.body),
        )

    def _ask(self, task: Task) -> Reply:
        limits = self._limits
        for again in (True, True, False):
            worker = self._taken()
            try:
                reply = worker.ask(task, limits.wall.total_seconds())
            except TimeoutError:
                self._give_up(worker)
                raise Overtaxed(_too_long(limits.wall)) from None
            except BaseException:
                self._give_up(worker)
                raise
            if reply is None:
                code = self._give_up(worker)
                if self._closed:
                    raise Stopped("was being read when newsweir was stopped")
                if again and code == 0:  # It had just ended by itself.
                    continue
                raise Overtaxed(_ended(code, limits))
            self._put_back(worker, reply)
            if reply.memory:
                raise Overtaxed(reply.error or "needs more memory than it may have to be read")
            if reply.error is not None:
                raise FetchError(reply.error, lost=reply.lost)
            return reply
        raise Overtaxed("could not be read: the program that reads it ends at once")

    def _taken(self) -> "_Worker":
        with self._free:
            while True:
                if self._closed:
                    raise Stopped("was to be read when newsweir was stopped")
                if self._idle:
                    return self._idle.pop()
                if len(self._all) < self._size:
                    worker = _one()
                    self._all.add(worker)
                    return worker
                self._free.wait()

    def _put_back(self, worker: "_Worker", reply: Reply) -> None:
        if reply.last:
            self._give_up(worker)
            return
        with self._free:
            if not self._closed:
                self._idle.append(worker)
            self._free.notify()

    def _give_up(self, worker: "_Worker") -> int:
        """Let go of a worker, and return how it ended."""
        with self._free:
            self._all.discard(worker)
            self._free.notify()
        return worker.end()


_spare: list["_Worker"] = []
"""Idle ones of a bureau that was closed."""


def _one() -> "_Worker":
    """Return a worker: a spare one if there is one, else a new one."""
    try:
        return _spare.pop()
    except IndexError:
        return _Worker()


@atexit.register
def _end_spare() -> None:
    while _spare:
        _spare.pop().end()


class _Worker:
    """One process, and the pipes to it."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment["OPENBLAS_NUM_THREADS"] = (
            "1"  # Its threads would take memory for each of many processors.
        )
        environment |= _GIVEN_BACK
        environment["PYTHONPATH"] = os.pathsep.join(one for one in sys.path if one)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "feeds.workers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for us; we end it ourselves.
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, task: Task, seconds: float) -> Reply | None:
        """Return the reply, or None where the process ended. Raises TimeoutError."""
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None:
            return None
        until = time.monotonic() + seconds
        entries: list[Entry] = []
        told: dict[str | None, str | None] = {}
        try:
            send_task(asked.fileno(), task)
            while (reply := next_reply(answers.fileno(), until)) is not None and reply.entries:
                entries += (_alike(one, told) for one in reply.entries)
        except (OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            return None
        if reply is None or reply.document is None:
            return reply
        return msgspec.structs.replace(reply, document=replace(reply.document, entries=tuple(entries)))

    def kill(self) -> None:
        """End it at once; whoever waits for it finds its end."""
        self._process.kill()

    def end(self) -> int:
        """See that it has ended and leave nothing of it; return how it ended: less than 0 by a signal."""
        process = self._process
        if process.stdin is not None:
            process.stdin.close()  # It ends by itself, unless it is at work.
        try:
            code = process.wait(_MOMENT)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        return code


_MOMENT = 0.2
_NO_SCHEME: dict[str, str] = {}


def _alike(entry: Entry, told: dict[str | None, str | None]) -> Entry:
    """Return an entry that shares with the others of its document what each says alike: a third of its room."""
    return replace(
        entry,
        base=told.setdefault(entry.base, entry.base),
        counted_from=told.setdefault(entry.counted_from, entry.counted_from),
        language=told.setdefault(entry.language, entry.language),
        raw_type=sys.intern(entry.raw_type),
        date_source=sys.intern(entry.date_source),
        tags_scheme=entry.tags_scheme or _NO_SCHEME,
    )


def _too_long(wall: timedelta) -> str:
    return f"takes more than {wall.total_seconds():g} s to be read, and was given up"


def _ended(code: int, limits: Limits) -> str:
    """Return in words why a worker came to its end over a document."""
    if code == -signal.SIGXCPU:
        return (
            f"takes more than {limits.cpu.total_seconds():g} s of the processor to be read, and was given up"
        )
    how = f"signal {-code}" if code < 0 else f"code {code}"
    return f"breaks the program that reads it ({how}); nothing of it was kept"
