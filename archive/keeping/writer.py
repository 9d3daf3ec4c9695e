"""Many threads' documents -> one batch at a time, each durable before it is answered."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from archive.errors import ReadOnly
from archive.keeping.kept import Kept
from archive.keeping.showing import Showing
from archive.record.draft import Draft

LINGER = 0.05
"""Seconds a batch waits for company, counted from when its first line came; or from when the batch
before it was durable, if that was before. So who comes alone does not wait, and the disk is told to sync
as seldom as if all had waited."""
BATCH_LINES = 256
BATCH_BYTES = 2**20
IN_FLIGHT = 2
"""Batches that may be on their way to the disk; who brings more waits, and so fetches less."""


@dataclass(slots=True)
class Request:
    """Documents of one caller on their way to the disk.

    came     when, by the clock that lingering is counted with
    answer   what became of the drafts of each, set when durable
    error    why it was not acknowledged
    """

    documents: Sequence[Showing]
    came: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)
    answer: list[list[Kept]] = field(default_factory=list)
    error: BaseException | None = None
    lines: int = field(init=False)
    bytes: int = field(init=False)

    def __post_init__(self) -> None:
        """Count what it may write at most."""
        drafts = [draft for document in self.documents for draft in document.drafts]
        self.lines = len(drafts)
        self.bytes = sum(map(_size, drafts))


More = Callable[[], list[Request]]
"""Asked while a batch is on its way: the next, where it is due already."""


class Writer:
    """The one thread that keeps.

    commit   makes a batch of requests durable and fills in their answers; may ask
             once meanwhile for the next, which it is handed then
    """

    def __init__(self, commit: Callable[[list[Request], More], None], *, linger: float = LINGER) -> None:
        self._commit = commit
        self._linger = linger
        self._door = threading.Lock()
        self._changed = threading.Condition()
        self._queue: deque[Request] = deque()
        self._ahead: list[Request] = []
        self._lines = self._bytes = 0
        self._free_since = -math.inf
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="archive-writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Lines that came and are not acknowledged yet."""
        return self._lines

    def ask(self, documents: Sequence[Showing]) -> list[list[Kept]]:
        """Have *documents* kept; return when that is durable."""
        request = Request(documents)
        # One at a time: a large document is not overtaken for ever by small ones that find room.
        with self._door, self._changed:
            self._changed.wait_for(lambda: self._closed or self._has_room(request))
            if self._closed:
                raise ReadOnly("the archive is closed")
            request.came = time.monotonic()
            self._lines += request.lines
            self._bytes += request.bytes
            self._queue.append(request)
            self._changed.notify_all()
        while not request.done.wait(0.5):
            if not self._thread.is_alive():
                raise ReadOnly("the archive was closed before this was kept")
        if request.error is not None:
            raise request.error
        return request.answer

    def _has_room(self, request: Request) -> bool:
        """Say whether *request* may be on its way beside the others; alone it always may."""
        lines, size = self._lines + request.lines, self._bytes + request.bytes
        return not self._lines or (lines <= IN_FLIGHT * BATCH_LINES and size <= IN_FLIGHT * BATCH_BYTES)

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while requests := self._ahead or self._gather():
            self._ahead = []
            self._answer(requests)

    def _gather(self) -> list[Request]:
        """Return the next batch when it is due; none when the archive is closed and all is kept."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._queue)
            if self._queue:
                left = self._due() - time.monotonic()
                self._changed.wait_for(lambda: self._closed or self._is_full(), max(0.0, left))
            return self._take()

    def _look_ahead(self) -> list[Request]:
        """Return the next batch where it is due already; it comes next."""
        with self._changed:
            due = bool(self._queue) and self._due() <= time.monotonic()
            if not self._ahead and (due or self._is_full()):
                self._ahead = self._take()
            return self._ahead

    def _due(self) -> float:
        """Return when the next batch begins, however small; while one is on its way, that waits in full."""
        came = self._queue[0].came
        return max(came, min(came, self._free_since) + self._linger)

    def _is_full(self) -> bool:
        lines, size = sum(one.lines for one in self._queue), sum(one.bytes for one in self._queue)
        return lines >= BATCH_LINES or size >= BATCH_BYTES

    def _take(self) -> list[Request]:
        """Take what makes one batch off the queue: as much as fits, at least one request."""
        taken: list[Request] = []
        lines = size = 0
        while self._queue:
            lines, size = lines + self._queue[0].lines, size + self._queue[0].bytes
            if taken and (lines > BATCH_LINES or size > BATCH_BYTES):
                break
            taken.append(self._queue.popleft())
        return taken

    def _answer(self, requests: list[Request]) -> None:
        self._free_since = math.inf
        try:
            self._commit(requests, self._look_ahead)
        except BaseException as error:  # noqa: BLE001 - handed on to every caller that waits
            for request in requests:
                request.error = error
        with self._changed:
            self._free_since = time.monotonic()
            self._lines -= sum(request.lines for request in requests)
            self._bytes -= sum(request.bytes for request in requests)
            self._changed.notify_all()
        for request in requests:
            request.done.set()


def _size(draft: Draft) -> int:
    """Return about how many bytes a draft takes in the journal and among the blobs."""
    content = draft.content
    return len(content.content_text) + len(content.content_html or "") + len(draft.raw or b"")
