"""The archive at a million articles: rate, memory, opening after a kill, rebuild, reading, searching.

BENCH_ARTICLES says how many (a million by default: some 13 GB), BENCH_DIR where.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from archive import Archive, connect
from archive.disk import manifest
from archive.disk.manifest import Manifest
from archive.disk.search import DiskSearch, indexed_text
from archive.keeping.press import Press
from archive.knowing import naming
from archive.knowing.identity import article_id, guid_key, url_key
from archive.opened import CATCH_UP
from archive.record.article import Article, content_sha256, decode, encode
from archive.text.words import plain
from bench.keep import NOW, Ready, Rows, drafts, record, through_ports
from bench.meter import about

ARTICLES = int(os.environ.get("BENCH_ARTICLES", "1000000"))
SLICE = 2_000
FLOOR = 500
OWN_BATCH = 165
"""Articles of 6.2 KB in one of our batches: 1 MiB."""
SEARCHED = min(ARTICLES, 30_000)
READS = 2_000
DAEMON_PAUSE = 1.0
"""Seconds between two looks of the daemon at what is to be indexed."""


class Maker:
    """Articles without end: a thousand texts, each with a title, an address and a line of its own."""

    def __init__(self) -> None:
        self._texts = [(record(draft), draft.raw or b"") for draft in drafts(0, 1000)]

    def make(self, start: int, count: int) -> list[Ready]:
        """Return articles *start* and following, as decided."""
        return [self._one(number) for number in range(start, start + count)]

    def _one(self, number: int) -> Ready:
        base, raw = self._texts[number % len(self._texts)]
        site = f"https://site{number % 2000}.example"
        url, title = f"{site}/2026/01/05/article-{number}", f"Title of article {number}"
        text = f"{base.content_text} number {number}"
        raw += b"<!-- %d -->" % number
        digest = hashlib.sha256(raw).hexdigest()
        source = msgspec.structs.replace(
            base.archive.source, key=f"{site}/rss.xml", guid=url, entry_sha256=digest
        )
        archive = msgspec.structs.replace(
            base.archive,
            source=source,
            raw=msgspec.structs.replace(base.archive.raw, sha256=digest, bytes=len(raw)),
            content_sha256=content_sha256(title, text),
            url_key=url_key(url),
        )
        made = msgspec.structs.replace(
            base,
            id=article_id(guid_key(source.key, url)),
            url=url,
            title=title,
            content_text=text,
            archive=archive,
        )
        return made, naming.facts(made), raw


def ids(numbers: Iterator[int] | list[int]) -> list[str]:
    """Return the ids of articles by their numbers."""
    found = []
    for number in numbers:
        site = f"https://site{number % 2000}.example"
        found.append(article_id(guid_key(f"{site}/rss.xml", f"{site}/2026/01/05/article-{number}")))
    return found


def opened(data: Path) -> Archive:
    """Open the archive for writing."""
    return connect(data, now=lambda: NOW, linger=0.0)


@dataclass
class Spent:
    """Seconds that articles took, and how many of those were a processor's."""

    articles: int = 0
    seconds: float = 0.0
    processor: float = 0.0

    @contextmanager
    def on(self, articles: int) -> Iterator[None]:
        """Count what the block takes."""
        began, used = time.perf_counter(), time.process_time()
        yield
        self.articles += articles
        self.seconds += time.perf_counter() - began
        self.processor += time.process_time() - used

    @property
    def rate(self) -> float:
        """Articles a second."""
        return self.articles / self.seconds

    @property
    def each(self) -> float:
        """Microseconds of a processor for each article."""
        return self.processor * 1e6 / self.articles


def load(data: Path, folder: Path, maker: Maker, start: int, end: int) -> tuple[Spent, Spent]:
    """Keep articles from *start* to *end*; return what the ports took, and plain rows in turn with them.

    The rows are of some of the same articles, in batches of 100, in a file that begins empty.
    """
    ours, rows = Spent(), Spent()
    press, path = Press(lambda: NOW), folder / "floor.sqlite"
    with closing(opened(data)) as archive, closing(press), closing(Rows(path)) as floor:
        for at in range(start, end, SLICE):
            made = maker.make(at, min(SLICE, end - at))
            with ours.on(len(made)):
                through_ports(press, archive._ports, made, OWN_BATCH)  # noqa: SLF001
            with rows.on(FLOOR):
                for some in range(0, FLOOR, 100):
                    floor.put([(one.id, encode(one), raw) for one, _, raw in made[some : some + 100]])
    path.unlink()
    return ours, rows


