"""The Journal port in memory, as unlike a file as the contract allows.

Appends of several threads become durable in any order, as in a database whose
transactions commit late; a batch can be made to fail; places are riddles.
"""

import random
import threading
import time
from collections.abc import Mapping, Sequence

from archive.errors import Damaged, ReadOnly
from archive.ports import Line


class MemoryStorage:
    """What outlives a journal in memory: its durable lines by seq.

    first   the seq before which a snapshot stands for everything
    age     how often lines were put in the place of others: places of before are void
    """

    def __init__(self) -> None:
        self.lines: dict[int, bytes] = {}
        self.first = 1
        self.age = 0


class MemoryJournal:
    """An adversarial journal: late and reordered commits, faults on request.

    delay       longest time in seconds between a line's seq and its being durable
    fail_next   set to True, the next append fails after some of its lines stayed
    """

    def __init__(
        self,
        storage: MemoryStorage | None = None,
        *,
        hole: bytes = b'{"kind":"hole"}',
        delay: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.waited = 0.0
        self._storage = storage or MemoryStorage()
        self._delay = delay
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._next = max(self._storage.lines, default=0) + 1
        self._holes = [
            seq for seq in range(self._storage.first, self._next) if seq not in self._storage.lines
        ]
        for seq in self._holes:  # A failed batch left gaps.
            self._storage.lines[seq] = hole
        self._visible = self._next - 1
        self._refusal: str | None = None
        self.fail_next = False

    @property
    def last(self) -> int:
        """The seq of the last line before which none can still appear."""
        with self._lock:
            return self._advance()

    def append(self, bodies: Sequence[bytes]) -> list[Line]:
        """Give seqs at once, become durable later, return when durable."""
        with self._lock:
            if self._refusal is not None:
                raise ReadOnly(self._refusal)
            seqs = range(self._next, self._next + len(bodies))
            self._next += len(bodies)
            failing, self.fail_next = self.fail_next, False
            order = self._random.sample(list(seqs), len(seqs))
            pause = self._random.random() * self._delay
        time.sleep(pause)
        with self._lock:
            if failing or self._refusal is not None:
                for seq in order[: len(order) // 2]:
                    self._storage.lines[seq] = bodies[seq - seqs[0]]
                self._refusal = "an earlier append failed; open it anew"
                raise ReadOnly("the append failed; nothing of it is acknowledged")
            for seq in order:
                self._storage.lines[seq] = bodies[seq - seqs[0]]
        return [self._line(seq) for seq in seqs]

    def since(self, seq: int, limit: int) -> list[Line]:
        """Return durable lines behind *seq*, never one before which another could appear."""
        with self._lock:
            start = max(seq + 1, self._storage.first)
            end = min(self._advance(), start + limit - 1)
            return [self._line(found) for found in range(start, end + 1)]

    def at(self, place: str) -> Line:
        """Return the line at *place*."""
        try:
            age, _, seq = place.removeprefix("riddle:").partition(".")
            if int(age) == self._storage.age:
                return self._line(int(seq, 36))
        except (ValueError, KeyError):
            pass
        raise Damaged(f"{place!r} is no place here")

    @property
    def refuses(self) -> bool:
        """Whether it takes no more lines until it is opened anew."""
        return self._refusal is not None

    def recovered(self) -> dict[str, int]:
        """Return what opening had to mend."""
        return {"holes": len(self._holes)}

    def seal(self) -> int:
        """Memory is compact already."""
        return 0

    def rewrite(self, bodies: Mapping[int, bytes], because: str) -> list[range]:
        """Put *bodies* in place of lines; all places are new then."""
        with self._lock:
            if self._refusal is not None:
                raise ReadOnly(self._refusal)
            changed = {seq: body for seq, body in bodies.items() if seq in self._storage.lines}
            self._storage.lines.update(changed)
            self._storage.age += bool(changed)
            return [range(1, self._next)] if changed else []

    def compact(self, bodies: Sequence[bytes]) -> list[Line]:
        """Let *bodies* stand for all lines: what is before them is dropped when they are durable."""
        snapshot = b'{"kind":"snapshot","through":%d}' % self.last
        lines = self.append([snapshot, *bodies, b'{"kind":"snapshot-end"}'])
        with self._lock:
            for seq in [seq for seq in self._storage.lines if seq < lines[0].seq]:
                del self._storage.lines[seq]
            self._storage.first = lines[0].seq
        return lines[1:-1]

    def _advance(self) -> int:
        while self._visible + 1 in self._storage.lines and self._visible + 1 < self._next:
            self._visible += 1
        return self._visible

    def _line(self, seq: int) -> Line:
        return Line(seq, f"riddle:{self._storage.age}.{_base36(seq)}", self._storage.lines[seq])

    def close(self) -> None:
        """Refuse from now on."""
        self._refusal = self._refusal or "closed"


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = digits[rest] + text
    return text or "0"
