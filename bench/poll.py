"""What a whole poll costs: claimed, fetched from loopback, read by a worker, sorted out, kept and settled on the disk."""

import contextlib
import io
import logging
import re
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from archive.keeping.writer import LINGER
from bench.apart import feedparser_alone, serve, site
from bench.meter import about, counted_syncs
from bench.parse import ENTRIES, feed
from feeds.intake.pipeline import poll
from tests.world import PRIVATE, World

ROUNDS = 12
_ITEM = b"<item><title>"
ALONE, ALL = "feedparser alone, by its defaults", "all changed"
Took = tuple[float, float, float]
"""Milliseconds by the clock and of CPU, and how often the disk was told to sync."""


def _ran(pid: int) -> float:
    """Return the seconds of CPU that a process took."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


class _Paper:
    """One source, changed and polled as often as is asked for."""

    def __init__(self, home: Path, address: str, paragraphs: int) -> None:
        self.took: dict[str, list[Took]] = {}
        self._home = home
        self._world = World(home)
        self._world.configure(
            f"  - {{feed: '{address}', name: paper, pages: never, initial: all, {PRIVATE}}}"
        )
        self.body = feed(None, paragraphs)
        self._made = self._turn = 0

    def dated(self) -> None:
        """Let it say that it was made anew, as most feeds do at every poll."""
        self._made += 1
        date = b"<lastBuildDate>%06d</lastBuildDate>" % self._made
        head, _, rest = self.body.partition(b"<item>")
        self.body = head.partition(b"<lastBuildDate>")[0] + date + b"<item>" + rest

    def revised(self, count: int = 1) -> None:
        """Change so many entries, those whose turn it is: what changes too often is kept later."""
        self.dated()
        head, *items = self.body.split(_ITEM)
        for number in range(self._turn, self._turn + count):
            items[number % ENTRIES] = b"%d, " % self._made + items[number % ENTRIES]
        self._turn += count
        self.body = _ITEM.join([head, *items])

    def longer(self) -> None:
        """Put a new entry on top, and let the last one go."""
        self.dated()
        head, first, *items, last = self.body.split(_ITEM)
        link = b"https://site.example/new/%d" % self._made
        new = re.sub(rb"https://site\.example/[\w/]+", link, b"News %d, " % self._made + first)
        self.body = _ITEM.join([head, new, first, *items]) + last.partition(b"</item>")[2]

    def poll(self, name: str, news: int, *, whole: bool = False, tagged: bool = False) -> None:
        """Poll it; *whole* is with nothing remembered of the last document."""
        world, bureau = self._world, self._world.bureau
        serve(self._home, self.body, tagged=tagged)
        time.sleep(2 * LINGER)  # No other source was kept just now, for which a batch would wait.
        world.clock.advance(hours=1)
        key = next(iter(bureau.sources))
        before = sum(map(_ran, bureau.workers.pids)) + time.process_time()
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()), counted_syncs() as syncs:  # Its acknowledgements.
            claim = bureau.ledger.claim_one(key, world.clock.now(), timedelta(minutes=10))
            assert claim is not None
            outcome = poll(bureau, replace(claim, shown=b"") if whole else claim)
        took = time.perf_counter() - began
        cpu = sum(map(_ran, bureau.workers.pids)) + time.process_time() - before
        assert outcome is not None
        assert (outcome.error, outcome.news) == (None, news)
        self.took.setdefault(name, []).append((took * 1000, cpu * 1000, syncs.total()))

    def close(self) -> None:
        """Stop."""
        self._world.close()


def _polls(paper: _Paper) -> None:
    """Poll in every way, in turn."""
    paper.poll("all new, and the worker begun", ENTRIES)
    for number in range(ROUNDS):
        if number % 3 == 0:
            paper.revised(ENTRIES)
            paper.poll(ALL, ENTRIES)
        for whole, how in ((True, "all read"), (False, "the one read")):
            paper.revised()
            paper.poll(f"one changed, {how}", 1, whole=whole)
        paper.longer()
        paper.poll("one new, the one read", 1)
        for whole, how in ((True, "all read"), (False, "none read")):
            paper.dated()
            paper.poll(f"none changed, {how}", 0, whole=whole)
        paper.poll("the same bytes", 0)
    paper.poll("an ETag comes", 0, tagged=True)
    for _ in range(ROUNDS):
        paper.poll("not modified (304)", 0, tagged=True)


def main() -> None:
    """Print the table."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        print(f"\na poll of {ENTRIES} entries: {about(home)}; CPU with the worker's, and without the site's")
        print(f"{'':>42}{'clock':>9}{'CPU ms':>9}{'syncs':>8}{f'{ALL} x':>15}{'feedparser x':>15}")
        for paragraphs in (1, 8, 60):
            part = home / str(paragraphs)
            part.mkdir()
            with site(part) as address:
                paper = _Paper(part, address, paragraphs)
                _polls(paper)
                paper.close()
            print(f"{len(paper.body) / 1000:>6.0f} KB")
            _rows({ALONE: [(*feedparser_alone(part, paper.body), 0.0)], **paper.took})


def _rows(took: dict[str, list[Took]]) -> None:
    middle = {
        name: [statistics.median(column) for column in zip(*found, strict=True)]
        for name, found in took.items()
    }
    for name, (wall, cpu, syncs) in middle.items():
        times = [middle[floor][1] / cpu for floor in (ALL, ALONE)]
        print(f"{name:>42}{wall:>9.1f}{cpu:>9.1f}{syncs:>8.0f}{times[0]:>15.1f}{times[1]:>15.1f}")
