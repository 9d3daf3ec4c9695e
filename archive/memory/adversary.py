"""A plan, a seed -> what goes wrong in memory, and when: late, in another order, in part, unanswered."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Fate = Literal["before", "part", "after"]
"""What becomes of a write that fails: none of it, some of it, or all of it was kept."""

_Item = TypeVar("_Item")


@dataclass(slots=True)
class _Plan:
    point: str
    count: int
    fate: Fate


class Adversary:
    """Chance, delays and planned faults, shared by the ports of one archive.

    delay   longest time in seconds between the beginning of a write and its being durable
    """

    def __init__(self, seed: int = 0, *, delay: float = 0.0) -> None:
        self._random = random.Random(seed)
        self._delay = delay
        self._lock = threading.Lock()
        self._planned: _Plan | None = None

    def plan(self, point: str, fate: Fate, count: int = 1) -> None:
        """Let the *count*-th write that passes *point* (`articles.append`) fail."""
        with self._lock:
            self._planned = _Plan(point, count, fate)

    def relent(self) -> None:
        """Take the plan back."""
        with self._lock:
            self._planned = None

    def strikes(self, point: str) -> Fate | None:
        """Say what becomes of a write at *point*; None where it succeeds."""
        with self._lock:
            plan = self._planned
            if plan is None or plan.point != point:
                return None
            plan.count -= 1
            if plan.count:
                return None
            self._planned = None
            return plan.fate

    def pause(self) -> float:
        """Return how long a write waits, in seconds."""
        with self._lock:
            return self._random.random() * self._delay

    def shuffled(self, items: Sequence[_Item]) -> list[_Item]:
        """Return *items* in any order."""
        with self._lock:
            return self._random.sample(items, len(items))

    def some(self, items: Sequence[_Item]) -> list[_Item]:
        """Return some of *items*, any number of them, in any order."""
        with self._lock:
            return self._random.sample(items, self._random.randint(0, len(items)))

    def survivors(self, items: Sequence[_Item], fate: Fate) -> list[_Item]:
        """Return what was kept of *items* whose write failed, in any order."""
        return [] if fate == "before" else self.shuffled(items) if fate == "after" else self.some(items)

    def riddle(self) -> str:
        """Return a text that means nothing to anybody."""
        with self._lock:
            return f"{self._random.getrandbits(64):016x}"