def child(task: str, data: Path, start: int) -> subprocess.Popen[str]:
    """Start one of the tasks below in a process of its own."""
    command = [sys.executable, "-m", "bench.million", task, str(data), str(start)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def told(task: str, data: Path, start: int = 0) -> dict[str, float]:
    """Run a task in a process of its own and return what it found."""
    with child(task, data, start) as process:
        output, _ = process.communicate()
    found: dict[str, float] = json.loads(output)
    return found


def task_memory(data: Path, start: int) -> dict[str, float]:
    """Keep, read and search a little in an archive that is there; return MB of memory."""
    maker = Maker()
    press = Press(lambda: NOW)
    with closing(opened(data)) as archive, closing(press):
        through_ports(press, archive._ports, maker.make(start, 5000), OWN_BATCH)  # noqa: SLF001
        for one in ids([number * 97 % start for number in range(1000)]):
            archive.get(one)
        archive.newest(100)
        found = {}
        for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]:
            name, size, *_ = line.split()
            found[name.rstrip(":")] = int(size) / 1024
    return {"anonymous": found["Pss_Anon"], "all": found["Pss"]}


def task_busy(data: Path, start: int) -> dict[str, float]:
    """Keep articles until killed."""
    maker, press, archive = Maker(), Press(lambda: NOW), opened(data)
    while True:
        through_ports(press, archive._ports, maker.make(start, 500), OWN_BATCH)  # noqa: SLF001
        start += 500
        print(start, flush=True)


def task_open(data: Path, start: int) -> dict[str, float]:
    """Return how many seconds opening takes, and how many articles there are."""
    began, used = time.perf_counter(), time.process_time()
    with closing(opened(data)) as archive:
        took = time.perf_counter() - began
        return {"seconds": took, "cpu": time.process_time() - used, "articles": archive.count()}


def killed(data: Path, start: int) -> int:
    """Let a child keep articles for a while, kill it, and return how many it had acknowledged."""
    process = child("busy", data, start)
    assert process.stdout is not None
    for _ in range(6):
        process.stdout.readline()
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().split()
    process.wait()
    return int(rest[-1]) if rest else start + 3000


