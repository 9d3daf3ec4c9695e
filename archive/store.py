"""Archive: keep, get, revisions, since, search. The face of everything kept."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from archive.cards import Card, Line
from archive.errors import Damaged, NotKept, ReadOnly, Refusals, as_refusal
from archive.fate import erasing, kept_out
from archive.fate.erasing import Erasure, Traces
from archive.fate.fates import Fates
from archive.keeping.kept import Kept
from archive.keeping.press import Pace, Press
from archive.keeping.showing import Showing
from archive.keeping.writer import LINGER, More, Request, Writer
from archive.knowing import naming
from archive.knowing.mentions import names_under, newest_digests
from archive.opened import CATCH_UP, Ports
from archive.ports import Journal
from archive.record.article import HOLE, Article, Record, decode
from archive.record.draft import Mention, Shelf
from archive.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the articles journal, read."""

    seq: int
    record: Record | None


class Archive(Fates):
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
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._feeding = threading.Lock()
        self._shaping = threading.Lock()
        self._ports = open_ports()
        self._press = Press(now) if writable else None
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
        if not any(document.drafts or document.deleted for document in documents):
            return [[] for _ in documents]
        return self._writer.ask(documents)

    def _commit(self, requests: list[Request], more: More) -> None:
        with self._turn:  # Who opens anew goes first: batches may follow each other without end.
            pass
        with self._guard, as_refusal():
            assert self._press is not None
            self._press.commit(self._ports, requests, more)

    def pace(self) -> Pace:
        """Return how fast keeping goes: batches, seconds waited for the disk, lines that wait."""
        if self._press is None or self._writer is None:
            return Pace()
        return replace(self._press.pace, waiting=self._writer.waiting)

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
                return self._ports.articles.at(place, seq)
        raise NotKept(f"{article} is not in the archive" + (f" with a revision {rev}" if revisions else ""))

    def revisions(self, article: str) -> list[Article]:
        """Return every revision of an article, oldest first."""
        lines = self._ports.catalog.revisions(article)
        found = (decode(self._ports.articles.at(place, seq).body) for _, seq, place in lines)
        return [record for record in found if isinstance(record, Article)]

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""
        return self._ports.catalog.card(article)

    def digests(self, entries: Iterable[Mention]) -> dict[Shelf, set[str]]:
        """Return, by the shelf of each entry, the digests of what its source shows there.

        A shelf on which nothing stands is left out. Of each article the newest digest counts:
        an entry that goes back to what it said before, under its old link, has changed.
        """
        shelves = {entry.shelf: entry for entry in entries}
        named = names_under([*shelves.values()], self._ports.catalog)
        return {shelf: newest_digests(names) for shelf, names in zip(shelves, named, strict=True) if names}

    def shown_as(self, entry: Mention) -> list[str]:
        """Return the articles that its source shows under the name of an entry."""
        (names,) = names_under([entry], self._ports.catalog)
        return list(dict.fromkeys(name.article for name in names))

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
        key = naming.address(url_key)
        names = self._ports.catalog.called((key,)).get(key, ())
        return list(dict.fromkeys(name.article for name in names))

    def newest(self, limit: int, before: int | None = None) -> list[Card]:
        """Return up to *limit* articles by newest revision."""
        return self._ports.catalog.newest(limit, before)

    def count(self) -> int:
        """Return how many articles are kept."""
        return self._ports.catalog.count()

    def has_blob(self, sha256: str) -> bool:
        """Say whether the catalog knows of bytes with this digest."""
        return self._ports.catalog.blob(sha256) is not None

    def blob(self, sha256: str) -> bytes:
        """Return the bytes with this digest. Raises NotKept or Damaged."""
        if (place := self._ports.catalog.blob(sha256)) is None:
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
        with self._feeding:  # What was erased meanwhile must not be brought after all.
            search, end = self._ports.search, self.position
            seen = search.position
            lines = self._ports.articles.since(seen, min(limit, end - seen)) if end > seen else []
            if end > seen and not lines:  # None of them can be read: as for it, they are seen.
                lines = [Line(end, "", HOLE)]
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
        with self._turn, self._guard:
            lost = self._ports.give_up(journal, through)
            self._ports.level()
        return lost

    def erase(self, article: str, at: str) -> Erasure:
        """Keep nothing of an article but its id and what keeps it out; cut anywhere, asked again completes it."""
        traces = Traces(article)
        traces.look(self._ports.articles)  # All but the last of it while others go on.
        with self._turn, self._guard, self._feeding:
            if self._press is not None:
                self._press.decide_anew()
            self._ports.level()
            traces.look(self._ports.articles)
            if unread := self._ports.unread():
                raise ReadOnly(f"{unread[0]}: what stands there may be of {article}; nothing was erased")
            return erasing.erase(self._ports, traces, at, self._now())

    def erased(self, entries: Sequence[Mention], *, signs: bool = False) -> list[str | None]:
        """Return for each entry the id of the erased article that goes by its name, or None.

        signs   addresses count too, where an entry is known to be no other article
        """
        return kept_out.of_mentions(entries, self._ports.catalog, signs=signs)

    def sharing(self, article: str) -> list[str]:
        """Return the other articles whose original bytes are in part the very same."""
        return erasing.sharing(self._ports.articles, article)

    def parked(self) -> int:
        """Return how many bytes are in quarantine."""
        return self._ports.quarantine.size()

    def seal(self) -> int:
        """Make finished segments and packs compact; return how many. Nobody is held up meanwhile.

        Raises ReadOnly, in the end, where the disk has no room for some: that is done another time.
        """
        number = 0
        refusals = Refusals()
        with self._shaping:
            ports = self._ports
            for journal in ports.journals().values():
                with refusals.put_off():
                    number += journal.seal()
            with refusals.put_off():
                number += ports.blobs.seal(self._now())
        refusals.tell()
        return number

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Hold everything up that changes articles, blobs or the form of any file."""
        with self._shaping, self._turn, self._guard:
            yield

    def recovered(self) -> dict[str, dict[str, int]]:
        """Return what opening had to mend, by journal: bytes parked, lines salvaged, holes."""
        found = {name: journal.recovered() for name, journal in self._ports.journals().items()}
        return {name: counts for name, counts in found.items() if any(counts.values())}

    def unread(self) -> list[str]:
        """Return for each file that the disk does not give back, and that is passed over, why and what mends it."""
        return self._ports.unread()

    @property
    def refuses(self) -> bool:
        """Whether a journal or the blobs take nothing more since a write failed; then `reopen`."""
        ports = self._ports
        return ports.blobs.refuses or any(journal.refuses for journal in ports.journals().values())

    def index_gone(self) -> bool:
        """Say whether an index was taken away; then `reopen` makes it anew."""
        return self._ports.catalog.gone() or self._ports.search.gone()

    def reopen(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Open everything anew: the recovery after a failed write or a deleted index.

        Who is reading meanwhile goes on with the old files, which stay open to them.

        meanwhile   called while nothing is open for writing: it has the files to itself
        """
        with self.at_rest():
            self._ports.close_writing()
            try:
                meanwhile()
            finally:
                self._ports = self._open_ports()
            self._ports.catch_up()

    def close(self) -> None:
        """Finish what waits to be kept, then let go of everything."""
        if self._writer is not None:
            self._writer.close()
        if self._press is not None:
            self._press.close()
        self._ports.close_writing()
        self._ports.catalog.close()
        self._ports.search.close()
