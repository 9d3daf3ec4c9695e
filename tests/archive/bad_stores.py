"""A whole archive, and for every code of verify a way to damage it."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive import Archive, connect
from archive.disk import segments
from archive.disk.frame import frame, unframe
from tests.builders import TurnedClock, draft, lorem, showing

DAYS, EACH = 5, 12


def opened(data: Path, clock: TurnedClock) -> Archive:
    return connect(data, now=clock.now, linger=0.0)


def keep(archive: Archive, name: str, text: str | None = None) -> str:
    words = text or lorem(name, 80)
    ((kept,),) = archive.keep([showing(draft(name, f"Title {name}", words, raw=f"<p>{words}</p>".encode()))])
    return kept.id


def fill(data: Path, *, days: int = DAYS, seal: bool = True) -> TurnedClock:
    """Make an archive of some days, all but the newest sealed, with revisions and every journal."""
    clock = TurnedClock()
    for day in range(days):
        archive = opened(data, clock)
        for n in range(EACH):
            keep(archive, f"d{day}n{n}")
        keep(archive, f"d{max(day - 1, 0)}n0", lorem(f"edited{day}", 80))
        for n in range(6):
            for journal in (archive.decisions, archive.publications, archive.state):
                journal.append([b'{"kind":"test","n":%d,"text":"%s"}' % (n, lorem(f"{day}{n}", 20).encode())])
        archive.close()
        clock.advance(days=1)
    clock.advance(days=-1)
    archive = opened(data, clock)
    if seal:
        archive.seal()
        archive.state.compact([b'{"kind":"test","key":%d}' % n for n in range(4)])
        archive.decisions.rewrite({8: b'{"kind":"erased"}', 12: b'{"kind":"erased"}'}, "erase")
    archive.close()
    return clock


def folder(data: Path, journal: str) -> Path:
    return data / "archive" / journal / "2026"


def sealed(data: Path, number: int = 1, journal: str = "articles") -> Path:
    return sorted(folder(data, journal).glob("*.jsonl.zst"))[number]


def newest(data: Path, journal: str = "articles") -> Path:
    return max(folder(data, journal).glob("*.jsonl"))


def told(path: Path) -> Path:
    return path.with_name(path.name.partition(".jsonl")[0].removesuffix(".pack") + ".manifest.json")


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


def rows(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def rewrite_manifest(path: Path, **facts: object) -> None:
    about = json.loads(path.read_bytes())
    path.write_text(json.dumps({**about, **facts}))


def put_hole(data: Path) -> None:
    """As recovery writes it, behind the newest line, with a line behind it."""
    path = newest(data)
    last = unframe(rows(path)[-1])
    assert last is not None
    hole, total = frame(last.seq + 1, last.total, b'{"_archive":{"kind":"hole"}}')
    path.write_bytes(path.read_bytes() + hole + frame(last.seq + 2, total, last.body)[0])


def other_body(data: Path, old: bytes, new: bytes) -> None:
    """Change what the newest line says, with the sum that belongs to it."""
    path = newest(data)
    lines = rows(path)
    line = unframe(lines[-1])
    assert line is not None
    assert old in line.body
    path.write_bytes(b"".join(lines[:-1]) + frame(line.seq, line.prev, line.body.replace(old, new))[0])


def swap_chain(data: Path) -> None:
    """Put another line in a line's place that proves itself and says nothing of it."""
    path = newest(data)
    lines = rows(path)
    line = unframe(lines[3])
    assert line is not None
    lines[3] = frame(line.seq, line.prev, line.body.replace(b"Title", b"Other"))[0]
    path.write_bytes(b"".join(lines))


def packs(data: Path) -> list[Path]:
    return sorted(folder(data, "blobs").glob("*.pack"))


def cut_pack(data: Path) -> None:
    """Take the last blob out of the open pack: its article misses it."""
    from archive.disk import packs as archive_packs

    path = packs(data)[-1]
    found = list(archive_packs.blobs_in(path))
    path.write_bytes(path.read_bytes()[: found[-1][0]])


@dataclass(frozen=True)
class Bad:
    """One damage: the code it must be found by, and where."""

    name: str
    code: str
    place: str
    damage: Callable[[Path], object]


def _lines(keep_: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], object]:
    return lambda data: newest(data).write_bytes(b"".join(keep_(rows(newest(data)))))