def task_read(data: Path, start: int) -> dict[str, float]:
    """Return the milliseconds that reading by id takes."""
    chance = random.Random(3)
    took = []
    with closing(opened(data)) as archive:
        for one in ids([chance.randrange(start) for _ in range(READS)]):
            began = time.perf_counter()
            archive.get(one)
            took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {"median": statistics.median(took), "p99": took[READS * 99 // 100]}


def sealed(data: Path) -> tuple[int, float, int, int]:
    """Seal what is finished; return pieces, seconds, and the bytes of the lines before and after."""
    with closing(opened(data)) as archive:
        began = time.perf_counter()
        pieces = archive.seal()
        took = time.perf_counter() - began
    told_of = [
        about
        for path in (data / "archive" / "articles").glob("*/*.manifest.json")
        if (about := manifest.read(path, Manifest)) is not None
    ]
    return pieces, took, sum(one.raw_bytes for one in told_of), sum(one.zst_bytes for one in told_of)


def search_rates(data: Path, folder: Path) -> tuple[float, float]:
    """Return articles a second into the index, and of the same words into bare FTS5."""
    with closing(opened(data)) as archive:
        journal = archive._ports.articles  # noqa: SLF001
        index = DiskSearch(folder / "search.sqlite")
        ours = bare = 0.0
        seen = 0
        database = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(
            "CREATE VIRTUAL TABLE t USING fts5(words, content='', tokenize='unicode61 remove_diacritics 0')"
        )
        while seen < SEARCHED:
            began = time.perf_counter()
            lines = journal.since(seen, CATCH_UP)
            index.apply(lines, behind=seen)
            ours += time.perf_counter() - began
            seen = lines[-1].seq
            found = [(line.seq, decode(line.body)) for line in lines]
            rows = [(seq, plain(indexed_text(one))) for seq, one in found if isinstance(one, Article)]
            began = time.perf_counter()
            database.execute("BEGIN")
            database.executemany("INSERT INTO t(rowid, words) VALUES(?,?)", rows)
            database.execute("COMMIT")
            bare += time.perf_counter() - began
        database.close()
        index.close()
    return seen / ours, seen / bare


def search_lag(folder: Path, maker: Maker, seconds: int = 20) -> float:
    """Return by how many seconds the index lags at worst while 100 articles come a second."""
    press, archive = Press(lambda: NOW), opened(folder / "lag")
    going = True

    def feed() -> None:
        while going:
            while archive.feed_search():
                pass
            time.sleep(DAEMON_PAUSE)

    thread = threading.Thread(target=feed)
    thread.start()
    worst = 0
    began = time.monotonic()
    for number in range(seconds * 10):
        through_ports(press, archive._ports, maker.make(number * 10, 10))  # noqa: SLF001
        worst = max(worst, archive.search_lag)
        time.sleep(max(0.0, began + (number + 1) / 10 - time.monotonic()))
    going = False
    thread.join()
    press.close()
    archive.close()
    return worst / 100


def size(folder: Path) -> float:
    """Return the MB that files below *folder* take."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / 2**20


def loaded(data: Path, folder: Path, maker: Maker) -> int:
    """Load all articles, printing rate and memory on the way; return how many there are."""
    marks = [mark for mark in (10_000, *range(100_000, ARTICLES, 100_000)) if mark < ARTICLES] + [ARTICLES]
    done, first, memory = 0, 0.0, {}
    print(
        f"{'articles':>10}{'ports alone/s':>16}{'CPU us':>8}{'rows/s':>10}{'CPU us':>8}{'x rows':>8}{'x first':>9}"
    )
    for mark in marks:
        ours, rows = load(data, folder, maker, done, mark)
        done, ratio = mark, ours.rate / rows.rate
        first = first or ratio
        print(
            f"{mark:>10,}{ours.rate:>16,.0f}{ours.each:>8.0f}{rows.rate:>10,.0f}{rows.each:>8.0f}"
            f"{ratio:>8.2f}{ratio / first:>9.2f}",
            flush=True,
        )
        if mark in (10_000, ARTICLES):
            memory[mark] = told("memory", data, done)
            done += 5000
    for mark, found in memory.items():
        print(
            f"memory at {mark:,}: {found['anonymous']:.1f} MB anonymous (PSS), {found['all']:.1f} with mapped files"
        )
    return done


def main() -> None:
    """Print what was found, line by line."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("BENCH_DIR", str(Path.cwd()))))
    data = folder / "data"
    maker = Maker()
    one, _, raw = maker.make(0, 1)[0]
    print(
        f"million: {about(folder)}; {ARTICLES:,} articles of {len(encode(one))} bytes and {len(raw)} of their own"
    )
    try:
        done = loaded(data, folder, maker)
        acknowledged = killed(data, done)
        found = told("open", data)
        print(
            f"open after kill -9: {found['seconds']:.2f} s; {acknowledged:,} acknowledged, {found['articles']:,.0f} found"
        )
        pieces, took, raw_bytes, zst_bytes = sealed(data)
        print(
            f"sealed: {pieces} pieces in {took:.0f} s, {raw_bytes / 2**20:,.0f} MB of lines to "
            f"{zst_bytes / 2**20:,.0f}: {zst_bytes / max(1, raw_bytes):.0%}"
        )
        read = told("read", data, ARTICLES)
        print(f"read by id: {read['median']:.3f} ms at the median, {read['p99']:.3f} at the 99th percentile")
        for name in ("archive/articles", "archive/blobs", "index"):
            print(f"{name}: {size(data / name):,.0f} MB")
        ours, bare = search_rates(data, folder)
        print(
            f"search: {ours:,.0f} articles/s, bare FTS5 {bare:,.0f}: {ours / bare:.2f}; {SEARCHED:,} articles"
        )
        print(f"search at 100 articles/s: behind by {search_lag(folder, maker):.2f} s at worst")
        shutil.rmtree(data / "index")
        found = told("open", data)
        rate, per_core = found["articles"] / found["seconds"], found["articles"] / found["cpu"]
        print(f"rebuild of the catalog: {rate:,.0f} articles/s, {per_core:,.0f} a second of one core")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    name, where, start = sys.argv[1:]
    print(json.dumps(globals()[f"task_{name}"](Path(where), int(start))))
