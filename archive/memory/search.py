"""The Search port as sets of words: no index at all, every document looked at."""

from collections.abc import Sequence

from archive.cards import Line
from archive.ports import refuse_gap
from archive.record.article import Article, decode
from archive.text.words import words
from archive.wanted import Both, Either, Every, Run, Wanted


class MemorySearch:
    """Looks through all it was given; exact where an index may be generous."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[str, ...]] = {}
        self._position = 0

    @property
    def position(self) -> int:
        """The seq of the last line taken in."""
        return self._position

    def apply(self, lines: Sequence[Line], *, behind: int | None = None) -> None:
        """Take in *lines*."""
        refuse_gap(self._position, lines, behind)
        for line in lines:
            record = decode(line.body)
            if isinstance(record, Article):
                parts = (record.title, record.summary, record.content_text)
                self._texts[line.seq] = tuple(word.text for part in parts if part for word in words(part))
            self._position = max(self._position, line.seq)

    def candidates(self, wanted: Wanted, limit: int, before: int | None = None) -> list[int]:
        """Return up to *limit* seqs that match, newest first."""
        seqs = sorted((seq for seq in self._texts if before is None or seq < before), reverse=True)
        return [seq for seq in seqs if _holds(self._texts[seq], wanted)][:limit]

    def clear(self) -> None:
        """Forget everything."""
        self._texts.clear()
        self._position = 0

    def gone(self) -> bool:
        """Memory is never taken away."""
        return False

    def close(self) -> None:
        """Nothing to let go of."""


def _holds(text: tuple[str, ...], wanted: Wanted) -> bool:
    match wanted:
        case Every():
            return True
        case Both(parts=parts):
            return all(_holds(text, part) for part in parts)
        case Either(parts=parts):
            return any(_holds(text, part) for part in parts)
        case Run(words=run, prefix=prefix):
            size = len(run)
            for at in range(len(text) - size + 1):
                if text[at : at + size - 1] == run[:-1]:
                    last = text[at + size - 1]
                    if last == run[-1] or (prefix and last.startswith(run[-1])):
                        return True
            return False
