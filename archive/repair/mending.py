"""A plan, and a backup -> what could be mended, by digest and never in place."""

import hashlib
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from archive.disk import manifest, nameplate, packs, sealing
from archive.record.article import decode, raw_of
from archive.repair import blobs, journals, restored
from archive.repair.erasures import Erasures
from archive.repair.plan import Plan
from archive.repair.quarantine import park, park_file
from archive.repair.source import Source, opened
from archive.repair.works import Work
from archive.verify.chain import Chain
from archive.verify.journals import JOURNALS
from archive.verify.pieces import read_sealed

_BECAUSE = "repair"


class Mended(msgspec.Struct, kw_only=True):
    """What was done, a sentence each; and the lines of articles that came back."""

    done: list[str] = []
    articles: list[int] = []


def mend(root: Path, plan: Plan, backup: Path | None, now: datetime, *, dry: bool = False) -> Mended:
    """Mend what can be mended; with *dry* only say what that is.

    Nobody else may write to *root* meanwhile. Nothing is changed in place: another
    version of a file is put beside it, durable and proven, before it is taken away.
    What was erased does not come back. Raises ArchiveError for a backup of another
    archive, OSError where the disk takes nothing more.
    """
    source, mended = opened(backup, root), Mended()
    _mend_store(root, plan, source, now, mended, dry=dry)
    erased = Erasures(root, source.root)
    wanted = set(plan.wanted)
    for name in JOURNALS:
        folder = root / name
        lost = journals.hole_of(name, now) if plan.give_up else None
        found = journals.Mender(folder, source, erased, plan.segments.get(name, ()), lost).mend()
        came = sorted(seq for work in found for seq in work.came)
        if name == "articles":
            wanted |= _blobs_of(found)
            mended.articles = came
        if came and not dry:
            restored.note(root, mended.articles, erased.articles)
        for work in found:
            what = _carry_out(folder, work, now, dry=dry)
            if what:
                mended.done.append(f"{name}/{work.segment.name}: {what}")
    missing = wanted - _present(root / "blobs", wanted - set(plan.wanted))
    for packing in blobs.plan(root / "blobs", source, plan.packs, missing):
        mended.done.append(f"blobs/{packing.base}: {packing.what}")
        if not dry:
            blobs.carry_out(root / "blobs", packing, source, now)
    return mended


def _mend_store(root: Path, plan: Plan, source: Source, now: datetime, mended: Mended, *, dry: bool) -> None:
    """Bring STORE.json back: which archive this is. Without a backup it can only be given up."""
    store = nameplate.store_of(source.root) if source.root is not None else None
    if not plan.store or not (store or plan.give_up):
        return
    mended.done.append(
        "STORE.json: it came back" if store else "STORE.json: it is another archive from now on"
    )
    if dry:
        return
    if (path := root / nameplate.NAME).is_file():
        park(root, "STORE", path.name, path.read_bytes())
    if store is not None and source.root is not None:
        nameplate.copy(source.root, root, store)
    else:
        nameplate.write(root, str(uuid.uuid4()), now)


def _blobs_of(found: Sequence[Work]) -> set[str]:
    """Return the digests of the bytes that belong to articles that came back."""
    records = [decode(work.lines[seq].body) for work in found for seq in work.came]
    return {raw.sha256 for raw in map(raw_of, records) if raw is not None}


def _present(folder: Path, wanted: Collection[str]) -> set[str]:
    """Return those of *wanted* that are among the blobs."""
    found = {
        hashlib.sha256(blob).hexdigest()
        for path in (packs.find(folder) if wanted else ())
        for _, _, blob in packs.blobs_in(path)
        if blob is not None
    }
    return found.intersection(wanted)


def _carry_out(folder: Path, work: Work, now: datetime, *, dry: bool) -> str:
    """Write a segment's next version, or its manifest, where that mends anything; say what was done."""
    if not work.loaded:
        return ""
    name = work.segment.name
    what = "; ".join(dict.fromkeys(work.changed)) or _outside(folder, work)
    if not what or dry:
        return what
    path = work.segment.path(folder)
    if what == _MANIFEST:
        park_file(folder.parent, manifest.beside(path))
        sealing.describe(folder, name, now, _BECAUSE)
        return what
    for scrap in (*work.scraps, *work.torn):
        park(folder.parent, folder.name, scrap.place, scrap.data)
    if work.is_new:
        park_file(folder.parent, manifest.beside(path))
        sealing.create(folder, name, journals.raws(work), now, _BECAUSE)
        return what
    sealing.supersede(folder, name, journals.raws(work), now, _BECAUSE)
    return what


_MANIFEST = "its manifest was made anew: every line proves itself"


def _outside(folder: Path, work: Work) -> str:
    """Say what is done to a sealed file whose lines are all as they should be, while what is around them is not."""
    whole = work.lines and not work.scraps and work.seqs == list(range(work.seqs[0], work.seqs[-1] + 1))
    if not work.segment.sealed or not whole:
        return ""
    about, path = work.segment.about, work.segment.path(folder)
    told = about.last.seq if about is not None else work.seqs[-1]
    if about is not None and manifest.digest_of(path)[1] != about.zst_sha256:
        return "it was packed anew: every line proves itself" if told == work.seqs[-1] else ""
    chain = Chain(seq=None, total=None)
    read_sealed(folder, work.segment, chain, lambda _file, _offset, _line: None)
    chain.end()
    codes = {flaw.code for flaw in chain.flaws}
    return _MANIFEST if about is None or codes == {"E14"} else ""
