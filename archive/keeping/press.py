"""A batch of documents -> decided, durable, findable; the next is decided while this one is synced.

Three threads, so that the disk and the processor work at once: the one that keeps
decides, and takes in what is durable; the second writes bytes and the third lines, and
each waits for the disk: what is written at once is synced twice, the bytes of the next
beside the lines of this. A batch that is decided before the one in front of it is in
the catalog sees that one laid over it. Should that one fail after all, or anything else
come between, it is decided anew. Nothing is answered before its lines are synced and
can be found.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

from archive.cards import BlobPlace, Facts, Line
from archive.keeping.batch import Batch, Journalled
from archive.keeping.keeping import keep_document
from archive.keeping.kept import Kept
from archive.keeping.writer import BATCH_BYTES, BATCH_LINES, More, Request
from archive.opened import Ports
from archive.record.article import encode, raw_of

_AHEAD = 2
"""Chunks on their way to the disk while the one in front of them is taken in."""
Durable = tuple[list[Line], list[BlobPlace]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast keeping goes.

    commits   batches made durable since the archive was opened
    lines     how many lines they had
    waiting   lines that came and are not acknowledged yet
    last, worst, total   seconds in which a batch waited for the disk to sync
    """

    commits: int = 0
    lines: int = 0
    waiting: int = 0
    last: float = 0.0
    worst: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is written at once: at most 256 lines and about 1 MiB.

    raw   the bytes that articles were read from, by digest, where they are not kept yet
    """

    facts: list[Facts]
    bodies: list[bytes]
    raw: list[tuple[str, bytes]]


@dataclass(slots=True)
class Decided:
    """Requests, and the lines that keeping them adds.

    behind   seq of the last line that it was decided with
    """

    requests: list[Request]
    ports: Ports
    batch: Batch
    answers: list[list[list[Kept]]]
    behind: int = 0


class Press:
    """Makes batches durable, one behind the other. One thread at a time may call."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._bytes = ThreadPoolExecutor(1, "archive-bytes")
        self._lines = ThreadPoolExecutor(1, "archive-lines")
        self._ahead: Decided | None = None
        self.pace = Pace()

    def commit(self, ports: Ports, requests: list[Request], more: More) -> None:
        """Keep what *requests* bring and fill in their answers. Raises ReadOnly where that fails."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and _still_holds(ahead, ports, requests):
            decided = ahead
            decided.batch.stand_on(ports.catalog, _journalled(ports))
        else:
            ports.level()
            decided = decide(ports, requests)
        following: list[Decided] = []
        for _ in self.run(
            ports, _chunks(ports, decided.batch), lambda: following.extend(_decide_ahead(decided, more))
        ):
            pass
        for one in following:
            one.behind, self._ahead = ports.articles.last, one
        for request, answer in zip(requests, decided.answers, strict=True):
            request.answer = answer

    def decide_anew(self) -> None:
        """Let go of what was decided ahead: it was decided with what is known no more."""
        self._ahead = None

    def run(
        self, ports: Ports, chunks: Iterator[Chunk], meanwhile: Callable[[], None] = lambda: None
    ) -> Iterator[list[Line]]:
        """Yield the lines of each chunk when they are durable and can be found.

        While chunks are on their way to the disk the next is fetched from *chunks*; and
        while the last are, *meanwhile* is called.
        """
        going: deque[tuple[Chunk, Future[Durable]]] = deque()
        try:
            for chunk in chunks:
                going.append((chunk, self._send(ports, chunk, going[-1][1] if going else None)))
                if len(going) > _AHEAD:
                    yield _take_in(ports, *going[0])
                    going.popleft()
            meanwhile()
            while going:
                yield _take_in(ports, *going[0])
                going.popleft()
        finally:
            wait([written for _, written in going])

    def _send(self, ports: Ports, chunk: Chunk, after: Future[Durable] | None) -> Future[Durable]:
        """Send a chunk to the disk, the bytes first: a line never names a blob that is not there.

        after   the chunk before it; where that failed this one fails too, since it
                may say more of articles that only the other one begins
        """
        put = self._bytes.submit(self._put, ports, chunk)
        return self._lines.submit(self._append, ports, chunk, put, after)

    def _put(self, ports: Ports, chunk: Chunk) -> tuple[list[BlobPlace], float]:
        """Make the bytes of a chunk durable; say how many seconds the disk took."""
        before = ports.blobs.waited
        return ports.blobs.put(chunk.raw, self._now()), ports.blobs.waited - before

    def _append(
        self,
        ports: Ports,
        chunk: Chunk,
        put: Future[tuple[list[BlobPlace], float]],
        after: Future[Durable] | None,
    ) -> Durable:
        """Make the lines of a chunk durable, once its bytes are."""
        if after is not None:
            after.result()
        places, took = put.result()
        before = ports.articles.waited
        lines = ports.articles.append(chunk.bodies)
        took += ports.articles.waited - before
        pace = self.pace
        self.pace = Pace(
            commits=pace.commits + 1,
            lines=pace.lines + len(lines),
            last=took,
            worst=max(pace.worst, took),
            total=pace.total + took,
        )
        return lines, places

    def close(self) -> None:
        """End the threads that write."""
        self._bytes.shutdown()
        self._lines.shutdown()


def decide(ports: Ports, requests: list[Request], over: Batch | None = None) -> Decided:
    """Decide what *requests* add to what is known, and to the batch that is on its way."""
    journalled = Journalled(over.text, over.fetched) if over is not None else _journalled(ports)
    batch = Batch(over or ports.catalog, journalled)
    answers = [[keep_document(one, batch) for one in request.documents] for request in requests]
    return Decided(requests, ports, batch, answers)


def _decide_ahead(decided: Decided, more: More) -> list[Decided]:
    """Return the next batch, decided over this one, where it is due already."""
    requests = more()
    if not requests:
        return []
    try:
        return [decide(decided.ports, requests, over=decided.batch)]
    except Exception:  # noqa: BLE001 - decided anew when its turn comes, where it is told to whom it concerns
        return []


def _still_holds(ahead: Decided, ports: Ports, requests: list[Request]) -> bool:
    """Say whether what was decided ahead was decided with all that is known now."""
    last = ports.articles.last
    return (
        ahead.requests is requests and ahead.ports is ports and ahead.behind == last == ports.catalog.position
    )


def _take_in(ports: Ports, chunk: Chunk, written: Future[Durable]) -> list[Line]:
    lines, places = written.result()
    ports.catalog.apply(lines, places, facts=chunk.facts)
    return lines


def _chunks(ports: Ports, batch: Batch) -> Iterator[Chunk]:
    """Yield the lines of a batch as they are written."""
    facts: list[Facts] = []
    bodies: list[bytes] = []
    size = 0
    written: set[str] = set()
    for number, one in enumerate(batch.lines, 1):
        facts.append(one)
        bodies.append(encode(one.record))
        size += len(bodies[-1])
        if len(facts) == BATCH_LINES or size >= BATCH_BYTES or number == len(batch.lines):
            yield chunk_of(ports, facts, bodies, batch.blobs, written)
            facts, bodies, size = [], [], 0


def chunk_of(
    ports: Ports, facts: Sequence[Facts], bodies: Sequence[bytes], raw: dict[str, bytes], written: set[str]
) -> Chunk:
    """Return what is written at once.

    written   digests that are on their way already; it grows by those of this chunk
    """
    named = (raw_of(one.record) for one in facts)
    wanted = dict.fromkeys(one.sha256 for one in named if one is not None and one.sha256 in raw)
    absent = [key for key in ports.catalog.lacking(wanted) if key not in written] if wanted else []
    written.update(absent)
    return Chunk(list(facts), list(bodies), [(key, raw[key]) for key in absent])


def _journalled(ports: Ports) -> Journalled:
    return Journalled(
        lambda article: _text(ports, article), lambda article, rev: _fetched(ports, article, rev)
    )


def _text(ports: Ports, article: str) -> str:
    """Return the text of the newest revision of an article that is in the catalog."""
    card = ports.catalog.card(article)
    if card is None:
        return ""
    record = ports.article_at(card.place, card.seq)
    return record.content_text if record is not None else ""


def _fetched(ports: Ports, article: str, rev: int) -> str | None:
    """Return when a revision of an article was fetched, where it can be read."""
    for number, seq, place in ports.catalog.revisions(article):
        if number == rev and (record := ports.article_at(place, seq)) is not None:
            return record.archive.fetched
    return None
