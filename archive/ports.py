"""Journal, Catalog, Search, Blobs: what the archive asks of whatever keeps its bytes.

The clauses every implementation must keep (one contract suite runs over all):

* `append` and `put` return only when all they were given is durable;
* after a crash any subset of a batch that had not returned may be there, so
  callers write lines that make sense alone;
* `since` never returns line n while any line before n could still appear;
* after an error a journal and the blobs refuse until they are opened anew: nobody knows
  what stands behind their last durable byte. An index can be told on: it holds what its
  `position` says and nothing else. Only one whose bytes were found broken refuses: what
  else it says may be wrong too;
* an index takes in every line of its journal: it refuses lines that leave a gap
  behind its position, so that none is passed over for good;
* no port hands out a path, a cursor or a connection. A *place* is a text that
  only the port that gave it can read.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from archive.cards import BlobPlace, Card, Facts, Line, Named
from archive.errors import ReadOnly
from archive.record.provenance import Gone
from archive.wanted import Wanted

AT_ONCE = 8 * 2**20
"""Bytes of lines that a journal hands out at once: whoever reads on asks again."""


class Journal(Protocol):
    """An append-only sequence of lines."""

    @property
    def waited(self) -> float:
        """How many seconds `append` waited for the disk so far."""

    @property
    def last(self) -> int:
        """The seq of the last durable line; 0 where there is none."""

    def append(self, bodies: Sequence[bytes]) -> list[Line]:
        """Make *bodies* durable as the next lines and return them as lines.

        Raises ReadOnly when a write fails; then none of them is acknowledged.
        """

    def since(self, seq: int, limit: int) -> list[Line]:
        """Return up to *limit* durable lines behind *seq*, in order.

        Fewer where they are long, none only where there are none: they end with the one that
        makes them AT_ONCE bytes.
        """

    def at(self, place: str, seq: int) -> Line:
        """Return the line with this *seq*, which stood at *place* when that was handed out.

        It may have been rewritten since, and have another place: then it is found all the
        same, though slower. Raises Damaged where it does not prove itself, or is lost.
        """

    def seal(self) -> int:
        """Make what is finished compact, where that means anything; return how many pieces.

        Places, lines and seqs stay as they are. Raises ReadOnly where there is no room for it.
        """

    def rewrite(self, bodies: Mapping[int, bytes], because: str) -> list[range]:
        """Put *bodies* in the place of the lines with these seqs; return the seqs whose places are new.

        The old bytes are gone when it returns. Cut by a crash, some of the lines may be
        the old ones still, and the caller asks again.
        """

    def compact(self, bodies: Sequence[bytes]) -> list[Line]:
        """Let *bodies*, between `snapshot` and `snapshot-end`, stand for every line there is.

        Whoever reads from the beginning reads from the newest snapshot that has its end.
        """

    @property
    def refuses(self) -> bool:
        """Whether it takes no more lines until it is opened anew."""

    def recovered(self) -> dict[str, int]:
        """Return what opening had to mend: counts by name, all zero after a clean stop."""

    def close(self) -> None:
        """Let go of everything; closing twice is no fault."""


MOST = 500
"""Articles that `by_title` returns: a title without a date may stand over thousands."""


class Lookups(Protocol):
    """What keeping asks of the catalog, to tell whether an entry is known.

    Where articles were merged, each is found by its own names and words; `whole`
    says what it counts as.
    """

    def whole(self, article: str) -> str:
        """Return the article that *article* counts as: itself, or what it was merged into."""

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*, the one that survives first."""

    def tombstone(self, article: str) -> Gone | None:
        """Return why *article* itself was taken back, or None where it stands."""

    def card(self, article: str) -> Card | None:
        """Return the facts of an article, or None."""

    def names_of(self, article: str) -> list[Named]:
        """Return every name by which sources called *article*, the last said last."""

    def called(self, keys: Collection[str]) -> dict[str, list[Named]]:
        """Return what goes by each of some names, by their keys: article by article, the last said last.

        The names are guids and loose guids (those but for scheme, host and `#n`) of a source,
        addresses, and of what has neither the digest that a source last showed; for the keys see
        archive.naming. What nothing goes by is left out.
        """

    def by_title(self, source: str, title_key: str, date: str | None) -> list[str]:
        """Return the newest MOST of *source* with this title (which may be empty) and date."""

    def by_content(self, content_sha256: str, site: str, since: str) -> list[str]:
        """Return the articles with this content on *site* fetched at or after *since*."""

    def by_bytes(self, sha256: str) -> list[str]:
        """Return the articles that were once read from exactly these bytes."""

    def erased(self, names: Iterable[str]) -> dict[str, str]:
        """Return which of *names* are those of erased articles, and of which; see archive.erased."""


