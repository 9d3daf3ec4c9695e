"""An archive and a query's tree -> the articles that may match, newest first. Reads only."""

import contextlib
from collections.abc import Iterator

from archive import Archive, Article, Damaged
from feeds.curate.query import Node, wanted

_CHUNK = 500


def candidates(archive: Archive, tree: Node, most_new: int | None = None) -> Iterator[Article]:
    """Yield the articles that a query may find, each once, by newest revision.

    The index only finds candidates and may lag: what it has not seen yet comes
    first, all of it, and the query's own evaluator has to decide on each.

    most_new   of what the index has not seen only the newest so many lines are read
    """
    met: set[str] = set()
    for article in _not_indexed(archive, most_new):
        met.add(article.id)
        yield article
    for article in archive.candidates(wanted(tree)):
        if article.id not in met:
            yield article


def _not_indexed(archive: Archive, most: int | None) -> Iterator[Article]:
    position = archive.position
    newest: dict[str, None] = {}
    lag = archive.search_lag
    seq = position - (lag if most is None else min(lag, most))
    while seq < position and (more := archive.since(seq, _CHUNK)):
        for found in more:
            if isinstance(found.record, Article):
                newest.pop(found.record.id, None)
                newest[found.record.id] = None
        seq = more[-1].seq
    for article in reversed(newest):
        with contextlib.suppress(Damaged):
            yield archive.get(article)
