"""Archive: keep, get, revisions, since, search. The face of everything kept."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.article import Alias, Article, decode, encode
from archive.batch import Batch
from archive.draft import Mention, Showing
from archive.errors import Damaged, NotKept, ReadOnly
from archive.keeping import Kept, keep_document
from archive.mentions import names_under
from archive.opened import CATCH_UP, Ports
from archive.ports import Card, Journal, Line
from archive.wanted import Wanted
from archive.writer import LINGER, Request, Writer

_CHUNK_LINES = 256
_CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the articles journal, read."""

    seq: int
    record: Article | Alias | None


class Archive:
    """What is kept, for good.

    Many threads may keep and read at once; one thread writes. Opened for reading
    only it refuses to keep, and reads along with whoever writes.
    """

    def __init__(
        self,
        open_ports: Callable[[], Ports],
        *,
        writable: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        linger: float = LINGER,
    ) -> None:
        self._open_ports = open_ports
        self._now = now
        self._guard = threading.Lock()
        self._ports = open_ports()
        if writable:
            self._ports.catch_up()
        self._writer = Writer(self._commit, linger=linger) if writable else None

    @property
    def store(self) -> str:
        """The uuid of this archive."""
        return self._ports.store

    @property
    def decisions(self) -> Journal:
        """The journal of what editors and the config decided."""
        return self._ports.decisions

    @property
    def publications(self) -> Journal:
        """The journal of what subscribers were told."""
        return self._ports.publications

    @property
    def state(self) -> Journal:
        """The journal of what is neither history nor derivable."""
        return self._ports.state

    def keep(self, documents: Sequence[Showing]) -> list[list[Kept]]:
        """Keep what documents show; return when it is durable, in the drafts' order.

        Raises ReadOnly when it could not be written; then nothing is acknowledged.
        """
        if self._writer is None:
            raise NotKept("the archive is open for reading only")
        if not any(document.drafts for document in documents):
            return [[] for _ in documents]
        return self._writer.ask(documents)

    def _commit(self, requests: list[Request]) -> None:
        """Decide on the documents of a batch, make their lines durable, index them."""
        with self._guard, _told():
            self._ports.level()
            batch = Batch(self._ports.catalog, self._text_of)
            answers = [[keep_document(one, batch) for one in request.documents] for request in requests]
            for chunk in _chunks(batch.lines):
                self._commit_chunk(self._ports, batch, chunk)
        for request, answer in zip(requests, answers, strict=True):
            request.answer = answer

    def _commit_chunk(self, ports: Ports, batch: Batch, chunk: list[tuple[Article | Alias, bytes]]) -> None:
        wanted = {record.archive.raw.sha256 for record, _ in chunk if record.archive.raw}
        absent = [key for key in sorted(wanted) if key in batch.blobs and ports.catalog.blob(key) is None]
        # The bytes first: a line never names a blob that is not there.
        blobs = ports.blobs.put([(key, batch.blobs[key]) for key in absent], self._now())
        lines = ports.articles.append([body for _, body in chunk])
        ports.catalog.apply(lines, blobs)

    def _text_of(self, card: Card) -> str:
        try:
            record = decode(self._ports.articles.at(card.place).body)
        except Damaged:
            return ""  # One rotted line stops no source; `verify` names it.
        return record.content_text if isinstance(record, Article) else ""

    @property
    def position(self) -> int:
        """The seq up to which articles are both durable and findable."""
        return self._ports.catalog.position

    def since(self, seq: int, limit: int) -> list[Found]:
        """Return up to *limit* lines of the articles journal behind *seq*, read, in order."""
        end = self.position
        lines = self._ports.articles.since(seq, min(limit, end - seq)) if end > seq else []
        return [Found(line.seq, decode(line.body)) for line in lines if line.seq <= end]

    def get(self, article: str, rev: int | None = None) -> Article:
        """Return one revision of an article, the newest by default. Raises NotKept."""
        record = decode(self.line(article, rev).body)
        if not isinstance(record, Article):
            raise NotKept(f"{article} revision {rev} is no article")
        return record

    def line(self, article: str, rev: int | None = None) -> Line:
        """Return the line of one revision, the newest by default. Raises NotKept."""
        revisions = self._ports.catalog.revisions(article)
        for number, seq, place in reversed(revisions):
            if rev is None or number == rev:
                found = self._ports.articles.at(place)
                if found.seq != seq:  # Its segment was lost, and another took the name.
                    raise Damaged(f"articles {place}: line {seq} is lost; run `newsweir verify`")
                return found
        raise NotKept(f"{article} is not in the archive" + (f" with a revision {rev}" if revisions else ""))

    def revisions(self, article: str) -> list[Article]:
        """Return every revision of an article, oldest first."""
        places = [place for _, _, place in self._ports.catalog.revisions(article)]
        found = (decode(self._ports.articles.at(place).body) for place in places)
        return [record for record in found if isinstance(record, Article)]

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        return self._ports.catalog.card(article)

    def digests(self, entry: Mention) -> set[str] | None:
        """Return the digests of what its source shows under the name of *entry*; None for no such name.

        Of each article the newest counts: an entry that goes back to what it said
        before, under its old link, has changed.
        """
        names = names_under(entry, self._ports.catalog)
        newest = {(name.article, name.guid or (name.url_key, name.fragment)): name.digest for name in names}
        return {digest for digest in newest.values() if digest} if names else None

    def find_id(self, head: str) -> str:
        """Return the one id that begins with *head*. Raises NotKept, naming the choice."""
        found = self._ports.catalog.matching_ids(head)
        if len(found) == 1:
            return found[0]
        if not found:
            raise NotKept(f"no article in the archive has an id that begins with {head!r}")
        raise NotKept(f"{head!r} begins more than one id: {', '.join(found)}; write a few more characters")

    def addressed(self, url_key: str) -> list[str]:
        """Return the articles that were shown under an address."""
        return list(dict.fromkeys(name.article for name in self._ports.catalog.by_url(url_key)))

    def newest(self, limit: int, before: int | None = None) -> list[Card]:
        """Return up to *limit* articles by newest revision."""
        return self._ports.catalog.newest(limit, before)

    def count(self) -> int:
        """Return how many articles are kept."""
        return self._ports.catalog.count()

    def blob(self, sha256: str) -> bytes:
        """Return the bytes with this digest. Raises NotKept or Damaged."""
        place = self._ports.catalog.blob(sha256)
        if place is None:
            raise NotKept(f"no bytes with digest {sha256} are kept")
        return self._ports.blobs.get(place)

    def candidates(self, wanted: Wanted) -> Iterator[Article]:
        """Yield the articles that may match, by newest revision; the index may lag."""
        before: int | None = None
        while seqs := self._ports.search.candidates(wanted, CATCH_UP, before):
            for article in self._ports.catalog.articles_at(seqs):
                try:
                    yield self.get(article)
                except Damaged:
                    continue  # One rotted line hides no other; `verify` names it.
            before = seqs[-1]

    def feed_search(self, limit: int = CATCH_UP) -> int:
        """Let the full-text index take in up to *limit* more lines; return how many it took."""
        search, end = self._ports.search, self.position
        seen = search.position
        lines = self._ports.articles.since(seen, min(limit, end - seen)) if end > seen else []
        search.apply(lines, behind=seen)
        return len(lines)

    @property
    def search_lag(self) -> int:
        """How many lines the full-text index is behind."""
        return max(0, self.position - self._ports.search.position)

    def give_up(self, journal: str, through: int) -> int:
        """Give up every seq up to *through* that a journal has lost at its end; return how many.

        Readers that had seen further would pass over what came under those seqs again.
        """
        with self._guard:
            lost = self._ports.give_up(journal, through)
            self._ports.level()
        return lost

    def seal(self) -> int:
        """Make finished segments and packs compact; return how many. Nobody is held up meanwhile.

        Raises ReadOnly where the disk has no room for it: it is done another time.
        """
        ports = self._ports
        sealed = sum(journal.seal() for journal in ports.journals().values())
        return sealed + ports.blobs.seal(self._now())

    def recovered(self) -> dict[str, dict[str, int]]:
        """Return what opening had to mend, by journal: bytes parked, lines salvaged, holes."""
        found = {name: journal.recovered() for name, journal in self._ports.journals().items()}
        return {name: counts for name, counts in found.items() if any(counts.values())}

    @property
    def refuses(self) -> bool:
        """Whether a journal or the blobs take nothing more since a write failed; then `reopen`."""
        ports = self._ports
        return ports.blobs.refuses or any(journal.refuses for journal in ports.journals().values())

    def index_gone(self) -> bool:
        """Say whether an index was taken away; then `reopen` makes it anew."""
        return self._ports.catalog.gone() or self._ports.search.gone()

    def reopen(self) -> None:
        """Open everything anew: the recovery after a failed write or a deleted index.

        Who is reading meanwhile goes on with the old files, which stay open to them.
        """
        with self._guard:
            self._ports.close_writing()
            self._ports = self._open_ports()
            self._ports.catch_up()

    def close(self) -> None:
        """Finish what waits to be kept, then let go of everything."""
        if self._writer is not None:
            self._writer.close()
        self._ports.close_writing()
        self._ports.catalog.close()
        self._ports.search.close()


@contextmanager
def _told() -> Iterator[None]:
    """Raise what the disk does not let us read as ReadOnly: nothing can be decided without it."""
    try:
        yield
    except OSError as error:
        raise ReadOnly(
            f"{error.filename or 'the archive'}: {error.strerror}; nothing of this was kept"
        ) from error


def _chunks(records: Sequence[Article | Alias]) -> Iterator[list[tuple[Article | Alias, bytes]]]:
    """Yield *records* with their bytes in groups of at most 256 lines and about 1 MiB."""
    chunk: list[tuple[Article | Alias, bytes]] = []
    size = 0
    for record in records:
        body = encode(record)
        chunk.append((record, body))
        size += len(body)
        if len(chunk) == _CHUNK_LINES or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