class Catalog(Lookups, Protocol):
    """The index of the articles journal: derived from it alone, rebuilt at will."""

    @property
    def position(self) -> int:
        """The seq of the last line it has taken in."""

    def packs(self) -> dict[str, int]:
        """Return how far each pack of blobs has been taken in."""

    def apply(
        self,
        lines: Sequence[Line],
        blobs: Sequence[BlobPlace] = (),
        *,
        behind: int | None = None,
        facts: Sequence[Facts | None] | None = None,
    ) -> None:
        """Take in *lines* and *blobs*; taking a line in twice changes nothing.

        blobs    such as `lacking` named, or as lie behind what `packs` says
        behind   the seq behind which *lines* are all that the journal has; by
                 default the one before the first of them
        facts    of each line, where the caller has them; else the lines are read

        Raises ReadOnly where the index stands before *behind*, or cannot be written.
        """

    def below(self, article: str) -> list[str]:
        """Return an article and all that was merged into it, or into a part of it."""

    def decided(self, article: str) -> tuple[str, int] | None:
        """Return what *article* was last made part of (itself after a split), and the decision's seq."""

    def revisions(self, article: str) -> list[tuple[int, int, str]]:
        """Return (rev, seq, place) of every revision of *article*, oldest first."""

    def newest(self, limit: int, before: int | None = None) -> list[Card]:
        """Return up to *limit* articles by newest revision, those before seq *before*."""

    def matching_ids(self, head: str) -> list[str]:
        """Return up to ten ids that begin with *head*."""

    def articles_at(self, seqs: Sequence[int]) -> list[str]:
        """Return the articles whose *newest* revision is one of *seqs*."""

    def blob(self, sha256: str) -> BlobPlace | None:
        """Return where the bytes of a digest lie, or None."""

    def places(self, digests: Collection[str]) -> list[BlobPlace]:
        """Return every place at which bytes of *digests* lie: some may have been written twice."""

    def digests(self) -> Iterator[str]:
        """Yield the digest of all bytes that it knows, in any order."""

    def lacking(self, digests: Collection[str]) -> list[str]:
        """Return those of *digests* whose bytes it knows nowhere, in order."""

    def count(self) -> int:
        """Return how many articles there are."""

    def move(self, lines: Sequence[Line]) -> None:
        """Take note of the new places of lines that were taken in before."""

    def forget_packs(self, packs: Collection[str]) -> None:
        """Forget which blobs lay in packs that are no more."""

    def erase(self, article: str, keys: Collection[str], given: Collection[int] = ()) -> None:
        """Keep nothing of an article, in no corner of the storage, but for its id and *keys*.

        given   seqs of revisions of others that go with it; none is the newest of its article
        """

    def gone(self) -> bool:
        """Say whether its storage was taken away from under it (then open it anew)."""

    def close(self) -> None:
        """Let go of everything."""


class Search(Protocol):
    """A full-text index; a consumer of the articles journal that may lag behind it."""

    @property
    def position(self) -> int:
        """The seq of the last line it has taken in."""

    def apply(self, lines: Sequence[Line], *, behind: int | None = None) -> None:
        """Take in *lines*; taking a line in twice changes nothing.

        behind   as for the catalog; ReadOnly likewise
        """

    def candidates(self, wanted: Wanted, limit: int, before: int | None = None) -> list[int]:
        """Return up to *limit* seqs of revisions that may match, newest first, below *before*."""

    def clear(self) -> None:
        """Forget everything, to be fed anew from the beginning of the journal."""

    def gone(self) -> bool:
        """Say whether its storage was taken away from under it (then open it anew)."""

    def close(self) -> None:
        """Let go of everything."""


class Blobs(Protocol):
    """Bytes under their digest, written once."""

    @property
    def waited(self) -> float:
        """How many seconds `put` waited for the disk so far."""

    def put(self, items: Sequence[tuple[str, bytes]], now: datetime) -> list[BlobPlace]:
        """Make the bytes durable and return where they lie, in order.

        items   (sha256, bytes); the caller has looked up which are there already
        now     gives the pack its day
        """

    def get(self, place: BlobPlace) -> bytes:
        """Return the bytes that lay at *place* when that was handed out, wherever they lie now.

        Raises Damaged when the digest disagrees, or they are nowhere.
        """

    def scan(self, seen: Mapping[str, int]) -> Iterator[BlobPlace]:
        """Yield all blobs that lie behind what was *seen* of each pack."""

    def seal(self, now: datetime) -> int:
        """Close the finished packs for good; return how many. Places stay as they are."""

    def erase(
        self, places: Sequence[BlobPlace], now: datetime, because: str, *, nobodys: Sequence[BlobPlace] = ()
    ) -> None:
        """Take the blobs at *places* out for good.

        nobodys   blobs that no line names: they go too, and may come again. So does
                  what was torn while it was written

        What else lay in their packs has new places, which `scan` yields.
        """

    def packs(self) -> set[str]:
        """Return the packs that there are."""

    @property
    def refuses(self) -> bool:
        """Whether it takes no more blobs until it is opened anew."""

    def close(self) -> None:
        """Let go of everything."""


def refuse_gap(position: int, lines: Sequence[Line], behind: int | None) -> None:
    """Raise ReadOnly where an index at *position* has not seen all that comes before *lines*."""
    start = behind if behind is not None else lines[0].seq - 1 if lines else position
    if position < start:
        raise ReadOnly(
            f"an index has seen line {position} and is handed what follows line {start}; open it anew"
        )


def bodies(lines: Iterable[Line]) -> list[bytes]:
    """Return the bodies of *lines*."""
    return [line.body for line in lines]
