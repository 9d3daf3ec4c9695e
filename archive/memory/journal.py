"""The Journal port in memory, as unlike a file as the contract allows.

Appends of several threads become durable in any order, as in a database whose
transactions commit late; a write can be made to fail, and what was kept of it is
up to chance; places are riddles.
"""

import threading
import time
from collections.abc import Mapping, Sequence

from archive.cards import Line
from archive.errors import Damaged, ReadOnly
from archive.memory.adversary import Adversary
from archive.ports import AT_ONCE


class MemoryStorage:
    """What outlives a journal in memory.

    lines       the durable ones by seq, holes between them where a batch was kept in part
    first       the seq before which a snapshot stands for everything
    places      which line each riddle means, the old ones too: what was rewritten has another
    snapshots   seqs of the snapshots that were begun
    epoch       how often it was opened: who opened it before writes no more
    """

    def __init__(self) -> None:
        self.lines: dict[int, bytes] = {}
        self.first = 1
        self.places: dict[str, int] = {}
        self.riddles: dict[int, str] = {}
        self.snapshots: list[range] = []
        self.epoch = 0

    def put(self, seq: int, body: bytes, riddle: str) -> None:
        """Keep one line under a place of its own."""
        self.lines[seq] = body
        self.places[riddle] = seq
        self.riddles[seq] = riddle

    def line(self, seq: int) -> Line:
        """Return a line that is there."""
        return Line(seq, self.riddles[seq], self.lines[seq])

    def begin_with(self, seq: int) -> None:
        """Forget what stands before *seq*."""
        self.first = max(self.first, seq)
        for gone in [one for one in self.lines if one < self.first]:
            del self.lines[gone], self.riddles[gone]


class MemoryJournal:
    """An adversarial journal: late and reordered commits, faults on request.

    name   stands before its points of fault: `articles.append`, `.rewrite`, `.compact`, `.seal`
    """

    def __init__(
        self,
        storage: MemoryStorage | None = None,
        *,
        name: str = "journal",
        hole: bytes = b'{"kind":"hole"}',
        adversary: Adversary | None = None,
    ) -> None:
        self.waited = 0.0
        self._storage = storage or MemoryStorage()
        self._name = name
        self._adversary = adversary or Adversary()
        self._lock = threading.Lock()
        self._refusal: str | None = None
        self._storage.epoch += 1
        self._epoch = self._storage.epoch
        for snapshot in self._storage.snapshots:
            if all(seq in self._storage.lines for seq in snapshot):
                self._storage.begin_with(snapshot.start)
        self._storage.snapshots.clear()  # Others may get the seqs of one that was kept in part.
        self._next = max(self._storage.lines, default=0) + 1
        gaps = [seq for seq in range(self._storage.first, self._next) if seq not in self._storage.lines]
        for seq in gaps:  # Of a batch that was kept in part.
            self._put(seq, hole)
        self._holes = len(gaps)
        self._visible = self._next - 1

    @property
    def last(self) -> int:
        """The seq of the last line before which none can still appear."""
        with self._lock:
            return self._advance()

    def append(self, bodies: Sequence[bytes]) -> list[Line]:
        """Give seqs at once, become durable later and in any order, return when all are."""
        return self._append(bodies, "append")

    def _append(self, bodies: Sequence[bytes], doing: str) -> list[Line]:
        with self._lock:
            self._check()
            seqs = range(self._next, self._next + len(bodies))
            self._next += len(bodies)
            fate = self._adversary.strikes(f"{self._name}.{doing}") if bodies else None
            if doing == "compact":
                self._storage.snapshots.append(seqs)
        time.sleep(pause := self._adversary.pause())
        self.waited += pause
        if fate is not None:
            with self._lock:
                self._refusal = "an earlier write failed; open it anew"
        for seq in self._adversary.shuffled(seqs) if fate is None else self._adversary.survivors(seqs, fate):
            with self._lock:
                if fate is None:
                    self._check()  # Another's write failed meanwhile: what is here already stays.
                if self._epoch == self._storage.epoch:
                    self._put(seq, bodies[seq - seqs.start])
        if fate is not None:
            raise ReadOnly("the write failed; nothing of it is acknowledged")
        with self._lock:
            self._check()
            return [self._storage.line(seq) for seq in seqs]

    def since(self, seq: int, limit: int) -> list[Line]:
        """Return durable lines behind *seq*, never one before which another could appear."""
        with self._lock:
            start = max(seq + 1, self._storage.first)
            end = min(self._advance(), start + limit - 1)
            found: list[Line] = []
            size = 0
            while start + len(found) <= end and size < AT_ONCE:
                found.append(self._storage.line(start + len(found)))
                size += len(found[-1].body)
            return found

    def at(self, place: str, seq: int) -> Line:
        """Return the line with this *seq*, which once stood at *place*."""
        with self._lock:
            if self._storage.places.get(place) != seq or seq not in self._storage.lines:
                raise Damaged(f"{place!r} is no place of line {seq} here")
            return self._storage.line(seq)

    @property
    def refuses(self) -> bool:
        """Whether it takes no more lines until it is opened anew."""
        return self._refusal is not None

    def recovered(self) -> dict[str, int]:
        """Return what opening had to mend."""
        return {"holes": self._holes}

    def seal(self) -> int:
        """Memory is compact already."""
        if self._adversary.strikes(f"{self._name}.seal"):
            raise ReadOnly("there is no room to seal")
        return 0

    def rewrite(self, bodies: Mapping[int, bytes], because: str) -> list[range]:
        """Put *bodies* in place of lines; all places are new then."""
        with self._lock:
            self._check()
            changed = [seq for seq in bodies if seq in self._storage.lines]
            if not changed:
                return []
            fate = self._adversary.strikes(f"{self._name}.rewrite")
            kept = changed if fate is None else self._adversary.survivors(changed, fate)
            self._storage.lines.update({seq: bodies[seq] for seq in kept})
            if fate != "before":
                for seq, body in self._storage.lines.items():
                    self._put(seq, body)
            if fate is not None:
                self._refusal = "a rewrite failed; open it anew"
                raise ReadOnly("the rewrite failed; ask again")
            return [range(self._storage.first, self._next)]

    def compact(self, bodies: Sequence[bytes]) -> list[Line]:
        """Let *bodies* stand for all lines: what is before them is dropped when they are durable."""
        snapshot = b'{"kind":"snapshot","through":%d}' % self.last
        lines = self._append([snapshot, *bodies, b'{"kind":"snapshot-end"}'], "compact")
        with self._lock:
            self._storage.begin_with(lines[0].seq)
        return lines[1:-1]

    def _check(self) -> None:
        """Raise ReadOnly where nothing more is taken."""
        if self._epoch != self._storage.epoch:
            self._refusal = "it was opened anew elsewhere"
        if self._refusal is not None:
            raise ReadOnly(self._refusal)

    def _put(self, seq: int, body: bytes) -> None:
        self._storage.put(seq, body, self._adversary.riddle())

    def _advance(self) -> int:
        while self._visible + 1 in self._storage.lines and self._visible + 1 < self._next:
            self._visible += 1
        return self._visible

    def close(self) -> None:
        """Refuse from now on."""
        self._refusal = self._refusal or "closed"
