"""Packs that are not as they were written, and a backup -> packs that are."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive.disk import manifest, packs, seekable
from archive.repair.quarantine import park, park_file
from archive.repair.source import Source

BECAUSE = "repair"


@dataclass(slots=True)
class Packing:
    """One pack on its way to a version that is whole.

    path     None where there is none
    blobs    those that come back
    broken   whether something in it does not unpack
    """

    base: str
    path: Path | None
    blobs: list[bytes] = field(default_factory=list)
    broken: list[tuple[int, int]] = field(default_factory=list)
    what: str = ""


def plan(folder: Path, source: Source, bases: Collection[str], wanted: Collection[str]) -> list[Packing]:
    """Return what is to be done to the packs; those that nothing can be done for are left out."""
    standing = {packs.name_of(path).partition(".r")[0]: path for path in packs.find(folder)}
    coming = source.blobs(wanted)
    back = sum(len(blobs) for blobs in coming.values())
    made: list[Packing] = []
    for base in sorted({*bases, *coming}):
        one = Packing(base, standing.get(base), [blob for _, blob in coming.get(base, ())])
        if one.path is not None:
            one.broken = _broken(one.path) if base in bases else []
        one.what = _what(one, all_back=back == len(set(wanted)), flawed=base in bases)
        if one.what:
            made.append(one)
    return made


def _broken(path: Path) -> list[tuple[int, int]]:
    return [(at, size) for at, size, blob in packs.blobs_in(path) if blob is None]


def _what(one: Packing, *, all_back: bool, flawed: bool) -> str:
    """Return what is done to a pack, "" for nothing."""
    if one.blobs:
        return f"{len(one.blobs)} blobs came back"
    if one.path is None or not flawed:
        return ""
    if one.broken:  # What was in them is known only by the articles that miss it.
        return "broken bytes were taken out that nobody misses" if all_back else ""
    about = packs.about(one.path)
    if about is not None and manifest.digest_of(one.path)[1] == about.sha256:
        return "its manifest was made anew"
    if about is None and seekable.table_of(one.path):
        return "its manifest was made anew"
    return "it was packed anew: every blob in it is whole"


def carry_out(folder: Path, one: Packing, source: Source, now: datetime) -> None:
    """Do it: a new version in the pack's place, or a new manifest. What proves nothing goes to quarantine."""
    if one.path is None:
        path = packs.path_of(folder, one.base)
        park_file(folder.parent, manifest.beside(path))
        packs.create(path, one.blobs, now, BECAUSE)
        return
    if one.what == "its manifest was made anew":
        about = packs.about(one.path)
        erased = (
            about.erased if about is not None else source.erased().get(manifest.digest_of(one.path)[1], ())
        )
        park_file(folder.parent, manifest.beside(one.path))
        packs.describe(one.path, now, erased, BECAUSE)
        return
    for at, size in one.broken:
        with one.path.open("rb") as file:
            file.seek(at)
            park(folder.parent, "blobs", f"{packs.name_of(one.path)}+{at}", file.read(size))
    packs.with_more(one.path, one.blobs, now, BECAUSE)
