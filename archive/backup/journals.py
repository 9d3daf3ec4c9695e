"""A journal -> its copy: sealed files as they are, open ones as far as they prove themselves."""

from pathlib import Path

from archive.backup import transfer
from archive.backup.copier import Good, Job, is_older
from archive.disk import compacting, manifest, sealing, segments
from archive.disk.frame import GENESIS, unframe
from archive.disk.lines import SealedLines
from archive.disk.manifest import Manifest
from archive.disk.segments import PLAIN, SEALED, Segment
from archive.verify.pieces import unfinished


def copy(job: Job, name: str) -> None:
    """Bring the copy of one journal up to the journal."""
    folder, to = job.root / name, job.dest / name
    standing = sorted(segments.standing(folder), key=lambda one: one.name) if folder.is_dir() else []
    last = 0
    for segment in standing:
        try:
            end = _sealed(job, folder, to, segment) if segment.sealed else _plain(job, folder, to, segment)
            last = max(last, end)
        except FileNotFoundError:
            continue  # Sealed or superseded under our hands: the next go copies what it became.
    job.copied.last[name] = last
    if name == "state" and to.is_dir():
        compacting.tidy(to)
    ours = {segment.base for segment in standing}
    for base in segments.forms(to) if to.is_dir() and name != "state" else ():
        if base not in ours:
            job.is_ahead(f"{name}/{base}: the archive has no such file any more")


def _sealed(job: Job, folder: Path, to: Path, segment: Segment) -> int:
    """Copy a sealed file and then its manifest; take away what it stands for. Return its last seq."""
    name, about = segment.name, segment.about
    source, target = segment.path(folder), segments.path_of(to, segment.name, SEALED)
    key = f"{folder.name}/{name}"
    if about is None:
        job.flawed(f"{key}: its manifest is missing or unreadable (newsweir repair)")
        if job.trust:
            transfer.whole(source, target)
        return 0
    if key not in job.done:
        there = manifest.read(manifest.beside(target), Manifest) == about and target.is_file()
        if not there or target.stat().st_size != about.zst_bytes:
            proven = None if job.trust else about.zst_sha256
            if not transfer.whole(source, target, proven, lambda: _make_way(job, key, target, about)):
                job.flawed(f"{key}: its bytes are not those that its manifest tells of (newsweir verify)")
                return about.last.seq
            transfer.whole(manifest.beside(source), manifest.beside(target))
            job.wrote(about.zst_bytes)
            if not _take_over(job, to, target, about):
                job.flawed(f"{key}: holds lines that do not prove themselves (newsweir verify)")
        job.done.add(key)
    job.told(about.zst_bytes)
    return about.last.seq


def _make_way(job: Job, key: str, target: Path, about: Manifest) -> None:
    """Put aside what stands under the name of a sealed file and is another: the archive had two lives."""
    if target.is_file() and manifest.digest_of(target)[1] != about.zst_sha256:
        job.put_aside(key, target)


def _take_over(job: Job, to: Path, target: Path, about: Manifest) -> bool:
    """Take away what the sealed *target* stands for, where every line of it proves itself."""
    plain = segments.path_of(to, about.segment, PLAIN)
    data = plain.read_bytes() if plain.is_file() else b""
    same, proven = len(data) <= about.raw_bytes, True
    for offset, raw in SealedLines(target).behind(0):
        proven &= unframe(raw) is not None
        same &= data[offset : offset + len(raw)] in {raw, b""} or raw.startswith(data[offset:])
    if not proven and "eras" not in (about.because or ""):
        return False  # An older form may have the lines that this one lacks.
    if plain.is_file():
        if same:
            sealing.take_plain_away(to, about.segment)
        else:
            job.put_aside(f"{to.name}/{about.segment}", plain)
    for names in segments.forms(to).values():
        for old in dict.fromkeys(name for name, _ in names if is_older(name, about.segment)):
            sealing.take_away(to, old)
    return proven


def _plain(job: Job, folder: Path, to: Path, segment: Segment) -> int:
    """Add to the copy of an open file what has been added to the file. Return its last seq."""
    source, target = segment.path(folder), segments.path_of(to, segment.name)
    key = f"{folder.name}/{segment.name}"
    before = job.open.get(key)
    with source.open("rb") as file:
        file.seek(before.size if before is not None else 0)
        data = file.read()
    good = _good(data, before)
    end = good.size - (before.size if before is not None else 0)
    if not unfinished(data[end:]) and data[end:]:
        job.flawed(f"{key}: line {good.seq + 1} does not prove itself (newsweir verify)")
    job.told(end)
    if before is None and not _goes_on(job, to, segment, data[:end]):
        return good.seq
    at = before.size if before is not None else target.stat().st_size if target.is_file() else 0
    fresh = data[end - (good.size - at) : None if job.trust else end]
    if fresh or not target.is_file():
        transfer.append(target, fresh, at)
        job.wrote(len(fresh))
    job.open[key] = good
    return good.seq


def _good(data: bytes, before: Good | None) -> Good:
    """Return how far the bytes of an open file prove themselves, from where an earlier go ended."""
    size, seq, total = (before.size, before.seq, before.total) if before is not None else (0, 0, GENESIS)
    at = 0
    while at < len(data):
        end = data.find(b"\n", at) + 1
        line = unframe(data[at:end]) if end else None
        if line is None or (seq and (line.seq, line.prev) != (seq + 1, total)):
            break
        at, seq, total = end, line.seq, line.asked_for
    return Good(size + at, seq, total)


def _goes_on(job: Job, to: Path, segment: Segment, good: bytes) -> bool:
    """Say whether the copy can be added to: it begins as the file does. One that says otherwise is put aside."""
    key = f"{to.name}/{segment.name}"
    sealed = segments.path_of(to, segment.name, SEALED)
    if sealed.is_file():
        held = b"".join(raw for _, raw in SealedLines(sealed).behind(0))
        if held.startswith(good):
            if held != good:
                job.is_ahead(
                    f"{key}: the backup has it sealed, with {len(held) - len(good)} bytes more of it"
                )
            return False
        job.put_aside(key, sealed)
    target = segments.path_of(to, segment.name)
    held = target.read_bytes() if target.is_file() else b""
    if good.startswith(held):
        return True
    if held.startswith(good):
        job.is_ahead(f"{key}: the backup has {len(held) - len(good)} bytes more of it that prove themselves")
        return False
    job.put_aside(key, target)
    return True
