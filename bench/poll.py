"""What a whole poll costs: fetched from loopback, read by a worker, sorted out, kept and settled on the disk."""

import contextlib
import io
import logging
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.parse import ENTRIES, feed
from feeds.pipeline import poll
from tests.site import Page
from tests.world import PRIVATE, World

ROUNDS = 12
SOURCE = f"  - {{feed: '{{site}}/f', name: paper, pages: never, flood: publish, initial: all, {PRIVATE}}}"


def _ran(pid: int) -> float:
    """Return the seconds of CPU that a process took."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


class _Polled:
    """One source, polled as often as is asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.took: dict[str, list[tuple[float, float]]] = {}
        world.configure(SOURCE)

    def once(self, name: str, body: bytes, news: int, *, whole: bool = False) -> None:
        """Poll it; *whole* is with nothing remembered of the last document."""
        world, bureau = self.world, self.world.bureau
        world.site.pages["/f"] = Page(body)
        world.clock.advance(hours=30)
        bureau.ledger.hasten(world.clock.now())
        claim = bureau.ledger.claim_one(next(iter(bureau.sources)), world.clock.now(), timedelta(minutes=10))
        assert claim is not None
        before = sum(map(_ran, bureau.workers.pids)) + time.process_time()
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):  # Its acknowledgements.
            outcome = poll(bureau, replace(claim, shown=b"") if whole else claim)
        took = time.perf_counter() - began
        cpu = sum(map(_ran, bureau.workers.pids)) + time.process_time() - before
        assert outcome is not None
        assert outcome.news == news
        self.took.setdefault(name, []).append((took * 1000, cpu * 1000))


def main() -> None:
    """Print the table."""
    logging.disable(logging.CRITICAL)
    print(f"\na poll of {ENTRIES} entries: milliseconds by the clock, and of CPU with the worker's")
    for paragraphs in (1, 8, 60):
        home = tempfile.TemporaryDirectory()
        world = World(Path(home.name))
        polled, plain = _Polled(world), feed(None, paragraphs)
        polled.once("all new, and the worker begun", plain, ENTRIES)
        for number in range(ROUNDS):
            for whole in (False, True):
                how = "all read" if whole else "in part"
                body = plain.replace(b"Entry 7<", b"Entry 7 %d %d<" % (number, whole))
                polled.once(f"one changed, {how}", body, 1, whole=whole)
                polled.once(f"none changed, {how}", body, 0, whole=whole)
        for number in range(4):
            polled.once("all changed", plain.replace(b"<title>Entry", b"<title>%d Entry" % number), ENTRIES)
        world.close()
        home.cleanup()
        print(f"{len(plain) / 1000:>6.0f} KB")
        for name, took in polled.took.items():
            wall, cpu = (statistics.median(column) for column in zip(*took, strict=True))
            print(f"{name:>32}{wall:>9.1f}{cpu:>9.1f}")
