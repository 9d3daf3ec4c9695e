"""Small whole archives to be damaged, and what must hold of one that was.

How much is tried is set by the environment, as in `make faults`.
"""

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive import Archive, connect, verify
from archive.disk.journal import DiskJournal
from tests.builders import TurnedClock, draft, every, lorem, showing

JOURNALS = ("articles", "decisions", "publications", "state")
OTHERS = JOURNALS[1:]


def how_many(what: str, fast: int) -> int:
    """Return how often something is tried: NEWSWEIR_FLIPS=10000, say, or *fast*."""
    return int(os.environ.get(f"NEWSWEIR_{what}", str(fast)))


def is_long() -> bool:
    """Whether all is tried that there is to try."""
    return how_many("SWEEP", 1) > 1


def open_archive(data: Path, clock: TurnedClock | None = None, **more: object) -> Archive:
    return connect(data, now=(clock or TurnedClock()).now, linger=0.0, **more)  # type: ignore[arg-type]


@dataclass
class Told:
    """What was acknowledged: (id, rev) of articles, and (seq, body) of the other journals' lines.

    stores   the uuids by which the archive was known when it was open
    """

    stores: set[str] = field(default_factory=set)
    articles: list[tuple[str, int]] = field(default_factory=list)
    lines: dict[str, list[tuple[int, bytes]]] = field(default_factory=lambda: {name: [] for name in OTHERS})

    def __len__(self) -> int:
        return len(self.articles) + sum(map(len, self.lines.values()))


def keep_one(archive: Archive, told: Told, name: str, edits: int = 0, ballast: int = 0) -> None:
    """Keep one article with its own bytes, and so many more of them; note it when that was acknowledged."""
    text = f"{lorem(name, 30)} {'edited ' * edits}"
    raw = f"<p>{text}</p>".encode() + random.Random(name).randbytes(ballast)
    one = draft(name, f"Title {name}", text, raw=raw, url=f"https://x.example/{name}")
    ((kept,),) = archive.keep([showing(one)])
    told.articles.append((kept.id, kept.rev))


def append_one(archive: Archive, told: Told, journal: str, text: str) -> None:
    """Append one line to another journal, and note it when that was acknowledged."""
    body = b'{"kind":"test","text":"%s"}' % text.encode()
    (line,) = getattr(archive, journal).append([body])
    told.lines[journal].append((line.seq, body))


def fill(data: Path, days: int = 2, each: int = 5) -> Told:
    """Make an archive of some days, with all journals and packs, and close it."""
    clock, told = TurnedClock(), Told()
    archive = open_archive(data, clock)
    for day in range(days):
        for n in range(each):
            keep_one(archive, told, f"d{day}n{n}")
            append_one(archive, told, OTHERS[n % 3], f"d{day}n{n}")
        keep_one(archive, told, f"d{day}n0", edits=day + 1)
        clock.advance(days=1)
    archive.close()
    return told


def segments(data: Path, journal: str = "*") -> list[Path]:
    return sorted((data / "archive").glob(f"{journal}/*/*.jsonl"))


def packs(data: Path) -> list[Path]:
    return sorted((data / "archive/blobs").glob("*/*.pack"))


def journal_lines(data: Path, journal: str) -> list[tuple[int, bytes]]:
    """Return what reading a journal gives: (seq, body) of every line that proves itself."""
    read = DiskJournal(data / "archive" / journal, writable=False)
    return [(line.seq, line.body) for line in every(read)]


def place_of(path: Path, at: int) -> str:
    """Return the place of the line of a segment in which the byte at *at* stands (its line feed is its own)."""
    start = path.read_bytes()[:at].rfind(b"\n") + 1
    return f"{path.parts[-3]}/{path.stem}+{start}"


def copies(made: Path, to: Path) -> Iterator[Path]:
    """Yield fresh copies of an archive (without its index), one at a time, each in the other's place."""
    while True:
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(made / "archive", to / "archive")
        yield to


def check(data: Path, told: Told, now: datetime | None = None) -> None:
    """Open what a fault left: it opens, holds all that was acknowledged, nothing twice, and goes on."""
    clock = TurnedClock(now) if now else TurnedClock()
    archive = open_archive(data, clock)
    try:
        told.stores.add(archive.store)
        assert len(told.stores) == 1, "it took itself for another archive"
        for article, rev in told.articles:
            found = archive.get(article, rev)
            assert (found.id, found.archive.rev) == (article, rev)
            assert found.archive.raw is not None
            archive.blob(found.archive.raw.sha256)
        for name, lines in told.lines.items():
            assert set(lines) <= set(_all(getattr(archive, name))), f"{name}: an acknowledged line is lost"
        for name in OTHERS:
            seqs = [seq for seq, _ in _all(getattr(archive, name))]
            assert seqs == list(range(1, len(seqs) + 1)), name
        found_all = every(archive)
        assert [one.seq for one in found_all] == list(range(1, len(found_all) + 1))
        revisions = [
            (one.record.id, one.record.archive.rev)
            for one in found_all
            if one.record is not None and one.record.archive.kind == "article"
        ]
        assert len(revisions) == len(set(revisions)), "a revision stands there twice"
        guids = [
            (one.record.archive.source.guid, one.record.id) for one in found_all if one.record is not None
        ]
        assert len({guid for guid, _ in guids}) == len(set(guids)), "one entry became two articles"
        keep_one(archive, told, "afterwards")
        append_one(archive, told, "decisions", "afterwards")
        archive.seal()  # What was cut while it was sealed is sealed now.
    finally:
        archive.close()
    flaws = verify(data).flaws
    assert flaws == [], flaws


def _all(journal: object) -> list[tuple[int, bytes]]:
    return [(line.seq, line.body) for line in every(journal)]
