"""A file's name and a day -> whether its bytes are read, or only its size and its manifest are looked at."""

import hashlib
from dataclasses import dataclass
from datetime import date

from archive.errors import ArchiveError


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is read again.

    share   1: everything; 0: of sealed files nothing; n: an n-th of them, another on each day
    day     of a share: in *share* days in a row each sealed file is read once
    """

    share: int = 1
    day: date = date.min

    def reads(self, name: str) -> bool:
        """Say whether the sealed file called *name* is read. Pure: the name and the day decide."""
        if self.share < 2:
            return self.share == 1
        head = hashlib.sha256(name.encode()).digest()[:8]
        return int.from_bytes(head) % self.share == self.day.toordinal() % self.share

    @property
    def full(self) -> bool:
        """Say whether everything is read."""
        return self.share == 1

    def __str__(self) -> str:
        return {0: "quick", 1: "full"}.get(self.share, f"sample 1/{self.share}")


FULL = Depth()
QUICK = Depth(0)


def sample(text: str, day: date) -> Depth:
    """Return the depth that `1/30` means on *day*. Raises ArchiveError."""
    one, _, share = text.partition("/")
    if one.strip() != "1" or not share.strip().isdigit() or int(share) < 1:
        raise ArchiveError(f"{text!r} is no share of the sealed files; write 1/30, say")
    return Depth(int(share), day)
