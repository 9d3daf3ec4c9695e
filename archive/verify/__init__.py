"""Everything that is kept, read again -> what is not as it was written."""

from collections.abc import Callable
from pathlib import Path

from archive.verify.depth import FULL, Depth
from archive.verify.flaws import Report

__all__ = ["verify"]


def verify(
    data: Path,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    *,
    depth: Depth = FULL,
    present: Callable[[str], bool] | None = None,
) -> Report:
    """Read everything below `data/archive` again, or (given a backup) below that folder itself.

    Each file must be the one that its manifest tells of; each line must prove itself,
    follow the one before, and count on from it; each blob must unpack; each article's
    own bytes must be there. Reads along with a writer: the line being written at the
    end of a journal is no flaw, nor is a file that is sealed or superseded meanwhile.

    progress   called with how many bytes were read, of how many
    present    says of a digest whether its bytes are kept, where not every pack is read
    """
    from archive.verify.reading import read_again  # noqa: PLC0415 - only who verifies needs it

    return read_again(data, progress, depth, present)
