"""An article whose newest revision goes, or was another's -> what it said before, as a revision of its own."""

from collections.abc import Callable

from msgspec.structs import replace

from archive.opened import Ports
from archive.record.article import Article, Record, Tombstone, TombstoneOf, encode


def say_again(ports: Ports, article: str, goes: Callable[[Article], bool]) -> None:
    """Let *article* say again what it said before the revisions at its end that go; done twice, it changes nothing.

    It gets a number of its own: one that readers were told of never means another text.
    """
    revisions = ports.catalog.revisions(article)
    for rev, seq, place in reversed(revisions):
        found = ports.article_at(place, seq)
        if found is not None and not goes(found):
            if rev != revisions[-1][0]:
                sha256, new = found.archive.content_sha256, revisions[-1][0] + 1
                archival = replace(found.archive, rev=new, prev_rev_sha=sha256, cause="split")
                said: list[Record] = [replace(found, archive=archival)]
                if (
                    gone := ports.catalog.tombstone(article)
                ) is not None:  # Its source did not show it again.
                    said.append(Tombstone(id=article, archive=TombstoneOf(gone=gone)))
                ports.catalog.apply(ports.articles.append([encode(one) for one in said]))
            return
