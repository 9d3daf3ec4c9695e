"""A journal of which only the newest line of a key counts -> the same with the old lines taken away.

`snapshot {through}`, one line a live key, `snapshot-end`: a segment that begins so
and holds the end stands for all before it. Only `state` is ever compacted.
"""

from pathlib import Path

import msgspec

from archive import faults
from archive.disk import sealing, segments
from archive.disk.frame import unframe
from archive.disk.segments import Segment

END = b'{"kind":"snapshot-end"}'


class _Kind(msgspec.Struct):
    kind: str = ""


_kind = msgspec.json.Decoder(_Kind).decode


def beginning(through: int) -> bytes:
    """Return the body of the line that begins a snapshot of everything up to *through*."""
    return b'{"kind":"snapshot","through":%d}' % through


def tidy(folder: Path) -> None:
    """Take away what stands before the newest snapshot that has its end."""
    found, _ = segments.find(folder)
    for number in range(len(found) - 1, 0, -1):
        if is_whole(folder, found[number]):
            forget(folder, found[:number])
            return


def is_whole(folder: Path, segment: Segment) -> bool:
    """Say whether a segment begins with a snapshot and holds its end."""
    for number, (_, raw) in enumerate(segments.open_lines(folder, segment.name).behind(0)):
        line = unframe(raw)
        if line is None:
            return False
        if number == 0 and not begins(line.body):
            return False
        if _kind_of(line.body) == "snapshot-end":
            return True
    return False


def begins(body: bytes) -> bool:
    """Say whether a line begins a snapshot."""
    return _kind_of(body) == "snapshot"


def _kind_of(body: bytes) -> str:
    try:
        return _kind(body).kind
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def forget(folder: Path, old: list[Segment]) -> None:
    """Take away segments that a snapshot stands for, the oldest first."""
    for segment in old:
        faults.at("compact.unlink")
        sealing.take_away(folder, segment.name)
