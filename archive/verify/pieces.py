"""One segment's file -> its lines on their way into the chain, and what its manifest says otherwise."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from archive.disk import manifest, seekable, segments
from archive.disk.frame import Framed, lines_within, unframe
from archive.disk.lines import BROKEN, SealedLines
from archive.disk.manifest import End, Manifest
from archive.disk.segments import PLAIN, SEALED, Segment
from archive.verify.chain import Chain, lines_from
from archive.verify.flaws import Flaw

TAIL = 2**20
"""Bytes of an open segment that a quick look reads."""
_STEP = 2**20

Take = Callable[[str, int, Framed], None]
"""What is done with each good line: its file, its offset, itself."""


def name_of(folder: Path, segment: Segment) -> str:
    """Return the segment's file, below the archive's folder."""
    suffix = SEALED if segment.sealed else PLAIN
    return f"{folder.name}/{segment.name[:4]}/{segment.name}{suffix}"


def plain_lines(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, raw line) of a file as far as it goes now; somebody may be appending to it."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(start)
        offset = start
        while offset < size:
            raw = file.readline()
            yield offset, raw
            if not raw.endswith(b"\n"):
                return  # Half written as yet; more of it is no line of its own.
            offset += len(raw)


def unfinished(raw: bytes) -> bool:
    """Say whether *raw* is a line that is being written, or that a crash cut off.

    A whole line of which only the line feed is another byte is rot: its sum proves the rest.
    """
    return b"\n" not in raw and unframe(raw[:-1] + b"\n") is None


def read_plain(
    folder: Path,
    segment: Segment,
    chain: Chain,
    take: Take,
    *,
    last: bool,
    tail: bool,
    told: Callable[[int], None],
) -> None:
    """Read an open segment, or only its tail."""
    path, file = segment.path(folder), name_of(folder, segment)
    size = path.stat().st_size
    start = max(0, size - TAIL) if tail else 0
    if start:
        chain.unknown()
    seen = start
    for number, (offset, raw) in enumerate(plain_lines(path, start)):
        if start and number == 0:
            continue  # Where we came in, in the midst of a line.
        if last and unfinished(raw):
            break
        _feed(file, offset, raw, chain, take)
        if offset - seen > _STEP:
            told(offset - seen)
            seen = offset
    told(size - seen)


def _feed(file: str, offset: int, raw: bytes, chain: Chain, take: Take) -> bool:
    """Hand on the line that *raw* is; of one that fails its sum, those within it. Say whether it was good."""
    line = unframe(raw)
    if line is not None:
        chain.take(file, offset, line)
        take(file, offset, line)
        return True
    chain.broken(Flaw("E01", file, "the line fails its own checksum", offset))
    for within, found in lines_within(raw):
        chain.take(file, offset + within, found)
        take(file, offset + within, found)
    return False


def read_sealed(folder: Path, segment: Segment, chain: Chain, take: Take) -> None:
    """Read a sealed segment whole: its digests, its pieces, its lines."""
    path, file = segment.path(folder), name_of(folder, segment)
    size, digest = manifest.digest_of(path)
    about = segment.about
    if about is not None and (size, digest) != (about.zst_bytes, about.zst_sha256):
        chain.flaws.append(Flaw("E13", file, _differs(size, about.zst_bytes)))
    raw_sum, raw_size, lines, broken = hashlib.sha256(), 0, 0, False
    first: Framed | None = None
    final: Framed | None = None
    for offset, raw in SealedLines(path).behind(0):
        if raw == BROKEN:
            broken = True
            chain.broken(Flaw("E05", file, "a packed piece does not unpack", offset))
            continue
        raw_sum.update(raw)
        raw_size += len(raw)
        lines += 1
        line = unframe(raw)
        first, final = first or line, line or final
        broken |= not _feed(file, offset, raw, chain, take)
    if about is None or broken or first is None or final is None:
        return
    facts = (
        about.segment == segment.name,
        about.journal == folder.name,
        (about.raw_bytes, about.raw_sha256, about.lines) == (raw_size, raw_sum.hexdigest(), lines),
        about.first == End(seq=first.seq, sum=first.total) and about.prev == first.prev,
        about.last == End(seq=final.seq, sum=final.total),
        about.frames == len(seekable.parts_of(path)),
    )
    if not all(facts):
        _note_facts(chain, file, about)


def _note_facts(chain: Chain, file: str, about: Manifest) -> None:
    what = f"its manifest tells of other lines than it holds ({about.lines} from line {about.first.seq} on)"
    chain.flaws.append(Flaw("E14", file, what))


def _differs(size: int, told: int) -> str:
    if size != told:
        return f"the file has {size} bytes; its manifest tells of {told}"
    return "the file's bytes are not those that its manifest tells of"


def pass_sealed(folder: Path, segment: Segment, chain: Chain) -> None:
    """Look at a sealed segment's size and at its manifest's place in the chain; read no more than its end."""
    path, file, about = segment.path(folder), name_of(folder, segment), segment.about
    assert about is not None
    size = path.stat().st_size
    if size != about.zst_bytes:
        chain.flaws.append(Flaw("E13", file, _differs(size, about.zst_bytes)))
    if (about.segment, about.journal) != (segment.name, folder.name):
        _note_facts(chain, file, about)
    begins = chain.compacts and chain.count == 0
    first, total = about.first, chain.total
    if not begins and chain.seq is not None:
        if first.seq > chain.seq + 1:
            what = f"{lines_from(chain.seq + 1, first.seq - 1)} missing before line {first.seq}"
            chain.flaws.append(Flaw("E03", file, what, 0, chain.seq + 1, first.seq - 1))
        elif first.seq <= chain.seq:
            chain.flaws.append(
                Flaw("E04", file, f"line {first.seq} stands where {chain.seq + 1} should", 0, first.seq)
            )
        elif total is not None and about.prev != total:
            chain.flaws.append(
                Flaw("E02", file, f"line {first.seq} does not follow the file before it", 0, first.seq)
            )
    chain.skip(about.last.seq, _asked_for(path, about), about.lines)


def _asked_for(path: Path, about: Manifest) -> str | None:
    """Return the sum by which the next file names this one's last line; None where it cannot be told."""
    if about.supersedes is None:
        return about.last.sum
    parts = seekable.table_of(path)
    final: Framed | None = None
    for _, raw in SealedLines(path).behind(parts[-1].raw_at if parts else 0):
        final = unframe(raw) or final
    return final.asked_for if final is not None and final.total == about.last.sum else None


def without_file(folder: Path) -> Iterator[Path]:
    """Yield the manifests beside which no file stands, in no version."""
    bases = set(segments.forms(folder))
    for path in sorted(folder.glob(f"*/*{manifest.SUFFIX}")):
        match = segments.NAME.fullmatch(path.name.removesuffix(manifest.SUFFIX))
        if match is not None and match["base"] not in bases:
            yield path
