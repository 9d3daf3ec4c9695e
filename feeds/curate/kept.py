"""What the topics ask of what is kept: a port of the archive's own words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from archive import Article, Gone


@dataclass(frozen=True, slots=True)
class News:
    """One revision of an article, as the log has it."""

    seq: int
    article: Article


class Kept(Protocol):
    """What is kept: every article at its newest revision up to a seq."""

    def revision(self, seq: int) -> News | None:
        """Return the revision that the line with this seq holds."""

    def get(self, article: str) -> Article | None:
        """Return the newest revision of an article, or None where it cannot be read."""

    def up_to(self, seq: int) -> Iterator[News]:
        """Yield each article once, as it stood at *seq*, in the order they were first seen."""

    def members(self, article: str) -> list[str]:
        """Return all that count as one with *article*, the one that survives first."""

    def tombstone(self, article: str) -> Gone | None:
        """Return why an article was taken back, or None where it stands."""
