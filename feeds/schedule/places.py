"""Polls under way -> who may begin, who steps aside, who is put off. Decides; asks no clock.

Whoever keeps us waiting must not keep others waiting. There are as many places as
workers. A poll that takes much longer than others do steps aside when all places are
taken: it goes on, and its place is free. If too many stand aside, the one that has
stood there longest is put off. Sources that were put off or met a bound have a quarter
as many places of their own, and get no other until they have answered well.
"""

import statistics
import threading
from collections import deque
from dataclasses import dataclass

SHARE = 4
"""Slow sources have a place for each so many workers."""
ASIDE = 2
"""Polls that may stand aside, for each worker."""
MOST_ASIDE = 64
TIMES, SHORTEST, LONGEST, AT_FIRST = 3.0, 0.25, 5.0, 1.0
"""How long is much longer: so many times the median, in these bounds of seconds; and while none is known."""
_KNOWN, _REMEMBERED = 8, 64


@dataclass(slots=True)
class _Held:
    lane: str
    began: float
    aside: bool = False
    put_off: bool = False


class Places:
    """Who holds a place.

    local   places for folders; None: they take those of the others
    """

    def __init__(self, workers: int, local: int | None = None) -> None:
        self.workers = workers
        self._local = local
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._took: deque[float] = deque(maxlen=_REMEMBERED)

    def __len__(self) -> int:
        return len(self._held)

    def free(self, lane: str, *, alone: bool = False) -> int:
        """Return how many of a lane may begin.

        alone   nobody else waits: slow ones may have every place
        """
        with self._lock:
            return max(0, self._free(lane, alone=alone))

    def _free(self, lane: str, *, alone: bool = False) -> int:
        if lane == "slow":
            share = self.workers if alone else max(1, self.workers // SHARE)
            return share - sum(one.lane == "slow" for one in self._held.values())
        if lane == "local" and self._local is not None:
            return self._local - sum(one.lane == "local" for one in self._held.values())
        lanes = {"net"} if self._local is not None else {"net", "local"}
        return self.workers - sum(one.lane in lanes and not one.aside for one in self._held.values())

    def holds(self, lane: str) -> bool:
        """Say whether one of a lane is under way, and not aside."""
        with self._lock:
            return any(one.lane == lane and not one.aside for one in self._held.values())

    def take(self, key: str, lane: str, now: float) -> None:
        """Note that a poll begins."""
        with self._lock:
            self._held[key] = _Held(lane, now)

    def leave(self, key: str, now: float) -> None:
        """Note that a poll is over."""
        with self._lock:
            held = self._held.pop(key, None)
            if held is not None and held.lane == "net" and not held.put_off:
                self._took.append(now - held.began)

    def patience(self) -> float:
        """Return the seconds after which a poll takes much longer than others do."""
        if len(self._took) < _KNOWN:
            return AT_FIRST
        return min(max(TIMES * statistics.median(self._took), SHORTEST), LONGEST)

    def step_aside(self, now: float) -> None:
        """Where all places are taken, let those step aside that take much longer than others do."""
        with self._lock:
            if self._free("net") > 0:
                return
            patience = self.patience()
            for one in self._held.values():
                one.aside = one.aside or (one.lane == "net" and now - one.began > patience)

    def too_many(self) -> list[str]:
        """Return whom to put off: those who began first of the ones aside beyond their number; each once."""
        with self._lock:
            aside = sorted(
                (one.began, key) for key, one in self._held.items() if one.aside and not one.put_off
            )
            surplus = aside[: max(0, len(aside) - min(ASIDE * self.workers, MOST_ASIDE))]
            for _, key in surplus:
                self._held[key].put_off = True
            return [key for _, key in surplus]
