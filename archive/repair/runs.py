"""Two lines that stand, and lines from elsewhere -> those that belong between them. Pure."""

from collections.abc import Callable, Iterable

from archive.disk.frame import Framed, frame, unframe

Find = Callable[[int], Iterable[Framed]]
"""What there is elsewhere under a seq."""


def fill(first: int, last: int, left: str | None, right: str | None, find: Find) -> dict[int, Framed]:
    """Return the lines *first* to *last* as far as they can be proven to be those that stood there.

    left    the sum that line *first* must name as `prev`; None where that is not known
    right   the sum by which the line behind *last* names it; None where there is none

    From the right each is the one that the line behind asks for; what is still open
    is taken from the left, as long as each follows the one before.
    """
    found: dict[int, Framed] = {}
    need, seq = right, last
    while need is not None and seq >= first:
        line = next((one for one in find(seq) if one.asked_for == need), None)
        if line is None:
            break
        found[seq] = line
        need, seq = line.prev, seq - 1
    have, at = left, first
    while have is not None and at <= seq:
        line = next((one for one in find(at) if one.prev == have), None)
        if line is None or (at == last and right is not None):
            break  # Of the last one it is known which it was: it is not this.
        found[at] = line
        have, at = line.asked_for, at + 1
    return found


def in_place_of(line: Framed, body: bytes) -> Framed:
    """Return *body* as the line that stands in the place of *line*."""
    made = unframe(frame(line.seq, line.prev, body, line.asked_for)[0])
    assert made is not None
    return made


def holes(first: int, last: int, left: str, right: str | None, hole: bytes) -> list[Framed]:
    """Return holes for lines *first* to *last*, which lead from one sum to the other."""
    made: list[Framed] = []
    prev = left
    for seq in range(first, last + 1):
        was = right if seq == last else None
        line = unframe(frame(seq, prev, hole, was)[0])
        assert line is not None
        made.append(line)
        prev = line.asked_for
    return made


def raw(line: Framed) -> bytes:
    """Return the bytes of a line as they stand on disk."""
    return frame(line.seq, line.prev, line.body, line.was)[0]