BAD = [
    Bad("a bit in an open line", "E01", "articles/2026-01-09.000", lambda d: flip(newest(d), 400)),
    Bad("a line feed", "E01", "articles/2026-01-09.000", lambda d: flip(newest(d), len(rows(newest(d))[0]) - 1)),
    Bad("a bit in the state", "E01", "state/2026-01-09", lambda d: flip(newest(d, "state"), 190)),
    Bad("another line", "E02", "articles/2026-01-09.000", swap_chain),
    Bad("a line dropped", "E03", "articles/2026-01-09.000", _lines(lambda r: r[:4] + r[5:])),
    Bad("a file dropped", "E03", "articles/2026-01-07.000", lambda d: [p.unlink() for p in (told(sealed(d)), sealed(d))]),
    Bad("a line twice", "E04", "articles/2026-01-09.000", _lines(lambda r: [*r[:4], r[3], *r[4:]])),
    Bad("two lines swapped", "E04", "articles/2026-01-09.000", _lines(lambda r: [*r[:4], r[5], r[4], *r[6:]])),
    Bad("a packed piece", "E05", "articles/2026-01-06.000", lambda d: flip(sealed(d), 500)),
    Bad("a hole", "E06", "articles/2026-01-09.000", put_hole),
    Bad("no record", "E07", "articles/2026-01-09.000", lambda d: other_body(d, b'"rev":', b'"rev":"x","r":')),
    Bad("nothing left", "E08", "articles/2026-01-06.000", lambda d: (told(sealed(d)).unlink(), sealed(d).write_bytes(b"x" * 900))),
    Bad("no manifest", "E11", "articles/2026-01-06.000", lambda d: told(sealed(d)).unlink()),
    Bad("an unreadable manifest", "E12", "articles/2026-01-06.000", lambda d: told(sealed(d)).write_bytes(b"{")),
    Bad("the table of a sealed file", "E13", "articles/2026-01-06.000", lambda d: flip(sealed(d), -3)),
    Bad("bytes behind a sealed file", "E13", "articles/2026-01-06.000", lambda d: sealed(d).write_bytes(sealed(d).read_bytes() + b"x")),
    Bad("a manifest of other lines", "E14", "articles/2026-01-06.000", lambda d: rewrite_manifest(told(sealed(d)), lines=7)),
    Bad("a manifest without its file", "E15", "articles/2026-01-06.000", lambda d: sealed(d).unlink()),
    Bad("a pack without its file", "E15", "blobs/2026-01-06.000", lambda d: packs(d)[1].unlink()),
    Bad("a blob gone", "E21", "articles/2026-01-09.000", cut_pack),
    Bad("a blob in a sealed pack", "E22", "blobs/2026-01-06.000", lambda d: flip(packs(d)[1], 40)),
    Bad("a blob in the open pack", "E22", "blobs/2026-01-09.000", lambda d: flip(packs(d)[-1], 40)),
    Bad("a pack without manifest", "E23", "blobs/2026-01-06.000", lambda d: told(packs(d)[1]).unlink()),
    Bad("a pack's manifest", "E24", "blobs/2026-01-06.000", lambda d: told(packs(d)[1]).write_bytes(b"\xff")),
    Bad("the table of a pack", "E25", "blobs/2026-01-06.000", lambda d: flip(packs(d)[1], -2)),
    Bad("a pack cut short", "E25", "blobs/2026-01-06.000", lambda d: packs(d)[1].write_bytes(packs(d)[1].read_bytes()[:-9])),
    Bad("a pack's manifest of other blobs", "E26", "blobs/2026-01-06.000", lambda d: rewrite_manifest(told(packs(d)[1]), blobs=1)),
    Bad("no STORE.json", "E31", "STORE.json", lambda d: (d / "archive/STORE.json").unlink()),
    Bad("a broken STORE.json", "E31", "STORE.json", lambda d: (d / "archive/STORE.json").write_text("{}")),
    Bad("no README.txt", "E32", "README.txt", lambda d: (d / "archive/README.txt").unlink()),
    Bad("no schema", "E32", "schema/article-v1", lambda d: (d / "archive/schema/article-v1.json").unlink()),
    Bad("a backup's word broken", "E34", "BACKUP", lambda d: (d / "archive/BACKUP.json").write_text("{")),
    Bad("a stranger", "E33", "articles/2026", lambda d: (folder(d, "articles") / "2026-01-06.000 (copy).jsonl").write_text("")),
]  # fmt: skip
"""Every code but E00, which takes a disk that cannot be read."""


@dataclass(frozen=True)
class Good:
    """Something odd that is no flaw."""

    name: str
    change: Callable[[Path], object]


def _both_forms(data: Path) -> None:
    """As a crash in sealing leaves it: the packed file stands, the plain one is not taken away yet."""
    path = sealed(data)
    raw = b"".join(
        line
        for _, line in segments.open_lines(path.parents[1], path.name.removesuffix(".jsonl.zst")).behind(0)
    )
    path.with_name(path.name.removesuffix(".zst")).write_bytes(raw)


def _half_told(data: Path) -> None:
    _both_forms(data)
    told(sealed(data)).unlink()


def _append(path: Path, data: bytes) -> None:
    path.write_bytes(path.read_bytes() + data)


def _park(data: Path) -> None:
    place = data / "archive/quarantine/articles/2026-01-09.000+40.0"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"torn")


GOOD = [
    Good("as it was made", lambda d: None),
    Good("a line half written", lambda d: _append(newest(d), rows(newest(d))[0][:300])),
    Good("a segment just begun", lambda d: (folder(d, "articles") / "2026-01-10.000.jsonl").write_bytes(b"")),
    Good("both forms", _both_forms),
    Good("both forms, and no manifest yet", _half_told),
    Good("a file half packed", lambda d: (folder(d, "articles") / "2026-01-09.000.jsonl.zst.tmp").write_bytes(b"x")),
    Good("a blob half written", lambda d: _append(packs(d)[-1], packs(d)[-1].read_bytes()[:30])),
    Good("something in quarantine", _park),
    Good("a marker of lines that came back", lambda d: (d / "archive/RESTORED.json").write_text("{}")),
]  # fmt: skip


def copies(made: Path, to: Path) -> Iterator[Path]:
    """Yield copies of an archive, one at a time, each in the other's place."""
    while True:
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(made / "archive", to / "archive")
        yield to
