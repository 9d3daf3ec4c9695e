"""The packs -> their copies: sealed ones as they are, open ones as far as they unpack."""

from pathlib import Path

from archive.backup import transfer
from archive.backup.copier import Good, Job, base_of, is_older
from archive.disk import manifest, packs, seekable
from archive.disk.manifest import PackManifest


def copy(job: Job) -> None:
    """Bring the copies of the packs up to the packs."""
    folder, to = job.root / "blobs", job.dest / "blobs"
    found = packs.find(folder)
    for path in found:
        target = packs.path_of(to, packs.name_of(path))
        about = packs.about(path)
        try:
            if about is not None:
                _sealed(job, path, target, about)
            else:
                _open(job, path, target)
        except FileNotFoundError:
            continue  # Superseded under our hands.
    ours = {base_of(packs.name_of(path)) for path in found}
    for path in packs.find(to):
        if base_of(packs.name_of(path)) not in ours:
            job.is_ahead(f"blobs/{packs.name_of(path)}: the archive has no such pack any more")


def _sealed(job: Job, path: Path, target: Path, about: PackManifest) -> None:
    key = f"blobs/{about.pack}"
    if key not in job.done:
        there = packs.about(target) == about and target.is_file()
        if not there or target.stat().st_size != about.bytes:
            proven = None if job.trust else about.sha256
            if not transfer.whole(path, target, proven, lambda: _make_way(job, key, path, target)):
                job.flawed(f"{key}: its bytes are not those that its manifest tells of (newsweir verify)")
                return
            transfer.whole(manifest.beside(path), manifest.beside(target))
            job.wrote(about.bytes)
            for old in packs.find(target.parents[1]) + sorted(target.parent.glob(f"*{packs.SUFFIX}")):
                if is_older(packs.name_of(old), about.pack):
                    packs.take_away(old)
        job.done.add(key)
    job.told(about.bytes)


def _make_way(job: Job, key: str, path: Path, target: Path) -> None:
    """Put aside what stands under the name of a pack and is no beginning of it."""
    if target.is_file() and not _same(path, target, target.stat().st_size):
        job.put_aside(key, target)


def _same(path: Path, target: Path, size: int) -> bool:
    """Say whether a pack and its copy have the same first *size* bytes."""
    with path.open("rb") as ours, target.open("rb") as theirs:
        while size and (held := theirs.read(min(size, 2**20))):
            if ours.read(len(held)) != held:
                return False
            size -= len(held)
    return True


def _is_table(target: Path, at: int) -> bool:
    """Say whether a copy has only its table there: it was sealed, and holds the same blobs."""
    with target.open("rb") as file:
        file.seek(at)
        return seekable.is_table(file.read(), 0)


def _open(job: Job, path: Path, target: Path) -> None:
    """Add to the copy of an open pack the blobs that have been added to the pack.

    What does not unpack at its end is being written, or was torn in a crash: nothing of it was acknowledged.
    """
    key = f"blobs/{packs.name_of(path)}"
    before = job.open.get(key)
    good = before.size if before is not None else 0
    torn = False
    for at, size, blob in packs.blobs_in(path, good):
        torn = torn or blob is None or at != good
        if blob is not None and torn:
            job.flawed(f"{key}: does not unpack at byte {good} (newsweir verify)")
            break
        good = good if torn else at + size
    end = path.stat().st_size if job.trust else good
    job.told(good - (before.size if before is not None else 0))
    have = target.stat().st_size if target.is_file() else 0
    if before is None and have and not _same(path, target, min(have, good)):
        job.put_aside(key, target)
        have = 0
    elif before is None and have > good and not _same(path, target, have):
        if not _is_table(target, good):
            job.is_ahead(f"{key}: the backup has {have - good} bytes more of it")
        return
    if end > have or not target.is_file():
        with path.open("rb") as file:
            file.seek(have)
            transfer.append(target, file.read(end - have), have)
        job.wrote(end - have)
    job.open[key] = Good(good)
