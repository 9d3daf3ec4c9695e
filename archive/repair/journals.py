"""A journal that is not as it was written, and a backup -> its segments as they should be."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from archive.disk import segments
from archive.disk.frame import GENESIS, Framed
from archive.disk.segments import Segment
from archive.disk.tail import Scrap
from archive.repair import runs, works
from archive.repair.erasures import Erasures
from archive.repair.source import Source
from archive.repair.works import Work
from archive.verify.chain import kind_of

_HOLES = "holes stand for what is lost"


class Mender:
    """Brings the lines of one journal together; writes nothing.

    bases   names, without version, of the segments in which something is wrong
    lost    when nothing gives a line back: the hole that stands for it for good, or None
    """

    def __init__(
        self, folder: Path, source: Source, erasures: Erasures, bases: Collection[str], lost: bytes | None
    ) -> None:
        self._folder = folder
        self._name = folder.name
        self._source = source
        self._erasures = erasures
        self._bases = bases
        self._lost = lost
        self._strays: dict[int, list[Framed]] = {}
        self._empty: dict[str, Work] = {}

    def mend(self) -> list[Work]:
        """Return every segment, in order, with its lines where they were read."""
        found = self._load()
        for work in found:
            if work.loaded:
                self._within(work)
        found = self._between(found)
        found = self._behind(found)
        self._give_up(found)
        for work in found:
            if work.loaded:
                self._bring_back_holes(work)
                self._close(work)
        return found

    def _load(self) -> list[Work]:
        found = segments.find(self._folder)[0] if self._folder.is_dir() else []
        ends = [*(segment.first for segment in found[1:]), None]
        made: list[Work] = []
        for segment, end in zip(found, ends, strict=False):
            work = Work(segment)
            if segment.base in self._bases:
                work = works.load(self._folder, segment, end, self._strays)
            if work.loaded and not work.lines:
                self._empty[segment.base] = work
            else:
                made.append(work)
        return made

    def _find(self, seq: int) -> Iterable[Framed]:
        yield from self._strays.get(seq, ())
        yield from self._source.find(self._name, seq)

    def _put(self, work: Work, line: Framed) -> None:
        """Let a line come back; in the place of one that was erased, what says so."""
        instead = self._erasures.instead_of(self._name, line.body)
        if instead is None:
            work.put(line)
        else:
            work.lines[line.seq] = runs.in_place_of(line, instead)
        if "lines came back" not in work.changed:
            work.changed.append("lines came back")

    def _fill(self, work: Work, first: int, last: int, left: str | None, right: str | None) -> None:
        for line in runs.fill(first, last, left, right, self._find).values():
            self._put(work, line)

    def _within(self, work: Work) -> None:
        """Fill what is missing between two lines of a segment; look at both where they do not agree."""
        for one, other in list(pairwise(work.seqs)):
            before, behind = work.lines[one], work.lines[other]
            if other > one + 1:
                self._fill(work, one + 1, other - 1, before.asked_for, behind.prev)
            elif behind.prev != before.asked_for:
                self._choose(work, before, behind)
        told = works.told_end(work)
        if told is not None and work.lines and told[0] > work.seqs[-1]:
            last, right = work.lines[work.seqs[-1]], self._asked_for(*told)
            if right is not None:  # Else the manifest itself may be what is wrong.
                self._fill(work, last.seq + 1, told[0], last.asked_for, right)

    def _asked_for(self, seq: int, total: str) -> str | None:
        """Return by what sum a line is asked for of which the manifest has the own one."""
        return next((one.asked_for for one in self._find(seq) if one.total == total), None)

    def _choose(self, work: Work, before: Framed, behind: Framed) -> None:
        """Of two lines that do not follow each other, put another in the place of the one that is wrong."""
        for wrong, left, right in (
            (before.seq, self._neighbour(work, before.seq - 1), behind.prev),
            (behind.seq, before.asked_for, self._next_asks(work, behind.seq + 1)),
        ):
            for line in self._find(wrong):
                if line.prev == left and line.asked_for == (right or line.asked_for):
                    self._put(work, line)
                    return

    def _neighbour(self, work: Work, seq: int) -> str | None:
        if seq == 0:
            return GENESIS
        line = work.lines.get(seq) or next(iter(self._find(seq)), None)
        return line.asked_for if line is not None else None

    def _next_asks(self, work: Work, seq: int) -> str | None:
        line = work.lines.get(seq)
        return line.prev if line is not None else None

    def _between(self, found: list[Work]) -> list[Work]:
        """Fill what is missing between two segments: in them, or in one that is put down anew."""
        done: list[Work] = []
        seq, total = 0, GENESIS
        for number, work in enumerate(found):
            first, last = works.edges(self._folder, work)
            begins = number == 0 and kind_of(first.body) == "snapshot"
            if not begins and first.seq > seq + 1:
                lines = runs.fill(seq + 1, first.seq - 1, total, first.prev, self._find)
                before = done[-1] if done else None
                done += self._spread(lines, before, work)
                for one in (before, work):
                    if one is not None and len(lines) < first.seq - 1 - seq:
                        one.lacks = True
            done.append(work)
            if not work.loaded:
                seq, total = last.seq, last.asked_for
            else:
                final = work.lines[work.seqs[-1]]
                seq, total = final.seq, final.asked_for
        return done

    def _behind(self, found: list[Work]) -> list[Work]:
        """Let come back what follows the last line: a file that is gone, of which a manifest or a backup tells."""
        seq, total = 0, GENESIS
        if found:
            last = works.edges(self._folder, found[-1])[1]
            seq, total = last.seq, last.asked_for
        end = max([self._source.last(self._name), *(one for one, _ in works.orphan_ends(self._folder))])
        first = seq + 1
        if not found and (ours := self._source.segments_of(self._name)):
            first = ours[0].first
            total = next((one.prev for one in self._find(first)), GENESIS)
        lines = runs.fill(first, end, total, None, self._find)
        if found and found[-1].ends_broken and not lines:
            found[-1].lacks = True
        return [*found, *self._spread(lines, found[-1] if found else None, None)]

    def _spread(self, lines: dict[int, Framed], before: Work | None, behind: Work | None) -> list[Work]:
        """Put lines into the segments they stood in; return those that are put down anew."""
        known = {base: names[-1][0] for base, names in segments.forms(self._folder).items()}
        made: dict[str, Work] = {}
        for seq in sorted(lines):
            base = self._source.base_of(self._name, seq)
            home = next((one for one in (before, behind) if one and one.segment.base == base), None)
            if home is None and base is not None and base not in known:
                home = made.setdefault(base, Work(Segment(seq, base), loaded=True, is_new=True))
            elif home is None and base is not None and (empty := self._emptied(base, known[base])):
                home = made.setdefault(base, empty)
            home = home or before or behind
            if home is not None:
                self._whole(home)
                self._put(home, lines[seq])
        return list(made.values())

    def _emptied(self, base: str, name: str) -> Work | None:
        """Return the segment where it has a file in which no line proves itself."""
        if base not in self._empty and all(one.base != base for one in segments.find(self._folder)[0]):
            sealed = segments.path_of(self._folder, name, segments.SEALED).exists()
            path = segments.path_of(self._folder, name, segments.SEALED if sealed else segments.PLAIN)
            scrap = Scrap(name, 0, path.read_bytes())
            self._empty[base] = Work(Segment(0, name, sealed), loaded=True, scraps=[scrap])
        return self._empty.get(base)

    def _whole(self, work: Work) -> None:
        """Read a segment that is sound, since lines are to be added to it."""
        if not work.loaded:
            read = works.load(self._folder, work.segment, None, {})
            work.lines, work.scraps, work.loaded = {**read.lines, **work.lines}, read.scraps, True

    def _give_up(self, found: list[Work]) -> None:
        """Where nothing gives them back, let holes stand for the lines between two segments."""
        seq, total = 0, GENESIS
        for number, work in enumerate(found if self._lost is not None else ()):
            first, last = works.edges(self._folder, work)
            begins = number == 0 and kind_of(first.body) == "snapshot"
            if first.seq > seq + 1 and not begins and self._lost is not None:
                home = found[number - 1] if number else work
                self._whole(home)
                for line in runs.holes(seq + 1, first.seq - 1, total, first.prev, self._lost):
                    home.lines[line.seq] = line
                home.changed.append(_HOLES)
            seq, total = last.seq, last.asked_for

    def _bring_back_holes(self, work: Work) -> None:
        """Put the line that was lost in the place of the hole that stands for it."""
        for hole in [line for line in work.lines.values() if kind_of(line.body) == "hole"]:
            line = next((one for one in self._find(hole.seq) if _fits(one, hole)), None)
            body = line.body if line is not None else self._lost
            if body is not None and body != hole.body and not (line is None and b'"given_up"' in hole.body):
                self._put(work, runs.in_place_of(hole, body))
                if line is None:
                    work.came.remove(hole.seq)

    def _close(self, work: Work) -> None:
        """Put holes where lines are lost for good, in a segment that is written anew anyway."""
        missing = [(one, other) for one, other in pairwise(work.seqs) if other > one + 1]
        if work.scraps and not missing and not (work.lacks and self._lost is None):
            work.changed.append("bytes stood there that prove nothing")
        if not work.changed and self._lost is None:
            return
        hole = self._lost or hole_of(self._name)
        for one, other in missing:
            before, behind = work.lines[one], work.lines[other]
            for line in runs.holes(one + 1, other - 1, before.asked_for, behind.prev, hole):
                work.lines[line.seq] = line
            work.changed.append(_HOLES)


def _fits(line: Framed, hole: Framed) -> bool:
    """Say whether a line can be the one for which a hole stands."""
    if kind_of(line.body) == "hole":
        return False
    return hole.was is None or hole.was in {line.asked_for, line.total}


def hole_of(journal: str, now: datetime | None = None) -> bytes:
    """Return the body of a hole; with *now*, of one that says that the line is given up."""
    up = f',"given_up":"{now:%Y-%m-%dT%H:%M:%SZ}"' if now is not None else ""
    about = f'"kind":"hole"{up}'
    return (f'{{"_archive":{{{about}}}}}' if journal == "articles" else f"{{{about}}}").encode()


def raws(work: Work) -> Iterator[bytes]:
    """Yield a segment's lines as they will stand on disk."""
    return (runs.raw(work.lines[seq]) for seq in work.seqs)
