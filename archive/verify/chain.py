"""Lines and broken bytes, in the order in which they stand -> what does not follow."""

from dataclasses import dataclass, field, replace

import msgspec

from archive.disk.frame import GENESIS, Framed
from archive.verify.flaws import Flaw


class _Kind(msgspec.Struct):
    kind: str = ""


class _Head(msgspec.Struct):
    kind: str = ""
    archive: _Kind = msgspec.field(name="_archive", default_factory=_Kind)


_head = msgspec.json.Decoder(_Head).decode


def kind_of(body: bytes) -> str:
    """Return the kind of any journal's line, "" for one that names none."""
    try:
        head = _head(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return head.kind or head.archive.kind


def lines_from(first: int, last: int) -> str:
    """Return `line 4 is` or `lines 4 to 7 are`."""
    return f"line {first} is" if first == last else f"lines {first} to {last} are"


@dataclass(slots=True)
class Chain:
    """How far a journal was followed.

    seq, total   of the line before: its number and the sum by which the next names it;
                 None where that is not known
    broken       flaws whose lines are told by what comes behind them
    """

    compacts: bool = False
    seq: int | None = 0
    total: str | None = GENESIS
    flaws: list[Flaw] = field(default_factory=list)
    lost: list[Flaw] = field(default_factory=list)
    count: int = 0
    _broken: list[Flaw] = field(default_factory=list)
    _odd: Framed | None = None

    def take(self, file: str, offset: int, line: Framed) -> None:
        """Take in a line that proves itself, and note where it does not follow."""
        self.count += 1
        kind = kind_of(line.body)
        if kind == "hole" and b'"given_up"' not in line.body:
            self.lost.append(
                Flaw("E06", file, f"line {line.seq} is lost: a hole stands for it", offset, line.seq)
            )
        begins = self.compacts and self.count == 1 and not self._broken and kind == "snapshot"
        if not begins and not self._follows(file, offset, line):
            return
        self._settle(line.seq)
        self.seq, self.total, self._odd = line.seq, line.asked_for, None

    def _follows(self, file: str, offset: int, line: Framed) -> bool:
        """Say whether the journal goes on with *line*; note what is wrong about it."""
        expected = None if self.seq is None else self.seq + 1
        odd = self._odd
        if odd is not None and (line.seq, line.prev) == (odd.seq + 1, odd.asked_for):
            return True  # It went on from a line that was out of order: what follows is in order again.
        if expected is None or line.seq == expected:
            if self.total is not None and line.prev != self.total:
                what = f"line {line.seq} does not follow the line before it: its `prev` is another line's sum"
                self.flaws.append(Flaw("E02", file, what, offset, line.seq))
        elif line.seq < expected:
            what = f"line {line.seq} stands where {expected} should"
            self.flaws.append(Flaw("E04", file, what, offset, line.seq))
            self._odd = line
            return False
        elif not self._broken:
            what = f"{lines_from(expected, line.seq - 1)} missing before line {line.seq}"
            self.flaws.append(Flaw("E03", file, what, offset, expected, line.seq - 1))
        return True

    def broken(self, flaw: Flaw) -> None:
        """Take in bytes that prove nothing, in the place of some lines."""
        self._broken.append(flaw)

    def skip(self, last: int, total: str | None, count: int) -> None:
        """Pass over a file that is not read: it ends with this line."""
        self._settle(None)
        self.seq, self.total, self._odd = last, total, None
        self.count += count

    def unknown(self) -> None:
        """Go on where nobody knows what stood before."""
        self._settle(None)
        self.seq, self.total, self._odd = None, None, None

    def end(self) -> None:
        """Settle what stands at the journal's end."""
        self._settle(None)

    def _settle(self, seq: int | None) -> None:
        """Say of broken bytes which lines they were, now that line *seq* stands behind them."""
        first = None if self.seq is None else self.seq + 1
        known = first is not None and seq is not None and seq > first
        for number, flaw in enumerate(self._broken):
            if known and first is not None and seq is not None:
                one_each = seq - first == len(self._broken)
                start, through = (first + number, first + number) if one_each else (first, seq - 1)
                self.flaws.append(replace(flaw, seq=start, through=through))
            else:
                at_end = seq is None and len(self._broken) == 1
                self.flaws.append(replace(flaw, seq=first if at_end else None))
        self._broken = []

    def mark(self) -> "Chain":
        """Return how it stands now."""
        return replace(
            self, flaws=list(self.flaws), lost=list(self.lost), _broken=list(self._broken), _odd=self._odd
        )
