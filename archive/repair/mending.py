"""What is not as it was written, and a backup -> what could be mended, by digest and never in place."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from archive.article import Alias, Article, decode
from archive.disk import files, manifest, packs, sealing
from archive.repair import blobs, journals
from archive.repair.erasures import Erasures
from archive.repair.quarantine import park, park_file
from archive.repair.source import Source, opened
from archive.repair.works import Work
from archive.verify import JOURNALS, Report
from archive.verify.chain import Chain
from archive.verify.pieces import read_sealed

__all__ = ["MARKER", "Mended", "Plan", "mend", "plan_of", "restored"]

MARKER = "RESTORED.json"
"""Says what came back, until that is carried on: topics are told of articles, erasures done anew."""
_BECAUSE = "repair"
_LINES = frozenset(("E01", "E02", "E03", "E04", "E05", "E06", "E08", "E11", "E12", "E13", "E14", "E15"))


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be looked at: segments and packs by their names, without version.

    wanted    digests of blobs that articles miss
    store     STORE.json is missing, or cannot be read
    give_up   what nothing gives back is lost for good, and no flaw from then on
    """

    segments: dict[str, tuple[str, ...]] = {}
    packs: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    store: bool = False
    give_up: bool = False

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to mend."""
        return not (any(self.segments.values()) or self.packs or self.wanted or self.store)


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What a repair brought back, until it is carried on.

    articles   lines of which the topics are to be told
    erased     articles that were erased: lines of other journals that came back may quote them
    """

    articles: tuple[int, ...] = ()
    erased: tuple[str, ...] = ()


class Mended(msgspec.Struct, kw_only=True):
    """What was done, a sentence each; and the lines of articles that came back."""

    done: list[str] = []
    articles: list[int] = []


def plan_of(report: Report, *, give_up: bool = False) -> Plan:
    """Return what a report of verify's asks to be looked at."""
    found: dict[str, set[str]] = {name: set() for name in (*JOURNALS, "blobs")}
    for flaw in [*report.flaws, *report.lost]:
        top, _, rest = flaw.place.partition("/")
        if top in found and (flaw.code in _LINES or top == "blobs"):
            found[top].add(rest.partition("+")[0].partition(".r")[0])
    return Plan(
        segments={name: tuple(sorted(found[name])) for name in JOURNALS},
        packs=tuple(sorted(found["blobs"])),
        wanted=tuple(report.absent),
        store=any(flaw.code == "E31" for flaw in report.flaws),
        give_up=give_up,
    )


def mend(root: Path, plan: Plan, backup: Path | None, now: datetime, *, dry: bool = False) -> Mended:
    """Mend what can be mended; with *dry* only say what that is.

    Nobody else may write to *root* meanwhile. Nothing is changed in place: another
    version of a file is put beside it, durable and proven, before it is taken away.
    What was erased does not come back. Raises ArchiveError for a backup of another
    archive, OSError where the disk takes nothing more.
    """
    source, mended = opened(backup, root), Mended()
    _mend_store(root, plan, source, mended, dry=dry)
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
            _note(root, mended.articles, erased.articles)
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


def _mend_store(root: Path, plan: Plan, source: Source, mended: Mended, *, dry: bool) -> None:
    """Bring STORE.json back: which archive this is."""
    if plan.store and source.root is not None:
        mended.done.append("STORE.json: it came back")
        if not dry:
            if (root / "STORE.json").is_file():
                park(root, "STORE", "STORE.json", (root / "STORE.json").read_bytes())
            files.replace_durably(root / "STORE.json", (source.root / "STORE.json").read_bytes())


def _blobs_of(found: Sequence[Work]) -> set[str]:
    """Return the digests of the bytes that belong to articles that came back."""
    records = [decode(work.lines[seq].body) for work in found for seq in work.came]
    raws = [record.archive.raw for record in records if isinstance(record, Article | Alias)]
    return {raw.sha256 for raw in raws if raw is not None}


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


def _note(root: Path, seqs: Sequence[int], erased: Sequence[str]) -> None:
    """Note what comes back, before it does: whoever opens the archive next carries that on."""
    known = restored(root)
    found = Restored(
        articles=tuple(sorted({*known.articles, *seqs})), erased=tuple(sorted({*known.erased, *erased}))
    )
    files.replace_durably(root / MARKER, msgspec.json.encode(found))


def restored(root: Path) -> Restored:
    """Return what came back and was not carried on yet."""
    try:
        return msgspec.json.decode((root / MARKER).read_bytes(), type=Restored)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return Restored()
