"""Many threads' documents -> one batch at a time, each durable before it is answered."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from archive.draft import Showing
from archive.errors import ReadOnly
from archive.keeping import Kept

LINGER = 0.05
"""Seconds a batch waits for company, counted from its first document."""
BATCH_LINES = 256
WAITING = 32
"""Documents that may wait; who brings more waits with it, and so fetches less."""


@dataclass(slots=True)
class Request:
    """Documents of one caller on their way to the disk.

    answer   what became of the drafts of each, set when durable
    error    why it was not acknowledged
    """

    documents: Sequence[Showing]
    done: threading.Event = field(default_factory=threading.Event)
    answer: list[list[Kept]] = field(default_factory=list)
    error: BaseException | None = None


class Writer:
    """The one thread that keeps.

    commit   makes a batch of requests durable and fills in their answers
    """

    def __init__(self, commit: Callable[[list[Request]], None], *, linger: float = LINGER) -> None:
        self._commit = commit
        self._linger = linger
        self._queue: queue.Queue[Request | None] = queue.Queue(WAITING)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="archive-writer", daemon=True)
        self._thread.start()

    def ask(self, documents: Sequence[Showing]) -> list[list[Kept]]:
        """Have *documents* kept; return when that is durable."""
        if self._closed.is_set():
            raise ReadOnly("the archive is closed")
        request = Request(documents)
        self._queue.put(request)
        while not request.done.wait(0.5):
            if not self._thread.is_alive():
                raise ReadOnly("the archive was closed before this was kept")
        if request.error is not None:
            raise request.error
        return request.answer

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        if not self._closed.is_set():
            self._closed.set()
            self._queue.put(None)
            self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            requests, going = self._gather()
            if requests:
                self._answer(requests)

    def _gather(self) -> tuple[list[Request], bool]:
        """Return the next batch, and whether there may be another."""
        first = self._queue.get()
        if first is None:
            return [], False
        requests = [first]
        until = time.monotonic() + self._linger
        while sum(_size(request) for request in requests) < BATCH_LINES:
            try:
                following = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if following is None:
                return requests, False
            requests.append(following)
        return requests, True

    def _answer(self, requests: list[Request]) -> None:
        try:
            self._commit(requests)
        except BaseException as error:  # noqa: BLE001 - handed on to every caller that waits
            for request in requests:
                request.error = error
        for request in requests:
            request.done.set()


def _size(request: Request) -> int:
    return sum(len(document.drafts) for document in request.documents)
