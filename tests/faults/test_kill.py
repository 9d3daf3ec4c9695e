"""kill -9 at named points and at any moment: nothing acknowledged is lost, nothing is doubled.

What was acknowledged is what could be read from the pipe.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from archive import verify
from feeds.config import load
from feeds.config.keys import LONGEST_FEED
from feeds.curate import lines
from feeds.office.bureau import Bureau
from feeds.rounds import begin, one_round
from tests.builders import every, item, lorem, rss
from tests.site import Asked, Page, Site

REPO = Path(__file__).parents[2]
POINTS = [
    "articles.write", "articles.torn", "articles.fdatasync", "articles.synced",
    "blobs.write", "blobs.torn", "blobs.fdatasync", "blobs.synced", "catalog.before", "catalog.after",
    "publications.write", "publications.torn", "publications.fdatasync", "publications.synced",
    "publish.advanced", "publish.told", "publish.rendered", "shelf.swap", "shelf.swapped",
    "state.torn", "state.synced",
    "seal.write", "seal.packed", "seal.named", "seal.told", "seal.sealed", "seal.unlink",
]  # fmt: skip
INSIDE = (".write", ".torn", ".fdatasync", "catalog.", "publish.", "publications.", "shelf.", "seal.")
"""What the points are called by that lie within a write, a sync, the index, a publish or a seal."""
KILLS = int(os.environ.get("NEWSWEIR_KILLS", "30"))
_ACKNOWLEDGED = re.compile(rb"archived id=(\S+) source=(\S+) rev=(\d+)\n")


class Growing:
    """Two feeds that have something new at every poll, and edit what they had."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[int, int]] = {"a": {}, "b": {}}
        self._chance = random.Random(5)

    def __call__(self, asked: Asked) -> Page:
        name = asked.path.strip("/")
        mine = self.entries[name]
        for _ in range(self._chance.randint(1, 2)):
            mine[len(mine)] = 0
        if self._chance.random() < 0.5:
            mine[self._chance.choice(list(mine))] += 1
        return Page(self.document(name), etag=f'"{len(mine)}.{sum(mine.values())}"')

    def document(self, name: str) -> bytes:
        return rss(*(self.entry(name, n, edits) for n, edits in reversed(self.entries[name].items())))

    def entry(self, name: str, n: int, edits: int) -> str:
        text = f"<p>{lorem(f'{name}{n}x', 50)} word {'edited ' * edits}</p>"
        return item(f"{name}-{n}", f"Entry {name} {n}", content=text, link=f"https://{name}.example/{n}")


def configure(folder: Path, site: Site) -> Path:
    path = folder / "config.yaml"
    path.write_text(
        "fetch: {workers: 2, deadline: 20s}\nsources:\n"
        + "".join(
            f"  - {{feed: '{site.url}/{n}', name: {n}, pages: never, allow_private: [127.0.0.0/8]}}\n"
            for n in "ab"
        )
        + f"topics:\n  all: {{query: word, limit: {LONGEST_FEED}}}\n  some: {{query: a1x0 OR b1x0 OR a2x0}}\n"
    )
    return path


class Nursery:
    """Children to be killed, and the pipe on which they acknowledge."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPO,
        )

    def raise_and_kill(self, fault: str, after: float | None) -> tuple[int, bytes]:
        """Let a child live until it dies of *fault*, or for so many seconds; return its status and its words."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"config": str(self._config), "fault": fault, "rounds": 400 if after else 6}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        born = self._process.stdout.readline().split()
        if after is not None:
            time.sleep(after)
            os.kill(int(born[1]), signal.SIGKILL)
        words = b""
        while not (line := self._process.stdout.readline()).startswith(b"ended "):
            assert line, "the nursery itself ended"
            words += line
        return os.waitstatus_to_exitcode(int(line.split()[1])), words

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


