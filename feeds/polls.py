"""Claims -> polls under way, each in its place; who keeps others waiting is put off."""

import threading
import time

from feeds.intake.walking import turn
from feeds.model import Outcome
from feeds.office.bureau import Bureau
from feeds.schedule.ledger import Claim
from feeds.schedule.places import Places


class Polls:
    """Polls under way, and the threads in which they are.

    local   places for folders; None: they take those of the others
    """

    def __init__(self, bureau: Bureau, local: int | None = None) -> None:
        self._bureau = bureau
        self._lock = threading.Lock()
        self._threads: dict[str, int] = {}
        self.places = Places(bureau.settings.fetch.workers, local)

    def free(self, lane: str, *, alone: bool = False) -> int:
        """Return how many of a lane may begin, once those that take long have stepped aside."""
        self.places.workers = self._bureau.settings.fetch.workers
        if lane == "net":
            self.places.step_aside(time.monotonic())
        return self.places.free(lane, alone=alone)

    def take(self, claim: Claim, lane: str) -> None:
        """Note that a claim is about to be polled."""
        self.places.take(claim.key, lane, time.monotonic())

    def poll(self, claim: Claim) -> Outcome | None:
        """Poll one source that has its place."""
        with self._lock:
            self._threads[claim.key] = threading.get_ident()
        try:
            return turn(self._bureau, claim)
        finally:
            with self._lock:
                self._threads.pop(claim.key, None)
            self.places.leave(claim.key, time.monotonic())

    def put_off(self) -> None:
        """Others took the places of those aside: where too many stand there, the first of them go."""
        for key in self.places.too_many():
            with self._lock:  # Held, so that the thread is not meanwhile about something else.
                thread = self._threads.get(key)
                if thread is not None:
                    self._bureau.door.put_off(thread)
