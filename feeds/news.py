"""The archive, up to a line of its journal -> each article once, for topics that look over all of it."""

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


def _all(archive: Archive, seq: int) -> Iterator[News]:
    position = 0
    while position < seq and (more := archive.since(position, min(_CHUNK, seq - position))):
        for found in more:
            if isinstance(found.record, Article):
                yield News(found.seq, found.record)
        position = more[-1].seq