def kill_once(nursery: Nursery, chance: random.Random, number: int) -> tuple[str, bytes]:
    """Have one child killed, two of three times at a named point; return where, and its words."""
    if number % 3 == 2:
        status, words = nursery.raise_and_kill("", 0.05 + chance.random() * 0.5)
        place = "any moment"
    else:
        place = POINTS[(number - number // 3) % len(POINTS)]
        status, words = nursery.raise_and_kill(f"{place}:{chance.randint(1, 3)}:kill", None)
    assert status in {-signal.SIGKILL, 0}, words.decode()
    return place if status else "not at all", words


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    growing = Growing()
    chance = random.Random(20260105)
    acknowledged: set[tuple[str, int]] = set()
    deaths: Counter[str] = Counter()
    with Site() as site:
        site.pages["/a"] = site.pages["/b"] = growing
        config = configure(tmp_path, site)
        nursery = Nursery(config)
        number = 0
        while deaths.total() < KILLS:
            place, out = kill_once(nursery, chance, number)
            number += 1
            deaths[place] += place != "not at all"
            found = {(match[1].decode(), int(match[3])) for match in _ACKNOWLEDGED.finditer(out)}
            assert not found & acknowledged, "a revision was acknowledged twice"
            acknowledged |= found
        named = sum(count for place, count in deaths.items() if place != "any moment")
        print(
            f"\n{KILLS} kills, {named} at named points: {dict(deaths)}; {len(acknowledged)} acknowledged revisions"
        )
        inside = sum(count for place, count in deaths.items() if any(one in place for one in INSIDE))
        print(f"{inside} inside a write, a sync, the index, a publish or a seal")
        assert min(named, inside) >= KILLS / 3
        assert {"publish.advanced", "publish.told", "articles.fdatasync", "catalog.before"} <= set(
            deaths
        ) or KILLS < 40

        bureau = Bureau(load(config))
        begin(bureau)
        site.pages["/a"] = Page(growing.document("a"))
        site.pages["/b"] = Page(growing.document("b"))
        bureau.ledger.hasten(bureau.clock.now())
        one_round(bureau)
        check_archive(bureau, growing, acknowledged)
        check_feeds(bureau, tmp_path / "data")
        bureau.close()
    assert verify(tmp_path / "data").flaws == []


def check_archive(bureau: Bureau, growing: Growing, acknowledged: set[tuple[str, int]]) -> None:
    kept: dict[str, str] = {}
    for found in every(bureau.archive):
        if found.record is None:
            continue
        guid = found.record.archive.source.guid or ""
        assert kept.setdefault(guid, found.record.id) == found.record.id, "one entry became two articles"
    assert set(kept) == {f"{name}-{n}" for name, entries in growing.entries.items() for n in entries}
    for article, rev in acknowledged:
        assert bureau.archive.get(article, rev).archive.rev == rev
    for guid, article in kept.items():
        revs = [one.archive.rev for one in bureau.archive.revisions(article)]
        assert revs == list(range(1, len(revs) + 1)), guid
        raw = bureau.archive.get(article).archive.raw
        assert raw is not None
        bureau.archive.blob(raw.sha256)


def check_feeds(bureau: Bureau, data: Path) -> None:
    told: Counter[tuple[str, str]] = Counter()
    seq = 0
    while more := bureau.archive.publications.since(seq, 1000):
        for line in more:
            line_told = lines.publication(line.body)
            if isinstance(line_told, lines.Publish):
                told[(line_told.topic, line_told.article)] += 1
            seq = line.seq
    assert set(told.values()) == {1}, "something was published twice"
    whole = next(rule.topic for rule in bureau.book.in_force() if rule.slug == "all")
    assert sum(topic == whole for topic, _ in told) == bureau.archive.count()
    items = json.loads((data / "feeds/all/feed.json").read_text())["items"]
    ids = [one["id"] for one in items]
    assert len(ids) == len(set(ids)) == min(bureau.archive.count(), LONGEST_FEED)
    for one in items:
        assert one["content_text"] == bureau.archive.get(one["id"]).content_text, (
            "readers have the newest revision"
        )
    assert len({one["_newsweir"]["n"] for one in items}) == len(items)
    assert len({one["_newsweir"]["updated"] for one in items}) == len(items)
