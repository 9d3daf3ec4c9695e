"""Everything that is kept, read again -> what is not as it was written."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from archive.disk import packs, segments
from archive.errors import ArchiveError
from archive.verify import around, blobs
from archive.verify.depth import Depth
from archive.verify.flaws import Flaw, Report
from archive.verify.journals import JOURNALS, Reader

_LOOKS, _MOMENT = 5, 0.1
"""How often, and after how many seconds, one looks again for the manifest of a pack."""


def read_again(
    data: Path,
    progress: Callable[[int, int], None],
    depth: Depth,
    present: Callable[[str], bool] | None,
) -> Report:
    """Do what `verify` says."""
    root = data / "archive" if (data / "archive").is_dir() else data
    if not any((root / name).exists() for name in ("STORE.json", *JOURNALS)):
        raise ArchiveError(
            f"{root} holds no archive, nor a backup of one; `newsweir run` or `newsweir once` begins one in `data:`"
        )
    report = Report(mode=str(depth), of_copy=root == data and not (root.parent / "LOCK").exists())
    done, whole = 0, segments.size_of(root)

    def told(size: int) -> None:
        nonlocal done
        done += size
        progress(min(done, whole), whole)

    found = blobs.look(root / "blobs", depth, told)
    has = _presence(found, depth, present)
    absent: dict[str, Flaw] = {}
    for name in JOURNALS:
        looked = Reader(root / name, depth, has, told).look()
        report.lines[name], report.last[name] = looked.lines, looked.last
        report.bytes += looked.bytes
        report.flaws += looked.flaws
        report.lost += looked.lost
        absent |= looked.absent
    report.flaws += _still(found)
    if absent and has is not None:  # Some may have been written, or have become known, since.
        found.catch_up(wholly=depth.full)
        absent = {digest: flaw for digest, flaw in absent.items() if not has(digest)}
    report.flaws += [*absent.values(), *(found.torn if absent else ())]
    report.absent = list(absent)
    report.blobs, report.bytes = found.blobs, report.bytes + found.bytes
    report.flaws += around.look(root)
    report.quarantine = around.quarantine(root)
    report.backed_up, short = around.recorded(root, report.last)
    report.flaws = [replace(flaw, of_copy=report.of_copy) for flaw in [*report.flaws, *short]]
    return report


def _presence(
    found: blobs.Packs, depth: Depth, present: Callable[[str], bool] | None
) -> Callable[[str], bool] | None:
    """Return how one asks for the bytes of a digest; None where nobody knows."""
    if depth.full:
        return found.has
    if present is None:
        return None
    return lambda digest: present(digest) or digest in found.erased


def _still(found: blobs.Packs) -> list[Flaw]:
    """Return the flaws of the packs, but for those that were only being sealed when they were met."""
    for _ in range(_LOOKS):
        if not any(_is_passing(flaw) for flaw in found.flaws):
            break
        time.sleep(_MOMENT)
        found.flaws = [flaw for flaw in found.flaws if not _is_passing(flaw) or _has_none(found.folder, flaw)]
    return found.flaws


def _is_passing(flaw: Flaw) -> bool:
    return flaw.code in {"E23", "E24"}


def _has_none(folder: Path, flaw: Flaw) -> bool:
    """Say whether a pack still has no manifest."""
    path = folder.parent / flaw.file
    return path.exists() and packs.about(path) is None
