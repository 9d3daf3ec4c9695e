"""The archive and a line of its journal -> its revision; or each article once up to there, for topics that look back."""

from collections.abc import Iterator

from archive import Archive, Article
from feeds.curate.kept import News

_CHUNK = 500


def up_to(archive: Archive, seq: int) -> Iterator[News]:
    """Yield each article once, as it stood at *seq*, in the order they were first seen."""
    newest: dict[str, int] = {}
    for found in _all(archive, seq):
        newest[found.article.id] = found.seq
    order = list(newest)
    wanted = {number: article for article, number in newest.items()}
    held: dict[str, News] = {}
    at = 0
    for found in _all(archive, seq):
        if wanted.get(found.seq) == found.article.id:
            held[found.article.id] = found
        while at < len(order) and order[at] in held:
            yield held.pop(order[at])
            at += 1


def revision_at(archive: Archive, seq: int) -> News | None:
    """Return the revision that the line with this seq holds; None where it holds none."""
    found = next(iter(archive.since(seq - 1, 1)), None)
    if found is None or found.seq != seq or not isinstance(found.record, Article):
        return None
    return News(seq, found.record)


def _all(archive: Archive, seq: int) -> Iterator[News]:
    position = 0
    while position < seq and (more := archive.since(position, min(_CHUNK, seq - position))):
        for found in more:
            if isinstance(found.record, Article):
                yield News(found.seq, found.record)
        position = more[-1].seq
